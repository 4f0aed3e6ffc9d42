"""A model's tests: generated without the model, from classes and examples, so that they can fail."""

from __future__ import annotations

from typing import Any

import pytest
from worker_support import ORDER, ORDER_CLASSES, ORDER_EXAMPLES, ORDER_SCHEMA, EqClass, Example, order_tests

from jobs.testing.filling import base_document, simplest
from jobs.testing.material import plan_of
from jobs.testing.model_tests import generate_model_tests
from store.errors import WrongInput

CLASSES_FILE = "tests/test_loja_pedido_classes.py"
EXAMPLES_FILE = "tests/test_loja_pedido_exemplos.py"


def test_every_combination_invalid_class_and_example_is_a_case() -> None:
    made = order_tests()
    assert (made.combinations, made.invalid, made.examples) == (4, 4, 4)
    assert made.cases == 12
    assert (made.pairs_covered, made.pairs_total) == (8, 8)
    assert sorted(made.package.files) == [CLASSES_FILE, EXAMPLES_FILE]


def test_an_invalid_class_stands_alone_in_a_valid_document() -> None:
    source = order_tests().package.files[CLASSES_FILE].decode()
    line = next(line for line in source.splitlines() if "quantidade-zero" in line)
    document = "{'cliente': 'Ana', 'tipo': 'normal', 'quantidade': 0}"
    assert line.strip() == f"pytest.param({document}, 'quantidade', id='quantidade-zero'),"


def test_what_is_not_there_leaves_no_empty_table() -> None:
    only_valid = generate_model_tests("p", ORDER_SCHEMA, {"tipo": [EqClass("normal", "normal")]}, [])
    source = only_valid.package.files["tests/test_p_classes.py"].decode()
    assert "INVALIDAS" not in source
    assert list(only_valid.package.files) == ["tests/test_p_classes.py"]
    nothing = generate_model_tests("p", ORDER_SCHEMA, {}, [])
    assert (nothing.cases, nothing.package.files) == (0, {})
    only_examples = generate_model_tests("p", ORDER_SCHEMA, {}, ORDER_EXAMPLES[:1])
    assert "RECUSADOS" not in only_examples.package.files["tests/test_p_exemplos.py"].decode()


def test_invalid_classes_without_valid_ones_start_from_the_example() -> None:
    made = generate_model_tests(
        "p", ORDER_SCHEMA, {"tipo": [EqClass("x", "x", valida=False)]}, ORDER_EXAMPLES
    )
    assert (
        "{'cliente': 'Ana', 'tipo': 'x', 'quantidade': 2}, 'tipo'"
        in made.package.files["tests/test_p_classes.py"].decode()
    )


def test_a_spec_s_packages_make_one_plan() -> None:
    other = generate_model_tests("outro", ORDER_SCHEMA, ORDER_CLASSES, [], spec_id="loja")
    plan = plan_of("loja", [order_tests(), other])
    assert plan.cases == 20
    assert (plan.pairs_covered, plan.pairs_total) == (16, 16)
    assert len(plan.package.files) == 3


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ({"const": 3}, 3),
        ({"type": "string", "default": "d"}, "d"),
        ({"type": "string", "examples": ["e", "f"]}, "e"),
        ({"enum": ["a", "b"]}, "a"),
        ({"type": "string", "minLength": 3}, "xxx"),
        ({"type": "string", "format": "date"}, "2026-01-02"),
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5}, 0.5),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "integer", "exclusiveMaximum": 1}, 0),
        ({"type": ["boolean", "null"]}, False),
        ({"type": "null"}, None),
        ({"type": "array", "minItems": 2, "items": {"type": "integer", "minimum": 1}}, [1, 1]),
        ({"type": "array"}, []),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, None),
        ({"$ref": "#/$defs/Item"}, {"sku": "ABC-123"}),
    ],
)
def test_a_required_field_that_nothing_speaks_of_gets_its_simplest_value(part: Any, value: Any) -> None:
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": part},
        "$defs": {
            "Item": {"type": "object", "required": ["sku"], "properties": {"sku": {"const": "ABC-123"}}},
        },
    }
    assert base_document(schema, {}, []) == {"a": value}


@pytest.mark.parametrize(
    "part",
    [
        {"type": "string", "pattern": "^[A-Z]+$"},
        {"type": "string", "maxLength": 0, "minLength": 1},
        {"type": "object", "required": ["b"]},
        {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["b"]}},
        {"not": {}},
        {"type": []},
        {"$ref": "#/properties/a"},
        {"$ref": "#/nowhere"},
    ],
)
def test_a_required_field_without_a_telling_value_is_refused_by_name(part: Any) -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"a": part}}
    with pytest.raises(WrongInput, match="neither a valid class nor an example") as caught:
        base_document(schema, {}, [], file="s.yaml")
    assert (caught.value.path, caught.value.file) == ("a", "s.yaml")


def test_classes_and_examples_come_before_made_up_values() -> None:
    schema = {"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "integer"}}}
    classes = {"b": [EqClass("um", 1)]}
    assert base_document(schema, classes, []) == {"a": 0}
    assert base_document(
        schema, {}, [Example("x", {"a": 1}, invalido="b"), Example("y", {"a": 2, "b": 3})]
    ) == {
        "a": 2,
        "b": 3,
    }
    assert simplest(True, {}) is not None


def test_an_expected_value_that_is_no_mapping_counts_as_accepted() -> None:
    made = generate_model_tests("p", ORDER_SCHEMA, {}, [Example("x", ORDER, "sim", tem_esperado=True)])
    assert (
        "{'cliente': 'Ana', 'tipo': 'normal', 'quantidade': 2}, {}"
        in made.package.files["tests/test_p_exemplos.py"].decode()
    )
