"""Backlog as it looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from frame_kit import FakePort, loaded
from models import empty_model, hostile_model

from app.tui import OficinaApp
from store.views.model import ReadModel

Make = Callable[..., OficinaApp]


def opened(*keys: str) -> Callable[[Any], Awaitable[None]]:
    """Go to the backlog and press keys."""

    async def press(pilot: Any) -> None:
        await loaded(pilot)
        await pilot.press("3", *keys)

    return press


def test_normal(snap_compare: Any, app: OficinaApp) -> None:
    """Counts by state above, the item under the cursor beside; what waits for the owner stands out."""
    assert snap_compare(app, terminal_size=(120, 40), run_before=opened())


def test_80_by_24(snap_compare: Any, app: OficinaApp) -> None:
    """Without the preview; the title still has room."""
    assert snap_compare(app, terminal_size=(80, 24), run_before=opened())


def test_40_by_12(snap_compare: Any, app: OficinaApp) -> None:
    """State and title are left."""
    assert snap_compare(app, terminal_size=(40, 12), run_before=opened())


def test_160_by_50(snap_compare: Any, app: OficinaApp) -> None:
    """All columns."""
    assert snap_compare(app, terminal_size=(160, 30), run_before=opened())


def test_empty(snap_compare: Any, make_app: Make) -> None:
    """What would be here, and what makes it so."""
    assert snap_compare(make_app(FakePort(empty_model())), terminal_size=(80, 24), run_before=opened())


def test_opening(snap_compare: Any, make_app: Make) -> None:
    """Not loaded yet is not the same as empty."""
    port = FakePort(ReadModel(seq=1, workspace="shop"))
    assert snap_compare(make_app(port), terminal_size=(80, 24), run_before=opened())


def test_filtered(snap_compare: Any, app: OficinaApp) -> None:
    """The line that filters, and how many of how many it finds."""
    assert snap_compare(app, terminal_size=(100, 24), run_before=opened("slash", *"frete"))


def test_nothing_found(snap_compare: Any, app: OficinaApp) -> None:
    """Says what was looked for and the key that takes it away."""
    assert snap_compare(app, terminal_size=(80, 24), run_before=opened("slash", *"xyz"))


def test_sorted_and_marked(snap_compare: Any, app: OficinaApp) -> None:
    """The head shows the order; marks stand in the gutter, the summary counts them."""
    keys = opened("s", "s", "down", "space", "down", "ctrl+@")
    assert snap_compare(app, terminal_size=(100, 24), run_before=keys)


def test_blocked_item_in_the_preview(snap_compare: Any, app: OficinaApp) -> None:
    """The preview names what a blocked item waits for."""
    assert snap_compare(app, terminal_size=(120, 24), run_before=opened(*["down"] * 7))


def test_hostile_text(snap_compare: Any, make_app: Make) -> None:
    """Columns stay aligned whatever the text."""
    port = FakePort(hostile_model())
    assert snap_compare(make_app(port), terminal_size=(120, 24), run_before=opened())


def test_light(snap_compare: Any, make_app: Make, port: FakePort) -> None:
    """The light theme."""
    assert snap_compare(make_app(port, theme="light"), terminal_size=(120, 30), run_before=opened())


def test_facets(snap_compare: Any, app: OficinaApp) -> None:
    """Each value with its count, most first."""
    assert snap_compare(app, terminal_size=(100, 30), run_before=opened("f"))
