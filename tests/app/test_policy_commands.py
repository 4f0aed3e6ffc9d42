"""`oficina policy`, and a workspace's own policy: tried first, then approved and switched on."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from app.policy_words import condition_words, rule_line
from jobs.policy import SEED, Condition, DayLimit, Rule
from jobs.workspace import SEEDS
from store.backlog import Backlog
from store.clock import RandomTokens, SystemClock
from store.contracts import Contracts
from store.database import Database

RULES = """\
nome: small ones
regras:
  - nome: pequena
    tipo: aprovar_orcamento
    opcao: aprovar
    quando:
      - {campo: contexto.custo_p80, ate: "50.00"}
      - {campo: contexto.gaps, vazio: true}
    no_dia: {campo: contexto.custo_p80, ate: "500.00", vezes: 20}
"""


def ask(shop: Path, *costs: str) -> list[str]:
    """Budget questions as the line would ask them, one a price."""
    clock = SystemClock()
    db = Database.open(shop / ".oficina" / "store", by="test", clock=clock)
    backlog = Backlog(db, Contracts.load(SEEDS / "contracts.yaml"), clock, RandomTokens(), random.Random(1))
    bound = {"spec_ref": "frete", "spec_versao": 1, "spec_recursos_ref": "REC-0001", "gaps": []}
    try:
        return [
            backlog.produzir(
                {"tipo": "aprovar_orcamento", "contexto": {**bound, "custo_p80": cost}}, produtor="PROMETHEUS"
            )
            for cost in costs
        ]
    finally:
        db.close()


def test_rules_are_tried_on_what_people_decided(shop: Path, oficina) -> None:
    (shop / "rules.yaml").write_text(RULES)
    oficina("spec", "add", "specs/frete.yaml")  # makes the store
    agreed, refused, dear, waiting = ask(shop, "10.00", "20.00", "90.00", "30.00")
    oficina("decide", agreed, "aprovar")
    oficina("decide", refused, "recusar", "--reason", "not this year")
    oficina("decide", dear, "aprovar")
    said = oficina("policy", "try", "rules.yaml", "--since", "30d")
    assert said.code == 0
    assert "Policy «small ones» on 3 decisions of people since " in said.out
    assert "1 as they did, 1 otherwise, 1 left to them." in said.out
    assert f"{refused}  DEC-0002" in said.out
    assert "not this year" in said.out
    assert f"{waiting}  Approve the budget of frete  pequena: aprovar" in said.out
    assert "`politica: rules.yaml` in oficina.yaml switches it on" in said.out
    found = oficina("policy", "try", "rules.yaml", "--json").json
    assert found["contagem"] == {"iguais": 1, "diferentes": 1, "sem_regra": 1, "de_politicas": 0}
    assert [(each["item"], each["concorda"]) for each in found["decisoes"]] == [
        (agreed, True),
        (refused, False),
        (dear, None),
    ]
    assert found["abertas"][0]["item"] == waiting
    assert [each["status"] for each in oficina("items", "--tipo", "aprovar_orcamento", "--json").json] == [
        "Concluido",
        "Cancelado",
        "Concluido",
        "Pendente",
    ]


def test_without_decisions_there_is_nothing_to_compare(shop: Path, oficina) -> None:
    (shop / "rules.yaml").write_text(RULES)
    said = oficina("policy", "try", "rules.yaml").out
    assert "on 0 decisions of people:" in said
    assert "Otherwise" not in said


def test_wrong_words_are_refused(shop: Path, oficina) -> None:
    (shop / "rules.yaml").write_text(RULES.replace("gaps", "gapz"))
    said = oficina("policy", "try", "rules.yaml")
    assert said.code == 2
    assert "rules.yaml:8" in said.err
    assert "did you mean contexto.gaps?" in said.err
    (shop / "rules.yaml").write_text(RULES)
    assert "write 12h, 30d or 4w" in oficina("policy", "try", "rules.yaml", "--since", "soon").err
    assert "no policy decides in this workspace" in oficina("policy", "show").err
    assert oficina("policy", "try", "nirgends.yaml").code != 0


def test_a_policy_is_shown_in_words(shop: Path, oficina) -> None:
    said = oficina("policy", "show", str(SEED)).out
    assert "release-verde: aprovar_release → aprovar, when contexto.testes_passaram is true and" in said
    (shop / "rules.yaml").write_text(RULES)
    shown = oficina("policy", "show", "rules.yaml", "--json").json
    assert shown["regras"][0]["quando"][1] == {"campo": "contexto.gaps", "vazio": True}
    assert shown["regras"][0]["no_dia"]["vezes"] == 20


def test_a_rule_in_words() -> None:
    rule = Rule("r", "aprovar_orcamento", "aprovar", no_dia=DayLimit("contexto.custo_p80", vezes=3))
    assert rule_line(rule) == "r: aprovar_orcamento → aprovar, when always; in a day at most 3"


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (Condition("contexto.custo_p80", "em", ["5", 6]), "contexto.custo_p80 is one of R$ 5,00, R$ 6,00"),
        (Condition("spec_ref", "combina", "a*"), "spec_ref matches a*"),
        (Condition("prioridade", "desde_campo", "spec.prioridade"), "prioridade at least spec.prioridade"),
        (Condition("contexto.gaps", "vazio", False), "contexto.gaps is not empty"),
    ],
)
def test_a_condition_in_words(condition: Condition, said: str) -> None:
    assert condition_words(condition) == said


def test_a_workspace_s_own_policy_decides_once_it_is_approved(shop: Path, oficina) -> None:
    (shop / "policy.yaml").write_text(SEED.read_text())
    with (shop / "oficina.yaml").open("a") as config:
        config.write("politica: policy.yaml\n")
    said = oficina("run", "--headless", "--until-idle")
    assert said.code == 2
    assert "oficina.yaml: politica policy.yaml" in said.err
    assert "orcamento-pequeno" in oficina("trust").out
    assert oficina("trust", "--yes").code == 0
    assert ", switched on in oficina.yaml: the first rule that fits" in oficina("policy", "show").out
    oficina("spec", "add", "specs/frete.yaml")
    said = oficina("run", "--headless", "--until-idle", "--timeout", "120")
    assert said.code == 0, said
    assert "orcamento-pequeno: aprovar_orcamento → aprovar" in said.out
    tried = oficina("policy", "try", "--json").json
    assert tried["contagem"]["de_politicas"] == 3
    assert tried["decisoes"] == []
    assert "3 decisions of policies left out." in oficina("policy", "try").out


def test_a_run_may_name_other_rules_instead(shop: Path, oficina) -> None:
    (shop / "policy.yaml").write_text(SEED.read_text())
    with (shop / "oficina.yaml").open("a") as config:
        config.write("politica: [policy.yaml]\n")
    oficina("trust", "--yes")
    (shop / "none.yaml").write_text("nome: none\nregras: []\n")
    said = oficina("run", "--headless", "--until-idle", "--policy", "none.yaml", "--timeout", "60")
    assert said.code == 0
    assert "Policy «none»" in said.out


def test_the_policy_in_the_docs_is_one(shop: Path, oficina) -> None:
    docs = (Path(__file__).parents[2] / "docs" / "workspace.md").read_text()
    text = docs.partition("## Policies")[2].partition("```yaml\n")[2].partition("```")[0]
    (shop / "docs.yaml").write_text(text)
    said = oficina("policy", "show", "docs.yaml", "--json")
    assert [rule["nome"] for rule in said.json["regras"]] == ["orcamento-pequeno", "release-verde"]
