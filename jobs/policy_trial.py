"""A policy tried on past decisions: what its rules would have answered beside what people did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.policy import CANNOT_JUDGE, Policy, Rule, Used
from jobs.policy_actor import DECISIONS, ITEMS, day_start, taken_back
from jobs.policy_evidence import Evidence
from store.backlog import Backlog
from store.database import Database

Doc = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One decision of a person, and the rule that would have answered it."""

    decisao: Doc
    item: Doc
    regra: Rule | None

    @property
    def concorda(self) -> bool | None:
        """Whether the rule would have answered as the person did; None where no rule answers."""
        return None if self.regra is None else self.regra.opcao == self.decisao["opcao"]


@dataclass(frozen=True, slots=True)
class PolicyTrial:
    """What came of it: people's decisions oldest first, and what the policy would answer at once."""

    casos: Sequence[Case] = ()
    abertas: Sequence[tuple[Doc, Rule]] = ()
    """Open decisions that a rule covers now, with that rule."""
    de_politicas: int = 0
    """Decisions that a policy took: there is no person's answer to compare with."""

    def cases(self, concorda: bool | None) -> list[Case]:
        """Those where the rule agrees, where it does not, or (None) where there is none."""
        return [case for case in self.casos if case.concorda is concorda]


class Replay:
    """Answers decisions as if each came on its own day, within a rule's limits for it. Writes nothing."""

    def __init__(self, policy: Policy, db: Database, backlog: Backlog, fuso: str) -> None:
        self._policy, self._db, self._backlog, self._fuso = policy, db, backlog, fuso
        self._used: dict[tuple[str, str], Used] = {}

    def run(self, since: str) -> PolicyTrial:
        """Try every decision that was taken since a time (UTC text; empty is all of them) and stands."""
        cases, by_policies = [], 0
        for decision, item in self._decided(since):
            if decision["politica"]:
                by_policies += 1
            else:
                cases.append(Case(decision, item, self._answer(item, decision["em"])))
        return PolicyTrial(cases, list(self._open()), by_policies)

    def _decided(self, since: str) -> Iterator[tuple[Doc, Doc]]:
        for decision in self._db.between(DECISIONS, "em", since, None):
            ref = decision["item_ref"]
            item = self._db.get(ITEMS, ref) or self._db.archived(ref)
            if decision["estado"] == "tomada" and item is not None:
                yield decision, item

    def _open(self) -> Iterator[tuple[Doc, Rule]]:
        now = self._backlog.rules.clock.now()
        for item in self._db.find(ITEMS, "status", "Pendente"):
            asks = item["humano"] and not item["retido"] and item["disponivel_em"] <= now
            if asks and not taken_back(self._db, item):
                rule = self._answer(item, now)
                if rule is not None:
                    yield item, rule

    def _answer(self, item: Doc, em: str) -> Rule | None:
        """The rule that answers; None too where none could be tried on the item, as when the line runs."""
        try:
            return self._rule(item, em)
        except CANNOT_JUDGE:
            return None

    def _rule(self, item: Doc, em: str) -> Rule | None:
        day, evidence = day_start(em, self._fuso), Evidence(self._db, item)
        rule = self._policy.answer(evidence, lambda rule: self._used.get((day, rule.nome), Used()))
        # An item is answered by the contract that it was produced under: it may not have had the option.
        if rule is None or rule.opcao not in self._backlog.rules.book.of(dict(item)).opcoes:
            return None
        if rule.no_dia is not None:
            key = (day, rule.nome)
            self._used[key] = rule.no_dia.plus(evidence, self._used.get(key, Used()))
        return rule
