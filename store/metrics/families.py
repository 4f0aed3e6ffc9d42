"""The families of metrics in the order of their tabs: which there are, and what makes the page of each.

A family's module is loaded when its page is first asked for: whoever only needs the names loads none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from types import MappingProxyType
from typing import cast

from store.metrics.facts import Facts
from store.metrics.model import Page, Query

PageOf = Callable[[Facts, Query], Page]


@dataclass(frozen=True, slots=True)
class Family:
    """One tab."""

    chave: str
    titulo: str
    page: PageOf
    grupos: tuple[str, ...] = ()
    """What its figures can be grouped by, as `Page.grupos` says: whoever asks is told before it is made."""


NOW_ONLY = frozenset({"previsao", "calibracao"})
"""Families that are made of the newest days and work: a period that ended before now has no other answer."""
AS_OF_NOW = "These figures are as of now, whatever the period: they are made of the newest days and work."


def _dated(page: Page, query: Query) -> Page:
    """The page; where the period is past and the figures are not, it says so first."""
    if page.chave not in NOW_ONLY or query.janela.fim > query.agora:
        return page
    return replace(page, notas=(AS_OF_NOW, *page.notas))


def _family(chave: str, titulo: str, *grupos: str) -> Family:
    """A family whose module has its key for a name."""

    def page(facts: Facts, query: Query) -> Page:
        made = cast("PageOf", import_module(f"store.metrics.{chave}").page)(facts, query)
        since = import_module("store.metrics.since")
        own = import_module("store.metrics.own_targets")
        return _dated(cast("Page", own.held(since.since_anything(made, facts, query), query)), query)

    return Family(chave, titulo, page, grupos)


_ALL = (
    _family("precisao", "Accuracy", "tipo", "worker", "vertente", "spec", "release"),
    _family("recursos", "Resources", "tipo", "worker", "vertente", "spec", "release", "api"),
    _family("custo", "Cost", "tipo", "worker", "vertente", "spec", "release"),
    _family("qualidade", "Quality", "tipo", "worker", "vertente", "spec", "release", "severidade"),
    _family("velocidade", "Speed", "tipo", "worker", "vertente", "spec", "release"),
    _family("gaps", "Gaps", "tipo_recurso", "spec"),
    _family("workers", "Workers", "worker", "vertente"),
    _family("kpis", "KPIs", "ator", "tipo"),
    _family("fluxo", "Flow", "tipo", "ator"),
    _family("previsao", "Forecast"),
    _family("dora", "DORA"),
    _family("resultado", "Outcome"),
    _family("calibracao", "Calibration"),
    _family("analise", "Analysis", "estado", "ator", "tipo"),
)

FAMILIES: Mapping[str, Family] = MappingProxyType({each.chave: each for each in _ALL})
"""By key, in the order of the tabs."""
