"""Tasks: started, by people or as they dispatched in advance; paused, blocked, concluded, moved; a close."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from factories import new_item
from sprint_kit import S, SprintWorld, waits_of

from store.errors import CycleRefused, OficinaError, WrongInput, WrongState
from store.sprint.closing import Fate, consequences, give_back
from store.sprint.reading import view_of
from store.sprint.tasks import the_task
from store.views.sprint import WORDS


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SprintWorld]:
    made = SprintWorld(tmp_path)
    yield made
    made.close()


def bug(world: SprintWorld, **fields: Any) -> str:
    return world.produce("corrigir_bug", produtor="humano", **fields)


# -- codes


def test_codes_derive_from_the_parent_s_and_are_never_given_twice(world: SprintWorld) -> None:
    first = world.add()
    assert world.add(pai=first) == "T01.1"
    assert world.add(pai="T01.1") == "T01.1.1"
    world.sprints.cancelar_task(S, "T01.1.1", "not needed")
    assert world.add(pai="T01.1") == "T01.1.2"
    assert world.add() == "T02"
    assert world.sprints.gerar_codigo_subtask(S, "T01") == "T01.2"


def test_there_is_room_for_many_and_not_below_the_last_level(world: SprintWorld) -> None:
    codigo = world.add()
    for _ in range(15):
        codigo = world.add(pai=codigo)
    with pytest.raises(WrongState, match="there is no room below"):
        world.add(pai=codigo)


# -- start


def test_a_task_waits_for_what_it_depends_on(world: SprintWorld) -> None:
    first = world.add("First")
    second = world.add("Second", depende_de=[first])
    with pytest.raises(WrongState, match=r"T02 waits for T01 «First» \(to do\)"):
        world.start(second)
    world.start(first)
    assert [(wait.ref, wait.estado) for wait in waits_of(world, S, second)] == [("T01", "em_andamento")]
    world.sprints.bloquear_task(S, first, "no key")
    assert waits_of(world, S, second)[0].estado == "bloqueada"
    assert world.conclude_task(first).proxima == second
    world.start(second)
    with pytest.raises(WrongState, match="T02 was started already, by humano"):
        world.start(second)


def test_a_task_blocked_by_the_backlog_says_which_item_and_offers_to_pull_it(world: SprintWorld) -> None:
    validation = world.produce("validar_spec", produtor="humano")
    held = bug(world, depende_de=[validation])
    world.add(item=held)
    (wait,) = waits_of(world, S, "T01")
    assert (wait.ref, wait.estado, wait.onde, wait.puxavel) == (validation, "Pendente", "", True)
    with pytest.raises(
        WrongState,
        match=f"T01 waits for {validation} «Validate a spec do frete» .Pendente, in the backlog.; "
        f"`oficina task add --item {validation}` pulls it",
    ):
        world.start("T01")
    world.add(item=validation, pai="T01")
    (wait,) = waits_of(world, S, "T01")
    assert (wait.onde, wait.puxavel) == ("S022/T01.1", False)
    world.start("T01.1")
    world.decide(validation, "valida")
    world.start("T01")


def test_a_person_s_task_may_wait_for_an_item(world: SprintWorld) -> None:
    item = bug(world)
    world.add(depende_de=[item])
    with pytest.raises(WrongState, match=f"T01 waits for {item}"):
        world.start("T01")
    world.backlog.pular(item, "not needed")
    world.start("T01")


def test_a_failed_task_pauses_what_depends_on_it(world: SprintWorld) -> None:
    world.add(item=bug(world))
    world.add("After", depende_de=["T01"])
    world.start("T01")
    item = world.fail_for_good("corrigir_bug")
    with pytest.raises(WrongState, match=r"T02 is paused by T01 «Mend frete» \(Falhou"):
        world.start("T02")
    with pytest.raises(WrongState, match=f"T01 did not succeed: {item} is Falhou"):
        world.conclude_task("T01")
    (question,) = world.open("resolver_falha")
    world.decide(question["id"], "pular")
    world.conclude_task("T01")
    world.start("T02")


def test_a_cancelled_task_pauses_until_somebody_says_otherwise(world: SprintWorld) -> None:
    world.add()
    world.add("After", depende_de=["T01"])
    world.sprints.cancelar_task(S, "T01", "too dear")
    with pytest.raises(WrongState, match="T02 is paused by T01"):
        world.start("T02")
    world.sprints.alterar_dependencias(S, "T02", [])
    world.start("T02")


def test_the_wip_limit_is_kept_and_explained(tmp_path: Path) -> None:
    world = SprintWorld(tmp_path, wip=1)
    world.started()
    world.add()
    with pytest.raises(WrongState, match=r"S022 has 1 of 1 tasks under way \(T01\): conclude one first"):
        world.start("T02")
    world.conclude_task("T01")
    world.start("T02")
    world.close()


def test_a_carried_item_that_ended_otherwise_can_t_start(world: SprintWorld) -> None:
    item = bug(world)
    world.add(item=item)
    world.backlog.cancelar(item, "no")
    with pytest.raises(WrongState, match=f"T01 can't start: {item} is Cancelado"):
        world.start("T01")


# -- auto_iniciar


def test_tasks_start_by_themselves_only_where_that_was_dispatched(tmp_path: Path) -> None:
    world = SprintWorld(tmp_path, wip=1)
    world.add("By hand")
    world.add("By itself", depende_de=["T01"], auto_iniciar=True)
    world.add("Also", auto_iniciar=True, depende_de=["T01"])
    world.start("T01")
    assert world.task("T02")["iniciada_em"] == ""
    world.conclude_task("T01")
    started = world.task("T02")
    assert (started["iniciada_por"], started["em_curso"]) == ("auto_iniciar", S)
    assert world.task("T03")["iniciada_em"] == ""
    world.conclude_task("T02")
    assert world.task("T03")["iniciada_por"] == "auto_iniciar"
    world.close()


def test_in_a_sprint_of_its_own_accord_all_start_once_their_items_are_free(tmp_path: Path) -> None:
    world = SprintWorld(tmp_path, auto_iniciar=True)
    first = bug(world)
    second = bug(world, depende_de=[first])
    world.add(item=second)
    world.add("A person's", depende_de=[first])
    assert (world.task("T01")["iniciada_em"], world.task("T02")["iniciada_em"]) == ("", "")
    world.done("corrigir_bug")
    world.backlog.verificar_desbloqueio(first)
    assert world.task("T01")["iniciada_por"] == world.task("T02")["iniciada_por"] == "auto_iniciar"
    assert not world.item(second)["retido"]
    world.close()


# -- block, conclude


def test_a_person_s_task_is_blocked_with_a_reason_and_goes_on(world: SprintWorld) -> None:
    codigo = world.add()
    with pytest.raises(WrongState, match="T01 is not started: there is nothing to block"):
        world.sprints.bloquear_task(S, codigo, "no access")
    world.start(codigo)
    with pytest.raises(WrongInput, match="a reason is needed"):
        world.sprints.bloquear_task(S, codigo, " ")
    assert world.sprints.bloquear_task(S, codigo, "no access")["bloqueio"] == "no access"
    assert world.start(codigo)["bloqueio"] == ""
    assert [entry["oque"] for entry in world.task(codigo)["historico"]] == [
        "criada",
        "adicionada",
        "iniciada",
        "bloqueada",
        "retomada",
    ]
    world.add(item=bug(world))
    with pytest.raises(WrongState, match="T02 is blocked and freed by its item, BKL-0001"):
        world.sprints.bloquear_task(S, "T02", "no")


def test_a_result_and_its_files_are_kept(world: SprintWorld) -> None:
    file = {"nome": "spec.md", "sha256": "a" * 64, "tamanho": 12}
    world.started()
    world.conclude_task("T01", resultado={"texto": "ok"}, anexos=[file])
    assert (world.task("T01")["resultado"], world.task("T01")["anexos"]) == ({"texto": "ok"}, [file])


def test_only_concluding_concludes_a_task_whose_item_has_ended(world: SprintWorld) -> None:
    world.add(item=bug(world))
    with pytest.raises(WrongState, match="T01 is not started: `oficina task start T01`"):
        world.conclude_task("T01")
    world.start("T01")
    with pytest.raises(WrongState, match="T01 is not finished: BKL-0001 is Pendente"):
        world.conclude_task("T01")
    (release,) = world.done("corrigir_bug", new_item("aprovar_release"))
    with pytest.raises(WrongState, match=f"T01 is not finished: BKL-0001 waits for its part {release}"):
        world.conclude_task("T01")
    world.backlog.pular(release, "no")
    assert world.task("T01")["fim"] == ""
    with pytest.raises(WrongInput, match="the result of T01 is that of BKL-0001"):
        world.conclude_task("T01", resultado={"texto": "x"})
    world.conclude_task("T01")


def test_a_person_s_item_is_answered_and_not_concluded(world: SprintWorld) -> None:
    item = world.produce("validar_spec", produtor="humano")
    world.started(item=item)
    with pytest.raises(WrongState, match=f"answer it with `oficina decide {item}`"):
        world.conclude_task("T01")


def test_a_task_is_concluded_once(world: SprintWorld) -> None:
    world.started()
    world.conclude_task("T01")
    with pytest.raises(WrongState, match="T01 was concluded already, by humano at 2026-01-05 12:00:00 UTC"):
        world.conclude_task("T01")


def test_open_subtasks_are_named(world: SprintWorld) -> None:
    world.started()
    for _ in range(2):
        world.add(pai="T01")
    with pytest.raises(WrongState, match=r"T01 has open subtasks: T01\.1, T01\.2"):
        world.conclude_task("T01")
    with pytest.raises(WrongState, match=r"T01 has open subtasks: T01\.1, T01\.2"):
        world.sprints.cancelar_task(S, "T01", "no")


def test_unknown_names_are_answered_with_the_nearest(world: SprintWorld) -> None:
    world.add()
    with pytest.raises(WrongInput, match=r"S022 has no task T10 \(did you mean T01\?\)"):
        world.start("T10")
    with pytest.raises(WrongInput, match=r"there is no sprint S02 \(did you mean S022\?\)"):
        world.sprints.iniciar_task("S02", "T01")
    with pytest.raises(WrongInput, match="not a task or an item: frete"):
        world.add(depende_de=["frete"])
    with pytest.raises(WrongInput, match="a task has a titulo, or carries an item"):
        world.sprints.adicionar_task(S)


def test_two_who_conclude_at_once_conclude_once(world: SprintWorld, tmp_path: Path) -> None:
    world.started()
    child = world.child("T01")
    other = SprintWorld.__new__(SprintWorld)
    other.path, other.clock, other.tokens, other.rng = tmp_path, world.clock, world.tokens, world.rng
    other.contracts = world.contracts
    other._open()
    world.conclude_task("T01")
    with pytest.raises(WrongState, match="T01 was concluded already"):
        other.conclude_task("T01")
    assert [task["item_ref"] for task in other.tasks().values()] == ["", child]
    other.close()


# -- cycles


def test_a_task_may_not_wait_for_itself(world: SprintWorld) -> None:
    world.add()
    world.add(depende_de=["T01"])
    world.add(pai="T01")
    with pytest.raises(CycleRefused, match="T01 would wait for itself: T01 → T02"):
        world.sprints.alterar_dependencias(S, "T01", ["T02"])
    with pytest.raises(CycleRefused, match=r"T01\.1 would wait for itself"):
        world.sprints.alterar_dependencias(S, "T01.1", ["T02"])
    with pytest.raises(CycleRefused, match="T01 would wait for itself"):
        world.sprints.alterar_dependencias(S, "T01", ["T01"])
    with pytest.raises(CycleRefused):
        world.sprints.alterar_dependencias(S, "T01.1", ["T01"])


def test_an_item_s_wait_counts_too(world: SprintWorld) -> None:
    first = bug(world)
    second = bug(world, depende_de=[first])
    world.add(item=second)
    world.add(item=first)
    with pytest.raises(CycleRefused, match="T02 would wait for itself"):
        world.sprints.alterar_dependencias(S, "T02", ["T01"])


def test_a_worker_that_waits_for_what_its_own_task_holds_up_is_told(world: SprintWorld) -> None:
    first, second = bug(world), bug(world)
    world.started(item=first)
    world.add("Between", depende_de=["T01"])
    world.add(item=second, depende_de=["T02"])
    claim = world.claim("corrigir_bug")
    before = world.db.seq
    with pytest.raises(
        CycleRefused, match=f"{first} would wait for itself: {first} → {second} → T03 → T02 → T01$"
    ):
        world.backlog.bloquear(first, claim.token, [second], "needs the other one")
    assert world.db.seq == before
    world.sprints.alterar_dependencias(S, "T02", [])
    world.backlog.bloquear(first, claim.token, [second], "needs the other one")
    (row, *_) = view_of(world.backlog, S).tarefas
    assert (row.estado, [(wait.ref, wait.onde) for wait in row.espera]) == (
        "bloqueada",
        [(second, "S022/T03")],
    )


def test_nor_does_a_part_of_its_work_wait_for_it(world: SprintWorld) -> None:
    first, second = bug(world), bug(world)
    world.started(item=first)
    world.add(item=second, depende_de=["T01"])
    claim = world.claim("corrigir_bug")
    follows = new_item("aprovar_release", depende_de=[second])
    told = rf"BKL-\d+ would wait for itself: BKL-\d+ → {second} → T02 → T01 → {first}"
    with pytest.raises(CycleRefused, match=told):
        world.conclude(claim, follows)


def test_an_item_outside_of_the_sprint_may_close_the_circle(world: SprintWorld) -> None:
    outside, held = bug(world), bug(world)
    world.add(item=held, depende_de=[outside])
    claim = world.claim("corrigir_bug")
    assert claim.item["id"] == outside
    with pytest.raises(CycleRefused, match=f"{outside} would wait for itself: {outside} → {held} → T01$"):
        world.backlog.bloquear(outside, claim.token, [held], "needs the other one")


# -- move


def test_a_moved_task_has_another_code_and_its_dependents_follow(world: SprintWorld) -> None:
    item = bug(world)
    world.add("First")
    world.add(item=item)
    world.add("Below", pai="T02")
    world.add("After", depende_de=["T02"])
    moved = world.sprints.mover_task(S, "T02", pai="T01")
    assert (moved["codigo"], moved["item_ref"], moved["veio_de"]) == ("T01.1", item, "S022/T02")
    assert world.task("T02")["levada_para"] == "S022/T01.1"
    assert (world.task("T01.1.1")["titulo"], world.task("T02.1")["fim"]) == ("Below", "levada")
    assert world.task("T03")["depende_de"] == ["T01.1"]
    assert world.item(item)["tarefa"] == "S022/T01.1"
    assert world.add() == "T04"
    with pytest.raises(WrongState, match=r"T02 is carried over: it goes on as S022/T01\.1"):
        world.start("T02")
    with pytest.raises(WrongState, match="T02 is carried over"):
        world.sprints.mover_task(S, "T02", pai="")


def test_what_cannot_be_moved_stays(world: SprintWorld) -> None:
    world.add()
    world.add(pai="T01")
    world.add(depende_de=["T01"])
    with pytest.raises(WrongInput, match=r"T01 can't be moved under T01\.1"):
        world.sprints.mover_task(S, "T01", pai="T01.1")
    with pytest.raises(WrongInput, match="S022 has no open task T07"):
        world.sprints.mover_task(S, "T01", pai="T07")
    with pytest.raises(CycleRefused, match=r"T01\.2 would wait for itself"):
        world.sprints.mover_task(S, "T02", pai="T01")
    assert set(world.tasks()) == {"T01", "T01.1", "T02"}


def test_siblings_have_an_order(world: SprintWorld) -> None:
    for _ in range(3):
        world.add()
    world.sprints.ordenar_task(S, "T03", "T01")
    assert world.sprints.proxima_task(S) == "T03"
    with pytest.raises(WrongInput, match="T01 is no sibling of T01"):
        world.sprints.ordenar_task(S, "T01", "T01")


def test_children_follow_their_task_into_another_sprint(world: SprintWorld) -> None:
    world.sprints.criar("S023", "Next")
    world.started()
    child, late = world.child("T01"), world.child("T01", "aprovacao_externa")
    world.sprints.mover_task(S, "T01", para="S023")
    said = world.sprints.concluir_task("S023", "T01")
    assert (said.puxados[0].item_ref, said.pendentes[0].item_ref) == (child, late)
    assert world.item(child)["tarefa"] == "S023/T01.1"
    assert world.item(child)["origem"]["sprint_id"] == S
    world.answer(late, "puxar")
    assert world.item(late)["tarefa"] == "S023/T01.2"


# -- the close


def test_nothing_is_left_behind_at_the_close(world: SprintWorld) -> None:
    world.sprints.criar("S023", "Next")
    carried, returned, free = bug(world), world.produce("documentar", produtor="humano"), bug(world)
    world.started(item=carried)
    world.add(item=returned)
    world.add("Person's")
    world.add("Also")
    world.add(item={"tipo": "documentar", "contexto": {"o_que": "x"}})
    world.add(item=free)
    world.sprints.alterar_dependencias(S, "T03", ["T02", "T04", "T05"])
    parent = world.started()
    children = [world.child(parent, "aprovacao_externa") for _ in range(3)]
    world.conclude_task(parent)
    with pytest.raises(WrongInput, match=r"S022 can't be closed: T01, T02, T03, T04, T05, T06, BKL-\d+"):
        world.sprints.encerrar(S)
    assert [left.ref for left in world.sprints.restos(S)] == [f"T0{n}" for n in range(1, 7)] + children
    fates = {
        "T01": Fate("levar"),
        "T02": Fate("devolver", "no time"),
        "T03": Fate("levar"),
        "T05": Fate("cancelar", "not needed"),
        "T06": Fate("devolver"),
        children[0]: Fate("levar"),
        children[1]: Fate("cancelar", "refused"),
        children[2]: Fate("devolver"),
    }
    said = world.sprints.encerrar(S, fates, padrao=Fate("levar"), para="S023")
    assert {name: (each["acao"], each["para"]) for name, each in said.items()} == {
        children[0]: ("levar", "S023/T01"),
        children[1]: ("cancelar", ""),
        children[2]: ("devolver", ""),
        "T01": ("levar", "S023/T02"),
        "T02": ("devolver", ""),
        "T03": ("levar", "S023/T03"),
        "T04": ("levar", "S023/T04"),
        "T05": ("cancelar", ""),
        "T06": ("devolver", ""),
    }
    assert world.task("T02", "S023")["iniciada_em"]
    assert world.item(carried)["tarefa"] == "S023/T02"
    assert (world.item(returned)["tarefa"], world.item(returned)["retido"]) == (None, False)
    assert not world.item(free)["retido"]
    assert world.task("T03", "S023")["depende_de"] == [returned, "T04", world.task("T05")["item_ref"]]
    assert world.status(children[1]) == "Cancelado"
    assert world.item(children[2])["deixado"]
    assert children[2] not in [item["id"] for item in world.decisions.abertas()]
    assert world.open("decidir_pull") == []
    with pytest.raises(WrongState, match="S022 is closed, since 2026-01-05"):
        world.conclude_task("T01")
    assert world.sprints.proxima_task(S) == ""


@pytest.mark.parametrize(
    ("fates", "para", "said"),
    [
        ({"T01": Fate("levar")}, "", "T01 is to be carried over: to which sprint"),
        ({"T01": Fate("levar")}, S, "T01 is to be carried over: to which sprint"),
        ({"T01": Fate("levar")}, "S099", "there is no sprint S099"),
        ({"T01": Fate("cancelar", " ")}, "", "T01 needs a reason to be cancelled"),
        ({"T02": Fate("devolver")}, "", "T02 is not left over in S022"),
    ],
)
def test_a_close_that_says_nonsense_changes_nothing(
    world: SprintWorld, fates: dict[str, Fate], para: str, said: str
) -> None:
    world.add()
    before = world.db.seq
    with pytest.raises(OficinaError, match=said):
        world.sprints.encerrar(S, fates, para=para)
    assert world.db.seq == before


def test_a_child_that_comes_up_after_the_close_is_asked_about(world: SprintWorld) -> None:
    world.add_spec()
    world.started(item="BKL-0001")
    world.done("orcar_spec", new_item("aprovar_orcamento"))
    world.conclude_task("T01")
    world.sprints.encerrar(S)
    (budget,) = world.open("aprovar_orcamento")
    world.decide(budget["id"], "aprovar")
    (found,) = world.done("desenvolvimento", new_item("documentar"))
    question = world.asked(found)
    assert question is not None
    options = {option.nome: option for option in world.decisions.opcoes(question)}
    assert options["puxar"].indisponivel == "S022 is closed, since 2026-01-05"
    world.answer(found, "deixar")


def test_what_came_about_for_a_task_and_is_returned_is_the_backlog_s(world: SprintWorld) -> None:
    world.add(item=new_item("documentar"))
    world.add(item=new_item("corrigir_bug"))
    world.sprints.encerrar(S, padrao=Fate("devolver"))
    assert [(each["retido"], each["tarefa"]) for each in map(world.item, ("BKL-0001", "BKL-0002"))] == [
        (False, None),
        (False, None),
    ]
    assert [item["id"] for item in world.decisions.abertas()] == ["BKL-0001"]
    assert world.claim("corrigir_bug").item["id"] == "BKL-0002"


def test_a_returned_item_that_is_at_work_works_on(world: SprintWorld) -> None:
    item = bug(world)
    world.started(item=item)
    claim = world.claim("corrigir_bug")
    world.sprints.encerrar(S, padrao=Fate("devolver"))
    world.backlog.concluir(item, claim.token, {"release_ref": "REL-0002"}, [])
    assert world.status(item) == "Concluido"


# -- budget


def test_a_sprint_s_own_budget_goes_before_the_workspace_s(world: SprintWorld) -> None:
    from decimal import Decimal

    from store.limits import Limits
    from store.periods import period_left

    world.sprints.criar("S023", "Dear", orcamento="80.00")
    limits = Limits(sprint=Decimal(60))
    for sprint_id, limit in ((S, 60), ("S023", 80)):
        found = period_left(world.db, limits, "sprint", sprint_id)
        assert found is not None
        assert found.limite == limit


def test_a_sprint_needs_a_name_of_its_own(world: SprintWorld) -> None:
    with pytest.raises(WrongInput, match="there is a sprint S022 already"):
        world.sprints.criar(S, "Again")
    with pytest.raises(WrongInput, match="not a sprint's id: a b"):
        world.sprints.criar("a b", "Again")
    with pytest.raises(WrongInput, match="a sprint needs a title"):
        world.sprints.criar("S1", " ")


def test_an_item_that_a_task_reads_is_not_archived(world: SprintWorld) -> None:
    from store.backlog.archiving import archive_saga

    item = world.produce("validar_spec", produtor="humano")
    world.started(item=item)
    world.decide(item, "valida")
    assert archive_saga(world.db, world.backlog.rules.book, [item]) == 0
    world.conclude_task("T01")
    assert archive_saga(world.db, world.backlog.rules.book, [item]) == 1


def test_what_a_close_is_told_to_do_to_those_that_wait_is_what_it_does(world: SprintWorld) -> None:
    first, second, third = bug(world), bug(world), bug(world)
    world.add(item=first)  # T01, cancelled: who waits for it in S023 is paused
    world.add(item=second)  # T02, returned: who waits for it in S023 waits for its item
    world.add("A person's")  # T03, returned: nothing is left of it to wait for
    world.add("Goes along")  # T04, carried
    world.add("Waits", depende_de=["T01"])  # T05 to T08, carried
    world.add("Waits", depende_de=["T02"])
    world.add("Waits", depende_de=["T03"])
    world.add("Waits", depende_de=["T04"])
    world.add(item=third, depende_de=["T04"])  # T09, returned: it is the backlog's, and waits no more
    world.sprints.criar("S023", "Next")
    levar, devolver = Fate("levar"), Fate("devolver")
    fates = {f"T0{number}": levar for number in range(4, 9)}
    fates |= {"T01": Fate("cancelar", "no"), "T02": devolver, "T03": devolver, "T09": devolver}
    left = world.sprints.restos(S)
    assert consequences(left, {}, "S023") == []
    assert consequences(left, {name: fate.acao for name, fate in fates.items()}, "S023") == [
        f"T05 is paused in S023: T01 is cancelled, with {first}, for which it waits",
        f"T06 waits in S023 for {second}: T02 goes back to the backlog",
        "T07 waits no more for T03, which does not come to S023",
        "T09 goes back to the backlog and waits no more for T04, which goes on in S023",
    ]
    world.sprints.encerrar(S, fates, para="S023")
    rows = {row.codigo: row for row in view_of(world.backlog, "S023").tarefas}
    assert [rows[f"T0{n}"].estado for n in range(1, 6)] == [
        "a_fazer",
        "pausada",
        "bloqueada",
        "a_fazer",
        "espera",
    ]
    assert [rows[f"T0{n}"].depende_de for n in range(1, 6)] == [(), (first,), (second,), (), ("T01",)]
    assert (world.item(third)["retido"], world.item(third)["tarefa"]) == (False, None)


def test_whoever_waits_for_a_task_that_has_gone_is_told_where_and_what_gets_it_on(
    world: SprintWorld,
) -> None:
    world.add("First")
    world.add("Second", depende_de=["T01"])
    world.sprints.criar("S023", "Next")
    world.sprints.mover_task(S, "T01", para="S023")
    _, row = view_of(world.backlog, S).tarefas
    assert (row.estado, [wait.onde for wait in row.espera]) == ("pausada", ["S023/T01"])
    with pytest.raises(WrongState) as said:
        world.start("T02")
    assert str(said.value) == (
        "T02 is paused by T01 «First» (carried over: it goes on as S023/T01); `oficina task move S022/T02"
        " --to S023` takes it there, `oficina task move S022/T02 --depends …` has it wait"
        " for something else (- for nothing)"
    )
    world.sprints.mover_task(S, "T02", para="S023")
    assert world.task("T02", "S023")["depende_de"] == ["T01"]


# -- what is said


@pytest.mark.parametrize(
    ("unknown", "said"),
    [
        ("T09", "did you mean T0[1-3]?"),
        ("T99", "the nearest is T03; `oficina sprint show S022` lists them"),
        ("T77.1", "did you mean T01.1?|the nearest is T03; "),
        ("first", "`oficina sprint show S022` lists them"),
    ],
)
def test_an_unknown_code_is_told_with_the_nearest(world: SprintWorld, unknown: str, said: str) -> None:
    for _ in range(3):
        world.add()
    world.add(pai="T01")
    with pytest.raises(WrongInput, match=f"S022 has no task {unknown} .({said})"):
        world.start(unknown)


@pytest.mark.parametrize("fim", ["cancelada", "devolvida", "levada"])
def test_no_refusal_names_an_end_by_a_field_s_value(world: SprintWorld, fim: str) -> None:
    world.add()
    world.sprints.criar("S023", "Next")
    if fim == "cancelada":
        world.sprints.cancelar_task(S, "T01", "no")
    elif fim == "levada":
        world.sprints.mover_task(S, "T01", para="S023")
    else:
        with world.backlog.operation() as op:
            give_back(op, the_task(op, S, "T01"))
    item, sprints = bug(world), world.sprints
    refused: list[Callable[[], object]] = [
        lambda: world.start("T01"),
        lambda: world.conclude_task("T01"),
        lambda: world.child("T01"),
        lambda: sprints.editar_task(S, "T01", titulo="x"),
        lambda: sprints.bloquear_task(S, "T01", "x"),
        lambda: sprints.cancelar_task(S, "T01", "x"),
        lambda: sprints.mover_task(S, "T01", pai=""),
        lambda: sprints.alterar_dependencias(S, "T01", []),
        lambda: sprints.adicionar_task(S, titulo="x", pai="T01"),
        lambda: sprints.adicionar_task(S, item=item, pai="T01"),
    ]
    for act in refused:
        with pytest.raises(WrongState, match=rf"T01 is {WORDS[fim]}") as said:
            act()
        assert fim not in str(said.value)
