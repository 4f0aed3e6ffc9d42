"""What the screens ask of a real line through the port: pages of the event log, and single actors."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.opening import Opening
from store.errors import WrongInput
from store.journal.files import METRICS
from store.metrics.asking import Ask
from store.views.events import EventQuery, place
from store.views.model import ActorRow

LIMIT_S = 60.0
LATEST = (10**9, 0)


@pytest.fixture
def port(shop: Path, oficina: Any) -> Iterator[Any]:
    oficina("spec", "add", str(shop / "specs" / "frete.yaml"))
    opening = Opening.of(argparse.Namespace(workspace=shop))
    try:
        yield opening.port()
    finally:
        opening.close()


def wait_for(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + LIMIT_S
    while not (found := condition()):
        assert time.monotonic() < deadline, "never came"
        time.sleep(0.01)
    return found


def actor(port: Any, nome: str) -> ActorRow:
    return next(row for row in port.model().atores if row.nome == nome)


def test_the_log_comes_in_pages_and_by_item(port: Any) -> None:
    wait_for(lambda: port.model().linha.modo == "running" and port.model().decisoes)
    whole = asyncio.run(port.events(EventQuery(), LATEST))
    assert not whole.mais
    assert {"spec.congelada", "item.criado", "item.transicao"} <= {row.tipo for row in whole.eventos}
    middle = place(whole.eventos[4])
    older = asyncio.run(port.events(EventQuery(), middle))
    assert older.eventos == whole.eventos[:4]
    query = EventQuery(facets=(("item", "bkl-0001"),))
    mine = asyncio.run(port.events(query, LATEST))
    assert mine.eventos == tuple(row for row in whole.eventos if row.item_id == "BKL-0001")
    assert len(mine.eventos) > 1


def test_one_actor_is_paused_resumed_and_run(port: Any) -> None:
    wait_for(lambda: port.model().linha.modo == "running")
    assert actor(port, "MS_Produto").estado == "person"
    asyncio.run(port.pause_actor("PROMETHEUS"))
    wait_for(lambda: actor(port, "PROMETHEUS").estado == "paused")
    runs = actor(port, "PROMETHEUS").execucoes
    asyncio.run(port.run_actor("PROMETHEUS"))
    wait_for(lambda: actor(port, "PROMETHEUS").execucoes > runs)
    asyncio.run(port.resume_actor("PROMETHEUS"))
    wait_for(lambda: actor(port, "PROMETHEUS").estado in ("idle", "working"))
    with pytest.raises(WrongInput, match="no actor PROMETEUS"):
        asyncio.run(port.pause_actor("PROMETEUS"))


def test_figures_that_were_looked_at_before_are_made_ready(
    shop: Path, oficina: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(look: bool) -> bool:
        opening = Opening.of(argparse.Namespace(workspace=shop))
        try:
            port: Any = opening.port()
            ahead = opening._ahead is not None
            if look:
                assert asyncio.run(port.metrics(Ask("fluxo"))).figuras
            elif ahead:
                wait_for(lambda: port._line.submit(lambda core: core.metrics is not None).result(60))
            return ahead
        finally:
            opening.close()

    monkeypatch.setattr("app.opening.AHEAD_S", 0.0)
    oficina("spec", "add", str(shop / "specs" / "frete.yaml"))
    assert not opened(look=False), "nobody has looked yet: none are kept"
    assert not opened(look=True)
    assert (shop / ".oficina" / "store" / METRICS).is_file()
    assert opened(look=False)


def test_figures_are_not_begun_for_a_line_that_has_ended(port: Any) -> None:
    port._line.stop(0.0)
    port.ready_metrics()
