"""`oficina store repair`: do what was planned for a damaged store, after keeping copies of its files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.errors import StoreBusy, StoreError
from store.journal.compaction import only_one
from store.journal.files import LOCK, METRICS, open_private, sync_directory
from store.journal.lock import FileLock
from store.journal.repair_files import RepairPlan, write_result
from store.journal.repair_plan import fingerprints

_LOCK_TIMEOUT = 10.0
_CHUNK = 1 << 20


def repair(plan: RepairPlan) -> Path | None:
    """Do exactly what a plan says; where the copies of the files as they were are, None for a sound store.

    The snapshot's name comes last of what is new, and makes it the store's; what it replaces goes after that.
    Whenever the process dies or the power goes, the store is as damaged as before, or repaired. Raises
    StoreBusy, StoreError when a file has changed since the plan was made, OSError (a full disk), all with
    nothing replaced.
    """
    if plan.ok:
        return None
    with _alone(plan.directory):
        if fingerprints(plan.directory) != plan.seen:
            raise StoreError(f"{plan.directory}: files changed since they were looked at: nothing was done")
        kept = _keep_copies(plan)
        # It tells of transactions as they were before.
        (plan.directory / METRICS).unlink(missing_ok=True)
        write_result(plan.directory, plan)
        sync_directory(plan.directory)
        for name in plan.removed:
            _remove(plan.directory / name)
        sync_directory(plan.directory)
        return kept


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    lock = FileLock(directory / LOCK, name=f"repair (pid {os.getpid()})", timeout=_LOCK_TIMEOUT)
    try:
        with only_one(directory) as mine, lock.held():
            if not mine:
                raise StoreBusy(f"{directory}: another process is compacting the store")
            yield
    finally:
        lock.close()


def _keep_copies(plan: RepairPlan) -> Path:
    """Copy all files of a plan, durable with their names before anything is replaced."""
    kept = plan.directory / plan.kept
    kept.mkdir(mode=0o700)
    try:
        for name in plan.seen:
            _copy(plan.directory / name, kept / name)
        sync_directory(kept)
        sync_directory(plan.directory)
    except BaseException:
        shutil.rmtree(kept)
        raise
    return kept


def _copy(path: Path, copy: Path) -> None:
    with (
        os.fdopen(open_private(path, os.O_RDONLY), "rb") as old,
        os.fdopen(open_private(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as new,
    ):
        shutil.copyfileobj(old, new, _CHUNK)
        new.flush()
        os.fsync(new.fileno())


def _remove(path: Path) -> None:
    """Cut off and remove a file: a process that still has it open sees that, and writes nothing into it."""
    descriptor = open_private(path, os.O_RDWR)
    try:
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
    path.unlink()
