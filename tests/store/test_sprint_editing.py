"""Sprints and tasks are changed: what is named and only that, on record, and not where it makes no sense."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sprint_kit import S, SprintWorld

from store.errors import CycleRefused, OficinaError, WrongInput, WrongState
from store.sprint.closing import Fate


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SprintWorld]:
    made = SprintWorld(tmp_path)
    yield made
    made.close()


def last(doc: dict[str, Any]) -> dict[str, Any]:
    """What was done to it last, and by whom."""
    entry = doc["historico"][-1]
    return {name: entry[name] for name in ("quem", "oque", "dados")}


# -- tasks


def test_a_person_s_task_is_changed_and_its_history_says_what_was_there(world: SprintWorld) -> None:
    world.add("Epistemologia", estimativa={"horas": 4, "custo": "100.00"})
    world.sprints.editar_task(
        S, "T01", titulo="M0-M3", responsavel="Ana", estimativa={"horas": 6}, quem="owner"
    )
    task = world.task("T01")
    assert (task["titulo"], task["responsavel"]) == ("M0-M3", "Ana")
    assert task["estimativa"] == {"horas": 6, "custo": None}
    assert last(task) == {
        "quem": "owner",
        "oque": "editada",
        "dados": {
            "mudou": {
                "titulo": {"de": "Epistemologia", "para": "M0-M3"},
                "responsavel": {"de": "", "para": "Ana"},
                "estimativa": {
                    "de": {"horas": 4, "custo": "100.00"},
                    "para": {"horas": 6, "custo": None},
                },
            }
        },
    }
    world.sprints.editar_task(S, "T01", estimativa={})
    assert world.task("T01")["estimativa"] is None


def test_what_is_as_it_was_is_no_change(world: SprintWorld) -> None:
    item = world.produce("corrigir_bug", produtor="humano")
    world.add("Same")
    world.add(item=item)
    before = world.db.seq
    world.sprints.editar_task(S, "T01", titulo="Same", responsavel="", depende_de=[], auto_iniciar=False)
    world.sprints.editar_task(S, "T02", titulo="", estimativa=None, responsavel="PROMETHEUS")
    world.sprints.editar_sprint(S, titulo="Receitas", wip=None)
    assert world.db.seq == before


def test_a_started_task_s_person_may_change_and_not_what_it_waited_for(world: SprintWorld) -> None:
    world.add()
    world.started(depende_de=[])
    world.sprints.editar_task(S, "T02", responsavel="Rui")
    for change in ({"depende_de": ["T01"]}, {"auto_iniciar": True}):
        with pytest.raises(WrongState, match="T02 is started already: it waits for nothing any more"):
            world.sprints.editar_task(S, "T02", **change)
    assert world.task("T02")["responsavel"] == "Rui"


@pytest.mark.parametrize(
    ("codigo", "change", "said"),
    [
        ("T01", {"titulo": " "}, "titulo: a task needs a title"),
        ("T01", {"estimativa": {"horas": -1}}, "tasks.estimativa.horas"),
        ("T01", {"estimativa": {"custo": "-1.00"}}, "tasks.estimativa.custo"),
        ("T01", {"depende_de": ["T9x"]}, "not a task or an item: T9x"),
        ("T01", {"depende_de": ["T99"]}, "S022 has no task T99"),
        ("T01", {"depende_de": ["BKL-0099"]}, "there is no item BKL-0099"),
        ("T01", {"antes_de": "T01"}, "T01 is no sibling of T01"),
        ("T02", {"titulo": "Mine"}, "the title of T02 is that of BKL-0001"),
        ("T02", {"estimativa": {"horas": 1}}, "the estimate of T02 is that of BKL-0001"),
        ("T03", {"titulo": "Other"}, "T03 is cancelled"),
        ("T09", {"titulo": "Other"}, r"S022 has no task T09 \(did you mean T0"),
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(
    world: SprintWorld, codigo: str, change: Any, said: str
) -> None:
    world.add()
    world.add(item=world.produce("corrigir_bug", produtor="humano"))
    world.add()
    world.sprints.cancelar_task(S, "T03", "no")
    before = world.db.seq
    with pytest.raises(OficinaError, match=said):
        world.sprints.editar_task(S, codigo, **change)
    assert world.db.seq == before


def test_a_change_closes_no_cycle(world: SprintWorld) -> None:
    world.add()
    world.add(depende_de=["T01"])
    with pytest.raises(CycleRefused, match="T01 would wait for itself: T01 → T02"):
        world.sprints.editar_task(S, "T01", depende_de=["T02"])
    assert world.task("T01")["depende_de"] == []


def test_a_task_that_was_moved_says_where_it_is_changed(world: SprintWorld) -> None:
    world.add()
    world.add()
    world.sprints.mover_task(S, "T02", pai="T01")
    with pytest.raises(WrongState, match=r"T02 is carried over: it goes on as S022/T01\.1"):
        world.sprints.editar_task(S, "T02", titulo="x")


def test_a_task_is_dispatched_in_advance_and_put_in_its_place(world: SprintWorld) -> None:
    world.add()
    world.add(depende_de=["T01"])
    world.sprints.editar_task(S, "T02", auto_iniciar=True, antes_de="T01")
    assert world.sprints.proxima_task(S) == "T01"
    assert [world.task(codigo)["ordem"] for codigo in ("T01", "T02")] == [1, 0]
    world.sprints.editar_task(S, "T02", depende_de=[])
    assert world.task("T02")["iniciada_por"] == "auto_iniciar"


# -- sprints


def test_a_sprint_is_changed_and_its_history_says_what_was_there(world: SprintWorld) -> None:
    world.sprints.editar_sprint(
        S, titulo="Menu", objetivo="Tudo", inicio="2026-01-05", wip=2, orcamento="90.00", quem="owner"
    )
    (sprint,) = world.db.all("sprints")
    assert (sprint["titulo"], sprint["wip"], sprint["orcamento"]) == ("Menu", 2, "90.00")
    assert last(sprint)["dados"]["mudou"]["titulo"] == {"de": "Receitas", "para": "Menu"}
    assert last(sprint)["quem"] == "owner"
    assert [event["tipo"] for event in world.db.history(tipo="sprint.editada")] == ["sprint.editada"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"titulo": " "}, "titulo: a sprint needs a title"),
        ({"wip": 0}, "sprints.wip"),
        ({"limite_filhos": -1}, "sprints.limite_filhos"),
        ({"limite_profundidade": 17}, "sprints.limite_profundidade"),
        ({"orcamento": "-1.00"}, "sprints.orcamento"),
        ({"horas_dia": 0}, "sprints.horas_dia"),
        ({"inicio": "2026-02-30"}, "inicio: not a day: 2026-02-30"),
        ({"inicio": "2026-02-02", "fim": "2026-02-01"}, "fim: 2026-02-01 is before it begins"),
        ({"agrupador": "Epic"}, "sprints.agrupador"),
        ({"estado": "encerrada"}, "estado: unknown key"),
        ({"titlo": "x"}, r"titlo: unknown key \(did you mean titulo\?\)"),
    ],
)
def test_a_sprint_is_not_made_or_changed_to_nonsense(
    world: SprintWorld, fields: dict[str, Any], said: str
) -> None:
    before = world.db.seq
    with pytest.raises(WrongInput, match=said):
        world.sprints.editar_sprint(S, **fields)
    if fields.keys() <= {"wip", "inicio", "fim", "orcamento"}:
        with pytest.raises(WrongInput, match=said):
            world.sprints.criar("S023", "Next", **fields)
    assert world.db.seq == before


def test_nothing_of_a_closed_sprint_is_changed(world: SprintWorld) -> None:
    world.add()
    world.sprints.encerrar(S, padrao=Fate("devolver"))
    with pytest.raises(WrongState, match="S022 is closed, since 2026-01-05"):
        world.sprints.editar_sprint(S, titulo="x")
    with pytest.raises(WrongState, match="S022 is closed, since 2026-01-05"):
        world.sprints.editar_task(S, "T01", titulo="x")


def test_all_tasks_are_dispatched_in_advance_and_that_is_taken_back(world: SprintWorld) -> None:
    for titulo in ("First", "Second"):
        world.add(titulo)
    world.add("Waits", depende_de=["T01"])
    world.sprints.editar_sprint(S, auto_iniciar=True, wip=1)
    assert [bool(task["iniciada_em"]) for task in world.tasks().values()] == [True, False, False]
    world.sprints.editar_sprint(S, wip=2)
    assert world.task("T02")["iniciada_por"] == "auto_iniciar"
    world.sprints.editar_sprint(S, auto_iniciar=False)
    world.conclude_task("T01")
    assert world.task("T03")["iniciada_em"] == ""


def test_what_was_moved_is_waited_for_as_it_goes_on(world: SprintWorld) -> None:
    for titulo in ("A", "B", "C"):
        world.add(titulo)
    world.sprints.mover_task(S, "T01", pai="T02")
    world.sprints.alterar_dependencias(S, "T03", ["T01"])
    assert world.task("T03")["depende_de"] == ["T02.1"]
    world.sprints.criar("S023", "Next")
    world.sprints.mover_task(S, "T02.1", para="S023")
    assert world.sprints.alterar_dependencias(S, "T03", ["T01"])["depende_de"] == ["T01"]
