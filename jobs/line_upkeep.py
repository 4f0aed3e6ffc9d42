"""What the line does by the clock besides work: others' commits, lost leases, the clock's jumps,
compaction.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from jobs.launcher.orders import Limits, Order, named_environment
from jobs.line_core import Core
from store.backlog.archiving import archive_saga, finished_sagas
from store.backlog.batches import COLLECTION as BATCHES
from store.clock import add_seconds, seconds_between
from store.database import Commit
from store.errors import StoreReadOnly

POLL_S = 0.02
"""How often others' commits are looked for: a file's size is all that is asked for then."""

_RECOVER_S = 1.0
_JUMP_S = 2.0
_COMPACT_PAUSE_S = 5.0
ARCHIVE_AFTER_DAYS = 30.0
_ARCHIVE_PAUSE_S, _ARCHIVE_SOON_S = 3600.0, 1.0
_ARCHIVE_AT_ONCE = 20
"""Sagas: the loop is not kept for long."""

_COMPACTION = Limits(wall_s=600.0, memory_mb=None, tree_mb=None, file_mb=None)


class Upkeep:
    """One turn every `POLL_S` seconds of the loop's own clock, which never jumps."""

    def __init__(
        self, core: Core, *, attached: Callable[[], None], overtaken: Callable[[], None] = lambda: None
    ) -> None:
        """`attached` is called while this process does not run the line, `overtaken` once it finds that it
        can't change the store any more.
        """
        self._core, self._attached, self._overtaken = core, attached, overtaken
        self._viewing = bool(core.db.readonly_reason)
        clock = core.setup.clock
        self._wall, self._steady = clock.now(), clock.monotonic()
        self._back_s = self._behind_s()
        self._put_off = True
        """Whether items may wait for it to move them."""
        self._core.db.subscribe(self._hear)
        self._next_recovery = 0.0
        self._next_compaction = 0.0
        self._next_archiving = 0.0
        self._kept: set[str] = set()
        """The first item of each finished saga that could not leave at this look at them all."""
        self._timer: asyncio.TimerHandle | None = None
        self._compaction: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Take a turn now and every `POLL_S` seconds until `end`; what goes wrong in one ends the line."""
        loop = asyncio.get_running_loop()
        try:
            self.turn(loop.time())
        except StoreReadOnly:
            pass  # a newer oficina wrote in the middle of the turn: the next one begins with that
        except Exception as error:  # noqa: BLE001 (the store's failure, or a bug of ours)
            self._core.fail(error)
            return
        # A bare timer: a task that sleeps would cost three times as much, fifty times a second.
        self._timer = loop.call_later(POLL_S, self.begin)

    def turn(self, now: float) -> None:
        """What is due at the loop's second `now`."""
        self._core.db.refresh()
        if self._core.db.readonly_reason:
            self._view()
            return
        if now >= self._next_recovery:
            self._next_recovery = now + _RECOVER_S
            self._look_after_leases()
            self._notice_jump()
        if now >= self._next_compaction:
            self._next_compaction = now + _COMPACT_PAUSE_S
            if self._core.db.wants_compaction and (self._compaction is None or self._compaction.done()):
                self._compaction = asyncio.get_running_loop().create_task(self._compact())
        if self._put_off and self._core.recovery is not None:
            self._free_some()
        if now >= self._next_archiving and self._core.recovery is not None:
            self._next_archiving = now + (_ARCHIVE_SOON_S if self._archive() else _ARCHIVE_PAUSE_S)

    def _view(self) -> None:
        """All that is left to do where nothing can be changed: say so, once."""
        if not self._viewing:
            self._viewing = True
            self._overtaken()

    def _hear(self, commit: Commit) -> None:
        self._put_off = self._put_off or bool(commit.put.get(BATCHES))

    def _free_some(self) -> None:
        """One batch a turn of very many that came free at once: others want the loop and the store, too."""
        if not self._core.backlog.soltar_lote():
            self._put_off = self._core.db.count(BATCHES) > 0

    def _archive(self) -> bool:
        """Move some finished sagas out of the hot set; True when there are more."""
        days = float(self._core.setup.config.get("archive_after_days", ARCHIVE_AFTER_DAYS))
        before = add_seconds(self._core.setup.clock.now(), -days * 86_400)
        found = finished_sagas(self._core.publisher.model.itens, before)
        sagas = [ids for ids in found if ids[0] not in self._kept]
        for ids in sagas[:_ARCHIVE_AT_ONCE]:
            if not archive_saga(self._core.db, self._core.backlog.rules.book, ids):
                # Somebody still waits for it: what comes after it must not wait, too.
                self._kept.add(ids[0])
        if len(sagas) <= _ARCHIVE_AT_ONCE:
            self._kept.clear()
        return len(sagas) > _ARCHIVE_AT_ONCE

    async def end(self) -> None:
        """Take no more turns, and end a compaction that runs; the next one begins anew."""
        if self._timer is not None:
            self._timer.cancel()
        if self._compaction is not None:
            self._compaction.cancel()
            await asyncio.gather(self._compaction, return_exceptions=True)

    def _look_after_leases(self) -> None:
        if self._core.recovery is None:
            self._attached()
            return
        self._catch_up()
        for item_id in self._core.recovery.recover():
            self._core.event({"tipo": "linha.recuperado", "item_id": item_id})

    def _notice_jump(self) -> None:
        """A wall clock that jumped leaves timers and due times far in the future: bring these back, run every
        job once, and it re-arms itself.
        """
        clock = self._core.setup.clock
        wall, steady = clock.now(), clock.monotonic()
        jump_s = seconds_between(self._wall, wall) - (steady - self._steady)
        self._wall, self._steady = wall, steady
        if abs(jump_s) > _JUMP_S:
            self._core.note_problem("relogio", "", f"the clock jumped by {jump_s:+.0f} s")
            if jump_s < 0 and self._core.recovery is not None:
                self._core.backlog.clock_went_back(-jump_s)
            self._core.scheduler.wake_all()

    def _behind_s(self) -> float:
        """How far the clock is behind the last commit: it was set back while nobody ran the line."""
        last = next(self._core.db.history(newest_first=True, limit=1), None)
        return seconds_between(self._wall, last["ts"]) if last is not None else 0.0

    def _catch_up(self) -> None:
        """Bring back the due times that were set by the clock before it was set back."""
        if self._back_s > _JUMP_S:
            self._core.note_problem(
                "relogio", "", f"the clock was {self._back_s:.0f} s behind the last commit"
            )
            self._core.backlog.clock_went_back(self._back_s)
            self._core.scheduler.wake_all()
        self._back_s = 0.0

    async def _compact(self) -> None:
        """Another process writes the snapshot: encoding it here would stop the loop for its whole length."""
        lines: list[str] = []
        if self._core.metrics is not None:
            self._core.metrics.save_soon()  # the lines that it would catch up from go away
        kept = await self._core.launcher.keeper()
        report = await kept.run(
            Order(
                argv=[
                    sys.executable,
                    "-I",
                    "-m",
                    "store.journal.compactor",
                    str(self._core.setup.paths.store),
                ],
                cwd=Path("/"),
                env=named_environment(),
                limits=_COMPACTION,
            ),
            lambda _, line: lines.append(line),
        )
        if not report.ok:
            self._core.note_problem(
                "compactacao", "", (lines or [report.killed_for or f"rc {report.rc}"])[-1]
            )
