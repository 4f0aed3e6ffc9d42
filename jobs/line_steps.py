"""One claimed step at work: inline in the line's loop, or in a process under its keeper."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jobs.attempts import Attempts
from jobs.launcher.launcher import Kept
from jobs.launcher.orders import Order, RunReport, named_environment
from jobs.line_finish import Finisher, Verdict
from jobs.line_meters import MEASURED, StepMeter
from jobs.metering import Terms
from jobs.performers.child import EXIT_LOST
from jobs.performers.documents import input_document
from jobs.performers.outcomes import outcome_document
from jobs.protocol import StepContext, StepSpec
from jobs.secrets import masker_of
from store.backlog import Claim
from store.errors import OficinaError, StoreError
from store.views.fold import Progress

STOPPED, LOST, LIMIT = "parada", "lost", "orcamento"
"""Why the line itself ends a step: it stops, the lease is not the step's any more, its budget is used up."""

_OUTPUT_LINES = 400
_PROGRESS_NAMES = ("fase", "feito", "total", "texto")


@dataclass(slots=True)
class Running:
    """A step that runs now: what the screens see of it, and what ends it."""

    claim: Claim
    step: StepSpec
    kept: Kept | None = None
    meter: StepMeter | None = None
    progress: dict[str, Any] = field(default_factory=dict)
    output: deque[str] = field(default_factory=lambda: deque(maxlen=_OUTPUT_LINES))
    task: asyncio.Task[None] | None = None

    @property
    def item_id(self) -> str:
        return str(self.claim.item["id"])

    def shown(self) -> Progress:
        """What the screens show of it."""
        said, used = self.progress, self.meter.shown() if self.meter is not None else {}
        return Progress(
            worker=str(self.claim.item["ator"]),
            fase=str(said.get("fase") or ""),
            feito=said.get("feito"),
            total=said.get("total"),
            **used,
        )

    def end(self, reason: str) -> None:
        """End the step's whole tree."""
        if self.kept is not None:
            self.kept.kill(reason)


BUILTIN = Terms()


class StepRunner:
    """Carries claims through to their end. `changed` is called when a step's progress or output did."""

    def __init__(
        self,
        context: StepContext,
        finisher: Finisher,
        attempts: Attempts,
        objects_directory: str,
        *,
        roots: tuple[str, ...] = (),
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._context, self._finisher, self._attempts = context, finisher, attempts
        self._objects_directory, self._roots, self._changed = objects_directory, roots, changed
        self._mask = masker_of(context.config)
        self.running: dict[str, Running] = {}
        """By token."""

    def run_inline(self, claim: Claim, step: StepSpec) -> Verdict:
        """Do a step that takes no time to speak of, here and now."""
        material = self._prepare(claim, step)
        if isinstance(material, str):
            return material
        try:
            outcome = outcome_document(_entry(step.entry)(material))
        except OficinaError as error:
            self._finisher.fail(claim, str(error))
            return "ok"
        except Exception as error:  # noqa: BLE001 (whatever a step raises is its failure)
            self._finisher.fail(claim, f"{type(error).__name__}: {error}", erro=traceback.format_exc())
            return "quebrado"
        return self._finisher.finish(claim, step, outcome, _measured(outcome))

    async def run_process(
        self,
        claim: Claim,
        step: StepSpec,
        kept: Kept,
        *,
        prazo_s: float | None,
        network: bool = False,
        terms: Terms = BUILTIN,
    ) -> Verdict:
        """Do a step in a process of its own; returns when nothing of it is left and its end is committed.

        `prazo_s` are the monotonic seconds that it may take; `network` lets its sandbox reach the network;
        `terms` are how its performer is bounded besides.
        """
        running = Running(claim, step, kept)
        running.meter = StepMeter(self._context, claim, terms, lambda: running.end(LIMIT))
        self.running[claim.token] = running
        try:
            material = self._prepare(claim, step)
            if isinstance(material, str):
                kept.close()
                await kept.gone()
                return material
            order = self._order(claim, step, self._envelope(claim, material, network, prazo_s), prazo_s)
            report = await kept.run(
                order, lambda name, line: self._hear(running, name, line), running.meter.measure
            )
            return self._settle(running, report, prazo_s)
        finally:
            del self.running[claim.token]
            self._changed()

    def _prepare(self, claim: Claim, step: StepSpec) -> dict[str, Any] | Verdict:
        """The step's own material; where it cannot be had, the attempt has failed."""
        try:
            return step.prepare(self._context, claim.item)
        except StoreError:
            raise
        except OficinaError as error:
            self._finisher.fail(claim, str(error))
            return "parado"
        except Exception as error:  # noqa: BLE001 (a broken step must not stop the line)
            self._finisher.fail(claim, f"{type(error).__name__}: {error}", erro=traceback.format_exc())
            return "quebrado"

    def _envelope(
        self, claim: Claim, material: Mapping[str, Any], network: bool, prazo_s: float | None
    ) -> dict[str, Any]:
        level, workdir = self._context.sandbox_level, self._attempts.create(claim.token)
        return {
            "token": claim.token,
            "workdir": str(workdir),
            "objects": self._objects_directory,
            "level": {"name": level.name, "why": level.why, "options": list(level.options)},
            "network": network,
            "roots": list(self._roots),
            "input": input_document(self._context, claim, material, workdir, prazo_s),
        }

    def _order(
        self, claim: Claim, step: StepSpec, envelope: Mapping[str, Any], prazo_s: float | None
    ) -> Order:
        return Order(
            argv=[sys.executable, "-I", "-m", "jobs.performers.child", step.entry],
            cwd=self._attempts.path(claim.token),
            env=named_environment(),
            limits=step.limits.within(wall_s=prazo_s),
            stdin=json.dumps(envelope) + "\n",
            interactive=True,
            grace_s=step.grace_s,
        )

    def _hear(self, running: Running, name: str, line: str) -> None:
        message = _message(line) if name == "out" else {}
        assert running.kept is not None
        assert running.meter is not None
        if "ask" in message:
            reply = self._finisher.answer(running.claim, running.step, message["ask"])
            running.meter.look_again()
            running.kept.send_line(json.dumps(reply))
        elif "usage" in message:
            running.meter.hear(message["usage"])
        elif "progress" in message:
            running.progress = {field: message["progress"].get(field) for field in _PROGRESS_NAMES}
        else:
            running.output.append(self._mask(str(message.get("output", line))))
        self._changed()

    def _settle(self, running: Running, report: RunReport, prazo_s: float | None) -> Verdict:
        claim, meter = running.claim, running.meter
        assert meter is not None
        outcome = self._attempts.outcome(claim.token)
        # The keeper's figures are the truth; a keeper that was killed has none.
        uso = meter.use(report.usage() if report.killed_for != "keeper" else {})
        if outcome is not None:
            uso = _measured(outcome) | uso
            return self._finisher.finish(claim, running.step, outcome, uso, output=running.output)
        if report.killed_for == LIMIT:
            performer = meter.meter.terms.performer
            self._finisher.stop_at_limit(
                claim, meter.limit, uso=uso, output=running.output, performer=performer
            )
        elif report.killed_for in (STOPPED, LOST) or report.rc == EXIT_LOST:
            # Stopped in order, or nobody's any more: then giving it back writes nothing.
            self._finisher.give_back(claim, STOPPED, uso, output=running.output)
        elif report.killed_for == "keeper":
            self._finisher.give_back(claim, "its keeper was killed", uso, output=running.output)
        else:
            self._finisher.fail(claim, _why(report, prazo_s), uso=uso, output=running.output)
            return "quebrado"
        return "parado"


def _entry(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    module, _, function = name.partition(":")
    entry: Callable[[dict[str, Any]], dict[str, Any]] = getattr(importlib.import_module(module), function)
    return entry


def _measured(outcome: Mapping[str, Any]) -> dict[str, float]:
    """What an outcome says that its processes took: numbers, and nothing else that it may claim."""
    said = outcome.get("uso")
    found = said if isinstance(said, Mapping) else {}
    return {name: found[name] for name in MEASURED if type(found.get(name)) in (int, float)}


def _message(line: str) -> dict[str, Any]:
    """What a step said; anything but a message of ours is output."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def _why(report: RunReport, prazo_s: float | None) -> str:
    """Why an attempt without an outcome ended, in one line."""
    if report.timed_out:
        return f"timed out after {prazo_s:g} s"
    if report.killed_for:
        return f"ended: over its limit of {report.killed_for}"
    if report.error:
        return f"could not start: {report.error}"
    return f"crashed with exit code {report.rc}"
