"""The documents and events of a generated history, before they are in a store."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from store.collections import COLLECTIONS
from store.histories.chance import Chance

Doc = dict[str, Any]


def text_of(moment: float | None) -> str:
    """Epoch seconds as the store writes a time; empty for none."""
    if moment is None:
        return ""
    # A history has half a million of them: `format_time` gives the same in five times as long.
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")[:26] + "Z"


@dataclass
class Book:
    """What happens up to `agora`, in epoch seconds: whatever would come later has not."""

    chance: Chance
    agora: float
    documents: dict[str, list[Doc]] = field(default_factory=dict)
    events: list[tuple[float, Doc]] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)

    def happened(self, moment: float | None) -> bool:
        """Whether a moment has come."""
        return moment is not None and moment <= self.agora

    def until_now(self, moment: float | None) -> str:
        """A moment as text; empty where it has not come."""
        return text_of(moment) if self.happened(moment) else ""

    def new_id(self, collection: str) -> str:
        """The next id of a collection."""
        self._counts[collection] += 1
        return f"{COLLECTIONS[collection].prefix}-{self._counts[collection]:04d}"

    def add(self, collection: str, doc: Doc) -> Doc:
        """Keep a document, which may still be changed; it has its id already, or gets the next."""
        if "id" not in doc:
            doc["id"] = self.new_id(collection)
        self.documents.setdefault(collection, []).append(doc)
        return doc

    def tell(self, moment: float, tipo: str, item: Doc, **dados: Any) -> None:
        """Note an event about an item, where it has come to that."""
        if self.happened(moment):
            event = {"tipo": tipo, "item_id": item["id"], "item_tipo": item["tipo"]}
            event |= {name: item[name] for name in ("saga_id", "request_id", "spec_ref", "ator")}
            self.events.append((moment, {**event, **dados}))
