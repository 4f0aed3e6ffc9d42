"""Blocked at work: opening and closing, the root cause's decision, filters, ten thousand items."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from frame_kit import FakePort, loaded, run, until
from models import NOW, empty_model, item, model_of
from trouble_models import blocked_items, blocked_model, many_blocked, waits

from app.tui import OficinaApp
from screens import blocked_content as content
from screens.blocked import BlockedScreen
from screens.blocked_tree import ALL_ITEMS, AT_MOST, AUTO_DEPTH, Node, Openings, lines, matching, parent
from screens.item import ItemScreen
from screens.widgets.virtual_table import VirtualTable
from store.clock import FakeClock
from store.views.blocked import Causes
from store.views.model import ReadModel

Make = Callable[..., OficinaApp]


def in_blocked(app: OficinaApp, scenario: Callable[[Any, BlockedScreen], Any]) -> None:
    async def main() -> None:
        async with app.run_test(size=(120, 30)) as pilot:
            await loaded(pilot)
            await pilot.press("4")
            await until(
                pilot, lambda: isinstance(app.screen, BlockedScreen) and app.screen._source is not None
            )
            screen = app.screen
            assert isinstance(screen, BlockedScreen)
            await scenario(pilot, screen)

    run(main)


def keys(screen: BlockedScreen) -> list[str]:
    return [node.key for node in screen.query_one(VirtualTable).rows]


def toasts(app: OficinaApp) -> list[str]:
    return [note.message for note in app._notifications]


def tree(model: ReadModel, openings: Openings | None = None) -> list[str]:
    """The lines that are shown: a dash for each level, then the reference."""
    shown = lines(Causes(model), model.bloqueados, openings or Openings())
    return [f"{'-' * node.depth}{node.ref}" for node in shown]


# The tree


def test_a_few_are_shown_down_to_their_root_causes() -> None:
    assert tree(blocked_model()) == [
        "BKL-0016", "-spec:fiscal",
        "BKL-0007", "-BKL-0006", "--BKL-0009",
        "BKL-0010", "-BKL-0006", "--BKL-0009", "-spec:pedido", "--BKL-0011",
        "BKL-0012", "-BKL-0013", "--BKL-0014",
        "BKL-0015", "-cap:gpu",
        "BKL-0017", "-BKL-0018", "--BKL-0017",
        "BKL-0018", "-BKL-0017", "--BKL-0018",
    ]  # fmt: skip


def test_a_circle_is_shown_once_around() -> None:
    model = blocked_model()
    shown = lines(Causes(model), model.bloqueados, Openings())
    assert [(node.key, node.closed) for node in shown if node.circle] == [
        ("BKL-0017 BKL-0018 BKL-0017", False),
        ("BKL-0018 BKL-0017 BKL-0018", False),
    ]


def test_many_are_closed_and_cost_nothing_until_they_are_opened() -> None:
    model = many_blocked(10_000)
    causes, openings = Causes(model), Openings()
    started = time.process_time()
    assert len(lines(causes, model.bloqueados, openings)) == 10_000
    assert time.process_time() - started < 10
    assert causes._children == {}
    openings.turn("BKL-0003")
    openings.turn("BKL-0003 BKL-0001")
    shown = lines(causes, model.bloqueados, openings)
    assert [node.ref for node in shown[:3]] == ["BKL-0003", "BKL-0001", "BKL-0002"]
    assert len(shown) == 10_002


def test_all_can_be_opened_and_closed_and_one_turned_after() -> None:
    model, openings = blocked_model(), Openings()
    openings.all(0)
    assert tree(model, openings) == [row.id for row in model.bloqueados]
    openings.turn("BKL-0007")
    assert tree(model, openings)[1:4] == ["BKL-0007", "-BKL-0006", "BKL-0010"]
    openings.all(50)
    assert len(tree(model, openings)) == 21


def chain(length: int) -> ReadModel:
    rows = [waits(number, "x", f"BKL-{number + 1:04d}") for number in range(1, length + 1)]
    made = model_of([*rows, item(length + 1, "orcar_spec", "end")])
    return replace(made, bloqueados=rows[:1])


def test_a_chain_of_a_thousand_opens_as_deep_as_it_is_asked_to() -> None:
    model, openings = chain(1000), Openings()
    assert len(tree(model, openings)) == AUTO_DEPTH + 1
    openings.all(2000)
    shown = tree(model, openings)
    assert len(shown) == 1001
    assert shown[-1] == "-" * 1000 + "BKL-1001"


def test_what_everything_shares_does_not_open_without_end() -> None:
    """Each of thirty levels waits twice for the next: a billion ways down."""
    rows = []
    for level in range(30):
        below = (f"BKL-{2 * level + 3:04d}", f"BKL-{2 * level + 4:04d}")
        rows += [waits(2 * level + 1, "x", *below), waits(2 * level + 2, "x", *below)]
    model = model_of([*rows, item(61, "orcar_spec", "a"), item(62, "orcar_spec", "b")])
    openings = Openings()
    openings.all(50)
    shown = lines(Causes(model), model.bloqueados, openings)
    assert AT_MOST <= len(shown) < AT_MOST + 200
    deepest = next(node for node in reversed(shown) if node.closed)
    openings.turn(deepest.key)
    openings.turn(deepest.key)
    assert parent("a b c") == "a b"
    assert parent("a") == ""


def test_words_are_found_in_what_is_waited_for_too() -> None:
    model = blocked_model()
    causes = Causes(model)

    def found(*words: str) -> list[str]:
        text = lambda ref: content.searchable(causes.cause(ref), {})  # noqa: E731
        return [row.id for row in matching(model.bloqueados, words, causes, text)]

    assert found("chave-assinatura") == ["BKL-0007", "BKL-0010"]
    assert found("nota", "fiscal") == ["BKL-0016"]
    assert found("galinha") == ["BKL-0017", "BKL-0018"]
    assert found("nothing") == []


# The words


def node(ref: str, **fields: Any) -> Node:
    return Node(
        **{"key": ref, "ref": ref, "depth": 0, "opened": False, "closed": False, "circle": False, **fields}
    )


def told(model: ReadModel, ref: str, **fields: Any) -> list[str]:
    return [
        cell.text for cell in content.cells(node(ref, **fields), Causes(model), NOW, {"estoque": "Estoque"})
    ]


def test_a_line_says_what_waits_for_what_on_whom_and_since_when() -> None:
    model = blocked_model()
    assert told(model, "BKL-0007", opened=True) == [
        "▾ budget BKL-0007 assinatura · Approve the budget of assinatura",
        "◆ structure BKL-0009",
        "you",
        "2 h",
    ]
    assert told(model, "BKL-0012", closed=True)[0] == "▸ deploy BKL-0012 estoque · Estoque"
    assert told(model, "BKL-0009", depth=2)[:2] == ["    └ structure BKL-0009 chave-assinatura", "◆ asks you"]
    assert told(model, "BKL-0011")[1:3] == ["● EmProcessamento", "PROMETHEUS"]
    assert told(model, "cap:gpu")[:3] == ["  capability gpu", "○ being verified", ""]
    assert told(model, "spec:pedido")[:2] == ["  spec pedido Pedido", "● build BKL-0011"]
    assert told(model, "spec:fiscal")[1:] == ["? never existed", "you", ""]
    assert told(model, "BKL-0017")[1] == "↻ in a circle"
    assert told(model, "BKL-0017", circle=True, depth=2)[1] == "↻ as above"
    assert told(model, "BKL-0013", depth=12)[0].startswith(" " * 16 + "12 └ build BKL-0013")


@pytest.mark.parametrize(
    ("fields", "standing"),
    [
        ({"disponivel_em": "2026-01-05T14:06:30.000000Z"}, "○ tries in 4 m"),
        ({}, "○ in the queue"),
        ({"humano": True, "disponivel_em": "2026-01-05T16:02:31.000000Z"}, "◆ asks in 2 h"),
        ({"status": "Falhou"}, "✗ Falhou"),
        ({"status": "Concluido"}, "✓ done, its work goes on"),
        ({"status": "Concluido", "recurso": "gpu"}, "□ not there"),
    ],
)
def test_how_a_cause_stands(fields: dict[str, Any], standing: str) -> None:
    model = model_of([item(1, "orcar_spec", "x", **fields)])
    assert content.standing(Causes(model).cause("BKL-0001"), NOW)[0] == standing


def test_why_no_decision_names_whose_turn_it_is() -> None:
    causes = Causes(blocked_model())

    def why(ref: str) -> str:
        return content.why_no_decision(causes.cause(ref), causes.root(ref))

    assert why("BKL-0007") == ""
    assert why("spec:pedido") == "spec:pedido waits for PROMETHEUS, not for you"
    assert why("BKL-0017") == "BKL-0017 waits for itself in a circle: nothing asks about it"
    assert why("cap:gpu") == "cap:gpu waits for nothing that you can answer"
    assert content.why_no_decision(None, None) == ""


# The screen


def test_opening_closing_and_going_up(make_app: Make) -> None:
    app = make_app(FakePort(blocked_model()))

    async def scenario(pilot: Any, screen: BlockedScreen) -> None:
        table = screen.query_one(VirtualTable)
        await pilot.press("C")
        assert keys(screen) == [row.id for row in app.model.bloqueados]
        await pilot.press("down", "right")
        assert keys(screen)[1:3] == ["BKL-0007", "BKL-0007 BKL-0006"]
        await pilot.press("l", "l", "l")
        assert table.cursor_row.key == "BKL-0007 BKL-0006 BKL-0009"
        await pilot.press("l")
        assert toasts(app)[-1] == "It waits for nothing else"
        await pilot.press("left")
        assert table.cursor_row.key == "BKL-0007 BKL-0006"
        await pilot.press("h", "h")
        assert table.cursor_row.key == "BKL-0007"
        await pilot.press("h", "h")
        assert keys(screen) == [row.id for row in app.model.bloqueados]
        assert toasts(app)[-1] == "Nothing of it is shown"
        await pilot.press("E")
        assert len(keys(screen)) == 21
        table.select("BKL-0010 spec:pedido BKL-0011")
        await pilot.press("C")
        assert table.cursor_row.key == "BKL-0010"

    in_blocked(app, scenario)


def test_the_decision_is_the_root_cause_of_the_line(make_app: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(FakePort(blocked_model()))
    opened: list[str] = []

    async def scenario(pilot: Any, screen: BlockedScreen) -> None:
        monkeypatch.setattr(app, "open_decision", opened.append)
        table = screen.query_one(VirtualTable)
        for key in ("BKL-0007", "BKL-0007 BKL-0006", "BKL-0007 BKL-0006 BKL-0009", "BKL-0012", "BKL-0010"):
            table.select(key)
            await pilot.press("a")
        assert opened == ["BKL-0009", "BKL-0009", "BKL-0009", "BKL-0014", "BKL-0009"]
        table.select("BKL-0010 spec:pedido")
        await pilot.press("a")
        assert len(opened) == 5
        assert toasts(app)[-1] == "spec:pedido waits for PROMETHEUS, not for you"

    in_blocked(app, scenario)


def test_enter_opens_the_item_and_y_copies_its_id(make_app: Make) -> None:
    app = make_app(FakePort(blocked_model()))

    async def scenario(pilot: Any, screen: BlockedScreen) -> None:
        table = screen.query_one(VirtualTable)
        table.select("BKL-0016 spec:fiscal")
        await pilot.press("enter", "y")
        assert toasts(app) == ["spec:fiscal is no item: there is nothing to open", "Copied spec:fiscal"]
        table.select("BKL-0010 spec:pedido")
        await pilot.press("y", "enter")
        assert toasts(app)[-1] == "Copied BKL-0011"
        await until(pilot, lambda: isinstance(app.screen, ItemScreen))
        assert app.screen.item_id == "BKL-0011"

    in_blocked(app, scenario)


def test_the_filter_looks_in_causes_and_a_facet_joins_it(make_app: Make) -> None:
    app = make_app(FakePort(blocked_model()))

    async def scenario(pilot: Any, screen: BlockedScreen) -> None:
        await pilot.press("slash", *"chave-a", "enter")
        assert [key for key in keys(screen) if " " not in key] == ["BKL-0007", "BKL-0010"]
        await pilot.press("slash", *" spec:contrato")
        assert [key for key in keys(screen) if " " not in key] == ["BKL-0010"]
        await pilot.press("escape")
        assert len(keys(screen)) == 21
        await pilot.press("f", *"implantar", "enter")
        await until(pilot, lambda: screen.filter.value == "tipo:implantar")
        assert [key for key in keys(screen) if " " not in key] == ["BKL-0012", "BKL-0017", "BKL-0018"]
        await pilot.press("escape", "slash", *"xyz")
        assert screen.has_class("-empty")

    in_blocked(app, scenario)


def test_a_new_model_keeps_what_is_open_and_where_the_cursor_is(make_app: Make) -> None:
    port = FakePort(blocked_model())
    app = make_app(port)

    async def scenario(pilot: Any, screen: BlockedScreen) -> None:
        table = screen.query_one(VirtualTable)
        await pilot.press("C")
        table.select("BKL-0007")
        await pilot.press("right", "down")
        rows = [replace(row, humano=False) if row.id == "BKL-0009" else row for row in blocked_items()]
        fresh = replace(model_of(rows), bloqueados=app.model.bloqueados, specs=app.model.specs)
        published = port.publish(itens=fresh.itens, decisoes=fresh.decisoes)
        await until(pilot, lambda: screen._source is published)
        assert table.cursor_row.key == "BKL-0007 BKL-0006"
        assert screen.decision_at_cursor() is None
        assert "MS_Produto, not for you" in screen.why_no_decision()

    in_blocked(app, scenario)


def test_refreshes_take_at_most_a_tenth_of_the_time(make_app: Make) -> None:
    port = FakePort(blocked_model())
    app = make_app(port)

    async def scenario(pilot: Any, screen: BlockedScreen) -> None:
        screen.pace.free_at = app.clock.monotonic() + 0.05
        port.publish(itens=list(app.model.itens), bloqueados=app.model.bloqueados[:2])
        await until(pilot, lambda: screen.pace.late)
        assert len([key for key in keys(screen) if " " not in key]) == 7
        clock = app.clock
        assert isinstance(clock, FakeClock)
        clock.advance(1)
        await until(pilot, lambda: len([key for key in keys(screen) if " " not in key]) == 2)

    in_blocked(app, scenario)


def test_ten_thousand_behind_one_gap_answer_keys_at_once(make_app: Make) -> None:
    app = make_app(FakePort(many_blocked(10_000)))

    async def scenario(pilot: Any, screen: BlockedScreen) -> None:
        assert len(keys(screen)) == 10_000
        started = time.process_time()
        await pilot.press("G", "right", "down", "slash", *"spec-999")
        assert time.process_time() - started < 5
        assert len([key for key in keys(screen) if " " not in key]) == 11
        await pilot.press("escape", "E")
        assert toasts(app)[-1] == "10.000 are too many to open at once: filter them first"
        assert screen.decision_at_cursor() == "BKL-0002"
        assert ALL_ITEMS < 10_000

    in_blocked(app, scenario)


def test_nothing_blocked_says_why_each_key_does_nothing(make_app: Make) -> None:
    app = make_app(FakePort(empty_model()))

    async def scenario(pilot: Any, screen: BlockedScreen) -> None:
        await pilot.press("right", "left", "y", "f", "enter")
        under = "There is nothing under the cursor"
        assert toasts(app) == [under, "Nothing is blocked", "There is nothing in this list"]
        assert screen.decision_at_cursor() is None

    in_blocked(app, scenario)
