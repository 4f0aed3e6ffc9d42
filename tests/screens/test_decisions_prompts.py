"""The pump: when a decision opens by itself, when it only says so, and what one that ends otherwise does."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from typing import Any

import details as docs
from harness import SmallApp, opened, scenario, until
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Input

from screens import prompts
from screens.dialogs.armed import ArmedDialog
from screens.dialogs.batch import BatchDialog
from screens.dialogs.decision import DecisionDialog
from screens.dialogs.interview import InterviewDialog
from screens.dialogs.viewer import Viewer
from screens.prompt_queue import PromptQueue
from screens.settings import ScreenSettings
from store.clock import add_seconds
from store.errors import OficinaError

SIZE = (80, 24)
OTHER = docs.budget(item=docs.item(id="BKL-0050", spec_ref="pedido"))


class Other(ModalScreen[None]):
    """Somebody else's modal."""

    def compose(self) -> ComposeResult:
        yield Input()


def first(app: SmallApp) -> Any:
    return app.port.details["BKL-0042"]


async def settle(pilot: Any) -> None:
    """Let the pump look and its workers run a few times; for what must not happen."""
    for _ in range(4):
        pilot.app.pump.look()
        await pilot.pause()


# What arrives


def test_what_was_open_at_the_start_is_known_already_and_only_the_oldest_waits_to_be_asked() -> None:
    queue = PromptQueue()
    third = docs.budget(item=docs.item(id="BKL-0060"))
    assert queue.take(docs.model(docs.budget(), loaded=False), docs.NOW) == ()
    assert queue.take(docs.model(docs.budget(), third), docs.NOW) == []
    assert [row.id for row in queue.waiting] == ["BKL-0042"]
    queue.hush("BKL-0042")
    arrived = queue.take(docs.model(docs.budget(), OTHER), docs.NOW)
    assert [row.id for row in arrived] == ["BKL-0050"]
    assert queue.take(docs.model(docs.budget(), OTHER), docs.NOW) == []
    assert [row.id for row in queue.waiting] == ["BKL-0050"]


def test_a_decision_that_is_gone_is_not_asked() -> None:
    queue = PromptQueue()
    queue.take(docs.model(), docs.NOW)
    queue.take(docs.model(docs.budget()), docs.NOW)
    queue.take(docs.model(), docs.NOW)
    assert queue.waiting == ()
    assert [row.id for row in queue.take(docs.model(docs.budget()), docs.NOW)] == ["BKL-0042"]


def test_a_snoozed_decision_arrives_again_when_its_time_has_come() -> None:
    queue = PromptQueue()
    later = add_seconds(docs.NOW, 60)
    snoozed = docs.budget(item=docs.item(disponivel_em=later))
    queue.take(docs.model(), docs.NOW)
    assert queue.take(docs.model(snoozed), docs.NOW) == []
    assert queue.later == {"BKL-0042": later}
    assert not queue.any_due(docs.NOW)
    assert queue.any_due(later)
    assert [row.id for row in queue.take(docs.model(snoozed), later)] == ["BKL-0042"]


def test_a_snooze_counts_also_for_one_that_was_asked_before() -> None:
    queue = PromptQueue()
    later = add_seconds(docs.NOW, 60)
    queue.take(docs.model(docs.budget()), docs.NOW)
    snoozed = docs.budget(item=docs.item(disponivel_em=later))
    queue.take(docs.model(snoozed), docs.NOW)
    assert [row.id for row in queue.take(docs.model(snoozed), later)] == ["BKL-0042"]


# When it opens


@scenario
async def test_a_decision_that_arrives_opens_by_itself_when_hands_are_idle() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.publish(docs.budget())
        dialog = await opened(pilot)
        assert dialog.item_id == "BKL-0042"


@scenario
async def test_it_waits_for_idle_hands_and_opens_then() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.idle_s = 0.5
        app.publish(docs.budget())
        await settle(pilot)
        assert len(app.screen_stack) == 1
        assert app.said == []
        app.idle_s = 2.0
        await opened(pilot)


@scenario
async def test_hands_that_never_rest_get_a_toast() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.idle_s = 0.0
        app.publish(docs.budget())
        app.clock.advance(2.5)
        await until(pilot, lambda: bool(app.said))
        assert app.said == ["Waits for you: budget of frete (a decides)"]
        await settle(pilot)
        assert len(app.said) == 1
        assert len(app.screen_stack) == 1


@scenario
async def test_it_never_opens_over_another_modal_and_takes_no_key_of_it() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        other = Other()
        app.push_screen(other)
        await until(pilot, lambda: app.screen is other)
        app.publish(docs.budget())
        await pilot.press("y")
        await settle(pilot)
        assert app.screen is other
        assert app.said == []
        assert app.port.decided == []
        other.dismiss(None)
        assert isinstance(await opened(pilot), DecisionDialog)


@scenario
async def test_it_does_not_interrupt_typing() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        field = Input()
        await app.screen.mount(field)
        field.focus()
        await until(pilot, lambda: field.has_focus)
        app.publish(docs.budget())
        await until(pilot, lambda: bool(app.said))
        await settle(pilot)
        assert len(app.screen_stack) == 1
        app.screen.set_focus(None)
        await opened(pilot)


@scenario
async def test_inbox_mode_only_says_so() -> None:
    app = SmallApp(settings=ScreenSettings(prompt="inbox"))
    async with app.run_test(size=SIZE) as pilot:
        app.publish(docs.budget())
        await until(pilot, lambda: bool(app.said))
        await settle(pilot)
        assert len(app.screen_stack) == 1
        app.pump.ask("BKL-0042")
        await opened(pilot)


@scenario
async def test_a_view_only_line_asks_nothing() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.port.details["BKL-0042"] = docs.budget()
        app.model = docs.model(docs.budget(), seq=2, modo="viewing")
        app.pump.take(app.model)
        await settle(pilot)
        assert len(app.screen_stack) == 1


@scenario
async def test_several_come_one_at_a_time_oldest_first() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.publish(docs.budget(), OTHER)
        dialog = await opened(pilot)
        assert dialog.item_id == "BKL-0042"
        await pilot.press("escape")
        await until(pilot, lambda: getattr(app.screen, "item_id", "") == "BKL-0050")
        await opened(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert len(app.screen_stack) == 1
        assert app.port.decided == []


@scenario
async def test_a_key_meant_for_the_screen_beneath_does_not_decide() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.publish(docs.budget())
        await opened(pilot, ready=False)
        await pilot.press("y", "enter", "p")
        await settle(pilot)
        assert app.port.decided == []
        assert isinstance(app.screen, DecisionDialog)


@scenario
async def test_what_was_turned_to_meanwhile_goes_first() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        original = app.port.detail

        async def slow(item_id: str) -> Any:
            app.push_screen(Other())
            return await original(item_id)

        app.port.detail = slow
        app.publish(docs.budget())
        await until(pilot, lambda: len(app.screen_stack) == 2)
        await settle(pilot)
        assert isinstance(app.screen, Other)


@scenario
async def test_over_a_decision_no_toast_lies_and_its_frame_counts_what_else_waits() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.publish(docs.budget())
        dialog = await opened(pilot)
        app.publish(docs.budget(), OTHER)
        await settle(pilot)
        assert app.said == []
        dialog.tick()
        assert "1 more waits" in str(dialog.query_one("#dialog").border_subtitle)


@scenario
async def test_the_last_answer_is_taken_back_also_from_the_next_dialog() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.publish(docs.budget(), OTHER)
        first_dialog = await opened(pilot)
        await pilot.press("u")
        assert "no decision to take back" in str(first_dialog.query_one("#problem").render())
        await pilot.press("y")
        await until(pilot, lambda: getattr(app.screen, "item_id", "") == "BKL-0050")
        dialog = await opened(pilot)
        assert "u take the last decision back" in str(dialog.query_one("#hints").render())
        await pilot.press("u")
        await until(pilot, lambda: app.port.undone == ["DEC-0001"])
        assert app.screen is dialog
        assert "u take" not in str(dialog.query_one("#hints").render())


# Toasts

MANY = [docs.budget(item=docs.item(id=f"BKL-01{number:02d}")) for number in range(6)]


def shown(app: SmallApp) -> list[str]:
    """What the toasts say that have not been taken away."""
    return [note.message for note in app._notifications]


@scenario
async def test_several_arrivals_are_one_toast_that_counts_them() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.idle_s = 0.0
        app.publish(*MANY[:4])
        app.clock.advance(2.5)
        await until(pilot, lambda: shown(app) == ["4 more wait for you (a decides)"])
        app.publish(*MANY)
        app.clock.advance(2.5)
        await until(pilot, lambda: shown(app) == ["6 more wait for you (a decides)"])


@scenario
async def test_no_toast_about_arrivals_stays_when_one_of_them_opens() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.idle_s = 0.0
        app.publish(*MANY)
        app.clock.advance(2.5)
        await until(pilot, lambda: len(shown(app)) == 1)
        app.idle_s = 60.0
        await opened(pilot)
        assert shown(app) == []


@scenario
async def test_a_timer_that_ends_after_the_screens_asks_nothing() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.idle_s = 0.0
        app.publish(*MANY)
        await pilot.pause()
    app.clock.advance(60)
    app.idle_s = 60.0
    app.pump.look()
    assert app.screen_stack == []


@scenario
async def test_what_the_frame_of_a_decision_counted_is_no_toast_when_it_is_answered() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.publish(*MANY)
        await opened(pilot)
        app.clock.advance(5)
        app.idle_s = 0.0
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        app.clock.advance(5)
        await settle(pilot)
        assert app.said == []


@scenario
async def test_a_toast_of_what_was_decided_lies_over_no_answer_and_goes_with_the_undo() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        app.publish(docs.budget(), OTHER)
        await opened(pilot)
        await pilot.press("y")
        await until(pilot, lambda: getattr(app.screen, "item_id", "") == "BKL-0050")
        await opened(pilot)
        await until(pilot, lambda: bool(app.screen.query("Toast")))
        assert not any(toast.display for toast in app.screen.query("Toast"))
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        app.pump.undo()
        await until(pilot, lambda: bool(app.port.undone))
        await until(pilot, lambda: len(shown(app)) == 1)
        assert shown(app)[0].startswith("Taken back")


@scenario
async def test_what_waits_at_the_start_prompts_once_and_is_no_arrival() -> None:
    app = SmallApp()
    app.idle_s = 0.0
    app.port.details["BKL-0042"] = docs.budget()
    app.port.details["BKL-0050"] = OTHER
    app.model = docs.model(docs.budget(), OTHER)
    async with app.run_test(size=SIZE) as pilot:
        app.clock.advance(3)
        await settle(pilot)
        assert (app.said, len(app.screen_stack)) == ([], 1)
        app.idle_s = 2.0
        assert (await opened(pilot)).item_id == "BKL-0042"
        await pilot.press("escape")
        await settle(pilot)
        assert (app.said, len(app.screen_stack)) == ([], 1)


@scenario
async def test_keys_that_were_being_typed_are_swallowed_whole_escape_too() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.publish(docs.budget())
        dialog = await opened(pilot, ready=False)
        for key in ("escape", "3", "escape", "y", "escape"):
            app.clock.advance(0.3)
            await pilot.press(key)
        assert app.screen is dialog
        app.clock.advance(0.5)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)


# How it ends otherwise


@scenario
async def test_a_decision_that_ends_otherwise_closes_its_dialog_and_says_why() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.publish(docs.budget())
        await opened(pilot)
        app.port.set_status("BKL-0042", "Cancelado", "version 3 was added")
        app.publish(first(app))
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.said[-1].endswith("Closed by itself, Cancelado: version 3 was added")


@scenario
async def test_a_decision_that_another_process_took_says_who_and_when() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.publish(docs.budget())
        await opened(pilot)
        taken = {"item_ref": "BKL-0042", "opcao": "aprovar", "quem": "ana", "em": docs.EARLIER}
        undone = {**taken, "quem": "rui", "estado": "desfeita"}
        app.port.details["BKL-0042"] = docs.budget(decisoes=(*docs.DECISOES, taken, undone))
        app.port.set_status("BKL-0042", "Concluido")
        app.publish(first(app))
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.said[-1].endswith("Closed by itself, decided by ana at 11:56:00: aprovar")


@scenario
async def test_it_closes_only_once_it_is_on_top_again() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.publish(docs.budget())
        await opened(pilot)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, Viewer))
        app.port.set_status("BKL-0042", "Cancelado")
        app.publish(first(app))
        await settle(pilot)
        assert isinstance(app.screen, Viewer)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert "it is Cancelado now" in app.said[-1]


@scenario
async def test_its_own_answer_does_not_read_as_ended_otherwise() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.publish(docs.budget())
        await opened(pilot)
        original = app.port.decide

        async def decide(item_id: str, opcao: str, **more: str) -> str:
            decisao_id: str = await original(item_id, opcao, **more)
            app.publish(first(app))
            return decisao_id

        app.port.decide = decide
        await pilot.press("y")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.said == []


@scenario
async def test_asking_for_what_is_no_longer_open_says_so() -> None:
    app = SmallApp(docs.budget(item=docs.item(status="Concluido")))
    async with app.run_test(size=SIZE) as pilot:
        app.pump.ask("BKL-0042")
        await until(pilot, lambda: bool(app.said))
        assert app.said == ["BKL-0042 asks nothing any more"]
        app.pump.ask("BKL-9999")
        await until(pilot, lambda: len(app.said) == 2)
        assert app.said[1] == "there is no item BKL-9999"
        app.pump.ask_several(["BKL-9999", "BKL-9998"])
        await until(pilot, lambda: len(app.said) == 3)


# Undo


@scenario
async def test_undo_takes_the_decision_back_and_does_not_ask_again_by_itself() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.publish(docs.budget())
        await opened(pilot)
        await pilot.press("y")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        app.publish(first(app))
        app.pump.undo()
        await until(pilot, lambda: bool(app.port.undone))
        assert app.port.undone == ["DEC-0001"]
        await until(pilot, lambda: "open again" in app.said[-1])
        app.port.set_status("BKL-0042", "Pendente")
        app.publish(first(app))
        await settle(pilot)
        assert len(app.screen_stack) == 1
        assert app.pump.why_no_undo() == "There is no decision to take back"


@scenario
async def test_undo_ends_with_its_time_and_a_refusal_is_said() -> None:
    app = SmallApp(docs.budget(), OTHER)
    async with app.run_test(size=SIZE) as pilot:
        app.pump.ask("BKL-0042")
        await opened(pilot)
        await pilot.press("y")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        app.clock.advance(5.1)
        assert app.pump.why_no_undo().startswith("Too late")
        app.pump.ask("BKL-0050")
        await opened(pilot)
        await pilot.press("y")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        app.port.refuse = "BKL-0060 was started already"
        app.pump.undo()
        await until(pilot, lambda: bool(app.said))
        assert app.said == ["BKL-0060 was started already"]
        app.pump.undo()


@scenario
async def test_without_undo_time_only_what_happens_next_is_said() -> None:
    app = SmallApp(docs.budget(), settings=ScreenSettings(undo_s=0))
    async with app.run_test(size=SIZE) as pilot:
        app.pump.ask("BKL-0042")
        await opened(pilot)
        await pilot.press("y")
        await until(pilot, lambda: bool(app.said))
        assert "development starts now" in app.said[0]
        assert app.pump.why_no_undo()


@scenario
async def test_after_close_nothing_opens_any_more() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.pump.close()
        app.publish(docs.budget())
        app.pump.ask("BKL-0042")
        await settle(pilot)
        assert len(app.screen_stack) == 1


@scenario
async def test_before_the_line_is_there_asking_says_so() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        app.port = None
        app.pump.ask("BKL-0042")
        await until(pilot, lambda: bool(app.said))
        assert app.said == ["The line is still being opened"]
        app.pump.ask_several(["BKL-0042", "BKL-0050"])
        await settle(pilot)
        assert len(app.screen_stack) == 1


@scenario
async def test_a_line_that_fails_while_closing_still_closes_the_dialog() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.publish(docs.budget())
        await opened(pilot)

        async def broken(item_id: str) -> Any:
            raise OficinaError("gone")

        app.port.detail = broken
        gone = docs.budget()
        app.model = docs.model(replace(gone, item={**gone.item, "status": "Pulado"}), seq=9)
        app.pump.take(app.model)
        await until(pilot, lambda: len(app.screen_stack) == 1)


# Keys that were meant for another item


@scenario
async def test_a_key_for_the_last_question_never_answers_the_next_one() -> None:
    app = SmallApp()
    async with app.run_test(size=SIZE) as pilot:
        app.publish(docs.budget(), OTHER)
        first_asked = await opened(pilot)
        await pilot.press("y")
        await until(pilot, lambda: len(app.port.decided) == 1)
        await until(pilot, lambda: app.screen is not first_asked and len(app.screen_stack) == 2)
        await opened(pilot, ready=False)
        await pilot.press("y", "enter", "y")
        await settle(pilot)
        assert len(app.port.decided) == 1
        assert len(app.screen_stack) == 2


@scenario
async def test_several_together_take_no_key_that_came_before_they_could_be_read() -> None:
    app = SmallApp(docs.budget(), OTHER)
    async with app.run_test(size=SIZE) as pilot:
        app.pump.ask_several(["BKL-0042", "BKL-0050"])
        await opened(pilot, ready=False)
        await pilot.press("y", "escape")
        await settle(pilot)
        assert (app.port.decided, len(app.screen_stack)) == ([], 2)


def test_whatever_the_pump_opens_is_armed() -> None:
    """It opens by itself, or over what was typed while its evidence was fetched."""
    made = re.findall(r"(\w+Dialog)\(", inspect.getsource(prompts))
    assert sorted(set(made)) == ["BatchDialog", "DecisionDialog", "InterviewDialog"]
    assert all(issubclass(each, ArmedDialog) for each in (BatchDialog, DecisionDialog, InterviewDialog))
