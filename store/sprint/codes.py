"""Codes of tasks: `T01`, `T01.1`, `T01.1.1`; a subtask's derives from its parent's (HIERARQUIA-CODIGO)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import zip_longest

CODE = re.compile(r"T[0-9]{2,4}(\.[1-9][0-9]{0,3}){0,15}")
SPRINT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
ITEM = re.compile(r"BKL-[0-9]{4,12}")
DEEPEST = 16


def key(sprint_id: str, codigo: str) -> str:
    """A task among all sprints': `S022/T01`."""
    return f"{sprint_id}/{codigo}"


def split_key(chave: str) -> tuple[str, str]:
    """Sprint and code of `S022/T01`."""
    sprint_id, _, codigo = chave.partition("/")
    return sprint_id, codigo


def parent(codigo: str) -> str:
    """`T01` for `T01.1`; empty for a root."""
    return codigo.rpartition(".")[0]


def numbers(codigo: str) -> tuple[int, ...]:
    """The numbers of a code, which order it: (1, 10) for `T01.10`."""
    return tuple(int(part) for part in codigo.removeprefix("T").split("."))


def nearest_to(codigo: str, known: Iterable[str]) -> str:
    """The code that has most of its beginning in common, then the nearest number."""

    def away(other: str) -> tuple[tuple[int, ...], int]:
        steps = zip_longest(numbers(codigo), numbers(other), fillvalue=0)
        return tuple(abs(one - two) for one, two in steps), len(other)

    return min(known, key=away)


def depth(codigo: str) -> int:
    """Levels of the tree: 1 for `T01`, 2 for `T01.1`."""
    return codigo.count(".") + 1


def child(pai: str, number: int) -> str:
    """The code of the `number`-th task under `pai`; of a root where `pai` is empty."""
    return f"{pai}.{number}" if pai else f"T{number:02d}"
