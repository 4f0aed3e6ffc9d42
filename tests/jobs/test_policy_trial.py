"""A policy on past decisions: what it would have answered beside what people did, on the same evidence."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, Overflow
from pathlib import Path
from typing import Any

import pytest
from factories import World, deployment, release, spec_resources, spec_version

from jobs.policy import Condition, DayLimit, Policy, Rule
from jobs.policy_evidence import Evidence
from jobs.policy_trial import PolicyTrial, Replay

CHEAP = Condition("contexto.custo_p80", "ate", "50")
GREEN = Condition("contexto.cobertura", "desde_campo", "recursos.teste.cobertura_planejada_pct")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def ask(world: World, custo: str, spec_ref: str = "frete") -> str:
    contexto = {"custo_p80": custo, "spec_ref": spec_ref, "gaps": []}
    return world.produce("aprovar_orcamento", contexto)


def tried(world: World, *regras: Rule, since: str = "") -> PolicyTrial:
    before = world.db.seq
    trial = Replay(Policy("x", regras), world.db, world.backlog, "UTC").run(since)
    assert world.db.seq == before, "it changes nothing"
    return trial


def refs(cases: Any) -> list[str]:
    return [case.item["id"] for case in cases]


def test_it_says_where_rules_and_people_agree(world: World) -> None:
    cheap, dear, pushed = ask(world, "10.00"), ask(world, "80.00"), ask(world, "40.00")
    world.decide(cheap, "aprovar")
    world.decide(dear, "aprovar")
    world.decide(pushed, "ajustar", motivo="not the whole table")
    waiting = ask(world, "5.00")
    trial = tried(world, Rule("barato", "aprovar_orcamento", "aprovar", quando=(CHEAP,)))
    assert refs(trial.cases(True)) == [cheap]
    assert refs(trial.cases(False)) == [pushed]
    assert refs(trial.cases(None)) == [dear]
    assert [(item["id"], rule.nome) for item, rule in trial.abertas] == [(waiting, "barato")]


def test_what_was_taken_back_policies_answers_and_older_ones_are_left_out(world: World) -> None:
    old = ask(world, "10.00")
    world.decide(old, "aprovar")
    world.clock.advance(86_400)
    since = world.clock.now()
    undone, by_rule = ask(world, "20.00"), ask(world, "30.00")
    world.decisions.desfazer(world.decide(undone, "aprovar", undo_s=60))
    world.decisions.decidir(by_rule, "aprovar", quem="politica:barato", politica="barato")
    rule = Rule("barato", "aprovar_orcamento", "aprovar", quando=(CHEAP,))
    trial = tried(world, rule, since=since)
    assert (list(trial.casos), trial.de_politicas) == ([], 1)
    assert list(trial.abertas) == [], "what a person took back stays a person's"
    assert refs(tried(world, rule).casos) == [old]


def test_a_day_s_limit_is_kept_day_by_day(world: World) -> None:
    rule = Rule(
        "diaria", "aprovar_orcamento", "aprovar", no_dia=DayLimit("contexto.custo_p80", Decimal(50), vezes=2)
    )
    first, second, third = ask(world, "30.00"), ask(world, "30.00"), ask(world, "10.00")
    for item in (first, second, third):
        world.decide(item, "aprovar")
    fourth = ask(world, "1.00")
    world.decide(fourth, "aprovar")
    world.clock.advance(86_400)
    later = ask(world, "50.00")
    world.decide(later, "aprovar")
    assert refs(tried(world, rule).cases(True)) == [first, third, later]


def test_the_evidence_is_what_the_question_named(world: World) -> None:
    with world.db.transaction() as tx:
        tx.insert("specs", spec_version(cobertura_planejada_pct=90))
        price = tx.insert("specs_recursos", spec_resources())
        built = tx.insert("releases", release(cobertura_pct=95.0))
        placed = tx.insert("implantacoes", deployment(release_ref=built))
        tx.insert("specs_recursos", spec_resources(spec_versao=2))
    bound = {"spec_recursos_ref": price, "release_ref": built, "cobertura": 95.0}
    good = world.produce("aprovar_release", bound)
    poor = world.produce("aprovar_release", {**bound, "cobertura": 89.9})
    for item in (good, poor):
        world.decide(item, "aprovar")
    trial = tried(world, Rule("verde", "aprovar_release", "aprovar", quando=(GREEN,)))
    assert refs(trial.cases(True)) == [good]
    assert refs(trial.cases(None)) == [poor]
    evidence = Evidence(world.db, {**world.item(good), "contexto": {**bound, "implantacao_ref": placed}})
    assert evidence["spec"]["versao"] == 1
    assert evidence["release"]["id"] == built
    assert evidence["implantacao"]["id"] == placed
    assert {"spec", "recursos", "release", "implantacao", "titulo"} <= set(evidence)
    assert len(evidence) == len(world.item(good)) + 4
    assert "implantacao" not in Evidence(world.db, world.item(good))


def test_an_option_that_the_item_never_had_is_no_answer(world: World) -> None:
    item = ask(world, "10.00")
    world.decide(item, "aprovar")
    trial = tried(world, Rule("x", "aprovar_orcamento", "esperar"))
    assert refs(trial.cases(None)) == [item]


def test_archived_items_are_tried_as_well(world: World) -> None:
    from store.backlog.archiving import archive_saga

    item = world.produce("avaliar_efetividade", produtor="MS_Produto")
    world.decide(item, "efetiva")
    assert archive_saga(world.db, world.backlog.rules.book, [item]) == 1
    assert world.db.get("backlog_items", item) is None
    assert refs(tried(world, Rule("ok", "avaliar_efetividade", "efetiva")).cases(True)) == [item]


def test_what_no_rule_can_be_tried_on_is_answered_by_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange, usual = ask(world, "10.00"), ask(world, "20.00")
    for each in (strange, usual):
        world.decide(each, "aprovar")

    def fits(self: Rule, sources: Any) -> bool:
        if sources["contexto"]["custo_p80"] == "10.00":
            raise Overflow
        return True

    monkeypatch.setattr(Rule, "fits", fits)
    trial = tried(world, Rule("barato", "aprovar_orcamento", "aprovar"))
    assert (refs(trial.cases(None)), refs(trial.cases(True))) == ([strange], [usual])
