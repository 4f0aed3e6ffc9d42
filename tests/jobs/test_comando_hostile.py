"""Programs that misbehave, for real and in the real sandbox: each ends as one line, and nothing is left."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from comando_support import (
    LEVEL,
    command,
    done,
    ended,
    full_only,
    item_of,
    kept_output,
    line_of,
    produce,
    refused,
)
from line_factory import contract, wait_for

from jobs.launcher.procfs import all_stats
from jobs.performers import program
from jobs.sandbox import LIMITS_ONLY
from store.clock import seconds_between


@pytest.fixture(autouse=True)
def _full() -> None:
    full_only()


MARK = "oficina-hostile-program"


def left_behind() -> list[int]:
    """Processes that carry the mark in their command line."""
    found = []
    for stat in all_stats():
        try:
            words = Path(f"/proc/{stat.pid}/cmdline").read_bytes()
        except OSError:
            continue
        if MARK.encode() in words and stat.pid != os.getpid() and not stat.zombie:
            found.append(stat.pid)
    return found


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "ended without an outcome (exit code 0)"),
        ("sys.stderr.write('no key\\n'); sys.exit(3)", "ended without an outcome (exit code 3): no key"),
        ("end(resultado={}); sys.exit(4)", "said an outcome, but ended with exit code 4"),
        ("end(falha='no paper')", "no paper"),
        ("end(bloqueado={'depende_de': ['soon'], 'motivo': 'x'})", "depende_de[0]: not a dependency: soon"),
        ("end(resultado={'a': 'x' * 1_200_000})", "its outcome is no JSON, or longer than a line of 1 MB"),
        ("for _ in range(40): print('x' * 1_000_000)", "ended: over its limit of output"),
        ("while True: time.sleep(1)", "timed out after 1.5 s"),
        ("for n in range(600):\n  if os.fork() == 0: time.sleep(5); os._exit(0)\ntime.sleep(5)", "processes"),
    ],
)
def test_each_ends_as_one_line(code: str, said: str, tmp_path: Path) -> None:
    item = done(tmp_path, code, definition=command(prazo_s=1.5 if "timed" in said else 30))
    assert item["status"] == "Falhou"
    assert said in item["motivo"]
    assert "\n" not in item["motivo"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("print('garbage {')", "ended without an outcome (exit code 0): garbage {"),
        ("end(resultado={}); end(resultado={'n': 2})", "said 2 outcomes: which one counts?"),
        ("end(resultado={}, falha='x')", "an outcome has one of resultado, falha, bloqueado"),
        ("end()", "here is none of them (docs/performers.md)"),
        ("end(resultado=[])", "resultado: [] is not of type 'object'"),
        ("end(resultdo={})", "an outcome has one of resultado, falha, bloqueado; here is none of them"),
        ("end(resultado={}, artefactos=[])", "artefactos: unknown key (did you mean artefatos?)"),
        ("end(resultado={}, item='BKL-0099')", "its outcome is of another item: BKL-0099, not BKL-0001"),
        ("end(resultado={}, item=7)", "its outcome is of another item: 7, not BKL-0001"),
        ("end(material={'resultado': {}})", "material: unknown key (did you mean resultado?)"),
        ("end(falha='')", "falha: '' should be non-empty"),
        ("end(bloqueado={'depende_de': [], 'motivo': 'x'})", "bloqueado.depende_de: [] should be non-empty"),
        ("say(outcome='done')", "its outcome is no object"),
        ('print(\'{"outcome": {"resultado": {\')', "its outcome is no JSON"),
        ("print('{\"outcome\": ' + '[' * 100_000)", "its outcome is no JSON"),
        ('print(\'{"outcome": {"resultado": {"a": NaN}}}\')', "its outcome holds what is no JSON: NaN"),
        (
            'print(\'{"outcome": {"resultado": {"a": \' + "[" * 900 + "]" * 900 + "}}}")',
            "its outcome is nested more than 64 levels deep",
        ),
        ('print(\'{"outcome": {"resultado": {"a": 1e999}}}\')', "its outcome holds what is no JSON"),
        ('print(\'{"outcome": {"resultado": {"a": "\\\\ud800"}}}\')', "half a character"),
        ('sys.stdout.buffer.write(b\'{"outcome": {"resultado": {"a": "\\xff"}}}\')', "is not UTF-8"),
        ("while True: sys.stdout.write('x' * 1_000_000)", "ended: over its limit of output"),
    ],
)
def test_an_outcome_that_cannot_be_taken_is_told_in_one_line(code: str, said: str, tmp_path: Path) -> None:
    falha = refused(tmp_path, code)
    assert said in falha
    assert "\n" not in falha


def test_a_program_over_its_memory_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With less of it than is granted, which takes seconds to fill."""
    less = replace(program.PROGRAM_LIMITS, tree_mb=300)
    monkeypatch.setattr(program, "PROGRAM_LIMITS", less)
    said = refused(tmp_path, "kept = bytearray(b'x') * (1 << 30)\ntime.sleep(20)")
    assert said == "ended: over its limit of memory"


def test_bytes_that_are_no_text_are_shown_as_such(tmp_path: Path) -> None:
    code = "sys.stdout.buffer.write(b'ol\\xe1 \\x00\\x1b[31m\\n')\nend(falha='enough')"
    item = done(tmp_path, code)
    assert item["motivo"] == "enough"
    assert kept_output(tmp_path, item) == "ol� \x00\x1b[31m"


def test_half_characters_break_nothing(tmp_path: Path) -> None:
    code = (
        "say(output='a \\ud800')\nsay(progress={'fase': '\\udfff', 'texto': '\\ud800'})\n"
        "say(usage={'modelo': '\\ud800', 'turnos': 1})\nprint('{\"output\": \"last \\\\ud800\"}')"
    )
    item = done(tmp_path, code)
    assert item["motivo"] == "ended without an outcome (exit code 0): last ?"
    assert "a ?" in kept_output(tmp_path, item)


LIES = [
    "{'tokens_entrada': -5}",
    "{'tokens_entrada': 10**30}",
    "{'tokens_saida': float('nan')}",
    "{'tokens_saida': 'a lot'}",
    "{'tokens_cache': True}",
    "{'custo': '-1'}",
    "{'custo': 'free'}",
    "{'custo': float('inf')}",
    "{'moeda': 'R$', 'custo': 1}",
    "{'tokens': 5}",
    "{'modelo': 'a\\x1b[0m', 'turnos': 1}",
    "'plenty'",
    "[1]",
]


def test_amounts_that_cannot_be_count_nothing_and_it_is_said(tmp_path: Path) -> None:
    says = "\n".join(f"say(usage={lie})" for lie in LIES)
    falling = "".join(
        f"say(usage={{'modelo': 'm', 'tokens_cache': {n}, 'absolute': True}})\n" for n in (2, 1)
    )
    code = (
        f"{falling}{says}\nsay(usage={{'tokens_saida': 7}})\nend(falha='enough', uso={{'tokens_saida': -1}})"
    )
    with line_of(tmp_path, code) as line:
        item = ended(line, produce(line))
        events = line.submit(lambda core: list(core.db.history(item=item["id"]))).result(60)
    assert kept_output(tmp_path, item).count("usage refused: ") == len(LIES) + 1
    assert item["tentativas"][-1]["uso"]["tokens"] == 9
    told = [event["detalhe"] for event in events if event["tipo"] == "uso.recusado"]
    assert told[0] == "tokens_cache: a total that goes back"


def test_totals_and_increments_come_to_the_same(tmp_path: Path) -> None:
    code = (
        "say(usage={'modelo': 'a', 'tokens_entrada': 10, 'turnos': 1, 'custo': '0.10', 'moeda': 'BRL'})\n"
        "say(usage={'modelo': 'b', 'tokens_entrada': 30, 'absolute': True})\n"
        "say(usage={'modelo': 'b', 'tokens_entrada': 40, 'absolute': True})\n"
        "say(usage={'modelo': 'b', 'tokens_entrada': 20, 'absolute': True})\n"
        "end(resultado={}, uso={'tokens_entrada': 55, 'turnos': 1, 'custo': '0.15'})"
    )
    item = done(tmp_path, code)
    used = item["tentativas"][-1]["uso"]
    assert (used["tokens"], used["turnos"], used["custo"]["llm"]) == (55, 1, "0.15")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("open('/work/x', 'w')", "ended without an outcome"),
        ("end(resultado={}, artefatos=['../outcome.json'])", "artefatos[0]: '../outcome.json' leaves the"),
        ("end(resultado={}, artefatos=['/etc/passwd'])", "artefatos[0]: '/etc/passwd' leaves the program's"),
        ("os.symlink('/etc/passwd', 'a'); end(resultado={}, artefatos=['a'])", "a: is no plain file"),
        ("os.symlink('/etc', 'd'); end(resultado={}, artefatos=['d/passwd'])", "d/passwd: is no plain file"),
        ("os.mkfifo('p'); end(resultado={}, artefatos=['p'])", "artefatos[0]: p is no plain file"),
        ("os.mkdir('d'); end(resultado={}, artefatos=['d'])", "artefatos[0]: d is no plain file"),
        ("open('a', 'w'); os.link('a', 'b'); end(resultado={}, artefatos=['b'])", "b is no plain file"),
        ("end(resultado={}, artefatos=['gone'])", "artefatos[0]: gone: is not there"),
        ("end(resultado={}, artefatos=['a\\n'])", "leaves the program's directory"),
        ("end(resultado={}, artefatos=['x'] * 501)", "artefatos: 501 entries are too many (at most 500)"),
        (
            "f = open('big', 'wb'); f.truncate(65 << 20); f.close(); end(resultado={}, artefatos=['big'])",
            "artefatos[0]: big is too large (at most 64 MB a file and 256 MB together)",
        ),
    ],
)
def test_only_files_of_its_own_are_kept(code: str, said: str, tmp_path: Path) -> None:
    assert said in refused(tmp_path, code)


def test_what_it_writes_outside_goes_nowhere(tmp_path: Path) -> None:
    code = (
        "tried = []\n"
        "for place in (doc['item']['contexto']['root'], os.path.dirname(doc['workspace']['trabalho']),"
        " '/etc', os.path.dirname(sys.executable), os.path.expanduser('~') + '/..'):\n"
        "    try:\n        open(place + '/planted', 'w').close()\n        tried.append(place)\n"
        "    except OSError: pass\n"
        "try:\n    open(sys.argv[0], 'w')\n    tried.append('itself')\nexcept OSError: pass\n"
        "end(resultado={'wrote': tried})"
    )
    item = done(tmp_path, code, {"root": str(tmp_path)})
    assert item["status"] == "Concluido", item["motivo"]
    assert not list(tmp_path.rglob("planted"))
    assert not Path("/etc/planted").exists()


def test_children_that_it_leaves_behind_are_ended(tmp_path: Path) -> None:
    code = (
        "import subprocess\n"
        f"word = {MARK!r}\n"
        "for _ in range(3):\n"
        "    subprocess.Popen(['sh', '-c', 'sleep 60; : ' + word], start_new_session=True,"
        " stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "end(resultado={})"
    )
    item = done(tmp_path, code)
    assert item["status"] == "Concluido", item["motivo"]
    assert left_behind() == []


def test_children_that_it_leaves_behind_are_ended_below_full_as_well(tmp_path: Path) -> None:
    code = (
        "import subprocess\n"
        f"subprocess.Popen(['sh', '-c', 'sleep 60; : ' + {MARK!r}], start_new_session=True,"
        " stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "end(resultado={})"
    )
    item = done(tmp_path, code, level=LIMITS_ONLY, below_full="all")
    assert item["status"] == "Concluido", item["motivo"]
    assert left_behind() == []


def test_below_full_it_does_not_run_unless_the_owner_says_so(tmp_path: Path) -> None:
    item = done(tmp_path, "end(resultado={})", level=LIMITS_ONLY)
    assert item["motivo"] == (
        "isolation is limits here (bubblewrap was not tried), and oficina.yaml says below_full: generated"
    )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "def bye(*_):\n    os.write(1, b'bye\\n'); os._exit(0)\nsignal.signal(signal.SIGTERM, bye)\n",
            "bye",
        ),
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN)\n", ""),
        ("def late(*_):\n    end(resultado={}); os._exit(0)\nsignal.signal(signal.SIGTERM, late)\n", ""),
    ],
    ids=["listens", "ignores", "hands in late"],
)
def test_ended_with_the_line_it_costs_no_retry(code: str, words: str, tmp_path: Path) -> None:
    busy = code + "say(output='up')\nwhile True: time.sleep(0.05)"
    with line_of(tmp_path, busy, definition=command(prazo_s=60)) as line:
        item_id = produce(line)
        wait_for(lambda: "up" in line.output(item_id))
        line.submit(lambda core: core.stop_claiming()).result(60)
        line.submit(lambda core: core.end_steps()).result(60)
        said: list[str] = []

        def given_back() -> dict[str, Any] | None:
            said[:] = line.output(item_id) or said
            item = item_of(line, item_id)
            return item if item["status"] == "Pendente" else None

        item = wait_for(given_back)
    assert (item["falhas"], item["perdas"]) == (0, 0)
    assert item["tentativas"][-1]["fim_motivo"] == "devolvido"
    assert not words or not said or words in said


def test_ended_for_its_time_it_hears_of_it(tmp_path: Path) -> None:
    code = (
        "def bye(*_):\n    os.write(1, b'bye\\n'); os._exit(0)\n"
        "signal.signal(signal.SIGTERM, bye)\nsay(output='up')\nwhile True: time.sleep(0.05)"
    )
    for prazo_s in (1, 8, 60):  # it has to come to listen in that time, on a busy machine too
        root = tmp_path / f"{prazo_s}"
        item = done(root, code, definition=command(prazo_s=prazo_s))
        assert item["motivo"] == f"timed out after {prazo_s} s"
        if (said := kept_output(root, item)).startswith("up"):
            break
    assert said.endswith("bye")


def test_a_program_that_is_not_there_says_so(tmp_path: Path) -> None:
    item = done(tmp_path, "", definition=command(argv=["no-such-program"]))
    assert "no-such-program" in item["motivo"]
    gone = done(tmp_path / "b", "", definition=command(argv=["{workspace}/tools/gone"]))
    assert gone["motivo"] == "the command can't be run: tools/gone is not there"


def test_a_program_that_changed_since_it_was_approved_does_not_run(tmp_path: Path) -> None:
    approved = {"actors.yaml: tools/eco.py": "0" * 64}
    item = done(tmp_path, "end(resultado={})", config={"approved": approved})
    assert item["motivo"] == ("tools/eco.py changed since it was approved (look at it with `oficina trust`)")


def test_a_storm_of_children_is_refused_as_a_whole(tmp_path: Path) -> None:
    code = "end(resultado={}, filhos=[{'tipo': 'colar'}] * 1001)"
    other = contract("colar", produtores=["Robo"])
    with line_of(tmp_path, code, contrato={"gera": [{"tipo": "colar"}]}, outros=(other,)) as line:
        item = ended(line, produce(line))
        count = line.submit(lambda core: len(list(core.db.all("backlog_items")))).result(60)
    assert item["motivo"] == "filhos: 1001 entries are too many (at most 1000)"
    assert count == 2, "the item itself, and the question about its failure"


def test_its_machine_time_is_measured(tmp_path: Path) -> None:
    code = "end_at = time.process_time() + 0.3\nwhile time.process_time() < end_at: pass\nend(resultado={})"
    item = done(tmp_path, code)
    attempt = item["tentativas"][-1]
    assert attempt["uso"]["cpu_s"] >= 0.3
    assert attempt["uso"]["wall_s"] <= seconds_between(attempt["inicio"], attempt["fim"]) + 1
    assert LEVEL.name == "full"
