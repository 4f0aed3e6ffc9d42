"""Binds what runs now to its item: whatever is logged meanwhile carries the item's ids."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.backlog import Claim


@contextmanager
def bound_to(claim: Claim) -> Iterator[None]:
    """Bind this thread's, or this task's, records to a claim. Costs nothing where nothing is logged."""
    if "structlog" not in sys.modules:
        yield
        return
    from structlog.contextvars import bound_contextvars

    item = claim.item
    ids = {name: item.get(name) for name in ("request_id", "saga_id", "ator") if item.get(name)}
    with bound_contextvars(**ids, item=item["id"], token=claim.token, attempt=claim.tentativa):
        yield
