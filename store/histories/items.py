"""The life of one item in a generated history: blocked, queued, tried, retried, ended, or in the midst."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal

from store.histories.book import Book, Doc, text_of
from store.histories.contents import title

RETRY_S = 60.0
_LOST = 0.3
"""Of the attempts that fail: their worker was lost, which is noticed in seconds."""
_WHY = {
    "falhou": "the worker left with exit code 1",
    "perdido": "its process is gone",
    "bloqueou": "it found that it must wait",
}
_EXECUTOR = {"boot_id": "gerado", "pid": 1, "inicio": "0"}
Standing = Literal["", "fila", "roda", "volta", "bloqueia"]
"""Where an item is that does not end: in the queue, at work, between attempts, blocked by its work."""
_Tries = list[tuple[float, float, str]]


@dataclass
class Life:
    """How an item's life goes; seconds."""

    tipo: str
    ator: str
    criado: float
    dura: float
    """Of the attempt that ends it."""
    espera: float = 0.5
    """In the queue."""
    produtor: str = "PROMETHEUS"
    humano: bool = False
    livre: float | None = None
    """When what it waits for has come; None where it waits for nothing."""
    espera_por: list[str] = field(default_factory=list)
    """The items that it waits for, then; or that its work found it must wait for."""
    falhas: int = 0
    """Attempts that fail before the last."""
    fim: str = "Concluido"
    contexto: Doc = field(default_factory=dict)
    pai: Doc | None = None
    para: Standing = ""
    mais: dict[str, Any] = field(default_factory=dict)


def live(book: Book, life: Life, saga: Doc) -> tuple[Doc, float | None]:
    """The item as it is now, and when it ended; None where it has not. `saga` has what its items share."""
    ready = life.criado if life.livre is None else max(life.livre, life.criado)
    tries = _attempts(book, life, ready + life.espera)
    ended = tries[-1][1]
    status = _status(book, life, ready, tries)
    doc: Doc = {
        **saga,
        "id": book.new_id("backlog_items"),
        "tipo": life.tipo,
        "titulo": title(life.tipo, life.contexto),
        "status": status,
        "ator": life.ator,
        "humano": life.humano,
        "produtor": life.produtor,
        "contexto": life.contexto,
        "pai": life.pai["id"] if life.pai else "",
        "contrato_versao": "gerado",
        "criado_em": text_of(life.criado),
        "atualizado_em": text_of(_changed(book, life, ready, tries)),
        "pendente_em": book.until_now(ready),
        "devido_em": book.until_now(ready) if book.happened(tries[0][0]) else "",
        "iniciado_em": book.until_now(tries[0][0]),
        "concluido_em": book.until_now(ended),
        "bloqueios": _blocked(book, life, tries),
        "tentativas": [
            _attempt(book, life, n, *each) for n, each in enumerate(tries, 1) if book.happened(each[0])
        ],
        **_awaited(book, life),
        **life.mais,
    }
    book.add("backlog_items", doc)
    if life.pai is not None:
        life.pai.setdefault("items_gerados", []).append(doc["id"])
    _events(book, life, doc, ready, tries)
    return doc, ended if book.happened(ended) else None


def _attempts(book: Book, life: Life, start: float) -> _Tries:
    """Begin, end and end's word of each attempt."""
    tries: _Tries = []
    for failure in range(life.falhas):
        end = start + book.chance.lognormal(max(life.dura, 1.0) * 0.6, 0.5)
        lost = book.chance.yes(_LOST)
        tries.append((start, end, "perdido" if lost else "falhou"))
        start = end + (book.chance.lognormal(3.0, 0.6) if lost else RETRY_S * 2**failure)
    word = {"Concluido": "concluido", "Falhou": "falhou"}.get(life.fim, "cancelado")
    if life.para == "bloqueia":
        tries.append((start, start + life.dura, "bloqueou"))
    if life.para:
        return [*tries, (start if life.para == "roda" else inf, inf, word)]
    return [*tries, (start, start + life.dura, word)]


def _status(book: Book, life: Life, ready: float, tries: _Tries) -> str:
    if not book.happened(ready):
        return "Bloqueado"
    if book.happened(tries[-1][1]):
        return life.fim
    if any(book.happened(end) and word == "bloqueou" for _, end, word in tries):
        return "Bloqueado"
    running = any(begin <= book.agora < end for begin, end, _ in tries) and not life.humano
    return "EmProcessamento" if running else "Pendente"


def _changed(book: Book, life: Life, ready: float, tries: _Tries) -> float:
    """The last thing that happened to it."""
    moments = [life.criado, ready, *(moment for begin, end, _ in tries for moment in (begin, end))]
    return max(moment for moment in moments if book.happened(moment))


def _attempt(book: Book, life: Life, number: int, begin: float, end: float, word: str) -> Doc:
    done = book.happened(end)
    return {
        "numero": number,
        "token": f"gerado-{number}",
        "ator": life.ator,
        "executor": dict(_EXECUTOR),
        "inicio": text_of(begin),
        "fim": text_of(end) if done else "",
        "fim_motivo": word if done else None,
        "motivo": _WHY.get(word, "") if done else "",
    }


def _blocked(book: Book, life: Life, tries: _Tries) -> list[Doc]:
    found = [(end, _WHY[word], "") for _, end, word in tries if word == "bloqueou" and book.happened(end)]
    if life.livre is not None:
        found.insert(0, (life.criado, "produzido com dependências", book.until_now(life.livre)))
    return [
        {"bloqueado_em": text_of(since), "motivo": why, "desbloqueado_em": until}
        for since, why, until in found
    ]


def _awaited(book: Book, life: Life) -> Doc:
    """What it waits for, or waited for."""
    if not life.espera_por:
        return {}
    came = life.livre is not None and book.happened(life.livre)
    return {
        "depende_de": list(life.espera_por),
        "dependencias": {name: {"estado": "resolvida" if came else "aberta"} for name in life.espera_por},
    }


def _events(book: Book, life: Life, doc: Doc, ready: float, tries: _Tries) -> None:
    book.tell(life.criado, "item.criado", doc, para="Pendente" if life.livre is None else "Bloqueado")
    if life.livre is not None:
        book.tell(ready, "item.transicao", doc, de="Bloqueado", para="Pendente")
    if life.humano:
        book.tell(ready, "decisao.solicitada", doc)
    for at, (begin, end, word) in enumerate(tries):
        book.tell(begin, "item.transicao", doc, de="Pendente", para="EmProcessamento", tentativa=at + 1)
        after = "Bloqueado" if word == "bloqueou" else "Pendente" if at + 1 < len(tries) else life.fim
        book.tell(end, "item.transicao", doc, de="EmProcessamento", para=after)
