"""Sprint: the tree of its tasks, and beside it what the one under the cursor waits for and came to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input

from screens import sprint_content as content
from screens import sprint_detail as detail
from screens import sprint_tree as tree
from screens.backlog_query import parse
from screens.commands import command, shown_key
from screens.evidence.layout import span
from screens.sprint_actions import SprintActions
from screens.sprint_burnup import burn_up
from screens.sprint_folds import SprintFolds
from screens.widgets.columns import Cell
from screens.widgets.lines import Lines
from screens.widgets.sheet import Reader, Sheet
from screens.widgets.virtual_table import VirtualTable
from store.errors import OficinaError
from store.views.model import ReadModel
from store.views.sprint import ChildRow, SprintView, TaskRow, active

if TYPE_CHECKING:
    from store.views.task import TaskDetail

NOTHING = ("", None, ())
"""The detail of no task."""
_KEYS = ("start", "conclude", "pull", "block", "add", "edit", "move", "new_sprint", "sprints")


class SprintScreen(SprintActions, SprintFolds):
    """The open sprints come with each model; one that is closed is fetched once, and only shown."""

    CSS_PATH = "sprint.tcss"
    SCOPES = ("sprint", "list")
    HEADLINE = "Sprint"
    AUTO_FOCUS = "VirtualTable"

    def __init__(self) -> None:
        super().__init__()
        self._chosen = ""
        self._past: SprintView | None = None
        self._view: SprintView | None = None
        self._fetched: TaskDetail | None = None
        self._wanted: tuple[str, TaskRow | None, tuple[ChildRow, ...]] = NOTHING
        self._goes_to = ""
        # Kept by name: what comes while the screen is being closed must not look for what is gone.
        self._sheet, self._reader = Sheet(id="detail-page"), Reader(id="detail")

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="top"):
            yield Lines(id="summary")
            yield Lines(id="burn-up")
        with Horizontal(id="columns"):
            with Vertical(id="list"):
                yield Input(placeholder="words, status:, ator:, item:", id="filter")
                yield VirtualTable[tree.Line](content.COLUMNS, self._cells, lambda line: line.key, id="tree")
                yield Lines(id="empty")
            with self._reader:
                yield self._sheet

    def _cells(self, line: tree.Line) -> Sequence[Cell]:
        return content.cells(line)

    # What is shown

    @property
    def view(self) -> SprintView | None:
        """The sprint that is shown."""
        return self._view

    @property
    def row(self) -> TaskRow | None:
        """The task under the cursor."""
        line: tree.Line | None = self.table.cursor_row
        return line.row if line is not None else None

    @property
    def fetched(self) -> TaskDetail | None:
        return self._fetched

    def wants_cursor(self, codigo: str) -> None:
        self._goes_to = codigo
        self._go()

    def _go(self) -> None:
        if self._goes_to and self.table.select(self._goes_to):
            self._goes_to = ""

    def show_model(self, model: ReadModel) -> None:
        """Bring tree and lines up to date; cursor and folds stay with their tasks."""
        self._show(self._view_of(model))

    def _view_of(self, model: ReadModel) -> SprintView | None:
        """The chosen sprint, else the one at work; one that was closed meanwhile is fetched."""
        today = self.frame.clock.now()[:10]
        found = next((view for view in model.sprints if view.sprint.sprint_id == self._chosen), None)
        if found is not None or not self._chosen:
            return found or active(model.sprints, today)
        past = self._past
        known = past is not None and past.sprint.sprint_id == self._chosen
        if not known or (past is not None and past.sprint.estado == "aberta"):
            self.run_worker(self._fetch_closed(self._chosen), group="sprint", exclusive=True)
        return past if known else self._view

    async def _fetch_closed(self, sprint_id: str) -> None:
        port = self.frame.port
        try:
            view = await port.sprints.view(sprint_id) if port is not None else None
        except OficinaError as error:
            self._chosen = ""
            self.frame.say(str(error), severity="error")
            return
        if view is not None and sprint_id == self._chosen and self.whole:
            self._past = view
            self._show(view)
            self.refresh_commands()

    def choose(self, sprint_id: str) -> None:
        """Show another sprint; one that the model has yet to bring is waited for."""
        if sprint_id != self._chosen:
            self._chosen, self.folded = sprint_id, set()
            self.show_model(self.frame.model)
            self.table.move_to(0)
            self.refresh_commands()

    def _show(self, view: SprintView | None) -> None:
        changed = view is not self._view
        self._view = view
        if changed:
            self.show_lines()
            self._go()
        self._describe()

    def show_lines(self) -> None:
        view = self._view
        self.table.set_rows(tree.lines(view, self.folded, self.query_now) if view is not None else ())

    def _describe(self) -> None:
        """The lines around the tree, and the detail of what the cursor is on."""
        view, model = self._view, self.frame.model
        today = self.frame.clock.now()[:10]
        others = sum(each is not view for each in model.sprints)
        shown = sum(line.found for line in self.table.rows)
        head = content.Head(view, others, shown, self.filter.value, today)
        version = (id(view), others, shown, self.filter.value, today, model.linha.carregado)
        self.query_one("#summary", Lines).show(lambda width: content.head_lines(head, width), version)
        self.query_one("#burn-up", Lines).show(
            lambda width: Content("\n").join(
                burn_up(view.subida, _last_day(view, today), width) if view is not None else []
            ),
            version,
        )
        self.set_class(not self.table.rows, "-empty")
        if not self.table.rows:
            keys, loaded = self.shown_keys(), model.linha.carregado
            self.query_one("#empty", Lines).show(lambda _: content.empty_lines(head, loaded, keys), version)
        self._preview()

    def shown_keys(self) -> dict[str, str]:
        """The keys of what is offered, by action."""
        found = {
            name: shown_key(command(f"sprint.{name.replace('_', '-')}"), self.frame.keys) for name in _KEYS
        }
        return {**found, "decide": shown_key(command("app.decide"), self.frame.keys)}

    def _preview(self) -> None:
        """Show the task under the cursor; its documents follow when the line has handed them out."""
        row, view = self.row, self._view
        children = self._brought_up(row, view) if row is not None and view is not None else ()
        wanted = (self.id_at_cursor, row, children)
        if wanted == self._wanted:
            return
        if wanted[0] != self._wanted[0]:
            self._fetched = None
            self._reader.scroll_home(animate=False)
        self._wanted = wanted
        self._draw()
        if row is not None and view is not None and self.frame.port is not None and self._reader.display:
            work = self._fetch(view.sprint.sprint_id, row.codigo)
            self.run_worker(work, group="detail", exclusive=True)

    async def _fetch(self, sprint_id: str, codigo: str) -> None:
        port = self.frame.port
        try:
            found = await port.sprints.task(sprint_id, codigo) if port is not None else None
        except OficinaError:
            return  # what is known of the row is shown; the next model says what became of it
        row = self.row
        if row is not None and row.codigo == codigo and self.whole:
            self._fetched = found
            self._draw()

    def _draw(self) -> None:
        self._sheet.show(self.page)

    def page(self, width: int) -> list[Content]:
        """All that is known of the task under the cursor."""
        row, view = self.row, self._view
        if row is None or view is None:
            return []
        children, now = self._brought_up(row, view), self.frame.clock.now()
        return detail.lines(row, children, self._fetched, self.shown_keys(), now, width)

    def _brought_up(self, row: TaskRow, view: SprintView) -> tuple[ChildRow, ...]:
        """The children of a task that have no task: undecided, or left in the backlog."""
        return (*tree.children_of(view, row.codigo), *tree.left_of(view, row.codigo))

    # What happens

    def filter_changed(self, text: str) -> None:
        self.query_now = parse(text, tree.FACETS)
        self.show_lines()
        self._describe()

    @on(VirtualTable.RowHighlighted)
    def _highlighted(self) -> None:
        self._preview()
        self.refresh_commands()

    @on(VirtualTable.RowChosen)
    def _open(self) -> None:
        """The item that a task carries; a person's task is itself all that there is."""
        row = self.row
        if row is None:
            return
        if row.item_ref and self.frame.model.item(row.item_ref) is not None:
            self.frame.open_item(row.item_ref)
        else:
            self.open_page()

    def on_resize(self) -> None:
        self.call_after_refresh(self._fetch_if_seen)

    def _fetch_if_seen(self) -> None:
        """The detail has come into sight: what it lacks is fetched."""
        if self._fetched is None and self.whole:
            self._wanted = NOTHING
            self._preview()

    def decision_at_cursor(self) -> str | None:
        """What is asked about a child of the task, or by its own item."""
        row, view = self.row, self._view
        if row is None or view is None:
            return None
        asked = [child.pergunta for child in tree.children_of(view, row.codigo) if child.pergunta]
        if asked:
            return asked[0]
        return row.item_ref if row.estado == "espera_voce" else None

    @property
    def id_at_cursor(self) -> str:
        row, view = self.row, self._view
        return f"{view.sprint.sprint_id}/{row.codigo}" if row is not None and view is not None else ""

    # The detail

    def action_detail(self) -> None:
        """Show the detail where it isn't shown by itself, hide it where it is."""
        self.toggle_class("-no-detail" if self.has_class("-wide") else "-detail")
        self.call_after_refresh(self._fetch_if_seen)
        if not self._reader.display:
            self.table.focus()

    def action_next_pane(self) -> None:
        if self.focused is self._reader:
            self.table.focus()
        elif self._reader.display:
            self._reader.focus()
        else:
            self.action_detail()

    def action_forecast(self) -> None:
        """What there was to do and what was done, day by day, and when the rest will be."""
        from screens.dialogs.chart import ChartDialog

        view, port = self._view, self.frame.port
        if view is not None and port is not None:
            sprint_id = view.sprint.sprint_id
            self.app.push_screen(ChartDialog(f"Burn-up of {sprint_id}", lambda: port.burn_up(sprint_id)))

    def open_page(self) -> None:
        """The task's page over the whole screen."""
        from screens.dialogs.viewer import Viewer

        row = self.row
        if row is not None:
            self.app.push_screen(Viewer(f"{self.id_at_cursor} {row.titulo}", self.page, self._whole_page))

    async def _whole_page(self) -> list[Content]:
        row, view, port = self.row, self._view, self.frame.port
        if row is None or view is None or port is None:
            return [span("There is no task any more.")]
        self._fetched = await port.sprints.task(view.sprint.sprint_id, row.codigo)
        self._draw()
        return self.page(min(100, max(20, self.size.width - 8)))


def _last_day(view: SprintView, today: str) -> str:
    """The day that its burn-up goes to: today, or the last one on which something happened in it."""
    return today if view.sprint.estado == "aberta" else ""
