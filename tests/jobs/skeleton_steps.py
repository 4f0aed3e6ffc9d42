"""Steps of the skeleton line: they write files, and deliver by an effect that must not be repeated."""

from __future__ import annotations

import fcntl
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def order(document: dict[str, Any]) -> dict[str, Any]:
    """Inline: what is to be built, and what is delivered once that is done."""
    n = document["n"]
    parts = [{"tipo": "montar", "chave": part, "contexto": {"n": n, "parte": part}} for part in "ab"]
    delivery = {
        "tipo": "entregar",
        "chave": "entrega",
        "contexto": {"n": n},
        "depende_de": ["@a", "@b"],
    }
    return {"resultado": {"n": n}, "filhos": [*parts, delivery]}


def build(document: dict[str, Any], channel: Any) -> dict[str, Any]:
    """A process: one file, kept by its content."""
    with _alone(document):
        _dawdle()
        path = channel.workdir / "peca"
        path.write_text(f"{document['n']}{document['parte']}")
        sha256 = channel.objects.put_file(path)
        _dawdle()
    return {"resultado": {"n": document["n"], "parte": document["parte"], "peca": len(sha256)}}


def deliver(document: dict[str, Any], channel: Any) -> dict[str, Any]:
    """A process with an effect: intent, lock, token check, act, record. The ledger names each number once."""
    n, ledger = document["n"], Path(document["alvo"]) / "ledger"
    with _alone(document):
        _dawdle()
        channel.ask({"kind": "intent", "n": n, "anterior": ledger.stat().st_size if ledger.exists() else 0})
        _dawdle()
        with ledger.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            channel.ask({"kind": "phase", "n": n})
            file.seek(0)
            done = f"{n}\n" in file.readlines()
            if not done:
                # What an earlier attempt did before it died is seen in the target itself.
                os.write(file.fileno(), f"{n}\n".encode())
            _dawdle()
    return {"resultado": {"n": n}, "filhos": [{"tipo": "conferir", "chave": "c", "contexto": {"n": n}}]}


def confirm(document: dict[str, Any]) -> dict[str, Any]:
    """Inline: the end."""
    return {"resultado": {"n": document["n"]}}


def _dawdle() -> None:
    """Time to be killed in."""
    time.sleep(random.random() * 0.03)


@contextmanager
def _alone(document: dict[str, Any]) -> Iterator[None]:
    """Two attempts at one item at the same time leave a trace that the test looks for."""
    locks = Path(document["travas"])
    with (locks / document["item_id"]).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            (locks / f"overlap-{document['item_id']}").touch()
            raise
        yield
