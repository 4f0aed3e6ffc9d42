"""Values of a spec as Python source: the same value always gives the same text, whatever it holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

Number = Callable[[float], str]

_ID = re.compile(r"[^0-9A-Za-z_.-]+")


def literal(value: Any, *, number: Number = repr) -> str:
    """JSON-like data as a Python literal; `number` writes the floats. Raises TypeError on anything else.

    A dict keeps its order and a string is written in ASCII, so no control character reaches the source.
    """
    if value is None or isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Decimal):
        return f"Decimal({str(value)!r})"
    if isinstance(value, str):
        return ascii(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(literal(each, number=number) for each in value)}]"
    if isinstance(value, dict):
        pairs = (
            f"{literal(key, number=number)}: {literal(each, number=number)}" for key, each in value.items()
        )
        return f"{{{', '.join(pairs)}}}"
    raise TypeError(f"{type(value).__name__} has no literal")


def exact(value: float) -> str:
    """A float as the decimal number that was written in the spec: `Decimal('99.9')`."""
    return f"Decimal({repr(value)!r})"


def unique_ids(names: Iterable[str]) -> list[str]:
    """The names as test ids: ASCII (pytest escapes the rest), short, each once (`-2` is added)."""
    taken: set[str] = set()
    ids = []
    for name in names:
        ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        plain = _ID.sub("_", ascii_name).strip("_")[:80] or "caso"
        chosen, count = plain, 1
        while chosen in taken:
            count += 1
            chosen = f"{plain}-{count}"
        taken.add(chosen)
        ids.append(chosen)
    return ids


Case = tuple[list[str], str]
"""One test case: the source of its arguments, and its id."""


def section(table: str, cases: Sequence[Case], test: str) -> str:
    """A table of `pytest.param` and the test that runs over it; nothing without cases.

    An empty table is left out: pytest would report it as one skipped test.
    """
    if not cases:
        return ""
    lines = [f"    pytest.param({', '.join(arguments)}, id={test_id!r}),\n" for arguments, test_id in cases]
    return f"\n\n{table} = [\n{''.join(lines)}]\n\n{test}"


def module_files(package: str, head: str, parts: Mapping[str, str]) -> dict[str, bytes]:
    """The test modules of a package, one for each part that has cases."""
    return {f"tests/test_{package}_{name}.py": (head + text).encode() for name, text in parts.items() if text}
