"""Failures at work: attempts side by side, what answers do, several at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from frame_kit import FakePort, loaded, run, until
from models import NOW, empty_model
from trouble_models import ANSWERS, attempt_documents, failure_details, failures_model, outputs

from app.tui import OficinaApp
from screens import attempts_content as attempts
from screens.dialogs.viewer import Viewer
from screens.failures import FailuresScreen
from screens.item import ItemScreen
from screens.widgets.sheet import Sheet
from screens.widgets.virtual_table import VirtualTable
from store.errors import BacklogError
from store.views.failures import attempts_of
from store.views.model import ItemDetail, ItemRow

Make = Callable[..., OficinaApp]


def bench(count: int, **fields: Any) -> attempts.Bench:
    tries = tuple(attempts_of({"tentativas": attempt_documents(count)}))
    return attempts.Bench(**{"motivo": "timed out", "tentativas": tries, "saidas": outputs(count), **fields})


def page(made: attempts.Bench, width: int) -> list[str]:
    return [line.plain.rstrip() for line in attempts.page(made, NOW, width)]


# The page


@pytest.mark.parametrize(
    ("total", "first", "width", "shown"),
    [
        (4, 4, 116, (1, 4)),
        (4, 0, 116, (0, 3)),
        (4, -3, 116, (0, 3)),
        (2, 2, 116, (0, 2)),
        (4, 4, 84, (2, 4)),
        (4, 4, 83, (0, 4)),
        (0, 0, 116, (0, 0)),
    ],
)
def test_as_many_attempts_stand_beside_each_other_as_have_room(
    total: int, first: int, width: int, shown: tuple[int, int]
) -> None:
    assert attempts.window(total, first, width) == shown


def test_what_is_to_be_compared_stands_on_one_line() -> None:
    lines = page(bench(4, first=4), 116)
    assert lines[0] == "timed out"  # the last attempt says it otherwise
    heads = next(line for line in lines if "worker lost" in line)
    assert heads.split() == ["2", "✗", "failed", "3", "✗", "worker", "lost", "4", "✗", "failed"]
    assert "2–4 of 4, ← → show the others" in "\n".join(lines)
    errors = next(line for line in lines if line.startswith("error"))
    assert errors.split() == ["error", "error"]
    assert next(line for line in lines if line.startswith("output")).split() == ["output"] * 3
    assert all(len(line) <= 116 for line in lines)


def test_on_a_narrow_page_they_stand_under_each_other_newest_first() -> None:
    lines = page(bench(3), 60)
    heads = [line for line in lines if "PROMETHEUS" in line]
    assert [line[0] for line in heads] == ["3", "2", "1"]
    assert lines.count("no usage was reported") == 1
    assert lines.count("output") == 3
    assert all(len(line) <= 60 for line in lines)


def test_the_end_of_an_output_is_shown_and_says_what_is_before_it() -> None:
    text = "\n".join(page(bench(1), 60))
    assert "… 27 lines before" in text
    assert "test_30 ok" in text
    assert "\x1b" not in text
    assert "[/x] hangs" in text
    assert "reading …" in "\n".join(page(bench(1, saidas={}), 60))
    kept = {**attempt_documents(1)[0], "saida_ref": "", "fim_motivo": None}
    running = bench(1, tentativas=tuple(attempts_of({"tentativas": [kept]})))
    assert "none was kept" in "\n".join(page(running, 60))
    assert "● running" in "\n".join(page(running, 60))


def test_each_answer_tells_what_it_does_before_it_is_given() -> None:
    lines = page(bench(1, opcoes=ANSWERS, pergunta="BKL-0050"), 100)
    at = lines.index("Answers  a opens BKL-0050")
    assert lines[at + 1 : at + 5] == [
        "r  retry  BKL-0008 goes back to the queue with fresh retries",
        "   returns BKL-0008 desenvolvimento to the queue",
        "o  ask the budget again  the budget of this version was never approved",
        "k  skip  whoever waits for BKL-0008 goes on without it",
    ]
    assert "nothing is asked about it" in page(bench(1), 100)[-1]
    assert "BKL-0050 is not to be answered now" in page(bench(1, pergunta="BKL-0050"), 100)[-1]
    assert page(bench(1, motivo="timed out after 1800 s"), 100)[0] == "Attempts  oldest first"
    empty = page(bench(0, motivo=""), 100)
    assert empty[0] == "no reason was recorded"
    assert "No attempt was made" in empty[2]


# The screen


def in_failures(
    app: OficinaApp, scenario: Callable[[Any, VirtualTable[ItemRow]], Any], size: tuple[int, int] = (120, 40)
) -> None:
    async def main() -> None:
        async with app.run_test(size=size) as pilot:
            await loaded(pilot)
            await pilot.press("9")
            await until(
                pilot, lambda: isinstance(app.screen, FailuresScreen) and app.screen._shown is not None
            )
            await pilot.pause()
            await scenario(pilot, app.screen.query_one(VirtualTable))

    run(main)


def failing(count: int = 5, tries: int = 4) -> FakePort:
    port = FakePort(failures_model(count))
    port.details.update(failure_details(tries))
    port.artifacts.update(outputs(tries))
    return port


def text(app: OficinaApp) -> str:
    return app.screen.query_one("#bench-page", Sheet).text


def toasts(app: OficinaApp) -> list[str]:
    return [note.message for note in app._notifications]


def test_the_attempts_of_the_one_under_the_cursor_come_with_answers_and_outputs(make_app: Make) -> None:
    app = make_app(failing())

    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        await until(pilot, lambda: "test_30 ok" in text(app))
        assert "releases BKL-0012" in text(app)
        await pilot.press("down")
        await until(pilot, lambda: "No attempt was made" in text(app))
        await pilot.press("up")
        await until(pilot, lambda: "test_30 ok" in text(app))

    in_failures(app, scenario)


def test_arrows_go_through_the_attempts(make_app: Make) -> None:
    app = make_app(failing())

    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        await until(pilot, lambda: "2–4 of 4" in text(app))
        await pilot.press("right")
        assert toasts(app) == ["There is no attempt after these"]
        await pilot.press("left")
        assert "1–3 of 4" in text(app)
        await pilot.press("h")
        assert toasts(app)[-1] == "There is no attempt before these"
        await pilot.press("l")
        assert "2–4 of 4" in text(app)

    in_failures(app, scenario)


def test_all_the_output_is_a_key_away(make_app: Make) -> None:
    app = make_app(failing())

    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        await until(pilot, lambda: "test_30 ok" in text(app))
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, Viewer))
        shown = app.screen.query_one(Sheet).text
        assert "attempt 4" in shown
        assert "test_01 ok" in shown
        await pilot.press("escape", "down", "o")
        await until(pilot, lambda: bool(toasts(app)))
        assert toasts(app)[-1] == "No output was kept of the attempts that are shown"

    in_failures(app, scenario)


def test_the_question_about_it_is_what_a_opens(make_app: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(failing())
    opened: list[str] = []

    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        monkeypatch.setattr(app, "open_decision", opened.append)
        await pilot.press("a", "down", "a")
        table.select("BKL-0063")
        await pilot.press("a")
        assert opened == ["BKL-0050", "BKL-0081"]
        assert toasts(app) == ["Nothing is asked about BKL-0063"]
        await pilot.press("y", "enter")
        await until(pilot, lambda: isinstance(app.screen, ItemScreen))
        assert toasts(app)[-1] == "Copied BKL-0063"

    in_failures(app, scenario)


def test_the_marked_ones_are_decided_together(make_app: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(failing())
    asked: list[tuple[list[str], str]] = []

    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        assert app.prompts is not None
        monkeypatch.setattr(app.prompts, "ask_several", lambda ids, note="": asked.append((list(ids), note)))
        await pilot.press("A")
        assert toasts(app) == ["Mark failures with space first"]
        await pilot.press("space", "space", "space", "A")
        assert asked == [(["BKL-0050", "BKL-0081", "BKL-0082"], "")]
        await pilot.press("space", "A")
        assert asked[-1][1] == "1 marked one asks nothing: left out"
        await pilot.press("escape")
        assert table.marks == frozenset()
        table.select("BKL-0063")
        await pilot.press("space", "A")
        assert toasts(app)[-1] == "Nothing is asked about the marked ones"
        await pilot.press("escape", "escape")
        assert toasts(app)[-1] == "Nothing is marked"

    in_failures(app, scenario)


def test_the_page_is_scrolled_by_keyboard_and_given_back(make_app: Make) -> None:
    app = make_app(failing())

    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        await until(pilot, lambda: "test_30 ok" in text(app))
        reader = app.screen.query_one("#bench")
        await pilot.press("tab")
        assert app.focused is reader
        await pilot.press("G")
        await until(pilot, lambda: reader.scroll_offset.y == reader.max_scroll_y > 0)
        await pilot.press("tab")
        assert app.focused is table

    in_failures(app, scenario)


def test_what_was_answered_leaves_the_list(make_app: Make) -> None:
    port = failing(2)
    app = make_app(port)

    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        await until(pilot, lambda: "BKL-0050" in text(app))
        port.publish(decisoes=[row for row in app.model.decisoes if row.id != "BKL-0050"])
        await until(pilot, lambda: "nothing is asked about it" in text(app))
        port.publish(falhas=())
        await until(pilot, lambda: app.screen.has_class("-empty"))
        assert app.screen.why_no_decision() == ""

    in_failures(app, scenario)


def test_what_can_t_be_read_says_so(make_app: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    port = failing()

    async def refuse(_: str) -> Any:
        raise BacklogError("the artifact 0404 can't be read")

    monkeypatch.setattr(port, "artifact", refuse)
    app = make_app(port)

    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        await until(pilot, lambda: "can't be read" in text(app))

        async def gone(_: str) -> ItemDetail:
            raise BacklogError("there is no item BKL-0061")

        monkeypatch.setattr(port, "detail", gone)
        await pilot.press("down")
        await until(pilot, lambda: "there is no item" in text(app))

    in_failures(app, scenario)


def test_nothing_failed(make_app: Make) -> None:
    app = make_app(FakePort(empty_model()))

    async def scenario(pilot: Any, table: VirtualTable[ItemRow]) -> None:
        await pilot.press("y", "tab")
        assert toasts(app) == ["There is nothing under the cursor", "Nothing has failed"]

    in_failures(app, scenario)
