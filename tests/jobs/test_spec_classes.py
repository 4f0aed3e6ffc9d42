"""Equivalence classes: the spec's own, and those derived from schemas and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from spec_files import frete, loaded, pedido

from jobs.specs.classes import classes_of
from jobs.specs.model import EqClass


def derived(tmp_path: Path, **part: Any) -> dict[str, tuple[Any, bool]]:
    schema = {"type": "object", "properties": {"a": part}, "$defs": {"Cor": {"enum": ["azul"]}}}
    spec = loaded(tmp_path, pedido(lambda data: data["vertentes"][0].update(schema=schema)))
    found = classes_of(spec, spec.vertentes[0])
    return {each.nome: (each.valor, each.valida) for each in found.get("a", [])}


def test_allowed_values_get_a_class_each(tmp_path: Path) -> None:
    assert derived(tmp_path, enum=["a", "", True, None]) == {
        "a": ("a", True),
        "vazio": ("", True),
        "true": (True, True),
        "null": (None, True),
        "fora_da_lista": ("fora da lista", False),
    }
    assert derived(tmp_path, const=3) == {"3": (3, True), "fora_da_lista": ("fora da lista", False)}
    assert len(derived(tmp_path, enum=list(range(30)))) == 13
    assert derived(tmp_path, **{"$ref": "#/$defs/Cor"})["azul"] == ("azul", True)


def test_numbers_are_tried_at_their_limits_and_just_beyond(tmp_path: Path) -> None:
    assert derived(tmp_path, type="integer", minimum=1, maximum=12) == {
        "minimo": (1, True),
        "abaixo": (0, False),
        "maximo": (12, True),
        "acima": (13, False),
        "meio": (6, True),
        "texto": ("abc", False),
    }
    assert derived(tmp_path, type="number", exclusiveMinimum=0, exclusiveMaximum=1)["minimo"] == (0.01, True)
    assert derived(tmp_path, type="number", exclusiveMinimum=0)["abaixo"] == (0, False)
    assert derived(tmp_path, type="number", maximum=5)["acima"] == (5.01, False)
    assert derived(tmp_path, type="integer", multipleOf=5, minimum=5, maximum=15)["meio"] == (10, True)
    assert set(derived(tmp_path, type="number")) == {"zero", "positivo", "negativo", "texto"}


def test_texts_are_tried_at_their_lengths(tmp_path: Path) -> None:
    assert derived(tmp_path, type="string", minLength=2, maxLength=3) == {
        "curto": ("xx", True),
        "longo": ("xxx", True),
        "curto_demais": ("x", False),
        "longo_demais": ("xxxx", False),
        "numero": (7, False),
    }
    assert derived(tmp_path, type="string", pattern="^[0-9]{2}$") == {
        "fora_do_padrao": ("§", False),
        "numero": (7, False),
    }
    assert derived(tmp_path, type="string", maxLength=5000)["longo"] == ("x" * 2000, True)


def test_the_other_types(tmp_path: Path) -> None:
    assert set(derived(tmp_path, type="boolean")) == {"sim", "nao", "texto"}
    assert derived(tmp_path, type="array") == {"vazia": ([], True), "texto": ("abc", False)}
    assert derived(tmp_path, type="array", minItems=1) == {
        "curta_demais": ([], False),
        "texto": ("abc", False),
    }
    assert derived(tmp_path, type="null") == {}


def test_only_what_the_schema_confirms_becomes_a_class(tmp_path: Path) -> None:
    assert "fora_da_lista" not in derived(tmp_path, enum=["fora da lista"])
    assert "fora_do_padrao" not in derived(tmp_path, type="string", pattern=".")


def test_limits_beyond_reason_are_left_alone(tmp_path: Path) -> None:
    assert derived(tmp_path, type="string", minLength=10**12) == {"numero": (7, False)}
    huge = derived(tmp_path, type="integer", multipleOf=1e-300, minimum=0, maximum=1e300)
    assert "meio" not in huge


def test_a_schema_can_be_true(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"a": True}}
    spec = loaded(tmp_path, pedido(lambda data: data["vertentes"][0].update(schema=schema)))
    assert classes_of(spec, spec.vertentes[0]) == {}


def test_the_spec_s_own_classes_stand_in_for_the_derived_ones(tmp_path: Path) -> None:
    own = {"parcelas": [{"nome": "tres", "valor": 3}, {"nome": "treze", "valor": 13, "valida": False}]}
    spec = loaded(tmp_path, pedido(lambda data: data.update(schema_tdd={"classes": own})))
    found = classes_of(spec, spec.vertentes[0])
    assert list(found) == ["cliente", "tipo", "parcelas"]
    assert found["parcelas"] == [EqClass("tres", 3), EqClass("treze", 13, False)]
    assert len(found["tipo"]) == 3


def test_a_table_s_classes_come_from_its_boundaries(tmp_path: Path) -> None:
    spec = loaded(tmp_path, frete())
    found = classes_of(spec, spec.vertentes[0])
    assert list(found) == ["peso", "regiao"]
    assert {each.valor for each in found["regiao"] if each.valida} == {"norte", "sul"}
    assert any(not each.valida for each in found["peso"])


@pytest.mark.parametrize("make", [frete, pedido])
def test_the_same_spec_gives_the_same_classes(tmp_path: Path, make: Any) -> None:
    one, two = loaded(tmp_path, make()), loaded(tmp_path, make())
    assert classes_of(one, one.vertentes[0]) == classes_of(two, two.vertentes[0])
