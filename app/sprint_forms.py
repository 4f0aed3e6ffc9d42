"""What stands in the forms of the Sprint screen, as the fields of sprints and tasks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.naming import one_of, whole_id
from app.sprint_words import code
from store.errors import WrongInput

Told = Mapping[str, str]

GROUPINGS = ("Saga", "Épico", "Feature", "Ciclo Epistemológico")
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?")
_YES, _NO = ("sim", "s", "yes", "y", "true"), ("não", "nao", "n", "no", "false", "")


def said(word: str) -> str:
    """A word of the command line as a form has it: a single - is nothing."""
    return "" if word == "-" else word


def names(text: str) -> list[str]:
    """`a, b` as two names."""
    return [part.strip() for part in text.split(",") if part.strip()]


def refs(text: str) -> list[str]:
    """`1, bkl-42` as T01 and BKL-0042."""
    return [item_id(word) if word.upper().startswith("BKL") else code(word) for word in names(text)]


def item_id(word: str) -> str:
    """`42` as BKL-0042."""
    return whole_id(word.strip(), "BKL")


def paths(text: str, root: Path) -> list[Path]:
    """Files, each from the workspace's root."""
    return [root / Path(name).expanduser() for name in names(text)]


def amount(text: str, field: str) -> Decimal | None:
    """`1.234,50`, `1234.5`, `12`; None for nothing."""
    text = text.strip().removeprefix("R$").strip()
    if not text:
        return None
    plain = text.replace(".", "").replace(",", ".") if "," in text else text
    if not _AMOUNT.fullmatch(plain):
        raise WrongInput(f"not a number: {text}", path=field, remedy="as in 12,5")
    return Decimal(plain)


def money(text: str, field: str) -> str | None:
    """An amount as it is stored: `1234.50`."""
    found = amount(text, field)
    if found is None:
        return None
    return f"{found:.2f}" if found == round(found, 2) else str(found)


def hours(text: str, field: str = "horas") -> float | None:
    """People's hours."""
    found = amount(text, field)
    return None if found is None else float(found)


def whole(text: str, field: str) -> int | None:
    """A count; None for nothing."""
    text = text.strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise WrongInput(f"not a whole number: {text}", path=field, remedy="as in 3; empty for no limit")
    return int(text)


def day(text: str, field: str) -> str:
    """A date, `2025-12-17`; empty for none."""
    text = text.strip()
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise WrongInput(f"not a date: {text}", path=field, remedy="as in 2025-12-17") from None


def yes(text: str, field: str) -> bool:
    """Whether it is to be so."""
    word = text.strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise WrongInput(f"neither yes nor no: {text}", path=field)


def grouping(text: str) -> str:
    """What a sprint groups; a word that begins as one of them is that one."""
    word = text.strip().casefold()
    found = [each for each in GROUPINGS if each.casefold().startswith(word)]
    if not word:
        return "Feature"
    if len(found) != 1:
        raise WrongInput(f"not a grouping: {text}", path="agrupador", remedy=one_of(text, GROUPINGS))
    return found[0]


def estimate(told: Told) -> dict[str, Any] | None:
    """`{horas, custo}`, or None where neither is said."""
    found = {"horas": hours(told.get("horas", "")), "custo": money(told.get("custo", ""), "custo")}
    said = {name: value for name, value in found.items() if value is not None}
    return said or None


def new_task(told: Told) -> dict[str, Any]:
    """What `Sprints.adicionar_task` takes."""
    item = told.get("item", "").strip()
    return {
        "titulo": told.get("titulo", "").strip(),
        "item": item_id(item) if item else None,
        "responsavel": told.get("responsavel", "").strip(),
        "pai": code(told.get("pai", "")),
        "depende_de": refs(told.get("depende_de", "")),
        "estimativa": estimate(told),
    }


def changed_task(told: Told) -> dict[str, Any]:
    """What `Sprints.editar_task` takes, as far as it is told; an estimate is told whole."""
    found: dict[str, Any] = {name: told[name].strip() for name in ("titulo", "responsavel") if name in told}
    if "horas" in told or "custo" in told:
        found["estimativa"] = estimate(told)
    if "depende_de" in told:
        found["depende_de"] = refs(told["depende_de"])
    if "auto_iniciar" in told:
        found["auto_iniciar"] = yes(told["auto_iniciar"], "auto_iniciar")
    return found


def sprint_fields(told: Told) -> dict[str, Any]:
    """Fields of a sprint's document, as far as they are told."""
    return {name: read(told[name]) for name, read in _SPRINT.items() if name in told}


def _hours_a_day(text: str) -> float:
    found = amount(text, "horas_dia")
    return 8 if found is None else float(found)


_SPRINT: Mapping[str, Any] = {
    "titulo": str.strip,
    "objetivo": str.strip,
    "agrupador": grouping,
    "inicio": lambda text: day(text, "inicio"),
    "fim": lambda text: day(text, "fim"),
    "wip": lambda text: whole(text, "wip"),
    "limite_filhos": lambda text: whole(text, "limite_filhos"),
    "limite_profundidade": lambda text: whole(text, "limite_profundidade"),
    "orcamento": lambda text: money(text, "orcamento"),
    "horas_dia": _hours_a_day,
    "auto_iniciar": lambda text: yes(text, "auto_iniciar"),
}
