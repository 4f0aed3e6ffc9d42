"""Gaps: shared, alive while anyone waits, ended by the capability's probe and asked about again when it
still fails.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from backlog_model import Snapshot
from factories import SEEDS, World, new_item, spec_version

from store.contracts import Contracts
from store.errors import CycleRefused, WrongState

CAP = "chave-assinatura"


def lacking(world: World, spec_ref: str) -> tuple[str, str]:
    """A spec that is priced and lacks the capability: its gap and its budget."""
    world.add_spec(spec_ref)
    gap, budget = world.done(
        "orcar_spec",
        new_item("entrevistar_dor", {"afetados": [spec_ref]}, chave=f"gap:{CAP}"),
        new_item("aprovar_orcamento", {"spec_ref": spec_ref}, depende_de=[f"@gap:{CAP}"]),
    )
    return gap, budget


def handed_on(world: World) -> str:
    """GENESIS turns the gap into something to bring in; gives that item."""
    (work,) = world.done("entrevistar_dor", new_item("estruturar_produto"))
    return work


def left_to_a_person(world: World) -> dict[str, Any]:
    """Epistemologia can write no more than a beginning; gives the item of whoever goes on."""
    (writing,) = world.done("especificar", new_item("escrever_spec"))
    return world.item(writing)


def test_a_budget_waits_for_the_probe_not_for_the_gap_s_own_end(world: World) -> None:
    _, budget = lacking(world, "frete")
    handed_on(world)
    assert world.status(budget) == "Bloqueado"
    world.backlog.registrar_sonda(CAP, True, "ok")
    freed = world.item(budget)
    assert freed["status"] == "Pendente"
    assert world.events("decisao.solicitada")[-1]["item_id"] == budget


def test_a_gap_is_shared_by_the_specs_that_lack_the_same(world: World) -> None:
    gap, first = lacking(world, "frete")
    same, second = lacking(world, "pedido")
    assert same == gap
    assert world.item(gap)["contexto"]["afetados"] == ["frete", "pedido"]
    assert world.item(gap)["spec_ref"] == ""
    world.backlog.registrar_sonda(CAP, True)
    assert (world.status(first), world.status(second)) == ("Pendente", "Pendente")
    closed = world.item(gap)
    assert (closed["desfecho"], closed["status"]) == ("alcancado", "Cancelado")
    assert closed["desfecho_em"] == closed["concluido_em"]
    assert closed["motivo"] == f"the probe of {CAP} passes"


def test_a_gap_that_handed_its_work_on_still_serves_a_later_spec(world: World) -> None:
    gap, _ = lacking(world, "frete")
    handed_on(world)
    same, second = lacking(world, "pedido")
    assert same == gap
    assert world.status(second) == "Bloqueado"


def test_a_new_gap_opens_when_the_capability_is_lost_again(world: World) -> None:
    gap, _ = lacking(world, "frete")
    world.backlog.registrar_sonda(CAP, True)
    world.backlog.registrar_sonda(CAP, False, "expired")
    fresh, budget = lacking(world, "pedido")
    assert fresh != gap
    assert world.status(budget) == "Bloqueado"


def test_a_gap_lives_only_while_anyone_waits(world: World) -> None:
    gap, first = lacking(world, "frete")
    _, second = lacking(world, "pedido")
    work = handed_on(world)
    world.backlog.cancelar(first, "not wanted")
    assert world.status(work) == "Pendente"
    world.add_spec("pedido", 2)
    assert world.status(second) == "Cancelado"
    assert world.item(gap)["desfecho"] == "perdido"
    assert world.item(work)["motivo"] == "nobody waits for it any more"


def test_an_unclaimed_gap_is_cancelled_when_nobody_waits(world: World) -> None:
    gap, budget = lacking(world, "frete")
    world.backlog.pular(budget, "without a price")
    assert (world.status(gap), world.item(gap)["motivo"]) == ("Cancelado", "nobody waits for it any more")


def test_when_the_work_has_ended_the_probe_is_asked_for_and_the_episode_says_so(world: World) -> None:
    _, budget = lacking(world, "frete")
    work = handed_on(world)
    world.decide(work, "verificar")
    assert world.backlog.sondas_pedidas() == [CAP]
    assert world.events("sonda.pedida")[0]["capacidade"] == CAP
    item = world.item(budget)
    assert (item["status"], item["bloqueios"][-1]["verificando"]) == ("Bloqueado", True)
    world.backlog.registrar_sonda(CAP, False, "exit 1: no key")
    item = world.item(budget)
    assert (item["status"], item["bloqueios"][-1]["verificando"]) == ("Bloqueado", False)
    assert world.backlog.sondas_pedidas() == []
    (again,) = world.open("estruturar_produto")
    assert again["contexto"]["sonda"] == "exit 1: no key"
    assert again["gap_ref"] == world.item(work)["gap_ref"]
    world.decide(again["id"], "verificar")
    world.backlog.registrar_sonda(CAP, True)
    assert world.status(budget) == "Pendente"


def test_a_failure_from_before_the_question_does_not_answer_it(world: World) -> None:
    lacking(world, "frete")
    work = handed_on(world)
    before = world.backlog.sonda_pedida(CAP)
    world.decide(work, "verificar")
    world.backlog.registrar_sonda(CAP, False, "no key yet", pedido=before)
    assert (world.backlog.sondas_pedidas(), world.open("estruturar_produto")) == ([CAP], [])
    world.backlog.registrar_sonda(CAP, False, "no key", pedido=world.backlog.sonda_pedida(CAP))
    assert world.backlog.sondas_pedidas() == []
    assert [item["contexto"]["sonda"] for item in world.open("estruturar_produto")] == ["no key"]


def test_a_refused_gap_asks_each_spec_whether_it_does_without(world: World) -> None:
    gap, first = lacking(world, "frete")
    _, second = lacking(world, "pedido")
    work = handed_on(world)
    world.decide(work, "recusar", motivo="too dear")
    questions = world.open("resolver_dependencia")
    assert {question["contexto"]["item_ref"] for question in questions} == {first, second}
    assert questions[0]["contexto"]["motivo"] == f"{gap} ended as Concluido"
    world.decide(questions[0]["id"], "dispensar", motivo="signs by hand")
    assert world.status(first) == "Pendente"
    world.backlog.registrar_sonda(CAP, True)
    assert world.status(second) == "Bloqueado", "the refused gap does not come back"


def test_a_gap_can_be_refused_once(world: World) -> None:
    lacking(world, "frete")
    work = handed_on(world)
    world.decide(work, "recusar", motivo="too dear")
    other = world.produce("estruturar_produto", pai=world.item(work)["gap_ref"], produtor="GENESIS")
    with pytest.raises(WrongState, match="is not a gap that is being worked on"):
        world.decide(other, "recusar", motivo="again")


def test_a_specified_capability_comes_with_its_own_spec(world: World) -> None:
    gap, budget = lacking(world, "frete")
    work = handed_on(world)
    world.decide(work, "especificar", motivo="we need our own")
    assert world.open("especificar")[0]["contexto"]["motivo"] == "we need our own"
    writing = left_to_a_person(world)
    priced = world.add_spec("chaves", fornece=[CAP])
    assert world.item(priced)["pai"] == writing["id"]
    assert world.item(priced)["gap_ref"] == gap
    assert world.item(writing["id"])["resultado"] == {"spec_ref": "chaves", "spec_versao": 1}
    assert world.backlog.sondas_pedidas() == [], "its spec is at work"
    world.decide(world.deliver("chaves"), "validar")
    assert world.backlog.sondas_pedidas() == [CAP]
    world.backlog.registrar_sonda(CAP, True)
    assert world.status(budget) == "Pendente"


def test_giving_up_the_specification_asks_for_the_probe(world: World) -> None:
    lacking(world, "frete")
    world.decide(handed_on(world), "especificar")
    world.decide(left_to_a_person(world)["id"], "desistir")
    assert world.backlog.sondas_pedidas() == [CAP]


def test_a_provider_that_is_given_up_asks_for_the_probe(world: World) -> None:
    lacking(world, "frete")
    world.add_spec("chaves", fornece=[CAP])
    world.decide(handed_on(world), "verificar")
    assert world.backlog.sondas_pedidas() == [], "another spec still brings it"
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento", {"spec_ref": "chaves"}))
    world.decide(budget, "recusar")
    assert world.backlog.sondas_pedidas() == [CAP]


def test_a_version_that_does_not_provide_any_more_asks_for_the_probe(world: World) -> None:
    lacking(world, "frete")
    world.add_spec("chaves", fornece=[CAP])
    world.decide(handed_on(world), "verificar")
    world.add_spec("chaves", 2)
    assert world.db.all("capacidades")
    (found,) = world.db.find("capacidades", "nome", CAP)
    assert found["fornecida_por"] == []
    assert world.backlog.sondas_pedidas() == [CAP]


def test_a_gap_without_a_way_to_ask_again_breaks_its_dependents(tmp_path: Path) -> None:
    text = (SEEDS / "contracts.yaml").read_text("utf-8")
    start, end = text.index("  se_falhar:"), text.index("entrevistar_humano:\n  descricao")
    world = World(tmp_path, Contracts.parse(text[:start] + text[end:]))
    lacking(world, "frete")
    world.decide(handed_on(world), "verificar")
    world.backlog.registrar_sonda(CAP, False, "exit 1")
    assert len(world.open("resolver_dependencia")) == 1
    Snapshot(world).check()
    world.close()


def test_a_capability_can_be_waited_for_by_name(world: World) -> None:
    item = world.produce("corrigir_bug", produtor="humano", depende_de=[f"cap:{CAP}"])
    (question,) = world.open("resolver_dependencia")
    assert question["contexto"]["dependencia"] == f"cap:{CAP}"
    gap, _ = lacking(world, "frete")
    assert world.item(item)["dependencias"][f"cap:{CAP}"] == {
        "estado": "aberta",
        "por": gap,
        "em": world.clock.now(),
    }
    assert not world.open("resolver_dependencia"), "somebody works on it now"
    world.backlog.registrar_sonda(CAP, True)
    assert world.status(item) == "Pendente"


def test_a_probe_that_says_the_same_writes_nothing(world: World) -> None:
    world.backlog.registrar_sonda(CAP, True, "ok")
    before = world.db.seq
    world.backlog.registrar_sonda(CAP, True, "ok")
    assert world.db.seq == before
    (found,) = world.db.find("capacidades", "nome", CAP)
    assert found["adicionada_em"] == world.clock.now()
    world.clock.advance(60)
    world.backlog.registrar_sonda(CAP, False, "gone")
    world.backlog.registrar_sonda(CAP, True, "back")
    assert world.db.find("capacidades", "nome", CAP)[0]["adicionada_em"] == found["adicionada_em"]
    assert [event["tipo"] for event in world.db.history() if event["tipo"].startswith("sonda")] == [
        "sonda.passou",
        "sonda.falhou",
        "sonda.passou",
    ]


def test_a_skipped_or_failed_gap_is_asked_about(world: World) -> None:
    gap, budget = lacking(world, "frete")
    world.fail_for_good("entrevistar_dor")
    assert world.item(budget)["dependencias"][gap]["estado"] == "quebrada"
    world.decide(world.open("resolver_falha")[0]["id"], "pular", motivo="no interview")
    assert world.item(budget)["dependencias"][gap]["estado"] == "quebrada", "skipping brings no capability"
    assert len(world.open("resolver_dependencia")) == 1


def test_whoever_joins_a_gap_whose_work_has_ended_has_it_verified(world: World) -> None:
    gap = world.produce("entrevistar_dor")
    world.decide(handed_on(world), "verificar")
    assert world.backlog.sondas_pedidas() == [], "nobody waits for it"
    world.produce("corrigir_bug", produtor="humano", depende_de=[gap])
    assert world.backlog.sondas_pedidas() == [CAP]


def test_doing_without_lets_a_gap_go_that_nobody_else_waits_for(world: World) -> None:
    gap, budget = lacking(world, "frete")
    world.fail_for_good("entrevistar_dor")
    (failure,) = world.open("resolver_falha")
    world.decide(world.open("resolver_dependencia")[0]["id"], "dispensar", motivo="by hand")
    assert world.status(budget) == "Pendente"
    assert world.status(gap) == "Cancelado"
    assert world.status(failure["id"]) == "Cancelado"


def test_what_a_gap_brought_about_may_not_wait_for_whoever_waits_for_the_gap(world: World) -> None:
    _, budget = lacking(world, "frete")
    world.decide(handed_on(world), "especificar")
    writing = left_to_a_person(world)
    spec = {"spec_ref": "outra", "spec_versao": 1}
    with world.db.transaction() as tx:
        tx.insert("specs", spec_version("outra"))
        (priced,) = world.backlog.responder(writing["id"], spec, [new_item("orcar_spec", spec)], tx=tx)
    claim = world.claim("orcar_spec")
    assert claim.item["id"] == priced
    with pytest.raises(CycleRefused, match=f"→ {budget} → "):
        world.conclude(claim, new_item("aprovar_orcamento", spec, depende_de=[budget]))


def test_work_may_not_wait_for_a_gap_whose_work_waits_for_it(world: World) -> None:
    _, budget = lacking(world, "frete")
    world.decide(handed_on(world), "especificar")
    writing = left_to_a_person(world)
    spec = {"spec_ref": "outra", "spec_versao": 1}
    bug = world.produce("corrigir_bug", produtor="humano")
    with world.db.transaction() as tx:
        tx.insert("specs", spec_version("outra"))
        world.backlog.responder(writing["id"], spec, [new_item("orcar_spec", spec)], tx=tx)
    (held,) = world.done("orcar_spec", new_item("aprovar_orcamento", spec, depende_de=[bug]))
    claim = world.claim("corrigir_bug")
    with pytest.raises(CycleRefused, match=f"{bug} → {budget} → .* → {held} → {bug}"):
        world.backlog.bloquear(bug, claim.token, [budget], "needs the budget")


# What the definitions tell, installs, doing without


FACTS = {
    "tipo_recurso": "credencial",
    "descricao": "uma chave",
    "criterio": "",
    "instalar": "make key",
    "molde": False,
    "como_obter": "buy one",
    "alternativas": [],
}


def known(world: World, nome: str = CAP) -> dict[str, Any]:
    (found,) = world.db.find("capacidades", "nome", nome)
    return found


def test_definitions_are_taken_over_once_and_kept_with_what_the_probe_said(world: World) -> None:
    world.backlog.registrar_sonda(CAP, False, "no key")
    world.backlog.definir_capacidades({CAP: FACTS, "outra": {**FACTS, "molde": True}})
    assert (known(world)["instalar"], known(world)["sonda"]["detalhe"]) == ("make key", "no key")
    before = world.db.seq
    world.backlog.definir_capacidades({CAP: FACTS, "outra": {**FACTS, "molde": True}})
    assert world.db.seq == before, "nothing changed, nothing is written"
    world.backlog.definir_capacidades({CAP: FACTS})
    gone = known(world, "outra")
    assert (gone["definida"], gone["molde"], gone["instalar"]) == (False, False, "")


def test_an_install_is_offered_only_where_a_command_is_defined(world: World) -> None:
    lacking(world, "frete")
    work = handed_on(world)
    offered = {option.nome: option for option in world.decisions.opcoes(world.item(work))}
    assert "no install command is defined for chave-assinatura" in offered["instalar"].indisponivel
    assert not offered["verificar"].indisponivel
    assert {"resolvida", "descartar", "ajustar"}.isdisjoint(offered), "those are for pains without one"
    with pytest.raises(WrongState, match="no install command"):
        world.decide(work, "instalar")
    world.backlog.definir_capacidades({CAP: FACTS})
    (option,) = [each for each in world.decisions.opcoes(world.item(work)) if each.nome == "instalar"]
    assert (option.indisponivel, "make key" in option.efeito) == ("", True)
    world.decide(work, "instalar")
    (install,) = world.open("instalar_capacidade")
    assert install["contexto"] == {"recurso": CAP, "comando": "make key"}
    assert install["gap_ref"] == world.item(work)["gap_ref"]


def test_an_install_that_did_not_help_is_told_when_it_is_asked_again(world: World) -> None:
    _, budget = lacking(world, "frete")
    world.backlog.definir_capacidades({CAP: FACTS})
    world.decide(handed_on(world), "instalar")
    claim = world.claim("instalar_capacidade")
    world.backlog.registrar_instalacao(CAP, False, "no room", item_ref=claim.item["id"])
    assert world.events("capacidade.instalacao_falhou")[0]["detalhe"] == "no room"
    world.conclude(claim)
    assert world.backlog.sondas_pedidas() == [CAP], "the probe says whether it is there"
    world.backlog.registrar_sonda(CAP, False, "exit code 1")
    (again,) = world.open("estruturar_produto")
    assert (again["contexto"]["instalacao"], again["contexto"]["sonda"]) == ("no room", "exit code 1")
    assert again["contexto"]["de_novo"] is True
    world.decide(again["id"], "verificar")
    world.backlog.registrar_sonda(CAP, True)
    assert world.status(budget) == "Pendente"


def test_an_install_for_another_gap_is_not_told(world: World) -> None:
    world.backlog.registrar_instalacao(CAP, False, "long ago", item_ref="BKL-0001")
    lacking(world, "frete")
    world.decide(handed_on(world), "verificar")
    world.backlog.registrar_sonda(CAP, False, "exit code 1")
    (again,) = world.open("estruturar_produto")
    assert "instalacao" not in again["contexto"]


def test_a_gap_says_whom_it_blocks_as_they_come(world: World) -> None:
    gap, first = lacking(world, "frete")
    assert world.item(gap)["contexto"]["bloqueando"] == [first]
    _, second = lacking(world, "pedido")
    bug = world.produce("corrigir_bug", produtor="humano", depende_de=[f"cap:{CAP}"])
    assert world.item(gap)["contexto"]["bloqueando"] == [first, second, bug]
    claim = world.claim("entrevistar_dor")
    world.conclude(claim, new_item("estruturar_produto"))
    assert world.item(gap)["contexto"]["bloqueando"] == [first, second, bug]


def test_doing_without_pushes_every_spec_that_waits_back(world: World) -> None:
    gap, first = lacking(world, "frete")
    _, second = lacking(world, "pedido")
    bug = world.produce("corrigir_bug", produtor="humano", depende_de=[f"cap:{CAP}"])
    work = handed_on(world)
    world.decide(work, "dispensar", motivo="too dear")
    assert world.item(gap)["desfecho"] == "perdido"
    assert (world.status(first), world.status(second)) == ("Cancelado", "Cancelado")
    pushed = {item["spec_ref"]: item["contexto"]["motivo"] for item in world.open("ajustar_spec")}
    assert pushed == dict.fromkeys(("frete", "pedido"), f"do without {CAP}: too dear")
    (question,) = world.open("resolver_dependencia")
    assert question["contexto"]["item_ref"] == bug, "what has no spec to change is asked about"
    assert world.item(first)["motivo"] == f"its spec is to do without {CAP}"
    priced = world.add_spec("frete", 2)
    assert world.item(priced)["pai"] == next(
        item["id"] for item in world.items("ajustar_spec", "Concluido") if item["spec_ref"] == "frete"
    )


def test_doing_without_can_be_taken_back(world: World) -> None:
    gap, budget = lacking(world, "frete")
    decision = world.decide(handed_on(world), "dispensar", motivo="too dear", undo_s=5)
    world.decisions.desfazer(decision)
    assert (world.status(budget), world.item(gap)["desfecho"]) == ("Bloqueado", "")
    assert world.open("ajustar_spec") == []


def test_a_broken_need_can_push_its_spec_back_as_well(world: World) -> None:
    _, budget = lacking(world, "frete")
    world.decide(handed_on(world), "recusar", motivo="no")
    (question,) = world.open("resolver_dependencia")
    assert question["contexto"]["spec_ref"] == "frete"
    world.decide(question["id"], "ajustar", motivo="take it out")
    (pushed,) = world.open("ajustar_spec")
    assert (pushed["spec_ref"], pushed["spec_versao"]) == ("frete", 1)
    assert world.status(budget) == "Cancelado"


# Did it help?


def effectiveness(world: World) -> dict[str, Any]:
    world.add_spec("frete")
    world.decide(world.deliver("frete"), "validar")
    world.clock.advance(604_800)
    (asked,) = world.open("avaliar_efetividade")
    return asked


def test_effective_and_partly_end_with_the_answer(world: World) -> None:
    asked = effectiveness(world)
    assert {option.nome for option in world.decisions.opcoes(asked)} == {
        "efetiva",
        "parcial",
        "parcial_ajustar",
        "inefetiva",
    }
    world.decide(asked["id"], "parcial", motivo="only the south")
    assert world.item(asked["id"])["resultado"]["motivo"] == "only the south"
    assert world.open("ajustar_spec") == []


def test_partly_may_adjust_the_spec(world: World) -> None:
    asked = effectiveness(world)
    world.decide(asked["id"], "parcial_ajustar", motivo="only the south")
    (pushed,) = world.open("ajustar_spec")
    assert (pushed["spec_ref"], pushed["contexto"]["motivo"]) == ("frete", "only the south")


def test_ineffective_is_a_pain_again(world: World) -> None:
    asked = effectiveness(world)
    world.decide(asked["id"], "inefetiva", motivo="nobody uses it")
    (pain,) = world.open("entrevistar_dor")
    assert (pain["produtor"], pain["contexto"]["sintoma"]) == ("MS_Produto", "nobody uses it")
    assert pain["titulo"] == "Pain: frete did not help: nobody uses it"
    assert set(pain["contexto"]) >= {"frequencia", "afetados", "impacto", "tentativas", "criterio_sucesso"}
    assert pain["saga_id"] == asked["saga_id"]
    assert (pain["contexto"]["afetados"], pain["contexto"]["spec_origem_ref"]) == (["frete"], "frete")
