"""A decision with its evidence: each answer has a key and says what it will do; leaving decides nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Input, Static

from screens.dialogs.armed import ArmedDialog
from screens.dialogs.fitting import FittingScroll
from screens.dialogs.options import Answer, AnswerLine, answers_of, label_width
from screens.dialogs.question import Question
from screens.dialogs.results import ClosedByItself, Decided, EditWanted, Outcome, Snoozed
from screens.dialogs.until import REMEDY, parse_until
from screens.dialogs.viewer import Viewer, spec_viewer
from screens.dialogs.ways import DIFFERENCE, EDIT, KEEP, LATER, NOTE, SPEC, hints, own_keys, ways_out
from screens.evidence.decision import evidence
from screens.evidence.layout import STRONG, blank, paragraph, span
from screens.evidence.spec_version import difference
from screens.evidence.titles import question, spec_name
from screens.frame import frame_of
from screens.port import LinePort
from screens.states import kind
from screens.text import ago, clean
from screens.widgets.sheet import Sheet, fixed
from store.errors import OficinaError
from store.views.model import ItemDetail, Option

_REASON, _NOTE, _UNTIL = "reason", "note", "until"
_FRAME = 4
"""Cells that border and padding take from the title's line."""


class DecisionDialog(ArmedDialog[Outcome]):
    """Opened by `a` or by itself; only an answer's own key, or enter on it, decides."""

    CSS_PATH = "decision.tcss"
    BINDINGS = [("escape", "keep", "keep in inbox")]

    page = query_one("#evidence", Sheet)
    asked = query_one(Question)
    problem = query_one("#problem", Static)

    def __init__(self, detail: ItemDetail, port: LinePort) -> None:
        super().__init__()
        self._detail, self._port = detail, port
        self._busy = False
        self._note = ""
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
        with Vertical(id="dialog"):
            with FittingScroll(id="scroll"):
                yield Sheet(self._page, id="evidence")
            yield Static(id="problem", markup=False)
            with Vertical(id="answers"):
                width = label_width(self._answers)
                for answer in self._answers:
                    yield AnswerLine(answer, width)
            yield Question()
            yield Static(hints(self._detail, self._own, "", more=False), id="hints", markup=False)

    def on_mount(self) -> None:
        super().on_mount()
        self._focus_harmless()
        self._title()

    def on_resize(self) -> None:
        self._title()
        self.call_after_refresh(self._say_rest)

    def _page(self, width: int) -> list[Content]:
        """The evidence; the question stands above it where the border has no room for it."""
        lines = evidence(self._detail, self._now, width)
        if self._fits(width):
            return lines
        return [*paragraph(question(self._detail), width, style=STRONG), blank(), *lines]

    def _fits(self, width: int) -> bool:
        return span(question(self._detail)).cell_length <= width - _FRAME

    def _title(self) -> None:
        frame = self.query_one("#dialog")
        fits = self._fits(self.page.content_size.width)
        title = question(self._detail) if fits else kind(str(self._detail.item.get("tipo", "")))
        frame.border_title = span(title, STRONG)
        frame.border_subtitle = self._asked_by()

    def _asked_by(self) -> Content:
        item = self._detail.item
        since = str(item.get("pendente_em") or item.get("criado_em") or "")
        return span(f"{item.get('id', '')} · asked {ago(since, self._now)} by {item.get('produtor', '')}")

    @property
    def _now(self) -> str:
        return frame_of(self).clock.now()

    def _say_rest(self) -> None:
        """Bring the last line up to date: the keys that work, and whether there is more than fits."""
        if self._ended is not None:
            return
        more = self.query_one("#scroll", FittingScroll).max_scroll_y > 0
        self.query_one("#hints", Static).update(hints(self._detail, self._own, self._note, more=more))

    def _focus_harmless(self) -> None:
        next(line for line in self.query(AnswerLine) if line.answer.name == KEEP).focus()

    def _complain(self, text: str) -> None:
        self.problem.update(Content(clean(text).replace("\n", " ")))
        self.problem.set_class(bool(text), "-shown")
        self.refit()

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
            self._own[NOTE]: lambda: self.asked.ask(
                _NOTE, "A note that stays with the decision:", self._note
            ),
        }
        if letter not in looks:
            return False
        looks[letter]()
        return True

    def on_answer_line_chosen(self, event: AnswerLine.Chosen) -> None:
        if self.armed("click") and not self._busy:
            self._choose(event.answer, confirmed=False)

    def action_keep(self) -> None:
        if not self._busy:
            self.finish(None)

    def _choose(self, answer: Answer, *, confirmed: bool) -> None:
        """Act on an answer; a dangerous one that was not focused is focused first, and enter confirms it."""
        self._complain("")
        if answer.option is None:
            self._leave(answer.name)
        elif answer.option.exige_motivo:
            self._wanted = answer.option
            self.asked.ask(_REASON, f"{answer.option.rotulo}: why? (enter answers, esc goes back)")
        elif answer.dangerous and not confirmed:
            self._line_of(answer).focus()
            self._complain(f"{answer.label}: enter confirms")
        else:
            self._decide(answer.option, "")

    def _line_of(self, answer: Answer) -> AnswerLine:
        return next(line for line in self.query(AnswerLine) if line.answer is answer)

    def _leave(self, name: str) -> None:
        if name == LATER:
            self.asked.ask(_UNTIL, f"Later, in how long? ({REMEDY})", "1h")
        elif name == EDIT:
            self.finish(EditWanted(self.item_id))
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
        self._complain("")
        self.asked.hide()
        self._focus_harmless()

    def _take_reason(self, text: str) -> None:
        if not text:
            self._complain("A reason is wanted: it goes with the work")
        elif self._wanted is not None:
            self._decide(self._wanted, text)

    def _take_note(self, text: str) -> None:
        self._note = text
        self._back_to_answers()
        self._say_rest()

    def _take_until(self, text: str) -> None:
        try:
            until = parse_until(text, self._now)
        except OficinaError as error:
            self._complain(str(error))
            return
        self._run(self._port.snooze(self.item_id, until), lambda _: Snoozed(self.item_id, self.name, until))

    # The line

    def _decide(self, option: Option, reason: str) -> None:
        asked = self._port.decide(self.item_id, option.nome, motivo=reason, nota=self._note)
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
            self._complain(str(error))
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
        if not self._detail.diferenca:
            self._complain("There is no earlier version to compare with")
            return
        lines = difference(self._detail.diferenca)
        self.app.push_screen(Viewer(f"What changed in {spec_name(self._detail)}", fixed(lines)))

    def _open_spec(self) -> None:
        if self._detail.spec is None:
            self._complain("This decision has no spec")
            return
        self.app.push_screen(spec_viewer(self._detail, self._port))

    def move(self, step: int) -> None:
        """Move the focus among the answers."""
        lines = list(self.query(AnswerLine))
        place = lines.index(self.focused) if isinstance(self.focused, AnswerLine) else -step
        lines[(place + step) % len(lines)].focus()

    def scroll_page(self, step: int) -> None:
        """Scroll the evidence by a page; the focus stays where it is."""
        scroll = self.query_one("#scroll", FittingScroll)
        scroll.scroll_relative(y=step * max(scroll.size.height - 1, 1), animate=False)


_MOVES: dict[str, Callable[[DecisionDialog], None]] = {
    "down": lambda dialog: dialog.move(1),
    "tab": lambda dialog: dialog.move(1),
    "up": lambda dialog: dialog.move(-1),
    "shift+tab": lambda dialog: dialog.move(-1),
    "pagedown": lambda dialog: dialog.scroll_page(1),
    "pageup": lambda dialog: dialog.scroll_page(-1),
}
