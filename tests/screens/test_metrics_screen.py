"""Metrics at work: each key, the page that is asked for, the documents behind a figure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import metric_pages
import pytest
from frame_kit import FakePort, loaded, run, until
from metric_pages import accuracy, empty, grouped
from textual.widgets import Input

from app.tui import OficinaApp
from screens.commands import command
from screens.help import HelpScreen
from screens.item import ItemScreen
from screens.metric_items import MetricItemsScreen
from screens.metrics import MetricsScreen
from screens.widgets.chart import ChartView
from screens.widgets.lines import Lines
from screens.widgets.page_tabs import PageTabs
from store.clock import FakeClock

families = pytest.fixture(autouse=True)(metric_pages.fixed_families)
Make = Callable[..., OficinaApp]
Scenario = Callable[[Any, MetricsScreen], Any]


def in_metrics(app: OficinaApp, scenario: Scenario, size: tuple[int, int] = (120, 40)) -> None:
    async def main() -> None:
        async with app.run_test(size=size) as pilot:
            await loaded(pilot)
            await pilot.press("6")
            await until(pilot, lambda: isinstance(app.screen, MetricsScreen))
            screen = app.screen
            assert isinstance(screen, MetricsScreen)
            await until(pilot, lambda: screen._page is not None or port_of(app).metrics_gate is not None)
            await pilot.pause()
            await scenario(pilot, screen)

    run(main)


def port_of(app: OficinaApp) -> FakePort:
    port = app.port
    assert isinstance(port, FakePort)
    return port


def asked(port: FakePort) -> list[Any]:
    return [call[1] for call in port.calls if call[0] == "metrics"]


def toasts(app: OficinaApp) -> list[str]:
    return [note.message for note in app._notifications]


def test_tabs_go_around_and_each_is_asked_for(app: OficinaApp, port: FakePort) -> None:
    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        await pilot.press("]", "right", "l")
        await until(pilot, lambda: screen._page is not None)
        assert [each.familia for each in asked(port)] == ["precisao", "recursos", "custo", "qualidade"]
        assert screen.query_one(PageTabs).current == 3
        await pilot.press("[", "left", "h", "h")
        await until(pilot, lambda: screen.query_one(PageTabs).current == len(screen._families) - 1)
        await pilot.click(PageTabs, offset=(12, 0))
        await until(pilot, lambda: screen.query_one(PageTabs).current == 1)

    in_metrics(app, scenario)


def test_period_bucket_and_group_are_asked_for(app: OficinaApp, port: FakePort) -> None:
    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        await pilot.press("p")
        await until(pilot, lambda: screen._page is not None)
        await pilot.press("b", "f")
        await until(pilot, lambda: not screen._pages.reading(screen._ask))
        ask = asked(port)[-1]
        assert (ask.periodo, ask.corte, ask.por) == ("365d", "mes", "worker")
        told = screen.query_one("#summary", Lines).render().plain
        assert told.startswith("a year p   by month b   of each worker f")
        await pilot.press("escape")
        await until(pilot, lambda: screen._ask.por == "")
        assert screen._ask.periodo == "365d"

    in_metrics(app, scenario)


def test_dates_of_ones_own(app: OficinaApp, port: FakePort) -> None:
    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        await pilot.press("d", *"2026-13-01", "enter")
        await pilot.pause()
        assert "is no day" in str(app.screen.query_one("#told").render())
        await pilot.press("ctrl+u", *"2999-01-01", "enter")
        await pilot.pause()
        assert "2999-01-01 lies in the future" in str(app.screen.query_one("#told").render())
        await pilot.press("ctrl+u", *"2026-01-01", "enter")
        await until(pilot, lambda: screen._ask.desde == "2026-01-01")
        await until(pilot, lambda: asked(port)[-1].desde == "2026-01-01")
        await pilot.press("d", "escape", "escape")
        await until(pilot, lambda: screen._ask.desde == "")

    in_metrics(app, scenario)


def test_charts_go_around_beside_the_table(app: OficinaApp) -> None:
    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        box = screen.query_one("#view")
        seen = []
        for _ in range(6):
            await pilot.pause()
            seen.append(str(box.border_title))
            await pilot.press("c")
        assert seen[0] == seen[5]
        assert seen[:5] == [
            "Effort by phase (×)", "Each execution (×)", "Overall deviation (×)", "Notes",
            "Effort, actual / estimate (×)",
        ]  # fmt: skip
        await pilot.press("C", "C")
        await pilot.pause()
        assert str(box.border_title) == "Effort, actual / estimate (×)"
        await pilot.press("down")
        await pilot.pause()
        assert str(box.border_title) == "Development (×)"

    in_metrics(app, scenario)


def test_numbers_instead_of_the_picture(app: OficinaApp) -> None:
    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        view = screen.query_one(ChartView)
        assert "┤" in view.text
        await pilot.press("t")
        await pilot.pause()
        assert "2025-W41" in view.text
        assert "t picture" in str(screen.query_one("#view").border_subtitle)
        await pilot.press("tab", "j", "t")
        await pilot.pause()
        assert "┤" in view.text

    in_metrics(app, scenario)


def test_where_rows_are_few_the_chart_comes_by_its_key(app: OficinaApp) -> None:
    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        view = screen.query_one("#view")
        assert not view.display
        await pilot.press("c")
        await until(pilot, lambda: view.display and not screen.table.display)
        assert "┤" in screen.query_one(ChartView).text
        await pilot.press("c", "c", "c", "c", "c")
        await until(pilot, lambda: screen.table.display)
        await pilot.press("c")
        await until(pilot, lambda: not screen.table.display)
        await pilot.press("escape")
        await until(pilot, lambda: screen.table.display and app.focused is screen.table)

    in_metrics(app, scenario, (80, 24))


def test_a_figure_leads_to_its_documents_and_they_to_their_items(app: OficinaApp, port: FakePort) -> None:
    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MetricItemsScreen))
        behind = app.screen
        assert isinstance(behind, MetricItemsScreen)
        await until(pilot, lambda: len(behind.table.rows) == 5)
        assert port.calls[-1] == ("metric_items", accuracy().figuras[0].itens)
        await pilot.press("y", "end", "enter")
        await until(pilot, lambda: "No item leads to EXE-0099" in toasts(app))
        await pilot.press("home", "enter")
        await until(pilot, lambda: isinstance(app.screen, ItemScreen))
        assert app.screen.item_id == "BKL-0012"
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("G", "enter")
        await until(pilot, lambda: any(each.startswith("No document stands behind") for each in toasts(app)))

    in_metrics(app, scenario)


def test_a_refusal_of_documents_is_said(app: OficinaApp, port: FakePort) -> None:
    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        port.refuses = "the line is gone"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MetricItemsScreen))
        await until(pilot, lambda: "the line is gone" in app.screen.query_one("#empty", Lines).render().plain)

    in_metrics(app, scenario)


def test_the_store_moving_asks_again_and_cursor_and_chart_stay(
    app: OficinaApp, port: FakePort, clock: FakeClock
) -> None:
    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        await pilot.press("down", "down", "c")
        before = len(asked(port))
        port.publish()
        await pilot.pause()
        assert len(asked(port)) == before
        clock.advance(3)
        screen.tick(clock.now())
        await until(pilot, lambda: len(asked(port)) == before + 1 and not screen._pages.reading(screen._ask))
        assert screen.table.cursor == 2
        assert str(screen.query_one("#view").border_title) == "Each execution (×)"
        await pilot.press("]", "[")
        await until(pilot, lambda: screen.table.cursor == 2)

    in_metrics(app, scenario)


def test_an_answer_that_takes_its_time_is_told_of_and_does_not_flicker(
    app: OficinaApp, port: FakePort
) -> None:
    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        gate = port.metrics_gate
        assert gate is not None
        await until(pilot, lambda: "Reading Accuracy" in screen.query_one("#empty", Lines).render().plain)
        await pilot.press("c")
        await until(pilot, lambda: "These figures are still being read" in toasts(app))
        assert screen.why_not(command("metrics.group")) == "These figures are still being read"
        gate.set()
        await until(pilot, lambda: len(screen.table.rows) == 6)
        assert app.focused is screen.table
        gate.clear()
        await pilot.press("]")
        await pilot.pause()
        assert len(screen.table.rows) == 6
        await until(pilot, lambda: "Reading Resources" in screen.query_one("#empty", Lines).render().plain)
        gate.set()
        await until(pilot, lambda: len(screen.table.rows) == 2)

    port.metrics_gate = asyncio.Event()
    in_metrics(app, scenario)


def test_what_the_line_refuses_is_said_in_the_tables_place(app: OficinaApp, port: FakePort) -> None:
    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        port.refuses = "the period ends before it begins"
        await pilot.press("]")
        told = screen.query_one("#empty", Lines)
        await until(pilot, lambda: told.display and "ends before it begins" in told.render().plain)
        screen._late = True
        screen.tick(screen.frame.clock.now())
        summary = screen.query_one("#summary", Lines)
        await until(pilot, lambda: not screen._late and "reading" not in summary.render().plain)
        port.refuses = ""
        await pilot.press("[")
        await until(pilot, lambda: len(screen.table.rows) == 6)

    in_metrics(app, scenario)


def test_keys_that_do_nothing_here_say_why(app: OficinaApp, port: FakePort) -> None:
    port.pages["precisao"] = empty()

    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        await pilot.press("escape")
        await until(pilot, lambda: "Nothing to close" in toasts(app))
        await pilot.press("]")
        await until(pilot, lambda: screen._page is not None)
        assert screen.id_at_cursor == "esforco_geral"

    in_metrics(app, scenario)


def test_groups_and_the_generated_history_are_told(app: OficinaApp, port: FakePort) -> None:
    from dataclasses import replace

    port.pages["precisao"] = replace(grouped(), gerado=True)

    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        assert screen.query_one("#summary", Lines).render().plain.startswith("! generated history")
        assert [row.grupo for row in screen.table.rows][:2] == ["", "WORKER_D"]

    in_metrics(app, scenario)


def test_help_points_to_the_meanings(app: OficinaApp) -> None:
    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert "docs/metrics.md" in app.screen.query_one(Input).placeholder

    in_metrics(app, scenario)


@pytest.mark.parametrize("size", [(40, 12), (60, 20), (200, 50)])
def test_any_size_holds_it(app: OficinaApp, size: tuple[int, int]) -> None:
    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        await pilot.press("c", "c", "t", "]", "]", "c")
        await until(pilot, lambda: screen._page is not None)

    in_metrics(app, scenario, size)


@pytest.mark.parametrize("rows", [32, 34, 36, 40, 60])
def test_the_whole_chart_is_seen_beneath_the_table_and_under_a_notice(
    app: OficinaApp, port: FakePort, rows: int
) -> None:
    async def scenario(pilot: Any, screen: MetricsScreen) -> None:
        await until(pilot, lambda: screen.query_one("#detail").region.height == 3)
        port.publish(linha=replace(app.model.linha, aviso="generated"))
        await until(pilot, lambda: bool(screen.query_one("Notice").display))
        await pilot.pause()
        view, footer = screen.query_one("#view"), screen.query_one("CommandFooter")
        assert view.region.height >= 12
        assert view.region.bottom <= footer.region.y

    page = accuracy()
    long = replace(
        page.figuras[0],
        partes=tuple(replace(each, nome="a part " * 6) for each in page.figuras[0].partes * 3),
    )
    port.pages["precisao"] = replace(page, figuras=(long, *page.figuras * 3))
    in_metrics(app, scenario, (104, rows))
