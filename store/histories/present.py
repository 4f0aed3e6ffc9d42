"""Where work stands at the end of a generated history: waiting, at work, blocked, between attempts."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from store.histories.book import Book, Doc
from store.histories.items import Life, Standing, live
from store.histories.prices import Spec
from store.histories.specs import DAY, HOUR, RESOURCES, Stand, Told, Work

PRESENT_SEED = 0x5EED
MINUTE = 60.0
_STANDS: tuple[tuple[str, Standing, float], ...] = (
    ("validar_implantacao", "fila", 74 * HOUR),
    ("validar_implantacao", "fila", 15 * HOUR),
    ("validar_implantacao", "fila", 2 * HOUR),
    ("aprovar_release", "fila", 33 * HOUR),
    ("aprovar_release", "fila", 8 * HOUR),
    ("aprovar_release", "fila", 0.7 * HOUR),
    ("aprovar_orcamento", "fila", 52 * HOUR),
    ("aprovar_orcamento", "fila", 20 * HOUR),
    ("aprovar_orcamento", "fila", 3 * HOUR),
    ("implantar", "bloqueia", 2.2 * DAY),
    ("implantar", "volta", 2 * MINUTE),
    ("implantar", "roda", 6.0),
    ("desenvolvimento", "bloqueia", 6.5 * DAY),
    ("desenvolvimento", "bloqueia", 29 * HOUR),
    ("desenvolvimento", "bloqueia", 5 * HOUR),
    ("desenvolvimento", "volta", 4 * MINUTE),
    ("desenvolvimento", "volta", 2.5 * MINUTE),
    ("desenvolvimento", "roda", 7 * MINUTE),
    ("desenvolvimento", "roda", 1.2 * MINUTE),
    ("desenvolvimento", "roda", 35.0),
    ("desenvolvimento", "fila", 20.0),
    ("desenvolvimento", "fila", 9.0),
)
"""At which type's item specs stand, how, and for about how many seconds."""
_GAPS = (4.5 * DAY, 31 * HOUR)
"""How long budgets wait for what is missing."""
_LEAD = {"aprovar_orcamento": 3.0, "aprovar_release": 2 * MINUTE, "desenvolvimento": 4 * HOUR}
"""How many seconds before it came to where it stands a spec was added, about."""


def the_present(book: Book, told: Told, new_spec: Callable[[], Spec]) -> list[Doc]:
    """Work that is under way at the end; the developments among it that a sprint's task may carry."""
    gap = _gap(book)
    carried = []
    for tipo, como, age in _STANDS:
        since = book.agora - age * book.chance.lognormal(1.0, 0.15)
        por = gap["id"] if como == "bloqueia" else ""
        work = _stands(book, told, new_spec(), Stand(tipo, como, since, por=por))
        development = work.ultimo.get("desenvolvimento")
        if development is not None and tipo in ("desenvolvimento", "aprovar_release"):
            carried.append(development)
    for age in _GAPS:
        since = book.agora - age * book.chance.lognormal(1.0, 0.15)
        _stands(book, told, new_spec(), Stand("aprovar_orcamento", "fila", since, falta=True))
    return carried


def _stands(book: Book, told: Told, spec: Spec, stand: Stand) -> Work:
    lead = _LEAD.get(stand.tipo, 6 * HOUR)
    if lead > HOUR:
        lead = book.chance.lognormal(lead, 0.4)
    work = Work(book, told, spec, stand.desde - lead, stand=stand)
    work.go()
    return work


def _gap(book: Book) -> Doc:
    """What blocked work waits for."""
    name = book.chance.pick(tuple(RESOURCES))
    context = {"recurso": name, "tipo_recurso": RESOURCES[name], "sintoma": f"{name} não responde mais"}
    saga = {"saga_id": f"saga-{name}", "request_id": f"request-{name}", "spec_ref": "", "spec_versao": None}
    life = Life("entrevistar_dor", "GENESIS", book.agora - 7 * DAY, inf, contexto=context, para="roda")
    return live(book, life, saga)[0]
