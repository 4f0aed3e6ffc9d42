"""What people type for items, specs, deployments and choices, and what is said of a word that is none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from factories import deployment, release

import app
from app.commands.events import EVENT_TYPES
from app.naming import nearest_id, one_of, whole_id
from store.clock import SystemClock
from store.database import Database


def put(shop: Path, collection: str, *documents: dict[str, Any]) -> None:
    """Store documents as the line would."""
    db = Database.open(shop / ".oficina" / "store", by="test", clock=SystemClock())
    with db.transaction() as tx:
        for document in documents:
            tx.insert(collection, document)
    db.close()


@pytest.mark.parametrize(
    ("word", "whole"),
    [("4", "BKL-0004"), ("bkl-4", "BKL-0004"), ("BKL-12345", "BKL-12345"), ("REL-4", "REL-4"), ("x", "x")],
)
def test_a_bare_number_is_an_id(word: str, whole: str) -> None:
    assert whole_id(word, "BKL") == whole


def test_of_many_ids_only_the_nearest_is_named() -> None:
    ids = [f"BKL-{number:04d}" for number in range(1, 100_001)]
    assert nearest_id("BKL-123456", "BKL", ids) == "the nearest is BKL-100000"
    assert nearest_id("frete", "BKL", ids) == "an id is written as in BKL-100000"
    assert nearest_id("BKL-0001", "BKL", []) == "there is none yet"


def test_the_nearest_of_the_values_comes_first() -> None:
    assert one_of("medo", ("critico", "alto", "medio")).startswith("did you mean medio? one of medio, ")
    assert one_of("xyz", ("critico", "alto")) in ("one of critico, alto", "one of alto, critico")


def test_items_and_events_take_a_bare_number(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    assert oficina("items", "1", "--json").json["id"] == "BKL-0001"
    assert "asks nothing" in oficina("decide", "1").err
    events = oficina("events", "--item", "1", "--json").json
    assert {event["item_id"] for event in events} == {"BKL-0001"}
    assigned = oficina("events", "--tipo", "task.assigned", "--json").json
    assert [event["tipo"] for event in assigned if event["item_id"] == "BKL-0001"] == ["item.criado"]
    assert "Nothing like that" in oficina("events", "--tipo", "task.completed").out
    assert "no item BKL-0033 (the nearest is BKL-0001)" in oficina("decide", "33").err


def test_a_filter_that_is_none_is_said_and_not_answered_with_nothing(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    for words, said in (
        (("--tipo", "qa.pased"), "no event has the type qa.pased (did you mean qa.passed?)"),
        (("--tipo", "task.asigned"), "did you mean task.assigned?"),
        (("--tipo", "nope"), "no event has the type nope (for example"),
        (("--item", "9999"), "no item BKL-9999 (the nearest is BKL-0001)"),
        (("--saga", "xx"), "no saga xx"),
    ):
        answer = oficina("events", *words)
        assert answer.code == 2
        assert said in answer.err
    assert oficina("events", "--tipo", "qa.passed").out == "Nothing like that happened yet.\n"
    saga = oficina("items", "1", "--json").json["saga_id"]
    assert f"did you mean {saga}?" in oficina("events", "--saga", saga[:6]).err
    assert oficina("events", "--saga", saga, "--json").json
    assert "no spec fret (did you mean frete?)" in oficina("items", "--spec", "fret").err
    assert "did you mean orcar_spec? one of orcar_spec, " in oficina("items", "--tipo", "orcar").err


def test_every_event_that_the_code_writes_is_known() -> None:
    root = Path(app.__file__).parents[1]
    source = "".join(path.read_text() for part in ("store", "jobs") for path in (root / part).rglob("*.py"))
    written = set(re.findall(r'(?:event\(\s*|"tipo": )"([a-z]+\.[a-z_]+)"', source))
    assert len(written) > 10
    assert written <= set(EVENT_TYPES)


def test_a_wrong_choice_names_the_values(shop: Path, oficina) -> None:
    said = oficina("bug", "add", "frete", "x", "--severidade", "hoch")
    assert said.code == 2
    assert said.err.startswith("oficina bug add: --severidade: no such value: hoch (one of ")
    assert all(value in said.err for value in ("critico", "alto", "medio", "baixo"))
    pending = oficina("items", "--status", "pending").err
    assert "--status: no such status: pending (" in pending
    assert "one of Pendente, " in pending


def test_a_roll_back_takes_a_spec_for_what_is_live_of_it(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    assert "nothing of frete is live" in oficina("rollback", "frete").err
    assert "no deployment or spec fret (did you mean frete?)" in oficina("rollback", "fret").err
    assert "no deployment IMP-0009 (there is none yet)" in oficina("rollback", "9").err
    put(shop, "releases", release(status="aprovada"))
    before = {"versao": "v1-REL-0000"}
    put(
        shop,
        "implantacoes",
        deployment(status="substituida"),
        deployment(status="validada", anterior=before),
    )
    said = oficina("rollback", "frete", "--json").json
    assert (said["tipo"], said["contexto"]["implantacao_ref"]) == ("reverter", "IMP-0002")
    assert oficina("rollback", "2", "--json").json["id"] == said["id"]
    put(shop, "implantacoes", deployment(status="implantada", alvo="loja", anterior=before))
    assert (
        "frete is live on 2 targets (name one: IMP-0002 (local), IMP-0003 (loja))"
        in oficina("rollback", "frete").err
    )


def test_a_spec_shows_its_releases_and_deployments(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    put(shop, "releases", release(status="aprovada"))
    put(shop, "implantacoes", deployment(status="validada"))
    said = oficina("spec", "show", "frete").out
    assert re.search(r"REL-0001 +v1 +aprovada", said)
    assert re.search(r"IMP-0001 +REL-0001 +v1 +local +validada", said)
    shown = oficina("spec", "show", "frete", "--json").json
    assert [shown["releases"][0]["id"], shown["implantacoes"][0]["id"]] == ["REL-0001", "IMP-0001"]


def test_a_bug_takes_a_bare_number_for_a_release(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    put(shop, "releases", release(status="aprovada"))
    made = oficina("bug", "add", "1", "weight 0 is refused", "--json").json
    assert made["contexto"]["feature_ref"] == "REL-0001"
    assert "no release REL-0007 (the nearest is REL-0001)" in oficina("bug", "add", "7", "x").err
