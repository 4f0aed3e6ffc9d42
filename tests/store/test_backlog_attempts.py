"""Claims, tokens, retries, lost workers, and work that finds that it must wait."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from factories import ME, World, new_item
from hypothesis import given
from hypothesis import strategies as st

from store.backlog import Claim
from store.backlog.attempts import backoff
from store.clock import seconds_between
from store.contracts import Retries
from store.errors import LostToken, WrongInput, WrongState


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def test_the_highest_priority_then_the_oldest_is_claimed(world: World) -> None:
    for prioridade in (0, 5, 5, 1):
        world.produce("corrigir_bug", prioridade=prioridade)
    world.backlog.repriorizar("BKL-0001", 3)
    claimed = [world.claim("corrigir_bug").item["id"] for _ in range(4)]
    assert claimed == ["BKL-0002", "BKL-0003", "BKL-0001", "BKL-0004"]
    assert world.backlog.consumir(["corrigir_bug"], "PROMETHEUS", ME) is None


def test_a_claim_names_its_executor_and_starts_an_attempt(world: World) -> None:
    world.produce("corrigir_bug")
    world.clock.advance(3)
    claim = world.claim("orcar_spec", "corrigir_bug", prazo_s=60)
    item = world.item("BKL-0001")
    assert item["status"] == "EmProcessamento"
    assert item["lease"]["executor"] == {"boot_id": "boot-1", "pid": 4711, "inicio": 99}
    assert (item["lease"]["token"], item["lease"]["prazo_s"], claim.tentativa) == (claim.token, 60, 1)
    assert item["iniciado_em"] == world.clock.now()
    assert [lease["id"] for lease in world.backlog.leases()] == ["BKL-0001"]
    event = world.events("item.transicao")[-1]
    assert (event["de"], event["para"], event["ator"]) == ("Pendente", "EmProcessamento", "PROMETHEUS")


def test_the_first_wait_in_the_queue_is_known_however_often_it_is_tried(world: World) -> None:
    world.produce("corrigir_bug")
    due = world.item("BKL-0001")["pendente_em"]
    world.clock.advance(3)
    claim = world.claim("corrigir_bug")
    started = world.clock.now()
    world.backlog.falhar("BKL-0001", claim.token, "boom")
    world.clock.advance(1000)
    world.claim("corrigir_bug")
    item = world.item("BKL-0001")
    assert item["pendente_em"] > item["iniciado_em"]
    assert (item["devido_em"], item["iniciado_em"]) == (due, started)


def test_queues_and_consumers_are_kept_apart(world: World) -> None:
    world.produce("corrigir_bug", fila="outra")
    assert world.backlog.consumir(["corrigir_bug"], "PROMETHEUS", ME) is None
    with pytest.raises(WrongInput, match=r"corrigir_bug is not consumed by GENESIS \(by: PROMETHEUS\)"):
        world.backlog.consumir(["corrigir_bug"], "GENESIS", ME)
    assert world.backlog.consumir(["corrigir_bug"], "PROMETHEUS", ME, fila="outra") is not None


def test_what_is_held_back_or_a_person_s_is_never_claimed(world: World) -> None:
    world.produce("corrigir_bug", retido=True)
    world.produce("aprovar_orcamento")
    assert world.backlog.consumir(["corrigir_bug"], "PROMETHEUS", ME) is None
    assert world.backlog.consumir(["aprovar_orcamento"], "MS_Produto", ME) is None


Act = Callable[[World, str, str], object]
HAND_INS: dict[str, Act] = {
    "concluir": lambda world, item, token: world.backlog.concluir(item, token, {"release_ref": "REL-0001"}),
    "falhar": lambda world, item, token: world.backlog.falhar(item, token, "boom"),
    "devolver": lambda world, item, token: world.backlog.devolver(item, token, "gone"),
    "bloquear": lambda world, item, token: world.backlog.bloquear(item, token, ["spec:x"], "needs x"),
    "validar_token": lambda world, item, token: world.backlog.validar_token(item, token),
}


@pytest.mark.parametrize("name", sorted(HAND_INS))
def test_a_lost_token_writes_nothing(world: World, name: str) -> None:
    world.produce("corrigir_bug")
    lost = world.claim("corrigir_bug")
    world.backlog.devolver("BKL-0001", lost.token, "gone")
    before = world.db.seq
    with pytest.raises(LostToken, match="BKL-0001 is Pendente"):
        HAND_INS[name](world, "BKL-0001", lost.token)
    current = world.claim("corrigir_bug")
    with pytest.raises(LostToken, match="BKL-0001 is EmProcessamento"):
        HAND_INS[name](world, "BKL-0001", lost.token)
    assert world.db.seq == before + 1
    assert world.backlog.validar_token("BKL-0001", current.token)["id"] == "BKL-0001"


def test_a_token_is_checked_in_the_transaction_that_acts_for_it(world: World) -> None:
    world.produce("corrigir_bug")
    claim = world.claim("corrigir_bug")
    with world.db.transaction() as tx:
        assert world.backlog.validar_token("BKL-0001", claim.token, tx=tx)["lease"]["token"] == claim.token
    with pytest.raises(LostToken), world.db.transaction() as tx:
        world.backlog.validar_token("BKL-0001", "another", tx=tx)
    with pytest.raises(LostToken, match="BKL-0009 is gone"):
        world.backlog.validar_token("BKL-0009", claim.token)


def test_concluding_writes_result_children_and_usage_in_one_transaction(world: World) -> None:
    world.add_spec()
    claim, before = world.claim("orcar_spec"), world.db.seq
    children = world.backlog.concluir(
        claim.item["id"],
        claim.token,
        {"spec_recursos_ref": "REC-0001"},
        [
            new_item("entrevistar_dor", chave="gap:chave-assinatura"),
            new_item("aprovar_orcamento", depende_de=["@gap:chave-assinatura", "@gap:chave-assinatura"]),
        ],
        uso={"cpu_s": 1.5},
    )
    assert world.db.seq == before + 1
    done = world.item(claim.item["id"])
    assert (done["status"], done["lease"], done["items_gerados"]) == ("Concluido", None, children)
    assert done["concluido_em"] == world.clock.now()
    attempt = done["tentativas"][0]
    assert (attempt["fim_motivo"], attempt["uso"]) == ("concluido", {"cpu_s": 1.5})
    assert world.item(children[1])["depende_de"] == [children[0]]
    assert world.item(children[0])["produtor"] == "PROMETHEUS"


@pytest.mark.parametrize(
    ("resultado", "filhos", "said"),
    [
        ({}, [], "resultado.spec_recursos_ref: is missing"),
        (
            {"spec_recursos_ref": "R"},
            [{"tipo": "aprovar_orcamento"}],
            "filhos[0].contexto.spec_ref: is missing",
        ),
        (
            {"spec_recursos_ref": "R"},
            [new_item("implantar")],
            "filhos[0].produtor: implantar is not produced by",
        ),
        ({"spec_recursos_ref": "R"}, [{"tipo": "x"}], "filhos[0].tipo: no contract has the type x"),
    ],
)
def test_a_result_that_breaks_its_contract_changes_nothing(
    world: World, resultado: dict[str, object], filhos: list[dict[str, object]], said: str
) -> None:
    world.add_spec()
    claim, before = world.claim("orcar_spec"), world.db.seq
    with pytest.raises(WrongInput) as caught:
        world.backlog.concluir(claim.item["id"], claim.token, resultado, filhos)
    assert said in str(caught.value)
    assert world.db.seq == before
    assert world.backlog.validar_token(claim.item["id"], claim.token)["status"] == "EmProcessamento"


# -- failure


def attempt_and_fail(world: World) -> str:
    claim = world.claim("corrigir_bug")
    return world.backlog.falhar(claim.item["id"], claim.token, "boom", erro="trace", saida_ref="sha")


def test_a_failed_attempt_comes_back_later_and_later_and_then_asks(world: World) -> None:
    world.produce("corrigir_bug")
    pauses = []
    for _ in range(3):
        assert attempt_and_fail(world) == "Pendente"
        due = world.item("BKL-0001")["disponivel_em"]
        pauses.append(seconds_between(world.clock.now(), due))
        world.clock.advance(pauses[-1])
    assert 30 <= pauses[0] <= 60
    assert 60 <= pauses[1] <= 120
    assert 120 <= pauses[2] <= 240
    assert attempt_and_fail(world) == "Falhou"
    item = world.item("BKL-0001")
    assert [attempt["numero"] for attempt in item["tentativas"]] == [1, 2, 3, 4]
    assert {attempt["fim_motivo"] for attempt in item["tentativas"]} == {"falhou"}
    assert (item["tentativas"][0]["erro"], item["tentativas"][0]["saida_ref"]) == ("trace", "sha")
    (question,) = world.open("resolver_falha")
    assert question["contexto"]["item_ref"] == "BKL-0001"
    assert question["contexto"]["motivo"] == "boom"
    assert question["saga_id"] == item["saga_id"]


def test_an_actor_s_retries_replace_the_contract_s(world: World) -> None:
    world.produce("corrigir_bug")
    claim = world.claim("corrigir_bug")
    assert world.backlog.falhar("BKL-0001", claim.token, "boom", retries=Retries(max=0)) == "Falhou"


@given(failures=st.integers(1, 40), seed=st.integers(), base=st.floats(0, 100), cap=st.floats(0, 1000))
def test_backoff_doubles_up_to_its_cap_within_half_by_chance(
    failures: int, seed: int, base: float, cap: float
) -> None:
    full = min(cap, base * 2 ** (failures - 1))
    pause = backoff(failures, Retries(base_s=base, teto_s=cap), random.Random(seed))
    assert full / 2 <= pause <= full or pause == pytest.approx(full)


def test_a_retried_dead_letter_gets_its_retries_back(world: World) -> None:
    world.produce("corrigir_bug")
    world.fail_for_good("corrigir_bug")
    (question,) = world.open("resolver_falha")
    world.decide(question["id"], "tentar_novamente")
    item = world.item("BKL-0001")
    assert (item["status"], item["falhas"], item["concluido_em"]) == ("Pendente", 0, "")
    assert attempt_and_fail(world) == "Pendente"


@pytest.mark.parametrize(("opcao", "end"), [("pular", "Pulado"), ("cancelar", "Cancelado")])
def test_a_dead_letter_is_skipped_or_cancelled_by_decision(world: World, opcao: str, end: str) -> None:
    world.produce("corrigir_bug")
    world.fail_for_good("corrigir_bug")
    (question,) = world.open("resolver_falha")
    world.decide(question["id"], opcao, motivo="not worth it")
    assert world.status("BKL-0001") == end
    assert world.item("BKL-0001")["motivo"] == "not worth it"


def test_a_question_closes_when_its_item_ends_otherwise(world: World) -> None:
    world.produce("corrigir_bug")
    world.fail_for_good("corrigir_bug")
    (question,) = world.open("resolver_falha")
    world.backlog.pular("BKL-0001", "by hand")
    closed = world.item(question["id"])
    assert (closed["status"], closed["motivo"]) == ("Cancelado", "BKL-0001 is Pulado")
    assert world.events("decisao.fechada")[0]["motivo"] == "BKL-0001 is Pulado"
    with pytest.raises(WrongState, match="is Cancelado already: BKL-0001 is Pulado"):
        world.decide(question["id"], "tentar_novamente")


def test_a_question_is_answered_not_cancelled(world: World) -> None:
    world.produce("corrigir_bug")
    world.fail_for_good("corrigir_bug")
    (question,) = world.open("resolver_falha")
    for act in (world.backlog.cancelar, world.backlog.pular):
        with pytest.raises(WrongState, match="asks about BKL-0001: answer it"):
            act(question["id"], "no")


def test_64_items_that_fail_at_once_are_spread_and_each_ends_with_its_decision(world: World) -> None:
    ids = [world.produce("corrigir_bug") for _ in range(64)]
    at_once, attempts = [], 0
    while world.items("corrigir_bug", "Pendente"):
        claims = []
        while (claim := world.backlog.consumir(["corrigir_bug"], "PROMETHEUS", ME)) is not None:
            claims.append(claim)
        for claim in claims:
            world.backlog.falhar(claim.item["id"], claim.token, "the target is gone")
            item = world.item(claim.item["id"])
            assert item["disponivel_em"] > world.clock.now() or item["status"] == "Falhou"
        at_once.append(len(claims))
        attempts += len(claims)
        world.clock.advance(1)
    assert attempts == 64 * 4, "none more than its retries"
    assert at_once[0] == 64
    assert max(at_once[1:]) <= 8, "no second in which they all come back"
    assert {world.status(item_id) for item_id in ids} == {"Falhou"}
    assert sorted(each["contexto"]["item_ref"] for each in world.open("resolver_falha")) == ids


# -- lost workers


def lose(world: World, motivo: str = "its process is gone", *, linha_caiu: bool = False) -> str:
    claim = world.claim("corrigir_bug")
    return world.backlog.devolver("BKL-0001", claim.token, motivo, linha_caiu=linha_caiu)


def test_a_lost_worker_costs_no_retry_but_five_make_a_decision(world: World) -> None:
    world.produce("corrigir_bug")
    assert [lose(world) for _ in range(5)] == ["Pendente"] * 4 + ["Falhou"]
    item = world.item("BKL-0001")
    assert (item["falhas"], item["perdas"]) == (0, 5)
    assert item["tentativas"][-1]["fim_motivo"] == "perdido"
    (question,) = world.open("resolver_falha")
    assert "5 workers were lost" in question["contexto"]["motivo"]


def test_a_worker_that_was_lost_with_its_line_is_not_held_against_the_item(world: World) -> None:
    world.produce("corrigir_bug")
    assert [lose(world) for _ in range(4)] == ["Pendente"] * 4
    assert [lose(world, linha_caiu=True) for _ in range(19)] == ["Pendente"] * 19
    item = world.item("BKL-0001")
    assert (item["falhas"], item["perdas"], item["quedas"]) == (0, 4, 19)
    assert item["tentativas"][-1]["fim_motivo"] == "perdido"
    assert lose(world) == "Falhou"
    (question,) = world.open("resolver_falha")
    assert question["contexto"]["motivo"] == "5 workers were lost; the last one: its process is gone"


def test_what_takes_the_line_with_it_each_time_is_stopped(world: World) -> None:
    world.produce("corrigir_bug")
    assert [lose(world, linha_caiu=True) for _ in range(20)] == ["Pendente"] * 19 + ["Falhou"]
    item = world.item("BKL-0001")
    assert (item["falhas"], item["perdas"], item["quedas"]) == (0, 0, 20)
    (question,) = world.open("resolver_falha")
    assert question["contexto"]["motivo"] == (
        "the line died 20 times while this was worked on; the last time: its process is gone"
    )
    world.decide(question["id"], "tentar_novamente")
    world.clock.advance(10)
    assert [lose(world, linha_caiu=True) for _ in range(19)] == ["Pendente"] * 19


def test_items_of_before_have_seen_no_line_die(world: World) -> None:
    world.produce("corrigir_bug")
    with world.db.transaction() as tx:
        item = tx.get("backlog_items", "BKL-0001")
        assert item is not None
        item.pop("quedas", None)
        tx.put("backlog_items", item)
    assert lose(world) == "Pendente"
    assert lose(world, linha_caiu=True) == "Pendente"
    assert world.item("BKL-0001")["quedas"] == 1


def test_an_orderly_stop_is_no_loss(world: World) -> None:
    world.produce("corrigir_bug")
    assert [lose(world, "parada") for _ in range(7)] == ["Pendente"] * 7
    item = world.item("BKL-0001")
    assert item["perdas"] == 0
    assert item["tentativas"][-1]["fim_motivo"] == "devolvido"


# -- work that must wait


def blocked(world: World, *refs: str) -> Claim:
    world.produce("corrigir_bug")
    claim = world.claim("corrigir_bug")
    world.backlog.bloquear(claim.item["id"], claim.token, refs, "needs it")
    return claim


def test_work_may_find_that_it_must_wait(world: World) -> None:
    other = world.produce("orcar_spec")
    claim = blocked(world, other, other)
    item = world.item(claim.item["id"])
    assert (item["status"], item["lease"], item["depende_de"]) == ("Bloqueado", None, [other])
    assert item["tentativas"][0]["fim_motivo"] == "bloqueou"
    assert item["bloqueios"][0]["motivo"] == "needs it"
    world.clock.advance(10)
    world.done("orcar_spec")
    item = world.item(claim.item["id"])
    assert (item["status"], item["falhas"], item["desbloqueado_por"]) == ("Pendente", 0, other)
    assert item["bloqueios"][0]["desbloqueado_em"] == world.clock.now()
    assert world.events("desbloqueio")[0]["item_que_desbloqueou"] == other


def come(world: World) -> str:
    """Something that has come already."""
    other = world.produce("orcar_spec")
    world.done("orcar_spec")
    return other


def test_waiting_for_what_has_come_already_goes_back_to_the_queue_and_waits_longer_each_time(
    world: World,
) -> None:
    other = come(world)
    item_id = blocked(world, other).item["id"]
    pauses = []
    for turn in range(1, 4):
        item = world.item(item_id)
        assert (item["status"], item["voltas"], item["falhas"]) == ("Pendente", turn, 0)
        assert item["tentativas"][-1]["fim_motivo"] == "bloqueou"
        assert world.backlog.consumir(["corrigir_bug"], "PROMETHEUS", ME) is None, "it does not spin"
        pauses.append(seconds_between(world.clock.now(), item["disponivel_em"]))
        world.clock.advance(pauses[-1])
        became = world.backlog.bloquear(item_id, world.claim("corrigir_bug").token, [other], "needs it")
    assert [low <= pause <= 2 * low for low, pause in zip((30, 60, 120), pauses, strict=True)] == [True] * 3
    assert became == "Falhou"
    (question,) = world.open("resolver_falha")
    why = "waits for what has come already, 4 times in a row: needs it"
    assert (question["contexto"]["item_ref"], question["contexto"]["motivo"]) == (item_id, why)
    assert world.item(item_id)["lease"] is None
    world.decide(question["id"], "tentar_novamente")
    assert world.item(item_id)["voltas"] == 0, "a retry begins anew"


@pytest.mark.parametrize("between", ["wait", "failure"])
def test_only_returns_in_a_row_count(world: World, between: str) -> None:
    other = come(world)
    item_id = blocked(world, other).item["id"]
    assert world.item(item_id)["voltas"] == 1
    world.clock.advance(600)
    claim = world.claim("corrigir_bug")
    if between == "wait":
        needed = world.produce("orcar_spec")
        assert world.backlog.bloquear(item_id, claim.token, [other, needed], "needs it") == "Bloqueado"
    else:
        world.backlog.falhar(item_id, claim.token, "boom")
    assert world.item(item_id)["voltas"] == 0


def test_an_actor_s_own_retries_bound_the_returns_as_well(world: World) -> None:
    other = come(world)
    world.produce("corrigir_bug")
    claim = world.claim("corrigir_bug")
    became = world.backlog.bloquear(
        claim.item["id"], claim.token, [other], "needs it", retries=Retries(max=0)
    )
    assert became == "Falhou"


def test_an_item_of_an_older_store_comes_back_as_well(world: World) -> None:
    other = come(world)
    item_id = world.produce("corrigir_bug")
    with world.db.transaction() as tx:
        stored = tx.get("backlog_items", item_id)
        assert stored is not None
        del stored["voltas"], stored["recado"]
        tx.put("backlog_items", stored)
    claim = world.claim("corrigir_bug")
    assert world.backlog.bloquear(item_id, claim.token, [other], "needs it") == "Pendente"
    assert world.item(item_id)["voltas"] == 1


def test_waiting_needs_something_to_wait_for(world: World) -> None:
    world.produce("corrigir_bug")
    claim = world.claim("corrigir_bug")
    with pytest.raises(WrongInput, match="depende_de: nothing to wait for"):
        world.backlog.bloquear("BKL-0001", claim.token, [], "?")
    with pytest.raises(WrongInput, match=r"depende_de\[1\]: not a dependency: frete"):
        world.backlog.bloquear("BKL-0001", claim.token, ["spec:frete", "frete"], "?")
    assert world.status("BKL-0001") == "EmProcessamento"


# -- by hand


def test_cancelling_takes_the_work_from_its_worker(world: World) -> None:
    world.produce("corrigir_bug")
    claim = world.claim("corrigir_bug")
    world.backlog.cancelar("BKL-0001", "not wanted")
    assert world.item("BKL-0001")["tentativas"][0]["fim_motivo"] == "cancelado"
    with pytest.raises(LostToken):
        world.conclude(claim)
    with pytest.raises(WrongState, match="BKL-0001 is Cancelado already"):
        world.backlog.pular("BKL-0001", "again")
    with pytest.raises(WrongState, match="BKL-0001 is Cancelado already"):
        world.backlog.repriorizar("BKL-0001", 1)


@pytest.mark.parametrize("act", ["cancelar", "pular"])
def test_an_end_by_hand_needs_a_reason(world: World, act: str) -> None:
    world.produce("corrigir_bug")
    with pytest.raises(WrongInput, match="motivo: a reason is needed"):
        getattr(world.backlog, act)("BKL-0001", " ")
