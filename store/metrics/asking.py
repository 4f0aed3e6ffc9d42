"""What somebody asks of the metrics, as it was written, and the checked query that it becomes.

What is wrong is told in the words of the command line's options: `since`, `until`, `period`, `bucket`, `by`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from store.errors import WrongInput
from store.metrics.model import Query
from store.metrics.periods import Bucketing, Cut, Window
from store.yamlfile import did_you_mean

if TYPE_CHECKING:
    from store.metrics.families import Family

ALL: Final = "tudo"
CUTS: Mapping[str, Cut] = {"dia": "dia", "semana": "semana", "mes": "mes"}
MOST_BUCKETS = 4_000
"""More than these nobody reads, and no chart draws."""
EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)
"""Days before and after which no work was done."""

_DAYS = re.compile(r"([1-9][0-9]{0,5})d")
_A_PERIOD = "as in 30d, 90d or 365d, or tudo"
_SHORT_DAYS, _LONG_DAYS = 31, 400
_CUT_DAYS: Mapping[Cut, int] = {"dia": 1, "semana": 7, "mes": 28}
_CUT_WORDS: Mapping[Cut, str] = {"dia": "day", "semana": "week", "mes": "month"}


@dataclass(frozen=True, slots=True)
class Ask:
    """A family's page for a period: `desde` and `ate` are days (the last one counts), `periodo` is `90d` or
    `tudo` and stands where a day is missing; `corte` is `dia`, `semana` or `mes` and empty for what fits.
    """

    familia: str
    desde: str = ""
    ate: str = ""
    periodo: str = "90d"
    corte: str = ""
    por: str = ""


def family_of(ask: Ask) -> Family:
    """The family that is asked for; WrongInput names the nearest where there is none of that name."""
    from store.metrics.families import FAMILIES  # it loads every family

    found = FAMILIES.get(ask.familia)
    if found is None:
        raise WrongInput(f"there is no family {ask.familia}", remedy=did_you_mean(ask.familia, FAMILIES))
    return found


def check_group(ask: Ask, groups: Sequence[str]) -> None:
    """Refuse a grouping that the family does not have, with the nearest that it has."""
    if ask.por and ask.por not in groups:
        raise WrongInput(f"{ask.familia} has no groups by {ask.por}", remedy=did_you_mean(ask.por, groups))


def to_query(
    ask: Ask,
    agora: float,
    fuso: str,
    metas: Mapping[str, float] | None = None,
    *,
    primeiro: float | None = None,
) -> Query:
    """The query that an ask becomes at `agora` (epoch seconds) in the time zone `fuso`.

    `metas` are the workspace's own targets by the figure's key; `primeiro` is when the first thing happened,
    where `tudo` begins. Whole local days, so that the window's end is the midnight after its last day.

    Raises WrongInput for a day, period or bucket that is none, and for a period that is reversed, lies in the
    future, or has more buckets than anybody reads.
    """
    days = Bucketing("dia", fuso)
    today = days.day(agora)
    last = _day(ask.ate, "until") if ask.ate else today
    first = _first_day(ask, last, days.day(agora if primeiro is None else min(primeiro, agora)))
    if first > today:
        raise WrongInput(f"{first} lies in the future", path=_said(ask), remedy=f"today is {today}")
    if last < first:
        raise WrongInput(f"{last} is before {first}", path="until", remedy="say the earlier day first")
    last = min(last, today)
    corte = _cut(ask, (last - first).days + 1)
    window = Window(days.midnight(first), days.midnight(last + timedelta(days=1)))
    return Query(window, agora, Bucketing(corte, fuso), ask.por, dict(metas or {}))


def _said(ask: Ask) -> str:
    """Which option says when a period is."""
    return "until" if ask.ate and not ask.desde else "since"


def _first_day(ask: Ask, last: date, earliest: date) -> date:
    """The day that the window begins on."""
    span = _span(ask.periodo)
    if ask.desde:
        return _day(ask.desde, "since")
    if span is None:
        return min(earliest, last)
    known = (last - EARLIEST).days
    return last - timedelta(days=min(span - 1, known))


def _span(periodo: str) -> int | None:
    """The days of a period; None for all of them."""
    if periodo == ALL:
        return None
    found = _DAYS.fullmatch(periodo)
    if found is None:
        raise WrongInput(f"{periodo} is no period", path="period", remedy=_A_PERIOD)
    return int(found[1])


def _day(text: str, path: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise WrongInput(f"{text} is no day", path=path, remedy="as in 2026-01-31") from None
    if not EARLIEST <= day < LATEST:
        raise WrongInput(f"{text} is no day that work was done on", path=path, remedy="as in 2026-01-31")
    return day


def _cut(ask: Ask, days: int) -> Cut:
    if not ask.corte:
        return "dia" if days <= _SHORT_DAYS else "semana" if days <= _LONG_DAYS else "mes"
    corte = CUTS.get(ask.corte)
    if corte is None:
        raise WrongInput(f"{ask.corte} is no bucket", path="bucket", remedy=did_you_mean(ask.corte, CUTS))
    if days / _CUT_DAYS[corte] > MOST_BUCKETS:
        raise WrongInput(
            f"{days} days have too many buckets of a {_CUT_WORDS[corte]}",
            path="bucket",
            remedy="cut them into months",
        )
    return corte
