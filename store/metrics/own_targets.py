"""A workspace's own targets (`metas:` of oficina.yaml) on figures that have none of ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from store.metrics.model import Figure, Page, Query
from store.metrics.targets import at_least, at_most

HIGHER = frozenset(
    {
        "calibracao_p80",
        "capacidades_adicionadas",
        "cobertura_no_plano",
        "deploys_dia",
        "dora_frequencia",
        "fluxo_eficiencia",
        "fluxo_vazao",
        "itens_concluidos",
        "mudanca_concluidas",
        "mudanca_primeira",
        "previsao_14d",
        "previsao_30d",
        "previsao_7d",
        "previsao_acerto",
        "releases_semana",
        "specs_semana",
    }
)
"""Those that are better the higher they are; all others are better the lower."""
WHOLE = frozenset(
    {
        "bugs",
        "capacidades_adicionadas",
        "chamadas_api",
        "cpu_usada",
        "custo_total",
        "custo_worker",
        "deploys_falhos",
        "espera",
        "gaps_por_tipo",
        "gargalo_1",
        "gargalo_2",
        "gargalo_3",
        "gasto",
        "itens_concluidos",
        "itens_enfileirados",
        "itens_falhos",
        "ram_usada",
        "storage_usado",
        "tokens_usados",
    }
)
"""Sums over the period that is looked at: their target is no line among their buckets."""


def own_targets(figures: Iterable[Figure], query: Query) -> tuple[Figure, ...]:
    """The figures, those that the workspace set a target for held against it."""
    return tuple(_held(each, query.metas.get(each.chave)) for each in figures)


def held(page: Page, query: Query) -> Page:
    """The page, its figures that have no target held against the workspace's own ones."""
    if not query.metas:
        return page
    figures = (each if each.meta else _held(each, query.metas.get(each.chave)) for each in page.figuras)
    return replace(page, figuras=tuple(figures))


def _held(figure: Figure, own: float | None) -> Figure:
    if own is None:
        return figure
    target = (at_least if figure.chave in HIGHER else at_most)(own, unidade=figure.unidade)
    line = None if figure.chave in WHOLE else target.line
    return replace(figure, meta=target.words, linha=line, estado=target.state(figure.valor))
