"""Actors as it looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from frame_kit import FakePort, loaded, until
from models import empty_model
from trouble_models import ATTACHED, actor_rows, actors_model, hostile_actors

from app.tui import OficinaApp
from store.views.model import ActorRow

Make = Callable[..., OficinaApp]


def opened(*keys: str) -> Callable[[Any], Awaitable[None]]:
    """Go to Actors and press keys."""

    async def press(pilot: Any) -> None:
        await loaded(pilot)
        await pilot.press("7")
        await until(pilot, lambda: pilot.app.screen._shown is not None)
        await pilot.press(*keys)

    return press


def test_normal(snap_compare: Any, make_app: Make) -> None:
    """One in each state; the one at work with its steps, what they used, and what it did last."""
    app = make_app(FakePort(actors_model()))
    assert snap_compare(app, terminal_size=(120, 40), run_before=opened("down"))


def test_80_by_24(snap_compare: Any, make_app: Make) -> None:
    """What it does and did in one list."""
    app = make_app(FakePort(actors_model()))
    assert snap_compare(app, terminal_size=(80, 24), run_before=opened("down", "enter"))


def test_40_by_12(snap_compare: Any, make_app: Make) -> None:
    """Name, state and queue."""
    assert snap_compare(make_app(FakePort(actors_model())), terminal_size=(40, 12), run_before=opened("down"))


def test_an_open_breaker(snap_compare: Any, make_app: Make) -> None:
    """Why it opened, since when, and when it lets one attempt through."""
    app = make_app(FakePort(actors_model()))
    assert snap_compare(app, terminal_size=(80, 24), run_before=opened("down", "down", "down"))


def test_a_person_and_the_last_attempts(snap_compare: Any, make_app: Make) -> None:
    """The keys that don't work for a person are greyed; the focus is in a pane."""
    app = make_app(FakePort(actors_model()))
    assert snap_compare(app, terminal_size=(120, 30), run_before=opened("tab"))


def test_attached(snap_compare: Any, make_app: Make) -> None:
    """The jobs run in another process: what was done is known, their times are not."""
    rows = [
        ActorRow(row.nome, row.descricao, row.tipos, "person" if row.estado == "person" else "elsewhere",
                 row.fila, row.concorrencia, row.na_fila, row.em_voo, concluidos=row.concluidos)
        for row in actor_rows()[:-1]
    ]  # fmt: skip
    port = FakePort(actors_model(atores=rows, linha=ATTACHED))
    assert snap_compare(make_app(port), terminal_size=(120, 24), run_before=opened("down"))


def test_empty(snap_compare: Any, make_app: Make) -> None:
    """What would be here, and what makes it so."""
    assert snap_compare(make_app(FakePort(empty_model())), terminal_size=(80, 24), run_before=opened())


def test_hostile_text(snap_compare: Any, make_app: Make) -> None:
    """Columns and frames stay whole whatever the text."""
    assert snap_compare(make_app(FakePort(hostile_actors())), terminal_size=(120, 30), run_before=opened())


def test_light(snap_compare: Any, make_app: Make) -> None:
    """The light theme."""
    app = make_app(FakePort(actors_model()), theme="light")
    assert snap_compare(app, terminal_size=(120, 30), run_before=opened("down"))
