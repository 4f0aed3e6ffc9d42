"""What is not a JSON Schema that a worker can build from, with the line of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from spec_files import loaded, pedido, problems

from jobs.specs.patterns import matches
from jobs.specs.schema import resolve
from jobs.specs.validation import schema_errors, validator


def with_schema(schema: Any) -> dict[str, Any]:
    return pedido(lambda data: data["vertentes"][0].update(schema=schema))


def with_field(**part: Any) -> dict[str, Any]:
    return with_schema({"type": "object", "properties": {"a": part}})


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (
            "string",
            "vertentes[0].schema: not a JSON Schema: text (begin with `type: object` and `properties:`)",
        ),
        ({"type": "array"}, "vertentes[0].schema: the schema describes no object"),
        ({"type": "object"}, "vertentes[0].schema: the schema describes no object"),
        (
            {"type": "objeto", "properties": {"a": {}}},
            "vertentes[0].schema.type: not a JSON Schema: no such type: objeto (did you mean object?)",
        ),
        (
            {"type": "zzz", "properties": {"a": {}}},
            "no such type: zzz (one of array, boolean, integer, null, number, object, string)",
        ),
        (
            {"$schema": "http://example.com/x", "properties": {"a": {}}},
            "vertentes[0].schema.$schema: no such dialect: http://example.com/x (leave $schema out",
        ),
        ({"properties": {"a": 3}}, "vertentes[0].schema.properties.a: not a JSON Schema: 3 is not of type"),
        (
            {"properties": {"a": {}}, "required": "a"},
            "schema.required: not a JSON Schema: 'a' is not of type",
        ),
        (
            {"properties": {"cliente": {}}, "required": ["client"]},
            "vertentes[0].schema.required[0]: no such property: client (did you mean cliente?)",
        ),
        ({"properties": {"a": {}}, "required": ["zzz"]}, "no such property: zzz (define it in properties)"),
    ],
)
def test_a_schema_that_is_none(tmp_path: Path, schema: Any, message: str) -> None:
    said = problems(tmp_path, with_schema(schema))
    assert any(message in line for line in said), said
    assert all(line.startswith("specs/spec.yaml:") for line in said)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"minimun": 1}, "schema.properties.a.minimun: unknown keyword minimun (did you mean minimum?)"),
        ({"minimum": "1"}, "schema.properties.a.minimum: not a JSON Schema: '1' is not of type"),
        (
            {"pattern": "["},
            "schema.properties.a.pattern: not a regular expression: unterminated character set",
        ),
        ({"patternProperties": {"(": {}}}, "patternProperties.(: not a regular expression: missing )"),
        (
            {"$ref": "http://example.com/x.json"},
            "properties.a.$ref: the reference leaves the document: http://example.com/x.json",
        ),
        (
            {"$ref": "other.json#/x"},
            "the reference leaves the document: other.json#/x (copy the definition into",
        ),
        ({"$ref": "#/$defs/Itm"}, "properties.a.$ref: nothing is at #/$defs/Itm (define it in $defs)"),
        ({"items": {"$ref": "#no"}}, "properties.a.items.$ref: nothing is at #no"),
        ({"allOf": [{"$ref": "#/x"}]}, "properties.a.allOf[0].$ref: nothing is at #/x"),
        (
            {"if": {"minLenght": 1}},
            "properties.a.if.minLenght: unknown keyword minLenght (did you mean minLength?)",
        ),
    ],
)
def test_a_field_that_is_wrong(tmp_path: Path, part: dict[str, Any], message: str) -> None:
    [said] = problems(tmp_path, with_field(**part))
    assert message in said


def test_the_nearest_definition_is_named(tmp_path: Path) -> None:
    schema = {"properties": {"a": {"$ref": "#/$defs/Itm"}}, "$defs": {"Item": {"type": "string"}}}
    [said] = problems(tmp_path, with_schema(schema))
    assert "nothing is at #/$defs/Itm (did you mean #/$defs/Item?)" in said


def test_what_is_allowed_stays_allowed(tmp_path: Path) -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "x-own": 1,
        "somethingElse": 2,
        "required": ["b"],
        "allOf": [{"properties": {"b": {"type": "string"}}}],
        "properties": {"a": {"type": "array", "items": [{"type": "string"}], "pattern": r"(?!x)y"}},
    }
    assert problems(tmp_path, with_schema(schema)) == []


def test_references_are_followed_inside_the_document(tmp_path: Path) -> None:
    schema = {
        "properties": {"a": {"$ref": "#/$defs/B"}},
        "$defs": {"B": {"$ref": "#/$defs/C"}, "C": {"type": "null"}},
    }
    [vertente] = loaded(tmp_path, with_schema(schema)).vertentes
    assert vertente.schema is not None
    assert resolve(vertente.schema, {"$ref": "#/$defs/B"}) == {"type": "null"}
    assert resolve({"$defs": {"A": {"$ref": "#/$defs/A"}}}, {"$ref": "#/$defs/A"}) == {"$ref": "#/$defs/A"}
    assert resolve({}, {"$ref": "#/no"}) == {"$ref": "#/no"}


def test_a_schema_that_refers_to_itself_without_end_is_an_error_not_a_crash() -> None:
    [error] = schema_errors({"$ref": "#"}, {})
    assert error.message == "the schema's references have no end"


def test_a_schema_whose_references_double_at_each_step_is_given_up(tmp_path: Path) -> None:
    steps = {f"A{n}": {"allOf": [{"$ref": f"#/$defs/A{n + 1}"}] * 2} for n in range(30)}
    schema = {"$ref": "#/$defs/A0", "$defs": {**steps, "A30": {"type": "string"}}}
    [error] = schema_errors(schema, 1)
    assert error.message == "the schema's references have no end"


def test_a_pattern_takes_linear_time() -> None:
    start = time.process_time()
    assert not matches(r"^(a+)+$", "a" * 5000 + "!")
    assert time.process_time() - start < 2
    assert matches(r"^a$", "a")
    assert matches(r"(?<!x)y", "n"), "look-around is left to the tests"


def test_a_pattern_that_does_not_match_is_an_error() -> None:
    [error] = validator({"properties": {"a": {"pattern": "^x"}}}).iter_errors({"a": "yy"})
    assert error.message == "yy does not match ^x"
    assert validator({"pattern": "^x"}).is_valid(7)


def test_property_names_are_matched_in_linear_time_too() -> None:
    schema = {"patternProperties": {"^(a+)+$": {"type": "string"}}, "additionalProperties": {"type": "null"}}
    start = time.process_time()
    assert schema_errors(schema, {"a" * 60 + "b": None}) == []
    assert time.process_time() - start < 2
    assert [list(error.path) for error in schema_errors(schema, {"aa": 1, "b": 2})] == [["aa"], ["b"]]
    assert schema_errors(schema, "no object") == []


def test_the_one_combination_that_would_not_be_is_refused(tmp_path: Path) -> None:
    schema = {"properties": {"a": {}}, "patternProperties": {"x": {}}, "unevaluatedProperties": False}
    [said] = problems(tmp_path, with_schema(schema))
    assert (
        "unevaluatedProperties beside patternProperties is not supported (use additionalProperties)" in said
    )
