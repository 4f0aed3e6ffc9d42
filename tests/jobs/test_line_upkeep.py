"""The line by the clock: the lease of the scheduler, lost leases, jumps of the clock, compaction, probes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from line_factory import Paths, actor, contract, contracts, run, setup, started, step, wait_for

from jobs.attempts import Attempts, write_outcome
from jobs.launcher.identity import Identity
from jobs.launcher.orders import RunReport
from jobs.line import Line, LineSetup
from jobs.line_finish import Finisher
from jobs.line_lease import SchedulerLease
from jobs.line_steps import StepRunner, _message, _why
from jobs.line_upkeep import POLL_S, Upkeep
from jobs.probes import ProbeCommand
from store.backlog import Backlog, Executor
from store.clock import FakeClock, RandomTokens, SystemClock
from store.database import Database
from store.errors import StoreFailed

DEAD = Executor("another boot", 1, 1)


def submit(line: Line, work: Callable[[Any], Any]) -> Any:
    return line.submit(work).result(60)


def produce(line: Line, tipo: str = "tarefa", **contexto: Any) -> str:
    new = {"tipo": tipo, "contexto": contexto or {"n": 1}}
    return str(submit(line, lambda core: core.backlog.produzir(new, produtor="humano")))


def status(line: Line, item_id: str) -> str:
    row = line.model().item(item_id)
    return row.status if row else ""


# Very many that come free at once


def test_whoever_runs_the_line_moves_those_that_were_put_off(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path))

    def few_at_once(core: Any) -> list[str]:
        core.backlog.rules = replace(core.backlog.rules, at_once=2)
        new = {"tipo": "tarefa", "contexto": {"n": 1}}
        held = core.backlog.produzir(
            {**new, "disponivel_em": "2099-01-01T00:00:00.000000Z"}, produtor="humano"
        )
        waiting = [core.backlog.produzir({**new, "depende_de": [held]}, produtor="humano") for _ in range(7)]
        core.backlog.pular(held, "not needed")
        assert core.db.count("liberacoes") == 3
        return waiting

    waiting = submit(line, few_at_once)
    wait_for(lambda: {status(line, each) for each in waiting} == {"Concluido"}, "the last one")
    assert submit(line, lambda core: core.db.count("liberacoes")) == 0


def test_what_an_ended_process_put_off_is_moved_by_the_next_one(tmp_path: Path, lines: list[Line]) -> None:
    made = setup(tmp_path)
    db = Database.open(made.paths.store, by="shell", clock=SystemClock())
    backlog = Backlog(db, made.contracts, SystemClock(), RandomTokens(), made.rng)
    backlog.rules = replace(backlog.rules, at_once=1)
    new = {"tipo": "tarefa", "contexto": {"n": 1}}
    held = backlog.produzir({**new, "disponivel_em": "2099-01-01T00:00:00.000000Z"}, produtor="humano")
    waiting = [backlog.produzir({**new, "depende_de": [held]}, produtor="humano") for _ in range(3)]
    backlog.pular(held, "not needed")
    db.close()
    line = run(lines, made)
    wait_for(lambda: {status(line, each) for each in waiting} == {"Concluido"}, "the last one")


# The lease


def test_one_process_has_the_lease_and_the_next_gets_it(tmp_path: Path) -> None:
    first = SchedulerLease(tmp_path / "o" / "line.lock", "tui")
    second = SchedulerLease(tmp_path / "o" / "line.lock", "run")
    assert second.holder() == ("", "")
    assert first.try_acquire()
    assert first.try_acquire()
    assert not second.try_acquire()
    assert second.holder().titular == f"tui:{os.getpid()}"
    assert second.holder().desde == first.holder().desde != ""
    assert first.path.stat().st_mode & 0o777 == 0o600
    first.release()
    first.release()
    assert not first.held
    assert second.try_acquire()
    second.release()


def test_the_lease_of_a_killed_process_is_free(tmp_path: Path) -> None:
    path = tmp_path / "line.lock"
    code = (
        "import sys, time; from pathlib import Path; from jobs.line_lease import SchedulerLease\n"
        f"lease = SchedulerLease(Path({str(path)!r}), 'x')\n"
        "print(lease.try_acquire(), flush=True); time.sleep(30)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    lease = SchedulerLease(path, "y")
    assert not lease.try_acquire()
    process.kill()
    process.wait()
    process.stdout.close()
    assert lease.try_acquire()
    lease.release()


# Lost leases


def held_by(root: Path, executor: Executor, line_setup: LineSetup, *, outcome: Any = None) -> str:
    """An item that an executor of an earlier line holds, with the outcome that it left."""
    db = Database.open(Paths(root).store, by="earlier", clock=SystemClock(), durable=False)
    try:
        backlog = Backlog(db, line_setup.contracts, SystemClock(), RandomTokens(), line_setup.rng)
        backlog.produzir({"tipo": "tarefa", "contexto": {"n": 4}}, produtor="humano")
        claim = backlog.consumir(["tarefa"], "Robo", executor)
        assert claim is not None
        attempt = Attempts(Paths(root).attempts).create(claim.token)
        if outcome is not None:
            write_outcome(attempt, outcome)
        return str(claim.item["id"])
    finally:
        db.close()


def test_a_durable_outcome_is_adopted_not_redone(tmp_path: Path, lines: list[Line]) -> None:
    line_setup = setup(tmp_path)
    item_id = held_by(tmp_path, DEAD, line_setup, outcome={"resultado": {"n": 8}, "uso": {"cpu_s": 1.5}})
    line = run(lines, line_setup)
    wait_for(lambda: status(line, item_id) == "Concluido")
    item = submit(line, lambda core: core.db.get("backlog_items", item_id))
    assert item["resultado"] == {"n": 8}
    assert item["tentativas"][0]["uso"] == {"cpu_s": 1.5}
    assert len(item["tentativas"]) == 1


@pytest.mark.parametrize("executor", [DEAD, Executor(*Identity.own())])
def test_a_lease_without_outcome_is_given_back(executor: Executor, tmp_path: Path, lines: list[Line]) -> None:
    line_setup = setup(tmp_path)
    item_id = held_by(tmp_path, executor, line_setup)
    (Paths(tmp_path).attempts / "forgotten").mkdir()
    line = run(lines, line_setup)
    wait_for(lambda: status(line, item_id) == "Concluido")
    item = submit(line, lambda core: core.db.get("backlog_items", item_id))
    assert [one["fim_motivo"] for one in item["tentativas"]] == ["perdido", "concluido"]
    assert (item["perdas"], item["quedas"]) == (0, 1), "the line that began it is gone, too"
    wait_for(lambda: list(Paths(tmp_path).attempts.iterdir()) == [])


def test_a_lease_whose_process_lives_is_left_alone_until_it_is_gone(
    tmp_path: Path, lines: list[Line]
) -> None:
    process = subprocess.Popen(["sleep", "30"])
    line_setup = setup(tmp_path)
    stat = Identity.own()._replace(pid=process.pid, inicio=start_of(process.pid))
    item_id = held_by(tmp_path, Executor(*stat), line_setup)
    line = run(lines, line_setup)
    assert submit(line, lambda core: core.recovery.recover()) == []
    process.kill()
    process.wait()
    wait_for(lambda: status(line, item_id) == "Concluido")
    recovered = submit(line, lambda core: list(core.db.history(tipo="linha.recuperado")))
    assert [event["item_id"] for event in recovered] == [item_id]


def start_of(pid: int) -> int:
    from jobs.launcher.procfs import start_time

    return start_time(pid)


def test_a_lost_item_of_a_type_without_a_step_is_given_back(tmp_path: Path, lines: list[Line]) -> None:
    line_setup = setup(tmp_path, steps={"outra": step("outra", "double")})
    item_id = held_by(tmp_path, DEAD, line_setup, outcome={"resultado": {}})
    line = run(lines, line_setup)
    wait_for(lambda: status(line, item_id) == "Pendente")


# The clock, and troubles


def test_a_jump_of_the_clock_is_noted_and_expires_nothing(tmp_path: Path, lines: list[Line]) -> None:
    clock = FakeClock()
    line = run(lines, setup(tmp_path, clock=clock))
    clock._elapsed += 5.0  # both clocks move together: no jump
    first = produce(line)
    wait_for(lambda: status(line, first) == "Concluido")
    clock._start = clock._start.replace(year=2031)
    noted = wait_for(lambda: submit(line, lambda core: list(core.db.history(tipo="linha.relogio"))))
    assert "jumped" in noted[0]["detalhe"]
    item_id = produce(line)
    wait_for(lambda: status(line, item_id) == "Concluido")


def test_the_same_trouble_is_noted_once_a_minute(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path))
    for _ in range(3):
        submit(line, lambda core: core.note_problem("late", "Robo", "started 9 s late"))
    assert len(submit(line, lambda core: list(core.db.history(tipo="linha.late")))) == 1


def test_upkeep_that_fails_ends_the_line(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = run(lines, setup(tmp_path))

    def fail(*_: Any) -> None:
        raise StoreFailed("the disk did not confirm")

    monkeypatch.setattr(Upkeep, "turn", fail)
    assert line.wait_ended(10)
    assert line.model().linha.modo == "failed"
    assert POLL_S <= 0.05


def test_a_step_that_meets_a_failed_store_ends_the_line(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise StoreFailed("the disk did not confirm")

    line = run(lines, setup(tmp_path, steps={"tarefa": step("tarefa", "double", apply=fail)}))
    produce(line)
    assert line.wait_ended(10)
    assert isinstance(line.failure, StoreFailed)


def test_compaction_is_another_process(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[bool] = []
    monkeypatch.setattr("jobs.line_upkeep._COMPACT_PAUSE_S", 0.05)
    monkeypatch.setattr(Database, "wants_compaction", property(lambda _: bool(wanted and wanted.pop())))
    line = run(lines, setup(tmp_path))
    produce(line)
    wanted.append(True)
    wait_for(lambda: list(Paths(tmp_path).store.glob("*snapshot*")))
    assert submit(line, lambda core: list(core.db.history(tipo="linha.compactacao"))) == []


def test_a_compaction_that_fails_is_noted(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "wants_compaction", property(lambda _: True))
    monkeypatch.setattr("jobs.line_upkeep.sys.executable", "/bin/false")
    line = run(lines, setup(tmp_path))
    noted = wait_for(lambda: submit(line, lambda core: list(core.db.history(tipo="linha.compactacao"))))
    assert noted[0]["detalhe"] == "rc 1"


# Probes


def probe(code: str, timeout_s: float = 10.0) -> ProbeCommand:
    return ProbeCommand([sys.executable, "-I", "-S", "-c", code], Path("/"), timeout_s)


def test_probes_run_for_real_and_are_recorded(tmp_path: Path, lines: list[Line]) -> None:
    probes = {
        "forno": probe("print('hot')"),
        "gelo": probe("import sys; sys.exit('none left')"),
        "pedra": probe("import time; time.sleep(20)", timeout_s=0.3),
        "nada": ProbeCommand(["/no/such/probe"], Path("/")),
    }
    line = run(lines, setup(tmp_path, probes=probes))
    capacities = wait_for(lambda: recorded(line) if len(recorded(line)) == 4 else None)
    assert (capacities["forno"]["passou"], capacities["forno"]["detalhe"]) == (True, "hot")
    assert (capacities["gelo"]["passou"], capacities["gelo"]["detalhe"]) == (False, "exit code 1\nnone left")
    assert capacities["pedra"]["detalhe"] == "timed out after 0.3 s"
    assert "/no/such/probe" in capacities["nada"]["detalhe"]


def recorded(line: Line) -> dict[str, Any]:
    found = submit(line, lambda core: list(core.db.all("capacidades")))
    return {doc["nome"]: doc["sonda"] for doc in found if doc["sonda"]}


def test_what_is_asked_for_is_probed_at_once_or_answered(tmp_path: Path, lines: list[Line]) -> None:
    there = tmp_path / "there"
    code = f"import pathlib, sys; sys.exit(not pathlib.Path({str(there)!r}).exists())"
    line = run(lines, setup(tmp_path, probes={"forno": probe(code)}))
    wait_for(lambda: "forno" in recorded(line))
    there.touch()
    for nome in ("forno", "desconhecida"):
        submit(line, lambda core, nome=nome: ask_for_probe(core, nome))
    wait_for(lambda: recorded(line)["forno"]["passou"])
    answer = wait_for(lambda: recorded(line).get("desconhecida"))
    assert not answer["passou"]
    assert "no capability" in answer["detalhe"]


def test_a_probe_is_run_as_often_as_its_definition_says(tmp_path: Path, lines: list[Line]) -> None:
    there = tmp_path / "there"
    code = f"import pathlib, sys; sys.exit(not pathlib.Path({str(there)!r}).exists())"
    line = run(lines, setup(tmp_path, probes={"forno": replace(probe(code), interval_s=0.2)}))
    wait_for(lambda: "forno" in recorded(line))
    there.touch()
    wait_for(lambda: recorded(line)["forno"]["passou"])


def ask_for_probe(core: Any, nome: str) -> None:
    from store.backlog.gaps import request_probe

    with core.backlog.operation() as op:
        request_probe(op, nome)


def test_the_network_is_the_actors_to_grant(tmp_path: Path, lines: list[Line]) -> None:
    line = run(
        lines,
        setup(
            tmp_path,
            steps={"tarefa": step("tarefa", "reaches_out")},
            actors=(actor("Robo", "tarefa", rede=False), actor("Outro", "fora", rede=True)),
            contracts=contracts(contract("tarefa", retries={"max": 0})),
        ),
    )
    item_id = produce(line)
    wait_for(lambda: status(line, item_id) == "Falhou")
    item = submit(line, lambda core: core.db.get("backlog_items", item_id))
    assert "network is not granted" in item["motivo"]
    assert json.dumps(item)


def test_the_line_ends_a_probe_and_a_compaction_that_run_when_it_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started_file = tmp_path / "started"
    slow = f"import pathlib, time; pathlib.Path({str(started_file)!r}).touch(); time.sleep(30)"
    monkeypatch.setattr(Database, "wants_compaction", property(lambda _: True))
    line = started(setup(tmp_path, probes={"forno": probe(slow, 60.0)}))
    wait_for(started_file.exists)
    line.stop(0.0)
    assert line.failure is None
    wait_for(lambda: not processes_with(str(started_file)))


def processes_with(text: str) -> list[int]:
    from jobs.launcher.procfs import all_stats

    def command(pid: int) -> str:
        try:
            return Path(f"/proc/{pid}/cmdline").read_text()
        except OSError:
            return ""

    return [stat.pid for stat in all_stats() if not stat.zombie and text in command(stat.pid)]


def test_an_outcome_whose_lease_is_lost_writes_nothing(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path, steps={}))
    item_id = produce(line)

    def hand_in_late(core: Any) -> Any:
        claim = core.backlog.consumir(["tarefa"], "Robo", DEAD)
        core.backlog.devolver(item_id, claim.token, "lost")
        attempt = core.attempts.create(claim.token)
        finisher = Finisher(core.context, core.attempts, core.objects)
        late = step("tarefa", "double", on_message=lambda *_: {})
        finisher.finish(claim, late, {"resultado": {"n": 1}}, {})
        finisher.give_back(claim, "again")
        return finisher.answer(claim, late, {}), attempt.exists()

    answer, left = submit(line, hand_in_late)
    assert "lost" in answer
    assert not left
    item = submit(line, lambda core: core.db.get("backlog_items", item_id))
    assert (item["status"], item["resultado"]) == ("Pendente", None)


def test_a_failed_store_is_never_taken_for_a_failed_attempt(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path, steps={}))
    produce(line)

    def fail(*_: Any) -> Any:
        raise StoreFailed("gone")

    def hand_in(core: Any) -> Any:
        claim = core.backlog.consumir(["tarefa"], "Robo", DEAD)
        finisher = Finisher(core.context, core.attempts, core.objects)
        broken = step("tarefa", "nothing", "inline", on_message=fail, prepare=fail, apply=fail)
        with pytest.raises(StoreFailed):
            finisher.finish(claim, broken, {"resultado": {}}, {})
        with pytest.raises(StoreFailed):
            finisher.answer(claim, broken, {})
        with pytest.raises(StoreFailed):
            StepRunner(core.context, finisher, core.attempts, "").run_inline(claim, broken)
        finisher.finish(claim, broken, {"falha": "red"}, {})
        return core.db.get("backlog_items", claim.item["id"])

    assert submit(line, hand_in)["motivo"] == "red"


def test_a_commit_of_another_thread_reaches_the_line(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path))
    backlog = submit(line, lambda core: core.backlog)
    item_id = backlog.produzir({"tipo": "tarefa", "contexto": {"n": 2}}, produtor="humano")
    wait_for(lambda: status(line, item_id) == "Concluido")


def test_one_actor_may_have_steps_of_both_kinds(tmp_path: Path, lines: list[Line]) -> None:
    line = run(
        lines,
        setup(
            tmp_path,
            steps={"tarefa": step("tarefa", "double"), "leve": step("leve", "nothing", "inline")},
            actors=(actor("Robo", "tarefa", "leve"),),
            contracts=contracts(contract("tarefa"), contract("leve")),
        ),
    )
    ids = [produce(line, tipo) for tipo in ("tarefa", "leve", "tarefa", "leve")]
    wait_for(lambda: all(status(line, item_id) == "Concluido" for item_id in ids))


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (RunReport(rc=137, killed_for="memory"), "ended: over its limit of memory"),
        (RunReport(rc=127, error="no such file"), "could not start: no such file"),
        (RunReport(rc=7), "crashed with exit code 7"),
    ],
)
def test_the_reason_of_an_attempt_without_outcome_is_one_line(report: RunReport, why: str) -> None:
    assert _why(report, None) == why
    assert _message("[1]") == _message("no json") == {}
