"""On random schemas and documents the generated model and a JSON Schema validator must agree.

Left out, because pydantic and JSON Schema differ: 1 and `true` are the same in an enumeration or constant,
and 5.0 is no integer.
"""

from __future__ import annotations

import sys
import types
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from jobs.workers.structural import generate

TEXTS = st.text("abZ9 é", max_size=5)
SMALL = st.integers(-5, 5)
NAMED = st.integers(2, 5)


def bounded(low: str, high: str, numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={low: numbers, high: numbers})


SCALARS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    bounded("minLength", "maxLength", st.integers(0, 4)).map(lambda part: {"type": "string", **part}),
    st.sampled_from(["^[A-Z]+$", "9", "^a.b$"]).map(lambda pattern: {"type": "string", "pattern": pattern}),
    bounded("minimum", "maximum", SMALL).map(lambda part: {"type": "integer", **part}),
    bounded("exclusiveMinimum", "exclusiveMaximum", SMALL).map(lambda part: {"type": "number", **part}),
    st.lists(TEXTS, min_size=1, max_size=3, unique=True).map(
        lambda values: {"type": "string", "enum": values}
    ),
    st.lists(NAMED, min_size=1, max_size=3, unique=True).map(
        lambda values: {"type": "integer", "enum": values}
    ),
    st.one_of(TEXTS, NAMED).map(lambda value: {"const": value}),
    st.sampled_from(["string", "integer", "number", "boolean"]).map(lambda kind: {"type": [kind, "null"]}),
    st.just({"type": "boolean"}),
    st.just({"type": "integer", "default": 3}),
    st.just({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "boolean"}]}),
    st.just({"$ref": "#/$defs/Parte"}),
)


def lists(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    bounds = bounded("minItems", "maxItems", st.integers(0, 2))
    return st.builds(lambda items, bound: {"type": "array", "items": items, **bound}, parts, bounds)


def objects(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    def build(properties: dict[str, Any], required: list[str], closed: bool) -> dict[str, Any]:
        made = {
            "type": "object",
            "properties": properties,
            "required": [r for r in required if r in properties],
        }
        return {**made, "additionalProperties": False} if closed else made

    names = st.sampled_from(["a", "peso kg", "class", "json", "Ção", "model_x", "_id"])
    return st.builds(
        build,
        st.dictionaries(names, parts, min_size=1, max_size=4),
        st.lists(names, max_size=3, unique=True),
        st.booleans(),
    )


SCHEMAS = objects(st.one_of(SCALARS, lists(SCALARS), objects(SCALARS)))
PART = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}

VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        1,
        7,
        -6,
        0.5,
        "7",
        "",
        "true",
        "abcdef",
        [],
        ["a", "a", "a"],
        [1],
        {},
        {"n": 1},
        {"a": None},
    ]
)


@st.composite
def fitting(draw: st.DrawFn, schema: dict[str, Any]) -> Any:
    """A value that mostly fits its schema, so that both answers are tried."""
    if draw(st.integers(0, 5)) == 0:
        return draw(VALUES)
    if "enum" in schema or "const" in schema:
        return draw(st.sampled_from(schema.get("enum", [schema.get("const")])))
    if "$ref" in schema:
        return draw(fitting(PART))
    kind = schema.get("type")
    if kind == "object":
        names = [name for name in schema["properties"] if name in schema["required"] or draw(st.booleans())]
        return {name: draw(fitting(schema["properties"][name])) for name in names}
    if kind == "array":
        return draw(st.lists(fitting(schema["items"]), max_size=3))
    simple = {
        "string": TEXTS,
        "integer": SMALL,
        "number": st.sampled_from([0.5, 2, -3]),
        "boolean": st.booleans(),
    }
    return draw(simple[kind] if isinstance(kind, str) else VALUES)


def model_of(schema: dict[str, Any]) -> type[BaseModel]:
    source = generate(schema, "gerado").files["src/gerado/modelo.py"].decode()
    module = types.ModuleType("gerado_modelo")
    sys.modules[module.__name__] = module
    exec(source, module.__dict__)
    model: type[BaseModel] = module.__dict__["Gerado"]
    return model


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), SCHEMAS)
def test_the_model_accepts_exactly_what_the_schema_accepts(
    data: st.DataObject, schema: dict[str, Any]
) -> None:
    schema = {**schema, "$defs": {"Parte": PART}}
    model, validator = model_of(schema), Draft202012Validator(schema)
    for document in data.draw(st.lists(fitting(schema), min_size=5, max_size=10)):
        note(f"{schema}\n{document}")
        if isinstance(document, dict):
            assert accepts(model, document) is validator.is_valid(document)


def accepts(model: type[BaseModel], document: dict[str, Any]) -> bool:
    """Whether the model takes the document; what it takes survives a round trip."""
    try:
        accepted = model.model_validate(document)
    except ValidationError:
        return False
    assert model.model_validate_json(accepted.model_dump_json(by_alias=True, exclude_unset=True)) == accepted
    return True
