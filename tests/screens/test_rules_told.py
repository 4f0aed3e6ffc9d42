"""What a rule has answered is told while it can be taken back, but not instead of the owner's own answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import details as docs
from harness import SmallApp, opened, scenario, until
from test_decisions_prompts import SIZE

from screens.rules_told import RuleWatch
from store.clock import add_seconds
from store.views.model import LineState, ReadModel, RuleAnswer

LOADED = LineState(modo="running", carregado=True)


def answer(n: int, undo_s: float = 5.0, regra: str = "pequena") -> RuleAnswer:
    until = add_seconds(docs.NOW, undo_s) if undo_s else ""
    return RuleAnswer(f"DEC-{n:04d}", f"BKL-{n:04d}", regra, "aprovar", until)


def model(*answers: RuleAnswer) -> ReadModel:
    return ReadModel(linha=LOADED, por_regra=answers)


def test_what_was_answered_before_the_screen_was_opened_is_not_told() -> None:
    watch = RuleWatch()
    assert watch.take(ReadModel(), docs.NOW) is None
    assert watch.take(model(answer(1)), docs.NOW) is None
    told = watch.take(model(answer(1), answer(2)), docs.NOW)
    assert told is not None
    assert (told.decisoes, told.itens, told.undo_s) == (("DEC-0002",), ("BKL-0002",), 5.0)
    assert told.name == "politica:pequena: aprovar · BKL-0002"
    assert watch.take(model(answer(1), answer(2)), docs.NOW) is None


def test_several_are_told_together_with_the_shortest_way_back() -> None:
    watch = RuleWatch()
    watch.take(model(), docs.NOW)
    told = watch.take(model(answer(1), answer(2, 3.0, "outra")), docs.NOW)
    assert told is not None
    assert (told.name, told.undo_s) == ("2 decisions by rule (pequena, outra)", 3.0)
    told = watch.take(model(answer(3), answer(4, 0.0)), docs.NOW)
    assert told is not None
    assert told.undo_s == 0.0, "headless, nothing can be taken back in time"


def publish(app: Any, *answers: RuleAnswer) -> None:
    app.model = replace(app.model, seq=app.model.seq + 1, por_regra=answers)
    app.pump.take(app.model)


@scenario
async def test_a_rules_answer_is_told_and_u_takes_it_back() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        publish(app)
        publish(app, answer(42))
        assert app.toasts[-1].startswith("politica:pequena: aprovar · BKL-0042\nu takes it back")
        app.pump.undo()
        await until(pilot, lambda: app.port.undone == ["DEC-0042"])
        await until(
            pilot, lambda: app.said[-1:] == ["Taken back, open again: politica:pequena: aprovar · BKL-0042"]
        )


@scenario
async def test_the_owners_own_way_back_is_kept() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        publish(app)
        app.pump.ask("BKL-0042")
        await opened(pilot)
        app.clock.advance(1)
        await pilot.press("y")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        publish(app, answer(7))
        assert app.said[-1] == "politica:pequena: aprovar · BKL-0007"
        app.pump.undo()
        await until(pilot, lambda: app.port.undone == ["DEC-0001"])


@scenario
async def test_under_a_modal_nothing_is_told() -> None:
    app = SmallApp(docs.budget())
    async with app.run_test(size=SIZE) as pilot:
        publish(app)
        app.pump.ask("BKL-0042")
        await opened(pilot)
        before = list(app.toasts)
        publish(app, answer(7))
        assert app.toasts == before
        assert app.pump.why_no_undo()
