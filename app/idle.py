"""Whether anything can go on by itself, and whether anybody runs the line that it would go on in."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.line_core import Core
    from jobs.workspace import WorkspacePaths
    from store.backlog import Backlog

ITEMS = "backlog_items"


def is_idle(core: Core) -> bool:
    """True when no step runs, none comes due, no probe is asked for, and the policy has nothing to answer."""
    if core.publisher.state.modo not in ("running", "attached"):
        return False
    if core.db.find(ITEMS, "status", "EmProcessamento") or core.backlog.sondas_pedidas():
        return False
    runs = core.publisher.state.modo == "running"
    for item in core.db.find(ITEMS, "status", "Pendente"):
        if item["humano"]:
            if runs and _covered(core, item):
                return False
        elif not item["retido"] and item["tipo"] in core.setup.steps:
            return False
    return True


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
    return ready + len(backlog.sondas_pedidas())


def _covered(core: Core, item: dict[str, object]) -> bool:
    return core.policy is not None and core.policy.rule_for(item) is not None
