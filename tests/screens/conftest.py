"""A workspace on screen without a line behind it: fixed time, a fake port, demo-like documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import environment
import pytest
from frame_kit import FakePort
from models import NOW

from app.tui import OficinaApp
from screens.settings import ScreenSettings
from store.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def port() -> FakePort:
    return FakePort()


@pytest.fixture
def make_app(clock: FakeClock) -> Callable[..., OficinaApp]:
    """Build an app over a port; decisions only wait in the inbox unless a test wants them to prompt."""

    def make(port: FakePort, **settings: Any) -> OficinaApp:
        chosen = ScreenSettings(**{"prompt": "inbox", **settings})
        made = OficinaApp(lambda: port, settings=chosen, clock=clock, workspace="shop")
        made.animation_level = "none"
        return made

    return make


@pytest.fixture
def app(make_app: Callable[..., OficinaApp], port: FakePort) -> OficinaApp:
    return make_app(port)


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing blinks in a snapshot."""
    from textual.widgets import Input

    monkeypatch.setattr(Input, "cursor_blink", False)


assert environment.STILL
