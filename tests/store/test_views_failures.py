"""The attempts of an item, as they are put side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import World, backlog_item

from store.views.failures import attempts_of


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def test_every_attempt_says_who_when_how_long_and_how_it_ended(world: World) -> None:
    world.produce("corrigir_bug")
    first = world.claim("corrigir_bug")
    world.clock.advance(90)
    world.backlog.falhar(
        "BKL-0001", first.token, "exit 1", erro="Traceback", saida_ref="ab" * 32, uso={"cpu_s": 2}
    )
    world.clock.advance(600)
    second = world.claim("corrigir_bug")
    failed, running = attempts_of(world.item("BKL-0001"))
    assert failed == {
        "numero": 1,
        "ator": "PROMETHEUS",
        "inicio": "2026-01-05T12:00:00.000000Z",
        "fim": "2026-01-05T12:01:30.000000Z",
        "duracao_s": 90.0,
        "fim_motivo": "falhou",
        "motivo": "exit 1",
        "erro": "Traceback",
        "saida_ref": "ab" * 32,
        "uso": {"cpu_s": 2},
    }
    assert (running["numero"], running["fim"], running["duracao_s"], running["fim_motivo"]) == (
        second.tentativa,
        "",
        None,
        None,
    )


def test_a_clock_that_went_back_makes_no_negative_duration(world: World) -> None:
    world.produce("corrigir_bug")
    claim = world.claim("corrigir_bug")
    world.clock.advance(-3600)
    world.backlog.falhar("BKL-0001", claim.token, "boom")
    assert attempts_of(world.item("BKL-0001"))[0]["duracao_s"] == 0.0


def test_documents_of_an_older_store_are_read_as_well() -> None:
    assert attempts_of(backlog_item()) == []
    assert attempts_of({}) == []
    (attempt,) = attempts_of({"tentativas": [{"inicio": "2026-01-05T12:00:00.000000Z"}]})
    assert (attempt["numero"], attempt["duracao_s"], attempt["uso"]) == (1, None, None)
