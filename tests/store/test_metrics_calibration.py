"""Calibration: what it learns from, when it is applied, and what its page tells of it."""

from __future__ import annotations

import json
import math
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import factories
import pytest
from factories import World
from flow_facts import at, cost, execution, facts, figure, part, query
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import StoreError
from store.estimates import estimate
from store.metrics.calibracao import fit_of, page
from store.metrics.calibration import GATE, Calibration, Ponto, fit
from store.metrics.coding import decoder, values_of
from store.metrics.facts import Execution, Facts, Pair, Phases, Sample
from store.metrics.learning import Learnt, from_plain, learn, points_of
from store.metrics.reading import execution as read_execution


def history(count: int, factor: float, spread: float = 0.2, seed: int = 1) -> list[Ponto]:
    """Executions of two groups each, off by a factor."""
    rng = random.Random(seed)
    return [
        Ponto(grupo, 10.0, 10 * factor * rng.lognormvariate(0, spread), f"EXE-{number:04d}")
        for number in range(count)
        for grupo in ("WORKER_D/D", "teste")
    ]


# The gate


def test_the_gate_opens_where_the_factor_would_have_helped_and_says_why_it_does_not() -> None:
    few, biased, fair = fit(history(29, 2)), fit(history(30, 2)), fit(history(60, 1, seed=3))
    assert (few.n, few.aplicada, few.erros) == (29, False, None)
    assert few.motivo == "30 finished executions are needed, there are 29"
    assert (biased.n, biased.aplicada, biased.motivo) == (30, True, "")
    assert biased.fator("teste") == pytest.approx(2, rel=0.1)
    assert biased.erros is not None
    assert biased.erros[1] <= GATE * biased.erros[0]
    assert not fair.aplicada
    assert fair.motivo.startswith("it would not do better: off by × 1,")
    assert fair.fator("teste") == 1.0
    assert biased.pontos == {"WORKER_D/D": 30, "teste": 30}


def test_the_gate_closes_where_the_newest_work_is_not_off_any_more() -> None:
    mended = [*history(70, 2), *(each._replace(execucao=f"N{each.execucao}") for each in history(30, 1))]
    assert not fit(mended).aplicada


def test_the_last_200_executions_are_learnt_from_whatever_they_have_of_points() -> None:
    old = [each._replace(execucao=f"OLD-{each.execucao}") for each in history(100, 4)]
    learnt = fit([*old, *history(200, 1.5, seed=2)])
    assert learnt.n == 200
    assert learnt.fator("teste") == pytest.approx(1.5, rel=0.1)
    assert sum(learnt.pontos.values()) == 400


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.floats(-1, 50), st.floats(-1, 50) | st.just(float("inf"))),
        max_size=80,
    )
)
def test_a_closed_gate_changes_nothing_and_factors_are_clipped(some: list[tuple[str, float, float]]) -> None:
    learnt = fit([Ponto(*each) for each in some])
    for grupo in ("a", "b", "unseen"):
        factor = learnt.fator(grupo)
        assert 0.25 <= factor <= 4.0000001
        if not learnt.aplicada:
            assert factor == 1.0
            assert learnt.motivo
    assert learnt.p80(1.5) >= 1


# What is learnt from


def finished(number: int = 1, factor: float = 2.0, **fields: Any) -> dict[str, Any]:
    """A stored execution that took `factor` times its raw estimate, machine and people."""
    document = factories.execution(
        id=f"EXE-{number:04d}",
        status="concluido",
        estimado={
            "horas": {"dev": 1.0, "teste": 0.5, "deploy": 0.5, "total": 2.0},
            "maquina_s": {"dev": 30.0, "teste": 20.0, "deploy": 10.0, "total": 60.0},
            "grupos": {"WORKER_D/D": 20.0, "WORKER_E/E": 10.0},
        },
        realizado={
            "horas": {"dev": factor, "teste": 0.5 * factor, "deploy": None, "total": 1.5 * factor},
            "maquina_s": {"dev": 30.0 * factor, "teste": 20.0 * factor, "deploy": 10.0 * factor},
        },
        workers=[
            {"worker": "WORKER_D", "vertente": "D", "duracao_minutos": 20.0 * factor / 60},
            {"worker": "WORKER_E", "vertente": "E", "duracao_minutos": 10.0 * factor / 60},
        ],
    )
    document["timestamps"]["deploy_fim_at"] = f"2026-02-{number % 28 + 1:02d}T{number % 24:02d}:00:00.000000Z"
    return {**document, **fields}


def test_machines_are_learnt_by_worker_and_vertente_and_people_by_phase() -> None:
    found = points_of(finished())
    assert found.pessoas == (
        Ponto("pessoas/dev", 1.0, 2.0, "EXE-0001"),
        Ponto("pessoas/teste", 0.5, 1.0, "EXE-0001"),
    ), "nobody measured the deployment"
    assert [(each.grupo, each.bruto, round(each.real, 6)) for each in found.maquina] == [
        ("WORKER_D/D", 20.0, 40.0),
        ("WORKER_E/E", 10.0, 20.0),
        ("teste", 20.0, 40.0),
        ("deploy", 10.0, 20.0),
    ]


def test_an_execution_without_estimates_by_worker_is_learnt_by_phase() -> None:
    old = finished()
    del old["estimado"]["grupos"]
    assert [each.grupo for each in points_of(old).maquina] == ["dev", "teste", "deploy"]


def test_a_program_that_builds_two_vertentes_in_a_run_has_one_ratio_for_both() -> None:
    document = finished()
    document["estimado"]["grupos"] = {"comando/D": 20.0, "comando/E": 10.0}
    document["workers"] = [{"worker": "comando", "vertente": "DE", "duracao_minutos": 1.5}]
    found = points_of(document).maquina[:2]
    assert [(each.grupo, each.real) for each in found] == [("comando/D", 60.0), ("comando/E", 30.0)]
    document["workers"] = [{"worker": "outro", "vertente": "D", "duracao_minutos": 1.5}]
    assert [each.grupo for each in points_of(document).maquina] == ["dev", "teste", "deploy"]


def test_only_what_ended_well_and_is_no_repair_teaches() -> None:
    nothing = Learnt()
    assert points_of(finished(status="falhou")) == nothing
    assert points_of(finished(bug={"severidade": "alto"})) == nothing
    assert points_of({"status": "concluido", "estimado": 7, "workers": "none"}) == nothing


def test_the_calibrated_estimate_is_never_learnt_from() -> None:
    document = finished()
    shown = {"horas": {"dev": 2.0}, "maquina_s": {"dev": 60.0}, "fatores": {"maquina": 2.0}}
    document["estimado"]["calibrado"] = shown
    assert points_of(document) == points_of(finished())


def test_an_execution_keeps_the_raw_estimate_with_the_calibrated_one_beside_it() -> None:
    price = factories.spec_resources(
        constantes={
            "bruto": {
                "pessoas_horas": {"dev": 0.4, "teste": 0.2, "deploy": 0.2, "total": 0.8},
                "maquina_s": {"dev": 10, "teste": 15, "deploy": 5, "total": 30},
                "grupos": {"WORKER_D/D": 10},
                "cpu_horas": 0.005,
                "ram_gb_horas": 0.001,
                "custo": {"total": "25.00", "breakdown": {"pessoas": "24.50"}},
            },
            "historico": {
                "pessoas": {"n": 40, "aplicada": True, "fator": 1.25},
                "maquina": {"n": 40, "aplicada": False, "fator": 1.0},
            },
        }
    )
    found = estimate(price)
    assert found["horas"]["total"] == 0.8
    assert found["maquina_s"]["total"] == 30
    assert found["grupos"] == {"WORKER_D/D": 10}
    assert found["recursos"]["cpu_horas"] == 0.005
    assert found["custo"] == {"total": "25.00", "breakdown": {"pessoas": "24.50"}}
    assert found["custo_p80"] == "42.10", "the limit is what was approved"
    assert found["calibrado"]["horas"]["total"] == 1.0
    assert found["calibrado"]["custo_total"] == "31.00"
    assert found["calibrado"]["fatores"] == {"pessoas": 1.25, "maquina": 1.0}
    old = estimate(factories.spec_resources())
    assert (old["horas"]["total"], old["calibrado"], old["grupos"]) == (1.0, None, {})


# From a store


@pytest.fixture
def world(tmp_path: Path) -> Any:
    made = World(tmp_path / "store")
    yield made
    made.close()


def test_only_the_newest_concluded_executions_are_read(world: World, monkeypatch: Any) -> None:
    with world.db.transaction() as tx:
        for number in range(1, 41):
            document = finished(number, status="falhou" if number % 4 == 0 else "concluido")
            document["timestamps"]["deploy_fim_at"] = f"2026-02-01T00:{number:02d}:00.000000Z"
            tx.insert("execucoes", {**document, "id": ""})
    monkeypatch.setattr("store.metrics.learning.WINDOW", 8)
    asked: list[int] = []

    class Counting:
        def newest(self, collection: str, index: str, limit: int) -> list[dict[str, Any]]:
            asked.append(limit)
            return world.db.newest(collection, index, limit)

    found = learn(Counting())
    runs = list(dict.fromkeys(each.execucao for each in found.maquina))
    assert runs == [f"EXE-{number:04d}" for number in (30, 31, 33, 34, 35, 37, 38, 39)], "oldest first"
    assert asked == [10, 20]
    assert from_plain(found.plain()) == found
    assert from_plain({}) == Learnt()


def test_the_newest_by_an_ordered_field(world: World) -> None:
    with world.db.transaction() as tx:
        for number in (2, 1, 3):
            tx.insert("execucoes", {**finished(number), "id": ""})
    found = world.db.newest("execucoes", "timestamps.deploy_fim_at", 2)
    assert [each["id"] for each in found] == ["EXE-0003", "EXE-0001"]
    assert world.db.newest("execucoes", "timestamps.deploy_fim_at", 0) == []
    with pytest.raises(StoreError, match="not kept in order"):
        world.db.newest("execucoes", "status", 2)


# The page


def run(number: int, factor: float, **fields: Any) -> Execution:
    """An execution as the facts have it, deployed a quarter of a day after the one before."""
    done = at(0, 6 * number)
    took = Phases(total=Pair(60 * factor, 60.0))
    samples = (
        Sample("maquina", "WORKER_D/D", 60.0, 60 * factor),
        Sample("pessoas", "pessoas/dev", 2.0, 2 * factor),
    )
    made = {"amostras": samples, "maquina_s": took, "horas": Phases(total=Pair(2 * factor, 2.0))}
    return execution(number, done, **{**made, **fields})


def runs(count: int, factor: float) -> list[Execution]:
    rng = random.Random(5)
    return [run(number, factor * rng.lognormvariate(0, 0.2)) for number in range(1, count + 1)]


def test_the_page_shows_factor_gate_and_groups() -> None:
    world = facts(execucoes=runs(40, 2))
    found = page(world, query(14))
    factor = figure(found, "calibracao_maquina")
    assert factor.n == 40
    assert factor.valor == pytest.approx(fit_of(world, "maquina", at(14)).fator("unseen"))
    assert factor.itens[0] == "EXE-0040"
    error = figure(found, "calibracao_erro_maquina")
    assert error.valor == pytest.approx(2, rel=0.1)
    assert part(error, "with the factor") < 1.3
    assert error.estado == "good"
    assert found.notas[1] == "Machine seconds: prices are multiplied by what 40 finished executions taught."
    assert found.graficos[1].rotulos == ("WORKER_D/D (n=40)",)
    assert len(found.graficos[3].series[0].ys) == 40
    before = page(world, query(14, now=at(2)))
    assert figure(before, "calibracao_maquina").n == 8, "what had been deployed by then"


def test_a_closed_gate_is_told_with_its_reason() -> None:
    found = page(facts(execucoes=runs(40, 1)), query(14))
    assert figure(found, "calibracao_maquina").valor == 1
    assert figure(found, "calibracao_erro_maquina").estado == "good", "there is nothing to correct"
    assert "it would not do better" in found.notas[1]
    rng = random.Random(9)
    wild = [run(number, math.exp(rng.choice([-1, 1]))) for number in range(1, 41)]
    assert figure(page(facts(execucoes=wild), query(14)), "calibracao_erro_maquina").estado == "watch"


def test_what_was_shown_is_held_against_the_raw_estimate_and_p80_against_what_it_cost() -> None:
    done = [
        run(
            number,
            2.0,
            calibrado=(4.2, 110.0),
            custo=cost("9.00"),
            custo_p80=Decimal(10 if number > 2 else 8),
        )
        for number in range(1, 11)
    ]
    found = page(facts(execucoes=[*done, run(11, 2.0)]), query(14))
    machine = figure(found, "calibracao_mostrado_maquina")
    assert machine.valor == pytest.approx(120 / 110)
    assert part(machine, "their raw estimates") == pytest.approx(2)
    assert (machine.estado, machine.n) == ("good", 10)
    assert machine.excluidos == {"estimated without a factor": 1}
    limit = figure(found, "calibracao_p80")
    assert (limit.valor, limit.n, limit.estado) == (0.8, 10, "good")
    assert limit.excluidos == {"without a cost or a P80": 1}


def test_an_empty_page_says_what_fills_it() -> None:
    found = page(Facts(), query(14))
    assert all(each.valor is None and each.vazio and each.estado == "none" for each in found.figuras)
    assert all(each.vazio for each in found.graficos)
    assert "there are 0" in found.notas[0]


def test_facts_have_what_a_document_teaches() -> None:
    document = finished()
    document["estimado"]["calibrado"] = {"horas": {"total": 3.0}, "maquina_s": {"total": 90.0}}
    found = read_execution(document)
    assert found.amostras[0] == Sample("pessoas", "pessoas/dev", 1.0, 2.0)
    assert [each.grupo for each in found.amostras if each.serie == "maquina"] == [
        "WORKER_D/D",
        "WORKER_E/E",
        "teste",
        "deploy",
    ]
    assert found.calibrado == (3.0, 90.0)
    assert read_execution({}).amostras == ()
    kept = json.dumps(values_of("execucoes")(found), default=str)
    assert decoder("execucoes")(json.loads(kept)) == found, "as the fold keeps it on disk"
    assert Calibration().motivo
