"""What an answer will do stands beside it, before it is given; what can't be answered now says why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import details as docs
import pytest
from harness import SmallApp, opened, scenario, until
from test_decisions_dialog import ask, problem
from textual.widgets import Static

from screens.decisions import preview
from screens.dialogs.batch import BatchDialog
from screens.dialogs.options import AnswerLine
from screens.evidence.batch import common_options
from store.views.effects import LINES
from store.views.model import ItemDetail, Option

RETRY = Option(
    "tentar_novamente",
    "r",
    "retry",
    "BKL-0007 goes back to the queue",
    previa=("returns BKL-0007 to the queue: Deploy REL-0001",),
)
SKIP = Option(
    "pular",
    "k",
    "skip",
    "whoever waits goes on without it",
    exige_motivo=True,
    perigosa=True,
    previa=(
        "skips BKL-0007: Deploy REL-0001",
        *(f"releases BKL-00{n}: Mend [red]b{n}" for n in range(10, 20)),
    ),
)
BACK = Option(
    "voltar_dev",
    "b",
    "develop again",
    "gives later work up, and builds it anew",
    exige_motivo=True,
    perigosa=True,
    indisponivel="no desenvolvimento or corrigir_bug ended well before BKL-0007",
)


def failed(**over: Any) -> ItemDetail:
    return docs.failure(**{"opcoes": (RETRY, BACK, SKIP), **over})


def line_of(dialog: Any, nome: str) -> AnswerLine:
    return next(line for line in dialog.query(AnswerLine) if line.answer.name == nome)


def shown(line: AnswerLine) -> str:
    return line.render().plain


@scenario
async def test_the_answer_under_the_focus_says_what_it_will_do() -> None:
    app = SmallApp(failed())
    async with app.run_test(size=(100, 50)) as pilot:
        dialog = await ask(pilot)
        retry = line_of(dialog, "tentar_novamente")
        assert "returns BKL-0007" not in shown(retry)
        retry.focus()
        await until(pilot, lambda: "· returns BKL-0007 to the queue: Deploy REL-0001" in shown(retry))
        skip = line_of(dialog, "pular")
        skip.focus()
        await until(pilot, lambda: "· releases BKL-0019: Mend [red]b19" in shown(skip))
        assert "returns BKL-0007" not in shown(retry)


@scenario
async def test_a_low_screen_shows_as_much_of_it_as_leaves_every_answer_visible() -> None:
    app = SmallApp(failed())
    async with app.run_test(size=(80, 24)) as pilot:
        dialog = await ask(pilot)
        skip = line_of(dialog, "pular")
        skip.focus()
        await until(pilot, lambda: "· and more" in shown(skip))
        await pilot.pause()
        assert shown(skip).count("·") == 3
        for line in dialog.query(AnswerLine):
            assert app.screen.region.contains_region(line.region), line.answer


@scenario
async def test_it_stays_while_the_reason_is_written() -> None:
    app = SmallApp(failed())
    async with app.run_test(size=(100, 50)) as pilot:
        dialog = await ask(pilot)
        await pilot.press("k")
        await until(pilot, lambda: dialog.asked.asking)
        assert "· releases BKL-0010" in shown(line_of(dialog, "pular"))
        await pilot.press(*"sem alvo", "enter")
        await until(pilot, lambda: bool(app.port.decided))
        assert app.port.decided[0][1:3] == ("pular", "sem alvo")


@scenario
async def test_what_cannot_be_answered_now_is_grey_says_why_and_does_nothing() -> None:
    app = SmallApp(failed())
    async with app.run_test(size=(80, 24)) as pilot:
        dialog = await ask(pilot)
        back = line_of(dialog, "voltar_dev")
        assert back.has_class("-unavailable")
        assert not back.has_class("-dangerous")
        assert "not now: no desenvolvimento" in shown(back)
        await pilot.press("b")
        await until(pilot, lambda: "no desenvolvimento or corrigir_bug ended well" in problem(dialog))
        assert not dialog.asked.asking
        back.focus()
        await pilot.press("enter")
        assert app.screen is dialog
        assert app.port.decided == []


def test_the_page_beside_the_inbox_tells_it_all() -> None:
    told = "\n".join(line.plain for line in preview(failed(), docs.NOW, 90))
    assert "· releases BKL-0019: Mend [red]b19" in told
    assert "b  develop again is not possible now: no desenvolvimento" in told


def alike() -> list[ItemDetail]:
    able = replace(BACK, indisponivel="", previa=("produces desenvolvimento: Develop frete",))
    one = failed(item={**dict(failed().item), "id": "BKL-0050"}, opcoes=(RETRY, BACK, SKIP))
    other = failed(item={**dict(failed().item), "id": "BKL-0051"}, opcoes=(RETRY, able, SKIP))
    return [one, other]


def test_together_an_answer_does_what_it_does_to_each() -> None:
    retry, back, skip = common_options(alike())
    assert retry.previa == RETRY.previa, "what is the same is said once"
    assert (back.indisponivel, back.previa) == ("", ("produces desenvolvimento: Develop frete",))
    assert back.efeito.endswith("(not for 1 of 2)")
    assert skip.previa == SKIP.previa
    many = [
        failed(opcoes=(replace(SKIP, previa=tuple(f"releases {n}-{m}" for m in range(8))),)) for n in range(3)
    ]
    assert common_options(many)[0].previa[LINES:] == (f"and {24 - LINES} more",)
    assert common_options([failed(), failed()])[1].indisponivel == BACK.indisponivel


@pytest.mark.parametrize("key", ["r", "k"])
def test_several_failures_are_answered_together(key: str) -> None:
    @scenario
    async def look() -> None:
        app = SmallApp(*alike())
        async with app.run_test(size=(80, 30)) as pilot:
            app.pump.ask_several(["BKL-0050", "BKL-0051"])
            dialog = await opened(pilot)
            assert isinstance(dialog, BatchDialog)
            await pilot.press(key)
            if key == "k":
                await pilot.press(*"sem alvo", "enter", *"pular", "enter")
            await until(pilot, lambda: len(app.port.decided) == 2)
            assert [entry[0] for entry in app.port.decided] == ["BKL-0050", "BKL-0051"]

    look()


@scenario
async def test_what_none_of_several_allows_does_nothing() -> None:
    app = SmallApp(*(replace(each, opcoes=(RETRY, BACK)) for each in alike()))
    async with app.run_test(size=(80, 30)) as pilot:
        app.pump.ask_several(["BKL-0050", "BKL-0051"])
        dialog = await opened(pilot)
        await pilot.press("b")
        await until(pilot, lambda: "is not possible now" in problem(dialog))
        assert app.port.decided == []
        assert str(dialog.query_one("#problem", Static).render())


def open_on(*keys: str) -> Any:
    async def before(pilot: Any) -> None:
        pilot.app.pump.ask("BKL-0042")
        await opened(pilot)
        await pilot.press(*keys)
        await pilot.pause()

    return before


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=lambda value: f"{value[0]}x{value[1]}")
def test_preview_looks(snap_compare: Any, size: tuple[int, int]) -> None:
    """Look whether the effects stand under the answer in focus, and the greyed answer says why."""
    assert snap_compare(SmallApp(failed()), terminal_size=size, run_before=open_on("up", "up"))
