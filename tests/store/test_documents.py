"""The documents of every collection: complete with their defaults, and refused with the path of what is
wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import factories
import pytest

from store.collections import COLLECTIONS
from store.documents import MODELS, check, complete
from store.errors import WrongInput
from store.yamlfile import load_yaml

BUILD: dict[str, Callable[..., dict[str, Any]]] = {
    "backlog_items": factories.backlog_item,
    "specs": factories.spec_version,
    "specs_recursos": factories.spec_resources,
    "execucoes": factories.execution,
    "releases": factories.release,
    "implantacoes": factories.deployment,
    "capacidades": factories.capability,
    "decisoes": factories.decision,
    "uso_llm": factories.model_usage,
    "gastos": factories.spending,
    "disjuntores": factories.breaker,
    "liberacoes": factories.batch,
    "linhas": factories.line_span,
    "sprints": factories.sprint,
    "tasks": factories.task,
}


def test_every_collection_of_documents_has_a_model_and_a_factory() -> None:
    assert set(MODELS) == set(BUILD)
    assert set(MODELS) <= set(COLLECTIONS)


@pytest.mark.parametrize("collection", sorted(BUILD))
def test_a_complete_document_is_a_fixed_point(collection: str) -> None:
    doc = BUILD[collection]()
    assert complete(collection, doc) == doc
    check(collection, doc)


@pytest.mark.parametrize("collection", sorted(BUILD))
def test_an_unknown_field_is_refused(collection: str) -> None:
    with pytest.raises(WrongInput, match=r"surpresa: unknown key"):
        check(collection, {**BUILD[collection](), "surpresa": 1})


@pytest.mark.parametrize(
    ("collection", "fields", "said"),
    [
        ("backlog_items", {"status": "Feito"}, "backlog_items.status"),
        ("backlog_items", {"criado_em": "2026-01-05"}, "backlog_items.criado_em"),
        (
            "backlog_items",
            {"dependencias": {"BKL-0007": {"estado": "x"}}},
            "backlog_items.dependencias.BKL-0007.estado",
        ),
        (
            "backlog_items",
            {"bloqueios": [{"bloqueado": 1}]},
            "bloqueios[0].bloqueado: unknown key (did you mean bloqueado_em?)",
        ),
        (
            "backlog_items",
            {"lease": {"tokem": 1}},
            "backlog_items.lease.tokem: unknown key (did you mean token?)",
        ),
        (
            "backlog_items",
            {"dependencias": {"BKL-0007": {"estadp": "x"}}},
            "unknown key (did you mean estado?)",
        ),
        ("specs", {"versao": 0}, "specs.versao"),
        ("specs", {"sha256": "abc"}, "specs.sha256"),
        (
            "specs_recursos",
            {"custo": {"total_p50": 31.0, "total_p80": "1.00", "breakdown": {}}},
            "custo.total_p50",
        ),
        ("releases", {"status": "boa"}, "releases.status"),
        ("implantacoes", {"status": "boa"}, "implantacoes.status"),
        ("execucoes", {"realizado": {"horas": {"dev": float("nan")}}}, "execucoes.realizado.horas.dev"),
        ("uso_llm", {"custo_informado": "0.1"}, "uso_llm.custo_informado"),
        ("capacidades", {"nome": ""}, "capacidades.nome"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(collection: str, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongInput) as caught:
        complete(collection, {**BUILD[collection](), **fields})
    assert said in str(caught.value)


def test_a_check_names_the_document() -> None:
    with pytest.raises(WrongInput, match=r"backlog_items\.BKL-0001\.prioridade"):
        check("backlog_items", factories.backlog_item() | {"prioridade": "1"})


def test_what_came_from_yaml_is_named_by_its_line() -> None:
    from pydantic import ValidationError

    from store.documents.base import wrong_document
    from store.documents.spec import SpecVersion

    doc = load_yaml("frete:\n  vertentes:\n    - {tipo: E, nom: a}\n", "s.yaml")
    with pytest.raises(ValidationError) as caught:
        SpecVersion.model_validate(doc.data["frete"])
    error = wrong_document(caught.value, SpecVersion, ("frete",), doc)
    assert str(error) == "s.yaml:3: frete.vertentes[0].nom: unknown key (did you mean nome?)"
