"""Sprint as it looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from frame_kit import FakePort, loaded, until
from models import demo_model, empty_model
from sprint_models import document, hostile_model, left, sprint_model, view

from app.tui import OficinaApp
from store.sprint.closing import Left
from store.views.model import ReadModel
from store.views.task import TaskDetail

Make = Callable[..., OficinaApp]
WIDE, NARROW = (120, 40), (80, 24)


def opened(*keys: str) -> Callable[[Any], Awaitable[None]]:
    """Go to Sprint and press keys, each when what came before is done."""

    async def press(pilot: Any) -> None:
        await loaded(pilot)
        await pilot.press("2")
        await until(pilot, lambda: pilot.app.screen._shown is not None)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()

    return press


def port_of(model: ReadModel | None = None) -> FakePort:
    port = FakePort(model or sprint_model())
    anexos = [{"nome": "spec.md", "sha256": "a" * 64, "tamanho": 2345}]
    done = document(resultado={"texto": "a spec M0-M3", "horas": 5.5}, anexos=anexos)
    port.sprints.documents = {"T01": TaskDetail(done)}
    return port


def test_every_state(snap_compare: Any, make_app: Make) -> None:
    """Each state by symbol and word; beside it the concluded task with its result, file and history."""
    assert snap_compare(make_app(port_of()), terminal_size=WIDE, run_before=opened())


def test_every_state_80_by_24(snap_compare: Any, make_app: Make) -> None:
    """The tree alone; four lines of facts above it."""
    assert snap_compare(make_app(port_of()), terminal_size=NARROW, run_before=opened("down"))


def test_detail_below_80_by_24(snap_compare: Any, make_app: Make) -> None:
    """What a task waits for in the backlog, and how it is pulled, in the lower half."""
    keys = ("d", *["down"] * 6)
    assert snap_compare(make_app(port_of()), terminal_size=NARROW, run_before=opened(*keys))


def test_blocked_by_the_backlog(snap_compare: Any, make_app: Make) -> None:
    """The item that it waits for, where it stands, and the key that pulls it."""
    assert snap_compare(make_app(port_of()), terminal_size=WIDE, run_before=opened(*["down"] * 6))


def test_children_undecided(snap_compare: Any, make_app: Make) -> None:
    """Two that its work brought up: one that comes in, one that is asked about."""
    assert snap_compare(make_app(port_of()), terminal_size=WIDE, run_before=opened(*["down"] * 4))


def test_folded_without_detail(snap_compare: Any, make_app: Make) -> None:
    """Only the roots; the money has room where the detail is hidden."""
    assert snap_compare(make_app(port_of()), terminal_size=WIDE, run_before=opened("C", "d"))


def test_filtered(snap_compare: Any, make_app: Make) -> None:
    """What is found, under the tasks above it."""
    keys = ("slash", *"revisar", "enter")
    assert snap_compare(make_app(port_of()), terminal_size=NARROW, run_before=opened(*keys))


def test_empty(snap_compare: Any, make_app: Make) -> None:
    """No sprint: what would be here, and the keys that make it so."""
    assert snap_compare(make_app(FakePort(empty_model())), terminal_size=NARROW, run_before=opened())


def test_a_sprint_without_tasks(snap_compare: Any, make_app: Make) -> None:
    """Nothing in it yet."""
    bare = view([], subida=(), orcamento=None, fim_previsto="", inicio="", fim="", wip=None)
    assert snap_compare(make_app(port_of(sprint_model(bare))), terminal_size=WIDE, run_before=opened())


def test_closed(snap_compare: Any, make_app: Make) -> None:
    """One that is closed is only shown: the keys that change it are greyed."""
    port = port_of(sprint_model(view(sprint_id="S023", titulo="Depois", filhos=())))
    past = view(estado="encerrada", sprint_id="S021", filhos=(), fim_previsto="")
    port.sprints.rows, port.sprints.past = [past.sprint], {"S021": past}
    assert snap_compare(make_app(port), terminal_size=WIDE, run_before=opened("o", "enter"))


def test_the_list_of_sprints(snap_compare: Any, make_app: Make) -> None:
    """Open and closed ones, the newest first."""
    port = port_of()
    port.sprints.rows = [
        view().sprint,
        replace(view().sprint, sprint_id="S021", estado="encerrada", feitas=12),
    ]
    assert snap_compare(make_app(port), terminal_size=NARROW, run_before=opened("o"))


def test_hostile_text(snap_compare: Any, make_app: Make) -> None:
    """Columns and pane stay whole whatever the text."""
    assert snap_compare(make_app(port_of(hostile_model())), terminal_size=WIDE, run_before=opened("down"))


def test_light(snap_compare: Any, make_app: Make) -> None:
    """The light theme."""
    assert snap_compare(make_app(port_of(), theme="light"), terminal_size=WIDE, run_before=opened("down"))


def test_40_by_12(snap_compare: Any, make_app: Make) -> None:
    """Task and state."""
    assert snap_compare(make_app(port_of()), terminal_size=(40, 12), run_before=opened("down"))


def test_new_task(snap_compare: Any, make_app: Make) -> None:
    """The form; what an id stands for is said while it is typed."""
    keys = ("n", "down", *"42")
    assert snap_compare(make_app(port_of()), terminal_size=NARROW, run_before=opened(*keys))


def test_conclude(snap_compare: Any, make_app: Make) -> None:
    """Result, hours and files of a person's task, and what will be pulled."""
    keys = (*["down"] * 4, "c")
    assert snap_compare(make_app(port_of()), terminal_size=NARROW, run_before=opened(*keys))


def test_a_refused_form(snap_compare: Any, make_app: Make) -> None:
    """What is wrong is told in a line, on the form."""
    port = port_of()
    port.sprints.refuses = "not a date: amanhã (as in 2025-12-17)"
    assert snap_compare(make_app(port), terminal_size=WIDE, run_before=opened("i", "X", "ctrl+s"))


def test_close(snap_compare: Any, make_app: Make) -> None:
    """A fate for each thing that is left, and what it does to a task whose other goes elsewhere."""
    port = port_of()
    port.sprints.remains = [
        Left("T02", "MS_Backlog: listar_filhos()", "task"),
        Left("T03", "MS_Sprint: concluir", "task", espera=(("T02", ""),)),
        Left("BKL-0043", "Aprovação externa", "aprovacao_externa", True),
    ]
    assert snap_compare(make_app(port), terminal_size=NARROW, run_before=opened("X", "c", "r"))


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "usual"])
def test_overview(snap_compare: Any, make_app: Make, size: tuple[int, int]) -> None:
    """The line about the sprint above the panels."""
    model = demo_model(sprints=(view(),))
    assert snap_compare(make_app(FakePort(model)), terminal_size=size, run_before=loaded)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "usual"])
def test_what_was_left_in_the_backlog(snap_compare: Any, make_app: Make, size: tuple[int, int]) -> None:
    """Children of any sprint among what can be pulled, who left them and when beneath."""
    port = port_of(sprint_model(view(deixados=left())))
    assert snap_compare(make_app(port), terminal_size=size, run_before=opened("p", "down", "down"))
