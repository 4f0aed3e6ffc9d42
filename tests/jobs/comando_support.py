"""Lines whose work is done by programs of the test's own, in the real sandbox."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from line_factory import actor, contract, contracts, setup, started, wait_for

from jobs.actors.comando import comando_step
from jobs.config import Config
from jobs.line import Line
from jobs.performers.channel import Channel
from jobs.performers.commands import program_document
from jobs.pricing.rates import load_pricing
from jobs.sandbox import Level, trial
from jobs.steps.comando import run as run_program
from store.actors import Actor
from store.commands import Command

LEVEL = trial()
PRELUDE = """\
import json, os, signal, sys, time
doc = json.load(sys.stdin)
def say(**message):
    print(json.dumps(message), flush=True)
def end(**outcome):
    say(outcome=outcome)
"""
ENDED = ("Concluido", "Falhou", "Bloqueado", "Cancelado")


def script(root: Path, code: str, name: str = "eco.py") -> Path:
    """A program of the workspace."""
    path = root / "tools" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PRELUDE + code, encoding="utf-8")
    return path


def command(**changes: Any) -> Command:
    """Runs `tools/eco.py`."""
    definition = {"argv": ["{python}", "-I", "{workspace}/tools/eco.py"], "prazo_s": 20}
    return Command.model_validate(definition | changes)


def robo(definition: Command, tipo: str = "eco", **changes: Any) -> Actor:
    """An actor of one type, done by a program."""
    return actor("Robo", tipos={tipo: "comando"}, comandos={tipo: definition}, **changes)


@contextmanager
def line_of(root: Path, code: str, **changes: Any) -> Iterator[Line]:
    """A line of one type `eco`, whose program is `code`, in a workspace at `root`."""
    definition: Command = changes.pop("definition", None) or command()
    wanted: dict[str, Any] = {"retries": {"max": 0}} | changes.pop("contrato", {})
    actor_changes: Mapping[str, Any] = changes.pop("ator", {})
    others = changes.pop("outros", ())
    config = {
        "workspace": Config("w", below_full=changes.pop("below_full", "generated")),
        "pricing": load_pricing(),
        "secrets": changes.pop("secrets", {}),
    }
    script(root, code)
    parts: dict[str, Any] = {
        "steps": {"eco": comando_step("eco", definition)},
        "actors": (robo(definition, **actor_changes),),
        "contracts": contracts(contract("eco", **wanted), *others),
        "level": LEVEL,
        "config": config | changes.pop("config", {}),
    }
    line = started(setup(root, **(parts | changes)))
    try:
        yield line
    finally:
        line.stop(0.0)


def produce(line: Line, contexto: Mapping[str, Any] | None = None, **more: Any) -> str:
    """A new `eco`; returns its id."""
    new = {"tipo": "eco", "contexto": dict(contexto or {}), **more}
    return line.submit(lambda core: core.backlog.produzir(new, produtor="humano")).result(60)


def item_of(line: Line, item_id: str) -> dict[str, Any]:
    return line.submit(lambda core: core.db.get("backlog_items", item_id)).result(60) or {}


def ended(line: Line, item_id: str) -> dict[str, Any]:
    """The item, once its attempt has ended."""

    def look() -> dict[str, Any] | None:
        item = item_of(line, item_id)
        return item if item["status"] in ENDED and not item["lease"] else None

    found: dict[str, Any] = wait_for(look, f"the end of {item_id}")
    return found


def done(root: Path, code: str, contexto: Mapping[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """The item after one attempt by the program `code`."""
    with line_of(root, code, **changes) as line:
        return ended(line, produce(line, contexto))


def refused(root: Path, code: str) -> str:
    """Why the outcome of the program `code` is not taken; the program runs in the sandbox, without a line."""
    script(root, code)
    workdir = root / "attempt"
    workdir.mkdir()
    envelope = {
        "token": "t",
        "workdir": str(workdir),
        "objects": str(root / "objects"),
        "level": {"name": LEVEL.name, "why": LEVEL.why},
        "input": {"item": {"id": "BKL-0001", "tentativa": 1, "contexto": {}}, "spec": None},
    }
    channel = Channel(envelope, io.StringIO(), io.StringIO())
    falha: str = run_program({"programa": program_document(command(), root, {})}, channel)["falha"]
    return falha


def kept_output(root: Path, item: Mapping[str, Any]) -> str:
    """What the last attempt wrote, as it was kept."""
    ref = item["tentativas"][-1]["saida_ref"]
    return (root / ".oficina" / "objects" / ref[:2] / ref[2:]).read_text() if ref else ""


def full_only() -> Level:
    """Skip where the sandbox is not full."""
    import pytest

    if LEVEL.name != "full":
        pytest.skip(LEVEL.why)
    return LEVEL
