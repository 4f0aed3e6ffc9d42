"""Tests of a model (vertente E), from its classes and examples alone, before the model exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.testing.filling import base_document
from jobs.testing.material import Classes, ExampleLike, GeneratedTests
from jobs.testing.pairwise import Pairwise, combine_valid
from jobs.testing.source import Case, literal, module_files, section, unique_ids
from jobs.workers.package import MODEL_MODULE, Package, package_name
from jobs.workers.structural import class_name

_HEAD = '''\
# Generated from the spec before the code. Change the spec, not this file.
"""{title}"""

import pytest
from pydantic import ValidationError


def modelo():
    # Imported when a test runs, so that without the code each test fails by itself.
    from {package}.{module} import {model}

    return {model}


def ida_e_volta(dados):
    classe = modelo()
    objeto = classe.model_validate(dados)
    assert classe.model_validate_json(objeto.model_dump_json(by_alias=True, exclude_unset=True)) == objeto
    return objeto


def rejeita_so(dados, campo):
    classe = modelo()
    with pytest.raises(ValidationError) as erro:
        classe.model_validate(dados)
    falharam = sorted({{".".join(map(str, cada["loc"])) for cada in erro.value.errors()}})
    assert all(f"{{onde}}.".startswith(f"{{campo}}.") for onde in falharam), falharam
'''

_VALID = """
@pytest.mark.parametrize("dados", VALIDAS)
def test_aceita(dados):
    ida_e_volta(dados)
"""

_INVALID = """
@pytest.mark.parametrize(("dados", "campo"), INVALIDAS)
def test_rejeita_so_o_campo(dados, campo):
    rejeita_so(dados, campo)
"""

_ACCEPTED = """
@pytest.mark.parametrize(("dados", "esperado"), ACEITOS)
def test_exemplo(dados, esperado):
    saida = ida_e_volta(dados).model_dump(mode="json", by_alias=True)
    assert {campo: saida.get(campo) for campo in esperado} == esperado
"""

_REFUSED = """
@pytest.mark.parametrize(("dados", "campo"), RECUSADOS)
def test_exemplo_invalido(dados, campo):
    rejeita_so(dados, campo)
"""


def generate_model_tests(
    nome: str,
    schema: Mapping[str, Any],
    classes: Classes,
    examples: Sequence[ExampleLike],
    *,
    spec_id: str = "",
    file: str = "",
) -> GeneratedTests:
    """The tests of `structural.generate` for the same arguments; the same input gives the same bytes.

    Valid classes are combined in pairs and must survive a round trip through JSON. Each invalid class stands
    alone in an otherwise valid document, and only its field may fail, so no error masks another. An example's
    `esperado` names fields of the document as the model gives it back; `invalido` names the field that must
    fail. Raises WrongInput as `filling.base_document` does.
    """
    package = package_name(spec_id, nome)
    pairs = combine_valid(classes)
    base = base_document(schema, classes, examples, file=file)
    valid = valid_rows(classes, pairs, base)
    invalid = invalid_rows(classes, valid[0][1] if valid else base)
    accepted, refused = _example_cases(examples)
    parts = {
        "classes": section("VALIDAS", _cases(valid), _VALID)
        + section("INVALIDAS", _cases(invalid), _INVALID),
        "exemplos": section("ACEITOS", accepted, _ACCEPTED) + section("RECUSADOS", refused, _REFUSED),
    }
    title, model = f"{package}: what the model must do.", class_name(schema, nome)
    head = _HEAD.format(title=title, package=package, module=MODEL_MODULE, model=model)
    made = Package(package, module_files(package, head, parts))
    return GeneratedTests.of(made, pairs, valid=len(valid), invalid=len(invalid), examples=len(examples))


Row = tuple[str, dict[str, Any], str]
"""A test's name, the document, and the field that must fail (empty for a valid one)."""


def valid_rows(classes: Classes, pairs: Pairwise, base: Mapping[str, Any]) -> list[Row]:
    """One document for each combination of valid classes, laid over `base`."""
    values = {
        field: {each.nome: each.valor for each in known if each.valida} for field, known in classes.items()
    }
    return [
        ("-".join(row.values()), {**base, **{field: values[field][name] for field, name in row.items()}}, "")
        for row in pairs.rows
    ]


def invalid_rows(classes: Classes, base: Mapping[str, Any]) -> list[Row]:
    """One document for each invalid class: its value alone in a valid document."""
    return [
        (f"{field}-{each.nome}", {**base, field: each.valor}, field)
        for field, known in classes.items()
        for each in known
        if not each.valida
    ]


def _cases(rows: Sequence[Row]) -> list[Case]:
    ids = unique_ids(row[0] for row in rows)
    return [
        ([literal(data), *([literal(field)] if field else [])], test_id)
        for (_, data, field), test_id in zip(rows, ids, strict=True)
    ]


def _example_cases(examples: Sequence[ExampleLike]) -> tuple[list[Case], list[Case]]:
    accepted, refused = [], []
    for example, test_id in zip(examples, unique_ids(each.nome for each in examples), strict=True):
        data = literal(dict(example.entrada))
        if example.invalido:
            refused.append(([data, literal(example.invalido)], test_id))
        else:
            expected = dict(example.esperado) if isinstance(example.esperado, Mapping) else {}
            accepted.append(([data, literal(expected)], test_id))
    return accepted, refused
