"""The sprint as its screen reads it: states of tasks, rows of the tree, sums, burn-up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from factories import amounts, execution, new_item, spec_resources, task
from sprint_kit import S, SprintWorld

from store.errors import StoreError, WrongInput
from store.sprint.reading import Reading, sprint_rows, view_of
from store.views.sprint import ENDS, WORDS, TaskFacts, WaitRow, burn_up, plain, task_row, task_state

WAIT = WaitRow("BKL-0001", "a bug", "Pendente", "", quebrada=False, puxavel=True)
EARLIER = WaitRow("T01", "before", "a_fazer", "", quebrada=False, puxavel=False)
BROKEN = WaitRow("T01", "before", "Falhou", "", quebrada=True, puxavel=False)
ITEM = {"status": "Pendente", "humano": False, "titulo": "Mend it"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SprintWorld]:
    made = SprintWorld(tmp_path, objetivo="Tudo", orcamento="900.00")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("fields", "facts", "estado"),
    [
        ({}, TaskFacts(), "a_fazer"),
        ({}, TaskFacts(espera=(EARLIER,)), "espera"),
        ({}, TaskFacts(espera=(EARLIER, WAIT)), "bloqueada"),
        ({}, TaskFacts(espera=(WAIT,)), "bloqueada"),
        ({}, TaskFacts(espera=(WAIT, BROKEN)), "pausada"),
        ({}, TaskFacts(ITEM, "quebrada"), "falhou"),
        ({"iniciada_em": "x"}, TaskFacts(), "em_andamento"),
        ({"iniciada_em": "x", "bloqueio": "no key"}, TaskFacts(), "bloqueada"),
        ({"iniciada_em": "x"}, TaskFacts(ITEM, "aberta"), "na_fila"),
        ({"iniciada_em": "x"}, TaskFacts({**ITEM, "humano": True}, "aberta"), "espera_voce"),
        ({"iniciada_em": "x"}, TaskFacts({**ITEM, "status": "EmProcessamento"}, "aberta"), "em_andamento"),
        ({"iniciada_em": "x"}, TaskFacts({**ITEM, "status": "Bloqueado"}, "aberta"), "bloqueada"),
        ({"iniciada_em": "x"}, TaskFacts({**ITEM, "status": "Concluido"}, "aberta"), "em_andamento"),
        ({"iniciada_em": "x"}, TaskFacts({**ITEM, "status": "Concluido"}, "resolvida"), "pronta"),
        ({"iniciada_em": "x"}, TaskFacts({**ITEM, "status": "Falhou"}, "quebrada"), "falhou"),
        *(({"fim": fim}, TaskFacts(), fim) for fim in sorted(ENDS)),
    ],
)
def test_a_task_stands_where_its_item_or_its_person_has_it(
    fields: dict[str, Any], facts: TaskFacts, estado: str
) -> None:
    assert task_state({**task(), **fields}, facts) == estado
    assert estado in WORDS


def test_a_row_has_its_item_s_title_and_words_to_find_it_by() -> None:
    row = task_row({**task("T01.1"), "item_ref": "BKL-0007", "titulo": ""}, TaskFacts(ITEM, "aberta"))
    assert (row.titulo, row.nivel, row.item_status, row.humano) == ("Mend it", 2, "Pendente", False)
    assert row.busca == "t01.1 mend it a_fazer to do "
    archived = task_row({**task(), "item_ref": "BKL-0007"}, TaskFacts({"fim": "Concluido"}, "resolvida"))
    assert (archived.titulo, archived.item_status) == ("BKL-0007", "Concluido")
    assert task_row(task(), TaskFacts()).humano


def test_a_sprint_is_read_with_its_tree_its_sums_and_its_children(world: SprintWorld) -> None:
    with world.db.transaction() as tx:
        tx.insert(
            "specs_recursos",
            spec_resources(esforco={"pessoas_horas": amounts(1, 2, 1), "maquina_s": amounts(1, 1, 1)}),
        )
    world.add_spec()
    first = world.started("Parent", estimativa={"horas": 4, "custo": "100.00"})
    world.add(item="BKL-0001", depende_de=[first])
    world.add("Given up", estimativa={"horas": 50, "custo": "1.00"})
    world.sprints.cancelar_task(S, "T03", "no")
    asked = world.child(first, "aprovacao_externa")
    waits = world.child(first)
    world.conclude_task(first, resultado={"texto": "ok", "horas": 3})
    view = view_of(world.backlog, S)
    assert [(row.codigo, row.estado) for row in view.tarefas] == [
        ("T01", "concluida"),
        ("T01.1", "a_fazer"),
        ("T02", "a_fazer"),
        ("T03", "cancelada"),
    ]
    assert view.tarefas[1].item_ref == waits
    assert (view.tarefas[0].realizado_horas, view.tarefas[2].estimado_horas) == (3, 4)
    assert (view.estimado_custo, view.resta_horas) == (Decimal("131.00"), 4.0)
    assert (view.proxima, view.objetivo, view.orcamento) == ("T01.1", "Tudo", Decimal("900.00"))
    assert (view.sprint.feitas, view.sprint.total, view.sprint.em_curso) == (1, 3, 0)
    assert view.fim_previsto == "2026-01-05"
    (child,) = view.filhos
    question = world.asked(asked)
    assert question is not None
    assert (child.item_ref, child.task, child.auto_pull, child.pergunta) == (
        asked,
        "T01",
        False,
        question["id"],
    )
    assert view.subida == (("2026-01-05", 1, 3),)
    said = plain(view)
    assert said["estimado_custo"] == "131.00"
    assert "busca" not in said["tarefas"][0]
    assert sprint_rows(world.backlog) == [view.sprint]


def test_what_a_task_s_items_took_is_its_actual(world: SprintWorld) -> None:
    world.add_spec()
    world.started(item="BKL-0001")
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    with world.db.transaction() as tx:
        doc = execution()
        doc["realizado"]["horas"]["total"] = 1.5
        doc["realizado"]["custo"]["total"] = "12.30"
        item = tx.get("backlog_items", budget)
        assert item is not None
        item["execucao_ref"] = tx.insert("execucoes", doc)
        tx.put("backlog_items", item)
    view = view_of(world.backlog, S)
    assert (view.tarefas[0].realizado_horas, view.realizado_custo) == (1.5, Decimal("12.30"))


def test_a_blocked_task_says_what_it_waits_for(world: SprintWorld) -> None:
    item = world.produce("corrigir_bug", produtor="humano")
    world.add("Later", depende_de=[item])
    (row,) = view_of(world.backlog, S).tarefas
    assert row.espera == (WaitRow(item, "Mend frete", "Pendente", "", quebrada=False, puxavel=True),)


def test_a_burn_up_has_a_point_a_day_of_change() -> None:
    def made(day: int, end: int = 0, fim: str = "concluida") -> dict[str, Any]:
        return {
            "criada_em": f"2026-01-0{day}T10:00:00.000000Z",
            "fim": fim if end else "",
            "encerrada_em": f"2026-01-0{end}T10:00:00.000000Z" if end else "",
        }

    tasks = [made(1), made(1, 3), made(2, 3, "cancelada"), made(2, 5)]
    assert burn_up(tasks) == (
        ("2026-01-01", 0, 2),
        ("2026-01-02", 0, 4),
        ("2026-01-03", 1, 3),
        ("2026-01-05", 2, 3),
    )


def test_a_burn_up_is_never_rebased(world: SprintWorld) -> None:
    """Worked by hand: a day a line, what came, what went, and what was done by its end."""
    day = 24 * 3600.0
    world.sprints.criar("S023", "Next")
    for titulo in ("A", "B", "C"):
        world.add(titulo)
    world.start("T01")
    world.child("T01", "documentar")
    asked = world.child("T01", "aprovacao_externa")
    world.clock.advance(day)
    world.conclude_task("T01")
    world.clock.advance(day)
    world.answer(asked, "puxar")
    world.clock.advance(day)
    world.sprints.mover_task(S, "T02", pai="T03")
    world.sprints.mover_task(S, "T03", para="S023")
    world.clock.advance(2 * day)
    world.sprints.cancelar_task(S, "T01.2", "not needed")
    assert view_of(world.backlog, S).subida == (
        ("2026-01-05", 0, 3),  # A, B and C
        ("2026-01-06", 1, 4),  # A is done, and its document is pulled by itself
        ("2026-01-07", 1, 5),  # the approval is pulled by answer
        ("2026-01-08", 1, 3),  # B went under C, which is no change; then C went on in S023, and B with it
        ("2026-01-10", 1, 2),  # the approval is given up
    )
    assert view_of(world.backlog, "S023").subida == (("2026-01-08", 0, 2),)


def test_reading_changes_nothing(world: SprintWorld) -> None:
    reading = Reading(world.db)
    for act in (
        lambda: reading.insert("tasks", {}),
        lambda: reading.put("tasks", {"id": "TSK-0001"}),
        lambda: reading.update("tasks", "TSK-0001", {"fim": ""}),
        lambda: reading.delete("tasks", "TSK-0001"),
        lambda: reading.event({"tipo": "x"}),
        lambda: reading.after_commit(lambda: None),
        lambda: reading.peek_ready("backlog_items", ["a"], ""),
    ):
        with pytest.raises(StoreError, match="this only reads"):
            act()
    assert reading.count_by("sprints", "estado", "aberta") == 1
    with pytest.raises(WrongInput, match="there is no sprint S9"):
        view_of(world.backlog, "S9")


def test_the_view_needs_no_model_of_documents() -> None:
    code = "import sys, store.views.sprint; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
