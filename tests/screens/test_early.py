"""What is typed right after the key that opens a line to type in goes into it, and does nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from frame_kit import FakePort, loaded, until
from sprint_models import sprint_model
from textual import events
from textual.widgets import Input

from app.tui import OficinaApp

Make = Callable[..., OficinaApp]
KEYS = {"/": "slash", ":": "colon", "?": "question_mark"}


def at_once(app: OficinaApp, text: str) -> None:
    """Keys as a terminal hands them over that are typed faster than one is dealt with."""
    for letter in text:
        app.post_message(events.Key(KEYS.get(letter, letter), letter))


def typed(make_app: Make, scenario: Callable[[Any, OficinaApp], Any]) -> None:
    async def go() -> None:
        app = make_app(FakePort(sprint_model()))
        async with app.run_test(size=(120, 40)) as pilot:
            await loaded(pilot)
            await scenario(pilot, app)

    asyncio.run(go())


def test_a_filter_gets_every_letter_and_digit(make_app: Make) -> None:
    async def scenario(pilot: Any, app: OficinaApp) -> None:
        for mode, name in (("2", "sprint"), ("8", "events")):
            await pilot.press(mode)
            await until(pilot, lambda: getattr(app.screen, "_shown", None) is not None)
            at_once(app, "/1x2q")
            line = app.screen.query_one("#filter", Input)
            await until(pilot, lambda line=line: line.value == "1x2q")
            assert (app.current_mode, app.focused) == (name, line)
            await pilot.press("escape", "escape")

    typed(make_app, scenario)


@pytest.mark.parametrize("key", [":", "?", "f"])
def test_a_list_that_is_narrowed_gets_them_too(make_app: Make, key: str) -> None:
    async def scenario(pilot: Any, app: OficinaApp) -> None:
        await pilot.press("2")
        await until(pilot, lambda: getattr(app.screen, "_shown", None) is not None)
        at_once(app, f"{key}31")
        await until(pilot, lambda: bool(app.screen.query(Input)) and app.screen is not app.screen_stack[0])
        line = app.screen.query_one(Input)
        await until(pilot, lambda: line.value == "31")
        assert app.current_mode == "sprint"

    typed(make_app, scenario)


def test_a_digit_by_itself_still_changes_the_mode(make_app: Make) -> None:
    async def scenario(pilot: Any, app: OficinaApp) -> None:
        await pilot.press("2", "slash", "a", "enter", "3")
        await until(pilot, lambda: app.current_mode == "backlog")

    typed(make_app, scenario)
