"""Every figure that a page can have has a key that `metas:` may name, and no key is made up."""

from __future__ import annotations

from dataclasses import replace

from store.histories.weeks import history
from store.metrics.asking import Ask, to_query
from store.metrics.families import FAMILIES
from store.metrics.figure_keys import BANDS, BUDGETS, FIGURES, SHARES, is_figure, wrong_target
from store.metrics.fold import MetricsFold
from store.metrics.model import Page
from store.metrics.own_targets import HIGHER, WHOLE

NOW = 1_790_000_000.0


def pages(metas: dict[str, float]) -> list[Page]:
    fold = MetricsFold()
    for name, documents in history(3, 30, NOW, 2.0).documents.items():
        for document in documents:
            fold.put(name, document["id"], document)
    return [
        family.page(replace(fold.facts(), indices={}), to_query(Ask(name), NOW, "America/Sao_Paulo", metas))
        for name, family in FAMILIES.items()
    ]


def test_the_keys_are_those_of_the_pages() -> None:
    figures = [figure for page in pages({"sucesso": 0.99}) for figure in page.figuras]
    found = {figure.chave for figure in figures}
    assert {key for key in found if not is_figure(key)} == set()
    assert FIGURES - found == set()
    shares = {figure.chave for figure in figures if figure.unidade == "%"}
    assert {key for key in shares if not wrong_target(key, 1.5)} == set()
    assert SHARES - shares == set()
    assert {figure.chave for figure in figures if " to " in figure.meta} == BANDS


def test_a_target_of_one_s_own_is_told_of_every_figure() -> None:
    """As it was set: nobody else's name stands before it, and nothing is accepted without effect."""
    own = {key: 1.42 if key in BANDS else 0.99 if key in SHARES else 37.0 for key in FIGURES - set(BUDGETS)}
    figures = [figure for page in pages(own) for figure in page.figuras if figure.chave in own]
    assert {figure.chave for figure in figures} == set(own)
    words = {1.42: "1.42", 0.99: "99 %", 37.0: "37"}
    assert [figure.chave for figure in figures if words[own[figure.chave]] not in figure.meta] == []
    assert {figure.meta.split(" ")[0] for figure in figures} == {"at", "over", "under", "0.7042"}
    assert [figure.chave for figure in figures if figure.valor is not None and figure.estado == "none"] == []
    assert set(own) | {"mudanca_primeira", "mudanca_concluidas"} >= HIGHER
    assert set(own) >= WHOLE
