"""Decisions: the inbox, oldest waiting first, with the evidence beside the list where there is room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from screens.commands import Command, key_of
from screens.editing import edit_spec
from screens.evidence import inbox
from screens.evidence.decision import evidence
from screens.evidence.deployment import caution
from screens.evidence.layout import BAD, STRONG, WARN, blank, paragraph, span
from screens.evidence.titles import question, spec_names
from screens.item_list import ItemListScreen
from screens.widgets.columns import Cell
from screens.widgets.lines import Lines
from screens.widgets.sheet import Sheet, fixed
from screens.widgets.virtual_table import VirtualTable
from store.errors import OficinaError
from store.views.model import ItemDetail, ItemRow, Option, ReadModel


class DecisionsScreen(ItemListScreen):
    """Opening a decision decides nothing; marked ones can be answered together."""

    CSS_PATH = "decisions.tcss"
    SCOPES = ("decisions", "list")
    HEADLINE = "Decisions"

    def __init__(self) -> None:
        super().__init__()
        self._previewed: ItemRow | None = None
        self._names: Mapping[str, str] = {}
        # Kept by name: evidence that comes while the screen is being closed must not look for what is gone.
        self._page, self._beside = Sheet(id="preview-page"), VerticalScroll(id="preview", can_focus=False)

    def compose_body(self) -> ComposeResult:
        yield Lines(id="summary")
        with Horizontal(id="columns"):
            with Vertical(id="list"):
                yield VirtualTable[ItemRow](
                    inbox.COLUMNS, self._cells, lambda row: row.id, markable=True, id="inbox"
                )
                yield Lines(id="empty")
            with self._beside:
                yield self._page

    def _cells(self, row: ItemRow) -> Sequence[Cell]:
        return inbox.cells(row, self.frame.clock.now(), self._names)

    # What is shown

    def show_model(self, model: ReadModel) -> None:
        """Bring the inbox up to date; cursor and marks stay on their decisions."""
        self._names = spec_names(model)
        self.table.set_rows(inbox.ordered(model.decisoes, self.frame.clock.now()))
        self.describe()
        self.preview()

    def tick(self, now: str) -> None:
        super().tick(now)
        if self.whole:
            self.table.refresh()
            self.describe()

    def describe(self) -> None:
        model, now = self.frame.model, self.frame.clock.now()
        marked = len(self._marked_ids())
        line = inbox.summary(model, marked, now)
        self.query_one("#summary", Lines).show(lambda _: line, line.markup)
        self.set_class(not model.decisoes, "-empty")
        if not model.decisoes:
            self.query_one("#empty", Lines).show(
                lambda width: inbox.empty(model, width, self.frame.keys), model.linha.carregado
            )

    def preview(self) -> None:
        """Fetch the evidence of the decision under the cursor; the last one wanted wins."""
        row = self.table.cursor_row
        if row == self._previewed:
            return
        self._previewed = row
        if row is None:
            self._page.show(fixed([]))
        elif self.frame.port is not None:
            self.run_worker(self._show_evidence(row.id), group="evidence", exclusive=True)

    async def _show_evidence(self, item_id: str) -> None:
        port = self.frame.port
        if port is None:
            return
        try:
            detail = await port.detail(item_id)
        except OficinaError as error:
            self._page.show(fixed([span(str(error), BAD)]))
            return
        now = self.frame.clock.now()
        self._page.show(lambda width: preview(detail, now, width))
        self._beside.scroll_home(animate=False)

    # Commands

    def decision_at_cursor(self) -> str | None:
        row = self.table.cursor_row
        return row.id if row is not None else None

    def _marked_ids(self) -> list[str]:
        """The marked decisions that still wait, in the list's order."""
        marks = self.table.marks
        return [row.id for row in self.table.rows if row.id in marks]

    def why_not(self, entry: Command) -> str:
        if entry.action == "decide_several" and not self._marked_ids():
            return f"Mark decisions with {key_of('list.mark', self.frame.keys)} first"
        if entry.action == "clear" and not self.table.marks:
            return "Nothing is marked"
        if entry.action in ("copy_id", "edit") and self.table.cursor_row is None:
            return "There is nothing under the cursor"
        return ""

    def action_decide_several(self) -> None:
        if self.frame.prompts is not None:
            self.frame.prompts.ask_several(self._marked_ids())

    async def action_edit(self) -> None:
        row, port = self.table.cursor_row, self.frame.port
        if row is not None and port is not None:
            await edit_spec(self.app, port, row.id)


def preview(detail: ItemDetail, now: str, width: int) -> list[Content]:
    """The question, its evidence, and what can be answered: enough to know before opening it."""
    answers = [line for option in detail.opcoes for line in _answer(option, width)]
    lines = [*paragraph(question(detail), width, style=STRONG), blank(), *evidence(detail, now, width)]
    if told := caution(detail):
        lines += [blank(), *paragraph(told, width, style=WARN)]
    return [*lines, blank(), *answers] if answers else lines


def _answer(option: Option, width: int) -> list[Content]:
    """An answer with what it will do to other items, or why it can't be given now."""
    if option.indisponivel:
        told = f"{option.tecla}  {option.rotulo} is not possible now: {option.indisponivel}"
        return [span(told, "$text-disabled").truncate(width, ellipsis=True)]
    head = span(f"{option.tecla}  {option.rotulo}: {option.efeito}", "$text-muted")
    lines = [head, *(span(f"   · {line}", "$text-muted") for line in option.previa)]
    return [line.truncate(width, ellipsis=True) for line in lines]
