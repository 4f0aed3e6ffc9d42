"""What is asked of the metrics of a store, answered from its facts as of one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from store.clock import parse_time
from store.database import Database
from store.metrics.asking import Ask, check_group, family_of, to_query
from store.metrics.behind import Behind, behind
from store.metrics.burnup import sprint_burn_up
from store.metrics.facts import Facts
from store.metrics.model import Chart, Page, Query
from store.metrics.reading import READERS

_FIELDS = {
    "execucoes": "execucoes",
    "backlog_items": "itens",
    "decisoes": "decisoes",
    "releases": "releases",
    "implantacoes": "implantacoes",
    "uso_llm": "chamadas",
    "specs_recursos": "precos",
    "capacidades": "capacidades",
    "sprints": "sprints",
    "tasks": "tasks",
}


@dataclass(frozen=True, slots=True)
class Answers:
    """Immutable, so that any thread may ask: `agora` is UTC text, `fuso` the workspace's zone."""

    facts: Facts
    agora: str
    fuso: str

    def query(self, ask: Ask) -> Query:
        """The checked query that a question becomes."""
        created = (item.criado for item in self.facts.itens if item.criado is not None)
        return to_query(
            ask, parse_time(self.agora).timestamp(), self.fuso, primeiro=min(created, default=None)
        )

    def page(self, ask: Ask) -> Page:
        """The page that is asked for. Raises WrongInput for what cannot be asked."""
        family = family_of(ask)
        check_group(ask, family.grupos)
        return family.page(self.facts, self.query(ask))

    def behind(self, ids: Sequence[str]) -> tuple[Behind, ...]:
        """What each of some documents is."""
        return behind(self.facts, ids)

    def burn_up(self, sprint_id: str) -> Chart:
        """A sprint's burn-up with its forecast. Raises WrongInput for a sprint that is not there."""
        return sprint_burn_up(self.facts, sprint_id, self.query(Ask("previsao")))


def read_facts(db: Database) -> Facts:
    """The facts of every document that is there."""
    with db.reading():
        found: dict[str, Any] = {
            field: tuple(map(READERS[name], db.all(name))) for name, field in _FIELDS.items()
        }
        return replace(Facts(seq=db.seq), **found)
