"""A workspace's health as another process sees it: from store, disk, and what the line says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.health import living_gaps, ready_for, store_facts
from jobs.health_files import free_mb, line_holder, logs_of, look_at_files, read_jobs
from jobs.logs.files import LogFile, log_bytes
from jobs.protocol import LinePaths
from store.views.health import HealthFacts, StoreFacts, Waiting, health
from store.views.model import HealthRow

if TYPE_CHECKING:
    from jobs.line_dispatch import ActorLike
    from jobs.sandbox import Level
    from store.contracts import Contracts
    from store.database import Database
    from store.decisions import Decisions

_WITHOUT_STORE = frozenset({"store", "disk", "sandbox", "log"})


def health_outside(
    paths: LinePaths,
    db: Database,
    decisions: Decisions,
    contracts: Contracts,
    actors: Sequence[ActorLike],
    level: Level,
    *,
    now: str,
) -> tuple[HealthRow, ...]:
    """Every check; `level` is the sandbox's as it was tried here, `now` a UTC text."""
    files, titular = look_at_files(paths, db), line_holder(paths.line_lock)
    told = read_jobs(paths.line_lock, titular)
    waiting = [
        Waiting(item["id"], item["pendente_em"])
        for item in decisions.abertas()
        if item["disponivel_em"] <= now
    ]
    gaps = living_gaps(db, contracts)
    facts = replace(
        store_facts(db, actors, now),
        armazem=replace(files.armazem, somente_leitura=db.readonly_reason),
        titular=titular,
        tarefas=told.tarefas,
        ouvido_em=told.em,
        na_fila=ready_for(db, actors, now),
        disco_livre_mb=files.disco_livre_mb,
        isolamento=level.name,
        isolamento_porque=level.why,
        decisoes=len(waiting),
        decisao=_oldest(waiting),
        lacunas=len(gaps),
        lacuna=_oldest(gaps),
        log_problema=LogFile(logs_of(paths)).trouble(),
        log_bytes=files.log_bytes,
    )
    return health(facts)


def health_without_store(paths: LinePaths, level: Level, *, now: str, problem: str) -> tuple[HealthRow, ...]:
    """What can be said where the store can't be opened (`problem` says why) or was never used."""
    facts = HealthFacts(
        agora=now,
        armazem=StoreFacts(falha=problem),
        disco_livre_mb=free_mb(paths),
        isolamento=level.name,
        isolamento_porque=level.why,
        log_problema=LogFile(logs_of(paths)).trouble(),
        log_bytes=log_bytes(logs_of(paths)),
    )
    return tuple(row for row in health(facts) if row.nome in _WITHOUT_STORE)


def _oldest(found: Sequence[Waiting]) -> Waiting | None:
    return min(found, key=lambda each: each.desde, default=None)
