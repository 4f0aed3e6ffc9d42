"""What the journal's tests share: small stores, documents, and ways to break files."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from store.clock import FakeClock
from store.collections import Collection, QueueSpec
from store.database import Database

NOW = "2026-01-05T12:00:00.000000Z"

SMALL: dict[str, Collection] = {
    "itens": Collection(
        "itens",
        "ITM",
        1,
        indexes=("status", "depende_de", "contexto.recurso", "n"),
        ordered=("prazo",),
        queue=QueueSpec(
            group=lambda item: item.get("grupo"),
            order=lambda item: (-item.get("prioridade", 0), item["id"]),
            due=lambda item: item.get("em", ""),
        ),
    ),
    "notas": Collection("notas", "NOT", 1),
    "arquivados": Collection("arquivados", "ARQ", 1, indexes=("id",)),
}


def open_small(path: Path, **options: Any) -> Database:
    """A store with the collections `itens` and `notas`; it does not wait for the disk unless asked to."""
    settings = {"by": "test", "clock": FakeClock(), "collections": SMALL, "durable": False, **options}
    return Database.open(path, **settings)


def put_pairs(database: Database, first: int, last: int, text: str = "olá @ mundo") -> None:
    """One transaction a number: a document in each of two collections and an event."""
    for n in range(first, last + 1):
        with database.transaction() as tx:
            item = tx.insert("itens", {"n": n, "texto": text})
            tx.insert("notas", {"n": n})
            tx.event({"tipo": "criado", "item_id": item, "n_": n})


def pairs(database: Database) -> list[int]:
    """The numbers in the store; the two collections and the events must agree."""
    numbers = [item["n"] for item in database.all("itens")]
    assert numbers == [note["n"] for note in database.all("notas")]
    assert numbers == [event["n_"] for event in database.history()]
    return numbers


def reopened_pairs(path: Path, **options: Any) -> tuple[list[int], list[str]]:
    """What `pairs` says after opening, and what was recovered."""
    database = open_small(path, **options)
    try:
        return pairs(database), database.recovered
    finally:
        database.close()


def journal(path: Path) -> Path:
    """The active segment."""
    return max(path.glob("journal-*.jsonl"))


def memory(database: Database) -> dict[str, Any]:
    """Everything that a reload must give again: documents, next ids, indexes and queues."""
    found: dict[str, Any] = {}
    with database.reading():
        state = database.storage.replica.state
        for name in SMALL:
            found[name] = list(database.all(name))
            found[name, "next"] = state.next_number(name)
        values = {item.get("status") for item in found["itens"]} - {None}
        found["status"] = {value: database.find("itens", "status", value) for value in values}
        found["prazo"] = database.between("itens", "prazo", None, None)
        groups = sorted({item["grupo"] for item in found["itens"] if item.get("grupo")})
        assert sorted(database.groups("itens")) == groups
        found["first"] = {group: database.peek_ready("itens", [group], NOW) for group in groups}
        found["depth"] = {group: database.ready_depth("itens", group, NOW) for group in groups}
        found["due"] = database.next_due("itens", groups, NOW)
        found["events"] = list(database.history())
        found["seq"] = database.seq
    return found


def python(program: str, *arguments: object, covered: bool = True) -> subprocess.Popen[str]:
    """Start a Python program of the test's own, which can import this kit.

    Not `covered` are those that could not write down at their end what they covered.
    """
    places = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
    env = {name: value for name, value in os.environ.items() if covered or not name.startswith("COV")}
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path[:0] = {places}\n{textwrap.dedent(program)}",
            *map(str, arguments),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
    )
