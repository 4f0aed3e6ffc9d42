"""Health as a line sees its own, and as another process sees it."""

from __future__ import annotations

import fcntl
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from line_factory import SEEDS, Paths, actor, contract, contracts, setup, started, step, wait_for

from jobs import health as health_module
from jobs import scheduler as scheduler_module
from jobs.health import Troubles, living_gaps
from jobs.health_files import Told, jobs_file, line_holder, look_at_files, read_jobs, write_jobs
from jobs.health_outside import health_outside, health_without_store
from jobs.line import Line
from jobs.line_lease import SchedulerLease
from jobs.logs.logbook import SILENT, Logbook
from jobs.sandbox import LIMITS_ONLY, Level
from store.backlog import Backlog
from store.clock import FakeClock, RandomTokens, SystemClock, add_seconds
from store.contracts import Contracts
from store.database import Database
from store.decisions import Decisions
from store.views.health import HealthFacts, JobFacts
from store.views.model import HealthRow

FULL = Level("full", "tried")


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_module, "CHECK_S", 0.02)
    monkeypatch.setattr(health_module, "LOOK_S", 0.05)
    # What others write on this disk, and take of this machine's time, is no part of these tests.
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4 << 30))
    monkeypatch.setattr(scheduler_module, "_LATE_S", float("inf"))


def run(lines: list[Line], root: Path, **changes: Any) -> Line:
    line = started(setup(root, **changes))
    lines.append(line)
    wait_for(lambda: line.model().linha.modo == "running")
    return line


def check(line: Line, nome: str) -> HealthRow:
    return wait_for(lambda: next((row for row in line.model().saude if row.nome == nome), None))


def until(line: Line, nome: str, fits: Callable[[HealthRow], bool]) -> HealthRow:
    wait_for(lambda: fits(check(line, nome)), f"{nome}: {check(line, nome)}")
    return check(line, nome)


def test_a_line_publishes_how_it_is(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, tmp_path)
    assert "runs the line: 3 jobs" in until(line, "scheduler", lambda row: "jobs" in row.motivo).motivo
    until(line, "disk", lambda row: "MB free" in row.motivo)
    until(line, "store", lambda row: row.motivo != "0.0 kB")
    assert check(line, "sandbox").estado == "warn"
    assert [row.estado for row in line.model().saude if row.nome != "sandbox"] == ["ok"] * 9


def test_it_is_published_when_it_changes_and_only_then(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[tuple[HealthRow, ...]] = []
    real = health_module.health

    def noted(facts: HealthFacts) -> tuple[HealthRow, ...]:
        judged.append(real(facts))
        return judged[-1]

    monkeypatch.setattr(health_module, "health", noted)
    line = run(lines, tmp_path)
    until(line, "scheduler", lambda row: "jobs" in row.motivo)
    until(line, "disk", lambda row: "MB free" in row.motivo)
    until(line, "store", lambda row: row.motivo != "0.0 kB")

    def looks_that_found_the_same() -> list[tuple[HealthRow, ...]]:
        """What was published before and after ten looks; nothing where they had news (what is committed at
        the start is seen whenever its look comes).
        """
        before, turns = line.model().saude, len(judged)
        wait_for(lambda: len(judged) > turns + 10)
        after = line.model().saude
        return [before, after] if all(rows == before for rows in judged[turns:]) else []

    before, after = wait_for(looks_that_found_the_same)
    assert after is before


def test_work_and_breakers_are_seen(tmp_path: Path, lines: list[Line]) -> None:
    gate = tmp_path / "gate"
    line = run(lines, tmp_path, steps={"tarefa": step("tarefa", "waits")})

    def prepare(core: Any) -> None:
        item = {"tipo": "tarefa", "contexto": {"until": str(gate)}}
        core.backlog.produzir(item, produtor="humano")

    def open_breaker(core: Any) -> None:
        breaker = {"performer": "Robo/tarefa/builtin", "estado": "aberto", "motivo": "crashed"}
        with core.db.transaction() as tx:
            tx.insert("disjuntores", breaker | {"tenta_em": "2999-01-01T00:00:00.000000Z"})

    line.submit(prepare).result(60)
    assert "1 at work, BKL-0001" in until(line, "leases", lambda row: "at work" in row.motivo).motivo
    line.submit(open_breaker).result(60)
    assert "Robo/tarefa/builtin is open" in until(line, "breakers", lambda row: row.estado == "warn").motivo
    gate.touch()
    until(line, "leases", lambda row: "nothing" in row.motivo)


def test_a_jobs_troubles_of_the_last_hour_are_a_warning(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, tmp_path)
    line.submit(lambda core: core.note_problem("missed", "Robo", "missed")).result(60)
    found = until(line, "scheduler", lambda row: row.estado == "warn")
    assert found.motivo == "Robo in the last hour: missed 1×"


def test_troubles_are_forgotten_after_an_hour() -> None:
    clock = FakeClock()
    troubles = Troubles(clock, SILENT)
    troubles.note("late", "a")
    troubles.note("late", "a")
    troubles.note("politica", "rule")
    troubles.note("error", "b", ValueError())
    assert troubles.of_jobs() == {"a": {"late": 2}, "b": {"error": 1}}
    clock.advance(3601)
    troubles.note("overlap", "c")
    assert troubles.of_jobs() == {"c": {"overlap": 1}}


def test_a_look_that_fails_is_logged_and_costs_the_line_nothing(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(health_module, "store_facts", lambda *_: 1 / 0)
    line = run(lines, tmp_path)
    item = {"tipo": "tarefa", "contexto": {"n": 1}}
    item_id = line.submit(lambda core: core.backlog.produzir(item, produtor="humano")).result(60)
    wait_for(lambda: (row := line.model().item(item_id)) is not None and row.status == "Concluido")
    wait_for(lambda: "health could not be looked at" in caplog.text)
    assert line.model().saude == ()


def test_a_disk_that_cannot_be_asked_is_not_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(shutil, "disk_usage", refuse)
    db = Database.open(tmp_path / "o" / "store", by="x", clock=SystemClock())
    found = look_at_files(Paths(tmp_path), db)
    db.close()
    assert found.disco_livre_mb is None
    assert look_at_files(Paths(tmp_path / "none"), db).armazem.bytes == 0


def test_gaps_live_until_their_capability_came_or_was_given_up(tmp_path: Path) -> None:
    db = Database.open(tmp_path, by="x", clock=SystemClock())
    base = {"tipo": "entrevistar_dor", "criado_em": "2026-01-05T12:00:00.000000Z", "fila": "padrao"}
    with db.transaction() as tx:
        for status, recurso, desfecho in (
            ("Pendente", "dmn", ""),
            ("Concluido", "bpmn", ""),
            ("Concluido", "form", "alcancado"),
            ("Cancelado", "openapi", ""),
            ("Pendente", "", ""),
        ):
            item = base | {
                "status": status,
                "contexto": {"recurso": recurso},
                "desfecho": desfecho,
                "humano": True,
            }
            tx.insert("backlog_items", item)
    found = living_gaps(db, Contracts.load(SEEDS / "contracts.yaml"))
    db.close()
    assert [gap.ref for gap in found] == ["BKL-0001", "BKL-0002"]


# What the line leaves for others


def facts(**changes: Any) -> HealthFacts:
    job = JobFacts("Robo", 30.0, "2026-01-05T12:00:00.000000Z", problemas={"late": 2})
    told: dict[str, Any] = {"agora": "2026-01-05T12:00:05.000000Z", "titular": "tui:1", "tarefas": (job,)}
    return HealthFacts(**(told | changes))


def test_what_a_line_says_of_its_jobs_is_read_back_from_its_own_file_only(tmp_path: Path) -> None:
    lock = tmp_path / "line.lock"
    write_jobs(lock, facts(isolamento="full"))
    assert jobs_file(lock).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["line.json"]
    told = read_jobs(lock, "tui:1")
    assert told.tarefas == facts().tarefas
    assert (told.em, told.isolamento) == ("2026-01-05T12:00:05.000000Z", "full")
    assert read_jobs(lock, "tui:2") == Told()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"\xff", b"[" * 90_000, b'{"titular": "tui:1", "em": 1}']
)
def test_a_file_that_says_nothing_is_none(content: bytes, tmp_path: Path) -> None:
    lock = tmp_path / "line.lock"
    jobs_file(lock).write_bytes(content)
    assert read_jobs(lock, "tui:1") == Told()


def test_links_and_full_disks_tell_nothing(tmp_path: Path) -> None:
    lock = tmp_path / "o" / "line.lock"
    write_jobs(lock, facts())
    lock.parent.mkdir()
    (tmp_path / "elsewhere").write_text(json.dumps({"titular": "tui:1"}))
    jobs_file(lock).symlink_to(tmp_path / "elsewhere")
    assert read_jobs(lock, "tui:1") == Told()
    write_jobs(lock, facts())
    assert not jobs_file(lock).is_symlink()
    assert (tmp_path / "elsewhere").read_text() == json.dumps({"titular": "tui:1"})


def test_who_runs_the_line_is_who_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "line.lock"
    assert line_holder(path) == ""
    lease = SchedulerLease(path, "tui")
    assert lease.try_acquire()
    assert line_holder(path) == f"tui:{os.getpid()}"
    lease.release()
    assert line_holder(path) == ""
    path.write_bytes(b"half")
    descriptor = os.open(path, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert line_holder(path) == "another process"
    os.close(descriptor)


# From outside


def outside(root: Path, **changes: Any) -> dict[str, HealthRow]:
    paths, clock = Paths(root), SystemClock()
    book = contracts(contract("tarefa"))
    db = Database.open(paths.store, by="doctor", clock=clock)
    try:
        backlog = Backlog(db, book, clock, RandomTokens(), random.Random(1))
        now = changes.get("now", clock.now())
        workers = [actor("Robo", "tarefa")]
        rows = health_outside(paths, db, Decisions(backlog), book, workers, FULL, now=now)
        return {row.nome: row for row in rows}
    finally:
        db.close()


def test_a_line_is_seen_from_outside_by_its_lock_and_its_own_words(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, tmp_path)
    line.submit(lambda core: core.note_problem("late", "Robo", "late")).result(60)
    wait_for(lambda: read_jobs(Paths(tmp_path).line_lock, line.model().linha.titular).tarefas)
    wait_for(lambda: outside(tmp_path)["scheduler"].estado == "warn")
    found = outside(tmp_path)
    assert found["scheduler"].motivo == "Robo in the last hour: late 1×"
    assert found["sandbox"].motivo == "full"
    line.stop(0.0)
    assert outside(tmp_path)["scheduler"].motivo == "nobody runs the line, and nothing is ready for it"


def test_the_breaker_of_a_performer_that_is_gone_is_not_warned_about(tmp_path: Path) -> None:
    db = Database.open(Paths(tmp_path).store, by="test", clock=SystemClock())
    for performer, motivo in (("Robo/tarefa/builtin", "here"), ("Robo/tarefa/comando", "gone")):
        with db.transaction() as tx:
            tx.insert("disjuntores", {"performer": performer, "estado": "aberto", "motivo": motivo})
    db.close()
    assert outside(tmp_path)["breakers"].motivo == "Robo/tarefa/builtin is open, it tries again now: here"


def test_others_hear_of_a_lines_jobs_as_soon_as_it_runs(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_module, "LOOK_S", 1000.0)
    line = run(lines, tmp_path)
    wait_for(lambda: read_jobs(Paths(tmp_path).line_lock, line.model().linha.titular).tarefas)


def test_a_line_that_is_stopped_or_stuck_is_seen(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, tmp_path)
    wait_for(lambda: read_jobs(Paths(tmp_path).line_lock, line.model().linha.titular).tarefas)
    later = add_seconds(SystemClock().now(), 600)
    found = outside(tmp_path, now=later)["scheduler"]
    assert (found.estado, "has said nothing for 10 min" in found.motivo) == ("bad", True)


def test_work_that_nobody_does_decisions_and_gaps_are_seen(tmp_path: Path) -> None:
    book = contracts(contract("tarefa"))
    db = Database.open(Paths(tmp_path).store, by="x", clock=SystemClock())
    backlog = Backlog(db, book, SystemClock(), RandomTokens(), random.Random(1))
    backlog.produzir({"tipo": "tarefa", "contexto": {"n": 1}}, produtor="humano")
    item = {
        "tipo": "x",
        "criado_em": "2026-01-05T12:00:00.000000Z",
        "pendente_em": "2026-01-05T12:00:00.000000Z",
    }
    item |= {"contexto": {"recurso": "dmn"}, "humano": True, "status": "Pendente", "disponivel_em": ""}
    with db.transaction() as tx:
        tx.insert("backlog_items", item)
        tx.insert("backlog_items", item | {"disponivel_em": "2999-01-01T00:00:00.000000Z"})
        tx.insert("backlog_items", item | {"tipo": "entrevistar_dor"})
    db.close()
    found = outside(tmp_path)
    assert found["scheduler"].motivo == "nobody runs the line; 1 ready for it"
    assert found["decisions"].motivo.startswith("2 waiting for you, BKL-0002 for ")
    assert found["gaps"].motivo.startswith("1 open, BKL-0004 for ")
    assert found["log"].estado == "ok"


def test_what_no_actor_takes_any_more_is_said_with_what_to_do(tmp_path: Path, lines: list[Line]) -> None:
    older = contracts(contract("tarefa"), contract("sumida"))
    db = Database.open(Paths(tmp_path).store, by="x", clock=SystemClock())
    backlog = Backlog(db, older, SystemClock(), RandomTokens(), random.Random(1))
    gone = {"tipo": "sumida", "contexto": {"n": 1}}
    backlog.produzir(gone, produtor="humano")
    backlog.produzir(gone | {"disponivel_em": "2999-01-01T00:00:00.000000Z"}, produtor="humano")
    backlog.produzir({"tipo": "tarefa", "contexto": {"n": 1}, "fila": "outra"}, produtor="humano")
    db.close()
    found = outside(tmp_path)["unclaimed"]
    assert found.motivo == "2 that no actor takes, BKL-0001 (sumida) for less than a minute"
    assert (found.estado, "contracts.yaml" in found.remedio) == ("warn", True)
    line = run(lines, tmp_path)
    assert until(line, "unclaimed", lambda row: row.estado == "warn") == found


def test_without_a_store_only_what_can_be_said_is(tmp_path: Path) -> None:
    now = SystemClock().now()
    found = health_without_store(Paths(tmp_path), LIMITS_ONLY, now=now, problem="damaged")
    assert [(row.nome, row.estado) for row in found] == [
        ("store", "bad"),
        ("disk", "ok"),
        ("sandbox", "warn"),
        ("log", "ok"),
    ]


def test_an_attached_line_says_who_runs_it(tmp_path: Path, lines: list[Line]) -> None:
    first = run(lines, tmp_path, name="first")
    second = started(setup(tmp_path, name="second", log=Logbook.of(tmp_path / "logs", process="second")))
    lines.append(second)
    wait_for(lambda: second.model().linha.modo == "attached")
    found = until(
        second, "scheduler", lambda row: row.motivo == f"{first.model().linha.titular} runs the line"
    )
    assert found.estado == "ok"
    assert check(second, "sandbox").motivo == "not tried here"


def test_who_only_views_says_who_runs_the_line_or_what_waits_for_somebody(
    tmp_path: Path, lines: list[Line]
) -> None:
    first = run(lines, tmp_path)
    second = started(setup(tmp_path, may_run=False))
    lines.append(second)
    titular = first.model().linha.titular
    until(second, "scheduler", lambda row: row.motivo == f"{titular} runs the line")
    first.submit(lambda core: core.pause()).result(60)
    item = {"tipo": "tarefa", "contexto": {"n": 1}}
    first.submit(lambda core: core.backlog.produzir(item, produtor="humano")).result(60)
    first.stop(0.0)
    found = until(second, "scheduler", lambda row: row.estado == "warn")
    assert found.motivo == "nobody runs the line; 1 ready for it"
