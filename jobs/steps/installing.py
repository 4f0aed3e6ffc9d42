"""`instalar_capacidade`: run a capability's install command; whether it is there its probe tells.

Input: `{capacidade, comando, workspace, secrets, aprovados}`: the approved definition (null: nothing of that
name is defined any more), the command that was decided on, where it runs, the variables that it gets, and the
digests of what was approved. Outcome:
`{instalada, detalhe, saida}`; an install that fails is a result, not a failed attempt.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

from jobs.capabilities import Capability
from jobs.performers.channel import Channel
from jobs.probing import INSTALL_LIMITS, run_now
from jobs.secrets import Masker

_KEPT_LINES = 100


def run(document: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Run it with the machine as it is, its output live."""
    if document["capacidade"] is None:
        return _not_run("nothing of that name is defined any more")
    capability = Capability.from_document(document["capacidade"])
    if not capability.instalar or capability.instalar_texto != document["comando"]:
        return _not_run("its install command is not the one that was decided on any more")
    mask = Masker(document["secrets"].values())
    lines: deque[str] = deque(maxlen=_KEPT_LINES)

    def hear(line: str) -> None:
        lines.append(mask(line))
        channel.output(lines[-1])

    channel.progress("install", texto=capability.nome)
    channel.output(f"$ {capability.instalar_texto}")
    root, secrets = Path(document["workspace"]), document["secrets"]
    command = capability.install_command(root, secrets, document["aprovados"])
    result = run_now(command, channel.level, limits=INSTALL_LIMITS, on_line=hear)
    channel.output("the command succeeded" if result.passou else f"FAILED: {mask(result.detalhe)}")
    return {"instalada": result.passou, "detalhe": mask(result.detalhe), "saida": "\n".join(lines)}


def _not_run(why: str) -> dict[str, Any]:
    return {"instalada": False, "detalhe": f"not run: {why}", "saida": ""}
