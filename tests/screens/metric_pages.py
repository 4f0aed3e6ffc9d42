"""Pages of metrics as the families make them: full, small, empty, and one with everything hostile in it."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from models import HOSTILE

from store.metrics.behind import Behind
from store.metrics.families import Family
from store.metrics.model import Chart, Figure, Mark, Page, Part, Point, Series

WEEKS = (*(f"2025-W{week}" for week in range(41, 53)), "2026-W01", "2026-W02*")


def serie(values: list[float | None], ns: int = 6) -> tuple[Point, ...]:
    """A point a week, the last one of a week that is not over."""
    last = len(values) - 1
    keys = [key.rstrip("*") for key in WEEKS[-len(values) :]]
    return tuple(Point(keys[at], value, ns, at == last) for at, value in enumerate(values))


def rising(start: float, step: float, count: int = 14) -> list[float | None]:
    """Values that go up or down, with a little noise that is always the same."""
    drawn = random.Random(f"{start}{step}")
    return [start + step * at + drawn.uniform(-1, 1) * abs(step) for at in range(count)]


def accuracy() -> Page:
    """Every state, a figure of few, one without a value, parts, left out and provisional ones."""
    effort = rising(1.6, -0.04)
    return Page(
        "precisao",
        "Accuracy",
        (
            Figure(
                "esforco_geral",
                "Effort, actual / estimate",
                "×",
                1.083,
                48,
                excluidos={"without an estimate": 3, "estimate of 0": 1},
                provisorios=2,
                partes=(Part("median", 1.02, "×", 48), Part("PRED(25)", 0.531, "%", 48)),
                serie=serie(effort),
                tendencia=-0.038,
                meta="0.8 to 1.25",
                linha=1.0,
                estado="good",
                itens=("EXE-0003", "BKL-0012", "DEC-0001", "REL-0002", "EXE-0099"),
            ),
            Figure(
                "esforco_dev",
                "Development",
                "×",
                1.41,
                48,
                serie=serie(rising(1.2, 0.02)),
                tendencia=0.019,
                meta="0.8 to 1.25",
                linha=1.0,
                estado="watch",
                itens=("EXE-0003",),
            ),
            Figure(
                "esforco_teste",
                "Test",
                "×",
                2.3,
                31,
                serie=serie(rising(2.3, 0.001)),
                tendencia=0.001,
                meta="0.8 to 1.25",
                linha=1.0,
                estado="bad",
            ),
            Figure(
                "esforco_deploy",
                "Deployment",
                "×",
                0.92,
                4,
                serie=serie([None, 0.9, None, 0.94], 1),
                meta="0.8 to 1.25",
                linha=1.0,
                estado="good",
            ),
            Figure(
                "variancia",
                "Variance",
                "×",
                None,
                3,
                meta="at most 1.5",
                linha=1.5,
                vazio="Five executions that ended, with an estimate and an actual, fill it.",
            ),
            Figure(
                "desvio_geral",
                "Overall deviation",
                "×",
                1.18,
                44,
                serie=serie(rising(1.3, -0.01)),
                tendencia=-0.01,
                meta="at most 1.25",
                linha=1.25,
                estado="good",
            ),
        ),
        (
            Chart(
                "precisao_linha",
                "Effort by phase",
                "line",
                "×",
                (
                    Series("all", tuple(effort)),
                    Series("development", tuple(rising(1.2, 0.02))),
                    Series("test", (None, *rising(2.3, 0.001, 13))),
                ),
                WEEKS,
                (Mark(1.0, "as estimated"),),
                nota="* the week is not over",
            ),
            Chart(
                "precisao_nuvem",
                "Each execution",
                "scatter",
                "×",
                (
                    Series(
                        "executions",
                        tuple(_lognormal(40)),
                        tuple(1_765_000_000 + 43_200 * at for at in range(40)),
                    ),
                ),
                marcas=(Mark(1.0, "as estimated"),),
                log=True,
            ),
            Chart(
                "desvio",
                "Overall deviation",
                "histogram",
                "×",
                (Series("executions", (4, 11, 14, 8, 4, 2, 1), (1.0, 1.1, 1.2, 1.3, 1.5, 2.0, 3.0, 5.0)),),
            ),
        ),
        grupos=("worker", "vertente"),
        notas=("4 executions are left out: 3 have no estimate, 1 was estimated at 0.",),
    )


def _lognormal(count: int) -> list[float]:
    drawn = random.Random(7)
    return [drawn.lognormvariate(0.1, 0.8) for _ in range(count)]


def grouped() -> Page:
    """The total first, then each group."""
    page = accuracy()
    total = page.figuras[0]
    groups = [
        Figure(
            total.chave,
            total.nome,
            "×",
            value,
            n,
            serie=serie(rising(value, 0.01)),
            tendencia=0.01,
            meta=total.meta,
            linha=1.0,
            estado=state,
            grupo=name,
            itens=("EXE-0003",),
        )
        for name, value, n, state in (
            ("WORKER_D", 1.31, 14, "watch"),
            ("WORKER_E", 0.97, 32, "good"),
            (HOSTILE, 1.0, 2, "good"),
        )
    ]
    return Page(page.chave, page.titulo, (total, *groups), page.graficos[:1], page.grupos)


def cost() -> Page:
    """Money, stacked bars, horizontal bars with a row that nobody is charged for."""
    return Page(
        "custo",
        "Cost",
        (
            Figure(
                "custo_spec",
                "Cost per spec, median",
                "R$",
                Decimal("31.40"),
                22,
                partes=(Part("p85", Decimal("88.10"), "R$"), Part("total", Decimal("1204.50"), "R$")),
                serie=serie(rising(30, 0.4)),
                tendencia=0.41,
                itens=("EXE-0003",),
            ),
            Figure(
                "precisao_custo",
                "Actual / estimate",
                "×",
                1.12,
                22,
                serie=serie(rising(1, 0.01)),
                meta="0.8 to 1.25",
                linha=1.0,
                estado="good",
            ),
        ),
        (
            Chart(
                "custo_worker",
                "Cost by worker",
                "stacked",
                "R$",
                (
                    Series("WORKER_D", tuple(rising(20, 1))),
                    Series("WORKER_E", tuple(rising(12, -0.5))),
                    Series("not allocated", tuple(rising(3, 0.1))),
                ),
                WEEKS,
            ),
            Chart(
                "custo_top",
                "Ten dearest specs",
                "hbar",
                "R$",
                (Series("cost", (210.4, 180.0, 96.2, 88.1, 60.0, 41.5, None)),),
                (
                    "frete",
                    "pedido",
                    "[red]cotação[/] muito comprida mesmo",
                    "日本の仕様",
                    "nota",
                    "fisco",
                    "x",
                ),
            ),
        ),
        ("worker",),
    )


def speed() -> Page:
    """Bars by week with a mark, and two beside each other."""
    weekly = (3, 5, 0, 2, 7, 4, 4, 6, 1, 0, 5, 8, 6, 2)
    return Page(
        "velocidade",
        "Speed",
        (
            Figure(
                "lead_time",
                "Lead time, median",
                "h",
                31.5,
                57,
                partes=(Part("p85", 88.0, "h"),),
                serie=serie(rising(40, -0.6)),
                tendencia=-0.61,
                itens=("EXE-0003",),
            ),
            Figure(
                "specs_semana", "Specs a week", "/week", 3.8, 57, serie=serie(list(weekly)), tendencia=0.1
            ),
        ),
        (
            Chart(
                "specs_semana",
                "Specs concluded a week",
                "bar",
                "",
                (Series("specs", weekly),),
                WEEKS,
                (Mark(3.8, "mean"), Mark(9.7, "upper limit")),
            ),
            Chart(
                "releases",
                "Releases and bugs",
                "bar",
                "",
                (Series("releases", weekly), Series("bugs", tuple(reversed(weekly)))),
                WEEKS,
            ),
        ),
    )


def flow() -> Page:
    """Areas over one another, and steps."""
    made = [float(2 * at) for at in range(14)]
    return Page(
        "fluxo",
        "Flow",
        (Figure("wip", "Work in progress", "", 9, 9, serie=serie([float(at % 5) for at in range(14)])),),
        (
            Chart(
                "cfd",
                "Cumulative flow",
                "area",
                "",
                (
                    Series("Criado", tuple(value + 6 for value in made)),
                    Series("Pendente", tuple(value + 4 for value in made)),
                    Series("EmProcessamento", tuple(value + 1 for value in made)),
                    Series("Concluido", tuple(made)),
                ),
                WEEKS,
            ),
            Chart(
                "burn_up",
                "Burn-up of S022",
                "step",
                "",
                (
                    Series("scope", (10, 10, 12, 12, 13, 13, 13, 14, 14, 14, 14, 14, 14, 14)),
                    Series("done", (0, 1, 1, 3, 4, 6, 6, 7, 9, 9, 10, 11, None, None)),
                ),
                WEEKS,
            ),
        ),
    )


def empty(chave: str = "precisao", titulo: str = "Accuracy") -> Page:
    """Nothing has happened yet: each figure and chart says what will fill it."""
    filled = "The first execution that ends with an estimate and an actual fills it."
    return Page(
        chave,
        titulo,
        (
            Figure(
                "esforco_geral", "Effort, actual / estimate", "×", None, 0, meta="0.8 to 1.25", vazio=filled
            ),
            Figure("variancia", "Variance", "×", None, 0, vazio=filled),
        ),
        (Chart("precisao_linha", "Effort by phase", "line", "×", (Series("all", ()),), vazio=filled),),
        ("worker",),
    )


def hostile() -> Page:
    """Names and units from anywhere; numbers that no chart can take."""
    strange = (None, float("nan"), float("inf"), -float("inf"), 1e300, -2.0, 3.0)
    return Page(
        "precisao",
        HOSTILE,
        (
            Figure(
                "x",
                HOSTILE,
                HOSTILE,
                float("inf"),
                3,
                excluidos={HOSTILE: 2},
                meta=HOSTILE,
                vazio=HOSTILE,
                partes=(Part(HOSTILE, float("nan"), HOSTILE),),
                serie=serie([None, float("inf"), 1.0, float("nan")]),
            ),
        ),
        (
            Chart(
                "x",
                HOSTILE,
                "line",
                HOSTILE,
                (Series(HOSTILE, strange), Series("y", (1.0, 2.0, 3.0))),
                (HOSTILE,) * 7,
                (Mark(2.0, HOSTILE), Mark(float("nan"), "z")),
                nota=HOSTILE,
            ),
        ),
        (HOSTILE,),
        (HOSTILE,),
    )


_TABS = (
    *(("precisao", "Accuracy"), ("recursos", "Resources"), ("custo", "Cost"), ("qualidade", "Quality")),
    *(("velocidade", "Speed"), ("gaps", "Gaps"), ("workers", "Workers"), ("kpis", "KPIs")),
    *(("fluxo", "Flow"), ("previsao", "Forecast"), ("dora", "DORA")),
    *(("calibracao", "Calibration"), ("analise", "Analysis")),
)
FAMILIES = {chave: Family(chave, titulo, lambda _facts, _query: empty()) for chave, titulo in _TABS}
"""The tabs, whatever families there are."""
PAGES = {"precisao": accuracy(), "custo": cost(), "velocidade": speed(), "fluxo": flow()}
"""By family; the others are empty."""
BEHIND = {
    "EXE-0003": Behind("EXE-0003", "BKL-0012", "execucao", "REL-0002", "concluido", 1_767_600_000.0, "frete"),
    "BKL-0012": Behind(
        "BKL-0012", "BKL-0012", "desenvolvimento", "WORKER_D", "Concluido", 1_767_590_000.0, "frete"
    ),
    "DEC-0001": Behind(
        "DEC-0001", "BKL-0002", "decisao", "aprovar_orcamento", "aprovar", 1_767_000_000.0, "frete"
    ),
    "REL-0002": Behind("REL-0002", "BKL-0012", "release", "EXE-0003", "aprovada", 1_767_600_500.0, "frete"),
    "EXE-0099": Behind("EXE-0099", "", "", "", "", None),
}


def fixed_families(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show these tabs."""
    monkeypatch.setattr("screens.metrics.FAMILIES", FAMILIES)
