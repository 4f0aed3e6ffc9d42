"""What an outcome costs: all the money of a period over the specs whose deployment was found valid in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from store.metrics.cutting import between, cut, labels, newest, points, trend, until_now, within
from store.metrics.cutting import partial as is_partial
from store.metrics.facts import Call, Decision, Execution, Facts
from store.metrics.keeping import Changed, Dated, kept
from store.metrics.lives import RUNS_ENDED
from store.metrics.model import Chart, Figure, Page, Part, Point, Query, Series
from store.metrics.money import CENT, CENT_OF_A_CENT
from store.metrics.own_targets import own_targets
from store.metrics.periods import Window
from store.metrics.wording import reais

VALID = "validar"
WASTED = frozenset({"falhou", "rejeitado", "cancelado"})
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Spending:
    """Executions, calls that belong to none, and valid deployments, each by when."""

    ended: Sequence[Execution]
    ended_at: Sequence[float]
    loose: Sequence[Call]
    loose_at: Sequence[float]
    valid: Sequence[Decision]
    valid_at: Sequence[float]
    repeated: dict[str, Decimal]
    """R$ of the calls of second and later attempts, by execution."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The money of a window and what came of it."""

    total: Decimal
    perdido: Decimal
    entregas: int
    execucoes: int
    sem_custo: int

    @property
    def por_entrega(self) -> Decimal | None:
        """R$ an outcome, to the cent or to what is less of one; None without one."""
        if not self.entregas:
            return None
        exact = (self.total / self.entregas).quantize(CENT_OF_A_CENT)
        cents = exact.quantize(CENT)
        return cents if cents == exact else exact

    @property
    def desperdicio(self) -> float | None:
        """The share that nothing came of; None where nothing was spent."""
        return float(self.perdido / self.total) if self.total else None


def spending_of(facts: Facts) -> Spending:
    """Of these facts; each part is made anew only where a document of it changed."""
    ended = RUNS_ENDED.of(facts)
    loose = kept(
        facts,
        "calls of no execution",
        _loose,
        ("chamadas", "execucoes"),
        lambda *old: _loose_after(facts, *old),
    )
    valid = kept(facts, "valid deployments", _valid, ("decisoes",), matters=_is_valid)
    repeated = kept(facts, "repeated calls", _repeated, ("chamadas",))
    return Spending(ended.rows, ended.times, loose.rows, loose.times, valid.rows, valid.times, repeated)


def _loose(facts: Facts) -> Dated:
    known = {each.id for each in facts.execucoes}
    return _by_time(
        [each for each in facts.chamadas if each.em is not None and each.execucao_ref not in known]
    )


def _loose_after(facts: Facts, old: Dated, changed: Sequence[Changed]) -> Dated:
    """The same where executions changed and none came or went."""
    same = all(
        campo == "execucoes" and before is not None and after is not None for campo, before, after in changed
    )
    return old if same else _loose(facts)


def _valid(facts: Facts) -> Dated:
    return _by_time(list(filter(_is_valid, facts.decisoes)))


def _is_valid(each: Decision) -> bool:
    return (
        each.tipo == "validar_implantacao"
        and each.opcao == VALID
        and not each.desfeita
        and each.em is not None
    )


def _by_time(found: list[Any]) -> Dated:
    found.sort(key=lambda each: each.em or 0.0)
    return Dated([each.em or 0.0 for each in found], found)


def _repeated(facts: Facts) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for call in facts.chamadas:
        if call.tentativa >= 2 and call.custo is not None:
            found[call.execucao_ref] = found.get(call.execucao_ref, ZERO) + call.custo
    return found


def summed(spending: Spending, window: Window) -> Sum:
    """What a window cost, what of it was wasted, and how many specs were found valid in it."""
    total = wasted = ZERO
    unknown = 0
    ended = spending.ended[between(spending.ended_at, window)]
    for execution in ended:
        cost = execution.custo.total
        if cost is None:
            unknown += 1
            continue
        total += cost
        wasted += cost if execution.status in WASTED else min(spending.repeated.get(execution.id, ZERO), cost)
    for call in spending.loose[between(spending.loose_at, window)]:
        total += call.custo or ZERO
        wasted += (call.custo or ZERO) if call.tentativa >= 2 else ZERO
    valid = {each.spec_ref for each in spending.valid[between(spending.valid_at, window)]}
    return Sum(total, wasted, len(valid), len(ended), unknown)


def page(facts: Facts, query: Query) -> Page:
    """Cost per outcome and the share of waste."""
    spending = spending_of(facts)
    window = until_now(query)
    whole = summed(spending, window)
    parts = [summed(spending, within(bucket, query)) for bucket in cut(query)]
    buckets = [(bucket.chave, is_partial(bucket, query)) for bucket in cut(query)]
    ended = [each.id for each in spending.ended[between(spending.ended_at, window)]]
    return Page(
        "resultado",
        "Outcome",
        own_targets(
            (
                _per_outcome(spending, whole, parts, buckets, query),
                _waste(whole, parts, buckets, spending.ended[between(spending.ended_at, window)]),
                _spent(whole, parts, buckets, ended),
            ),
            query,
        ),
        (_chart(parts, query), _outcomes(spending, query)),
        notas=(
            "Cost is that of all executions that ended in the period, failed ones included, and of calls that"
            " belong to none. A spec counts once, however often it was found valid.",
        ),
        gerado=facts.gerado,
    )


def _points(
    buckets: Sequence[tuple[str, bool]], values: Sequence[Decimal | float | None], ns: Sequence[int]
) -> tuple[Point, ...]:
    return tuple(
        Point(key, value, n, partly) for (key, partly), value, n in zip(buckets, values, ns, strict=True)
    )


def _per_outcome(
    spending: Spending,
    whole: Sum,
    parts: Sequence[Sum],
    buckets: Sequence[tuple[str, bool]],
    query: Query,
) -> Figure:
    serie = _points(buckets, [each.por_entrega for each in parts], [each.entregas for each in parts])
    valid = spending.valid[between(spending.valid_at, until_now(query))]
    empty = f"{reais(whole.total)} without a delivery" if whole.total else "A valid deployment fills it."
    return Figure(
        "custo_resultado",
        "Cost per outcome",
        "R$",
        whole.por_entrega,
        whole.entregas,
        {"executions without a cost": whole.sem_custo} if whole.sem_custo else {},
        partes=(Part("spent", whole.total, "R$", whole.execucoes), Part("outcomes", whole.entregas, "")),
        serie=serie,
        tendencia=trend(serie),
        itens=newest([(each.em or 0.0, each.id) for each in valid]),
        vazio="" if whole.entregas else empty,
    )


def _waste(
    whole: Sum, parts: Sequence[Sum], buckets: Sequence[tuple[str, bool]], ended: Sequence[Execution]
) -> Figure:
    serie = _points(buckets, [each.desperdicio for each in parts], [each.execucoes for each in parts])
    return Figure(
        "desperdicio",
        "Waste",
        "%",
        whole.desperdicio,
        whole.execucoes,
        {"executions without a cost": whole.sem_custo} if whole.sem_custo else {},
        partes=(Part("wasted", whole.perdido, "R$"),),
        serie=serie,
        tendencia=trend(serie),
        itens=newest([(each.encerrada or 0.0, each.id) for each in ended if each.status in WASTED]),
        vazio="" if whole.total else "Executions that end and cost something fill it.",
    )


def _spent(
    whole: Sum, parts: Sequence[Sum], buckets: Sequence[tuple[str, bool]], ended: Sequence[str]
) -> Figure:
    serie = _points(buckets, [each.total for each in parts], [each.execucoes for each in parts])
    return Figure(
        "gasto",
        "Spent",
        "R$",
        whole.total if whole.execucoes or whole.total else None,
        whole.execucoes,
        {"executions without a cost": whole.sem_custo} if whole.sem_custo else {},
        serie=serie,
        tendencia=trend(serie),
        itens=tuple(reversed(ended[-500:])),
        vazio="" if whole.execucoes or whole.total else "Executions that end fill it.",
    )


def _chart(parts: Sequence[Sum], query: Query) -> Chart:
    return Chart(
        "resultado_custo",
        "What was spent, and what came of it",
        "stacked",
        "R$",
        (
            Series("useful", tuple(float(each.total - each.perdido) for each in parts)),
            Series("wasted", tuple(float(each.perdido) for each in parts)),
        ),
        labels(query),
        nota="Wasted: failed, rejected and cancelled executions, and calls of second and later attempts.",
        vazio="" if any(each.total for each in parts) else "Executions that end and cost something fill it.",
    )


def _outcomes(spending: Spending, query: Query) -> Chart:
    found = points(
        query, spending.valid_at, spending.valid, lambda some: len({each.spec_ref for each in some})
    )
    return Chart(
        "resultado_entregas",
        "Specs found valid",
        "bar",
        "",
        (Series("specs", tuple(float(each.valor or 0) for each in found)),),
        labels(query),
        vazio="" if any(each.valor for each in found) else "A valid deployment fills it.",
    )
