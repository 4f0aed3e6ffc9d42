"""AUTO-PULL-RESPEITADO: what is not pulled by itself is pulled by a person, or by the rule that covers it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from factories import World, new_item, seed_contracts
from line_factory import setup

from jobs.policy_actor import PolicyActor
from jobs.policy_file import load_policies
from store.sprint.service import Sprints

RULES = """\
regras:
  - nome: documentos-baratos
    tipo: decidir_pull
    quando:
      - {campo: contexto.item_tipo, igual: documentar}
      - {campo: contexto.estimativa.horas, ate: 2}
    opcao: puxar
"""


def test_only_what_a_rule_covers_is_pulled_without_a_person(tmp_path: Path) -> None:
    (tmp_path / "politica.yaml").write_text(RULES, encoding="utf-8")
    world = World(tmp_path / "store", seed_contracts())
    sprints = Sprints(world.backlog)
    sprints.criar("S022", "Receitas")
    sprints.adicionar_task("S022", titulo="M0-M3")
    sprints.iniciar_task("S022", "T01")

    def found(tipo: str, **contexto: Any) -> str:
        return sprints.produzir_filho("S022", "T01", new_item(tipo, contexto, auto_pull=False))

    cheap = found("documentar", estimativa={"horas": 1})
    dear = found("documentar", estimativa={"horas": 9})
    unknown, other = found("documentar"), found("aprovacao_externa", estimativa={"horas": 1})
    sprints.concluir_task("S022", "T01")
    core = SimpleNamespace(db=world.db, decisions=world.decisions, setup=setup(tmp_path / "line"))
    policy = load_policies([tmp_path / "politica.yaml"], seed_contracts())
    asyncio.run(PolicyActor(cast(Any, core), policy).work())
    carried = {task["item_ref"]: task["chave"] for task in world.db.all("tasks") if task["item_ref"]}
    assert carried == {cheap: "S022/T01.1"}
    asked = {item["contexto"]["item_ref"] for item in world.open("decidir_pull")}
    assert asked == {dear, unknown, other}
    (decision,) = world.db.all("decisoes")
    assert (decision["quem"], decision["politica"]) == ("politica:documentos-baratos", "documentos-baratos")
    world.close()
