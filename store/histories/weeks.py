"""The frame of a generated history: specs that come day by day, batches, capabilities, when the line ran."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from store.histories.book import Book, text_of
from store.histories.chance import WEEK, Chance
from store.histories.present import PRESENT_SEED, the_present
from store.histories.prices import WORKERS, Spec
from store.histories.specs import HOUR, RESOURCES, Slots, Told, Work
from store.histories.sprints import sprint_begins, the_sprints

NAMES = (
    "frete",
    "pedido",
    "cotacao",
    "etiqueta",
    "credito",
    "nota-fiscal",
    "estoque",
    "cupom",
    "troca",
    "entrega",
)
BATCH, AT_ONCE = 11, 5
"""Small specs that a sprint begins with, and how many of them are at work at once."""


def history(seed: int, dias: int, agora: float, specs_a_day: float = 2.0) -> Book:
    """What `dias` days of work up to `agora` (epoch seconds) would leave, by a seed.

    It ends in the midst of work: how much is under way then is the same however long it is.
    """
    chance, present = Chance(seed), Chance(seed ^ PRESENT_SEED)
    book, told = Book(chance, agora), Told()
    today = datetime.fromtimestamp(agora, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=dias - 1)
    begins = sprint_begins(first, today)
    batches = {_working_day(begin): chance for begin in begins} | {_working_day(begins[-1]): present}
    names = _names()
    for day in sorted({*batches, *(first + timedelta(days=n) for n in range(dias))}):
        if day in batches:
            with _drawn_from(book, batches[day]):
                _batch(book, told, day, names)
        if day < first:
            continue
        for _ in range(chance.count(specs_a_day * WEEK[day.weekday()])):
            moment = chance.moment_of(day)
            if book.happened(moment):
                Work(book, told, _spec(chance, next(names)), moment).go()
        _line(book, day)
    with _drawn_from(book, present):
        standing = the_present(book, told, lambda: _spec(present, next(names), 0.6))
    _capabilities(book, told)
    the_sprints(book, told, begins, standing, present)
    return book


@contextmanager
def _drawn_from(book: Book, chance: Chance) -> Iterator[None]:
    """What happens meanwhile is drawn from another generator."""
    book.chance, usual = chance, book.chance
    yield
    book.chance = usual


def _names() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"{NAMES[number % len(NAMES)]}-{number}"


def _spec(chance: Chance, name: str, size: float = 1.0) -> Spec:
    return Spec(
        ref=name,
        vertentes=chance.some(tuple(WORKERS), 1, 3),
        tamanho=round(chance.lognormal(size, 0.5), 3),
        modelo=chance.yes(0.7),
    )


def _working_day(day: datetime) -> datetime:
    """The day, or the Monday after it."""
    return day + timedelta(days=max(7 - day.weekday(), 0) if day.weekday() >= 5 else 0)


def _batch(book: Book, told: Told, day: datetime, names: Iterator[str]) -> None:
    """Small specs that are added at once, and approved by a rule: some are at work, more wait."""
    moment, slots = book.chance.moment_of(day), Slots(AT_ONCE)
    for at in range(BATCH):
        spec = _spec(book.chance, next(names), 0.35)
        if book.happened(moment + at * 0.3):
            Work(book, told, spec, moment + at * 0.3, lote=slots).go()


def _line(book: Book, day: datetime) -> None:
    """It runs all day; now and then it dies, and somebody starts it again."""
    if day.weekday() >= 5 and book.chance.yes(0.6):
        return
    begin = (day + timedelta(hours=10)).timestamp()
    while begin < (day + timedelta(hours=23)).timestamp() and book.happened(begin):
        dies = book.chance.yes(0.04)
        length = book.chance.lognormal(5 * HOUR, 0.4) if dies else 14 * HOUR
        end = min(begin + length, (day + timedelta(hours=24)).timestamp())
        goes_on = not book.happened(end)
        book.add(
            "linhas",
            {
                "titular": "tui:1",
                "inicio": text_of(begin),
                "fim": text_of(min(end, book.agora)),
                "em_ordem": not dies or goes_on,
            },
        )
        begin = end + book.chance.lognormal(120, 1.0)


def _capabilities(book: Book, told: Told) -> None:
    for name, kind in RESOURCES.items():
        came = told.capacidades.get(name)
        if came is not None:
            known = {"nome": name, "tipo_recurso": kind, "definida": True}
            book.add("capacidades", {**known, "adicionada_em": book.until_now(came)})
