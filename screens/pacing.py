"""How often a screen may work through all that a model has: a tenth of the time, however much that is."""

from __future__ import annotations

from collections.abc import Callable

from textual.dom import DOMNode

from store.clock import Clock

SHARE = 9
"""After each refresh, so many times as long is left alone."""


class Pace:
    """Lets a refresh begin, or puts it off: what is put off follows by itself, once."""

    def __init__(self, node: DOMNode, clock: Callable[[], Clock], again: Callable[[], object]) -> None:
        """`again` is called, on `node`'s timer, when the time for what was put off has come."""
        self._node, self._clock, self._again = node, clock, again
        self._started = self.free_at = 0.0
        self.late = False

    def begin(self) -> bool:
        """Whether a refresh may begin now; each that does ends with `end`."""
        self._started = self._clock().monotonic()
        if self._started >= self.free_at:
            return True
        if not self.late:
            self.late = True
            self._node.set_timer(self.free_at - self._started, self._catch_up)
        return False

    def end(self) -> None:
        """The refresh is done."""
        now = self._clock().monotonic()
        self.free_at = now + SHARE * (now - self._started)

    def _catch_up(self) -> None:
        self.late = False
        if self._node.app.is_running:
            self._again()
