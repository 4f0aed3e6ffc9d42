"""What people type for a thing, `4` for BKL-0004; and for a wrong word the nearest right one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from store.yamlfile import nearest

_ID = re.compile(r"(?:([A-Za-z]+)-)?(\d{1,12})")


def whole_id(word: str, prefix: str) -> str:
    """`4` and `bkl-4` as `BKL-0004`; any other word as it is."""
    found = _ID.fullmatch(word.strip())
    if found is None or (found[1] or prefix).upper() != prefix:
        return word
    return f"{prefix}-{int(found[2]):04d}"


def nearest_id(word: str, prefix: str, ids: Iterable[str]) -> str:
    """A remedy for an id that is none: the one whose number is nearest. `ids` may be many."""
    found = _ID.fullmatch(word)
    known = [one for one in ids if one.startswith(f"{prefix}-")]
    if not known:
        return "there is none yet"
    if found is None:
        return f"an id is written as in {known[-1]}"
    number = int(found[2])
    return f"the nearest is {min(known, key=lambda one: abs(int(one.rpartition('-')[2]) - number))}"


def nearest_name(word: str, names: Iterable[str], listing: str) -> str:
    """A remedy for a name that is none: the nearest one, else the command that lists them."""
    near = nearest(word, names)
    return f"did you mean {near}?" if near else f"`{listing}` lists them"


def one_of(word: str, values: Sequence[str]) -> str:
    """A remedy for a choice that is none: the nearest, and every value."""

    def likeness(value: str) -> float:
        return SequenceMatcher(None, word.casefold(), value.casefold()).ratio()

    known = f"one of {', '.join(sorted(values, key=likeness, reverse=True))}"
    near = nearest(word, values)
    return f"did you mean {near}? {known}" if near else known
