"""The demo's specs: all of them right, each showing what it is there to show."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import seeds
from jobs.capabilities import load_capabilities
from jobs.feel import evaluate
from jobs.pricing.price import precificar
from jobs.pricing.rates import load_pricing
from jobs.specs.adding import check_files, in_order
from jobs.specs.model import Spec
from jobs.steps.planning import plan_tests

DEMO = Path(seeds.__file__).parent / "demo"


@pytest.fixture(scope="module")
def specs() -> dict[str, Spec]:
    found, problems = check_files(sorted(DEMO.glob("specs/*.yaml")), DEMO, {}, load_capabilities())
    assert problems == []
    return {spec.id: spec for spec in found}


def test_there_is_one_of_each_kind(specs: dict[str, Spec]) -> None:
    assert set(specs) == {"frete", "pedido", "cotacao", "desconto", "nota-fiscal", "etiqueta", "credito"}
    kinds = {
        ref: "".join(sorted(vertente.tipo for vertente in spec.vertentes)) for ref, spec in specs.items()
    }
    assert kinds["frete"] == kinds["desconto"] == kinds["credito"] == "D"
    assert kinds["pedido"] == kinds["nota-fiscal"] == "E"
    assert kinds["cotacao"] == kinds["etiqueta"] == "DE"
    assert all(spec.descricao and spec.tdd.cobertura for spec in specs.values())


def test_one_depends_on_another_and_comes_after_it(specs: dict[str, Spec]) -> None:
    assert list(specs["etiqueta"].depende_de) == ["frete"]
    order = [spec.id for spec in in_order(list(specs.values()))]
    assert order.index("frete") < order.index("etiqueta")


def test_one_needs_what_is_not_there(specs: dict[str, Spec]) -> None:
    needing = [ref for ref, spec in specs.items() if "chave-assinatura" in spec.runtime.recursos]
    assert needing == ["nota-fiscal"]


def test_one_comes_from_a_public_file_whose_source_and_licence_are_named(specs: dict[str, Spec]) -> None:
    credito = specs["credito"]
    assert credito.vertentes[0].arquivo == "specs/dmn/0004-simpletable-U.dmn"
    assert "dmn-tck/tck" in credito.fonte
    assert "Apache-2.0" in credito.fonte


def plain(value: object) -> object:
    if isinstance(value, dict):
        return (
            plain(next(iter(value.values()))) if len(value) == 1 else {k: plain(v) for k, v in value.items()}
        )
    return float(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value


def test_the_tables_answer_as_their_examples_expect_but_for_the_one_that_contradicts_itself(
    specs: dict[str, Spec],
) -> None:
    wrong = []
    for spec in specs.values():
        for vertente in spec.vertentes:
            for example in spec.exemplos_de(vertente.nome):
                if vertente.tabela is None or not example.tem_esperado:
                    continue
                if plain(evaluate(vertente.tabela, example.entrada)) != plain(example.esperado):
                    wrong.append((spec.id, example.nome))
    assert wrong == [("desconto", "cem unidades, como prometido na convenção de vendas")]


def test_every_one_is_priced_and_its_tests_are_counted_right(specs: dict[str, Spec]) -> None:
    for spec in specs.values():
        price = precificar(spec, load_pricing())
        assert 5 < Decimal(price["custo"]["total_p50"]) < Decimal(price["custo"]["total_p80"]) < 200
        assert sum(each["testes"] for each in price["tamanho"]["detalhe"]) == plan_tests(spec).cases
