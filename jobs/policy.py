"""Decisions by rule, for runs without a person (design.md, "Policies").

A policy decides what its rules cover, as `politica:<rule>`; everything else stays open for a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from jobs.fields import Fields
from jobs.line_core import ITEMS, Core
from store.backlog.expressions import MISSING, fill, lookup
from store.contracts import Contracts
from store.database import Commit
from store.errors import OficinaError, StoreError, WrongInput
from store.yamlfile import did_you_mean, load_yaml

SEED = Path(__file__).parents[1] / "seeds" / "policy.yaml"
JOB = "politica"
_INTERVAL_S = 30.0
_TESTS = ("igual", "ate", "desde")


@dataclass(frozen=True, slots=True)
class Condition:
    """One field of the item, compared; what is missing or cannot be compared does not fit."""

    campo: str
    teste: str
    valor: Any

    def fits(self, item: Mapping[str, Any]) -> bool:
        value = lookup(self.campo, item)
        if value is MISSING:
            return False
        if self.teste == "igual":
            return bool(value == self.valor)
        try:
            found, limit = Decimal(str(value)), Decimal(str(self.valor))
            return found <= limit if self.teste == "ate" else found >= limit
        except InvalidOperation:  # no number, or one that is not to be compared
            return False


@dataclass(frozen=True, slots=True)
class Rule:
    """Answers items of one type with one option, where every condition fits."""

    nome: str
    tipo: str
    opcao: str
    motivo: str = ""
    """The reason, with `{contexto.…}` filled from the item."""
    quando: tuple[Condition, ...] = ()

    def fits(self, item: Mapping[str, Any]) -> bool:
        return item["tipo"] == self.tipo and all(condition.fits(item) for condition in self.quando)


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules in order; the first that fits answers."""

    nome: str
    regras: Sequence[Rule]

    def answer(self, item: Mapping[str, Any]) -> Rule | None:
        """The rule that answers an item, or None: then it stays open."""
        return next((rule for rule in self.regras if rule.fits(item)), None)


def load_policy(path: Path, contracts: Contracts) -> Policy:
    """A policy file. Raises WrongInput with file, line and field for what no contract has."""
    doc = load_yaml(path)
    problems: list[WrongInput] = []
    top = Fields(doc, (), problems)
    top.only("nome", "regras")
    rules = top.data.get("regras")
    if not isinstance(rules, list):
        top.missing("regras", "add `regras:` with a list of rules")
        rules = []
    read = [_read_rule(Fields(doc, ("regras", index), problems), contracts) for index in range(len(rules))]
    if problems:
        raise problems[0]
    return Policy(top.text("nome"), tuple(read))


def _read_rule(fields: Fields, contracts: Contracts) -> Rule:
    fields.only("nome", "tipo", "opcao", "motivo", "quando")
    tipo, opcao = fields.text("tipo", None), fields.text("opcao", None)
    motivo = fields.text("motivo")
    _check_option(fields, contracts, tipo, opcao, motivo)
    conditions = fields.data.get("quando") or []
    if not isinstance(conditions, list):
        fields.note("quando", "expected a list of conditions", "write `quando: [{campo: …, igual: …}]`")
        conditions = []
    read = [
        _read_condition(Fields(fields.doc, (*fields.path, "quando", index), fields.problems))
        for index in range(len(conditions))
    ]
    return Rule(fields.text("nome", None), tipo, opcao, motivo, tuple(read))


def _check_option(fields: Fields, contracts: Contracts, tipo: str, opcao: str, motivo: str) -> None:
    contract = contracts.get(tipo)
    if contract is None or not contract.humano:
        decided = [name for name, one in contracts.items() if one.humano]
        fields.note("tipo", f"no decision is called {tipo}", did_you_mean(tipo, decided))
    elif opcao not in contract.opcoes:
        fields.note("opcao", f"{tipo} has no option {opcao}", did_you_mean(opcao, contract.opcoes))
    elif contract.opcoes[opcao].motivo == "obrigatorio" and not motivo:
        fields.note("opcao", f"{opcao} needs a reason", "add `motivo: …`")


def _read_condition(fields: Fields) -> Condition:
    fields.only("campo", *_TESTS)
    named = [test for test in _TESTS if test in fields.data]
    if len(named) != 1:
        fields.note((), "a condition has one test", f"one of {', '.join(_TESTS)}")
    test = named[0] if named else "igual"
    if test != "igual" and not _is_number(fields.data.get(test)):
        fields.note(test, "expected a number", f"write `{test}: 1000.00`")
    return Condition(fields.text("campo", None), test, fields.data.get(test))


def _is_number(value: Any) -> bool:
    try:
        return Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False


class PolicyActor:
    """Answers the inbox as it fills, in the line's thread."""

    def __init__(self, core: Core, policy: Policy) -> None:
        self._core, self._policy = core, policy
        self._refused: set[tuple[str, str]] = set()

    @classmethod
    def begin(cls, core: Core) -> None:
        """Take on the setup's policy, if it has one."""
        if core.setup.policy is not None:
            actor = cls(core, core.setup.policy)
            core.db.subscribe(actor._hear)
            core.scheduler.add(JOB, actor.work, _INTERVAL_S)

    def _hear(self, commit: Commit) -> None:
        items = commit.put.get(ITEMS, {}).values()
        if any(item["humano"] and item["status"] == "Pendente" for item in items):
            self._core.scheduler.wake(JOB)

    async def work(self) -> float | None:
        """Answer every open decision that a rule covers."""
        now = self._core.setup.clock.now()
        for item in self._core.decisions.abertas():
            rule = self._policy.answer(item) if item["disponivel_em"] <= now else None
            if rule is not None and (item["id"], rule.nome) not in self._refused:
                self._decide(item, rule)
        return None

    def _decide(self, item: Mapping[str, Any], rule: Rule) -> None:
        try:
            self._core.decisions.decidir(
                item["id"],
                rule.opcao,
                motivo=fill(rule.motivo, item),
                quem=f"politica:{rule.nome}",
                politica=rule.nome,
                undo_s=0.0,
            )
        except StoreError:
            raise
        except OficinaError as error:
            # It stays open for a person; asking again would not change the answer.
            self._refused.add((item["id"], rule.nome))
            self._core.note_problem("politica", rule.nome, str(error))
