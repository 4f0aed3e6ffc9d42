"""A policy at work: it answers what its rules cover, within a day's limits, and not against a person."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, Overflow
from pathlib import Path
from typing import Any, cast

import pytest
from line_factory import contract, contracts, run, setup, started, wait_for

from jobs.line import Line, LineSetup
from jobs.policy import Condition, DayLimit, Policy, Rule
from jobs.policy_actor import PolicyActor, day_start
from store.clock import FakeClock
from store.errors import StoreFailed

SOME = Condition("contexto.custo", "ate", "10")
DECISION = {
    "humano": True,
    "opcoes": {
        "sim": {
            "tecla": "y",
            "rotulo": "yes",
            "efeito": "go",
            "gera": [{"tipo": "tarefa", "contexto": {"n": 5}}],
        },
        "nao": {"tecla": "n", "rotulo": "no", "motivo": "obrigatorio", "fim": "Cancelado"},
    },
    "gera": [{"tipo": "tarefa"}],
}


def shop(root: Path, *regras: Rule, **changes: Any) -> LineSetup:
    """A line whose owner decides `decidir`, under a policy of these rules."""
    known = contracts(
        contract("decidir", "Dono", **DECISION), contract("tarefa", produtores=["Dono", "humano"])
    )
    return setup(root, policy=Policy("small ones", regras), contracts=known, **changes)


def submit(line: Line, work: Any) -> Any:
    return line.submit(work).result(60)


def ask(line: Line, **contexto: Any) -> str:
    new = {"tipo": "decidir", "contexto": contexto}
    return str(submit(line, lambda core: core.backlog.produzir(new, produtor="humano")))


def status(line: Line, item_id: str) -> str:
    return str(submit(line, lambda core: core.db.get("backlog_items", item_id)["status"]))


def decisions(line: Line) -> dict[str, Any]:
    return {doc["item_ref"]: doc for doc in submit(line, lambda core: list(core.db.all("decisoes")))}


def looks_once_more(line: Line) -> None:
    """Have the policy look at the whole inbox."""
    submit(line, lambda core: core.policy.work())


def test_it_answers_what_its_rules_cover(tmp_path: Path, lines: list[Line]) -> None:
    line = run(
        lines,
        shop(
            tmp_path,
            Rule("pequena", "decidir", "sim", quando=(SOME,)),
            Rule(
                "enorme",
                "decidir",
                "nao",
                "{contexto.custo} is too much",
                (Condition("contexto.custo", "desde", 100),),
            ),
            Rule("errada", "decidir", "talvez", quando=(Condition("contexto.custo", "igual", 50),)),
        ),
    )
    small, huge, middle, odd = (ask(line, custo=custo) for custo in ("9.90", 100, 50, "?"))
    wait_for(lambda: status(line, small) == "Concluido")
    wait_for(lambda: status(line, huge) == "Cancelado")
    wait_for(lambda: line.model().por_status.get("Concluido") == 2)  # what it generated, without any delay
    noted = wait_for(lambda: submit(line, lambda core: list(core.db.history(tipo="linha.politica"))))
    assert "talvez" in noted[0]["detalhe"]
    assert (status(line, middle), status(line, odd)) == ("Pendente", "Pendente")
    assert decisions(line)[small]["quem"] == "politica:pequena"
    assert decisions(line)[huge]["motivo"] == "100 is too much"
    refused = submit(line, lambda core: core.policy.rule_for(core.db.get("backlog_items", middle)))
    assert refused is None, "what was refused is a person's, and the line is idle with it"


def test_a_person_takes_back_what_it_decided_and_keeps_it(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path, Rule("pequena", "decidir", "sim", quando=(SOME,)), policy_undo_s=3600.0))
    item = ask(line, custo=1)
    wait_for(lambda: status(line, item) == "Concluido")
    taken = decisions(line)[item]
    assert taken["desfazer_ate"] > taken["em"]
    assert status(line, taken["gerados"][0]) == "Pendente", "what it generated waits for the undo"
    submit(line, lambda core: core.decisions.desfazer(taken["id"], "ana"))
    looks_once_more(line)
    assert status(line, item) == "Pendente"
    other = ask(line, custo=2)
    wait_for(lambda: status(line, other) == "Concluido")
    assert status(line, item) == "Pendente"


def test_a_day_has_its_limit_and_the_next_day_has_it_again(tmp_path: Path, lines: list[Line]) -> None:
    clock = FakeClock()
    limit = DayLimit("contexto.custo", Decimal(10))
    rule = Rule("diaria", "decidir", "sim", quando=(SOME,), no_dia=limit)
    line = run(lines, shop(tmp_path, rule, clock=clock, policy_undo_s=3600.0))
    first = ask(line, custo="6.00")
    wait_for(lambda: status(line, first) == "Concluido")
    second, third = ask(line, custo="5.00"), ask(line, custo="4.00")
    wait_for(lambda: status(line, third) == "Concluido")
    looks_once_more(line)
    assert status(line, second) == "Pendente", "6 + 5 is over the day's 10"
    submit(line, lambda core: core.decisions.desfazer(decisions_of(core, first)["id"], "ana"))
    looks_once_more(line)
    assert status(line, second) == "Concluido", "what was taken back leaves its room"
    fourth = ask(line, custo="4.00")
    looks_once_more(line)
    assert status(line, fourth) == "Pendente"
    clock.advance(86_400)
    looks_once_more(line)
    assert status(line, fourth) == "Concluido"


def decisions_of(core: Any, item_id: str) -> dict[str, Any]:
    (found,) = core.db.find("decisoes", "item_ref", item_id)
    return dict(found)


def test_a_snoozed_decision_is_left_alone(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path, Rule("pequena", "decidir", "sim", quando=(SOME,))))
    item = ask(line, custo=50)
    submit(line, lambda core: core.decisions.adiar(item, "2999-01-01T00:00:00.000000Z"))
    found = submit(line, lambda core: core.db.get("backlog_items", item))
    covered = {**found, "contexto": {"custo": 1}}
    assert submit(line, lambda core: core.policy.rule_for(covered)) is None
    assert submit(line, lambda core: core.policy.rule_for({**covered, "disponivel_em": ""})) is not None


def test_only_whoever_runs_the_line_applies_it(tmp_path: Path, lines: list[Line]) -> None:
    first = run(lines, replace(shop(tmp_path), policy=None))
    attached = started(shop(tmp_path, Rule("pequena", "decidir", "sim", quando=(SOME,))))
    lines.append(attached)
    wait_for(lambda: attached.model().linha.modo == "attached")
    item = ask(first, custo=1)
    wait_for(lambda: status(attached, item) == "Pendente")
    assert submit(attached, lambda core: core.policy) is None
    first.stop(0.0)
    wait_for(lambda: status(attached, item) == "Concluido")


def test_it_lets_the_stores_failure_through() -> None:
    class Broken:
        def decidir(self, *_: Any, **__: Any) -> str:
            raise StoreFailed("gone")

    class Core:
        decisions = Broken()
        db = None
        setup = setup(Path("nowhere"))

    policy_actor = PolicyActor(cast(Any, Core()), Policy("x", ()))
    with pytest.raises(StoreFailed):
        policy_actor._decide({"id": "BKL-0001"}, Rule("a", "b", "c"))


def test_a_day_begins_where_the_workspace_is() -> None:
    assert day_start("2026-01-05T02:30:00.000000Z", "America/Sao_Paulo") == "2026-01-04T03:00:00.000000Z"
    assert day_start("2026-01-05T02:30:00.000000Z", "UTC") == "2026-01-05T00:00:00.000000Z"


def test_one_item_that_no_rule_can_be_tried_on_stops_no_other(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fits(self: Rule, sources: Any) -> bool:
        if sources["contexto"]["custo"] == "strange":
            raise Overflow
        return True

    monkeypatch.setattr(Rule, "fits", fits)
    line = run(lines, shop(tmp_path, Rule("pequena", "decidir", "sim")))
    strange, usual = ask(line, custo="strange"), ask(line, custo="5")
    wait_for(lambda: status(line, usual) == "Concluido")
    looks_once_more(line)
    assert status(line, strange) == "Pendente"
    told = submit(line, lambda core: list(core.db.history(tipo="linha.politica")))
    assert [event["detalhe"] for event in told] == [f"{strange} is left to a person: Overflow"]
