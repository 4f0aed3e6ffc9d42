"""An item's page: every page of it by keyboard, artifacts read, kept up to date, and going back a version."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import details as docs
from frame_kit import FakePort, loaded
from harness import opened, scenario, until
from test_decisions_inbox import app_of

from app.tui import OficinaApp
from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.decision import DecisionDialog
from screens.dialogs.viewer import Viewer
from screens.item import NAMES, ItemScreen
from screens.widgets.page_tabs import PageTabs, tab_line
from screens.widgets.sheet import Sheet
from store.views.model import EventRow, ItemDetail, RunningRow

SIZE = (100, 30)
WHOLE = docs.budget(
    release=docs.RELEASE,
    execucao=docs.EXECUCAO,
    implantacao=docs.IMPLANTACAO,
    artefatos=docs.ARTEFATOS,
    gerados=docs.SAGA[5:],
    saida=("collecting …", "14 of 22"),
)


def whole_app(detail: ItemDetail = WHOLE) -> tuple[OficinaApp, FakePort]:
    app, port = app_of(detail)
    port.artifacts = {entry["sha256"]: f"# {entry['nome']}\n\x1b[2Jx = 1\n" for entry in docs.ARTEFATOS}
    return app, port


async def open_item(pilot: Any, *pages: str) -> ItemScreen:
    await loaded(pilot)
    pilot.app.open_item("BKL-0042")
    await until(pilot, lambda: isinstance(pilot.app.screen, ItemScreen))
    screen = pilot.app.screen
    await until(pilot, lambda: screen._detail is not None)
    for page in pages:
        await pilot.press(page)
    await pilot.pause()
    assert isinstance(screen, ItemScreen)
    return screen


def page_text(screen: ItemScreen) -> str:
    return screen.query_one("#page-sheet", Sheet).text


@scenario
async def test_every_page_by_keyboard_and_around() -> None:
    expected = {
        "Summary": "spec_recursos_ref",
        "Saga": "Genealogy",
        "Price": "Price against actual",
        "Tests": "31 of 31 tests passed",
        "Output": "14 of 22",
        "History": "«falta a regra «frágil»»",
    }
    app, _ = whole_app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await open_item(pilot)
        for place, name in enumerate(NAMES):
            assert screen.query_one(PageTabs).current == place
            if name in expected:
                assert expected[name] in page_text(screen), name
            await pilot.press("right")
            await pilot.pause()
        assert screen.query_one(PageTabs).current == 0
        await pilot.press("left")
        assert screen.query_one(PageTabs).current == len(NAMES) - 1


@scenario
async def test_artifacts_are_read_as_the_cursor_moves_and_steer_nothing() -> None:
    app, _ = whole_app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await open_item(pilot, *["right"] * NAMES.index("Artifacts"))
        text = screen.query_one("#artifact-sheet", Sheet)
        await until(pilot, lambda: "# src/frete/tabela.py" in text.text)
        assert "\x1b" not in text.text
        await pilot.press("down")
        await until(pilot, lambda: "# src/frete/pedido.py" in text.text)
        await pilot.press("enter")
        await until(pilot, lambda: screen.focused is not None and screen.focused.id == "artifact")


@scenario
async def test_an_item_without_artifacts_says_what_would_be_here() -> None:
    app, _ = whole_app(replace(WHOLE, artefatos=()))
    async with app.run_test(size=SIZE) as pilot:
        screen = await open_item(pilot, *["right"] * NAMES.index("Artifacts"))
        assert "There are no artifacts" in page_text(screen)


@scenario
async def test_the_page_follows_the_published_model() -> None:
    app, port = whole_app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await open_item(pilot)
        done = replace(WHOLE, item={**WHOLE.item, "status": "Concluido", "resultado": {"opcao": "aprovar"}})
        port.details["BKL-0042"] = done
        fresh = docs.model(done, seq=2)
        port.publish(itens=fresh.itens, decisoes=fresh.decisoes, posicao=fresh.posicao)
        await until(pilot, lambda: "aprovar" in page_text(screen))
        assert "✓ Concluido" in screen.query_one("#head", Sheet).text


@scenario
async def test_the_page_follows_what_its_item_made_and_keeps_scroll_and_page() -> None:
    app, port = whole_app()
    async with app.run_test(size=(100, 12)) as pilot:
        screen = await open_item(pilot)
        made = docs.item(id="BKL-0043", tipo="entrevistar_dor", saga_id="t000009", humano=False)
        port.details["BKL-0042"] = replace(WHOLE, gerados=({**made, "status": "EmProcessamento"},))
        port.publish(eventos=(EventRow(1, docs.NOW, "item.criado", "BKL-0042", ""),))
        await until(pilot, lambda: "EmProcessamento" in page_text(screen))
        await pilot.press("pagedown")
        scroll = screen.query_one("#page")
        await until(pilot, lambda: scroll.scroll_offset.y > 0)
        place = scroll.scroll_offset.y
        port.details["BKL-0042"] = replace(WHOLE, gerados=({**made, "status": "Concluido"},))
        port.publish(eventos=(EventRow(2, docs.NOW, "item.transicao", "BKL-0043", ""),))
        await until(pilot, lambda: "✓ Concluido" in page_text(screen))
        assert (screen._page, scroll.scroll_offset.y) == ("Summary", place)


@scenario
async def test_fetches_are_at_most_two_a_second_and_none_for_other_sagas() -> None:
    app, port = whole_app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await open_item(pilot)
        port.publish(eventos=(EventRow(1, docs.NOW, "x", "BKL-0042", ""),))
        await until(pilot, lambda: screen._seen_event == 1)
        app.clock.advance(10)  # type: ignore[attr-defined]
        fetched: list[str] = []
        original = port.detail

        async def counted(item_id: str) -> ItemDetail:
            fetched.append(item_id)
            return await original(item_id)

        port.detail = counted  # type: ignore[method-assign]
        for seq in range(2, 8):
            port.publish(eventos=(EventRow(seq, docs.NOW, "x", "BKL-0042", ""),))
            await until(pilot, partial(lambda wanted: screen._seen_event == wanted, seq))
        await pilot.pause()
        assert len(fetched) == 1
        await until(pilot, lambda: len(fetched) == 2)
        app.clock.advance(10)  # type: ignore[attr-defined]
        port.publish(eventos=(EventRow(9, docs.NOW, "x", "BKL-0777", ""),))
        await until(pilot, lambda: screen._seen_event == 9)
        await pilot.pause()
        assert len(fetched) == 2


@scenario
async def test_times_tick_on_the_saga_page() -> None:
    app, _ = whole_app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await open_item(pilot, "right")
        before = page_text(screen)
        app.clock.advance(7200)  # type: ignore[attr-defined]
        screen.tick(app.clock.now())
        await until(pilot, lambda: page_text(screen) != before)


@scenario
async def test_live_output_is_followed_while_it_runs() -> None:
    running = replace(
        WHOLE, item={**WHOLE.item, "status": "EmProcessamento", "humano": False}, saida=("one",)
    )
    app, port = whole_app(running)
    async with app.run_test(size=SIZE) as pilot:
        screen = await open_item(pilot, *["right"] * NAMES.index("Output"))
        row = RunningRow(
            "BKL-0042", "desenvolvimento", "t", "PROMETHEUS", "WORKER_E", "tests", docs.EARLIER, 70.0, 14, 22
        )
        port.details["BKL-0042"] = replace(running, saida=tuple(f"line {n}" for n in range(200)))
        port.publish(rodando=(row,))
        await until(pilot, lambda: "line 199" in page_text(screen))
        scroll = screen.query_one("#page")
        await until(pilot, lambda: scroll.scroll_offset.y == scroll.max_scroll_y > 0)
        assert "WORKER_E  tests  14/22" in screen.query_one("#head", Sheet).text
        port.details["BKL-0042"] = replace(running, saida=(*(f"line {n}" for n in range(200)), "the end"))
        screen.tick(docs.NOW)
        await until(pilot, lambda: "the end" in page_text(screen))


@scenario
async def test_a_decides_what_the_page_shows() -> None:
    app, port = whole_app()
    async with app.run_test(size=SIZE) as pilot:
        await open_item(pilot, "a")
        assert isinstance(await opened(pilot), DecisionDialog)
        assert port.calls == []


@scenario
async def test_a_on_a_page_that_asks_nothing_opens_no_other_decision() -> None:
    ended = docs.budget(item=docs.item(status="Concluido"))
    app, _ = app_of(ended, docs.budget(item=docs.item(id="BKL-0050")))
    async with app.run_test(size=SIZE) as pilot:
        await open_item(pilot, "a")
        assert isinstance(app.screen, ItemScreen)
        assert [note.message for note in app._notifications] == ["BKL-0042 asks nothing: it is Concluido"]


@scenario
async def test_digits_leave_the_page_for_their_mode_and_other_screens_keys_say_where() -> None:
    app, _ = whole_app()
    async with app.run_test(size=SIZE) as pilot:
        await open_item(pilot, "slash", "A")
        said = [note.message for note in app._notifications]
        assert said[0] == "/ (filter) works on Sprint, Backlog, Blocked and Events, not here"
        assert said[1] == "A (decide marked) works on Backlog, Decisions and Failures, not here"
        mode = app.current_mode
        await pilot.press("1" if mode == "overview" else "5")
        await until(pilot, lambda: not isinstance(app.screen, ItemScreen))
        assert (app.current_mode, len(app.screen_stack)) == (mode, 1)


@scenario
async def test_q_over_a_dialog_says_what_to_do() -> None:
    app, _ = whole_app()
    async with app.run_test(size=SIZE) as pilot:
        await open_item(pilot, "a")
        dialog = await opened(pilot)
        await pilot.press("q")
        await pilot.pause()
        assert app.screen is dialog
        assert "close this first" in str(dialog.query_one("#problem").render())


@scenario
async def test_spec_and_difference_open_over_it() -> None:
    app, _ = whole_app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await open_item(pilot, "v")
        await until(pilot, lambda: isinstance(app.screen, Viewer))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, Viewer))
        assert "frágil" in app.screen.query_one(Sheet).text or "fragil" in app.screen.query_one(Sheet).text


@scenario
async def test_rolling_back_asks_first_and_starts_on_no() -> None:
    app, port = whole_app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await open_item(pilot, "b")
        dialog = await opened(pilot)
        assert isinstance(dialog, ConfirmDialog)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert port.calls == []
        await pilot.press("b")
        await opened(pilot)
        await pilot.press("y")
        await until(pilot, lambda: bool(port.calls))
        assert port.calls == [("rollback", "IMP-0002")]


@scenario
async def test_a_refused_roll_back_is_said_in_one_line() -> None:
    app, port = whole_app()
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await open_item(pilot, "b")
        await opened(pilot)
        port.refuses = "the target is locked"
        await pilot.press("y")
        await until(pilot, lambda: any("locked" in note.message for note in app._notifications))


@scenario
async def test_what_can_not_be_done_says_why() -> None:
    app, _ = whole_app(replace(WHOLE, implantacao=None, spec=None, diferenca=()))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await open_item(pilot, "b", "v", "d")
        said = [note.message for note in app._notifications]
        assert said == [
            "Nothing of this item is deployed",
            "This item has no spec",
            "There is no earlier version to compare with",
        ]


@scenario
async def test_an_item_that_cannot_be_read_says_so() -> None:
    app, port = whole_app()

    async def refused(item_id: str) -> ItemDetail:
        from store.errors import WrongInput

        raise WrongInput(f"there is no item {item_id}")

    port.detail = refused  # type: ignore[method-assign]
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        app.open_item("BKL-0042")
        await until(pilot, lambda: isinstance(app.screen, ItemScreen))
        screen = app.screen
        await until(pilot, lambda: bool(screen.query("#head")))
        await until(pilot, lambda: "there is no item" in screen.query_one("#head", Sheet).text)
        await pilot.press("right", "e", "escape")
        await until(pilot, lambda: not isinstance(app.screen, ItemScreen))


@scenario
async def test_the_mouse_picks_a_page_also_where_the_names_do_not_fit() -> None:
    app, _ = whole_app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await open_item(pilot)
        await pilot.click(PageTabs, offset=(12, 0))
        await until(pilot, lambda: screen.query_one(PageTabs).current == 1)
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        await pilot.click(PageTabs, offset=(3, 0))
        await until(pilot, lambda: screen.query_one(PageTabs).current == 2)


def test_tabs_that_do_not_fit_name_the_open_one_and_its_place() -> None:
    assert tab_line(NAMES, 2, 20).plain == "‹ Price ›  3 of 7"
    assert "History" in tab_line(NAMES, 2, 100).plain
