"""Probes of capabilities: real commands, on a schedule and on demand, outside any transaction.

design.md: "A capability has a probe (a command, run for real, on a schedule)".
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jobs.launcher.launcher import Launcher
from jobs.launcher.orders import Limits, Order, named_environment
from jobs.line_core import Core
from jobs.secrets import masker_of
from store.database import Commit

JOB = "sondas"
_CAPABILITIES = "capacidades"
_TAIL_LINES = 5
_LONGEST_DETAIL = 1_000


@dataclass(frozen=True, slots=True)
class ProbeCommand:
    """How a capability is probed: exit code 0 within the time limit means that it is there."""

    argv: Sequence[str]
    cwd: Path
    timeout_s: float = 30.0
    env: Mapping[str, str] = field(default_factory=dict)
    interval_s: float | None = None
    """How often it is run; None leaves that to the line."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a probe said: whether it passed, and its last words."""

    passou: bool
    detalhe: str


async def run_probe(launcher: Launcher, command: ProbeCommand) -> ProbeResult:
    """Run a probe under a keeper, with the machine as it is (a sandbox would hide what is asked for)."""
    lines: list[str] = []
    kept = await launcher.keeper()
    report = await kept.run(
        Order(
            argv=command.argv,
            cwd=command.cwd,
            env=named_environment(command.env),
            limits=Limits(wall_s=command.timeout_s),
        ),
        lambda _, line: lines.append(line),
    )
    text = "\n".join(lines[-_TAIL_LINES:])[:_LONGEST_DETAIL]
    if report.ok:
        return ProbeResult(True, text)
    if report.timed_out:
        return ProbeResult(False, f"timed out after {command.timeout_s:g} s\n{text}".strip())
    reason = report.error or report.killed_for or f"exit code {report.rc}"
    return ProbeResult(False, f"{reason}\n{text}".strip())


class Prober:
    """Runs the workspace's probes for the line; each result is committed by itself."""

    def __init__(self, core: Core) -> None:
        self._core, self._commands = core, core.setup.probes
        self._wanted: set[str] = set()
        self._next: dict[str, float] = {}

    def begin(self) -> None:
        """Probe everything at once and then every so often, and whatever is asked for in between."""
        core = self._core
        self._wanted.update(core.backlog.sondas_pedidas())
        core.db.subscribe(self._hear)
        core.scheduler.add(JOB, self._work, core.setup.probe_interval_s)

    def _hear(self, commit: Commit) -> None:
        """A commit may ask for a probe (`pedida_em`): the blocking episode waits for its answer."""
        for document in commit.put.get(_CAPABILITIES, {}).values():
            if document["pedida_em"]:
                self._wanted.add(document["nome"])
                self._core.scheduler.wake(JOB)

    async def _work(self) -> float | None:
        self._want_due(asyncio.get_running_loop().time())
        backlog = self._core.backlog
        while self._wanted:
            nome = self._wanted.pop()
            pedido = backlog.sonda_pedida(nome)
            result = await self._probe(nome)
            detail = masker_of(self._core.setup.config)(result.detalhe)
            backlog.registrar_sonda(nome, result.passou, detail, pedido=pedido)
        if not self._next:
            return None
        return max(0.0, min(self._next.values()) - asyncio.get_running_loop().time())

    def _want_due(self, now: float) -> None:
        for nome, command in self._commands.items():
            if now >= self._next.get(nome, now):
                self._next[nome] = now + (command.interval_s or self._core.setup.probe_interval_s)
                self._wanted.add(nome)

    async def _probe(self, nome: str) -> ProbeResult:
        command = self._commands.get(nome)
        if command is None:
            # Whoever asked must not wait for ever: what cannot be probed is not there.
            return ProbeResult(
                False, "no capability of that name is defined, so there is nothing to probe it with"
            )
        return await run_probe(self._core.launcher, command)
