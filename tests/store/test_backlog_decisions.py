"""Decisions: an answer claims and concludes in one transaction, can be taken back, and keeps its evidence."""

from __future__ import annotations

from typing import Any

import pytest
from factories import ME, World, deployment, execution, new_item, release

from store.backlog.archiving import archive_saga
from store.errors import AlreadyDecided, StoreError, WrongInput, WrongState

FIVE_LATER = "2026-01-05T12:00:05.000000Z"


@pytest.fixture
def budget(world: World) -> str:
    """An open budget decision, asked at the clock's start."""
    world.add_spec()
    return world.done("orcar_spec", new_item("aprovar_orcamento"))[0]


def decision(world: World, decision_id: str) -> dict[str, Any]:
    found = world.db.get("decisoes", decision_id)
    assert found is not None
    return found


def test_an_answer_is_one_transaction_with_everything_that_it_generates(world: World, budget: str) -> None:
    world.clock.advance(90)
    before = world.db.seq
    decided = world.decisions.decidir(budget, "aprovar", nota="go", quem="ana", undo_s=0)
    assert world.db.seq == before + 1
    item = world.item(budget)
    assert (item["status"], item["lease"]) == ("Concluido", None)
    assert item["resultado"] == {"opcao": "aprovar", "motivo": "", "nota": "go", "quem": "ana"}
    assert item["iniciado_em"] == item["concluido_em"] == world.clock.now()
    (development,) = world.open("desenvolvimento")
    assert development["contexto"] == {
        "spec_ref": "frete",
        "spec_versao": 1,
        "spec_recursos_ref": "REC-0001",
        "orcamento_ref": budget,
    }
    assert (development["produtor"], development["pai"]) == ("MS_Produto", budget)
    record = decision(world, decided)
    assert (record["quem"], record["espera_s"], record["gerados"]) == ("ana", 90.0, [development["id"]])
    assert record["versoes"] == {
        "contrato": item["contrato_versao"],
        "spec_versao": 1,
        "spec_recursos_ref": "REC-0001",
    }
    (event,) = world.events("decisao.tomada")
    assert (event["item_id"], event["opcao"], event["decisao"]) == (budget, "aprovar", decided)
    statuses = [event["para"] for event in world.events("item.transicao") if event["item_id"] == budget]
    assert statuses == ["EmProcessamento", "Concluido"]


def test_what_is_generated_waits_for_the_undo(world: World, budget: str) -> None:
    decided = world.decisions.decidir(budget, "aprovar")
    assert decision(world, decided)["desfazer_ate"] == FIVE_LATER
    assert world.open("desenvolvimento")[0]["disponivel_em"] == FIVE_LATER
    assert world.backlog.consumir(["desenvolvimento"], "PROMETHEUS", ME) is None
    world.clock.advance(5)
    assert world.backlog.consumir(["desenvolvimento"], "PROMETHEUS", ME) is not None


def test_what_comes_free_waits_for_the_undo_as_well(world: World) -> None:
    item = world.produce("corrigir_bug", produtor="humano", depende_de=["spec:nunca"])
    world.decide(world.open("resolver_dependencia")[0]["id"], "dispensar", undo_s=5)
    assert world.item(item)["disponivel_em"] == FIVE_LATER


def test_the_options_say_what_they_do(world: World, budget: str) -> None:
    options = {option.nome: option for option in world.decisions.opcoes(world.item(budget))}
    assert options["aprovar"].efeito == "development of frete v1 starts now"
    assert (options["aprovar"].tecla, options["aprovar"].exige_motivo) == ("y", False)
    assert (options["recusar"].exige_motivo, options["recusar"].perigosa) == (True, True)
    world.decide(budget, "aprovar")
    assert world.decisions.opcoes(world.item(budget)) == []
    assert world.decisions.opcoes(world.open("desenvolvimento")[0]) == []


def test_the_inbox_is_what_waits_for_a_person(world: World, budget: str) -> None:
    blocked = world.produce("aprovar_orcamento", depende_de=["spec:nunca"])
    question = world.open("resolver_dependencia")[0]["id"]
    assert [item["id"] for item in world.decisions.abertas()] == [budget, question]
    assert world.status(blocked) == "Bloqueado"


@pytest.mark.parametrize(
    ("opcao", "motivo", "said"),
    [
        ("aprova", "", "aprovar_orcamento has no option aprova (did you mean aprovar?)"),
        ("ajustar", " ", "motivo: ajustar needs a reason"),
    ],
)
def test_a_wrong_answer_changes_nothing(
    world: World, budget: str, opcao: str, motivo: str, said: str
) -> None:
    before = world.db.seq
    with pytest.raises(WrongInput) as caught:
        world.decisions.decidir(budget, opcao, motivo=motivo)
    assert said in str(caught.value)
    assert world.db.seq == before


def test_only_what_waits_for_a_person_is_decided_and_once(world: World, budget: str) -> None:
    world.decisions.decidir(budget, "recusar", motivo="too dear", quem="ana")
    with pytest.raises(AlreadyDecided) as caught:
        world.decide(budget, "aprovar")
    assert str(caught.value) == (
        f"{budget} was decided by ana at 2026-01-05 12:00:00 UTC: recusar («too dear»)"
    )
    assert caught.value.told("14:02").endswith("by ana at 14:02: recusar («too dear»)")
    world.produce("implantar")
    with pytest.raises(WrongState, match=r"\(implantar\) is PROMETHEUS's and is not decided by a person"):
        world.decide("BKL-0003", "aprovar")
    with pytest.raises(WrongInput, match="there is no item frete"):
        world.decide("frete", "aprovar")


def test_a_decision_that_closed_by_itself_says_why(world: World, budget: str) -> None:
    world.add_spec(versao=2)
    with pytest.raises(WrongState, match="is Cancelado already: frete has a new version: 2"):
        world.decide(budget, "aprovar")
    with pytest.raises(WrongState, match="frete has a new version: 2"):
        world.decisions.adiar(budget, FIVE_LATER)


def test_what_was_taken_back_can_be_decided_again_and_what_is_archived_not(world: World) -> None:
    item = world.produce("avaliar_efetividade", produtor="MS_Produto")
    world.decisions.desfazer(world.decide(item, "efetiva", undo_s=5), "ana")
    with pytest.raises(WrongState, match="was taken back already, by ana"):
        world.decisions.desfazer("DEC-0001")
    world.decide(item, "efetiva")
    assert archive_saga(world.db, world.backlog.rules.book, [item]) == 1
    with pytest.raises(AlreadyDecided, match=r"by humano at .*: efetiva"):
        world.decide(item, "efetiva")
    with pytest.raises(WrongInput, match="there is no item BKL-9999"):
        world.decide("BKL-9999", "efetiva")


def test_what_ended_unanswered_and_was_archived_is_no_unknown_item(world: World) -> None:
    item = world.produce("avaliar_efetividade", produtor="MS_Produto")
    world.backlog.cancelar(item, "not now")
    archive_saga(world.db, world.backlog.rules.book, [item])
    with pytest.raises(WrongState, match=f"{item} ended as Cancelado, and is archived"):
        world.decide(item, "efetiva")


def test_a_policy_s_answer_is_recorded_as_such(world: World, budget: str) -> None:
    decided = world.decisions.decidir(budget, "aprovar", quem="politica:small", politica="small", undo_s=0)
    assert decision(world, decided)["politica"] == "small"
    assert world.events("decisao.tomada")[0]["quem"] == "politica:small"


def test_a_snoozed_decision_asks_again_at_its_time(world: World, budget: str) -> None:
    world.decisions.adiar(budget, FIVE_LATER)
    assert world.item(budget)["disponivel_em"] == FIVE_LATER
    assert world.item(budget)["pendente_em"] < FIVE_LATER, "it has waited since it was asked"
    with pytest.raises(WrongInput, match="ate: a snooze ends in the future"):
        world.decisions.adiar(budget, world.clock.now())
    world.decide(budget, "aprovar")
    with pytest.raises(WrongState):
        world.decisions.adiar(budget, FIVE_LATER)


# -- marks and executions


def released(world: World) -> tuple[str, str]:
    """A release in question: its item, and the execution that carries it."""
    world.add_spec()
    with world.db.transaction() as tx:
        run = tx.insert("execucoes", execution())
        tx.insert("releases", release(execucao_ref=run))
        tx.insert("implantacoes", deployment(execucao_ref=run))
    development = world.produce("desenvolvimento", produtor="MS_Produto", execucao_ref=run)
    (item,) = world.done("desenvolvimento", new_item("aprovar_release"))
    assert world.item(development)["execucao_ref"] == world.item(item)["execucao_ref"] == run
    return item, run


@pytest.mark.parametrize(
    ("opcao", "mark", "end"),
    [
        ("aprovar", "aprovada", "em_andamento"),
        ("rejeitar", "rejeitada", "rejeitado"),
        ("ajustar", "devolvida", "rejeitado"),
    ],
)
def test_an_answer_marks_the_release_and_ends_its_execution(
    world: World, opcao: str, mark: str, end: str
) -> None:
    item, run = released(world)
    world.decide(item, opcao)
    assert world.db.get("releases", "REL-0001")["status"] == mark  # type: ignore[index]
    assert world.db.get("execucoes", run)["status"] == end  # type: ignore[index]


def test_a_rejected_release_sends_the_reason_to_the_worker(world: World) -> None:
    item, _ = released(world)
    world.decide(item, "rejeitar", motivo="40 kg is free")
    (bug,) = world.open("corrigir_bug")
    assert bug["contexto"]["erro"] == "40 kg is free"
    assert bug["contexto"]["release_ref"] == "REL-0001"
    assert bug["execucao_ref"] == ""
    assert bug["parte"]


@pytest.mark.parametrize(("opcao", "severidade"), [("invalidar", "alto"), ("invalidar_critico", "critico")])
def test_an_invalid_deployment_is_rolled_back_and_mended(world: World, opcao: str, severidade: str) -> None:
    item, _ = released(world)
    world.decide(item, "aprovar")
    (validation,) = world.done("implantar", new_item("validar_implantacao"))
    world.decide(validation, opcao, motivo="wrong totals")
    assert world.db.get("implantacoes", "IMP-0001")["status"] == "invalida"  # type: ignore[index]
    assert world.open("reverter")[0]["contexto"]["implantacao_ref"] == "IMP-0001"
    bug = world.open("corrigir_bug")[0]["contexto"]
    assert (bug["severidade"], bug["implantacao_causadora"]) == (severidade, "IMP-0001")
    [incident] = world.events("incidente.aberto")
    assert (incident["implantacao_ref"], incident["severidade"]) == ("IMP-0001", severidade)


@pytest.mark.parametrize("end", ["cancelar", "pular", "falhar"])
def test_every_end_of_an_item_closes_the_execution_that_it_carries(world: World, end: str) -> None:
    item, run = released(world)
    world.decide(item, "aprovar")
    (deploy,) = world.open("implantar")
    if end == "falhar":
        world.fail_for_good("implantar")
        assert world.db.get("execucoes", run)["status"] == "falhou"  # type: ignore[index]
        world.decide(world.open("resolver_falha")[0]["id"], "tentar_novamente")
        assert world.db.get("execucoes", run)["status"] == "em_andamento"  # type: ignore[index]
    else:
        getattr(world.backlog, end)(deploy["id"], "not now")
        assert world.db.get("execucoes", run)["status"] == "cancelado"  # type: ignore[index]


# -- undo


def test_an_undone_decision_is_open_again_and_its_children_are_withdrawn(world: World) -> None:
    item, run = released(world)
    before = {name: list(world.db.all(name)) for name in ("releases", "execucoes")}
    asked = world.item(item)
    decided = world.decide(item, "rejeitar", undo_s=5)
    (bug,) = world.open("corrigir_bug")
    world.clock.advance(2)
    world.decisions.desfazer(decided, "ana")
    again = world.item(item)
    assert {**again, "atualizado_em": ""} == {**asked, "atualizado_em": ""}
    assert {name: list(world.db.all(name)) for name in ("releases", "execucoes")} == before
    withdrawn = world.item(bug["id"])
    assert (withdrawn["status"], withdrawn["parte"]) == ("Cancelado", False)
    assert [event["item_id"] for event in world.events("decisao.solicitada")] == [item, item], "asked again"
    record = decision(world, decided)
    assert (record["estado"], record["desfeita_por"]) == ("desfeita", "ana")
    assert world.events("decisao.desfeita")[0]["item_id"] == item
    world.decide(item, "aprovar")
    assert world.db.get("execucoes", run)["status"] == "em_andamento"  # type: ignore[index]
    with pytest.raises(WrongState, match="was taken back already"):
        world.decisions.desfazer(decided)


def test_a_decision_is_not_taken_back_once_its_work_has_begun(world: World, budget: str) -> None:
    decided = world.decide(budget, "aprovar")
    (development,) = world.open("desenvolvimento")
    world.clock.advance(1000)
    world.claim("desenvolvimento")
    with pytest.raises(WrongState, match=f"cannot be taken back any more: {development['id']} has gone on"):
        world.decisions.desfazer(decided)


def test_a_decision_that_nobody_started_on_can_be_taken_back_late(world: World, budget: str) -> None:
    decided = world.decide(budget, "aprovar")
    world.clock.advance(1000)
    world.decisions.desfazer(decided)
    assert world.status(budget) == "Pendente"


def test_a_decision_that_generates_nothing_can_be_taken_back_for_its_moment_only(world: World) -> None:
    item = world.produce("avaliar_efetividade", produtor="MS_Produto")
    decided = world.decide(item, "efetiva", undo_s=5)
    world.decisions.desfazer(decided)
    decided = world.decide(item, "efetiva", undo_s=5)
    world.clock.advance(5)
    with pytest.raises(WrongState, match="its time is over"):
        world.decisions.desfazer(decided)
    with pytest.raises(WrongInput, match="there is no decision DEC-0099"):
        world.decisions.desfazer("DEC-0099")


def test_undoing_looks_again_at_what_the_restored_item_waits_for(world: World) -> None:
    target = world.produce("orcar_spec")
    item = world.produce("corrigir_bug", produtor="humano", depende_de=[target, "spec:nunca"])
    follower = world.produce("corrigir_bug", produtor="humano", depende_de=[item])
    decided = world.decide(world.open("resolver_dependencia")[0]["id"], "cancelar", undo_s=5)
    assert world.item(follower)["dependencias"][item]["estado"] == "quebrada"
    world.done("orcar_spec")
    world.decisions.desfazer(decided)
    restored = world.item(item)
    assert restored["status"] == "Bloqueado"
    assert restored["dependencias"][target]["estado"] == "resolvida", "it came while the item was given up"
    assert world.item(follower)["dependencias"][item]["estado"] == "aberta"


def test_a_person_s_work_is_handed_in_by_whoever_did_it(world: World, budget: str) -> None:
    world.decide(budget, "ajustar")
    (adjust,) = world.open("ajustar_spec")
    assert world.backlog.responder(adjust["id"], {"spec_versao": 2}, quem="ana") == []
    assert world.item(adjust["id"])["tentativas"][0]["fim_motivo"] == "concluido"
    with pytest.raises(WrongState, match="is Concluido and does not wait for a person's work"):
        world.backlog.responder(adjust["id"], {"spec_versao": 3})
    world.produce("implantar")
    with pytest.raises(WrongState):
        world.backlog.responder(world.open("implantar")[0]["id"], {})


def test_a_recording_refuses_to_delete(world: World) -> None:
    from store.backlog.recording import Recording

    with world.db.transaction() as tx, pytest.raises(StoreError, match="a decision deletes nothing"):
        Recording(tx).delete("backlog_items", "BKL-0001")
