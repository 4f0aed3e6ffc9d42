"""Metrics as it looks: every kind of chart at 80 columns, the tabs at 120, empty, grouped, hostile, light."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import metric_pages
import pytest
from frame_kit import FakePort, loaded, until
from metric_pages import empty, grouped, hostile

from app.tui import OficinaApp
from screens.metric_items import MetricItemsScreen

families = pytest.fixture(autouse=True)(metric_pages.fixed_families)
Make = Callable[..., OficinaApp]
WIDE, NARROW = (120, 40), (80, 24)


def opened(*keys: str) -> Callable[[Any], Awaitable[None]]:
    """Go to Metrics and press keys."""

    async def press(pilot: Any) -> None:
        await loaded(pilot)
        await pilot.press("6")
        screen = pilot.app.screen
        await until(pilot, lambda: screen._page is not None)
        for key in keys:
            await pilot.press(key)
            await until(pilot, lambda: screen._page is not None)
        await pilot.pause()

    return press


@pytest.mark.parametrize("tabs", [0, 2, 4, 8], ids=["accuracy", "cost", "speed", "flow"])
def test_tab(snap_compare: Any, make_app: Make, tabs: int) -> None:
    """Figures above, with n, trend, target and state; the first chart beneath."""
    app = make_app(FakePort())
    assert snap_compare(app, terminal_size=WIDE, run_before=opened(*"]" * tabs))


def test_narrow(snap_compare: Any, make_app: Make) -> None:
    """The table alone; the chart is a key away."""
    assert snap_compare(make_app(FakePort()), terminal_size=NARROW, run_before=opened())


@pytest.mark.parametrize(
    "keys",
    ["c", "cc", "ccc", "]]c", "]]cc", "]]]]c", "]]]]cc", "]]]]]]]]c", "]]]]]]]]cc", "ct", "cccc"],
    ids=[
        "line",
        "scatter",
        "histogram",
        "stacked",
        "hbar",
        "bar",
        "bars",
        "area",
        "step",
        "numbers",
        "words",
    ],
)
def test_chart_at_80_columns(snap_compare: Any, make_app: Make, keys: str) -> None:
    """Each kind of chart, with its legend, lines and labels."""
    assert snap_compare(make_app(FakePort()), terminal_size=NARROW, run_before=opened(*keys))


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_empty(snap_compare: Any, make_app: Make, size: tuple[int, int]) -> None:
    """What will fill each figure, and the chart."""
    port = FakePort()
    port.pages["precisao"] = empty()
    assert snap_compare(make_app(port), terminal_size=size, run_before=opened())


def test_grouped_and_generated(snap_compare: Any, make_app: Make) -> None:
    """The total, then each group; the line above says that none of it is real."""
    port = FakePort()
    port.pages["precisao"] = replace(grouped(), gerado=True)
    assert snap_compare(make_app(port), terminal_size=WIDE, run_before=opened("f", "down"))


def test_hostile(snap_compare: Any, make_app: Make) -> None:
    """Names and numbers from anywhere leave columns and frames whole."""
    port = FakePort()
    port.pages["precisao"] = hostile()
    assert snap_compare(make_app(port), terminal_size=WIDE, run_before=opened())


def test_light(snap_compare: Any, make_app: Make) -> None:
    """The light theme."""
    app = make_app(FakePort(), theme="light")
    assert snap_compare(app, terminal_size=WIDE, run_before=opened("]", "]", "]", "]", "c"))


def test_40_by_12(snap_compare: Any, make_app: Make) -> None:
    """Name, n and value."""
    assert snap_compare(make_app(FakePort()), terminal_size=(40, 12), run_before=opened())


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_documents_of_a_figure(snap_compare: Any, make_app: Make, size: tuple[int, int]) -> None:
    """What each is, how it stands, and the item that it leads to."""

    async def behind(pilot: Any) -> None:
        await opened("enter")(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, MetricItemsScreen))
        await until(pilot, lambda: len(pilot.app.screen.table.rows) == 5)
        await pilot.pause()

    assert snap_compare(make_app(FakePort()), terminal_size=size, run_before=behind)
