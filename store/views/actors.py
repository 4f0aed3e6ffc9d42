"""What each actor has done and has before it, folded from items; joined with what its job says of itself."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from typing import Any, NamedTuple

from store.views.model import ActorRow, AttemptRow, BreakerRow, Document

KEPT = 200
"""Ended attempts that are kept an actor."""
_WORK = {"concluido": "concluidos", "falhou": "falhas", "perdido": "perdas"}


@dataclass(frozen=True, slots=True)
class ActorFacts:
    """An actor as it is defined, and its job in this process as the scheduler has it."""

    nome: str
    descricao: str = ""
    tipos: tuple[tuple[str, str], ...] = ()
    """Each type with its performer."""
    fila: str = ""
    concorrencia: int = 0
    onde: str = "here"
    """Where its job is: `here`, `elsewhere` (another process runs the line), `off`, or `person`."""
    pausado: bool = False
    execucoes: int = 0
    ultima: str = ""
    proxima: str = ""


class _Share(NamedTuple):
    """What one item adds to its actor's numbers."""

    ator: str
    status: str
    espera: str
    """While it is Pendente: `fila` (its actor claims it), `pessoa` (a person decides it) or `retido` (it is
    held until its task begins)."""
    ate: str
    """When its time comes, where that was still to come as it was written."""
    fins: tuple[str, ...]
    """How each of its attempts ended, as far as they have."""


@dataclass(slots=True)
class _Tally:
    por_status: Counter[str] = field(default_factory=Counter)
    espera: Counter[str] = field(default_factory=Counter)
    ate: dict[str, list[str]] = field(default_factory=dict)
    """By what they wait for, the times that are to come, in their order."""
    fins: Counter[str] = field(default_factory=Counter)
    newest: list[tuple[str, str, int, AttemptRow]] = field(default_factory=list)
    """A heap, the oldest on top."""
    shown: tuple[AttemptRow, ...] | None = ()


class ActorFold:
    """Items and breakers go in, numbers an actor come out; an item costs what it changed."""

    def __init__(self) -> None:
        self._shares: dict[str, _Share] = {}
        self._tallies: dict[str, _Tally] = {}
        self._breakers: dict[str, BreakerRow] = {}

    def put_item(self, item: Document) -> None:
        """An item as it is now."""
        item_id, tries = item["id"], item.get("tentativas") or ()
        ended = tuple([str(each.get("fim_motivo")) for each in tries if each.get("fim")]) if tries else ()
        share = _Share(item.get("ator") or "", item["status"], _waiting(item), _due(item), ended)
        known = self._shares.get(item_id)
        if known is not None:
            self._take_away(known)
        self._shares[item_id] = share
        tally = self._tallies.get(share.ator)
        if tally is None:
            tally = self._tallies[share.ator] = _Tally()
        tally.por_status[share.status] += 1
        tally.espera[share.espera] += 1
        if share.ate:
            insort(tally.ate.setdefault(share.espera, []), share.ate)
        for end in ended:
            tally.fins[end] += 1
        before = len(known.fins) if known is not None else 0
        if len(ended) < before:
            _forget(tally, item_id, len(ended))
        for number in range(before, len(ended)):
            _remember(tally, item, number + 1, tries[number])

    def drop_item(self, item_id: str) -> None:
        """An item was archived: it is not counted any more."""
        share = self._shares.pop(item_id, None)
        if share is not None:
            self._take_away(share)

    def _take_away(self, share: _Share) -> None:
        tally = self._tallies[share.ator]
        tally.por_status[share.status] -= 1
        tally.espera[share.espera] -= 1
        if share.ate:
            times = tally.ate[share.espera]
            del times[bisect_left(times, share.ate)]
        tally.fins.subtract(share.fins)

    def put_breaker(self, document_id: str, breaker: Document) -> None:
        """A performer's circuit breaker as it is now."""
        self._breakers[document_id] = BreakerRow(
            performer=str(breaker.get("performer") or ""),
            estado=str(breaker.get("estado") or "fechado"),
            falhas=breaker.get("falhas") or 0,
            aberto_em=str(breaker.get("aberto_em") or ""),
            tenta_em=str(breaker.get("tenta_em") or ""),
            motivo=str(breaker.get("motivo") or ""),
        )

    def rows(self, facts: Sequence[ActorFacts]) -> tuple[ActorRow, ...]:
        """A row for each actor that is defined, in the order they come."""
        return tuple(self._row(each) for each in facts)

    def _row(self, facts: ActorFacts) -> ActorRow:
        tally = self._tallies.get(facts.nome) or _Tally()
        breakers = self._breakers_of(facts)
        person = facts.onde == "person"
        mine = "pessoa" if person else "fila"
        busy = tally.por_status["EmProcessamento"]
        return ActorRow(
            nome=facts.nome,
            descricao=facts.descricao,
            tipos=facts.tipos,
            estado=actor_state(facts, busy, breakers),
            fila=facts.fila,
            concorrencia=facts.concorrencia,
            na_fila=tally.espera[mine],
            mais_tarde=tuple(tally.ate.get(mine, ())),
            retidos=tally.espera["retido"],
            de_pessoa=0 if person else tally.espera["pessoa"],
            em_voo=busy,
            bloqueados=tally.por_status["Bloqueado"],
            mortas=tally.por_status["Falhou"],
            execucoes=facts.execucoes,
            ultima=facts.ultima,
            proxima=facts.proxima,
            tentativas=_shown(tally),
            disjuntores=breakers,
            **{name: tally.fins[end] for end, name in _WORK.items()},
        )

    def _breakers_of(self, facts: ActorFacts) -> tuple[BreakerRow, ...]:
        """The breakers that have something to say, of the performers that the actor has today."""
        names = breaker_names(facts.nome, dict(facts.tipos))
        own = [each for each in self._breakers.values() if each.performer in names]
        told = [each for each in own if each.estado != "fechado" or each.falhas]
        return tuple(sorted(told, key=lambda each: each.performer))


def breaker_names(nome: str, performers: Mapping[str, str]) -> frozenset[str]:
    """What the breakers of an actor are called: `ACTOR/tipo/performer`. One of another name is of a performer
    that is gone: nobody asks it any more, and it never closes.
    """
    return frozenset(f"{nome}/{tipo}/{performer}" for tipo, performer in performers.items())


def actor_state(facts: ActorFacts, busy: int, breakers: Sequence[BreakerRow]) -> str:
    """One word for where an actor stands; see `ActorRow.estado`."""
    if facts.onde != "here":
        return facts.onde
    if facts.pausado:
        return "paused"
    if any(each.estado == "aberto" for each in breakers):
        return "open"
    return "working" if busy else "idle"


def _waiting(item: Document) -> str:
    if item["status"] != "Pendente":
        return ""
    if item.get("retido"):
        return "retido"
    return "pessoa" if item.get("humano") else "fila"


def _due(item: Document) -> str:
    due = str(item.get("disponivel_em") or "")
    return due if _waiting(item) in ("fila", "pessoa") and due > str(item.get("atualizado_em") or "") else ""


def _remember(tally: _Tally, item: Document, number: int, attempt: Mapping[str, Any]) -> None:
    full = len(tally.newest) >= KEPT
    if full and attempt["fim"] < tally.newest[0][0]:
        return
    key = (str(attempt["fim"]), str(item["id"]), number)
    entry = (*key, _attempt_row(item, number, attempt))
    if full:
        heappushpop(tally.newest, entry)
    else:
        heappush(tally.newest, entry)
    tally.shown = None


def _forget(tally: _Tally, item_id: str, kept: int) -> None:
    """A decision was taken back, and with it the attempts that it made."""
    tally.newest = [entry for entry in tally.newest if entry[1] != item_id or entry[2] <= kept]
    tally.newest.sort()
    tally.shown = None


def _shown(tally: _Tally) -> tuple[AttemptRow, ...]:
    if tally.shown is None:
        tally.shown = tuple(entry[3] for entry in sorted(tally.newest, reverse=True))
    return tally.shown


def _attempt_row(item: Document, number: int, attempt: Mapping[str, Any]) -> AttemptRow:
    return AttemptRow(
        item_id=str(item["id"]),
        tipo=str(item["tipo"]),
        titulo=str(item.get("titulo") or item["tipo"]),
        numero=attempt.get("numero") or number,
        inicio=str(attempt.get("inicio") or ""),
        fim=str(attempt["fim"]),
        fim_motivo=str(attempt.get("fim_motivo") or ""),
        motivo=str(attempt.get("motivo") or ""),
    )
