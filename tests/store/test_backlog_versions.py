"""A new version of a spec voids what was under way for the older ones, and answers whoever asked for it."""

from __future__ import annotations

import pytest
from factories import World, new_item

from store.errors import LostToken


def test_a_new_version_cancels_the_older_one_s_open_items(world: World) -> None:
    world.add_spec("frete")
    world.add_spec("pedido")
    claim = world.claim("orcar_spec")
    new = world.add_spec("frete", 2)
    old = world.item("BKL-0001")
    assert (old["status"], old["motivo"]) == ("Cancelado", "frete has a new version: 2")
    assert world.status("BKL-0002") == "Pendente", "another spec"
    assert world.status(new) == "Pendente"
    with pytest.raises(LostToken):
        world.conclude(claim)


def test_a_dead_letter_of_the_older_version_is_voided_with_its_question(world: World) -> None:
    world.add_spec()
    world.fail_for_good("orcar_spec")
    (question,) = world.open("resolver_falha")
    world.add_spec("frete", 2)
    assert world.status("BKL-0001") == "Cancelado"
    assert world.status(question["id"]) == "Cancelado"


def test_a_pushed_back_spec_is_answered_by_its_next_version(world: World) -> None:
    world.add_spec()
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    world.decide(budget, "ajustar", motivo="fewer rules")
    (adjust,) = world.open("ajustar_spec")
    assert adjust["contexto"] == {"spec_ref": "frete", "spec_versao": 1, "motivo": "fewer rules"}
    priced = world.add_spec("frete", 2)
    answered = world.item(adjust["id"])
    assert (answered["status"], answered["resultado"]["spec_versao"]) == ("Concluido", 2)
    assert world.item(priced)["pai"] == adjust["id"]
    assert world.item(priced)["saga_id"] == world.item("BKL-0001")["saga_id"]


def test_the_steps_of_a_new_version_also_work_one_by_one(world: World) -> None:
    world.add_spec()
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    world.decide(budget, "ajustar")
    (adjust,) = world.open("ajustar_spec")
    waiting = world.produce("corrigir_bug", produtor="humano", depende_de=["spec:frete"])
    with world.db.transaction() as tx:
        version = tx.get("specs", "SPC-0001")
        assert version is not None
        tx.insert("specs", {**version, "versao": 2})
        (priced,) = world.backlog.responder(
            adjust["id"], {"spec_versao": 2}, [new_item("orcar_spec", {"spec_versao": 2})], tx=tx
        )
        assert world.backlog.nova_versao_de_spec("frete", 2, tx=tx) == []
    assert world.item(priced)["spec_versao"] == 2
    assert world.item(waiting)["dependencias"]["spec:frete"]["estado"] == "aberta"


def test_a_running_deployment_is_let_finish_and_a_waiting_one_is_not(world: World) -> None:
    world.add_spec()
    running, waiting = world.produce("implantar", prioridade=1), world.produce("implantar")
    claim = world.claim("implantar")
    world.add_spec("frete", 2)
    assert (world.status(running), world.status(waiting)) == ("EmProcessamento", "Cancelado")
    (validation,) = world.conclude(claim, new_item("validar_implantacao"))
    assert world.item(validation)["spec_versao"] == 1


def test_who_waits_for_a_spec_waits_for_its_latest_version(world: World) -> None:
    world.add_spec()
    item = world.produce("corrigir_bug", produtor="humano", depende_de=["spec:frete"])
    validation = world.deliver()
    world.add_spec("frete", 2)
    assert world.status(validation) == "Cancelado"
    assert world.status(item) == "Bloqueado"
    world.decide(world.deliver("frete", 2), "validar")
    assert world.status(item) == "Pendente"


def test_items_of_no_version_and_questions_are_left_alone(world: World) -> None:
    world.add_spec()
    bug = world.produce("corrigir_bug", produtor="humano", spec_ref="frete")
    waiting = world.produce(
        "corrigir_bug", produtor="humano", spec_ref="frete", spec_versao=2, depende_de=["spec:x"]
    )
    world.add_spec("frete", 2)
    assert world.status(bug) == "Pendente"
    assert world.status(waiting) == "Bloqueado"
    assert len(world.open("resolver_dependencia")) == 1


def test_a_spec_version_that_is_not_stored_is_validated_by_nobody(world: World) -> None:
    validation = world.produce("validar_implantacao")
    world.decide(validation, "validar")
    assert world.status(validation) == "Concluido"
    assert not world.events("spec.validada")
