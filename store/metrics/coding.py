"""Facts as JSON and back, by their own annotations: whoever adds a field has nothing to do here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal
from functools import cache
from operator import attrgetter
from sys import intern
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from store.metrics import facts
from store.metrics.reading import SHARED

Convert = Callable[[Any], Any]

KINDS: Mapping[str, type] = {
    "execucoes": facts.Execution,
    "backlog_items": facts.Item,
    "decisoes": facts.Decision,
    "releases": facts.Release,
    "implantacoes": facts.Deployment,
    "uso_llm": facts.Call,
    "specs_recursos": facts.Price,
    "capacidades": facts.Capability,
    "sprints": facts.Sprint,
    "tasks": facts.Task,
    "linhas": facts.LineSpan,
}
"""The fact that each collection's documents become."""


@cache
def values_of(collection: str) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the values of a fact, in order: JSON but for `Decimal`s."""
    return attrgetter(*(field.name for field in fields(KINDS[collection])))


@cache
def decoder(collection: str) -> Callable[[list[Any]], Any]:
    """What makes a fact of its values as JSON has them; ValueError or TypeError where they are none."""
    kind = KINDS[collection]
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    places = [
        (place, convert)
        for place, name in enumerate(names)
        if (convert := intern if name in SHARED else _converter(hints[name])) is not None
    ]

    def decode(row: list[Any]) -> Any:
        if len(row) != len(names):
            raise ValueError(f"{len(row)} values for a {kind.__name__}")
        for place, convert in places:
            row[place] = convert(row[place])
        return kind(*row)

    return decode


def _converter(hint: Any) -> Convert | None:
    """From JSON's value to the annotated one; None where they are the same."""
    if hint is Decimal:
        return Decimal
    if hasattr(hint, "_fields"):
        return _record(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _optional(arguments)
    if origin is tuple:
        return _tuple(arguments)
    if origin is dict:
        return _mapping(arguments[1])
    return None


def _record(kind: Any) -> Convert:
    """A NamedTuple."""
    hints = get_type_hints(kind)
    converters = [_converter(hints[name]) for name in kind._fields]
    if not any(converters):
        return lambda row: kind(*row)
    each = [convert or _same for convert in converters]
    return lambda row: kind(*(convert(value) for convert, value in zip(each, row, strict=True)))


def _optional(arguments: tuple[Any, ...]) -> Convert | None:
    found = [convert for each in arguments if each is not NoneType and (convert := _converter(each))]
    if not found:
        return None
    [convert] = found
    return lambda value: None if value is None else convert(value)


def _tuple(arguments: tuple[Any, ...]) -> Convert:
    if arguments[-1] is Ellipsis:
        convert = _converter(arguments[0])
        return tuple if convert is None else lambda rows: tuple(map(convert, rows))
    each = [_converter(argument) or _same for argument in arguments]
    return lambda row: tuple(convert(value) for convert, value in zip(each, row, strict=True))


def _mapping(hint: Any) -> Convert | None:
    convert = _converter(hint)
    return convert and (lambda found: {name: convert(value) for name, value in found.items()})


def _same(value: Any) -> Any:
    return value
