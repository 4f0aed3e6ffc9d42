"""precificar(): computed from the spec's real size, deterministic, and explained to the last figure."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec_files import frete, loaded, pedido

from jobs.capabilities import load_capabilities
from jobs.pricing.cost import Quantidades, cost_of
from jobs.pricing.effort import Historico
from jobs.pricing.numbers import money, shown, stored
from jobs.pricing.price import precificar
from jobs.pricing.rates import Pricing, load_pricing
from jobs.specs.model import Spec
from jobs.steps.planning import plan_tests
from store.budgets import priced
from store.documents import complete
from store.errors import WrongInput
from store.metrics.calibration import Calibration, Ponto, fit
from store.metrics.learning import Learnt

PRICING = load_pricing()


def both(root: Path) -> Spec:
    """A spec with a table and a structure."""

    def change(data: dict[str, Any]) -> None:
        data["vertentes"] += pedido()["vertentes"]
        data["schema_tdd"]["exemplos"][0]["vertente"] = "tabela"
        data["schema_tdd"]["cobertura"] = 85
        data.update(depende_de=[], runtime={"apis": {"correios": 10, "sem_preco": 3}, "memoria_mb": 512})

    return loaded(root, frete(change))


def test_every_block_of_the_mission_is_there_and_stored(tmp_path: Path) -> None:
    price = precificar(both(tmp_path), PRICING, versao=3)
    complete("specs_recursos", {**price, "criado_em": "2026-01-05T12:00:00.000000Z"})
    assert (price["spec_ref"], price["spec_versao"]) == ("frete", 3)
    assert price["runtime"]["apis_externas"] == {"correios": 10, "sem_preco": 3}
    assert price["runtime"]["ram"] == 0.5
    assert price["carga"] == {"tps_esperado": 10, "usuarios_simultaneos": 50, "pico_estimado": "não definido"}
    assert price["teste"]["estrategia_cobertura"] == "pairwise"
    assert price["teste"]["cobertura_planejada_pct"] == 85
    assert price["esforco"]["workers"] == [
        {"worker": "WORKER_D", "vertente": "D", "nome": "tabela"},
        {"worker": "WORKER_E", "vertente": "E", "nome": "modelo"},
    ]
    assert price["dependencias"] == {
        "specs_pre_requisito": [],
        "recursos": [],
        "gaps_infra": [],
        "status": "liberado",
    }
    assert price["constantes"]["apis_sem_preco"] == ["sem_preco"]
    assert price["constantes"]["pricing_versao"] == PRICING.versao


def test_the_size_is_counted(tmp_path: Path) -> None:
    size = precificar(both(tmp_path), PRICING)["tamanho"]
    # D: 2 inputs + 1 output + 3 rules; E: 2 operations of 2 points + 1 entity.
    assert size["pontos"] == 11
    assert size["por_vertente"] == {"D": 6, "E": 5}
    assert size["detalhe"][0]["regras"] == 3


def test_the_tests_that_are_priced_are_the_tests_that_are_generated(tmp_path: Path) -> None:
    spec = both(tmp_path)
    priced = precificar(spec, PRICING)["tamanho"]["detalhe"]
    assert sum(each["testes"] for each in priced) == plan_tests(spec).cases


def test_a_bigger_spec_costs_more(tmp_path: Path) -> None:
    small = precificar(loaded(tmp_path, pedido()), PRICING)

    def grow(data: dict[str, Any]) -> None:
        schema = data["vertentes"][0]["schema"]
        schema["properties"]["itens"] = {"type": "array", "items": {"$ref": "#/$defs/Item"}}
        schema["$defs"] = {"Item": {"type": "object", "properties": {"sku": {"type": "string"}}}}

    large = precificar(loaded(tmp_path, pedido(grow)), PRICING)
    assert large["tamanho"]["pontos"] == small["tamanho"]["pontos"] + 1
    assert Decimal(large["custo"]["total_p80"]) > Decimal(small["custo"]["total_p80"])


def test_the_load_is_the_spec_s_own(tmp_path: Path) -> None:
    wanted = {"tps": 0, "usuarios": 7, "pico": 99}
    spec = loaded(tmp_path, frete(lambda data: data.update(requisitos_nao_funcionais=wanted)))
    load = precificar(spec, PRICING)["carga"]
    assert load == {"tps_esperado": 0, "usuarios_simultaneos": 7, "pico_estimado": 99}


def test_the_same_spec_has_the_same_price(tmp_path: Path) -> None:
    assert precificar(both(tmp_path), PRICING) == precificar(both(tmp_path), PRICING)


def test_p80_lies_above_p50_and_totals_are_sums(tmp_path: Path) -> None:
    price = precificar(both(tmp_path), PRICING)
    for series in ("pessoas_horas", "maquina_s"):
        phases = price["esforco"][series]
        for which in ("p50", "p80"):
            total = sum(phases[fase][which] for fase in ("dev", "teste", "deploy"))
            assert phases["total"][which] == pytest.approx(total)
        assert phases["total"]["p80"] == pytest.approx(phases["total"]["p50"] * 1.52, rel=1e-3)
    cost = price["custo"]
    for which in ("p50", "p80"):
        parts = [Decimal(part[which]) for part in cost["breakdown"].values()]
        assert sum(parts) == Decimal(cost[f"total_{which}"])
    assert price["constantes"]["bruto"]["maquina_s"]["total"] == price["esforco"]["maquina_s"]["total"]["p50"]


def test_gaps_are_named_and_block(tmp_path: Path) -> None:
    from jobs.capabilities import identificar_gaps

    spec = loaded(tmp_path, frete(lambda data: data.update(runtime={"recursos": ["chave-assinatura"]})))
    gaps = identificar_gaps(spec, load_capabilities(), {})
    price = precificar(spec, PRICING, gaps=gaps)
    assert price["dependencias"]["gaps_infra"] == ["chave-assinatura"]
    assert price["dependencias"]["status"] == "bloqueado"
    assert price["gaps"][0]["afetados"] == ["frete"]


def test_every_part_is_explained_with_its_numbers(tmp_path: Path) -> None:
    rows = precificar(both(tmp_path), PRICING)["explicacao"]
    said = {label: (formula, value) for label, formula, value in rows}
    assert said["Size of tabela (D)"] == ("2 inputs × 1 + 1 output × 1 + 3 rules × 1", "6 pts")
    assert said["Size of modelo (E)"] == ("2 operations × 2 + 1 entity × 1", "5 pts")
    assert said["Read the budget"] == ("0,08 h + 11 pts × 0,006 h", "0,146 h")
    assert said["WORKER_D tabela"] == ("0,22 s + 6 pts × 0,01 s", "0,28 s")
    assert said["APIs, P50"] == (
        "10 calls of correios × R$ 0,0200 + 3 calls of sem_preco: no price, not counted",
        "R$ 0,20",
    )
    assert said["Rate of USD"] == ("of 2026-01-02", "R$ 5,40")
    assert said["People's P80"][0] == "P50 × 1,52 (no history yet, n=0)"
    assert said["Price and limit (P80)"][0].startswith("people + model + infrastructure + APIs: R$ ")
    assert rows[-1][0] == "Price and limit (P80)"


def test_a_person_s_work_is_estimated_by_cocomo(tmp_path: Path) -> None:
    price = precificar(loaded(tmp_path, pedido()), PRICING, performers={"E": "humano", "D": "humano"})
    written = 2.94 * (5 * 12 / 1000) ** 1.0997 * 152
    reviewed = 0.08 + 5 * 0.006
    assert price["esforco"]["pessoas_horas"]["dev"]["p50"] == pytest.approx(written + reviewed, abs=1e-4)
    assert any(label == "Write modelo" for label, _, _ in price["explicacao"])
    assert PRICING.cocomo.horas(10) == pytest.approx(5623, abs=5), "COCOMO II.2000, nominal, 10 KSLOC"
    assert PRICING.cocomo.horas(0) == 0


def test_a_model_s_work_has_tokens(tmp_path: Path) -> None:
    price = precificar(loaded(tmp_path, pedido()), PRICING, performers={"E": "modelo", "D": "modelo"})
    assert price["runtime"]["tokens_llm_estimado"] == 4500
    assert Decimal(price["custo"]["breakdown"]["llm"]["p50"]) == Decimal("0.243")


def test_a_program_s_work_has_tokens_and_its_explanation_says_whose(tmp_path: Path) -> None:
    ours = precificar(both(tmp_path), PRICING)
    price = precificar(both(tmp_path), PRICING, performers=dict.fromkeys("ED", "comando"))
    tokens = 6 * 700 + 5 * 900
    assert price["runtime"]["tokens_llm_estimado"] == tokens
    assert priced(price).tokens == int(tokens * PRICING.p80_sem_historico)
    assert priced(ours).tokens is None
    said = {label: (formula, value) for label, formula, value in price["explicacao"]}
    assert said["Tokens for tabela"] == ("6 pts × 700 tokens of comando", "4.200 tokens")
    assert said["comando tabela"] == ("20 s + 6 pts × 3 s", "38 s")
    assert {each["worker"] for each in price["esforco"]["workers"]} == {"comando"}
    assert not [label for label, _, _ in ours["explicacao"] if label.startswith("Tokens")]
    assert Decimal(price["custo"]["total_p80"]) > Decimal(ours["custo"]["total_p80"])


def test_a_pricing_file_from_before_programs_reckons_with_its_model_s_tokens(tmp_path: Path) -> None:
    lines = (Path(__file__).parents[2] / "seeds" / "pricing.yaml").read_text().splitlines(keepends=True)
    path = tmp_path / "pricing.yaml"

    def without(*names: str) -> Pricing:
        left, skips = "", False
        for line in lines:
            skips = line.startswith(tuple(f"  {name}:" for name in names)) or (
                skips and line.startswith("    ")
            )
            left += "" if skips else line
        path.write_text(left.replace("tokens_por_ponto: 900", "tokens_por_ponto: 901"))
        return load_pricing(path)

    found = without("comando").performers
    assert found["comando"] == found["modelo"]
    assert found["comando"]["E"].tokens_por_ponto == 901
    found = without("comando", "modelo").performers
    assert "modelo" not in found
    assert found["comando"] == PRICING.performers["comando"]


def test_what_was_learnt_is_a_factor_beside_the_raw_estimate(tmp_path: Path) -> None:
    learnt = Calibration(40, True, {"WORKER_D/D": 0.6931471805599453}, 0.0, 0.1823215567939546)
    price = precificar(loaded(tmp_path, frete()), PRICING, Historico(maquina=learnt))
    raw = price["constantes"]["bruto"]["maquina_s"]
    assert price["esforco"]["maquina_s"]["dev"]["p50"] == pytest.approx(raw["dev"] * 2)
    assert price["esforco"]["maquina_s"]["teste"]["p50"] == pytest.approx(raw["teste"])
    assert price["esforco"]["maquina_s"]["dev"]["p80"] == pytest.approx(raw["dev"] * 2.4, rel=1e-3)
    learnt_block = price["constantes"]["historico"]["maquina"]
    assert (learnt_block["n"], learnt_block["aplicada"], learnt_block["motivo"]) == (40, True, "")
    assert learnt_block["fator"] == pytest.approx(
        price["esforco"]["maquina_s"]["total"]["p50"] / raw["total"], abs=1e-4
    )
    said = {label: formula for label, formula, _ in price["explicacao"]}
    assert said["WORKER_D tabela"] == "(0,22 s + 6 pts × 0,01 s) × 2 learnt"
    assert said["Machines' P80"] == "P50 × 1,2 (learnt from n=40)"


@pytest.fixture(scope="module")
def one_spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return both(tmp_path_factory.mktemp("spec"))


HISTORIES = st.lists(
    st.tuples(
        st.sampled_from(["WORKER_D/D", "teste", "pessoas/dev"]), st.floats(0.1, 9), st.floats(0.1, 9)
    ).map(lambda each: Ponto(*each)),
    max_size=60,
)


@settings(max_examples=30, deadline=None)
@given(HISTORIES, HISTORIES)
def test_with_the_gate_closed_the_estimate_is_the_raw_one(
    one_spec: Spec, people: list[Ponto], machine: list[Ponto]
) -> None:
    learnt = Historico.of(Learnt(tuple(people), tuple(machine)))
    price, plain = precificar(one_spec, PRICING, learnt), precificar(one_spec, PRICING)
    assert price["constantes"]["bruto"] == plain["constantes"]["bruto"], "raw whatever was learnt"
    for name, series in (("pessoas", "pessoas_horas"), ("maquina", "maquina_s")):
        told = price["constantes"]["historico"][name]
        if not told["aplicada"]:
            assert told["motivo"]
            assert told["fator"] == 1
            for fase, raw in price["constantes"]["bruto"][series].items():
                assert price["esforco"][series][fase]["p50"] == raw
                assert price["esforco"][series][fase]["p80"] >= raw
    if not any(each["aplicada"] for each in price["constantes"]["historico"].values()):
        assert price["custo"]["total_p50"] == price["constantes"]["bruto"]["custo"]["total"]
        assert price["custo"]["total_p50"] == plain["custo"]["total_p50"]


def test_why_no_factor_is_applied_stands_in_the_explanation(tmp_path: Path) -> None:
    said = {label: rest for label, *rest in precificar(both(tmp_path), PRICING)["explicacao"]}
    assert said["People's factor"] == ["not applied: 30 finished executions are needed, there are 0", "× 1"]
    learnt = Calibration(40, True, {"teste": 0.6931471805599453}, 0.0, 0.1)
    price = precificar(both(tmp_path), PRICING, Historico(maquina=learnt))
    how, value = {label: rest for label, *rest in price["explicacao"]}["Machines' factor"]
    assert how.endswith("raw, learnt from n=40")
    assert value.startswith("× 1,")


def test_cost_is_the_same_function_for_what_was_measured() -> None:
    actual = cost_of(Quantidades(pessoas_h=0.5, cpu_horas=2, ram_gb_horas=1, storage_mb=1024), PRICING)
    assert actual.pessoas == 60
    assert actual.infra == Decimal("0.54") + Decimal("0.0324") + Decimal("6.48")
    assert actual.total == actual.pessoas + actual.infra
    assert actual.breakdown == {"pessoas": "60.00", "llm": "0.00", "infra": "7.0524", "apis": "0.00"}


def test_numbers_as_they_are_read() -> None:
    assert [shown(n) for n in (0, 0.00421, 12.5, 1250, 1234567.8, -3.14159)] == [
        "0",
        "0,00421",
        "12,5",
        "1.250",
        "1.234.568",
        "-3,142",
    ]
    assert money(Decimal("1234.5")) == "R$ 1.234,50"
    assert money(Decimal("0.0042")) == "R$ 0,0042"
    assert [stored(Decimal(text)) for text in ("42.1", "0.00424", "3", "1.23456")] == [
        "42.10",
        "0.0042",
        "3.00",
        "1.2346",
    ]


def points(n: int, factor: float, seed: int = 1, grupo: str = "WORKER_D", spread: float = 0.2) -> list[Ponto]:
    rng = random.Random(seed)
    return [Ponto(grupo, 10, 10 * factor * rng.lognormvariate(0, spread)) for _ in range(n)]


def test_without_history_there_is_no_factor_and_a_constant_p80() -> None:
    empty = fit(points(4, 3))
    assert (empty.n, empty.tem_historico, empty.fator("WORKER_D"), empty.p80(1.52)) == (4, False, 1.0, 1.52)
    assert fit([Ponto("x", 0, 1), Ponto("x", 1, 0)]).n == 0


def test_a_little_history_gives_a_p80_but_no_factor() -> None:
    some = fit(points(10, 1.5))
    assert not some.aplicada
    assert some.fator("WORKER_D") == 1.0
    assert 1.4 < some.p80(9) < 2.2
    assert fit(points(10, 0.1)).p80(9) == 1.0, "P80 is never below P50"


def test_a_bias_is_learnt_by_group_and_the_gate_keeps_it_out_where_there_is_none() -> None:
    biased = [*points(60, 2, 1), *points(60, 1.1, 2, "WORKER_E")]
    random.Random(3).shuffle(biased)
    learnt = fit(biased)
    assert learnt.aplicada
    assert learnt.fator("WORKER_D") == pytest.approx(2, rel=0.1)
    assert learnt.fator("WORKER_E") == pytest.approx(1.1, rel=0.1)
    assert 1 < learnt.fator("unseen") < 2
    assert not fit(points(60, 1.0, 4)).aplicada


def test_p80_covers_about_80_percent() -> None:
    learnt = fit(points(200, 1.8, 5, spread=0.4))
    newest = points(1000, 1.8, 6, spread=0.4)
    limit = learnt.fator("WORKER_D") * learnt.p80(1)
    covered = sum(ponto.real <= ponto.bruto * limit for ponto in newest) / len(newest)
    assert 0.76 < covered < 0.86


def test_factors_are_clipped_and_groups_without_difference_share_one() -> None:
    assert fit(points(40, 50)).fator("WORKER_D") == pytest.approx(4)
    same = [Ponto(grupo, 10, 20) for _ in range(20) for grupo in ("a", "b")]
    learnt = fit(same)
    assert learnt.fator("a") == learnt.fator("b") == learnt.fator("unseen")


def broken(tmp_path: Path, old: str, new: str) -> str:
    text = (Path(__file__).parents[2] / "seeds" / "pricing.yaml").read_text()
    assert old in text
    path = tmp_path / "pricing.yaml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(WrongInput) as caught:
        load_pricing(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('versao: "2026.1"\n', "", "the field versao is missing"),
        ("infra:", "infar:", "unknown key infar (did you mean infra?)"),
        ("moeda: BRL\n", "moeda: USD\n", "pricing.yaml:4: moeda: no such value: USD (known: BRL)"),
        (
            '{taxa: "5.40", em: "2026-01-02"}',
            '{taxa: "5.40"}',
            "cambio.USD: the field em is missing (the day that",
        ),
        (
            '{taxa: "5.40", em: "2026-01-02"}',
            '{em: "2026-01-02"}',
            "cambio.USD: the field taxa is missing (how many",
        ),
        ('{taxa: "5.40",', "{taxa: abc,", "cambio.USD.taxa: not an amount: abc"),
        (
            'cpu_hora: {valor: "0.05", moeda: USD}',
            "cpu_hora: {valor: -1}",
            "infra.cpu_hora.valor: not an amount: -1",
        ),
        (
            'cpu_hora: {valor: "0.05", moeda: USD}',
            "cpu_hora: {valor: [1]}",
            "cpu_hora.valor: not an amount: a list",
        ),
        (
            'cpu_hora: {valor: "0.05", moeda: USD}',
            "cpu_hora: {moeda: GBP}",
            "cpu_hora.moeda: no rate for GBP (known:",
        ),
        (
            '  cpu_hora: {valor: "0.05", moeda: USD}\n',
            "",
            "infra: the field cpu_hora is missing (for example",
        ),
        (
            "  builtin: # our generators",
            "  bultin:",
            "performers: the field builtin is missing (copy it from",
        ),
        ("  dev: {base_h: 0.08, h_por_ponto: 0.006}\n", "", "pessoas: the field dev is missing (for example"),
        ("    D: {base_s: 20,", "    X: {base_s: 20,", "performers.modelo.X: unknown key X"),
        ("cocomo: {a: 2.94", "cocomo: {a: x", "cocomo.a: not a number from 0 to 100: x"),
        ('gpt-4o: {entrada: "2.50", ', "gpt-4o: {", "modelos.gpt-4o: the field entrada is missing"),
        ('cache: "1.25", moeda: USD', "moeda: GBP", "modelos.gpt-4o.moeda: no rate for GBP"),
        ('saida: "10.00", cache', 'saida: "-1", cache', "modelos.gpt-4o.saida: not an amount: -1"),
        ("  D: {pontos_por_entrada", "  Q: {pontos_por_entrada", "tamanho.Q: unknown key Q"),
    ],
)
def test_wrong_constants_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    said = broken(tmp_path, old, new)
    assert message in said
    assert said.startswith("pricing.yaml:")


def test_missing_parts_are_named(tmp_path: Path) -> None:
    path = tmp_path / "pricing.yaml"
    path.write_text('versao: "1"\n')
    with pytest.raises(
        WrongInput, match=r"the field pessoas is missing \(copy `pessoas:` from seeds/pricing.yaml\)"
    ):
        load_pricing(path)
