"""The open sprints of a line: kept commit by commit, put off while looking took long, published by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from factories import World

from jobs import line_sprints
from jobs.line_core import Core
from jobs.line_sprints import LineSprints
from store.sprint.service import Sprints


class Clock:
    """What the line knows of the time."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(line_sprints, "time", made)
    return made


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    Sprints(made.backlog).criar("S022", "Receitas")
    return made


def sprints_of(world: World, changed: Callable[[], None]) -> LineSprints:
    publisher = SimpleNamespace(changed=changed, watch_sprints=lambda _: None)
    found = LineSprints(cast(Core, SimpleNamespace(backlog=world.backlog, publisher=publisher)))
    world.db.subscribe(found.take)
    return found


def test_a_look_that_took_long_puts_the_next_one_off(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[str] = []

    async def main() -> None:
        found = sprints_of(world, lambda: published.append("changed"))
        look = found._watch.views

        def slow() -> Any:
            clock.now += 0.001
            return look()

        monkeypatch.setattr(found._watch, "views", slow)
        (first,) = found.views()
        assert found.views()[0] is first, "nothing has changed"
        Sprints(world.backlog).adicionar_task("S022", titulo="Comprar")
        assert found.views()[0] is first, "ten times as long is not over"
        found.views()
        while not published:
            await asyncio.sleep(0.001)
        assert published == ["changed"], "asked for once, however often it was wanted meanwhile"
        clock.now += 1
        (second,) = found.views()
        assert [row.codigo for row in second.tarefas] == ["T01"]

    asyncio.run(main())
