"""A line in a process of its own, to be killed: `python -m bench.recovery_line WORKSPACE` says what it is."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "jobs"))

from line_factory import Paths, actor, contract, contracts, setup, step

from jobs.line import Line, LineSetup

__all__ = ["TIPO", "Paths", "recovery_setup"]

TIPO = "tarefa"


def recovery_setup(root: Path, name: str) -> LineSetup:
    """One actor whose step waits for a file; everything durable, the sandbox really tried."""
    return setup(
        root,
        steps={TIPO: step(TIPO, "waits")},
        actors=(actor("Robo", TIPO, concorrencia=4),),
        contracts=contracts(contract(TIPO)),
        level=None,
        durable=True,
        name=name,
    )


def main(root: Path) -> None:
    line = Line(recovery_setup(root, "bench"))
    line.start()
    line.wait_open()
    told = ""
    while not line.wait_ended(0.002):
        modo = line.model().linha.modo
        if modo != told:
            told = modo
            sys.stdout.write(f"{modo} {time.monotonic()}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
