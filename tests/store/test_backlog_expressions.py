"""The small language of contracts: values read by path, texts filled, and what is missing left out."""

from __future__ import annotations

import pytest

from store.backlog.expressions import MISSING, evaluate, fill, lookup, reference

SOURCES = {"contexto": {"spec_ref": "frete", "n": 2, "vazio": None}, "item": {"id": "BKL-0001"}}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("=contexto.spec_ref", "frete"),
        ("literal", "literal"),
        (3, 3),
        (None, None),
        ({"a": "=contexto.n", "b": "=contexto.nada"}, {"a": 2}),
        (["=item.id", "=item.nada", {"x": "=contexto.vazio"}], ["BKL-0001", {"x": None}]),
        (("=item.id",), ["BKL-0001"]),
    ],
)
def test_a_template_has_a_value(template: object, value: object) -> None:
    assert evaluate(template, SOURCES) == value


def test_what_is_not_there_is_missing() -> None:
    assert lookup("contexto.spec_ref.x", SOURCES) is MISSING
    assert evaluate("=nada", SOURCES) is MISSING
    assert reference("=contexto.n", SOURCES) == ""
    assert reference("=nada", SOURCES) == ""
    assert reference("=item.id", SOURCES) == "BKL-0001"


def test_a_text_is_filled_once_and_never_evaluated() -> None:
    sources = {"contexto": {"a": "{contexto.b}", "b": "secret", "vazio": None}}
    assert (
        fill("{contexto.a} {contexto.vazio} {x} {0} {contexto.a!r}", sources)
        == "{contexto.b} ? ? {0} {contexto.a!r}"
    )
