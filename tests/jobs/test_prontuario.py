"""`Prontuario`: from PROMETHEUS's words, from a person's, and what is still to be asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from factories import CONTEXTS, World

from jobs.actors.pains import apply, structure
from jobs.prontuario import Prontuario, answer_interview, from_answer, raise_pain, structuring
from store.backlog import Claim
from store.errors import WrongInput, WrongState

WHOLE = {
    "sintoma": "o relatório demora",
    "frequencia": "todo mês",
    "afetados": ["vendas"],
    "impacto": "fecha tarde",
    "tentativas": [],
    "criterio_sucesso": "sai em um minuto",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def genesis(item: dict[str, Any]) -> Any:
    """What GENESIS makes of a pain."""
    claim = Claim(item, "t1", 1)
    outcome = structure({"contexto": item["contexto"], "produtor": item["produtor"]})
    return apply(None, None, claim, outcome)  # type: ignore[arg-type]


def test_a_gap_of_prometheus_is_structured_without_an_interview() -> None:
    end = genesis({"contexto": CONTEXTS["entrevistar_dor"], "produtor": "PROMETHEUS"})
    [child] = end.filhos
    assert child["tipo"] == "estruturar_produto"
    assert child["contexto"]["recurso"] == "chave-assinatura"
    assert child["contexto"]["prontuario"] == end.resultado["prontuario"]
    assert child["contexto"]["prontuario"]["origem"] == "PROMETHEUS"
    thin = genesis({"contexto": {"sintoma": "x", "recurso": "chave"}, "produtor": "PROMETHEUS"})
    assert thin.filhos[0]["tipo"] == "estruturar_produto", "nobody else is interviewed"


def test_a_person_is_asked_for_what_they_have_not_said() -> None:
    told = {"sintoma": "dói", "tentativas": [], "recurso": "chave", "impacto": "  "}
    [child] = genesis({"contexto": told, "produtor": "humano"}).filhos
    assert child["tipo"] == "entrevistar_humano"
    assert child["contexto"]["faltam"] == ["frequencia", "afetados", "impacto", "criterio_sucesso"]
    assert (child["contexto"]["recurso"], child["contexto"]["tentativas"]) == ("chave", [])
    [whole] = genesis({"contexto": WHOLE, "produtor": "humano"}).filhos
    assert (whole["tipo"], whole["titulo"]) == ("estruturar_produto", "Structure: o relatório demora")
    assert "recurso" not in whole["contexto"]


def test_what_came_of_a_delivery_names_its_spec() -> None:
    child = structuring(Prontuario.from_contexto(WHOLE, "MS_Produto"), {"spec_origem_ref": "frete"})
    assert child["contexto"]["spec_origem_ref"] == "frete"
    gap = structuring(Prontuario.from_contexto(WHOLE, "MS_Produto"), {"spec_origem_ref": "f", "recurso": "r"})
    assert "spec_origem_ref" not in gap["contexto"]


def test_a_pain_of_a_person_s_ends_as_any_item_does(world: World) -> None:
    pain = raise_pain(world.backlog, {**WHOLE, "sintoma": " dói "}, {})
    assert world.item(pain)["titulo"] == "Pain: dói"
    waiting = world.produce("corrigir_bug", produtor="humano", depende_de=[pain])
    claim = world.claim("entrevistar_dor")
    [structured] = world.conclude(claim, *genesis(claim.item).filhos)
    assert world.status(waiting) == "Bloqueado", "its parts are waited for too"
    options = {option.nome for option in world.decisions.opcoes(world.item(structured))}
    assert options == {"especificar", "resolvida", "descartar"}
    with pytest.raises(WrongState, match=r"only for what has contexto\.recurso"):
        world.decide(structured, "verificar")
    world.decide(structured, "resolvida")
    assert world.status(waiting) == "Pendente"
    assert world.backlog.sondas_pedidas() == []


def test_a_pain_that_is_dropped_is_asked_about_by_who_waits(world: World) -> None:
    pain = raise_pain(world.backlog, WHOLE, {})
    waiting = world.produce("corrigir_bug", produtor="humano", depende_de=[pain])
    claim = world.claim("entrevistar_dor")
    [structured] = world.conclude(claim, *genesis(claim.item).filhos)
    world.decide(structured, "descartar", motivo="not worth it")
    assert [q["contexto"]["item_ref"] for q in world.open("resolver_dependencia")] == [waiting]


def test_a_person_s_gap_lives_though_nothing_waits_for_it(world: World) -> None:
    pain = raise_pain(world.backlog, {**WHOLE, "recurso": "chave"}, {"chave": "credencial"})
    assert world.item(pain)["contexto"]["tipo_recurso"] == "credencial"
    claim = world.claim("entrevistar_dor")
    [structured] = world.conclude(claim, *genesis(claim.item).filhos)
    world.decide(structured, "verificar")
    assert world.backlog.sondas_pedidas() == ["chave"]
    world.backlog.registrar_sonda("chave", False, "exit code 1")
    [again] = world.open("estruturar_produto")
    assert (again["contexto"]["sonda"], again["contexto"]["de_novo"]) == ("exit code 1", True)
    world.decide(again["id"], "verificar")
    world.backlog.registrar_sonda("chave", True)
    assert world.item(pain)["desfecho"] == "alcancado"


def test_an_interview_is_answered_once_and_whole(world: World) -> None:
    raise_pain(world.backlog, {"sintoma": "dói"}, {})
    claim = world.claim("entrevistar_dor")
    [interview] = world.conclude(claim, *genesis(claim.item).filhos)
    with pytest.raises(WrongInput, match="frequencia: is still to be told"):
        answer_interview(world.backlog, world.item(interview), {}, "ana")
    rest = {name: value for name, value in WHOLE.items() if name != "sintoma"}
    [structured] = answer_interview(world.backlog, world.item(interview), rest, "ana")
    assert world.item(structured)["contexto"]["prontuario"]["sintoma"] == "dói"
    assert world.item(interview)["resultado"]["prontuario"]["origem"] == "humano"
    with pytest.raises(WrongState):
        answer_interview(world.backlog, world.item(interview), rest, "ana")
    with pytest.raises(WrongState, match="asks for no interview"):
        answer_interview(world.backlog, world.item(structured), rest, "ana")


@pytest.mark.parametrize(
    ("told", "path"), [({}, "sintoma"), ({"sintoma": "x", "recurso": "chav"}, "did you mean chave?")]
)
def test_a_pain_that_says_nothing_or_names_nothing_stores_nothing(
    world: World, told: dict[str, Any], path: str
) -> None:
    with pytest.raises(WrongInput, match=path.replace("?", r"\?")):
        raise_pain(world.backlog, told, {"chave": "x"})
    assert world.db.count("backlog_items") == 0


def test_a_line_of_text_is_a_field() -> None:
    assert from_answer("afetados", " ana, rui ,,") == ["ana", "rui"]
    assert from_answer("tentativas", "-") == []
    assert from_answer("impacto", " caro ") == "caro"
    assert from_answer("impacto", "  ") is None
