"""A workspace's own targets (`metas:` of oficina.yaml) on the figures of views: few have one of ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from store.metrics.model import Figure, Query
from store.metrics.targets import at_least, at_most

HIGHER = frozenset(
    {
        "fluxo_vazao",
        "fluxo_eficiencia",
        "dora_frequencia",
        "calibracao_p80",
        "previsao_acerto",
        "previsao_7d",
        "previsao_14d",
        "previsao_30d",
    }
)
"""Those that are better the higher they are; all others are better the lower."""


def own_targets(figures: Iterable[Figure], query: Query) -> tuple[Figure, ...]:
    """The figures, those that the workspace set a target for held against it."""
    return tuple(_held(each, query.metas.get(each.chave)) for each in figures)


def _held(figure: Figure, own: float | None) -> Figure:
    if own is None:
        return figure
    target = (at_least if figure.chave in HIGHER else at_most)(own, unidade=figure.unidade)
    return replace(figure, meta=target.words, linha=target.line, estado=target.state(figure.valor))
