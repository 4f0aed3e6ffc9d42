"""Values out of stored documents, which nobody validates when they are loaded: what is wrong is not there.

Everything that is let through can be added up, cut into days and shown: no family has to look again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Document = Mapping[str, Any]

FIRST_YEAR, LAST_YEAR = 1970, 9000
"""Years in which something can have happened: those around them break calendars and zones."""
LARGEST = 1e15
"""What amounts and counts are smaller than: beyond it a float cannot tell whole numbers apart for long."""
LEAST = 1e-15
"""What is smaller is 0: a quotient by it is no number."""

_NOTHING: Document = {}
_BEGIN = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp()
_END = datetime(LAST_YEAR, 1, 1, tzinfo=UTC).timestamp()
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def part(document: Document, name: str) -> Document:
    """An object in a document; empty where there is none."""
    found = document.get(name)
    return found if isinstance(found, dict) else _NOTHING


def parts(document: Document, name: str) -> list[Document]:
    """The objects of a list in a document."""
    found = document.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def text(document: Document, name: str) -> str:
    """A text; empty where there is none."""
    found = document.get(name)
    return found if isinstance(found, str) else ""


def moment(document: Document, name: str) -> float | None:
    """A time in epoch seconds; one without a zone is UTC, one of no year that work is done in is none."""
    found = document.get(name)
    if not found or not isinstance(found, str):
        return None
    try:
        time = datetime.fromisoformat(found)
        if time.tzinfo is None:
            time = datetime.fromisoformat(f"{found}+00:00")
        seconds = time.timestamp()
    except (ValueError, OverflowError):
        return None
    return seconds if _BEGIN <= seconds < _END else None


def day(document: Document, name: str) -> str:
    """A plain day, `2026-11-26`; empty where there is none."""
    found = text(document, name)
    if not _DAY.fullmatch(found):
        return ""
    try:
        return found if FIRST_YEAR <= date.fromisoformat(found).year < LAST_YEAR else ""
    except ValueError:
        return ""


def amount(value: object) -> float | None:
    """A number that can be reckoned with; true and false are none."""
    if not isinstance(value, (int, float)) or value is True or value is False or not abs(value) < LARGEST:
        return None
    return float(value) if abs(value) > LEAST else 0.0


def count(value: object) -> int | None:
    """A whole number from 0 up."""
    return value if type(value) is int and 0 <= value < LARGEST else None


_MOST_DIGITS = 15
"""Of an amount of R$ before its point: what is longer is no amount, and breaks the sums that it gets into."""
_MOST_PLACES = 60
"""After its point."""


def money(value: object) -> Decimal | None:
    """An amount of R$ from exact text (or a number); None where it is none."""
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return bounded(Decimal(str(value)))
    except (InvalidOperation, ValueError):  # a whole number of thousands of digits has no text
        return None


def bounded(found: Decimal) -> Decimal | None:
    """An amount of R$; None where it is none, or has more digits than anybody pays."""
    exponent = found.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -_MOST_PLACES or found.adjusted() >= _MOST_DIGITS:
        return None
    return found


def truth(value: object) -> bool | None:
    """True or false; None where it is neither."""
    return value if isinstance(value, bool) else None
