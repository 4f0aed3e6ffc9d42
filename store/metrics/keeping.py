"""What families keep of facts, carried over from commit to commit: an index costs what the commit changed.

Indices are never changed in place: whoever still looks at earlier facts sees what they were.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, compress, islice
from operator import itemgetter, le
from typing import Any, NamedTuple, TypeVar, cast

from store.metrics.facts import Facts

AT = "keeping"
"""The key of `Facts.indices` under which facts know what is carried over to them."""
MOST_CHANGES = 2_000
"""That are remembered: of more, the older half is forgotten, and what nobody asked for since is made anew."""

T = TypeVar("T")


class Changed(NamedTuple):
    """One fact of a field of `Facts`, before and after; None where there was none, or is none any more."""

    campo: str
    antes: Any
    depois: Any


@dataclass(slots=True)
class Keeping:
    """What is known of the facts of one fold, and what has changed since it was made."""

    changes: list[Changed] = field(default_factory=list)
    known: dict[str, tuple[int, object]] = field(default_factory=dict)
    """By key: as of how many changes, and the index."""
    forgotten: int = 0
    """How many changes there were before `changes`."""

    @property
    def count(self) -> int:
        """How many changes there were in all."""
        return self.forgotten + len(self.changes)

    def shortened(self) -> Keeping:
        """Without the older half of the changes and what was known before; earlier facts keep this one."""
        half = len(self.changes) // 2
        gone = self.forgotten + half
        known = {key: each for key, each in list(self.known.items()) if each[0] >= gone}
        return Keeping(self.changes[half:], known, gone)


Update = Callable[[T, Sequence[Changed]], T]
"""A new index, of the old one and what changed of the fields that it is made of."""


def kept(
    facts: Facts,
    key: str,
    build: Callable[[Facts], T],
    of: Sequence[str],
    update: Update[T] | None = None,
    matters: Callable[[Any], bool] | None = None,
) -> T:
    """What a family keeps of the fields `of`: as it was where none changed, else updated or built anew.

    `matters` says which facts it depends on, where that is not all of those fields.
    """
    if key not in facts.indices:
        facts.indices[key] = _carried(facts, key, build, _Terms(tuple(of), matters, update))
    return cast("T", facts.indices[key])


class _Terms(NamedTuple):
    """When an index is other than it was, and how it becomes that."""

    of: tuple[str, ...]
    matters: Callable[[Any], bool] | None
    update: Update[Any] | None

    def touched(self, change: Changed) -> bool:
        """Whether a change is one of what the index is made of."""
        campo, *both = change
        matters = self.matters
        return campo in self.of and (
            matters is None or any(matters(fact) for fact in both if fact is not None)
        )


def _carried(facts: Facts, key: str, build: Callable[[Facts], T], terms: _Terms) -> T:
    at = cast("tuple[Keeping, int] | None", facts.indices.get(AT))
    if at is None:
        return build(facts)
    keeping, now = at
    since, value = cast("tuple[int, T | None]", keeping.known.get(key, (-1, None)))
    if since > now:
        return build(facts)  # later facts were asked before these
    begin, end = max(since - keeping.forgotten, 0), now - keeping.forgotten
    changed = list(filter(terms.touched, keeping.changes[begin:end]))
    if since < 0 or value is None or (changed and terms.update is None):
        found = build(facts)
    else:
        found = terms.update(value, changed) if changed and terms.update is not None else value
    keeping.known[key] = (now, found)
    return found


def net(changed: Sequence[Changed]) -> list[Changed]:
    """One change a document, from what it was at first to what it is at last: of facts that have an id."""
    found: dict[tuple[str, str], Changed] = {}
    for campo, before, after in changed:
        key = campo, (before if after is None else after).id
        found[key] = Changed(campo, found[key].antes if key in found else before, after)
    return [each for each in found.values() if each.antes is not None or each.depois is not None]


class Dated(NamedTuple):
    """Facts, or what is made of them, in the order of their moments."""

    times: Sequence[float]
    rows: Sequence[Any]


Made = Callable[[Any], Iterable[tuple[float, Any]]]
"""Moments and rows of one fact."""


def by_moment(facts: Facts, key: str, campo: str, made: Made) -> Dated:
    """What is made of each fact of a field, by when."""

    def build(known: Facts) -> Dated:
        found = getattr(known, campo)
        return _by_one(found, made.moment) if isinstance(made, At) else _by_all(found, made)

    return kept(facts, key, build, (campo,), lambda old, changed: _moved(old, changed, made))


def _by_one(found: Sequence[Any], moment: Callable[[Any], float | None]) -> Dated:
    moments = list(map(moment, found))
    has = [each is not None for each in moments]
    times, rows = cast("list[float]", list(compress(moments, has))), list(compress(found, has))
    if all(map(le, times, islice(times, 1, None))):
        return Dated(times, rows)
    order = sorted(range(len(times)), key=times.__getitem__)
    return Dated(list(map(times.__getitem__, order)), list(map(rows.__getitem__, order)))


def _by_all(found: Iterable[Any], made: Made) -> Dated:
    pairs = sorted(chain.from_iterable(map(made, found)), key=itemgetter(0))
    return Dated([moment for moment, _ in pairs], [row for _, row in pairs])


def out_of(facts: Facts, key: str, campo: str, whole: Callable[[Facts], Dated], made: At) -> Dated:
    """Facts by a moment: some of those that are by the same moment already, so that none is sorted again.

    `made` says which; `whole` gives all of them.
    """

    def build(known: Facts) -> Dated:
        times, rows = whole(known)
        has = [made.moment(row) is not None for row in rows]
        return Dated(list(compress(times, has)), list(compress(rows, has)))

    return kept(facts, key, build, (campo,), lambda old, changed: _moved(old, changed, made))


def _moved(old: Dated, changed: Sequence[Changed], made: Made) -> Dated:
    times, rows = list(old.times), list(old.rows)
    for _, before, after in changed:
        for moment, row in made(before) if before is not None else ():
            place = rows.index(row, bisect_left(times, moment))
            del times[place], rows[place]
        for moment, row in made(after) if after is not None else ():
            place = bisect_right(times, moment)
            times.insert(place, moment)
            rows.insert(place, row)
    return Dated(times, rows)


@dataclass(frozen=True, slots=True)
class At:
    """A fact by one moment of it, where it has it."""

    moment: Callable[[Any], float | None]

    def __call__(self, fact: Any) -> Iterable[tuple[float, Any]]:
        """Its moment and itself, or nothing."""
        found = self.moment(fact)
        return () if found is None else ((found, fact),)


def at(moment: Callable[[Any], float | None]) -> At:
    """Facts by one moment of theirs."""
    return At(moment)
