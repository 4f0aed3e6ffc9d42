"""Going back to a checkpoint: what is given up, what is produced anew, what may not be gone back to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from factories import RESULTS, SEEDS, World, deployment, execution, new_item, release, spec_resources

from store.budgets import budget_left
from store.contracts import Contracts, Retries
from store.errors import WrongInput, WrongState

WHY = "the target is gone"


def approved(world: World) -> str:
    """A budget is approved; gives the `desenvolvimento`."""
    world.add_spec()
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    world.decide(budget, "aprovar")
    return str(world.open("desenvolvimento")[0]["id"])


def carried(world: World, item_id: str) -> str:
    """An execution that the item opens."""
    with world.db.transaction() as tx:
        ref = tx.insert("execucoes", execution(backlog_item_ref=item_id))
        item = tx.get("backlog_items", item_id)
        assert item is not None
        item["execucao_ref"] = ref
        tx.put("backlog_items", item)
    return ref


def released(world: World) -> tuple[str, str]:
    """A release in question: its item, and the execution that it carries."""
    ref = carried(world, approved(world))
    with world.db.transaction() as tx:
        tx.insert("releases", release(execucao_ref=ref))
        tx.insert("implantacoes", deployment(execucao_ref=ref))
    (item,) = world.done("desenvolvimento", new_item("aprovar_release"))
    return item, ref


def failed_deployment(world: World) -> tuple[str, str]:
    """A release is approved, and its deployment has failed for good; gives it and the execution."""
    item, ref = released(world)
    world.decide(item, "aprovar")
    return world.fail_for_good("implantar"), ref


def question_about(world: World, item_id: str) -> str:
    (found,) = [each for each in world.open("resolver_falha") if each["contexto"]["item_ref"] == item_id]
    return str(found["id"])


def go_back(world: World, item_id: str, opcao: str, undo_s: float = 0) -> str:
    return world.decide(question_about(world, item_id), opcao, motivo=WHY, undo_s=undo_s)


def why_not(world: World, item_id: str) -> dict[str, str]:
    """The options of the question about an item, each with why it can't be chosen; told alike with previews
    and without.
    """
    question = world.item(question_about(world, item_id))
    found = {option.nome: option.indisponivel for option in world.decisions.opcoes(question)}
    brief = {option.nome: option.indisponivel for option in world.decisions.opcoes(question, previews=False)}
    assert found == brief
    return found


def ended_as(world: World, ref: str) -> str:
    found = world.db.get("execucoes", ref)
    assert found is not None
    return str(found["status"])


def test_development_is_redone_with_the_same_version_and_price(world: World) -> None:
    failed, ref = failed_deployment(world)
    (old,) = world.items("desenvolvimento")
    decided = go_back(world, failed, "voltar_dev")
    assert world.status(failed) == "Cancelado"
    assert world.item(failed)["motivo"] == WHY
    before, anew = world.items("desenvolvimento")
    assert before["status"] == "Concluido", "what ended stays as it ended"
    assert (anew["status"], anew["contexto"]) == ("Pendente", old["contexto"])
    for name in ("spec_ref", "spec_versao", "saga_id", "request_id", "pai", "titulo", "produtor"):
        assert anew[name] == old[name], name
    assert anew["chave"] != old["chave"]
    assert anew["tentativas"] == []
    assert ended_as(world, ref) == "cancelado"
    assert anew["execucao_ref"] == "", "it opens an execution of its own"
    assert world.db.get("decisoes", decided)["gerados"] == [anew["id"]]  # type: ignore[index]
    (event,) = world.events("saga.voltou")
    assert (event["item_id"], event["ponto"], event["refeito_por"]) == (failed, old["id"], anew["id"])
    assert event["cancelados"] == [failed]
    assert world.open("resolver_falha") == []
    (again,) = world.done("desenvolvimento", new_item("aprovar_release"))
    world.decide(again, "aprovar")
    assert len(world.open("implantar")) == 1


def test_the_release_is_asked_about_again_as_if_it_had_not_been_answered(world: World) -> None:
    failed, ref = failed_deployment(world)
    assert (world.db.get("releases", "REL-0001") or {})["status"] == "aprovada"
    go_back(world, failed, "voltar_release")
    old, anew = world.items("aprovar_release")
    assert (anew["status"], anew["contexto"], anew["parte"]) == ("Pendente", old["contexto"], True)
    assert not old["parte"], "the new question takes its place"
    assert (world.db.get("releases", "REL-0001") or {})["status"] == "aguardando"
    assert (anew["execucao_ref"], ended_as(world, ref)) == (ref, "em_andamento")
    world.decide(anew["id"], "rejeitar")
    assert (world.db.get("releases", "REL-0001") or {})["status"] == "rejeitada"
    assert len(world.open("corrigir_bug")) == 1


def test_the_budget_is_asked_again_at_the_same_price(world: World) -> None:
    failed, ref = failed_deployment(world)
    go_back(world, failed, "voltar_orcamento")
    old, anew = world.items("aprovar_orcamento")
    assert (anew["status"], anew["contexto"]) == ("Pendente", old["contexto"])
    assert ended_as(world, ref) == "cancelado"
    world.decide(anew["id"], "ajustar")
    assert len(world.open("ajustar_spec")) == 1


def built_with_an_extension(world: World) -> str:
    """A release of which R$ 50.00 of the approved 42.10, and as much more, are used; its deployment fails."""
    with world.db.transaction() as tx:
        tx.insert("specs_recursos", spec_resources())
    approved(world)
    claim = world.claim("desenvolvimento")
    uso = {"custo": {"llm": "42.10"}, "tokens": 300, "wall_s": 5.0}
    question = world.backlog.parar_no_limite(claim.item["id"], claim.token, "custo", uso=uso)
    world.decide(question, "estender")
    claim = world.claim("desenvolvimento")
    ref, paid = claim.item["id"], {"breakdown": {"pessoas": "12.00"}}
    with world.db.transaction() as tx:
        item = tx.get("backlog_items", ref) or {}
        realizado = {"custo": paid, "horas": {"dev": 0.1, "total": 0.1}}
        item["execucao_ref"] = tx.insert("execucoes", execution(backlog_item_ref=ref, realizado=realizado))
        tx.put("backlog_items", item)
    spent = {"custo": {"llm": "7.90"}, "tokens": 100, "wall_s": 5.0}
    (release_item,) = world.backlog.concluir(
        ref, claim.token, RESULTS["desenvolvimento"], [new_item("aprovar_release")], uso=spent
    )
    world.decide(release_item, "aprovar")
    return world.fail_for_good("implantar")


def test_what_is_done_anew_goes_on_with_what_is_left_of_its_budget(world: World) -> None:
    go_back(world, built_with_an_extension(world), "voltar_dev")
    (anew,) = world.items("desenvolvimento", "Pendente")
    found = budget_left(world.db, anew)
    assert found["aprovado"]["custo"] == "84.20", "the extension was approved for this work"
    assert (found["usado"]["custo"], found["usado"]["tokens"]) == ("62.00", 400)
    assert (found["usado"]["horas"], found["usado"]["maquina_s"]) == (0.1, 10.0)
    claim = world.claim("desenvolvimento")
    assert claim.item["tentativas"][0]["reserva"]["custo"] == "22.20"
    uso = {"custo": {"llm": "22.20"}}
    question = world.backlog.parar_no_limite(anew["id"], claim.token, "custo", uso=uso)
    assert world.item(question)["contexto"]["usado"]["custo"] == "84.20"


def test_what_is_approved_again_is_a_budget_of_its_own(world: World) -> None:
    go_back(world, built_with_an_extension(world), "voltar_orcamento")
    world.decide(world.open("aprovar_orcamento")[0]["id"], "aprovar")
    (anew,) = world.items("desenvolvimento", "Pendente")
    found = budget_left(world.db, anew)
    assert (found["aprovado"]["custo"], found["usado"]["custo"]) == ("42.10", "0.00")


def test_a_repair_that_fails_gives_way_to_the_release_that_it_was_to_mend(world: World) -> None:
    item, first = released(world)
    world.decide(item, "rejeitar")
    second = carried(world, world.open("corrigir_bug")[0]["id"])
    bug = world.fail_for_good("corrigir_bug")
    assert (ended_as(world, first), ended_as(world, second)) == ("rejeitado", "falhou")
    go_back(world, bug, "voltar_release")
    assert (ended_as(world, first), ended_as(world, second)) == ("em_andamento", "cancelado")
    world.decide(world.open("aprovar_release")[0]["id"], "aprovar")
    assert world.open("implantar")[0]["execucao_ref"] == first


def test_the_last_of_several_types_is_redone(world: World) -> None:
    item, _ = released(world)
    world.decide(item, "rejeitar", motivo="40 kg is free")
    (mended,) = world.done("corrigir_bug", new_item("aprovar_release", {"release_ref": "REL-0002"}))
    world.decide(mended, "aprovar")
    go_back(world, world.fail_for_good("implantar"), "voltar_dev")
    (bug,) = world.items("corrigir_bug", "Pendente")
    assert bug["contexto"]["erro"] == "40 kg is free"
    assert world.items("desenvolvimento", "Pendente") == []


# -- what else is under way


def invalid_deployment(world: World) -> None:
    """A deployment is not valid: it is to be rolled back, and mended."""
    item, _ = released(world)
    world.decide(item, "aprovar")
    (validation,) = world.done("implantar", new_item("validar_implantacao"))
    world.decide(validation, "invalidar")


def test_what_puts_the_target_right_is_kept(world: World) -> None:
    invalid_deployment(world)
    go_back(world, world.fail_for_good("corrigir_bug"), "voltar_dev")
    (rollback,) = world.items("reverter")
    assert rollback["status"] == "Pendente"
    assert len(world.items("desenvolvimento", "Pendente")) == 1


def test_what_acts_outside_is_not_stopped_half_way(world: World) -> None:
    invalid_deployment(world)
    rollback = world.claim("reverter").item["id"]
    failed = world.fail_for_good("corrigir_bug")
    before = world.db.seq
    with pytest.raises(WrongState, match=rf"{rollback} \(reverter\) is at work: wait for its end"):
        go_back(world, failed, "voltar_dev")
    assert world.db.seq == before
    question = world.item(question_about(world, failed))
    told = {option.nome: option.indisponivel for option in world.decisions.opcoes(question)}
    assert told["voltar_dev"].startswith(f"{rollback} (reverter) is at work")
    assert told["tentar_novamente"] == ""


def test_work_in_progress_is_given_up_and_undoing_gives_it_back_to_the_queue(world: World) -> None:
    invalid_deployment(world)
    claim = world.claim("corrigir_bug")
    failed = world.fail_for_good("reverter")
    decided = go_back(world, failed, "voltar_implantacao", undo_s=5)
    assert world.status(claim.item["id"]) == "Cancelado"
    world.decisions.desfazer(decided)
    bug = world.item(claim.item["id"])
    assert (bug["status"], bug["lease"], bug["falhas"]) == ("Pendente", None, 0)
    assert bug["tentativas"][-1]["fim_motivo"] == "devolvido"
    assert world.claim("corrigir_bug").item["id"] == bug["id"]


def test_what_was_discovered_on_the_way_lives_its_own_life(world: World) -> None:
    development = approved(world)
    found = world.backlog.produzir(
        new_item("corrigir_bug", {"spec_ref": "frete", "spec_versao": 1}, origem={"tipo": "ms_producao"}),
        produtor="humano",
        pai=development,
    )
    failed = world.fail_for_good("desenvolvimento")
    go_back(world, failed, "voltar_orcamento")
    assert world.status(found) == "Pendente"


def test_whoever_waits_for_the_work_waits_for_what_takes_its_place(world: World) -> None:
    item, _ = released(world)
    development = world.items("desenvolvimento")[0]["id"]
    world.decide(item, "rejeitar")
    waiting = world.produce("corrigir_bug", produtor="humano", depende_de=[development, "spec:frete"])
    bug = world.fail_for_good("corrigir_bug")
    assert world.item(waiting)["dependencias"][development]["estado"] == "quebrada"
    go_back(world, bug, "voltar_release")
    states = world.item(waiting)["dependencias"]
    assert (states[development]["estado"], states["spec:frete"]["estado"]) == ("aberta", "aberta")
    assert world.open("resolver_dependencia") == [], "the question about it closed by itself"


# -- undo


def test_a_way_back_is_taken_back_as_any_decision(world: World) -> None:
    failed, _ = failed_deployment(world)
    names = ("backlog_items", "releases", "execucoes")
    before = {name: [strip(doc) for doc in world.db.all(name)] for name in names}
    decided = go_back(world, failed, "voltar_release", undo_s=5)
    assert world.open("aprovar_release")[0]["disponivel_em"] > world.clock.now()
    world.clock.advance(2)
    world.decisions.desfazer(decided)
    *restored, withdrawn = [strip(doc) for doc in world.db.all("backlog_items")]
    assert restored == before["backlog_items"]
    assert (withdrawn["status"], withdrawn["parte"]) == ("Cancelado", False)
    for name in names[1:]:
        assert [strip(doc) for doc in world.db.all(name)] == before[name]
    go_back(world, failed, "voltar_dev")


def strip(doc: dict[str, Any]) -> dict[str, Any]:
    """Without when it was written last."""
    return {name: value for name, value in doc.items() if name != "atualizado_em"}


def test_a_way_back_is_not_taken_back_once_its_work_has_begun(world: World) -> None:
    failed, _ = failed_deployment(world)
    decided = go_back(world, failed, "voltar_dev")
    world.claim("desenvolvimento")
    with pytest.raises(WrongState, match="has gone on"):
        world.decisions.desfazer(decided)


# -- where there is no way back


def test_the_first_work_of_a_saga_has_nothing_to_go_back_to(world: World) -> None:
    priced = world.add_spec()
    world.fail_for_good("orcar_spec")
    told = why_not(world, priced)
    assert told["tentar_novamente"] == told["pular"] == told["cancelar"] == ""
    assert told["voltar_dev"] == f"no desenvolvimento or corrigir_bug ended well before {priced}"
    assert told["voltar_orcamento"] == f"no aprovar_orcamento ended well before {priced}"
    before = world.db.seq
    with pytest.raises(WrongState, match=f"no aprovar_release ended well before {priced}"):
        go_back(world, priced, "voltar_release")
    assert world.db.seq == before
    assert question_about(world, priced), "the question is still open"


def test_development_that_fails_may_be_asked_about_again_but_is_no_checkpoint_itself(world: World) -> None:
    approved(world)
    failed = world.fail_for_good("desenvolvimento")
    open_to = {nome for nome, problem in why_not(world, failed).items() if not problem}
    assert open_to == {"tentar_novamente", "voltar_orcamento", "pular", "cancelar"}


def test_work_on_no_spec_has_no_phases(world: World) -> None:
    pain = world.produce("entrevistar_dor", produtor="humano")
    world.fail_for_good("entrevistar_dor")
    assert why_not(world, pain)["voltar_dev"] == f"{pain} is of no spec: there is no phase to go back to"


def test_work_on_an_older_version_is_not_redone(world: World) -> None:
    item, _ = released(world)
    world.decide(item, "aprovar")
    claim = world.claim("implantar")
    world.add_spec(versao=2)
    failed = claim.item["id"]
    assert world.status(failed) == "EmProcessamento", "a deployment is let finish"
    world.backlog.falhar(failed, claim.token, "boom", retries=Retries(max=0))
    assert why_not(world, failed)["voltar_dev"] == "frete has another version by now: 2"


def test_a_pushed_back_question_is_no_good_end(world: World) -> None:
    approved(world)
    (budget,) = world.items("aprovar_orcamento")
    with world.db.transaction() as tx:
        tx.put("backlog_items", {**budget, "desfecho": "perdido"})
    failed = world.fail_for_good("desenvolvimento")
    assert why_not(world, failed)["voltar_orcamento"] == f"no aprovar_orcamento ended well before {failed}"


def test_what_the_current_contract_refuses_is_not_produced_anew_and_nothing_is_done(tmp_path: Path) -> None:
    world = World(tmp_path)
    failed, _ = failed_deployment(world)
    world.close()
    text = (SEEDS / "contracts.yaml").read_text(encoding="utf-8")
    begin = text.index("desenvolvimento:\n  descricao")
    changed = text[begin:].replace("required: [spec_ref,", "required: [motivo, spec_ref,", 1)
    world = World(tmp_path, Contracts.parse(text[:begin] + changed))
    before = world.db.seq
    with pytest.raises(WrongInput, match=r"contexto\.motivo: is missing"):
        go_back(world, failed, "voltar_dev")
    assert world.db.seq == before
    question = world.item(question_about(world, failed))
    told = {option.nome: option.indisponivel for option in world.decisions.opcoes(question)}
    assert told["voltar_dev"].startswith("contexto.motivo: is missing")
    world.close()


def test_a_way_back_is_one_transaction_that_is_there_after_a_restart_and_happens_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    failed, _ = failed_deployment(world)
    question, before = question_about(world, failed), world.db.seq
    go_back(world, failed, "voltar_dev")
    assert world.db.seq == before + 1
    world.close()
    world = World(tmp_path)
    assert len(world.items("desenvolvimento", "Pendente")) == 1
    with pytest.raises(WrongState, match=f"{question} was decided by humano"):
        world.decide(question, "voltar_dev")
    assert len(world.items("desenvolvimento", "Pendente")) == 1
    world.close()


# -- wrong answers


def test_a_failure_is_not_answered_with_what_is_no_answer(world: World) -> None:
    failed, _ = failed_deployment(world)
    question, before = question_about(world, failed), world.db.seq
    with pytest.raises(
        WrongInput, match=r"resolver_falha has no option voltar_deve \(did you mean voltar_dev\?\)"
    ):
        world.decide(question, "voltar_deve")
    for opcao in ("voltar_dev", "pular", "cancelar"):
        with pytest.raises(WrongInput, match=f"motivo: {opcao} needs a reason"):
            world.decide(question, opcao, motivo=" ")
    assert world.db.seq == before


def test_a_failure_whose_item_ended_otherwise_is_not_answered_any_more(world: World) -> None:
    failed, _ = failed_deployment(world)
    question = question_about(world, failed)
    world.backlog.cancelar(failed, "not wanted")
    with pytest.raises(WrongState, match=f"{question} is Cancelado already: {failed} is Cancelado"):
        world.decide(question, "voltar_dev")
    assert world.decisions.opcoes(world.item(question)) == []


# -- the note for the worker


def test_a_retry_s_note_goes_to_the_next_worker_and_is_gone_when_the_work_is_done(world: World) -> None:
    failed, _ = failed_deployment(world)
    world.decisions.decidir(
        question_about(world, failed), "tentar_novamente", nota="the disk was full", undo_s=0
    )
    item = world.item(failed)
    assert (item["status"], item["recado"], item["falhas"], item["voltas"]) == (
        "Pendente",
        "the disk was full",
        0,
        0,
    )
    claim = world.claim("implantar")
    assert claim.item["recado"] == "the disk was full"
    world.backlog.falhar(failed, claim.token, "boom")
    assert world.item(failed)["recado"] == "the disk was full", "it is for every attempt until the end"
    world.clock.advance(600)
    world.done("implantar", new_item("validar_implantacao"))
    assert world.item(failed)["recado"] == ""


def test_a_way_back_takes_its_note_along(world: World) -> None:
    failed, _ = failed_deployment(world)
    question = question_about(world, failed)
    world.decisions.decidir(question, "voltar_dev", motivo=WHY, nota="mind the 40 kg", undo_s=0)
    assert world.items("desenvolvimento", "Pendente")[0]["recado"] == "mind the 40 kg"
