"""What the owner does to sprints on the Sprint screen: show another, open, change and close one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from screens import sprint_forms as forms
from screens.base import BaseScreen
from screens.dialogs.form import FormDialog, FormField
from screens.sprint_port import SprintPort
from store.errors import OficinaError
from store.views.sprint import SprintView, TaskRow

Result = TypeVar("Result")
TOLD = 3
"""Effects of a close that are told in its notice."""


class SprintChanges(BaseScreen):
    """The actions of the sprint as a whole, and how anything is asked of the line."""

    @property
    def view(self) -> SprintView | None:
        """The sprint that is shown."""
        raise NotImplementedError

    @property
    def row(self) -> TaskRow | None:
        """The task under the cursor."""
        raise NotImplementedError

    def choose(self, sprint_id: str) -> None:
        """Show another sprint."""
        raise NotImplementedError

    # The line

    @property
    def line(self) -> SprintPort:
        """What commands go to; without a line there is no sprint to have commands for."""
        port = self.frame.port
        if port is None:
            raise OficinaError("The line is still being opened")
        return port.sprints

    async def ask(self, work: Awaitable[Result], done: str = "") -> Result | None:
        """Have something done; what is refused is said in a line, and gives None."""
        try:
            result = await work
        except OficinaError as error:
            self.frame.say(str(error), severity="error")
            return None
        if done:
            self.frame.say(done)
        return result

    def form(
        self,
        title: str,
        entries: Sequence[FormField],
        hand_in: Callable[[Mapping[str, str]], Awaitable[Result]],
        done: Callable[[Result | None], None],
        told: str = "",
        start: str = "",
    ) -> None:
        """Open a form; `done` gets what handing it in gave, None when it was left."""
        dialog: FormDialog[Any] = FormDialog(title, entries, hand_in, told=told, start=start)
        self.app.push_screen(dialog, done)

    # Sprints

    async def action_sprints(self) -> None:
        if self.frame.port is None:
            self.frame.say("The line is still being opened", severity="warning")
            return
        rows = await self.ask(self.line.listing())
        if not rows:
            self.frame.say("There is no sprint yet", severity="warning")
            return
        from screens.sprint_pickers import SprintPicker

        self.app.push_screen(SprintPicker(rows), lambda picked: self.choose(picked) if picked else None)

    async def action_new_sprint(self) -> None:
        """From a recipe of the workspace, or made here."""
        if self.frame.port is None:
            self.frame.say("The line is still being opened", severity="warning")
            return
        from screens.sprint_pickers import RecipePicker

        paths = await self.ask(self.line.recipes())
        if paths is not None:
            self.app.push_screen(RecipePicker(paths), self._recipe_picked)

    def _recipe_picked(self, path: str | None) -> None:
        from screens.sprint_pickers import MADE_HERE

        if path == MADE_HERE:
            self.run_worker(self._make(), group="sprint-form")
        elif path:
            self.run_worker(self._open_recipe(path), group="sprint-form")

    async def _open_recipe(self, path: str) -> None:
        self._opened(await self.ask(self.line.open_recipe(path)))

    async def _make(self) -> None:
        known = [row.sprint_id for row in await self.ask(self.line.listing()) or ()]

        async def create(told: Mapping[str, str]) -> str:
            return await self.line.create(told)

        self.form("A new sprint", forms.new_sprint(forms.next_sprint(known)), create, self._opened)

    def _opened(self, sprint_id: str | None) -> None:
        if sprint_id:
            self.frame.say(f"{sprint_id} is open")
            self.choose(sprint_id)

    async def action_edit_sprint(self) -> None:
        view = self.view
        document = await self.ask(self.line.document(view.sprint.sprint_id)) if view is not None else None
        if view is None or document is None:
            return
        entries = forms.edit_sprint(view, document)

        async def edit(told: Mapping[str, str]) -> bool:
            changed = forms.changes(entries, told)
            if changed:
                await self.line.edit_sprint(view.sprint.sprint_id, changed)
            return bool(changed)

        def said(changed: bool | None) -> None:
            if changed is not None:
                name = view.sprint.sprint_id
                self.frame.say(f"{name} is changed" if changed else f"{name} stays as it was")

        self.form(f"Edit {view.sprint.sprint_id}", entries, edit, said, start=entries[0].name)

    async def action_close_sprint(self) -> None:
        """Each thing that is left gets its fate; where nothing is, only whether to close it is asked."""
        view = self.view
        if view is None:
            return
        sprint_id = view.sprint.sprint_id
        left = await self.ask(self.line.left(sprint_id))
        if left is None:
            return
        if left:
            from screens.dialogs.close_sprint import CloseSprintDialog

            open_ones = [each.sprint.sprint_id for each in self.frame.model.sprints]
            others = [name for name in open_ones if name != sprint_id]
            dialog = CloseSprintDialog(self.line, sprint_id, left, others)
            self.app.push_screen(dialog, lambda closed: self._closed_now(sprint_id, closed))
        else:
            self._close_whole(view)

    def _close_whole(self, view: SprintView) -> None:
        from screens.dialogs.confirm import ConfirmDialog

        sprint_id = view.sprint.sprint_id
        done = f"{view.sprint.feitas} of {view.sprint.total} tasks are done"
        dialog = ConfirmDialog(
            f"Close {sprint_id}?",
            f"{done}, and nothing is left to decide about.",
            ("close it", "it is only shown from then on"),
            ("not yet", "it stays open"),
        )

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._close(sprint_id), group="sprint-form")

        self.app.push_screen(dialog, answered)

    async def _close(self, sprint_id: str) -> None:
        done = await self.ask(self._close_it(sprint_id))
        self._closed_now(sprint_id, done)

    async def _close_it(self, sprint_id: str) -> tuple[str, ...]:
        await self.line.close(sprint_id, {}, "")
        return ()

    def _closed_now(self, sprint_id: str, effects: Sequence[str] | None) -> None:
        """Say so, with what that did to tasks that waited for one another; None of one that stays open."""
        if effects is None:
            return
        more = [f"and {len(effects) - TOLD} more"] if len(effects) > TOLD else []
        self.frame.say("\n".join([f"{sprint_id} is closed", *effects[:TOLD], *more]))
