"""Whoever dies while a sprint is changed leaves all of the change or nothing of it, and every invariant."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from factories import World, new_item, seed_contracts
from sprint_kills import MOMENTS, Killed, Moment, killing
from sprint_kit import KINDS, S, SprintWorld
from sprint_model import SprintSnapshot

from store.backlog import Backlog
from store.clock import RandomTokens, SystemClock
from store.database import Database
from store.errors import WrongState
from store.journal.transaction import Transaction
from store.sprint.closing import Fate
from store.sprint.service import Sprints

OTHER = "S023"


def dump(world: World) -> dict[str, Any]:
    """Everything of sprints, with what is told about them."""
    found: dict[str, Any] = {name: list(world.db.all(name)) for name in ("sprints", "tasks", "backlog_items")}
    return found | {"events": list(world.db.history())}


class Shop(SprintWorld):
    """A sprint in which much can still be done: tasks of each sort, children of each kind, a question."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.sprints.criar(OTHER, "Next")
        self.started("M0-M3")
        self.children = {tipo: self.child("T01", tipo) for tipo in KINDS}
        self.add(item=new_item("corrigir_bug"))
        self.add("After", depende_de=["T01"], auto_iniciar=True)
        self.started("Asked")
        self.left = self.child("T04", "aprovacao_externa")
        self.conclude_task("T04")
        self.loose = self.produce("corrigir_bug", produtor="humano")

    def confirmed(self) -> set[str]:
        """What any of the changes below may pull, by a person's word."""
        return {self.children["corrigir_bug"], self.left}


Change = Callable[[Shop], object]
CHANGES: dict[str, Change] = {
    "concluir_task": lambda shop: shop.conclude_task("T01"),
    "transferir_para_sprint": lambda shop: shop.backlog.transferir_para_sprint(
        shop.children["corrigir_bug"], S, "T01"
    ),
    "iniciar_task": lambda shop: shop.start("T02"),
    "produzir_filho": lambda shop: shop.child("T04", "documentar"),
    "puxar": lambda shop: shop.answer(shop.left, "puxar"),
    "deixar": lambda shop: shop.answer(shop.left, "deixar"),
    "mover_task": lambda shop: shop.sprints.mover_task(S, "T01", para=OTHER),
    "editar_task": lambda shop: shop.sprints.editar_task(S, "T03", depende_de=[]),
    "cancelar_task": lambda shop: shop.sprints.cancelar_task(S, "T01", "too dear"),
    "encerrar, levar": lambda shop: shop.sprints.encerrar(S, padrao=Fate("levar"), para=OTHER),
    "encerrar, devolver": lambda shop: shop.sprints.encerrar(S, padrao=Fate("devolver")),
    "encerrar, cancelar": lambda shop: shop.sprints.encerrar(S, padrao=Fate("cancelar", "over")),
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "store")
    yield made
    made.close()


def after_the_death(path: Path, confirmed: set[str]) -> dict[str, Any]:
    """What whoever comes next finds; every invariant holds."""
    world = World(path)
    SprintSnapshot(world, confirmed | said_at_the_close(world)).check()
    found = dump(world)
    world.close()
    return found


def said_at_the_close(world: World) -> set[str]:
    """Of what somebody has said at a close what becomes of it."""
    return {ref for sprint in world.db.all("sprints") for ref in sprint["encerramento"]}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_death_while_the_line_is_written_leaves_all_or_nothing(
    shop: Shop, tmp_path: Path, name: str, moment: Moment
) -> None:
    before = dump(shop)
    with pytest.raises(Killed), killing(shop.path, moment, tmp_path / "copy"):
        CHANGES[name](shop)
    found = after_the_death(tmp_path / "copy", shop.confirmed())
    if moment != "after":
        assert found == before
        return
    # The transaction is on disk: it is the whole change, as it is where nobody dies.
    undisturbed = Shop(tmp_path / "undisturbed")
    CHANGES[name](undisturbed)
    assert found == dump(undisturbed)
    undisturbed.close()


@pytest.mark.parametrize("name", CHANGES)
def test_a_death_between_any_two_steps_leaves_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Each write of a document and each event, one after the other, is the last that its process makes."""
    before, steps = dump(shop), 0
    while True:
        with monkeypatch.context() as patch:
            die_at_step(patch, steps)
            try:
                CHANGES[name](shop)
                break
            except Killed:
                steps += 1
        assert dump(shop) == before, f"after step {steps}"
    shop.reopen()
    assert steps > 1
    SprintSnapshot(shop, shop.confirmed() | said_at_the_close(shop)).check()


def die_at_step(patch: pytest.MonkeyPatch, step: int) -> None:
    """Have the process die at so many writes within its transaction."""
    done = 0

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            nonlocal done
            if done == step:
                raise Killed
            done += 1
            return real(*arguments)

        return call

    for name in ("put_number", "event"):
        patch.setattr(Transaction, name, dying(getattr(Transaction, name)))


# -- two processes


def conclude(path: str, quem: str) -> None:
    """In a process of its own: conclude T01 once it is told to; say what came of it."""
    db = Database.open(Path(path), by=quem, clock=SystemClock())
    sprints = Sprints(Backlog(db, seed_contracts(), SystemClock(), RandomTokens(), random.Random()))
    say("ready")
    sys.stdin.readline()
    try:
        said = sprints.concluir_task(S, "T01", quem=quem)
        say(json.dumps([each.codigo for each in said.puxados]))
    except WrongState as error:
        say(json.dumps(str(error)))
    db.close()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def test_of_two_processes_one_concludes_and_the_other_is_told_who_and_when(tmp_path: Path) -> None:
    world = SprintWorld(tmp_path)
    world.started()
    children = [world.child("T01") for _ in range(3)]
    world.close()
    both = {
        quem: subprocess.Popen(
            [sys.executable, __file__, str(tmp_path), quem],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for quem in ("ana", "rui")
    }
    for each in both.values():
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    answers = {}
    for each in both.values():
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    for quem, each in both.items():
        answers[quem] = json.loads(each.communicate(timeout=60)[0])
    world._open()
    task = world.task("T01")
    winner = task["encerrada_por"]
    loser = ({"ana", "rui"} - {winner}).pop()
    assert answers[winner] == ["T01.1", "T01.2", "T01.3"]
    when = f"{task['encerrada_em'][:10]} {task['encerrada_em'][11:19]} UTC"
    assert answers[loser] == f"T01 was concluded already, by {winner} at {when}"
    assert [task["item_ref"] for task in world.tasks().values() if task["item_ref"]] == children
    SprintSnapshot(world, set()).check()
    world.close()


if __name__ == "__main__":
    conclude(*sys.argv[1:])
