"""What Events says, as pure functions: columns, cells, the lines around the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.content import Content

from screens.backlog_content import SAGA_SHOWN, no_match
from screens.commands import key_of
from screens.evidence.layout import DIM, STRONG, span
from screens.evidence.values import number
from screens.states import kind, state
from screens.text import ago, full_time, local_minute, local_time, span_of
from screens.widgets.columns import Cell, Column
from store.clock import seconds_between
from store.views.model import EventRow, ItemRow

DAY_S = 86_400

COLUMNS = (
    Column("ts", "when", 11, keep=6),
    Column("tipo", "event", 19, keep=5),
    Column("item", "item", 8, keep=4),
    Column("kind", "of", 9, keep=2, at_least=76),
    Column("texto", "what", 20, grow=1, keep=3),
    Column("ator", "actor", 13, keep=1, at_least=90),
    Column("saga", "saga", 8, keep=0, at_least=130),
)
_WORSE = ("falhou", "failed", "quebrada", "rolled_back", "error", "aberto", "recusad", "missed")
_BETTER = ("passou", "passed", "deployed", "desbloqueio", "resolvida", "validada", "tomada")


def cells(row: EventRow, item: ItemRow | None, now: str, *, exact: bool) -> Sequence[Cell]:
    """One cell a column for an event; `item` is what it is about, where that is known."""
    return (
        Cell(when(row.ts, now, exact=exact), "quiet"),
        Cell(row.tipo, _style(row)),
        Cell(row.item_id, ""),
        Cell(kind(item.tipo) if item else "", "quiet"),
        Cell(row.texto, ""),
        Cell(row.ator, "quiet"),
        Cell(row.saga_id, "quiet"),
    )


def when(moment: str, now: str, *, exact: bool) -> str:
    """The time of day (the date where it is not of the last day), or how long ago."""
    if not moment:
        return ""
    past = seconds_between(moment, now)
    if not exact:
        return span_of(past)
    return local_time(moment) if past < DAY_S else local_minute(moment)


def _style(row: EventRow) -> str:
    """What went wrong and what went well stand out; the words say it, too."""
    text = f"{row.tipo} {row.texto.casefold()}" if row.tipo == "item.transicao" else row.tipo
    if any(word in text for word in _WORSE):
        return "bad"
    if any(word in text for word in _BETTER):
        return "good"
    return "warn" if row.tipo.startswith("decisao.solicitada") else "primary"


@dataclass(frozen=True, slots=True)
class Summary:
    """What the line above the log tells."""

    shown: int
    filter: str
    following: bool
    behind: bool
    more: bool
    loading: bool
    loaded: bool
    follow_key: str
    older_key: str


def summary_line(facts: Summary, width: int) -> Content:
    """How many events are shown, whether there are older ones, and whether the newest are followed."""
    noun = "that match" if facts.filter.strip() else "events"
    left = Content.assemble((number(facts.shown), "bold"), (f" {noun}", DIM), span(_older(facts), DIM))
    right = _following(facts)
    gap = max(1, width - left.cell_length - right.cell_length)
    return (left + " " * gap + right).truncate(width, ellipsis=True)


def _older(facts: Summary) -> str:
    if facts.loading:
        return "   reading older ones …"
    return f"   older ones: {facts.older_key}" if facts.more else "   from the first on"


def _following(facts: Summary) -> Content:
    if facts.following:
        return span("● following", "$text-primary")
    told = "newer ones came" if facts.behind else "stopped"
    return Content.assemble(
        (f"{told}: ", DIM), (facts.follow_key, "bold $footer-key-foreground"), (" follows", DIM)
    )


def empty_lines(facts: Summary, keys: Mapping[str, str]) -> Content:
    """What stands in the log's place when it has no lines: why, and the key that changes it."""
    if not facts.loaded:
        return Content.styled("Opening the store …", DIM)
    if facts.loading:
        return Content.styled("Reading the log …", DIM)
    if facts.filter.strip():
        older = f", {facts.older_key} looks further back" if facts.more else ""
        return no_match("No event matches", facts.filter, key_of("events.clear", keys), older)
    return Content.assemble(
        ("Nothing happened yet.", STRONG),
        "\n\n",
        (
            "Whatever happens is told here, as it happens: items, decisions, tests, deployments, probes.\n",
            DIM,
        ),
        ("In a shell: ", DIM),
        ("oficina spec add FILE", "bold $footer-key-foreground"),
        (" sets the line going", DIM),
    )


def preview(row: EventRow, item: ItemRow | None, now: str, width: int) -> Content:
    """The event under the cursor with all that it says, and how its item stands now."""
    lines = [span(row.tipo, "bold"), span(full_time(row.ts), DIM), span(ago(row.ts, now), DIM), Content("")]
    lines += [span(part) for part in row.texto.split(" · ") if part]
    facts = [
        ("item", row.item_id),
        ("is", item.titulo if item else ""),
        ("now", state(item.estado, humano=item.humano).label if item else ""),
        ("actor", row.ator),
        ("spec", row.spec_ref),
        ("saga", row.saga_id[:SAGA_SHOWN]),
        ("place", f"{row.seq}.{row.n}"),
    ]
    lines.append(Content(""))
    lines += [Content.assemble((f"{name:<7}", DIM), span(value)) for name, value in facts if value]
    return Content("\n").join(
        [piece for line in lines for piece in (line.wrap(max(8, width)) if line else [line])]
    )


def key(row: EventRow) -> str:
    """What a line of the log is known by."""
    return f"{row.seq}.{row.n}"
