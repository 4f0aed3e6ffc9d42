"""The docs say what each figure means, under the key that programs find it by."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.metrics.asking import Ask, to_query
from store.metrics.facts import Facts
from store.metrics.families import FAMILIES

DOCS = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
NOW = datetime(2026, 1, 5, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("chave", FAMILIES)
def test_every_family_and_figure_is_in_the_docs(chave: str) -> None:
    page = FAMILIES[chave].page(Facts(), to_query(Ask(chave), NOW, "UTC"))
    assert f"{page.titulo} (`{chave}`)" in DOCS
    assert not [figure.chave for figure in page.figuras if f"`{figure.chave}`" not in DOCS]
