"""What a metric is when it is done: figures with their n, charts with their series, pages of both.

Everything here is plain and immutable: screens, the command line and exports read the same pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from store.metrics.periods import Bucketing, Window

Value = float | int | Decimal | None
State = Literal["good", "watch", "bad", "none"]
"""Against its target; `none` where there is no target, or no value."""

DIM_BELOW = 5
"""A figure of fewer is dimmed: it says little."""


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody asks for: a window, how it is cut, what it is grouped by, and today's moment."""

    janela: Window
    """Half open, epoch seconds."""
    agora: float
    """Epoch seconds; what lies after it has not happened."""
    cortes: Bucketing
    """Days, weeks or months in the workspace's `fuso`."""
    por: str = ""
    """What the figures are grouped by: one of the page's `grupos`, or empty."""
    metas: Mapping[str, float] = field(default_factory=dict)
    """Targets that the workspace sets itself, by the figure's key (`metas:` of oficina.yaml)."""


@dataclass(frozen=True, slots=True)
class Point:
    """One bucket of a trend."""

    corte: str
    """The bucket's key: `2026-11-26`, `2026-W48` or `2026-11`."""
    valor: Value
    n: int
    parcial: bool = False
    """The bucket is not over yet: shown with a `*`, in no trend and no forecast."""


@dataclass(frozen=True, slots=True)
class Part:
    """A secondary figure that stands beside another: a median beside a mean, an interval, a share."""

    nome: str
    valor: Value
    unidade: str
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric as it is shown."""

    chave: str
    """The key that stays: `esforco_geral`; unique over all families."""
    nome: str
    unidade: str
    """`×`, `h`, `min`, `s`, `R$`, `%` (a share from 0 to 1), `/week`, `/day`, `core·h`, `GB·h`, `MB`, …"""
    valor: Value
    """None where there is nothing to tell."""
    n: int
    """How many documents are in the value."""
    excluidos: Mapping[str, int] = field(default_factory=dict)
    """Those that are not, by reason."""
    provisorios: int = 0
    """Those in it that may still change."""
    partes: tuple[Part, ...] = ()
    serie: tuple[Point, ...] = ()
    """By bucket, oldest first, none missing on the axis."""
    tendencia: float | None = None
    """Slope a bucket by Theil-Sen over the complete buckets; None below 4 of them."""
    meta: str = ""
    """The target in words: `0.8 to 1.25`."""
    linha: float | None = None
    """The target as one number, for a line in the chart."""
    estado: State = "none"
    itens: tuple[str, ...] = ()
    """The ids of the documents behind it, newest first."""
    grupo: str = ""
    """The group that it is of, where the query asked for groups."""
    vazio: str = ""
    """What will fill it, where it has no value."""
    precisa: int = 0
    """How many documents a value needs; 0 where any will do."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line, one layer of bars, or one cloud of points."""

    nome: str
    ys: tuple[float | None, ...]
    xs: tuple[float, ...] | None = None
    """For a scatter or a histogram's edges; else the chart's `rotulos` are the axis."""
    ids: tuple[str, ...] = ()
    """The document behind each point, where each has one."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A horizontal line: a target or a percentile."""

    valor: float
    nome: str


ChartKind = Literal["line", "area", "step", "bar", "hbar", "stacked", "histogram", "scatter"]


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart, as data: whoever draws it also can print it as a table."""

    chave: str
    titulo: str
    tipo: ChartKind
    unidade: str
    series: tuple[Series, ...]
    rotulos: tuple[str, ...] = ()
    """The axis: a label a value of each series. Partial buckets end in `*`."""
    marcas: tuple[Mark, ...] = ()
    log: bool = False
    """The y axis is logarithmic (values are not: whoever draws takes log10)."""
    eixo_x: str = ""
    nota: str = ""
    """One line under it: what it leaves out, or how it is read."""
    vazio: str = ""
    """What will fill it; set where no series has a value."""


@dataclass(frozen=True, slots=True)
class Page:
    """A family, ready to be shown."""

    chave: str
    titulo: str
    figuras: tuple[Figure, ...]
    graficos: tuple[Chart, ...] = ()
    grupos: tuple[str, ...] = ()
    """What its figures can be grouped by."""
    notas: tuple[str, ...] = ()
    """Lines of words: recommendations with their evidence, what is excluded."""
    gerado: bool = False
    """Of a generated history: whoever shows it says so."""
