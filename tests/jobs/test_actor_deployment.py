"""What the deployment's actor records: which release and version an intent is about, and what it replaces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from factories import World, deployment, release

from jobs.actors.deployment import _supersede, on_message, place
from jobs.config import Config
from jobs.deploy.target import Target
from jobs.protocol import StepContext


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
        _supersede(tx, context_of(world), found)
    statuses = [doc["status"] for doc in world.db.all("implantacoes")]
    assert statuses == ["substituida", "implantada", "implantada"]
