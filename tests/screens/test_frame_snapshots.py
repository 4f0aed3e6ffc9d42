"""Help, palette and go to as they look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from frame_kit import loaded

from app.tui import OficinaApp


def pressed(*keys: str) -> Callable[[Any], Awaitable[None]]:
    async def press(pilot: Any) -> None:
        await loaded(pilot)
        await pilot.press(*keys)

    return press


def test_help(snap_compare: Any, app: OficinaApp) -> None:
    """What works here first; what can't be used now is greyed and says why."""
    assert snap_compare(app, terminal_size=(100, 30), run_before=pressed("question_mark"))


def test_help_searched(snap_compare: Any, app: OficinaApp) -> None:
    """Two words narrow it; the dialog shrinks."""
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressed("3", "question_mark", *"sort"))


def test_help_at_40_by_12(snap_compare: Any, app: OficinaApp) -> None:
    """Keys and what they do are left."""
    assert snap_compare(app, terminal_size=(40, 12), run_before=pressed("question_mark"))


def test_palette(snap_compare: Any, app: OficinaApp) -> None:
    """Commands and items for a few letters."""
    assert snap_compare(app, terminal_size=(100, 30), run_before=pressed("ctrl+p", *"pe"))


def test_go_to(snap_compare: Any, app: OficinaApp) -> None:
    """The item of a number."""
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressed("colon", *"7"))


def test_go_to_empty(snap_compare: Any, app: OficinaApp) -> None:
    """The screens with their keys."""
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressed("colon"))


def test_why_not(snap_compare: Any, app: OficinaApp) -> None:
    """A key that can't be used now says why."""
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressed("u"))


def test_help_at_80_by_24(snap_compare: Any, app: OficinaApp) -> None:
    """Explanations are whole, in the list or beneath it; the footer beneath offers nothing."""
    keys = ("3", "question_mark", "down", "down")
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressed(*keys))


def test_palette_at_80_by_24(snap_compare: Any, app: OficinaApp) -> None:
    """Names beside the keys, and beneath the list the whole explanation."""
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressed("3", "ctrl+p"))
