"""What the owner does to tasks on the Sprint screen: each is a command to the line, and told in a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from screens import sprint_forms as forms
from screens import sprint_reasons as reasons
from screens import sprint_tree as tree
from screens.commands import Command, command, shown_key
from screens.evidence.layout import heading
from screens.evidence.values import count
from screens.sprint_edits import SprintEdits
from store.views.sprint import ENDS, ChildRow, SprintView, TaskRow, WaitRow

if TYPE_CHECKING:
    from textual.content import Content

    from store.sprint.concluding import Concluded
    from store.views.task import TaskDetail

_OF_TASK = (
    "start",
    "conclude",
    "pull",
    "edit",
    "move",
    "block",
    "cancel",
    "place_up",
    "place_down",
    "attachments",
    "copy_id",
    "expand",
    "collapse",
    "detail",
    "next_pane",
)
_CHANGING = (*_OF_TASK[:9], "add", "edit_sprint", "close_sprint")
TOLD = 3
"""Pulled children that are told by name."""


class SprintActions(SprintEdits):
    """The actions of the task under the cursor."""

    # Why not

    def why_not(self, entry: Command) -> str:
        action, view, row = entry.action, self.view, self.row
        if action == "new_sprint":
            return "This workspace is only viewed" if self.frame.model.linha.modo == "viewing" else ""
        if action in _CHANGING and (why := reasons.why_no_change(view, self.frame.model.linha)):
            return why
        if action == "pull" and view is not None and view.deixados:
            return ""
        if action in _OF_TASK and row is None:
            return reasons.NO_TASK
        if row is None or view is None:
            return "There is no task yet" if action in ("filter", "facets", "forecast") else ""
        special = _WHY_NOT.get(action)
        return special(self, row, view) if special is not None else ""

    def _why_no_start(self, row: TaskRow, view: SprintView) -> str:
        return reasons.why_no_start(row, view, self._key("sprint.pull"))

    def _why_no_conclusion(self, row: TaskRow, view: SprintView) -> str:
        return reasons.why_no_conclusion(row, view, self._key("sprint.start"))

    def _why_no_pull(self, row: TaskRow, view: SprintView) -> str:
        if any(self._pullable(row, view)):
            return ""
        return f"{row.codigo} waits for nothing in the backlog, and brought nothing up that is to be pulled"

    def _why_no_place(self, row: TaskRow, view: SprintView, step: int) -> str:
        if row.estado in ENDS:
            return reasons.why_ended(row)
        beside = tree.siblings(view, row.codigo)
        place = beside.index(row.codigo) + step
        return (
            "" if 0 <= place < len(beside) else f"{row.codigo} is {'first' if step < 0 else 'last'} already"
        )

    def _why_no_file(self, row: TaskRow) -> str:
        fetched = self.fetched
        known = fetched is None or fetched.task.get("anexos") or self._artifacts(fetched)
        return "" if known else f"No file came with {row.codigo}"

    def _why_no_collapse(self, row: TaskRow, view: SprintView) -> str:
        under = any(tree.parent(each.codigo) == row.codigo for each in view.tarefas)
        return "" if under or row.nivel > 1 else f"{row.codigo} has no subtasks"

    def _key(self, name: str) -> str:
        return shown_key(command(name), self.frame.keys)

    # Start, conclude

    async def action_start(self) -> None:
        row, view = self._here
        resumed = bool(row.iniciada_em)
        work = self.line.start(view.sprint.sprint_id, row.codigo)
        await self.ask(work, f"{row.codigo} {'goes on' if resumed else 'is started'}: {row.titulo}")

    async def action_conclude(self) -> None:
        """A person says what it came to; of a task with an item the item has said it."""
        row, view = self._here
        if row.item_ref:
            done = await self.ask(self.line.conclude(view.sprint.sprint_id, row.codigo, {}))
            self._concluded(done)
            return

        async def conclude(told: Mapping[str, str]) -> Concluded:
            return await self.line.conclude(view.sprint.sprint_id, row.codigo, told)

        told = self._children_told(tree.children_of(view, row.codigo))
        self.form(
            f"Conclude {row.codigo} {row.titulo}", forms.conclusion(row), conclude, self._concluded, told
        )

    def _children_told(self, children: Sequence[ChildRow]) -> str:
        """What will happen to what its work has brought up."""
        if not children:
            return ""
        comes = sum(child.auto_pull for child in children)
        asked = len(children) - comes
        parts = [f"{comes} will be pulled" if comes else "", f"{asked} will be asked about" if asked else ""]
        found = count(len(children), "thing was", "things were")
        return f"{found} found at its work: {', '.join(filter(None, parts))}"

    def _concluded(self, done: Concluded | None) -> None:
        """Say what came in; ask about the rest at once, where questions prompt by themselves."""
        if done is None:
            return
        pulled = [f"Pulled: {each.codigo} {each.titulo}" for each in done.puxados]
        if len(pulled) > TOLD:
            pulled = [*pulled[: TOLD - 1], f"and {len(pulled) - TOLD + 1} more"]
        following = f"Next: {done.proxima}" if done.proxima else ""
        self.frame.say("\n".join(filter(None, [f"{done.codigo} is concluded", *pulled, following])))
        asked = [each.pergunta for each in done.pendentes]
        if asked and self.frame.settings.prompt != "inbox":
            self._ask_about(asked)

    def _ask_about(self, questions: Sequence[str]) -> None:
        if self.frame.prompts is not None:
            self.frame.prompts.ask_several(questions)

    # Pull

    def _pullable(self, row: TaskRow, view: SprintView) -> tuple[list[ChildRow], list[WaitRow]]:
        """The children that nobody has decided about, and the items that it waits for that are to be had."""
        waits = [wait for wait in row.espera if wait.puxavel]
        return tree.children_of(view, row.codigo), waits

    async def action_pull(self) -> None:
        """At once where it is one thing, else whatever is picked; what is asked already is opened. What was
        left in the backlog is always picked by its name: it is not this task's.
        """
        row, view = self.row, self.view
        if view is None:
            return
        children, waits = self._pullable(row, view) if row is not None else ([], [])
        # What was left, and is waited for, is there once: the task at the cursor wants it.
        waited = {wait.ref for wait in waits}
        left = [child for child in view.deixados if child.item_ref not in waited]
        asked = [child.pergunta for child in children if child.pergunta]
        if asked and len(asked) == len(children) and not waits and not left:
            self._ask_about(asked)
        elif len(children) + len(waits) == 1 and not left:
            await self._pull(children[0] if children else waits[0])
        else:
            from screens.sprint_pickers import PullPicker

            things: dict[str, ChildRow | WaitRow] = {child.item_ref: child for child in (*children, *left)}
            things |= {wait.ref: wait for wait in waits}
            self.app.push_screen(PullPicker(children, waits, left), lambda ref: self._picked(things, ref))

    def _picked(self, things: Mapping[str, ChildRow | WaitRow], ref: str | None) -> None:
        if ref is not None:
            self.run_worker(self._pull(things[ref]), group="pull")

    async def _pull(self, thing: ChildRow | WaitRow) -> None:
        """A child comes under its task, where that is in this sprint; what a task waits for beside it."""
        if isinstance(thing, ChildRow) and thing.pergunta:
            self._ask_about([thing.pergunta])
            return
        if self.view is None:
            return
        if isinstance(thing, ChildRow):
            pai = tree.home_in(self.view, thing)
        else:
            pai = tree.parent(self.row.codigo) if self.row is not None else ""
        codigo = await self.ask(self.line.pull(self.view.sprint.sprint_id, _ref(thing), pai))
        if codigo:
            self.frame.say(f"Pulled: {codigo} {thing.titulo}")

    # Attachments

    @property
    def fetched(self) -> TaskDetail | None:
        """The documents of the task under the cursor, once they are there."""
        raise NotImplementedError

    def _artifacts(self, detail: TaskDetail) -> list[tuple[str, str]]:
        """Name and digest of what came with a result."""
        own = [(str(each["nome"]), str(each["sha256"])) for each in detail.task.get("anexos") or ()]
        made = ((detail.item or {}).get("artefatos") or {}).items()
        return own + [(str(name), str(each["sha256"])) for name, each in made if "sha256" in each]

    async def action_attachments(self) -> None:
        from screens.dialogs.viewer import Viewer
        from screens.evidence.layout import DIM, span
        from screens.widgets.sheet import fixed

        row, view = self._here
        detail = await self.ask(self.line.task(view.sprint.sprint_id, row.codigo))
        files = self._artifacts(detail) if detail is not None else []
        if not files:
            self.frame.say(f"No file came with {row.codigo}", severity="warning")
            return

        async def load() -> list[Content]:
            return await self._texts(files)

        self.app.push_screen(Viewer(f"What came with {row.codigo}", fixed([span("opening …", DIM)]), load))

    async def _texts(self, files: Sequence[tuple[str, str]]) -> list[Content]:
        from screens.evidence.code import code
        from screens.evidence.layout import blank

        port, lines = self.frame.port, []
        for name, digest in files:
            text = await port.artifact(digest) if port is not None else ""
            lines += [heading(name, digest[:12]), *code(text, name), blank()]
        return lines[:-1]


def _ref(thing: ChildRow | WaitRow) -> str:
    return thing.item_ref if isinstance(thing, ChildRow) else thing.ref


_WHY_NOT: Mapping[str, Callable[[SprintActions, TaskRow, SprintView], str]] = {
    "start": SprintActions._why_no_start,
    "conclude": SprintActions._why_no_conclusion,
    "pull": SprintActions._why_no_pull,
    "edit": lambda _, row, __: reasons.why_ended(row),
    "move": lambda _, row, __: reasons.why_ended(row),
    "cancel": lambda _, row, __: reasons.why_ended(row),
    "block": lambda _, row, __: reasons.why_no_block(row),
    "place_up": lambda screen, row, view: screen._why_no_place(row, view, -1),
    "place_down": lambda screen, row, view: screen._why_no_place(row, view, 1),
    "collapse": SprintActions._why_no_collapse,
    "attachments": lambda screen, row, _: screen._why_no_file(row),
}
