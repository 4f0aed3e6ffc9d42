"""Work that other threads hand to the line's loop, each with a future that always comes to an end."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from store.errors import OficinaError

Result = TypeVar("Result")


class NotRunningError(OficinaError):
    """The line is not there (not yet, or not any more) to do what was asked."""


class Submissions:
    """Futures under way; when the line ends, those that are left end with an error."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open: set[Future[Any]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def accept_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on work is taken, by that loop."""
        self._loop = loop

    def submit(self, work: Callable[[], Result | Awaitable[Result]]) -> Future[Result]:
        """Have `work()` done on the loop; called by any thread."""
        future: Future[Result] = Future()
        loop = self._loop
        if loop is None:
            future.set_exception(NotRunningError("the line is not running"))
            return future
        self._open.add(future)
        future.add_done_callback(self._open.discard)
        try:
            loop.call_soon_threadsafe(self._begin, work, future)
        except RuntimeError:
            self.refuse_rest()
        return future

    def refuse_rest(self) -> None:
        """The loop is gone: nobody will do what is left."""
        self._loop = None
        for future in tuple(self._open):
            if not future.done():
                future.set_exception(NotRunningError("the line has ended"))

    def _begin(self, work: Callable[[], Result | Awaitable[Result]], future: Future[Result]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 (it is the caller's)
            future.set_exception(error)
            return
        if inspect.isawaitable(result):
            task = asyncio.get_running_loop().create_task(_finish(result, future))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            future.set_result(result)


async def _finish(result: Awaitable[Result], future: Future[Result]) -> None:
    try:
        future.set_result(await result)
    except asyncio.CancelledError:
        future.set_exception(NotRunningError("the line has ended"))
        raise
    except BaseException as error:  # noqa: BLE001 (it is the caller's)
        future.set_exception(error)
