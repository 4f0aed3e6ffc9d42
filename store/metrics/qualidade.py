"""8.4, quality: coverage beside its plan, first attempts, repairs of releases, bugs and their lives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from operator import attrgetter

from store.metrics import bugs, charting, wip
from store.metrics.bug_stock import still_open, stock
from store.metrics.bugs import SEVERITIES, Released, severity
from store.metrics.coverage import COVERAGE, MEETS_PLAN, covered, planned
from store.metrics.cutting import HOUR, trend, without_zeros
from store.metrics.facts import Execution, Facts
from store.metrics.measures import MOST_IDS, Measure, Rows, figures, grouped, series
from store.metrics.model import Chart, Figure, Mark, Page, Part, Query
from store.metrics.populations import GROUPS, ended, execution_id
from store.metrics.presence import counter
from store.metrics.shares import interval, share
from store.metrics.sifting import counting, loose
from store.metrics.statistics import mean, median, percentile, shown_percentile
from store.metrics.tables import column
from store.metrics.targets import at_most, over

CHAVE, TITULO = "qualidade", "Quality"
SEVERITY = "severidade"
NO_VERDICT = "without a test verdict"
BUGS_FILL = "Bugs fill it: a validation that says what is wrong opens one."
RECOVERY = at_most(24.0, 7 * 24.0, "h", source="DORA")


def page(facts: Facts, query: Query) -> Page:
    """Every figure of 8.4."""
    rows = ended(facts, query)
    por, key = query.por, GROUPS.get(query.por)
    bug_key = severity if por == SEVERITY else key
    opened, repaired = bugs.opened(facts, query), bugs.repaired(facts, query)
    opened_key = bug_key
    if por == "release":  # that it is in, not the one that its repair made
        opened, opened_key = loose(opened), lambda run: bugs.release_of(facts, run) or "no release"
    made = bugs.released(facts, query)
    by_release: Callable[[Released], str] | None = _spec_of_release if por == "spec" else None
    found = {
        "cobertura": figures(COVERAGE, covered(rows), query, key),
        "cobertura_no_plano": figures(MEETS_PLAN, planned(rows), query, key),
        "sucesso_primeira": figures(FIRST, with_verdict(rows), query, key),
        "retrabalho": figures(_repairs(facts, query), made, query, by_release),
        "releases_com_reparo": figures(_repaired_share(query), made, query, by_release),
        "bugs": figures(_bugs(facts, query), opened, query, opened_key),
        "bugs_criticos": figures(
            _critical(facts, query), _only_critical(opened), query, opened_key if por == "release" else key
        ),
        "mttr": figures(MTTR, repaired, query, bug_key),
    }
    totals = {name: some[0] for name, some in found.items()}
    return Page(
        CHAVE,
        TITULO,
        (*(each for some in found.values() for each in some), _open(facts, query)),
        _charts(query, totals, opened),
        (*GROUPS, SEVERITY),
        gerado=facts.gerado,
    )


# First attempts


def with_verdict(rows: Rows[Execution]) -> Rows[Execution]:
    """The executions whose tests ran at least once."""
    return counting(rows, _unjudged)


def _unjudged(run: Execution) -> str:
    return NO_VERDICT if run.primeira is None else ""


def first_time(run: Execution) -> bool:
    """Passed at its first verdict, and no worker had to try again."""
    return run.primeira is True and all(
        each.tentativas <= 1 and each.passou_primeira is not False for each in run.workers
    )


def _first_parts(rows: Sequence[Execution]) -> tuple[Part, ...]:
    return interval(sum(column(rows, first_time)), len(rows))


FIRST: Measure[Execution] = Measure(
    chave="sucesso_primeira",
    nome="Passed at the first attempt",
    unidade="%",
    of=lambda rows: share(sum(column(rows, first_time)), len(rows)),
    ident=execution_id,
    vazio="Work whose tests ran fills it.",
    parts=_first_parts,
    target=over(0.9, "%"),
)

# Repairs of releases


def _spec_of_release(each: Released) -> str:
    return each.release.spec_ref


_REPAIRS: Callable[[Released], int] = attrgetter("reparos")
_SOON: Callable[[Released], bool] = attrgetter("em_trinta_dias")


def _provisional(query: Query) -> Callable[[Released], bool]:
    """Whether a release is so young that a repair may still come."""
    return lambda each: (each.release.criada or 0.0) > query.agora - bugs.COHORT_S


def _repairs(facts: Facts, query: Query) -> Measure[Released]:
    loose = bugs.unattributed(facts, query)

    def parts(rows: Sequence[Released]) -> tuple[Part, ...]:
        return (
            Part("repairs", sum(column(rows, _REPAIRS)), "", len(rows)),
            Part("repairs that no release is known for", loose, ""),
        )

    return Measure(
        chave="retrabalho",
        nome="Repairs a release",
        unidade="/release",
        of=lambda rows: mean(column(rows, _REPAIRS)),
        ident=_release_id,
        vazio="Releases fill it.",
        parts=parts,
        provisional=_provisional(query),
    )


def _repaired_share(query: Query) -> Measure[Released]:
    return Measure(
        chave="releases_com_reparo",
        nome="Releases repaired within 30 days",
        unidade="%",
        of=lambda rows: share(sum(column(rows, _SOON)), len(rows)),
        ident=_release_id,
        vazio="Releases fill it.",
        parts=lambda rows: interval(sum(column(rows, _SOON)), len(rows)),
        provisional=_provisional(query),
    )


def _release_id(each: Released) -> str:
    return each.release.id


# Bugs


def _bugs(facts: Facts, query: Query) -> Measure[Execution]:
    return Measure(
        chave="bugs",
        nome="Bugs opened",
        unidade="",
        of=counter(facts, query),
        ident=execution_id,
        vazio=BUGS_FILL,
        parts=_severity_parts,
    )


def _severity_parts(rows: Sequence[Execution]) -> tuple[Part, ...]:
    sizes = Counter(column(rows, severity))
    return tuple(Part(name, sizes[chave], "") for chave, name in SEVERITIES.items())


def _critical(facts: Facts, query: Query) -> Measure[Execution]:
    return Measure(
        chave="bugs_criticos",
        nome="Critical bugs opened",
        unidade="",
        of=counter(facts, query),
        ident=execution_id,
        vazio=BUGS_FILL,
        target=at_most(0),
    )


def _only_critical(opened: Rows[Execution]) -> Rows[Execution]:
    """Others are not left out of it: they are not what it counts."""
    found = counting(opened, _not_critical)
    return Rows(found.times, found.rows, [each for each in opened.left if not _not_critical(each[1])])


def _not_critical(run: Execution) -> str:
    found = severity(run)
    return "" if found == "critico" else found


def _mttr_parts(rows: Sequence[Execution]) -> tuple[Part, ...]:
    hours = sorted(column(rows, bugs.repair_hours))
    return (
        Part("mean", mean(hours), "h", len(hours)),
        Part("p85", shown_percentile(hours, 85), "h", len(hours)),
    )


MTTR: Measure[Execution] = Measure(
    chave="mttr",
    nome="Time to repair, median",
    unidade="h",
    of=lambda rows: median(column(rows, bugs.repair_hours)),
    ident=execution_id,
    vazio="Bugs whose repair was deployed fill it.",
    parts=_mttr_parts,
    target=RECOVERY,
)


def _open(facts: Facts, query: Query) -> Figure:
    """How many bugs are open now, and since when the oldest; how many were at the end of each bucket."""
    found = still_open(facts)
    value = counter(facts, query)(found)
    dated = [bug.aberto for bug in found if bug.aberto is not None]
    oldest = (query.agora - min(dated)) / HOUR if dated else None
    ages = [(query.agora - moment) / HOUR for moment in dated]
    serie = wip.series(query, stock(facts).open_at, len(found)) if value is not None else ()
    return Figure(
        "bugs_abertos",
        "Bugs open now",
        "",
        value,
        len(found),
        excluidos=without_zeros({bugs.NO_OPENING: len(found) - len(dated)}),
        partes=(
            Part("age of the oldest", oldest, "h"),
            Part("median age", percentile(ages, 50), "h", len(ages)),
        ),
        serie=serie,
        tendencia=trend(serie),
        itens=tuple(bug.item_id for bug in reversed(found))[:MOST_IDS],
        vazio=BUGS_FILL if value is None else "",
    )


# Charts


def _charts(query: Query, totals: dict[str, Figure], opened: Rows[Execution]) -> tuple[Chart, ...]:
    bands = (Mark(1.0, "an hour"), Mark(24.0, "a day"), Mark(168.0, "a week"))
    return (
        charting.over_time(
            "qualidade_cobertura",
            "Coverage of lines",
            "bar",
            query,
            [("coverage", totals["cobertura"])],
            marcas=(Mark(0.8, "80 %"), Mark(0.95, "critical modules")),
        ),
        charting.over_time(
            "qualidade_primeira",
            "Passed at the first attempt",
            "line",
            query,
            [("passed", totals["sucesso_primeira"])],
            marcas=(Mark(0.9, "target"),),
        ),
        charting.over_time(
            "qualidade_retrabalho", "Repairs a release", "bar", query, [("repairs", totals["retrabalho"])]
        ),
        _by_severity(query, totals["bugs"], opened),
        charting.over_time(
            "qualidade_mttr", "Time to repair", "line", query, [("median", totals["mttr"])], marcas=bands
        ),
    )


def _by_severity(query: Query, total: Figure, opened: Rows[Execution]) -> Chart:
    """A layer a severity, the worst one first; every bug is in one."""
    groups = dict(grouped(opened, severity))
    empty: Rows[Execution] = Rows((), ())
    count: Measure[Execution] = Measure(chave="", nome="", unidade="", of=len, ident=execution_id, vazio="")
    found = {
        name: [point.valor for point in series(count, groups.get(chave, empty), query)]
        for chave, name in SEVERITIES.items()
    }
    return charting.layers(
        "qualidade_bugs", "Bugs opened, by severity", "", query, found, BUGS_FILL if not total.n else ""
    )
