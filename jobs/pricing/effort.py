"""People's hours and machine seconds by phase: two series that are never mixed (design.md, "Amounts")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jobs.pricing.numbers import shown
from jobs.pricing.rates import Medida, Performer, Pricing
from jobs.pricing.size import Tamanho
from store.metrics.calibration import Calibration, fit
from store.metrics.learning import Learnt

FASES = ("dev", "teste", "deploy")


@dataclass(frozen=True)
class Parcela:
    """One part of an effort: raw from the constants, P50 with what was learnt, P80 as the limit."""

    fase: str
    grupo: str
    rotulo: str
    bruto: float
    fator: float
    p80_sobre_p50: float
    formula: str
    ram_mb: int = 0

    @property
    def p50(self) -> float:
        """The estimate."""
        return self.bruto * self.fator

    @property
    def p80(self) -> float:
        """The limit."""
        return self.p50 * self.p80_sobre_p50


@dataclass(frozen=True)
class Historico:
    """What was learnt, one calibration a series; both empty at first."""

    pessoas: Calibration = field(default_factory=Calibration)
    maquina: Calibration = field(default_factory=Calibration)

    @classmethod
    def of(cls, learnt: Learnt) -> Historico:
        """What finished executions teach."""
        return cls(fit(learnt.pessoas), fit(learnt.maquina))


@dataclass(frozen=True)
class Effort:
    """The effort of a spec, in hours of people and seconds of machines."""

    pessoas: Sequence[Parcela]
    maquina: Sequence[Parcela]
    tokens: float


def by_phase(series: Sequence[Parcela], which: str) -> dict[str, float]:
    """`which` (bruto, p50 or p80) of a series by phase, with the total of what is shown."""
    found = {fase: sum(getattr(each, which) for each in series if each.fase == fase) for fase in FASES}
    rounded = {fase: round(value, 4) for fase, value in found.items()}
    return {**rounded, "total": round(sum(rounded.values()), 4)}


def builder(size: Tamanho, performers: Mapping[str, str]) -> str:
    """Who builds a vertente: our worker for its type, or else the performer itself."""
    performer = performers[size.tipo]
    return size.worker if performer == "builtin" else performer


def effort_of(
    sizes: Sequence[Tamanho],
    testes: int,
    pricing: Pricing,
    performers: Mapping[str, str],
    historico: Historico,
) -> Effort:
    """The effort for so many points and tests; `performers` names who builds each vertente's type."""
    points = sum(size.pontos for size in sizes)
    takes = {size.vertente: pricing.performers[performers[size.tipo]][size.tipo] for size in sizes}
    uplift = (
        historico.pessoas.p80(pricing.p80_sem_historico),
        historico.maquina.p80(pricing.p80_sem_historico),
    )
    by = {size.vertente: builder(size, performers) for size in sizes}
    people = [*_review(points, testes, pricing), *_writing(sizes, takes, pricing)]
    machine = [*_generation(sizes, by, takes), *_running(points, testes, pricing)]
    return Effort(
        [_calibrated(each, historico.pessoas, uplift[0]) for each in people],
        [_calibrated(each, historico.maquina, uplift[1]) for each in machine],
        round(sum(takes[size.vertente].tokens_por_ponto * size.pontos for size in sizes), 1),
    )


def _calibrated(raw: Parcela, calibration: Calibration, uplift: float) -> Parcela:
    factor = calibration.fator(raw.grupo)
    return Parcela(raw.fase, raw.grupo, raw.rotulo, raw.bruto, factor, uplift, raw.formula, raw.ram_mb)


def _review(points: float, testes: int, pricing: Pricing) -> Iterator[Parcela]:
    """What people do whoever builds: read the budget, judge the release, validate the deployment."""
    units = {"dev": (points, "pts"), "teste": (testes, "tests"), "deploy": (points, "pts")}
    labels = {"dev": "Read the budget", "teste": "Judge the release", "deploy": "Validate the deployment"}
    for fase in FASES:
        amount, unit = units[fase]
        measure = pricing.pessoas[fase]
        yield _raw(fase, f"pessoas/{fase}", labels[fase], measure, amount, unit, "h")


def _writing(sizes: Sequence[Tamanho], takes: Mapping[str, Performer], pricing: Pricing) -> Iterator[Parcela]:
    """What a person takes who writes it, by COCOMO II; measured with the rest of people's development."""
    cocomo = pricing.cocomo
    for size in sizes:
        sloc = takes[size.vertente].sloc_por_ponto * size.pontos
        if sloc:
            formula = (
                f"{shown(cocomo.a)} × ({shown(sloc)} lines ÷ 1000) ^ {shown(cocomo.expoente)}"
                f" × {shown(cocomo.horas_por_mes)} h"
            )
            hours = cocomo.horas(sloc / 1000)
            yield Parcela("dev", "pessoas/dev", f"Write {size.vertente}", hours, 1, 1, formula)


def _generation(
    sizes: Sequence[Tamanho], by: Mapping[str, str], takes: Mapping[str, Performer]
) -> Iterator[Parcela]:
    for size in sizes:
        who, measure = by[size.vertente], takes[size.vertente].maquina
        group = f"{who}/{size.tipo}"
        yield _raw("dev", group, f"{who} {size.vertente}", measure, size.pontos, "pts", "s")


def _running(points: float, testes: int, pricing: Pricing) -> Iterator[Parcela]:
    yield _raw("teste", "teste", "Run the tests", pricing.teste, testes, "tests", "s")
    yield _raw("deploy", "deploy", "Deploy and smoke-test", pricing.deploy, points, "pts", "s")


def _raw(fase: str, grupo: str, rotulo: str, measure: Medida, amount: float, unit: str, of: str) -> Parcela:
    formula = f"{shown(measure.base)} {of} + {shown(amount)} {unit} × {shown(measure.por)} {of}"
    return Parcela(fase, grupo, rotulo, measure.of(amount), 1, 1, formula, measure.ram_mb)
