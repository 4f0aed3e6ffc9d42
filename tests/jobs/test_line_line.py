"""The line as a whole, with dummy actors: work is picked up at once and ends once."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from line_factory import (
    actor,
    contract,
    contracts,
    run,
    setup,
    started,
    step,
    take_context,
    take_result,
    wait_for,
)

from jobs.line import Line, NotRunningError
from jobs.line_submit import Submissions
from jobs.protocol import Blocked, Failed, StepContext
from store.errors import LostToken, StoreReadOnly, WrongInput, WrongState
from store.views.model import ReadModel


def produce(line: Line, tipo: str = "tarefa", **novo: Any) -> str:
    context = novo.pop("contexto", {"n": 1})
    new = {"tipo": tipo, "contexto": context} | novo
    return line.submit(lambda core: core.backlog.produzir(new, produtor="humano")).result(60)


def item(line: Line, item_id: str) -> dict[str, Any]:
    found: dict[str, Any] = line.submit(lambda core: core.db.get("backlog_items", item_id)).result(60)
    return found


def ended(line: Line, item_id: str, status: str = "Concluido") -> dict[str, Any]:
    wait_for(lambda: (line.model().item(item_id) or _NONE).status == status, f"{item_id} {status}")
    return item(line, item_id)


class _NONE:
    status = ""


def test_a_commit_wakes_its_consumer_at_once(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path))
    models: list[ReadModel] = []
    stop_listening = line.subscribe(models.append)
    done = ended(line, produce(line, contexto={"n": 21}))
    assert done["resultado"] == {"n": 42}
    assert done["tentativas"][0]["fim_motivo"] == "concluido"
    assert done["tentativas"][0]["uso"]["cpu_s"] > 0
    wait_for(lambda: models[-1].por_status.get("Concluido"))
    assert models[-1].linha.isolamento == "limits"
    stop_listening()
    line.stop()
    assert line.model().linha.modo == "stopped"
    assert list((tmp_path / ".oficina" / "attempts").iterdir()) == []


def test_inline_steps_and_their_failures(tmp_path: Path, lines: list[Line]) -> None:
    tipos = ("calma", "quebra")
    line = run(
        lines,
        setup(
            tmp_path,
            steps={
                "calma": step("calma", "nothing", "inline"),
                "quebra": step("quebra", "inline_breaks", "inline"),
            },
            actors=(actor("Robo", *tipos),),
            contracts=contracts(*(contract(tipo, retries={"max": 0}) for tipo in tipos)),
        ),
    )
    assert ended(line, produce(line, "calma", contexto={"n": 3}))["resultado"] == {"n": 3}
    broken = ended(line, produce(line, "quebra"), "Falhou")
    assert broken["tentativas"][0]["motivo"] == "ValueError: no good"
    polite = ended(line, produce(line, "quebra", contexto={"politely": True}), "Falhou")
    assert polite["tentativas"][0]["motivo"] == "not this one"


def test_a_failed_attempt_is_tried_again_when_it_is_due(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path, steps={"tarefa": step("tarefa", "fails_once")}))
    done = ended(line, produce(line, contexto={"marker": str(tmp_path / "marker")}))
    assert [one["fim_motivo"] for one in done["tentativas"]] == ["falhou", "concluido"]
    assert done["tentativas"][0]["motivo"] == "ValueError: the first time"
    assert "Traceback" in done["tentativas"][0]["erro"]


def test_a_crash_keeps_its_last_words(tmp_path: Path, lines: list[Line]) -> None:
    line = run(
        lines,
        setup(
            tmp_path,
            steps={"tarefa": step("tarefa", "crashes")},
            contracts=contracts(contract("tarefa", retries={"max": 0})),
        ),
    )
    attempt = ended(line, produce(line), "Falhou")["tentativas"][0]
    assert attempt["motivo"] == "crashed with exit code 9"
    saved = line.submit(lambda core: core.objects.read(attempt["saida_ref"])).result(60)
    assert b"last words" in saved


def test_a_step_over_its_time_is_ended(tmp_path: Path, lines: list[Line]) -> None:
    line = run(
        lines,
        setup(
            tmp_path,
            steps={"tarefa": step("tarefa", "waits")},
            actors=(actor("Robo", "tarefa", prazo_s=0.5, retries={"max": 0}),),
        ),
    )
    failed = ended(line, produce(line, contexto={"until": "/never"}), "Falhou")
    assert failed["tentativas"][0]["motivo"] == "timed out after 0.5 s"


def test_a_lost_keeper_costs_no_retry(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path, steps={"tarefa": step("tarefa", "kills_its_keeper")}))
    done = ended(line, produce(line, contexto={"marker": str(tmp_path / "marker")}))
    assert [one["fim_motivo"] for one in done["tentativas"]] == ["perdido", "concluido"]
    assert done["falhas"] == 0


def test_progress_and_output_show_while_it_runs(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path, steps={"tarefa": step("tarefa", "waits")}))
    item_id = produce(line, contexto={"until": str(tmp_path / "go")})
    wait_for(lambda: line.output(item_id) == ["here I am"])
    wait_for(lambda: [row.fase for row in line.model().rodando] == ["waiting"])
    assert line.output("BKL-9999") == []
    (tmp_path / "go").touch()
    ended(line, item_id)
    assert line.output(item_id) == []


def test_cancelling_what_runs_ends_its_tree(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path, steps={"tarefa": step("tarefa", "waits")}))
    item_id = produce(line, contexto={"until": "/never"})
    wait_for(lambda: line.output(item_id))
    line.submit(lambda core: core.backlog.cancelar(item_id, "not needed")).result(60)
    assert ended(line, item_id, "Cancelado")["lease"] is None
    wait_for(lambda: line.submit(lambda core: not core.runner.running).result(60))  # type: ignore[union-attr]


def test_stop_gives_running_work_back(tmp_path: Path, lines: list[Line]) -> None:
    line_setup = setup(tmp_path, steps={"tarefa": step("tarefa", "waits")})
    line = run(lines, line_setup)
    item_id = produce(line, contexto={"until": str(tmp_path / "go")})
    wait_for(lambda: line.output(item_id))
    line.stop(0.0)
    again = run(lines, line_setup)
    wait_for(lambda: again.output(item_id))
    (tmp_path / "go").touch()
    done = ended(again, item_id)
    assert [one["fim_motivo"] for one in done["tentativas"]] == ["devolvido", "concluido"]
    assert done["perdas"] == 0


def test_stop_lets_work_finish_within_the_grace(tmp_path: Path, lines: list[Line]) -> None:
    line_setup = setup(
        tmp_path, steps={"tarefa": step("tarefa", "waits")}, actors=(actor("Robo", "tarefa", concorrencia=1),)
    )
    line = run(lines, line_setup)
    item_id = produce(line, contexto={"until": str(tmp_path / "go")})
    wait_for(lambda: line.output(item_id))
    waiting = produce(line, contexto={"until": "/never"}, prioridade=-1)
    stopping = threading.Thread(target=line.stop, args=(20.0,))
    stopping.start()
    wait_for(lambda: line.model().linha.modo == "stopping")
    (tmp_path / "go").touch()
    stopping.join(60)
    assert line.model().item(item_id).status == "Concluido"  # type: ignore[union-attr]
    assert line.model().item(waiting).status == "Pendente"  # type: ignore[union-attr]


MESSAGES: list[Any] = []


def remember(tx: Any, _: StepContext, __: Any, message: Any) -> dict[str, Any]:
    if message["fase"] == "wrong":
        raise WrongInput("no such phase")
    if message["fase"] == "lost":
        raise LostToken("somebody else has it")
    if message["fase"] == "broken":
        raise ValueError("a bug")
    tx.event({"tipo": "fase", "fase": message["fase"], "item_id": ""})
    return {"stored": message["fase"]}


@pytest.mark.parametrize(
    ("fase", "status", "motivo"),
    [
        ("testes", "Concluido", ""),
        ("wrong", "Falhou", "no such phase"),
        ("broken", "Falhou", "ValueError: a bug"),
    ],
)
def test_what_a_step_asks_for_is_committed_before_it_goes_on(
    fase: str, status: str, motivo: str, tmp_path: Path, lines: list[Line]
) -> None:
    line = run(
        lines,
        setup(
            tmp_path,
            steps={"tarefa": step("tarefa", "asks", on_message=remember)},
            contracts=contracts(contract("tarefa", retries={"max": 0})),
        ),
    )
    done = ended(line, produce(line, contexto={"fase": fase}), status)
    assert done["tentativas"][0]["motivo"] == motivo
    events = line.submit(lambda core: list(core.db.history(tipo="fase"))).result(60)
    assert len(events) == (status == "Concluido")


def test_a_step_without_messages_is_refused_one(tmp_path: Path, lines: list[Line]) -> None:
    line = run(
        lines,
        setup(
            tmp_path,
            steps={"tarefa": step("tarefa", "asks")},
            contracts=contracts(contract("tarefa", retries={"max": 0})),
        ),
    )
    assert "no messages" in ended(line, produce(line, contexto={"fase": "x"}), "Falhou")["motivo"]


ENDS: dict[str, Any] = {
    "blocked": lambda *_: Blocked(["cap:forno"], "no oven"),
    "failed": lambda *_: Failed("red", "details"),
    "bug": lambda *_: 1 / 0,
    "refused": lambda *_: (_ for _ in ()).throw(WrongInput("bad result")),
}


@pytest.mark.parametrize(
    ("end", "status", "motivo"),
    [
        ("blocked", "Bloqueado", "no oven"),
        ("failed", "Falhou", "red"),
        ("bug", "Falhou", "ZeroDivisionError: division by zero"),
        ("refused", "Falhou", "bad result"),
    ],
)
def test_an_outcome_may_mean_other_ends(
    end: str, status: str, motivo: str, tmp_path: Path, lines: list[Line]
) -> None:
    line = run(
        lines,
        setup(
            tmp_path,
            steps={"tarefa": step("tarefa", "double", apply=ENDS[end])},
            contracts=contracts(contract("tarefa", retries={"max": 0})),
        ),
    )
    assert ended(line, produce(line), status)["tentativas"][0]["motivo"] == motivo


def broken_prepare(*_: Any) -> dict[str, Any]:
    raise KeyError("spec")


def refusing_prepare(*_: Any) -> dict[str, Any]:
    raise WrongInput("no such spec")


@pytest.mark.parametrize(
    ("prepare", "motivo"), [(broken_prepare, "KeyError: 'spec'"), (refusing_prepare, "no such spec")]
)
@pytest.mark.parametrize("where", ["inline", "process"])
def test_an_input_that_cannot_be_had_fails_the_attempt(
    prepare: Any, motivo: str, where: str, tmp_path: Path, lines: list[Line]
) -> None:
    line = run(
        lines,
        setup(
            tmp_path,
            steps={"tarefa": step("tarefa", "double", where, prepare=prepare)},
            contracts=contracts(contract("tarefa", retries={"max": 0})),
        ),
    )
    assert ended(line, produce(line), "Falhou")["tentativas"][0]["motivo"] == motivo


def test_another_process_is_attached_and_takes_over(tmp_path: Path, lines: list[Line]) -> None:
    first = run(lines, setup(tmp_path, name="tui"))
    second = run(lines, setup(tmp_path, name="headless"), modo="attached")
    wait_for(lambda: second.model().linha.titular.startswith("tui:"))
    assert second.model().linha.desde == first.model().linha.desde != ""
    for change in (
        lambda core: core.pause(),
        lambda core: core.resume(),
        lambda core: core.pause_actor("Robo"),
        lambda core: core.resume_actor("Robo"),
        lambda core: core.run_actor("Robo"),
    ):
        with pytest.raises(WrongState, match=r"tui:\d+ runs the line: pause, resume and run it there"):
            second.submit(change).result(60)
    assert second.model().linha.modo == "attached"
    item_id = produce(second)  # the holder sees the other's commit
    ended(second, item_id)
    assert first.model().linha.modo == "running"
    first.stop()
    wait_for(lambda: second.model().linha.modo == "running")
    ended(second, produce(second))


def test_a_workspace_that_is_not_trusted_is_only_viewed(tmp_path: Path, lines: list[Line]) -> None:
    trusted = run(lines, setup(tmp_path))
    done = produce(trusted)
    ended(trusted, done)
    trusted.stop()
    (tmp_path / ".oficina" / "line.lock").unlink()
    line = run(lines, setup(tmp_path, may_run=False, notice="not approved"), modo="viewing")
    assert line.model().linha.aviso == "not approved"
    assert line.model().item(done) is not None
    with pytest.raises(StoreReadOnly):
        produce(line)
    assert not (tmp_path / ".oficina" / "line.lock").exists()


def test_pause_resume_and_run_now(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path))
    line.submit(lambda core: core.pause()).result(60)
    assert line.model().linha.modo == "paused"
    item_id = produce(line)
    assert item(line, item_id)["status"] == "Pendente"
    line.submit(lambda core: core.scheduler.run_now("Robo")).result(60)
    ended(line, item_id)
    line.submit(lambda core: core.resume()).result(60)
    assert line.model().linha.modo == "running"
    ended(line, produce(line))


def test_work_submitted_too_early_or_too_late_is_refused(tmp_path: Path) -> None:
    line = Line(setup(tmp_path))
    line.stop()
    with pytest.raises(NotRunningError):
        line.submit(lambda core: core).result(1)
    with pytest.raises(NotRunningError):
        line.wait_open(0.0)
    line.start()
    line.wait_open()
    assert not line.wait_ended(0.0)
    line.stop()
    assert line.wait_ended(0.0)
    with pytest.raises(NotRunningError):
        line.submit(lambda core: core).result(1)
    line.stop()


def test_a_line_that_is_stopped_before_it_began_ends(tmp_path: Path) -> None:
    line = Line(setup(tmp_path))
    line.start()
    line.stop()
    assert line.wait_ended(0.0)


def test_what_is_under_way_when_the_line_ends_comes_back_as_an_error(tmp_path: Path) -> None:
    line = started(setup(tmp_path))

    async def for_ever(_: Any) -> None:
        await asyncio.Event().wait()

    endless = line.submit(for_ever)
    cancelled = line.submit(lambda core: threading.Event().wait(0.2))
    withdrawn = line.submit(lambda core: 1)
    assert withdrawn.cancel()
    assert not cancelled.result(60)
    line.stop()
    with pytest.raises(NotRunningError):
        endless.result(1)


def test_the_rest_is_refused_once_the_loop_is_gone() -> None:
    submissions = Submissions()
    loop = asyncio.new_event_loop()
    submissions.accept_on(loop)
    waiting = submissions.submit(lambda: 1)
    loop.close()
    late = submissions.submit(lambda: 1)
    for future in (waiting, late, submissions.submit(lambda: 1)):
        with pytest.raises(NotRunningError):
            future.result(1)


def test_errors_and_coroutines_come_back_to_whoever_submitted(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path))

    async def answer(_: Any) -> int:
        return 42

    async def fail(_: Any) -> int:
        raise WrongInput("later")

    def refuse(_: Any) -> int:
        raise WrongInput("at once")

    assert line.submit(answer).result(60) == 42
    with pytest.raises(WrongInput, match="later"):
        line.submit(fail).result(60)
    with pytest.raises(WrongInput, match="at once"):
        line.submit(refuse).result(60)


def test_a_store_that_does_not_open_is_the_openers_error(tmp_path: Path) -> None:
    (tmp_path / ".oficina").mkdir()
    (tmp_path / ".oficina" / "store").write_text("not a directory")
    line = Line(setup(tmp_path))
    line.start()
    with pytest.raises(Exception):  # noqa: B017 (whatever the store says)
        line.wait_open()
    assert line.wait_ended(10)


def test_a_store_that_fails_ends_the_line(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path))
    line.submit(lambda core: core.fail(OSError("the disk is gone"))).result(60)
    assert line.wait_ended(10)
    assert isinstance(line.failure, OSError)
    assert (line.model().linha.modo, line.model().linha.aviso) == ("failed", "the disk is gone")


def test_a_listener_that_fails_does_not_stop_the_others(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path))
    seen: list[ReadModel] = []

    def broken(_: ReadModel) -> None:
        raise ValueError("a closing screen")

    line.subscribe(broken)
    line.subscribe(seen.append)
    ended(line, produce(line))
    assert seen


def test_types_without_a_step_wait(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, setup(tmp_path, actors=(actor("Robo", "tarefa", "outra"), actor("Nada", "nenhuma"))))
    assert line.submit(lambda core: [state.nome for state in core.scheduler.states()]).result(60) == [
        "Robo",
        "sondas",
        "limites",
    ]
    assert take_context(None, {"contexto": {"a": 1}}) == {"a": 1}  # type: ignore[arg-type]
    assert take_result(None, None, None, {"resultado": {}}).filhos == ()  # type: ignore[arg-type]
