"""What a command prints: tables for people, JSON for programs. Untrusted text never moves the cursor."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TextIO

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(value: object) -> str:
    """`value` as one line without control, escape or direction characters."""
    text = "" if value is None else str(value)
    return "".join(_shown(char) for char in text if char not in _BIDI)


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    # Half a character comes from a file's name; no terminal's encoding can say it.
    return "\ufffd" if category == "Cs" else " " if category in {"Cc", "Zl", "Zp"} else char


def print_json(value: Any, out: TextIO | None = None) -> None:
    """`value` as JSON, one document, readable; what can't be seen is written as JSON's escape."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    print("".join(_escaped(char) for char in text), file=out or sys.stdout)


def say_produced(item: Mapping[str, Any], *, as_json: bool) -> None:
    """The item that a command produced: its id and title, or the whole of it."""
    if as_json:
        print_json(item)
    else:
        print(f"{item['id']}: {clean(item['titulo'])}")


def json_line(value: Any) -> str:
    """The same on one line."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return "".join(_escaped(char) for char in text)


def _escaped(char: str) -> str:
    if char == "\n" or (char.isascii() and char.isprintable()) or unicodedata.category(char) not in _UNSEEN:
        return char
    return json.dumps(char)[1:-1]


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Aligned columns; numbers to the right. `empty` says what would be here and how it comes to be."""
    cells = [[clean(value) for value in row] for row in rows]
    if not cells:
        print(empty)
        return
    widths = [max(width(text) for text in column) for column in zip(columns, *cells, strict=True)]
    right = [all(_is_number(row[index]) for row in cells) for index in range(len(columns))]
    for line in [list(columns), *cells]:
        print(
            "  ".join(
                _pad(text, size, side) for text, size, side in zip(line, widths, right, strict=True)
            ).rstrip()
        )


def print_fields(fields: Mapping[str, object]) -> None:
    """`name: value` lines, values aligned; empty values are left out."""
    shown = {name: clean(value) for name, value in fields.items() if value not in (None, "", [], {})}
    size = max((width(name) for name in shown), default=0)
    for name, value in shown.items():
        print(f"{name.ljust(size)}  {value}")


def width(text: str) -> int:
    """Terminal cells that `text` takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def _pad(text: str, size: int, right: bool) -> str:
    space = " " * (size - width(text))
    return space + text if right else text + space


def figure(value: object, digits: int) -> str:
    """`"1234.5"` with two digits as `1.234,50`; nothing is a dash."""
    return "—" if value is None else f"{Decimal(str(value)):,.{digits}f}".translate(_BRAZILIAN)


_BRAZILIAN = str.maketrans(",.", ".,")


def _is_number(text: str) -> bool:
    return text in {"", "—"} or text.replace(".", "").replace(",", "").lstrip("-").rstrip("%").isdigit()
