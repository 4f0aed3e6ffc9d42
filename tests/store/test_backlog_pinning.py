"""Work that names no version is pinned to one when it is claimed, and stays with it."""

from __future__ import annotations

import pytest
from factories import World, release

WHAT = {"erro": "40 kg is free"}


def version(world: World, item_id: str) -> tuple[str, int | None]:
    item = world.item(item_id)
    return item["spec_ref"], item["spec_versao"]


def test_a_bug_of_a_spec_is_mended_in_the_version_that_was_the_latest_at_its_claim(world: World) -> None:
    world.add_spec()
    bug = world.produce("corrigir_bug", {"feature_ref": "frete"}, produtor="humano")
    assert version(world, bug) == ("", None)
    world.add_spec(versao=2)
    claim = world.claim("corrigir_bug")
    assert version(world, bug) == ("frete", 2)
    assert (claim.item["spec_ref"], claim.item["spec_versao"]) == ("frete", 2), "the worker is told the same"


def test_a_bug_keeps_its_version_over_its_attempts_and_hands_it_to_its_release(world: World) -> None:
    world.add_spec()
    bug = world.produce("corrigir_bug", {"feature_ref": "frete"}, produtor="humano")
    claim = world.claim("corrigir_bug")
    world.backlog.falhar(bug, claim.token, "boom")
    world.clock.advance(600)
    again = world.claim("corrigir_bug")
    assert version(world, bug) == ("frete", 1)
    (asked,) = world.conclude(
        again, {"tipo": "aprovar_release", "contexto": {**asked_about(), "spec_ref": "frete"}}
    )
    assert version(world, asked) == ("frete", 1)


def asked_about() -> dict[str, object]:
    return {"release_ref": "REL-0001", "spec_versao": 1, "testes_passaram": True}


def test_a_new_version_voids_the_work_that_was_pinned_to_the_older_one(world: World) -> None:
    world.add_spec()
    bug = world.produce("corrigir_bug", {"feature_ref": "frete"}, produtor="humano")
    world.claim("corrigir_bug")
    world.add_spec(versao=2)
    assert (world.status(bug), world.item(bug)["motivo"]) == ("Cancelado", "frete has a new version: 2")


def test_a_bug_of_a_release_is_mended_in_that_release_s_version(world: World) -> None:
    world.add_spec()
    with world.db.transaction() as tx:
        tx.insert("releases", release(spec_versao=1))
    world.add_spec(versao=2)
    by_feature = world.produce("corrigir_bug", {"feature_ref": "REL-0001"}, produtor="humano")
    by_release = world.produce(
        "corrigir_bug", {"feature_ref": "frete", "release_ref": "REL-0001"}, produtor="humano"
    )
    world.claim("corrigir_bug")
    world.claim("corrigir_bug")
    assert version(world, by_feature) == version(world, by_release) == ("frete", 1)


@pytest.mark.parametrize("where", ["nunca", "REL-0404"])
def test_what_is_about_nothing_known_stays_unpinned(world: World, where: str) -> None:
    bug = world.produce("corrigir_bug", {"feature_ref": where}, produtor="humano")
    world.claim("corrigir_bug")
    assert version(world, bug) == ("", None)


def test_whoever_waits_for_the_spec_waits_for_its_repair_from_then_on(world: World) -> None:
    priced = world.add_spec()
    world.backlog.cancelar(priced, "not wanted")
    waiting = world.produce("corrigir_bug", {"feature_ref": "outra"}, depende_de=["spec:frete"])
    assert world.item(waiting)["dependencias"]["spec:frete"]["estado"] == "quebrada"
    bug = world.produce("corrigir_bug", {"feature_ref": "frete"}, produtor="humano")
    world.claim("corrigir_bug")
    assert world.item(waiting)["dependencias"]["spec:frete"] == {
        "estado": "aberta",
        "por": bug,
        "em": world.clock.now(),
    }
    assert world.open("resolver_dependencia") == []
