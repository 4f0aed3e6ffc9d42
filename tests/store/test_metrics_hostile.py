"""Whatever one document has in it, every page of every family can be made, saved and told to programs."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.metric_documents import plain
from app.metric_files import files_of
from screens.metrics_content import cells, detail_lines, views
from screens.widgets.chart import numbers_of, picture
from store.histories.weeks import history
from store.metrics.asking import Ask, to_query
from store.metrics.burnup import sprint_burn_up
from store.metrics.facts import Facts
from store.metrics.families import FAMILIES
from store.metrics.fold import MetricsFold
from store.metrics.model import Page
from store.metrics.reading import READERS
from store.metrics.service import first_moment

NOW = 1_790_000_000.0
ZONE = "America/Sao_Paulo"
DOCUMENTS = {name: rows for name, rows in history(3, 30, NOW, 0.5).documents.items() if name in READERS}
EXTREMES: tuple[Any, ...] = (
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z",
    "8999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-23:00",
    "2026-02-30",
    "2026-W48-4",
    "soon",
    10**400,
    -(10**400),
    10**15 - 1,
    1e308,
    -1e308,
    5e-324,
    float("inf"),
    float("nan"),
    "1e999999",
    "1e-999999",
    "999999999999999.99",
    "-999999999999999.99",
    "NaN",
    "",
    None,
    True,
    -1,
    0,
    [],
    {},
    [[]],
    {"a": 10**400},
)
"""Any of these may stand in a field, whatever it is for."""


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where anything stands in a document, its branches too."""
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield from leaves(each, (*path, key))


def put(document: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = value


def facts_of(documents: dict[str, list[dict[str, Any]]]) -> Facts:
    fold = MetricsFold()
    for name, rows in documents.items():
        for at, row in enumerate(rows):
            fold.put(name, str(at), row)
    return fold.facts()


def page(facts: Facts, family: str, periodo: str) -> Page:
    query = to_query(Ask(family, periodo=periodo), NOW, ZONE, primeiro=first_moment(facts))
    return FAMILIES[family].page(facts, query)


def pages_of(facts: Facts, periodo: str) -> list[Page]:
    """Every page, and that programs get it."""
    pages = [page(facts, family, periodo) for family in FAMILIES]
    json.dumps(plain(pages), allow_nan=False)
    return pages


def look_at(facts: Facts, pages: list[Page]) -> None:
    """All else that is made of them: what eyes see, files, burn-ups."""
    files_of(pages, facts, {})
    for each in pages:
        for figure in each.figuras:
            cells(figure)
            detail_lines(figure, "dia", 80)
        for view in views(each, each.figuras[0] if each.figuras else None):
            if view.chart is not None:
                numbers_of(view.chart, 78)
                picture(view.chart, 78, 16, {})
    for sprint in facts.sprints:
        sprint_burn_up(facts, sprint.sprint_id, to_query(Ask("previsao"), NOW, ZONE))


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_no_document_takes_a_page_away(data: st.DataObject) -> None:
    """Two things of one document are something that nobody expects there."""
    name = data.draw(st.sampled_from(sorted(DOCUMENTS)))
    at = data.draw(st.integers(0, len(DOCUMENTS[name]) - 1))
    rows = copy.copy(DOCUMENTS[name])
    document = rows[at] = copy.deepcopy(rows[at])
    for _ in range(2):
        path = data.draw(st.sampled_from(list(leaves(document))))
        put(document, path, data.draw(st.sampled_from(EXTREMES)))
    pages_of(facts_of({**DOCUMENTS, name: rows}), data.draw(st.sampled_from(["30d", "tudo"])))


FIELDS = {
    "backlog_items": ("criado_em", "0001-01-01T00:00:00Z"),
    "uso_llm": ("tokens_entrada", 10**400),
    "execucoes": ("realizado", {"linhas_cobertas": 10**400, "linhas_total": 10**400 + 1}),
    "sprints": ("fim", "next friday"),
    "linhas": ("inicio", "9999-12-31T23:59:59-23:00"),
}


@pytest.mark.parametrize("name", FIELDS)
def test_what_stands_in_every_document_takes_no_page_away(name: str) -> None:
    field, value = FIELDS[name]
    rows = [{**row, field: value} for row in DOCUMENTS[name]]
    facts = facts_of({**DOCUMENTS, name: rows})
    look_at(facts, pages_of(facts, "90d"))
