"""What is kept of attempts that fail, and what many failures at once come to, on a line at work."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from line_factory import actor, contract, contracts, run, setup, step, wait_for

from jobs.line import Line
from jobs.protocol import Failed
from store.errors import WrongInput
from store.views.failures import attempts_of

NO_RETRY = {"max": 0}


def produce(line: Line, **contexto: Any) -> str:
    new = {"tipo": "tarefa", "contexto": {"n": 1, **contexto}}
    return line.submit(lambda core: core.backlog.produzir(new, produtor="humano")).result(60)


def items(line: Line, tipo: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = line.submit(
        lambda core: core.db.find("backlog_items", "tipo", tipo)
    ).result(60)
    return found


def attempts(line: Line, item_id: str, status: str) -> list[dict[str, Any]]:
    def there() -> bool:
        row = line.model().item(item_id)
        return row is not None and row.status == status

    wait_for(there, f"{item_id} {status}")
    item = line.submit(lambda core: core.db.get("backlog_items", item_id)).result(60)
    assert item is not None
    return attempts_of(item)


def kept(line: Line, attempt: dict[str, Any]) -> str:
    return line.submit(lambda core: core.objects.read(attempt["saida_ref"])).result(60).decode()


def refuses(*_: Any) -> Any:
    raise WrongInput("bad result")


def breaks(*_: Any) -> Any:
    raise ZeroDivisionError("by zero")


@pytest.mark.parametrize(
    ("entry", "more", "output", "motivo", "erro"),
    [
        ("crashes", {}, "last words", "crashed with exit code 9", ""),
        ("says_and_raises", {}, "about to fail", "ValueError: no good", "Traceback"),
        ("says_and_ends", {"apply": lambda *_: Failed("red", "3 of 9")}, "about to end", "red", "3 of 9"),
        ("says_and_ends", {"apply": refuses}, "about to end", "bad result", ""),
        ("says_and_ends", {"apply": breaks}, "about to end", "ZeroDivisionError: by zero", "Traceback"),
    ],
)
def test_every_failed_attempt_keeps_its_output_its_error_and_what_it_used(
    entry: str,
    more: dict[str, Any],
    output: str,
    motivo: str,
    erro: str,
    tmp_path: Path,
    lines: list[Line],
) -> None:
    parts = {"apply": more["apply"]} if "apply" in more else {}
    line = run(
        lines,
        setup(
            tmp_path,
            steps={"tarefa": step("tarefa", entry, **parts)},
            contracts=contracts(contract("tarefa", retries=NO_RETRY)),
        ),
    )
    (attempt,) = attempts(line, produce(line, until="/never"), "Falhou")
    assert output in kept(line, attempt)
    assert (attempt["fim_motivo"], attempt["motivo"]) == ("falhou", motivo)
    assert erro in attempt["erro"]
    assert attempt["uso"]["wall_s"] >= 0
    assert attempt["duracao_s"] >= 0


def test_an_attempt_over_its_time_keeps_its_output(tmp_path: Path, lines: list[Line]) -> None:
    for prazo_s in (0.5, 5.0, 50.0):  # it has to come to say something in that time, on a busy machine too
        parts = {
            "steps": {"tarefa": step("tarefa", "waits")},
            "contracts": contracts(contract("tarefa", retries=NO_RETRY)),
        }
        line = run(
            lines, setup(tmp_path / str(prazo_s), actors=(actor("Robo", "tarefa", prazo_s=prazo_s),), **parts)
        )
        (attempt,) = attempts(line, produce(line, until="/never"), "Falhou")
        assert (attempt["fim_motivo"], attempt["motivo"]) == ("falhou", f"timed out after {prazo_s:g} s")
        if attempt["saida_ref"]:
            break
    assert "here I am" in kept(line, attempt)


def test_a_lost_attempt_keeps_what_it_wrote(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path, steps={"tarefa": step("tarefa", "says_and_loses_its_keeper")}))
    item_id = produce(line, marker=str(tmp_path / "marker"), heard=str(tmp_path / "heard"))
    wait_for(lambda: "about to be lost" in line.output(item_id))
    (tmp_path / "heard").touch()
    lost, done = attempts(line, item_id, "Concluido")
    assert (lost["fim_motivo"], done["fim_motivo"]) == ("perdido", "concluido")
    item = line.submit(lambda core: core.db.get("backlog_items", item_id)).result(60)
    assert item is not None
    assert (item["perdas"], item["quedas"]) == (1, 0), "the line lived: the loss is the item's"
    assert kept(line, lost) == "about to be lost"


def test_a_step_that_breaks_in_the_line_itself_keeps_its_traceback(tmp_path: Path, lines: list[Line]) -> None:
    line = run(
        lines,
        setup(
            tmp_path,
            steps={"tarefa": step("tarefa", "inline_breaks", "inline")},
            contracts=contracts(contract("tarefa", retries=NO_RETRY)),
        ),
    )
    (attempt,) = attempts(line, produce(line), "Falhou")
    assert "inline_breaks" in attempt["erro"]


def test_64_items_that_fail_at_once_end_each_with_its_decision(tmp_path: Path, lines: list[Line]) -> None:
    line = run(
        lines,
        setup(
            tmp_path,
            steps={"tarefa": step("tarefa", "inline_breaks", "inline")},
            actors=(actor("Robo", "tarefa", concorrencia=64),),
            contracts=contracts(contract("tarefa", retries={"max": 2, "base_s": 0.2, "teto_s": 0.4})),
        ),
    )

    # A refusal, not a crash: those would open the performer's circuit breaker.
    new = {"tipo": "tarefa", "contexto": {"politely": True}}

    def all_at_once(core: Any) -> None:
        with core.db.transaction() as tx:
            for _ in range(64):
                core.backlog.produzir(new, produtor="humano", tx=tx)

    line.submit(all_at_once).result(60)
    wait_for(lambda: line.model().por_status.get("Falhou") == 64, "64 dead letters")
    found = items(line, "tarefa")
    assert Counter(len(item["tentativas"]) for item in found) == {3: 64}, "no attempt more than was allowed"
    questions = items(line, "resolver_falha")
    assert {each["contexto"]["item_ref"] for each in questions} == {item["id"] for item in found}
    assert len(questions) == 64
    seconds = {item["tentativas"][1]["inicio"][:22] for item in found}
    assert len(seconds) > 5, "the second attempts are spread, to hundredths of a second"
