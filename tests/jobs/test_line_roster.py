"""Each actor's job as the line publishes it, and what the owner does to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from line_factory import actor, contract, contracts, run, setup, step, wait_for

from jobs.line import Line, LineSetup
from jobs.line_core import Core
from jobs.protocol import StepContext
from store.actors import Actor
from store.errors import StoreBusy, WrongInput, WrongState
from store.views.model import ActorRow


def person() -> Actor:
    return Actor.model_validate({"nome": "MS_Produto", "tipos": {"aprovar": "humano"}})


def shop(root: Path, **changes: Any) -> LineSetup:
    """Two actors that work, one without a step, and a person."""
    working = (actor("Robo", "tarefa"), actor("Outro", "outra"))
    parts: dict[str, Any] = {
        "actors": working,
        "roster": (person(), *working, actor("Nada", "nenhuma")),
        "steps": {"tarefa": step("tarefa", "double"), "outra": step("outra", "double")},
        "contracts": contracts(contract("tarefa"), contract("outra", "Outro"), contract("nenhuma", "Nada")),
    }
    return setup(root, **(parts | changes))


def row(line: Line, nome: str) -> ActorRow:
    return next(each for each in line.model().atores if each.nome == nome)


def produce(line: Line, tipo: str) -> str:
    new = {"tipo": tipo, "contexto": {"n": 1}}
    return line.submit(lambda core: core.backlog.produzir(new, produtor="humano")).result(60)


def status(line: Line, item_id: str) -> str:
    found = line.model().item(item_id)
    return found.status if found is not None else ""


def states(line: Line) -> dict[str, str]:
    return {each.nome: each.estado for each in line.model().atores}


def test_every_actor_and_job_is_listed_with_where_it_stands(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path))
    wait_for(lambda: row(line, "sondas").ultima and row(line, "Robo").proxima, "the first runs")
    actors = {"MS_Produto": "person", "Robo": "idle", "Outro": "idle", "Nada": "off"}
    assert states(line) == {**actors, "sondas": "idle", "limites": "idle"}
    robo = row(line, "Robo")
    assert (robo.concorrencia, robo.fila, robo.tipos) == (2, "padrao", (("tarefa", "builtin"),))
    assert robo.ultima < robo.proxima
    assert row(line, "sondas").descricao
    assert row(line, "MS_Produto").ultima == ""


def test_a_run_without_work_is_told_too(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path))
    before = wait_for(lambda: row(line, "Robo").execucoes, "the first run")
    line.submit(lambda core: core.run_actor("Robo")).result(60)
    wait_for(lambda: row(line, "Robo").execucoes > before, "another run")


def test_one_actor_is_paused_and_the_others_go_on(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path))
    line.submit(lambda core: core.pause_actor("Robo")).result(60)
    wait_for(lambda: row(line, "Robo").estado == "paused", "the pause")
    assert row(line, "Robo").proxima == ""
    assert line.model().linha.modo == "running"
    kept, done = produce(line, "tarefa"), produce(line, "outra")
    wait_for(lambda: status(line, done) == "Concluido", "the other")
    assert status(line, kept) == "Pendente"
    wait_for(lambda: row(line, "Outro").concluidos == 1, "its count")
    assert row(line, "Outro").tentativas[0].item_id == done
    assert row(line, "Robo").na_fila == 1
    line.submit(lambda core: core.resume_actor("Robo")).result(60)
    wait_for(lambda: status(line, kept) == "Concluido", "the paused one's item")


def test_a_paused_actor_runs_once_when_it_is_told_to(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path))
    line.submit(lambda core: core.pause_actor("Robo")).result(60)
    item_id = produce(line, "tarefa")
    line.submit(lambda core: core.run_actor("Robo")).result(60)
    wait_for(lambda: status(line, item_id) == "Concluido", "the item")
    assert row(line, "Robo").estado == "paused"


@pytest.mark.parametrize("pause", [lambda core: core.pause(), lambda core: core.pause_actor("Robo")])
def test_a_pause_interrupts_who_is_going_through_a_long_queue(
    tmp_path: Path, lines: list[Line], pause: Callable[[Core], None]
) -> None:
    begun: list[Core] = []

    def third_pauses(_: StepContext, item: Mapping[str, Any]) -> dict[str, Any]:
        begun.append(cores[0])
        if len(begun) == 3:
            pause(cores[0])
        return {}

    inline = step("tarefa", "nothing", "inline", prepare=third_pauses)
    line = run(lines, shop(tmp_path, steps={"tarefa": inline}))
    cores = [line.submit(lambda core: core).result(60)]

    def produce_many(core: Core) -> list[str]:
        news = [{"tipo": "tarefa", "contexto": {"n": n}} for n in range(8)]
        return [core.backlog.produzir(new, produtor="humano") for new in news]

    made = line.submit(produce_many).result(60)
    wait_for(lambda: status(line, made[2]) == "Concluido", "the third one's end")
    wait_for(lambda: row(line, "Robo").estado == "paused", "the pause")
    assert [status(line, item_id) for item_id in made] == ["Concluido"] * 3 + ["Pendente"] * 5
    line.submit(lambda core: core.resume_actor("Robo")).result(60)
    wait_for(lambda: {status(line, item_id) for item_id in made} == {"Concluido"}, "the rest")


def test_what_came_due_right_after_the_queue_was_looked_at_is_due_next(
    tmp_path: Path, lines: list[Line]
) -> None:
    line = run(lines, shop(tmp_path))
    line.submit(lambda core: core.pause_actor("Robo")).result(60)
    new = {"tipo": "tarefa", "contexto": {"n": 1}, "disponivel_em": "2026-01-05T12:00:00.000000Z"}
    line.submit(lambda core: core.backlog.produzir(new, produtor="humano")).result(60)
    before = "2026-01-05T11:59:59.999999Z"
    assert line.submit(lambda core: core.dispatchers["Robo"]._due_in(before)).result(60) == 0.0


def test_the_line_is_paused_when_all_its_actors_are(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path))
    for nome in ("Robo", "Outro"):
        assert line.model().linha.modo == "running"
        line.submit(lambda core, nome=nome: core.pause_actor(nome)).result(60)
    wait_for(lambda: line.model().linha.modo == "paused", "the line's pause")
    line.submit(lambda core: core.resume_actor("Outro")).result(60)
    wait_for(lambda: line.model().linha.modo == "running", "the line")
    assert states(line)["Robo"] == "paused"


def paused_events(line: Line) -> list[tuple[str, str]]:
    found = line.submit(lambda core: list(core.db.history())).result(60)
    kinds = ("linha.pausada", "linha.retomada")
    return [(event["tipo"], event["detalhe"]) for event in found if event["tipo"] in kinds]


def test_a_paused_line_stays_paused_in_the_process_that_takes_it_over(
    tmp_path: Path, lines: list[Line]
) -> None:
    first = run(lines, shop(tmp_path))
    second = run(lines, shop(tmp_path), modo="attached")
    first.submit(lambda core: core.pause()).result(60)
    kept = produce(first, "tarefa")
    first.stop()
    wait_for(lambda: second.model().linha.modo == "paused", "the header's word")
    assert (status(second, kept), second.model().linha.titular != "") == ("Pendente", True)
    wait_for(lambda: states(second)["Robo"] == "paused", "each actor's")
    assert row(second, "Robo").execucoes == 0, "nothing was claimed in between"
    second.submit(lambda core: core.resume_actor("Robo")).result(60)
    wait_for(lambda: status(second, kept) == "Concluido", "the item")
    assert second.model().linha.modo == "running"
    assert paused_events(second) == [("linha.pausada", "Outro, Robo"), ("linha.retomada", "Robo")]
    second.stop()
    third = run(lines, shop(tmp_path))
    wait_for(lambda: states(third)["Outro"] == "paused", "the one that nobody let go on")
    third.submit(lambda core: core.resume()).result(60)
    third.stop()
    wait_for(lambda: states(run(lines, shop(tmp_path)))["Outro"] == "idle", "the end of all pauses")


def test_a_line_that_is_to_resume_begins_with_nothing_paused(tmp_path: Path, lines: list[Line]) -> None:
    first = run(lines, shop(tmp_path))
    first.submit(lambda core: core.pause()).result(60)
    kept = produce(first, "tarefa")
    first.stop()
    second = run(lines, shop(tmp_path, resumes=True))
    wait_for(lambda: status(second, kept) == "Concluido", "the item")
    second.stop()
    assert states(run(lines, shop(tmp_path)))["Robo"] == "idle"


def test_a_pause_that_cannot_be_written_is_none(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = run(lines, shop(tmp_path))

    def busy(*_: Any) -> None:
        raise StoreBusy("somebody else writes")

    monkeypatch.setattr("jobs.line_core.keep_paused", busy)
    with pytest.raises(StoreBusy):
        line.submit(lambda core: core.pause()).result(60)
    assert line.model().linha.modo == "running"
    assert states(line)["Robo"] == "idle"


def test_what_has_no_job_here_is_refused_with_the_reason(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path))
    with pytest.raises(WrongInput, match="no actor Robbo"):
        line.submit(lambda core: core.pause_actor("Robbo")).result(60)
    with pytest.raises(WrongState, match="MS_Produto is a person"):
        line.submit(lambda core: core.resume_actor("MS_Produto")).result(60)
    with pytest.raises(WrongState, match="Nada has no job"):
        line.submit(lambda core: core.run_actor("Nada")).result(60)


def test_who_is_attached_sees_that_the_jobs_are_elsewhere(tmp_path: Path, lines: list[Line]) -> None:
    run(lines, shop(tmp_path))
    attached = run(lines, shop(tmp_path), modo="attached")
    expected = {"MS_Produto": "person", "Robo": "elsewhere", "Outro": "elsewhere", "Nada": "elsewhere"}
    assert states(attached) == expected
    with pytest.raises(WrongState, match="runs the line: pause, resume and run it there"):
        attached.submit(lambda core: core.pause_actor("Robo")).result(60)
