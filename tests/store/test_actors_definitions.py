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
BUY = "comandos: {comprar: {argv: [comprar]}}"
GOOD = "Loja:\n  tipos: {comprar: builtin}\n  concorrencia: 3\nDono:\n  tipos: {pagar: humano}\n"


def wrong(text: str) -> str:
    with pytest.raises(WrongInput) as caught:
        Actors.parse(text, CONTRACTS, "a.yaml")
    return str(caught.value)


def test_the_seeds_consume_every_type_and_only_the_line_s_own_work() -> None:
    actors = Actors.load(SEEDS / "actors.yaml", seed_contracts())
    assert set(actors) == {"Epistemologia", "PROMETHEUS", "GENESIS", "MS_Produto"}
    assert [actor.nome for actor in actors.working()] == ["Epistemologia", "PROMETHEUS", "GENESIS"]
    assert actors["MS_Produto"].performers["aprovar_orcamento"] == "humano"
    assert actors["MS_Produto"].tipos == ()
    assert (actors.performer_of("desenvolvimento"), actors.performer_of("aprovar_release")) == (
        "builtin",
        "humano",
    )


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


def test_retries_go_by_type_then_by_actor_then_by_contract() -> None:
    own = "retries_por_tipo: {comprar: {max: 7}}\n  retries: {max: 1}\n  disjuntor: {reset_s: 5}"
    loja = Actors.parse(GOOD.replace("concorrencia: 3", own), CONTRACTS)["Loja"]
    assert [getattr(loja.retries_of(tipo), "max", None) for tipo in ("comprar", "vender")] == [7, 1]
    assert (loja.disjuntor.falhas, loja.disjuntor.reset_s) == (5, 5.0)
    assert Actors.parse(GOOD, CONTRACTS)["Loja"].retries_of("comprar") is None


def test_an_override_replaces_a_whole_actor(tmp_path: Path) -> None:
    base, own = tmp_path / "a.yaml", tmp_path / "own.yaml"
    base.write_text(GOOD, "utf-8")
    own.write_text(f"Loja: {{tipos: {{comprar: comando}}, prazo_s: 5, retries: {{max: 0}}, {BUY}}}", "utf-8")
    loja = Actors.load(base, CONTRACTS, own)["Loja"]
    assert loja.performers == {"comprar": "comando"}
    assert loja.retries is not None
    assert loja.retries.max == 0


def test_an_override_that_lacks_a_type_of_ours_is_named_itself(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("PROMETHEUS: {tipos: {orcar_spec: builtin}}", "utf-8")
    with pytest.raises(
        WrongInput, match=r"own\.yaml:1: PROMETHEUS\.tipos: no actor consumes desenvolvimento"
    ):
        Actors.load(SEEDS / "actors.yaml", seed_contracts(), own)


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
        (
            GOOD.replace("comprar: builtin", "comprar: robo"),
            "a.yaml:2: Loja.tipos.comprar: no such value: robo (known: builtin, comando, humano, modelo)",
        ),
        (
            GOOD.replace("concorrencia: 3", "concorrencia: many"),
            "a.yaml:3: Loja.concorrencia: expected a whole number, not the text many",
        ),
        (
            GOOD.replace("concorrencia: 3", "retries: 3"),
            "a.yaml:3: Loja.retries: expected keys with values, not 3 (write `{key: value}`)",
        ),
        (
            GOOD.replace("concorrencia: 3", "disjuntor: {falhas: 0}"),
            "a.yaml:3: Loja.disjuntor.falhas: expected at least 1, not 0",
        ),
        (
            GOOD.replace("concorrencia: 3", "disjuntor: {reset: 5}"),
            "a.yaml:3: Loja.disjuntor.reset: unknown key (did you mean reset_s?)",
        ),
        (
            GOOD.replace("concorrencia: 3", "retries_por_tipo: {pagar: {max: 1}}"),
            "a.yaml:3: Loja.retries_por_tipo.pagar: Loja does not work on pagar",
        ),
        (
            GOOD.replace("concorrencia: 3", "retries_por_tipo: {comprar: {max: 99}}"),
            "a.yaml:3: Loja.retries_por_tipo.comprar.max",
        ),
        ("Loja: {tipos: {comprar: builtin}}", "no actor consumes pagar (add it to Dono)"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_path(text: str, said: str) -> None:
    assert said in wrong(text)


def commanded(definition: str) -> str:
    """An actor whose type is done by a program."""
    text = GOOD.replace("comprar: builtin", "comprar: comando")
    return text.replace("  concorrencia: 3\n", f"  comandos:\n    comprar: {definition}\n")


def test_a_command_has_words_and_limits_of_its_own() -> None:
    text = commanded(
        "{argv: ['{python}', '{workspace}/buy.py'], leitura: [buy.py, /opt/buy], segredos: [KEY],"
        " ambiente: {MODE: fast}, prazo_s: 9, turnos: 4, tentativas_correcao: 0, medido: true}"
    )
    command = Actors.parse(text, CONTRACTS)["Loja"].comandos["comprar"]
    assert command.argv == ("{python}", "{workspace}/buy.py")
    assert (command.leitura, command.segredos) == (("buy.py", "/opt/buy"), ("KEY",))
    assert (command.ambiente, command.prazo_s, command.turnos) == ({"MODE": "fast"}, 9, 4)
    assert (command.tentativas_correcao, command.medido) == (0, True)


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ("{argv: []}", "a.yaml:4: Loja.comandos.comprar.argv"),
        ("{argv: buy now}", "a.yaml:4: Loja.comandos.comprar.argv: "),
        ("{argv: ['']}", "a.yaml:4: Loja.comandos.comprar.argv[0]: not a word of a command"),
        ("{argv: [b], leitra: [c]}", "comprar.leitra: unknown key (did you mean leitura?)"),
        ("{argv: [b], leitura: [../x]}", "leitura[0]: the path leads out of the workspace"),
        ("{argv: [b], leitura: ['.']}", "leitura[0]: the store is never handed to a program"),
        ("{argv: [b], leitura: [.oficina/store]}", "the store is never handed to a program"),
        ("{argv: [b], leitura: ['']}", "leitura[0]: not a path"),
        ("{argv: [b], segredos: [a-b]}", "segredos[0]: not a variable's name (letters, digits and _)"),
        ("{argv: [b], segredos: [LD_PRELOAD]}", "segredos[0]: LD_PRELOAD is not for a secret"),
        ("{argv: ['{workspace}']}", "argv[0]: the store is never handed to a program"),
        ("{argv: ['{workspace}/../x']}", "argv[0]: the path leads out of the workspace"),
        ("{argv: [b], ambiente: {'1': x}}", "ambiente.1: not a variable's name"),
        ('{argv: [b], ambiente: {A: "\\0"}}', "ambiente.A: has the character U+0000"),
        ("{argv: [b], prazo_s: 0}", "a.yaml:4: Loja.comandos.comprar.prazo_s"),
        ("{argv: [b], tentativas_correcao: 99}", "Loja.comandos.comprar.tentativas_correcao"),
        ("{argv: [b], turnos: many}", "Loja.comandos.comprar.turnos"),
        ("{argv: [b]}\n    comprra: {argv: [c]}", "a.yaml:5: Loja.comandos.comprra: comprra is not done by"),
    ],
)
def test_what_is_wrong_with_a_command_is_named_with_file_line_and_path(definition: str, said: str) -> None:
    assert said in wrong(commanded(definition))


def test_a_type_without_its_command_is_refused() -> None:
    said = wrong(GOOD.replace("comprar: builtin", "comprar: comando"))
    assert "a.yaml:2: Loja.tipos.comprar: comando without a command (write: comandos: {comprar: " in said


def test_actors_say_where_they_were_written(tmp_path: Path) -> None:
    base, own = tmp_path / "a.yaml", tmp_path / "own.yaml"
    base.write_text(GOOD, "utf-8")
    own.write_text("\n\nLoja: {tipos: {comprar: builtin}}", "utf-8")
    actors = Actors.load(base, CONTRACTS, own)
    assert (
        str(actors.error(("Loja", "tipos"), "no good", "better")) == f"{own}:3: Loja.tipos: no good (better)"
    )
    assert str(actors.error(("Dono",), "no good")) == f"{base}:4: Dono: no good"
    assert str(Actors(dict(actors)).error(("Loja",), "no good")) == "Loja: no good"
