"""8.3, what work costs in R$: altogether, by spec, by release, by worker, and beside what was estimated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from store.metrics import charting
from store.metrics.costs import (
    INFRA,
    LLM,
    NO_RELEASE,
    PARTS,
    UNALLOCATED,
    Share,
    Whole,
    by_release,
    by_spec,
    by_worker,
    cost,
    priced,
)
from store.metrics.cutting import without_zeros
from store.metrics.deviation import cost_pair
from store.metrics.effort import EFFORT
from store.metrics.facts import Execution, Facts
from store.metrics.measures import MOST_IDS, Measure, Rows, figures
from store.metrics.model import Chart, Figure, Mark, Page, Part, Query
from store.metrics.money import middle, shown_percentile, total
from store.metrics.pairing import Paired, execution_of, paired, paired_id, ratio_of_sums, ratio_parts
from store.metrics.populations import (
    CONCLUDED,
    GROUPS,
    NO_END,
    ended,
    execution_id,
    is_running,
    not_concluded,
    of_execution,
)

CHAVE, TITULO = "custo", "Cost"
FILLED = "Work that ended, and whose hours, calls or machine time have a price, fills it."
PART_NAMES = {"pessoas": "people", "llm": "models", "infra": "machines", "apis": "APIs", "": "other"}
ALLOCATED = ("worker", "vertente")
"""Groups that an execution's cost is divided among; by these, only what is divided is grouped."""


def page(facts: Facts, query: Query) -> Page:
    """Total, spec, release, worker, accuracy, and what running work has cost so far."""
    everything = ended(facts, query)
    pairs = paired(everything, cost_pair)
    rows, por = priced(everything), query.por
    specs, releases, workers = (
        by_spec(facts, rows, query),
        by_release(facts, rows, query),
        by_worker(facts, rows),
    )
    found = {
        "custo_total": figures(TOTAL, rows, query, None if por in ALLOCATED else GROUPS.get(por)),
        "custo_spec": figures(_whole("spec"), specs, query, _name if por == "spec" else None),
        "custo_release": figures(
            _whole("release"), _real(releases), query, _name if por == "release" else None
        ),
        "custo_worker": figures(WORKERS, workers, query, _share_key(por)),
        "precisao_custo": figures(
            _accuracy(pairs),
            _of_concluded(pairs),
            query,
            of_execution(GROUPS.get(por), execution_of),
        ),
    }
    figuras = [each for some in found.values() for each in some]
    charts = _charts(query, found["precisao_custo"][0], specs, releases, workers)
    return Page(CHAVE, TITULO, (*figuras, _running(facts)), charts, tuple(GROUPS), gerado=facts.gerado)


# What each figure is


def _total(rows: Sequence[Execution]) -> Decimal | None:
    return total(run.custo.total for run in rows)


def _total_parts(rows: Sequence[Execution]) -> tuple[Part, ...]:
    failed = total(run.custo.total for run in rows if run.status != CONCLUDED)
    by_part = ((PART_NAMES[part], [getattr(run.custo, part) for run in rows]) for part in PARTS)
    return (
        *(
            Part(name, total(amounts), "R$", sum(each is not None for each in amounts))
            for name, amounts in by_part
        ),
        Part("of work that was not concluded", failed, "R$"),
    )


TOTAL: Measure[Execution] = Measure(
    chave="custo_total",
    nome="Cost",
    unidade="R$",
    of=_total,
    ident=execution_id,
    vazio=FILLED,
    parts=_total_parts,
)


def _whole(name: str) -> Measure[Whole]:
    return Measure(
        chave=f"custo_{name}",
        nome=f"Cost of a {name}, median",
        unidade="R$",
        of=lambda wholes: middle([each.custo for each in wholes]),
        ident=lambda each: each.execucoes[-1].id,
        vazio=FILLED,
        parts=_whole_parts,
    )


def _whole_parts(wholes: Sequence[Whole]) -> tuple[Part, ...]:
    amounts = [each.custo for each in wholes]
    return (
        Part("p85", shown_percentile(amounts, 85), "R$", len(amounts)),
        Part("total", total(amounts), "R$", len(amounts)),
    )


def _real(releases: Rows[Whole]) -> Rows[Whole]:
    """Without what came to no release, which is left out by execution."""
    found = releases.only(lambda each: bool(each.nome))
    loose = [
        (NO_RELEASE, Whole("", cost(run), (run,)))
        for each in releases.rows
        if not each.nome
        for run in each.execucoes
    ]
    return Rows(found.times, found.rows, [*releases.left, *loose])


def _name(whole: Whole) -> str:
    return whole.nome


def _share_total(shares: Sequence[Share]) -> Decimal | None:
    return total(share.valor for share in shares)


def _share_parts(shares: Sequence[Share]) -> tuple[Part, ...]:
    return (
        Part("models", total(each.valor for each in shares if each.parte == LLM), "R$"),
        Part("machines", total(each.valor for each in shares if each.parte == INFRA), "R$"),
        Part("not allocated", total(each.valor for each in shares if each.worker == UNALLOCATED), "R$"),
    )


WORKERS: Measure[Share] = Measure(
    chave="custo_worker",
    nome="Cost by worker",
    unidade="R$",
    of=_share_total,
    ident=lambda share: share.execution.id,
    count=lambda shares: len({share.execution.id for share in shares}),
    vazio=FILLED,
    parts=_share_parts,
)


def _share_key(por: str) -> Callable[[Share], str] | None:
    if por == "worker":
        return lambda share: share.worker
    if por == "vertente":
        return lambda share: share.vertente
    return of_execution(GROUPS.get(por), lambda share: share.execution)


def _of_concluded(pairs: Rows[Paired]) -> Rows[Paired]:
    """What was not concluded is left out for that, whatever else it lacks."""
    left = [
        (not_concluded(pair.execution) or reason, pair) for reason, pair in pairs.left if reason != NO_END
    ]
    undated = [each for each in pairs.left if each[0] == NO_END]
    done = Rows(pairs.times, pairs.rows).counting(lambda pair: not_concluded(pair.execution))
    return Rows(done.times, done.rows, [*undated, *left, *done.left])


def _accuracy(pairs: Rows[Paired]) -> Measure[Paired]:
    """Over concluded work; beside it, over all that ended, and the share that kept to its price."""
    all_ended = ratio_of_sums(pairs.rows)

    def parts(pairs: Sequence[Paired]) -> tuple[Part, ...]:
        kept = [
            run.custo.total <= run.custo_p80
            for run in map(execution_of, pairs)
            if run.custo.total is not None and run.custo_p80 is not None
        ]
        return (
            *ratio_parts(pairs),
            Part("within the price (P80)", sum(kept) / len(kept) if kept else None, "%", len(kept)),
            Part("all that ended, concluded or not", all_ended, "×"),
        )

    return Measure(
        chave="precisao_custo",
        nome="Cost, actual / estimate",
        unidade="×",
        of=ratio_of_sums,
        ident=paired_id,
        vazio="Concluded work whose price and cost have a part in common fills it.",
        parts=parts,
        target=EFFORT,
    )


def _running(facts: Facts) -> Figure:
    """What the executions that run now have cost so far; in no other figure."""
    found = [run for run in facts.execucoes if is_running(run)]
    known = [run for run in found if run.custo.total is not None]
    return Figure(
        "custo_em_curso",
        "Cost of running work, so far",
        "R$",
        _total(known),
        len(known),
        excluidos=without_zeros({"nothing recorded yet": len(found) - len(known)}),
        provisorios=len(known),
        itens=tuple(
            run.id for run in sorted(known, key=lambda run: run.criada or 0.0, reverse=True)[:MOST_IDS]
        ),
        vazio="" if known else "Work that runs now, and has something recorded, fills it.",
    )


# Charts


def _charts(
    query: Query, accuracy: Figure, specs: Rows[Whole], releases: Rows[Whole], workers: Rows[Share]
) -> tuple[Chart, ...]:
    return (
        charting.histogram(
            "custo_specs", "What specs cost", "R$", [float(each.custo) for each in specs.rows], FILLED
        ),
        charting.by_name("custo_spec_top", "The specs that cost most", "R$", _top(specs.rows), FILLED),
        charting.by_name(
            "custo_release_top",
            "The releases that cost most, with their repairs",
            "R$",
            _top(releases.rows),
            FILLED,
        ),
        _worker_chart(workers.rows),
        charting.over_time(
            "custo_precisao",
            "Cost, actual over estimate",
            "line",
            query,
            [("cost", accuracy)],
            marcas=(Mark(1.0, "as estimated"),),
        ),
    )


def _top(wholes: Sequence[Whole]) -> list[tuple[str, Decimal]]:
    """The dearest; what came to no release has its row whatever it cost."""
    named = sorted((each for each in wholes if each.nome), key=lambda each: (-each.custo, each.nome))
    rows = [(each.nome, each.custo) for each in named[: charting.MOST_BARS]]
    return rows + [(NO_RELEASE, each.custo) for each in wholes if not each.nome]


def _worker_chart(shares: Sequence[Share]) -> Chart:
    """A bar a worker, a layer a part; the row of nobody is the last, so that the rows add up to the total."""
    sums: dict[tuple[str, str], Decimal] = {}
    for each in shares:
        sums[each.worker, each.parte] = sums.get((each.worker, each.parte), Decimal(0)) + each.valor
    whole: dict[str, Decimal] = {}
    for (worker, _), amount in sums.items():
        whole[worker] = whole.get(worker, Decimal(0)) + amount
    names = sorted(whole, key=lambda worker: (worker == UNALLOCATED, -whole[worker], worker))
    layers = {
        label: [sums.get((worker, part), Decimal(0)) for worker in names]
        for part, label in PART_NAMES.items()
        if any((worker, part) in sums for worker in names)
    }
    return charting.stacked_names("custo_workers", "Cost by worker", "R$", names, layers, FILLED)
