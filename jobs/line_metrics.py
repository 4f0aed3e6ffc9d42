"""The metrics of a line's store, restored beside the line and kept up to date by it.

Two threads: one restores and saves, in slices so short that a key is never kept waiting, one makes pages. The
line's own thread only folds what it commits.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from jobs.health_files import last_told, line_holder
from jobs.line_submit import NotRunningError
from store.clock import parse_time
from store.errors import OficinaError, StoreError
from store.metrics.asking import ALL, Ask
from store.metrics.families import FAMILIES
from store.metrics.fold import LineTold
from store.metrics.service import WORTH_SAVING, MetricsService, Terms

if TYPE_CHECKING:
    from jobs.config import Config
    from jobs.line_core import Core
    from store.database import Commit

Result = TypeVar("Result")

WORK_S, REST_S = 0.001, 0.0005
WARM_REST_S = 0.05
"""Between pages that nobody has asked for: whoever asks is answered then."""
WARM_PERIODS = (Ask("").periodo, ALL)
"""What the screen begins with, then all there is: any other period is a part of that."""
_FEW_FACTS = 20_000
"""So many are saved in a moment: also at the end of a line that has done little."""


class Stopped(Exception):
    """The line ends: nobody wants the result any more."""


class Pacer:
    """Called for each document: works for a millisecond, then lets the other threads get on."""

    def __init__(self) -> None:
        self.stopped = False
        self._until = 0.0

    def __call__(self) -> None:
        if self.stopped:
            raise Stopped
        now = time.perf_counter()
        if now >= self._until:
            time.sleep(REST_S)
            self._until = time.perf_counter() + WORK_S


class LineMetrics:
    """Made in the line's thread, asked from any."""

    def __init__(self, core: Core, loja: str, fuso: str, metas: Mapping[str, float]) -> None:
        self._core = core
        terms = Terms(loja, fuso, metas, self._told)
        self.service = MetricsService(core.db, core.setup.paths.store, core.setup.clock, terms)
        self._pacer = Pacer()
        self._behind = ThreadPoolExecutor(1, "metrics-restore")
        self._answers = ThreadPoolExecutor(1, "metrics")
        self._ready: Future[None] = Future()
        self._saving = False
        self._end_listening = core.db.subscribe(self._take)
        self._behind.submit(self._restore)

    @classmethod
    def begin(cls, core: Core, loja: str, fuso: str, metas: Mapping[str, float]) -> LineMetrics:
        """The line's metrics: with the first call, in the line's thread, they begin to be restored."""
        if core.metrics is None:
            core.metrics = cls(core, loja, fuso, metas)
        return core.metrics

    def answer(self, work: Callable[[MetricsService], Result]) -> Future[Result]:
        """Have `work` done with the service once it is restored; its result or error comes by the future."""

        def when_ready() -> Result:
            self._ready.result()
            return work(self.service)

        try:
            return self._answers.submit(when_ready)
        except RuntimeError:  # the line ended a moment ago
            raise NotRunningError("the line is not running") from None

    def save_soon(self) -> None:
        """Write the file anew, where there is enough in it that is new."""
        if not self._saving and self.service.unsaved >= WORTH_SAVING:
            self._saving = True
            with suppress(RuntimeError):  # the line ended a moment ago, and saves by itself
                self._behind.submit(self._save)

    async def end(self) -> None:
        """Give up what is under way; save what would take the next process time to read."""
        self._end_listening()
        self._pacer.stopped = True
        self._give_up(StoreError("the line has ended"))
        self._answers.shutdown(wait=False, cancel_futures=True)
        self._behind.shutdown(wait=False)
        await asyncio.to_thread(self._behind.shutdown)
        few = len(self.service.facts().itens) < _FEW_FACTS if self.service.restored else False
        if self.service.unsaved >= (1 if few else WORTH_SAVING):
            with suppress(StoreError):  # a store that failed tells of that by itself
                await asyncio.to_thread(self.service.save)

    def _take(self, commit: Commit) -> None:
        self.service.take(commit)
        self.save_soon()

    def _restore(self) -> None:
        # Collections of garbage would walk through all that is made here, with everything stopped.
        gc.disable()
        try:
            self.service.restore(self._pacer)
        except Stopped:
            return
        except BaseException as error:  # noqa: BLE001 (whoever asks must hear of it)
            known = isinstance(error, OficinaError)
            self._give_up(error if known else StoreError(f"the metrics can't be read: {error!r}"))
            return
        finally:
            gc.freeze()
            gc.enable()
        with suppress(InvalidStateError):  # the line ended a moment ago
            self._ready.set_result(None)
        self.save_soon()
        with suppress(RuntimeError):  # the line ended a moment ago
            self._behind.submit(self._warm)

    def _warm(self) -> None:
        """Look at each page once: what a page keeps of the past is made then, before anybody waits for it."""
        for ask in (Ask(familia, periodo=periodo) for periodo in WARM_PERIODS for familia in FAMILIES):
            time.sleep(WARM_REST_S)
            if self._pacer.stopped:
                return
            with suppress(OficinaError):  # whoever asks for it hears of it
                self.service.page(ask)

    def _give_up(self, error: BaseException) -> None:
        """Whoever waits is told, unless there is nothing to wait for any more."""
        with suppress(InvalidStateError):
            self._ready.set_exception(error)

    def _save(self) -> None:
        try:
            self.service.save(self._pacer)
        except Stopped:
            return
        finally:
            self._saving = False

    def _told(self) -> LineTold:
        """What is known of the line: by itself where it runs here, else from what the one that does says."""
        if self._core.runner is not None:
            return LineTold(self._core.db.saves_ms)
        return told_by(self._core.setup.paths.line_lock)


def terms_outside(config: Config, line_lock: Path) -> Terms:
    """What the answers of a process depend on that runs no line."""
    return Terms(config.id, config.fuso, config.metas, lambda: told_by(line_lock))


def told_by(line_lock: Path) -> LineTold:
    """What the process that runs the line, or ran it last, told others."""
    told = last_told(line_lock)
    try:
        heard = parse_time(told.em).timestamp() if told.em else None
    except ValueError:
        heard = None
    return LineTold(told.gravacoes_ms, viva=bool(line_holder(line_lock)), ouvida=heard)
