"""A step's only way to the line and to the world, from inside its own process."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Unpack

from jobs.attempts import Objects
from jobs.launcher.orders import RunReport
from jobs.performers.spawner import Spawner, SpawnOptions
from jobs.sandbox import Level, Sandbox
from jobs.usage_report import REFUSED
from store.errors import LostToken, OficinaError

_LONGEST_TEXT = 16_384
USAGE_NAMES = frozenset(
    {
        "modelo",
        "tokens_entrada",
        "tokens_saida",
        "tokens_cache",
        "custo",
        "moeda",
        "turnos",
        "fase",
        "absolute",
        "apis",
    }
)


class RefusedError(OficinaError):
    """The line did not commit what the step asked for; the message says why."""


class Channel:
    """What `run(input, channel)` of a process step gets.

    `workdir` is the attempt's directory, the only place to write to; `objects` keeps finished files; `token`
    is the lease's.
    """

    def __init__(self, envelope: Mapping[str, Any], replies: IO[str], messages: IO[str]) -> None:
        self.token = str(envelope["token"])
        self.workdir = Path(envelope["workdir"])
        self.objects = Objects(Path(envelope["objects"]))
        self.level = Level(**envelope["level"])
        self.network = bool(envelope.get("network"))
        """Whether the actor's definition lets commands reach the network."""
        self.input: dict[str, Any] = envelope["input"]
        """The performer protocol's input document (docs/performers.md)."""
        self._replies, self._messages = replies, messages
        self._spawner = Spawner(Sandbox(self.level), self.workdir, on_report=self._count)
        self.usage: dict[str, float] = {}
        """What the spawned commands used so far: `{cpu_s, wall_s, peak_rss_mb, ram_gb_s}`."""

    def progress(
        self, fase: str, feito: int | None = None, total: int | None = None, texto: str = ""
    ) -> None:
        """Say what is being done, and how far it is; shown, never stored."""
        self._say({"progress": {"fase": fase, "feito": feito, "total": total, "texto": texto}})

    def output(self, text: str) -> None:
        """Show some lines as the step's live output."""
        for line in text.splitlines():
            self._say({"output": line[:_LONGEST_TEXT]})

    def report_usage(self, **amounts: Any) -> None:
        """Say what a call to a model used, as soon as it is known; the line meters it against the budget.

        Any of `modelo`, `tokens_entrada`, `tokens_saida`, `tokens_cache` (whole numbers), `custo` (as the
        provider reported it, text or Decimal, in `moeda`), `moeda` (BRL by default), `turnos`, `fase`,
        `apis` (`{name: calls}` of other systems), and `absolute`: False, the default, adds to what was said
        before; True says the step's total so far.
        Raises TypeError for a name that is none of these.
        """
        unknown = sorted(amounts.keys() - USAGE_NAMES)
        if unknown:
            raise TypeError(f"no such amount: {', '.join(unknown)}")
        said = {name: str(value) if name == "custo" else value for name, value in amounts.items()}
        self._say({"usage": {"absolute": False} | said})

    def refuse_usage(self, reason: str) -> None:
        """Say why what a program said of its use cannot be: an event keeps it, nothing is counted."""
        self.output(f"usage refused: {reason}")
        self._say({"usage": {REFUSED: reason}})

    def ask(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Have the line commit a message (`kind`: `intent`, `phase`) and wait until it is durable.

        Returns the step's reply. Raises LostToken when the lease is not ours any more (nothing may be done
        then), and RefusedError when the line would not.
        """
        self._say({"ask": dict(message)})
        line = self._replies.readline()
        if not line:
            raise LostToken("the line is gone")
        reply: dict[str, Any] = json.loads(line)
        if "lost" in reply:
            raise LostToken(str(reply["lost"]))
        if "refused" in reply:
            raise RefusedError(str(reply["refused"]))
        value: dict[str, Any] = reply["reply"]
        return value

    def spawn(
        self, argv: Sequence[str], *, writable: Sequence[Path], **options: Unpack[SpawnOptions]
    ) -> RunReport:
        """Run a command in the sandbox, as `Spawner` does.

        Raises RefusedError for a network that the actor's definition does not grant.
        """
        if options.get("network") and not self.network:
            raise RefusedError("the network is not granted to this actor (rede: true in its definition)")
        return self._spawner(argv, writable=writable, **options)

    def _count(self, report: RunReport) -> None:
        for name, value in report.usage().items():
            before = self.usage.get(name, 0.0)
            self.usage[name] = max(before, value) if name == "peak_rss_mb" else before + value

    def _say(self, message: Mapping[str, Any]) -> None:
        self._messages.write(json.dumps(message, ensure_ascii=False) + "\n")
        self._messages.flush()
