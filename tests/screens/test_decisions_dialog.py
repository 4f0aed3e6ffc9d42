"""Deciding by keyboard: opening never decides, early keys never decide, a refusal is one line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import details as docs
import pytest
from harness import SmallApp, opened, scenario, until
from textual.widgets import Input, Static

from screens.dialogs.batch import BatchDialog
from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.decision import DecisionDialog
from screens.dialogs.options import AnswerLine, free_key
from screens.dialogs.quit import QuitDialog
from screens.dialogs.until import parse_until
from screens.dialogs.viewer import Viewer
from screens.settings import ScreenSettings
from screens.widgets.sheet import Sheet
from store.errors import WrongInput
from store.views.model import Option

SIZE = (80, 24)


async def ask(pilot: Any, *, ready: bool = True) -> DecisionDialog:
    """Open the only decision there is, as `a` does."""
    pilot.app.pump.ask("BKL-0042")
    dialog = await opened(pilot, ready=ready)
    assert isinstance(dialog, DecisionDialog)
    return dialog


def problem(dialog: Any) -> str:
    return str(dialog.query_one("#problem", Static).render())


@scenario
async def test_opening_decides_nothing_and_the_focus_is_on_the_harmless_answer() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot)
        assert isinstance(dialog.focused, AnswerLine)
        assert dialog.focused.answer.name == "keep"
        await pilot.press("enter")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.port.decided == []


@scenario
async def test_an_options_own_key_decides_and_the_toast_offers_undo() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        await ask(pilot)
        await pilot.press("y")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.port.decided == [("BKL-0042", "aprovar", "", "")]
        assert "development starts now" in app.toasts[-1]
        assert "u takes it back" in app.toasts[-1]
        assert app.pump.why_no_undo() == ""


@scenario
async def test_keys_in_the_first_400_ms_are_ignored() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot, ready=False)
        await pilot.press("y", "enter", "escape", "s")
        app.clock.advance(0.39)
        await pilot.press("p")
        await pilot.pause()
        assert app.screen is dialog
        assert not dialog.asked.asking
        assert app.port.decided == []
        app.clock.advance(0.41)
        await pilot.press("y")
        await until(pilot, lambda: bool(app.port.decided))


@scenario
async def test_a_key_that_is_held_down_never_decides() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot, ready=False)
        for _ in range(20):
            await pilot.press("y")
            app.clock.advance(0.1)
        assert app.screen is dialog
        assert app.port.decided == []


@scenario
async def test_early_clicks_are_ignored_and_later_ones_count() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot, ready=False)
        await pilot.click("#answer-aprovar")
        assert app.screen is dialog
        app.clock.advance(1)
        await pilot.click("#answer-aprovar")
        await until(pilot, lambda: bool(app.port.decided))


@scenario
async def test_enter_decides_only_on_a_focused_option() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot)
        dialog.set_focus(None)
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen is dialog
        await pilot.press("down", "up", "tab", "shift+tab")
        dialog.query(AnswerLine).first().focus()
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.port.decided))
        assert app.port.decided[0][1] == "aprovar"


@scenario
async def test_a_reason_is_asked_where_the_contract_wants_one() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot)
        await pilot.press("p", "enter")
        assert "A reason is wanted" in problem(dialog)
        await pilot.press(*"y y", "enter")
        await until(pilot, lambda: bool(app.port.decided))
        assert app.port.decided == [("BKL-0042", "ajustar", "y y", "")]


@scenario
async def test_escape_leaves_the_question_then_the_dialog_and_it_stays_in_the_inbox() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot)
        await pilot.press("p", "a", "escape")
        await until(pilot, lambda: not dialog.asked.asking)
        assert app.screen is dialog
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.port.decided == []


@scenario
async def test_a_note_goes_with_any_answer() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot)
        await pilot.press("+", *"see mail", "enter")
        await until(pilot, lambda: not dialog.asked.asking)
        assert "«see mail»" in str(dialog.query_one("#hints", Static).render())
        await pilot.press("y")
        await until(pilot, lambda: bool(app.port.decided))
        assert app.port.decided == [("BKL-0042", "aprovar", "", "see mail")]


@scenario
async def test_a_snooze_asks_until_when() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot)
        await pilot.press("s")
        dialog.query_one(Input).value = "soon"
        await pilot.press("enter")
        assert "«soon» is not a time" in problem(dialog)
        dialog.query_one(Input).value = "2h"
        await pilot.press("enter")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.port.snoozed == [("BKL-0042", "2026-01-05T14:00:01.000000Z")]
        assert app.port.decided == []
        assert "Asks again at 14:00:01" in app.said[-1]


@scenario
async def test_a_dangerous_answer_is_confirmed_by_a_second_key() -> None:
    app = SmallApp(docs.failure())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot)
        await pilot.press("c")
        assert app.port.decided == []
        assert "enter confirms" in problem(dialog)
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.port.decided))
        assert app.port.decided[0][1] == "cancelar"


@scenario
async def test_a_refusal_is_one_line_and_the_dialog_stays() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot)
        app.port.refuse = "BKL-0042 is Cancelado already:\n[/x] \x1b[2Jnew version"
        await pilot.press("y")
        await until(pilot, lambda: "Cancelado" in problem(dialog))
        assert "\n" not in problem(dialog)
        assert "\x1b" not in problem(dialog)
        app.port.refuse = ""
        await pilot.press("y")
        await until(pilot, lambda: len(app.screen_stack) == 1)


@scenario
async def test_difference_and_spec_open_over_it_and_lead_back() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, Viewer))
        assert "fragil" in app.screen.query_one(Sheet).text
        await pilot.press("y", "escape")
        await until(pilot, lambda: app.screen is dialog)
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, Viewer))
        await until(pilot, lambda: "titulo: Frete" in app.screen.query_one(Sheet).text)
        await pilot.press("j", "k", "q")
        await until(pilot, lambda: app.screen is dialog)
        assert app.port.decided == []


@scenario
async def test_a_spec_that_cannot_be_read_says_so() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        await ask(pilot)
        app.port.refuse = "the object is damaged"
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, Viewer))
        await until(pilot, lambda: "damaged" in app.screen.query_one(Sheet).text)


@scenario
async def test_without_an_earlier_version_or_a_spec_the_keys_say_why() -> None:
    app = SmallApp(docs.budget(diferenca=(), spec=None))
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot)
        await pilot.press("d")
        assert "no earlier version" in problem(dialog)
        await pilot.press("v")
        assert "no spec" in problem(dialog)


@scenario
async def test_more_evidence_than_fits_scrolls_by_page_and_keeps_the_focus() -> None:
    app = SmallApp(docs.release(docs.RED))
    async with app.run_test(size=(80, 20)) as pilot:
        dialog = await ask(pilot)
        await until(pilot, lambda: "pgdn more" in str(dialog.query_one("#hints", Static).render()))
        focused = dialog.focused
        await pilot.press("pagedown")
        await until(pilot, lambda: dialog.query_one("#scroll").scroll_offset.y > 0)
        await pilot.press("pageup")
        await until(pilot, lambda: dialog.query_one("#scroll").scroll_offset.y == 0)
        assert dialog.focused is focused


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
@pytest.mark.parametrize("kind", [docs.release, docs.failure, docs.adjustment])
def test_every_answer_can_be_seen_at_every_size(kind: Any, size: tuple[int, int]) -> None:
    @scenario
    async def look() -> None:
        app = SmallApp(kind())
        async with app.run_test(size=size) as pilot:
            dialog = await ask(pilot)
            for line in dialog.query(AnswerLine):
                assert app.screen.region.contains_region(line.region), line.answer
                assert line.region.height

    look()


@scenario
async def test_hostile_text_neither_crashes_nor_clicks() -> None:
    app = SmallApp(docs.hostile())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot)
        text = app.export_screenshot()
        assert "\x1b" not in text
        await pilot.press("p", *"[/x]", "enter")
        await until(pilot, lambda: bool(app.port.decided))
        assert app.port.decided[0][2] == "[/x]"
        assert dialog is not app.screen


@scenario
async def test_own_keys_give_way_to_the_contracts() -> None:
    options = tuple(Option(f"o{key}", key, f"option {key}", "does it") for key in "sdv+")
    app = SmallApp(docs.budget(opcoes=options))
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot)
        assert [line.answer.key for line in dialog.query(AnswerLine)] == ["s", "d", "v", "+", "S", "esc"]
        await pilot.press("s")
        await until(pilot, lambda: bool(app.port.decided))
        assert app.port.decided[0][1] == "os"


def test_a_free_key_is_always_found() -> None:
    assert free_key("s", []) == "s"
    assert free_key("s", "s") == "S"
    assert free_key("+", ["+", "0"]) == "1"


@scenario
async def test_an_adjustment_offers_the_editor() -> None:
    app = SmallApp(docs.adjustment())
    async with app.run_test(size=SIZE) as pilot:
        await ask(pilot)
        await pilot.press("e")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await until(pilot, lambda: bool(app.said))
        assert app.port.decided == []


def test_times_to_come_back_at() -> None:
    assert parse_until("15m", docs.NOW, None) == "2026-01-05T12:15:00.000000Z"
    assert parse_until(" 3D ", docs.NOW, None) == "2026-01-08T12:00:00.000000Z"
    assert parse_until("14:30", docs.NOW, None) == "2026-01-05T14:30:00.000000Z"
    assert parse_until("9:00", docs.NOW, None) == "2026-01-06T09:00:00.000000Z"
    assert parse_until("9:30", docs.NOW, ZoneInfo("America/Sao_Paulo")) == "2026-01-05T12:30:00.000000Z"
    for wrong in ("", "0h", "25:00", "later", "1w"):
        with pytest.raises(WrongInput, match="write 15m"):
            parse_until(wrong, docs.NOW, None)


# Several at once


def several() -> tuple[Any, ...]:
    return tuple(docs.budget(item=docs.item(id=f"BKL-005{n}")) for n in range(3))


async def ask_several(pilot: Any) -> BatchDialog:
    pilot.app.pump.ask_several([f"BKL-005{n}" for n in range(3)])
    dialog = await opened(pilot)
    assert isinstance(dialog, BatchDialog)
    return dialog


@scenario
async def test_several_are_decided_alike_with_their_sum_shown() -> None:
    app = SmallApp(*several())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask_several(pilot)
        assert "R$ 126,30" in dialog.query_one(Sheet).text
        assert isinstance(dialog.focused, AnswerLine)
        assert dialog.focused.answer.name == "keep"
        await pilot.press("y")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert [entry[0] for entry in app.port.decided] == ["BKL-0050", "BKL-0051", "BKL-0052"]
        assert "3 decisions" in app.toasts[-1]
        app.pump.undo()
        await until(pilot, lambda: len(app.port.undone) == 3)
        assert app.port.undone == ["DEC-0003", "DEC-0002", "DEC-0001"]


@scenario
async def test_above_the_configured_sum_a_word_is_typed() -> None:
    app = SmallApp(*several(), settings=ScreenSettings(typed_word_above=100.0))
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask_several(pilot)
        await pilot.press("y", *"yes", "enter")
        assert "Type aprovar" in problem(dialog)
        assert app.port.decided == []
        dialog.query_one(Input).value = "aprovar"
        await pilot.press("enter")
        await until(pilot, lambda: len(app.port.decided) == 3)


@scenario
async def test_one_reason_goes_with_all_and_a_refused_row_says_why() -> None:
    app = SmallApp(*several())
    app.port.refuse_item = {"BKL-0051": "BKL-0051 is Cancelado already"}
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask_several(pilot)
        await pilot.press("p", "enter")
        assert "A reason is wanted" in problem(dialog)
        await pilot.press(*"caro", "enter")
        await until(pilot, lambda: "1 decision was refused" in problem(dialog))
        assert "Cancelado already" in dialog.query_one(Sheet).text
        assert [(entry[0], entry[2]) for entry in app.port.decided] == [
            ("BKL-0050", "caro"),
            ("BKL-0052", "caro"),
        ]
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert "2 decisions" in app.toasts[-1]


@scenario
async def test_a_note_stays_with_each_of_several() -> None:
    app = SmallApp(*several())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask_several(pilot)
        await pilot.press("+", *"seen", "enter")
        await until(pilot, lambda: "«seen»" in str(dialog.query_one("#hints", Static).render()))
        assert isinstance(dialog.focused, AnswerLine)
        await pilot.press("y")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert {entry[-1] for entry in app.port.decided} == {"seen"}


@scenario
async def test_leaving_a_batch_decides_nothing() -> None:
    app = SmallApp(*several())
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask_several(pilot)
        await pilot.press("p", "escape")
        await until(pilot, lambda: not dialog.query_one("Question").has_class("-asking"))
        await pilot.press("down", "up", "enter")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.port.decided == []


@scenario
async def test_decisions_without_a_common_answer_say_so() -> None:
    app = SmallApp(docs.budget(opcoes=()), *several())
    async with app.run_test(size=SIZE) as pilot:
        app.pump.ask_several(["BKL-0042", "BKL-0050"])
        dialog = await opened(pilot)
        assert "one by one" in str(dialog.query_one("#hints", Static).render())


# Yes or no


@pytest.mark.parametrize(
    ("keys", "answer"), [(["enter"], False), (["escape"], False), (["y"], True), (["up", "enter"], True)]
)
def test_a_confirmation_starts_on_no(keys: list[str], answer: bool) -> None:
    @scenario
    async def look() -> None:
        app = SmallApp()
        answers: list[bool | None] = []
        async with app.run_test(size=SIZE) as pilot:
            app.push_screen(QuitDialog(2), answers.append)
            dialog = await opened(pilot)
            assert isinstance(dialog, ConfirmDialog)
            assert "2 steps run now" in dialog.query_one(Sheet).text
            await pilot.press(*keys)
            await until(pilot, lambda: bool(answers))
        assert answers == [answer]

    look()


# Where the cursor is, and keys of elsewhere


@scenario
async def test_keys_of_the_screens_say_that_they_work_there() -> None:
    app = SmallApp(docs.budget())
    app.keys = {"app.quit": "Q"}
    async with app.run_test(size=SIZE) as pilot:
        dialog = await ask(pilot)
        for key, said in (
            ("question_mark", "? (help) works on the screens: close this first (esc)"),
            ("8", "8 (events) works on the screens: close this first (esc)"),
            ("Q", "Q (quit) works on the screens: close this first (esc)"),
        ):
            await pilot.press(key)
            assert problem(dialog) == said
        assert app.screen is dialog


@scenario
async def test_the_answer_under_the_cursor_has_a_symbol_and_its_whole_reason() -> None:
    reason = "the package was deployed by hand meanwhile, " * 4 + "so it stays"
    option = replace(docs.budget().opcoes[0], indisponivel=reason)
    detail = replace(docs.budget(), opcoes=(option, *docs.budget().opcoes[1:]))
    app = SmallApp(detail)
    async with app.run_test(size=SIZE) as pilot:
        await ask(pilot)
        marked = [line.answer.name for line in app.screen.query(AnswerLine) if "▸" in line.render().plain]
        assert marked == ["keep"]
        line = app.screen.query(AnswerLine).first()
        assert "so it stays" not in line.render().plain
        line.focus()
        await until(pilot, lambda: line.render().plain.startswith("▸"))
        assert "so it stays" in " ".join(line.render().plain.split())
        assert line.size.height == len(line.render().plain.splitlines())
