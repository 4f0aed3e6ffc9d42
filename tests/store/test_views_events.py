"""The event log a page at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from store.clock import FakeClock
from store.database import Database
from store.views.events import EventPage, EventQuery, Place, event_page, place
from store.views.rows import event_row

NOW = "2026-01-05T12:00:00.000000Z"
LATEST: Place = (10**9, 0)


def event(seq: int, n: int = 0, **fields: Any) -> dict[str, Any]:
    return {"seq": seq, "n": n, "ts": NOW, "tipo": "item.criado", "item_id": f"BKL-{seq:04d}", **fields}


def places(page: EventPage) -> list[Place]:
    return [place(row) for row in page.eventos]


def log(count: int) -> list[dict[str, Any]]:
    """Two events a transaction, newest first."""
    return [event(seq, n) for seq in range(count, 0, -1) for n in (1, 0)]


def test_pages_join_within_a_transaction_too() -> None:
    seen: list[Place] = []
    before, more = LATEST, True
    while more:
        page = event_page(log(5), EventQuery(), before, page=3)
        seen = [*places(page), *seen]
        before, more = page.ate, page.mais
    assert seen == [(seq, n) for seq in range(1, 6) for n in (0, 1)]


def test_a_page_that_is_full_says_whether_there_is_more() -> None:
    assert event_page(log(2), EventQuery(), LATEST, page=4) == event_page(log(2), EventQuery(), LATEST)
    assert event_page(log(2), EventQuery(), LATEST, page=3).mais
    assert event_page([], EventQuery(), (3, 1)) == EventPage((), (3, 1))


def test_a_page_looks_at_so_many_and_says_where_it_stopped() -> None:
    query = EventQuery(facets=(("item", "bkl-0001"),))
    page = event_page(log(9), query, LATEST, scanned=4)
    assert (places(page), page.ate, page.mais) == ([], (8, 0), True)
    rest = event_page(log(9), query, page.ate)
    assert (places(rest), rest.mais) == ([(1, 0), (1, 1)], False)


def test_words_and_facets() -> None:
    told = {
        "tipo": "decisao.tomada",
        "saga_id": "s1",
        "ator": "MS_Produto",
        "spec_ref": "frete",
        "motivo": "É caro",
    }
    row = event_row(event(1, **told))

    def fits(*words: str, **facets: str) -> bool:
        return EventQuery(words, tuple(facets.items())).fits(row)

    assert fits()
    assert fits("caro", "e caro", "ms_prod")
    assert not fits("caro", "barato")
    assert fits(tipo="decisao", ator="ms", saga="s1", item="bkl-0001", spec="fre")
    assert not fits(tipo="tomada")
    assert not fits("caro", saga="s2")


def test_an_item_that_is_named_whole_is_looked_up() -> None:
    def item(value: str) -> str | None:
        return EventQuery(facets=(("tipo", "bkl-0001"), ("item", value))).item

    assert item("bkl-0042") == "BKL-0042"
    assert item("bkl-004") is None
    assert item("42") is None
    assert EventQuery().item is None


def test_a_stored_log_is_read_in_pages(tmp_path: Path) -> None:
    with_events = Database.open(tmp_path / "store", by="test", clock=FakeClock(NOW), durable=False)
    for number in range(1, 8):
        with with_events.transaction() as tx:
            tx.event({"tipo": "par" if number % 2 == 0 else "impar", "item_id": ""})
            tx.event({"tipo": "segundo", "item_id": ""})
    query = EventQuery(facets=(("tipo", "impar"),))
    found: list[Place] = []
    before, more = LATEST, True
    while more:
        history = with_events.history(until_seq=before[0], newest_first=True)
        page = event_page(history, query, before, page=2)
        found, before, more = [*places(page), *found], page.ate, page.mais
    assert found == [(1, 0), (3, 0), (5, 0), (7, 0)]
    with_events.close()


def test_a_row_says_what_happened_and_where() -> None:
    row = event_row(event(3, 2, tipo="linha.late", item_id="", job="sondas", detalhe="started 9 s late"))
    assert (row.texto, row.ator, row.n) == ("sondas · started 9 s late", "sondas", 2)
    chosen = event_row(event(1, tipo="decisao.tomada", spec_ref="frete", opcao="aprovar", ator="MS_Produto"))
    assert chosen.texto == "frete · aprovar · MS_Produto"
    assert "decisao.tomada" in chosen.busca


def test_an_event_is_found_by_the_name_that_other_plans_have_for_it() -> None:
    told = [
        event(6, tipo="desbloqueio"),
        event(5, tipo="item.transicao", de="EmProcessamento", para="Concluido"),
        event(4, tipo="item.transicao", de="Pendente", para="EmProcessamento"),
        event(3, tipo="item.transicao", de="Bloqueado", para="Pendente"),
        event(2, para="Bloqueado"),
        event(1, para="Pendente"),
    ]
    names = ("task.assigned", "task.completed", "block.reported", "block.resolved", "task.")
    found = {name: places(event_page(told, EventQuery(facets=(("tipo", name),)), LATEST)) for name in names}
    assert [[seq for seq, _ in found[name]] for name in names] == [[1, 3], [5], [], [6], [1, 3, 5]]
    typed = event_page(told, EventQuery(words=("task.completed",)), LATEST)
    assert [row.tipo for row in typed.eventos] == ["item.transicao"]
