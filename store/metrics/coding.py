"""Facts as JSON and back, by their own annotations: whoever adds a field has nothing to do here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
Kinds = frozenset[type]
_ANY: Kinds = frozenset((str, int, float, bool, list, dict, NoneType))

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
    checked = _checked([hints[name] for name in names])
    places = [
        (place, convert)
        for place, name in enumerate(names)
        if (convert := intern if name in SHARED else _converter(hints[name])) is not None
    ]

    def decode(row: list[Any]) -> Any:
        checked(row)
        for place, convert in places:
            row[place] = convert(row[place])
        return kind(*row)

    return decode


def _checked(hints: Iterable[Any]) -> Callable[[Any], None]:
    """What refuses a row whose values are not those of some annotations, as JSON has them (TypeError).

    Most rows are alike: what their values are is looked at once.
    """
    allowed = [_kinds(hint) for hint in hints]
    fine: set[tuple[type, ...]] = set()

    def check(row: Any) -> None:
        found = tuple(map(type, row))
        if found in fine:
            return
        if len(found) != len(allowed) or not all(map(_in, found, allowed)):
            raise TypeError(f"no values of {len(allowed)} such fields: {found}")
        fine.add(found)

    return check


def _in(kind: type, kinds: Kinds) -> bool:
    return kind in kinds


def _kinds(hint: Any) -> Kinds:
    """What JSON can have where something is annotated."""
    if hint is float:
        return frozenset((float, int))
    if hint is Decimal:
        return frozenset((str,))
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return frozenset[type]().union(*map(_kinds, arguments))
    if origin is tuple or hasattr(hint, "_fields"):
        return frozenset((list,))
    if origin is dict:
        return frozenset((dict,))
    return frozenset((hint,)) if isinstance(hint, type) else _ANY


def _converter(hint: Any) -> Convert | None:
    """From JSON's value to the annotated one; None where they are the same."""
    if hint is Decimal:
        return _decimal
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
    check = _checked(hints[name] for name in kind._fields)
    each = [convert or _same for convert in converters] if any(converters) else []

    def made(row: list[Any]) -> Any:
        check(row)
        return kind(*(map(_call, each, row) if each else row))

    return made


def _optional(arguments: tuple[Any, ...]) -> Convert | None:
    found = [convert for each in arguments if each is not NoneType and (convert := _converter(each))]
    if not found:
        return None
    [convert] = found
    return lambda value: None if value is None else convert(value)


def _tuple(arguments: tuple[Any, ...]) -> Convert:
    if arguments[-1] is Ellipsis:
        return _row_of(arguments[0])
    check, each = _checked(arguments), [_converter(argument) or _same for argument in arguments]

    def made(row: list[Any]) -> tuple[Any, ...]:
        check(row)
        return tuple(map(_call, each, row))

    return made


def _row_of(hint: Any) -> Convert:
    """As many as there are, all of one kind."""
    kinds, convert = _kinds(hint), _converter(hint)

    def made(rows: list[Any]) -> tuple[Any, ...]:
        if not kinds.issuperset(map(type, rows)):
            raise TypeError("values of another kind")
        return tuple(rows if convert is None else map(convert, rows))

    return made


def _mapping(hint: Any) -> Convert:
    convert = _converter(hint)
    kinds = _kinds(hint)

    def made(found: dict[str, Any]) -> dict[str, Any]:
        if not kinds.issuperset(map(type, found.values())):
            raise TypeError("values of another kind")
        return {name: convert(value) for name, value in found.items()} if convert else found

    return made


def _decimal(text: str) -> Decimal:
    found = Decimal(text)
    if not found.is_finite():
        raise ValueError("no amount")
    return found


def _call(convert: Convert, value: Any) -> Any:
    return convert(value)


def _same(value: Any) -> Any:
    return value
