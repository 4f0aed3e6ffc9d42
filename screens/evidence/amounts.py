"""Estimate against actual of one execution: each amount on its own, a ratio only within one."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content

from screens.evidence import values
from screens.evidence.layout import (
    BAD,
    DIM,
    GOOD,
    STRONG,
    WARN,
    blank,
    field,
    fields,
    heading,
    span,
    table,
    words,
)
from screens.evidence.price import PARTS, PHASES, explained
from screens.evidence.values import at
from screens.text import full_time
from store.views.model import Document, ItemDetail

_FAIR = (0.8, 1.25)
_WIDE = (0.5, 2.0)
_BAR = 20
"""Cells of the bar that shows a ratio, the estimate in its middle."""

Form = Callable[[object], str]


def page(detail: ItemDetail, width: int) -> list[Content]:
    """Price against actual, then the price explained; says what is missing and when it comes."""
    if detail.execucao is None:
        waiting = [
            span(
                "Nothing was built yet: the actual figures appear beside these once development starts.", DIM
            )
        ]
        return (
            [*explained(detail.recursos, width), blank(), *waiting]
            if detail.recursos
            else explained(None, width)
        )
    return [*against(detail.execucao, width), blank(), *explained(detail.recursos, width)]


def against(execucao: Document, width: int) -> list[Content]:
    """A table of every amount that was estimated or measured, in groups that are never added up."""
    groups = [
        [_row(f"people, {label}", ("horas", name), execucao, values.hours) for name, label in PHASES],
        [_row(f"machine, {label}", ("maquina_s", name), execucao, values.seconds) for name, label in PHASES],
        _costs(execucao),
        [
            *(_row(label, ("recursos", name), execucao, form) for name, label, form in _RESOURCES),
            _coverage(execucao),
        ],
    ]
    head = [span(""), span("estimate", DIM), span("actual", DIM), span("actual/est.", DIM), span("")]
    rows = [head]
    for group in groups:
        told = [row for row in group if _told(row)]
        rows += [*told, [blank()] * len(head)] if told else []
    note = f"execution {execucao.get('id', '')}, {execucao.get('status', '')}; estimates are P50"
    if len(rows) > 1:
        rows.pop()
    lines = table(rows, width, right=(1, 2, 3), grow=4)
    return [heading("Price against actual", note), *lines, *_footer(execucao, width)]


_RESOURCES: tuple[tuple[str, str, Form], ...] = (
    ("cpu_horas", "CPU-hours", lambda value: values.number(value, 4)),
    ("ram_gb_horas", "GB-hours", lambda value: values.number(value, 4)),
    ("tokens_llm", "model tokens", values.number),
    ("storage_mb", "MB stored", lambda value: values.number(value, 2)),
)


def _costs(execucao: Document) -> list[list[Content]]:
    parts = [
        _row(f"cost, {label}", ("custo", "breakdown", name), execucao, values.money) for name, label in PARTS
    ]
    return [*parts, _row("cost, total", ("custo", "total"), execucao, values.money)]


def _row(label: str, path: tuple[str, ...], execucao: Document, form: Form) -> list[Content]:
    planned, real = at(execucao, "estimado", *path), at(execucao, "realizado", *path)
    return _compared(label, planned, real, form, ended=execucao.get("status") != "em_andamento")


def _compared(label: str, planned: object, real: object, form: Form, *, ended: bool) -> list[Content]:
    strong = STRONG if label.endswith("total") else ""
    return [
        span(label, strong),
        span(form(_scalar(planned))),
        span(form(_scalar(real)), strong),
        _ratio(real, planned, ended=ended),
        _bar(values.ratio_value(_scalar(real), _scalar(planned))),
    ]


def _coverage(execucao: Document) -> list[Content]:
    planned = at(execucao, "estimado", "cobertura_planejada_pct")
    real = at(execucao, "realizado", "cobertura_pct")
    row = _compared("coverage", planned, real, values.percent, ended=True)
    reached = values.ratio_value(real, planned)
    row[3] = span(row[3].plain, DIM if reached is None else GOOD if reached >= 1 else WARN)
    return row


def _scalar(value: object) -> object:
    """A figure, or the P50 of one that has both: accuracy is measured on P50."""
    return value.get("p50") if isinstance(value, dict) else value


def _ratio(real: object, planned: object, *, ended: bool) -> Content:
    """Actual over estimate; while it runs, what is below its estimate says nothing yet and stays quiet."""
    found = values.ratio_value(_scalar(real), _scalar(planned))
    text = values.ratio(_scalar(real), _scalar(planned))
    if found is None or (not ended and found <= _FAIR[1]):
        return span(text, DIM)
    if _FAIR[0] <= found <= _FAIR[1]:
        return span(text, GOOD)
    return span(text, WARN if _WIDE[0] <= found <= _WIDE[1] else BAD)


def _bar(found: float | None) -> Content:
    """The ratio as a length: the tick is the estimate, the end twice that."""
    if found is None:
        return blank()
    filled = round(min(found, 2.0) / 2 * _BAR)
    cells = ["━" if place < filled else " " for place in range(_BAR)]
    cells[_BAR // 2] = "┿" if filled > _BAR // 2 else "│"
    text = "".join(cells).rstrip() + ("▸" if found > 2 else "")
    return Content.styled(text, "$secondary")


def _told(row: list[Content]) -> bool:
    return any(cell.plain != values.NONE for cell in row[1:3])


def _footer(execucao: Document, width: int) -> list[Content]:
    """What else an execution records: the first verdict, its workers, the times of its phases."""
    first = at(execucao, "realizado", "passou_primeira")
    verdict = None if first is None else span("✓ passed" if first else "✗ failed", GOOD if first else BAD)
    times = at(execucao, "timestamps") or {}
    moments = [
        words(span(label, DIM), span(full_time(str(times[name]))))
        for name, label in (("dev_inicio_at", "started"), ("deploy_fim_at", "deployed"))
        if times.get(name)
    ]
    workers = [
        span(f"{entry.get('worker', '')} {values.seconds(_took(entry))}")
        for entry in execucao.get("workers") or []
        if isinstance(entry, dict)
    ]
    entries = [field("Verdict", verdict), field("Workers", *workers), field("Times", *moments)]
    lines = fields(entries, width)
    return [blank(), *lines] if lines else []


def _took(worker: Document) -> object:
    if worker.get("duracao_s") is not None:
        return worker["duracao_s"]
    minutes = worker.get("duracao_minutos")
    return None if minutes is None else values.as_decimal(minutes) * 60
