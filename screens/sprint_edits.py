"""How tasks are added, changed, moved, blocked and given up on the Sprint screen, each by a form or a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from screens import sprint_forms as forms
from screens import sprint_tree as tree
from screens.sprint_changes import SprintChanges
from store.views.sprint import SprintView, TaskRow


class SprintEdits(SprintChanges):
    """What is said anew of the task under the cursor."""

    # Add, change, move

    def action_add(self) -> None:
        view = self.view
        if view is None:
            return

        async def add(told: Mapping[str, str]) -> str:
            return await self.line.add(view.sprint.sprint_id, told)

        pai = tree.parent(self.row.codigo) if self.row is not None else ""
        entries = forms.new_task(view, self.frame.model, pai)
        self.form(f"New task of {view.sprint.sprint_id}", entries, add, self._added)

    def _added(self, codigo: str | None) -> None:
        if codigo:
            self.frame.say(f"{codigo} is added")
            self.wants_cursor(codigo)

    async def action_edit(self) -> None:
        row, view = self._here
        found = await self.ask(self.line.task(view.sprint.sprint_id, row.codigo))
        if found is None:
            return
        entries = forms.edit_task(view, row, found.task)

        async def edit(told: Mapping[str, str]) -> bool:
            changed = forms.changes(entries, told)
            if changed:
                await self.line.edit(view.sprint.sprint_id, row.codigo, changed)
            return bool(changed)

        told = f"Title and estimate are those of {row.item_ref}" if row.item_ref else ""
        title, said = f"Edit {row.codigo} {row.titulo}", self._said(row.codigo)
        self.form(title, entries, edit, said, told, start=entries[0].name)

    def _said(self, name: str) -> Callable[[bool | None], None]:
        def say(changed: bool | None) -> None:
            if changed is not None:
                self.frame.say(f"{name} is changed" if changed else f"{name} stays as it was")

        return say

    def action_move(self) -> None:
        row, view = self._here
        others = [
            each.sprint.sprint_id
            for each in self.frame.model.sprints
            if each.sprint.sprint_id != view.sprint.sprint_id
        ]

        async def move(told: Mapping[str, str]) -> str:
            return await self.line.move(view.sprint.sprint_id, row.codigo, told)

        told = "A task that is moved goes on under another code; its own leads there"
        waiting = ", ".join(tree.waiting_for(view, row.codigo))
        if waiting and others:
            told += f". In another sprint it pauses {waiting}, unless moved there, too"
        entries = forms.move_task(view, row, others)
        title = f"Move {row.codigo} {row.titulo}"
        self.form(title, entries, move, lambda chave: self._moved(row.codigo, chave), told, start="pai")

    def _moved(self, moved: str, chave: str | None) -> None:
        view = self.view
        if chave and view is not None:
            sprint_id, _, codigo = chave.partition("/")
            if sprint_id == view.sprint.sprint_id:
                self.frame.say(f"It goes on as {chave}")
                self.wants_cursor(codigo)
                return
            paused = ", ".join(tree.waiting_for(view, moved))
            more = f"\nPaused, since it waits for that: {paused}" if paused else ""
            self.frame.say(f"It goes on as {chave}{more}", severity="warning" if paused else "information")

    async def action_place_up(self) -> None:
        row, view = self._here
        beside = tree.siblings(view, row.codigo)
        before = beside[beside.index(row.codigo) - 1]
        await self.ask(self.line.place(view.sprint.sprint_id, row.codigo, before))

    async def action_place_down(self) -> None:
        """The one below goes before it."""
        row, view = self._here
        beside = tree.siblings(view, row.codigo)
        after = beside[beside.index(row.codigo) + 1]
        await self.ask(self.line.place(view.sprint.sprint_id, after, row.codigo))

    # Block, cancel

    async def action_block(self) -> None:
        """Say why it can't go on; one that is blocked goes on."""
        row, view = self._here
        if row.estado == "bloqueada":
            await self.ask(self.line.start(view.sprint.sprint_id, row.codigo), f"{row.codigo} goes on")
            return

        async def block(told: Mapping[str, str]) -> bool:
            await self.line.block(view.sprint.sprint_id, row.codigo, told["motivo"])
            return True

        self.form(
            f"{row.codigo} is blocked", forms.reason("Why"), block, self._told(f"{row.codigo} is blocked")
        )

    def action_cancel(self) -> None:
        row, view = self._here

        async def cancel(told: Mapping[str, str]) -> bool:
            await self.line.cancel(view.sprint.sprint_id, row.codigo, told["motivo"])
            return True

        told = f"{row.item_ref} is cancelled with it; " if row.item_ref else ""
        told += "what depends on it is paused until you say otherwise"
        done = self._told(f"{row.codigo} is cancelled")
        self.form(f"Cancel {row.codigo} {row.titulo}?", forms.reason("Why"), cancel, done, told)

    def _told(self, text: str) -> Callable[[bool | None], None]:
        return lambda done: self.frame.say(text) if done else None

    # Helpers

    @property
    def _here(self) -> tuple[TaskRow, SprintView]:
        """The task under the cursor; commands that need one are not run without."""
        assert self.row is not None
        assert self.view is not None
        return self.row, self.view

    def wants_cursor(self, codigo: str) -> None:
        """The cursor goes to a task as soon as it is there."""
        raise NotImplementedError
