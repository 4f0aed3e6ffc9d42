"""No sequence of operations breaks an invariant, and nothing waits for ever (a stateful model of
MS_Backlog).
"""

from __future__ import annotations

import re
import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from backlog_model import Snapshot
from backlog_steps import Step, check_verifying
from factories import RESULTS, World, new_item, seed_contracts
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from store.backlog import Claim
from store.clock import add_seconds
from store.contracts import Retries
from store.errors import CycleRefused, LostToken, OficinaError
from store.views.effects import effects

CONTRACTS = seed_contracts()
SPECS = ("alfa", "beta", "gama")
CAPS = ("chave", "fila")
MACHINE = {
    "PROMETHEUS": (
        "orcar_spec",
        "desenvolvimento",
        "corrigir_bug",
        "implantar",
        "reverter",
        "instalar_capacidade",
    ),
    "GENESIS": ("entrevistar_dor",),
    "Epistemologia": ("especificar",),
}

some_spec = st.sampled_from(SPECS)
some_caps = st.lists(st.sampled_from(CAPS), unique=True, max_size=2)
some_outcome = st.one_of(some_spec.map("spec:{}".format), st.sampled_from(CAPS).map("cap:{}".format))
some_actor = st.sampled_from(sorted(MACHINE))
pick = st.integers(min_value=0, max_value=10_000)


class BacklogMachine(RuleBasedStateMachine):
    """Specs with dependencies and gaps, rework, new versions, shared gaps, cancel, skip, undo, lost workers,
    restarts of the process and of the machine.
    """

    world_type: type[World] = World

    def __init__(self) -> None:
        super().__init__()
        self.path = Path(tempfile.mkdtemp(prefix="oficina-model-"))
        self.world = self.world_type(self.path, CONTRACTS)
        self.versions: dict[str, int] = {}
        self.claims: list[Claim] = []
        self.decided: list[str] = []
        self.boot = 1
        self.alive: set[tuple[str, int]] = set()
        self.before = Snapshot(self.world)

    @initialize(spec=some_spec, gaps=some_caps, other=some_spec)
    def first_specs(self, spec: str, gaps: list[str], other: str) -> None:
        self.add(spec, [], gaps, [])
        if other != spec:
            self.add(other, [spec], ["chave"], ["fila"])

    def add(self, spec: str, needs: list[str], gaps: list[str], provides: list[str]) -> None:
        versao = self.versions.get(spec, 0) + 1
        self.versions[spec] = versao
        self.world.add_spec(spec, versao, depende_de=needs, fornece=provides)
        self.wanted = getattr(self, "wanted", {}) | {(spec, versao): (needs, gaps)}

    @rule(
        spec=some_spec,
        needs=st.lists(some_spec, unique=True, max_size=2),
        gaps=some_caps,
        provides=st.lists(st.sampled_from(CAPS), max_size=1),
    )
    def add_spec(self, spec: str, needs: list[str], gaps: list[str], provides: list[str]) -> None:
        if self.versions.get(spec, 0) < 3:
            self.add(spec, needs, gaps, provides)

    # -- workers

    @rule(actor=some_actor)
    def claim(self, actor: str) -> None:
        found = self.claim_next(actor)
        if found is not None:
            assert found.item["status"] == "EmProcessamento"
            assert found.item["disponivel_em"] <= self.world.clock.now()
            self.claims.append(found)

    def claim_next(self, actor: str) -> Claim | None:
        who = (f"boot-{self.boot}", len(self.alive) + 1)
        executor = {"boot_id": who[0], "pid": who[1], "inicio": 1}
        found = self.world.backlog.consumir(MACHINE[actor], actor, executor)
        if found is not None:
            self.alive.add(who)
        return found

    @rule(n=pick)
    @precondition(lambda self: self.claims)
    def hand_in(self, n: int) -> None:
        claim = self.claims.pop(n % len(self.claims))
        self.fenced(claim, lambda: self.conclude(claim))

    @rule(n=pick, for_good=st.booleans())
    @precondition(lambda self: self.claims)
    def fail(self, n: int, for_good: bool) -> None:
        claim = self.claims.pop(n % len(self.claims))
        retries = Retries(max=0) if for_good else None
        fail = self.world.backlog.falhar
        self.fenced(claim, lambda: fail(claim.item["id"], claim.token, "boom", retries=retries))

    @rule(n=pick, why=st.sampled_from(("parada", "gone", "the line")))
    @precondition(lambda self: self.claims)
    def lose_worker(self, n: int, why: str) -> None:
        claim = self.claims.pop(n % len(self.claims))
        falls = why == "the line"
        before = {name: self.world.item(claim.item["id"]).get(name, 0) for name in ("perdas", "quedas")}

        def give_back() -> None:
            self.world.backlog.devolver(claim.item["id"], claim.token, why, linha_caiu=falls)
            after = self.world.item(claim.item["id"])
            assert after["perdas"] == before["perdas"] + (why == "gone")
            assert after["quedas"] == before["quedas"] + falls
            assert (after["status"] == "Falhou") == (after["perdas"] >= 5 or after["quedas"] >= 20)

        self.fenced(claim, give_back)

    @rule(n=pick, ref=st.one_of(some_outcome, pick))
    @precondition(lambda self: self.claims)
    def block(self, n: int, ref: str | int) -> None:
        claim = self.claims[n % len(self.claims)]
        wanted = ref if isinstance(ref, str) else self.some_item(ref)["id"]

        if self.block_on(claim, wanted):
            self.claims.remove(claim)

    @rule(ref=st.one_of(some_outcome, pick), ends=st.booleans())
    def wait_twice(self, ref: str | int, ends: bool) -> None:
        """Work that waited, came free and was begun finds that it must wait for something else."""
        produce = partial(self.world.produce, "corrigir_bug", produtor="humano", prioridade=9)
        first, second = produce(), produce() if isinstance(ref, int) else ref
        item_id = produce(depende_de=[first])
        self.world.backlog.pular(first, "not needed")
        if second.startswith("BKL-"):
            self.world.backlog.repriorizar(second, 0)
        claim = self.claim_next("PROMETHEUS")
        assert claim is not None
        if claim.item["id"] != item_id or not self.block_on(claim, second):
            self.claims.append(claim)
            return
        assert len(self.world.item(item_id)["bloqueios"]) <= 2
        if ends and second.startswith("BKL-"):
            self.holds()
            self.world.backlog.pular(second, "not needed")
            assert self.world.item(item_id)["desbloqueado_por"] == second

    def block_on(self, claim: Claim, ref: str) -> bool:
        """False when that would close a cycle."""

        def blocking() -> None:
            became = self.world.backlog.bloquear(claim.item["id"], claim.token, [ref], "needs it")
            item = self.world.item(claim.item["id"])
            if became == "Pendente":
                assert item["voltas"], "it came back without having waited"
                assert item["disponivel_em"] > self.world.clock.now(), "it spins"
            elif became == "Bloqueado":
                assert item["voltas"] == 0
            else:
                assert item["voltas"] == CONTRACTS[item["tipo"]].retries.max + 1

        try:
            self.fenced(claim, blocking)
        except CycleRefused:
            return False
        return True

    def fenced(self, claim: Claim, act: Any) -> None:
        """Do what a worker does; a lost token must write nothing."""
        before = self.world.db.seq
        lease = self.world.item(claim.item["id"])["lease"]
        if lease and lease["token"] == claim.token:
            act()
            return
        with pytest.raises(LostToken):
            act()
        assert self.world.db.seq == before

    def conclude(self, claim: Claim) -> None:
        item = claim.item
        try:
            self.world.backlog.concluir(item["id"], claim.token, RESULTS[item["tipo"]], self.children(item))
        except OficinaError as error:
            self.world.backlog.falhar(item["id"], claim.token, str(error))

    def children(self, item: dict[str, Any]) -> list[dict[str, Any]]:
        spec = {"spec_ref": item["spec_ref"] or "alfa", "spec_versao": item["spec_versao"] or 1}
        tipo = item["tipo"]
        if tipo == "orcar_spec":
            needs, gaps = self.wanted[item["spec_ref"], item["spec_versao"]]
            missing = [gap for gap in gaps if not self.passes(gap)]
            waits = [f"@gap:{gap}" for gap in missing] + [f"spec:{need}" for need in needs]
            return [
                *(new_item("entrevistar_dor", {"recurso": gap}, chave=f"gap:{gap}") for gap in missing),
                new_item("aprovar_orcamento", spec, depende_de=waits),
            ]
        if tipo in ("desenvolvimento", "corrigir_bug"):
            return [new_item("aprovar_release", spec)]
        if tipo == "implantar":
            return [new_item("validar_implantacao", spec)]
        if tipo == "entrevistar_dor":
            return [self.structuring(item)]
        if tipo == "especificar":
            return [new_item("escrever_spec", {"recurso": item["contexto"].get("recurso") or "chave"})]
        return []

    def structuring(self, pain: dict[str, Any]) -> dict[str, Any]:
        """A gap is about a capability; what did not help is a pain without one."""
        found = new_item("estruturar_produto")
        recurso = pain["contexto"].get("recurso")
        contexto = {**found["contexto"], "recurso": recurso}
        return found | {"contexto": {name: value for name, value in contexto.items() if value}}

    def passes(self, nome: str) -> bool:
        found = self.world.db.find("capacidades", "nome", nome)
        return bool(found and found[0]["sonda"] and found[0]["sonda"]["passou"])

    @rule(times=st.integers(min_value=1, max_value=8))
    def go_on(self, times: int) -> None:
        """A few steps of a line that works, so that the later phases are reached as well."""
        for _ in range(times):
            self.step()

    # -- people

    @rule(n=pick, option=pick, undo_s=st.sampled_from([0.0, 5.0]))
    def decide(self, n: int, option: int, undo_s: float) -> None:
        inbox = self.world.decisions.abertas()
        if inbox:
            self.answer(inbox[n % len(inbox)], option, undo_s)

    @rule(actor=some_actor, option=pick, steps=st.integers(0, 12), undo_s=st.sampled_from([0.0, 5.0]))
    def fail_and_resolve(self, actor: str, option: int, steps: int, undo_s: float) -> None:
        """However far the line has come: something fails for good, and a person says what becomes of it."""
        self.go_on(steps)
        claim = self.claim_next(actor)
        if claim is not None:
            failed = claim.item["id"]
            self.world.backlog.falhar(failed, claim.token, "boom", retries=Retries(max=0))
            (question,) = [
                each
                for each in self.world.items("resolver_falha", "Pendente")
                if each["contexto"]["item_ref"] == failed
            ]
            self.answer(question, option, undo_s)

    @rule(actor=some_actor, n=pick, times=st.integers(1, 5))
    def wait_for_what_has_come(self, actor: str, n: int, times: int) -> None:
        """Work that asks for something that ended well, over and over: it neither spins nor hangs."""
        came = [item["id"] for item in self.world.db.find("backlog_items", "status", "Concluido")]
        for _ in range(times if came else 0):
            self.world.clock.advance(700)
            claim = self.claim_next(actor)
            if claim is not None and not self.block_on(claim, came[n % len(came)]):
                self.claims.append(claim)

    def answer(self, item: dict[str, Any], option: int, undo_s: float) -> None:
        options = self.world.decisions.opcoes(item)
        wanted = options[option % len(options)]
        before = Snapshot(self.world)
        if wanted.indisponivel:
            with pytest.raises(OficinaError, match=re.escape(wanted.indisponivel)):
                self.world.decide(item["id"], wanted.nome, undo_s=undo_s)
            return
        # The reason that stands for all of them: a preview cannot know the words.
        self.decided.append(self.world.decide(item["id"], wanted.nome, motivo="…", undo_s=undo_s))
        if not undo_s:
            assert wanted.previa == effects(Snapshot(self.world).since(before), item["id"])

    @rule()
    @precondition(lambda self: self.decided)
    def undo(self) -> None:
        try:
            self.world.decisions.desfazer(self.decided.pop())
        except OficinaError:
            return

    @rule(n=pick, skip=st.booleans())
    def end_by_hand(self, n: int, skip: bool) -> None:
        item = self.some_item(n)
        act = self.world.backlog.pular if skip else self.world.backlog.cancelar
        if item["status"] in ("Concluido", "Pulado", "Cancelado") or CONTRACTS[item["tipo"]].interno:
            with pytest.raises(OficinaError):
                act(item["id"], "not needed")
        else:
            act(item["id"], "not needed")

    @rule(n=pick, waits=st.lists(st.one_of(some_outcome, pick), max_size=3))
    def report_bug(self, n: int, waits: list[str | int]) -> None:
        refs = [ref if isinstance(ref, str) else self.some_item(ref)["id"] for ref in waits]
        refs += ["BKL-9999"] if n % 7 == 0 else []
        self.world.produce("corrigir_bug", produtor="humano", depende_de=refs, prioridade=n % 3)

    @rule(n=pick)
    def snooze(self, n: int) -> None:
        inbox = self.world.decisions.abertas()
        if inbox:
            self.world.decisions.adiar(inbox[n % len(inbox)]["id"], "2026-02-01T00:00:00.000000Z")

    # -- the world

    @rule(passed=st.booleans())
    def answer_probes(self, passed: bool) -> None:
        for nome in self.world.backlog.sondas_pedidas():
            self.world.backlog.registrar_sonda(nome, passed, "exit 1")

    @rule(nome=st.sampled_from(CAPS), passed=st.booleans())
    def scheduled_probe(self, nome: str, passed: bool) -> None:
        self.world.backlog.registrar_sonda(nome, passed, "on schedule")

    @rule(seconds=st.sampled_from([1.0, 6.0, 700.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    @rule(seconds=st.sampled_from([90.0, 3600.0]))
    def clock_goes_back(self, seconds: float) -> None:
        due = {item["id"]: item["disponivel_em"] for item in self.later()}
        self.world.clock.set_back(seconds)
        moved = self.world.backlog.clock_went_back(seconds)
        assert set(due) <= set(moved), "what was to come still comes when it was to come"
        for item_id, moment in due.items():
            assert self.world.item(item_id)["disponivel_em"] == add_seconds(moment, -seconds)

    def later(self) -> list[dict[str, Any]]:
        now = self.world.clock.now()
        pending = self.world.db.find("backlog_items", "status", "Pendente")
        return [item for item in pending if item["disponivel_em"] > now]

    def some_item(self, n: int) -> dict[str, Any]:
        return self.world.item(f"BKL-{1 + n % self.world.db.count('backlog_items'):04d}")

    # -- restarts

    @rule(survives=st.booleans(), adopts=st.booleans())
    def restart(self, survives: bool, adopts: bool) -> None:
        """The process ends and begins anew. Its workers go on, or are gone; of those that are gone some had
        written their outcome. What they hand in later is fenced.
        """
        if not survives:
            self.alive = set()
        self.world.reopen()
        self.recover(adopts)

    @rule(adopts=st.booleans())
    def reboot(self, adopts: bool) -> None:
        """The machine begins anew: nobody of the old boot lives, whatever numbers new processes have."""
        self.boot, self.alive = self.boot + 1, set()
        self.world.reopen()
        self.recover(adopts)

    def recover(self, adopts: bool) -> None:
        """What `jobs.recovery` does: a durable outcome is adopted, other work is given back."""
        for item in self.world.backlog.leases():
            if not self.lives(item):
                claim = Claim(item, item["lease"]["token"], len(item["tentativas"]))
                if adopts:
                    self.conclude(claim)
                else:
                    self.world.backlog.devolver(
                        item["id"], claim.token, "its process is gone", linha_caiu=True
                    )

    def lives(self, item: dict[str, Any]) -> bool:
        executor = item["lease"]["executor"]
        return (executor["boot_id"], executor["pid"]) in self.alive

    @invariant()
    def holds(self) -> None:
        before, self.before = self.before, Snapshot(self.world)
        self.before.check()
        check_verifying(self.before)
        Step(before, self.before).check()
        held = [item for item in self.before.items.values() if item["lease"]]
        assert all(self.lives(item) for item in held), "a lease whose worker is gone"

    def teardown(self) -> None:
        self.drain()
        self.world.close()
        shutil.rmtree(self.path)

    def drain(self) -> None:
        """With willing people, working workers and passing probes, everything comes to its end."""
        for claim in self.claims:
            self.fenced(claim, partial(self.world.backlog.devolver, claim.item["id"], claim.token, "parada"))
        self.claims = []
        for _ in range(400):
            self.world.clock.advance(1_000_000)
            for nome in self.world.backlog.sondas_pedidas():
                self.world.backlog.registrar_sonda(nome, True)
            if not self.step():
                break
        Snapshot(self.world).check()
        found = self.world.db.all("backlog_items")
        left = [item for item in found if item["status"] in ("Bloqueado", "Pendente")]
        assert not left, [(item["id"], item["tipo"], item["depende_de"]) for item in left]

    def step(self) -> bool:
        for actor in MACHINE:
            found = self.claim_next(actor)
            if found is not None:
                self.conclude(found)
                return True
        for item in self.world.decisions.abertas():
            option = self.willing(item)
            self.world.decide(item["id"], option)
            return True
        return False

    def willing(self, item: dict[str, Any]) -> str:
        """The answer that goes on best, of those that can be given."""
        options = self.world.decisions.opcoes(item, previews=False)
        names = [option.nome for option in options if not option.indisponivel]
        wanted = WILLING.get(item["tipo"], "")
        return wanted if wanted in names else names[0]


WILLING = {"resolver_falha": "pular", "resolver_dependencia": "dispensar", "estruturar_produto": "verificar"}

BacklogMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestBacklogMachine = BacklogMachine.TestCase
