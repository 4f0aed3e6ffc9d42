"""A line for the benches: a fold over so many items, and on demand a stream of commits in a thread."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

from store.clock import SystemClock, add_seconds
from store.database import Commit
from store.views.fold import ReadFold
from store.views.model import ItemDetail, LineState, ReadModel

COMMITS_A_SECOND, PUBLICATIONS_A_SECOND = 200, 20
_TYPES = ("orcar_spec", "aprovar_orcamento", "desenvolvimento", "aprovar_release", "implantar")
LINE = LineState(modo="running", titular="bench:1", isolamento="full", carregado=True)


def documents(count: int) -> list[dict[str, Any]]:
    """Backlog items as a large store has them: most have ended."""
    now = SystemClock().now()
    return [_document(number, add_seconds(now, -number % 90_000 - 1)) for number in range(1, count + 1)]


def _document(number: int, moment: str) -> dict[str, Any]:
    open_states = {3: "Pendente", 53: "Bloqueado", 73: "Falhou"}
    return {
        "id": f"BKL-{number:04d}", "tipo": _TYPES[number % 5],
        "titulo": f"Frete por peso e região {number % 977}",
        "status": open_states.get(number % 100, "Concluido"), "prioridade": number % 9, "ator": "PROMETHEUS",
        "produtor": "MS_Produto", "saga_id": f"saga-{number // 8}", "spec_ref": f"spec-{number % 977}",
        "criado_em": moment, "atualizado_em": moment, "disponivel_em": "", "iniciado_em": "",
        "humano": number % 5 in (1, 3), "tentativas": [],
    }  # fmt: skip


class _Source:
    """A database as a fold reads it."""

    seq = 1

    def __init__(self, items: list[dict[str, Any]]) -> None:
        self._items = items

    def reading(self) -> Any:
        return nullcontext()

    def all(self, collection: str) -> Iterator[dict[str, Any]]:
        return iter(self._items if collection == "backlog_items" else ())

    def history(self, **_: Any) -> Iterator[dict[str, Any]]:
        return iter(())


class FoldingLine:
    """`screens.port.LinePort` as far as the benches need it."""

    def __init__(self, count: int, *, busy: bool = False) -> None:
        self.items = documents(count)
        self.fold = ReadFold(workspace="bench")
        self.fold.load(_Source(self.items))
        self._model = self.fold.publish(linha=LINE)
        self._listeners: list[Callable[[ReadModel], None]] = []
        self._rng = random.Random(5)
        if busy:
            threading.Thread(target=self._work, name="line", daemon=True).start()

    def model(self) -> ReadModel:
        return self._model

    def subscribe(self, listener: Callable[[ReadModel], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def detail(self, item_id: str) -> ItemDetail:
        raise NotImplementedError

    def commit(self) -> None:
        """Another process concluded a step and produced the next."""
        seq, now = self.fold.seq + 1, SystemClock().now()
        place = self._rng.randrange(len(self.items))
        changed = {
            **self.items[place],
            "status": self._rng.choice(("Pendente", "Concluido")),
            "atualizado_em": now,
        }
        self.items[place] = changed
        made = _document(len(self.items) + 1, now)
        self.items.append(made)
        event = {
            "seq": seq,
            "ts": now,
            "tipo": "item.transicao",
            "item_id": changed["id"],
            "para": changed["status"],
        }
        put = {"backlog_items": {changed["id"]: changed, made["id"]: made}}
        self.fold.apply(Commit(seq=seq, ts=now, by="bench:2", put=put, events=[event]))

    def publish(self) -> ReadModel:
        self._model = self.fold.publish(linha=LINE)
        for listener in list(self._listeners):
            listener(self._model)
        return self._model

    def _work(self) -> None:
        pause = threading.Event()
        each = COMMITS_A_SECOND // PUBLICATIONS_A_SECOND
        while not pause.wait(1 / PUBLICATIONS_A_SECOND):
            for _ in range(each):
                self.commit()
            self.publish()
