"""What Overview says, as pure functions: rows of the read model in, entries and lines of Content out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil

from textual.content import Content

from screens.evidence.layout import bar, span
from screens.evidence.layout import words as joined
from screens.evidence.usage import warning
from screens.evidence.values import money, number
from screens.figures import sparkline
from screens.states import BLOCKED, DECIDE, RUNNING, kind, state
from screens.text import clean, elapsed, local_time, span_of
from screens.widgets.panel import Entry
from store.clock import add_seconds, seconds_between
from store.views.model import EventRow, Figures, ItemRow, ReadModel, RunningRow, SpecRow

QUIET = "$text-muted"
ENDED = ("Concluido", "Pulado", "Cancelado")
SOON_S, NEWEST = 60, 200
"""Seconds in which what is to start is named, and how many of the newest items are looked at for it."""
MOST = 40
"""Rows that a panel draws at most; that there are more is its last."""
NAMES = ("estimate", "lead", "cost/spec", "waiting for you")
SHORT = ("est.", "lead", "cost", "for you")
"""The key figures, and how they are called where there is little room."""
TWO_LINES = 34
"""From this width on, what runs has a second line with its bar."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A panel's entries; `version` is all that they are drawn from, `empty` what stands there without any."""

    entries: tuple[Entry, ...]
    version: Hashable
    empty: Content


def hint(text: str, key: str, does: str) -> Content:
    """What would be here, and the key that makes it so."""
    return Content.assemble((text, QUIET), "\n", (key, "bold $footer-key-foreground"), (f" {does}", QUIET))


LOADING = Content.styled("Opening the store …", QUIET)
NO_WAITING = Content.styled("Nothing waits for you.\nDecisions arrive here, and prompt by themselves.", QUIET)
NO_RUNNING = Content.styled("Nothing runs.\nWork starts by itself when it is ready.", QUIET)
NO_BLOCKED = Content.styled("Nothing is blocked.", QUIET)
NO_EVENTS = Content.styled("Whatever happens is told here.", QUIET)
NO_SPECS = hint("No specs yet. In a shell:", "oficina spec add FILE", "freezes one and has it priced")


def waiting(model: ReadModel, rows: Sequence[ItemRow], now: str) -> Drawn:
    """The inbox, oldest waiting first."""
    names = {spec.spec_ref: spec.titulo for spec in model.specs}
    shown = rows[:MOST]
    titles = {row.id: names.get(row.spec_ref) or row.titulo for row in shown}
    entries = [Entry(row.id, _waiting_lines(row, titles[row.id], now)) for row in shown]
    ages = tuple((row, titles[row.id], _age(row, now)) for row in shown)
    version = (model.linha.carregado, ages, len(rows))
    return Drawn((*entries, *_rest(rows)), version, _empty(model, NO_WAITING))


def _rest(rows: Sequence[ItemRow]) -> list[Entry]:
    """That there are more than are drawn here; the screen that the panel leads to has them all."""
    told = f"… {number(len(rows) - MOST)} more"
    return [Entry(rows[MOST].id, lambda _: [span(told, QUIET)])] if len(rows) > MOST else []


def _age(row: ItemRow, now: str) -> str:
    return span_of(seconds_between(row.espera_desde or row.criado_em, now))


def _waiting_lines(row: ItemRow, title: str, now: str) -> Callable[[int], list[Content]]:
    def draw(width: int) -> list[Content]:
        left = Content.assemble(
            (f"{DECIDE.symbol} ", DECIDE.style), (f"{kind(row.tipo):<10} ", "bold"), span(title)
        )
        return [sides(left, span(_age(row, now), QUIET), width)]

    return draw


def running(model: ReadModel, now: str) -> Drawn:
    """What runs now, with its own reports of progress, elapsed against estimated."""
    rows = model.rodando
    entries = tuple(Entry(row.item_id, running_lines(row, now)) for row in rows)
    seconds = tuple((row, int(seconds_between(row.iniciado_em, now))) for row in rows)
    soon = "" if rows else _starts_soon(model, now)
    empty = Content.styled(f"Nothing runs yet.\n{clean(soon)}", QUIET) if soon else NO_RUNNING
    return Drawn(entries, (model.linha.carregado, seconds, soon), _empty(model, empty))


def _starts_soon(model: ReadModel, now: str) -> str:
    """What starts by itself within a minute, and when; empty for nothing."""
    until = add_seconds(now, SOON_S)
    due = [
        row
        for row in islice(reversed(model.itens), NEWEST)
        if row.status == "Pendente" and not row.humano and now < row.disponivel_em <= until
    ]
    if not due:
        return ""
    first = min(due, key=lambda row: row.disponivel_em)
    about = f" of {first.spec_ref}" if first.spec_ref else ""
    wait = max(1, ceil(seconds_between(now, first.disponivel_em)))
    return f"{kind(first.tipo).capitalize()}{about} starts in {wait} s."


def running_lines(row: RunningRow, now: str) -> Callable[[int], list[Content]]:
    spent = seconds_between(row.iniciado_em, now)
    clock = elapsed(spent) + (f" of ~{elapsed(row.estimado_s)}" if row.estimado_s else "")
    over = bool(row.estimado_s) and spent > (row.estimado_s or 0)

    def draw(width: int) -> list[Content]:
        who = row.worker or row.ator
        left = Content.assemble(
            (f"{RUNNING.symbol} ", RUNNING.style), span(row.titulo), "  ", span(who, QUIET)
        )
        if width < TWO_LINES:
            return [sides(left, span(clock, QUIET), width)]
        counted = f" {number(row.feito)}/{number(row.total)}" if row.total else ""
        first = sides(left, span(f"{row.fase}{counted}", "$text-primary"), width)
        return [first, _progress(row, clock, over, width)]

    return draw


def _progress(row: RunningRow, clock: str, over: bool, width: int) -> Content:
    """The second line: a bar only where the step reports a total, and the time against its estimate."""
    time = joined(warning(row), span(clock, "$text-warning" if over else QUIET), gap=2)
    if not row.total:
        return (Content("  ") + time).truncate(width, ellipsis=True)
    room = max(6, width - time.cell_length - 4)
    line = Content("  ") + bar((row.feito or 0) / row.total, room, "$primary") + "  " + time
    return line.truncate(width, ellipsis=True)


def blocked(model: ReadModel, now: str) -> Drawn:
    """What is blocked, what for and for how long."""
    rows, known = model.bloqueados, dict[str, str]()
    asked = {each.alvo: f"your answer: {kind(each.tipo)} {each.id}" for each in model.decisoes if each.alvo}
    told = [
        (row, asked.get(row.id) or _needs(row, model, known), _blocked_for(row, now)) for row in rows[:MOST]
    ]
    entries = [Entry(row.id, _blocked_lines(row, needs, since)) for row, needs, since in told]
    version = (model.linha.carregado, tuple(told), len(rows))
    return Drawn((*entries, *_rest(rows)), version, _empty(model, NO_BLOCKED))


def _blocked_for(row: ItemRow, now: str) -> str:
    return span_of(seconds_between(row.bloqueado_em or row.atualizado_em, now))


def _blocked_lines(row: ItemRow, needs: str, since: str) -> Callable[[int], list[Content]]:
    def draw(width: int) -> list[Content]:
        left = Content.assemble((f"{BLOCKED.symbol} ", BLOCKED.style), span(row.titulo))
        first = sides(left, span(since, QUIET), width)
        return [first, Content.styled(f"  needs {needs}", QUIET).truncate(width, ellipsis=True)]

    return draw


def _needs(row: ItemRow, model: ReadModel, known: dict[str, str]) -> str:
    """What it waits for: a capability and on whom it waits, a spec by its name, an item by its title.

    `known` keeps the words for each reference: many wait for the same.
    """
    for ref in row.espera_por:
        if ref not in known:
            known[ref] = clean(_need(ref, model))
    return ", ".join(known[ref] for ref in row.espera_por) or "to be verified"


def _need(ref: str, model: ReadModel) -> str:
    other = model.item(ref)
    name = other.recurso if other is not None else ref.partition(":")[2] if ref.startswith("cap:") else ""
    if name:
        return f"{name}: {_brought_by(name, other, model)}"
    if other is None:
        return ref.partition(":")[2] or ref
    return f"{ref} {other.titulo} ({state(other.estado).word})"


def _brought_by(name: str, gap: ItemRow | None, model: ReadModel) -> str:
    """The step that a missing capability waits at: first whatever waits for the owner."""
    for rows, words in (
        (model.decisoes, "waits for you"),
        (model.falhas, "failed"),
        (model.bloqueados, "is blocked"),
    ):
        found = next((row for row in rows if row.recurso == name), None)
        if found is not None:
            return f"{kind(found.tipo)} {found.id} {words}"
    if gap is None or gap.status in ENDED:
        return "its probe has not passed yet"
    return f"{kind(gap.tipo)} {gap.id} ({state(gap.estado).word})"


def specs(model: ReadModel) -> Drawn:
    """Where each spec stands, by its latest version."""
    entries = tuple(Entry(row.item_id or row.spec_ref, _spec_lines(row, model)) for row in model.specs)
    version = tuple((row, _standing(row, model)) for row in model.specs)
    return Drawn(entries, (model.linha.carregado, version), _empty(model, NO_SPECS))


def _spec_lines(row: SpecRow, model: ReadModel) -> Callable[[int], list[Content]]:
    symbol, words, style = _standing(row, model)

    def draw(width: int) -> list[Content]:
        left = Content.assemble((f"{symbol} ", style), span(row.titulo), " ", span(f"v{row.versao}", QUIET))
        return [sides(left, span(words, style), width)]

    return draw


def _standing(row: SpecRow, model: ReadModel) -> tuple[str, str, str]:
    """Symbol, words and style of where a spec is: deployed, or at which step and in which state."""
    item = model.item(row.item_id)
    if item is None or row.etapa == "implantada":
        return ("✓", "deployed", "$text-success") if row.implantada else ("○", kind(row.etapa), "$foreground")
    shown = state(item.estado, humano=item.humano)
    words = f"{kind(item.tipo)}: you" if shown is state("Pendente", humano=True) else f"{kind(item.tipo)}"
    return shown.symbol, words, shown.style


def specs_done(model: ReadModel) -> str:
    """For the panel's title: how many of the specs are deployed."""
    done = sum(bool(row.implantada) for row in model.specs)
    return f"Specs  {done} of {len(model.specs)} deployed" if model.specs else "Specs"


def figures_line(figures: Figures, width: int) -> Content:
    """The key figures with their n; with little room sparklines and names are shorter, then there are none.

    An em dash stands where there is no data.
    """
    parts: list[Content] = []
    for spark, names in ((8, NAMES), (5, NAMES), (5, SHORT), (3, SHORT), (0, NAMES), (0, SHORT)):
        parts = _figures(figures, spark, names)
        for gap in (3, 2):
            line = Content(" " * gap).join(parts)
            if line.cell_length <= width:
                return line
    return Content("  ").join([parts[0], parts[1], parts[3], parts[4]]).truncate(width, ellipsis=True)


def _figures(figures: Figures, spark: int, names: Sequence[str]) -> list[Content]:
    share = None if figures.espera_por_voce is None else figures.espera_por_voce * 100
    return [
        _figure(names[0], _with_unit(figures.razao_estimativa, "×", 2), figures.serie_razao, spark),
        _figure(names[1], _with_unit(figures.lead_time_h, " h", 1), figures.serie_lead_time, spark),
        _figure(names[2], money(figures.custo_por_spec), figures.serie_custo, spark),
        _figure(names[3], _with_unit(share, " %", 0), figures.serie_espera, spark),
        span(f"n={figures.n}", QUIET),
    ]


def _with_unit(value: float | None, unit: str, digits: int) -> str:
    return "—" if value is None else f"{number(value, digits)}{unit}"


def _figure(name: str, shown: str, series: Sequence[float], spark: int) -> Content:
    line = sparkline(series, spark) if spark and len(series) > 1 else ""
    return Content.assemble((f"{name} ", QUIET), (shown, "bold"), (f" {line}" if line else "", "$primary"))


def event_lines(events: Sequence[EventRow], width: int, count: int) -> Content:
    """The last events, newest first, one a line."""
    if not events:
        return NO_EVENTS
    return Content("\n").join([_event_line(row, width) for row in events[:count]])


def _event_line(row: EventRow, width: int) -> Content:
    return Content.assemble(
        (f"{local_time(row.ts)} ", QUIET),
        (f"{clean(row.item_id):<9}", "$foreground"),
        span(row.tipo, "$primary"),
        "  ",
        span(row.texto, QUIET),
    ).truncate(width, ellipsis=True)


def share_rows(top: int, bottom: int, room: int, least: int = 5) -> tuple[int, int]:
    """Heights for two rows of panels that want `top` and `bottom`: as wanted, or what there is shared."""
    top, bottom = max(least, top), max(least, bottom)
    if top + bottom <= room:
        return top, bottom
    half = max(least, room // 2)
    if top <= half:
        return top, max(least, room - top)
    if bottom <= room - half:
        return max(least, room - bottom), bottom
    return half, max(least, room - half)


def sides(left: Content, right: Content, width: int) -> Content:
    """Left and right on one line of `width`; the left is cut with … so that the right is whole."""
    room = max(4, width - right.cell_length - 1)
    left = left.truncate(room, ellipsis=True)
    line = left + " " * max(1, width - left.cell_length - right.cell_length) + right
    return line.truncate(width, ellipsis=True)


def _empty(model: ReadModel, words: Content) -> Content:
    return words if model.linha.carregado else LOADING
