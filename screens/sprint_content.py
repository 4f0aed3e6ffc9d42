"""What the Sprint screen says around its tree, as pure functions: columns, cells, the lines above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from screens.evidence.layout import BAD, DIM, GOOD, STRONG, WARN, bar, span, words
from screens.evidence.values import hours, money, number, plain_money
from screens.sprint_states import cell_style, state_of
from screens.sprint_tree import Line
from screens.states import STATES
from screens.widgets.columns import Cell, Column
from store.views.held import HELD
from store.views.sprint import ENDS, SprintRow, SprintView, TaskRow

COLUMNS = (
    Column("task", "task", 16, grow=8, keep=9),
    Column("state", "state", 15, keep=8),
    Column("who", "who", 11, grow=2, keep=6),
    Column("waits", "waits for", 9, grow=1, keep=5),
    Column("hours", "hours", 7, right=True, keep=4),
    Column("cost", "R$", 15, right=True, keep=1),
)
INDENT, DEEPEST = 2, 8
"""Cells a level, and the levels that are indented."""
BAR = 20
STUCK = ("bloqueada", "pausada", "falhou")
"""States in which a task needs somebody."""


def cells(line: Line) -> Sequence[Cell]:
    """One cell a column for a line of the tree."""
    row = line.row
    style = "quiet" if not line.found or (row.estado in ENDS and row.estado != "concluida") else ""
    return (
        Cell(f"{_margin(line)}{row.codigo} {row.titulo}", style or ("strong" if row.nivel == 1 else "")),
        Cell(_state(line), cell_style(row)),
        Cell(row.responsavel, "quiet" if row.estado in ENDS else ""),
        Cell(*_waits(row)),
        Cell(pair(row.realizado_horas, row.estimado_horas, lambda value: number(value, 2)), "quiet"),
        Cell(pair(row.realizado_custo, row.estimado_custo, plain_money), "quiet"),
    )


def _margin(line: Line) -> str:
    """Indentation, and whether something is shown, or could be, beneath the line."""
    level = line.row.nivel - 1
    sign = "▾" if line.opened else "▸" if line.closed else "└" if level else " "
    return f"{' ' * INDENT * min(level, DEEPEST)}{sign} "


def _state(line: Line) -> str:
    more = f" +{line.children}" if line.children else ""
    return state_of(line.row).label + more


def _waits(row: TaskRow) -> tuple[str, str]:
    """What it waits for still; of one that waits for nothing what it depended on, or where it went."""
    if row.levada_para:
        return f"→ {row.levada_para}", "quiet"
    if row.espera:
        style = "bad" if any(wait.quebrada for wait in row.espera) else "warn"
        return ", ".join(wait.ref for wait in row.espera), style
    return (f"✓ {', '.join(row.depende_de)}" if row.depende_de else ""), "quiet"


def pair(actual: object, estimate: object, told: object) -> str:
    """Actual and estimate: `2/6`, `·/6`; empty where neither is known."""
    if actual is None and estimate is None:
        return ""
    assert callable(told)
    return "/".join("·" if value is None else str(told(value)) for value in (actual, estimate))


@dataclass(frozen=True, slots=True)
class Head:
    """What the lines above the tree are drawn from; equal ones are not drawn again."""

    view: SprintView | None
    others: int
    """Other sprints that are open."""
    shown: int
    filter: str
    today: str


def head_lines(head: Head, width: int) -> Content:
    """Name and days; progress, WIP, cost against budget and what is left; the goal."""
    view = head.view
    if view is None:
        return span("Sprint", STRONG)
    first = words(
        span(view.sprint.sprint_id, "bold $text-accent"),
        None if view.sprint.estado == "aberta" else span("■ closed", WARN),
        span(view.sprint.titulo, STRONG),
        span(days(view.sprint, head.today), DIM),
        span(f"+{head.others} open", DIM) if head.others else None,
        span(view.sprint.agrupador, DIM),
        gap=2,
    )
    goal = span(view.objetivo or view.sprint.agrupador, DIM)
    if head.filter:
        goal = span(f"{head.shown} of {len(view.tarefas)} tasks match «{head.filter}»", "$text-accent")
    found = (first, _progress(view, width), _costs(view, width), goal)
    return Content("\n").join([line.truncate(width, ellipsis=True) for line in found])


def days(row: SprintRow, today: str) -> str:
    """`day 3 of 15, to 12-31`; as far as dates are planned."""
    from datetime import date

    if not row.inicio or not row.fim:
        return f"from {row.inicio}" if row.inicio else f"to {row.fim}" if row.fim else ""
    begin, end = date.fromisoformat(row.inicio), date.fromisoformat(row.fim)
    day = (date.fromisoformat(today) - begin).days + 1
    whole = (end - begin).days + 1
    if row.estado != "aberta" or day < 1:
        return f"{row.inicio} to {row.fim}"
    return f"day {day} of {whole}, to {row.fim[5:]}" if day <= whole else f"over since {row.fim}"


def _progress(view: SprintView, width: int) -> Content:
    """The bar with its count, the tasks under way, and what needs somebody: the bar and the blanks make room
    for the counts where there is little.
    """
    row = view.sprint
    share = row.feitas / row.total if row.total else 0.0
    whole = min(BAR, max(6, width // 6))
    done = words(span(f"{row.feitas} of {row.total}", STRONG), span("done", DIM))
    for size, gap in ((whole, 3), (whole, 2), (6, 2), (3, 2), (0, 2), (0, 1)):
        drawn = bar(share, size) if size else None
        line = words(words(drawn, done), wip(view), blocked(view, gap=min(gap, 2)), gap=gap)
        if line.cell_length <= width:
            break
    return line


def _costs(view: SprintView, width: int) -> Content:
    """What was spent, what is left, and by when it is done; the sums are whole where there is little room."""
    for short, gap in ((False, 3), (False, 2), (True, 2), (True, 1)):
        line = words(cost(view, short=short), forecast(view), over_budget(view), gap=gap)
        if line.cell_length <= width:
            break
    return line


def wip(view: SprintView) -> Content | None:
    """Tasks under way, against the limit."""
    row = view.sprint
    if row.estado != "aberta":
        return None
    if row.wip is None:
        return words(span("WIP", DIM), span(row.em_curso))
    full = row.em_curso >= row.wip
    return words(span("WIP", DIM), span(f"{row.em_curso}/{row.wip}", WARN if full else STRONG))


def blocked(view: SprintView, gap: int = 2) -> Content | None:
    """How many tasks can't go on, how many can be concluded, and what is to be pulled or was left."""
    if view.sprint.estado != "aberta":
        return None
    held, ready = stuck(view), sum(row.estado == "pronta" for row in view.tarefas)
    parts = [
        span(f"■ {held} blocked", WARN) if held else None,
        span(f"» {ready} ready", GOOD) if ready else None,
        span(f"+{len(view.filhos)} to pull", WARN) if view.filhos else None,
        span(f"{STATES[HELD].symbol} {len(view.deixados)} left", DIM) if view.deixados else None,
    ]
    return words(*parts, gap=gap) or None


def stuck(view: SprintView) -> int:
    """Tasks that can't go on without somebody."""
    return sum(row.estado in STUCK for row in view.tarefas)


def cost(view: SprintView, *, short: bool = False) -> Content | None:
    """What was spent, of the budget where there is one, else of the estimate; `short` leaves out which."""
    whole = view.orcamento if view.orcamento is not None else view.estimado_custo
    if not whole and not view.realizado_custo:
        return None
    over = view.realizado_custo > whole
    name = "budget" if view.orcamento is not None else "estimated"
    about = span(f"of {money(whole)}" if short else f"of {money(whole)} {name}", DIM)
    return words(span(money(view.realizado_custo), BAD if over else STRONG), about)


def over_budget(view: SprintView) -> Content | None:
    """That its tasks are estimated to cost more than there is."""
    if view.orcamento is None or view.estimado_custo <= view.orcamento:
        return None
    return span(f"estimated {money(view.estimado_custo)}", WARN)


def forecast(view: SprintView) -> Content | None:
    """What is left to do, and by when it is done."""
    if not view.fim_previsto or view.sprint.estado != "aberta":
        return None
    late = bool(view.sprint.fim) and view.fim_previsto > view.sprint.fim
    told = f"done by {view.fim_previsto[5:]}"
    return words(
        span(f"{hours(view.resta_horas)} left,", DIM),
        span(f"{told}, late" if late else told, WARN if late else ""),
    )


def empty_lines(head: Head, loaded: bool, keys: dict[str, str]) -> Content:
    """What stands in the tree's place: why, and the keys that change it; `keys` are by action."""
    if not loaded:
        return span("Opening the store …", DIM)
    if head.view is None:
        return _told(
            "No sprint is open. A sprint has tasks in a tree; what their work brings up is pulled into it.",
            (keys["new_sprint"], "opens one: from a recipe of the workspace, or made here"),
            (keys["sprints"], "shows the sprints before it"),
        )
    if head.filter:
        return _told(f"Nothing matches «{head.filter}»", ("esc", "takes the filter away"))
    return _told(
        f"{head.view.sprint.sprint_id} has no tasks yet.",
        (keys["add"], "adds one: a person's, or one that carries an item of the backlog"),
    )


def _told(text: str, *ways: tuple[str, str]) -> Content:
    lines = [span(text, DIM)]
    lines += [Content.assemble((f"{key} ", "bold $footer-key-foreground"), (does, DIM)) for key, does in ways]
    return Content("\n").join(lines)
