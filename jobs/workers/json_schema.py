"""A JSON Schema made fit for the generator: keywords that the model honours, references into itself.

What a spec hands in is untrusted. The generator follows references to files and addresses, and takes its own
extension keywords from the schema; neither gets through. What a model can't enforce is named, never dropped
in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from store.errors import WrongInput

MAX_DEPTH = 64

_MAPS = frozenset({"properties", "$defs", "definitions"})
_LISTS = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_SINGLE = frozenset({"items", "additionalProperties"})
_PLAIN = frozenset(
    {
        *("type", "required", "enum", "const", "default", "description"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "pattern", "minItems", "maxItems"),
    }
)
_FORMATS = frozenset({"date", "date-time", "time", "uuid", "ipv4", "ipv6"})
"""Formats that the model checks; the others are annotations, as JSON Schema has them."""

_NOT_ENFORCED = frozenset(
    {
        *("not", "if", "then", "else", "contains", "minContains", "maxContains", "uniqueItems"),
        *("dependentRequired", "dependentSchemas", "dependencies", "patternProperties", "propertyNames"),
        *("minProperties", "maxProperties", "unevaluatedItems", "unevaluatedProperties", "additionalItems"),
    }
)


@dataclass(frozen=True)
class Prepared:
    """What the generator gets, and the constraints (`keyword at #/pointer`) that the model won't hold."""

    schema: Mapping[str, Any]
    not_enforced: tuple[str, ...]


@dataclass
class _Walk:
    file: str
    root: Mapping[str, Any]
    missing: list[str] = field(default_factory=list)

    def fail(self, pointer: str, problem: str, remedy: str) -> WrongInput:
        return WrongInput(problem, file=self.file, path=pointer, remedy=remedy)


def prepare(schema: Mapping[str, Any], *, file: str = "") -> Prepared:
    """Check and reduce a schema whose root is an object with properties.

    Raises WrongInput, with the JSON pointer as its path, for a reference that leaves the schema or leads
    nowhere, another root, and nesting deeper than 64.
    """
    walk = _Walk(file, schema)
    if schema.get("type") != "object" or not isinstance(schema.get("properties"), Mapping):
        raise walk.fail(
            "#", "the schema's root is not an object with properties", "type: object and properties"
        )
    reduced = _schema(walk, schema, "#", 0)
    return Prepared(reduced, tuple(sorted(walk.missing)))


def resolve(root: Mapping[str, Any], reference: str) -> Any:
    """What a local reference (`#/$defs/Item`) points to; None where that is nothing."""
    found: Any = root
    for part in reference.removeprefix("#").split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found


def _schema(walk: _Walk, node: Mapping[str, Any], pointer: str, depth: int) -> dict[str, Any]:
    if depth > MAX_DEPTH:
        raise walk.fail(pointer, "the schema is nested too deeply", f"at most {MAX_DEPTH} levels")
    kept: dict[str, Any] = {}
    for keyword, value in node.items():
        where = f"{pointer}/{keyword}"
        if keyword in _MAPS and isinstance(value, Mapping):
            kept[keyword] = {
                name: _part(walk, each, f"{where}/{name}", depth) for name, each in value.items()
            }
        elif keyword in _LISTS and isinstance(value, list):
            kept[keyword] = [_part(walk, each, f"{where}/{index}", depth) for index, each in enumerate(value)]
        elif keyword in _SINGLE:
            kept[keyword] = _part(walk, value, where, depth)
        else:
            _keyword(walk, kept, keyword, value, pointer)
    return kept


def _part(walk: _Walk, value: Any, pointer: str, depth: int) -> Any:
    return _schema(walk, value, pointer, depth + 1) if isinstance(value, Mapping) else value


def _keyword(walk: _Walk, kept: dict[str, Any], keyword: str, value: Any, pointer: str) -> None:
    if keyword == "$ref":
        kept[keyword] = _reference(walk, value, f"{pointer}/$ref")
    elif keyword in _PLAIN or (keyword == "format" and value in _FORMATS):
        kept[keyword] = value
    elif keyword in _NOT_ENFORCED or keyword == "format":
        walk.missing.append(f"{keyword} at {pointer}")


def _reference(walk: _Walk, value: Any, pointer: str) -> str:
    if not isinstance(value, str) or not (value == "#" or value.startswith("#/")):
        raise walk.fail(
            pointer, f"the reference {value!r} leaves the schema", "a reference into the schema: #/$defs/Name"
        )
    if not isinstance(resolve(walk.root, value), Mapping):
        raise walk.fail(pointer, f"the reference {value!r} leads nowhere", "define it under $defs")
    return value
