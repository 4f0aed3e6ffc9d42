"""Somebody at a shell beside the demo's line, to be killed too: `python demo_beside.py DIRECTORY`.

They list what waits and answer it as the policy of the line does, which fights them for it, again and again.
"""

from __future__ import annotations

import io
import json
import sys
import time
from contextlib import redirect_stdout

from app.main import main

ANSWER, TIPO = "validar", "validar_implantacao"
PAUSE_S = 0.1


def look_and_answer(directory: str) -> None:
    """One look; whatever is refused is told on standard error, in a line."""
    said = io.StringIO()
    with redirect_stdout(said):
        code = main(["-C", directory, "items", "--json", "--tipo", TIPO])
    waiting = json.loads(said.getvalue()) if code == 0 else []
    for item in waiting:
        if item["status"] == "Pendente":
            main(["-C", directory, "decide", item["id"], ANSWER])


if __name__ == "__main__":
    while True:
        look_and_answer(sys.argv[1])
        time.sleep(PAUSE_S)
