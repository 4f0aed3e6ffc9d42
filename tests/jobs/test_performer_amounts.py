"""What programs say that they used: increments and totals, of models and of whole runs."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.performers.amounts import Tally


@pytest.fixture
def refused() -> list[str]:
    return []


@pytest.fixture
def tally(refused: list[str]) -> Tally:
    return Tally(refused.append)


def test_increments_are_what_is_new(tally: Tally) -> None:
    assert tally.tokens is None
    assert tally.add({"tokens_entrada": 5, "modelo": "m", "fase": "dev", "custo": 0.5}) == {
        "modelo": "m",
        "fase": "dev",
        "tokens_entrada": 5,
        "custo": "0.5",
    }
    assert tally.add({"tokens_entrada": 5, "modelo": "m"})["tokens_entrada"] == 5
    assert tally.tokens == 10
    assert tally.add({"turnos": 1}) == {"turnos": 1}
    assert tally.add({"tokens_saida": 0}) == {}


def test_a_total_of_a_model_counts_from_the_last_one(tally: Tally) -> None:
    totals = [tally.add({"modelo": "m", "tokens_saida": n, "absolute": True}) for n in (5, 8, 8)]
    assert [total.get("tokens_saida") for total in totals] == [5, 3, None]
    assert tally.add({"modelo": "n", "tokens_saida": 4, "absolute": True})["tokens_saida"] == 4
    assert tally.add({"tokens_saida": 15}, total=True)["tokens_saida"] == 3
    assert tally.tokens == 15


def test_a_new_run_begins_at_nothing(tally: Tally) -> None:
    tally.add({"tokens_saida": 5, "absolute": True})
    tally.begin()
    assert tally.add({"tokens_saida": 2, "absolute": True})["tokens_saida"] == 2
    assert tally.add({"tokens_saida": 2}, total=True) == {}
    assert tally.tokens == 7


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"tokens_saida": 3, "absolute": True}, "tokens_saida: a total that goes back"),
        ({"custo": "0.10", "moeda": "BRL", "absolute": True}, "custo: a total that goes back"),
        ({"custo": "9", "moeda": "USD", "absolute": True}, "custo: a total in another currency than before"),
        ({"custo": "9", "moeda": "usd"}, "moeda: no rate for 'usd'"),
        ("text", "not a report of use"),
        ({"tokens": 5}, "no such amount: 'tokens'"),
        ({"recusado": "it is all fine"}, "no such amount: 'recusado'"),
        ({"apis": ["correios"]}, "apis: not the calls of at most 50 APIs by name"),
        ({"apis": {f"a{n}": 1 for n in range(51)}}, "apis: not the calls of at most 50 APIs by name"),
        ({"apis": {" ": 1}}, "apis: not a name"),
        ({"apis": {"a\x1b[2J": 1}}, "apis: not a name"),
        ({"apis": {"correios": -1}}, "apis.correios: not a whole number"),
        ({"apis": {"correios": 1.5}, "tokens_saida": 9}, "apis.correios: not a whole number"),
    ],
)
def test_what_cannot_be_is_said_and_counts_nothing(
    said: Any, reason: str, tally: Tally, refused: list[str]
) -> None:
    tally.add({"tokens_saida": 5, "custo": "0.50", "moeda": "BRL", "absolute": True})
    assert tally.add(said) == {}
    assert len(refused) == 1
    assert reason in refused[0]
    assert tally.tokens == 5


@pytest.mark.parametrize("modelo", ["half \ud800", "x" * 101])
def test_names_that_are_none_are_refused(modelo: str, tally: Tally, refused: list[str]) -> None:
    assert tally.add({"modelo": modelo, "tokens_saida": 7}) == {}
    assert refused == ["modelo: not a name"]


def test_a_run_s_total_that_goes_back_is_no_increment(tally: Tally, refused: list[str]) -> None:
    tally.add({"tokens_saida": 5})
    assert tally.add({"tokens_saida": 3}, total=True) == {}
    assert refused == ["tokens_saida: a total that goes back"]


def test_a_cost_is_never_a_message_without_end(tally: Tally, refused: list[str]) -> None:
    assert tally.add({"custo": "0.000000000123"}) == {"custo": "0.000000000123"}
    for custo in ("1E-999999", "0E-999999", "1." + "0" * 200):
        assert len(str(tally.add({"custo": custo}))) < 200
    assert len(refused) == 3


def test_models_without_end_are_not_all_kept(tally: Tally, refused: list[str]) -> None:
    for n in range(200):
        assert tally.add({"modelo": f"m{n}", "tokens_saida": 1})["tokens_saida"] == 1
    assert tally.add({"modelo": "m0", "tokens_saida": 3, "absolute": True})["tokens_saida"] == 2
    assert tally.add({"modelo": "m199", "tokens_saida": 3, "absolute": True}) == {}
    assert refused == ["absolute: totals of more than 50 models"]
    assert tally.add({"tokens_saida": 203}, total=True)["tokens_saida"] == 1


def test_calls_of_apis_are_increments_or_the_run_s_totals(tally: Tally, refused: list[str]) -> None:
    assert tally.add({"apis": {"correios": 2, "cep": 0}}) == {"apis": {"correios": 2}}
    assert tally.add({"apis": {"correios": 5, "cep": 1}, "absolute": True}) == {
        "apis": {"correios": 3, "cep": 1}
    }
    assert tally.add({"apis": {"correios": 6}}, total=True) == {"apis": {"correios": 1}}
    assert tally.add({"apis": {"correios": 6}}, total=True) == {}
    assert tally.add({"apis": {"correios": 4}, "tokens_saida": 1}, total=True) == {}
    assert refused == ["apis.correios: a total that goes back"]
    tally.begin()
    assert tally.add({"apis": {"correios": 1}}, total=True) == {"apis": {"correios": 1}}
    assert tally.tokens is None, "calls of other systems are no tokens"


def test_apis_without_end_are_not_all_kept(tally: Tally, refused: list[str]) -> None:
    for n in range(200):
        assert tally.add({"apis": {f"a{n}": 1}}) == {"apis": {f"a{n}": 1}}
    assert tally.add({"apis": {"a0": 3}, "absolute": True}) == {"apis": {"a0": 2}}
    assert tally.add({"apis": {"a199": 3}, "absolute": True}) == {}
    assert refused == ["apis: totals of more than 50 APIs"]
