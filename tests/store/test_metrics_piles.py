"""What is known of lives without looking at them is what looking at each of them for each bucket tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from flow_facts import HOUR, START, at, blocked, facts, item

from store.metrics.bottlenecks import Place, Wait, waits
from store.metrics.columns import Columns
from store.metrics.cutting import cut, within
from store.metrics.facts import Episode, Facts, Item, Try
from store.metrics.fold import MetricsFold
from store.metrics.keeping import Dated
from store.metrics.model import Query
from store.metrics.periods import Bucketing, Cut, Window
from store.metrics.piles import Edges, piles_of
from store.metrics.sliding import TICKS, ticks
from store.metrics.stretches import WHOLE_SINCE, is_usual, stretches
from store.metrics.waiting import STATES, spent

SINCE, DAYS = 55, 15
"""Days after the start, in which New York puts the clock forward."""
ZONES = ("America/New_York", "America/Sao_Paulo", "UTC")


class _Lives:
    """Items as most are, and with anything missing, at once, or in the wrong order."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    def moment(self) -> float:
        """One that others have as well."""
        return at(SINCE, self.chance.randrange(0, DAYS * 24, 4))

    def maybe(self, often: float = 0.7) -> float | None:
        return self.moment() if self.chance.random() < often else None

    def usual(self, number: int) -> Item:
        """It waits, is worked on once, and ends."""
        begin = self.moment() + self.chance.random()
        since = begin + self.chance.choice((0.0, 1.3, 90_000.7))
        until = since + self.chance.choice((0.0, 0.7, 3_000.1, 200_000.3))
        due = self.chance.choice((begin, begin, since, None))
        return item(number, begin, started=since, done=until, devido=due, **self.kind())

    def odd(self, number: int) -> Item:
        """Half of them in an order that could be."""
        chance = self.chance
        moments = [self.moment() for _ in range(6)]
        created, ready, due, started, blocked_at, end = sorted(moments) if chance.random() < 0.5 else moments
        if chance.random() < 0.3:
            due, started, blocked_at = started, blocked_at, due
        return item(
            number,
            created,
            pendente=chance.choice((ready, created, None)),
            devido=chance.choice((due, created, None)),
            started=chance.choice((started, started, None)),
            encerrado=chance.choice((end, None)),
            retido=chance.random() < 0.1,
            agendado=chance.random() < 0.5,
            filho_de=chance.choice(("", "TSK-1")),
            tentativas=self.tries(started),
            bloqueios=chance.choice(((), (Episode(chance.choice((blocked_at, None)), self.maybe()),))),
            **self.kind(),
        )

    def tries(self, started: float) -> tuple[Try, ...]:
        found = [Try(started, self.maybe(), "falhou"), Try(self.maybe(), self.maybe(), "perdido")]
        return tuple(found[: self.chance.randrange(3)])

    def kind(self) -> dict[str, Any]:
        return {"humano": self.chance.random() < 0.3, "ator": self.chance.choice("ab")}

    def some(self, count: int) -> list[Item]:
        made = (self.chance.choice((self.usual, self.odd)) for _ in range(count))
        return [make(self.chance.randrange(60)) for make in made]


def _told(found: dict[Place, Wait]) -> dict[Place, tuple[int, int, dict[int, float], tuple[str, ...]]]:
    return {place: (wait.ticks, wait.n, wait.cortes, wait.ids) for place, wait in found.items()}


def _looked_at(
    items: Sequence[Item], query: Query
) -> dict[Place, tuple[int, int, dict[int, float], tuple[str, ...]]]:
    """Each item, for each bucket."""
    sums: dict[Place, Counter[str]] = {}
    cuts: dict[Place, Counter[int]] = {}
    for each in items:
        for place, bucket in enumerate(cut(query)):
            span = within(bucket, query)
            found = spent(each, span, min(span.fim, query.agora))
            for state, seconds in zip(STATES, found, strict=True):
                if amount := ticks(seconds):
                    where = Place(state, each.ator, each.tipo)
                    sums.setdefault(where, Counter())[each.id] += amount
                    cuts.setdefault(where, Counter())[place] += amount
    return {
        where: (
            sum(some.values()),
            len(some),
            {place: amount / TICKS for place, amount in sorted(cuts[where].items())},
            tuple(name for _, name in sorted((-amount, name) for name, amount in some.items())),
        )
        for where, some in sums.items()
    }


def _queries(chance: Random) -> list[Query]:
    """Buckets of each length after each other, of all time and of a part, in zones that put the clock."""
    now = at(SINCE + chance.choice((DAYS, DAYS - 4.3)))
    since, until = (at(SINCE, chance.randrange(DAYS * 24)) for _ in range(2))
    windows = (Window(at(SINCE - 9), at(SINCE + DAYS + 1)), Window(min(since, until), max(since, until)))
    cuts: tuple[Cut, ...] = ("dia", "semana", "mes")
    return [
        Query(window, now, Bucketing(each, chance.choice(ZONES)))
        for window in windows
        for each in chance.sample(cuts, 3)
    ]


@pytest.mark.parametrize("seed", range(8))
def test_piles_have_what_each_life_has(seed: int) -> None:
    """Also after some items became others, came or went."""
    fold, lives = MetricsFold(), _Lives(seed)
    known: dict[str, Item] = {}
    for count in (40, 15, 15):
        for each in lives.some(count):
            fold.drop("backlog_items", each.id)
            fold.keep("backlog_items", each.id, each)
            known[each.id] = each
        for name in lives.chance.sample(sorted(known), 2):
            fold.drop("backlog_items", name)
            del known[name]
        for query in _queries(lives.chance):
            assert _told(waits(fold.facts(), query)) == _looked_at(list(known.values()), query)


def test_what_is_not_the_sum_of_its_parts_is_in_no_pile() -> None:
    begun = at(1)
    twice = (Try(begun, at(2), "falhou"), Try(at(1, 5), at(3), "concluido"))
    overlapping = item(1, begun, started=begun, done=at(3), tentativas=twice)
    early = item(3, begun, started=at(2), done=at(3), tentativas=(Try(at(1, 3), at(3), "concluido"),))
    ancient = item(4, WHOLE_SINCE - 0.1, done=WHOLE_SINCE + 1.0)
    again = item(5, begun, pendente=begun, devido=at(3), bloqueios=(blocked(at(2), at(3)),))
    for each in (overlapping, early, ancient, again):
        assert stretches(each) is None, each.id
        assert not is_usual(each)
    piles = piles_of(facts(itens=[overlapping, early]), at(0))
    assert set(piles.crooked) == {"BKL-0001", "BKL-0003"}
    assert not any(pile.entries for some in piles.piles.values() for pile in some)


def test_of_what_ended_before_the_earliest_window_nothing_is_made() -> None:
    some = [item(n, at(n), started=at(n, 1), done=at(n, 2 + n)) for n in range(20)]
    fold = MetricsFold()
    for each in some:
        fold.keep("backlog_items", each.id, each)
    for since, made in ((15, 5), (18, 5), (14, 6), (3, 20), (0, 20)):
        query = Query(Window(at(since), at(30)), at(30), Bucketing("dia", "UTC"))
        assert _told(waits(fold.facts(), query)) == _looked_at(some, query)
        piles = piles_of(fold.facts(), at(since)).piles["PROMETHEUS", "desenvolvimento"]
        assert len(piles[STATES.index("ativo")].entries) == made
        fold.drop("backlog_items", some[0].id)
        fold.keep("backlog_items", some[0].id, some[0])


def test_moments_that_are_no_whole_ticks_are_cut_before_they_are_added_up() -> None:
    begun = WHOLE_SINCE - 40 * 86_400.0
    some = [item(n, begun + (2 * n + 1) / TICKS / 2, done=WHOLE_SINCE + n) for n in range(8)]
    query = Query(Window(begun - 1.0, WHOLE_SINCE + 100.0), at(0), Bucketing("mes", "UTC"))
    assert _told(waits(facts(itens=some), query)) == _looked_at(some, query)


def test_a_life_is_told_in_the_order_of_time() -> None:
    begun = at(1)
    lived = item(
        1,
        begun,
        devido=at(1, 2),
        started=at(1, 8),
        tentativas=(Try(at(1, 8), at(1, 9), "falhou"), Try(at(1, 11), None, "")),
        bloqueios=(blocked(at(1, 4), at(1, 6)),),
        agendado=True,
    )
    told = [
        (STATES[state], (begin - begun) / HOUR, (end - begun) / HOUR)
        for state, begin, end in stretches(lived) or ()
    ]
    assert told == [
        ("agendado", 0, 2),
        ("fila", 2, 4),
        ("bloqueado", 4, 6),
        ("fila", 6, 8),
        ("ativo", 8, 9),
        ("retomada", 9, 11),
        ("ativo", 11, float("inf")),
    ]


def test_edges_that_come_and_go_leave_no_trace() -> None:
    chance = Random(1)
    moments = [START + chance.randrange(1000) / 4 for _ in range(40)]
    edges = Edges(moments[:20])
    other = edges.copy()
    for moment in moments[20:]:
        other.put(moment)
    for moment in moments[:20]:
        other.take(moment)
    other.add_up()
    alone = Edges(moments[20:])
    assert (other.times, other.sums) == (alone.times, alone.sums)
    assert edges.passed(START + 500) == sum(ticks(START + 500 - each) for each in moments[:20])


def test_columns_reach_back_and_keep_what_changes() -> None:
    rows = [(float(moment), f"r{moment}") for moment in range(20)]
    dated = Dated([moment for moment, _ in rows], [row for _, row in rows])
    told: list[float] = []

    def tell(moment: float, row: str) -> list[tuple[str, str]]:
        told.append(moment)
        return [(row[-1], row)]

    columns = Columns(tell)
    assert columns.within(dated, Window(15.0, 18.0)) == {"5": ["r15"], "6": ["r16"], "7": ["r17"]}
    assert columns.within(dated, Window(4.0, 6.0)) == {"4": ["r4"], "5": ["r5"]}
    assert sorted(told) == [float(moment) for moment in range(4, 20)], "each is told once, none before"
    later = columns.after([(15.0, "r15"), (1.0, "r1")], [(15.0, "x5"), (16.5, "y6")])
    assert later.within(dated, Window(15.0, 18.0)) == {"5": ["x5"], "6": ["r16", "y6"], "7": ["r17"]}
    assert columns.within(dated, Window(15.0, 16.0)) == {"5": ["r15"]}


@pytest.mark.parametrize("window", [Window(at(3), at(3)), Window(at(50), at(60))])
def test_of_a_window_in_which_nothing_lived_there_is_nothing(window: Window) -> None:
    world = facts(itens=[item(1, at(1), done=at(2))])
    assert waits(world, Query(window, at(SINCE), Bucketing("dia", "UTC"))) == {}
    assert waits(Facts(), Query(Window(at(0), at(9)), at(SINCE), Bucketing("dia", "UTC"))) == {}
