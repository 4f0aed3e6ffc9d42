"""Events at work: following, older pages, filters; and the log that the screen keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from frame_kit import FakePort, loaded, run, until
from models import NOW, before, demo_model, empty_model
from trouble_models import event_document, events_model, log, tail

from app.tui import OficinaApp
from screens import event_log
from screens import events_content as content
from screens.event_log import EventLog
from screens.events import EventsScreen
from screens.item import ItemScreen
from screens.widgets.lines import Lines
from screens.widgets.virtual_table import VirtualTable
from store.views.events import EventPage, EventQuery, event_page
from store.views.model import EventRow, ReadModel
from store.views.rows import event_row

Make = Callable[..., OficinaApp]
TOTAL = 900


def rows(first: int, last: int) -> list[EventRow]:
    return [event_row(event_document(seq, last)) for seq in range(first, last + 1)]


def newest_first(found: list[EventRow]) -> list[EventRow]:
    return found[::-1]


def seqs(kept: EventLog) -> list[int]:
    return [row.seq for row in kept.rows]


# The log


def test_new_events_are_added_once() -> None:
    kept = EventLog()
    assert kept.take(newest_first(rows(1, 3)), follow=True)
    assert not kept.take(newest_first(rows(1, 3)), follow=True)
    assert kept.take(newest_first(rows(1, 5)), follow=False)
    assert seqs(kept) == [1, 2, 3, 4, 5]
    assert not kept.more
    assert not EventLog().take([], follow=True)


def test_a_gap_is_left_to_whoever_reads_older_ones() -> None:
    kept = EventLog()
    kept.take(newest_first(rows(1, 3)), follow=True)
    assert not kept.take(newest_first(rows(7, 9)), follow=False)
    assert (kept.behind, seqs(kept)) == (True, [1, 2, 3])
    assert not kept.take(newest_first(rows(8, 10)), follow=False)
    assert kept.take(newest_first(rows(8, 10)), follow=True)
    assert (kept.behind, seqs(kept), kept.more, kept.looked_at) == (False, [8, 9, 10], True, (8, 0))


def test_who_follows_goes_on_from_the_newest() -> None:
    kept = EventLog()
    kept.take(newest_first(rows(1, 3)), follow=True)
    assert kept.take(newest_first(rows(7, 9)), follow=True)
    assert seqs(kept) == [7, 8, 9]


def test_following_for_days_keeps_a_bounded_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "KEPT", 10)
    kept = EventLog()
    kept.take(newest_first(rows(1, 8)), follow=True)
    kept.take(newest_first(rows(5, 12)), follow=True)
    assert seqs(kept) == [8, 9, 10, 11, 12]
    assert kept.more
    unfollowed = EventLog()
    unfollowed.take(newest_first(rows(1, 8)), follow=True)
    unfollowed.take(newest_first(rows(5, 12)), follow=False)
    assert len(unfollowed.rows) == 12


def test_older_pages_come_before_what_is_there() -> None:
    kept = EventLog()
    kept.take(newest_first(rows(7, 9)), follow=True)
    page = event_page(reversed(log(9)), kept.query, kept.looked_at, page=3)
    assert kept.add_page(kept.query, page)
    assert (seqs(kept), kept.looked_at, kept.more) == ([4, 5, 6, 7, 8, 9], (4, 0), True)
    kept.take(newest_first(rows(9, 10)), follow=True)
    assert seqs(kept) == [4, 5, 6, 7, 8, 9, 10]
    assert len(kept.held) == 7


def test_a_page_that_another_query_asked_for_is_not_shown() -> None:
    kept = EventLog()
    kept.take(newest_first(rows(7, 9)), follow=True)
    page = event_page(reversed(log(9)), EventQuery(), kept.looked_at)
    kept.ask(EventQuery(words=("qa",)))
    assert seqs(kept) == []
    assert not kept.add_page(EventQuery(), page)
    assert not kept.add_page(kept.query, EventPage((), (8, 0)))
    kept.ask(EventQuery())
    assert seqs(kept) == [7, 8, 9]


# The words


def test_when_is_exact_or_relative() -> None:
    assert content.when(before(8), NOW, exact=True) == "14:02:22"
    assert content.when(before(8), NOW, exact=False) == "8 s"
    assert content.when(before(3 * 86_400), NOW, exact=True) == "01-02 14:02"
    assert content.when("", NOW, exact=True) == ""


def test_what_went_wrong_stands_out_and_says_so() -> None:
    def style(tipo: str, texto: str = "") -> str:
        return content.cells(EventRow(1, NOW, tipo, "", texto), None, NOW, exact=True)[1].style

    assert style("item.transicao", "EmProcessamento → Falhou") == "bad"
    assert style("item.transicao", "Pendente → EmProcessamento") == "primary"
    assert [style(tipo) for tipo in ("qa.failed", "qa.passed", "decisao.solicitada", "x")] == [
        "bad",
        "good",
        "warn",
        "primary",
    ]


# The screen


def in_events(app: OficinaApp, scenario: Callable[[Any, EventsScreen], Any]) -> None:
    async def main() -> None:
        async with app.run_test(size=(120, 30)) as pilot:
            await loaded(pilot)
            await pilot.press("8")
            await until(pilot, lambda: isinstance(app.screen, EventsScreen))
            screen = app.screen
            assert isinstance(screen, EventsScreen)
            await until(pilot, lambda: screen._shown is not None and not screen._loading)
            await scenario(pilot, screen)

    run(main)


def long_log() -> FakePort:
    """A log of which the model carries the newest two hundred."""
    port = FakePort(events_model(TOTAL))
    port.log = log(TOTAL)
    return port


def publish(port: FakePort, *fresh: int) -> ReadModel:
    """Some more events happen."""
    port.log += [event_document(seq, TOTAL) for seq in fresh]
    return port.publish(eventos=tail(port.log))


def table(screen: EventsScreen) -> VirtualTable[EventRow]:
    return screen.query_one(VirtualTable)


def summary(screen: EventsScreen) -> str:
    return str(screen.query_one("#summary", Lines).render())


def toasts(app: OficinaApp) -> list[str]:
    return [note.message for note in app._notifications]


def test_the_newest_is_followed_until_the_cursor_goes_up(make_app: Make) -> None:
    port = long_log()
    app = make_app(port)

    async def scenario(pilot: Any, screen: EventsScreen) -> None:
        log_table = table(screen)
        await until(pilot, lambda: log_table.cursor == 199)
        publish(port, 901, 902)
        await until(pilot, lambda: log_table.cursor == 201)
        assert "following" in summary(screen)
        await pilot.press("up")
        assert "F follows" in summary(screen)
        publish(port, 903)
        await until(pilot, lambda: len(log_table.rows) == 203)
        assert log_table.cursor == 200
        await pilot.press("F")
        await until(pilot, lambda: log_table.cursor == 202)
        assert "following" in summary(screen)
        await pilot.press("F")
        assert toasts(app) == ["It follows already"]
        await pilot.press("k", "G")
        await until(pilot, lambda: "following" in summary(screen))

    in_events(app, scenario)


def test_the_wheel_stops_it_too(make_app: Make) -> None:
    port = long_log()
    app = make_app(port)

    async def scenario(pilot: Any, screen: EventsScreen) -> None:
        log_table = table(screen)
        await until(pilot, lambda: log_table.cursor == 199)
        log_table.scroll_to(y=50, animate=False, force=True)
        publish(port, 901)
        await until(pilot, lambda: len(log_table.rows) == 201)
        assert log_table.cursor == 199
        assert log_table.scroll_offset.y == 50
        assert "F follows" in summary(screen)

    in_events(app, scenario)


def test_what_comes_too_fast_waits_while_older_ones_are_read(make_app: Make) -> None:
    port = long_log()
    app = make_app(port)

    async def scenario(pilot: Any, screen: EventsScreen) -> None:
        log_table = table(screen)
        await pilot.press("up")
        publish(port, *range(901, 1400))
        await until(pilot, lambda: "newer ones came" in summary(screen))
        assert log_table.rows[-1].seq == 900
        await pilot.press("down")
        assert "newer ones came" in summary(screen)
        await pilot.press("F")
        await until(pilot, lambda: log_table.rows[-1].seq == 1399)
        assert log_table.cursor == len(log_table.rows) - 1

    in_events(app, scenario)


def test_going_up_at_the_first_reads_older_ones_to_the_beginning(make_app: Make) -> None:
    app = make_app(long_log())

    async def scenario(pilot: Any, screen: EventsScreen) -> None:
        log_table = table(screen)
        assert "older ones: o" in summary(screen)
        await pilot.press("g")
        await until(pilot, lambda: len(log_table.rows) == 500)
        assert log_table.cursor_row is not None
        assert log_table.cursor_row.seq == 701
        await pilot.press("o")
        await until(pilot, lambda: len(log_table.rows) == 800)
        await pilot.press("o")
        await until(pilot, lambda: len(log_table.rows) == 900)
        await until(pilot, lambda: "from the first on" in summary(screen))
        await pilot.press("o")
        assert toasts(app) == ["There are no older events"]

    in_events(app, scenario)


def test_a_filter_looks_further_back_for_what_fits(make_app: Make) -> None:
    port = long_log()
    app = make_app(port)

    async def scenario(pilot: Any, screen: EventsScreen) -> None:
        log_table = table(screen)
        await pilot.press("slash", *"tipo:qa ator:ms")
        await until(pilot, lambda: not screen._loading and log_table.rows[0].seq < 100)
        assert {row.tipo for row in log_table.rows} == {"qa.passed"}
        assert {row.ator for row in log_table.rows} == {"MS_Produto"}
        publish(port, 925, 926)
        await until(pilot, lambda: log_table.rows[-1].seq == 925)
        await pilot.press("escape")
        assert len(log_table.rows) == 202
        assert app.focused is log_table

    in_events(app, scenario)


def test_a_facet_is_picked_with_its_count(make_app: Make) -> None:
    app = make_app(long_log())

    async def scenario(pilot: Any, screen: EventsScreen) -> None:
        await pilot.press("f", *"devops", "enter")
        await until(pilot, lambda: screen.filter.value == "tipo:devops.deployed")
        assert {row.tipo for row in table(screen).rows} == {"devops.deployed"}

    in_events(app, scenario)


def test_enter_opens_the_item_and_times_turn(make_app: Make) -> None:
    port = FakePort(demo_model())
    app = make_app(port)

    async def scenario(pilot: Any, screen: EventsScreen) -> None:
        log_table = table(screen)
        assert screen._cells(log_table.rows[-1])[0].text == "14:02:22"
        await pilot.press("t")
        assert screen._cells(log_table.rows[-1])[0].text == "8 s"
        await pilot.press("y", "enter")
        assert toasts(app) == ["Copied BKL-0005"]
        await until(pilot, lambda: isinstance(app.screen, ItemScreen))
        assert app.screen.item_id == "BKL-0005"

    in_events(app, scenario)


def test_an_event_about_no_item_says_so(make_app: Make) -> None:
    model = replace(demo_model(), eventos=(EventRow(1, before(3), "sonda.passou", "", "gpu"),))
    app = make_app(FakePort(model))

    async def scenario(pilot: Any, screen: EventsScreen) -> None:
        await pilot.press("enter", "y")
        assert toasts(app) == ["This event is about no item", "There is no item under the cursor"]

    in_events(app, scenario)


def test_an_empty_log_and_a_refusal(make_app: Make) -> None:
    port = FakePort(empty_model())
    app = make_app(port)

    async def scenario(pilot: Any, screen: EventsScreen) -> None:
        await pilot.press("f")
        assert toasts(app) == ["Nothing happened yet"]
        port.refuses = "the log is damaged"
        published = port.publish(eventos=tail(log(TOTAL)))
        await until(pilot, lambda: screen._shown is published)
        await pilot.press("o")
        await until(pilot, lambda: toasts(app)[-1] == "the log is damaged")
        assert not screen._loading

    in_events(app, scenario)
