"""Reads when a snoozed decision shall ask again, as the owner writes it."""

from __future__ import annotations

import re
from datetime import timedelta, tzinfo

from store.clock import add_seconds, format_time, parse_time
from store.errors import WrongInput

_LENGTH = re.compile(r"(\d{1,3})\s*([mhd])")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_SECONDS = {"m": 60, "h": 3600, "d": 86400}
REMEDY = "write 15m, 2h, 3d or a time such as 14:30"


def parse_until(text: str, now: str, zone: tzinfo | None) -> str:
    """The UTC text of `15m`, `2h`, `3d` from `now`, or of the next `14:30` in a zone (None: the machine's).

    Raises:
        WrongInput: when it is none of these.
    """
    wanted = text.strip().lower()
    if match := _LENGTH.fullmatch(wanted):
        length = int(match[1]) * _SECONDS[match[2]]
        if length:
            return add_seconds(now, length)
    if match := _CLOCK.fullmatch(wanted):
        return _next(int(match[1]), int(match[2]), now, zone)
    raise WrongInput(f"«{text.strip()}» is not a time to come back at", remedy=REMEDY)


def _next(hour: int, minute: int, now: str, zone: tzinfo | None) -> str:
    here = parse_time(now).astimezone(zone)
    moment = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return format_time(moment if moment > here else moment + timedelta(days=1))
