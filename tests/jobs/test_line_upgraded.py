"""Upgrades under a running line: a newer oficina writes beside it, or its contracts were edited meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from line_factory import Paths, actor, contract, contracts, run, setup, started, step, wait_for

from app.commands import headless
from jobs.attempts import Attempts, write_outcome
from jobs.launcher.identity import alive
from jobs.line import Line, LineSetup
from store.backlog import Backlog, Executor
from store.clock import RandomTokens, SystemClock
from store.collections import COLLECTIONS
from store.contracts import Contract
from store.database import Database
from store.errors import StoreReadOnly

META = COLLECTIONS["meta"]
LATER = {**COLLECTIONS, "meta": replace(META, schema=META.schema + 1, upgrades={META.schema: dict})}
DEAD = Executor("another boot", 1, 1)


class Newer(Database):
    """The store as a later oficina opens it."""

    @classmethod
    def open(cls, *arguments: Any, **options: Any) -> Any:
        return super().open(*arguments, **{**options, "collections": LATER})


def submit(line: Line, work: Callable[[Any], Any]) -> Any:
    return line.submit(work).result(10)


def write_as_newer(root: Path) -> None:
    db = Newer.open(Paths(root).store, by="newer", clock=SystemClock())
    with db.transaction() as tx:
        tx.insert("meta", {"chave": "written by a later one"})
    db.close()


def test_a_line_that_a_newer_oficina_overtakes_only_looks_and_the_newer_one_takes_it_over(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = setup(tmp_path, steps={"tarefa": step("tarefa", "waits")})
    older, go = run(lines, waits), tmp_path / "go"
    new = {"tipo": "tarefa", "contexto": {"n": 1, "until": str(go)}}
    item_id = submit(older, lambda core: core.backlog.produzir(new, produtor="humano"))
    wait_for(lambda: older.output(item_id), "the step at work")
    write_as_newer(tmp_path)
    state = wait_for(lambda: (now := older.model().linha).modo == "viewing" and now, "viewing")
    assert (
        state.aviso == f"written by a newer oficina: meta has schema {META.schema + 1}, this program knows 1"
    )
    for change in (
        lambda core: core.backlog.produzir(new, produtor="humano"),
        lambda core: core.decisions.decidir(item_id, "x", motivo="", quem="po"),
        lambda core: core.event({"tipo": "x"}),
    ):
        with pytest.raises(StoreReadOnly, match="written by a newer oficina"):
            submit(older, change)

    monkeypatch.setattr("jobs.line.Database", Newer)
    newer = run(lines, waits)
    wait_for(lambda: newer.model().item(item_id).status == "EmProcessamento", "it to be begun again")
    go.touch()
    for line in (newer, older):
        wait_for(
            lambda line=line: line.model().item(item_id).status == "Concluido", "its end, on both screens"
        )
    item = submit(newer, lambda core: core.db.get("backlog_items", item_id))
    assert [one["fim_motivo"] for one in item["tentativas"]] == ["perdido", "concluido"]
    assert item["falhas"] == 0
    assert older.model().linha.modo == "viewing"
    older.stop(0.0)
    assert older.failure is None


def test_an_attached_line_that_is_overtaken_waits_for_nothing_any_more(
    tmp_path: Path, lines: list[Line]
) -> None:
    first = run(lines, setup(tmp_path))
    second = run(lines, setup(tmp_path), modo="attached")
    spares = submit(first, lambda core: [kept.identity for kept in core.launcher._spares])
    write_as_newer(tmp_path)
    for line in (first, second):
        wait_for(lambda line=line: line.model().linha.modo == "viewing", "viewing")
    assert spares
    for identity in spares:
        # Who only looks needs nobody who waits for work.
        wait_for(lambda identity=identity: not alive(identity.document()), "its spare keepers' end")
    first.stop(0.0)
    assert second.model().linha.modo == "viewing"
    assert second.failure is None


def test_a_headless_run_that_is_overtaken_ends_with_one_line(tmp_path: Path, lines: list[Line]) -> None:
    import threading

    line = run(lines, setup(tmp_path))
    write_as_newer(tmp_path)
    with pytest.raises(StoreReadOnly, match="written by a newer oficina"):
        headless._wait(line, threading.Event(), until_idle=False, timeout_s=20.0)


# -- contracts that are edited while items run

OLD = contract("tarefa", retries={"max": 1, "base_s": 0.02, "teto_s": 0.05}, gera=[{"tipo": "filha"}])
CHILD = contract("filha", "Outro", produtores=["Robo"])
EDITS: Mapping[str, tuple[Contract, ...]] = {
    "another result": (
        OLD.model_copy(update={"resultado": {"type": "object", "required": ["outro"]}, "versao": 2}),
        CHILD,
    ),
    "another context": (
        OLD.model_copy(update={"contexto": {"type": "object", "required": ["outro"]}, "versao": 2}),
        CHILD,
    ),
    "no children any more": (OLD.model_copy(update={"gera": (), "versao": 2}), CHILD),
    "children of another kind": (
        OLD,
        CHILD.model_copy(update={"contexto": {"type": "object", "required": ["outro"]}, "versao": 2}),
    ),
    "another consumer": (OLD.model_copy(update={"consumidor": "Outro", "versao": 2}), CHILD),
    "no retries": (OLD.model_copy(update={"retries": OLD.retries.model_copy(update={"max": 0})}), CHILD),
    "the type is gone": (CHILD,),
    "the child's type is gone": (OLD,),
}
OUTCOMES: Mapping[str, dict[str, Any]] = {
    "plain": {"resultado": {"n": 2}},
    "a child": {"resultado": {"n": 2}, "filhos": [{"tipo": "filha", "contexto": {"n": 3}}]},
}


def claimed_before(root: Path, line_setup: LineSetup, outcome: dict[str, Any]) -> str:
    """An item that was claimed under the old contracts, with the outcome that its worker left."""
    db = Database.open(Paths(root).store, by="earlier", clock=line_setup.clock, durable=False)
    backlog = Backlog(db, contracts(OLD, CHILD), line_setup.clock, RandomTokens(), random.Random(1))
    item_id = backlog.produzir({"tipo": "tarefa", "contexto": {"n": 1}}, produtor="humano")
    claim = backlog.consumir(["tarefa"], "Robo", DEAD)
    assert claim is not None
    write_outcome(Attempts(Paths(root).attempts).create(claim.token), outcome)
    db.close()
    return item_id


def line_under(root: Path, *known: Contract) -> LineSetup:
    """A line whose actors work on what these contracts know, as `Actors` has it."""
    names = {dummy.tipo for dummy in known}
    steps = {tipo: step(tipo, "nothing", "inline") for tipo in names}
    crew = [actor(who, tipo) for who, tipo in (("Robo", "tarefa"), ("Outro", "filha")) if tipo in names]
    return setup(root, contracts=contracts(*known), actors=tuple(crew), steps=steps)


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("edit", EDITS)
def test_what_was_claimed_under_an_older_contract_is_handed_in_under_the_new_one(
    edit: str, outcome: str, tmp_path: Path, lines: list[Line]
) -> None:
    """Taken, or failed with a reason and asked about: never stuck, never a traceback."""
    line_setup = line_under(tmp_path, *EDITS[edit])
    item_id = claimed_before(tmp_path, line_setup, OUTCOMES[outcome])
    line = started(line_setup)
    lines.append(line)

    def settled() -> Any:
        item = submit(line, lambda core: core.db.get("backlog_items", item_id))
        held = edit == "the type is gone" and item["lease"] is None
        return (held or item["status"] in ("Concluido", "Falhou")) and item

    item = wait_for(settled, "its end")
    assert line.failure is None
    if item["status"] == "Falhou":
        assert item["motivo"]
        assert all("Traceback" not in one["erro"] for one in item["tentativas"]), item["tentativas"]
        (question,) = submit(line, lambda core: core.db.find("backlog_items", "tipo", "resolver_falha"))
        assert question["status"] == "Pendente"
        submit(line, lambda core: core.decisions.decidir(question["id"], "pular", motivo="ok", quem="po"))
        wait_for(lambda: line.model().item(item_id).status == "Pulado", "skipped")


def test_an_item_whose_type_is_gone_is_given_back_and_goes_on_once_it_is_known_again(
    tmp_path: Path, lines: list[Line]
) -> None:
    without = line_under(tmp_path, CHILD)
    item_id = claimed_before(tmp_path, without, OUTCOMES["plain"])
    line = run(lines, without)
    item = wait_for(
        lambda: (
            (found := submit(line, lambda core: core.db.get("backlog_items", item_id)))["lease"] is None
            and found
        )
    )
    assert (item["status"], item["falhas"]) == ("Pendente", 0)
    line.stop(0.0)
    again = run(lines, line_under(tmp_path, OLD, CHILD))
    wait_for(lambda: again.model().item(item_id).status == "Concluido", "its end")
