"""Actors at work: what each job does, pausing and running one, what one did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from frame_kit import FakePort, loaded, run, until
from models import NOW, before, empty_model, item
from trouble_models import ATTACHED, actor_rows, actors_model, attempt

from app.tui import OficinaApp
from screens import actors_content as content
from screens.actors import ActorsScreen
from screens.evidence.usage import usage_words
from screens.item import ItemScreen
from screens.widgets.panel import Panel
from screens.widgets.virtual_table import VirtualTable
from store.views.actors import KEPT
from store.views.model import ActorRow, BreakerRow, LineState, ReadModel, RunningRow

Make = Callable[..., OficinaApp]
WIDTH = 60


def in_actors(
    app: OficinaApp, scenario: Callable[[Any, VirtualTable[ActorRow]], Any], size: tuple[int, int] = (120, 40)
) -> None:
    async def main() -> None:
        async with app.run_test(size=size) as pilot:
            await loaded(pilot)
            await pilot.press("7")
            await until(pilot, lambda: isinstance(app.screen, ActorsScreen) and app.screen._shown is not None)
            await pilot.pause()
            await scenario(pilot, app.screen.query_one(VirtualTable))

    run(main)


def toasts(app: OficinaApp) -> list[str]:
    return [note.message for note in app._notifications]


def named(model: ReadModel, nome: str) -> ActorRow:
    return next(row for row in model.atores if row.nome == nome)


# The words


def test_a_row_tells_state_queue_and_counts() -> None:
    model = actors_model()
    shown = [cell.text for cell in content.cells(named(model, "PROMETHEUS"), model.recuos, NOW)]
    assert shown == [
        "PROMETHEUS", "pricing, build, bug fix", "● working", "3", "2/2", "4 s", "26 s", "41", "6", "4", "1"
    ]  # fmt: skip
    person = [cell.text for cell in content.cells(named(model, "MS_Produto"), model.recuos, NOW)]
    assert person[2:] == ["◆ a person", "3", "·", "·", "·", "9", "·", "·", "·"]
    late = replace(named(model, "sondas"), proxima=before(3))
    assert content.cells(late, (), NOW)[6].text == "now"


def test_an_hour_is_counted_as_far_as_attempts_are_kept() -> None:
    tries = tuple(attempt(1, age) for age in range(KEPT))
    assert content.per_hour(tries, NOW) == f"{KEPT}+"
    assert content.per_hour(tries[:3], NOW) == "3"
    assert content.per_hour((attempt(1, 3601),), NOW) == "·"


def facts(row: ActorRow, *recuos: Any) -> str:
    return "\n".join(line.plain for line in content.facts(row, recuos, NOW, WIDTH, {}))


def test_the_facts_say_what_keeps_an_actor() -> None:
    model = actors_model()
    told = facts(named(model, "PROMETHEUS"), *model.recuos)
    assert "1 item; BKL-0015 tries again in 1 m" in told
    assert "41 done, 5 failed, 1 lost · 13 % failed (n=47)" in told
    assert "Dead letters 1" in told
    breaker = facts(named(model, "AGENTE"))
    assert "open, 5 failures" in breaker
    assert "tries one in 5 m" in breaker
    assert "command not found" in breaker
    half = replace(named(model, "AGENTE"), disjuntores=(BreakerRow("x", "meio_aberto", 1, before(60)),))
    assert "half open, 1 failure   since 1 m ago" in facts(half)
    closed = replace(half, disjuntores=(BreakerRow("x", "fechado", 2),))
    assert "closed, 2 failures" in facts(closed)
    assert "Queue" not in facts(named(model, "sondas"))


def test_what_cannot_be_begun_yet_is_not_in_the_queue() -> None:
    row = replace(
        named(actors_model(), "PROMETHEUS"), mais_tarde=(before(1), before(-60)), retidos=1, de_pessoa=3
    )
    assert content.cells(row, (), NOW)[3].text == "2"
    assert "2 waiting · 1 later · 1 held for their task · 3 for a person" in " ".join(facts(row).split())


def test_an_item_whose_time_has_come_is_not_in_backoff() -> None:
    row = named(actors_model(), "PROMETHEUS")
    due, other = item(1, "t", "x", disponivel_em=before(1)), item(2, "t", "x", ator="GENESIS")
    assert content.backing_off(row, [due, other], NOW) == []


def test_what_runs_tells_its_use() -> None:
    drawn = content.running(actors_model(), "PROMETHEUS", NOW)
    first, second = (["".join(line.plain for line in entry.draw(WIDTH)[2:])] for entry in drawn.entries)
    assert first == ["  12.300 tokens · 3 turns · R$ 0,43"]
    assert "84 % of its cost used" in drawn.entries[0].draw(WIDTH)[1].plain
    assert second == ["  model use not metered"]
    bare = RunningRow("BKL-0004", "t", "x", "GENESIS", "", "", NOW, None)
    plain = content.running(replace(actors_model(), rodando=[bare]), "GENESIS", NOW)
    assert len(plain.entries[0].draw(WIDTH)) == 2


@pytest.mark.parametrize(
    ("uso", "words"),
    [
        (None, []),
        ({"tokens": 1, "turnos": 1, "medido": True}, ["1 token", "1 turn"]),
        ({"custo": {"llm": None, "infra": "0.001"}, "cpu_s": 1.5}, ["R$ < 0,01", "cpu 1,5 s"]),
        ({"peak_rss_mb": 48.2, "medido": False}, ["48 MB", "model use not metered"]),
        ({"apis": {"correios": 2, "cep": 1}, "custo": {"apis": "0.04"}}, ["R$ 0,04", "3 API calls"]),
    ],
)
def test_usage_in_words(uso: dict[str, Any] | None, words: list[str]) -> None:
    assert usage_words(uso) == words


def test_the_summary_names_what_is_not_as_usual() -> None:
    assert content.summary_line(actors_model(), 100).plain == (
        "6 actors and jobs   ● working 1   ‖ paused 1   ✗ breaker open 1"
    )
    paused = actors_model(linha=LineState(modo="paused", carregado=True))
    assert content.summary_line(paused, 120).plain.endswith("the line is paused")
    assert "their jobs run in tui:4711" in content.summary_line(actors_model(linha=ATTACHED), 120).plain


# The screen


def test_one_actor_is_paused_goes_on_and_runs_now(make_app: Make) -> None:
    port = FakePort(actors_model())
    app = make_app(port)

    async def scenario(pilot: Any, table: VirtualTable[ActorRow]) -> None:
        table.select("PROMETHEUS")
        await pilot.press("p", "r")
        table.select("GENESIS")
        await pilot.press("p")
        assert port.calls == [
            ("pause_actor", "PROMETHEUS"),
            ("run_actor", "PROMETHEUS"),
            ("resume_actor", "GENESIS"),
        ]
        assert toasts(app) == [
            "PROMETHEUS starts nothing new; p lets it go on",
            "PROMETHEUS looks for work now",
            "GENESIS goes on",
        ]
        port.refuses = "the line is stopping"
        await pilot.press("r")
        assert toasts(app)[-1] == "the line is stopping"

    in_actors(app, scenario)


def test_what_has_no_job_here_says_why(make_app: Make) -> None:
    rows = [
        *actor_rows(),
        ActorRow("Longe", estado="elsewhere", tipos=(("x", "builtin"),)),
        ActorRow("Nada", estado="off"),
    ]
    port = FakePort(actors_model(atores=rows))
    app = make_app(port)

    async def scenario(pilot: Any, table: VirtualTable[ActorRow]) -> None:
        for nome in ("MS_Produto", "Longe", "Nada"):
            table.select(nome)
            await pilot.press("p")
        port.publish(linha=LineState(modo="viewing", carregado=True))
        await until(pilot, lambda: app.model.linha.modo == "viewing")
        table.select("Longe")
        await pilot.press("r")
        assert port.calls == []
        assert toasts(app) == [
            "Its job runs in tui:4711",
            "Nada has no job in this process",
            "The line does not run here",
        ]

    in_actors(app, scenario)


def test_the_panes_are_those_of_the_actor_under_the_cursor(make_app: Make) -> None:
    app = make_app(FakePort(actors_model()))

    async def scenario(pilot: Any, table: VirtualTable[ActorRow]) -> None:
        running, attempts = app.screen.query_one("#running", Panel), app.screen.query_one("#attempts", Panel)
        assert (running.entries, attempts.entries) == ((), ())
        table.select("PROMETHEUS")
        await until(pilot, lambda: len(attempts.entries) == 5)
        await pilot.press("enter")
        assert app.focused is running
        await pilot.press("down", "y", "tab", "down", "down", "y")
        assert app.focused is attempts
        await pilot.press("tab", "y")
        assert app.focused is table
        assert toasts(app) == ["Copied BKL-0011", "Copied BKL-0008", "Copied PROMETHEUS"]
        await pilot.press("shift+tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, ItemScreen))
        assert app.screen.item_id == "BKL-0008"

    in_actors(app, scenario)


def test_on_a_narrow_screen_both_panes_are_one(make_app: Make) -> None:
    app = make_app(FakePort(actors_model()))

    async def scenario(pilot: Any, table: VirtualTable[ActorRow]) -> None:
        table.select("PROMETHEUS")
        pane = app.screen.query_one("#running", Panel)
        await until(pilot, lambda: len(pane.entries) == 7)
        await pilot.press("enter", "end", "y")
        assert toasts(app) == ["Copied BKL-0002"]
        await pilot.press("tab")
        assert app.focused is table

    in_actors(app, scenario, (80, 24))


def test_a_job_s_run_changes_only_its_row(make_app: Make) -> None:
    port = FakePort(actors_model())
    app = make_app(port)

    async def scenario(pilot: Any, table: VirtualTable[ActorRow]) -> None:
        table.select("AGENTE")
        rows = [replace(row, ultima=NOW) if row.nome == "PROMETHEUS" else row for row in app.model.atores]
        published = port.publish(atores=rows)
        await until(pilot, lambda: app.screen._shown is published)
        assert table.cursor_row is not None
        assert table.cursor_row.nome == "AGENTE"

    in_actors(app, scenario)


def test_before_the_line_is_there_nothing_can_be_paused(make_app: Make) -> None:
    app = make_app(FakePort(empty_model()))

    async def scenario(pilot: Any, table: VirtualTable[ActorRow]) -> None:
        await pilot.press("p", "y")
        assert toasts(app) == ["There is no actor under the cursor", "There is nothing under the cursor"]
        assert app.screen.has_class("-empty")

    in_actors(app, scenario)
