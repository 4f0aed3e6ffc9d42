"""Tests of a decision (vertente D), from its classes and examples alone, before the decision exists.

What a decision must answer comes from the spec's examples and from nowhere else: computing it with the
engine under test would prove nothing. A combination of classes without an example only has to answer
something that the table allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from jobs.testing.material import Classes, ExampleLike, GeneratedTests
from jobs.testing.model_tests import Row, invalid_rows, valid_rows
from jobs.testing.pairwise import combine_valid
from jobs.testing.source import Case, exact, literal, module_files, section, unique_ids
from jobs.workers.package import (
    DECISION_FUNCTION,
    DECISION_MODULE,
    INVALID_INPUT,
    NO_RULE,
    Package,
    package_name,
)
from store.errors import WrongInput

_HEAD = '''\
# Generated from the spec before the code. Change the spec, not this file.
"""{title}"""

from decimal import Decimal

import pytest

SAIDAS = {outputs}


def decisao():
    # Imported when a test runs, so that without the code each test fails by itself.
    from {package} import {module}

    return {module}


def numero(valor):
    return isinstance(valor, (int, float, Decimal)) and not isinstance(valor, bool)


def simples(valor):
    # A single output may be written without its name.
    if isinstance(valor, (list, tuple)):
        return [simples(cada) for cada in valor]
    if isinstance(valor, dict) and len(valor) == 1:
        return next(iter(valor.values()))
    return valor


def igual(obtido, esperado):
    if numero(obtido) and numero(esperado):
        obtido, esperado = Decimal(str(obtido)), Decimal(str(esperado))
        return abs(obtido - esperado) <= Decimal("1e-9") * max(1, abs(esperado))
    if isinstance(obtido, dict) and isinstance(esperado, dict):
        return obtido.keys() == esperado.keys() and all(igual(obtido[n], esperado[n]) for n in obtido)
    if isinstance(obtido, list) and isinstance(esperado, list):
        return len(obtido) == len(esperado) and all(map(igual, obtido, esperado))
    return type(obtido) is type(esperado) and obtido == esperado


def texto(valor):
    # As the spec writes it, for whoever reads the failure.
    valor = simples(valor)
    if isinstance(valor, dict):
        return "{{" + ", ".join(f"{{nome}}: {{texto(cada)}}" for nome, cada in valor.items()) + "}}"
    if isinstance(valor, list):
        return "[" + ", ".join(map(texto, valor)) + "]"
    return str(valor)


def permitida(resultado):
    for linha in resultado if isinstance(resultado, list) else [resultado]:
        assert set(linha) == set(SAIDAS)
        for nome, valores in SAIDAS.items():
            assert valores is None or any(igual(linha[nome], valor) for valor in valores), (nome, linha[nome])
'''

_VALID = f"""
@pytest.mark.parametrize("entradas", VALIDAS)
def test_decide_o_que_a_tabela_permite(entradas):
    tabela = decisao()
    try:
        resultado = tabela.{DECISION_FUNCTION}(entradas)
    except tabela.{NO_RULE}:
        return
    permitida(resultado)
"""

_INVALID = f"""
@pytest.mark.parametrize(("entradas", "campo"), INVALIDAS)
def test_recusa_so_a_entrada(entradas, campo):
    tabela = decisao()
    with pytest.raises(tabela.{INVALID_INPUT}) as erro:
        tabela.{DECISION_FUNCTION}(entradas)
    assert erro.value.campo == campo
"""

_EXPECTED = f"""
@pytest.mark.parametrize(("entradas", "esperado"), EXEMPLOS)
def test_exemplo(entradas, esperado):
    obtido = decisao().{DECISION_FUNCTION}(entradas)
    assert igual(simples(obtido), simples(esperado)), f"expected {{texto(esperado)}}, got {{texto(obtido)}}"
"""


class OutputLike(Protocol):
    """An output of a decision table: its name and the values it may take (empty or None: any)."""

    @property
    def nome(self) -> str: ...
    @property
    def valores(self) -> Sequence[Any] | None: ...


def generate_decision_tests(
    nome: str,
    inputs: Sequence[str],
    outputs: Sequence[OutputLike],
    classes: Classes,
    examples: Sequence[ExampleLike],
    *,
    aggregated: bool = False,
    spec_id: str = "",
    file: str = "",
) -> GeneratedTests:
    """The tests of WORKER_D's package for the same names; the same input gives the same bytes.

    `inputs` are the table's input names in order. Numbers are compared as decimals (within 1e-9 of the
    expected value), a single output with or without its name. `aggregated` says that the output is a sum, a
    count, a minimum or a maximum, which the output's values don't bound. Raises WrongInput for an input that
    has neither a valid class nor a value in an example.
    """
    package = package_name(spec_id, nome)
    pairs = combine_valid(classes)
    base = _base(inputs, classes, examples, file)
    valid = valid_rows(classes, pairs, base)
    invalid = invalid_rows(classes, valid[0][1] if valid else base)
    expected, refused, open_rows = _example_cases(examples)
    parts = {
        "classes": section("VALIDAS", _cases(valid), _VALID)
        + section("INVALIDAS", _cases(invalid), _INVALID),
        "exemplos": section("EXEMPLOS", expected, _EXPECTED)
        + section("VALIDAS", open_rows, _VALID)
        + section("INVALIDAS", refused, _INVALID),
    }
    allowed = {each.nome: list(each.valores) if each.valores and not aggregated else None for each in outputs}
    title, shown = f"{package}: what the decision must do.", literal(allowed, number=exact)
    head = _HEAD.format(title=title, package=package, module=DECISION_MODULE, outputs=shown)
    made = Package(package, module_files(package, head, parts))
    return GeneratedTests.of(made, pairs, valid=len(valid), invalid=len(invalid), examples=len(examples))


def _base(
    inputs: Sequence[str], classes: Classes, examples: Sequence[ExampleLike], file: str
) -> Mapping[str, Any]:
    """The first valid example's inputs, for those that have no valid class."""
    base = next((dict(example.entrada) for example in examples if not example.invalido), {})
    covered = {name for name, known in classes.items() if any(each.valida for each in known)}
    for name in inputs:
        needed = any(field != name for field in classes)
        if needed and name not in covered and name not in base:
            raise WrongInput(
                "an input has neither a valid class nor an example",
                file=file,
                path=name,
                remedy=f"add a class of {name} with valida: true, or an example",
            )
    return base


def _cases(rows: Sequence[Row]) -> list[Case]:
    ids = unique_ids(row[0] for row in rows)
    return [
        ([literal(data, number=exact), *([literal(field)] if field else [])], test_id)
        for (_, data, field), test_id in zip(rows, ids, strict=True)
    ]


def _example_cases(examples: Sequence[ExampleLike]) -> tuple[list[Case], list[Case], list[Case]]:
    expected, refused, unanswered = [], [], []
    for example, test_id in zip(examples, unique_ids(each.nome for each in examples), strict=True):
        data = literal(dict(example.entrada), number=exact)
        if example.invalido:
            refused.append(([data, literal(example.invalido)], test_id))
        elif example.tem_esperado:
            expected.append(([data, literal(example.esperado, number=exact)], test_id))
        else:
            unanswered.append(([data], test_id))
    return expected, refused, unanswered
