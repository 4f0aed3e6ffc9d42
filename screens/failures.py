"""Failures: the dead letters, the attempts of the one under the cursor side by side, and what answers do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

from textual.app import ComposeResult

from screens import attempts_content as attempts
from screens import failures_content as content
from screens.commands import Command
from screens.dialogs.viewer import Viewer
from screens.evidence.layout import span
from screens.evidence.output import as_lines
from screens.evidence.titles import spec_names
from screens.evidence.values import count
from screens.item_list import ItemListScreen
from screens.widgets.columns import Cell
from screens.widgets.lines import Lines
from screens.widgets.sheet import Reader, Sheet, fixed
from screens.widgets.virtual_table import VirtualTable
from store.errors import OficinaError
from store.views.failures import attempts_of
from store.views.model import ItemDetail, ItemRow, ReadModel

NONE = attempts.Bench("", (), {})


class FailuresScreen(ItemListScreen):
    """Answers are given in the decision that `a` opens, or for several in one table."""

    CSS_PATH = "failures.tcss"
    SCOPES = ("failures", "list")
    HEADLINE = "Failures"

    def __init__(self) -> None:
        super().__init__()
        self._names: Mapping[str, str] = {}
        self._asked: Mapping[str, ItemRow] = {}
        self._shown_row: tuple[ItemRow | None, ItemRow | None] = (None, None)
        self._bench = NONE
        self._outputs: dict[str, str] = {}
        # Kept by name: what comes while the screen is being closed must not look for what is gone.
        self._sheet, self._reader = Sheet(id="bench-page"), Reader(id="bench")

    def compose_body(self) -> ComposeResult:
        yield Lines(id="summary")
        yield VirtualTable[ItemRow](
            content.COLUMNS, self._cells, attrgetter("id"), markable=True, id="failures"
        )
        yield Lines(id="empty")
        with self._reader:
            yield self._sheet

    def _cells(self, row: ItemRow) -> Sequence[Cell]:
        return content.cells(row, self._asked.get(row.id), self.frame.clock.now(), self._names)

    # What is shown

    def show_model(self, model: ReadModel) -> None:
        """Bring the list up to date; cursor and marks stay on their dead letters."""
        self._names, self._asked = spec_names(model), content.questions(model)
        self.table.set_rows(model.falhas)
        self.describe()
        self.preview()

    def tick(self, now: str) -> None:
        super().tick(now)
        if self.whole:
            self.table.refresh()

    def describe(self) -> None:
        model, marked = self.frame.model, len(self._marked()[0])
        self.query_one("#summary", Lines).show(
            lambda width: content.summary_line(model, marked, width),
            (model.falhas, model.decisoes, model.recuos, marked, model.linha.carregado),
        )
        self.set_class(not model.falhas, "-empty")
        if not model.falhas:
            self.query_one("#empty", Lines).show(
                lambda _: content.empty_lines(model, self.frame.keys), model.linha.carregado
            )

    def preview(self) -> None:
        """Fetch the attempts of the dead letter under the cursor; the last one wanted wins."""
        row = self.table.cursor_row
        shown = (row, self._asked.get(row.id) if row is not None else None)
        if shown == self._shown_row:
            return
        self._shown_row = shown
        if row is None:
            self._draw(NONE)
        elif self.frame.port is not None:
            self.run_worker(self._fetch(row.id, shown[1]), group="bench", exclusive=True)

    async def _fetch(self, item_id: str, asks: ItemRow | None) -> None:
        """The attempts first, then what answers do, then the outputs: each is shown as it comes."""
        port = self.frame.port
        if port is None:
            return
        try:
            detail = await port.detail(item_id)
            self._bench_of(detail, asks)
            if asks is not None:
                question = await port.detail(asks.id)
                self._draw(replace(self._bench, opcoes=tuple(question.opcoes)))
        except OficinaError as error:
            self._draw(replace(NONE, motivo=str(error)))
            return
        await self._fetch_outputs()

    def _bench_of(self, detail: ItemDetail, asks: ItemRow | None) -> None:
        tries = tuple(attempts_of(detail.item))
        self._reader.border_title = span(f"{detail.item.get('id', '')} {detail.item.get('titulo', '')}")
        self._reader.border_subtitle = count(len(tries), "attempt", "attempts")
        self._reader.scroll_home(animate=False)
        self._draw(
            attempts.Bench(
                motivo=str(detail.item.get("motivo") or ""),
                tentativas=tries,
                saidas=dict(self._outputs),
                pergunta=asks.id if asks is not None else "",
                first=len(tries),
            )
        )

    async def _fetch_outputs(self) -> None:
        """The kept outputs, those of the newest attempts first; a page that is left is not waited for."""
        port = self.frame.port
        refs = [str(each["saida_ref"]) for each in reversed(self._bench.tentativas) if each["saida_ref"]]
        for ref in dict.fromkeys(refs):
            if ref in self._outputs or port is None:
                continue
            try:
                self._outputs[ref] = await port.artifact(ref)
            except OficinaError as error:
                self._outputs[ref] = str(error)
            self._draw(replace(self._bench, saidas=dict(self._outputs)))

    def _draw(self, bench: attempts.Bench) -> None:
        self._bench = bench
        now = self.frame.clock.now()
        self._sheet.show(lambda width: attempts.page(bench, now, width))
        self.refresh_commands()

    # What happens

    def decision_at_cursor(self) -> str | None:
        row = self.table.cursor_row
        asks = self._asked.get(row.id) if row is not None else None
        return asks.id if asks is not None else None

    def why_no_decision(self) -> str:
        row = self.table.cursor_row
        return f"Nothing is asked about {row.id}" if row is not None and not self.decision_at_cursor() else ""

    def _marked(self) -> tuple[list[str], list[str]]:
        """The marked dead letters that are still there, and the decisions about them, in the list's order."""
        marked = [row.id for row in self.table.rows if row.id in self.table.marks]
        return marked, [self._asked[each].id for each in marked if each in self._asked]

    @property
    def _window(self) -> tuple[int, int]:
        """The attempts that are shown now."""
        width = self._sheet.content_size.width
        return attempts.window(len(self._bench.tentativas), self._bench.first, width)

    def why_not(self, entry: Command) -> str:
        start, end = self._window
        refs = self._output_ref()
        marked, opened = self._marked()
        reasons = {
            "decide_several": content.why_no_batch(opened, len(marked), self.frame.keys),
            "clear": "" if self.table.marks else "Nothing is marked",
            "next_attempt": "" if end < len(self._bench.tentativas) else "There is no attempt after these",
            "previous_attempt": "" if start > 0 else "There is no attempt before these",
            "output": "" if refs else "No output was kept of the attempts that are shown",
            "copy_id": "" if self.table.cursor_row is not None else "There is nothing under the cursor",
            "next_pane": "" if self.table.rows else "Nothing has failed",
        }
        return reasons.get(entry.action, "")

    def _output_ref(self) -> str:
        """The output of the last attempt that is shown and has one."""
        start, end = self._window
        shown = self._bench.tentativas[start:end]
        return next((str(each["saida_ref"]) for each in reversed(shown) if each["saida_ref"]), "")

    def action_decide_several(self) -> None:
        marked, opened = self._marked()
        left = len(marked) - len(opened)
        if self.frame.prompts is not None:
            told = f"{count(left, 'marked one asks', 'marked ones ask')} nothing: left out" if left else ""
            self.frame.prompts.ask_several(opened, told)

    def action_next_attempt(self) -> None:
        self._draw(replace(self._bench, first=self._window[0] + 1))

    def action_previous_attempt(self) -> None:
        self._draw(replace(self._bench, first=self._window[0] - 1))

    def action_output(self) -> None:
        ref = self._output_ref()
        if ref:
            text = self._outputs.get(ref, "It is still being read.")
            self.app.push_screen(Viewer("Output", fixed(as_lines(text.splitlines()))))

    def action_next_pane(self) -> None:
        """To the attempts, to scroll them, and back to the list."""
        if self.focused is self._reader:
            self.table.focus()
        else:
            self._reader.focus()
