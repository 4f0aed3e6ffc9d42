"""The price: its parts, the two amounts apart, and how each figure came about (mission, section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from textual.content import Content

from screens.evidence import values
from screens.evidence.layout import (
    ACCENT,
    DIM,
    STRONG,
    Field,
    blank,
    field,
    flow,
    heading,
    span,
    table,
    words,
)
from screens.evidence.shapes import amount, documents, texts
from screens.evidence.values import at
from store.views.model import Document

PARTS = (("pessoas", "people"), ("llm", "model"), ("infra", "infra"), ("apis", "APIs"))
PHASES = (("dev", "development"), ("teste", "tests"), ("deploy", "deployment"), ("total", "total"))


def headline(recursos: Document, width: int) -> list[Content]:
    """The price shown (P80) with its median, and what it is made of."""
    custo = at(recursos, "custo")
    price = span(values.money(at(custo, "total_p80")), ACCENT)
    note = span(f"P80; half of such specs cost under {values.money(at(custo, 'total_p50'))}", DIM)
    return [*flow([price, note], width), *flow(parts(recursos), width)]


def parts(recursos: Document) -> list[Content]:
    """Each part of the cost, named; a part of zero is quiet."""
    breakdown = at(recursos, "custo", "breakdown")
    return [_part(label, amount(breakdown, name, "p80")) for name, label in PARTS]


def _part(label: str, cost: object) -> Content:
    style = STRONG if values.as_decimal(cost) else DIM
    return words(span(label, DIM), span(values.plain_money(cost), style))


def summary(recursos: Document) -> list[Field]:
    """People's hours and machine seconds apart, size, and the tests planned."""
    return [
        field("Effort", *_effort(recursos)),
        *_estimates(recursos),
        field("Size", *_size(recursos)),
        field("Tests", *_tests(recursos)),
    ]


def _effort(recursos: Document) -> Iterator[Content]:
    people = amount(at(recursos, "esforco", "pessoas_horas"), "total", "p80")
    machine = amount(at(recursos, "esforco", "maquina_s"), "total", "p80")
    yield words(span(values.hours(people), STRONG), span("people", DIM))
    yield words(span(values.seconds(machine), STRONG), span("machine", DIM))


_SERIES = (
    ("pessoas", "pessoas_horas", "people", values.hours),
    ("maquina", "maquina_s", "machine", values.seconds),
)


def _estimates(recursos: Document) -> Iterator[Field]:
    """Raw P50, what finished work makes of it, and P80; why no factor is applied where none is."""
    for name, series, label, shown in _SERIES:
        raw = at(recursos, "constantes", "bruto", series, "total")
        learnt = at(recursos, "constantes", "historico", name)
        if raw is None or not isinstance(learnt, dict):
            continue
        effort = at(recursos, "esforco", series)
        yield field(
            f"P50 {label}",
            words(span("raw", DIM), span(shown(raw), STRONG)),
            words(span("P80", DIM), span(shown(amount(effort, "total", "p80")), STRONG)),
            _calibrated(learnt, shown(amount(effort, "total", "p50"))),
        )


def _calibrated(learnt: Document, p50: str) -> Content:
    """The calibrated P50 with its factor and n, or why the raw one stands."""
    count = values.number(learnt.get("n"))
    if learnt.get("aplicada"):
        factor = values.number(learnt.get("fator"), 2)
        return words(span("calibrated", DIM), span(p50, STRONG), span(f"× {factor}, n={count}", DIM))
    return span(f"not calibrated: {learnt.get('motivo') or f'n={count}'}", DIM)


def _size(recursos: Document) -> Iterator[Content]:
    yield words(span(values.number(at(recursos, "tamanho", "pontos"), 1), STRONG), span("points", DIM))
    per_side = at(recursos, "tamanho", "por_vertente")
    if isinstance(per_side, dict) and per_side:
        text = " · ".join(f"{name} {values.number(points, 1)}" for name, points in sorted(per_side.items()))
        yield span(text, DIM)


def _tests(recursos: Document) -> Iterator[Content]:
    """All that will be generated; beside it how many of them are combinations, and by which strategy."""
    teste = at(recursos, "teste")
    combined = at(teste, "combinacoes_estimadas")
    planned_tests = _generated(recursos)
    shown = combined if planned_tests is None else planned_tests
    yield words(span(values.number(shown), STRONG), span("planned", DIM))
    strategy = at(teste, "estrategia_cobertura")
    if planned_tests is not None and combined is not None:
        yield span(f"{values.number(combined)} of them {strategy or ''} combinations".replace("  ", " "), DIM)
    elif strategy:
        yield span(strategy, DIM)
    if planned := at(teste, "cobertura_planejada_pct"):
        yield span(f"{values.percent(planned)} coverage", DIM)


def _generated(recursos: Document) -> int | None:
    """The tests of every vertente, of all kinds; None where the price does not tell them apart."""
    counts = [entry.get("testes") for entry in documents(at(recursos, "tamanho", "detalhe"))]
    found = [number for number in counts if isinstance(number, int)]
    return sum(found) if found else None


def explained(recursos: Document | None, width: int) -> list[Content]:
    """The whole price for the item's page: parts, phases, resources, load, workers, and every formula."""
    if not recursos:
        return [span("Not priced yet: the price appears here once PROMETHEUS has priced the spec.", DIM)]
    blocks = [
        [heading("Price", _priced_when(recursos)), *headline(recursos, width)],
        [heading("Parts", "P50 expected · P80 the limit"), *_parts_table(recursos, width)],
        [heading("Effort", "people and machines are never added up"), *_phase_table(recursos, width)],
        [heading("Runs on"), *flow(list(_runtime(recursos)), width)],
        _formulas(recursos, width),
    ]
    lines = [line for block in blocks if block for line in (*block, blank())]
    return lines[:-1]


def _priced_when(recursos: Document) -> str:
    version = at(recursos, "spec_versao")
    return f"of version {version}" if version else ""


def _parts_table(recursos: Document, width: int) -> list[Content]:
    breakdown = at(recursos, "custo", "breakdown")
    total = values.as_decimal(at(recursos, "custo", "total_p80"))
    rows = [[span("", DIM), span("P50", DIM), span("P80", DIM), span("share", DIM)]]
    for name, label in PARTS:
        p80 = amount(breakdown, name, "p80")
        rows.append(
            [
                span(label),
                _cost(amount(breakdown, name, "p50")),
                _cost(p80),
                span(_share(values.as_decimal(p80), total)),
            ]
        )
    totals = [
        span(values.plain_money(at(recursos, "custo", f"total_{level}")), STRONG) for level in ("p50", "p80")
    ]
    rows.append([span("total R$", STRONG), *totals, span("")])
    return table(rows, width, right=(1, 2, 3))


def _cost(value: object) -> Content:
    return span(values.plain_money(value), "" if values.as_decimal(value) else DIM)


def _share(part: Decimal, total: Decimal) -> str:
    return values.percent(round(part * 100 / total)) if total else values.NONE


def _phase_table(recursos: Document, width: int) -> list[Content]:
    esforco = at(recursos, "esforco") or {}
    rows = [[span(""), span("people P50", DIM), span("P80", DIM), span("machine P50", DIM), span("P80", DIM)]]
    for name, label in PHASES:
        people, machine = esforco.get("pessoas_horas"), esforco.get("maquina_s")
        rows.append(
            [
                span(label, STRONG if name == "total" else ""),
                span(values.hours(amount(people, name, "p50"))),
                span(values.hours(amount(people, name, "p80"))),
                span(values.seconds(amount(machine, name, "p50"))),
                span(values.seconds(amount(machine, name, "p80"))),
            ]
        )
    return table(rows, width, right=(1, 2, 3, 4))


_RUNTIME = (
    ("cpu_horas", "CPU-hours", 4),
    ("ram_gb_horas", "GB-hours", 4),
    ("storage_mb", "MB stored", 1),
    ("tokens_llm_estimado", "model tokens", 0),
    ("containers", "containers", 0),
)


def _runtime(recursos: Document) -> Iterator[Content]:
    runtime = at(recursos, "runtime") or {}
    for name, label, digits in _RUNTIME:
        value = runtime.get(name)
        value = value.get("p80") if isinstance(value, dict) else value
        yield words(span(values.number(value, digits), STRONG), span(label, DIM))
    for name, calls in sorted((runtime.get("apis_externas") or {}).items()):
        yield words(span(name), span(values.number(calls), STRONG), span("calls", DIM))
    if workers := documents(at(recursos, "esforco", "workers")):
        yield span(", ".join(sorted({str(worker.get("worker", "")) for worker in workers})), DIM)


def _formulas(recursos: Document, width: int) -> list[Content]:
    explanation = at(recursos, "explicacao")
    if not isinstance(explanation, list | tuple) or not explanation:
        return []
    rows = [[span(part) for part in [*texts(entry), "", "", ""][:3]] for entry in explanation]
    styled = [[label, span(how.plain, DIM), span(value.plain, STRONG)] for label, how, value in rows]
    return [heading("How each figure came about"), *table(styled, width, right=(2,), grow=1)]
