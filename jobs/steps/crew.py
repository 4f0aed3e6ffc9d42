"""The workers of one spec, side by side, each in a sandbox and a directory of its own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jobs
from jobs.performers.channel import Channel
from jobs.protocol import RunReport
from jobs.steps.planning import Task
from jobs.workers.package import Package, read_package
from store.clock import SystemClock
from store.errors import OficinaError

WORKER_TIMEOUT_S = 120.0
_PRINTED = 2000


class WorkerFailed(OficinaError):
    """A worker handed in no package; the message says which, and its last words."""


@dataclass(frozen=True)
class WorkerRun:
    """What one worker made, and what it used."""

    task: Task
    package: Package
    inicio_at: str
    fim_at: str
    report: RunReport

    def detail(self) -> dict[str, Any]:
        """The entry of `execucoes.workers` (mission 6.3)."""
        return {
            "worker": self.task.worker,
            "vertente": self.task.vertente,
            "nome": self.task.nome,
            "inicio_at": self.inicio_at,
            "fim_at": self.fim_at,
            "duracao_minutos": round(self.report.wall_s / 60, 4),
            "tokens_consumidos": 0,
            "tentativas": 1,
            "cpu_s": round(self.report.cpu_s, 3),
            "pico_rss_mb": round(self.report.peak_rss_mb, 1),
            "artefatos": sorted(self.package.files),
        }


def work(
    tasks: Sequence[Task], spec_doc: Mapping[str, Any], channel: Channel, directory: Path
) -> list[WorkerRun]:
    """Every task's package, in the tasks' order. Raises WorkerFailed for the first that has none."""
    # Each thread lives until its sandbox has ended: bubblewrap dies with the thread that started it.
    with ThreadPoolExecutor(max_workers=min(len(tasks), os.cpu_count() or 1)) as pool:
        runs = [
            pool.submit(_run, task, spec_doc, channel, directory / str(n)) for n, task in enumerate(tasks)
        ]
        return [run.result() for run in runs]


def _run(task: Task, spec_doc: Mapping[str, Any], channel: Channel, directory: Path) -> WorkerRun:
    out, order, printed = directory / "out", directory / "task.json", directory / "printed.txt"
    out.mkdir(parents=True, mode=0o700)
    order.write_text(json.dumps(task.document(spec_doc, str(channel.objects.directory)), ensure_ascii=False))
    clock = SystemClock()
    started = clock.now()
    report = channel.spawn(
        [sys.executable, "-I", "-B", "-m", "jobs.workers", str(order), str(out)],
        writable=[out],
        readonly=[directory, channel.objects.directory, _code()],
        cwd=out,
        timeout_s=WORKER_TIMEOUT_S,
        stdout_path=printed,
    )
    if report.rc != 0:
        raise WorkerFailed(f"{task.worker} on {task.nome}: {_last_words(report, printed)}")
    return WorkerRun(task, read_package(task.package, out), started, clock.now(), report)


def _code() -> Path:
    """Where oficina itself is installed: a worker of ours needs it, and may only read it."""
    return Path(str(jobs.__file__)).resolve().parent.parent


def _last_words(report: RunReport, printed: Path) -> str:
    if report.killed_for:
        return f"ended: {report.killed_for}"
    lines = printed.read_text(errors="replace")[-_PRINTED:].strip().splitlines() if printed.exists() else []
    return lines[-1] if lines else f"exit code {report.rc}"
