"""What a line logs of its life and of its work, each event once, whoever else is there."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from line_factory import actor, contract, contracts, run, setup, step, wait_for

from jobs.line import Line, LineSetup
from jobs.logs.catching import caught
from jobs.logs.commits import CommitLog
from jobs.logs.correlation import bound_to
from jobs.logs.logbook import SILENT, Logbook
from jobs.secrets import Masker
from store.backlog import Claim
from store.database import Commit, Database
from store.errors import OficinaError, StoreFailed

Record = dict[str, Any]


def logged(root: Path, **changes: Any) -> LineSetup:
    mask = changes.pop("mask", Masker(()))
    return setup(
        root, log=Logbook.of(root / "logs", process=changes.get("name", "test"), mask=mask), **changes
    )


def records(root: Path) -> list[Record]:
    return [json.loads(line) for line in (root / "logs" / "oficina.jsonl").read_bytes().splitlines()]


def events(root: Path, *names: str) -> list[Record]:
    return [record for record in records(root) if record["event"] in names]


def produce(line: Line, tipo: str = "tarefa", **contexto: Any) -> str:
    new = {"tipo": tipo, "contexto": contexto or {"n": 1}}
    return str(line.submit(lambda core: core.backlog.produzir(new, produtor="humano")).result(60))


def wait_status(line: Line, item_id: str, status: str) -> None:
    wait_for(lambda: (row := line.model().item(item_id)) is not None and row.status == status, status)


def test_a_lines_life_is_logged(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, logged(tmp_path))
    line.submit(lambda core: core.pause()).result(60)
    line.submit(lambda core: core.resume()).result(60)
    line.stop(0.0)
    told = [record for record in records(tmp_path) if record["event"].startswith("line.")]
    assert [record["event"] for record in told] == [
        "line.opened",
        "line.running",
        "line.paused",
        "line.running",
        "line.stopping",
        "line.stopped",
    ]
    assert told[1]["holder"].startswith("test:")
    assert told[1]["sandbox"] == "limits"
    assert told[-1]["duration_s"] > 0
    assert all(record["process"] == "test" and record["pid"] for record in told)


def test_an_item_is_followed_by_its_ids_from_event_to_attempt(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, logged(tmp_path))
    item_id = produce(line)
    wait_status(line, item_id, "Concluido")
    item = line.submit(lambda core: core.db.get("backlog_items", item_id)).result(60)
    about = [record for record in records(tmp_path) if record.get("item") == item_id]
    assert [record["event"] for record in about] == [
        "item.criado",
        "item.transicao",
        "attempt.started",
        "item.transicao",
        "attempt.ended",
    ]
    for record in about:
        assert (record["saga_id"], record["request_id"]) == (item["saga_id"], item["request_id"])
        assert record["ator"] == "Robo"
    began, ended = about[2], about[4]
    token = item["tentativas"][0]["token"]
    assert [(one["token"], one["attempt"]) for one in (began, ended)] == [(token, 1)] * 2
    assert ended["end"] == "concluido"
    assert ended["duration_s"] > 0


def test_a_failed_attempt_brings_the_tail_of_what_its_children_wrote(
    tmp_path: Path, lines: list[Line]
) -> None:
    tipos = {"tarefa": step("tarefa", "crashes"), "fala": step("fala", "inline_breaks", "inline")}
    line_setup = logged(
        tmp_path,
        steps=tipos,
        actors=(actor("Robo", "tarefa", "fala"),),
        contracts=contracts(contract("tarefa"), contract("fala")),
        mask=Masker(["last words"]),
    )
    line = run(lines, line_setup)
    item_id, other = produce(line), produce(line, "fala")
    wait_status(line, item_id, "Falhou")
    wait_status(line, other, "Falhou")
    ends = [record for record in events(tmp_path, "attempt.ended") if record["item"] == item_id]
    assert [(record["level"], record["end"], record["attempt"]) for record in ends] == [
        ("warning", "falhou", 1),
        ("warning", "falhou", 2),
    ]
    assert ends[0]["stderr"] == "•••"
    assert "exit code 9" in ends[0]["reason"]
    broken = next(record for record in events(tmp_path, "attempt.ended") if record["item"] == other)
    assert "ValueError: no good" in broken["error"]
    failed = [record for record in events(tmp_path, "item.transicao") if record["para"] == "Falhou"]
    assert {record["level"] for record in failed} == {"error"}


def test_each_event_is_logged_by_who_committed_it(tmp_path: Path, lines: list[Line]) -> None:
    first = run(lines, logged(tmp_path, name="first"))
    second = run(lines, logged(tmp_path, name="second"), modo="attached")
    item_id = produce(second)
    wait_status(first, item_id, "Concluido")
    wait_status(second, item_id, "Concluido")
    about = [record for record in records(tmp_path) if record.get("item") == item_id]
    assert [(record["event"], record["process"]) for record in about] == [
        ("item.criado", "second"),
        ("item.transicao", "first"),
        ("attempt.started", "first"),
        ("item.transicao", "first"),
        ("attempt.ended", "first"),
    ]
    first.stop(0.0)
    wait_for(lambda: second.model().linha.modo == "running")
    (taken,) = [record for record in events(tmp_path, "line.running") if record["process"] == "second"]
    assert taken["taken_over_from"].startswith("first:")


def test_a_job_that_raises_is_logged_with_its_traceback(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, logged(tmp_path))

    def break_job(core: Any) -> None:
        async def work() -> None:
            raise ZeroDivisionError("in a job")

        core.scheduler.add("quebra", work, 60.0)

    line.submit(break_job).result(60)
    (record,) = wait_for(lambda: events(tmp_path, "job.failed"))
    assert (record["level"], record["job"]) == ("error", "quebra")
    assert "ZeroDivisionError: in a job" in record["exception"]
    wait_for(lambda: events(tmp_path, "linha.error"))


def test_a_listener_that_raises_is_logged_and_the_line_goes_on(tmp_path: Path, lines: list[Line]) -> None:
    line_setup = logged(tmp_path)
    with caught(line_setup.log):
        line = run(lines, line_setup)
        line.subscribe(lambda _: 1 / 0)  # type: ignore[arg-type, return-value]
        item_id = produce(line)
        wait_status(line, item_id, "Concluido")
        found = wait_for(lambda: events(tmp_path, "exception"))
        line.stop(0.0)
    assert "ZeroDivisionError" in found[0]["exception"]


def test_why_a_line_ended_by_itself_is_logged(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, logged(tmp_path))
    line.submit(lambda core: core.fail(StoreFailed("the disk did not confirm"))).result(60)
    assert line.wait_ended(10)
    (failed,) = events(tmp_path, "line.failed")
    assert failed["level"] == "error"
    assert "StoreFailed: the disk did not confirm" in failed["exception"]


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path, lines: list[Line]) -> None:
    (tmp_path / "logs").touch()
    told: list[str] = []
    log = Logbook.of(tmp_path / "logs", process="test", on_drop=told.append)
    line = run(lines, setup(tmp_path, log=log))
    item_id = produce(line)
    wait_status(line, item_id, "Concluido")
    assert len(told) == 1
    row = wait_for(lambda: next((row for row in line.model().saude if row.nome == "log"), None))
    assert (row.estado, told[0] in row.motivo) == ("warn", True)


def test_what_others_committed_and_what_is_not_logged_costs_nothing(tmp_path: Path) -> None:
    log = Logbook.of(tmp_path / "logs", process="test")
    foreign = Commit(1, "2026-01-05T12:00:00.000000Z", "tui", events=[{"tipo": "x", "seq": 1, "n": 0}])
    CommitLog(log, tmp_path).take(foreign)
    CommitLog(SILENT, tmp_path).take(Commit(1, foreign.ts, "tui", events=foreign.events, own=True))
    assert not (tmp_path / "logs").exists()


def test_an_event_without_an_item_and_an_output_that_is_gone(tmp_path: Path) -> None:
    log = CommitLog(Logbook.of(tmp_path / "logs", process="test"), tmp_path / "objects")
    item = {
        "id": "BKL-0001",
        "tipo": "tarefa",
        "tentativas": [
            {
                "numero": 1,
                "token": "t1",
                "inicio": "2026-01-05T12:00:00.000000Z",
                "fim": "2026-01-05T12:00:02.500000Z",
                "fim_motivo": "perdido",
                "saida_ref": "0" * 64,
            }
        ],
    }
    moved = {"tipo": "item.transicao", "item_id": "BKL-0001", "de": "EmProcessamento", "para": "Pendente"}
    told = [{"tipo": "sonda.falhou", "item_id": "", "capacidade": "dmn"}, moved]
    for document in (item, item | {"tentativas": []}):
        put = {"backlog_items": {"BKL-0001": document}}
        log.take(Commit(1, "2026-01-05T12:00:02.500000Z", "tui", put, events=told, own=True))
    found = records(tmp_path)
    names = ["sonda.falhou", "item.transicao", "attempt.ended", "sonda.falhou", "item.transicao"]
    assert [record["event"] for record in found] == names
    assert found[0]["level"] == "warning"
    assert (found[2]["duration_s"], found[2]["end"]) == (2.5, "perdido")
    assert "stderr" not in found[2]


def test_an_item_is_not_taken_for_the_one_whose_step_is_bound(tmp_path: Path) -> None:
    log = Logbook.of(tmp_path / "logs", process="test")
    log.logger.info("structlog is there")
    told = [{"tipo": "item.criado", "item_id": "BKL-0002"}]
    child = {"id": "BKL-0002", "tipo": "tarefa", "saga_id": "s2", "tentativas": []}
    put = {"backlog_items": {"BKL-0002": child}}
    with bound_to(Claim({"id": "BKL-0001", "request_id": "r1", "saga_id": "s1", "ator": "Robo"}, "t1", 3)):
        CommitLog(log, tmp_path).take(
            Commit(1, "2026-01-05T12:00:00.000000Z", "t", put, events=told, own=True)
        )
    record = records(tmp_path)[-1]
    assert (record["item"], record["saga_id"]) == ("BKL-0002", "s2")
    assert {"token", "attempt", "request_id", "ator"}.isdisjoint(record)


def test_a_store_says_which_commits_are_its_own(tmp_path: Path) -> None:
    from store.clock import SystemClock

    ours, theirs = (Database.open(tmp_path, by=by, clock=SystemClock()) for by in ("ours", "theirs"))
    heard: list[tuple[str, bool]] = []
    ours.subscribe(lambda commit: heard.append((commit.by, commit.own)))
    for db in (ours, theirs):
        with db.transaction() as tx:
            tx.event({"tipo": "x", "item_id": ""})
    ours.refresh()
    assert heard == [("ours", True), ("theirs", False)]
    with suppress(OficinaError):
        ours.close()
        theirs.close()
