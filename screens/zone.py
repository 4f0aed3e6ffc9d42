"""The time zone of all times on screen: `fuso` of `oficina.yaml`, as on the command line; stored are UTC."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from store.clock import parse_time

_shown: tzinfo | None = None
"""None: the machine's own."""
_name = ""


def show_times_in(fuso: str) -> None:
    """Have every screen of this process show its times there; an empty name is the machine's own zone."""
    global _shown, _name
    _shown, _name = (ZoneInfo(fuso) if fuso else None), fuso


def zone() -> tzinfo | None:
    """What `datetime.astimezone` wants."""
    return _shown


def zone_name() -> str:
    """What people call it: `America/Sao_Paulo`."""
    return _name or datetime.now().astimezone().tzname() or "local time"


def there(moment: str) -> datetime:
    """A UTC text as the time that it is there."""
    return parse_time(moment).astimezone(_shown)
