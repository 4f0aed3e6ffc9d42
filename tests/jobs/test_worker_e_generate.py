"""WORKER_E: the model accepts what the schema accepts; the same bytes each time; nothing gets in."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from worker_support import ORDER, ORDER_SCHEMA, order_code

from jobs.workers import structural
from jobs.workers.json_schema import prepare
from jobs.workers.structural import GenerationError, class_name, generate
from store.errors import WrongInput


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Writes a generated package and imports its model."""
    loaded: list[str] = []

    def importer(schema: dict[str, Any], nome: str = "gerado") -> type[BaseModel]:
        made = generate(schema, nome)
        made.write_to(tmp_path)
        monkeypatch.syspath_prepend(str(tmp_path / "src"))
        loaded.append(made.name)
        module = importlib.import_module(made.name)
        model: type[BaseModel] = getattr(module, module.__all__[0])
        return model

    yield importer
    for name in list(sys.modules):
        if name.split(".")[0] in loaded:
            del sys.modules[name]


def failing(model: type[BaseModel], document: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(document)
    return [".".join(map(str, each["loc"])) for each in caught.value.errors()]


def test_the_model_takes_and_refuses_what_the_schema_says(load: Any) -> None:
    model = load(ORDER_SCHEMA)
    order = model.model_validate({**ORDER, "peso kg": 2, "itens": [{"sku": "ABC-123"}]})
    again = model.model_validate_json(order.model_dump_json(by_alias=True, exclude_unset=True))
    assert again == order
    assert order.model_dump(mode="json", by_alias=True)["urgente"] is False
    assert failing(model, {**ORDER, "itens": [{"sku": "x"}]}) == ["itens.0.sku"]
    assert failing(model, {**ORDER, "quantidade": 101}) == ["quantidade"]
    assert failing(model, {"tipo": "normal", "quantidade": 1}) == ["cliente"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("quantidade", "7"), ("quantidade", True), ("cliente", 3), ("peso kg", None), ("urgente", 1)],
)
def test_types_are_strict_and_absent_is_not_null(load: Any, field: str, value: object) -> None:
    assert failing(load(ORDER_SCHEMA), {**ORDER, field: value}) == [field]


def test_null_is_taken_where_the_schema_says_so(load: Any) -> None:
    model = load({"type": "object", "properties": {"nota": {"type": ["string", "null"]}}})
    assert model.model_validate({"nota": None}).model_dump(exclude_unset=True) == {"nota": None}


def test_the_same_schema_gives_the_same_bytes_in_any_process() -> None:
    code = (
        "import hashlib, json, sys; sys.path[:0] = sys.argv[1:3]\n"
        "from worker_support import order_code, order_tests\n"
        "print(json.dumps([order_code().sha256, order_tests().package.sha256]))"
    )
    here = Path(__file__).parent
    seen = {
        subprocess.run(
            [sys.executable, "-c", code, str(here), str(here.parents[1])],
            env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1
    assert order_code().sha256["src/loja_pedido/modelo.py"] in seen.pop()


def test_the_package_says_what_it_holds_and_what_it_does_not_enforce() -> None:
    schema = {
        "title": "Lista de compras",
        "type": "object",
        "required": ["tags"],
        "properties": {
            "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
            "site": {"type": "string", "format": "uri"},
        },
        "if": {"required": ["site"]},
        "x-anything": {"customTypePath": "os.system"},
    }
    files = generate(schema, "lista").files
    readme = files["src/lista/README.md"].decode()
    assert "The model ListaDeCompras." in readme
    assert '- "tags" (required)' in readme
    for missing in ("if at #", "uniqueItems at #/properties/tags", "format at #/properties/site"):
        assert f"- {missing}\n" in readme
    assert b"customTypePath" not in files["src/lista/modelo.py"]
    assert b"from .modelo import ListaDeCompras" in files["src/lista/__init__.py"]


@pytest.mark.parametrize(
    ("title", "nome", "name"),
    [
        ("Pedido de compra", "x", "PedidoDeCompra"),
        (None, "ordem-de_serviço", "OrdemDeServico"),
        ("", "x", "X"),
        ("2 vias", "x", "M2Vias"),
        ("Field", "x", "FieldModelo"),
        ("none", "x", "NoneModelo"),
        ("日本", "日本", "Documento"),
    ],
)
def test_the_class_is_named_by_the_title(title: str | None, nome: str, name: str) -> None:
    assert class_name({"title": title}, nome) == name
    assert name.isidentifier()


@pytest.mark.parametrize(
    ("schema", "path", "problem"),
    [
        ({"type": "array"}, "#", "root is not an object"),
        ({"type": "object"}, "#", "root is not an object"),
        ({"$ref": "http://example.com/x.json"}, "#/properties/a/$ref", "leaves the schema"),
        ({"$ref": "/etc/passwd"}, "#/properties/a/$ref", "leaves the schema"),
        ({"$ref": "#anchor"}, "#/properties/a/$ref", "leaves the schema"),
        ({"$ref": 3}, "#/properties/a/$ref", "leaves the schema"),
        ({"$ref": "#/$defs/No"}, "#/properties/a/$ref", "leads nowhere"),
        ({"anyOf": [{"$ref": "x.json"}]}, "#/properties/a/anyOf/0/$ref", "leaves the schema"),
        ({"items": {"$ref": "x.json"}}, "#/properties/a/items/$ref", "leaves the schema"),
    ],
)
def test_what_no_model_can_be_made_of_is_refused_with_its_place(
    schema: dict[str, Any], path: str, problem: str
) -> None:
    whole = schema if path == "#" else {"type": "object", "properties": {"a": schema}}
    with pytest.raises(WrongInput, match=problem) as caught:
        generate(whole, "x", file="x.yaml")
    assert (caught.value.path, caught.value.file) == (path, "x.yaml")


def test_deep_nesting_is_refused() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(80):
        schema = {"type": "array", "items": schema}
    with pytest.raises(WrongInput, match="nested too deeply"):
        prepare({"type": "object", "properties": {"a": schema}})


def test_a_reference_through_escapes_and_itself_is_kept(load: Any) -> None:
    model = load(
        {
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/x~1y"}, "filho": {"$ref": "#"}, "b": True},
            "$defs": {"x/y": {"type": "integer"}},
        }
    )
    assert failing(model, {"filho": {"a": "x"}})[0].startswith("filho.a")


def test_what_the_generator_refuses_is_the_specs_fault() -> None:
    with pytest.raises(WrongInput, match="no model can be made of the schema"):
        generate({"type": "object", "properties": {"a": {"type": "string", "enum": 5}}}, "x", file="x.yaml")


def test_a_generator_that_gives_several_modules_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datamodel_code_generator.generate", lambda *_, **__: {("a",): "x"})
    with pytest.raises(WrongInput, match="more than one module"):
        generate(ORDER_SCHEMA, "x")


@pytest.mark.parametrize(
    "source",
    [
        "import os\nclass X: pass",
        "from os import system\nclass X: pass",
        "from .x import y\nclass X: pass",
        "class X:\n    a = open('x')",
        "class X:\n    a = (lambda: 1)()",
        "def f(): pass\nclass X: pass",
        "class X:\n    for a in b: pass",
        "class Y: pass",
        "class X(",
        "class X:\n    a = '\0'",
    ],
)
def test_generated_code_that_does_anything_is_not_used(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structural, "_model_source", lambda *_: source)
    monkeypatch.setattr(structural, "class_name", lambda *_: "X")
    with pytest.raises(GenerationError):
        generate(ORDER_SCHEMA, "x")


def test_hostile_texts_of_the_schema_stay_texts(load: Any) -> None:
    evil = '"""\nimport os\nos.system("x")\n"""\\'
    model = load(
        {
            "title": evil,
            "description": evil,
            "type": "object",
            "properties": {
                "a": {"type": "string", "description": evil, "default": evil},
                evil: {"type": "string", "pattern": '"""$'},
                "e": {"enum": [evil, "b"]},
                "__class__": {"type": "integer"},
            },
        }
    )
    assert model.model_validate({}).model_dump(mode="json", by_alias=True) == {"a": evil}
    assert failing(model, {evil: "x", "e": "z"}) == [evil, "e"]
