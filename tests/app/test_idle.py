"""When a headless line may end: nothing goes on by itself, however much waits for a person."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "jobs"))

from line_factory import actor, contract, contracts, run, setup, step, wait_for

from app.idle import is_idle
from jobs.line import Line, LineSetup
from jobs.line_core import Core
from jobs.policy import Condition, Policy, Rule

DECISION = {
    "humano": True,
    "opcoes": {
        "sim": {"tecla": "y", "rotulo": "yes", "efeito": "go", "gera": [{"tipo": "tarefa"}]},
        "nao": {"tecla": "n", "rotulo": "no", "motivo": "obrigatorio", "fim": "Cancelado"},
    },
    "gera": [{"tipo": "tarefa"}],
}


def shop(root: Path, *regras: Rule, **changes: Any) -> LineSetup:
    """A line whose owner decides `decidir`, which may produce a `tarefa`."""
    parts: dict[str, Any] = {
        "contracts": contracts(
            contract("decidir", "Dono", **DECISION), contract("tarefa", produtores=["Dono", "humano"])
        ),
        "policy": Policy("rules", regras) if regras else None,
    }
    return setup(root, **(parts | changes))


def submit(line: Line, work: Any) -> Any:
    return line.submit(work).result(60)


def produce(line: Line, tipo: str, **contexto: Any) -> str:
    new = {"tipo": tipo, "contexto": contexto}
    return str(submit(line, lambda core: core.backlog.produzir(new, produtor="humano")))


def idle(line: Line) -> bool:
    return bool(submit(line, is_idle))


def unread(core: Core) -> bool:
    """The same, where looking for items is an error."""
    read = core.db.find

    def refuse(collection: str, index: str, value: object) -> Any:
        assert collection != "backlog_items", "an item was read"
        return read(collection, index, value)

    core.db.find = refuse  # type: ignore[method-assign]
    try:
        return is_idle(core)
    finally:
        core.db.find = read  # type: ignore[method-assign]


def test_many_that_wait_for_a_person_are_not_even_read(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path))
    for number in range(5):
        produce(line, "decidir", n=number)
    wait_for(lambda: submit(line, unread), "idleness")


def test_work_keeps_it_from_being_idle_also_work_that_waits_for_its_time(
    tmp_path: Path, lines: list[Line]
) -> None:
    until = tmp_path / "until"
    steps = {"tarefa": step("tarefa", "waits")}
    line = run(lines, shop(tmp_path, steps=steps, actors=(actor("Robo", "tarefa", concorrencia=1),)))
    produce(line, "tarefa", until=str(until))
    wait_for(lambda: line.model().rodando, "the work")
    assert not idle(line)
    until.touch()
    wait_for(lambda: idle(line), "idleness")
    later = {"tipo": "tarefa", "contexto": {}, "disponivel_em": "2099-01-01T00:00:00.000000Z"}
    submit(line, lambda core: core.backlog.produzir(later, produtor="humano"))
    assert not idle(line), "it waits, though nobody works on it now"


def test_what_is_paused_keeps_nobody_waiting(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path, Rule("toda", "decidir", "sim")))
    submit(line, lambda core: core.pause_actor("politica"))
    produce(line, "decidir", n=1)
    submit(line, lambda core: core.pause_actor("sondas"))
    submit(line, lambda core: core.backlog.registrar_sonda("chave", passou=False))
    wait_for(lambda: idle(line), "idleness: the policy looks at nothing")
    submit(line, lambda core: core.pause())
    produce(line, "tarefa")
    assert idle(line)
    submit(line, lambda core: core.resume_actor("Robo"))
    wait_for(lambda: idle(line), "idleness, once the work is done")
    submit(line, lambda core: core.resume_actor("politica"))
    assert not idle(line), "now the policy answers"


def test_a_type_that_no_actor_works_on_keeps_nobody_waiting(tmp_path: Path, lines: list[Line]) -> None:
    known = contracts(contract("tarefa"), contract("outra", "Ninguem", produtores=["humano"]))
    line = run(lines, shop(tmp_path, contracts=known))
    produce(line, "outra")
    wait_for(lambda: idle(line), "idleness")


@pytest.mark.parametrize(
    "rule",
    [
        Rule("alheia", "decidir", "sim", quando=(Condition("contexto.n", "igual", 9),)),
        Rule("recusada", "decidir", "talvez"),
    ],
)
def test_what_no_rule_answers_and_what_its_answer_is_refused_for_is_a_person_s(
    rule: Rule, tmp_path: Path, lines: list[Line]
) -> None:
    line = run(lines, shop(tmp_path, rule))
    item_id = produce(line, "decidir", n=1)
    wait_for(lambda: idle(line), "idleness")
    assert submit(line, lambda core: core.db.get("backlog_items", item_id))["status"] == "Pendente"


def test_the_policy_is_waited_for_until_it_has_seen_everything(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path, Rule("toda", "decidir", "sim")))

    def asked(core: Core) -> tuple[str, bool]:
        new = {"tipo": "decidir", "contexto": {"n": 1}}
        return core.backlog.produzir(new, produtor="humano"), is_idle(core)

    item_id, at_once = submit(line, asked)
    assert not at_once, "it has not looked yet"
    wait_for(lambda: idle(line), "idleness")
    assert submit(line, lambda core: core.db.get("backlog_items", item_id))["status"] == "Concluido"


def test_who_is_attached_leaves_decisions_to_whoever_runs_the_line(tmp_path: Path, lines: list[Line]) -> None:
    first = run(lines, shop(tmp_path))
    attached = run(lines, shop(tmp_path, Rule("toda", "decidir", "sim")), modo="attached")
    produce(first, "decidir", n=1)
    wait_for(lambda: idle(attached), "idleness")
    submit(first, lambda core: core.publisher.say(modo="stopping"))
    assert not idle(first)
