"""The process of one step: `python -I -m jobs.performers.child ENTRY`.

It reads its envelope as the first line of standard input, calls `run(input, channel)` of the entry, and makes
the outcome durable in the attempt's directory. What the line then does with it is the line's business.

An outcome is `{material, uso}`: what the step returned, and what its spawned commands and itself used; or
`{falha, erro, uso}` when it raised.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from typing import IO, Any

from jobs.attempts import write_outcome
from jobs.performers.channel import Channel
from jobs.performers.outcomes import outcome_document
from store.errors import LostToken, OficinaError

EXIT_LOST = 3
_LONGEST_ERROR = 8_000
Run = Callable[[dict[str, Any], Channel], dict[str, Any]]


def main(argv: list[str], stdin: IO[str], stdout: IO[str]) -> int:
    """Do one step; returns 0 when there is an outcome, 3 when the lease was lost."""
    envelope: dict[str, Any] = json.loads(stdin.readline())
    sys.path.extend(envelope.get("roots", ()))
    started = time.monotonic()
    channel = Channel(envelope, stdin, stdout)
    os.chdir(channel.workdir)
    try:
        outcome = outcome_document(_entry(argv[0])(channel.input["material"], channel))
    except LostToken:
        return EXIT_LOST
    except OficinaError as error:
        outcome = {"falha": str(error), "erro": ""}
    except Exception as error:  # noqa: BLE001 (whatever a step raises is its failure, with its reason)
        outcome = {"falha": _in_one_line(error), "erro": traceback.format_exc()[-_LONGEST_ERROR:]}
    outcome["uso"] = _usage(channel, time.monotonic() - started) | outcome.get("uso", {})
    write_outcome(channel.workdir, outcome)
    return 0


def _entry(name: str) -> Run:
    """The function that `package.module:function` names."""
    module, _, function = name.partition(":")
    run: Run = getattr(importlib.import_module(module), function)
    return run


def _in_one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _usage(channel: Channel, wall_s: float) -> Mapping[str, float]:
    own = resource.getrusage(resource.RUSAGE_SELF)
    spawned = channel.usage
    peak_mb = own.ru_maxrss / 1024
    return {
        "cpu_s": round(own.ru_utime + own.ru_stime + spawned.get("cpu_s", 0.0), 3),
        "wall_s": round(wall_s, 3),
        "peak_rss_mb": round(max(peak_mb, spawned.get("peak_rss_mb", 0.0)), 1),
        "ram_gb_s": round(peak_mb / 1024 * wall_s + spawned.get("ram_gb_s", 0.0), 4),
    }


def _take_stdout() -> IO[str]:
    """Keep the real standard output for messages: what a step prints goes to standard error instead."""
    # Half a character, as a program may say one, must not break a message.
    messages = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    os.dup2(2, 1)
    return messages


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdin, _take_stdout()))
