"""Values out of stored documents, which nobody validates when they are loaded: what is wrong is not there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

Document = Mapping[str, Any]

_NOTHING: Document = {}


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
    """A time in epoch seconds; one without a zone is UTC."""
    found = document.get(name)
    if not found or not isinstance(found, str):
        return None
    try:
        time = datetime.fromisoformat(found)
        if time.tzinfo is None:
            time = datetime.fromisoformat(f"{found}+00:00")
        return time.timestamp()
    except (ValueError, OverflowError):
        return None


def amount(value: object) -> float | None:
    """A finite number; true and false are none."""
    kind = type(value)
    if kind is float:
        return value if isfinite(value) else None  # type: ignore[arg-type, return-value]  # it is a float
    return _whole(value) if kind is int else None


def _whole(value: Any) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None


def count(value: object) -> int | None:
    """A whole number from 0 up."""
    return value if type(value) is int and value >= 0 else None


_MOST_DIGITS = 15
"""Of an amount of R$ before its point: what is longer is no amount, and breaks the sums that it gets into."""


def money(value: object) -> Decimal | None:
    """An amount of R$ from exact text (or a number); None where it is none."""
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and found.adjusted() < _MOST_DIGITS else None


def truth(value: object) -> bool | None:
    """True or false; None where it is neither."""
    return value if isinstance(value, bool) else None
