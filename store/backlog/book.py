"""The contract of each item: the current one for what is new, the recorded one for what is under way."""

from __future__ import annotations

from typing import Any

from store.backlog.ports import Doc, Store, Transaction
from store.contracts import Contract, Contracts

COLLECTION = "meta"


class ContractBook:
    """Current contracts, and those that items in the store were produced under (kept in `meta`)."""

    def __init__(self, contracts: Contracts, store: Store) -> None:
        self.contracts = contracts
        self._store = store
        self._recorded: set[str] = set()
        self._older: dict[str, Contract] = {}

    def pin(self, tx: Transaction, contract: Contract) -> str:
        """Record the contract with the first item that obeys it; returns what the item refers to."""
        key = _key(contract.tipo, contract.referencia)
        if key not in self._recorded:
            if self._stored(key) is None:
                tx.insert(COLLECTION, {"chave": key, "contrato": contract.model_dump(mode="json")})
            tx.after_commit(lambda: self._recorded.add(key))
        return contract.referencia

    def of(self, item: Doc) -> Contract:
        """The contract that the item was produced under."""
        tipo, version = item["tipo"], item["contrato_versao"]
        current = self.contracts.get(tipo)
        if current is not None and current.referencia == version:
            return current
        return self._recalled(_key(tipo, version)) or self.contracts.of_type(tipo)

    def _recalled(self, key: str) -> Contract | None:
        if key not in self._older:
            stored = self._stored(key)
            if stored is None:
                return None
            self._older[key] = Contract.model_validate(stored["contrato"])
        return self._older[key]

    def _stored(self, key: str) -> Any:
        return next((doc for doc in self._store.all(COLLECTION) if doc.get("chave") == key), None)


def _key(tipo: str, version: str) -> str:
    return f"contrato:{tipo}:{version}"
