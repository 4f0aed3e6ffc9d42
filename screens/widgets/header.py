"""The line at the top: the workspace, the counts that matter from anywhere, who runs the line, the time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from screens.frame import run_on
from screens.states import BLOCKED, DECIDE, FAILED, RUNNING, State
from screens.text import clean, span_of
from screens.zone import there
from store.clock import seconds_between

if TYPE_CHECKING:
    from store.views.model import ItemRow, LineState, ReadModel

SHORT = {"running": "run"}
"""Words for where even the counts hardly fit."""
COUNTED = {
    RUNNING: "app.actors",
    DECIDE: "app.decisions",
    BLOCKED: "app.blocked",
    FAILED: "app.failures",
}
"""What is counted, and the command that shows it."""
FULL_WIDTH = 72
"""From this width on, counts of zero, the workspace and the time are shown too."""


class Facts(NamedTuple):
    """All that the header shows; equal facts are not drawn again."""

    workspace: str
    running: int
    waiting: int
    oldest: str
    blocked: int
    failed: int
    line: str
    time: str
    loaded: bool = True


def awake(rows: Iterable[ItemRow], now: str) -> list[ItemRow]:
    """Open decisions whose time has come: not snoozed, not in the seconds of an undo."""
    return [row for row in rows if row.disponivel_em <= now]


def facts_of(model: ReadModel, now: str) -> Facts:
    """What the header says of a model at a time (UTC text)."""
    waiting = awake(model.decisoes, now)
    since = min((row.espera_desde or row.criado_em for row in waiting), default="")
    return Facts(
        workspace=clean(model.workspace),
        running=len(model.rodando),
        waiting=len(waiting),
        oldest=span_of(seconds_between(since, now)) if since else "",
        blocked=len(model.bloqueados),
        failed=len(model.falhas),
        line=line_words(model.linha),
        time=there(now).strftime("%H:%M"),
        loaded=model.linha.carregado,
    )


def line_words(line: LineState) -> str:
    """How the line runs, where that is worth a word: nothing while it simply runs here."""
    return {
        "running": "",
        "starting": "opening",
        "attached": f"line runs in {held_by(line)}" if line.titular else "attached",
        "viewing": "view only",
    }.get(line.modo, line.modo)


def held_by(line: LineState) -> str:
    """The process that runs the line, and since when: `tui:4711 since 13:40`."""
    since = there(line.desde).strftime("%H:%M") if line.desde else ""
    return f"{clean(line.titular)} since {since}" if since else clean(line.titular)


def header_content(facts: Facts, width: int) -> Content:
    """The header's line for a width in cells: the counts first, the rest where there is room."""
    brand, line = Content.styled("oficina", "bold $primary"), Content.styled(facts.line, "$text-warning")
    if not facts.loaded:
        return opening_content(facts.workspace)
    present = _present(facts, tight=False)
    if width >= FULL_WIDTH:
        name = Content(facts.workspace).truncate(max(8, width // 5), ellipsis=True)
        left = Content("  ").join([part for part in (brand, name) if part])
        time = Content.styled(facts.time, "$text-muted")
        right = Content("  ").join([line, time] if line else [time])
        for counts, side in ((_counts(facts), right), (_counts(facts), line or time), (present, right)):
            if left.cell_length + counts.cell_length + side.cell_length + 4 <= width:
                return _spread(left, counts, side, width)
        return _spread(left, present, line, width)
    if brand.cell_length + present.cell_length + 2 <= width:
        return _spread(brand, present or line, Content(""), width)
    return _present(facts, tight=True).truncate(width, ellipsis=True)


def opening_content(workspace: str) -> Content:
    """Before the store is loaded there is nothing to count."""
    return Content.assemble(("oficina", "bold $primary"), f"  {workspace}  ", ("opening", "$text-warning"))


def _counts(facts: Facts) -> Content:
    """Every count, also of nothing, with how long the oldest decision has waited."""
    parts = []
    for state, count in _numbers(facts):
        words = f"{state.symbol} {state.word} {count}"
        note = f" ({facts.oldest})" if state is DECIDE and facts.oldest else ""
        parts.append(Content.assemble((words, _style(state, count)), (note, "$text-muted")))
    return Content("   ").join(parts)


def _present(facts: Facts, *, tight: bool) -> Content:
    """Only the counts that are not zero."""
    parts = []
    for state, count in _numbers(facts):
        word = SHORT.get(state.word, state.word) if tight else state.word
        words = f"{state.symbol}{count} {word}" if tight else f"{state.symbol} {word} {count}"
        parts += [Content.styled(words, _style(state, count))] if count else []
    return Content(" " if tight else "  ").join(parts)


def _numbers(facts: Facts) -> list[tuple[State, int]]:
    return [
        (RUNNING, facts.running),
        (DECIDE, facts.waiting),
        (BLOCKED, facts.blocked),
        (FAILED, facts.failed),
    ]


def _style(state: State, count: int) -> str:
    if not count:
        return "$text-muted"
    return f"bold {state.style}" if state is DECIDE else state.style


def _spread(left: Content, middle: Content, right: Content, width: int) -> Content:
    """Left, middle and right on one line of `width`; the middle is centred where it fits."""
    room = width - left.cell_length - right.cell_length
    start = max(2, min((width - middle.cell_length) // 2 - left.cell_length, room - middle.cell_length - 2))
    gap = max(1, room - start - middle.cell_length)
    return (left + " " * start + middle + " " * gap + right).truncate(width, ellipsis=True)


class Header(Widget):
    """Drawn only when one of its facts changes."""

    DEFAULT_CSS = """
    Header { height: 1; padding: 0 1; background: $panel; color: $foreground; }
    """

    facts: reactive[Facts | None] = reactive(None)

    def show(self, model: ReadModel, now: str) -> None:
        """Bring it up to date with a model, at a time (UTC text)."""
        self.facts = facts_of(model, now)

    def render(self) -> Content:
        if self.facts is None:
            return opening_content(clean(getattr(self.app, "workspace", "")))
        return header_content(self.facts, self.size.width)

    async def on_click(self, event: events.Click) -> None:
        """A click on a count goes to the screen that has what it counts."""
        mode = mode_at(self.render().plain, event.x - self.gutter.left)
        if mode:
            await run_on(self.screen, mode)


def mode_at(line: str, cell: int) -> str:
    """The command that shows what the header counts at a cell; empty beside the counts."""
    for state, mode in COUNTED.items():
        start = line.rfind(state.symbol)
        # A count ends where the next one or a wide gap begins; every sign of the header is one cell wide.
        ends = [line.find(gap, start) for gap in ("  ", *(f" {other.symbol}" for other in COUNTED))]
        end = min((at for at in ends if at > start), default=len(line))
        if 0 <= start <= cell < end:
            return mode
    return ""
