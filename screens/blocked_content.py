"""What Blocked says, as pure functions: columns, cells, the lines around the tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.content import Content

from screens.backlog_content import QUIET, no_match
from screens.blocked_tree import Node
from screens.commands import key_of
from screens.evidence.layout import span
from screens.evidence.titles import row_subject
from screens.evidence.values import count, number
from screens.states import BLOCKED, DECIDE, FAILED, State, kind, state
from screens.text import ago, clean, span_of, when
from screens.widgets.columns import Cell, Column
from store.clock import seconds_between
from store.views.blocked import ENDED, YOU, Cause, Causes
from store.views.search import folded

COLUMNS = (
    Column("what", "blocked", 30, grow=4, keep=5),
    Column("root", "waits for", 21, grow=2, keep=4),
    Column("who", "on", 12, keep=3),
    Column("since", "since", 6, right=True, keep=2),
)

INDENT, DEEPEST = 2, 8
"""Cells a level, and the levels that are indented: deeper lines say how deep they are."""

_STATES = {
    "verifying": State("○", "being verified", "$text-primary"),
    "missing": State("□", "not there", "$text-warning"),
    "unknown": State("?", "never existed", "$text-error"),
    "under way": State("●", "under way", "$text-primary"),
}
_STYLES = {
    "EmProcessamento": "primary",
    "verifying": "primary",
    "under way": "primary",
    "Bloqueado": "warn",
    "missing": "warn",
    "Falhou": "bad",
    "unknown": "bad",
}
_KINDS = {"spec": "spec", "capacidade": "capability", "item": "item"}


def cells(node: Node, causes: Causes, now: str, names: Mapping[str, str]) -> Sequence[Cell]:
    """One cell a column for a line of the tree; `names` are the specs' titles by id."""
    cause = causes.cause(node.ref)
    root = causes.root(node.ref)
    who = cause.quem or (root.quem if root is not None else "")
    style = "strong" if not node.depth else "" if cause.quem or cause.aberta else "quiet"
    return (
        Cell(f"{_margin(node)}{name_of(cause, names)}", style),
        Cell(*_waits(node, cause, root, now)),
        Cell(who, "warn" if who == YOU else "primary" if who else "quiet"),
        Cell(span_of(seconds_between(cause.desde, now)) if cause.desde else "", "quiet"),
    )


def _margin(node: Node) -> str:
    """Indentation, and whether something is shown, or could be, beneath the line."""
    deeper = f"{node.depth} " if node.depth > DEEPEST else ""
    sign = "▾" if node.opened else "▸" if node.closed else "└" if node.depth else " "
    return f"{' ' * INDENT * min(node.depth, DEEPEST)}{deeper}{sign} "


def _waits(node: Node, cause: Cause, root: Cause | None, now: str) -> tuple[str, str]:
    """What a line waits for in the end, or how the root cause itself stands; and the cell's style."""
    if node.circle:
        return "↻ as above", "bad"
    if root is None:
        return "↻ in a circle", "bad"
    if root.ref == cause.ref:
        return standing(cause, now)
    told, style = standing(root, now)
    symbol = told.partition(" ")[0]
    return f"{symbol} {short(root)}", style


def standing(cause: Cause, now: str) -> tuple[str, str]:
    """How a cause stands, with a symbol, and its cell's style: `◆ asks you`, `✗ Falhou`, `○ in 4 m`."""
    later = cause.row.disponivel_em if cause.row is not None and cause.row.disponivel_em > now else ""
    if cause.aberta:
        return f"{DECIDE.symbol} {f'asks {ago(later, now)}' if later else 'asks you'}", "warn"
    if cause.estado == "Pendente":
        return (f"○ tries {ago(later, now)}" if later else "○ in the queue"), ""
    if cause.estado == "Concluido":
        return "✓ done, its work goes on", ""
    shown = _STATES.get(cause.estado) or state(cause.estado)
    return shown.label, _STYLES.get(cause.estado, "")


def short(cause: Cause) -> str:
    """A cause in few words: `structure BKL-0009`, `spec frete`."""
    name = _KINDS.get(cause.tipo) or kind(cause.tipo)
    return f"{name} {cause.ref.partition(':')[2] or cause.ref}"


def name_of(cause: Cause, names: Mapping[str, str]) -> str:
    """A cause by its kind, id and what it is about: `budget BKL-0007 frete · Frete por peso`."""
    row = cause.row if not cause.ref.startswith(("spec:", "cap:")) else None
    if row is None:
        title = (
            "" if cause.titulo == cause.ref.partition(":")[2] or cause.titulo == cause.ref else cause.titulo
        )
        return f"{short(cause)} {title}".rstrip()
    return f"{short(cause)} {row.recurso or row_subject(row, names)}"


def searchable(cause: Cause, names: Mapping[str, str]) -> str:
    """The folded text that a cause is found by."""
    return folded(f"{name_of(cause, names)} {cause.titulo} {cause.quem}")


@dataclass(frozen=True, slots=True)
class Summary:
    """What the line above the tree tells."""

    total: int
    shown: int
    turns: tuple[tuple[str, int], ...]
    """How many wait for whom in the end, most first; empty for nobody."""
    filter: str
    loaded: bool


def turns(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    """The owner first, then the actors, then nobody; most first."""
    order = sorted(counts.items(), key=lambda pair: (pair[0] != YOU, not pair[0], -pair[1], pair[0]))
    return tuple(order)


def summary_line(facts: Summary, width: int) -> Content:
    """How many are blocked, and whose turn it is."""
    if facts.filter.strip():
        found = Content.assemble((number(facts.shown), "bold"), (f" of {number(facts.total)} blocked", QUIET))
        return found.truncate(width, ellipsis=True)
    parts = [Content.assemble((number(facts.total), "bold"), (" blocked", QUIET))]
    parts += [_turn(who, amount) for who, amount in facts.turns]
    return Content("   ").join(parts).truncate(width, ellipsis=True)


def _turn(who: str, amount: int) -> Content:
    if who == YOU:
        return span(f"{DECIDE.symbol} {count(amount, 'waits', 'wait')} for you", DECIDE.style)
    if who:
        return span(f"● {number(amount)} for {who}", "$text-primary")
    return span(f"{BLOCKED.symbol} {number(amount)} for nobody by itself", BLOCKED.style)


def empty_lines(facts: Summary, keys: Mapping[str, str]) -> Content:
    """What stands in the tree's place when nothing is blocked: what would be here, and what makes it so."""
    if not facts.loaded:
        return Content.styled("Opening the store …", QUIET)
    if facts.total:
        return no_match("Nothing that is blocked matches", facts.filter, key_of("blocked.clear", keys))
    return Content.assemble(
        ("Nothing is blocked.", "bold"),
        "\n\n",
        ("Here comes what waits for something else: a spec that needs a capability or another spec ", QUIET),
        ("that is not there yet, with what it waits for in the end, on whom, and since when.\n", QUIET),
        (key_of("app.backlog", keys), "bold $footer-key-foreground"),
        (" shows every item, ", QUIET),
        (key_of("app.decisions", keys), "bold $footer-key-foreground"),
        (" what waits for you", QUIET),
    )


def preview(
    node: Node, causes: Causes, now: str, names: Mapping[str, str], width: int, keys: Mapping[str, str]
) -> Content:
    """The line under the cursor, beside the tree: what it is, since when exactly, and the way to its root."""
    cause = causes.cause(node.ref)
    row = cause.row
    told, _ = standing(cause, now)
    lines = [span(cause.titulo, "bold"), span(short(cause), QUIET), Content(""), span(told)]
    facts = [
        ("since", when(cause.desde, now)),
        ("actor", row.ator if row else ""),
        ("spec", row.spec_ref if row else ""),
        ("attempt", str(row.tentativa) if row and row.tentativa else ""),
        ("next", when(row.disponivel_em, now) if row and row.disponivel_em > now else ""),
    ]
    lines += [Content.assemble((f"{label:<9}", QUIET), span(value)) for label, value in facts if value]
    if row is not None and row.motivo and row.status not in ENDED:
        lines += [Content(""), span(row.motivo, FAILED.style if row.status == "Falhou" else QUIET)]
    lines += _way(node, causes, now, names, keys)
    return Content("\n").join(
        [piece for line in lines for piece in (line.wrap(max(8, width)) if line else [line])]
    )


def _way(
    node: Node, causes: Causes, now: str, names: Mapping[str, str], keys: Mapping[str, str]
) -> list[Content]:
    """Each thing between the line and its root cause, with how it stands."""
    path = causes.path(node.ref)
    if not path:
        return [Content(""), span("It waits for itself, in a circle: cancel one of them.", "$text-error")]
    if len(path) == 1:
        return _advice(causes.cause(path[0]), keys)
    lines = [Content(""), Content.styled("waits for", QUIET)]
    for ref in path[1:][:DEEPEST]:
        cause = causes.cause(ref)
        told, _ = standing(cause, now)
        lines += [span(f"└ {name_of(cause, names)}"), span(f"  {told}", QUIET)]
    if len(path) - 1 > DEEPEST:
        lines.append(
            span(f"… {count(len(path) - 1 - DEEPEST, 'more step', 'more steps')} to the root", QUIET)
        )
    return [*lines, *_advice(causes.cause(path[-1]), keys)]


def _advice(root: Cause, keys: Mapping[str, str]) -> list[Content]:
    """What brings it on: the owner's answer, by the key that opens it, or what goes on by itself."""
    if root.aberta:
        told = Content.assemble(
            (key_of("app.decide", keys), "bold $footer-key-foreground"),
            (f" opens {clean(short(root))}", QUIET),
        )
    elif root.quem and root.quem != YOU:
        told = span(f"{root.quem} goes on by itself", QUIET)
    elif root.estado == "verifying":
        told = span("its probe runs by itself", QUIET)
    else:
        return []
    return [Content(""), told]


def why_no_decision(cause: Cause | None, root: Cause | None) -> str:
    """Why `a` opens nothing for the line under the cursor; empty when its root cause is a question."""
    if cause is None or (root is not None and root.aberta):
        return ""
    if root is None:
        return f"{cause.ref} waits for itself in a circle: nothing asks about it"
    if root.quem and root.quem != YOU:
        return f"{cause.ref} waits for {root.quem}, not for you"
    return f"{cause.ref} waits for nothing that you can answer"
