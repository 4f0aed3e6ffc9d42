"""Builds lines for tests: paths, dummy contracts beside the real ones, dummy actors."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import seeds
from jobs.line import Line, LineSetup
from jobs.protocol import Completion, StepContext, StepSpec
from jobs.sandbox import LIMITS_ONLY
from store.actors import Actor
from store.backlog import Claim
from store.contracts import Contract, Contracts

SEEDS = Path(seeds.__file__).parent
HERE = str(Path(__file__).parent)
LIMIT_S = 60.0


@dataclass(frozen=True)
class Paths:
    """A workspace's places, as the line needs them."""

    root: Path

    @property
    def oficina(self) -> Path:
        return self.root / ".oficina"

    @property
    def store(self) -> Path:
        return self.oficina / "store"

    @property
    def attempts(self) -> Path:
        return self.oficina / "attempts"

    @property
    def objects(self) -> Path:
        return self.oficina / "objects"

    @property
    def releases(self) -> Path:
        return self.oficina / "releases"

    @property
    def line_lock(self) -> Path:
        return self.oficina / "line.lock"


def contract(tipo: str, ator: str = "Robo", **changes: Any) -> Contract:
    """A contract that lets anything in and out."""
    definition: dict[str, Any] = {
        "tipo": tipo,
        "descricao": "A dummy.",
        "titulo": f"{tipo} {{contexto.n}}",
        "produtores": ["humano", ator],
        "consumidor": ator,
        "contexto": {"type": "object"},
        "resultado": {"type": "object"},
        "retries": {"max": 1, "base_s": 0.02, "teto_s": 0.05},
    }
    return Contract.model_validate(definition | changes)


@functools.cache
def _real() -> Contracts:
    """Immutable, so read once."""
    return Contracts.load(SEEDS / "contracts.yaml")


def contracts(*dummies: Contract) -> Contracts:
    """The real contracts and some dummies."""
    return Contracts({**_real(), **{dummy.tipo: dummy for dummy in dummies}})


def actor(nome: str, *tipos: str, **changes: Any) -> Actor:
    """An actor whose steps are ours; its safety net is wide, so that only wake-ups are fast."""
    definition = {
        "nome": nome,
        "tipos": dict.fromkeys(tipos, "builtin"),
        "intervalo_s": 60.0,
        "concorrencia": 2,
    }
    return Actor.model_validate(definition | changes)


def take_context(_: StepContext, item: Mapping[str, Any]) -> dict[str, Any]:
    """A step's input: the item's own context."""
    return dict(item["contexto"])


def take_result(_: Any, __: StepContext, ___: Claim, outcome: dict[str, Any]) -> Completion:
    """A step's end: what it returned, with its children."""
    return Completion(outcome.get("resultado", {}), outcome.get("filhos", ()))


def step(tipo: str, entry: str, where: Any = "process", **changes: Any) -> StepSpec:
    """A step of `line_dummies`."""
    parts: dict[str, Any] = {"prepare": take_context, "apply": take_result} | changes
    return StepSpec(tipo=tipo, where=where, entry=f"line_dummies:{entry}", **parts)


def setup(root: Path, **changes: Any) -> LineSetup:
    """A line of one actor, Robo, who consumes `tarefa`, unless told otherwise."""
    parts: dict[str, Any] = {
        "paths": Paths(root),
        "steps": {"tarefa": step("tarefa", "double")},
        "actors": (actor("Robo", "tarefa"),),
        "contracts": contracts(contract("tarefa")),
        "level": LIMITS_ONLY,
        "rng": random.Random(1),
        "roots": (HERE,),
        "durable": False,
        "name": "test",
        "probe_interval_s": 60.0,
    }
    return LineSetup(**(parts | changes))


def started(line_setup: LineSetup) -> Line:
    """A line that has started and opened its store."""
    line = Line(line_setup)
    line.start()
    line.wait_open(LIMIT_S)
    return line


def run(lines: list[Line], line_setup: LineSetup, *, modo: str = "running") -> Line:
    """One of the test's `lines` that is started and has come to `modo`."""
    line = started(line_setup)
    lines.append(line)
    wait_for(lambda: line.model().linha.modo == modo, modo)
    return line


def wait_for(condition: Callable[[], Any], what: str = "what was waited for") -> Any:
    """Wait until `condition()` is true; returns its value."""
    deadline = time.monotonic() + LIMIT_S
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what} never came"
        time.sleep(0.005)
    return value
