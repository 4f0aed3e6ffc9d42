"""The policy at work: it answers the inbox as it fills, in the thread of whoever runs the line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jobs.policy import CANNOT_JUDGE, Policy, Rule, Used
from jobs.policy_evidence import Evidence
from store.backlog.expressions import fill
from store.clock import format_time, parse_time
from store.errors import OficinaError, StoreError

if TYPE_CHECKING:
    from jobs.line_core import Core
    from store.database import Commit, Database

ITEMS, DECISIONS = "backlog_items", "decisoes"
JOB = "politica"
_INTERVAL_S = 30.0


class PolicyActor:
    """Answers what the rules cover. What a person took back stays a person's to answer."""

    def __init__(self, core: Core, policy: Policy) -> None:
        self._core, self._policy = core, policy
        self._refused: set[tuple[str, str]] = set()
        self._strange: set[str] = set()
        """Items that no rule could be tried on: a person answers them, whatever the rules say."""
        self.behind = True
        """Whether it has not looked at every decision that is open."""

    @classmethod
    def begin(cls, core: Core) -> None:
        """Take on the setup's policy, if it has one."""
        if core.setup.policy is not None:
            core.policy = actor = cls(core, core.setup.policy)
            core.db.subscribe(actor._hear)
            core.scheduler.add(JOB, actor.work, _INTERVAL_S)

    def _hear(self, commit: Commit) -> None:
        items = commit.put.get(ITEMS, {}).values()
        if any(item["humano"] and item["status"] == "Pendente" for item in items):
            self.behind = True
            self._core.scheduler.wake(JOB)

    def rule_for(self, item: Mapping[str, Any]) -> Rule | None:
        """The rule that answers an open decision now, or None: a person does."""
        db, now = self._core.db, self._core.setup.clock.now()
        if item["disponivel_em"] > now:
            return None
        begin = day_start(now, self._core.setup.limites.fuso)
        rule = self._policy.answer(Evidence(db, item), lambda rule: used_since(db, rule, begin))
        if rule is None or (item["id"], rule.nome) in self._refused:
            return None
        return None if taken_back(db, item) else rule

    async def work(self) -> float | None:
        """Answer every open decision that a rule covers."""
        self.behind = False  # until an answer, or somebody else, brings up another one
        for item in self._core.decisions.abertas():
            if item["id"] in self._strange:
                continue
            try:
                rule = self.rule_for(item)
                if rule is not None:
                    self._decide(item, rule)
            except CANNOT_JUDGE as error:
                self._strange.add(item["id"])
                self._core.note_problem(
                    "politica", item["id"], f"{item['id']} is left to a person: {type(error).__name__}"
                )
        return None

    def _decide(self, item: Mapping[str, Any], rule: Rule) -> None:
        try:
            self._core.decisions.decidir(
                item["id"],
                rule.opcao,
                motivo=fill(rule.motivo, Evidence(self._core.db, item)),
                quem=f"politica:{rule.nome}",
                politica=rule.nome,
                undo_s=self._core.setup.policy_undo_s,
            )
        except StoreError:
            raise
        except OficinaError as error:
            # It stays open for a person; asking again would not change the answer.
            self._refused.add((item["id"], rule.nome))
            self._core.note_problem("politica", rule.nome, str(error))


def taken_back(db: Database, item: Mapping[str, Any]) -> bool:
    """Whether an answer to it was taken back: then a person answers it."""
    return any(each["estado"] == "desfeita" for each in db.find(DECISIONS, "item_ref", item["id"]))


def day_start(now: str, fuso: str) -> str:
    """When the day of a UTC time began in a time zone, as UTC text."""
    local = parse_time(now).astimezone(ZoneInfo(fuso))
    return format_time(local.replace(hour=0, minute=0, second=0, microsecond=0))


def used_since(db: Database, rule: Rule, begin: str) -> Used:
    """What a rule has answered since a time, without what was taken back."""
    used = Used()
    for item in _answered(db, rule, begin):
        if rule.no_dia is not None:
            used = rule.no_dia.plus(Evidence(db, item), used)
    return used


def _answered(db: Database, rule: Rule, begin: str) -> Iterator[Mapping[str, Any]]:
    for decision in db.between(DECISIONS, "em", begin, None):
        if decision["politica"] == rule.nome and decision["estado"] == "tomada":
            item = db.get(ITEMS, decision["item_ref"]) or db.archived(decision["item_ref"])
            if item is not None:
                yield item
