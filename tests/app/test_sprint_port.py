"""The Sprint screen's way to the line: what stands in its forms is done, in the line's thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from app.port import LocalPort
from app.sprint_port import recipes_in
from app.wiring import enter, line_setup
from jobs.line import Line
from store.errors import CycleRefused, OficinaError, StoreReadOnly, WrongInput, WrongState
from store.sprint.closing import Fate
from store.views.sprint import SprintView

Result = TypeVar("Result")

RECIPE = """\
sprint: S030
titulo: Jantar
wip: 1
tarefas:
  - codigo: T01
    titulo: Comprar
    responsavel: Ana
    estimativa: {horas: 2}
    filhos:
      - {tipo: documentar, contexto: {o_que: a lista}}
      - {tipo: aprovacao_externa, contexto: {o_que: o vinho}}
  - {codigo: T02, titulo: Cozinhar, depende_de: [T01]}
"""


@pytest.fixture
def begin(shop: Path) -> Iterator[Callable[..., tuple[Line, LocalPort]]]:
    """Begin a line over the workspace; nobody works in it."""
    begun: list[Line] = []

    def begin(**over: Any) -> tuple[Line, LocalPort]:
        line = Line(replace(line_setup(enter(shop), name="test"), actors=(), **over))
        line.start()
        line.wait_open()
        begun.append(line)
        return line, LocalPort(line, enter(shop), line.setup.config["definitions"])

    yield begin
    for line in begun:
        line.stop(0.0)


@pytest.fixture
def dinner(shop: Path, begin: Callable[..., tuple[Line, LocalPort]]) -> LocalPort:
    """A line whose sprint S030 is open."""
    (shop / "sprints").mkdir()
    (shop / "sprints" / "S030.yaml").write_text(RECIPE, encoding="utf-8")
    _, port = begin()
    assert do(port.sprints.open_recipe("sprints/S030.yaml")) == "S030"
    return port


def do(work: Awaitable[Result]) -> Result:
    async def main() -> Result:
        return await work

    return asyncio.run(main())


def shown(port: LocalPort, fits: Callable[[SprintView], bool]) -> SprintView:
    """The open sprint of the model, once it is as it should be."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        views = port.model().sprints
        if views and fits(views[0]):
            return views[0]
        time.sleep(0.005)
    raise AssertionError(port.model().sprints)


def states(view: SprintView) -> dict[str, str]:
    return {row.codigo: row.estado for row in view.tarefas}


def test_a_task_goes_from_its_start_to_its_conclusion(shop: Path, dinner: LocalPort) -> None:
    (shop / "lista.txt").write_text("arroz", encoding="utf-8")
    sprints = dinner.sprints
    do(sprints.start("S030", "T01"))
    view = shown(dinner, lambda view: len(view.filhos) == 2)
    assert states(view) == {"T01": "em_andamento", "T02": "espera"}
    told = {"resultado": "tudo", "horas": "1,5", "anexos": "lista.txt"}
    done = do(sprints.conclude("S030", "T01", told))
    assert [each.codigo for each in done.puxados] == ["T01.1"]
    assert [each.titulo for each in done.pendentes] == ["External approval: o vinho"]
    assert done.proxima == "T01.1"
    view = shown(dinner, lambda view: "T01.1" in states(view) and bool(view.filhos[0].pergunta))
    assert view.tarefas[0].realizado_horas == 1.5
    detail = do(sprints.task("S030", "T01"))
    assert detail.task["resultado"] == {"texto": "tudo", "horas": 1.5}
    (file,) = detail.task["anexos"]
    assert (file["nome"], do(dinner.artifact(file["sha256"]))) == ("lista.txt", "arroz")
    assert do(sprints.task("S030", "T01.1")).item["tipo"] == "documentar"
    assert do(sprints.pull("S030", view.filhos[0].item_ref, "T01")) == "T01.2"
    shown(dinner, lambda view: not view.filhos)


def test_tasks_are_added_changed_moved_and_given_up(dinner: LocalPort) -> None:
    sprints = dinner.sprints
    new = {
        "titulo": "Lavar",
        "responsavel": "Bia",
        "horas": "0,5",
        "custo": "60",
        "pai": "2",
        "depende_de": "1",
    }
    assert do(sprints.add("S030", new)) == "T02.1"
    task = do(sprints.task("S030", "T02.1")).task
    assert task["estimativa"] == {"horas": 0.5, "custo": "60.00"}
    assert (task["responsavel"], task["depende_de"]) == ("Bia", ["T01"])
    do(
        sprints.edit(
            "S030", "T02.1", {"titulo": "Lavar tudo", "horas": "1", "custo": "", "auto_iniciar": "yes"}
        )
    )
    task = do(sprints.task("S030", "T02.1")).task
    assert (task["titulo"], task["espera_auto"]) == ("Lavar tudo", "S030")
    assert task["estimativa"]["horas"] == 1
    assert do(sprints.move("S030", "T02.1", {"pai": "", "antes_de": "T01", "para": ""})) == "S030/T03"
    do(sprints.place("S030", "T02", "T03"))
    view = shown(dinner, lambda view: view.tarefas[0].codigo == "T02")
    assert [row.codigo for row in view.tarefas if row.estado != "levada"] == ["T02", "T03", "T01"]
    do(sprints.start("S030", "T01"))
    do(sprints.block("S030", "T01", "chove"))
    assert shown(dinner, lambda view: states(view)["T01"] == "bloqueada")
    do(sprints.cancel("S030", "T03", "não vale"))
    assert shown(dinner, lambda view: states(view)["T03"] == "cancelada")
    item = dinner.model().itens[0].id
    assert do(sprints.add("S030", {"item": item.removeprefix("BKL-")})) == "T04"


REFUSED: list[tuple[Callable[[Any], Awaitable[Any]], type[OficinaError], str]] = [
    (lambda it: it.start("S030", "T02"), WrongState, "T02 waits for T01"),
    (lambda it: it.conclude("S030", "T01", {}), WrongState, "T01 is not started"),
    (lambda it: it.conclude("S030", "T01", {"anexos": "nada.md"}), WrongInput, "nada.md: can't be read"),
    (lambda it: it.conclude("S030", "T01", {"horas": "x"}), WrongInput, "horas: not a number: x"),
    (lambda it: it.add("S030", {}), WrongInput, "needs a title"),
    (lambda it: it.add("S030", {"titulo": "a", "item": "1"}), WrongInput, "a title, or carries an item"),
    (lambda it: it.add("S030", {"titulo": "a", "depende_de": "T9"}), WrongInput, "no task T09"),
    (lambda it: it.edit("S030", "T01", {"depende_de": "T02"}), CycleRefused, "T01 would wait for itself"),
    (lambda it: it.edit("S030", "T01", {"auto_iniciar": "talvez"}), WrongInput, "neither yes nor no"),
    (lambda it: it.move("S030", "T01", {"pai": ""}), WrongState, "T01 is there already"),
    (lambda it: it.create({"sprint_id": "S030", "titulo": "x"}), WrongInput, "there is a sprint S030"),
    (lambda it: it.create({"sprint_id": "S1", "titulo": "x", "fim": "ontem"}), WrongInput, "not a date"),
    (
        lambda it: it.create({"sprint_id": "S1", "titulo": "x", "agrupador": "x"}),
        WrongInput,
        "not a grouping",
    ),
    (lambda it: it.edit_sprint("S030", {"wip": "dois"}), WrongInput, "wip: not a whole number"),
    (lambda it: it.open_recipe("nada.yaml"), WrongInput, "^nada.yaml"),
    (lambda it: it.open_recipe("sprints/S030.yaml"), WrongInput, "^sprints/S030.yaml:1: sprint: there is"),
    (lambda it: it.open_recipe("/etc/passwd"), WrongInput, "passwd"),
    (lambda it: it.task("S030", "T09"), WrongInput, "S030 has no task T09"),
    (lambda it: it.view("S031"), WrongInput, "there is no sprint S031"),
    (lambda it: it.close("S030", {}, ""), WrongInput, "T01, T02 are left"),
]


def test_what_is_refused_is_one_line(dinner: LocalPort) -> None:
    before = do(dinner.sprints.view("S030"))
    for work, error, said in REFUSED:
        with pytest.raises(error, match=said):
            do(work(dinner.sprints))
    assert do(dinner.sprints.view("S030")) == before


def test_sprints_are_made_changed_listed_and_closed(dinner: LocalPort) -> None:
    sprints = dinner.sprints
    told = {"sprint_id": "S031", "titulo": "Almoço", "inicio": "2026-01-05", "fim": "2026-01-09", "wip": "2",
            "orcamento": "1.000,50", "agrupador": "ciclo"}  # fmt: skip
    assert do(sprints.create(told)) == "S031"
    document = do(sprints.document("S031"))
    assert (document["orcamento"], document["agrupador"]) == ("1000.50", "Ciclo Epistemológico")
    do(sprints.edit_sprint("S031", {"wip": "", "auto_iniciar": "sim", "horas_dia": "6,5"}))
    document = do(sprints.document("S031"))
    assert (document["wip"], document["auto_iniciar"], document["horas_dia"]) == (None, True, 6.5)
    assert [left.ref for left in do(sprints.left("S030"))] == ["T01", "T02"]
    do(sprints.close("S030", {"T01": Fate("levar"), "T02": Fate("cancelar", "acabou")}, "S031"))
    shown(dinner, lambda view: view.sprint.sprint_id == "S031" and view.sprint.total == 1)
    assert [(row.sprint_id, row.estado) for row in do(sprints.listing())] == [
        ("S031", "aberta"),
        ("S030", "encerrada"),
    ]
    past = do(sprints.view("S030"))
    assert states(past) == {"T01": "levada", "T02": "cancelada"}
    with pytest.raises(WrongState, match="S030 is closed"):
        do(sprints.add("S030", {"titulo": "x"}))


def test_recipes_are_found_where_they_lie(shop: Path) -> None:
    for name in ("sprints/a.yaml", "b.yml", ".hidden/c.yaml", "sprints/part.yaml"):
        (shop / name).parent.mkdir(exist_ok=True)
        (shop / name).write_text(RECIPE if "part" not in name else "receita: purê\n", encoding="utf-8")
    (shop / "bad.yaml").write_bytes(b"\xff\xfe")
    assert recipes_in(shop) == ["b.yml", "sprints/a.yaml"]


def test_an_attached_process_sees_and_does_the_same(
    dinner: LocalPort, begin: Callable[..., tuple[Line, LocalPort]]
) -> None:
    _, other = begin()
    assert states(shown(other, lambda view: len(view.tarefas) == 2))["T01"] == "a_fazer"
    do(other.sprints.start("S030", "T01"))
    shown(dinner, lambda view: states(view)["T01"] == "em_andamento")
    do(dinner.sprints.conclude("S030", "T01", {}))
    shown(other, lambda view: states(view)["T01"] == "concluida")
    with pytest.raises(WrongState, match="T01 was concluded already"):
        do(other.sprints.conclude("S030", "T01", {}))


def test_a_workspace_that_is_only_viewed_is_not_changed(
    dinner: LocalPort, begin: Callable[..., tuple[Line, LocalPort]]
) -> None:
    _, viewer = begin(may_run=False, notice="not trusted")
    shown(viewer, lambda view: len(view.tarefas) == 2)
    with pytest.raises(StoreReadOnly):
        do(viewer.sprints.start("S030", "T01"))
