"""A real line prices with what its finished executions teach, and leaves what was priced before as it is."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.port import LocalPort
from app.wiring import enter, line_setup
from jobs.line import Line
from store.documents import complete

LIMIT_S = 60.0
FACTOR = 2.0


@pytest.fixture
def line(shop: Path) -> Iterator[Line]:
    """The workspace's line with its real actors."""
    running = Line(replace(line_setup(enter(shop), name="test")))
    running.start()
    running.wait_open()
    yield running
    running.stop(0.0)


def prices(line: Line) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = line.submit(lambda core: list(core.db.all("specs_recursos"))).result(60)
    return found


def priced(line: Line, shop: Path, how_many: int) -> list[dict[str, Any]]:
    """Have a spec priced and wait for it."""
    port = LocalPort(line, enter(shop), line.setup.config["definitions"])
    asyncio.run(port.add_spec("specs/frete.yaml"))
    limit = time.monotonic() + LIMIT_S
    while len(found := prices(line)) < how_many:
        assert time.monotonic() < limit, "it was not priced in time"
        threading.Event().wait(0.02)
    return found


def finished(price: dict[str, Any], number: int) -> dict[str, Any]:
    """An execution at that price that took twice its raw machine seconds; people are off both ways."""
    raw = price["constantes"]["bruto"]
    (group, seconds), *_ = raw["grupos"].items()
    worker, _, vertente = group.rpartition("/")
    machine = {name: FACTOR * amount for name, amount in raw["maquina_s"].items()}
    people = {
        name: amount * (1.3 if number % 2 else 1 / 1.3) for name, amount in raw["pessoas_horas"].items()
    }
    moment = f"2026-01-05T12:{number:02d}:00.000000Z"
    return complete(
        "execucoes",
        {
            "spec_ref": "frete",
            "spec_versao": 1,
            "backlog_item_ref": "BKL-0001",
            "saga_id": "saga-1",
            "status": "concluido",
            "concluido_em": moment,
            "estimado": {
                "horas": raw["pessoas_horas"],
                "maquina_s": raw["maquina_s"],
                "grupos": raw["grupos"],
            },
            "realizado": {"horas": people, "maquina_s": machine},
            "workers": [{"worker": worker, "vertente": vertente, "duracao_minutos": FACTOR * seconds / 60}],
            "timestamps": {"created_at": moment, "updated_at": moment, "deploy_fim_at": moment},
        },
    )


def test_a_workspace_with_thirty_finished_executions_prices_with_the_factor(line: Line, shop: Path) -> None:
    (first,) = priced(line, shop, 1)
    assert first["constantes"]["historico"]["maquina"]["motivo"] == (
        "30 finished executions are needed, there are 0"
    )
    raw = first["constantes"]["bruto"]
    assert first["esforco"]["maquina_s"]["total"]["p50"] == raw["maquina_s"]["total"]

    def teach(core: Any) -> None:
        with core.db.transaction() as tx:
            for number in range(32):
                tx.insert("execucoes", finished(first, number))

    line.submit(teach).result(60)
    spec = shop / "specs" / "frete.yaml"
    spec.write_text(spec.read_text().replace("titulo: Frete", "titulo: Frete caro"))
    before, second = priced(line, shop, 2)
    assert before == first, "what was priced stays as it was"
    machine = second["constantes"]["historico"]["maquina"]
    assert (machine["n"], machine["aplicada"]) == (32, True)
    assert machine["fator"] == pytest.approx(FACTOR, rel=0.1)
    assert second["constantes"]["bruto"]["maquina_s"] == raw["maquina_s"], "the raw estimate stays"
    assert second["esforco"]["maquina_s"]["total"]["p50"] == pytest.approx(
        FACTOR * raw["maquina_s"]["total"], rel=0.1
    )
    people = second["constantes"]["historico"]["pessoas"]
    assert (people["n"], people["aplicada"], people["fator"]) == (32, False, 1.0)
    assert second["esforco"]["pessoas_horas"]["total"]["p50"] == raw["pessoas_horas"]["total"]
