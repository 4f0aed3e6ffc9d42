"""Several decisions at once: a row each with its outcome, the summed price, one answer for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from screens.dialogs.armed import ArmedDialog
from screens.dialogs.fitting import FittingScroll
from screens.dialogs.options import KEY_STYLE, Answer, AnswerLine, answers_of, free_key, label_width
from screens.dialogs.question import Question
from screens.evidence import values
from screens.evidence.batch import common_options, outcome_rows, total_price
from screens.evidence.layout import STRONG, span, words
from screens.port import LinePort
from screens.widgets.sheet import Sheet
from store.errors import OficinaError
from store.views.model import ItemDetail, Option

_REASON, _WORD, _NOTE = "reason", "word", "note"


@dataclass(frozen=True, slots=True)
class BatchDone:
    """What was decided: the decisions and their items, in order, and the whole in a few words."""

    decisoes: tuple[str, ...]
    itens: tuple[str, ...]
    name: str


class BatchDialog(ArmedDialog[BatchDone]):
    """Decides every row alike, one after the other; a row that the line refuses says why and stays open."""

    CSS_PATH = "decision.tcss"
    BINDINGS = [("escape", "leave", "leave")]

    def __init__(
        self, details: Sequence[ItemDetail], port: LinePort, confirm_above: Decimal, note: str = ""
    ) -> None:
        """Above a sum of `confirm_above` R$ the answer's word must be typed; `note` stands on the frame."""
        super().__init__()
        self._note = note
        self._details, self._port, self._confirm_above = list(details), port, confirm_above
        self._outcomes: dict[str, tuple[bool, str]] = {}
        self._decided: list[tuple[str, str]] = []
        self._busy = False
        self._wanted: Option | None = None
        self._reason = self._kept_note = ""
        self._sheet = Sheet(lambda width: outcome_rows(self._details, self._outcomes, width), id="evidence")
        keep = Answer("keep", "esc", "keep in inbox", "nothing is decided")
        self._answers = [*answers_of(common_options(self._details)), keep]
        self._note_key = free_key("+", [answer.key for answer in self._answers])

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as frame:
            frame.border_title = span(f"Decide {len(self._details)} together", STRONG)
            frame.border_subtitle = span(self._note or "one answer for all of them")
            with FittingScroll(id="scroll"):
                yield self._sheet
            with Vertical(id="answers"):
                for answer in self._answers:
                    yield AnswerLine(answer, label_width(self._answers))
            yield Static(id="problem", markup=False)
            yield Question()
            yield Static(self._hints(), id="hints", markup=False)

    def _hints(self) -> Content:
        """The key that adds a note, and the note that there is; or why nothing can be answered."""
        if len(self._answers) == 1:
            return span("They have no answer in common: decide them one by one.")
        key = words(span(self._note_key, KEY_STYLE), span("note for each of them"))
        return words(key, span(f"«{self._kept_note}»") if self._kept_note else None, gap=2)

    def on_mount(self) -> None:
        super().on_mount()
        self._focus_harmless()

    def _focus_harmless(self) -> None:
        list(self.query(AnswerLine))[-1].focus()

    def take_key(self, event: events.Key) -> bool:
        if self._busy:
            return True
        if isinstance(self.focused, Input):
            return False
        if event.key in ("down", "tab", "up", "shift+tab"):
            self._move(1 if event.key in ("down", "tab") else -1)
            return True
        if event.key == "enter" and isinstance(self.focused, AnswerLine):
            self._choose(self.focused.answer)
            return True
        if event.character == self._note_key and len(self._answers) > 1:
            self._ask(_NOTE, "A note that stays with each decision:", self._kept_note)
            return True
        answer = next((answer for answer in self._answers if answer.key == event.character), None)
        if answer is not None:
            self._choose(answer)
        return answer is not None

    def _move(self, step: int) -> None:
        lines = list(self.query(AnswerLine))
        place = lines.index(self.focused) if isinstance(self.focused, AnswerLine) else -step
        lines[(place + step) % len(lines)].focus()

    def on_answer_line_chosen(self, event: AnswerLine.Chosen) -> None:
        if self.armed() and not self._busy:
            self._choose(event.answer)

    def action_leave(self) -> None:
        if not self._busy:
            self._end()

    def _end(self) -> None:
        if not self._decided:
            self.finish(None)
            return
        label = self._wanted.rotulo if self._wanted is not None else ""
        decisoes, itens = zip(*self._decided, strict=True)
        told = values.count(len(decisoes), "decision", "decisions")
        self.finish(BatchDone(tuple(decisoes), tuple(itens), f"{label}: {told}"))

    def _choose(self, answer: Answer) -> None:
        self.complain("")
        if answer.option is None:
            self._end()
            return
        for line in self.query(AnswerLine):
            line.open(line.answer is answer)
        if answer.unavailable:
            self.complain(f"{answer.label} is not possible now: {answer.unavailable}")
            return
        self._wanted, self._reason = answer.option, ""
        if answer.option.exige_motivo:
            self._ask(_REASON, f"{answer.option.rotulo}, all of them: why? (enter answers, esc goes back)")
        else:
            self._confirm()

    def _ask(self, subject: str, label: str, value: str = "") -> None:
        self.query_one(Question).ask(subject, label, value)

    def _confirm(self) -> None:
        """Decide, or first let the answer's word be typed where much money or danger is in it."""
        option = self._wanted
        if option is None:
            return
        price = total_price(self._details)
        if option.perigosa or price > self._confirm_above:
            self._ask(_WORD, f"{values.money(price)} in all: type {option.nome} to confirm")
        else:
            self._start(option)

    def on_question_answered(self, event: Question.Answered) -> None:
        event.stop()
        if event.subject == _NOTE:
            self._kept_note = event.text
            self.query_one("#hints", Static).update(self._hints())
            self._back_to_answers()
        elif event.subject == _REASON:
            self._take_reason(event.text)
        elif self._wanted is not None and event.text == self._wanted.nome:
            self._start(self._wanted)
        elif self._wanted is not None:
            self.complain(f"Type {self._wanted.nome}, or esc to go back")

    def _take_reason(self, text: str) -> None:
        if not text:
            self.complain("A reason is wanted: it goes with the work")
            return
        self._reason = text
        self._confirm()

    def on_question_left(self, event: Question.Left) -> None:
        event.stop()
        self._back_to_answers()

    def _back_to_answers(self) -> None:
        self.complain("")
        self.query_one(Question).hide()
        self._focus_harmless()

    def _start(self, option: Option) -> None:
        self._busy = True
        self.add_class("-busy")
        self.query_one(Question).hide()
        self._focus_harmless()
        self.run_worker(self._decide_all(option), group="line")

    async def _decide_all(self, option: Option) -> None:
        for detail in self._details:
            await self._decide_one(str(detail.item.get("id", "")), option)
            self._sheet.redraw()
        self._busy = False
        self.remove_class("-busy")
        if all(done for done, _ in self._outcomes.values()):
            self._end()
        else:
            self._show_refusals()

    async def _decide_one(self, item_id: str, option: Option) -> None:
        if self._outcomes.get(item_id, (False, ""))[0]:
            return
        try:
            shared_s = self.open_s / len(self._details)
            decisao_id = await self._port.decide(
                item_id, option.nome, motivo=self._reason, nota=self._kept_note, trabalho_s=shared_s
            )
        except OficinaError as error:
            self._outcomes[item_id] = (False, str(error))
            return
        self._outcomes[item_id] = (True, option.rotulo)
        self._decided.append((decisao_id, item_id))

    def _show_refusals(self) -> None:
        refused = sum(not done for done, _ in self._outcomes.values())
        self.complain(f"{values.count(refused, 'decision was', 'decisions were')} refused; the rows say why")
