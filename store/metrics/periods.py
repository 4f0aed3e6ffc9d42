"""Windows and buckets: half-open spans of epoch seconds, cut at local midnights, Mondays and firsts.

metrics.md, section 0: compute in UTC, bucket in the workspace's `fuso`; a week is its ISO year and week.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Cut = Literal["dia", "semana", "mes"]


@dataclass(frozen=True, slots=True)
class Window:
    """`inicio <= t < fim`, epoch seconds."""

    inicio: float
    fim: float

    def __contains__(self, moment: float | None) -> bool:
        return moment is not None and self.inicio <= moment < self.fim

    @property
    def seconds(self) -> float:
        """Its length, never negative."""
        return max(self.fim - self.inicio, 0.0)

    def before(self) -> Window:
        """The window of the same length that ends where this one begins."""
        return Window(self.inicio - self.seconds, self.inicio)


@dataclass(frozen=True, slots=True)
class Bucket:
    """One day, ISO week or month."""

    chave: str
    inicio: float
    fim: float


@dataclass(frozen=True, slots=True)
class Bucketing:
    """How time is cut: `dia`, `semana` or `mes`, in an IANA zone."""

    corte: Cut = "semana"
    fuso: str = "America/Sao_Paulo"

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its midnights."""
        return _zone(self.fuso)

    def day(self, moment: float) -> date:
        """The local day of an epoch second."""
        return datetime.fromtimestamp(moment, self.zone).date()

    def midnight(self, day: date) -> float:
        """The epoch second at which a local day begins (also where its midnight does not exist)."""
        return _midnight(day, self.fuso)

    def first_day(self, day: date) -> date:
        """The first day of the bucket that a day is in."""
        if self.corte == "dia":
            return day
        return day - timedelta(days=day.weekday()) if self.corte == "semana" else day.replace(day=1)

    def next_first(self, first: date) -> date:
        """The first day of the bucket after the one that begins on `first`."""
        if self.corte == "mes":
            return (first.replace(day=28) + timedelta(days=4)).replace(day=1)
        return first + timedelta(days=1 if self.corte == "dia" else 7)

    def key(self, first: date) -> str:
        """The key of the bucket that begins on `first`: `2026-11-26`, `2026-W48`, `2026-11`."""
        if self.corte == "semana":
            year, week, _ = first.isocalendar()
            return f"{year}-W{week:02d}"
        return first.isoformat() if self.corte == "dia" else first.strftime("%Y-%m")

    def key_of(self, moment: float) -> str:
        """The key of the bucket that an epoch second is in."""
        return self.key(self.first_day(self.day(moment)))

    def buckets(self, window: Window) -> tuple[Bucket, ...]:
        """Every bucket that a window touches, oldest first, empty ones too; none for an empty window."""
        return _buckets(self, window)


@lru_cache(maxsize=64)
def _buckets(cortes: Bucketing, window: Window) -> tuple[Bucket, ...]:
    """Likewise; a page asks for those of one window again and again."""
    if window.fim <= window.inicio:
        return ()
    found, first = [], cortes.first_day(cortes.day(window.inicio))
    while (begin := cortes.midnight(first)) < window.fim:
        following = cortes.next_first(first)
        found.append(Bucket(cortes.key(first), begin, cortes.midnight(following)))
        first = following
    return tuple(found)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=20_000)
def _midnight(day: date, fuso: str) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=_zone(fuso)).timestamp()


def utc(moment: float) -> datetime:
    """An epoch second as an aware time."""
    return datetime.fromtimestamp(moment, UTC)
