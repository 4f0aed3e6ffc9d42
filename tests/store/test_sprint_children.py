"""Children: traced to their task by themselves, and held until they are pulled and started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from factories import new_item
from sprint_kit import KINDS, S, SprintWorld

from store.errors import WrongInput, WrongState
from store.sprint.closing import Fate
from store.sprint.reading import view_of
from store.views.held import held_because


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SprintWorld]:
    made = SprintWorld(tmp_path)
    yield made
    made.close()


# -- origin by itself


def test_a_person_s_find_carries_its_origin_and_is_held(world: SprintWorld) -> None:
    codigo = world.started(responsavel="Epistemologia")
    found = world.item(world.child(codigo))
    assert found["origem"] == {
        "tipo": "manual",
        "sprint_id": S,
        "task_codigo": "T01",
        "ms_origem": "Epistemologia",
        "auto_pull": True,
        "criado_em": world.clock.now(),
    }
    assert (found["retido"], found["filho_de"], found["tarefa"]) == (True, "S022/T01", None)
    assert (found["parte"], found["pendente_em"]) == (False, "")
    assert world.decisions.abertas() == []
    with pytest.raises(WrongState, match="it came up in S022/T01, and no sprint has pulled it"):
        world.decide(found["id"], "valida")
    with pytest.raises(WrongState, match="is held, Pendente"):
        world.backlog.responder(found["id"], {})


def test_items_outside_of_a_task_have_no_origin(world: SprintWorld) -> None:
    found = world.item(world.produce("corrigir_bug", produtor="humano"))
    assert (found["origem"], found["filho_de"], found["tarefa"], found["retido"]) == (None, None, None, False)


@pytest.mark.parametrize(("tipo", "auto_pull"), KINDS.items())
def test_the_default_is_the_contract_s_and_the_producer_may_set_it(
    world: SprintWorld, tipo: str, auto_pull: bool
) -> None:
    codigo = world.started()
    assert world.item(world.child(codigo, tipo))["origem"]["auto_pull"] is auto_pull
    other = world.item(world.child(codigo, tipo, auto_pull=not auto_pull))
    assert other["origem"]["auto_pull"] is not auto_pull


def test_an_actor_s_continuation_goes_on_and_its_finds_are_children(world: SprintWorld) -> None:
    world.add_spec()
    codigo = world.started(item="BKL-0001")
    spec = {"spec_ref": "frete", "spec_versao": 1}
    budget, found = world.done("orcar_spec", new_item("aprovar_orcamento", spec), new_item("documentar"))
    child, goes_on = world.item(found), world.item(budget)
    assert (goes_on["tarefa"], goes_on["filho_de"], goes_on["retido"]) == ("S022/T01", None, False)
    assert goes_on["origem"]["tipo"] == "ms_producao"
    assert (child["tarefa"], child["filho_de"], child["retido"]) == (None, "S022/T01", True)
    assert (child["origem"]["ms_origem"], child["origem"]["auto_pull"]) == ("PROMETHEUS", True)
    world.decide(budget, "aprovar")
    (develops,) = world.open("desenvolvimento")
    assert (develops["origem"]["task_codigo"], develops["tarefa"]) == (codigo, "S022/T01")
    (bug,) = [
        each
        for each in world.done("desenvolvimento", new_item("corrigir_bug"))
        if world.item(each)["tipo"] == "corrigir_bug"
    ]
    assert world.item(bug)["filho_de"] == "S022/T01"
    assert (world.item(bug)["execucao_ref"], world.item(bug)["parte"]) == ("", False)
    assert [each["id"] for each in world.backlog.listar_filhos(S, codigo)] == [found, bug]
    assert [each["id"] for each in world.backlog.listar_filhos(S)] == [found, bug]
    assert world.backlog.listar_filhos(S, "T02") == []


def test_a_held_child_holds_nobody(world: SprintWorld) -> None:
    world.add_spec()
    waiting = world.produce("corrigir_bug", produtor="humano", depende_de=["spec:frete"])
    world.started(item="BKL-0001")
    claim = world.claim("orcar_spec")
    (child,) = world.backlog.concluir(
        claim.item["id"],
        claim.token,
        {"spec_recursos_ref": "REC-0001"},
        [new_item("documentar", {"spec_ref": "frete"})],
    )
    assert world.item(child)["spec_ref"] == "frete"
    assert world.item(waiting)["dependencias"]["spec:frete"]["estado"] == "quebrada"


@pytest.mark.parametrize("change", [{"origem": {"tipo": "manual"}}, {"tarefa": "S022/T09"}])
def test_an_origin_cannot_be_made_up(world: SprintWorld, change: dict[str, object]) -> None:
    with pytest.raises(WrongInput, match="origem follows from the task"):
        world.sprints.produzir_filho(S, world.started(), new_item("documentar") | change)


def test_nor_that_of_an_item_that_a_task_is_to_carry(world: SprintWorld) -> None:
    codigo = world.started()
    for change in ({"filho_de": f"{S}/{codigo}"}, {"tarefa": f"{S}/{codigo}"}):
        with pytest.raises(WrongInput, match="origem follows from the task"):
            world.add(item=new_item("documentar") | change)
    assert world.db.count("backlog_items") == 0


def test_nothing_comes_of_work_that_is_not_begun(world: SprintWorld) -> None:
    codigo = world.add()
    with pytest.raises(WrongState, match="S022/T01 is not started: nothing comes of its work"):
        world.child(codigo)
    assert world.db.count("backlog_items") == 0


# -- concluir_task


def test_what_is_to_be_pulled_is_pulled_and_the_rest_is_asked(world: SprintWorld) -> None:
    codigo = world.started("M0-M3 Epistemologia")
    children = {tipo: world.child(codigo, tipo) for tipo in KINDS}
    world.add("Next")
    said = world.conclude_task(codigo, resultado={"texto": "a spec"})
    assert [(each.codigo, each.item_ref) for each in said.puxados] == [
        ("T01.1", children["validar_spec"]),
        ("T01.2", children["revisar_codigo"]),
        ("T01.3", children["documentar"]),
    ]
    assert [each.item_ref for each in said.pendentes] == [
        children["aprovacao_externa"],
        children["corrigir_bug"],
    ]
    assert said.puxados[0].titulo == "Validate a spec do frete"
    assert said.proxima == "T01.1"
    assert world.task("T01")["fim"] == "concluida"
    for pulled in said.puxados:
        item = world.item(pulled.item_ref)
        assert (item["tarefa"], item["retido"]) == (f"S022/{pulled.codigo}", True)
        assert world.task(pulled.codigo)["titulo"] == ""
    for tipo in ("aprovacao_externa", "corrigir_bug"):
        assert world.item(children[tipo])["retido"]
        assert world.item(children[tipo])["tarefa"] is None


def test_a_question_shows_parent_evidence_estimate_and_effect(world: SprintWorld) -> None:
    codigo = world.started("Parent", estimativa={"horas": 4, "custo": "100.00"}, responsavel="Ana")
    world.add("Later", estimativa={"horas": 12, "custo": "50.00"})
    child = world.child(codigo, "aprovacao_externa", contexto={"estimativa": {"horas": 8, "custo": "20.00"}})
    world.conclude_task(codigo, resultado={"texto": "done"})
    question = world.asked(child)
    assert question is not None
    assert question["titulo"] == "Pull «External approval: a transportadora concorda» into S022 as T01.1?"
    asked = question["contexto"]
    assert asked["task"] | {"anexos": []} == {
        "codigo": "T01",
        "responsavel": "Ana",
        "titulo": "Parent",
        "resultado": {"texto": "done"},
        "anexos": [],
    }
    assert asked["estimativa"] == {"horas": 8, "custo": "20.00"}
    assert asked["efeito"] == {
        "custo": {"antes": "150.00", "depois": "170.00"},
        "horas": {"antes": 12, "depois": 20},
        "fim": {"antes": "2026-01-06", "depois": "2026-01-07"},
    }
    assert asked["origem"]["auto_pull"] is False
    options = {option.nome: option for option in world.decisions.opcoes(question)}
    assert set(options) == {"puxar", "deixar", "rejeitar"}
    assert options["puxar"].previa == (
        f"pulls {child} into S022/T01.1: External approval: a transportadora concorda",
    )


def _as(world: SprintWorld, child: str) -> str:
    """The code that the question about a child names."""
    question = world.asked(child)
    assert question is not None
    return str(question["titulo"]).rpartition(" as ")[2].rstrip("?")


def test_questions_asked_together_name_the_codes_that_their_answers_give(world: SprintWorld) -> None:
    codigo = world.started()
    world.child(codigo, "validar_spec")
    first, second, third = (world.child(codigo, "aprovacao_externa") for _ in range(3))
    world.conclude_task(codigo)
    assert [_as(world, child) for child in (first, second, third)] == ["T01.2", "T01.3", "T01.4"]
    world.answer(third, "puxar")
    world.answer(first, "deixar")
    world.answer(second, "puxar")
    assert [str(world.item(child)["tarefa"]) for child in (second, third)] == ["S022/T01.3", "S022/T01.4"]
    assert world.add("By hand", pai=codigo) == "T01.5"


def test_what_comes_up_later_gets_a_code_that_no_question_names(world: SprintWorld) -> None:
    codigo = world.started()
    first = world.child(codigo, "aprovacao_externa")
    world.conclude_task(codigo)
    second, pulled = world.child(codigo, "corrigir_bug"), world.child(codigo, "validar_spec")
    assert (_as(world, first), _as(world, second)) == ("T01.1", "T01.2")
    assert world.item(pulled)["tarefa"] == "S022/T01.3"


def test_a_code_that_was_given_by_hand_meanwhile_is_not_given_twice(world: SprintWorld) -> None:
    codigo = world.started()
    child = world.child(codigo, "aprovacao_externa")
    world.conclude_task(codigo)
    assert world.add("By hand", pai=codigo) == _as(world, child) == "T01.1"
    question = world.asked(child)
    assert question is not None
    (told,) = next(each.previa for each in world.decisions.opcoes(question) if each.nome == "puxar")
    assert told.startswith(f"pulls {child} into S022/T01.2: ")
    world.answer(child, "puxar")
    assert world.item(child)["tarefa"] == "S022/T01.2"


def test_the_children_of_tasks_that_were_given_up_are_promised_different_roots(world: SprintWorld) -> None:
    children = [world.child(world.started(), "aprovacao_externa") for _ in range(2)]
    for codigo in ("T01", "T02"):
        world.sprints.cancelar_task(S, codigo, "no")
    assert [_as(world, child) for child in children] == ["T03", "T04"]
    world.answer(children[1], "puxar")
    world.answer(children[0], "puxar")
    assert [world.item(child)["tarefa"] for child in children] == ["S022/T03", "S022/T04"]


def test_the_answer_pulls_and_the_child_is_decided_only_once_started(world: SprintWorld) -> None:
    codigo = world.started()
    child = world.child(codigo, "aprovacao_externa")
    world.conclude_task(codigo)
    world.answer(child, "puxar")
    assert world.task("T01.1")["item_ref"] == child
    with pytest.raises(WrongState, match=r"its task S022/T01\.1 is not started"):
        world.decide(child, "aprovada")
    world.start("T01.1")
    assert [item["id"] for item in world.decisions.abertas()] == [child]
    assert world.item(child)["pendente_em"]
    world.decide(child, "aprovada")
    world.conclude_task("T01.1")
    assert world.task("T01.1")["fim"] == "concluida"


def test_leaving_and_rejecting_are_answers_too(world: SprintWorld) -> None:
    codigo = world.started()
    left, refused = (world.child(codigo, "aprovacao_externa") for _ in range(2))
    world.conclude_task(codigo)
    world.answer(left, "deixar")
    world.answer(refused, "rejeitar")
    assert (world.status(left), world.item(left)["tarefa"], world.item(left)["retido"]) == (
        "Pendente",
        None,
        True,
    )
    assert world.status(refused) == "Cancelado"
    assert world.sprints.restos(S) == []
    assert [row.item_ref for row in view_of(world.backlog, S).deixados] == [left], "no work is orphaned"
    assert world.decisions.abertas() == [], "what is left for later asks nothing"
    world.backlog.transferir_para_sprint(left, S, "T01")
    assert world.task("T01.1")["puxada"]
    assert world.item(left)["deixado"] is None
    assert view_of(world.backlog, S).deixados == ()


def test_what_is_left_in_the_backlog_is_begun_by_nobody_until_it_is_pulled_and_started(
    world: SprintWorld,
) -> None:
    codigo = world.started()
    child = world.child(codigo, "corrigir_bug")
    world.conclude_task(codigo)
    question = world.asked(child)
    assert question is not None
    (leave,) = [option for option in world.decisions.opcoes(question) if option.nome == "deixar"]
    assert leave.previa == (
        f"leaves {child} in the backlog, held until you pull it: {question_of(question)}",
    )
    world.answer(child, "deixar", undo_s=5)
    world.clock.advance(600)
    world.reopen()
    with pytest.raises(AssertionError):
        world.claim("corrigir_bug")
    item = world.item(child)
    assert item["deixado"] == {"por": "humano", "em": world.item(question["id"])["concluido_em"]}
    assert held_because(item, lambda time: time[:10]) == (
        "left in the backlog by humano on 2026-01-05: pull it into a sprint to have it done"
    )
    world.sprints.criar("S023", "Next")
    (row,) = view_of(world.backlog, "S023").deixados
    assert (row.item_ref, row.task, row.deixado_por) == (child, "S022/T01", "humano")
    world.sprints.adicionar_task("S023", item=child)
    with pytest.raises(AssertionError):
        world.claim("corrigir_bug")
    world.sprints.iniciar_task("S023", "T01")
    assert world.claim("corrigir_bug").item["id"] == child


def question_of(question: dict[str, Any]) -> str:
    """The title of the child that is asked about."""
    return str(question["contexto"]["titulo"])


def test_leaving_is_taken_back_and_what_is_left_can_be_given_up(world: SprintWorld) -> None:
    codigo = world.started()
    child = world.child(codigo, "corrigir_bug")
    world.conclude_task(codigo)
    decision = world.answer(child, "deixar", undo_s=5)
    world.decisions.desfazer(decision)
    assert (world.item(child)["retido"], world.item(child).get("deixado")) == (True, None)
    assert view_of(world.backlog, S).deixados == ()
    world.answer(child, "deixar")
    world.backlog.cancelar(child, "nobody wants it")
    assert world.status(child) == "Cancelado"
    assert view_of(world.backlog, S).deixados == ()
    with pytest.raises(WrongState, match="is Cancelado: there is nothing to pull"):
        world.add(item=child)


def test_a_pulled_child_that_its_sprint_gives_back_is_left_and_one_at_work_works_on(
    world: SprintWorld,
) -> None:
    codigo = world.started()
    at_work, started, pulled = (world.child(codigo, "corrigir_bug", auto_pull=True) for _ in range(3))
    world.conclude_task(codigo)
    world.start("T01.1")
    claim = world.claim("corrigir_bug")
    world.start("T01.2")
    world.add("A person's")
    told = {left.ref: left.retido for left in world.sprints.restos(S)}
    assert told == {"T01.1": False, "T01.2": True, "T01.3": True, "T02": False}
    world.sprints.encerrar(S, padrao=Fate("devolver"), quem="ana")
    for child in (started, pulled):
        item = world.item(child)
        assert (item["retido"], item["tarefa"], item["deixado"]["por"]) == (True, None, "ana")
    with pytest.raises(AssertionError):
        world.claim("corrigir_bug")
    world.backlog.concluir(at_work, claim.token, {"release_ref": "REL-0002"}, [])
    assert world.status(at_work) == "Concluido"


def test_the_children_of_a_task_that_is_given_up_are_asked_about_at_once(world: SprintWorld) -> None:
    codigo = world.started()
    pulled, left = world.child(codigo), world.child(codigo, "corrigir_bug")
    world.sprints.cancelar_task(S, codigo, "too dear")
    question = world.asked(pulled)
    assert question is not None
    assert question["contexto"]["motivo"] == "its task S022/T01 is cancelled"
    assert question["contexto"]["codigo"] == "T02"
    world.answer(pulled, "puxar")
    assert world.task("T02")["item_ref"] == pulled
    world.answer(left, "deixar")
    with pytest.raises(WrongState, match="T01 is cancelled: nothing is pulled under it"):
        world.backlog.transferir_para_sprint(left, S, codigo)
    with pytest.raises(AssertionError):
        world.claim("corrigir_bug")


def test_a_pull_can_be_taken_back_and_its_code_is_spent(world: SprintWorld) -> None:
    codigo = world.started()
    child = world.child(codigo, "aprovacao_externa")
    world.conclude_task(codigo)
    decision = world.answer(child, "puxar", undo_s=5)
    world.decisions.desfazer(decision)
    assert world.task("T01.1")["fim"] == "cancelada"
    assert (world.item(child)["tarefa"], world.item(child)["retido"]) == (None, True)
    assert world.asked(child) is not None
    world.answer(child, "puxar")
    assert world.task("T01.2")["item_ref"] == child


def test_what_was_begun_since_is_not_taken_back(world: SprintWorld) -> None:
    codigo = world.started()
    child = world.child(codigo, "aprovacao_externa")
    world.conclude_task(codigo)
    decision = world.answer(child, "puxar", undo_s=5)
    world.start("T01.1")
    with pytest.raises(WrongState, match="has gone on"):
        world.decisions.desfazer(decision)


def test_a_child_that_comes_late_is_pulled_or_asked_about_at_once(world: SprintWorld) -> None:
    codigo = world.started()
    world.conclude_task(codigo)
    pulled, asked = world.child(codigo), world.child(codigo, "aprovacao_externa")
    assert world.task("T01.1")["item_ref"] == pulled
    assert world.asked(asked) is not None


def test_a_question_about_a_child_that_ends_otherwise_closes_by_itself(world: SprintWorld) -> None:
    codigo = world.started()
    ended, taken = (world.child(codigo, "aprovacao_externa") for _ in range(2))
    world.conclude_task(codigo)
    question = world.asked(ended)
    world.backlog.cancelar(ended, "not needed")
    world.backlog.transferir_para_sprint(taken, S)
    assert question is not None
    assert world.item(question["id"])["motivo"] == f"{ended} is Cancelado"
    assert world.open("decidir_pull") == []
    assert world.task("T02")["item_ref"] == taken


def test_a_child_follows_its_task_into_another_sprint_and_is_left_over_there(world: SprintWorld) -> None:
    world.sprints.criar("S023", "Next")
    world.started()
    child = world.child("T01", "aprovacao_externa")
    world.sprints.mover_task(S, "T01", para="S023")
    assert world.sprints.restos(S) == []
    assert [left.ref for left in world.sprints.restos("S023")] == ["T01", child]
    assert [(row.item_ref, row.task) for row in view_of(world.backlog, "S023").filhos] == [(child, "T01")]
    world.sprints.encerrar("S023", padrao=Fate("devolver"))
    assert world.decisions.abertas() == []
    assert [row.item_ref for row in view_of(world.backlog, "S023").deixados] == [child]


# -- limits: asked, not dropped


def test_beyond_its_limit_a_task_pulls_no_more_by_itself(tmp_path: Path) -> None:
    world = SprintWorld(tmp_path, limite_filhos=2)
    codigo = world.started()
    children = [world.child(codigo) for _ in range(3)]
    said = world.conclude_task(codigo)
    assert [each.item_ref for each in said.puxados] == children[:2]
    assert said.pendentes[0].motivo == "T01 has pulled 2 children already: the sprint's limit"
    world.answer(children[2], "puxar")
    assert world.task("T01.3")["item_ref"] == children[2]
    world.close()


def test_beyond_its_depth_the_tree_grows_no_more_by_itself(tmp_path: Path) -> None:
    world = SprintWorld(tmp_path, limite_profundidade=2)
    first = world.started()
    below = world.child(first)
    world.conclude_task(first)
    world.start("T01.1")
    world.decide(below, "valida")
    deeper = world.sprints.produzir_filho(S, "T01.1", new_item("documentar"))
    said = world.conclude_task("T01.1")
    assert [each.motivo for each in said.pendentes] == [
        "the tree is 2 levels deep already: the sprint's limit"
    ]
    world.answer(deeper, "puxar")
    assert world.task("T01.1.1")["item_ref"] == deeper
    world.close()


# -- transferir_para_sprint


def test_a_transfer_holds_the_item_until_its_task_starts(world: SprintWorld) -> None:
    bug = world.produce("corrigir_bug", produtor="humano")
    world.backlog.transferir_para_sprint(bug, S)
    assert (
        world.backlog.consumir(["corrigir_bug"], "PROMETHEUS", {"boot_id": "b", "pid": 1, "inicio": 1})
        is None
    )
    assert world.task("T01")["responsavel"] == "PROMETHEUS"
    world.start("T01")
    assert world.claim("corrigir_bug").item["id"] == bug


def test_what_cannot_be_had_is_not_transferred(world: SprintWorld) -> None:
    at_work = world.produce("corrigir_bug", produtor="humano")
    world.claim("corrigir_bug")
    ended, taken = (world.produce("corrigir_bug", produtor="humano") for _ in range(2))
    world.backlog.cancelar(ended, "no")
    world.backlog.transferir_para_sprint(taken, S)
    before = world.db.seq
    for item_id, said in [
        (at_work, "is at work already"),
        (ended, "is Cancelado: there is nothing to pull"),
        (taken, "is pulled already: it is S022/T01"),
    ]:
        with pytest.raises(WrongState, match=said):
            world.backlog.transferir_para_sprint(item_id, S)
    with pytest.raises(WrongInput, match=r"there is no sprint S023 \(did you mean S022\?\)"):
        world.backlog.transferir_para_sprint(taken, "S023")
    other = world.produce("corrigir_bug", produtor="humano")
    with pytest.raises(WrongInput, match=r"S022 has no task T02 \(did you mean T01\?\)"):
        world.backlog.transferir_para_sprint(other, S, "T02")
    assert world.db.seq == before + 1


def test_a_question_is_answered_and_not_pulled(world: SprintWorld) -> None:
    codigo = world.started()
    child = world.child(codigo, "aprovacao_externa")
    world.conclude_task(codigo)
    question = world.asked(child)
    assert question is not None
    with pytest.raises(WrongState, match=f"asks about {child}: answer it"):
        world.backlog.transferir_para_sprint(question["id"], S)


def test_what_goes_on_by_itself_is_not_pulled(world: SprintWorld) -> None:
    world.add_spec()
    world.started(item="BKL-0001")
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    with pytest.raises(WrongState, match="goes on by itself with S022/T01"):
        world.backlog.transferir_para_sprint(budget, S)
