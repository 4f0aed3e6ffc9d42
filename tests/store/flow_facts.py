"""Facts for the tests of flow, forecasts, delivery and calibration: short to write, times in hours."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from store.metrics.facts import (
    Bug,
    Decision,
    Deployment,
    Episode,
    Execution,
    Facts,
    Item,
    Pair,
    Parts,
    Phases,
    Sprint,
    Task,
    Try,
)
from store.metrics.model import Figure, Page, Query
from store.metrics.periods import Bucketing, Cut, Window

HOUR, DAY = 3_600.0, 86_400.0
ZONE = "America/Sao_Paulo"
START = datetime(2026, 1, 5, 3, tzinfo=UTC).timestamp()
"""Monday 2026-01-05, midnight in São Paulo."""


def at(days: float, hours: float = 0.0) -> float:
    """A moment so long after the start."""
    return START + days * DAY + hours * HOUR


def query(
    days: float, *, since: float = 0.0, cut: Cut = "semana", por: str = "", now: float | None = None
) -> Query:
    """From `since` days after the start to `days` after it; now is the end, unless told."""
    return Query(Window(at(since), at(days)), at(days) if now is None else now, Bucketing(cut, ZONE), por)


def item(number: int, created: float | None, **fields: Any) -> Item:
    """An item that was created at a moment; `started` and `done` are moments as well."""
    started, done = fields.pop("started", None), fields.pop("done", None)
    status = fields.pop("status", "Concluido" if done is not None else "Pendente")
    well = status in ("Concluido", "Pulado")
    made: dict[str, Any] = {
        "id": f"BKL-{number:04d}",
        "tipo": "desenvolvimento",
        "ator": "PROMETHEUS",
        "humano": False,
        "status": status,
        "produtor": "MS_Produto",
        "spec_ref": "frete",
        "saga_id": "saga-1",
        "request_id": "request-1",
        "pai": "",
        "tarefa": "",
        "filho_de": "",
        "retido": False,
        "criado": created,
        "pendente": created,
        "devido": created,
        "iniciado": started,
        "concluido": done if well else None,
        "encerrado": done,
        "tentativas": () if started is None else (Try(started, done, "concluido" if done else ""),),
        "bloqueios": (),
        "recurso": "",
        "tipo_recurso": "",
        "auto_pull": None,
    }
    return Item(**{**made, **fields})


def blocked(since: float, until: float | None) -> Episode:
    return Episode(since, until)


NO_PHASES = Phases()


def execution(number: int, ended: float | None, **fields: Any) -> Execution:
    """An execution that ended well; its phases took an hour each before the end."""
    last = ended if ended is not None else START
    made: dict[str, Any] = {
        "id": f"EXE-{number:04d}",
        "spec_ref": "frete",
        "spec_versao": 1,
        "release_ref": "",
        "item_ref": f"BKL-{number:04d}",
        "saga_id": "saga-1",
        "status": "concluido" if ended is not None else "em_andamento",
        "criada": last - 3 * HOUR,
        "encerrada": ended,
        "spec_criada": last - 10 * HOUR,
        "aprovada": None,
        "fases": (
            (last - 3 * HOUR, last - 2 * HOUR),
            (last - 2 * HOUR, last - HOUR),
            (last - HOUR, last),
        ),
        "horas": NO_PHASES,
        "maquina_s": NO_PHASES,
        "relogio_s": (None, None, None, None),
        "tokens": Pair(),
        "cpu_horas": Pair(),
        "ram_gb_horas": Pair(),
        "storage_mb": Pair(),
        "apis": {},
        "custo": Parts(),
        "custo_estimado": Parts(),
        "custo_p80": None,
        "cobertura": Pair(),
        "linhas": None,
        "primeira": None,
        "testes": (None, None),
        "tentativas": 0,
        "workers": (),
        "bug": None,
    }
    return Execution(**{**made, **fields})


def cost(total: str) -> Parts:
    return Parts(total=Decimal(total))


def bug(opened: float | None = None, fixed: float | None = None, cause: str = "") -> Bug:
    return Bug("alto", opened, fixed, fixed, cause)


def deployment(number: int, finished: float | None, **fields: Any) -> Deployment:
    """A successful deployment to production."""
    made: dict[str, Any] = {
        "id": f"IMP-{number:04d}",
        "release_ref": f"REL-{number:04d}",
        "spec_ref": "frete",
        "execucao_ref": f"EXE-{number:04d}",
        "alvo": "local",
        "ambiente": "producao",
        "status": "validada",
        "inicio": None if finished is None else finished - 60,
        "fim": finished,
    }
    return Deployment(**{**made, **fields})


def decision(number: int, moment: float, waited_h: float | None, **fields: Any) -> Decision:
    """A person's approval of a budget."""
    made: dict[str, Any] = {
        "id": f"DEC-{number:04d}",
        "item_ref": f"BKL-{number:04d}",
        "tipo": "aprovar_orcamento",
        "saga_id": "saga-1",
        "spec_ref": "frete",
        "opcao": "aprovar",
        "politica": "",
        "desfeita": False,
        "em": moment,
        "espera_s": None if waited_h is None else waited_h * HOUR,
        "trabalho_s": None,
    }
    return Decision(**{**made, **fields})


def sprint(name: str = "S022", opened: float = START, **fields: Any) -> Sprint:
    made: dict[str, Any] = {
        "id": "SPR-0001",
        "sprint_id": name,
        "titulo": "Receitas",
        "estado": "aberta",
        "inicio": "",
        "fim": "",
        "aberta": opened,
        "encerrada": None,
        "orcamento": None,
    }
    return Sprint(**{**made, **fields})


def task(number: int, created: float, ended: float | None = None, fim: str = "", **fields: Any) -> Task:
    made: dict[str, Any] = {
        "id": f"TSK-{number:04d}",
        "chave": f"S022/T{number:02d}",
        "sprint_id": "S022",
        "item_ref": "",
        "responsavel": "",
        "puxada": False,
        "criada": created,
        "iniciada": None,
        "encerrada": ended,
        "fim": fim or ("concluida" if ended is not None else ""),
    }
    return Task(**{**made, **fields})


def figure(page: Page, key: str, group: str = "") -> Figure:
    """The figure of a page with this key."""
    return next(each for each in page.figuras if (each.chave, each.grupo) == (key, group))


def part(found: Figure, name: str) -> Any:
    """The value of a figure's part."""
    return next(each.valor for each in found.partes if each.nome == name)


def facts(**collections: Any) -> Facts:
    return Facts(**{name: tuple(some) for name, some in collections.items()})
