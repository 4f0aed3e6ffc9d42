"""Events as it looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from frame_kit import FakePort, loaded, until
from models import empty_model
from trouble_models import events_model, hostile_events, log

from app.tui import OficinaApp
from store.views.model import ReadModel

Make = Callable[..., OficinaApp]


def opened(*keys: str) -> Callable[[Any], Awaitable[None]]:
    """Go to Events, press keys, and wait until nothing is read any more."""

    async def press(pilot: Any) -> None:
        await loaded(pilot)
        await pilot.press("8")
        screen = pilot.app.screen
        await until(pilot, lambda: screen._shown is not None and not screen._loading)
        await pilot.press(*keys)
        await until(pilot, lambda: not screen._loading)

    return press


def long_log() -> FakePort:
    port = FakePort(events_model(900))
    port.log = log(900)
    return port


def test_normal(snap_compare: Any, make_app: Make) -> None:
    """The newest at the bottom, under the cursor, told whole beside the log."""
    assert snap_compare(make_app(long_log()), terminal_size=(120, 40), run_before=opened())


def test_80_by_24(snap_compare: Any, make_app: Make) -> None:
    """Stopped, with relative times."""
    assert snap_compare(make_app(long_log()), terminal_size=(80, 24), run_before=opened("up", "up", "t"))


def test_40_by_12(snap_compare: Any, make_app: Make) -> None:
    """When, what, and of which item."""
    assert snap_compare(make_app(long_log()), terminal_size=(40, 12), run_before=opened())


def test_wide(snap_compare: Any, make_app: Make) -> None:
    """With actor and saga."""
    assert snap_compare(make_app(long_log()), terminal_size=(200, 24), run_before=opened())


def test_older(snap_compare: Any, make_app: Make) -> None:
    """Older events were read when the cursor came to the first; it stays on its event."""
    assert snap_compare(make_app(long_log()), terminal_size=(100, 24), run_before=opened("g"))


def test_filtered(snap_compare: Any, make_app: Make) -> None:
    """Found further back than what the model carries."""
    keys = ("slash", *"tipo:item.tr falhou")
    assert snap_compare(make_app(long_log()), terminal_size=(100, 24), run_before=opened(*keys))


def test_nothing_found(snap_compare: Any, make_app: Make) -> None:
    """Says what was looked for and the key that takes it away."""
    app = make_app(long_log())
    assert snap_compare(app, terminal_size=(80, 24), run_before=opened("slash", *"xyz"))


def test_facets(snap_compare: Any, make_app: Make) -> None:
    """Each value with its count, most first."""
    assert snap_compare(make_app(long_log()), terminal_size=(100, 30), run_before=opened("f"))


def test_empty(snap_compare: Any, make_app: Make) -> None:
    """What would be here, and what makes it so."""
    assert snap_compare(make_app(FakePort(empty_model())), terminal_size=(80, 24), run_before=opened())


def test_opening(snap_compare: Any, make_app: Make) -> None:
    """Not loaded yet is not the same as empty."""
    port = FakePort(ReadModel(seq=1, workspace="shop"))
    assert snap_compare(make_app(port), terminal_size=(80, 24), run_before=opened())


def test_hostile_text(snap_compare: Any, make_app: Make) -> None:
    """Columns stay aligned whatever the text."""
    assert snap_compare(make_app(FakePort(hostile_events())), terminal_size=(120, 24), run_before=opened())


def test_light(snap_compare: Any, make_app: Make) -> None:
    """The light theme."""
    assert snap_compare(make_app(long_log(), theme="light"), terminal_size=(120, 30), run_before=opened("up"))
