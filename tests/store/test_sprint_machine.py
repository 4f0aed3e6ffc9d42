"""No sequence of operations, with kills and restarts in between, breaks an invariant of sprints."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from factories import RESULTS, World, new_item, seed_contracts
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sprint_kills import MOMENTS, Killed, Moment, killing
from sprint_kit import KINDS
from sprint_model import OPEN, SprintSnapshot

from store.backlog import Claim
from store.contracts import Retries
from store.errors import OficinaError
from store.sprint.closing import ACTIONS, Fate
from store.sprint.service import Sprints

pick = st.integers(min_value=0, max_value=10_000)
FREE_WIP, SMALL = 3, 2


class SprintMachine(RuleBasedStateMachine):
    """Sprints with tasks of people and of items, children of all kinds, pulls by rule and by answer, undo,
    moves, closes; restarts, and kills at any write of any of them: before its line, in it, and right after.
    """

    def __init__(self) -> None:
        super().__init__()
        self.path = Path(tempfile.mkdtemp(prefix="oficina-sprint-"))
        self.lives = 1
        self.world = World(self.path / "life-1", seed_contracts())
        self.sprints = Sprints(self.world.backlog)
        self.names: list[str] = []
        self.confirmed: set[str] = set()
        self.given: dict[str, tuple[str, str]] = {}
        """Every code that was ever seen, with its id and item: a code never means another task."""
        self.dies: Moment | None = None
        """How the process dies at what it writes next."""
        self.open_sprint(auto=False)

    def teardown(self) -> None:
        self.world.close()
        shutil.rmtree(self.path)

    # -- what is there

    def open_tasks(self) -> list[dict[str, Any]]:
        return [task for task in self.world.db.all("tasks") if not task["fim"]]

    def children(self) -> list[dict[str, Any]]:
        return [
            item for item in self.world.db.all("backlog_items") if item["filho_de"] and item["status"] in OPEN
        ]

    def ended(self, item_id: str) -> bool:
        return self.world.status(item_id) not in OPEN

    def some_open(self, n: int) -> str:
        """An open sprint; there always is one."""
        found = [doc["sprint_id"] for doc in self.world.db.find("sprints", "estado", "aberta")]
        return str(found[n % len(found)])

    def attempt(self, act: Callable[[], object], confirms: Iterable[str] = ()) -> bool:
        """Do it, or be refused with nothing changed, or die with all or nothing of it; whether it is done.

        `confirms` are the children that somebody wants pulled by it.
        """
        before, dump = self.world.db.seq, self.dump() if self.dies else None
        try:
            self.do(act)
        except OficinaError:
            assert self.world.db.seq == before
            return False
        except Killed:
            whole = self.dies == "after"
            self.rise()
            assert (self.dump() == dump) is not whole
            if not whole:
                return False
        self.confirmed.update(confirms)
        return True

    def do(self, act: Callable[[], object]) -> None:
        """Do it, unless the process is to die at it."""
        if self.dies is None:
            act()
            return
        with killing(self.world.path, self.dies, self.path / f"life-{self.lives + 1}"):
            act()

    def rise(self) -> None:
        """Another process goes on with what the killed one has left on disk."""
        self.dies, self.lives = None, self.lives + 1
        self.world.close()
        self.world.path = self.path / f"life-{self.lives}"
        self.world._open()
        self.sprints = Sprints(self.world.backlog)

    @rule(moment=st.sampled_from(MOMENTS))
    def is_killed_next(self, moment: Moment) -> None:
        self.dies = moment

    # -- sprints

    @rule(auto=st.booleans())
    @precondition(lambda self: len(self.names) < 5)
    def open_sprint(self, auto: bool) -> None:
        name = f"S{len(self.names) + 22:03d}"
        limits = {"wip": FREE_WIP, "limite_filhos": SMALL, "limite_profundidade": SMALL}
        if self.attempt(lambda: self.sprints.criar(name, "Receitas", auto_iniciar=auto, **limits)):
            self.names.append(name)

    @rule(n=pick, acao=st.sampled_from(ACTIONS), para=pick)
    @precondition(lambda self: self.world.db.count_by("sprints", "estado", "aberta") > 1)
    def close_sprint(self, n: int, acao: Any, para: int) -> None:
        name, target = self.some_open(n), self.names[para % len(self.names)]
        waiting = [left.ref for left in self.sprints.restos(name)]
        self.attempt(
            lambda: self.sprints.encerrar(name, padrao=Fate(acao, "the sprint is over"), para=target),
            confirms=[ref for ref in waiting if ref.startswith("BKL") and acao == "levar"],
        )

    # -- tasks

    @rule(n=pick, under=st.booleans(), waits=st.booleans(), carries=st.sampled_from([True, False, False]))
    def add_task(self, n: int, under: bool, waits: bool, carries: bool) -> None:
        name = self.some_open(n)
        mine = [task["codigo"] for task in self.open_tasks() if task["sprint_id"] == name]
        item = new_item("corrigir_bug") if carries else None
        self.attempt(
            lambda: self.sprints.adicionar_task(
                name,
                titulo="" if carries else "a person's",
                item=item,
                pai=mine[n % len(mine)] if under and mine else "",
                depende_de=[mine[n // 7 % len(mine)]] if waits and mine else [],
            )
        )

    @rule(n=pick)
    @precondition(lambda self: self.open_tasks())
    def start(self, n: int) -> None:
        name = self.some_open(n)
        codigo = self.sprints.proxima_task(name) or "T01"
        if n % 5 == 0:
            task = self.open_tasks()[n % len(self.open_tasks())]
            name, codigo = task["sprint_id"], task["codigo"]
        self.attempt(lambda: self.sprints.iniciar_task(name, codigo))

    @rule(n=pick)
    @precondition(lambda self: self.open_tasks())
    def conclude(self, n: int) -> None:
        begun = [task for task in self.open_tasks() if task["iniciada_em"]]
        ready = [task for task in begun if not task["item_ref"] or self.ended(task["item_ref"])]
        tasks = ready or begun or self.open_tasks()
        task = tasks[n % len(tasks)]
        self.attempt(lambda: self.sprints.concluir_task(task["sprint_id"], task["codigo"]))

    @rule(n=pick)
    @precondition(lambda self: self.open_tasks())
    def give_up(self, n: int) -> None:
        if n % 3:
            return
        task = self.open_tasks()[n % len(self.open_tasks())]
        self.attempt(lambda: self.sprints.cancelar_task(task["sprint_id"], task["codigo"], "not needed"))

    @rule(n=pick, para=pick, under=pick)
    @precondition(lambda self: self.open_tasks())
    def move(self, n: int, para: int, under: int) -> None:
        tasks = self.open_tasks()
        task, above = tasks[n % len(tasks)], tasks[under % len(tasks)]
        target = self.some_open(para)
        pai = above["codigo"] if above["sprint_id"] == target and under % 3 else ""
        self.attempt(lambda: self.sprints.mover_task(task["sprint_id"], task["codigo"], pai=pai, para=target))

    @rule(n=pick, other=pick)
    @precondition(lambda self: self.open_tasks())
    def depend(self, n: int, other: int) -> None:
        tasks = self.open_tasks()
        task, ref = tasks[n % len(tasks)], tasks[other % len(tasks)]["codigo"]
        self.attempt(lambda: self.sprints.alterar_dependencias(task["sprint_id"], task["codigo"], [ref]))

    # -- children

    @rule(n=pick, tipo=st.sampled_from(sorted(KINDS)), auto=st.sampled_from([None, True, False]))
    @precondition(lambda self: self.world.db.count("tasks"))
    def find_child(self, n: int, tipo: str, auto: bool | None) -> None:
        tasks = list(self.world.db.all("tasks"))
        begun = [task for task in tasks if task["iniciada_em"] and task["fim"] in ("", "concluida")]
        task = (begun or tasks)[n % len(begun or tasks)]
        self.attempt(
            lambda: self.sprints.produzir_filho(
                task["sprint_id"], task["codigo"], new_item(tipo, auto_pull=auto)
            )
        )

    @rule(n=pick, opcao=st.sampled_from(["puxar", "deixar", "rejeitar"]), takes_back=st.booleans())
    @precondition(lambda self: self.world.open("decidir_pull"))
    def answer(self, n: int, opcao: str, takes_back: bool) -> None:
        questions = self.world.open("decidir_pull")
        question = questions[n % len(questions)]
        child, decisions = question["contexto"]["item_ref"], list[str]()
        done = self.attempt(
            lambda: decisions.append(self.world.decide(question["id"], opcao, undo_s=5 * takes_back)),
            confirms=[child] if opcao == "puxar" else [],
        )
        if (
            done
            and decisions
            and takes_back
            and self.attempt(lambda: self.world.decisions.desfazer(decisions[0]))
        ):
            self.confirmed.discard(child)
            assert self.world.status(question["id"]) == "Pendente"

    @rule(n=pick, para=pick)
    @precondition(lambda self: self.children())
    def pull_by_hand(self, n: int, para: int) -> None:
        children, name = self.children(), self.some_open(para)
        child = children[n % len(children)]["id"]
        self.attempt(lambda: self.world.backlog.transferir_para_sprint(child, name), confirms=[child])

    @rule(n=pick)
    @precondition(lambda self: self.children())
    def decide_child(self, n: int) -> None:
        child = self.children()[n % len(self.children())]
        options = list(seed_contracts()[child["tipo"]].opcoes)
        if options:
            self.attempt(lambda: self.world.decide(child["id"], options[n % len(options)]))

    # -- work

    @rule(ends=st.sampled_from(["well", "fails", "finds"]))
    def work(self, ends: str) -> None:
        claims: list[Claim | None] = []
        executor = {"boot_id": "b", "pid": 1, "inicio": 1}
        types = ["corrigir_bug"]
        self.attempt(lambda: claims.append(self.world.backlog.consumir(types, "PROMETHEUS", executor)))
        claim = claims[0] if claims else None
        if claim is None:
            return
        item, token = claim.item["id"], claim.token
        assert not claim.item["retido"], "a held item was claimed"
        if ends == "fails":
            self.attempt(lambda: self.world.backlog.falhar(item, token, "boom", retries=Retries(max=0)))
            return
        found = [new_item("documentar"), new_item("corrigir_bug")] if ends == "finds" else []
        self.attempt(lambda: self.world.backlog.concluir(item, token, RESULTS["corrigir_bug"], found))

    @rule(n=pick, skip=st.booleans())
    def end_by_hand(self, n: int, skip: bool) -> None:
        items = list(self.world.db.all("backlog_items"))
        if items and n % 3 == 0:
            item = items[n % len(items)]["id"]
            act = self.world.backlog.pular if skip else self.world.backlog.cancelar
            self.attempt(lambda: act(item, "not needed"))

    @rule()
    def restart(self) -> None:
        self.reopen()

    def reopen(self) -> None:
        before = self.dump()
        self.world.reopen()
        self.sprints = Sprints(self.world.backlog)
        assert self.dump() == before

    def dump(self) -> dict[str, list[Any]]:
        return {name: list(self.world.db.all(name)) for name in ("sprints", "tasks", "backlog_items")}

    # -- what must hold

    @invariant()
    def holds(self) -> None:
        now = SprintSnapshot(self.world, self.confirmed)
        now.check()
        for chave, task in now.tasks.items():
            assert self.given.setdefault(chave, (task["id"], task["item_ref"])) == (
                task["id"],
                task["item_ref"],
            ), "a code means another task now"
        assert set(self.given) <= set(now.tasks)


SprintMachine.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
TestSprints = SprintMachine.TestCase
