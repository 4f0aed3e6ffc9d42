"""Has the terminal gone? Textual spins on standard input at its end instead of leaving."""

from __future__ import annotations

import select
from typing import TextIO


def hung_up(stream: TextIO | None) -> bool:
    """True when the terminal behind `stream` was closed, or there is none any more."""
    if stream is None or stream.closed:
        return True
    poll = select.poll()
    poll.register(stream, 0)
    gone = select.POLLHUP | select.POLLERR | select.POLLNVAL
    return any(event & gone for _, event in poll.poll(0))
