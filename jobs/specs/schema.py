"""Is it a JSON Schema that a worker can build from? With the line of what isn't.

Nothing is ever fetched: references stay inside the document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import exceptions, validators
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012, UnknownDialect, specification_with

from jobs.fields import YamlPath, kind, value_at, visible
from store.errors import WrongInput
from store.yamlfile import YamlDoc, nearest

_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE = (
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedProperties",
    "unevaluatedItems",
)
_WORDS = """
$schema $id $ref $anchor $dynamicRef $dynamicAnchor $comment $vocabulary type enum const multipleOf
maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems
uniqueItems maxContains minContains maxProperties minProperties required dependentRequired
dependencies additionalItems title description default deprecated readOnly writeOnly examples format
contentEncoding contentMediaType contentSchema
"""
_KEYWORDS = frozenset((*_MAPS, *_LISTS, *_SINGLE, *_WORDS.split()))
_Lookup = Callable[[str], Any]
_NOT_FOUND = (Unresolvable, UnknownDialect, ValueError, TypeError, AttributeError)
"""What following a reference ends in; the last two where a part is not made as its dialect wants."""
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


def check_schema(doc: YamlDoc, path: YamlPath) -> list[WrongInput]:
    """Everything that keeps the data at `path` from being a schema of an object with properties."""
    schema = value_at(doc, path)
    if not isinstance(schema, dict):
        return [
            doc.error(
                path, f"not a JSON Schema: {kind(schema)}", "begin with `type: object` and `properties:`"
            )
        ]
    problems = _against_meta_schema(doc, path, schema)
    if problems:
        # What the keywords mean is not known then, but how they are spelt is, and what is required.
        for step, part in subschemas(schema):
            problems += _misspelt(doc, (*path, *step), part)
            problems += _check_required(doc, (*path, *step), part)
        return problems
    lookup = _lookup_in(schema)
    for step, part in subschemas(schema):
        problems += _check_part(doc, (*path, *step), part, schema, lookup)
    if not problems and not _describes_object(schema):
        problems.append(
            doc.error(path, "the schema describes no object", "begin with `type: object` and `properties:`")
        )
    return problems


def titled(schema: Mapping[str, Any], nome: str) -> dict[str, Any]:
    """`schema` with a `title`, which names the class: its own, or one made of the vertente's name."""
    if isinstance(schema.get("title"), str) and schema["title"].strip():
        return dict(schema)
    return {**schema, "title": "".join(word.capitalize() for word in nome.split("_"))}


_validator_for: Callable[..., type[Validator] | None] = validators.validator_for


def subschemas(schema: Any, path: YamlPath = ()) -> Iterator[tuple[YamlPath, Mapping[str, Any]]]:
    """Every schema object in `schema`, itself first, with its path."""
    if not isinstance(schema, dict):
        return
    yield path, schema
    for key in _MAPS:
        for name, part in _mapping(schema.get(key)).items():
            yield from subschemas(part, (*path, key, name))
    for key in _SINGLE:
        yield from subschemas(schema.get(key), (*path, key))
    for key in (*_LISTS, "items"):
        parts = schema.get(key)
        for index, part in enumerate(parts if isinstance(parts, list) else ()):
            yield from subschemas(part, (*path, key, index))


def is_entity(part: Mapping[str, Any]) -> bool:
    """True when a schema describes an object of its own, with fields."""
    return bool(part.get("properties"))


def resolve(schema: Mapping[str, Any], part: Mapping[str, Any], depth: int = 0) -> Mapping[str, Any]:
    """`part` with its `$ref` followed inside `schema` (a cycle ends where it is)."""
    reference = part.get("$ref")
    if not isinstance(reference, str) or depth > 20:
        return part
    found = _lookup_in(schema)(reference)
    return resolve(schema, found, depth + 1) if isinstance(found, dict) else part


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _describes_object(schema: Mapping[str, Any]) -> bool:
    return schema.get("type", "object") == "object" and is_entity(schema)


def _against_meta_schema(doc: YamlDoc, path: YamlPath, schema: dict[str, Any]) -> list[WrongInput]:
    named = schema.get("$schema", "")
    base = _validator_for(schema, default=None) if isinstance(named, str) else None
    if base is None and "$schema" in schema:
        remedy = "leave $schema out, or use https://json-schema.org/draft/2020-12/schema"
        return [doc.error((*path, "$schema"), f"no such dialect: {visible(schema['$schema'])}", remedy)]
    base = base or validators.Draft202012Validator
    found = sorted(base(base.META_SCHEMA).iter_errors(schema), key=lambda error: list(map(str, error.path)))
    return [_meta_error(doc, path, error) for error in found]


def _meta_error(doc: YamlDoc, path: YamlPath, error: exceptions.ValidationError) -> WrongInput:
    where = (*path, *error.path)
    if error.path and error.path[-1] == "type" and isinstance(error.instance, str):
        near = nearest(error.instance, _TYPES)
        remedy = f"did you mean {near}?" if near else f"one of {', '.join(_TYPES)}"
        return doc.error(where, f"not a JSON Schema: no such type: {visible(error.instance)}", remedy)
    remedy = "see json-schema.org for what the keyword wants"
    return doc.error(where, f"not a JSON Schema: {visible(error.message)}", remedy)


def _check_part(
    doc: YamlDoc, path: YamlPath, part: Mapping[str, Any], schema: Mapping[str, Any], lookup: _Lookup
) -> Iterator[WrongInput]:
    yield from _misspelt(doc, path, part)
    for key in ("$ref", "$dynamicRef"):
        if isinstance(part.get(key), str):
            yield from _check_reference(doc, (*path, key), part[key], schema, lookup)
    if isinstance(part.get("pattern"), str):
        yield from _check_pattern(doc, (*path, "pattern"), part["pattern"])
    for pattern in _mapping(part.get("patternProperties")):
        yield from _check_pattern(doc, (*path, "patternProperties", pattern), pattern)
    if "patternProperties" in part and "unevaluatedProperties" in part:
        problem = "unevaluatedProperties beside patternProperties is not supported"
        yield doc.error((*path, "unevaluatedProperties"), problem, "use additionalProperties")
    yield from _check_required(doc, path, part)


def _misspelt(doc: YamlDoc, path: YamlPath, part: Mapping[str, Any]) -> Iterator[WrongInput]:
    """JSON Schema allows any keyword, so only those are refused that look like a known one."""
    for key in part:
        near = nearest(key, _KEYWORDS) if key not in _KEYWORDS and not key.startswith(("x-", "X-")) else None
        if near and abs(len(near) - len(key)) <= 2:
            yield doc.error((*path, key), f"unknown keyword {visible(key)}", f"did you mean {near}?")


def _check_reference(
    doc: YamlDoc, path: YamlPath, reference: str, schema: Mapping[str, Any], lookup: _Lookup
) -> Iterator[WrongInput]:
    if not reference.startswith("#"):
        yield doc.error(
            path, f"the reference leaves the document: {visible(reference)}", "copy the definition into $defs"
        )
    elif lookup(reference) is None:
        known = [f"#/$defs/{name}" for name in _mapping(schema.get("$defs"))]
        near = nearest(reference, known)
        yield doc.error(
            path,
            f"nothing is at {visible(reference)}",
            f"did you mean {near}?" if near else "define it in $defs",
        )


def _lookup_in(schema: Mapping[str, Any]) -> _Lookup:
    """Finds what a reference leads to in `schema`, None where that is nothing; reads the schema once."""
    dialect = specification_with(str(schema.get("$schema", "")), default=DRAFT202012)
    try:
        resource = dialect.create_resource(dict(schema))
        resolver = Registry().with_resource("", resource).crawl().resolver("")
    except _NOT_FOUND:
        return lambda _reference: None

    def lookup(reference: str) -> Any:
        try:
            return resolver.lookup(reference).contents
        except _NOT_FOUND:
            return None

    return lookup


def _check_pattern(doc: YamlDoc, path: YamlPath, pattern: str) -> Iterator[WrongInput]:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        yield doc.error(path, f"not a regular expression: {error}", "correct the pattern")


def _check_required(doc: YamlDoc, path: YamlPath, part: Mapping[str, Any]) -> Iterator[WrongInput]:
    composed = any(key in part for key in ("allOf", "anyOf", "oneOf", "$ref", "patternProperties"))
    properties, required = _mapping(part.get("properties")), part.get("required", ())
    if composed or not properties or not isinstance(required, list):
        return
    for index, name in enumerate(required):
        if isinstance(name, str) and name not in properties:
            near = nearest(name, properties)
            remedy = f"did you mean {near}?" if near else "define it in properties"
            yield doc.error((*path, "required", index), f"no such property: {visible(name)}", remedy)
