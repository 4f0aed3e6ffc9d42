"""Blocked as it looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from frame_kit import FakePort, loaded, until
from models import empty_model
from trouble_models import blocked_model, hostile_blocked, many_blocked

from app.tui import OficinaApp
from store.views.model import ReadModel

Make = Callable[..., OficinaApp]


def opened(*keys: str) -> Callable[[Any], Awaitable[None]]:
    """Go to Blocked and press keys."""

    async def press(pilot: Any) -> None:
        await loaded(pilot)
        await pilot.press("4")
        await until(pilot, lambda: pilot.app.screen._shown is not None)
        await pilot.press(*keys)

    return press


def test_normal(snap_compare: Any, make_app: Make) -> None:
    """Every kind of root cause: what waits for the owner stands out, what goes on by itself is calm."""
    app = make_app(FakePort(blocked_model()))
    assert snap_compare(app, terminal_size=(120, 40), run_before=opened("down"))


def test_80_by_24(snap_compare: Any, make_app: Make) -> None:
    """Without the preview; all columns are there."""
    app = make_app(FakePort(blocked_model()))
    assert snap_compare(app, terminal_size=(80, 24), run_before=opened("down", "down"))


def test_40_by_12(snap_compare: Any, make_app: Make) -> None:
    """What is blocked, and what it waits for."""
    assert snap_compare(
        make_app(FakePort(blocked_model())), terminal_size=(40, 12), run_before=opened("down")
    )


def test_closed(snap_compare: Any, make_app: Make) -> None:
    """Each blocked item still names its root cause."""
    app = make_app(FakePort(blocked_model()))
    assert snap_compare(app, terminal_size=(120, 24), run_before=opened("C", "down", "down"))


def test_many_behind_one_gap(snap_compare: Any, make_app: Make) -> None:
    """Ten thousand, the first one opened down to its root cause."""
    app = make_app(FakePort(many_blocked(10_000)))
    keys = ("right", "right", "right", "right")
    assert snap_compare(app, terminal_size=(120, 24), run_before=opened(*keys))


def test_empty(snap_compare: Any, make_app: Make) -> None:
    """What would be here, and what makes it so."""
    assert snap_compare(make_app(FakePort(empty_model())), terminal_size=(80, 24), run_before=opened())


def test_opening(snap_compare: Any, make_app: Make) -> None:
    """Not loaded yet is not the same as nothing blocked."""
    port = FakePort(ReadModel(seq=1, workspace="shop"))
    assert snap_compare(make_app(port), terminal_size=(80, 24), run_before=opened())


def test_filtered(snap_compare: Any, make_app: Make) -> None:
    """Found by what they wait for; the count says of how many."""
    app = make_app(FakePort(blocked_model()))
    assert snap_compare(app, terminal_size=(100, 24), run_before=opened("slash", *"chave"))


def test_nothing_found(snap_compare: Any, make_app: Make) -> None:
    """Says what was looked for and the key that takes it away."""
    app = make_app(FakePort(blocked_model()))
    assert snap_compare(app, terminal_size=(80, 24), run_before=opened("slash", *"xyz"))


def test_hostile_text(snap_compare: Any, make_app: Make) -> None:
    """Columns stay aligned whatever the text."""
    app = make_app(FakePort(hostile_blocked()))
    assert snap_compare(app, terminal_size=(120, 24), run_before=opened("down", "down"))


def test_light(snap_compare: Any, make_app: Make) -> None:
    """The light theme."""
    app = make_app(FakePort(blocked_model()), theme="light")
    assert snap_compare(app, terminal_size=(120, 30), run_before=opened("down", "down"))
