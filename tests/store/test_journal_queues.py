"""Queues answer what a scan answers, whatever happened before, and their heaps stay small."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from store.collections import COLLECTIONS, QueueSpec, number_of
from store.journal.queues import Queue

SPEC = QueueSpec(
    group=lambda item: item["grupo"],
    order=lambda item: (-item["prioridade"], item["n"]),
    due=lambda item: item["em"],
)
TIMES = ["", "t1", "t2", "t3"]
GROUPS = ["a", "b"]

documents = st.fixed_dictionaries(
    {"grupo": st.sampled_from([*GROUPS, None]), "prioridade": st.integers(0, 2), "em": st.sampled_from(TIMES)}
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(1, 6), documents),
        st.tuples(st.just("delete"), st.integers(1, 6), st.none()),
        st.tuples(st.just("ask"), st.sampled_from(TIMES), st.none()),
    ),
    max_size=60,
)


def _scan(
    items: dict[int, dict[str, Any]], groups: list[str], now: str
) -> tuple[int | None, str | None, int]:
    queued = {n: item for n, item in items.items() if item["grupo"] in groups}
    ready = sorted((-item["prioridade"], n) for n, item in queued.items() if item["em"] <= now)
    due = min((item["em"] for item in queued.values() if item["em"] > now), default=None)
    return (ready[0][1] if ready else None), due, len(ready)


@given(steps)
@settings(deadline=None, max_examples=150)
def test_a_queue_answers_what_a_scan_answers(actions: list[tuple[str, Any, Any]]) -> None:
    queue, items = Queue(SPEC), {}
    for what, key, document in actions:
        if what == "put":
            items[key] = {**document, "n": key}
            queue.change(key, items[key])
        elif what == "delete":
            items.pop(key, None)
            queue.change(key, None)
        else:
            for groups in ([], ["a"], ["b"], ["a", "b", "c"]):
                first, due, ready = _scan(items, groups, key)
                assert queue.first(groups, key) == first
                assert queue.next_due(groups, key) == due
                assert sum(queue.depth(group, key) for group in groups) == ready
    for group in GROUPS:
        assert queue.depth(group, None) == sum(item["grupo"] == group for item in items.values())
    assert queue.heap_size() <= 2 * len(items) + 2 * 64 + 2


def test_a_heap_is_built_anew_when_stale_entries_outnumber_the_live() -> None:
    queue = Queue(SPEC)
    for n in range(10):
        queue.change(n, {"grupo": "a", "prioridade": 0, "em": "", "n": n})
    for round_ in range(1000):
        queue.change(
            round_ % 10,
            {"grupo": "a", "prioridade": round_, "em": "t1" if round_ % 2 else "", "n": round_ % 10},
        )
        queue.first(["a"], "t2")
    assert queue.heap_size() <= 2 * 10 + 64
    assert queue.first(["a"], "t2") == 9


def test_what_queues_among_the_backlog_items() -> None:
    spec = COLLECTIONS["backlog_items"].queue
    assert spec is not None
    item = {
        "id": "BKL-0042",
        "tipo": "implantar",
        "status": "Pendente",
        "prioridade": 3,
        "disponivel_em": None,
    }
    assert spec.group(item) == "padrao/implantar"
    assert spec.group({**item, "fila": "squad-a"}) == "squad-a/implantar"
    assert spec.order(item) == (-3, 42)
    assert spec.due(item) == ""
    assert spec.due({**item, "disponivel_em": "2026"}) == "2026"
    for held in ({"status": "Bloqueado"}, {"humano": True}, {"retido": True}):
        assert spec.group({**item, **held}) is None
    assert number_of("BKL-12345") == 12345
