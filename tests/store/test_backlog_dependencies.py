"""Dependencies name an outcome; it latches; what cannot come is asked about exactly once; cycles are
refused.
"""

from __future__ import annotations

from typing import Any

import pytest
from factories import World, new_item

from store.errors import CycleRefused, WrongState


def waiting_on(world: World, *refs: str, **fields: Any) -> str:
    return world.produce("corrigir_bug", produtor="humano", depende_de=list(refs), **fields)


def state(world: World, item_id: str, ref: str) -> str:
    return str(world.item(item_id)["dependencias"][ref]["estado"])


def test_an_item_comes_free_when_all_that_it_waits_for_has_come(world: World) -> None:
    first, second = world.produce("orcar_spec"), world.produce("orcar_spec")
    item = waiting_on(world, first, second)
    assert world.status(item) == "Bloqueado"
    world.done("orcar_spec")
    assert world.status(item) == "Bloqueado"
    assert state(world, item, first) == "resolvida"
    world.clock.advance(60)
    world.done("orcar_spec")
    freed = world.item(item)
    assert (freed["status"], freed["desbloqueado_por"], freed["pendente_em"]) == (
        "Pendente",
        second,
        world.clock.now(),
    )
    (event,) = world.events("desbloqueio")
    assert (event["item_desbloqueado"], event["item_que_desbloqueou"]) == (item, second)


def test_what_came_before_the_item_resolves_at_once(world: World) -> None:
    done, skipped = world.produce("orcar_spec"), world.produce("implantar")
    world.done("orcar_spec")
    world.backlog.pular(skipped, "by hand")
    assert world.status(waiting_on(world, done, skipped)) == "Pendente"


def test_an_item_s_parts_are_waited_for_and_other_children_are_not(world: World) -> None:
    world.add_spec()
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    after_price = waiting_on(world, "BKL-0001")
    assert world.status(after_price) == "Pendente", "the budget is no part of its pricing"
    world.backlog.pular(after_price, "seen")
    world.decide(budget, "aprovar")
    (development,) = world.open("desenvolvimento")
    item = waiting_on(world, development["id"])
    (release,) = world.done("desenvolvimento", new_item("aprovar_release"))
    assert world.status(item) == "Bloqueado", "developed, but its release is not approved"
    world.decide(release, "rejeitar", motivo="rounds wrongly")
    assert world.status(item) == "Bloqueado", "rework is part of it"
    (again,) = world.done("corrigir_bug", new_item("aprovar_release"))
    world.decide(again, "aprovar")
    freed = world.item(item)
    assert freed["status"] == "Pendente"
    assert freed["desbloqueado_por"] == development["id"]


def test_a_resolution_latches(world: World) -> None:
    world.add_spec()
    validation = world.deliver()
    item = waiting_on(world, "spec:frete", "spec:nunca")
    world.decide(validation, "validar")
    assert state(world, item, "spec:frete") == "resolvida"
    world.add_spec("frete", 2)
    assert state(world, item, "spec:frete") == "resolvida"
    assert state(world, waiting_on(world, "spec:frete"), "spec:frete") == "aberta", "of the latest version"


@pytest.mark.parametrize("end", ["cancelar", "pular", "falhar", "recusar"])
def test_an_end_without_the_outcome_opens_exactly_one_decision(world: World, end: str) -> None:
    world.add_spec()
    if end == "recusar":
        (target,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    else:
        target = "BKL-0001"
    item = waiting_on(world, target)
    if end == "falhar":
        world.fail_for_good("orcar_spec")
    elif end == "recusar":
        world.decide(target, "ajustar")
    else:
        getattr(world.backlog, end)(target, "not wanted")
    if end == "pular":
        assert world.status(item) == "Pendente"
        return
    assert (world.status(item), state(world, item, target)) == ("Bloqueado", "quebrada")
    (question,) = world.open("resolver_dependencia")
    assert question["contexto"]["item_ref"] == item
    assert question["contexto"]["dependencia"] == target
    assert target in question["contexto"]["motivo"]


@pytest.mark.parametrize("ref", ["BKL-0099", "spec:nunca", "cap:nunca"])
def test_what_never_existed_is_asked_about_when_the_item_is_produced(world: World, ref: str) -> None:
    item = waiting_on(world, ref)
    assert state(world, item, ref) == "quebrada"
    (question,) = world.open("resolver_dependencia")
    assert ref in question["contexto"]["motivo"]


def test_a_reference_that_never_existed_is_not_answered_by_a_later_item_of_that_id(world: World) -> None:
    item = waiting_on(world, "BKL-0003")
    assert world.open("resolver_dependencia")[0]["id"] == "BKL-0002"
    assert world.produce("orcar_spec") == "BKL-0003"
    world.done("orcar_spec")
    assert state(world, item, "BKL-0003") == "quebrada"


def test_one_question_at_a_time_for_an_item_with_several_broken_dependencies(world: World) -> None:
    item = waiting_on(world, "spec:a", "spec:b")
    (first,) = world.open("resolver_dependencia")
    world.decide(first["id"], "dispensar", motivo="not needed")
    (second,) = world.open("resolver_dependencia")
    assert (first["contexto"]["dependencia"], second["contexto"]["dependencia"]) == ("spec:a", "spec:b")
    world.decide(second["id"], "dispensar", motivo="not needed")
    assert world.status(item) == "Pendente"
    assert state(world, item, "spec:a") == "dispensada"


def test_the_owner_may_wait_and_is_asked_again_in_a_day(world: World) -> None:
    item = waiting_on(world, "spec:frete")
    (first,) = world.open("resolver_dependencia")
    world.decide(first["id"], "esperar")
    (again,) = world.open("resolver_dependencia")
    assert again["id"] != first["id"]
    assert again["disponivel_em"] == "2026-01-06T12:00:00.000000Z"
    assert world.status(item) == "Bloqueado"
    world.add_spec()
    closed = world.item(again["id"])
    assert (closed["status"], closed["motivo"]) == ("Cancelado", "spec:frete is not broken any more")
    assert state(world, item, "spec:frete") == "aberta"


def test_the_owner_may_give_the_item_up(world: World) -> None:
    item = waiting_on(world, "spec:nunca")
    follower = waiting_on(world, item)
    (question,) = world.open("resolver_dependencia")
    world.decide(question["id"], "cancelar", motivo="then not")
    assert world.status(item) == "Cancelado"
    (next_question,) = world.open("resolver_dependencia")
    assert next_question["contexto"]["item_ref"] == follower
    assert next_question["contexto"]["motivo"] == f"{item} ended as Cancelado: then not"


def test_a_retried_dead_letter_revives_those_who_wait(world: World) -> None:
    target = world.produce("orcar_spec")
    item = waiting_on(world, target)
    world.fail_for_good("orcar_spec")
    assert state(world, item, target) == "quebrada"
    world.decide(world.open("resolver_falha")[0]["id"], "tentar_novamente")
    assert state(world, item, target) == "aberta"
    assert not world.open("resolver_dependencia")
    world.done("orcar_spec")
    assert world.status(item) == "Pendente"


def test_a_spec_that_nothing_works_on_any_more_is_asked_about(world: World) -> None:
    world.add_spec()
    item = waiting_on(world, "spec:frete")
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    assert state(world, item, "spec:frete") == "aberta"
    world.decide(budget, "recusar")
    assert state(world, item, "spec:frete") == "quebrada"
    (question,) = world.open("resolver_dependencia")
    assert question["contexto"]["motivo"] == "nothing that could bring spec:frete is under way"


def test_a_spec_s_outcome_is_its_validated_deployment(world: World) -> None:
    world.add_spec()
    item = waiting_on(world, "spec:frete")
    validation = world.deliver()
    assert world.status(item) == "Bloqueado"
    world.decide(validation, "validar")
    assert world.status(item) == "Pendente"
    assert world.db.get("specs", "SPC-0001")["validada_por"] == validation  # type: ignore[index]
    (evaluation,) = world.open("avaliar_efetividade")
    assert evaluation["disponivel_em"] == "2026-01-12T12:00:00.000000Z"


def test_an_archived_item_still_answers(world: World) -> None:
    target, dropped = world.produce("orcar_spec"), world.produce("orcar_spec")
    world.done("orcar_spec")
    world.backlog.cancelar(dropped, "no")
    with world.db.transaction() as tx:
        for item_id, fim in ((target, "Concluido"), (dropped, "Cancelado")):
            stub = {"id": item_id, "tipo": "orcar_spec", "fim": fim, "saga_id": "s"}
            tx.archive("backlog_items", item_id, stub)
    assert world.status(waiting_on(world, target)) == "Pendente"
    broken = waiting_on(world, dropped)
    assert state(world, broken, dropped) == "quebrada"
    assert (
        world.open("resolver_dependencia")[0]["contexto"]["motivo"]
        == f"nothing that could bring {dropped} is under way"
    )


def test_looking_again_changes_nothing_by_itself(world: World) -> None:
    target = world.produce("orcar_spec")
    waiting_on(world, target)
    before = world.db.seq
    world.backlog.verificar_desbloqueio(target)
    assert world.db.seq == before


# -- cycles


def test_a_dependency_cycle_is_refused_and_its_path_named(world: World) -> None:
    first = world.produce("corrigir_bug", produtor="humano")
    second = waiting_on(world, first)
    third = waiting_on(world, second)
    claim = world.claim("corrigir_bug")
    before = world.db.seq
    with pytest.raises(CycleRefused, match=f"{first} → {third} → {second} → {first}"):
        world.backlog.bloquear(first, claim.token, [third], "needs it")
    with pytest.raises(CycleRefused, match=f"{first} → {first}"):
        world.backlog.bloquear(first, claim.token, [first], "needs itself")
    assert world.db.seq == before


def test_a_part_may_not_wait_for_whoever_waits_for_its_whole(world: World) -> None:
    world.add_spec()
    development = world.produce("desenvolvimento", {"spec_versao": 1}, produtor="MS_Produto")
    outsider = waiting_on(world, development)
    claim = world.claim("desenvolvimento")
    with pytest.raises(CycleRefused, match=f"the new aprovar_release → {outsider} → {development} → the new"):
        world.conclude(claim, new_item("aprovar_release", depende_de=[outsider]))
    with pytest.raises(CycleRefused, match=f"the new aprovar_release → {development} → the new"):
        world.conclude(claim, new_item("aprovar_release", depende_de=[development]))
    world.conclude(claim, new_item("aprovar_release"))


def test_specs_that_wait_for_each_other_are_refused(world: World) -> None:
    world.add_spec("a", prioridade=1)
    (budget,) = world.done("orcar_spec", budget_of("a", "spec:b"))
    world.add_spec("b")
    claim = world.claim("orcar_spec")
    with pytest.raises(CycleRefused) as caught:
        world.conclude(claim, budget_of("b", "spec:a"))
    new = "the new aprovar_orcamento"
    assert str(caught.value) == f"waits for itself: {new} → spec:a → {budget} → spec:b → {new}"


def budget_of(spec_ref: str, *refs: str) -> dict[str, Any]:
    return new_item("aprovar_orcamento", {"spec_ref": spec_ref}, depende_de=list(refs))


def test_a_capability_s_provider_may_not_wait_for_the_spec_that_lacks_it(world: World) -> None:
    world.add_spec("usa")
    world.done(
        "orcar_spec",
        new_item("entrevistar_dor", chave="gap"),
        budget_of("usa", "@gap"),
    )
    world.add_spec("traz", fornece=["chave-assinatura"])
    claim = world.claim("orcar_spec")
    with pytest.raises(
        CycleRefused, match=r"the new aprovar_orcamento → spec:usa → BKL-0003 → BKL-0002 → spec:traz"
    ):
        world.conclude(claim, budget_of("traz", "spec:usa"))
    with pytest.raises(CycleRefused, match=r"→ cap:chave-assinatura → spec:traz →"):
        world.conclude(claim, budget_of("traz", "cap:chave-assinatura"))


def test_a_blocked_decision_says_what_it_waits_for(world: World) -> None:
    world.add_spec()
    (budget,) = world.done("orcar_spec", budget_of("frete", "spec:outra"))
    with pytest.raises(WrongState, match=f"{budget} cannot be decided yet: it waits for spec:outra"):
        world.decide(budget, "aprovar")


def test_a_question_stays_the_same_while_its_dependency_is_broken(world: World) -> None:
    target = world.produce("orcar_spec")
    item = waiting_on(world, "spec:nunca", target)
    (asked,) = world.open("resolver_dependencia")
    world.backlog.cancelar(target, "no")
    assert state(world, item, target) == "quebrada"
    (still,) = world.open("resolver_dependencia")
    assert still["id"] == asked["id"]
    world.decide(asked["id"], "dispensar")
    (about_the_other,) = world.open("resolver_dependencia")
    assert about_the_other["contexto"]["dependencia"] == target


def test_who_waits_for_a_question_that_closes_by_itself_is_asked(world: World) -> None:
    waiting_on(world, "spec:frete")
    (question,) = world.open("resolver_dependencia")
    item = waiting_on(world, question["id"])
    world.add_spec()
    assert world.status(question["id"]) == "Cancelado"
    assert state(world, item, question["id"]) == "quebrada"
