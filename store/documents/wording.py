"""What pydantic finds wrong, in our words: what was expected, and what stands there instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from store.yamlfile import did_you_mean

_LONGEST = 40
_EXPECTED = {
    "missing": "is missing",
    "string_type": "expected text",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "expected a whole number"),
    **dict.fromkeys(("float_type", "float_parsing", "decimal_type", "decimal_parsing"), "expected a number"),
    **dict.fromkeys(("finite_number",), "expected a number that has an end"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), "expected a list"),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type"), "expected keys with values"),
    **dict.fromkeys(("model_attributes_type", "dataclass_type"), "expected keys with values"),
}
"""By the library's name for it."""
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than_equal": ("ge", "expected at least {}"),
    "greater_than": ("gt", "expected more than {}"),
    "less_than_equal": ("le", "expected at most {}"),
    "less_than": ("lt", "expected less than {}"),
    "too_short": ("min_length", "expected {} or more of them"),
    "too_long": ("max_length", "expected {} of them at most"),
    "string_too_short": ("min_length", "expected text of {} or more characters"),
    "string_too_long": ("max_length", "expected text of {} characters at most"),
}
_REMEDIES = {"expected a list": "write `[one, another]`", "expected keys with values": "write `{key: value}`"}


def worded(found: Mapping[str, Any]) -> tuple[str, str]:
    """Problem and remedy of one of `ValidationError.errors()`; what we have no words for keeps its own."""
    kind, context = str(found["type"]), found.get("ctx") or {}
    if kind in ("literal_error", "enum"):
        return _choice(found.get("input"), str(context.get("expected", "")))
    if kind in _BOUNDS:
        name, text = _BOUNDS[kind]
        return _with_value(text.format(_number(context.get(name))), found.get("input")), ""
    expected = _EXPECTED.get(kind)
    if expected is None:
        return str(found["msg"]), ""
    if kind == "missing":
        return expected, f"add `{found['loc'][-1]}: …`"
    return _with_value(expected, found.get("input")), _REMEDIES.get(expected, "")


def _choice(value: Any, expected: str) -> tuple[str, str]:
    """The library names the choices as `'a', 'b' or 'c'`."""
    choices = [each.strip().strip("'") for each in expected.replace(" or ", ", ").split(",")]
    if not isinstance(value, str):
        return _with_value("expected a word", value), f"known: {', '.join(choices)}"
    return f"no such value: {_short(value)}", did_you_mean(value, choices)


def _with_value(expected: str, value: Any) -> str:
    return f"{expected}, not {_said(value)}"


_SAID: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (type(None), lambda _: "nothing"),
    (bool, lambda value: str(value).lower()),
    ((int, float), str),
    (str, lambda value: f"the text {_short(value)}" if value else "an empty text"),
    (dict, lambda value: "keys with values" if value else "none"),
    ((list, tuple), lambda value: "a list" if value else "none"),
)


def _said(value: Any) -> str:
    return next((say(value) for kind, say in _SAID if isinstance(value, kind)), type(value).__name__)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
