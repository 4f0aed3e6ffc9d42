"""A test report: verdict, coverage against the plan, failing cases with their messages; red first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from textual.content import Content

from screens.evidence import values
from screens.evidence.layout import (
    BAD,
    DIM,
    GOOD,
    STRONG,
    WARN,
    Field,
    bar,
    blank,
    field,
    flow,
    heading,
    paragraph,
    span,
    table,
    words,
)
from screens.evidence.shapes import documents
from store.views.model import Document

_RESULTS: dict[str, tuple[str, str, str]] = {
    "passou": ("✓", "passed", GOOD),
    "falhou": ("✗", "failed", BAD),
    "erro": ("✗", "error", BAD),
    "pulado": ("–", "skipped", DIM),
}
_NOT_RED = ("passou", "pulado")
_BAR = 20


def verdict(report: Document) -> Content:
    """`✓ 31 of 31 tests passed`, `✗ 3 of 31 tests failed`, or that the run broke off."""
    total = int(report.get("total") or 0)
    red = int(report.get("failed") or 0) + int(report.get("errors") or 0)
    if report.get("abortado"):
        return span(f"✗ the test run is no result: {report['abortado']}", f"bold {BAD}")
    if not total:
        return span("✗ no test was run", f"bold {BAD}")
    if red:
        return span(f"✗ {red} of {values.count(total, 'test', 'tests')} failed", f"bold {BAD}")
    return span(
        f"✓ {report.get('passed', 0)} of {values.count(total, 'test', 'tests')} passed", f"bold {GOOD}"
    )


def coverage(report: Document, planned: object) -> Content:
    """Branch coverage beside what was planned, as figures and a measured bar."""
    actual = report.get("cobertura_pct")
    reached = values.ratio_value(actual, planned)
    style = WARN if reached is not None and reached < 1 else GOOD
    share = values.ratio_value(actual, 100) or 0.0
    plan = span(f"of {values.percent(planned)} planned", DIM) if planned else None
    return words(bar(share, _BAR, style), span(values.percent(actual), STRONG), span("coverage", DIM), plan)


def measured(report: Document) -> Field:
    """What the run took, and at which level of isolation."""
    return field("Run", *_measured(report))


def _measured(report: Document) -> Iterator[Content]:
    if report.get("duracao_s") is not None:
        yield words(span(values.seconds(report["duracao_s"])), span("wall", DIM))
    if report.get("cpu_s") is not None:
        yield words(span(values.seconds(report["cpu_s"])), span("CPU", DIM))
    if report.get("pico_rss_mb") is not None:
        yield words(span(f"{values.number(report['pico_rss_mb'])} MB"), span("peak", DIM))
    if report.get("pares_total"):
        yield words(span(f"{report.get('pares_cobertos', 0)} of {report['pares_total']}"), span("pairs", DIM))
    if red_first := _red_first(report):
        yield red_first
    if report.get("nivel"):
        yield words(span("isolation", DIM), span(report["nivel"]))


def _red_first(report: Document) -> Content | None:
    """What the tests said before there was any code: each must have failed then."""
    before = report.get("vermelho")
    if not isinstance(before, Mapping) or not before.get("total"):
        return None
    text = f"{before.get('falharam', 0)} of {before['total']}"
    return words(span(text, "" if before.get("confirmado") else WARN), span("red before the code", DIM))


def failing(report: Document) -> list[Document]:
    """The cases that are red, in their order."""
    return [case for case in documents(report.get("casos")) if case.get("resultado") not in _NOT_RED]


def failures(report: Document, width: int, limit: int = 6) -> list[Content]:
    """Each failing case with its message; at most `limit`, and how many more there are."""
    red = failing(report)
    lines: list[Content] = []
    for case in red[:limit]:
        lines.append(words(span("✗", BAD), span(case.get("nome") or case.get("id", ""), STRONG)))
        lines += paragraph(case.get("mensagem", ""), width, indent=2, style=DIM)
    if len(red) > limit:
        lines.append(span(f"and {len(red) - limit} more", DIM))
    return lines


def full(report: Document | None, planned: object, width: int) -> list[Content]:
    """The whole report for the item's page: verdict, figures, red cases with messages, then every case."""
    if report is None:
        return [span("No tests ran yet: the report appears here after the development's test run.", DIM)]
    lines = [
        heading("Tests"),
        *flow([verdict(report), coverage(report, planned)], width),
        *flow(list(_measured(report)), width),
    ]
    if failing(report):
        lines += [blank(), heading("Failing", "with what they said"), *failures(report, width, limit=50)]
    cases = documents(report.get("casos"))
    if cases:
        lines += [
            blank(),
            heading("Every case", values.number(len(cases))),
            *table([_case(c) for c in cases], width, grow=1),
        ]
    return lines


def _case(case: Document) -> list[Content]:
    result = str(case.get("resultado", ""))
    sign, word, style = _RESULTS.get(result, ("?", result, DIM))
    return [span(f"{sign} {word}", style), span(case.get("nome") or case.get("id", ""))]
