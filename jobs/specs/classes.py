"""The equivalence classes that tests are made of: the spec's own, and for every other field derived ones.

A structure's are derived from its schema (allowed values, limits and just beyond them), a table's from its
boundaries. Pricing counts the same classes that the tests are generated from.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobs.feel.boundaries import boundary_classes
from jobs.specs.model import EqClass, Spec, Vertente
from jobs.specs.schema import resolve
from jobs.specs.validation import schema_errors

MAX_ENUM = 12
"""Allowed values of one field that get a class each."""

MAX_TEXT = 2000
"""Characters of the longest text that a class is made of."""

MAX_STEPS = 1e15
"""Between limits that are farther apart there is no middle to be told exactly."""


def classes_of(spec: Spec, vertente: Vertente) -> dict[str, list[EqClass]]:
    """The classes of every field of a vertente that has any, in the fields' order."""
    own = spec.tdd.classes.get(vertente.nome, {})
    derived = _of_table(vertente) if vertente.schema is None else _of_schema(vertente.schema)
    found = {field: list(own.get(field) or derived.get(field, ())) for field in vertente.campos}
    return {field: classes for field, classes in found.items() if classes}


def _of_table(vertente: Vertente) -> Mapping[str, Sequence[EqClass]]:
    assert vertente.tabela is not None
    return {
        field: [EqClass(each.nome, each.valor, each.valida) for each in classes]
        for field, classes in boundary_classes(vertente.tabela).items()
    }


def _of_schema(schema: Mapping[str, Any]) -> dict[str, list[EqClass]]:
    """Only candidates that the schema itself confirms become classes."""
    found: dict[str, list[EqClass]] = {}
    for field, part in schema["properties"].items():
        confirmed: dict[str, EqClass] = {}
        for each in _candidates(resolve(schema, part) if isinstance(part, dict) else {}):
            refused = bool(
                schema_errors({**_definitions(schema), "properties": {field: part}}, {field: each.valor})
            )
            if refused != each.valida:
                confirmed.setdefault(each.nome, each)
        found[field] = list(confirmed.values())
    return found


def _definitions(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: schema[key] for key in ("$schema", "$defs", "definitions") if key in schema}


def _candidates(part: Mapping[str, Any]) -> Iterator[EqClass]:
    if "enum" in part or "const" in part:
        values = part.get("enum", [part.get("const")])
        for value in values[:MAX_ENUM]:
            yield EqClass(_name(value), value)
        yield EqClass("fora_da_lista", "fora da lista", False)
        return
    kind = part.get("type")
    if kind in ("integer", "number"):
        yield from _numbers(part, 1 if kind == "integer" else 0.01)
    elif kind == "string":
        yield from _texts(part)
    elif kind == "boolean":
        yield from (EqClass("sim", True), EqClass("nao", False), EqClass("texto", "talvez", False))
    elif kind == "array":
        yield from _lists(part)


def _name(value: Any) -> str:
    if value is None:
        return "null"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text[:40] or "vazio"


def _numbers(part: Mapping[str, Any], step: float) -> Iterator[EqClass]:
    step = part.get("multipleOf", step)
    low, high = _limit(part, "inimum", step, 1), _limit(part, "aximum", step, -1)
    if low is None and high is None:
        yield from (EqClass("zero", 0), EqClass("positivo", 10 * step), EqClass("negativo", -10 * step))
    if low is not None:
        yield EqClass("minimo", low)
        yield EqClass("abaixo", _near(low - step), False)
    if high is not None:
        yield EqClass("maximo", high)
        yield EqClass("acima", _near(high + step), False)
    if low is not None and high is not None and (high - low) / step < MAX_STEPS:
        yield EqClass("meio", _near(low + step * math.floor((high - low) / step / 2)))
    yield EqClass("texto", "abc", False)


def _limit(part: Mapping[str, Any], word: str, step: float, inward: int) -> float | None:
    """The outermost allowed number; limits that are excluded are a step away."""
    inclusive, exclusive = part.get(f"m{word}"), part.get(f"exclusiveM{word}")
    if isinstance(exclusive, int | float) and not isinstance(exclusive, bool):
        return _near(exclusive + inward * step)
    return inclusive if isinstance(inclusive, int | float) else None


def _near(value: float) -> float:
    """Free of the binary dust of adding a hundredth."""
    return round(value, 9) if isinstance(value, float) else value


def _texts(part: Mapping[str, Any]) -> Iterator[EqClass]:
    low, high = int(part.get("minLength", 0)), part.get("maxLength")
    if low <= MAX_TEXT and "pattern" not in part and "format" not in part:
        yield EqClass("curto", "x" * low)
        yield EqClass("longo", "x" * int(min(low + 20 if high is None else high, MAX_TEXT)))
    if 0 < low <= MAX_TEXT:
        yield EqClass("curto_demais", "x" * (low - 1), False)
    if high is not None and high < MAX_TEXT:
        yield EqClass("longo_demais", "x" * (int(high) + 1), False)
    if "pattern" in part:
        yield EqClass("fora_do_padrao", "\u00a7", False)
    yield EqClass("numero", 7, False)


def _lists(part: Mapping[str, Any]) -> Iterator[EqClass]:
    if not part.get("minItems"):
        yield EqClass("vazia", [])
    else:
        yield EqClass("curta_demais", [], False)
    yield EqClass("texto", "abc", False)
