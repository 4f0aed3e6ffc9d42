"""Policy rules: what a condition fits, what a rule may do in a day, and what is wrong with a file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from line_factory import SEEDS, contracts

from jobs.policy import TESTS, Condition, DayLimit, Policy, Rule, Used, number
from jobs.policy_evidence import wrong_field
from jobs.policy_file import load_policies
from store.errors import WrongInput

BUDGET = {
    "tipo": "aprovar_orcamento",
    "spec_ref": "frete-sul",
    "prioridade": 5,
    "contexto": {"custo_p80": "42.10", "gaps": [], "urgente": True, "nada": None},
    "recursos": {"teste": {"cobertura_planejada_pct": 90}, "custo": {"total_p80": "42.10"}},
}


@pytest.mark.parametrize(
    ("campo", "teste", "valor", "fits"),
    [
        ("contexto.custo_p80", "ate", "42.10", True),
        ("contexto.custo_p80", "ate", 42, False),
        ("contexto.custo_p80", "desde", 42, True),
        ("contexto.custo_p80", "desde", "42.11", False),
        ("contexto.custo_p80", "igual", "42.10", True),
        ("contexto.custo_p80", "igual", 42.1, False),
        ("contexto.urgente", "igual", True, True),
        ("contexto.urgente", "igual", 1, False),
        ("contexto.urgente", "ate", 1, False),
        ("contexto.custo_p80", "igual_campo", "recursos.custo.total_p80", True),
        ("prioridade", "ate_campo", "recursos.teste.cobertura_planejada_pct", True),
        ("prioridade", "desde_campo", "recursos.teste.cobertura_planejada_pct", False),
        ("recursos.teste.cobertura_planejada_pct", "desde_campo", "prioridade", True),
        ("prioridade", "desde_campo", "contexto.nirgends", False),
        ("contexto.gaps", "vazio", True, True),
        ("contexto.gaps", "vazio", False, False),
        ("contexto.custo_p80", "vazio", False, True),
        ("contexto.nada", "vazio", True, True),
        ("contexto.nirgends", "vazio", True, True),
        ("contexto.nirgends", "vazio", False, False),
        ("release.identica_a", "vazio", True, False),
        ("spec_ref", "vazio", False, True),
        ("prioridade", "vazio", False, True),
        ("spec_ref", "em", ["pedido", "frete-sul"], True),
        ("prioridade", "em", [True, 4], False),
        ("spec_ref", "combina", "frete-*", True),
        ("spec_ref", "combina", "Frete-*", False),
        ("prioridade", "combina", "*", False),
        ("contexto.nirgends", "igual", None, False),
    ],
)
def test_a_condition_fits_or_not(campo: str, teste: str, valor: Any, fits: bool) -> None:
    assert Condition(campo, teste, valor).fits(BUDGET) is fits


@pytest.mark.parametrize("cost", ["NaN", "sNaN", "a lot", None, [1], True])
def test_what_cannot_be_compared_does_not_fit(cost: Any) -> None:
    assert not Condition("contexto.custo", "ate", 10).fits({"contexto": {"custo": cost}})
    assert not Condition("contexto.custo", "desde", -10).fits({"contexto": {"custo": cost}})


def test_the_first_rule_that_fits_and_has_room_answers() -> None:
    limited = Rule("a", "aprovar_orcamento", "aprovar", no_dia=DayLimit("contexto.custo_p80", Decimal(100)))
    policy = Policy("x", (Rule("other", "aprovar_release", "aprovar"), limited, Rule("b", *limited_to())))
    assert policy.answer(BUDGET) is limited
    assert policy.answer(BUDGET, lambda _: Used(1, Decimal("57.90"))) is limited
    full = policy.answer(BUDGET, lambda _: Used(1, Decimal("57.91")))
    assert full is not None
    assert full.nome == "b"
    assert policy.answer({**BUDGET, "tipo": "resolver_falha"}) is None


def limited_to() -> tuple[str, str]:
    return "aprovar_orcamento", "aprovar"


def test_a_day_is_limited_by_number_and_by_sum() -> None:
    twice = DayLimit(vezes=2)
    assert twice.has_room(BUDGET, Used(1))
    assert not twice.has_room(BUDGET, Used(2))
    assert twice.plus(BUDGET, Used(1)) == Used(2)
    summed = DayLimit("contexto.custo_p80", Decimal(50))
    assert summed.plus(BUDGET, Used()) == Used(1, Decimal("42.10"))
    assert not summed.has_room(BUDGET, Used(1, Decimal("42.10")))
    assert not DayLimit("contexto.nada", Decimal(50)).has_room(BUDGET, Used()), "what has no sum has no room"


def test_the_seeds_policy_is_one() -> None:
    policy = load_policies([SEEDS / "policy.yaml"], contracts())
    red = {"tipo": "aprovar_release", "contexto": {"testes_passaram": False, "release_ref": "REL-0001"}}
    rule = policy.answer(red)
    assert rule is not None
    assert rule.opcao == "ajustar"
    assert policy.answer({"tipo": "resolver_falha", "contexto": {}}) is None
    assert policy.answer({"tipo": "aprovar_orcamento", "contexto": {}}) is None


RULE = "regras: [{nome: a, tipo: aprovar_orcamento, opcao: aprovar, %s}]"
CASE = RULE % "quando: [{campo: contexto.custo_p80, %s}]"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nome: x", "regras is missing"),
        ("regras: {}", "regras is missing"),
        ("regras: [{nome: a, tipo: aprovar_orcamento, opcao: aprovar, quand: []}]", "did you mean quando?"),
        ("regras: [{nome: a, tipo: aprovar_orcamneto, opcao: aprovar}]", "did you mean aprovar_orcamento?"),
        ("regras: [{nome: a, tipo: orcar_spec, opcao: aprovar}]", "no decision is called orcar_spec"),
        ("regras: [{nome: a, tipo: aprovar_orcamento, opcao: aprova}]", "did you mean aprovar?"),
        ("regras: [{nome: a, tipo: aprovar_orcamento, opcao: ajustar}]", "needs a reason"),
        ("regras: [{tipo: aprovar_orcamento, opcao: aprovar}]", "recorded as politica:<nome>"),
        (RULE % "quando: 5", "a list of conditions"),
        (RULE % "quando: {campo: spec_ref, igual: 1}", "a list of conditions"),
        (RULE % "quando: [7]", "expected keys with values"),
        (RULE % "quando: [{campo: spec_ref}]", "one test (one of igual, ate, desde, em, combina, vazio"),
        (RULE % "quando: [{campo: spec_ref, igual: a, em: [b]}]", "one test"),
        (RULE % "quando: [{campo: contexto.custo_p8, ate: 1}]", "did you mean contexto.custo_p80?"),
        (RULE % "quando: [{campo: custo, ate: 1}]", "has no field custo (known: contexto"),
        (RULE % "quando: [{campo: recursos.teste.cobertura, ate: 1}]", "no field recursos.teste.cobertura"),
        (RULE % "quando: [{campo: spec.validada_em, vazio: true}]", "changes after the question"),
        (RULE % "motivo: 'for {contexto.custo}'", "motivo: aprovar_orcamento has no field contexto.custo"),
        (CASE % "ate: NaN", "ate: expected a number"),
        (CASE % "desde: true", "desde: expected a number"),
        (CASE % "igual: [1]", "igual: expected one value"),
        (CASE % "igual: null", "igual: expected one value"),
        (CASE % "em: []", "em: expected a list of values"),
        (CASE % "em: [[1]]", "em: expected a list of values"),
        (CASE % "vazio: sim", "vazio: expected true or false"),
        (CASE % "combina: 5", "combina: expected text"),
        (CASE % "ate_campo: 5", "ate_campo: expected text"),
        (CASE % "ate_campo: contexto.custo_p5", "did you mean contexto.custo_p50?"),
        (RULE % "no_dia: {}", "limits nothing"),
        (RULE % "no_dia: {campo: contexto.custo_p80}", "a sum needs its field and its limit"),
        (RULE % "no_dia: {ate: 5}", "a sum needs its field and its limit"),
        (RULE % "no_dia: {campo: contexto.custo, ate: 5}", "no field contexto.custo"),
        (RULE % "no_dia: {vezes: -1}", "not a whole number"),
        (RULE % "no_dia: {vez: 1}", "did you mean vezes?"),
    ],
)
def test_a_wrong_policy_is_refused_by_line(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    with pytest.raises(WrongInput) as raised:
        load_policies([path], contracts())
    assert problem in str(raised.value)
    assert f"{path}:1" in str(raised.value)


def test_every_test_can_be_written(tmp_path: Path) -> None:
    values = {"vazio": "true", "em": "[a]", "combina": "a*", "igual": "a", "ate": "1", "desde": "1"}
    tests = [f"{{campo: spec_ref, {test}: {values.get(test, 'contexto.spec_ref')}}}" for test in TESTS]
    path = tmp_path / "policy.yaml"
    path.write_text(
        RULE % f"quando: [{', '.join(tests)}], no_dia: {{campo: contexto.custo_p80, ate: 9, vezes: 3}}"
    )
    (rule,) = load_policies([path], contracts()).regras
    assert [condition.teste for condition in rule.quando] == list(TESTS)
    assert rule.no_dia == DayLimit("contexto.custo_p80", Decimal(9), 3)


def test_several_files_are_one_policy_whose_rules_have_names_of_their_own(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("nome: small\n" + RULE % "motivo: x")
    two.write_text((RULE % "motivo: y").replace("nome: a", "nome: b"))
    policy = load_policies([one, two], contracts())
    assert (policy.nome, [rule.nome for rule in policy.regras]) == ("small", ["a", "b"])
    two.write_text("\n" + RULE % "motivo: y")
    with pytest.raises(WrongInput, match=rf"two.yaml:2: two rules are called a \(the other one is in {one}"):
        load_policies([one, two], contracts())


@pytest.mark.parametrize(
    "campo",
    [
        "prioridade",
        "contexto.custo_p80",
        "contexto.anterior.custo_p80",
        "recursos.esforco.pessoas_horas.total.p80",
        "recursos.custo.breakdown.pessoas.p80",
        "recursos.carga.qualquer",
        "spec.cobertura_planejada_pct",
        "release.cobertura_pct",
        "implantacao.anterior.versao",
    ],
)
def test_the_fields_that_a_condition_may_look_at(campo: str) -> None:
    assert wrong_field(campo, contracts()["aprovar_orcamento"]) is None


@pytest.mark.parametrize(
    "campo", ["contexto", "spec", "status", "prioridade.x", "release.status", "spec.x", ""]
)
def test_the_fields_that_it_may_not(campo: str) -> None:
    assert wrong_field(campo, contracts()["aprovar_orcamento"]) is not None


def test_an_amount_below_zero_makes_no_room_in_a_day() -> None:
    limit = DayLimit("contexto.custo", Decimal(50))
    below = {"contexto": {"custo": "-1000"}}
    assert not limit.has_room(below, Used())
    assert limit.plus(below, Used(1, Decimal(40))) == Used(2, Decimal(40))
    assert limit.has_room({"contexto": {"custo": "0"}}, Used(1, Decimal(50)))


@pytest.mark.parametrize("huge", ["9E+999999", "1E-999999", "1E+31", -(10**31), "Infinity"])
def test_what_is_no_amount_of_anything_is_no_number(huge: Any) -> None:
    assert number(huge) is None
    assert not DayLimit("custo", Decimal(50)).has_room({"custo": huge}, Used(1, Decimal(1)))
    assert number("1E+30") == Decimal("1E+30")
    assert number(10**5000) is None
