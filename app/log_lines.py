"""A record of the log as people read it: one line, and what has several lines under it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from app.output import clean
from app.times import LocalTime

_UNDER_IT = ("error", "exception", "stderr")
"""Fields that are texts of several lines."""
_IN_FRONT = ("ts", "level", "event", "item", "ator")
_LEFT_OUT = frozenset(
    {*_IN_FRONT, *_UNDER_IT, "pid", "seq", "request_id", "saga_id", "token", "item_tipo", "quem", "by"}
)
"""What stands in front or under it, and what only `--json` says."""
_LONGEST = 300


def pretty(record: dict[str, Any], local: LocalTime) -> Iterator[str]:
    """The record's lines, without control characters; times are the workspace's."""
    level, event = clean(record.get("level")), clean(record.get("event"))
    who = " ".join(clean(record[name]) for name in ("item", "ator") if record.get(name))
    rest = " ".join(_field(name, value) for name, value in record.items() if name not in _LEFT_OUT)
    yield f"{_time(record, local)}  {level:<8}  {event:<20}  {who:<22}  {rest}".rstrip()
    for name in _UNDER_IT:
        lines = str(record.get(name) or "").splitlines()
        if lines:
            yield f"    {name}:"
            yield from (f"      {clean(line)}".rstrip() for line in lines)


def _time(record: dict[str, Any], local: LocalTime) -> str:
    text = clean(record.get("ts"))
    try:
        return local(text)
    except ValueError:
        return text


def _field(name: str, value: object) -> str:
    text = clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return f"{clean(name)}={json.dumps(short, ensure_ascii=False) if ' ' in short else short}"
