"""Time and ids are handed in everywhere, so that tests and simulations own them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall time as fixed-width UTC text, and monotonic seconds for durations within one process."""

    def now(self) -> str:
        """UTC with microseconds and a final Z: `2026-11-25T19:48:04.000001Z` (sorts as text)."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps; only differences mean anything."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> str:
        return format_time(datetime.now(UTC))

    def monotonic(self) -> float:
        return time.monotonic()


class FakeClock:
    """A clock that moves only when told to; both times move together."""

    def __init__(self, start: str = "2026-01-05T12:00:00.000000Z") -> None:
        self._start, self._elapsed = parse_time(start), 0.0

    def now(self) -> str:
        return format_time(self._start + timedelta(seconds=self._elapsed))

    def monotonic(self) -> float:
        return self._elapsed

    def advance(self, seconds: float) -> None:
        self._elapsed += seconds

    def set_back(self, seconds: float) -> None:
        """Only the wall time goes back."""
        self._start -= timedelta(seconds=seconds)


def format_time(moment: datetime) -> str:
    """An aware datetime as fixed-width UTC text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_time(text: str) -> datetime:
    """The aware datetime of fixed-width UTC text."""
    return datetime.fromisoformat(text)


def add_seconds(text: str, seconds: float) -> str:
    """The time `seconds` after `text`, in the same form."""
    return format_time(parse_time(text) + timedelta(seconds=seconds))


def seconds_between(start: str, end: str) -> float:
    """Elapsed seconds from `start` to `end` (negative when the clock went back)."""
    return (parse_time(end) - parse_time(start)).total_seconds()


class TokenSource(Protocol):
    """Gives opaque unique texts: lease tokens, request ids, saga ids."""

    def token(self) -> str: ...


class RandomTokens:
    """128 random bits as hex."""

    def token(self) -> str:
        import secrets  # it loads OpenSSL, which the screen's first frame can do without

        return secrets.token_hex(16)


class CountingTokens:
    """`t000001`, `t000002`, …: for tests."""

    def __init__(self) -> None:
        self._count = 0

    def token(self) -> str:
        self._count += 1
        return f"t{self._count:06d}"
