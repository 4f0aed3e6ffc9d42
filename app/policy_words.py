"""A policy's rules in words, for people."""

from __future__ import annotations

from typing import Any

from jobs.policy import OF_FIELDS, Condition, DayLimit, Rule, number
from screens.evidence.values import money

_WORDS = {
    "igual": "is",
    "ate": "at most",
    "desde": "at least",
    "em": "is one of",
    "combina": "matches",
    "igual_campo": "is",
    "ate_campo": "at most",
    "desde_campo": "at least",
}


def rule_line(rule: Rule) -> str:
    """Everything about a rule in one line."""
    tests = " and ".join(condition_words(each) for each in rule.quando) or "always"
    day = f"; in a day {day_words(rule.no_dia)}" if rule.no_dia is not None else ""
    return f"{rule.nome}: {rule.tipo} → {rule.opcao}, when {tests}{day}"


def condition_words(condition: Condition) -> str:
    """What a condition wants of its field."""
    if condition.teste == "vazio":
        return f"{condition.campo} is {'empty' if condition.valor else 'not empty'}"
    return f"{condition.campo} {_WORDS[condition.teste]} {_value(condition)}"


def day_words(limit: DayLimit) -> str:
    """What a rule may answer in a day."""
    parts = [f"at most {limit.vezes}"] if limit.vezes is not None else []
    if limit.ate is not None:
        parts.append(f"{limit.campo} adds up to at most {_amount(limit.campo, limit.ate)}")
    return " and ".join(parts)


def _value(condition: Condition) -> str:
    if condition.teste in OF_FIELDS:
        return str(condition.valor)
    if isinstance(condition.valor, list):
        return ", ".join(_amount(condition.campo, each) for each in condition.valor)
    return _amount(condition.campo, condition.valor)


def _amount(campo: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return money(value) if "custo" in campo and number(value) is not None else str(value)
