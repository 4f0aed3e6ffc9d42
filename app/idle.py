"""Whether anything can go on by itself, and whether anybody runs the line that it would go on in."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from jobs.line_pauses import POLICY, PROBES, paused_jobs
from store.backlog.batches import COLLECTION as BATCHES

if TYPE_CHECKING:
    from jobs.line_core import Core
    from jobs.workspace import WorkspacePaths
    from store.backlog import Backlog

ITEMS = "backlog_items"


def is_idle(core: Core) -> bool:
    """True when no step runs, none comes due, no probe is asked for, and the policy has looked at all that
    waits for a decision: what it left is a person's. What is paused does not go on by itself. It is asked
    often: no item is read for it.
    """
    if core.publisher.state.modo not in ("running", "paused", "attached"):
        return False
    paused = paused_jobs(core.db)
    if core.db.count_by(ITEMS, "status", "EmProcessamento") or core.db.count(BATCHES):
        return False
    if PROBES not in paused and core.backlog.sondas_pedidas():
        return False
    if POLICY not in paused and core.policy is not None and core.policy.behind:
        return False
    return not any(core.db.ready_depth(ITEMS, group) for group in _groups(core, paused))


def _groups(core: Core, paused: frozenset[str]) -> Iterator[str]:
    """The queues that somebody works on."""
    for actor in core.setup.actors:
        if actor.nome in paused:
            continue
        yield from (f"{actor.fila}/{tipo}" for tipo in actor.tipos if tipo in core.setup.steps)


def line_runs(paths: WorkspacePaths) -> bool:
    """True while a process holds the workspace's `line.lock`."""
    try:
        descriptor = os.open(paths.line_lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def waiting_for_a_line(backlog: Backlog) -> int:
    """How many items an actor could claim, or a probe could free, if a line ran."""
    pending = backlog.db.find(ITEMS, "status", "Pendente")
    ready = sum(1 for item in pending if not item["humano"] and not item["retido"])
    put_off = sum(len(batch["itens"]) for batch in backlog.db.all(BATCHES))
    return ready + put_off + len(backlog.sondas_pedidas())
