"""Contracts: the seeds hold together, and what is wrong in a definition is named with file, line and path."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from factories import CONTEXTS, SEEDS, World, seed_contracts

from store.clock import add_seconds
from store.contracts import Contracts
from store.errors import WrongInput

GOOD = """\
comprar:
  descricao: Buy it.
  titulo: "Buy {contexto.nome}"
  produtores: [humano]
  consumidor: Loja
  contexto: {type: object, required: [nome], properties: {nome: {type: string}}, additionalProperties: false}
  resultado: {type: object}
"""
PERSON = (
    GOOD
    + """\
  humano: true
  gera: [{tipo: comprar}]
  opcoes:
    sim: {tecla: y, rotulo: yes}
    nao: {tecla: n, rotulo: no, gera: [{tipo: comprar}]}
"""
)


def wrong(text: str) -> str:
    with pytest.raises(WrongInput) as caught:
        Contracts.parse(text, "c.yaml")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_seeds_name_every_type_of_the_mission() -> None:
    contracts = Contracts.load(SEEDS / "contracts.yaml")
    assert set(contracts) == set(CONTEXTS)
    assert contracts["orcar_spec"].gerados == {"aprovar_orcamento", "entrevistar_dor"}
    assert contracts["desenvolvimento"].partes == {"aprovar_release"}
    assert contracts["entrevistar_dor"].desfecho == "sonda"


@pytest.mark.parametrize("tipo", sorted(CONTEXTS))
def test_a_valid_context_of_each_type_is_taken_and_an_unknown_key_is_not(tipo: str) -> None:
    contract = seed_contracts()[tipo]
    contract.check_context(CONTEXTS[tipo])
    with pytest.raises(WrongInput, match=r"contexto\.surpresa: unknown key"):
        contract.check_context({**CONTEXTS[tipo], "surpresa": 1})


def test_every_answer_of_a_person_says_what_it_does() -> None:
    for contract in seed_contracts().values():
        for answer in contract.opcoes.values():
            assert answer.efeito, contract.tipo


def test_an_override_replaces_a_whole_type(tmp_path: Path) -> None:
    base, own = tmp_path / "contracts.yaml", tmp_path / "own.yaml"
    base.write_text(GOOD, "utf-8")
    own.write_text(GOOD.replace("Buy it.", "Buy two."), "utf-8")
    first, second = Contracts.load(base), Contracts.load(base, own)
    assert second["comprar"].descricao == "Buy two."
    assert first["comprar"].referencia != second["comprar"].referencia
    assert first["comprar"].referencia == Contracts.load(base)["comprar"].referencia


def test_an_override_may_refer_to_seeds_but_not_to_what_is_nowhere(tmp_path: Path) -> None:
    base, own = tmp_path / "contracts.yaml", tmp_path / "own.yaml"
    base.write_text(GOOD, "utf-8")
    own.write_text(PERSON.replace("comprar:", "perguntar:", 1).replace("[humano]", "[Loja]"), "utf-8")
    with pytest.raises(WrongInput, match=re.escape("comprar is not produced by Loja")):
        Contracts.load(base, own)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "c.yaml:1: contracts are a mapping of types"),
        ("", "contracts are a mapping of types"),
        ("comprar: 3", "c.yaml:1: comprar: a contract is a mapping"),
        (
            GOOD.replace("descricao", "descricão"),
            "c.yaml:2: comprar.descricão: unknown key (did you mean descricao?)",
        ),
        (GOOD.replace("  descricao: Buy it.\n", ""), "c.yaml:1: comprar.descricao: is missing"),
        (GOOD.replace("produtores: [humano]", "produtores: []"), "c.yaml:4: comprar.produtores"),
        (GOOD + "  tipo: outro\n", "c.yaml:8: comprar.tipo: unknown key"),
        (GOOD + "  retries: {max: -1}\n", "c.yaml:8: comprar.retries.max"),
        (
            GOOD + "  retries: {maximo: 1}\n",
            "c.yaml:8: comprar.retries.maximo: unknown key (did you mean max?)",
        ),
        (
            GOOD.replace("{type: string}", "{type: strong}"),
            "c.yaml:6: comprar.contexto.properties.nome.type: not a JSON",
        ),
        (
            GOOD + "  gera: [{tipo: comprra}]\n",
            "comprar.gera[0]: no contract has the type comprra (did you mean comprar?)",
        ),
        (GOOD + "  gera: [{tipo: comprar}]\n", "comprar.gera[0]: comprar is not produced by Loja (add it to"),
        (GOOD + "  humano: true\n", "c.yaml:1: comprar: a person's item needs opcoes"),
        (GOOD + "  se_falhar: {tipo: comprar}\n", "comprar.se_falhar: comprar is not in gera"),
        (GOOD.replace("comprar:", "Comprar:"), "c.yaml:1: Comprar.tipo"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_path(text: str, said: str) -> None:
    assert said in wrong(text)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("tecla: n", "tecla: y", "comprar.opcoes.nao.tecla: the key y is sim's already"),
        ("tecla: n", "tecla: s", "comprar.opcoes.nao.tecla: the key s is taken: snooze"),
        ("tecla: n", "tecla: nn", "comprar.opcoes.nao.tecla"),
        (
            "rotulo: no, gera: [{tipo: comprar}]",
            "rotulo: no, gera: [{tipo: vender}]",
            "vender is not in gera",
        ),
        (
            "rotulo: no",
            "rotulo: no, efeito_em: {item: '=contexto.nome', operacao: voltar}",
            "comprar.opcoes.nao.efeito_em: voltar needs ponto",
        ),
        (
            "rotulo: no",
            "rotulo: no, efeito_em: {item: '=contexto.nome', operacao: pular, ponto: [comprar]}",
            "comprar.opcoes.nao.efeito_em.ponto: pular has no ponto",
        ),
        (
            "rotulo: no",
            "rotulo: no, efeito_em: {item: '=contexto.nome', operacao: voltar, ponto: [comprer]}",
            "efeito_em.ponto[0]: no contract has the type comprer (did you mean comprar?)",
        ),
        ("rotulo: no", "rótulo: no", "comprar.opcoes.nao.rótulo: unknown key (did you mean rotulo?)"),
    ],
)
def test_wrong_answers_are_named(old: str, new: str, said: str) -> None:
    assert said in wrong(PERSON.replace(old, new).replace("[humano]", "[humano, Loja]"))


def test_a_missing_context_names_the_field_and_the_type() -> None:
    contract = Contracts.parse(GOOD)["comprar"]
    with pytest.raises(WrongInput) as caught:
        contract.check_context({})
    assert str(caught.value) == "contexto.nome: is missing (contract comprar needs it)"
    with pytest.raises(WrongInput, match=r"contexto\.nome: 3 is not of type 'string'"):
        contract.check_context({"nome": 3})
    with pytest.raises(WrongInput, match=r"contexto\.nome: 'a+…"):
        Contracts.parse(GOOD.replace("{type: string}", "{type: string, maxLength: 3}"))[
            "comprar"
        ].check_context({"nome": "a" * 500})


def test_unknown_types_and_options_name_the_nearest() -> None:
    contracts = seed_contracts()
    with pytest.raises(WrongInput, match="did you mean orcar_spec"):
        contracts.of_type("orcar_specs")
    with pytest.raises(WrongInput, match=r"has no option aprova \(did you mean aprovar"):
        contracts["aprovar_orcamento"].answer("aprova")


def test_a_workspace_may_say_when_an_answer_s_question_comes(tmp_path: Path) -> None:
    world = World(tmp_path, seed_contracts().asked_after("avaliar_efetividade", 2 * 86_400))
    world.add_spec()
    world.decide(world.deliver(), "validar")
    (asked,) = world.open("avaliar_efetividade")
    assert asked["disponivel_em"] == add_seconds(world.clock.now(), 2 * 86_400)
    assert world.contracts["aprovar_release"] == seed_contracts()["aprovar_release"]
    world.close()
