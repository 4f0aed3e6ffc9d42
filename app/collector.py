"""Python's garbage collector, out of the way while much is loaded that stays.

Each of its full collections walks through all that is alive with the world stopped: half a second with
100,000 items. What was loaded once is never garbage, so it is set aside.
"""

from __future__ import annotations

import gc


def pause() -> None:
    """Loading begins: nothing that is made now will be garbage soon."""
    gc.disable()


def settle() -> None:
    """Loading is over: what is there stays, and collections need not look at it again."""
    gc.freeze()
    gc.enable()
