"""Every figure that a page can have has a key that `metas:` may name, and no key is made up."""

from __future__ import annotations

from dataclasses import replace

from store.histories.weeks import history
from store.metrics.asking import Ask, to_query
from store.metrics.families import FAMILIES
from store.metrics.figure_keys import FIGURES, is_figure
from store.metrics.fold import MetricsFold

NOW = 1_790_000_000.0


def test_the_keys_are_those_of_the_pages() -> None:
    fold = MetricsFold()
    for name, documents in history(3, 30, NOW, 2.0).documents.items():
        for document in documents:
            fold.put(name, document["id"], document)
    wanted = {"sucesso": 0.99}
    found = {
        figure.chave
        for name, family in FAMILIES.items()
        for figure in family.page(
            replace(fold.facts(), indices={}), to_query(Ask(name), NOW, "America/Sao_Paulo", wanted)
        ).figuras
    }
    assert {key for key in found if not is_figure(key)} == set()
    assert FIGURES - found == set()
