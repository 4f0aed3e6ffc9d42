"""Reads the mappings of a YAML document field by field, and collects everything that is wrong with them.

Used for every file that people write: specs, `oficina.yaml`, capabilities, pricing. A wrong field is noted
and read as its default, so that one pass finds all that is wrong.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from store.errors import WrongInput
from store.yamlfile import YamlDoc, did_you_mean

YamlPath = tuple[str | int, ...]
"""Keys and indexes that lead to a value of a document."""

_FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
"""Unicode categories that can move the cursor, turn text around or hide it."""


class Fields:
    """One mapping of `doc`; `problems` receives a WrongInput for each wrong field."""

    def __init__(self, doc: YamlDoc, path: YamlPath, problems: list[WrongInput]) -> None:
        self.doc, self.path, self.problems = doc, path, problems
        data = value_at(doc, path)
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            self.note((), f"expected keys with values, not {kind(data)}", "write it as `key: value`")

    def note(self, step: YamlPath | str, problem: str, remedy: str = "") -> None:
        """Note what is wrong at a field of this mapping (or at a path below it)."""
        below = (step,) if isinstance(step, str) else step
        self.problems.append(self.doc.error((*self.path, *below), problem, remedy))

    def only(self, *known: str) -> None:
        """Note every key that is not one of `known`, with the nearest right one."""
        for key in self.data:
            if key not in known:
                self.note(key, f"unknown key {visible(key)}", did_you_mean(key, known))

    def has(self, key: str) -> bool:
        """True when the field is there and not null."""
        return self.data.get(key) is not None

    def missing(self, key: str, remedy: str) -> None:
        """Note that a field is missing, on the line of this mapping."""
        self.problems.append(self.doc.error(self.path, f"the field {key} is missing", remedy))

    def text(self, key: str, default: str | None = "", *, remedy: str = "", lines: bool = False) -> str:
        """A text field; `default=None` makes it required. One line, unless `lines`."""
        value = self.data.get(key)
        if value is None:
            if default is None:
                self.missing(key, remedy or f"add `{key}: …`")
            return default or ""
        if not isinstance(value, str):
            self.note(key, f"expected text, not {kind(value)}", "put it in quotes")
            return ""
        bad = control_characters(value, allowed="\n\t" if lines else "")
        if bad:
            self.note(
                key, f"has the character {bad}", "write it on one line" if bad == "U+000A" else "remove it"
            )
            return ""
        if default is None and not value.strip():
            self.note(key, "is empty", remedy or "write something")
        return value.strip()

    def choice(self, key: str, options: tuple[str, ...], default: str) -> str:
        """One of `options`."""
        value = self.data.get(key)
        if value is None:
            return default
        if value not in options:
            self.note(key, f"no such value: {visible(value)}", did_you_mean(str(value), options))
            return default
        return str(value)

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self.data.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.note(
                key, f"not a whole number from {low} to {high}: {visible(value)}", f"for example {default}"
            )
            return default
        return value

    def number(self, key: str, default: float, low: float, high: float) -> int | float:
        """A number from `low` to `high`."""
        value = self.data.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.note(
                key, f"not a number from {low:g} to {high:g}: {visible(value)}", f"for example {default:g}"
            )
            return default
        return value

    def decimal(self, key: str, default: str = "0") -> Decimal:
        """An amount that is never negative, exact as written (in quotes or not)."""
        value = self.data.get(key)
        if value is None:
            return Decimal(default)
        try:
            found = Decimal(str(value)) if isinstance(value, str | int | float) else Decimal("NaN")
        except InvalidOperation:
            found = Decimal("NaN")
        if isinstance(value, bool) or not found.is_finite() or found < 0 or found > 10**12:
            self.note(key, f"not an amount: {visible(value)}", f'for example "{default}"')
            return Decimal(default)
        return found

    def boolean(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.data.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.note(
                key, f"expected true or false, not {visible(value)}", f"for example {str(default).lower()}"
            )
            return default
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; absent is empty."""
        found = []
        for path, value in self.items(key):
            if isinstance(value, str) and value and not control_characters(value):
                found.append(value)
            else:
                self.note(path, f"expected text, not {visible(value)}", "one word an entry")
        return tuple(found)

    def items(self, key: str) -> Iterator[tuple[YamlPath, Any]]:
        """The elements of a list, each with its path below this mapping; absent is empty."""
        value = self.data.get(key)
        if value is None:
            return
        if not isinstance(value, list):
            self.note(key, f"expected a list, not {kind(value)}", "begin each entry with `- `")
            return
        for index, element in enumerate(value):
            yield (key, index), element

    def below(self, *step: str | int) -> Fields:
        """The mapping at a path below this one."""
        return Fields(self.doc, (*self.path, *step), self.problems)

    def maybe(self, key: str) -> Fields | None:
        """The mapping at `key`, or None when it is absent."""
        return self.below(key) if self.has(key) else None


def value_at(doc: YamlDoc, path: YamlPath) -> Any:
    """The data at `path`; raises LookupError when there is nothing."""
    found = doc.data
    for step in path:
        found = found[step]
    return found


def kind(value: Any) -> str:
    """What a value is, in a word."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    names = {str: "text", int: "a number", float: "a number", list: "a list", dict: "keys with values"}
    return names.get(type(value), type(value).__name__)


def visible(value: Any) -> str:
    """A value as one short line for a message; what can't be seen is written as an escape."""
    text = (
        value if isinstance(value, str) else kind(value) if isinstance(value, list | dict) else _plain(value)
    )
    shown = "".join(char if not _hidden(char) else f"\\u{ord(char):04x}" for char in text)
    return shown if len(shown) <= 60 else shown[:59] + "…"


def _plain(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def control_characters(text: str, *, allowed: str = "") -> str:
    """The first character that has no place in a text, as `U+001B`; empty when there is none."""
    for char in text:
        if char not in allowed and _hidden(char):
            return f"U+{ord(char):04X}"
    return ""


def _hidden(char: str) -> bool:
    return unicodedata.category(char) in _FORBIDDEN
