"""The frame of a generated history: specs that come day by day, sprints, capabilities, when the line ran."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from store.histories.book import Book, Doc, text_of
from store.histories.chance import WEEK, Chance
from store.histories.deliveries import WORKERS, Spec
from store.histories.specs import DAY, HOUR, RESOURCES, Told, Work

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
SPRINT_DAYS = 14


def history(seed: int, dias: int, agora: float, specs_a_day: float = 2.0) -> Book:
    """What `dias` days of work up to `agora` (epoch seconds) would leave, by a seed."""
    chance = Chance(seed)
    book, told = Book(chance, agora), Told()
    today = datetime.fromtimestamp(agora, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=dias - 1)
    number = 0
    for day in (first + timedelta(days=n) for n in range(dias)):
        for _ in range(chance.count(specs_a_day * WEEK[day.weekday()])):
            moment = chance.moment_of(day)
            if book.happened(moment):
                number += 1
                Work(book, told, _spec(chance, number), moment).go()
        _line(book, day)
    _capabilities(book, told)
    _sprints(book, told, first)
    return book


def _spec(chance: Chance, number: int) -> Spec:
    return Spec(
        ref=f"{NAMES[number % len(NAMES)]}-{number}",
        vertentes=chance.some(tuple(WORKERS), 1, 3),
        tamanho=round(chance.lognormal(1.0, 0.5), 3),
        modelo=chance.yes(0.7),
    )


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


def _sprints(book: Book, told: Told, first: datetime) -> None:
    """A sprint every two weeks, with the developments that began in it and some work of people."""
    begin, number = first, 0
    while book.happened(begin.timestamp()):
        number += 1
        end = begin + timedelta(days=SPRINT_DAYS)
        over = book.happened(end.timestamp())
        book.add(
            "sprints",
            {
                "sprint_id": f"S{number:03d}",
                "titulo": f"Sprint {number}",
                "inicio": begin.date().isoformat(),
                "fim": (end - timedelta(days=1)).date().isoformat(),
                "estado": "encerrada" if over else "aberta",
                "aberta_em": text_of(begin.timestamp()),
                "encerrada_em": text_of(end.timestamp()) if over else "",
            },
        )
        _tasks(book, told, f"S{number:03d}", begin.timestamp(), end.timestamp())
        begin = end


def _tasks(book: Book, told: Told, sprint: str, begin: float, end: float) -> None:
    number = 0
    for item, done in told.marcos:
        came = datetime.fromisoformat(item["criado_em"]).timestamp()
        if begin <= came < end and not item.get("tarefa") and book.chance.yes(0.7):
            number += 1
            key = f"{sprint}/T{number:02d}"
            item["tarefa"] = key
            ended = done if done is not None and done < end else None
            _task(book, sprint, key, came, ended, end, item["id"])
            if book.chance.yes(0.15) and book.happened(came + HOUR):
                number += 1
                wrote = came + book.chance.lognormal(2 * DAY, 0.6)
                _task(book, sprint, f"{sprint}/T{number:02d}", came + HOUR, wrote, end, "", pulled=True)


def _task(
    book: Book,
    sprint: str,
    key: str,
    came: float,
    ended: float | None,
    end: float,
    item_id: str,
    *,
    pulled: bool = False,
) -> Doc:
    done = ended is not None and ended < end and book.happened(ended)
    left = not done and book.happened(end)
    stop = ended if done else end
    return book.add(
        "tasks",
        {
            "sprint_id": sprint,
            "codigo": key.partition("/")[2],
            "chave": key,
            "sob": f"{sprint}/",
            "titulo": "" if item_id else "Documentar",
            "responsavel": "PROMETHEUS" if item_id else "humano",
            "item_ref": item_id,
            "puxada": pulled,
            "criada_em": text_of(came),
            "iniciada_em": text_of(came),
            "iniciada_por": "humano",
            "encerrada_em": text_of(stop) if done or left else "",
            "fim": "concluida" if done else "devolvida" if left else "",
        },
    )
