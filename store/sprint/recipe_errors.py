"""What is wrong with a recipe, in the words of whoever writes one."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from store.documents.base import wrong_document
from store.errors import WrongInput
from store.yamlfile import YamlDoc, YamlPath

_SHAPES = {
    "codigo": ("not a code", "as in T01, or T01.1"),
    "sprint": ("not a sprint's id", "a letter, then letters, digits, - and _"),
    "inicio": ("not a day", "as in 2025-12-17"),
    "fim": ("not a day", "as in 2025-12-17"),
}
_AMOUNTS = frozenset({"horas", "custo", "orcamento", "horas_dia"})
"""Fields that take a number, whole or not, and some a text that is one."""


def wrong_recipe(error: ValidationError, model: type[BaseModel], path: YamlPath, doc: YamlDoc) -> WrongInput:
    """The first thing that a definition at `path` has wrong, with file and line."""
    found = error.errors(include_url=False)
    first = found[0]
    if any(each["type"] == "extra_forbidden" for each in found):
        return wrong_document(error, model, path, doc)
    at = tuple(step for step in first["loc"])
    name = next((step for step in reversed(at) if step in _SHAPES or step in _AMOUNTS), "")
    if name in _SHAPES and first["type"] == "string_pattern_mismatch":
        problem, remedy = _SHAPES[str(name)]
        return doc.error((*path, *at), f"{problem}: {_told(first['input'])}", remedy)
    if name in _AMOUNTS and (at[-1] != name or first["type"] == "value_error"):
        # What stands after the name is which kind of number was tried, no place in the file.
        at = at[: at.index(name) + 1]
        if first["type"] != "value_error" and not _is_number(first["input"]):
            return doc.error((*path, *at), f"not an amount: {_told(first['input'])}", "as in 12.5")
        return doc.error((*path, *at), "expected at least 0", "as in 12.5")
    return wrong_document(error, model, path, doc)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _told(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else text[:39] + "…"
