"""What a sprint's work brings up besides in a generated history: pulled by rule, or asked about."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from store.histories.answers import answered
from store.histories.book import Doc, text_of
from store.histories.contents import of_pull
from store.histories.items import Life, live

if TYPE_CHECKING:
    from store.histories.sprints import Board

OWNER = "MS_Produto"
HOUR = 3600.0
KINDS: tuple[tuple[str, str], ...] = (
    ("documentar", ""),
    ("aprovacao_externa", "puxar"),
    ("revisar_codigo", ""),
    ("documentar", "deixar"),
    ("revisar_codigo", "puxar"),
    ("validar_spec", ""),
    ("aprovacao_externa", "rejeitar"),
    ("documentar", "puxar"),
    ("aprovacao_externa", "espera"),
    ("revisar_codigo", "espera"),
)
"""The types of a sprint's children, in the order in which they come up, and how each is decided about: by
rule where nothing is said. What `espera` waits for its answer for as long as the sprint goes on."""
_ANSWERS = {
    "documentar": "feito",
    "revisar_codigo": "aprovar",
    "validar_spec": "valida",
    "aprovacao_externa": "aprovada",
}


@dataclass
class Found:
    """Where a child came up: the task and its item, when the item ended and when the task was concluded."""

    board: Board
    task: Doc
    item: Doc
    done: float
    concluded: float

    @staticmethod
    def of_a_person(board: Board, error: str, came: float) -> None:
        """A bug as a task that is not started: its item is held."""
        name = f"bug-{board.sprint}-{len(error)}"
        saga = {
            "saga_id": f"saga-{name}",
            "request_id": f"request-{name}",
            "spec_ref": "",
            "spec_versao": None,
        }
        context = {"feature_ref": "frete", "erro": error, "severidade": "medio"}
        held = {"retido": True, "pendente_em": "", "devido_em": ""}
        life = Life("corrigir_bug", "PROMETHEUS", came, 1.0, espera=inf, produtor="humano", contexto=context)
        life.mais = held
        board.task(came, item=live(board.book, life, saga)[0])


@dataclass
class Child:
    """One child of a task's work."""

    found: Found
    tipo: str
    decided: str

    def come(self) -> None:
        """It comes up at the end of the work, and is decided about when its task is concluded."""
        if not self.decided:
            self._pulled(self.found.board.next_code(self.found.task["codigo"]), self.found.concluded)
            return
        board, chance = self.found.board, self.found.board.book.chance
        waits = self.decided == "espera" and not board.over
        moment = inf if waits else chance.answered(self.found.concluded, 5.0)
        answer = moment if board.book.happened(moment) else None
        option = "puxar" if self.decided == "espera" else self.decided
        if answer is not None and answer >= board.end:
            option = "deixar"
        child = self._item(None if answer is None or option == "puxar" else answer, option)
        codigo = board.next_code(self.found.task["codigo"])
        self._ask(child, codigo, inf if answer is None else answer, option)
        if answer is not None and option == "puxar":
            self._carried(child, codigo, answer)

    def _pulled(self, codigo: str, moment: float) -> None:
        self._carried(self._item(None, "puxar"), codigo, moment)

    def _item(self, refused: float | None, option: str) -> Doc:
        """The child, held; given up at `refused`, or left in the backlog then."""
        item = self.found.item
        saga = {name: item[name] for name in ("saga_id", "request_id", "spec_ref", "spec_versao")}
        gone = refused is not None and option == "rejeitar"
        hours = round(self.found.board.book.chance.lognormal(1.5, 0.5), 1)
        life = Life(self.tipo, OWNER, self.found.done, 0.0, humano=True, pai=item)
        life.espera = refused - self.found.done if gone and refused is not None else inf
        life.fim = "Cancelado"
        life.contexto = {"o_que": item["spec_ref"], "spec_ref": item["spec_ref"], "spec_versao": 1}
        life.contexto["estimativa"] = {"horas": hours}
        life.mais = {
            "retido": not gone,
            "filho_de": self.found.task["chave"],
            "origem": {
                "tipo": "ms_producao",
                "sprint_id": self.found.task["sprint_id"],
                "task_codigo": self.found.task["codigo"],
                "ms_origem": item["ator"],
                "auto_pull": not self.decided,
                "criado_em": text_of(self.found.done),
            },
        }
        if not gone:
            life.mais |= {"pendente_em": "", "devido_em": ""}
        if refused is not None and not gone:
            life.mais["deixado"] = {"por": "humano", "em": text_of(refused)}
        return live(self.found.board.book, life, saga)[0]

    def _ask(self, child: Doc, codigo: str, moment: float, option: str) -> None:
        book, asked = self.found.board.book, self.found.concluded
        saga = {name: child[name] for name in ("saga_id", "request_id", "spec_ref", "spec_versao")}
        life = Life("decidir_pull", OWNER, asked, 0.0, espera=moment - asked, produtor="MS_Backlog")
        life.humano, life.contexto = True, of_pull(child, self.found.task, codigo)
        item, done = live(book, life, saga)
        if done is not None:
            answered(book, item, option, asked, done)

    def _carried(self, child: Doc, codigo: str, moment: float) -> None:
        """A subtask carries it from then on: somebody starts it, and answers it."""
        board, chance = self.found.board, self.found.board.book.chance
        began = chance.answered(moment + 60, 8.0)
        ended = chance.answered(began + 60, 14.0)
        started, done = board.until_end(began), board.until_end(ended)
        board.task(moment, item=child, codigo=codigo, started=began, ended=ended)
        if board.over and done is None:
            _given_back(child, board.end)
            return
        if started is None:
            return
        child |= {"retido": False, "pendente_em": text_of(started), "devido_em": text_of(started)}
        board.book.tell(started, "item.liberado", child, tarefa=child["tarefa"])
        if done is None:
            return
        times = {name: text_of(done) for name in ("iniciado_em", "concluido_em", "atualizado_em")}
        child |= {"status": "Concluido", **times}
        board.book.tell(done, "item.transicao", child, de="Pendente", para="Concluido")
        answered(board.book, child, _ANSWERS[self.tipo], started, done)


def _given_back(child: Doc, moment: float) -> None:
    """Its sprint was closed before it was done: it is left in the backlog, held."""
    child |= {"retido": True, "tarefa": None, "deixado": {"por": "humano", "em": text_of(moment)}}
