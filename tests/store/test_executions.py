"""`registrar_execucao`: every phase on record, estimate beside actual, the first verdict kept, every end
closed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from factories import World, model_usage, spec_resources
from hypothesis import given
from hypothesis import strategies as st

from store import executions
from store.accuracy import accuracy, overall_deviation, ratio
from store.documents.execution import Fase
from store.errors import WrongInput, WrongState
from store.executions import money, registrar_execucao, registrar_pessoas, somar_uso


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


START = {
    "spec_ref": "frete",
    "spec_versao": 1,
    "backlog_item_ref": "BKL-0003",
    "saga_id": "saga-1",
    "spec_criada_at": "2026-01-05T10:00:00.000000Z",
    "orcamento_aprovado_at": "2026-01-05T11:00:00.000000Z",
}


def record(world: World, fase: str, execucao_id: str | None = None, **dados: Any) -> str:
    with world.db.transaction() as tx:
        return registrar_execucao(tx, fase, execucao_id, dados, world.clock)


def start(world: World, **dados: Any) -> str:
    return record(world, "inicio", None, **START, spec_recursos=spec_resources(id="REC-0001"), **dados)


def stored(world: World, execucao_id: str) -> dict[str, Any]:
    found = world.db.get("execucoes", execucao_id)
    assert found is not None
    return found


def test_the_start_copies_the_estimate_with_its_amounts_apart(world: World) -> None:
    execution = stored(world, start(world))
    assert execution["estimado"]["horas"] == {"dev": 0.5, "teste": 0.25, "deploy": 0.25, "total": 1.0}
    assert execution["estimado"]["maquina_s"] == {"dev": 20, "teste": 30, "deploy": 10, "total": 60}
    assert execution["estimado"]["recursos"] == {
        "tokens_llm": 1000,
        "cpu_horas": 0.01,
        "ram_gb_horas": 0.002,
        "chamadas_api": {"correios": 10},
        "storage_mb": 2,
    }
    assert execution["estimado"]["custo"] == {
        "total": "31.00",
        "breakdown": {"pessoas": "30.00", "llm": "0.60", "infra": "0.40", "apis": None},
    }
    assert (execution["estimado"]["custo_p80"], execution["spec_recursos_ref"]) == ("42.10", "REC-0001")
    assert (
        execution["estimado"]["estrategia_cobertura"],
        execution["estimado"]["cobertura_planejada_pct"],
    ) == ("pairwise", 90)
    assert execution["status"] == "em_andamento"
    assert execution["timestamps"]["orcamento_aprovado_at"] == "2026-01-05T11:00:00.000000Z"
    assert execution["realizado"]["recursos"]["cpu_horas"] is None, "not measured is not 0"


def test_a_start_without_a_price_has_no_estimate(world: World) -> None:
    execution = stored(world, record(world, "inicio", None, **START))
    assert execution["estimado"]["horas"]["total"] is None
    assert execution["spec_recursos_ref"] == ""


def run_to_the_end(world: World, run: str) -> dict[str, Any]:
    record(world, "dev_inicio", run)
    world.clock.advance(40)
    worker = {"worker": "WORKER_D", "vertente": "D", "nome": "tarifa", "passou_primeira": True}
    record(
        world,
        "dev_fim",
        run,
        maquina_s=30.0,
        cpu_horas=0.01,
        workers=[worker],
        tentativas=1,
        custo={"infra": "0.10"},
    )
    record(world, "teste_inicio", run)
    world.clock.advance(5)
    record(
        world,
        "teste_fim",
        run,
        maquina_s=4.0,
        cpu_horas=0.002,
        ram_gb_horas=0.001,
        cobertura=96.5,
        passou=True,
        testes_total=31,
        testes_falhos=0,
    )
    record(world, "deploy_inicio", run)
    world.clock.advance(2)
    record(
        world,
        "deploy_fim",
        run,
        horas=0.5,
        maquina_s=2.0,
        release_ref="REL-0001",
        storage_mb=3,
        custo={"infra": 0.2},
        chamadas_api={"correios": 2},
    )
    record(world, "fim", run)
    return stored(world, run)


def test_each_phase_adds_what_was_measured(world: World) -> None:
    execution = run_to_the_end(world, start(world))
    actual = execution["realizado"]
    assert actual["maquina_s"] == {"dev": 30.0, "teste": 4.0, "deploy": 2.0, "total": 36.0}
    assert actual["relogio_s"] == {"dev": 40.0, "teste": 5.0, "deploy": 2.0, "total": 47.0}
    assert actual["horas"] == {"dev": None, "teste": None, "deploy": 0.5, "total": 0.5}
    assert actual["recursos"]["cpu_horas"] == pytest.approx(0.012)
    assert actual["recursos"]["chamadas_api"] == {"correios": 2}
    assert actual["custo"] == {
        "total": "0.30",
        "breakdown": {"pessoas": None, "llm": None, "infra": "0.30", "apis": None},
    }
    assert (actual["cobertura_pct"], actual["testes_total"], actual["passou_primeira"]) == (96.5, 31, True)
    assert execution["workers"][0]["worker"] == "WORKER_D"
    assert execution["workers"][0]["tentativas"] == 1
    assert (execution["status"], execution["concluido_em"]) == ("concluido", world.clock.now())
    assert execution["timestamps"]["updated_at"] == world.clock.now()
    assert execution["release_ref"] == "REL-0001"
    assert execution["precisao"]["maquina_s"]["dev"] == 1.5
    assert execution["precisao"]["horas"]["total"] == 0.5
    assert execution["precisao"]["recursos"]["storage_mb"] == 1.5


def test_repeated_phases_add_up_and_the_first_verdict_stays(world: World) -> None:
    run = start(world)
    for passed in (False, True):
        record(world, "teste_inicio", run)
        world.clock.advance(10)
        record(world, "teste_fim", run, maquina_s=3.0, passou=passed, bugs_encontrados=1)
    actual = stored(world, run)["realizado"]
    assert actual["passou_primeira"] is False
    assert actual["maquina_s"]["teste"] == 6.0
    assert actual["relogio_s"]["teste"] == 20.0
    assert stored(world, run)["qualidade"]["bugs_encontrados"] == 2


def test_tokens_and_model_cost_come_from_the_calls(world: World) -> None:
    run = start(world)
    with world.db.transaction() as tx:
        tx.insert("uso_llm", model_usage(execucao_id=run, custo_informado="0.20", custo_calculado="9.00"))
        tx.insert("uso_llm", model_usage(execucao_id=run, custo_calculado="0.10", moeda="USD", cambio="5.50"))
        tx.insert("uso_llm", model_usage(execucao_id=run))
    record(world, "fim", run)
    actual = stored(world, run)["realizado"]
    assert actual["recursos"]["tokens_llm"] == 450
    assert Decimal(actual["custo"]["breakdown"]["llm"]) == Decimal("0.75")
    assert Decimal(actual["custo"]["total"]) == Decimal("0.75")


def test_a_cost_that_nobody_knows_is_none(world: World) -> None:
    run = start(world)
    with world.db.transaction() as tx:
        tx.insert("uso_llm", model_usage(execucao_id=run))
    record(world, "fim", run)
    assert stored(world, run)["realizado"]["custo"]["total"] is None


def test_a_bug_keeps_the_times_that_repair_is_measured_by(world: World) -> None:
    run = start(world, bug={"severidade": "critico", "aberto_em": "2026-01-05T09:00:00.000000Z"})
    execution = run_to_the_end(world, run)
    assert execution["bug"]["implantado_em"] == execution["timestamps"]["deploy_fim_at"]


@pytest.mark.parametrize(
    ("fase", "dados", "said"),
    [
        ("dev", {}, "fase: there is no phase dev (did you mean"),
        ("dev_fim", {"cpu_hora": 1}, "dev_fim.cpu_hora: unknown key (did you mean cpu_horas?)"),
        ("fim", {"status": "parado"}, "status: an execution does not end as parado"),
        ("teste_fim", {"cobertura": "muita"}, "execucoes.realizado.cobertura_pct"),
        ("dev_fim", {"workers": [{"worker": "W"}]}, "execucoes.workers[0].vertente: is missing"),
    ],
)
def test_what_is_wrong_is_refused(world: World, fase: str, dados: dict[str, Any], said: str) -> None:
    run = start(world)
    with pytest.raises(WrongInput) as caught:
        record(world, fase, run, **dados)
    assert said in str(caught.value)
    assert stored(world, run)["timestamps"]["updated_at"] == stored(world, run)["timestamps"]["created_at"]


def test_a_closed_execution_takes_nothing_more(world: World) -> None:
    run = start(world)
    record(world, "fim", run, status="rejeitado")
    assert record(world, "fim", run, status="rejeitado") == run
    with pytest.raises(WrongState, match=f"{run} ended as rejeitado: dev_fim is not recorded"):
        record(world, "dev_fim", run)
    with pytest.raises(WrongState):
        record(world, "fim", run)
    with pytest.raises(WrongInput, match="there is no execution EXE-0099"):
        record(world, "dev_inicio", "EXE-0099")
    with world.db.transaction() as tx:
        executions.encerrar(tx, run, "falhou", world.clock.now())
        executions.reabrir(tx, run, world.clock.now())
        executions.encerrar(tx, "", "falhou", world.clock.now())
        executions.reabrir(tx, "", world.clock.now())
    assert stored(world, run)["status"] == "rejeitado"


def test_a_phase_that_has_no_start_has_no_wall_clock(world: World) -> None:
    run = start(world)
    record(world, Fase.DEV_FIM, run, maquina_s=1.0)
    assert stored(world, run)["realizado"]["relogio_s"] == {
        "dev": None,
        "teste": None,
        "deploy": None,
        "total": None,
    }


def test_ratios_are_none_without_data() -> None:
    assert ratio(None, 2) is None
    assert ratio(2, None) is None
    assert ratio(2, 0) is None
    assert ratio("3.00", "2.00") == 1.5
    empty = {
        "horas": dict.fromkeys(("dev", "teste", "deploy", "total")),
        "maquina_s": dict.fromkeys(("dev", "teste", "deploy", "total")),
        "recursos": dict.fromkeys(("tokens_llm", "cpu_horas", "ram_gb_horas", "storage_mb")),
        "custo": {"total": None, "breakdown": {}},
    }
    assert accuracy(empty, empty)["geral"] is None


def test_the_overall_deviation_does_not_average_over_and_under_to_perfect() -> None:
    assert overall_deviation({"esforco": 0.5, "tokens": 2.0, "custo": None}) == pytest.approx(2.0)
    assert overall_deviation({"esforco": 1.0, "tokens": None, "custo": None}) == 1.0
    weighted = math.exp(0.5 * math.log(2) + 0.3 * math.log(3) + 0.2 * math.log(4))
    assert overall_deviation({"esforco": 2.0, "tokens": 1 / 3, "custo": 4.0}) == pytest.approx(weighted)


@given(st.decimals(min_value=0, max_value=10**9, allow_nan=False, allow_infinity=False, places=6))
def test_money_is_exact_text_with_at_least_two_decimals(amount: Decimal) -> None:
    text = money(amount)
    assert Decimal(text) == amount
    assert len(text.partition(".")[2]) >= 2
    assert money(Decimal(3)) == "3.00"


def test_people_s_hours_count_also_after_the_end_and_cost_what_the_price_says(world: World) -> None:
    with world.db.transaction() as tx:
        price = {
            "custo": {"total_p50": "60.00", "breakdown": {"pessoas": {"p50": "60.00", "p80": "90.00"}}},
            "esforco": {"pessoas_horas": {"total": {"p50": 0.5, "p80": 0.8}}},
        }
        dados = {
            "spec_ref": "frete",
            "backlog_item_ref": "BKL-0001",
            "saga_id": "s",
            "spec_recursos": price,
            "trabalho_s": 900,
        }
        execution_id = registrar_execucao(tx, "inicio", None, dados, world.clock)
        registrar_execucao(tx, "fim", execution_id, {"status": "concluido"}, world.clock)
        registrar_pessoas(tx, execution_id, "deploy", 900, world.clock.now())
    execution = world.db.get("execucoes", execution_id)
    assert execution["realizado"]["horas"] == {"dev": 0.25, "teste": None, "deploy": 0.25, "total": 0.5}
    assert Decimal(execution["realizado"]["custo"]["breakdown"]["pessoas"]) == Decimal("60")
    assert execution["precisao"]["horas"]["total"] == 1.0
    assert execution["precisao"]["recursos"]["custo"] == 1.0


def test_a_cost_ratio_takes_only_parts_that_were_measured() -> None:
    estimated = {"pessoas": "60.00", "infra": "0.10"}
    nothing = dict.fromkeys(("dev", "teste", "deploy", "total"))
    resources = dict.fromkeys(("tokens_llm", "cpu_horas", "ram_gb_horas", "storage_mb"))

    def of(breakdown: dict[str, str | None]) -> dict[str, object]:
        return {
            "horas": nothing,
            "maquina_s": nothing,
            "recursos": resources,
            "custo": {"total": None, "breakdown": breakdown},
        }

    found = accuracy(of(estimated), of({"pessoas": None, "infra": "0.20"}))
    assert found["recursos"]["custo"] == 2.0


def test_a_call_that_is_recorded_after_the_end_still_counts(world: World) -> None:
    run = start(world)
    record(world, "fim", run, status="falhou")
    with world.db.transaction() as tx:
        tx.insert("uso_llm", model_usage(execucao_id=run, custo_informado="1.50"))
        somar_uso(tx, run, world.clock.now())
    actual = stored(world, run)["realizado"]
    assert (actual["custo"]["total"], actual["recursos"]["tokens_llm"]) == ("1.50", 150)
    with pytest.raises(WrongInput, match="there is no execution EXE-0099"), world.db.transaction() as tx:
        somar_uso(tx, "EXE-0099", world.clock.now())


def test_lines_that_tests_ran_through_are_kept_apart_from_the_percentage(world: World) -> None:
    run = start(world)
    assert stored(world, run)["realizado"]["linhas_total"] is None
    record(world, "teste_fim", run, cobertura=92.5, linhas_cobertas=37, linhas_total=40)
    actual = stored(world, run)["realizado"]
    assert (actual["cobertura_pct"], actual["linhas_cobertas"], actual["linhas_total"]) == (92.5, 37, 40)


def test_a_bug_is_mended_when_its_tests_pass(world: World) -> None:
    run = start(world, bug={"severidade": "alto", "aberto_em": "2026-01-05T09:00:00.000000Z"})
    record(world, "teste_fim", run, passou=False)
    assert stored(world, run)["bug"]["corrigido_em"] == ""
    world.clock.advance(60)
    record(world, "teste_fim", run, passou=True)
    found = stored(world, run)
    assert found["bug"]["corrigido_em"] == found["timestamps"]["teste_fim_at"]


def test_the_tests_judge_each_run_that_was_made_for_them(world: World) -> None:
    run, made = start(world), {"worker": "comando", "vertente": "D", "nome": "dev.py"}
    for passed in (False, True):
        record(world, "dev_fim", run, workers=[made])
        record(world, "teste_fim", run, passou=passed)
    record(world, "dev_fim", run, workers=[{**made, "nome": "never tested"}])
    assert [each.get("passou_primeira") for each in stored(world, run)["workers"]] == [False, True, None]
