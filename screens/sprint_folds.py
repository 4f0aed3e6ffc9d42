"""The tree of the Sprint screen: what is folded, and what the filter finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens import sprint_tree as tree
from screens.backlog_query import Query
from screens.filtering import FilterScreen

if TYPE_CHECKING:
    from store.views.sprint import SprintView, TaskRow


class SprintFolds(FilterScreen):
    """Folds stay with their tasks from model to model; a filter shows all that it finds."""

    def __init__(self) -> None:
        super().__init__()
        self.query_now = Query()
        self.folded: set[str] = set()

    @property
    def view(self) -> SprintView | None:
        """The sprint that is shown."""
        raise NotImplementedError

    @property
    def row(self) -> TaskRow | None:
        """The task under the cursor."""
        raise NotImplementedError

    def show_lines(self) -> None:
        """Show the lines that are open now."""
        raise NotImplementedError

    def action_expand(self) -> None:
        """Open the task under the cursor; one that is open already gives the cursor to its first subtask."""
        line: tree.Line | None = self.table.cursor_row
        if line is None:
            return
        if line.closed:
            self.folded.discard(line.key)
            self.show_lines()
        else:
            self.table.move_to(self.table.cursor + 1)
        self.refresh_commands()

    def action_collapse(self) -> None:
        """Close the task under the cursor; one that is closed gives the cursor to the task above."""
        line: tree.Line | None = self.table.cursor_row
        if line is None:
            return
        if line.opened and self.query_now == Query():
            self.folded.add(line.key)
            self.show_lines()
        else:
            self.table.select(tree.parent(line.key))
        self.refresh_commands()

    def action_expand_all(self) -> None:
        self._fold(set())

    def action_collapse_all(self) -> None:
        self._fold(tree.with_children(self.view) if self.view is not None else set())

    def _fold(self, folded: set[str]) -> None:
        """Fold these; the cursor stays with the task that it is on or under."""
        row = self.row
        self.folded = folded
        self.show_lines()
        if row is not None and not self.table.select(row.codigo):
            self.table.select(row.codigo.partition(".")[0])
        self.refresh_commands()

    def action_facets(self) -> None:
        from screens.facets import FacetScreen

        rows = self.view.tarefas if self.view is not None else ()
        self.app.push_screen(FacetScreen(rows, tree.FACETS), self.take_facet)
