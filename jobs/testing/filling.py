"""The document that class tests start from: valid fields that no class speaks of, taken from the spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator

from jobs.testing.material import Classes, ExampleLike
from jobs.workers.json_schema import MAX_DEPTH, resolve
from store.errors import WrongInput

_FORMATS = {
    "date": "2026-01-02",
    "date-time": "2026-01-02T03:04:05Z",
    "time": "03:04:05Z",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}


def base_document(
    schema: Mapping[str, Any], classes: Classes, examples: Sequence[ExampleLike], *, file: str = ""
) -> dict[str, Any]:
    """A document to lay the classes over: the first valid example, or the simplest required fields.

    Fields that have a valid class are left out where no example gives them. Raises WrongInput for a required
    field that has neither class nor example and whose value can't be told from the schema.
    """
    document = next((dict(example.entrada) for example in examples if not example.invalido), {})
    covered = {field for field, known in classes.items() if any(each.valida for each in known)}
    for field in schema.get("required", []):
        if field not in document and field not in covered:
            document[field] = _simplest_checked(schema, field, file)
    return document


def _simplest_checked(schema: Mapping[str, Any], field: str, file: str) -> Any:
    part = schema.get("properties", {}).get(field, {})
    value = simplest(part, schema)
    checked = Draft202012Validator({"$defs": {}, **schema, "required": [], "properties": {field: part}})
    if value is _NOTHING or not checked.is_valid({field: value}):
        raise WrongInput(
            "a required field has neither a valid class nor an example",
            file=file,
            path=field,
            remedy=f"add a class of {field} with valida: true, or an example",
        )
    return value


class _Nothing:
    """No value can be told from the schema."""


_NOTHING = _Nothing()


def simplest(schema: Any, root: Mapping[str, Any], depth: int = 0) -> Any:
    """The simplest value that a schema seems to accept, for the caller to check."""
    if not isinstance(schema, Mapping) or depth > MAX_DEPTH:
        return _NOTHING
    if "$ref" in schema:
        return simplest(resolve(root, schema["$ref"]), root, depth + 1)
    given = _given(schema)
    if given is not _NOTHING:
        return given
    for keyword in ("anyOf", "oneOf", "allOf"):
        if schema.get(keyword):
            return simplest(schema[keyword][0], root, depth + 1)
    kind = schema.get("type")
    maker = _MAKERS.get(kind[0] if isinstance(kind, list) and kind else str(kind))
    return _NOTHING if maker is None else maker(schema, root, depth)


def _given(schema: Mapping[str, Any]) -> Any:
    for keyword in ("const", "default"):
        if keyword in schema:
            return schema[keyword]
    for keyword in ("examples", "enum"):
        if schema.get(keyword):
            return schema[keyword][0]
    return _NOTHING


def _text(schema: Mapping[str, Any], _root: Mapping[str, Any], _depth: int) -> Any:
    return _FORMATS.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))


def _number(schema: Mapping[str, Any], _root: Mapping[str, Any], _depth: int) -> Any:
    if "minimum" in schema:
        return schema["minimum"]
    if "exclusiveMinimum" in schema:
        return schema["exclusiveMinimum"] + schema.get("multipleOf", 1)
    return schema.get("maximum", schema.get("exclusiveMaximum", 1) - schema.get("multipleOf", 1))


def _array(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    count = schema.get("minItems", 0)
    item = simplest(schema.get("items", {"type": "string"}), root, depth + 1) if count else None
    return _NOTHING if item is _NOTHING else [item] * count


def _object(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    properties = schema.get("properties", {})
    made = {field: simplest(properties.get(field), root, depth + 1) for field in schema.get("required", [])}
    return _NOTHING if _NOTHING in made.values() else made


_MAKERS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any], int], Any]] = {
    "string": _text,
    "integer": _number,
    "number": _number,
    "boolean": lambda *_: False,
    "null": lambda *_: None,
    "array": _array,
    "object": _object,
}
