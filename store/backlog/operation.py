"""One operation of MS_Backlog inside one transaction: what it read, what it wrote, whose outcome may have
changed.
"""

from __future__ import annotations

import random
import re
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal

from store.backlog.book import ContractBook
from store.backlog.ports import Doc, Store, Transaction
from store.clock import Clock, TokenSource
from store.contracts import Contract
from store.documents import check
from store.documents.item import Status
from store.errors import WrongInput
from store.limits import NO_LIMITS, Limits

ITEMS = "backlog_items"
ITEM_ID = re.compile(r"BKL-[0-9]{4,12}")
SYSTEM = "MS_Backlog"
"""Who did what nobody asked for by hand."""


Kind = Literal["outcome", "provider", "exhausted", "left", "ask", "child", "start"]
"""Whose outcome may have changed; which spec's work may not bring what it provides any more; which gap's
work may have ended; which gap somebody stopped waiting for; which item's broken dependencies are to be
asked about; which child has come up after its task was concluded; which sprint's tasks may start by
themselves."""

Check = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the rules are handed in: contracts, time, tokens, randomness, and the store for what was
    archived.
    """

    book: ContractBook
    store: Store
    clock: Clock
    tokens: TokenSource
    rng: random.Random
    limites: Limits = NO_LIMITS
    """What the workspace may spend a month and a sprint."""
    at_once: int = 200
    """Of those that wait for the same, how many one transaction moves."""


class Operation:
    """Reads give the same dict for the same item, so that the rules called one after the other see each
    other's work.

    `not_before` is the earliest time at which what comes free, or into being, can be claimed (a decision's
    undo).
    """

    def __init__(self, tx: Transaction, rules: Rules, *, quem: str = SYSTEM, not_before: str = "") -> None:
        self.tx, self.rules, self.quem, self.not_before = tx, rules, quem, not_before
        self.now = rules.clock.now()
        self._items: dict[str, Doc] = {}
        self._pending: deque[Check] = deque()
        self._queued: set[Check] = set()

    def find_item(self, item_id: str) -> Doc | None:
        """The item, or None when it does not exist (any more)."""
        if item_id not in self._items:
            found = self.tx.get(ITEMS, item_id) if ITEM_ID.fullmatch(item_id) else None
            if found is None:
                return None
            self._items[item_id] = found
        return self._items[item_id]

    def item(self, item_id: str) -> Doc:
        """The item, or WrongInput."""
        found = self.find_item(item_id)
        if found is None:
            raise WrongInput(f"there is no item {item_id}", remedy="`oficina items` lists them")
        return found

    def items_by(self, index: str, value: str) -> list[Doc]:
        """The items with that value in that index, oldest first."""
        return [self._items.setdefault(doc["id"], doc) for doc in self.tx.find(ITEMS, index, value)]

    def contract(self, item: Doc) -> Contract:
        """The contract that the item was produced under."""
        return self.rules.book.of(item)

    def create(self, item: Doc) -> str:
        """Insert a new item."""
        check(ITEMS, item)
        item_id = self.tx.insert(ITEMS, item)
        item["id"] = item_id
        self._items[item_id] = item
        return item_id

    def save(self, item: Doc) -> None:
        """Write an item back, validated."""
        item["atualizado_em"] = self.now
        check(ITEMS, item)
        self.tx.put(ITEMS, item)

    def event(self, tipo: str, item: Doc, **dados: Any) -> None:
        """Write an event about an item; empty values are left out."""
        event = {"tipo": tipo, "item_id": item["id"], "item_tipo": item["tipo"], "quem": self.quem}
        for name in ("saga_id", "request_id", "spec_ref", "ator"):
            event[name] = item[name]
        if item["execucao_ref"]:
            event["execucao_id"] = item["execucao_ref"]
        event.update({name: value for name, value in dados.items() if value not in (None, "", [], {})})
        self.tx.event(event)

    def move(self, item: Doc, para: str, **dados: Any) -> None:
        """Change an item's status, with its event."""
        de, item["status"] = item["status"], str(para)
        if para == Status.PENDENTE:
            item["pendente_em"] = max(self.now, item["disponivel_em"])
        self.save(item)
        self.event("item.transicao", item, de=de, para=str(para), **dados)
        if para == Status.PENDENTE and item["humano"] and not item["retido"]:
            self.event("decisao.solicitada", item)

    def delay(self, disponivel_em: str) -> str:
        """The later of a due time and the operation's `not_before`."""
        return max(disponivel_em, self.not_before)

    def later(self, kind: Kind, ref: str) -> None:
        """Something is to be looked at before the operation ends (once, however often it is asked for)."""
        check_ = (kind, ref)
        if check_ not in self._queued:
            self._queued.add(check_)
            self._pending.append(check_)

    def next_check(self) -> Check | None:
        """What is to be looked at next."""
        if not self._pending:
            return None
        check_ = self._pending.popleft()
        self._queued.discard(check_)
        return check_
