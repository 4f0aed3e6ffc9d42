"""Actor definitions: the seeds consume everything, and what disagrees with the contracts is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from factories import SEEDS, seed_contracts

from store.actors import Actors
from store.contracts import Contracts
from store.errors import WrongInput

CONTRACTS = Contracts.parse(
    """\
comprar: {descricao: Buy., titulo: Buy, produtores: [humano], consumidor: Loja, contexto: {}, resultado: {}}
pagar:
  {descricao: Pay., titulo: Pay, produtores: [humano], consumidor: Dono, humano: true, contexto: {},
  resultado: {}, opcoes: {sim: {tecla: y, rotulo: yes}}}
"""
)
GOOD = "Loja:\n  tipos: {comprar: builtin}\n  concorrencia: 3\nDono:\n  tipos: {pagar: humano}\n"


def wrong(text: str) -> str:
    with pytest.raises(WrongInput) as caught:
        Actors.parse(text, CONTRACTS, "a.yaml")
    return str(caught.value)


def test_the_seeds_consume_every_type_and_only_the_line_s_own_work() -> None:
    actors = Actors.load(SEEDS / "actors.yaml", seed_contracts())
    assert set(actors) == {"Epistemologia", "PROMETHEUS", "GENESIS", "MS_Produto"}
    assert [actor.nome for actor in actors.working()] == ["PROMETHEUS", "GENESIS"]
    assert "aprovar_orcamento" in actors["MS_Produto"].humanos
    assert actors["MS_Produto"].tipos == ()


def test_definitions_have_the_limits_of_the_line() -> None:
    actors = Actors.parse(GOOD, CONTRACTS)
    loja = actors["Loja"]
    assert (loja.tipos, loja.fila, loja.concorrencia, loja.prazo_s, loja.rede) == (
        ("comprar",),
        "padrao",
        3,
        None,
        False,
    )
    assert len(actors) == 2


def test_an_override_replaces_a_whole_actor(tmp_path: Path) -> None:
    base, own = tmp_path / "a.yaml", tmp_path / "own.yaml"
    base.write_text(GOOD, "utf-8")
    own.write_text("Loja: {tipos: {comprar: comando}, prazo_s: 5, retries: {max: 0}}", "utf-8")
    loja = Actors.load(base, CONTRACTS, own)["Loja"]
    assert loja.performers == {"comprar": "comando"}
    assert loja.retries is not None
    assert loja.retries.max == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "a.yaml:1: actors are a mapping of names"),
        ("Loja: 1", "a.yaml:1: Loja: an actor is a mapping"),
        (
            GOOD.replace("concorrencia", "concorencia"),
            "a.yaml:3: Loja.concorencia: unknown key (did you mean concorrencia?)",
        ),
        (GOOD.replace("concorrencia: 3", "concorrencia: 0"), "a.yaml:3: Loja.concorrencia"),
        (
            GOOD.replace("comprar:", "comprra:"),
            "a.yaml:2: Loja.tipos.comprra: no contract has the type comprra (did you mean comprar?)",
        ),
        (
            GOOD.replace("{pagar: humano}", "{pagar: humano, comprar: builtin}"),
            "comprar is not consumed by Dono",
        ),
        (GOOD.replace("pagar: humano", "pagar: builtin"), "a.yaml:5: Dono.tipos.pagar: pagar is a person's"),
        (
            GOOD.replace("comprar: builtin", "comprar: humano"),
            "a.yaml:2: Loja.tipos.comprar: comprar is not a person's",
        ),
        (GOOD.replace("comprar: builtin", "comprar: robo"), "a.yaml:2: Loja.tipos.comprar"),
        ("Loja: {tipos: {comprar: builtin}}", "no actor consumes pagar (add it to Dono)"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_path(text: str, said: str) -> None:
    assert said in wrong(text)
