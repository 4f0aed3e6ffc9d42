"""A type of a workspace's own, done by a program: its outcome, its artifacts kept (docs/performers.md).

Input: `{programa}`, the command as it is run. Outcome: `{resultado, filhos, artefatos}`, or the program's own
`falha` or `bloqueado`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.performers.channel import Channel
from jobs.performers.program import Program, ProgramFailed, Runner
from jobs.steps.ground import lay_out_spec, say_history


def run(document: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Run the program once; whatever is wrong with its outcome fails the attempt."""
    say_history(channel)
    program = Program(**document["programa"])
    runner = Runner(program, channel)
    trabalho = channel.workdir / "trabalho"
    trabalho.mkdir(mode=0o700)
    handed, readonly = program_input(channel, program, trabalho)
    channel.progress(program.name)
    try:
        outcome = runner.run(handed, trabalho, readonly).outcome
        if "bloqueado" in outcome:
            return {"bloqueado": outcome["bloqueado"]}
        kept = runner.keep(outcome, trabalho)
    except ProgramFailed as failed:
        return failed.outcome
    return {"resultado": outcome["resultado"], "filhos": outcome.get("filhos", []), "artefatos": kept}


def program_input(channel: Channel, program: Program, trabalho: Path) -> tuple[dict[str, Any], list[Path]]:
    """The input document as a program gets it, and the directories that go with it, only to be read."""
    document = {name: value for name, value in channel.input.items() if name != "material"}
    spec = lay_out_spec(channel, document["spec"])
    places = {"trabalho": str(trabalho), "spec": str(spec or ""), "testes": "", "anterior": ""}
    limits = {"prazo_s": program.prazo_s, "turnos": program.turnos}
    return document | {"workspace": places, "limites": limits}, [spec] if spec else []
