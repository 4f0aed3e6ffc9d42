"""Blocked: a tree from what is blocked down to its root causes; `a` opens the one under the cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input

from screens import blocked_content as content
from screens.backlog_query import Query, parse, search
from screens.blocked_tree import ALL_DEPTH, ALL_ITEMS, Node, Openings, lines, matching, parent
from screens.commands import Command
from screens.evidence.titles import spec_names
from screens.evidence.values import number
from screens.filtering import FilterScreen
from screens.pacing import Pace
from screens.widgets.columns import Cell
from screens.widgets.lines import Lines
from screens.widgets.virtual_table import VirtualTable
from store.views.blocked import Cause, Causes
from store.views.model import ItemRow, ReadModel


class BlockedScreen(FilterScreen):
    """What is opened stays open from model to model; what is closed costs nothing."""

    CSS_PATH = "blocked.tcss"
    SCOPES = ("blocked", "list")
    HEADLINE = "Blocked"
    AUTO_FOCUS = "VirtualTable"

    def __init__(self) -> None:
        super().__init__()
        self._source: ReadModel | None = None
        self._causes = Causes(ReadModel())
        self._names: Mapping[str, str] = {}
        self._query = Query()
        self._found: Sequence[ItemRow] = ()
        self._turns: tuple[tuple[str, int], ...] = ()
        self._openings = Openings()
        self.pace = Pace(self, lambda: self.frame.clock, lambda: self.show_model(self.frame.model))

    def compose_body(self) -> ComposeResult:
        yield Lines(id="summary")
        with Horizontal(id="columns"):
            with Vertical(id="list"):
                yield Input(
                    placeholder="words, also of what it waits for, tipo:, ator:, saga:, spec:", id="filter"
                )
                yield VirtualTable[Node](content.COLUMNS, self._cells, attrgetter("key"), id="tree")
                yield Lines(id="empty")
            yield Lines(id="preview")

    def _cells(self, node: Node) -> Sequence[Cell]:
        return content.cells(node, self._causes, self.frame.clock.now(), self._names)

    # What is shown

    def show_model(self, model: ReadModel) -> None:
        """Find the causes anew where items changed, at most a tenth of the time."""
        before = self._source
        if before is not None and model.itens is before.itens and model.specs is before.specs:
            self._describe(model)
            return
        if not self.pace.begin():
            return
        self._source, self._names = model, spec_names(model)
        self._causes = Causes(model)
        self._turns = content.turns(self._causes.turns(model.bloqueados))
        self._search()
        self._describe(model)
        self.pace.end()

    def _search(self) -> None:
        """Find the blocked items of the query, and show what is open beneath them."""
        rows = self._source.bloqueados if self._source is not None else ()
        if self._query.facets:
            rows = search(rows, Query((), self._query.facets))
        if self._query.words:
            rows = list(matching(rows, self._query.words, self._causes, self._text))
        self._found = rows
        self._show_lines()

    def _text(self, ref: str) -> str:
        return content.searchable(self._causes.cause(ref), self._names)

    def _show_lines(self) -> None:
        self.table.set_rows(lines(self._causes, self._found, self._openings))

    def _describe(self, model: ReadModel) -> None:
        facts = content.Summary(
            total=len(model.bloqueados),
            shown=len(self._found),
            turns=self._turns,
            filter=self.filter.value,
            loaded=model.linha.carregado,
        )
        self.query_one("#summary", Lines).show(lambda width: content.summary_line(facts, width), facts)
        self.set_class(not self._found, "-empty")
        if not self._found:
            self.query_one("#empty", Lines).show(lambda _: content.empty_lines(facts, self.frame.keys), facts)
        self._preview()

    def _preview(self) -> None:
        node: Node | None = self.table.cursor_row
        now, causes, names = self.frame.clock.now(), self._causes, self._names
        self.query_one("#preview", Lines).show(
            lambda width: (
                content.preview(node, causes, now, names, width, self.frame.keys) if node else Content("")
            ),
            (node, id(causes), now[:16]),
        )

    def tick(self, now: str) -> None:
        super().tick(now)
        if self.whole:
            self.table.refresh()
            self._preview()

    # What happens

    def filter_changed(self, text: str) -> None:
        self._query = parse(text)
        self._search()
        self._describe(self.frame.model)

    @on(VirtualTable.RowHighlighted)
    def _highlighted(self) -> None:
        self._preview()
        self.refresh_commands()

    @on(VirtualTable.RowChosen)
    def _open(self) -> None:
        cause = self._cause
        if cause is not None and cause.row is not None:
            self.frame.open_item(cause.row.id)
        elif cause is not None:
            self.frame.say(f"{cause.ref} is no item: there is nothing to open", severity="warning")

    @property
    def _cause(self) -> Cause | None:
        """What the cursor is on."""
        node: Node | None = self.table.cursor_row
        return self._causes.cause(node.ref) if node is not None else None

    def decision_at_cursor(self) -> str | None:
        cause = self._cause
        root = self._causes.root(cause.ref) if cause is not None else None
        return root.ref if root is not None and root.aberta else None

    def why_no_decision(self) -> str:
        cause = self._cause
        return content.why_no_decision(cause, self._causes.root(cause.ref) if cause is not None else None)

    def why_not(self, entry: Command) -> str:
        node: Node | None = self.table.cursor_row
        if entry.action in ("expand", "collapse", "copy_id") and node is None:
            return "There is nothing under the cursor"
        if entry.action == "expand" and node is not None and not node.closed and not node.opened:
            return "It waits for nothing else"
        if entry.action == "collapse" and node is not None and not node.opened and not node.depth:
            return "Nothing of it is shown"
        if entry.action == "expand_all" and len(self._found) > ALL_ITEMS:
            return f"{number(len(self._found))} are too many to open at once: filter them first"
        if entry.action == "facets" and not self.frame.model.bloqueados:
            return "Nothing is blocked"
        return ""

    def action_expand(self) -> None:
        """Open the line under the cursor; one that is open already gives the cursor to what is beneath."""
        node: Node | None = self.table.cursor_row
        if node is None:
            return
        if node.closed:
            self._openings.turn(node.key)
            self._show_lines()
        else:
            self.table.move_to(self.table.cursor + 1)
        self.refresh_commands()

    def action_collapse(self) -> None:
        """Close the line under the cursor; one that is closed gives the cursor to what waits for it."""
        node: Node | None = self.table.cursor_row
        if node is None:
            return
        if node.opened:
            self._openings.turn(node.key)
            self._show_lines()
        else:
            self.table.select(parent(node.key))
        self.refresh_commands()

    def action_expand_all(self) -> None:
        self._open_all(ALL_DEPTH)

    def action_collapse_all(self) -> None:
        self._open_all(0)

    def _open_all(self, depth: int) -> None:
        """Open or close everything; the cursor stays with the blocked item that it is on or under."""
        node: Node | None = self.table.cursor_row
        self._openings.all(depth)
        self._show_lines()
        if node is not None and not depth:
            self.table.select(node.key.partition(" ")[0])
        self.refresh_commands()

    def action_facets(self) -> None:
        from screens.facets import FacetScreen

        self.app.push_screen(FacetScreen(self.frame.model.bloqueados), self.take_facet)

    @property
    def id_at_cursor(self) -> str:
        cause = self._cause
        if cause is None:
            return ""
        return cause.row.id if cause.row is not None else cause.ref
