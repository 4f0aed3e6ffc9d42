"""Whole documents as the line hands them to the screens: one `ItemDetail` for each kind of decision."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from store.views.model import ItemDetail, ItemRow, LineState, Option, ReadModel

NOW = "2026-01-05T12:00:00.000000Z"
EARLIER = "2026-01-05T11:56:00.000000Z"

APPROVE = Option("aprovar", "y", "approve", "development starts now")
ADJUST = Option(
    "ajustar", "p", "push back", "Epistemologia gets the spec back with your reason", exige_motivo=True
)
BUDGET_OPTIONS = (APPROVE, ADJUST)
RELEASE_OPTIONS = (
    Option("aprovar", "y", "approve", "it is deployed to loja (production)"),
    Option("rejeitar", "n", "reject", "corrigir_bug carries your reason to the worker", exige_motivo=True),
    Option("ajustar", "p", "push back", "the spec goes back to be changed", exige_motivo=True),
)
DEPLOY_OPTIONS = (
    Option("validar", "y", "valid", "the spec counts as delivered; those that wait for it come free"),
    Option(
        "reverter",
        "n",
        "not valid",
        "rolls back to REL-0003 and opens a bug",
        exige_motivo=True,
        perigosa=True,
    ),
)
FAILURE_OPTIONS = (
    Option(
        "tentar_novamente", "r", "try again", "desenvolvimento goes back to the queue with three new attempts"
    ),
    Option("pular", "k", "skip", "frees what waits for it; its result stays empty", exige_motivo=True),
    Option(
        "cancelar", "c", "cancel", "gives up the spec's version; nothing of it is deployed", perigosa=True
    ),
)
EXTENSION_OPTIONS = (
    Option("estender", "y", "extend", "BKL-0044 goes on, with R$ 42,10 and 1.500 tokens more"),
    Option("estender_metade", "h", "extend by half", "BKL-0044 goes on, with R$ 21,05 and 750 tokens more"),
    Option(
        "ajustar",
        "p",
        "push back",
        "BKL-0044 is given up; the spec goes back with your reason",
        exige_motivo=True,
    ),
    Option("encerrar", "n", "end it", "BKL-0044 is given up", exige_motivo=True, perigosa=True),
)
DEPENDENCY_OPTIONS = (
    Option(
        "dispensar", "d", "do without", "the budget comes free without chave-assinatura", exige_motivo=True
    ),
    Option("esperar", "w", "wait", "asks again when something changes"),
    Option("cancelar", "c", "cancel", "gives the budget up", perigosa=True),
)


def item(**over: Any) -> dict[str, Any]:
    """A backlog item's document."""
    document: dict[str, Any] = {
        "id": "BKL-0042",
        "tipo": "aprovar_orcamento",
        "titulo": "Orçamento de frete",
        "status": "Pendente",
        "prioridade": 5,
        "ator": "MS_Produto",
        "humano": True,
        "produtor": "PROMETHEUS",
        "contexto": {"spec_ref": "frete", "spec_recursos_ref": "REC-0004"},
        "resultado": None,
        "spec_ref": "frete",
        "spec_versao": 2,
        "saga_id": "t000001",
        "request_id": "t000002",
        "pai": "BKL-0041",
        "criado_em": EARLIER,
        "pendente_em": EARLIER,
        "atualizado_em": EARLIER,
        "disponivel_em": EARLIER,
        "iniciado_em": "",
        "concluido_em": "",
        "tentativas": [],
        "motivo": "",
    }
    return document | over


SPEC: dict[str, Any] = {
    "id": "SPC-0002",
    "spec_ref": "frete",
    "titulo": "Frete por peso e região",
    "versao": 2,
    "sha256": "ab" * 32,
    "arquivo": "specs/frete.yaml",
    "arquivos": {"frete.yaml": "5e" * 32, "frete.dmn": "6f" * 32},
    "vertentes": [{"tipo": "D", "nome": "tabela"}, {"tipo": "E", "nome": "pedido"}],
}

DIFF = (
    "--- frete.yaml (version 1)\n",
    "+++ frete.yaml (version 2)\n",
    "@@ -14,4 +14,6 @@\n",
    "     - se: [sul, <= 5]\n",
    "       entao: [12.50]\n",
    "-    - se: [norte, <= 5]\n",
    "+    - se: [norte, '<= 5']\n",
    "+    - se: [fragil, '> 0']\n",
    "+      entao: [99.90]\n",
)

RECURSOS: dict[str, Any] = {
    "id": "REC-0004",
    "spec_ref": "frete",
    "spec_versao": 2,
    "runtime": {
        "cpu": 1,
        "ram": 0.5,
        "gpu": False,
        "apis_externas": {},
        "tokens_llm_estimado": 0,
        "containers": 1,
        "cpu_horas": 0.0021,
        "ram_gb_horas": 0.0008,
        "storage_mb": 1.5,
    },
    "teste": {
        "classes_equivalencia": 11,
        "combinacoes_estimadas": 24,
        "estrategia_cobertura": "pairwise",
        "cobertura_planejada_pct": 90,
        "tempo_execucao_estimado_s": 12,
    },
    "carga": {"tps_esperado": 10, "usuarios_simultaneos": 50, "pico_estimado": "não definido"},
    "esforco": {
        "pessoas_horas": {
            "dev": {"p50": 1.5, "p80": 2.1},
            "teste": {"p50": 0.75, "p80": 1.0},
            "deploy": {"p50": 0.25, "p80": 0.4},
            "total": {"p50": 2.5, "p80": 3.5},
        },
        "maquina_s": {
            "dev": {"p50": 35, "p80": 50},
            "teste": {"p50": 18, "p80": 30},
            "deploy": {"p50": 7, "p80": 10},
            "total": {"p50": 60, "p80": 90},
        },
        "workers": [{"worker": "WORKER_D", "vertente": "D"}, {"worker": "WORKER_E", "vertente": "E"}],
    },
    "custo": {
        "total_p50": "31.00",
        "total_p80": "42.10",
        "breakdown": {
            "pessoas": {"p50": "28.00", "p80": "38.00"},
            "llm": {"p50": "0.00", "p80": "0.00"},
            "infra": {"p50": "3.00", "p80": "4.10"},
            "apis": {"p50": "0.00", "p80": "0.00"},
        },
        "moeda": "BRL",
    },
    "tamanho": {"pontos": 14, "por_vertente": {"D": 9, "E": 5}},
    "dependencias": {"specs_pre_requisito": ["cotacao"], "gaps_infra": [], "status": "liberado"},
    "explicacao": [
        ["size of D", "2 inputs + 1 output + 6 rules", "9 points"],
        ["development, people", "9 points × 0,12 h + 5 points × 0,09 h", "1,5 h"],
        ["people's cost", "3,5 h × R$ 10,86 an hour", "R$ 38,00"],
    ],
}

DEPENDENCIAS = (
    {
        "ref": "cap:python-3.11",
        "tipo": "capacidade",
        "titulo": "python ≥ 3.11",
        "estado": "resolvida",
        "detalhe": "",
    },
    {
        "ref": "cap:bubblewrap",
        "tipo": "capacidade",
        "titulo": "bubblewrap",
        "estado": "resolvida",
        "detalhe": "",
    },
    {
        "ref": "spec:cotacao",
        "tipo": "spec",
        "titulo": "cotacao",
        "estado": "resolvida",
        "detalhe": "deployed 2 h ago",
    },
)

DECISOES = (
    {
        "id": "DEC-0003",
        "item_ref": "BKL-0040",
        "tipo": "aprovar_orcamento",
        "opcao": "ajustar",
        "motivo": "falta a regra «frágil»",
        "nota": "",
        "quem": "humano",
        "em": "2026-01-05T10:00:00.000000Z",
    },
)

TESTES: dict[str, Any] = {
    "passed": 31,
    "failed": 0,
    "errors": 0,
    "skipped": 0,
    "total": 31,
    "casos": [
        {"id": "c1", "nome": "test_sul_ate_5kg", "resultado": "passou", "mensagem": ""},
        {"id": "c2", "nome": "test_norte_ate_5kg", "resultado": "passou", "mensagem": ""},
        {"id": "c3", "nome": "test_fragil", "resultado": "passou", "mensagem": ""},
    ],
    "cobertura_pct": 96.4,
    "duracao_s": 2.13,
    "cpu_s": 1.4,
    "pico_rss_mb": 48,
    "nivel": "full",
    "abortado": "",
    "pares_cobertos": 24,
    "pares_total": 24,
    "vermelho": {"total": 31, "falharam": 31, "confirmado": True, "abortado": ""},
}
RED: dict[str, Any] = {
    **TESTES,
    "passed": 29,
    "failed": 2,
    "cobertura_pct": 71.0,
    "casos": [
        {"id": "c1", "nome": "test_sul_ate_5kg", "resultado": "passou", "mensagem": ""},
        {
            "id": "c2",
            "nome": "test_norte_ate_5kg",
            "resultado": "falhou",
            "mensagem": "assert Decimal('40.00') == Decimal('42.10')",
        },
        {
            "id": "c3",
            "nome": "test_fragil",
            "resultado": "falhou",
            "mensagem": "no rule matches: região=oeste, peso=5",
        },
    ],
}

RELEASE: dict[str, Any] = {
    "id": "REL-0004",
    "spec_ref": "frete",
    "spec_versao": 2,
    "manifesto_sha256": "9f2c41aa" * 8,
    "substitui_release": "REL-0003",
    "arquivos": {
        "src/frete/tabela.py": {"sha256": "1a2b3c4d" * 8, "tamanho": 3276},
        "src/frete/pedido.py": {"sha256": "2b3c4d5e" * 8, "tamanho": 1843},
        "src/frete/table.dmn": {"sha256": "3c4d5e6f" * 8, "tamanho": 2210},
        "tests/test_tabela.py": {"sha256": "4d5e6f70" * 8, "tamanho": 6144},
    },
    "testes": TESTES,
    "criada_em": EARLIER,
}

ARTEFATOS = tuple({"nome": name, **entry} for name, entry in RELEASE["arquivos"].items())

IMPLANTACAO: dict[str, Any] = {
    "id": "IMP-0002",
    "release_ref": "REL-0004",
    "spec_ref": "frete",
    "alvo": "loja",
    "ambiente": "produção",
    "url": "deploy/loja/current",
    "resultado": {
        "ok": True,
        "voltou": False,
        "antes": "8ac1",
        "versao": "9f2c",
        "smoke": {"ok": True, "saida": "frete 2: 3 rules answer\nok", "motivo": ""},
    },
    "anterior": {"release_ref": "REL-0003"},
    "status": "implantada",
}

EXECUCAO: dict[str, Any] = {
    "id": "EXE-0002",
    "status": "em_andamento",
    "estimado": {
        "horas": {"dev": 1.5, "teste": 0.75, "deploy": 0.25, "total": 2.5},
        "maquina_s": {"dev": 35, "teste": 18, "deploy": 7, "total": 60},
        "recursos": {"tokens_llm": 0, "cpu_horas": 0.0021, "ram_gb_horas": 0.0008, "storage_mb": 1.5},
        "custo": {
            "total": "31.00",
            "breakdown": {"pessoas": "28.00", "llm": "0.00", "infra": "3.00", "apis": "0.00"},
        },
        "cobertura_planejada_pct": 90,
    },
    "realizado": {
        "horas": {"dev": 0, "teste": 0.2, "deploy": None, "total": 0.2},
        "maquina_s": {"dev": 41.5, "teste": 66.0, "deploy": None, "total": 107.5},
        "recursos": {"tokens_llm": 0, "cpu_horas": 0.0019, "ram_gb_horas": 0.0009, "storage_mb": 0.4},
        "custo": {
            "total": "4.65",
            "breakdown": {"pessoas": "2.17", "llm": "0.00", "infra": "2.48", "apis": "0.00"},
        },
        "cobertura_pct": 96.4,
        "passou_primeira": True,
    },
    "workers": [
        {"worker": "WORKER_D", "vertente": "D", "duracao_s": 21.5},
        {"worker": "WORKER_E", "vertente": "E", "duracao_minutos": 0.5},
    ],
    "timestamps": {"dev_inicio_at": "2026-01-05T11:40:00.000000Z"},
}

SAGA = (
    item(
        id="BKL-0038",
        tipo="orcar_spec",
        titulo="Orçar frete",
        status="Concluido",
        humano=False,
        pai=None,
        criado_em="2026-01-05T09:00:00.000000Z",
        iniciado_em="2026-01-05T09:00:01.000000Z",
        concluido_em="2026-01-05T09:00:03.000000Z",
    ),
    item(
        id="BKL-0039",
        titulo="Orçamento de frete, versão 1",
        status="Concluido",
        pai="BKL-0038",
        concluido_em="2026-01-05T10:00:00.000000Z",
        criado_em="2026-01-05T09:00:03.000000Z",
    ),
    item(
        id="BKL-0040",
        tipo="ajustar_spec",
        titulo="Ajustar frete",
        status="Concluido",
        pai="BKL-0039",
        criado_em="2026-01-05T10:00:00.000000Z",
        concluido_em="2026-01-05T11:50:00.000000Z",
    ),
    item(
        id="BKL-0041",
        tipo="orcar_spec",
        titulo="Orçar frete",
        status="Concluido",
        humano=False,
        pai="BKL-0040",
        criado_em="2026-01-05T11:50:00.000000Z",
        iniciado_em="2026-01-05T11:50:01.000000Z",
        concluido_em="2026-01-05T11:50:03.000000Z",
    ),
    item(),
    item(
        id="BKL-0043",
        tipo="entrevistar_dor",
        titulo="chave-assinatura",
        status="Bloqueado",
        humano=False,
        pai="BKL-0041",
    ),
)

EVENTOS = (
    {
        "seq": 1,
        "ts": "2026-01-05T11:50:03.000000Z",
        "tipo": "item.criado",
        "item_id": "BKL-0042",
        "ator": "PROMETHEUS",
    },
    {
        "seq": 2,
        "ts": "2026-01-05T11:56:00.000000Z",
        "tipo": "item.transicao",
        "item_id": "BKL-0042",
        "de": "Bloqueado",
        "para": "Pendente",
        "ator": "PROMETHEUS",
    },
    {"seq": 3, "ts": "2026-01-05T11:56:00.000000Z", "tipo": "decisao.solicitada", "item_id": "BKL-0042"},
)


def budget(**over: Any) -> ItemDetail:
    """A budget of version 2 whose version 1 was pushed back."""
    detail = ItemDetail(
        item=item(),
        contrato={"descricao": "Orçamento para aprovação do PO"},
        saga=SAGA,
        eventos=EVENTOS,
        spec=SPEC,
        spec_anterior={**SPEC, "versao": 1},
        diferenca=DIFF,
        recursos=RECURSOS,
        decisoes=DECISOES,
        dependencias=DEPENDENCIAS,
        opcoes=BUDGET_OPTIONS,
    )
    return replace(detail, **over)


def release(testes: dict[str, Any] = TESTES, **over: Any) -> ItemDetail:
    """A release with its test report."""
    about = item(tipo="aprovar_release", titulo="Release de frete", contexto={"release_ref": "REL-0004"})
    return replace(
        budget(item=about, release={**RELEASE, "testes": testes}, execucao=EXECUCAO, opcoes=RELEASE_OPTIONS),
        **over,
    )


def deployment(**over: Any) -> ItemDetail:
    """A deployment to be called valid."""
    about = item(tipo="validar_implantacao", titulo="Validar frete", contexto={"implantacao_ref": "IMP-0002"})
    return replace(
        budget(
            item=about, release=RELEASE, implantacao=IMPLANTACAO, execucao=EXECUCAO, opcoes=DEPLOY_OPTIONS
        ),
        **over,
    )


def adjustment(**over: Any) -> ItemDetail:
    """A spec that was pushed back."""
    about = item(
        tipo="ajustar_spec", titulo="Ajustar frete", contexto={"motivo": "O exemplo 3 contradiz a regra 2."}
    )
    return replace(budget(item=about, recursos=None, opcoes=()), **over)


def failure(**over: Any) -> ItemDetail:
    """A development that used up its attempts."""
    failed = item(
        id="BKL-0044",
        tipo="desenvolvimento",
        titulo="Desenvolver frete",
        status="Falhou",
        motivo="the worker ran out of time",
        tentativas=[
            {
                "numero": 1,
                "ator": "PROMETHEUS",
                "inicio": "2026-01-05T11:00:00.000000Z",
                "fim": "2026-01-05T11:05:00.000000Z",
                "fim_motivo": "perdido",
                "motivo": "its process is gone",
            },
            {
                "numero": 2,
                "ator": "PROMETHEUS",
                "inicio": "2026-01-05T11:10:00.000000Z",
                "fim": "2026-01-05T11:20:00.000000Z",
                "fim_motivo": "falhou",
                "motivo": "the worker ran out of time",
                "erro": 'Traceback (most recent call last):\n  File "step.py", line 3\nTimeoutError',
            },
        ],
    )
    about = item(
        tipo="resolver_falha", titulo="Falha", contexto={"item_ref": "BKL-0044"}, produtor="MS_Backlog"
    )
    return replace(budget(item=about, saga=(*SAGA, failed), recursos=None, opcoes=FAILURE_OPTIONS), **over)


MONTH = {
    "periodo": "2026-01",
    "limite": "500.00",
    "estendido": "0.00",
    "usado": "430.25",
    "reservado": "42.10",
    "resta": "27.65",
}


def extension(**over: Any) -> ItemDetail:
    """A development that was stopped at what was approved for it."""
    work = item(
        id="BKL-0044",
        tipo="desenvolvimento",
        titulo="Desenvolver frete",
        status="Bloqueado",
        tentativas=[
            {
                "numero": 1,
                "ator": "PROMETHEUS",
                "inicio": "2026-01-05T11:00:00.000000Z",
                "fim": "2026-01-05T11:05:00.000000Z",
                "fim_motivo": "bloqueou",
                "motivo": "stopped at the limit of its budget: custo",
                "uso": {"tokens": 1200, "custo": {"llm": "42.50", "infra": "0.01"}, "medido": True},
            }
        ],
    )
    contexto = {
        "item_ref": "BKL-0044",
        "titulo": "Desenvolver frete",
        "motivo": "the cost that was approved is used up",
        "limite": "item",
        "recurso": "custo",
        "performer": "comando",
        "tentativas": 1,
        "medido": True,
        "aprovado": {"tokens": 1500, "custo": "42.10", "horas": 3.5, "maquina_s": 90},
        "usado": {"tokens": 1200, "custo": "42.51", "horas": None, "maquina_s": 300},
        "por": [
            {"modelo": "gpt-4o", "tokens": 1000, "custo": "42.50"},
            {"modelo": "local [b]7b[/b]", "tokens": 200, "custo": None},
        ],
    }
    about = item(tipo="estender_orcamento", titulo="Orçamento", contexto=contexto, produtor="MS_Backlog")
    asked = budget(item=about, saga=(*SAGA, work), recursos=None, opcoes=EXTENSION_OPTIONS)
    return replace(asked, **over)


def over_the_month(**over: Any) -> ItemDetail:
    """A development that would pass the limit of the month; its performer says nothing of what it uses."""
    asked = extension()
    contexto = {
        **asked.item["contexto"],
        "motivo": "it would pass the limit of the month 2026-01",
        "limite": "mes",
        "periodo": "2026-01",
        "renova_em": "2026-02-01T03:00:00.000000Z",
        "medido": False,
        "usado": {"tokens": 0, "custo": "0.00", "horas": None, "maquina_s": 0.0},
        "do_limite": MONTH,
        "por": [],
    }
    return replace(asked, item={**asked.item, "contexto": contexto}, **over)


def dependency(**over: Any) -> ItemDetail:
    """A budget behind a capability that will not come."""
    about = item(
        tipo="resolver_dependencia",
        titulo="Dependência",
        contexto={
            "item_ref": "BKL-0043",
            "dependencia": "cap:chave-assinatura",
            "motivo": "BKL-0031 was cancelled",
        },
        produtor="MS_Backlog",
    )
    broken = {
        "ref": "cap:chave-assinatura",
        "tipo": "capacidade",
        "titulo": "chave-assinatura",
        "estado": "quebrada",
        "detalhe": "the probe exits 1: no key in the ring",
    }
    return replace(
        budget(
            item=about, recursos=None, dependencias=(broken, *DEPENDENCIAS[2:]), opcoes=DEPENDENCY_OPTIONS
        ),
        **over,
    )


HOSTILE = "[/x] \x1b[2J\x1b]0;PWNED\x07[red]fix[/] [@click=app.exit()]clique[/] \u202eabc 日本語 "


def hostile(make: Any = budget) -> ItemDetail:
    """A decision whose every text tries to be markup or to steer the terminal."""
    detail: ItemDetail = make()
    return replace(
        detail,
        item={**detail.item, "titulo": HOSTILE, "produtor": HOSTILE, "spec_ref": HOSTILE},
        spec={**SPEC, "titulo": HOSTILE * 2},
        opcoes=(
            Option("aprovar", "y", HOSTILE, HOSTILE),
            Option("x-y", "p", "[b", HOSTILE, exige_motivo=True),
        ),
        diferenca=tuple(f"+{HOSTILE}\n" for _ in range(3)),
        decisoes=({**DECISOES[0], "motivo": HOSTILE, "opcao": HOSTILE},),
        dependencias=(
            {"ref": HOSTILE, "tipo": HOSTILE, "titulo": HOSTILE, "estado": HOSTILE, "detalhe": HOSTILE},
        ),
    )


def row(detail: ItemDetail) -> ItemRow:
    """The list's row of a detail's item."""
    about = detail.item
    return ItemRow(
        id=about["id"],
        tipo=about["tipo"],
        titulo=about["titulo"],
        status=about["status"],
        prioridade=about["prioridade"],
        ator=about["ator"],
        produtor=about["produtor"],
        saga_id=about["saga_id"],
        spec_ref=about["spec_ref"],
        criado_em=about["criado_em"],
        atualizado_em=about["atualizado_em"],
        disponivel_em=about["disponivel_em"],
        iniciado_em=about["iniciado_em"],
        humano=about["humano"],
        espera_desde=about["criado_em"],
    )


def model(*details: ItemDetail, seq: int = 1, loaded: bool = True, modo: str = "running") -> ReadModel:
    """A model of these items; those that are Pendente and human wait for a decision."""
    rows = tuple(row(detail) for detail in details)
    return ReadModel(
        seq=seq,
        workspace="shop",
        itens=rows,
        posicao={entry.id: index for index, entry in enumerate(rows)},
        decisoes=tuple(entry for entry in rows if entry.humano and entry.status == "Pendente"),
        linha=LineState(modo=modo, carregado=loaded),
    )
