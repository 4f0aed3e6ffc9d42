"""What a line has to be besides well sealed: whoever writes a file can seal anything."""

from __future__ import annotations

from functools import lru_cache

from store.errors import StoreError
from store.journal.lines import Document, is_number, is_numbers
from store.journal.names import check_table

_LONGEST_KEY = 15
_DICT = frozenset({dict})


def flaw(line: Document) -> str:
    """Why a line is no transaction, nor one of an event or archive segment; empty when it is one."""
    if not is_number(line.get("seq")):
        return "a line without a number"
    if not (type(line.get("ts", "")) is type(line.get("by", "")) is str and is_number(line.get("ok", 0))):
        return "a line whose fields are not what they should be"
    for name in ("put", "archive"):
        if name in line and not _is_tables(line[name]):
            return f"a line whose {name!r} holds something else than documents"
    if "events" in line and not _is_events(line):
        return "a line whose events are none"
    if "next" in line and not is_numbers(line["next"]):
        return "a line whose next ids are none"
    if "del" in line and not _is_deleted(line["del"]):
        return "a line that deletes something else than documents"
    return "" if "document" not in line or _is_archived(line) else "a line whose document is none"


def _is_tables(tables: object) -> bool:
    if type(tables) is not dict:
        return False
    for table, rows in tables.items():
        if type(rows) is not dict or not _is_name(table):
            return False
        if not (_DICT.issuperset(map(type, rows.values())) and _are_keys(rows)):
            return False
    return True


@lru_cache(maxsize=64)
def _is_name(table: str) -> bool:
    try:
        check_table(table)
    except StoreError:
        return False
    return True


def _are_keys(rows: Document) -> bool:
    """Whether all are numbers; looked at together, because this is done for all that is loaded."""
    keys = "".join(rows)
    fit = keys.isdigit() and keys.isascii() and "" not in rows
    return not rows or (fit and max(map(len, rows)) <= _LONGEST_KEY)


def _is_events(line: Document) -> bool:
    events = line["events"]
    if type(events) is not list or "ts" not in line or "by" not in line:
        return False
    if not _DICT.issuperset(map(type, events)):
        return False
    return all(["seq" not in event or is_number(event["seq"]) for event in events])  # noqa: C419 (quicker)


def _is_deleted(tables: object) -> bool:
    return type(tables) is dict and all(
        _is_name(table) and type(numbers) is list and all(map(is_number, numbers))
        for table, numbers in tables.items()
    )


def _is_archived(line: Document) -> bool:
    document = line["document"]
    return type(line.get("collection")) is str and type(document) is dict and type(document.get("id")) is str
