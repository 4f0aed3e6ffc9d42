"""A type of one's own done by a program: what it is told, what it says, what comes of its outcome."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from comando_support import command, done, ended, full_only, item_of, line_of, produce
from factories import spec_version
from line_factory import contract, wait_for

from jobs.line_core import Core
from jobs.performers.shapes import validator
from store.views.detail import detail

pytestmark = pytest.mark.usefixtures("_full")


@pytest.fixture
def _full() -> None:
    full_only()


TEXT = {"type": "object", "required": ["texto"], "properties": {"texto": {"type": "string"}}}


def test_the_input_document_says_all_of_it(tmp_path: Path) -> None:
    code = "end(resultado={'doc': doc, 'cwd': os.getcwd(), 'env': dict(os.environ)})"
    changes = {"definition": command(ambiente={"MODE": "fast"}, turnos=7)}
    with line_of(tmp_path, code, contrato={"gera": [{"tipo": "eco"}]}, **changes) as line:
        item = ended(line, produce(line, {"texto": "olá"}, titulo="Um eco", prioridade=3))
    found = item["resultado"]
    document = found["doc"]
    validator("input").validate(document)
    assert document["protocolo"] == 1
    assert document["item"]["contexto"] == {"texto": "olá"}
    assert (document["item"]["id"], document["item"]["prioridade"]) == (item["id"], 3)
    assert (document["item"]["tentativa"], document["tentativas"], document["recado"]) == (1, [], "")
    assert document["contrato"]["gera"] == ["eco"]
    assert document["limites"] == {"prazo_s": 20, "turnos": 7}
    assert document["workspace"]["trabalho"] == found["cwd"]
    assert (document["spec"], document["orcamento"]) == (None, None)
    assert "material" not in document
    assert found["env"]["MODE"] == "fast"
    assert set(found["env"]) <= {"PATH", "HOME", "LANG", "LC_CTYPE", "MODE", "PWD"}


def test_the_next_attempt_is_told_why_the_last_one_failed(tmp_path: Path) -> None:
    code = (
        "if doc['item']['tentativa'] == 1:\n    end(falha='no paper', erro='tray 2')\n"
        "else:\n    end(resultado={'tentativas': doc['tentativas']})"
    )
    retries = {"retries": {"max": 1, "base_s": 0.01, "teto_s": 0.01}}
    with line_of(tmp_path, code, contrato=retries) as line:
        item_id = produce(line)
        item = wait_for(lambda: (i := item_of(line, item_id))["status"] == "Concluido" and i)
    [told] = item["resultado"]["tentativas"]
    assert (told["numero"], told["motivo"], told["erro"]) == (1, "no paper", "tray 2")
    assert told["fim_motivo"] == "falhou"


def test_what_it_says_is_seen_while_it_runs(tmp_path: Path) -> None:
    code = (
        "say(progress={'fase': 'cutting', 'feito': 1, 'total': 2})\n"
        "say(output='two\\nlines')\nprint('plain [bold]text')\nsys.stderr.write('an aside\\n')\n"
        "sys.stderr.flush()\nsay(progress={'fase': 7})\nsay(other=1)\n"
        "while not os.path.exists('go') and time.monotonic() < 1e9:\n"
        "    time.sleep(0.01)\n    if os.path.exists('/tmp/x'): break\n"
    )
    with line_of(tmp_path, code, definition=command(prazo_s=60)) as line:
        item_id = produce(line)
        lines = wait_for(
            lambda: (o := line.output(item_id)) and '{"other": 1}' in o and "an aside" in o and o
        )
        assert {"two", "lines", "plain [bold]text", '{"progress": {"fase": 7}}'} <= set(lines)
        row = wait_for(lambda: next((r for r in line.model().itens if r.id == item_id), None))
        assert row is not None


def test_a_result_that_breaks_its_contract_fails_the_attempt_with_the_path(tmp_path: Path) -> None:
    item = done(tmp_path, "end(resultado={'texto': 7})", contrato={"resultado": TEXT})
    assert item["status"] == "Falhou"
    assert item["motivo"] == "resultado.texto: 7 is not of type 'string' (contract eco)"


def test_children_are_those_that_the_contract_allows(tmp_path: Path) -> None:
    code = (
        "filhos = [{'tipo': 'colar', 'chave': 'a', 'contexto': {'n': 1}, 'titulo': 'Glue'},"
        " {'tipo': 'colar', 'depende_de': ['@a']}]\n"
        "end(resultado={}, filhos=filhos)"
    )
    other = contract("colar", produtores=["Robo"])
    with line_of(tmp_path, code, contrato={"gera": [{"tipo": "colar"}]}, outros=(other,)) as line:
        item = ended(line, produce(line))
        first, second = (item_of(line, each) for each in item["items_gerados"])
    assert (first["titulo"], first["contexto"], first["produtor"]) == ("Glue", {"n": 1}, "Robo")
    assert (second["depende_de"], second["status"]) == ([first["id"]], "Bloqueado")


@pytest.mark.parametrize(
    ("child", "said"),
    [
        ({"tipo": "colar"}, "filhos[0].tipo: eco does not generate colar (it generates: nothing)"),
        ({"tipo": "colra"}, "filhos[0].tipo: no contract has the type colra"),
        ({"tipo": "corrigir_bug", "auto_pull": True}, "filhos[0].produtor: corrigir_bug is not produced by"),
        ({"tipo": "colar", "origem": {"tipo": "manual"}}, "filhos[0].origem: unknown key"),
        ({"tipo": "colar", "saga_id": "x"}, "filhos[0].saga_id: unknown key"),
        ({}, "filhos[0].tipo: is missing"),
    ],
)
def test_other_children_fail_the_attempt_with_the_path(child: dict, said: str, tmp_path: Path) -> None:
    code = f"end(resultado={{}}, filhos=[{child!r}])"
    item = done(tmp_path, code, outros=(contract("colar", produtores=["Robo"]),))
    assert item["status"] == "Falhou"
    assert said in item["motivo"]
    assert item["items_gerados"] == []


def test_what_a_task_s_work_discovers_waits_until_it_is_pulled(tmp_path: Path) -> None:
    code = "end(resultado={}, filhos=[{'tipo': 'documentar', 'auto_pull': True}, {'tipo': 'eco'}])"
    others = (contract("documentar", produtores=["Robo"], auto_pull=False),)
    with line_of(tmp_path, code, contrato={"gera": [{"tipo": "eco"}]}, outros=others) as line:
        item = ended(line, produce(line, tarefa="S022/T01"))
        found, follows = (item_of(line, each) for each in item["items_gerados"])
    assert (found["retido"], found["parte"]) == (True, False)
    assert found["origem"] | {"criado_em": ""} == {
        "tipo": "ms_producao",
        "sprint_id": "S022",
        "task_codigo": "T01",
        "ms_origem": "Robo",
        "auto_pull": True,
        "criado_em": "",
    }
    assert (found["filho_de"], found["tarefa"]) == ("S022/T01", None)
    assert (follows["filho_de"], follows["tarefa"], follows["retido"]) == (None, "S022/T01", False)


def test_it_may_find_that_it_must_wait(tmp_path: Path) -> None:
    code = "end(bloqueado={'depende_de': ['spec:frete'], 'motivo': 'needs the freight'})"
    item = done(tmp_path, code)
    assert (item["status"], item["depende_de"]) == ("Bloqueado", ["spec:frete"])
    assert item["bloqueios"][-1]["motivo"] == "needs the freight"
    assert item["falhas"] == 0


def test_artifacts_are_kept_and_listed(tmp_path: Path) -> None:
    code = (
        "os.mkdir('out')\nopen('out/eco.txt', 'w').write('olá')\nend(resultado={}, artefatos=['out/eco.txt'])"
    )
    with line_of(tmp_path, code) as line:
        item = ended(line, produce(line))
        page = line.submit(
            lambda core: detail(
                core.db, core.backlog.rules.book, core.objects, item["id"], opcoes=lambda _: ()
            )
        ).result(60)
        [listed] = page.artefatos
        content = line.submit(lambda core: core.objects.read(listed["sha256"])).result(60)
    assert (listed["nome"], listed["tamanho"], content.decode()) == ("out/eco.txt", 4, "olá")
    assert json.dumps(item["artefatos"])


def test_its_secrets_are_in_its_environment_and_kept_nowhere(tmp_path: Path) -> None:
    code = (
        "key = os.environ['KEY']\nprint('with', key)\nsay(progress={'fase': key})\nsay(output=key)\n"
        "say(usage={'modelo': key, 'tokens_saida': 1, 'apis': {key: 1}})\nsys.stderr.write(key + '\\n')\n"
        "assert 'very-secret' not in json.dumps(doc)\n"
        "end(resultado={'a': [key], key: 1}, filhos=[{'tipo': 'eco', 'titulo': key}])"
    )
    definition = command(segredos=["KEY"])
    secrets = {"KEY": "very-secret-42", "OTHER": "other-secret-42"}
    with line_of(
        tmp_path, code, definition=definition, secrets=secrets, contrato={"gera": [{"tipo": "eco"}]}
    ) as line:
        item = ended(line, produce(line))
        assert item["resultado"] == {"a": ["•••"], "•••": 1}, item["motivo"]
    kept = [path.read_bytes() for path in (tmp_path / ".oficina").rglob("*") if path.is_file()]
    assert not any(b"very-secret" in content for content in kept)


def test_an_artifact_with_a_secret_in_it_is_refused(tmp_path: Path) -> None:
    code = "open('a', 'w').write(os.environ['KEY'])\nend(resultado={}, artefatos=['a'])"
    item = done(tmp_path, code, definition=command(segredos=["KEY"]), secrets={"KEY": "very-secret-42"})
    assert item["motivo"].startswith("artefatos[0]: a holds a secret")


def test_a_secret_that_is_not_there_fails_the_attempt(tmp_path: Path) -> None:
    item = done(tmp_path, "end(resultado={})", definition=command(segredos=["KEY"]))
    assert item["motivo"] == "the secret KEY is not there (see `secrets` in oficina.yaml)"


def test_it_reads_what_it_was_granted_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("granted")
    (tmp_path / "b.txt").write_text("not granted")
    code = (
        "root = doc['item']['contexto']['root']\n"
        "end(resultado={'a': open(root + '/data/a.txt').read(), 'b': os.path.exists(root + '/b.txt'),"
        " 'store': os.path.exists(root + '/.oficina/store'), 'w': os.access(root + '/data/a.txt', os.W_OK)})"
    )
    item = done(tmp_path, code, {"root": str(tmp_path)}, definition=command(leitura=["data"]))
    found = item["resultado"]
    assert (found["a"], found["b"], found["store"]) == ("granted", False, False), item["motivo"]


def test_the_network_is_there_by_grant_only(tmp_path: Path) -> None:
    import socket

    code = (
        "import socket\n"
        "try:\n    socket.create_connection(('127.0.0.1', doc['item']['contexto']['port']), 2)\n"
        "    end(resultado={'net': True})\n"
        "except OSError:\n    end(resultado={'net': False})"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = {"port": server.getsockname()[1]}
        assert done(tmp_path / "a", code, port)["resultado"] == {"net": False}
        assert done(tmp_path / "b", code, port, ator={"rede": True})["resultado"] == {"net": True}


def test_a_secret_stands_in_no_command_line(tmp_path: Path) -> None:
    code = "say(output='up')\nwhile True: time.sleep(0.05)"
    definition = command(segredos=["KEY"], prazo_s=60)
    with line_of(tmp_path, code, definition=definition, secrets={"KEY": "very-secret-42"}) as line:
        item_id = produce(line)
        wait_for(lambda: "up" in line.output(item_id))
        words = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
    assert any(b"tools/eco.py" in word for word in words)
    assert not any(b"very-secret" in word for word in words)


def test_its_environment_does_not_reach_what_starts_the_sandbox(tmp_path: Path) -> None:
    evil = tmp_path / "evil"
    evil.mkdir()
    (evil / "bwrap").write_text(f"#!/bin/sh\ntouch {tmp_path}/planted\n")
    (evil / "bwrap").chmod(0o755)
    definition = command(ambiente={"PATH": str(evil), "LD_LIBRARY_PATH": str(evil), "HOME": "/"})
    item = done(tmp_path, "end(resultado={'path': os.environ['PATH']})", definition=definition)
    assert item["resultado"] == {"path": str(evil)}, item["motivo"]
    assert not (tmp_path / "planted").exists()


@pytest.mark.parametrize("place", ["", ".oficina", ".oficina/store"])
def test_the_store_is_granted_by_no_path(place: str, tmp_path: Path) -> None:
    item = done(tmp_path, "end(resultado={})", definition=command(leitura=[str(tmp_path / place)]))
    assert "holds the store, which is never handed to a program" in item["motivo"]


def test_what_is_granted_outside_of_the_workspace_must_be_there(tmp_path: Path) -> None:
    item = done(tmp_path, "end(resultado={})", definition=command(leitura=["/no/such/place"]))
    assert item["motivo"] == "the command can't be run: /no/such/place is not there"


def test_a_spec_s_files_are_there_to_be_read(tmp_path: Path) -> None:
    code = (
        "path = os.path.join(doc['workspace']['spec'], doc['spec']['arquivo'])\n"
        "end(resultado={'text': open(path).read(), 'w': os.access(path, os.W_OK)})"
    )
    with line_of(tmp_path, code) as line:

        def add(core: Core) -> str:
            files = {"specs/frete.yaml": core.objects.put_bytes(b"id: frete")}
            with core.db.transaction() as tx:
                tx.insert("specs", {**spec_version(), "arquivo": "specs/frete.yaml", "arquivos": files})
            new = {"tipo": "eco", "contexto": {}, "spec_ref": "frete", "spec_versao": 1}
            return core.backlog.produzir(new, produtor="humano")

        item = ended(line, line.submit(add).result(60))
    assert item["resultado"]["text"] == "id: frete", item["motivo"]


def test_after_its_turns_it_is_stopped_and_the_owner_is_asked(tmp_path: Path) -> None:
    code = "for n in range(9):\n    say(usage={'turnos': 1})\nsay(output='up')\nwhile True: time.sleep(0.05)"
    with line_of(tmp_path, code, definition=command(turnos=3, prazo_s=60)) as line:
        item = ended(line, produce(line))
        asked = line.submit(lambda core: core.db.find("backlog_items", "tipo", "estender_orcamento")).result(
            20
        )
    assert (item["status"], item["tentativas"][-1]["fim_motivo"]) == ("Bloqueado", "bloqueou")
    assert [question["contexto"]["recurso"] for question in asked] == ["turnos"]
    assert item["tentativas"][-1]["uso"]["turnos"] >= 3
