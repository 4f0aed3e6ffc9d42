"""One run of a program that speaks the performer protocol: in the sandbox, with the input document on its
standard input, and its outcome judged (docs/performers.md).

Whatever a program does, the run ends in one of three ways: an outcome in shape, ProgramFailed with its
reason, or, where the run was ended from outside, SystemExit: then there is nothing to hand in.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.launcher.orders import Limits, RunReport
from jobs.launcher.spawn import Stop
from jobs.performers.amounts import Tally
from jobs.performers.artifacts import keep_artifacts
from jobs.performers.channel import Channel
from jobs.performers.commands import handed_problem
from jobs.performers.hearing import Hearing
from jobs.performers.shapes import outcome_problem
from jobs.secrets import Masker
from store.errors import OficinaError, WrongInput

PROGRAM_LIMITS = Limits(
    # What runs JavaScript reserves far more than it uses; the whole tree's memory is what is limited.
    memory_mb=64 << 10,
    tree_mb=3072,
    files=4096,
    processes=256,
)
STEP_LIMITS = Limits(memory_mb=64 << 10, tree_mb=4096, files=4096, processes=384, output_bytes=64 << 20)
"""Of the whole step: the program's, with what is around it."""

GRACE_S = 3.0
"""Seconds between SIGTERM and the end of a program."""
STEP_GRACE_S = GRACE_S + 3.0
"""The same of the step around it, which waits for the program's end."""

CANCELLED = "cancelled"
_EXIT_CANCELLED = 143
_LONGEST_WORDS = 200
_DEEPEST = 64
_BROKE = "the program broke the performer protocol (docs/performers.md)"


class ProgramFailed(OficinaError):
    """The program handed in nothing that could be taken, or says itself that it failed."""

    def __init__(self, motivo: str, erro: str = _BROKE) -> None:
        super().__init__(motivo)
        self.erro = erro

    @property
    def outcome(self) -> dict[str, Any]:
        """The step's outcome."""
        return {"falha": str(self), "erro": self.erro}


@dataclass(frozen=True)
class Program:
    """A command as it is run (`jobs/performers/commands.py`)."""

    argv: Sequence[str]
    leitura: Sequence[str]
    ambiente: Mapping[str, str]
    segredos: Mapping[str, str]
    prazo_s: float
    turnos: int | None
    tentativas_correcao: int
    medido: bool
    aprovado: Mapping[str, str] = field(default_factory=dict)
    """The digest of what of the workspace it is made of, by full path: what changed since is not run."""
    privado: Sequence[str] = ()
    """What nothing of `leitura` may be, hold or lie in."""

    @property
    def name(self) -> str:
        """What people know it by: its script's name, else its own."""
        words = [word for word in self.argv if not word.startswith("-")]
        script = next((word for word in words[1:] if "/" in word), words[0] if words else self.argv[0])
        return Path(script).name


@dataclass(frozen=True)
class Ran:
    """A run that came to its end: the outcome, in shape and masked, and what it used."""

    outcome: dict[str, Any]
    report: RunReport


class Runner:
    """Runs one program, as often as its step wants, and adds up what it says that it used."""

    def __init__(self, program: Program, channel: Channel) -> None:
        self.program, self._channel = program, channel
        self.mask = Masker(program.segredos.values())
        self.tally = Tally(lambda reason: channel.refuse_usage(self.mask(reason)))

    def run(self, document: Mapping[str, Any], trabalho: Path, readonly: Sequence[Path] = ()) -> Ran:
        """Run it once in `trabalho`, with `readonly` beside what its definition grants.

        Raises ProgramFailed, and SystemExit when the step was told to end meanwhile.
        """
        program, stop = self.program, Stop()
        changed = handed_problem(program.leitura, program.aprovado, program.privado)
        if changed:
            raise ProgramFailed(f"not run: {changed}", changed)
        hearing = Hearing(self._channel, self.mask, self.tally)
        with _told_to_end(stop):
            report = self._channel.spawn(
                program.argv,
                writable=[trabalho],
                readonly=[*readonly, *(Path(name) for name in program.leitura)],
                cwd=trabalho,
                env=program.ambiente,
                secrets=program.segredos,
                timeout_s=program.prazo_s,
                limits=PROGRAM_LIMITS,
                network=self._channel.network,
                stdin=json.dumps(document, ensure_ascii=False) + "\n",
                on_line=hearing,
                stop=stop,
                grace_s=GRACE_S,
            )
        if report.killed_for == CANCELLED:
            raise SystemExit(_EXIT_CANCELLED)
        outcome = self._outcome(hearing, report, str(document["item"]["id"]))
        if "uso" in outcome:
            hearing.use(outcome["uso"], total=True)
        return Ran(outcome, report)

    def keep(self, outcome: Mapping[str, Any], trabalho: Path) -> dict[str, Any]:
        """Keep the files that an outcome names; see `keep_artifacts`. Raises ProgramFailed."""
        secrets = self.program.segredos.values()
        try:
            return keep_artifacts(
                self._channel.objects, trabalho, outcome.get("artefatos", ()), secrets=secrets
            )
        except WrongInput as error:
            raise ProgramFailed(self.mask(str(error))) from None

    def _outcome(self, hearing: Hearing, report: RunReport, item_id: str) -> dict[str, Any]:
        _check_end(report, self.program)
        if len(hearing.outcomes) > 1:
            raise ProgramFailed(f"said {len(hearing.outcomes)} outcomes: which one counts?")
        if not hearing.outcomes:
            raise ProgramFailed(_silence(hearing, report))
        outcome = _read(hearing.outcomes[0], item_id)
        if "falha" in outcome:
            raise ProgramFailed(self.mask(outcome["falha"]), self.mask(outcome.get("erro", "")))
        if report.rc != 0:
            raise ProgramFailed(f"said an outcome, but ended with exit code {report.rc}")
        masked: dict[str, Any] = _masked(outcome, self.mask)
        return masked


def _check_end(report: RunReport, program: Program) -> None:
    if report.timed_out:
        raise ProgramFailed(f"timed out after {program.prazo_s:g} s", _usage_line(report))
    if report.killed_for:
        raise ProgramFailed(f"ended: over its limit of {report.killed_for}", _usage_line(report))
    if report.error:
        raise ProgramFailed(f"could not start: {report.error}", report.error)


def _usage_line(report: RunReport) -> str:
    """What the run used, for whoever asks why it was ended."""
    used = ", ".join(f"{name} {value:g}" for name, value in report.usage().items())
    return f"{used}, output_bytes {report.output_bytes}"


def _silence(hearing: Hearing, report: RunReport) -> str:
    """Why there is no outcome, with the last thing that it said."""
    if hearing.broken:
        return "its outcome is no JSON, or longer than a line of 1 MB"
    words = " ".join(hearing.last_words.split())[:_LONGEST_WORDS]
    return f"ended without an outcome (exit code {report.rc})" + (f": {words}" if words else "")


def _read(said: Any, item_id: str) -> dict[str, Any]:
    """The outcome, in shape and of this item. Raises ProgramFailed or WrongInput."""
    if not isinstance(said, dict):
        raise ProgramFailed("its outcome is no object")
    if _is_too_deep(said):
        raise ProgramFailed(f"its outcome is nested more than {_DEEPEST} levels deep")
    try:
        text = json.dumps(said, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, RecursionError):
        raise ProgramFailed("its outcome holds what is no JSON: NaN, infinity or half a character") from None
    if "\ufffd" in text:
        raise ProgramFailed("its outcome is not UTF-8")
    if said.get("item", item_id) != item_id:
        raise ProgramFailed(f"its outcome is of another item: {str(said['item'])[:80]}, not {item_id}")
    if "material" in said:
        raise ProgramFailed("material: unknown key (did you mean resultado?)")
    problem = outcome_problem(said)
    if problem:
        raise ProgramFailed(problem)
    return said


def _is_too_deep(value: Any) -> bool:
    """Whether it is nested deeper than anything that goes through it by calling itself should go."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
        ]
    return bool(level)


def _masked(value: Any, mask: Masker) -> Any:
    """The same document without the secrets in its texts and names."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_masked(each, mask) for each in value]
    if isinstance(value, dict):
        return {mask(name): _masked(each, mask) for name, each in value.items()}
    return value


@contextmanager
def _told_to_end(stop: Stop) -> Iterator[None]:
    """SIGTERM ends the program in order, instead of this process at once."""
    before = signal.signal(signal.SIGTERM, lambda *_: stop(CANCELLED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
