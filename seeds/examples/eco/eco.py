"""An example performer: says a text again, so many times, as oficina's performer protocol wants it.

It gets one JSON document on standard input, says what it does on standard output, a JSON line each, and ends
with its outcome. It needs nothing but Python; copy it and change `work`.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any


def say(**message: Any) -> None:
    """One line of the protocol: progress, usage, output or outcome."""
    sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def end_in_order(_number: int, _frame: FrameType | None) -> None:
    """The line wants us to end: there are a few seconds left."""
    raise SystemExit(1)


def work(contexto: dict[str, Any]) -> dict[str, Any]:
    """Do it; returns the outcome, or raises ValueError with the reason."""
    texto, vezes = contexto["texto"], contexto.get("vezes", 1)
    if not texto.strip():
        raise ValueError("there is nothing to say")
    lines = []
    for number in range(1, vezes + 1):
        say(progress={"fase": "saying", "feito": number, "total": vezes, "texto": texto})
        lines.append(texto)
    # The current directory is this attempt's own; what is named as an artifact is kept.
    Path("eco.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    # What calls to a model use is said as soon as it is known; this performer calls none.
    say(usage={"turnos": 1})
    return {"resultado": {"texto": " ".join(lines), "vezes": vezes}, "artefatos": ["eco.txt"]}


def main() -> None:
    """Read the input document, work, and say the outcome."""
    signal.signal(signal.SIGTERM, end_in_order)
    document = json.load(sys.stdin)
    for attempt in document["tentativas"]:
        say(output=f"attempt {attempt['numero']} ended: {attempt['motivo']}")
    if document["recado"]:
        say(output=f"the owner wrote: {document['recado']}")
    try:
        outcome = work(document["item"]["contexto"])
    except ValueError as error:
        outcome = {"falha": str(error)}
    say(outcome={"item": document["item"]["id"], **outcome})


if __name__ == "__main__":
    main()
