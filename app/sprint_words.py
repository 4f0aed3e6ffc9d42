"""What commands about sprints have in common: which sprint and task is meant, and what to say of them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from app.output import clean, figure
from app.wiring import Shop, opened
from store.errors import CycleRefused, WrongInput, WrongState
from store.sprint.service import Sprints

_CODE = re.compile(r"[tT]?(\d{1,4})((?:\.\d{1,4})*)")


@contextmanager
def at_work(arguments: argparse.Namespace) -> Iterator[tuple[Shop, Sprints]]:
    """The workspace open for a command that changes a sprint; what it refuses is wrong input."""
    with opened(arguments) as shop:
        try:
            yield shop, Sprints(shop.backlog)
        except (WrongState, CycleRefused) as error:
            raise WrongInput(str(error)) from None


def meant(shop: Shop, sprint: str | None) -> str:
    """The sprint of that name, or the only one that is open."""
    if sprint:
        return sprint
    found = [doc["sprint_id"] for doc in shop.db.find("sprints", "estado", "aberta")]
    if len(found) == 1:
        return str(found[0])
    if not found:
        raise WrongInput("no sprint is open", remedy="`oficina sprint open FILE` opens one")
    raise WrongInput(f"{len(found)} sprints are open", remedy=f"say which: {', '.join(found)}")


def task_meant(shop: Shop, arguments: argparse.Namespace) -> tuple[str, str]:
    """Sprint and code of a TASK argument: `T01`, `1`, `T01.2`, or `S022/T01`."""
    sprint, slash, codigo = arguments.task.rpartition("/")
    if slash and arguments.sprint and sprint != arguments.sprint:
        raise WrongInput(f"{arguments.task} is not of {arguments.sprint}", path="TASK")
    return meant(shop, sprint or arguments.sprint), code(codigo)


def code(word: str) -> str:
    """`1` and `t1` as `T01`; any other word as it is."""
    found = _CODE.fullmatch(word.strip())
    return f"T{int(found[1]):02d}{found[2]}" if found else word


def pull_facts(sprint_id: str, asked: Mapping[str, Any]) -> dict[str, object]:
    """What a question about a child tells of it (its `contexto`): the estimate, and what pulling it does."""
    said, effect = asked.get("estimativa") or {}, asked.get("efeito") or {}
    known = [
        f"{figure(said['horas'], 1)} h" if said.get("horas") is not None else "",
        f"R$ {figure(said['custo'], 2)}" if said.get("custo") is not None else "",
    ]
    changes = {
        "cost": _change(effect.get("custo"), lambda value: f"R$ {figure(value, 2)}"),
        "work left": _change(effect.get("horas"), lambda value: f"{figure(value, 1)} h"),
        "done by": _change(effect.get("fim"), str),
    }
    told = {f"{sprint_id} {name}": change for name, change in changes.items()}
    return {"estimate": ", ".join(filter(None, known)) or "none was said", **told}


def _change(change: Mapping[str, Any] | None, told: Callable[[Any], str]) -> str:
    """`R$ 4.080,00 → R$ 4.200,00`; what it does not change is said to stay."""
    if not change or change["depois"] is None:
        return ""
    before, after = change["antes"], change["depois"]
    if before == after:
        return f"stays {told(after)}"
    return f"{told(before) if before is not None else '—'} → {told(after)}"


def task_line(codigo: str, titulo: str, item_ref: str = "") -> str:
    """A task in a line."""
    return f"{codigo} {clean(titulo)}" + (f" ({item_ref})" if item_ref else "")
