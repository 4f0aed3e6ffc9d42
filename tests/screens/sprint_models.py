"""Sprints for the screen's tests: every state of a task, children, a closed one, hostile text, thousands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from models import HOSTILE, before, demo_items, item, model_of

from store.errors import WrongState
from store.sprint.closing import Fate, Left
from store.sprint.concluding import Concluded, Pending, Pulled
from store.views.model import ReadModel
from store.views.search import folded
from store.views.sprint import WORDS, ChildRow, SprintRow, SprintView, TaskRow, WaitRow
from store.views.task import TaskDetail

S = "S022"
BACKLOG = WaitRow("BKL-0042", "Documentar o guia", "Pendente", "", False, True)


def task(codigo: str, titulo: str, estado: str = "a_fazer", **fields: Any) -> TaskRow:
    """A row as the view makes it; hours and R$ as `horas` and `custo`, each (actual, estimate)."""
    horas, custo = fields.pop("horas", (None, 4.0)), fields.pop("custo", (None, Decimal("480.00")))
    started = estado not in ("a_fazer", "espera", "pausada", "bloqueada") or fields.pop("begun", False)
    row = TaskRow(
        codigo=codigo,
        nivel=codigo.count(".") + 1,
        titulo=titulo,
        estado=estado,
        responsavel=fields.pop("responsavel", "PROMETHEUS"),
        item_ref=fields.pop("item_ref", ""),
        item_status=fields.pop("item_status", ""),
        humano=fields.pop("humano", True),
        puxada=fields.pop("puxada", False),
        depende_de=fields.pop("depende_de", ()),
        espera=fields.pop("espera", ()),
        estimado_horas=horas[1],
        estimado_custo=custo[1],
        realizado_horas=horas[0],
        realizado_custo=custo[0],
        iniciada_em=before(7200) if started else "",
        encerrada_em=before(3600) if estado in ("concluida", "cancelada", "devolvida", "levada") else "",
        motivo=fields.pop("motivo", ""),
        levada_para=fields.pop("levada_para", ""),
        busca="",
        **fields,
    )
    text = f"{codigo} {titulo} {estado} {WORDS[estado]} {row.responsavel}"
    return replace(row, busca=folded(text))


def waits_for(codigo: str, estado: str = "em_andamento") -> WaitRow:
    """A wait for another task."""
    return WaitRow(codigo, "M0-M3 Epistemologia", estado, "", False, False)


def every_state() -> tuple[TaskRow, ...]:
    """A sprint halfway through."""
    gone = WaitRow("BKL-0008", "Estoque mínimo", "Cancelado", "", True, False)
    return (
        task("T01", "M0-M3 Epistemologia", "concluida", responsavel="Epistemologia", horas=(5.5, 6.0)),
        task("T01.1", "Validate a spec", "pronta", puxada=True, item_ref="BKL-0009", item_status="Concluido"),
        task("T01.2", "Document os princípios", "espera_voce", item_ref="BKL-0003", item_status="Pendente"),
        task("T01.2.1", "Revisar o texto", responsavel="Ana"),
        task("T02", "MS_Backlog: listar_filhos()", "em_andamento", responsavel="Bia", depende_de=("T01",)),
        task("T03", "MS_Sprint: concluir", "espera", depende_de=("T02",), espera=(waits_for("T02"),)),
        task("T04", "GENESIS: simplificar", "bloqueada", depende_de=("BKL-0042",), espera=(BACKLOG,)),
        task("T05", "Guia do usuário", "bloqueada", begun=True, motivo="Ana está de férias"),
        task("T06", "Testes", "pausada", depende_de=("BKL-0008",), espera=(gone,)),
        task("T07", "Pedido", "na_fila", item_ref="BKL-0014", item_status="Pendente", humano=False),
        task("T08", "Estoque", "falhou", item_ref="BKL-0008", item_status="Falhou", humano=False),
        task("T09", "Desconto antigo", "cancelada", motivo="ninguém quer mais"),
        task("T10", "Cliente", "devolvida", motivo="depois"),
        task("T11", "Cotação", "levada", levada_para="S023/T01"),
        task("T12", "Por fazer"),
    )  # fmt: skip


def children() -> tuple[ChildRow, ...]:
    """One that is asked about, and two that are not yet."""
    return (
        ChildRow("BKL-0043", "aprovacao_externa", "Aprovação externa", "T01", False, "BKL-0044"),
        ChildRow("BKL-0045", "revisar_codigo", "Revisar listar_filhos()", "T02", True, ""),
        ChildRow("BKL-0046", "corrigir_bug", "Filho sem origem", "T02", False, ""),
    )


def left() -> tuple[ChildRow, ...]:
    """What was left in the backlog: by this sprint's work, and by another's."""
    return (
        ChildRow("BKL-0047", "corrigir_bug", "Sigla sem UF", "S022/T01", False, "", "ana", before(7200)),
        ChildRow(
            "BKL-0048", "documentar", "Notas antigas", "S021/T03", True, "", "politica:docs", before(99)
        ),
    )


def view(tarefas: Sequence[TaskRow] | None = None, **fields: Any) -> SprintView:
    """An open sprint."""
    rows = tuple(every_state() if tarefas is None else tarefas)
    row_fields = {
        name: fields.pop(name)
        for name in ("sprint_id", "titulo", "estado", "inicio", "fim", "wip", "agrupador")
        if name in fields
    }
    ended = ("cancelada", "devolvida", "levada")
    counted = [row for row in rows if row.estado not in ended]
    sprint = SprintRow(
        **{
            "sprint_id": S,
            "titulo": "MS_Sprint como Orquestrador de Receitas",
            "agrupador": "Ciclo Epistemológico",
            "estado": "aberta",
            "inicio": "2026-01-02",
            "fim": "2026-01-16",
            "feitas": sum(row.estado == "concluida" for row in rows),
            "total": len(counted),
            "em_curso": sum(bool(row.iniciada_em) and not row.encerrada_em for row in rows),
            "wip": 6,
            **row_fields,
        }
    )
    made: dict[str, Any] = {
        "objetivo": "Nenhum filho de uma task fica órfão no backlog.",
        "filhos": children() if tarefas is None else (),
        "deixados": (),
        "proxima": "T12",
        "orcamento": Decimal("3000.00"),
        "estimado_custo": Decimal("3360.00"),
        "realizado_custo": Decimal("720.00"),
        "resta_horas": 34.0,
        "fim_previsto": "2026-01-19",
        "subida": (
            ("2026-01-02", 0, 8),
            ("2026-01-03", 1, 8),
            ("2026-01-04", 2, 11),
            ("2026-01-05", 3, 12),
        ),
    }
    return SprintView(sprint=sprint, tarefas=rows, **{**made, **fields})


def sprint_model(*views: SprintView, **fields: Any) -> ReadModel:
    """A model with these sprints open (one halfway through by default), the newest first."""
    rows = [*demo_items(), item(42, "documentar", "Documentar o guia", humano=True)]
    return model_of(rows, **{"sprints": views or (view(),), **fields})


def hostile_model() -> ReadModel:
    """Markup, escape sequences and great length in every text."""
    wait = WaitRow("BKL-0042", HOSTILE, "Pendente", "", False, True)
    rows = [
        task("T01", HOSTILE, "em_andamento", responsavel=HOSTILE),
        task("T01.1", HOSTILE, "bloqueada", espera=(wait,), depende_de=("BKL-0042",)),
        task("T01.1.1.1.1.1.1.1.1.1.1", HOSTILE, "bloqueada", begun=True, motivo=HOSTILE),
    ]
    kids = (ChildRow("BKL-0043", HOSTILE, HOSTILE, "T01", False, ""),)
    return sprint_model(view(rows, titulo=HOSTILE, objetivo=HOSTILE, filhos=kids))


def many(count: int) -> SprintView:
    """A sprint of very many tasks, five under each root."""
    rows = []
    for index in range(count // 5):
        root = f"T{index + 1:02d}" if index < 9999 else f"T{index:04d}"
        rows.append(task(root, f"Tarefa {index}", "em_andamento" if index % 3 else "concluida"))
        rows += [task(f"{root}.{below}", f"Sub {index}.{below}") for below in range(1, 5)]
    return view(rows)


def document(**fields: Any) -> dict[str, Any]:
    """A task's document, as far as the screen reads it."""
    return {
        "historico": [
            {"em": before(7300), "quem": "po", "oque": "criada", "dados": {}},
            {"em": before(7200), "quem": "po", "oque": "iniciada", "dados": {}},
            {
                "em": before(3600),
                "quem": "po",
                "oque": "editada",
                "dados": {"mudou": {"titulo": {"de": "M0", "para": "M0-M3"}}},
            },
        ],
        "anexos": [],
        "resultado": None,
        "estimativa": {"horas": 6, "custo": "720.00"},
        "espera_auto": None,
        **fields,
    }


class FakeSprints:
    """Keeps what it is asked; refuses with `refuses`; answers as the tests arrange."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.refuses = ""
        self.documents: dict[str, TaskDetail] = {}
        self.pulled: tuple[Pulled, ...] = ()
        self.pending: tuple[Pending, ...] = ()
        self.remains: list[Left] = []
        self.rows: list[SprintRow] = []
        self.past: dict[str, SprintView] = {}
        self.files = ["sprints/S022.yaml", "sprints/S023.yaml"]

    def _call(self, *call: Any) -> None:
        self.calls.append(call)
        if self.refuses:
            raise WrongState(self.refuses)

    async def listing(self) -> list[SprintRow]:
        return self.rows

    async def view(self, sprint_id: str) -> SprintView:
        self._call("view", sprint_id)
        if sprint_id not in self.past:
            raise WrongState(f"there is no sprint {sprint_id}")
        return self.past[sprint_id]

    async def document(self, sprint_id: str) -> dict[str, Any]:
        return {"auto_iniciar": False, "horas_dia": 8, "limite_filhos": 20, "sprint_id": sprint_id}

    async def task(self, sprint_id: str, codigo: str) -> TaskDetail:
        return self.documents.get(codigo) or TaskDetail(document())

    async def start(self, sprint_id: str, codigo: str) -> None:
        self._call("start", sprint_id, codigo)

    async def conclude(self, sprint_id: str, codigo: str, told: Mapping[str, str]) -> Concluded:
        self._call("conclude", sprint_id, codigo, dict(told))
        return Concluded(codigo, self.pulled, self.pending, "T12")

    async def add(self, sprint_id: str, told: Mapping[str, str]) -> str:
        self._call("add", sprint_id, dict(told))
        return "T13"

    async def edit(self, sprint_id: str, codigo: str, told: Mapping[str, str]) -> None:
        self._call("edit", sprint_id, codigo, dict(told))

    async def move(self, sprint_id: str, codigo: str, told: Mapping[str, str]) -> str:
        self._call("move", sprint_id, codigo, dict(told))
        return f"{told.get('para') or sprint_id}/T13"

    async def place(self, sprint_id: str, codigo: str, antes_de: str) -> None:
        self._call("place", sprint_id, codigo, antes_de)

    async def block(self, sprint_id: str, codigo: str, motivo: str) -> None:
        self._call("block", sprint_id, codigo, motivo)

    async def cancel(self, sprint_id: str, codigo: str, motivo: str) -> None:
        self._call("cancel", sprint_id, codigo, motivo)

    async def pull(self, sprint_id: str, item_id: str, pai: str) -> str:
        self._call("pull", sprint_id, item_id, pai)
        return f"{pai}.3" if pai else "T13"

    async def left(self, sprint_id: str) -> list[Left]:
        return self.remains

    async def close(self, sprint_id: str, fates: Mapping[str, Fate], para: str) -> None:
        self._call("close", sprint_id, dict(fates), para)

    async def recipes(self) -> list[str]:
        return self.files

    async def open_recipe(self, path: str) -> str:
        self._call("open_recipe", path)
        return "S023"

    async def create(self, told: Mapping[str, str]) -> str:
        self._call("create", dict(told))
        return told["sprint_id"]

    async def edit_sprint(self, sprint_id: str, told: Mapping[str, str]) -> None:
        self._call("edit_sprint", sprint_id, dict(told))
