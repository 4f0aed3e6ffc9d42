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
        ({"tokens_saida": 3, "absolute": True}, "usage refused: tokens_saida: a total that goes back"),
        ({"custo": "0.10", "moeda": "BRL", "absolute": True}, "custo: a total that goes back"),
        ({"custo": "9", "moeda": "USD", "absolute": True}, "custo: a total in another currency than before"),
        ({"custo": "9", "moeda": "usd"}, "moeda: no rate for 'usd'"),
        ("text", "usage refused: not a report of use"),
    ],
)
def test_what_cannot_be_is_said_and_counts_nothing(
    said: Any, reason: str, tally: Tally, refused: list[str]
) -> None:
    tally.add({"tokens_saida": 5, "custo": "0.50", "moeda": "BRL", "absolute": True})
    assert tally.add(said).get("absolute") is None
    assert refused
    assert reason in refused[0]
    assert tally.tokens == 5


def test_what_the_line_would_refuse_goes_on_to_it_as_it_is(tally: Tally) -> None:
    assert tally.add({"tokens_saida": -3}) == {"tokens_saida": -3}
