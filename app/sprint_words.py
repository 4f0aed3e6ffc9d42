"""What commands about sprints have in common: which sprint and task is meant, and what to say of them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager

from app.output import clean
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


def task_line(codigo: str, titulo: str, item_ref: str = "") -> str:
    """A task in a line."""
    return f"{codigo} {clean(titulo)}" + (f" ({item_ref})" if item_ref else "")
