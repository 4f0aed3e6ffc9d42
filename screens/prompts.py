"""The pump: brings decisions before the owner, one at a time, and only when their hands are free."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from textual.app import App
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, TextArea

from screens.commands import command, shown_key
from screens.dialogs.batch import BatchDialog, BatchDone
from screens.dialogs.decision import DecisionDialog
from screens.dialogs.results import ClosedByItself, Decided, EditWanted, InterviewWanted, Outcome, Snoozed
from screens.editing import edit_spec
from screens.evidence.history import how_it_ended
from screens.evidence.titles import row_name
from screens.frame import Frame, frame_of
from screens.port import LinePort
from screens.prompt_queue import PromptQueue
from screens.rules_told import RuleWatch
from screens.text import local_time
from screens.toasts import Toasts
from store.errors import OficinaError
from store.views.model import ItemRow, ReadModel

IDLE_S = 2.0
"""Seconds without a key before a decision may open by itself."""
LOOK_S = 0.25
"""How often it looks again while something waits; the timer rests while nothing does."""
_ARRIVED, _DECIDED = "arrived", "decided"
"""The names of the pump's two toasts."""


@dataclass(frozen=True, slots=True)
class UndoOffer:
    """What `u` would take back, until a monotonic time in seconds."""

    decisoes: tuple[str, ...]
    itens: tuple[str, ...]
    name: str
    until: float


class PromptPump:
    """One for the app's life; lives on the app's loop (`screens.frame.Prompts`)."""

    def __init__(self, app: App[Any]) -> None:
        """`app` keeps the promises of `screens.frame.Frame`."""
        self._app = app
        self._queue, self._rules = PromptQueue(), RuleWatch()
        self._since: dict[str, float] = {}
        self._announced: set[str] = set()
        self._told: set[str] = set()
        self._toasts = Toasts(app)
        self._offer: UndoOffer | None = None
        self._dialog: DecisionDialog | None = None
        self._opening = False
        self._opening_id = ""
        self._timer: Timer | None = None

    @property
    def _frame(self) -> Frame:
        return frame_of(self._app)

    # What the app calls

    def start(self) -> None:
        """Begin to watch for decisions; called once the line's port is there."""
        if self._timer is None:
            self._timer = self._app.set_interval(LOOK_S, self.look, pause=True)
        self.take(self._frame.model)

    def take(self, model: ReadModel) -> None:
        """A new model was published."""
        now = self._frame.clock.now()
        for row in self._queue.take(model, now):
            self._since[row.id] = self._frame.clock.monotonic()
        self._tell_rules(model, now)
        self._close_if_gone(model)
        self.look()

    def _tell_rules(self, model: ReadModel, now: str) -> None:
        """Say what rules have answered. What the owner has just answered keeps its way back; under a modal
        nothing is said that could not be seen.
        """
        told = self._rules.take(model, now)
        if told is None or self._modal_open():
            return
        if told.undo_s > 0 and self.why_no_undo():
            self._offer_undo(told.decisoes, told.itens, told.name, told.name, told.undo_s)
        else:
            self._frame.say(told.name)

    def ask(self, item_id: str) -> None:
        """Open the decision of an item now, because the owner asked for it."""
        if not self._modal_open():
            self._open(item_id, wanted=True)

    def ask_several(self, item_ids: Sequence[str], note: str = "") -> None:
        """Open several decisions in one table; a single one as itself. `note` is said beside them."""
        if len(item_ids) == 1:
            if note:
                self._frame.say(note, severity="warning")
            self.ask(item_ids[0])
        elif item_ids and not self._modal_open() and not self._opening:
            self._opening = True
            self._run(self._show_several(tuple(item_ids), note))

    def undo(self) -> None:
        """Take the last decision back."""
        offer, self._offer = self._offer, None
        self._toasts.drop(_DECIDED)
        if offer is not None:
            self._run(self._take_back(offer))

    def why_no_undo(self) -> str:
        """Why there is nothing to take back; empty while there is."""
        if self._offer is None:
            return "There is no decision to take back"
        if self._frame.clock.monotonic() >= self._offer.until:
            return f"Too late to take back: {self._offer.name}"
        return ""

    def close(self) -> None:
        """The app is leaving: nothing opens any more, and nobody waits for an answer."""
        if self._timer is not None:
            self._timer.stop()
        self._queue.clear()
        self._offer = None
        self._opening = True

    # When to open by itself

    def look(self) -> None:
        """Open the next decision if the owner is free for it; else say once that it waits."""
        if not self._app.is_running:
            return  # the app's timers end last: there may be no screen left to ask on
        now = self._frame.clock.now()
        if self._queue.any_due(now):
            self._queue.take(self._frame.model, now)
        waiting = self._queue.waiting
        obstacle = self._obstacle()
        if waiting and not obstacle:
            self._open(waiting[0].id, wanted=False)
        else:
            self._announce(waiting, obstacle)
        self._rest_or_watch()

    def _obstacle(self) -> str:
        """Why none may open by itself: `inbox`, `viewing`, `modal`, `typing`, `busy`; empty when one may."""
        if self._frame.settings.prompt == "inbox":
            return "inbox"
        if self._frame.model.linha.modo == "viewing":
            return "viewing"
        if self._modal_open():
            return "modal"
        if isinstance(self._app.focused, Input | TextArea):
            return "typing"
        return "busy" if self._frame.idle_s < IDLE_S or self._opening else ""

    def _modal_open(self) -> bool:
        return any(isinstance(screen, ModalScreen) for screen in self._app.screen_stack)

    def _announce(self, waiting: Sequence[ItemRow], obstacle: str) -> None:
        """One toast for all that can't open now; none over a modal, whose frame says how many wait."""
        if self._modal_open():
            self._counted_by_modal(waiting)
            return
        told = [row for row in waiting if self._worth_a_toast(row, obstacle)]
        if told:
            self._announced |= {row.id for row in told}
            self._tell_arrived({row.id: row for row in told})
        if obstacle in ("inbox", "viewing"):
            self._queue.clear()

    def _counted_by_modal(self, waiting: Sequence[ItemRow]) -> None:
        """What came under a modal: a decision's own frame has said it, others only put it off."""
        if self._dialog is not None:
            self._announced |= {row.id for row in waiting}
        now = self._frame.clock.monotonic()
        self._since.update({row.id: now for row in waiting if row.id in self._since})

    def _worth_a_toast(self, row: ItemRow, obstacle: str) -> bool:
        """Whether an arrival was not told yet; one that only waits for idle hands is given two seconds."""
        since = self._since.get(row.id)
        if since is None or row.id in self._announced or row.id == self._opening_id:
            return False
        return obstacle != "busy" or self._frame.clock.monotonic() - since >= IDLE_S

    def _tell_arrived(self, rows: Mapping[str, ItemRow]) -> None:
        """Say what arrived, together with what the toast that is still shown said."""
        open_now = {row.id for row in self._frame.model.decisoes}
        before = self._told & open_now if self._toasts.shows(_ARRIVED) else set()
        self._told = before | rows.keys()
        key = shown_key(command("app.decide"), self._frame.keys)
        if len(self._told) == 1:
            text = f"Waits for you: {row_name(next(iter(rows.values())))} ({key} decides)"
        else:
            text = f"{len(self._told)} more wait for you ({key} decides)"
        self._toasts.show(_ARRIVED, text)

    def _rest_or_watch(self) -> None:
        if self._timer is None:
            return
        if self._queue.waiting or self._queue.later:
            self._timer.resume()
        else:
            self._timer.pause()

    # Opening

    def _open(self, item_id: str, *, wanted: bool) -> None:
        if not self._opening:
            self._opening, self._opening_id = True, item_id
            self._run(self._show(item_id, wanted=wanted))

    async def _show(self, item_id: str, *, wanted: bool) -> None:
        """Fetch the evidence and open the dialog, unless the owner has turned to something else meanwhile."""
        port = self._frame.port
        try:
            detail = await port.detail(item_id) if port is not None else None
        except OficinaError as error:
            self._queue.hush(item_id)
            self._frame.say(str(error), severity="error")
            return
        finally:
            self._opening, self._opening_id = False, ""
        if detail is None or port is None:
            if wanted:
                self._frame.say("The line is still being opened", severity="warning")
        elif detail.item.get("status") != "Pendente":
            self._queue.hush(item_id)
            self._say_not_open(item_id, wanted)
        elif not self._modal_open() and (wanted or not self._obstacle()):
            self._queue.hush(item_id)
            self._toasts.drop(_ARRIVED)
            self._dialog = DecisionDialog(detail, port)
            self._app.push_screen(self._dialog, self._answered)

    def _say_not_open(self, item_id: str, wanted: bool) -> None:
        if wanted:
            self._frame.say(f"{item_id} asks nothing any more", severity="warning")

    async def _show_several(self, item_ids: tuple[str, ...], note: str) -> None:
        port = self._frame.port
        try:
            if port is None:
                return
            details = [await port.detail(item_id) for item_id in item_ids]
        except OficinaError as error:
            self._frame.say(str(error), severity="error")
            return
        finally:
            self._opening = False
        opened = [detail for detail in details if detail.item.get("status") == "Pendente"]
        if opened and not self._modal_open():
            self._app.push_screen(
                BatchDialog(opened, port, Decimal(str(self._frame.settings.typed_word_above)), note),
                self._answered_several,
            )

    def _close_if_gone(self, model: ReadModel) -> None:
        """Close a dialog whose item ended otherwise, saying why."""
        dialog = self._dialog
        if dialog is None or dialog.busy:
            return
        row = model.item(dialog.item_id)
        if row is not None and row.status != "Pendente":
            self._run(self._close_with_reason(dialog, row.status))

    async def _close_with_reason(self, dialog: DecisionDialog, status: str) -> None:
        port = self._frame.port
        try:
            detail = await port.detail(dialog.item_id) if port is not None else None
        except OficinaError:
            detail = None
        dialog.close_by_itself(how_it_ended(detail) if detail is not None else f"it is {status} now")

    # What came of it

    def _answered(self, outcome: Outcome | None) -> None:
        self._counted_by_modal(self._queue.waiting)
        self._dialog = None
        if isinstance(outcome, Decided):
            self._offer_undo((outcome.decisao_id,), (outcome.item_id,), outcome.name, _told(outcome))
        elif isinstance(outcome, Snoozed):
            self._frame.say(f"{outcome.name} Asks again at {local_time(outcome.until)}")
        elif isinstance(outcome, ClosedByItself):
            self._frame.say(f"{outcome.name} Closed by itself, {outcome.why}", severity="warning")
        elif isinstance(outcome, EditWanted) and self._frame.port is not None:
            self._run(edit_spec(self._app, self._frame.port, outcome.item_id))
        elif isinstance(outcome, InterviewWanted) and self._frame.port is not None:
            self._interview(self._frame.port, outcome)
        self._app.call_later(self.look)

    def _interview(self, port: LinePort, wanted: InterviewWanted) -> None:
        """The form of an interview; being left decides nothing."""
        from screens.dialogs.interview import InterviewDialog

        def told(made: str | None) -> None:
            if made:
                self._frame.say(f"Told: {made} structures it")

        self._app.push_screen(InterviewDialog(port, wanted.known, wanted.item_id), told)

    def _answered_several(self, done: BatchDone | None) -> None:
        if done is not None and done.decisoes:
            self._offer_undo(done.decisoes, done.itens, done.name, done.name)
        self._app.call_later(self.look)

    def _offer_undo(
        self,
        decisoes: tuple[str, ...],
        itens: tuple[str, ...],
        name: str,
        told: str,
        undo_s: float | None = None,
    ) -> None:
        undo_s = self._frame.settings.undo_s if undo_s is None else undo_s
        if undo_s <= 0:
            self._frame.say(told)
            return
        self._offer = UndoOffer(decisoes, itens, name, self._frame.clock.monotonic() + undo_s)
        key = shown_key(command("app.undo"), self._frame.keys)
        self._toasts.show(_DECIDED, f"{told}\n{key} takes it back", title="Decided", timeout=undo_s)

    async def _take_back(self, offer: UndoOffer) -> None:
        port = self._frame.port
        if port is None:
            return
        for item_id in offer.itens:
            self._queue.hush(item_id)
        try:
            for decisao_id in reversed(offer.decisoes):
                await port.undo(decisao_id)
        except OficinaError as error:
            self._frame.say(str(error), severity="error")
            return
        self._frame.say(f"Taken back, open again: {offer.name}")

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._app.run_worker(work, group="prompts")


def _told(outcome: Decided) -> str:
    """What was answered, and what happens next."""
    return f"{outcome.name}\n{outcome.option.rotulo}: {outcome.option.efeito}"
