"""Created less ended well: an item that was both counts once among the documents."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence

from store.metrics.cutting import against, between, cut, newest, partial, trend, until_now, within
from store.metrics.done import Done
from store.metrics.facts import Facts, Item
from store.metrics.lives import CREATED
from store.metrics.measures import MOST_IDS
from store.metrics.model import Figure, Part, Point, Query

MOST_LOOKED_AT = 5_000
"""Of the items that were created, the newest ones, for those of each group: a figure lists few of them."""
Came = Sequence[tuple[float, str]]
"""When which was created."""


def newest_created(
    facts: Facts, query: Query, group: Callable[[Item], str] | None
) -> dict[str | None, list[tuple[float, str]]]:
    """The newest items that were created in the window, by group; all of them under None."""
    known = CREATED.of(facts)
    inside = between(known.times, until_now(query))
    last = slice(max(inside.stop - (MOST_LOOKED_AT if group else MOST_IDS), inside.start), inside.stop)
    found: dict[str | None, list[tuple[float, str]]] = {}
    for moment, item in zip(known.times[last], known.rows[last], strict=True):
        found.setdefault(None, []).append((moment, item.id))
        if group is not None:
            found.setdefault(group(item), []).append((moment, item.id))
    return found


def net(
    query: Query,
    grupo: str,
    created: Sequence[int],
    came: Came,
    done: tuple[Sequence[Item], Sequence[float]],
    fresh: Mapping[float | None, int],
) -> Figure:
    """Of what was created (how many a bucket; the newest of them) and what ended well, with its moments.

    `fresh` is how much of that was created in the bucket that it ended in, by its begin; None: the window.
    """
    items, at = done
    serie = []
    for bucket, new in zip(cut(query), created, strict=True):
        span = within(bucket, query)
        over = bisect_left(at, span.fim) - bisect_left(at, span.inicio)
        once = new + over - fresh[bucket.inicio]
        serie.append(Point(bucket.chave, new - over, once, partial(bucket, query)))
    total = sum(created)
    value = total - len(items)
    return Figure(
        "fluxo_liquido",
        "Created less ended well",
        "",
        value,
        total + len(items) - fresh[None],
        partes=(Part("created", total, ""), Part("ended well", len(items), "")),
        serie=tuple(serie),
        tendencia=trend(serie),
        meta="at most 0",
        linha=0.0,
        estado="none" if not total else against(value, 0, len(items) * 0.1),
        itens=_ids(came, items[-MOST_IDS:], at[-MOST_IDS:]),
        grupo=grupo,
    )


def born_since(begin: float, days: Iterable[Sequence[Done]]) -> int:
    """How many of what ended well on some days were created at a moment or after it."""
    return sum(len(done.begun) - bisect_left(done.begun, begin) for day in days for done in day)


def _ids(came: Came, items: Sequence[Item], at: Sequence[float]) -> tuple[str, ...]:
    """The newest of both, each once, by the last that happened to it."""
    last = {name: moment for moment, name in came}
    last.update((item.id, moment) for moment, item in zip(at, items, strict=True))
    return newest([(moment, name) for name, moment in last.items()], MOST_IDS)
