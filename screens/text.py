"""Untrusted text made safe to show, and times and durations as people read them; no Textual here."""

from __future__ import annotations

from screens.zone import there
from store.clock import seconds_between

_KEPT = {ord("\n"), ord("\t")}
_C0 = {code: chr(0x2400 + code) for code in range(0x20) if code not in _KEPT}
_C1 = dict.fromkeys(range(0x80, 0xA0), "\ufffd")
_BIDI = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd")
_LINE_ENDS = {0x2028: "\n", 0x2029: "\n"}
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_HARMLESS = {**_C0, 0x7F: "\u2421", **_C1, **_BIDI, **_LINE_ENDS, **_SURROGATES}

MINUTE, HOUR, DAY = 60, 3600, 86400


def clean(text: str) -> str:
    """Text that can't move the cursor, colour or reorder: controls become visible signs; \\n and \\t stay."""
    return text if text.isascii() and text.isprintable() else text.replace("\r\n", "\n").translate(_HARMLESS)


def span_of(seconds: float) -> str:
    """A length of time in its largest unit: `40 s`, `4 m`, `2 h`, `3 d`."""
    if seconds < MINUTE:
        return f"{max(0, int(seconds))} s"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} m"
    if seconds < 2 * DAY:
        return f"{int(seconds // HOUR)} h"
    return f"{int(seconds // DAY)} d"


def ago(then: str, now: str) -> str:
    """How long before `now` (both UTC texts): `4 m ago`; `in 4 m` when it is to come; empty for none."""
    if not then:
        return ""
    elapsed = seconds_between(then, now)
    return f"{span_of(elapsed)} ago" if elapsed >= 0 else f"in {span_of(-elapsed)}"


def full_time(moment: str) -> str:
    """Date and time to the second with its zone: `2026-11-25 11:02:09 -03`; empty without a time."""
    return there(moment).strftime("%Y-%m-%d %H:%M:%S %Z") if moment else ""


def elapsed(seconds: float) -> str:
    """A running clock: `0:41`, `12:05`, `1:02:03`."""
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // HOUR, whole % HOUR // MINUTE, whole % MINUTE
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def local_time(moment: str) -> str:
    """The local time of day of a UTC text: `14:02:09`; empty without a time."""
    return there(moment).strftime("%H:%M:%S") if moment else ""


def local_minute(moment: str) -> str:
    """The local date and time of a UTC text to the minute, without year: `01-05 14:02`; empty for none."""
    return there(moment).strftime("%m-%d %H:%M") if moment else ""


def when(moment: str, now: str) -> str:
    """How long ago, and the exact local minute: `4 m ago · 01-05 14:02`; empty for none."""
    return f"{ago(moment, now)} · {local_minute(moment)}" if moment else ""
