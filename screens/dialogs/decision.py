"""A decision with its evidence: each answer has a key and says what it will do; leaving decides nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.getters import query_one
from textual.widgets import Input, Static

from screens.dialogs.armed import ArmedDialog
from screens.dialogs.evidence_frame import EvidenceFrame
from screens.dialogs.options import Answer, AnswerLine, answers_of, label_width
from screens.dialogs.question import Question
from screens.dialogs.results import ClosedByItself, Decided, EditWanted, InterviewWanted, Outcome, Snoozed
from screens.dialogs.until import REMEDY, parse_until
from screens.dialogs.viewer import Viewer, spec_viewer
from screens.dialogs.ways import (
    DIFFERENCE,
    EDIT,
    KEEP,
    LATER,
    NOTE,
    SPEC,
    TELL,
    UNDO,
    hints,
    own_keys,
    told_so_far,
    ways_out,
)
from screens.evidence.changed import difference_lines
from screens.evidence.deployment import caution
from screens.evidence.layout import span
from screens.evidence.spec_version import difference
from screens.evidence.titles import question, spec_name
from screens.frame import frame_of
from screens.port import LinePort
from screens.widgets.sheet import fixed
from screens.zone import zone
from store.errors import OficinaError
from store.views.model import ItemDetail, Option

_REASON, _NOTE, _UNTIL = "reason", "note", "until"


class DecisionDialog(ArmedDialog[Outcome]):
    """Opened by `a` or by itself; only an answer's own key, or enter on it, decides."""

    CSS_PATH = "decision.tcss"
    BINDINGS = [("escape", "keep", "keep in inbox")]

    page = query_one(EvidenceFrame)
    asked = query_one(Question)

    def __init__(self, detail: ItemDetail, port: LinePort) -> None:
        super().__init__()
        self._detail, self._port = detail, port
        self._busy = False
        self._note = self._hinted = ""
        self._wanted: Option | None = None
        self._own = own_keys(detail)
        self._answers = [*answers_of(detail.opcoes), *ways_out(detail, self._own)]

    @property
    def item_id(self) -> str:
        return str(self._detail.item.get("id", ""))

    @property
    def name(self) -> str:
        """The decision in a few words, for messages about it."""
        return question(self._detail)

    # What it shows

    def compose(self) -> ComposeResult:
        width = label_width(self._answers)
        yield EvidenceFrame(
            self._detail,
            [
                *self._caution(),
                Vertical(*(AnswerLine(answer, width) for answer in self._answers), id="answers"),
                Static(id="problem", markup=False),
                Question(),
                Static(hints(self._detail, self._own, ""), id="hints", markup=False),
            ],
        )

    def _caution(self) -> list[Static]:
        """What must be read right beside the answers, where there is such a thing."""
        told = caution(self._detail)
        return [Static(span(told), id="caution", markup=False)] if told else []

    def on_mount(self) -> None:
        super().on_mount()
        self._focus_harmless()
        self.set_interval(1.0, self.tick)
        self.watch(self.page.scroll, "show_vertical_scrollbar", self.tick, init=False)

    def on_resize(self) -> None:
        self.call_after_refresh(self.tick)

    def tick(self) -> None:
        """A second passed: how long it waits, what else does, whether the last answer can be taken back."""
        if self._ended is None and self.app.is_running:
            self.page.retitle()
            self._say_rest()

    def _say_rest(self) -> None:
        """Bring the last line up to date: the keys that work, and whether there is more than fits."""
        more = self.page.scroll.show_vertical_scrollbar
        line = hints(self._detail, self._own, self._note, more=more, undo=not self._why_no_undo())
        if line.plain != self._hinted:
            self._hinted = line.plain
            self.query_one("#hints", Static).update(line)

    def _focus_harmless(self) -> None:
        next(line for line in self.query(AnswerLine) if line.answer.name == KEEP).focus()

    # Keys

    def take_key(self, event: events.Key) -> bool:
        if self._busy:
            return True
        if isinstance(self.focused, Input):
            return False
        if event.key in _MOVES:
            _MOVES[event.key](self)
            return True
        if event.key == "enter" and isinstance(self.focused, AnswerLine):
            self._choose(self.focused.answer, confirmed=True)
            return True
        return self._take_letter(event.character or event.key)

    def _take_letter(self, letter: str) -> bool:
        answer = next((answer for answer in self._answers if answer.key == letter), None)
        if answer is not None:
            self._choose(answer, confirmed=False)
            return True
        looks: dict[str, Callable[[], object]] = {
            self._own[DIFFERENCE]: self._open_difference,
            self._own[SPEC]: self._open_spec,
            self._own[UNDO]: self._undo,
            self._own[NOTE]: lambda: self.asked.ask(
                _NOTE, "A note that stays with the decision:", self._note
            ),
        }
        if letter not in looks:
            return False
        looks[letter]()
        return True

    def on_answer_line_chosen(self, event: AnswerLine.Chosen) -> None:
        if self.armed() and not self._busy:
            self._choose(event.answer, confirmed=False)

    def action_keep(self) -> None:
        if not self._busy:
            self.finish(None)

    def _choose(self, answer: Answer, *, confirmed: bool) -> None:
        """Act on an answer; a dangerous one that was not focused is focused first, and enter confirms it."""
        self.complain("")
        for line in self.query(AnswerLine):
            line.open(line.answer is answer)
        if answer.option is None:
            self._leave(answer.name)
        elif answer.unavailable:
            self.complain(f"{answer.label} is not possible now: {answer.unavailable}")
        elif answer.option.exige_motivo:
            self._wanted = answer.option
            self.asked.ask(_REASON, f"{answer.option.rotulo}: why? (enter answers, esc goes back)")
        elif answer.dangerous and not confirmed:
            self._line_of(answer).focus()
            self.complain(f"{answer.label}: enter confirms")
        else:
            self._decide(answer.option, "")

    def _line_of(self, answer: Answer) -> AnswerLine:
        return next(line for line in self.query(AnswerLine) if line.answer is answer)

    def _leave(self, name: str) -> None:
        if name == LATER:
            self.asked.ask(_UNTIL, f"Later, in how long? ({REMEDY})", "1h")
        elif name == EDIT:
            self.finish(EditWanted(self.item_id))
        elif name == TELL:
            self.finish(InterviewWanted(self.item_id, told_so_far(self._detail)))
        else:
            self.finish(None)

    # Words

    def on_question_answered(self, event: Question.Answered) -> None:
        event.stop()
        {_REASON: self._take_reason, _NOTE: self._take_note, _UNTIL: self._take_until}[event.subject](
            event.text
        )

    def on_question_left(self, event: Question.Left) -> None:
        event.stop()
        self._back_to_answers()

    def _back_to_answers(self) -> None:
        self.complain("")
        self.asked.hide()
        self._focus_harmless()

    def _take_reason(self, text: str) -> None:
        if not text:
            self.complain("A reason is wanted: it goes with the work")
        elif self._wanted is not None:
            self._decide(self._wanted, text)

    def _take_note(self, text: str) -> None:
        self._note = text
        self._back_to_answers()
        self._say_rest()

    def _take_until(self, text: str) -> None:
        try:
            until = parse_until(text, frame_of(self).clock.now(), zone())
        except OficinaError as error:
            self.complain(str(error))
            return
        self._run(self._port.snooze(self.item_id, until), lambda _: Snoozed(self.item_id, self.name, until))

    # The line

    def _decide(self, option: Option, reason: str) -> None:
        asked = self._port.decide(
            self.item_id, option.nome, motivo=reason, nota=self._note, trabalho_s=self.open_s
        )
        self._run(asked, lambda decisao_id: Decided(self.item_id, self.name, option, str(decisao_id)))

    def _run(self, asked: Awaitable[object], outcome: Callable[[object], Outcome]) -> None:
        """Ask the line; the dialog takes no key until it has answered."""
        self._busy = True
        self.add_class("-busy")
        self.run_worker(self._finish_with(asked, outcome), group="line", exit_on_error=True)

    async def _finish_with(self, asked: Awaitable[object], outcome: Callable[[object], Outcome]) -> None:
        try:
            answer = await asked
        except OficinaError as error:
            self._busy = False
            self.remove_class("-busy")
            self.complain(str(error))
            return
        self.finish(outcome(answer))

    def close_by_itself(self, why: str) -> None:
        """Its item ended otherwise: close, saying why; not while the line answers what was decided here."""
        if not self._busy:
            self.finish(ClosedByItself(self.name, why))

    @property
    def busy(self) -> bool:
        """True while the line records what was decided here."""
        return self._busy

    # Looking closer

    def _open_difference(self) -> None:
        changed = difference_lines(self._detail)
        if not changed:
            self.complain("There is no earlier version to compare with")
            return
        lines = difference(changed)
        self.app.push_screen(Viewer(f"What changed in {spec_name(self._detail)}", fixed(lines)))

    def _open_spec(self) -> None:
        if self._detail.spec is None:
            self.complain("This decision has no spec")
            return
        self.app.push_screen(spec_viewer(self._detail, self._port))

    def _why_no_undo(self) -> str:
        prompts = frame_of(self).prompts
        return prompts.why_no_undo() if prompts is not None else "There is no decision to take back"

    def _undo(self) -> None:
        """Take back the decision before this one: the next may have opened within its time."""
        prompts, reason = frame_of(self).prompts, self._why_no_undo()
        self.complain(reason)
        if prompts is not None and not reason:
            prompts.undo()
            self._say_rest()

    def move(self, step: int) -> None:
        """Move the focus among the answers."""
        lines = list(self.query(AnswerLine))
        place = lines.index(self.focused) if isinstance(self.focused, AnswerLine) else -step
        lines[(place + step) % len(lines)].focus()


_MOVES: dict[str, Callable[[DecisionDialog], None]] = {
    "down": lambda dialog: dialog.move(1),
    "tab": lambda dialog: dialog.move(1),
    "up": lambda dialog: dialog.move(-1),
    "shift+tab": lambda dialog: dialog.move(-1),
    "pagedown": lambda dialog: dialog.page.scroll_page(1),
    "pageup": lambda dialog: dialog.page.scroll_page(-1),
}
