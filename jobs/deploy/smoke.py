"""The smoke test: the target's own command, run in the sandbox against the version that is live."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from jobs.deploy.target import Target
from jobs.launcher.orders import Limits, RunReport
from jobs.protocol import Spawn
from jobs.testing.outputs import plain_text, printed_end

SMOKE_LIMITS = Limits(cpu_s=60.0, memory_mb=2048, tree_mb=1024, file_mb=64, files=256, processes=64)

_SHOWN = 2000


def smoke_test(target: Target, version: str, spawn: Spawn, workdir: Path) -> tuple[dict[str, Any], str]:
    """Run it; returns `{ok, rc, motivo, duracao_s, comando, saida}` and the sandbox's level.

    The command finds the target read-only and starts in its directory; it gets OFICINA_CONFIG, the path of
    the version's config.json, and OFICINA_TARGET.
    """
    directory = target.version_dir(version)
    scratch = workdir / "smoke"
    scratch.mkdir(mode=0o700, exist_ok=True)
    printed = workdir / "smoke.txt"
    command = _filled(target, directory)
    run = spawn(
        command,
        writable=[scratch],
        readonly=[target.dir],
        cwd=target.dir,
        env={"OFICINA_CONFIG": str(directory / "config.json"), "OFICINA_TARGET": target.nome},
        timeout_s=target.smoke_timeout_s,
        limits=SMOKE_LIMITS,
        network=target.rede,
        stdout_path=printed,
    )
    smoke = {
        "ok": run.ok and not run.error,
        "rc": run.rc,
        "motivo": _reason(run),
        "duracao_s": round(run.wall_s, 3),
        "comando": command,
        "saida": printed_end(printed, _SHOWN),
    }
    return smoke, run.level


def _filled(target: Target, version: Path) -> list[str]:
    places = {
        "{python}": sys.executable,
        "{release}": str(version / "release"),
        "{config}": str(version / "config.json"),
        "{target}": str(target.dir),
    }
    filled = []
    for part in target.smoke:
        text = part
        for place, value in places.items():
            text = text.replace(place, value)
        filled.append(text)
    return filled


def _reason(run: RunReport) -> str:
    if run.error:
        return f"could not be started: {plain_text(run.error, 200)}"
    if run.killed_for:
        return f"was ended: {run.killed_for}"
    return "" if run.rc == 0 else f"exit code {run.rc}"
