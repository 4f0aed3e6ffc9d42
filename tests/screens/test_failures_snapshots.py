"""Failures as it looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from frame_kit import FakePort, loaded, until
from models import HOSTILE, empty_model
from trouble_models import failure_details, failures_model, outputs

from app.tui import OficinaApp
from screens.widgets.sheet import Sheet

Make = Callable[..., OficinaApp]


def opened(*keys: str, shows: str = "") -> Callable[[Any], Awaitable[None]]:
    """Go to Failures, wait until its page shows something, and press keys."""

    async def press(pilot: Any) -> None:
        await loaded(pilot)
        await pilot.press("9")
        screen = pilot.app.screen
        await until(pilot, lambda: screen._shown is not None)
        if shows:
            await until(pilot, lambda: shows in screen.query_one("#bench-page", Sheet).text)
        await pilot.press(*keys)

    return press


def failing(count: int = 5, tries: int = 4, motivo: str = "timed out after 1800 s") -> FakePort:
    port = FakePort(failures_model(count))
    port.details.update(failure_details(tries, motivo))
    port.artifacts.update(outputs(tries))
    return port


def test_side_by_side(snap_compare: Any, make_app: Make) -> None:
    """The last three attempts beside each other, what is to be compared on one line."""
    app = make_app(failing())
    assert snap_compare(app, terminal_size=(120, 40), run_before=opened(shows="test_30"))


def test_answers(snap_compare: Any, make_app: Make) -> None:
    """Scrolled to the answers: what each releases, breaks or cancels; one that can't be given says why."""
    app = make_app(failing(1))
    assert snap_compare(app, terminal_size=(120, 40), run_before=opened("tab", "G", shows="test_30"))


def test_80_by_24(snap_compare: Any, make_app: Make) -> None:
    """Under each other, the newest first."""
    app = make_app(failing())
    assert snap_compare(app, terminal_size=(80, 24), run_before=opened(shows="test_30"))


def test_40_by_12(snap_compare: Any, make_app: Make) -> None:
    """The list and the reason are left."""
    app = make_app(failing())
    assert snap_compare(app, terminal_size=(40, 12), run_before=opened(shows="test_30"))


def test_marked(snap_compare: Any, make_app: Make) -> None:
    """Marks stand in the gutter, and the key that decides them is there."""
    keys = ("space", "space")
    app = make_app(failing())
    assert snap_compare(app, terminal_size=(100, 24), run_before=opened(*keys, shows="test_30"))


def test_empty(snap_compare: Any, make_app: Make) -> None:
    """What would be here, and what makes it so."""
    assert snap_compare(make_app(FakePort(empty_model())), terminal_size=(80, 24), run_before=opened())


def test_hostile_text(snap_compare: Any, make_app: Make) -> None:
    """Frames and columns stay whole whatever the text."""
    app = make_app(failing(3, 3, motivo=HOSTILE))
    assert snap_compare(app, terminal_size=(120, 30), run_before=opened(shows="test_30"))


def test_light(snap_compare: Any, make_app: Make) -> None:
    """The light theme."""
    app = make_app(failing(), theme="light")
    assert snap_compare(app, terminal_size=(120, 30), run_before=opened(shows="test_30"))
