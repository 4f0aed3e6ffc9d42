"""Stored times are UTC; people read them in the workspace's time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


class LocalTime:
    """Turns the store's UTC texts into a workspace's local time, as in `2026-03-09 14:05:11`."""

    def __init__(self, fuso: str) -> None:
        self._zone = ZoneInfo(fuso)

    def __call__(self, utc: str) -> str:
        """Date and time to the second; empty stays empty."""
        return self._at(utc).strftime("%Y-%m-%d %H:%M:%S") if utc else ""

    def clock(self, utc: str) -> str:
        """The time of day alone."""
        return self._at(utc).strftime("%H:%M:%S") if utc else ""

    def _at(self, utc: str) -> datetime:
        return datetime.fromisoformat(utc).astimezone(self._zone)
