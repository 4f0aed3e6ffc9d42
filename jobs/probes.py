"""Probes of capabilities: real commands, on a schedule and on demand, outside any transaction.

design.md: "A capability has a probe (a command, run for real, on a schedule)".
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

from jobs.launcher.launcher import Launcher
from jobs.line_core import Core
from jobs.probing import TAIL_LINES, ProbeCommand, ProbeResult, order_of, refused, verdict
from jobs.sandbox import Level
from jobs.secrets import masker_of
from store.database import Commit

__all__ = ["JOB", "ProbeCommand", "ProbeResult", "Prober", "run_probe"]

JOB = "sondas"
_CAPABILITIES = "capacidades"
_AT_ONCE = 4


async def run_probe(launcher: Launcher, command: ProbeCommand, level: Level) -> ProbeResult:
    """Run a probe under a keeper of the line's."""
    why_not = refused(command)
    if why_not:
        return ProbeResult(False, why_not)
    lines: deque[str] = deque(maxlen=TAIL_LINES)
    kept = await launcher.keeper()
    report = await kept.run(order_of(command, level), lambda _, line: lines.append(line))
    return verdict(report, lines, command.timeout_s)


class Prober:
    """Runs the workspace's probes for the line, a few side by side; each result is committed by itself."""

    def __init__(self, core: Core) -> None:
        self._core, self._commands = core, core.setup.probes
        self._wanted: set[str] = set()
        self._next: dict[str, float] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._more = asyncio.Event()

    def begin(self) -> None:
        """Know what is defined, probe everything at once and then every so often, and whatever is asked for
        in between.
        """
        core = self._core
        core.backlog.definir_capacidades(_facts(core.setup.config))
        self._wanted.update(core.backlog.sondas_pedidas())
        core.db.subscribe(self._hear)
        core.scheduler.add(JOB, self._work, core.setup.probe_interval_s)

    def _hear(self, commit: Commit) -> None:
        """A commit may ask for a probe (`pedida_em`): the blocking episode waits for its answer."""
        for document in commit.put.get(_CAPABILITIES, {}).values():
            if document["pedida_em"]:
                self._wanted.add(document["nome"])
                self._more.set()
                self._core.scheduler.wake(JOB)

    async def _work(self) -> float | None:
        """Run what is due and what is asked for until nothing is left; a slow probe holds up no other."""
        self._want_due(asyncio.get_running_loop().time())
        try:
            while self._wanted or self._running:
                self._more.clear()
                self._start_wanted()
                waker = asyncio.ensure_future(self._more.wait())
                try:
                    await asyncio.wait([waker, *self._running.values()], return_when=asyncio.FIRST_COMPLETED)
                finally:
                    waker.cancel()
                self._collect()
        finally:
            for task in self._running.values():
                task.cancel()
        if not self._next:
            return None
        return max(0.0, min(self._next.values()) - asyncio.get_running_loop().time())

    def _start_wanted(self) -> None:
        for nome in sorted(self._wanted - self._running.keys())[: _AT_ONCE - len(self._running)]:
            self._wanted.discard(nome)
            self._running[nome] = asyncio.get_running_loop().create_task(self._probe(nome))

    def _collect(self) -> None:
        """Forget what has ended; what went wrong with it is the job's."""
        for nome, task in list(self._running.items()):
            if task.done():
                del self._running[nome]
                task.result()

    def _want_due(self, now: float) -> None:
        for nome, command in self._commands.items():
            if now >= self._next.get(nome, now):
                self._next[nome] = now + (command.interval_s or self._core.setup.probe_interval_s)
                self._wanted.add(nome)

    async def _probe(self, nome: str) -> None:
        backlog = self._core.backlog
        pedido = backlog.sonda_pedida(nome)
        result = await self._ask(nome)
        detail = masker_of(self._core.setup.config)(result.detalhe)
        backlog.registrar_sonda(nome, result.passou, detail, pedido=pedido)

    async def _ask(self, nome: str) -> ProbeResult:
        command = self._commands.get(nome)
        if command is None:
            # Whoever asked must not wait for ever: what cannot be probed is not there.
            return ProbeResult(
                False, "no capability of that name is defined, so there is nothing to probe it with"
            )
        return await run_probe(self._core.launcher, command, self._core.context.sandbox_level)


def _facts(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What the store is told of every capability that is defined."""
    definitions = config.get("definitions")
    return {nome: each.facts() for nome, each in definitions.capabilities.items()} if definitions else {}
