"""How a decision's dialog can end; being left is None: nothing is decided, it stays in the inbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from store.views.model import Option


@dataclass(frozen=True, slots=True)
class Decided:
    """Answered and committed as `decisao_id`."""

    item_id: str
    name: str
    option: Option
    decisao_id: str


@dataclass(frozen=True, slots=True)
class Snoozed:
    """It asks again at `until` (UTC text)."""

    item_id: str
    name: str
    until: str


@dataclass(frozen=True, slots=True)
class ClosedByItself:
    """Its item ended otherwise while the dialog was open."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class EditWanted:
    """The owner wants the item's spec in their editor."""

    item_id: str


@dataclass(frozen=True, slots=True)
class InterviewWanted:
    """The owner wants the form of an interview; `known` is what was told so far."""

    item_id: str
    known: Mapping[str, str]


Outcome = Decided | Snoozed | ClosedByItself | EditWanted | InterviewWanted
