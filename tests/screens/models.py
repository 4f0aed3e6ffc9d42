"""Demo-like models for the screens' tests: every state, long and hostile text, and many rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from store.clock import add_seconds
from store.views.model import (
    EventRow,
    Figures,
    HealthRow,
    ItemDetail,
    ItemRow,
    LineState,
    Option,
    ReadModel,
    RunningRow,
    SpecRow,
)
from store.views.rows import searchable

NOW = "2026-01-05T14:02:30.000000Z"
HOSTILE = (
    "[/x] Frete [red]urgente[/] \x1b[41;1mZZ\x1b]0;PWNED\x07 \u202eabc "
    "[link=http://x]por peso e região do país inteiro"
)


def before(seconds: float) -> str:
    """A time so many seconds before NOW."""
    return add_seconds(NOW, -seconds)


def item(number: int, tipo: str, titulo: str, status: str = "Pendente", **fields: Any) -> ItemRow:
    """A row as the fold makes it; `idade` in seconds is how long ago it was created."""
    created = before(fields.pop("idade", 3600))
    row = ItemRow(
        id=f"BKL-{number:04d}",
        tipo=tipo,
        titulo=titulo,
        status=status,
        prioridade=fields.pop("prioridade", 0),
        ator=fields.pop("ator", "PROMETHEUS"),
        produtor=fields.pop("produtor", "Epistemologia"),
        saga_id=fields.pop("saga_id", f"saga-{number % 7}"),
        spec_ref=fields.pop("spec_ref", ""),
        criado_em=created,
        atualizado_em=fields.pop("atualizado_em", created),
        disponivel_em=fields.pop("disponivel_em", ""),
        iniciado_em=fields.pop("iniciado_em", ""),
        humano=fields.pop("humano", False),
        espera_desde=created,
        **fields,
    )
    return replace(row, busca=searchable(row))


def model_of(rows: list[ItemRow], **fields: Any) -> ReadModel:
    """A loaded model of some rows, with its lists and counts as the fold keeps them."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.status] = counts.get(row.status, 0) + 1
    waiting = [row for row in rows if row.humano and row.status == "Pendente"]
    return ReadModel(
        **{
            "seq": 10,
            "workspace": "shop",
            "itens": rows,
            "posicao": {row.id: index for index, row in enumerate(rows)},
            "por_status": counts,
            "decisoes": sorted(waiting, key=lambda row: row.espera_desde),
            "bloqueados": [row for row in rows if row.status == "Bloqueado"],
            "falhas": [row for row in rows if row.status == "Falhou"],
            "linha": LineState(modo="running", titular="tui:4711", isolamento="full", carregado=True),
            **fields,
        }
    )


def empty_model() -> ReadModel:
    """A fresh workspace."""
    return model_of([], seq=1, saude=health_rows())


def health_rows(**worse: tuple[str, str, str]) -> tuple[HealthRow, ...]:
    """Every check, ok but for `worse`: by name its state, reason and remedy."""
    names = ("store", "scheduler", "disk", "sandbox", "breakers", "decisions", "leases", "gaps", "log")
    return tuple(HealthRow(name, *worse.get(name, ("ok", "", ""))) for name in names)


def demo_items() -> list[ItemRow]:
    """A morning in the demo workspace: each state once at least."""
    return [
        item(1, "orcar_spec", "Frete por peso e região", "Concluido", spec_ref="frete", idade=5400),
        item(2, "orcar_spec", "Pedido", "Concluido", spec_ref="pedido", idade=5300),
        item(
            3,
            "aprovar_orcamento",
            "Frete por peso e região: R$ 42,10",
            spec_ref="frete",
            humano=True,
            ator="MS_Produto",
            produtor="PROMETHEUS",
            idade=240,
            prioridade=5,
        ),
        item(
            4,
            "desenvolvimento",
            "Pedido",
            "EmProcessamento",
            spec_ref="pedido",
            idade=600,
            iniciado_em=before(41),
            tentativa=1,
            prioridade=3,
        ),
        item(
            5,
            "aprovar_release",
            "Cotação 31/31 · 96 %",
            spec_ref="cotacao",
            humano=True,
            ator="MS_Produto",
            produtor="PROMETHEUS",
            idade=40,
            prioridade=4,
        ),
        item(
            6,
            "entrevistar_dor",
            "Falta chave-assinatura",
            spec_ref="assinatura",
            humano=True,
            ator="GENESIS",
            produtor="PROMETHEUS",
            idade=7200,
        ),
        item(
            7,
            "aprovar_orcamento",
            "Assinatura de contratos: R$ 118,00",
            "Bloqueado",
            spec_ref="assinatura",
            humano=True,
            ator="MS_Produto",
            produtor="PROMETHEUS",
            idade=7200,
            espera_por=("BKL-0006",),
        ),
        item(8, "desenvolvimento", "Estoque mínimo", "Falhou", spec_ref="estoque", idade=9000, tentativa=4),
        item(9, "implantar", "Cliente", "Concluido", spec_ref="cliente", idade=10000),
        item(
            10,
            "validar_implantacao",
            "Cliente v1 em produção",
            "Concluido",
            spec_ref="cliente",
            humano=True,
            ator="MS_Produto",
            produtor="PROMETHEUS",
            idade=9800,
        ),
        item(
            11,
            "desenvolvimento",
            "Cotação",
            "EmProcessamento",
            spec_ref="cotacao",
            idade=300,
            iniciado_em=before(12),
        ),
        item(
            12,
            "corrigir_bug",
            "Peso zero é recusado",
            "Pulado",
            spec_ref="frete",
            idade=86400 * 3,
            produtor="manual",
        ),
        item(13, "desenvolvimento", "Desconto antigo", "Cancelado", spec_ref="desconto", idade=86400),
        item(14, "orcar_spec", "Devolução", spec_ref="devolucao", idade=15, prioridade=1),
    ]


def demo_model(**fields: Any) -> ReadModel:
    """What the Overview of the demo shows while the line runs."""
    running = [
        RunningRow(
            "BKL-0004", "desenvolvimento", "Pedido", "PROMETHEUS", "WORKER_E", "tests", before(41), 70, 14, 22
        ),
        RunningRow(
            "BKL-0011", "desenvolvimento", "Cotação", "PROMETHEUS", "WORKER_D", "generating", before(12), None
        ),
    ]
    specs = [
        SpecRow("frete", "Frete por peso e região", 2, "aprovar_orcamento", "BKL-0003"),
        SpecRow("pedido", "Pedido", 1, "desenvolvimento", "BKL-0004"),
        SpecRow("cotacao", "Cotação", 1, "aprovar_release", "BKL-0005"),
        SpecRow("assinatura", "Assinatura de contratos", 1, "aprovar_orcamento", "BKL-0007"),
        SpecRow("estoque", "Estoque mínimo", 3, "desenvolvimento", "BKL-0008"),
        SpecRow("cliente", "Cliente", 1, "implantada", "BKL-0010", "v1"),
    ]
    events = [
        EventRow(9 - index, before(8 + index * 24), tipo, item_id, texto)
        for index, (tipo, item_id, texto) in enumerate(
            [
                ("qa.passed", "BKL-0005", "31/31 · 96 %"),
                ("task.assigned", "BKL-0011", "WORKER_D"),
                ("decisao.solicitada", "BKL-0003", "aprovar_orcamento · frete v2"),
                ("item.transicao", "BKL-0007", "Pendente → Bloqueado"),
                ("item.criado", "BKL-0014", "orcar_spec · devolucao"),
            ]
        )
    ]
    figures = Figures(
        n=14,
        razao_estimativa=1.08,
        lead_time_h=3.2,
        custo_por_spec=12.4,
        espera_por_voce=0.38,
        serie_razao=(0.9, 1.0, 1.2, 1.1, 1.0, 1.3, 1.08),
        serie_lead_time=(6.0, 5.0, 4.5, 4.0, 3.0, 3.2),
        serie_custo=(14.0, 14.0, 12.0, 12.4),
        serie_espera=(0.6, 0.5, 0.55, 0.38),
    )
    defaults: dict[str, Any] = {"rodando": running, "specs": specs, "eventos": events, "figuras": figures}
    defaults["saude"] = health_rows()
    return model_of(demo_items(), **{**defaults, **fields})


def hostile_model() -> ReadModel:
    """Markup, escape sequences, bidi controls and great length in every text."""
    rows = [
        item(1, "aprovar_orcamento", HOSTILE, humano=True, spec_ref=HOSTILE, ator="[b]A[/b]", idade=100),
        item(2, "desenvolvimento", HOSTILE, "EmProcessamento", iniciado_em=before(9)),
        item(3, "aprovar_orcamento", HOSTILE, "Bloqueado", espera_por=("spec:[/x]\x1b[2J",)),
    ]
    running = [
        RunningRow("BKL-0002", "desenvolvimento", HOSTILE, "[/x]", HOSTILE, "[red]fase", before(9), 20, 1, 3)
    ]
    specs = [SpecRow("x", HOSTILE, 1, "aprovar_orcamento", "BKL-0001")]
    events = [EventRow(1, before(5), "[/foo] item", "BKL-0001", HOSTILE)]
    line = LineState(modo="attached", titular="[/x]\x1b[31m", aviso=HOSTILE, carregado=True)
    return model_of(
        rows,
        workspace="[/x] \x1b]0;shop\x07",
        rodando=running,
        specs=specs,
        eventos=events,
        linha=line,
        saude=health_rows(breakers=("warn", HOSTILE, HOSTILE)),
    )


def many_items(count: int) -> list[ItemRow]:
    """Rows as a large store has them, made quickly."""
    kinds = ("orcar_spec", "aprovar_orcamento", "desenvolvimento", "aprovar_release", "implantar")
    states = ("Pendente", "EmProcessamento", "Bloqueado", "Concluido", "Falhou", "Cancelado")
    return [
        item(
            number,
            kinds[number % 5],
            f"Spec {number % 977} Frete por peso e região",
            states[number % 6],
            humano=number % 5 == 1,
            prioridade=number % 9,
            idade=number % 90000,
            spec_ref=f"spec-{number % 977}",
        )
        for number in range(1, count + 1)
    ]


def detail_of(model: ReadModel, item_id: str) -> ItemDetail:
    """A small detail of a row, enough to open it."""
    row = model.item(item_id)
    assert row is not None
    document = {name: getattr(row, name) for name in ItemRow.__dataclass_fields__}
    options = (Option("aprovar", "y", "approve", "development starts now"),) if row.humano else ()
    return ItemDetail(item=document, contrato={"descricao": row.tipo}, opcoes=options)
