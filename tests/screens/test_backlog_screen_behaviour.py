"""Backlog at work: filter, facets, order, priorities, marks; a refresh disturbs nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from frame_kit import FakePort, loaded, run, until
from models import NOW, demo_items, item, many_items, model_of
from textual.widgets import Input

from app.tui import OficinaApp
from screens.backlog_query import FEW_ALIKE, SORTS, WORTH_SORTING, Query, Sorter, facet_counts, parse, search
from screens.dialogs.batch import BatchDialog
from screens.widgets.lines import Lines
from screens.widgets.virtual_table import VirtualTable
from store.clock import FakeClock
from store.views.model import ItemRow, LineState

Make = Callable[..., OficinaApp]


def in_backlog(app: OficinaApp, scenario: Callable[[Any, VirtualTable[ItemRow]], Any]) -> None:
    async def main() -> None:
        async with app.run_test(size=(120, 30)) as pilot:
            await loaded(pilot)
            await pilot.press("3")
            await until(pilot, lambda: bool(app.screen.query(VirtualTable)))
            await scenario(pilot, app.screen.query_one(VirtualTable))

    run(main)


def ids(table: VirtualTable[ItemRow]) -> list[str]:
    return [row.id for row in table.rows]


def test_filter_narrows_with_each_key_and_escape_takes_it_away(app: OficinaApp) -> None:
    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        await pilot.press("slash", *"ator:gen")
        await until(pilot, lambda: ids(table) == ["BKL-0006"])
        await pilot.press("enter")
        assert app.focused is table
        await pilot.press("slash", *" nothing")
        await until(pilot, lambda: ids(table) == [])
        await pilot.press("escape")
        await until(pilot, lambda: len(table.rows) == 14)
        assert app.focused is table
        assert not app.screen.has_class("-filtering")

    in_backlog(app, scenario)


def test_escape_takes_marks_after_the_filter(app: OficinaApp) -> None:
    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        await pilot.press("space", "slash", "x", "escape")
        assert table.marks == {"BKL-0014"}
        await pilot.press("escape")
        assert table.marks == frozenset()

    in_backlog(app, scenario)


def test_a_facet_becomes_part_of_the_filter_in_place_of_its_like(app: OficinaApp) -> None:
    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        await pilot.press("f", *"pendente", "enter")
        field = app.screen.query_one("#filter", Input) if app.screen.query("#filter") else None
        await until(pilot, lambda: len(table.rows) == 4)
        field = app.screen.query_one("#filter", Input)
        assert field.value == "status:Pendente"
        await pilot.press("f", *"falhou", "enter")
        await until(pilot, lambda: len(table.rows) == 1)
        assert field.value == "status:Falhou"
        await pilot.press("f", "escape")
        await until(pilot, lambda: bool(app.screen.query("#filter")))
        assert field.value == "status:Falhou"

    in_backlog(app, scenario)


def test_sorting_goes_through_the_columns_and_back(app: OficinaApp) -> None:
    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        seen = []
        for _ in range(len(SORTS) + 1):
            await pilot.press("s")
            seen.append(table.order.column)
        assert seen == [*SORTS, "id"]
        assert ids(table)[0] == "BKL-0014"
        await pilot.press("S")
        assert ids(table)[0] == "BKL-0001"

    in_backlog(app, scenario)


def test_priorities_go_to_the_line_and_a_refusal_is_said(app: OficinaApp, port: FakePort) -> None:
    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        table.select("BKL-0003")
        await pilot.press("plus", "minus")
        assert port.calls == [("reprioritize", "BKL-0003", 6), ("reprioritize", "BKL-0003", 4)]
        port.refuses = "BKL-0003 is being decided"
        await pilot.press("plus")
        table.select("BKL-0001")
        await pilot.press("plus")
        port.publish(linha=LineState(modo="viewing", carregado=True))
        await until(pilot, lambda: app.model.linha.modo == "viewing")
        table.select("BKL-0003")
        await pilot.press("plus")
        said = [note.message for note in app._notifications]
        assert said == [
            "BKL-0003 is being decided",
            "BKL-0001 has ended",
            "The store is open for viewing only",
        ]

    in_backlog(app, scenario)


def test_the_decision_under_the_cursor_is_the_one_that_opens(app: OficinaApp) -> None:
    asked: list[str] = []

    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        app.open_decision = asked.append  # type: ignore[method-assign]
        table.select("BKL-0005")
        await pilot.press("a")
        table.select("BKL-0001")
        await pilot.press("a")
        assert asked == ["BKL-0005", "BKL-0006"]

    in_backlog(app, scenario)


def test_marked_decisions_are_decided_together_and_other_marked_rows_are_left_out(
    app: OficinaApp, port: FakePort
) -> None:
    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        def said() -> list[str]:
            return [note.message for note in app._notifications]

        await pilot.press("A")
        assert said() == ["Mark decisions with space first"]
        table.select("BKL-0001")
        await pilot.press("space", "A")
        assert said()[-1] == "None of the marked rows is an open decision"
        for item_id in ("BKL-0003", "BKL-0005"):
            table.select(item_id)
            await pilot.press("space")
        await pilot.press("A")
        await until(pilot, lambda: isinstance(app.screen, BatchDialog))
        frame = app.screen.query_one("#dialog")
        assert str(frame.border_subtitle) == "1 marked row is no open decision: left out"
        assert len(app.screen._details) == 2  # type: ignore[attr-defined]

    in_backlog(app, scenario)


def test_rows_name_the_spec_first_and_every_state_is_counted(app: OficinaApp) -> None:
    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        row = next(row for row in table.rows if row.id == "BKL-0007")
        assert [cell.text for cell in table._cells(row)][2:4] == [
            "budget",
            "assinatura · Assinatura de contratos",
        ]
        counts = str(app.screen.query_one("#summary", Lines).render())
        assert "– 1" in counts or "– Cancelado 1" in counts

    in_backlog(app, scenario)


def test_copying_an_id(app: OficinaApp) -> None:
    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        await pilot.press("y")
        assert app.clipboard == "BKL-0014"
        await pilot.press("slash", *"zzz", "enter", "y")
        assert [note.message for note in app._notifications] == [
            "Copied BKL-0014",
            "There is nothing under the cursor",
        ]

    in_backlog(app, scenario)


def test_enter_opens_the_item(app: OficinaApp) -> None:
    opened: list[str] = []
    app.open_item = opened.append  # type: ignore[method-assign]

    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        await pilot.press("down", "enter")
        await until(pilot, lambda: opened == ["BKL-0013"])

    in_backlog(app, scenario)


def test_refreshes_take_at_most_a_tenth_of_the_time(app: OficinaApp, port: FakePort) -> None:
    """The fake clock stands still: the second refresh waits for its turn, then follows by itself."""

    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        screen: Any = app.screen
        screen.pace.free_at = app.clock.monotonic() + 0.05
        port.publish(itens=[*demo_items(), item(50, "orcar_spec", "Novo")])
        await until(pilot, lambda: screen.pace.late)
        assert len(table.rows) == 14
        port.publish(itens=[*demo_items(), item(50, "orcar_spec", "Novo"), item(51, "orcar_spec", "Outro")])
        await pilot.pause()
        clock = app.clock
        assert isinstance(clock, FakeClock)
        clock.advance(1)
        await until(pilot, lambda: len(table.rows) == 16)

    in_backlog(app, scenario)


def test_100_000_rows(make_app: Make) -> None:
    rows = many_items(100_000)

    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        await until(pilot, lambda: len(table.rows) == 100_000)
        await pilot.press("G", "slash", *"spec 976")
        await until(pilot, lambda: 0 < len(table.rows) < 1000)

    in_backlog(make_app(FakePort(model_of(rows))), scenario)


# The query


def test_words_and_facets() -> None:
    assert parse("Frete tipo:ORÇAR x:y status:") == Query(("frete", "x:y"), (("tipo", "orcar"),))
    assert parse("state:pend actor:p type:o") == Query((), (("status", "pend"), ("ator", "p"), ("tipo", "o")))
    assert [row.id for row in search(demo_items(), parse("spec:frete tipo:aprovar"))] == ["BKL-0003"]
    assert [row.id for row in search(demo_items(), parse("PESO zero"))] == ["BKL-0012"]


def test_a_query_that_narrows_finds_nothing_that_the_wider_one_does_not() -> None:
    rows, rng = many_items(300), random.Random(4)
    texts = [
        "",
        "f",
        "fr",
        "frete",
        "spec 1",
        "spec 12",
        "status:p",
        "status:pendente",
        "frete status:p",
        "tipo:o x",
    ]
    for _ in range(200):
        wide, narrow = parse(rng.choice(texts)), parse(rng.choice(texts))
        if narrow.narrows(wide):
            assert search(search(rows, wide), narrow) == search(rows, narrow)
    assert parse("frete").narrows(parse("fr"))
    assert not parse("fr").narrows(parse("frete"))
    assert not parse("status:pen").narrows(parse("status:pe"))


def test_facets_are_counted_most_first_and_empty_values_left_out() -> None:
    counts = facet_counts(demo_items(), "ator")
    assert counts[0][0] == "PROMETHEUS"
    assert [number for _, number in counts] == sorted((number for _, number in counts), reverse=True)
    assert facet_counts([replace(row, saga_id="") for row in demo_items()], "saga") == []


def test_an_order_that_is_kept_up_to_date_is_the_one_that_is_made_anew() -> None:
    rng, sorter, rows = random.Random(6), Sorter(), many_items(FEW_ALIKE * 3)
    states = ("Pendente", "Concluido", "Falhou")
    for step in range(80):
        changes = rng.choice((0, 1, 5, 40, WORTH_SORTING + 20))
        rows = list(rows)
        for _ in range(changes):
            at = rng.randrange(len(rows))
            rows[at] = replace(
                rows[at], status=rng.choice(states), titulo=f"T{rng.randrange(50)}", atualizado_em=NOW
            )
        rows += [item(5000 + step * 3 + more, "orcar_spec", "Novo") for more in range(rng.randrange(3))]
        if rng.random() < 0.1:
            del rows[rng.randrange(len(rows))]
        if rng.random() < 0.3:
            sorter.column, sorter.descending = rng.choice(["", *SORTS]), rng.random() < 0.5
        made = sorter.sort(rows)
        assert sorted(row.id for row in made) == sorted(row.id for row in rows)
        if sorter.column:
            values = [SORTS[sorter.column](row) for row in made]
            assert values == sorted(values, reverse=sorter.descending)
            assert {id(row) for row in made} == {id(row) for row in rows}
        else:
            assert list(made) == (rows[::-1] if sorter.descending else rows)
