"""The budget as a gate: reserved at the claim, stopped at the limit, gone on with by decision."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from backlog_model import Snapshot
from factories import ME, World, execution, new_item, spec_resources

from store.backlog import Backlog, Claim
from store.budgets import budget_left
from store.clock import CountingTokens
from store.contracts import Retries
from store.decisions import Decisions
from store.errors import LostToken, WrongState
from store.journal.transaction import Transaction
from store.limits import Limits
from store.periods import limits_left

PRICE = {"constantes": {"limite": {"tokens_llm": 1500.0}}}
SPENT = {"tokens": 700, "custo": {"llm": "42.10", "infra": "0.02"}, "medido": True, "wall_s": 3.0}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    with made.db.transaction() as tx:
        tx.insert("specs_recursos", spec_resources(**PRICE))
    yield made
    Snapshot(made).check()
    made.close()


def limited(world: World, **limits: str) -> World:
    """The same world with limits a month and a sprint."""
    found = Limits(**{name: Decimal(amount) for name, amount in limits.items()})
    rules = world.backlog.rules
    world.backlog = Backlog(world.db, world.contracts, world.clock, CountingTokens(), rules.rng, found)
    world.decisions = Decisions(world.backlog)
    return world


def develop(world: World, **fields: Any) -> str:
    """A `desenvolvimento` that was approved."""
    if not world.db.find("specs", "spec_ref", "frete"):
        world.add_spec()
        world.done("orcar_spec")
    return world.produce("desenvolvimento", **fields)


def stopped(world: World, recurso: str = "custo", uso: dict[str, Any] | None = None) -> tuple[str, str]:
    """A development that was stopped at its limit, and the question about it."""
    item_id = develop(world)
    claim = world.claim("desenvolvimento")
    details = {"performer": "comando"}
    question = world.backlog.parar_no_limite(
        item_id, claim.token, recurso, uso=SPENT if uso is None else uso, detalhes=details
    )
    return item_id, question


def events(world: World, tipo: str) -> list[dict[str, Any]]:
    return list(world.db.history(tipo=tipo))


def test_a_claim_reserves_what_is_left_until_the_attempt_ends(world: World) -> None:
    limits = Limits(mes=Decimal("100.00"))
    limited(world, mes="100.00")
    item_id = develop(world)
    claim = world.claim("desenvolvimento")
    assert world.item(item_id)["tentativas"][0]["reserva"] == {"tokens": 1500, "custo": "42.10"}
    assert limits_left(world.db, limits, world.clock.now())["mes"]["reservado"] == "42.10"
    uso = {"custo": {"infra": "1.50"}, "cpu_s": 2.0}
    world.backlog.falhar(item_id, claim.token, "boom", uso=uso)
    found = limits_left(world.db, limits, world.clock.now())["mes"]
    assert (found["usado"], found["reservado"], found["resta"]) == ("1.50", "0.00", "98.50")
    world.clock.advance(600)
    world.claim("desenvolvimento")
    assert world.item(item_id)["tentativas"][1]["reserva"] == {"tokens": 1500, "custo": "40.60"}


def test_only_work_with_a_budget_reserves(world: World) -> None:
    world.add_spec()
    claim = world.claim("orcar_spec")
    assert claim.item["tentativas"][0]["reserva"] is None


def test_work_at_its_limit_waits_for_exactly_one_decision(world: World) -> None:
    item_id, question = stopped(world)
    item = world.item(item_id)
    assert (item["status"], item["falhas"], item["lease"]) == ("Bloqueado", 0, None)
    assert item["depende_de"] == [question]
    assert item["tentativas"][0]["fim_motivo"] == "bloqueou"
    assert item["tentativas"][0]["uso"] == SPENT
    (asked,) = world.open("estender_orcamento")
    contexto = asked["contexto"]
    assert (contexto["item_ref"], contexto["limite"], contexto["recurso"]) == (item_id, "item", "custo")
    assert contexto["motivo"] == "the cost that was approved is used up"
    assert (contexto["aprovado"]["custo"], contexto["usado"]["custo"]) == ("42.10", "42.12")
    assert contexto["mais"] == "R$ 42,12 and 1.500 tokens more"
    assert contexto["performer"] == "comando"
    assert [option.nome for option in world.decisions.opcoes(asked)] == [
        "estender",
        "estender_metade",
        "ajustar",
        "encerrar",
    ]
    assert [event["item_id"] for event in events(world, "orcamento.esgotado")] == [item_id]
    with pytest.raises(LostToken):
        world.backlog.parar_no_limite(item_id, "t-old", "custo")


@pytest.mark.parametrize(
    ("opcao", "custo", "tokens"), [("estender", "84.22", 3000), ("estender_metade", "63.17", 2250)]
)
def test_extended_work_goes_on_with_more(opcao: str, custo: str, tokens: int, world: World) -> None:
    item_id, question = stopped(world)
    world.decide(question, opcao)
    item = world.item(item_id)
    assert (item["status"], item["desbloqueado_por"], item["perdas"]) == ("Pendente", question, 0)
    approved = budget_left(world.db, item)["aprovado"]
    assert (approved["custo"], approved["tokens"]) == (custo, tokens)
    claim = world.claim("desenvolvimento")
    assert claim.tentativa == 2
    assert len(events(world, "orcamento.estendido")) == 1
    second = world.backlog.parar_no_limite(item_id, claim.token, "tokens", uso=SPENT)
    assert world.item(second)["contexto"]["tentativas"] == 2
    assert len(world.open("estender_orcamento")) == 1


def test_a_lie_of_a_billion_asks_once_and_not_at_every_claim(world: World) -> None:
    item_id, question = stopped(world, "tokens", {"tokens": 10**9, "medido": True})
    world.decide(question, "estender")
    assert budget_left(world.db, world.item(item_id))["resta"]["tokens"] == 1500
    world.claim("desenvolvimento")


def test_work_that_has_nothing_left_is_asked_about_before_it_is_claimed(world: World) -> None:
    item_id, other = develop(world, prioridade=9), develop(world)
    claim = world.claim("desenvolvimento")
    assert claim.item["id"] == item_id
    world.backlog.falhar(item_id, claim.token, "boom", uso=SPENT)
    world.clock.advance(600)
    assert world.claim("desenvolvimento").item["id"] == other
    assert world.status(item_id) == "Bloqueado"
    (question,) = world.open("estender_orcamento")
    assert question["contexto"]["item_ref"] == item_id


def test_turns_are_extended_without_money(world: World) -> None:
    item_id, question = stopped(world, "turnos", {"tokens": 5, "turnos": 30})
    assert world.item(question)["contexto"]["mais"] == "as many turns again"
    world.decide(question, "estender_metade")
    assert world.status(item_id) == "Pendente"
    assert world.item(item_id).get("extensoes", []) == []


def test_an_answer_that_is_taken_back_leaves_the_question(world: World) -> None:
    item_id, question = stopped(world)
    decided = world.decide(question, "estender", undo_s=5)
    assert world.item(item_id)["disponivel_em"] > world.clock.now()
    world.decisions.desfazer(decided)
    item = world.item(item_id)
    assert (item["status"], item.get("extensoes", [])) == ("Bloqueado", [])
    world.decide(question, "estender_metade")
    assert len(world.item(item_id)["extensoes"]) == 1


def test_ended_work_closes_what_it_opened(world: World) -> None:
    item_id, question = stopped(world)
    world.decide(question, "encerrar")
    assert world.status(item_id) == "Cancelado"
    assert world.status(question) == "Concluido"


def test_a_pushed_back_spec_gives_the_work_up(world: World) -> None:
    item_id, question = stopped(world)
    world.decide(question, "ajustar", motivo="too dear")
    assert world.status(item_id) == "Cancelado"
    (adjust,) = world.open("ajustar_spec")
    assert adjust["contexto"] == {"spec_ref": "frete", "spec_versao": 1, "motivo": "too dear"}


def test_the_question_closes_when_its_item_ends_otherwise(world: World) -> None:
    item_id, question = stopped(world)
    world.backlog.cancelar(item_id, "not needed")
    assert world.status(question) == "Cancelado"
    with pytest.raises(WrongState, match="Cancelado already"):
        world.decide(question, "estender")


def test_a_question_that_its_item_does_not_wait_for_extends_nothing(world: World) -> None:
    contexto = {"estender": {"custo": "1.00"}, "limite": "item"}
    item_id = develop(world)
    question = world.produce("estender_orcamento", {**contexto, "item_ref": item_id})
    with pytest.raises(WrongState, match="does not wait for"):
        world.decide(question, "estender")


# -- a month, a sprint


def test_an_item_that_would_pass_the_month_waits_and_others_go_on(world: World) -> None:
    limited(world, mes="50.00")
    first, second = develop(world), develop(world)
    world.claim("desenvolvimento")
    assert world.backlog.consumir(["desenvolvimento"], "PROMETHEUS", ME) is None
    assert (world.status(first), world.status(second)) == ("EmProcessamento", "Bloqueado")
    (question,) = world.open("estender_orcamento")
    contexto = question["contexto"]
    assert (contexto["limite"], contexto["periodo"]) == ("mes", "2026-01")
    assert contexto["do_limite"]["resta"] == "7.90"
    assert contexto["renova_em"] == "2026-02-01T03:00:00.000000Z"
    assert contexto["mais"] == "R$ 50,00 more in the limit of the month"
    before = world.db.seq
    assert world.backlog.consumir(["desenvolvimento"], "PROMETHEUS", ME) is None
    assert world.db.seq == before, "an item that waits is not looked at again and again"


def test_a_limit_that_was_raised_by_decision_lets_the_item_go_on(world: World) -> None:
    limited(world, mes="40.00")
    item_id = develop(world)
    assert world.backlog.consumir(["desenvolvimento"], "PROMETHEUS", ME) is None
    (question,) = world.open("estender_orcamento")
    decided = world.decide(question["id"], "estender", undo_s=5)
    world.decisions.desfazer(decided)
    limits = world.backlog.rules.limites
    assert limits_left(world.db, limits, world.clock.now())["mes"]["estendido"] == "0.00"
    world.decide(question["id"], "estender_metade")
    assert limits_left(world.db, limits, world.clock.now())["mes"]["resta"] == "60.00"
    assert world.claim("desenvolvimento").item["id"] == item_id
    assert world.item(item_id).get("extensoes", []) == []


def test_another_month_frees_what_waited_for_it(world: World) -> None:
    limited(world, mes="40.00")
    item_id = develop(world)
    assert world.backlog.consumir(["desenvolvimento"], "PROMETHEUS", ME) is None
    assert world.backlog.rever_limites() == "2026-02-01T03:00:00.000000Z"
    limited(world, mes="60.00")
    assert world.backlog.rever_limites() == ""
    assert world.status(item_id) == "Pendente"
    (question,) = world.items("estender_orcamento")
    assert (question["status"], question["motivo"]) == (
        "Cancelado",
        "the limit of the month has room for it now",
    )


def test_what_was_spent_in_one_month_is_no_part_of_the_next(world: World) -> None:
    limited(world, mes="43.00")
    first, second = develop(world), develop(world)
    claim = world.claim("desenvolvimento")
    world.backlog.falhar(first, claim.token, "boom", uso={"custo": {"llm": "3.00"}})
    world.backlog.cancelar(first, "enough")
    assert world.backlog.consumir(["desenvolvimento"], "PROMETHEUS", ME) is None
    world.clock.advance(27 * 86_400)
    world.backlog.rever_limites()
    assert world.claim("desenvolvimento").item["id"] == second


def test_only_as_many_go_on_as_there_is_room_for_together(world: World) -> None:
    limited(world, mes="10.00")
    plain, urgent, other = develop(world), develop(world, prioridade=9), develop(world)
    assert world.backlog.consumir(["desenvolvimento"], "PROMETHEUS", ME) is None
    asked = {each["contexto"]["item_ref"]: each["id"] for each in world.open("estender_orcamento")}
    limited(world, mes="90.00")
    world.backlog.rever_limites()
    assert [world.status(each) for each in (plain, urgent, other)] == ["Pendente", "Pendente", "Bloqueado"]
    assert [each["id"] for each in world.open("estender_orcamento")] == [asked[other]], "not asked anew"
    assert world.claim("desenvolvimento").item["id"] == urgent


def test_a_sprint_has_a_limit_of_its_own(world: World) -> None:
    limited(world, sprint="50.00")
    in_sprint = {"tipo": "sprint_task", "sprint_id": "SPR-0001"}
    for _ in range(2):
        develop(world, origem=in_sprint)
    outside = develop(world)
    world.claim("desenvolvimento")
    assert world.claim("desenvolvimento").item["id"] == outside
    (question,) = world.open("estender_orcamento")
    contexto = question["contexto"]
    assert (contexto["limite"], contexto["periodo"]) == ("sprint", "SPR-0001")
    assert "renova_em" not in contexto
    assert world.backlog.rever_limites() == ""


# -- work without a price


def unpriced(world: World, **fields: Any) -> str:
    """A roll back that a program of the workspace does: nothing was approved for it."""
    return world.produce("reverter", produtor="humano", **fields)


def begin(world: World) -> Claim | None:
    return world.backlog.consumir(
        ["reverter"], world.contracts["reverter"].consumidor, ME, custam=["reverter"]
    )


def spend(world: World, custo: str) -> None:
    """Something else of the month costs so much."""
    item_id = unpriced(world)
    claim = begin(world)
    assert claim is not None
    world.backlog.falhar(item_id, claim.token, "boom", uso={"custo": {"llm": custo}}, retries=Retries(max=0))


def test_work_without_a_price_begins_while_the_month_has_something_left(world: World) -> None:
    limited(world, mes="50.00")
    spend(world, "49.99")
    first = unpriced(world)
    claim = begin(world)
    assert claim is not None
    assert claim.item["tentativas"][0]["reserva"] is None, "nobody knows what it will take"
    world.backlog.falhar(first, claim.token, "boom", uso={"custo": {"llm": "0.01"}})
    world.backlog.cancelar(first, "enough")
    item_id = unpriced(world)
    assert begin(world) is None
    assert world.status(item_id) == "Bloqueado"
    (question,) = world.open("estender_orcamento")
    contexto = question["contexto"]
    assert (contexto["item_ref"], contexto["limite"]) == (item_id, "mes")
    assert contexto["motivo"] == "the limit of the month 2026-01 is used up"
    assert contexto["aprovado"]["custo"] is None
    told = [option.nome for option in world.decisions.opcoes(question)]
    assert told == ["estender", "estender_metade", "encerrar"], "there is no spec to push back"
    world.decide(question["id"], "estender_metade")
    assert world.status(item_id) == "Pendente"
    assert begin(world) is not None


@pytest.mark.parametrize(("opcao", "resta"), [("estender", "50.00"), ("estender_metade", "25.00")])
def test_what_was_spent_beyond_the_limit_is_added_too(opcao: str, resta: str, world: World) -> None:
    limited(world, mes="50.00")
    spend(world, "300.00")
    unpriced(world)
    assert begin(world) is None
    (question,) = world.open("estender_orcamento")
    world.decide(question["id"], opcao)
    limits = world.backlog.rules.limites
    assert limits_left(world.db, limits, world.clock.now())["mes"]["resta"] == resta
    assert begin(world) is not None


def test_a_month_in_which_nothing_may_be_spent_can_be_extended(world: World) -> None:
    limited(world, mes="0.00")
    unpriced(world)
    assert begin(world) is None
    (question,) = world.open("estender_orcamento")
    world.decide(question["id"], "estender")
    assert begin(world) is not None


def test_work_that_costs_nothing_goes_on_in_an_exhausted_month(world: World) -> None:
    limited(world, mes="50.00")
    spend(world, "50.00")
    item_id = unpriced(world)
    claim = world.backlog.consumir(["reverter"], world.contracts["reverter"].consumidor, ME)
    assert claim is not None
    assert claim.item["id"] == item_id


def test_an_execution_without_a_price_does_not_begin_either(world: World) -> None:
    limited(world, mes="50.00")
    spend(world, "50.00")
    item_id = world.produce("corrigir_bug", {"feature_ref": "nada"})
    assert world.backlog.consumir(["corrigir_bug"], "PROMETHEUS", ME) is None
    assert world.status(item_id) == "Bloqueado"


@pytest.mark.parametrize("escopo", ["mes", "sprint"])
def test_running_work_that_has_used_up_the_period_waits_for_it(escopo: str, world: World) -> None:
    limited(world, mes="60.00", sprint="50.00")
    origem = {"tipo": "sprint_task", "sprint_id": "SPR-0001"} if escopo == "sprint" else None
    item_id = unpriced(world, origem=origem)
    claim = begin(world)
    assert claim is not None
    uso = {"custo": {"llm": "61.00"}}
    question = world.backlog.parar_no_limite(
        item_id, claim.token, escopo, uso=uso, detalhes={"performer": "comando"}
    )
    contexto = world.item(question)["contexto"]
    assert (contexto["limite"], contexto["recurso"], contexto["performer"]) == (escopo, "custo", "comando")
    assert contexto["do_limite"]["resta"] == ("-1.00" if escopo == "mes" else "-11.00")
    assert ("renova_em" in contexto) == (escopo == "mes")
    assert (world.status(item_id), world.item(item_id)["perdas"]) == ("Bloqueado", 0)
    world.backlog.rever_limites()
    assert world.status(item_id) == "Bloqueado"
    limited(world, mes="600.00", sprint="500.00")
    world.backlog.rever_limites()
    assert world.status(item_id) == "Pendente"


def test_a_limit_that_was_taken_away_while_work_ran_holds_it_until_the_next_look(world: World) -> None:
    item_id = unpriced(world)
    claim = begin(world)
    assert claim is not None
    world.backlog.parar_no_limite(item_id, claim.token, "sprint")
    world.backlog.rever_limites()
    assert world.status(item_id) == "Pendente"


def test_only_open_questions_about_a_limit_are_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(world, mes="0.00")
    for _ in range(5):
        unpriced(world)
        assert begin(world) is None
        (question,) = world.open("estender_orcamento")
        world.decide(question["id"], "encerrar", motivo="no")
    before = world.db.seq
    find = Transaction.find
    read: list[str] = []

    def counted(tx: Transaction, collection: str, index: str, value: object) -> Any:
        found = find(tx, collection, index, value)
        read.extend(doc["tipo"] for doc in found if collection == "backlog_items")
        return found

    monkeypatch.setattr(Transaction, "find", counted)
    assert world.backlog.rever_limites() == ""
    assert (read, world.db.seq) == ([], before), "nobody waits"
    unpriced(world)
    assert begin(world) is None
    read.clear()
    assert world.backlog.rever_limites()
    assert read.count("estender_orcamento") == 1


def test_people_s_time_counts_to_the_month_at_the_price_of_an_hour(world: World) -> None:
    limited(world, mes="500.00")
    world.add_spec()
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    world.decisions.decidir(budget, "aprovar", undo_s=0, trabalho_s=360)
    found = limits_left(world.db, world.backlog.rules.limites, world.clock.now())["mes"]
    assert found["usado"] == "3.00"  # a tenth of an hour, of which ten cost R$ 300


# -- what was metered


def call(**fields: Any) -> dict[str, Any]:
    return {
        "ts": "2026-01-05T12:00:00.000000Z",
        "fase": "dev",
        "modelo": "m",
        "tokens_entrada": 100,
        "tokens_saida": 50,
        "tokens_cache": 0,
        "custo_informado": "0.50",
        "custo_calculado": None,
        "preco_versao": "2026.1",
        "moeda": "BRL",
        "cambio": None,
    } | fields


def test_calls_become_rows_once_there_is_an_execution(world: World) -> None:
    item_id = develop(world)
    claim = world.claim("desenvolvimento")
    first = {"tokens": 150, "custo": {"llm": "0.50"}, "medido": True, "chamadas": [call()]}
    world.backlog.registrar_uso(item_id, claim.token, first, eventos=[{"tipo": "orcamento.aviso"}])
    assert list(world.db.all("uso_llm")) == []
    assert len(world.item(item_id)["tentativas"][0]["uso"]["chamadas"]) == 1
    assert len(events(world, "orcamento.aviso")) == 1
    world.backlog.falhar(item_id, claim.token, "boom", uso={"cpu_s": 1.0})
    world.clock.advance(600)
    again = world.claim("desenvolvimento")
    with world.db.transaction() as tx:
        run = tx.insert("execucoes", execution(backlog_item_ref=item_id))
        item = tx.get("backlog_items", item_id)
        tx.put("backlog_items", {**(item or {}), "execucao_ref": run})
    more = {"tokens": 300, "custo": {"llm": None}, "chamadas": [call(custo_informado=None)]}
    world.backlog.falhar(item_id, again.token, "boom", uso=more)
    rows = list(world.db.all("uso_llm"))
    assert [(row["execucao_id"], row["worker"], row["tentativa"]) for row in rows] == [
        (run, "PROMETHEUS", 1),
        (run, "PROMETHEUS", 2),
    ]
    assert [(row["custo_informado"], row["custo_calculado"]) for row in rows] == [
        ("0.50", None),
        (None, None),
    ]
    actual = (world.db.get("execucoes", run) or {})["realizado"]
    assert actual["recursos"]["tokens_llm"] == 300
    assert actual["custo"]["total"] == "0.50"
    item = world.item(item_id)
    assert all("chamadas" not in attempt["uso"] for attempt in item["tentativas"])
    assert item["tentativas"][0]["uso"]["tokens"] == 150, "an end without figures keeps what was metered"


def test_calls_of_one_kind_are_one_however_often_they_are_written_down(world: World) -> None:
    item_id = develop(world)
    claim = world.claim("desenvolvimento")
    later = "2026-01-05T12:30:00.000000Z"
    kinds = [
        {},
        {"custo_informado": None},
        {"custo_informado": None, "custo_calculado": "0.25"},
        {"modelo": "n"},
        {"moeda": "USD", "cambio": "5.40"},
        {"fase": "teste"},
    ]
    for _ in range(40):
        calls = [call(ts=later, **kind) for kind in kinds]
        world.backlog.registrar_uso(item_id, claim.token, {"tokens": 1, "chamadas": calls})
    kept = world.item(item_id)["tentativas"][0]["uso"]["chamadas"]
    assert len(kept) == len(kinds)
    assert kept[0] == call(ts=later, tokens_entrada=4000, tokens_saida=2000, custo_informado="20.00")
    assert (kept[1]["custo_informado"], kept[1]["custo_calculado"]) == (None, None), "not known is not 0"
    assert kept[2]["custo_calculado"] == "10.00"


def test_calls_of_apis_reach_the_execution_once_whenever_it_began(world: World) -> None:
    limited(world, mes="500.00")
    item_id = develop(world)
    claim = world.claim("desenvolvimento")

    def use(calls: dict[str, int], cost: str) -> None:
        uso = {"apis": calls, "custo": {"apis": cost, "llm": "1.00"}}
        world.backlog.registrar_uso(item_id, claim.token, uso)

    use({"correios": 2}, "0.04")
    with world.db.transaction() as tx:
        run = tx.insert("execucoes", execution(backlog_item_ref=item_id))
        item = tx.get("backlog_items", item_id)
        tx.put("backlog_items", {**(item or {}), "execucao_ref": run})
    for _ in range(2):
        use({"correios": 5, "cep": 1}, "0.10")
    world.backlog.falhar(item_id, claim.token, "boom")
    world.clock.advance(600)
    claim = world.claim("desenvolvimento")
    use({"correios": 1}, "0.02")
    found = world.db.get("execucoes", run) or {}
    assert found["realizado"]["recursos"]["chamadas_api"] == {"correios": 6, "cep": 1}
    assert found["realizado"]["custo"]["breakdown"]["apis"] == "0.12"
    told = [(e["api"], e["chamadas"]) for e in world.db.history(item=item_id, tipo="api.chamada")]
    assert told == [("correios", 2), ("correios", 3), ("cep", 1), ("correios", 1)]
    month = limits_left(world.db, world.backlog.rules.limites, world.clock.now())["mes"]
    assert month["usado"] == "2.12"


def test_a_lost_worker_s_use_is_kept_and_counts_once(world: World) -> None:
    limited(world, mes="500.00")
    item_id = develop(world)
    claim = world.claim("desenvolvimento")
    world.backlog.registrar_uso(item_id, claim.token, {"custo": {"llm": "2.00"}, "tokens": 10})
    world.backlog.registrar_uso(item_id, claim.token, {"custo": {"llm": "5.00"}, "tokens": 40})
    world.backlog.devolver(item_id, claim.token, "gone")
    assert budget_left(world.db, world.item(item_id))["usado"]["tokens"] == 40
    found = limits_left(world.db, world.backlog.rules.limites, world.clock.now())["mes"]
    assert (found["usado"], found["reservado"]) == ("5.00", "0.00")


def test_what_machines_did_for_an_attempt_that_failed_costs_its_execution(world: World) -> None:
    item_id = develop(world)
    with world.db.transaction() as tx:
        run = tx.insert("execucoes", execution(backlog_item_ref=item_id))
        item = tx.get("backlog_items", item_id)
        tx.put("backlog_items", {**(item or {}), "execucao_ref": run})
    for cost in ("0.30", "0.20"):
        claim = world.claim("desenvolvimento")
        world.backlog.falhar(item_id, claim.token, "boom", uso={"custo": {"infra": cost}})
        world.clock.advance(600)
    assert (world.db.get("execucoes", run) or {})["realizado"]["custo"]["breakdown"]["infra"] == "0.50"


def test_the_models_that_used_it_are_named_the_dearest_first(world: World) -> None:
    calls = [
        call(modelo="small", tokens_entrada=1),
        call(modelo="big", tokens_entrada=900),
        call(modelo="big"),
    ]
    _, question = stopped(world, uso={**SPENT, "chamadas": calls})
    assert world.item(question)["contexto"]["por"] == [
        {"modelo": "big", "tokens": 1100, "custo": "1.00"},
        {"modelo": "small", "tokens": 51, "custo": "0.50"},
    ]


def test_a_repair_of_no_known_spec_can_be_ended_but_not_pushed_back(world: World) -> None:
    item_id = world.produce("corrigir_bug", {"feature_ref": "nada"})
    claim = world.claim("corrigir_bug")
    question = world.backlog.parar_no_limite(item_id, claim.token, "turnos")
    asked = world.item(question)
    assert [option.nome for option in world.decisions.opcoes(asked)] == [
        "estender",
        "estender_metade",
        "encerrar",
    ]
    with pytest.raises(WrongState, match=r"only for what has contexto\.spec_ref"):
        world.decide(question, "ajustar")
    world.decide(question, "encerrar")
    assert world.status(item_id) == "Cancelado"


def test_each_answer_says_beforehand_what_it_will_do(world: World) -> None:
    limited(world, mes="40.00")
    item_id = develop(world)
    assert world.backlog.consumir(["desenvolvimento"], "PROMETHEUS", ME) is None
    (question,) = world.open("estender_orcamento")
    before = world.db.seq
    told = {option.nome: option for option in world.decisions.opcoes(question, previews=True)}
    assert all(not option.indisponivel for option in told.values())
    assert any(item_id in line for line in told["estender"].previa)
    assert any(item_id in line for line in told["encerrar"].previa)
    assert any("adjust" in line.lower() for line in told["ajustar"].previa), told["ajustar"].previa
    assert world.db.seq == before
    limits = world.backlog.rules.limites
    assert limits_left(world.db, limits, world.clock.now())["mes"]["estendido"] == "0.00"
