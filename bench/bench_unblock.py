"""Unblocking with 100,000 items and 10,000 blocked: what it costs over the commit that causes it.

Nine in ten of the blocked wait for one and the same spec, the others each for an item of its own. Wanted:
what frees one of them, and what moves the spec without freeing anybody, under 5 ms over the same operation
that nobody waits for; freeing all who wait for the spec, in batches, is told as well.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from jobs.workspace import SEEDS
from store.backlog import Backlog
from store.clock import RandomTokens, SystemClock
from store.contracts import Contracts
from store.database import Database
from store.documents import complete

ITEMS, BLOCKED, ALONE = 100_000, 10_000, 1_000
SAMPLES = 150
LIMIT_MS = 5.0
NOW = "2026-01-05T12:00:00.000000Z"
BASE, WIDE = "base", "spec:base"
EACH_TRANSACTION = 50


def item(n: int, waits_for: str = "") -> dict[str, Any]:
    """A backlog item: done, waiting for a worker, or blocked behind a reference."""
    status = "Bloqueado" if waits_for else "Concluido"
    episode = {"bloqueado_em": NOW, "motivo": "produzido com dependências"}
    return complete(
        "backlog_items",
        {
            "tipo": "corrigir_bug" if waits_for else "orcar_spec",
            "titulo": f"Item {n}: tabela de frete por região e peso",
            "status": status,
            "ator": "PROMETHEUS",
            "produtor": "humano",
            "contexto": {"feature_ref": f"s-{n // 8}", "erro": "wrong"} if waits_for else spec(n),
            "spec_ref": "" if waits_for else f"s-{n // 8}",
            "spec_versao": None if waits_for else 1,
            "saga_id": f"saga-{n // 8}",
            "request_id": f"request-{n}",
            "contrato_versao": "1-000000000000",
            "criado_em": NOW,
            "atualizado_em": NOW,
            "depende_de": [waits_for] if waits_for else [],
            "dependencias": {waits_for: {"estado": "aberta", "por": "", "em": NOW}} if waits_for else {},
            "bloqueios": [episode] if waits_for else [],
            "concluido_em": "" if waits_for else NOW,
        },
    )


def spec(n: int) -> dict[str, Any]:
    return {"spec_ref": f"s-{n // 8}", "spec_versao": 1}


class Shop:
    """A store of so many items, and the operations whose cost is asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open(durable=False)

    def _open(self, *, durable: bool) -> None:
        self.db = Database.open(self.path, by="bench", clock=SystemClock(), durable=durable)
        contracts = Contracts.load(SEEDS / "contracts.yaml")
        self.backlog = Backlog(self.db, contracts, SystemClock(), RandomTokens(), random.Random(1))

    def fill(self) -> None:
        """Everything, and the spec on which most wait, with an item that works on it."""
        self._insert([item(n) for n in range(ITEMS - BLOCKED - 2 * ALONE - 1)])
        version = {"spec_ref": BASE, "versao": 1, "titulo": "Base", "sha256": "0" * 64, "criada_em": NOW}
        with self.db.transaction() as tx:
            tx.insert("specs", complete("specs", version))
        self.base = self._produce(BASE)
        self.alone = [self._produce("") for _ in range(ALONE)]
        self.unwanted = [self._produce("") for _ in range(ALONE)]
        self._insert([item(n, WIDE) for n in range(BLOCKED - ALONE)])
        self._insert([item(n, target) for n, target in enumerate(self.alone)])
        self.db.close()
        Database.compact(self.path)
        self._open(durable=True)

    def _insert(self, documents: list[dict[str, Any]]) -> None:
        for start in range(0, len(documents), EACH_TRANSACTION):
            with self.db.transaction() as tx:
                for document in documents[start : start + EACH_TRANSACTION]:
                    tx.insert("backlog_items", document)
            if self.db.wants_compaction:
                Database.compact(self.path)

    def _produce(self, spec_ref: str) -> str:
        bound = {"spec_ref": spec_ref, "spec_versao": 1} if spec_ref else {}
        contexto = {"feature_ref": "x", "erro": "wrong", **bound}
        return self.backlog.produzir({"tipo": "corrigir_bug", "contexto": contexto}, produtor="humano")

    def free_one(self) -> None:
        """What one item waited for has come."""
        self.backlog.pular(self.alone.pop(), "not needed")

    def free_nobody(self) -> None:
        """The same for an item that nobody waits for: the bare commit."""
        self.backlog.pular(self.unwanted.pop(), "not needed")

    def move_the_spec(self) -> None:
        """An item of the spec that thousands wait for comes to its end, and the spec is not there yet."""
        self.backlog.pular(self._more.pop(), "not needed")

    def more_of_the_spec(self, count: int) -> None:
        self._more = [self._produce(BASE) for _ in range(count)]

    def free_all(self) -> tuple[int, list[float]]:
        """The spec is there: whoever waits for it comes free, some at once and the others in batches; how
        many did, and the milliseconds of each transaction.
        """
        before = self.db.count_by("backlog_items", "status", "Bloqueado")
        taken = [timed(self._validate)]
        while self.db.count("liberacoes"):
            taken.append(timed(self.backlog.soltar_lote))
        return before - self.db.count_by("backlog_items", "status", "Bloqueado"), taken

    def _validate(self) -> None:
        with self.db.transaction() as tx:
            (version,) = tx.find("specs", "spec_ref", BASE)
            version.update(validada_em=NOW, validada_por=self.base)
            tx.put("specs", version)
            self.backlog.verificar_desbloqueio(WIDE, tx=tx)


def timed(call: Callable[[], object]) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def over_the_commit(shop: Shop, call: Callable[[], object]) -> list[float]:
    """Milliseconds that each call takes over the same one that nobody waits for, right before it."""
    pairs = [(timed(shop.free_nobody), timed(call)) for _ in range(SAMPLES)]
    return [taken - bare for bare, taken in pairs]


def show(name: str, over: list[float]) -> bool:
    """A line with median and p95; whether the median is within the limit."""
    p50, p95 = median(over), sorted(over)[int(len(over) * 0.95)]
    good = p50 < LIMIT_MS
    print(
        f"{name:<56} p50 {p50:7.2f} ms   p95 {p95:7.2f} ms   n={len(over)}"
        f"   wanted < {LIMIT_MS:g} ms: {'yes' if good else 'NO'}"
    )
    return good


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="oficina-bench-") as directory:
        shop = Shop(Path(directory))
        shop.fill()
        bare = [timed(shop.free_nobody) for _ in range(SAMPLES)]
        print(f"{ITEMS:,} items, {BLOCKED:,} blocked; a bare commit takes {median(bare):.2f} ms (p50)")
        good = [show("frees one of them, over its commit", over_the_commit(shop, shop.free_one))]
        shop.more_of_the_spec(SAMPLES)
        good.append(
            show("moves what 9,000 wait for, frees nobody", over_the_commit(shop, shop.move_the_spec))
        )
        freed, taken = shop.free_all()
        print(
            f"frees {freed:,}: {sum(taken) / 1e3:.2f} s, {sum(taken) / max(freed, 1):.3f} ms each,"
            f" in {len(taken)} transactions: the first one {taken[0]:.0f} ms, the longest {max(taken):.0f} ms"
        )
        shop.db.close()
    return 0 if all(good) and freed == BLOCKED - ALONE else 1


if __name__ == "__main__":
    sys.exit(main())
