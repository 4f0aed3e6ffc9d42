"""The inbox on screen: order, marks, evidence beside it, and deciding from it, in the whole app."""

from __future__ import annotations

from typing import Any

import details as docs
from frame_kit import FakePort, loaded
from harness import opened, scenario, until
from textual.widgets import Static

from app.tui import OficinaApp
from screens.decisions import DecisionsScreen
from screens.dialogs.batch import BatchDialog
from screens.dialogs.decision import DecisionDialog
from screens.evidence.inbox import cells, ordered
from screens.item import ItemScreen
from screens.settings import ScreenSettings
from screens.widgets.lines import Lines
from screens.widgets.sheet import Sheet
from store.clock import FakeClock, add_seconds
from store.views.model import ItemDetail

FREE = docs.budget(item=docs.item(id="BKL-0050", spec_ref="pedido", titulo="Orçamento de pedido"))
RELEASE = docs.release(docs.RED, item={**docs.release().item, "id": "BKL-0060"})
ALL = (docs.budget(), FREE, RELEASE)
WIDE, USUAL = (120, 40), (80, 24)


def app_of(*details: ItemDetail, prompt: str = "inbox", **settings: Any) -> tuple[OficinaApp, FakePort]:
    """The whole app over these items."""
    port = FakePort(docs.model(*details))
    port.details = {detail.item["id"]: detail for detail in details}
    chosen = ScreenSettings(prompt=prompt, **settings)  # type: ignore[arg-type]
    return OficinaApp(lambda: port, settings=chosen, clock=FakeClock(docs.NOW), workspace="shop"), port


async def inbox(pilot: Any) -> DecisionsScreen:
    await loaded(pilot)
    await pilot.press("5")
    await until(pilot, lambda: isinstance(pilot.app.screen, DecisionsScreen))
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, DecisionsScreen)
    return screen


def test_snoozed_decisions_come_last_with_when_they_ask() -> None:
    later = add_seconds(docs.NOW, 3600)
    rows = [docs.row(docs.budget(item=docs.item(id="A", disponivel_em=later))), docs.row(FREE)]
    assert [row.id for row in ordered(rows, docs.NOW)] == ["BKL-0050", "A"]
    assert cells(rows[0], docs.NOW, {})[2].text == "in 1 h"
    assert cells(rows[1], docs.NOW, {})[0].text == "◆ budget"


@scenario
async def test_the_evidence_follows_the_cursor() -> None:
    app, _ = app_of(*ALL)
    async with app.run_test(size=WIDE) as pilot:
        screen = await inbox(pilot)
        page = screen.query_one("#preview-page", Sheet)
        await until(pilot, lambda: "Approve the budget of frete" in page.text)
        await pilot.press("down", "down")
        await until(pilot, lambda: "✗ 2 of 31 tests failed" in page.text)
        assert "reject: corrigir_bug" in page.text


@scenario
async def test_evidence_that_cannot_be_read_says_why() -> None:
    app, port = app_of(*ALL)
    async with app.run_test(size=WIDE) as pilot:
        screen = await inbox(pilot)

        async def refused(item_id: str) -> ItemDetail:
            from store.errors import StoreBusy

            raise StoreBusy("the store is locked by tui:4711")

        port.detail = refused  # type: ignore[method-assign]
        await pilot.press("down")
        await until(pilot, lambda: "locked by tui:4711" in screen.query_one("#preview-page", Sheet).text)


@scenario
async def test_a_opens_the_decision_under_the_cursor_and_decides_nothing() -> None:
    app, port = app_of(*ALL)
    async with app.run_test(size=USUAL) as pilot:
        await inbox(pilot)
        await pilot.press("down", "a")
        dialog = await opened(pilot)
        assert isinstance(dialog, DecisionDialog)
        assert dialog.item_id == "BKL-0050"
        assert port.calls == []
        await pilot.press("y")
        await until(pilot, lambda: bool(port.calls))
        assert port.calls == [("decide", "BKL-0050", "aprovar", "", "")]
        await until(pilot, lambda: not isinstance(app.screen, DecisionDialog))
        await pilot.press("u")
        await until(pilot, lambda: len(port.calls) == 2)
        assert port.calls[1] == ("undo", "DEC-0001")


@scenario
async def test_marked_ones_are_decided_together() -> None:
    app, port = app_of(*ALL)
    async with app.run_test(size=USUAL) as pilot:
        screen = await inbox(pilot)
        await pilot.press("A")
        await pilot.pause()
        assert not isinstance(app.screen, BatchDialog)
        await pilot.press("space", "space")
        assert "2 marked" in str(screen.query_one("#summary", Lines).render())
        await pilot.press("A")
        dialog = await opened(pilot)
        assert isinstance(dialog, BatchDialog)
        await pilot.press("y")
        await until(pilot, lambda: len(port.calls) == 2)
        assert [call[1] for call in port.calls] == ["BKL-0042", "BKL-0050"]


@scenario
async def test_marks_are_taken_away_by_escape() -> None:
    app, _ = app_of(*ALL)
    async with app.run_test(size=USUAL) as pilot:
        screen = await inbox(pilot)
        await pilot.press("space", "escape")
        assert screen.table.marks == frozenset()


@scenario
async def test_enter_opens_the_item_and_escape_leads_back() -> None:
    app, _ = app_of(*ALL)
    async with app.run_test(size=USUAL) as pilot:
        screen = await inbox(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ItemScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)


@scenario
async def test_the_id_is_copied() -> None:
    app, _ = app_of(*ALL)
    async with app.run_test(size=USUAL) as pilot:
        await inbox(pilot)
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard == "BKL-0042")


@scenario
async def test_a_new_model_keeps_cursor_and_marks() -> None:
    app, port = app_of(*ALL)
    async with app.run_test(size=USUAL) as pilot:
        screen = await inbox(pilot)
        await pilot.press("down", "space")
        fresh = docs.model(docs.budget(item=docs.item(id="BKL-0001")), *ALL, seq=2)
        port.publish(itens=fresh.itens, decisoes=fresh.decisoes, posicao=fresh.posicao)
        await until(pilot, lambda: len(screen.table.rows) == 4)
        assert screen.decision_at_cursor() == "BKL-0060"
        assert screen.table.marks == {"BKL-0050"}


@scenario
async def test_an_empty_inbox_says_what_would_be_here() -> None:
    app, _ = app_of(docs.budget(item=docs.item(status="Concluido")))
    async with app.run_test(size=USUAL) as pilot:
        screen = await inbox(pilot)
        text = str(screen.query_one("#empty", Lines).render())
        assert "Nothing waits for you" in text
        assert "oficina spec add FILE" in text
        await pilot.press("a", "e", "y", "A")
        assert app.screen is screen


@scenario
async def test_a_decision_that_arrives_in_the_whole_app_prompts_by_itself() -> None:
    app, port = app_of(RELEASE, prompt="modal")
    async with app.run_test(size=USUAL) as pilot:
        await loaded(pilot)
        app.clock.advance(3)  # type: ignore[attr-defined]
        assert (await opened(pilot)).item_id == "BKL-0060"  # it waited already when the app started
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        app.clock.advance(3)  # type: ignore[attr-defined]
        fresh = docs.model(RELEASE, docs.budget(), seq=2)
        port.details["BKL-0042"] = docs.budget()
        port.publish(itens=fresh.itens, decisoes=fresh.decisoes, posicao=fresh.posicao)
        dialog = await opened(pilot)
        assert dialog.item_id == "BKL-0042"
        assert not dialog.query_one("#problem", Static).has_class("-shown")
