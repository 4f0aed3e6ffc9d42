"""What subscribers are told: each transaction, in order, once it is on disk."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from store.journal.lines import Document

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Commit:
    """One transaction as it was applied; nobody may change the documents in it.

    `put` is collection → id → document, `deleted` is collection → ids. Each event has `seq`, `n` (its place
    in the transaction) and `ts`. When a process slept through a compaction, one commit stands for all that it
    missed.
    """

    seq: int
    ts: str
    by: str
    put: dict[str, dict[str, Document]] = field(default_factory=dict)
    deleted: dict[str, list[str]] = field(default_factory=dict)
    events: list[Document] = field(default_factory=list)
    own: bool = False
    """Whether this process made it."""
    archived: dict[str, dict[str, Document]] = field(default_factory=dict)
    """What left the hot set, as it was then: it is among the deleted, too."""


Listener = Callable[[Commit], Any]


class Delivery:
    """Hands commits to listeners in order of seq, in the thread that made the next one deliverable."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[int, tuple[Listener, int]] = {}
        self._next_key = 0
        self._pending: deque[tuple[Commit, bool]] = deque()
        self._busy, self._synced = False, 0
        self.newest = 0
        """The last transaction that every listener has been, or will be, told of."""

    def subscribe(self, listener: Listener, after_seq: int) -> Callable[[], None]:
        """Tell `listener` of each commit after `after_seq`; what is returned ends that."""
        with self._lock:
            key = self._next_key
            self._next_key += 1
            self._listeners[key] = (listener, after_seq)
            self.newest = max(self.newest, after_seq)

        def unsubscribe() -> None:
            with self._lock:
                self._listeners.pop(key, None)

        return unsubscribe

    @property
    def wanted(self) -> bool:
        """Whether anybody listens: if not, no commit needs to be built."""
        return bool(self._listeners)

    def add(self, commit: Commit, *, acknowledged: bool) -> None:
        """Take the next commit; unless `acknowledged`, it waits until `run` says that it is on disk."""
        with self._lock:
            self._pending.append((commit, acknowledged))
            self.newest = commit.seq

    def run(self, synced: int) -> None:
        """Deliver what is on disk up to `synced`; returns at once while another call is delivering."""
        with self._lock:
            # Kept, because a listener that commits is another call, which leaves its commit to this one.
            self._synced = max(self._synced, synced)
        while (commit := self._take()) is not None:
            for listener, after_seq in list(self._listeners.values()):
                if commit.seq > after_seq:
                    call_safely(listener, commit)
            with self._lock:
                self._busy = False

    def _take(self) -> Commit | None:
        with self._lock:
            if self._busy or not self._pending:
                return None
            commit, acknowledged = self._pending[0]
            if not acknowledged and commit.seq > self._synced:
                return None
            self._pending.popleft()
            self._busy = True
            return commit


def call_safely(function: Callable[..., Any], *arguments: object) -> None:
    """Call what belongs to somebody else, after the fact: its error is logged, the transaction stands."""
    try:
        function(*arguments)
    except Exception:
        logger.exception("a listener of the store failed")
