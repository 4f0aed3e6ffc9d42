"""Decisions that are asked anew: what was said before, and everything that can have changed since."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import details as docs

from store.views.model import Change, ItemDetail

BEFORE: dict[str, Any] = {
    "item": "BKL-0038",
    "status": "Concluido",
    "motivo": "",
    "spec_versao": 1,
    "spec_recursos_ref": "REC-0003",
    "release_ref": "",
    "em": "2026-01-05T10:00:00.000000Z",
    "opcao": "ajustar",
    "quem": "ana",
    "porque": "falta a regra «frágil»",
}
PRICED = (
    Change("custo", "total", "38.00", "42.10"),
    Change("custo", "pessoas", "34.00", "38.00"),
    Change("esforco", "pessoas_horas", 3.0, 3.5),
    Change("esforco", "maquina_s", 80, 90),
    Change("tamanho", "pontos", 12, 14),
    Change("vertentes", "pedido", None, True),
    Change("vertentes", "antiga", True, None),
    Change("partes", "tabela.regras", 5, 6),
    Change("partes", "tabela.outra", 1, None),
    Change("testes", "tabela", 20, 24),
    Change("testes", "cobertura_planejada_pct", 80, 90),
    Change("testes", "estrategia_cobertura", None, "pairwise"),
    Change("precisa", "chave-assinatura", None, True),
    Change("depende_de", "pedido", True, None),
    Change("arquivos", "frete.yaml", "aa", "bb"),
)
BUILT = (
    Change("versao", "spec", 1, 2),
    Change("testes", "passed", 29, 31),
    Change("testes", "failed", 2, 0),
    Change("testes", "cobertura_pct", 71.0, 96.4),
    *(Change("casos", f"test_{n}", "vermelho", "verde") for n in range(6)),
    Change("casos", "test_fragil", "verde", "vermelho"),
    Change("arquivos", "src/frete/tabela.py", "aa", "bb"),
    Change("arquivos", "src/frete/novo.py", None, "cc"),
)
FILES = ("--- src/frete/tabela.py (REL-0003)", "+++ src/frete/tabela.py (REL-0004)", "-a = 1", "+a = 2")


def budget_again() -> ItemDetail:
    return replace(docs.budget(), anterior=BEFORE, mudancas=PRICED)


def release_again() -> ItemDetail:
    before = {**BEFORE, "release_ref": "REL-0003", "opcao": "rejeitar", "porque": "40 kg is free"}
    return replace(docs.release(), anterior=before, mudancas=BUILT, diferenca=(), diferenca_release=FILES)


def unchanged_again() -> ItemDetail:
    """The earlier question closed by itself, and the same is asked."""
    before = {**BEFORE, "opcao": "", "status": "Cancelado", "motivo": "later work is given up"}
    return replace(docs.budget(), anterior=before)


def limits(resta: str, periodo: str = "2026-01") -> dict[str, Any]:
    return {"periodo": periodo, "limite": "300.00", "estendido": "50.00", "resta": resta}


def limited(resta: str, sprint: str = "") -> ItemDetail:
    """A budget in a workspace that limits its month, and maybe a sprint."""
    found = {"mes": limits(resta)} | ({"sprint": limits("60.00", sprint)} if sprint else {})
    return replace(docs.budget(), orcamento={"limites": found})
