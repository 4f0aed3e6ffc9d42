"""Programs of a workspace's own, as their user sees them: defined, approved, at work in a whole line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app import __file__ as app_file
from jobs.sandbox import trial
from jobs.workspace import SEEDS

LEVEL = trial()
LIMIT_S = 120
POLICY = SEEDS / "policy.yaml"

pytestmark = pytest.mark.skipif(LEVEL.name != "full", reason=LEVEL.why)


def run_line(
    shop: Path, *words: str, ends_well: bool = True, measured: Mapping[str, str] | None = None
) -> str:
    """The line headless until nothing goes on by itself; what it printed; with `measuring` it is measured."""
    command = [sys.executable, "-c", "import sys; from app.main import main; sys.exit(main())"]
    done = subprocess.run(
        [*command, "run", "--headless", "--until-idle", "--timeout", str(LIMIT_S), *words],
        cwd=shop,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S + 30,
        env={**os.environ, "PYTHONPATH": str(Path(app_file).parents[1]), **(measured or {})},
        check=False,
    )
    assert (done.returncode == 0) == ends_well, done.stdout
    return done.stdout


@pytest.fixture
def eco(shop: Path) -> Path:
    """The example that users copy, beside the workspace's oficina.yaml."""
    for name in ("eco.py", "contracts.yaml", "actors.yaml"):
        shutil.copy(SEEDS / "examples" / "eco" / name, shop / name)
    return shop


def one(oficina, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = oficina("items", *words, "--json").json
    return found


# -- the example


def test_the_example_does_its_item_in_a_real_line(eco: Path, oficina) -> None:
    assert oficina("items", "add", "eco").code == 2, "nothing of it is approved yet"
    assert "defines what you have not approved" in oficina("trust").out
    assert oficina("trust", "--yes").code == 0
    said = oficina("items", "add", "eco", "--contexto", '{"texto": "olá", "vezes": 3}', "--prioridade", "2")
    assert said.out == "BKL-0001: Say olá (Pendente)\n"
    run_line(eco)
    item = one(oficina, "1")
    assert item["status"] == "Concluido", item["motivo"]
    assert item["resultado"] == {"texto": "olá olá olá", "vezes": 3}
    [(name, kept)] = item["artefatos"].items()
    content = (eco / ".oficina" / "objects" / kept["sha256"][:2] / kept["sha256"][2:]).read_text()
    assert (name, content) == ("eco.txt", "olá\nolá\nolá\n")
    assert item["tentativas"][0]["uso"]["turnos"] == 1
    assert '"eco.txt"' in oficina("items", "1").out


def test_the_example_fails_with_a_reason_and_reads_the_last_one(eco: Path, oficina) -> None:
    oficina("trust", "--yes")
    (eco / "vazio.json").write_text('{"texto": " "}')
    assert oficina("items", "add", "eco", "--contexto", "@vazio.json", "--json").json["status"] == "Pendente"
    run_line(eco, ends_well=False)
    item = one(oficina, "1")
    assert (item["status"], item["motivo"]) == ("Falhou", "there is nothing to say")
    ref = item["tentativas"][1]["saida_ref"]
    kept = (eco / ".oficina" / "objects" / ref[:2] / ref[2:]).read_text()
    assert "attempt 2; the last one: there is nothing to say" in kept
    assert "attempt 1 ended: there is nothing to say" in kept


# -- items add


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["eca"], "tipo: no contract has the type eca (did you mean eco?)"),
        (["eco"], "contexto.texto: is missing (contract eco needs it)"),
        (["eco", "--contexto", '{"texto": 7}'], "contexto.texto: 7 is not of type 'string'"),
        (["eco", "--contexto", "{"], "--contexto: not JSON: "),
        (["eco", "--contexto", "[]"], "--contexto: not a JSON object"),
        (["eco", "--contexto", '{"texto": NaN}'], "--contexto: holds what is no JSON"),
        (["eco", "--contexto", '{"texto": "\\ud800"}'], "half a character"),
        (["eco", "--contexto", "[" * 100_000], "--contexto: holds what is no JSON"),
        (["eco", "--contexto", "@gone.json"], "gone.json: --contexto: can't be read: No such file"),
        (["eco", "--contexto", "@broken.json"], "broken.json:2: --contexto: not JSON: "),
        (["eco", "--contexto", "@latin.json"], "latin.json:2: --contexto: not UTF-8 text"),
        (["eco", "--contexto", "@large.json"], "large.json: --contexto: the file is too large"),
        (["eco", "--contexto", '{"texto": "a"}', "--depende-de", "soon"], "depende_de[0]: not a dependency"),
        (["orcar_spec"], "produtor: orcar_spec is not produced by humano (by: Epistemologia)"),
        (["implantar"], "TIPO: implantar is not produced by hand (approve its release"),
        (["corrigir_bug"], "TIPO: corrigir_bug is not produced by hand (`oficina bug add`"),
        ([], "the following arguments are required: TIPO"),
    ],
)
def test_a_wrong_new_item_is_one_line_and_stores_nothing(words, said: str, eco: Path, oficina) -> None:
    oficina("trust", "--yes")
    (eco / "broken.json").write_text('{"texto":\n}')
    (eco / "latin.json").write_bytes(b'{"texto":\n"ol\xe1"}')
    (eco / "large.json").write_bytes(b" " * (3 << 20))
    found = oficina("items", "add", *words)
    assert found.code == 2
    assert said in found.err
    assert found.err.count("\n") == 1
    assert oficina("items", "--json").json == []


def test_items_are_still_listed_and_shown(eco: Path, oficina) -> None:
    oficina("trust", "--yes")
    oficina("items", "add", "eco", "--contexto", '{"texto": "a"}', "--chave", "x", "--titulo", "Mine")
    again = oficina("items", "add", "eco", "--contexto", '{"texto": "a"}', "--chave", "x")
    assert again.out == "BKL-0001: Mine (Pendente)\n"
    assert [item["id"] for item in oficina("items", "--tipo", "eco", "--json").json] == ["BKL-0001"]
    assert "oficina items add TIPO" in oficina("items", "--help").out


# -- definitions and approval


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "{eco: comando}",
            "{eco: builtin}",
            "Eco.comandos.eco: eco is not done by a command (its performer is builtin)",
        ),
        ("{workspace}/eco.py", "{workspace}/eca.py", "Eco.comandos.eco.argv: eca.py is not there"),
        ("{workspace}/eco.py", "{workspace}/../eco.py", "the path leads out of the workspace"),
        ("{workspace}/eco.py", "{workspace}", "the store is never handed to a program"),
        ("turnos: 5", "segredos: [KEY]", "Eco.comandos.eco.segredos[0]: oficina.yaml has no secret KEY"),
    ],
)
def test_a_command_that_cannot_be_is_refused_with_its_line(
    before: str, after: str, said: str, eco: Path, oficina
) -> None:
    actors = eco / "actors.yaml"
    actors.write_text(actors.read_text().replace(before, after))
    (eco / "link").symlink_to("/etc")
    trusted = oficina("trust", "--yes")
    found = oficina("run", "--headless", "--until-idle") if trusted.code == 0 else trusted
    assert found.code == 2
    assert said in found.err
    assert "actors.yaml:" in found.err
    assert found.err.count("\n") == 1


def test_what_oficina_must_do_itself_is_not_for_a_program(eco: Path, oficina) -> None:
    seeds = (SEEDS / "actors.yaml").read_text().replace("implantar: builtin", "implantar: comando")
    own = "  comandos: {implantar: {argv: ['true']}}\n\nGENESIS:"
    (eco / "actors.yaml").write_text((eco / "actors.yaml").read_text() + seeds.replace("\nGENESIS:", own, 1))
    oficina("trust", "--yes")
    assert "implantar is not for a program" in oficina("run", "--headless", "--until-idle").err


def test_a_model_is_not_there_yet(eco: Path, oficina) -> None:
    (eco / "actors.yaml").write_text("Eco:\n  tipos: {eco: modelo}\n")
    oficina("trust", "--yes")
    found = oficina("run", "--headless")
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert "actors.yaml:2: Eco.tipos.eco: the performer modelo is not there yet (comando: a " in found.err


def test_a_type_of_its_own_without_a_step_is_refused(eco: Path, oficina) -> None:
    (eco / "actors.yaml").write_text("Eco: {tipos: {eco: builtin}}")
    oficina("trust", "--yes")
    assert (
        "there is no builtin step for eco (comando: a program of yours)" in oficina("run", "--headless").err
    )


def test_a_program_that_changes_is_asked_about_again(eco: Path, oficina) -> None:
    oficina("trust", "--yes")
    program = eco / "eco.py"
    program.write_text(program.read_text().replace('" ".join(lines)', '"; ".join(lines)'))
    seen = oficina("trust", "--json").json
    assert (seen["trusted"], "actors.yaml: eco.py" in seen["definitions"]) == (False, True)
    assert any('+    return {"resultado": {"texto": "; ".join' in line for line in seen["difference"])
    assert oficina("run", "--headless", "--until-idle").code == 2


# -- development


def builds(shop: Path, oficina, code: str, **definition: Any) -> None:
    """PROMETHEUS's development and mending are a program's, and the spec is added."""
    (shop / "dev.py").write_text(code, encoding="utf-8")
    command = json.dumps({"argv": ["{python}", "-I", "{workspace}/dev.py"], "prazo_s": 60} | definition)
    actors = (SEEDS / "actors.yaml").read_text()
    for tipo in ("desenvolvimento", "corrigir_bug"):
        actors = actors.replace(f"{tipo}: builtin", f"{tipo}: comando")
    both = f"  comandos: {{desenvolvimento: {command}, corrigir_bug: {command}}}\n"
    (shop / "actors.yaml").write_text(actors.replace("\nGENESIS:", f"{both}\nGENESIS:", 1), encoding="utf-8")
    assert oficina("trust", "--yes").code == 0
    assert oficina("spec", "add", "specs/frete.yaml").code == 0


def exported(shop: Path, oficina, name: str) -> list[dict[str, Any]]:
    shutil.rmtree(shop / "export", ignore_errors=True)
    assert oficina("store", "export", shop / "export").code == 0
    documents: list[dict[str, Any]] = json.loads((shop / "export" / f"{name}.json").read_text())
    return documents


PROGRAM = '''\
import json, os, pathlib, sys
doc = json.load(sys.stdin)
def say(**message):
    print(json.dumps(message), flush=True)
package = pathlib.Path("src") / doc["pacotes"][0]["pacote"]
package.mkdir(parents=True, exist_ok=True)
RIGHT = """
from decimal import Decimal
class EntradaInvalida(ValueError):
    def __init__(self, campo):
        super().__init__(campo)
        self.campo = campo
class SemRegra(ValueError):
    pass
def decidir(entradas):
    peso = entradas.get("peso_kg")
    if isinstance(peso, bool) or not isinstance(peso, (int, float, Decimal)) or not 0 <= peso <= 30:
        raise EntradaInvalida("peso_kg")
    return {"preco": Decimal(10 if peso <= 5 else 20)}
"""
def write(text):
    (package / "__init__.py").write_text("from .decisao import decidir\\n")
    (package / "decisao.py").write_text(text)
def end(**outcome):
    say(usage={"modelo": "eco-1", "tokens_entrada": 100, "tokens_saida": 20, "turnos": 1})
    say(outcome={"resultado": {}, **outcome})
'''


def test_red_tests_are_reported_back_until_they_pass(shop: Path, oficina, measuring) -> None:
    schema = SEEDS / "schemas" / "performer-input.json"
    code = PROGRAM + (
        f"import jsonschema\njsonschema.validate(doc, json.load(open({str(schema)!r})))\n"
        "assert float(doc['orcamento']['resta']['custo']) > 0, doc['orcamento']\n"
        "assert doc['orcamento']['aprovado']['tokens'] > 1000, doc['orcamento']\n"
        "found = doc['correcao']\n"
        "assert pathlib.Path(doc['workspace']['spec'], 'specs/frete.yaml').is_file()\n"
        "assert list(pathlib.Path(doc['workspace']['testes'], 'tests').glob('test_*.py'))\n"
        "if found is None:\n    write(RIGHT.replace('10 if peso <= 5', '11 if peso <= 5'))\n"
        "else:\n"
        "    assert (package / 'decisao.py').is_file(), 'its own files are still there'\n"
        "    assert (found['rodada'], found['de']) == (2, 3), found\n"
        "    assert found['falhas'] and found['falhas'][0]['mensagem'], found\n"
        "    assert found['relatorio']['failed'] == len(found['falhas'])\n"
        "    write(RIGHT)\n"
        "end()\n"
    )
    builds(shop, oficina, code, tentativas_correcao=2, medido=True, leitura=[str(schema)])
    run_line(shop, "--policy", str(POLICY), measured=measuring)
    [release] = exported(shop, oficina, "releases")
    assert release["testes_passaram"] is True
    assert release["testes"]["vermelho"]["confirmado"] is True
    assert {path.partition("/")[0] for path in release["arquivos"]} == {"src", "tests", "smoke.py"}
    [execution] = exported(shop, oficina, "execucoes")
    assert execution["status"] == "concluido"
    assert execution["realizado"]["passou_primeira"] is False
    assert execution["realizado"]["tentativas_correcao"] == 1
    assert [worker["tokens_consumidos"] for worker in execution["workers"]] == [120, 120]
    assert {worker["nome"] for worker in execution["workers"]} == {"dev.py"}
    assert execution["realizado"]["recursos"]["tokens_llm"] == 240
    assert execution["realizado"]["maquina_s"]["teste"] > 0


def test_still_red_after_the_last_run_is_a_result(shop: Path, oficina) -> None:
    code = PROGRAM + "write(RIGHT.replace('20)', '21)'))\nend()\n"
    builds(shop, oficina, code, tentativas_correcao=1)
    config = shop / "oficina.yaml"
    config.write_text(f"{config.read_text()}undo_s: 0\n")  # nobody takes a decision back here
    run_line(shop)
    budget = oficina("decisions", "--json").json[0]
    assert oficina("decide", budget["id"], "aprovar").code == 0
    run_line(shop)
    [asked] = [each for each in oficina("decisions", "--json").json if each["tipo"] == "aprovar_release"]
    assert asked["contexto"]["testes_passaram"] is False
    [execution] = exported(shop, oficina, "execucoes")
    assert len(execution["workers"]) == 2
    reason = "the heavy price is wrong"
    assert oficina("decide", asked["id"], "rejeitar", "--reason", reason).code == 0
    mended = PROGRAM + (
        f"assert doc['item']['contexto']['erro'] == {reason!r}\n"
        "before = pathlib.Path(doc['workspace']['anterior'], 'src', package.name, 'decisao.py').read_text()\n"
        "write(before.replace('21)', '20)'))\nend()\n"
    )
    (shop / "dev.py").write_text(mended)
    oficina("trust", "--yes")
    run_line(shop)
    releases = exported(shop, oficina, "releases")
    assert [release["testes_passaram"] for release in releases] == [False, True]
    assert releases[1]["substitui_release"] == "REL-0001"


NO_PACKAGES = {
    "frete": ("end()", "frete_calcular"),
    "elo": ("write(RIGHT); os.symlink('/etc/passwd', package / 'x'); end()", "x is not a plain file"),
    "falha": ("say(outcome={'falha': 'no idea'})", "no idea"),
    "espera": (
        "say(outcome={'bloqueado': {'depende_de': ['cap:x'], 'motivo': 'm'}})",
        "waits for nothing",
    ),
    "nada": ("sys.exit(9)", "ended without an outcome (exit code 9)"),
}
"""By spec: what its program does, and what is said of it."""


def test_what_is_no_package_fails_the_attempt(shop: Path, oficina) -> None:
    spec = shop / "specs" / "frete.yaml"
    for name in NO_PACKAGES:
        spec.with_name(f"{name}.yaml").write_text(spec.read_text().replace("id: frete", f"id: {name}"))
    codes = {f"{name}_calcular": code for name, (code, _) in NO_PACKAGES.items()}
    builds(shop, oficina, f"{PROGRAM}exec({codes!r}[package.name])\n")
    assert (
        oficina("spec", "add", *(f"specs/{name}.yaml" for name in NO_PACKAGES if name != "frete")).code == 0
    )
    actors = shop / "actors.yaml"
    actors.write_text(actors.read_text().replace("  concorrencia: 2\n", "  retries: {max: 0}\n", 1))
    oficina("trust", "--yes")
    run_line(shop, "--policy", str(POLICY), ends_well=False)
    items = oficina("items", "--tipo", "desenvolvimento", "--json").json
    assert {item["spec_ref"]: item["status"] for item in items} == dict.fromkeys(NO_PACKAGES, "Falhou")
    for item in items:
        assert NO_PACKAGES[item["spec_ref"]][1] in item["motivo"]
    assert exported(shop, oficina, "releases") == []


def test_its_tests_are_out_of_its_reach(shop: Path, oficina) -> None:
    code = PROGRAM + (
        "write(RIGHT.replace('10 if', '11 if'))\n"
        "tests = pathlib.Path(doc['workspace']['testes'], 'tests')\n"
        "for path in tests.glob('*'):\n"
        "    for harm in (path.unlink, lambda: path.write_text(''), lambda: tests.rename('gone')):\n"
        "        try:\n            harm()\n            say(output=f'harmed {path}')\n"
        "        except OSError:\n            pass\n"
        "os.makedirs('tests', exist_ok=True)\n"
        "pathlib.Path('tests/test_mine.py').write_text('def test_all_is_well():\\n    pass\\n')\n"
        "pathlib.Path('conftest.py').write_text('collect_ignore_glob = [\"*\"]\\n')\n"
        "pathlib.Path('src/pytest').mkdir(exist_ok=True)\n"
        "pathlib.Path('src/pytest/__init__.py').write_text('def main(*_): return 0\\n')\n"
        "end()\n"
    )
    builds(shop, oficina, code, tentativas_correcao=0)
    run_line(shop, "--policy", str(POLICY), ends_well=True)
    [release] = exported(shop, oficina, "releases")
    assert release["testes_passaram"] is False
    assert release["testes"]["failed"] > 0
    assert release["testes"]["total"] == release["testes"]["esperados"]
    assert not [
        path for path in release["arquivos"] if "mine" in path or "conftest" in path or "pytest/" in path
    ]
