"""What calibration learns from: the raw estimates of finished executions beside what they took.

People's hours and machine seconds are apart. Machines are told apart by worker and vertente where the price
had an estimate for each, else by phase; people's hours are measured by phase.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, Protocol

from store.metrics.calibration import WINDOW, Ponto
from store.metrics.values import Document, amount, part, parts, text

PHASES = ("dev", "teste", "deploy")
_INDEX = "timestamps.deploy_fim_at"
_MOST = 2_000


class Learnt(NamedTuple):
    """Points of both series, oldest execution first."""

    pessoas: tuple[Ponto, ...] = ()
    maquina: tuple[Ponto, ...] = ()

    def plain(self) -> dict[str, list[list[Any]]]:
        """As plain data, for a step's input."""
        return {name: [list(each) for each in getattr(self, name)] for name in self._fields}


def from_plain(document: Mapping[str, Any]) -> Learnt:
    """What `plain` made of it; nothing of a document without it."""
    return Learnt(*(tuple(Ponto(*each) for each in document.get(name, ())) for name in Learnt._fields))


class Newest(Protocol):
    """The newest documents of a collection, by an ordered index."""

    def newest(self, collection: str, index: str, limit: int) -> list[dict[str, Any]]: ...


def learn(db: Newest) -> Learnt:
    """From the last 200 concluded executions, found by when they were deployed: no others are read."""
    limit = WINDOW + WINDOW // 4
    while True:
        found = db.newest("execucoes", _INDEX, limit)
        concluded = [each for each in found if _teaches(each)]
        if len(concluded) >= WINDOW or len(found) < limit or limit >= _MOST:
            return gathered(reversed(concluded[:WINDOW]))
        limit *= 2


def gathered(documents: Iterable[Document]) -> Learnt:
    """The points of executions, in the order in which they come."""
    found = [points_of(each) for each in documents]
    return Learnt(
        tuple(chain.from_iterable(each.pessoas for each in found)),
        tuple(chain.from_iterable(each.maquina for each in found)),
    )


def _teaches(document: Document) -> bool:
    """A repair has its spec's price, which was not made for it."""
    return document.get("status") == "concluido" and not document.get("bug")


def points_of(document: Document) -> Learnt:
    """The points of one document of `execucoes`; none of one that did not end well, or that repairs a bug.

    `estimado` is raw, whatever was approved: `calibrado` beside it is never looked at.
    """
    if not _teaches(document):
        return Learnt()
    estimated, real = part(document, "estimado"), part(document, "realizado")
    own = list(_by_worker(document, part(estimated, "grupos")))
    phases = ("teste", "deploy") if own else PHASES
    name = text(document, "id")
    return Learnt(
        tuple(_by_phase(part(estimated, "horas"), part(real, "horas"), PHASES, "pessoas/", name)),
        (*own, *_by_phase(part(estimated, "maquina_s"), part(real, "maquina_s"), phases, "", name)),
    )


def _by_phase(
    estimated: Document, real: Document, phases: Sequence[str], prefix: str, execucao: str
) -> Iterator[Ponto]:
    for phase in phases:
        raw, took = amount(estimated.get(phase)), amount(real.get(phase))
        if raw and took and raw > 0 and took > 0:
            yield Ponto(prefix + phase, raw, took, execucao)


def _by_worker(document: Document, groups: Document) -> Iterator[Ponto]:
    """By worker and vertente; a worker that made several vertentes in one run has one ratio for them all."""
    took: dict[str, dict[str, float]] = {}
    for run in parts(document, "workers"):
        minutes = amount(run.get("duracao_minutos"))
        if minutes is not None and minutes > 0:
            mine = took.setdefault(text(run, "worker"), {})
            sides = text(run, "vertente")
            mine[sides] = mine.get(sides, 0.0) + minutes * 60
    for worker, by_side in took.items():
        raw = {
            side: value
            for name, found in groups.items()
            for who, _, side in [name.rpartition("/")]
            if who == worker and (value := amount(found)) is not None and value > 0
        }
        yield from _of_worker(worker, by_side, raw, text(document, "id"))


def _of_worker(
    worker: str, took: Mapping[str, float], raw: Mapping[str, float], execucao: str
) -> Iterator[Ponto]:
    apart = set(took) <= set(raw)
    ratio = sum(took.values()) / sum(raw.values()) if raw else 0.0
    for side, estimate in raw.items():
        seconds = took.get(side) if apart else estimate * ratio
        if seconds:
            yield Ponto(f"{worker}/{side}", estimate, seconds, execucao)
