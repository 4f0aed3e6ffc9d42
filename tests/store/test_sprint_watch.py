"""The open sprints kept up to date commit by commit are what reading them whole gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from operator import ne
from pathlib import Path
from typing import Any

import pytest
from factories import new_item
from sprint_kit import S, SprintWorld

from store.errors import BacklogError, WrongInput
from store.sprint.closing import Fate
from store.sprint.reading import view_of
from store.sprint.watching import SprintWatch

OTHER = "S023"
OFTEN = {"add": 3, "start": 5, "child": 4, "pulled": 2, "conclude": 3}


class Watched(SprintWorld):
    """A world with two sprints, watched."""

    def __init__(self, path: Path, seed: int) -> None:
        super().__init__(path)
        self.sprints.criar(OTHER, "Depois")
        self.by = random.Random(seed)
        self.watch = SprintWatch(self.backlog)
        self.db.subscribe(self.watch.take)
        self.check()

    def check(self) -> None:
        open_ones = [doc["sprint_id"] for doc in self.db.find("sprints", "estado", "aberta")]
        seen = {view.sprint.sprint_id: view for view in self.watch.views()}
        assert seen.keys() == set(open_ones)
        for sprint_id in open_ones:
            read = view_of(self.backlog, sprint_id)
            differing = [
                pair for pair in zip(seen[sprint_id].tarefas, read.tarefas, strict=True) if ne(*pair)
            ]
            assert not differing
            assert seen[sprint_id] == read
        assert not self.watch.stale

    def _some(self, sprint_id: str = S, **fields: Any) -> str:
        codes = [
            code
            for code, task in self.tasks(sprint_id).items()
            if all(bool(task[name]) == wanted for name, wanted in fields.items())
        ]
        return self.by.choice(codes) if codes else "T99"

    def _loose(self) -> str:
        free = [
            item["id"] for item in self.items("documentar", "Pendente", "Bloqueado") if not item["tarefa"]
        ]
        return str(self.by.choice(free)) if free else self.produce("documentar")

    def steps(self) -> dict[str, Callable[[], object]]:
        some = self._some
        return {
            "add": lambda: self.add("Task", depende_de=[some()] if self.by.random() < 0.5 else []),
            "under": lambda: self.add("Sub", pai=some()),
            "wait": lambda: self.add("Waits", depende_de=[self._loose()]),
            "carry": lambda: self.add(item=self._loose(), pai=some(fim=False)),
            "new": lambda: self.add(item=new_item("documentar", depende_de=[self._loose()])),
            "start": lambda: self.start(self.sprints.proxima_task(S) or some()),
            "child": lambda: self.child(some(iniciada_em=True, fim=False), "aprovacao_externa"),
            "pulled": lambda: self.child(
                some(iniciada_em=True), self.by.choice(["documentar", "corrigir_bug"])
            ),
            "block": lambda: self.sprints.bloquear_task(S, some(iniciada_em=True), "why"),
            "conclude": lambda: self.conclude_task(some(iniciada_em=True, fim=False)),
            "cancel": lambda: self.sprints.cancelar_task(S, some(fim=False), "why"),
            "depends": lambda: self.sprints.alterar_dependencias(S, some(fim=False), [some(), self._loose()]),
            "place": lambda: self.sprints.ordenar_task(S, some(), some()),
            "move": lambda: self.sprints.mover_task(S, some(fim=False), para=self.by.choice([S, OTHER])),
            "answer": self._answer,
            "work": self._work,
            "end": lambda: self.backlog.cancelar(self._loose(), "why", "humano"),
        }

    def _answer(self) -> None:
        asked = self.open("decidir_pull")
        if asked:
            opcao = self.by.choice(["puxar", "deixar", "rejeitar"])
            self.decisions.decidir(asked[0]["id"], opcao, motivo="why", quem="humano")

    def _work(self) -> None:
        asking = [item for item in self.items("documentar", "Pendente") if not item["retido"]]
        for item in asking[:1]:
            opcao = self.by.choice(["feito", "dispensar"])
            self.decisions.decidir(item["id"], opcao, motivo="why", quem="humano")


@pytest.mark.parametrize("seed", [0, 1, 28, 53])
def test_watching_sees_what_reading_sees(tmp_path: Path, seed: int) -> None:
    world = Watched(tmp_path, seed)
    done = set()
    for _ in range(90):
        (name,) = world.by.choices(list(world.steps()), [OFTEN.get(each, 1) for each in world.steps()])
        with suppress(BacklogError, WrongInput):
            world.steps()[name]()
            done.add(name)
        world.check()
    assert len(done) > 9, done


def test_what_did_not_change_is_the_same_object(tmp_path: Path) -> None:
    world = Watched(tmp_path, 0)
    world.add("A task")
    first = world.watch.views()
    world.produce("documentar")
    assert world.watch.views()[0] is first[0]
    world.add("Another")
    assert [before is now for before, now in zip(first, world.watch.views(), strict=True)].count(False) == 1


def test_a_closed_sprint_is_not_watched_and_an_edited_one_is_told(tmp_path: Path) -> None:
    world = Watched(tmp_path, 0)
    world.add("A task")
    world.sprints.encerrar(S, padrao=Fate("levar"), para=OTHER)
    world.check()
    assert [view.sprint.sprint_id for view in world.watch.views()] == [OTHER]
    world.sprints.criar("S024", "Mais")
    world.check()
    for sprint_id in (OTHER, "S024"):
        world.sprints.encerrar(sprint_id, padrao=Fate("devolver"))
        assert world.watch.stale, "that there is one less is a change, too"
        world.check()
    assert world.watch.views() == ()
