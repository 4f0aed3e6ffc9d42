"""The two requests to the Linux kernel that Python's library does not offer. Standard library only."""

from __future__ import annotations

import ctypes

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def become_subreaper() -> bool:
    """Make orphans among our descendants our own children; False where the system cannot."""
    return _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(signal_number: int) -> bool:
    """Let the kernel send this process a signal when the thread that forked it ends."""
    return _prctl(_PR_SET_PDEATHSIG, signal_number)


def _prctl(option: int, argument: int) -> bool:
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        return bool(libc.prctl(option, argument, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False
