"""What Actors says, as pure functions: the table's columns and cells, and the panes about one actor."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Mapping, Sequence

from textual.content import Content

from screens.commands import key_of
from screens.evidence.layout import BAD, DIM, GOOD, WARN, Field, field, fields, span
from screens.evidence.usage import usage_words
from screens.evidence.values import count, number, seconds
from screens.overview_content import Drawn, running_lines, sides
from screens.states import State, kind
from screens.text import ago, local_time, span_of
from screens.widgets.columns import Cell, Column
from screens.widgets.panel import Entry
from store.clock import add_seconds, seconds_between
from store.views.actors import KEPT
from store.views.model import ActorRow, AttemptRow, BreakerRow, ItemRow, LineState, ReadModel, RunningRow

COLUMNS = (
    Column("nome", "actor", 14, grow=1, keep=9),
    Column("tipos", "does", 22, grow=4, keep=0, at_least=118),
    Column("estado", "state", 14, keep=8),
    Column("fila", "queue", 6, right=True, keep=7),
    Column("voo", "busy", 6, right=True, keep=6),
    Column("ultima", "last run", 9, right=True, keep=4),
    Column("proxima", "next", 7, right=True, keep=3),
    Column("feitos", "done", 6, right=True, keep=5),
    Column("falhas", "failed", 6, right=True, keep=5),
    Column("hora", "per hour", 8, right=True, keep=2, at_least=96),
    Column("recuo", "backoff", 7, right=True, keep=1, at_least=96),
)
HOUR_S = 3600

STATES = {
    "idle": State("○", "idle", "$foreground"),
    "working": State("●", "working", "$text-primary"),
    "paused": State("‖", "paused", "$text-warning"),
    "open": State("✗", "breaker open", "$text-error"),
    "person": State("◆", "a person", "$text-muted"),
    "elsewhere": State("–", "elsewhere", "$text-muted"),
    "off": State("–", "no process", "$text-warning"),
}
"""Where an actor stands (`ActorRow.estado`)."""
_TINTS = {"working": "primary", "paused": "warn", "open": "bad", "person": "quiet", "elsewhere": "quiet"}
_ENDS = {
    "concluido": ("✓", GOOD),
    "falhou": ("✗", BAD),
    "perdido": ("✗", WARN),
    "bloqueou": ("■", WARN),
    "devolvido": ("↩", DIM),
    "cancelado": ("–", DIM),
}
_BREAKERS = {"aberto": "open", "meio_aberto": "half open", "fechado": "closed"}


def cells(row: ActorRow, recuos: Sequence[ItemRow], now: str) -> Sequence[Cell]:
    """One cell a column; `recuos` are the items that wait to be tried again."""
    shown = STATES.get(row.estado, STATES["idle"])
    waiting = backing_off(row, recuos, now)
    failed = row.falhas + row.perdas
    return (
        Cell(row.nome, "strong"),
        Cell(", ".join(kind(tipo) for tipo, _ in row.tipos) or row.descricao, "quiet"),
        Cell(shown.label, _TINTS.get(row.estado, "warn" if row.estado == "off" else "")),
        _queued(row, now),
        Cell(_busy(row), "primary" if row.em_voo else "quiet"),
        Cell(span_of(seconds_between(row.ultima, now)) if row.ultima else "·", "quiet"),
        Cell(_next(row, now), "quiet"),
        Cell(number(row.concluidos) if row.concluidos else "·", "" if row.concluidos else "quiet"),
        Cell(number(failed) if failed else "·", "bad" if failed else "quiet"),
        Cell(per_hour(row.tentativas, now), "quiet"),
        Cell(number(len(waiting)) if waiting else "·", "warn" if waiting else "quiet"),
    )


def _queued(row: ActorRow, now: str) -> Cell:
    """What could be begun now."""
    ready = row.na_fila - later(row, now)
    return Cell(number(ready) if ready else "·", "" if ready else "quiet")


def later(row: ActorRow, now: str) -> int:
    """How many of an actor's items wait for their time: snoozed, tried again later, or still to be undone."""
    return len(row.mais_tarde) - bisect_right(row.mais_tarde, now)


def _busy(row: ActorRow) -> str:
    """In flight of how many at a time; a person does one."""
    return f"{row.em_voo}/{row.concorrencia}" if row.estado != "person" and row.concorrencia else "·"


def _next(row: ActorRow, now: str) -> str:
    if not row.proxima:
        return "·"
    wait = seconds_between(now, row.proxima)
    return "now" if wait <= 0 else span_of(wait)


def per_hour(tries: Sequence[AttemptRow], now: str) -> str:
    """How many attempts ended within the last hour; what is kept of them is bounded."""
    since = add_seconds(now, -HOUR_S)
    amount = sum(1 for each in tries if each.fim > since)
    return f"{number(amount)}{'+' if amount == KEPT else ''}" if amount else "·"


def backing_off(row: ActorRow, recuos: Sequence[ItemRow], now: str) -> list[ItemRow]:
    """An actor's items that failed and wait for their next attempt, soonest first."""
    return [each for each in recuos if each.ator == row.nome and each.disponivel_em > now]


def summary_line(model: ReadModel, width: int) -> Content:
    """How many actors there are in each state."""
    parts = [Content.assemble((number(len(model.atores)), "bold"), (" actors and jobs", DIM))]
    for name, shown in STATES.items():
        amount = sum(row.estado == name for row in model.atores)
        if amount and name not in ("idle", "person"):
            parts.append(span(f"{shown.label} {amount}", shown.style))
    if model.linha.modo == "paused":
        parts.append(span("the line is paused", WARN))
    elif model.linha.modo == "attached":
        parts.append(span(f"their jobs run in {model.linha.titular}", WARN))
    return Content("   ").join(parts).truncate(width, ellipsis=True)


def empty_lines(model: ReadModel) -> Content:
    """What would be here; only before the line is there."""
    if not model.linha.carregado:
        return Content.styled("Opening the store …", DIM)
    return Content.assemble(
        ("No actor is defined here.", "bold"),
        "\n\n",
        ("Each actor and its job stand here: state, queue, what it does and did, its breaker.\n", DIM),
        ("They come from ", DIM),
        ("actors.yaml", "bold"),
        (", and show when the line runs.", DIM),
    )


# About one actor


def facts(
    row: ActorRow, recuos: Sequence[ItemRow], now: str, width: int, keys: Mapping[str, str]
) -> list[Content]:
    """What an actor is, and what keeps it: its types, its breakers, what it retries when."""
    entries = [
        field("Does", *(span(f"{kind(tipo)} ({performer})") for tipo, performer in row.tipos)),
        field("Queue", span(_queue(row, now))) if row.tipos else None,
        _backoff(backing_off(row, recuos, now), now),
        field("Attempts", span(_counts(row))) if row.tipos else None,
        *(field("Breaker", *_breaker(each, now)) for each in row.disjuntores),
        field("Dead letters", span(_dead(row, keys), BAD)) if row.mortas else None,
    ]
    lines = fields([entry for entry in entries if entry is not None], width, 13)
    return [span(row.descricao, DIM), *lines] if row.descricao else lines


def _dead(row: ActorRow, keys: Mapping[str, str]) -> str:
    return f"{number(row.mortas)} ({key_of('app.failures', keys)} shows them)"


def _queue(row: ActorRow, now: str) -> str:
    after = later(row, now)
    parts = [f"«{row.fila}»", f"{number(row.na_fila - after)} waiting"]
    apart = {
        "later": after,
        "held for their task": row.retidos,
        "for a person": row.de_pessoa,
        "blocked": row.bloqueados,
    }
    parts += [f"{number(amount)} {what}" for what, amount in apart.items() if amount]
    if row.execucoes:
        parts.append(count(row.execucoes, "run of its job here", "runs of its job here"))
    return " · ".join(part for part in parts if part != "«»")


def _backoff(waiting: Sequence[ItemRow], now: str) -> Field | None:
    if not waiting:
        return None
    first = waiting[0]
    told = f"{count(len(waiting), 'item', 'items')}; {first.id} tries again {ago(first.disponivel_em, now)}"
    return field("Backoff", span(told, WARN))


def _counts(row: ActorRow) -> str:
    """Done, failed and lost of all that ended, with their share."""
    total = row.concluidos + row.falhas + row.perdas
    if not total:
        return "none has ended yet"
    share = f"{number(100 * (row.falhas + row.perdas) / total)} % failed (n={number(total)})"
    lost = f", {number(row.perdas)} lost" if row.perdas else ""
    return f"{number(row.concluidos)} done, {number(row.falhas)} failed{lost} · {share}"


def _breaker(row: BreakerRow, now: str) -> list[Content]:
    """A breaker's state, since when, when it lets one attempt through, and why it opened."""
    style = BAD if row.estado == "aberto" else WARN
    parts = [span(f"{row.performer.partition('/')[2] or row.performer}", DIM)]
    parts.append(
        span(f"{_BREAKERS.get(row.estado, row.estado)}, {count(row.falhas, 'failure', 'failures')}", style)
    )
    if row.aberto_em and row.estado != "fechado":
        parts.append(span(f"since {ago(row.aberto_em, now)}", DIM))
    if row.estado == "aberto" and row.tenta_em:
        parts.append(span(f"tries one {ago(row.tenta_em, now)}", DIM))
    return [*parts, span(row.motivo, BAD)] if row.motivo else parts


def running(model: ReadModel, nome: str, now: str) -> Drawn:
    """What an actor does now: progress, elapsed against estimated, what it has used."""
    rows = [row for row in model.rodando if row.ator == nome]
    entries = tuple(Entry(row.item_id, _with_usage(row, now)) for row in rows)
    version: Hashable = (nome, tuple((row, int(seconds_between(row.iniciado_em, now))) for row in rows))
    return Drawn(entries, version, Content.styled("Nothing runs for it now.", DIM))


def _with_usage(row: RunningRow, now: str) -> Callable[[int], list[Content]]:
    drawn = running_lines(row, now)
    words = usage_words(row.uso, row.medido)

    def draw(width: int) -> list[Content]:
        lines = drawn(width)
        told = span(f"  {' · '.join(words)}", DIM).truncate(width, ellipsis=True)
        return [*lines, told] if words else lines

    return draw


def attempts(row: ActorRow, now: str) -> Drawn:
    """What an actor did last, newest first."""
    entries = tuple(Entry(_place(each), _attempt(each, now)) for each in row.tentativas)
    ages = tuple(ago(each.fim, now) for each in row.tentativas[:40])
    empty = Content.styled("It has done nothing yet.", DIM)
    return Drawn(entries, (row.nome, row.tentativas, ages), empty)


def both(running: Drawn, attempts: Drawn) -> Drawn:
    """What an actor does and then what it did, in one list: where two have no room."""
    empty = Content("\n").join([running.empty, attempts.empty])
    return Drawn((*running.entries, *attempts.entries), (running.version, attempts.version), empty)


def _place(row: AttemptRow) -> str:
    """An attempt's key in its list: items come more than once."""
    return f"{row.item_id} {row.numero}"


def item_of(place: str) -> str:
    """The item of a key of either pane."""
    return place.partition(" ")[0]


def _attempt(row: AttemptRow, now: str) -> Callable[[int], list[Content]]:
    sign, style = _ENDS.get(row.fim_motivo, ("?", DIM))
    took = seconds(max(0.0, seconds_between(row.inicio, row.fim))) if row.inicio else ""
    again = f" #{row.numero}" if row.numero > 1 else ""

    def draw(width: int) -> list[Content]:
        left = Content.assemble(
            (f"{sign} ", style),
            span(kind(row.tipo), "bold"),
            f" {row.item_id}{again} ",
            span(row.titulo, DIM),
        )
        first = sides(left, span(f"{took}  {ago(row.fim, now)}", DIM), width)
        if not row.motivo or row.fim_motivo == "concluido":
            return [first]
        return [first, span(f"  {row.motivo}", style).truncate(width, ellipsis=True)]

    return draw


# Why not


def why_no_job(row: ActorRow | None, line: LineState) -> str:
    """Why an actor's job can't be paused, resumed or run here; empty when it can."""
    if row is None:
        return "There is no actor under the cursor"
    if row.estado == "person":
        return f"{row.nome} is a person: what waits is in the inbox"
    if row.estado == "elsewhere":
        return f"Its job runs in {line.titular}" if line.titular else "The line does not run here"
    if row.estado == "off":
        return f"{row.nome} has no job in this process"
    return ""


def exact(row: ActorRow) -> str:
    """The exact times of an actor's job, for the frame of its facts."""
    parts = [
        f"{name} {local_time(moment)}"
        for name, moment in (("ran", row.ultima), ("next", row.proxima))
        if moment
    ]
    return " · ".join(parts)
