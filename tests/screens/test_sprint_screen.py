"""Sprint at work: the tree, every key, what is refused, what the forms hand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from frame_kit import FakePort, loaded, run, until
from models import empty_model
from sprint_models import (
    S,
    children,
    document,
    every_state,
    left,
    many,
    sprint_model,
    task,
    view,
)

from app.tui import OficinaApp
from screens.dialogs.chart import ChartDialog
from screens.dialogs.close_sprint import CloseSprintDialog
from screens.dialogs.form import FormDialog
from screens.dialogs.viewer import Viewer
from screens.item import ItemScreen
from screens.picker import Picker
from screens.sprint import SprintScreen
from screens.widgets.chart import ChartView
from screens.widgets.virtual_table import VirtualTable
from store.sprint.closing import Fate, Left
from store.sprint.concluding import Pending, Pulled
from store.views.model import LineState
from store.views.task import TaskDetail

Make = Callable[..., OficinaApp]


class Driver:
    """A running app on the Sprint screen."""

    def __init__(self, pilot: Any, app: OficinaApp, port: FakePort) -> None:
        self.pilot, self.app, self.port = pilot, app, port
        self.screen: SprintScreen = app.screen  # type: ignore[assignment]

    @property
    def table(self) -> VirtualTable[Any]:
        return self.screen.query_one(VirtualTable)

    @property
    def codes(self) -> list[str]:
        return [line.key for line in self.table.rows]

    @property
    def calls(self) -> list[tuple[Any, ...]]:
        return self.port.sprints.calls

    @property
    def said(self) -> list[str]:
        return [note.message for note in self.app._notifications]

    async def rest(self) -> None:
        """Let what was begun come to its end."""
        await self.pilot.pause()
        await self.pilot.app.workers.wait_for_complete()
        await self.pilot.pause()

    def at(self, codigo: str) -> None:
        assert self.table.select(codigo), codigo

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.app.workers.wait_for_complete()
            await self.pilot.pause()

    async def write(self, *fields: str) -> None:
        """Fill a form's fields in order, and hand it in."""
        for index, text in enumerate(fields):
            await self.pilot.press(*(["down"] if index else []), *text)
        await self.press("ctrl+s")


def on_sprint(
    make_app: Make,
    scenario: Callable[[Driver], Any],
    port: FakePort | None = None,
    size: tuple[int, int] = (120, 40),
    **settings: Any,
) -> None:
    found = port or FakePort(sprint_model())
    app = make_app(found, **settings)
    # A notice that is over is not there any more, and the machine may be slow.
    app.__dict__["NOTIFICATION_TIMEOUT"] = 3600.0

    async def main() -> None:
        async with app.run_test(size=size) as pilot:
            await loaded(pilot)
            await pilot.press("2")
            await until(pilot, lambda: isinstance(app.screen, SprintScreen) and app.screen._shown is not None)
            await pilot.pause()
            await scenario(Driver(pilot, app, found))

    run(main)


# The tree


def test_subtasks_are_folded_and_unfolded(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        assert it.codes[:4] == ["T01", "T01.1", "T01.2", "T01.2.1"]
        await it.press("left")
        assert it.codes[:2] == ["T01", "T02"]
        assert it.table.cursor_row.closed
        await it.press("right", "right")
        assert it.table.cursor_row.key == "T01.1"
        it.at("T01.2.1")
        await it.press("left")
        assert it.table.cursor_row.key == "T01.2"
        await it.press("C")
        assert it.table.cursor_row.key == "T01"
        assert not any("." in code for code in it.codes)
        await it.press("E")
        assert len(it.codes) == len(every_state())

    on_sprint(make_app, scenario)


def test_a_filter_shows_what_it_finds_under_what_stands_above(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        await it.press("left", "slash", *"revisar")
        assert it.codes == ["T01", "T01.2", "T01.2.1"]
        assert [line.found for line in it.table.rows] == [False, False, True]
        await it.press("enter", "escape")
        assert it.codes[:2] == ["T01", "T02"]
        await it.press("slash", *"status:waits")
        assert it.codes == ["T01", "T01.2", "T03"]
        await it.press("enter", "escape", "f", *"ana", "enter")
        assert it.screen.filter.value == "ator:Ana"
        assert it.codes == ["T01", "T01.2", "T01.2.1"]

    on_sprint(make_app, scenario)


def test_a_new_model_keeps_cursor_and_folds(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        await it.press("left")
        it.at("T05")
        it.port.publish(sprints=(view((task("T00", "Antes"), *every_state())),))
        await until(it.pilot, lambda: it.codes[0] == "T00")
        assert it.table.cursor_row.key == "T05"
        assert "T01.1" not in it.codes

    on_sprint(make_app, scenario)


def test_the_detail_follows_the_cursor_and_what_is_known(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        it.at("T04")
        await it.rest()
        text = it.screen._sheet.text
        assert "in the backlog: p pulls it" in text
        it.at("T11")
        await it.rest()
        assert "It goes on as S023/T01" in it.screen._sheet.text
        it.at("T02")
        await it.rest()
        assert "To be pulled" in it.screen._sheet.text
        it.port.publish(sprints=(view(filhos=()),))
        await until(it.pilot, lambda: "To be pulled" not in it.screen._sheet.text)
        await it.press("tab")
        assert it.app.focused is it.screen._reader
        await it.press("tab", "d")
        assert not it.screen._reader.display

    on_sprint(make_app, scenario)


def test_the_detail_is_asked_for_on_a_narrow_screen(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        assert not it.screen._reader.display
        await it.press("tab")
        assert it.screen._reader.display
        await it.press("d")
        assert not it.screen._reader.display
        assert it.app.focused is it.table

    on_sprint(make_app, scenario, size=(80, 24))


def test_enter_opens_the_item_or_the_task_itself(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        await it.press("enter")
        assert isinstance(it.app.screen, Viewer)
        await it.press("escape")
        it.at("T07")
        await it.press("enter")
        await until(it.pilot, lambda: isinstance(it.app.screen, ItemScreen))

    on_sprint(make_app, scenario)


def test_the_id_is_copied(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        it.at("T01.1")
        await it.press("y")
        assert it.app.clipboard == f"{S}/T01.1"

    on_sprint(make_app, scenario)


# Start, conclude, pull


REASONS = [
    ("T01", "s", "T01 is done already"),
    ("T02", "s", "T02 was started already"),
    ("T03", "s", "T03 waits for T02 «M0-M3 Epistemologia» (under way)"),
    ("T04", "s", "T04 waits for BKL-0042 «Documentar o guia» (Pendente, in the backlog); p pulls it"),
    ("T06", "s", "T06 is paused by BKL-0008"),
    ("T12", "s", "6 of 6 tasks are under way"),
    ("T12", "c", "T12 is not started: s starts it"),
    ("T07", "c", "T07 is not finished: BKL-0014 is Pendente"),
    ("T01.2", "c", "T01.2 has open subtasks: T01.2.1"),
    ("T12", "p", "T12 waits for nothing in the backlog"),
    ("T07", "b", "T07 is blocked and freed by its item, BKL-0014"),
    ("T12", "b", "T12 is not started"),
    ("T11", "e", "T11 is carried over: it goes on as S023/T01"),
    ("T09", "m", "T09 is cancelled"),
    ("T10", "x", "T10 is returned"),
    ("T01", "K", "T01 is done"),
    ("T12", "J", "T12 is last already"),
    ("T12", "left", "T12 has no subtasks"),
]


def test_what_can_t_be_done_says_why(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        for codigo, key, said in REASONS:
            it.at(codigo)
            it.app.clear_notifications()
            await it.pilot.press(key)
            await it.pilot.pause()
            assert [each for each in it.said if each.startswith(said)], (codigo, key, it.said)
        assert it.calls == []

    on_sprint(make_app, scenario)


def test_a_task_is_started_and_a_blocked_one_goes_on(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        it.at("T12")
        await it.press("s")
        it.at("T05")
        await it.press("s", "b")
        assert it.calls == [("start", S, "T12"), ("start", S, "T05"), ("start", S, "T05")]
        assert it.said == ["T12 is started: Por fazer", "T05 goes on: Guia do usuário", "T05 goes on"]

    on_sprint(make_app, scenario, FakePort(sprint_model(view(wip=9))))


def test_a_refusal_of_the_line_is_one_line(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        it.port.sprints.refuses = "S022 has 2 of 2 tasks under way (T01, T02): conclude one first"
        it.at("T12")
        await it.press("s")
        assert it.said == [it.port.sprints.refuses]

    on_sprint(make_app, scenario, FakePort(sprint_model(view(wip=None))))


def test_concluding_a_person_s_task_hands_in_what_it_came_to(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        it.port.sprints.pulled = (Pulled("T02.1", "Validar spec", "BKL-0050"),)
        it.at("T02")
        await it.press("c")
        await it.write("pronto", "2,5", "a.md, b.md")
        told = {"resultado": "pronto", "horas": "2,5", "anexos": "a.md, b.md"}
        assert it.calls == [("conclude", S, "T02", told)]
        assert it.said == ["T02 is concluded\nPulled: T02.1 Validar spec\nNext: T12"]

    on_sprint(make_app, scenario)


def test_concluding_a_task_with_an_item_needs_no_form_and_many_children_are_counted(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        it.port.sprints.pulled = tuple(Pulled(f"T01.1.{index}", "x", "") for index in range(1, 6))
        it.at("T01.1")
        await it.press("c")
        assert it.calls == [("conclude", S, "T01.1", {})]
        assert it.said[0].splitlines()[1:4] == ["Pulled: T01.1.1 x", "Pulled: T01.1.2 x", "and 3 more"]

    on_sprint(make_app, scenario)


@pytest.mark.parametrize(("prompt", "asked"), [("modal", [("BKL-0044",)]), ("inbox", [])])
def test_what_is_asked_about_is_asked_at_once(make_app: Make, prompt: str, asked: list[Any]) -> None:
    async def scenario(it: Driver) -> None:
        seen: list[Any] = []
        it.app.prompts.ask_several = lambda ids, note="": seen.append(tuple(ids))  # type: ignore
        it.port.sprints.pending = (Pending("BKL-0044", "Aprovação externa", "BKL-0043", "T01.1.1", "why"),)
        it.at("T01.1")
        await it.press("c")
        assert seen == asked

    on_sprint(make_app, scenario, FakePort(sprint_model(decisoes=[])), prompt=prompt)


def test_what_was_left_in_the_backlog_is_told_and_pulled_by_its_name(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        it.at("T01")
        await it.rest()
        told = " ".join(it.screen._sheet.text.split())
        assert "left in the backlog by ana, held: p pulls it" in told
        for words, expected in (("sigla", ("BKL-0047", "T01")), ("notas", ("BKL-0048", ""))):
            it.at("T12")
            await it.press("p", *words, "enter")
            await it.rest()
            assert it.calls[-1] == ("pull", S, *expected)

    on_sprint(make_app, scenario, FakePort(sprint_model(view(deixados=left()))))


def test_it_can_be_pulled_where_there_is_no_task_yet(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        await it.press("p", "down", "enter")
        await it.rest()
        assert it.calls == [("pull", S, "BKL-0048", "")]

    on_sprint(make_app, scenario, FakePort(sprint_model(view([], deixados=left()))))


def test_what_a_task_waits_for_is_pulled_beside_it(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        it.at("T04")
        await it.press("p")
        assert it.calls == [("pull", S, "BKL-0042", "")]
        assert it.said == ["Pulled: T13 Documentar o guia"]

    on_sprint(make_app, scenario)


def test_one_of_several_children_is_picked_and_an_open_question_is_opened(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        seen: list[Any] = []
        it.app.prompts.ask_several = lambda ids, note="": seen.append(tuple(ids))  # type: ignore
        it.at("T01")
        await it.press("p")
        assert seen == [("BKL-0044",)]
        it.at("T02")
        await it.press("p")
        assert isinstance(it.app.screen, Picker)
        await it.press("down", "enter")
        assert it.calls == [("pull", S, "BKL-0046", "T02")]
        assert it.screen.decision_at_cursor() is None
        it.at("T01.2")
        assert it.screen.decision_at_cursor() == "BKL-0003"
        it.at("T01")
        assert it.screen.decision_at_cursor() == "BKL-0044"

    on_sprint(make_app, scenario)


# Add, edit, move, block, cancel


def test_a_task_is_added_with_what_was_written(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        it.at("T01.1")
        await it.press("n")
        await it.write("Falar com Ana", "", "Ana", "3,5", "420,00", "", "T02, BKL-0042")
        ((name, sprint_id, told),) = it.calls
        assert (name, sprint_id) == ("add", S)
        assert told == {
            "titulo": "Falar com Ana", "item": "", "responsavel": "Ana", "horas": "3,5", "custo": "420,00",
            "pai": "T01", "depende_de": "T02, BKL-0042",
        }  # fmt: skip
        assert it.said == ["T13 is added"]
        it.port.publish(sprints=(view((*every_state(), task("T13", "Falar com Ana"))),))
        await until(it.pilot, lambda: it.table.cursor_row.key == "T13")

    on_sprint(make_app, scenario)


def test_what_is_wrong_stays_on_the_form_until_it_is_left(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        it.port.sprints.refuses = "there is no item BKL-9999"
        await it.press("n")
        await it.write("", "9999")
        form = it.app.screen
        assert isinstance(form, FormDialog)
        assert form.query_one("#form-about").render().plain == "there is no item BKL-9999"  # type: ignore
        assert form.query_one("#form-problem").has_class("-shown")
        await it.press("escape")
        assert it.app.screen is it.screen
        assert it.said == []

    on_sprint(make_app, scenario)


def test_only_what_was_changed_is_handed_in_and_an_estimate_whole(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        it.at("T12")
        await it.press("e")
        await it.write("!", "", "5")
        assert it.calls == [("edit", S, "T12", {"titulo": "Por fazer!", "horas": "65", "custo": "720"})]
        await it.press("e", "ctrl+s")
        assert it.said[-1] == "T12 stays as it was"
        it.at("T07")
        await it.press("e")
        assert len(it.app.screen.told) == 1, "an item's title and estimate are its own, and it is started"  # type: ignore

    on_sprint(make_app, scenario)


def test_a_task_is_moved_and_placed(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        it.at("T12")
        await it.press("m")
        await it.write("T02")
        it.at("T03")
        await it.press("K", "J")
        assert it.calls == [
            ("move", S, "T12", {"pai": "T02", "antes_de": "", "para": ""}),
            ("place", S, "T03", "T02"),
            ("place", S, "T04", "T03"),
        ]
        assert it.said == [f"It goes on as {S}/T13"]

    on_sprint(make_app, scenario)


def test_blocking_and_cancelling_want_a_reason(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        it.at("T02")
        await it.press("b")
        await it.write("espera resposta")
        await it.press("x")
        await it.write("não vale")
        assert it.calls == [("block", S, "T02", "espera resposta"), ("cancel", S, "T02", "não vale")]
        assert it.said == ["T02 is blocked", "T02 is cancelled"]

    on_sprint(make_app, scenario)


def test_attachments_are_read(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        await it.press("v")
        assert it.said == ["No file came with T01"]
        file = {"nome": "spec.md", "sha256": "a" * 64, "tamanho": 9}
        it.port.sprints.documents["T02"] = TaskDetail(document(anexos=[file]))
        it.port.artifacts["a" * 64] = "# M0"
        it.at("T02")
        await it.press("v")
        assert isinstance(it.app.screen, Viewer)
        assert "# M0" in it.app.screen._sheet.text

    on_sprint(make_app, scenario)


# Sprints


def test_a_closed_sprint_is_only_shown(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        past = view(estado="encerrada", sprint_id="S021", filhos=())
        it.port.sprints.rows, it.port.sprints.past = [view().sprint, past.sprint], {"S021": past}
        await it.press("o", *"S021", "enter")
        assert it.screen.view is past
        it.at("T12")
        await it.press("s", "n", "X")
        assert set(it.said) == {"S021 is closed: it is only shown"}
        assert it.calls == [("view", "S021")]
        await it.press("o", *"S022", "enter")
        assert it.screen.view is it.app.model.sprints[0]

    on_sprint(make_app, scenario)


def test_the_sprint_at_work_is_shown_first(make_app: Make) -> None:
    idle = view([task("T01", "x")], sprint_id="S023", inicio="2026-03-01", fim="2026-03-15")

    async def scenario(it: Driver) -> None:
        assert it.screen.view.sprint.sprint_id == S
        await it.press("o")
        assert it.said == ["There is no sprint yet"]

    on_sprint(make_app, scenario, FakePort(sprint_model(idle, view())))


def test_a_sprint_is_opened_from_a_recipe_or_made_here(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        await it.press("N", *"S023", "enter")
        assert it.calls[0] == ("open_recipe", "sprints/S023.yaml")
        it.port.sprints.rows = [replace(view().sprint, sprint_id="S022")]
        await it.press("N", *"other/x.yaml", "enter")
        assert ("open_recipe", "other/x.yaml") in it.calls
        await it.press("N", "enter")
        await it.write("Depois", "goal", "2026-01-19", "2026-01-30", "2", "1000")
        assert next(call for call in it.calls if call[0] == "create") == ("create", {
            "sprint_id": "S023", "titulo": "Depois", "objetivo": "goal", "inicio": "2026-01-19",
            "fim": "2026-01-30", "wip": "2", "orcamento": "1000", "agrupador": "Feature",
        })  # fmt: skip
        assert "S023 is open" in it.said

    on_sprint(make_app, scenario, FakePort(empty_model()))


def test_a_sprint_is_changed(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        await it.press("i")
        await it.write("", "", "", "", "0")
        assert it.calls == [("edit_sprint", S, {"wip": "60"})]
        assert it.said == [f"{S} is changed"]

    on_sprint(make_app, scenario)


def test_the_close_gives_each_thing_its_fate(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        it.port.sprints.remains = [
            Left("T02", "a", "task"),
            Left("T03", "b", "task"),
            Left("BKL-0043", "c", "x"),
        ]
        await it.press("X")
        assert isinstance(it.app.screen, CloseSprintDialog)
        await it.press("ctrl+s")
        assert it.calls == []
        await it.press("R", "x", "tab", *"S023", "enter", *"acabou", "enter")
        fates = {
            "T02": Fate("cancelar", "acabou"),
            "T03": Fate("devolver", "acabou"),
            "BKL-0043": Fate("devolver", "acabou"),
        }
        assert it.calls == [("close", S, fates, "S023")]
        assert it.said == [f"{S} is closed"]

    on_sprint(make_app, scenario)


def test_the_close_tells_before_and_after_whom_it_takes_apart(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        item = "BKL-0009"
        it.port.sprints.remains = [
            Left("T02", "a", "task"),
            *(Left(f"T0{n}", "b", "task", espera=(("T02", item),)) for n in range(3, 8)),
        ]
        effects = f"T0{{}} is paused in S023: T02 is cancelled, with {item}, for which it waits"
        await it.press("X", "C")
        shown = it.app.screen.query_one("#close-effects")
        assert not shown.display
        await it.press("x", "tab", *"S023")
        told = str(shown.render()).splitlines()
        assert [line.rstrip() for line in told] == [
            *(f"■ {effects.format(n)}" for n in (3, 4, 5)),
            "and 2 more",
        ]
        await it.press("enter", *"acabou", "enter")
        said = [f"{S} is closed", *(effects.format(n) for n in (3, 4, 5)), "and 2 more"]
        assert it.said == ["\n".join(said)]

    on_sprint(make_app, scenario)


def test_moving_a_task_to_another_sprint_says_whom_it_pauses(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        it.at("T02")
        await it.press("m")
        told = str(it.app.screen.query_one("#form-told").render())
        assert told.endswith("In another sprint it pauses T03, unless moved there, too")
        await it.write("", "", "S023")
        assert it.said == ["It goes on as S023/T13\nPaused, since it waits for that: T03"]

    on_sprint(make_app, scenario, FakePort(sprint_model(view(), view([], sprint_id="S023"))))


def test_a_sprint_with_nothing_left_is_closed_by_a_yes(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        await it.press("X")
        await until(it.pilot, lambda: getattr(it.app.screen, "_arming", None) is not None)
        it.app.clock.advance(1)  # type: ignore[attr-defined]
        await it.press("y")
        await until(it.pilot, lambda: bool(it.calls))
        assert it.calls == [("close", S, {}, "")]

    on_sprint(make_app, scenario)


def test_a_workspace_that_is_only_viewed_changes_nothing(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        await it.press("s", "n", "N")
        assert set(it.said) == {"This workspace is only viewed"}

    on_sprint(make_app, scenario, FakePort(sprint_model(linha=LineState(modo="viewing", carregado=True))))


def test_without_a_sprint_the_keys_say_so(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        await it.press("s", "n", "slash")
        assert it.said == ["No sprint is open", "There is no task yet"]

    on_sprint(make_app, scenario, FakePort(empty_model()))


def test_thousands_of_tasks_are_a_table_of_lines(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        assert len(it.codes) == 2000
        await it.press("C")
        assert len(it.codes) == 400
        await it.press("G")
        assert it.table.cursor_row.key == "T400"

    on_sprint(make_app, scenario, FakePort(sprint_model(many(2000))))


def test_children_are_of_their_task() -> None:
    assert {child.task for child in children()} == {"T01", "T02"}


def test_the_burn_up_leads_to_when_the_rest_is_done(make_app: Make) -> None:
    async def scenario(it: Driver) -> None:
        await it.press("F")
        dialog = it.app.screen
        assert isinstance(dialog, ChartDialog)
        assert it.port.calls[-1] == ("burn_up", "S022")
        await until(it.pilot, lambda: "┤" in dialog.query_one(ChartView).text)
        await it.press("t")
        assert "2025-W41" in dialog.query_one(ChartView).text
        await it.press("escape")
        it.port.refuses = "the line is gone"
        await it.press("F")
        await until(it.pilot, lambda: "the line is gone" in it.app.screen.query_one(ChartView).text)
        await it.press("enter")
        assert it.app.screen is it.screen

    on_sprint(make_app, scenario)
