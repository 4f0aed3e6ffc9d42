"""The sprints of a generated history: developments as tasks, people's own, and children of their work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from store.histories.book import Book, Doc, text_of
from store.histories.chance import Chance
from store.histories.children import KINDS, Child, Found
from store.histories.specs import DAY, HOUR, Told

SPRINT_DAYS, SPRINT_RUNS = 14, 9
"""How long a sprint is, and for how many days the last one has run."""
CARRIED = 0.7
"""The share of developments that are a sprint's."""
_OWN = ("Reunião com a transportadora", "Revisar o glossário", "Conferir os preços", "Treinar o suporte")
_TO_DO = ("Migrar os cupons antigos", "Escrever as notas da versão", "Ensaiar a troca de servidor")
_MENDS = ("o total arredonda para baixo", "a etiqueta sai sem CEP")


def sprint_begins(first: datetime, today: datetime) -> list[datetime]:
    """When each begins: the last one some days ago, the others before it, from the first day on."""
    begins = [today - timedelta(days=SPRINT_RUNS)]
    while begins[0] > first:
        begins.insert(0, max(begins[0] - timedelta(days=SPRINT_DAYS), first))
    return begins


def the_sprints(
    book: Book, told: Told, begins: Sequence[datetime], standing: Sequence[Doc], present: Chance
) -> None:
    """All of them; the last one is open, and has what stands at the end."""
    ends = [*begins[1:], begins[-1] + timedelta(days=SPRINT_DAYS)]
    for number, (begin, end) in enumerate(zip(begins, ends, strict=True), 1):
        if begin == begins[-1]:
            book.chance = present
        board = _opened(book, f"S{number:03d}", begin, end)
        for title in _OWN:
            board.own(title)
        for item, done in told.marcos:
            came = datetime.fromisoformat(item["criado_em"]).timestamp()
            if board.begin <= came < board.end and not item.get("tarefa") and book.chance.yes(CARRIED):
                board.development(item, came, done)
        if not board.over:
            _ends_open(board, standing)


def _ends_open(board: Board, standing: Sequence[Doc]) -> None:
    """What is left to do in the sprint that goes on."""
    for item in standing:
        began = datetime.fromisoformat(item["criado_em"]).timestamp()
        board.task(began, item=item, started=began)
    for title in _TO_DO:
        board.task(board.begin + 2 * HOUR, titulo=title, horas=board.hours())
    for error in _MENDS:
        board.mend(error)


def _opened(book: Book, sprint: str, begin: datetime, end: datetime) -> Board:
    board = Board(book, sprint, begin.timestamp() + 11 * HOUR, end.timestamp())
    book.add(
        "sprints",
        {
            "sprint_id": sprint,
            "titulo": f"Sprint {int(sprint[1:])}",
            "inicio": begin.date().isoformat(),
            "fim": (end - timedelta(days=1)).date().isoformat(),
            "estado": "encerrada" if board.over else "aberta",
            "aberta_em": text_of(board.begin),
            "encerrada_em": text_of(board.end) if board.over else "",
        },
    )
    return board


@dataclass
class Board:
    """The tasks of one sprint; moments are epoch seconds."""

    book: Book
    sprint: str
    begin: float
    end: float
    _roots: int = 0
    _below: dict[str, int] = field(default_factory=dict)
    _children: int = 0

    @property
    def over(self) -> bool:
        """Whether the sprint is closed."""
        return self.book.happened(self.end)

    def hours(self) -> float:
        """What a task of a person's is estimated to take."""
        return round(self.book.chance.lognormal(3.0, 0.5), 1)

    def until_end(self, moment: float | None) -> float | None:
        """A moment, where the sprint is not closed before it, and it has come."""
        return moment if moment is not None and moment < self.end and self.book.happened(moment) else None

    def next_code(self, pai: str = "") -> str:
        """The code of the next task below another, or of the next root; not given twice."""
        if not pai:
            self._roots += 1
            return f"T{self._roots:02d}"
        self._below[pai] = self._below.get(pai, 0) + 1
        return f"{pai}.{self._below[pai]}"

    def task(
        self,
        came: float,
        *,
        item: Doc | None = None,
        titulo: str = "",
        codigo: str = "",
        started: float | None = None,
        ended: float | None = None,
        horas: float | None = None,
    ) -> Doc:
        """One task: of an item, or a person's own with its estimate."""
        codigo = codigo or self.next_code()
        pai, _, _ = codigo.rpartition(".")
        done, begun = self.until_end(ended), self.until_end(started)
        fim = "concluida" if done is not None else "devolvida" if self.over else ""
        key = f"{self.sprint}/{codigo}"
        if item is not None:
            item["tarefa"] = key
        took = self.book.chance.lognormal(1.2, 0.4) * (horas or 0.0)
        return self.book.add(
            "tasks",
            {
                "sprint_id": self.sprint,
                "codigo": codigo,
                "chave": key,
                "sob": f"{self.sprint}/{pai}",
                "pai": pai,
                "titulo": titulo,
                "responsavel": item["ator"] if item is not None else "humano",
                "item_ref": item["id"] if item is not None else "",
                "puxada": bool(pai),
                "estimativa": {"horas": horas} if horas is not None else None,
                "em_curso": self.sprint if begun is not None and not fim else None,
                "criada_em": text_of(came),
                "iniciada_em": "" if begun is None else text_of(begun),
                "iniciada_por": "" if begun is None else "humano",
                "encerrada_em": text_of(done if done is not None else self.end) if fim else "",
                "encerrada_por": "humano" if fim else "",
                "fim": fim,
                "resultado": {"horas": round(took, 1)} if horas and done is not None else None,
            },
        )

    def own(self, titulo: str) -> None:
        """A person's, done some days into the sprint."""
        began = self.book.chance.answered(self.begin + HOUR, 20)
        ended = self.book.chance.answered(began + HOUR, 40)
        self.task(self.begin + HOUR, titulo=titulo, started=began, ended=ended, horas=self.hours())

    def development(self, item: Doc, came: float, done: float | None) -> None:
        """A development's, which somebody concludes after it has ended; then its children are looked at."""
        good = done if item["status"] == "Concluido" else None
        ended = None if good is None else self.book.chance.answered(good, 4.0)
        task = self.task(came, item=item, started=came, ended=ended)
        concluded = self.until_end(ended)
        if concluded is not None and good is not None and self._children < len(KINDS):
            found = Found(self, task, item, good, concluded)
            Child(found, *KINDS[self._children]).come()
            self._children += 1

    def mend(self, error: str) -> None:
        """A bug that somebody wrote down for the sprint; nobody has started it."""
        came = self.book.chance.answered(self.begin + DAY, 30)
        if self.until_end(came) is not None:
            Found.of_a_person(self, error, came)
