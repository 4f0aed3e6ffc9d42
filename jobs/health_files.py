"""What health asks the disk: free space, the sizes of store and log, and what the line says of its jobs."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jobs.logs.files import log_bytes
from jobs.protocol import LinePaths
from store.database import Database
from store.views.health import HealthFacts, JobFacts, StoreFacts

_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_LARGEST = 1 << 20
_SAVES_TOLD = 200


@dataclass(frozen=True, slots=True)
class Files:
    """Sizes in bytes, as of one look."""

    armazem: StoreFacts = field(default_factory=StoreFacts)
    disco_livre_mb: int | None = None
    log_bytes: int = 0


def look_at_files(paths: LinePaths, db: Database) -> Files:
    """Ask the disk; what it doesn't say is taken as nothing. May block for as long as the disk does."""
    armazem = StoreFacts(bytes=_bytes_in(paths.store), compactar=db.wants_compaction)
    return Files(armazem, free_mb(paths), log_bytes(logs_of(paths)))


def free_mb(paths: LinePaths) -> int | None:
    """What the workspace's disk has left; None where it doesn't say."""
    try:
        return shutil.disk_usage(paths.root).free >> 20
    except OSError:
        return None


def logs_of(paths: LinePaths) -> Path:
    """Where a workspace's log is."""
    return paths.line_lock.with_name("logs")


def _bytes_in(directory: Path) -> int:
    total = 0
    with suppress(OSError):
        for entry in os.scandir(directory):
            with suppress(OSError):
                total += entry.stat(follow_symlinks=False).st_size
    return total


def jobs_file(line_lock: Path) -> Path:
    """Where the process that runs the line tells others of its jobs."""
    return line_lock.with_name("line.json")


def write_jobs(line_lock: Path, facts: HealthFacts, saves_ms: Sequence[float] = ()) -> None:
    """Tell others; on a full disk they are told nothing. `saves_ms`: how long the last saves took."""
    document: dict[str, Any] = {"titular": facts.titular, "em": facts.agora, "isolamento": facts.isolamento}
    document["isolamento_porque"] = facts.isolamento_porque
    document |= {"gravacoes_ms": list(saves_ms[-_SAVES_TOLD:])}
    told = json.dumps(document | {"tarefas": [asdict(job) for job in facts.tarefas or ()]})
    path = jobs_file(line_lock)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(OSError):
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(told)
        temporary.replace(path)


@dataclass(frozen=True, slots=True)
class Told:
    """What the line said of itself last, and when."""

    em: str = ""
    isolamento: str = ""
    isolamento_porque: str = ""
    tarefas: tuple[JobFacts, ...] | None = None
    titular: str = ""
    """Who said it."""
    gravacoes_ms: tuple[float, ...] = ()
    """How long its last saves took until they were on disk."""


def read_jobs(line_lock: Path, titular: str) -> Told:
    """What that process told; nothing where the file is another's, or is none."""
    told = last_told(line_lock)
    return told if told.titular == titular else Told()


def last_told(line_lock: Path) -> Told:
    """What the process told that runs the line, or ran it last; nothing where the file is none."""
    try:
        with os.fdopen(os.open(jobs_file(line_lock), _PLAIN), "rb") as file:
            document = json.loads(file.read(_LARGEST))
        return Told(
            titular=str(document["titular"]),
            gravacoes_ms=tuple(map(float, document.get("gravacoes_ms", ()))),
            em=str(document["em"]),
            isolamento=str(document["isolamento"]),
            isolamento_porque=str(document["isolamento_porque"]),
            tarefas=tuple(_job(job) for job in document["tarefas"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Told()


def _job(job: dict[str, Any]) -> JobFacts:
    troubles = {str(kind): int(count) for kind, count in job["problemas"].items()}
    return JobFacts(
        nome=str(job["nome"]),
        intervalo_s=float(job["intervalo_s"]),
        ultima=str(job["ultima"]),
        rodando=bool(job["rodando"]),
        pausado=bool(job["pausado"]),
        problemas=troubles,
    )


def line_holder(line_lock: Path) -> str:
    """Who runs the line, as in `tui:4711`; empty when nobody does. Found by asking for the lock."""
    try:
        descriptor = os.open(line_lock, _PLAIN)
    except OSError:
        return ""
    with os.fdopen(descriptor, "rb") as file:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            with suppress(OSError, ValueError, KeyError, TypeError):
                return str(json.loads(file.read(_LARGEST))["titular"])
            return "another process"
    return ""
