"""The small language of contracts: `=contexto.spec_ref` reads a value, `{contexto.spec_ref}` fills a text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_FIELD = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[a-z0-9_]+)*)\}")

MISSING = object()


def lookup(path: str, sources: Mapping[str, Any]) -> Any:
    """The value at a dotted path, or `MISSING`."""
    value: Any = sources
    for step in path.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return MISSING
        value = value[step]
    return value


def evaluate(template: Any, sources: Mapping[str, Any]) -> Any:
    """A template's value: texts that start with `=` are read from `sources`; what is missing is left out."""
    if isinstance(template, str):
        return lookup(template[1:], sources) if template.startswith("=") else template
    if isinstance(template, Mapping):
        pairs = ((key, evaluate(value, sources)) for key, value in template.items())
        return {key: value for key, value in pairs if value is not MISSING}
    if isinstance(template, list | tuple):
        values = (evaluate(value, sources) for value in template)
        return [value for value in values if value is not MISSING]
    return template


def reference(template: str, sources: Mapping[str, Any]) -> str:
    """An id that a template names, or an empty text."""
    value = evaluate(template, sources)
    return value if isinstance(value, str) else ""


def placeholders(template: str) -> list[str]:
    """The dotted paths that `fill` looks up."""
    return _FIELD.findall(template)


def fill(template: str, sources: Mapping[str, Any]) -> str:
    """A text with its `{…}` fields filled; what is not there shows as a question mark."""

    def value_of(match: re.Match[str]) -> str:
        value = lookup(match.group(1), sources)
        return "?" if value is MISSING or value is None else str(value)

    return _FIELD.sub(value_of, template)
