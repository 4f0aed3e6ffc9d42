"""8.2, what work uses up: tokens, core-hours, memory, storage and calls of APIs, beside what was estimated.

What was used was used: tokens, core-hours, memory and calls are of every execution that ended, storage is of
the concluded ones, whose artefacts stay. Unmeasured is None, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import compress
from typing import NamedTuple

from store.metrics import charting
from store.metrics.calls import calls_in, tokens_by_worker
from store.metrics.facts import Execution, Facts, Pair
from store.metrics.measures import Measure, Rows, figures
from store.metrics.model import Chart, Figure, Mark, Page, Part, Query
from store.metrics.pairing import (
    ESTIMATED,
    LARGEST,
    NO_ACTUAL,
    REAL,
    Paired,
    execution_of,
    paired,
    paired_id,
    ratio_of_sums,
    ratio_parts,
)
from store.metrics.populations import CONCLUDED, GROUPS, concluded, ended, execution_id, of_execution
from store.metrics.sifting import counting, sifted
from store.metrics.statistics import ratio
from store.metrics.tables import column
from store.metrics.targets import within

CHAVE, TITULO = "recursos", "Resources"
API = "api"
RATIO = within(2)
"""No published threshold is known: outside of it a figure is watched, and never bad."""
AS_ESTIMATED = (Mark(1.0, "as estimated"),)


class Resource(NamedTuple):
    """Something that is used up."""

    chave: str
    usado: str
    """The key of how much was used."""
    nome: str
    unidade: str
    of: Callable[[Execution], Pair]
    vazio: str


TOKENS = Resource(
    "tokens_llm",
    "tokens_usados",
    "Model tokens",
    "tokens",
    lambda run: run.tokens,
    "Work that calls a model, by a performer that reports its tokens, fills it.",
)
CPU = Resource(
    "cpu_horas",
    "cpu_usada",
    "CPU",
    "core·h",
    lambda run: run.cpu_horas,
    "Work whose processes were measured while they ran fills it.",
)
RAM = Resource(
    "ram_gb_horas",
    "ram_usada",
    "Memory",
    "GB·h",
    lambda run: run.ram_gb_horas,
    "Work whose processes were measured while they ran fills it.",
)
STORAGE = Resource(
    "storage_mb",
    "storage_usado",
    "Storage",
    "MB",
    lambda run: run.storage_mb,
    "Releases that were deployed fill it.",
)


def page(facts: Facts, query: Query) -> Page:
    """Actual over estimate and amount of each resource, calls by API."""
    rows = ended(facts, query)
    key = GROUPS.get(query.por)
    found: dict[str, list[Figure]] = {}
    for resource in (TOKENS, CPU, RAM, STORAGE):
        some = concluded(rows) if resource is STORAGE else rows
        pairs = paired(some, resource.of)
        found[resource.chave] = figures(_accuracy(resource), pairs, query, of_execution(key, execution_of))
        found[resource.usado] = figures(_amount(resource), _measured(some, resource), query, key)
    calls = _api_rows(rows)
    found["chamadas_api"] = figures(
        CALLS, calls, query, _api if query.por == API else of_execution(key, _calling)
    )
    return Page(
        CHAVE,
        TITULO,
        tuple(each for some in found.values() for each in some),
        _charts(facts, query, {name: some[0] for name, some in found.items()}, calls),
        (*GROUPS, API),
        gerado=facts.gerado,
    )


# Ratios and amounts


def _accuracy(resource: Resource) -> Measure[Paired]:
    return Measure(
        chave=resource.chave,
        nome=f"{resource.nome}, actual / estimate",
        unidade="×",
        of=ratio_of_sums,
        ident=paired_id,
        vazio=resource.vazio,
        parts=_ratio_parts if resource is not STORAGE else ratio_parts,
        target=RATIO,
    )


def _ratio_parts(pairs: Sequence[Paired]) -> tuple[Part, ...]:
    done = column(pairs, _done)
    alone = ratio(sum(compress(column(pairs, REAL), done)), sum(compress(column(pairs, ESTIMATED), done)))
    return (*ratio_parts(pairs), Part("of concluded work alone", alone, "×", sum(done)))


def _done(pair: Paired) -> bool:
    return pair.execution.status == CONCLUDED


def _amount(resource: Resource) -> Measure[Execution]:
    def used(rows: Sequence[Execution]) -> float | None:
        return sum(column(rows, _used(resource))) if rows else None

    return Measure(
        chave=resource.usado,
        nome=f"{resource.nome} used",
        unidade=resource.unidade,
        of=used,
        ident=execution_id,
        vazio=resource.vazio,
    )


def _measured(rows: Rows[Execution], resource: Resource) -> Rows[Execution]:
    return counting(rows, _unmeasured(resource))


@cache
def _used(resource: Resource) -> Callable[[Execution], float]:
    return lambda run: resource.of(run).real or 0.0


@cache
def _unmeasured(resource: Resource) -> Callable[[Execution], str]:
    return lambda run: "" if _counts(resource.of(run).real) else NO_ACTUAL


def _counts(amount: float | None) -> bool:
    return amount is not None and 0 <= amount < LARGEST


# Calls of APIs


class ApiCalls(NamedTuple):
    """One execution's calls of one API."""

    execution: Execution
    api: str
    pair: Pair


def _api_rows(rows: Rows[Execution]) -> Rows[ApiCalls]:
    return sifted(rows, _api_rows, _calls, _lost)


def _lost(run: Execution) -> ApiCalls:
    return ApiCalls(run, "", Pair())


def _calls(run: Execution) -> list[tuple[str, ApiCalls]]:
    return [
        ("" if _counts(pair.real) else NO_ACTUAL, ApiCalls(run, api, pair))
        for api, pair in sorted(run.apis.items())
    ]


def _api(row: ApiCalls) -> str:
    return row.api


def _calling(row: ApiCalls) -> Execution:
    return row.execution


def _count(rows: Sequence[ApiCalls]) -> float | None:
    return sum(column(rows, _how_many)) if rows else None


def _how_many(row: ApiCalls) -> float:
    return row.pair.real or 0.0


def _count_or_zero(rows: Sequence[ApiCalls]) -> float:
    return _count(rows) or 0.0


def _api_parts(rows: Sequence[ApiCalls]) -> tuple[Part, ...]:
    expected = [row.pair for row in rows if row.pair.estimado is not None and row.pair.estimado > 0]
    share = ratio(sum(pair.real or 0.0 for pair in expected), sum(pair.estimado or 0.0 for pair in expected))
    return (Part("actual / estimate", share, "×", len(expected)),)


CALLS: Measure[ApiCalls] = Measure(
    chave="chamadas_api",
    nome="Calls of APIs",
    unidade="",
    of=_count,
    bucket=_count_or_zero,
    ident=lambda row: row.execution.id,
    count=lambda rows: len({row.execution.id for row in rows}),
    vazio="Work whose performer reports its calls of other systems fills it.",
    parts=_api_parts,
)


# Charts


def _charts(
    facts: Facts, query: Query, totals: dict[str, Figure], calls: Rows[ApiCalls]
) -> tuple[Chart, ...]:
    by_api: dict[str, float] = {}
    for row in calls.rows:
        by_api[row.api] = by_api.get(row.api, 0.0) + (row.pair.real or 0.0)
    workers = tokens_by_worker(calls_in(facts, query))[: charting.MOST_BARS]
    apis = sorted(by_api.items(), key=lambda each: (-each[1], each[0]))
    return (
        _line("tokens", "Model tokens, actual over estimate", query, {"tokens": totals["tokens_llm"]}),
        charting.by_name("recursos_tokens_worker", "Tokens by worker", "tokens", workers, TOKENS.vazio),
        _line(
            "maquina",
            "CPU and memory, actual over estimate",
            query,
            {"CPU": totals["cpu_horas"], "memory": totals["ram_gb_horas"]},
        ),
        charting.by_name("recursos_apis", "Calls by API", "", apis, CALLS.vazio),
        charting.over_time(
            "recursos_storage", "Storage taken", "bar", query, [("storage", totals["storage_usado"])]
        ),
    )


def _line(name: str, titulo: str, query: Query, named: dict[str, Figure]) -> Chart:
    return charting.over_time(f"recursos_{name}", titulo, "line", query, named.items(), marcas=AS_ESTIMATED)
