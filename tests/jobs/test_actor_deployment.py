"""What the deployment's actor records: which release and version an intent is about, and what it replaces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from factories import World, deployment, execution, release

from jobs.actors.deployment import _end_incident, _record, _supersede, on_message, place, prepare_rollback
from jobs.actors.reading import NotThere
from jobs.actors.signing import NotSigned
from jobs.config import Config
from jobs.deploy.target import Target
from jobs.protocol import StepContext
from jobs.sandbox import Level


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A spec whose second version replaced the first at the target `local`; a third is at `ensaio`."""
    made = World(tmp_path)
    with made.db.transaction() as tx:
        for versao in (1, 2, 3):
            tx.insert("releases", release(spec_versao=versao))
        placed: Any
        for placed in (
            {"status": "validada", "resultado": {"depois": "v1"}},
            {
                "release_ref": "REL-0002",
                "spec_versao": 2,
                "anterior": {"versao": "v1", "release_ref": "REL-0001"},
                "resultado": {"depois": "v2"},
            },
            {"release_ref": "REL-0003", "spec_versao": 3, "alvo": "ensaio", "resultado": {"depois": "v3"}},
        ):
            tx.insert("implantacoes", deployment(**placed))
    yield made
    made.close()


def context_of(world: World) -> StepContext:
    return cast(StepContext, SimpleNamespace(clock=world.clock, backlog=world.backlog))


def test_a_roll_back_is_of_the_version_that_it_puts_back(world: World) -> None:
    contexto = {"implantacao_ref": "IMP-0002"}
    world.produce("reverter", contexto, produtor="humano", spec_ref="frete", spec_versao=2)
    claim = world.claim("reverter")
    intent = {"kind": "intent", "operacao": "reverter", "alvo": "local", "ambiente": "producao"}
    intent |= {"antes": "v2", "depois": "v1", "manifest": "ab", "token": claim.token}
    with world.db.transaction() as tx:
        reply = on_message(tx, context_of(world), claim, intent)
    stored = world.db.get("implantacoes", reply["implantacao_ref"])
    assert stored is not None
    assert (stored["release_ref"], stored["spec_versao"]) == ("REL-0001", 1)
    assert stored["anterior"] == {"versao": "v2", "release_ref": "REL-0002"}


@pytest.mark.parametrize(
    ("alvo", "expected"),
    [("local", "shop/deploy/frete/current"), ("ensaio", "/srv/ensaio/frete/current"), ("gone", "")],
)
def test_a_deployment_is_found_at_its_targets_link(tmp_path: Path, alvo: str, expected: str) -> None:
    targets = (Target("local", tmp_path / "shop" / "deploy"), Target("ensaio", Path("/srv/ensaio")))
    context = SimpleNamespace(
        config={"workspace": Config("w", targets=targets)}, workspace=SimpleNamespace(root=tmp_path)
    )
    assert place(cast(StepContext, context), deployment(alvo=alvo)) == expected


def test_a_deployment_replaces_what_was_live_at_its_target_only(world: World) -> None:
    with world.db.transaction() as tx:
        found = tx.get("implantacoes", "IMP-0002")
        assert found is not None
        _supersede(tx, context_of(world), found, "IMP-0002 took its place")
    statuses = [doc["status"] for doc in world.db.all("implantacoes")]
    assert statuses == ["substituida", "implantada", "implantada"]


@pytest.mark.parametrize(
    ("bug", "told"),
    [
        ({"severidade": "alto", "implantacao_causadora": "IMP-0001"}, ["IMP-0001"]),
        ({"severidade": "alto"}, []),
        (None, []),
    ],
)
def test_an_incident_is_over_when_its_repair_is_live(
    world: World, bug: dict[str, str] | None, told: list[str]
) -> None:
    with world.db.transaction() as tx:
        ref = tx.insert("execucoes", execution(bug=bug))
        item = {"execucao_ref": ref, "saga_id": "s", "spec_ref": "frete"}
        _end_incident(tx, item, deployment(id="IMP-0002"))
        _end_incident(tx, {**item, "execucao_ref": ""}, deployment(id="IMP-0003"))
    found = world.events("incidente.resolvido")
    assert [event["implantacao_ref"] for event in found] == told
    assert [event["item_id"] for event in found] == ["BKL-0003"] * len(told)


def test_where_nothing_could_be_put_back_nothing_is_said_to_be_deployed(world: World) -> None:
    record = {"ok": False, "versao": None, "nao_voltou": "v2 is not what was deployed"}
    with world.db.transaction() as tx:
        tx.insert("implantacoes", deployment(status="intencao", backlog_item_ref="BKL-0099"))
        _record(tx, context_of(world), {"id": "BKL-0099", "spec_ref": "frete"}, record, "falhou")
    statuses = [doc["status"] for doc in world.db.all("implantacoes")]
    assert statuses == ["substituida", "substituida", "implantada", "falhou"], (
        "the third is at another target"
    )


def to_roll_back(world: World, tmp_path: Path, *, required: bool) -> dict[str, Any]:
    config = Config("w", targets=(Target("local", tmp_path / "deploy"),), signing_required=required)
    context = SimpleNamespace(db=world.db, config={"workspace": config}, sandbox_level=Level("full", ""))
    item = {"id": "ITEM-1", "spec_ref": "frete", "contexto": {"implantacao_ref": "IMP-0002"}}
    return prepare_rollback(cast(StepContext, context), item)


def test_what_is_rolled_back_to_is_what_the_store_says_of_its_release(world: World, tmp_path: Path) -> None:
    asked = to_roll_back(world, tmp_path, required=False)
    first = world.db.get("releases", "REL-0001")
    second = world.db.get("releases", "REL-0002")
    assert first is not None
    assert second is not None
    assert (asked["para"], asked["manifesto"]) == ("v1", first["manifesto_sha256"])
    known = {"v1": first["manifesto_sha256"], "v2": second["manifesto_sha256"]}
    assert (asked["conhecidas"], asked["exigida"]) == (known, False)


def test_an_unsigned_release_is_not_rolled_back_to_where_signatures_are_required(
    world: World, tmp_path: Path
) -> None:
    with pytest.raises(NotSigned, match="REL-0001, which was live before, is not signed"):
        to_roll_back(world, tmp_path, required=True)
    signed = {"algoritmo": "ed25519", "chave_publica": "k", "impressao": "i", "valor": "v"}
    with world.db.transaction() as tx:
        found = tx.get("releases", "REL-0001")
        assert found is not None
        tx.put("releases", {**found, "assinatura": signed})
    asked = to_roll_back(world, tmp_path, required=True)
    assert (asked["assinatura"], list(asked["conhecidas"]), asked["exigida"]) == (signed, ["v1"], True)


def test_a_version_of_no_known_release_is_not_rolled_back_to(world: World, tmp_path: Path) -> None:
    with world.db.transaction() as tx:
        found = tx.get("implantacoes", "IMP-0002")
        assert found is not None
        tx.put("implantacoes", {**found, "anterior": {"versao": "v0", "release_ref": ""}})
    with pytest.raises(NotThere, match="no release of the version v0"):
        to_roll_back(world, tmp_path, required=False)
