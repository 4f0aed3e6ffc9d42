"""The documents behind a figure: what each is, and the item that it leads to."""

from __future__ import annotations

import pytest

from store.metrics.behind import Behind, behind
from store.metrics.facts import (
    Call,
    Capability,
    Decision,
    Deployment,
    Execution,
    Facts,
    Item,
    Pair,
    Parts,
    Phases,
    Price,
    Release,
    Task,
)

EXECUTION = Execution(
    id="EXE-0001", spec_ref="frete", spec_versao=1, release_ref="REL-0001", item_ref="BKL-0003", saga_id="s",
    status="concluido", criada=10.0, encerrada=90.0, spec_criada=1.0, aprovada=5.0,
    fases=((None, None),) * 3, horas=Phases(), maquina_s=Phases(), relogio_s=(None,) * 4, tokens=Pair(),
    cpu_horas=Pair(), ram_gb_horas=Pair(), storage_mb=Pair(), apis={}, custo=Parts(), custo_estimado=Parts(),
    custo_p80=None, cobertura=Pair(), linhas=None, primeira=None, testes=(None, None), tentativas=0,
    workers=(), bug=None,
)  # fmt: skip
ITEM = Item(
    id="BKL-0003", tipo="desenvolvimento", ator="PROMETHEUS", humano=False, status="EmProcessamento",
    produtor="MS_Produto", spec_ref="frete", saga_id="s", request_id="r", pai="", tarefa="", filho_de="",
    retido=False, criado=2.0, pendente=2.0, devido=2.0, iniciado=12.0, concluido=None, encerrado=None,
    tentativas=(), bloqueios=(), recurso="", tipo_recurso="", auto_pull=None,
)  # fmt: skip
FACTS = Facts(
    execucoes=(EXECUTION,),
    itens=(ITEM,),
    decisoes=(
        Decision("DEC-1", "BKL-0002", "aprovar_orcamento", "s", "frete", "aprovar", "", False, 5.0, 3.0, 1.0),
        Decision("DEC-2", "BKL-0002", "aprovar_orcamento", "s", "frete", "aprovar", "", True, 6.0, 3.0, 1.0),
    ),
    releases=(Release("REL-0001", "frete", "EXE-0001", "aprovada", 70.0, ""),),
    implantacoes=(
        Deployment("IMP-1", "REL-0001", "frete", "EXE-0001", "local", "producao", "validada", 80.0, None),
    ),
    chamadas=(Call("USO-1", "EXE-0009", "W", "dev", "modelo", 20.0, 1, 10, None),),
    precos=(Price("RES-1", "frete", 2, 3.0, (), None, None),),
    capacidades=(Capability("CAP-1", "python", "runtime", 4.0),),
    tasks=(Task("TSK-1", "S022/T01", "S022", "BKL-0003", "", False, 9.0, None, None, ""),),
)


@pytest.mark.parametrize(
    "row",
    [
        Behind("BKL-0003", "BKL-0003", "desenvolvimento", "PROMETHEUS", "EmProcessamento", 12.0, "frete"),
        Behind("EXE-0001", "BKL-0003", "execucao", "REL-0001", "concluido", 90.0, "frete"),
        Behind("DEC-1", "BKL-0002", "decisao", "aprovar_orcamento", "aprovar", 5.0, "frete"),
        Behind("DEC-2", "BKL-0002", "decisao", "aprovar_orcamento", "desfeita", 6.0, "frete"),
        Behind("REL-0001", "BKL-0003", "release", "EXE-0001", "aprovada", 70.0, "frete"),
        Behind("IMP-1", "BKL-0003", "implantacao", "REL-0001 to local", "validada", 80.0, "frete"),
        Behind("USO-1", "", "uso_llm", "modelo", "dev", 20.0),
        Behind("RES-1", "", "preco", "version 2", "", 3.0, "frete"),
        Behind("CAP-1", "", "capacidade", "python", "runtime", 4.0),
        Behind("TSK-1", "BKL-0003", "task", "S022/T01", "", 9.0),
    ],
    ids=lambda row: row.id,
)
def test_each_document_says_what_it_is_and_where_it_leads(row: Behind) -> None:
    assert behind(FACTS, [row.id]) == (row,)


def test_the_order_of_the_ids_is_kept_and_an_unknown_one_stays() -> None:
    rows = behind(FACTS, ["X-1", "BKL-0003", "EXE-0001"])
    assert [row.id for row in rows] == ["X-1", "BKL-0003", "EXE-0001"]
    assert rows[0] == Behind("X-1", "", "", "", "", None)


def test_facts_are_indexed_once() -> None:
    facts = Facts(itens=(ITEM,))
    behind(facts, ["BKL-0003"])
    kept = facts.indices["behind"]
    behind(facts, ["BKL-0003"])
    assert facts.indices["behind"] is kept
