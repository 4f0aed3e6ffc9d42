"""A clock that is set back, a machine that was booted again: nothing is lost, nothing waits an hour more."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from line_factory import Paths, contract, contracts, run, setup, step, wait_for

from jobs.attempts import Attempts, write_outcome
from jobs.launcher.identity import Identity, alive
from jobs.line import Line, LineSetup
from store.backlog import Backlog, Executor
from store.clock import FakeClock, RandomTokens, add_seconds
from store.database import Database

HOUR = 3600.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def submit(line: Line, work: Callable[[Any], Any]) -> Any:
    return line.submit(work).result(60)


def item(line: Line, item_id: str) -> dict[str, Any]:
    return dict(submit(line, lambda core: core.db.get("backlog_items", item_id)))


def produce(line: Line, **fields: Any) -> str:
    new = {"tipo": "tarefa", "contexto": {"n": 1}, **fields}
    return str(submit(line, lambda core: core.backlog.produzir(new, produtor="humano")))


def go_on(line: Line, clock: FakeClock, seconds: float) -> None:
    """Time passes; the scheduler's own timers go by the machine's clock, which does not."""
    clock.advance(seconds)
    submit(line, lambda core: core.scheduler.wake_all())


def test_what_was_to_come_in_a_minute_does_so_after_the_clock_went_back_an_hour(
    clock: FakeClock, tmp_path: Path, lines: list[Line]
) -> None:
    slow = contract("tarefa", retries={"max": 3, "base_s": 60, "teto_s": 60})
    refuses = {"tarefa": step("tarefa", "fails_once")}
    line = run(lines, setup(tmp_path, clock=clock, steps=refuses, contracts=contracts(slow)))
    item_id = produce(line, contexto={"n": 1, "marker": str(tmp_path / "marker")})
    retried = wait_for(lambda: item(line, item_id)["disponivel_em"])
    assert clock.now() < retried <= add_seconds(clock.now(), 60)
    clock.set_back(HOUR)
    wait_for(lambda: item(line, item_id)["disponivel_em"] == add_seconds(retried, -HOUR))
    noted = submit(line, lambda core: list(core.db.history(tipo="linha.relogio")))
    assert [event["detalhe"] for event in noted] == ["the clock jumped by -3600 s"]
    go_on(line, clock, 60)
    wait_for(lambda: item(line, item_id)["status"] == "Concluido", "the next attempt")


def test_a_lease_outlives_every_jump(clock: FakeClock, tmp_path: Path, lines: list[Line]) -> None:
    steps = {"tarefa": step("tarefa", "waits")}
    line = run(lines, setup(tmp_path, clock=clock, steps=steps))
    there = tmp_path / "go"
    item_id = produce(line, contexto={"n": 1, "until": str(there)})
    wait_for(lambda: item(line, item_id)["status"] == "EmProcessamento")
    for seconds in (HOUR, -3 * HOUR):
        clock.set_back(seconds)
        go_on(line, clock, 1)
        assert submit(line, lambda core: core.recovery.recover()) == []
    there.touch()
    wait_for(lambda: item(line, item_id)["status"] == "Concluido")
    assert len(item(line, item_id)["tentativas"]) == 1


def test_a_clock_set_back_while_nobody_ran_the_line_is_noticed_at_the_start(
    clock: FakeClock, tmp_path: Path, lines: list[Line]
) -> None:
    line_setup = setup(tmp_path, clock=clock)
    db = Database.open(Paths(tmp_path).store, by="earlier", clock=clock, durable=False)
    backlog = Backlog(db, line_setup.contracts, clock, RandomTokens(), random.Random(1))
    in_a_minute = add_seconds(clock.now(), 60)
    later = {"tipo": "tarefa", "contexto": {"n": 4}, "disponivel_em": in_a_minute}
    item_id = backlog.produzir(later, produtor="humano")
    db.close()
    clock.set_back(HOUR)
    line = run(lines, line_setup)
    wait_for(lambda: item(line, item_id)["disponivel_em"] == add_seconds(in_a_minute, -HOUR))
    go_on(line, clock, 61)
    wait_for(lambda: item(line, item_id)["status"] == "Concluido")


# -- a machine that was booted again


def left_by(root: Path, executor: Executor, line_setup: LineSetup, *, outcome: Any = None) -> str:
    """What an earlier line held, with the outcome that its worker had written."""
    db = Database.open(Paths(root).store, by="earlier", clock=line_setup.clock, durable=False)
    backlog = Backlog(db, line_setup.contracts, line_setup.clock, RandomTokens(), random.Random(1))
    item_id = backlog.produzir({"tipo": "tarefa", "contexto": {"n": 4}}, produtor="humano")
    claim = backlog.consumir(["tarefa"], "Robo", executor)
    assert claim is not None
    attempt = Attempts(Paths(root).attempts).create(claim.token)
    if outcome is not None:
        write_outcome(attempt, outcome)
    db.close()
    return item_id


@pytest.mark.parametrize("outcome", [None, {"resultado": {"n": 8}, "uso": {}}])
def test_after_a_boot_the_old_leases_are_lost_at_once_also_where_pids_and_times_are_the_same(
    outcome: Any, tmp_path: Path, lines: list[Line]
) -> None:
    """This very process has the pid and the start of the one that held it, in another boot."""
    me = Identity.own()
    assert alive(me.document())
    before = me._replace(boot_id="the boot before")
    assert not alive(before.document())
    line_setup = setup(tmp_path)
    item_id = left_by(tmp_path, Executor(*before), line_setup, outcome=outcome)
    line = run(lines, line_setup)
    ended = wait_for(lambda: (found := item(line, item_id))["status"] == "Concluido" and found)
    ends = [attempt["fim_motivo"] for attempt in ended["tentativas"]]
    assert ends == (["concluido"] if outcome else ["perdido", "concluido"])
    assert ended["falhas"] == 0, "a machine that went down costs no retry"
