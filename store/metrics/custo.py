"""8.3, what work costs in R$: altogether, by spec, by release, by worker, and beside what was estimated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from heapq import nsmallest
from operator import attrgetter

from store.metrics import charting
from store.metrics.allocation import INFRA, LLM, PARTS, UNALLOCATED, Share, by_worker
from store.metrics.costs import NO_RELEASE, by_release, by_spec, priced
from store.metrics.cutting import without_zeros
from store.metrics.deviation import cost_pair
from store.metrics.effort import EFFORT
from store.metrics.facts import Execution, Facts
from store.metrics.keeping import kept
from store.metrics.measures import MOST_IDS, Measure, Rows, figures
from store.metrics.model import Chart, Figure, Mark, Page, Part, Query
from store.metrics.money import middle, shown_percentile, total
from store.metrics.pairing import (
    Paired,
    execution_of,
    paired,
    paired_id,
    ratio_of_sums,
    ratio_parts,
    unpaired,
)
from store.metrics.populations import (
    CONCLUDED,
    GROUPS,
    ended,
    execution_id,
    is_running,
    not_concluded,
    of_execution,
)
from store.metrics.sifting import Left, Made, counting, parted
from store.metrics.tables import column
from store.metrics.wholes import Whole, cost, cost_of

CHAVE, TITULO = "custo", "Cost"
FILLED = "Work that ended, and whose hours, calls or machine time have a price, fills it."
PART_NAMES = {"pessoas": "people", "llm": "models", "infra": "machines", "apis": "APIs", "": "other"}
ALLOCATED = ("worker", "vertente")
"""Groups that an execution's cost is divided among; by these, only what is divided is grouped."""


def page(facts: Facts, query: Query) -> Page:
    """Total, spec, release, worker, accuracy, and what running work has cost so far."""
    everything = ended(facts, query)
    pairs = paired(Rows(everything.times, everything.rows), cost_pair)
    rows, por = priced(everything), query.por
    specs, workers = by_spec(facts, rows, query), by_worker(facts, rows, query)
    releases, loose = by_release(facts, rows, query)
    found = {
        "custo_total": figures(TOTAL, rows, query, None if por in ALLOCATED else GROUPS.get(por)),
        "custo_spec": figures(_whole("spec"), specs, query, _name if por == "spec" else None),
        "custo_release": figures(
            _whole("release"), _real(releases, loose), query, _name if por == "release" else None
        ),
        "custo_worker": figures(WORKERS, workers, query, _share_key(por)),
        "precisao_custo": figures(
            _accuracy(pairs),
            _of_concluded(everything, pairs),
            query,
            of_execution(GROUPS.get(por), execution_of),
        ),
    }
    figuras = [each for some in found.values() for each in some]
    dearest = _top(releases.rows) + ([(NO_RELEASE, cost_of(loose))] if loose else [])
    charts = _charts(query, found["precisao_custo"][0], specs, dearest, workers)
    return Page(CHAVE, TITULO, (*figuras, _running(facts)), charts, tuple(GROUPS), gerado=facts.gerado)


# What each figure is


def _total(rows: Sequence[Execution]) -> Decimal | None:
    return total(column(rows, _cost))


def _cost(run: Execution) -> Decimal | None:
    return run.custo.total


def _cost_in_vain(run: Execution) -> Decimal | None:
    return run.custo.total if run.status != CONCLUDED else None


_PARTS: Mapping[str, Callable[[Execution], Decimal | None]] = {
    part: attrgetter(f"custo.{part}") for part in PARTS
}


def _total_parts(rows: Sequence[Execution]) -> tuple[Part, ...]:
    failed = total(column(rows, _cost_in_vain))
    return (
        *(_total_part(PART_NAMES[part], column(rows, of)) for part, of in _PARTS.items()),
        Part("of work that was not concluded", failed, "R$"),
    )


def _total_part(name: str, amounts: Sequence[Decimal | None]) -> Part:
    known = [each for each in amounts if each is not None]
    return Part(name, total(known), "R$", len(known))


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
        of=lambda wholes: middle(column(wholes, _WHOLE)),
        ident=lambda each: each.execucoes[-1].id,
        vazio=FILLED,
        whole=_whole_and_parts,
    )


_WHOLE: Callable[[Whole], Decimal] = attrgetter("custo")


def _whole_and_parts(wholes: Sequence[Whole]) -> tuple[Decimal | None, tuple[Part, ...]]:
    """Of amounts that are sorted once: what is sorted again is in order."""
    amounts = sorted(column(wholes, _WHOLE))
    return middle(amounts), (
        Part("p85", shown_percentile(amounts, 85), "R$", len(amounts)),
        Part("total", total(amounts), "R$", len(amounts)),
    )


def _real(releases: Rows[Whole], loose: Sequence[Execution]) -> Rows[Whole]:
    """What came to no release is left out by execution."""
    left = [(NO_RELEASE, Whole("", cost(run), (run,))) for run in loose]
    return Rows(releases.times, releases.rows, [*releases.left, *left])


def _name(whole: Whole) -> str:
    return whole.nome


def _share_total(shares: Sequence[Share]) -> Decimal | None:
    return total(column(shares, _VALUE))


_VALUE: Callable[[Share], Decimal] = attrgetter("valor")


def _of_models(share: Share) -> Decimal | None:
    return share.valor if share.parte == LLM else None


def _of_machines(share: Share) -> Decimal | None:
    return share.valor if share.parte == INFRA else None


def _of_nobody(share: Share) -> Decimal | None:
    return share.valor if share.worker == UNALLOCATED else None


def _run_id(share: Share) -> str:
    return share.execution.id


def _share_parts(shares: Sequence[Share]) -> tuple[Part, ...]:
    return (
        Part("models", total(column(shares, _of_models)), "R$"),
        Part("machines", total(column(shares, _of_machines)), "R$"),
        Part("not allocated", total(column(shares, _of_nobody)), "R$"),
    )


WORKERS: Measure[Share] = Measure(
    chave="custo_worker",
    nome="Cost by worker",
    unidade="R$",
    of=_share_total,
    ident=_run_id,
    count=lambda shares: len(set(column(shares, _run_id))),
    vazio=FILLED,
    parts=_share_parts,
)


def _share_key(por: str) -> Callable[[Share], str] | None:
    return _SHARE_KEYS[por] if por in ALLOCATED else of_execution(GROUPS.get(por), _paid_for)


_SHARE_KEYS: Mapping[str, Callable[[Share], str]] = {name: attrgetter(name) for name in ALLOCATED}
_paid_for: Callable[[Share], Execution] = attrgetter("execution")


def _of_concluded(everything: Rows[Execution], pairs: Rows[Paired]) -> Rows[Paired]:
    """What was not concluded is left out for that, whatever else it lacks; what has no end, for that."""
    done = counting(Rows(pairs.times, pairs.rows), _not_concluded)
    left = (Made(everything.left, _unpaired), Made(pairs.left, _not_done), done.left)
    return Rows(done.times, done.rows, Left(left))


def _unpaired(each: tuple[str, Execution]) -> tuple[str, Paired]:
    return each[0], unpaired(each[1])


def _not_done(each: tuple[str, Paired]) -> tuple[str, Paired]:
    return _not_concluded(each[1]) or each[0], each[1]


def _not_concluded(pair: Paired) -> str:
    return not_concluded(pair.execution)


def _in_price(pair: Paired) -> bool | None:
    """Whether it cost at most its P80; None where one of the two is not known."""
    paid, price = pair.execution.custo.total, pair.execution.custo_p80
    return None if paid is None or price is None else paid <= price


def _accuracy(pairs: Rows[Paired]) -> Measure[Paired]:
    """Over concluded work; beside it, over all that ended, and the share that kept to its price."""
    all_ended = ratio_of_sums(pairs.rows)

    def parts(pairs: Sequence[Paired]) -> tuple[Part, ...]:
        kept = [each for each in column(pairs, _in_price) if each is not None]
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
    found = kept(facts, "running", _all_running, ("execucoes",), matters=is_running)
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


def _all_running(facts: Facts) -> list[Execution]:
    return list(filter(is_running, facts.execucoes))


# Charts


def _charts(
    query: Query,
    accuracy: Figure,
    specs: Rows[Whole],
    releases: Sequence[tuple[str, Decimal]],
    workers: Rows[Share],
) -> tuple[Chart, ...]:
    return (
        charting.histogram("custo_specs", "What specs cost", "R$", column(specs.rows, _as_number), FILLED),
        charting.by_name("custo_spec_top", "The specs that cost most", "R$", _top(specs.rows), FILLED),
        charting.by_name(
            "custo_release_top",
            "The releases that cost most, with their repairs",
            "R$",
            releases,
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
    """The dearest; what has no name has its row whatever it cost."""
    dearest = nsmallest(charting.MOST_BARS + 1, column(wholes, _rank))
    rows = [(name, amount) for _, name, amount in dearest if name][: charting.MOST_BARS]
    names = column(wholes, _name)
    return [*rows, (NO_RELEASE, wholes[names.index("")].custo)] if "" in names else rows


def _as_number(whole: Whole) -> float:
    return float(whole.custo)


def _rank(whole: Whole) -> tuple[Decimal, str, Decimal]:
    return -whole.custo, whole.nome, whole.custo


def _slot(share: Share) -> str:
    """A share's worker and part, as a name of a group."""
    return f"{share.parte}/{share.worker}"


def _worker_chart(shares: Sequence[Share]) -> Chart:
    """A bar a worker, a layer a part; the row of nobody is the last, so that the rows add up to the total."""
    sums = {
        (some[0].worker, some[0].parte): sum(column(some, _VALUE), Decimal(0))
        for some in parted(shares, _slot).values()
    }
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
