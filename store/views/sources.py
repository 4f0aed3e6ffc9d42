"""What a detail is read from, as far as it is used here: store, contracts, content-addressed objects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Store(Protocol):
    """`store.database.Database`."""

    def reading(self) -> AbstractContextManager[Any]: ...
    def get(self, collection: str, document_id: str, /) -> dict[str, Any] | None: ...
    def find(self, collection: str, index: str, value: Any, /) -> list[dict[str, Any]]: ...
    def archived(self, document_id: str, /) -> dict[str, Any] | None: ...
    def history(
        self, *, item: str | None = ..., newest_first: bool = ..., limit: int | None = ...
    ) -> Iterator[dict[str, Any]]: ...


class Contract(Protocol):
    """`store.contracts.Contract`."""

    def model_dump(self, *, mode: str = ...) -> dict[str, Any]: ...


class Contracts(Protocol):
    """`store.backlog.book.ContractBook`: the contract that an item was produced under."""

    def of(self, item: dict[str, Any], /) -> Contract: ...


class Objects(Protocol):
    """`jobs.attempts.Objects`."""

    def read(self, sha256: str, limit: int | None = ..., /) -> bytes: ...
