"""Models of a line where not all goes well: blocked work, actors at work, a log of events, dead letters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from models import HOSTILE, NOW, before, demo_model, item, model_of

from store.clock import add_seconds
from store.views.model import (
    ActorRow,
    AttemptRow,
    BreakerRow,
    EventRow,
    ItemDetail,
    ItemRow,
    LineState,
    Option,
    ReadModel,
    RunningRow,
    SpecRow,
)
from store.views.rows import event_row

SAGA = "5b1f0c2d9e8a4b7c"


def waits(number: int, titulo: str, *espera_por: str, idade: float = 7200, **fields: Any) -> ItemRow:
    """A blocked budget."""
    return item(
        number,
        fields.pop("tipo", "aprovar_orcamento"),
        titulo,
        "Bloqueado",
        humano=fields.pop("humano", True),
        ator=fields.pop("ator", "MS_Produto"),
        idade=idade,
        espera_por=espera_por,
        bloqueado_em=before(idade),
        **fields,
    )


def blocked_items() -> list[ItemRow]:
    """A gap that two wait for, a spec under way, a dead letter, a probe, a missing spec and a circle."""
    return [
        item(
            6,
            "entrevistar_dor",
            "Missing: chave-assinatura",
            "Concluido",
            ator="GENESIS",
            recurso="chave-assinatura",
            idade=7300,
        ),
        waits(7, "Approve the budget of assinatura", "BKL-0006", spec_ref="assinatura"),
        item(
            9,
            "estruturar_produto",
            "Bring in chave-assinatura",
            humano=True,
            ator="MS_Produto",
            idade=5400,
            recurso="chave-assinatura",
            gap_ref="BKL-0006",
            parte_de="BKL-0006",
        ),
        waits(
            10, "Approve the budget of contrato", "BKL-0006", "spec:pedido", spec_ref="contrato", idade=3000
        ),
        item(
            11,
            "desenvolvimento",
            "Develop pedido",
            "EmProcessamento",
            spec_ref="pedido",
            idade=900,
            iniciado_em=before(41),
        ),
        waits(
            12,
            "Deploy estoque",
            "BKL-0013",
            tipo="implantar",
            humano=False,
            ator="PROMETHEUS",
            spec_ref="estoque",
            idade=1200,
            quebradas=("BKL-0013",),
        ),
        item(
            13,
            "desenvolvimento",
            "Develop estoque",
            "Falhou",
            spec_ref="estoque",
            idade=1500,
            tentativa=4,
            motivo="timed out after 1800 s",
        ),
        item(
            14,
            "resolver_falha",
            "Failed: Develop estoque",
            humano=True,
            ator="MS_Produto",
            idade=1100,
            alvo="BKL-0013",
            spec_ref="estoque",
        ),
        waits(15, "Approve the budget of render", "cap:gpu", spec_ref="render", idade=95, verificando=True),
        waits(16, "Approve the budget of nota", "spec:fiscal", spec_ref="nota", idade=86400 * 3),
        waits(17, "Deploy galinha", "BKL-0018", tipo="implantar", humano=False, spec_ref="galinha", idade=40),
        waits(18, "Deploy ovo", "BKL-0017", tipo="implantar", humano=False, spec_ref="ovo", idade=30),
    ]


def blocked_model(**fields: Any) -> ReadModel:
    """Every kind of root cause once."""
    specs = [
        SpecRow("assinatura", "Assinatura de contratos", 1, "aprovar_orcamento", "BKL-0007"),
        SpecRow("contrato", "Contrato de fornecimento", 1, "aprovar_orcamento", "BKL-0010"),
        SpecRow("pedido", "Pedido", 1, "desenvolvimento", "BKL-0011"),
        SpecRow("estoque", "Estoque mínimo", 3, "implantar", "BKL-0012"),
        SpecRow("render", "Imagem do produto", 1, "aprovar_orcamento", "BKL-0015"),
        SpecRow("nota", "Nota fiscal", 2, "aprovar_orcamento", "BKL-0016"),
    ]
    running = [
        RunningRow(
            "BKL-0011",
            "desenvolvimento",
            "Develop pedido",
            "PROMETHEUS",
            "WORKER_E",
            "tests",
            before(41),
            70,
            14,
            22,
        )
    ]
    made = model_of(blocked_items(), specs=specs, rodando=running, **fields)
    oldest_first = sorted(made.bloqueados, key=lambda row: row.bloqueado_em)
    return replace(made, bloqueados=oldest_first)


def many_blocked(count: int, gap: str = "BKL-0001") -> ReadModel:
    """So many budgets behind one gap, which waits for the owner."""
    rows = [
        item(1, "entrevistar_dor", "Missing: chave", "Concluido", ator="GENESIS", recurso="chave"),
        item(
            2,
            "estruturar_produto",
            "Bring in chave",
            humano=True,
            ator="MS_Produto",
            recurso="chave",
            gap_ref=gap,
        ),
    ]
    rows += [
        waits(
            number,
            f"Approve the budget of spec-{number}",
            gap,
            spec_ref=f"spec-{number}",
            idade=count + 9 - number,
        )
        for number in range(3, count + 3)
    ]
    return model_of(rows)


def hostile_blocked() -> ReadModel:
    """Markup, escapes and great length in what is blocked and in what it waits for."""
    rows = [
        item(1, "entrevistar_dor", HOSTILE, "Concluido", ator="[b]G[/b]", recurso=HOSTILE),
        waits(2, HOSTILE, "BKL-0001", "spec:[/x]\x1b[2J", "cap:[red]" + "longo-" * 20, spec_ref=HOSTILE),
        item(
            3,
            "estruturar_produto",
            HOSTILE,
            humano=True,
            recurso=HOSTILE,
            gap_ref="BKL-0001",
            ator="[/x]\x1b[31m",
        ),
    ]
    return model_of(rows)


# Actors


def attempt(number: int, idade: float, fim_motivo: str = "concluido", **fields: Any) -> AttemptRow:
    """An attempt that took eight seconds and ended `idade` seconds ago."""
    return AttemptRow(
        f"BKL-{number:04d}",
        fields.pop("tipo", "desenvolvimento"),
        fields.pop("titulo", "Develop pedido"),
        fields.pop("numero", 1),
        before(idade + 8),
        before(idade),
        fim_motivo,
        fields.pop("motivo", ""),
    )


def actor_rows() -> list[ActorRow]:
    """One actor in each state."""
    prometheus = ActorRow(
        "PROMETHEUS",
        "Prices, builds, tests, deploys and mends.",
        (("orcar_spec", "builtin"), ("desenvolvimento", "builtin"), ("corrigir_bug", "comando")),
        "working",
        "padrao",
        2,
        3,
        2,
        bloqueados=1,
        concluidos=41,
        falhas=5,
        perdas=1,
        mortas=1,
        execucoes=128,
        ultima=before(4),
        proxima=add_seconds(NOW, 26),
        tentativas=(
            attempt(9, 55, tipo="implantar", titulo="Deploy cliente"),
            attempt(8, 130, "falhou", titulo="Develop estoque", numero=4, motivo="timed out after 1800 s"),
            attempt(8, 1900, "perdido", titulo="Develop estoque", numero=3, motivo="its process is gone"),
            attempt(4, 3500, tipo="orcar_spec", titulo="Price pedido"),
            attempt(2, 9000, tipo="orcar_spec", titulo="Price frete"),
        ),
    )
    agente = ActorRow(
        "AGENTE",
        "Writes what the generators can't.",
        (("gerar_codigo", "comando"),),
        "open",
        "agentes",
        1,
        2,
        execucoes=12,
        falhas=5,
        ultima=before(300),
        proxima=add_seconds(NOW, 300),
        disjuntores=(
            BreakerRow(
                "AGENTE/gerar_codigo/comando",
                "aberto",
                5,
                before(290),
                add_seconds(NOW, 310),
                "exit code 127: agent: command not found",
            ),
        ),
    )
    return [
        ActorRow(
            "Epistemologia",
            "Checks and freezes specs; a person writes them.",
            (("ajustar_spec", "humano"), ("especificar", "humano")),
            "person",
            "padrao",
            1,
        ),
        prometheus,
        ActorRow(
            "GENESIS",
            "Turns a pain into something to bring in.",
            (("entrevistar_dor", "builtin"),),
            "paused",
            "padrao",
            1,
            1,
            execucoes=3,
            ultima=before(7200),
            concluidos=1,
        ),
        agente,
        ActorRow(
            "MS_Produto",
            "The product owner.",
            (("aprovar_orcamento", "humano"),),
            "person",
            "padrao",
            1,
            3,
            concluidos=9,
        ),
        ActorRow(
            "sondas",
            "Runs the probes of the capabilities.",
            (),
            "idle",
            execucoes=20,
            ultima=before(120),
            proxima=add_seconds(NOW, 180),
        ),
    ]


def actors_model(**fields: Any) -> ReadModel:
    """The demo's morning with its actors, one item in backoff and what a step has used."""
    retried = item(
        15,
        "desenvolvimento",
        "Develop devolução",
        ator="PROMETHEUS",
        falhas=2,
        disponivel_em=add_seconds(NOW, 95),
    )
    running = [
        RunningRow(
            "BKL-0004",
            "desenvolvimento",
            "Pedido",
            "PROMETHEUS",
            "WORKER_E",
            "tests",
            before(41),
            70,
            14,
            22,
            usado_pct=84,
            limite="custo",
            uso={"tokens": 12_300, "turnos": 3, "custo": {"llm": "0.42", "infra": "0.01"}},
            medido=True,
        ),
        RunningRow(
            "BKL-0011",
            "desenvolvimento",
            "Cotação",
            "PROMETHEUS",
            "WORKER_D",
            "generating",
            before(12),
            None,
            medido=False,
        ),
    ]
    defaults: dict[str, Any] = {"atores": actor_rows(), "recuos": [retried], "rodando": running}
    return demo_model(**{**defaults, **fields})


def hostile_actors() -> ReadModel:
    """Markup and escapes in what actors are called and do."""
    row = ActorRow(
        "[b]" + HOSTILE,
        HOSTILE,
        ((HOSTILE, "[/x]"), ("orcar_spec", "builtin")),
        "open",
        HOSTILE,
        1,
        12_345,
        1,
        falhas=12_345,
        execucoes=1,
        ultima=before(3),
        proxima=before(-3),
        tentativas=(attempt(1, 9, "falhou", titulo=HOSTILE, motivo=HOSTILE),),
        disjuntores=(BreakerRow(HOSTILE, "aberto", 3, before(5), before(-60), HOSTILE),),
    )
    running = [
        RunningRow("BKL-0001", "x", HOSTILE, "[b]" + HOSTILE, HOSTILE, "[red]fase", before(9), 20, 1, 3)
    ]
    return demo_model(atores=[row], rodando=running)


# Events

_STORY = (
    ("item.criado", "BKL-0021", "Pendente · frete"),
    ("item.transicao", "BKL-0021", "Pendente → EmProcessamento · frete"),
    ("item.transicao", "BKL-0021", "EmProcessamento → Concluido · frete"),
    ("decisao.solicitada", "BKL-0022", "frete"),
    ("decisao.tomada", "BKL-0022", "frete · aprovar"),
    ("qa.passed", "BKL-0023", "frete · 31/31"),
    ("devops.deployed", "BKL-0024", "frete · loja"),
    ("item.transicao", "BKL-0025", "EmProcessamento → Falhou · estoque · timed out after 1800 s"),
    ("sonda.falhou", "", "chave-assinatura · no key in .oficina/keys"),
    ("desbloqueio", "BKL-0026", "contrato"),
)


def event_document(seq: int, total: int) -> dict[str, Any]:
    """The event of a transaction, one every seven seconds up to NOW."""
    tipo, item_id, texto = _STORY[seq % len(_STORY)]
    return {
        "seq": seq,
        "n": 0,
        "ts": before((total - seq) * 7 + 3),
        "tipo": tipo,
        "item_id": item_id,
        "texto": texto,
        "saga_id": f"{SAGA}{seq % 3}",
        "ator": ("PROMETHEUS", "MS_Produto", "")[seq % 3],
    }


def log(total: int) -> list[dict[str, Any]]:
    """A log of so many events, oldest first."""
    return [event_document(seq, total) for seq in range(1, total + 1)]


def tail(documents: list[dict[str, Any]], kept: int = 200) -> tuple[EventRow, ...]:
    """What a model carries of a log: the newest, newest first."""
    return tuple(event_row(each) for each in reversed(documents[-kept:]))


def events_model(total: int = 60, **fields: Any) -> ReadModel:
    return demo_model(eventos=tail(log(total)), **fields)


def hostile_events() -> ReadModel:
    documents = [
        {
            "seq": seq,
            "n": 0,
            "ts": before(9),
            "tipo": "[/foo] " + HOSTILE,
            "item_id": "BKL-0001",
            "texto": HOSTILE,
            "saga_id": HOSTILE,
            "ator": "[b]A[/b]",
        }
        for seq in range(1, 5)
    ]
    return demo_model(eventos=tail(documents))


# Failures

ANSWERS = (
    Option(
        "tentar_novamente",
        "r",
        "retry",
        "BKL-0008 goes back to the queue with fresh retries",
        previa=("returns BKL-0008 desenvolvimento to the queue",),
    ),
    Option(
        "voltar_orcamento",
        "o",
        "ask the budget again",
        "later work is given up",
        True,
        True,
        indisponivel="the budget of this version was never approved",
    ),
    Option(
        "pular",
        "k",
        "skip",
        "whoever waits for BKL-0008 goes on without it",
        True,
        True,
        previa=("releases BKL-0012 implantar · Deploy estoque", "asks nothing more about it"),
    ),
    Option(
        "cancelar",
        "x",
        "cancel",
        "BKL-0008 is given up; whoever waits for it is asked about it",
        True,
        True,
        previa=(
            "cancels BKL-0008 desenvolvimento",
            "breaks BKL-0012 implantar · Deploy estoque",
            "asks resolver_dependencia about BKL-0012",
        ),
    ),
)
_TRACE = (
    'Traceback (most recent call last):\n  File "step.py", line 3, in run\n    wait()\nTimeoutError: [/x]'
)


def attempt_documents(count: int, motivo: str = "timed out after 1800 s") -> list[dict[str, Any]]:
    """Attempts of a dead letter as its document has them."""
    made = []
    for number in range(1, count + 1):
        began = before(9000 - number * 1900)
        made.append(
            {
                "numero": number,
                "ator": "PROMETHEUS",
                "inicio": began,
                "fim": add_seconds(began, 1800.4 if number % 3 else 12),
                "fim_motivo": "falhou" if number % 3 else "perdido",
                "motivo": motivo if number % 3 else "its process is gone",
                "erro": _TRACE if number % 3 else "",
                "saida_ref": f"{number:02d}" * 32,
                "uso": {
                    "tokens": 1200 * number,
                    "custo": {"llm": f"0.{number}2"},
                    "cpu_s": 3.25 * number,
                    "peak_rss_mb": 48,
                    "medido": True,
                }
                if number % 3
                else None,
            }
        )
    return made


def outputs(count: int) -> dict[str, str]:
    """What the attempts wrote, by its SHA-256."""
    text = "\n".join(f"test_{line:02d} ok" for line in range(1, 31))
    return {
        f"{number:02d}" * 32: f"attempt {number}\n{text}\n\x1b[31m[/x] hangs"
        for number in range(1, count + 1)
    }


def failures_model(count: int = 1, **fields: Any) -> ReadModel:
    """The demo's dead letter with the question about it, and more of the kind."""
    letter = item(
        8,
        "desenvolvimento",
        "Develop estoque",
        "Falhou",
        spec_ref="estoque",
        idade=9000,
        tentativa=4,
        motivo="timed out after 1800 s",
    )
    rows = [letter, _question(50, letter)]
    for number in range(1, count):
        each = item(
            60 + number,
            "implantar",
            f"Deploy spec-{number}",
            "Falhou",
            spec_ref=f"spec-{number}",
            idade=600 * number,
            tentativa=2,
            motivo="the smoke test failed: exit code 3",
        )
        rows += [each] if number == 3 else [each, _question(80 + number, each)]
    specs = [SpecRow("estoque", "Estoque mínimo", 3, "desenvolvimento", "BKL-0008")]
    return model_of(rows, specs=specs, **fields)


def _question(number: int, about: ItemRow) -> ItemRow:
    return item(
        number,
        "resolver_falha",
        f"Failed: {about.titulo}",
        humano=True,
        ator="MS_Produto",
        alvo=about.id,
        spec_ref=about.spec_ref,
        idade=300,
    )


def failure_details(tries: int = 4, motivo: str = "timed out after 1800 s") -> dict[str, ItemDetail]:
    """The dead letter and the question about it, as the port answers."""
    letter = {
        "id": "BKL-0008",
        "tipo": "desenvolvimento",
        "titulo": "Develop estoque",
        "status": "Falhou",
        "motivo": motivo,
        "tentativas": attempt_documents(tries, motivo),
    }
    question = {
        "id": "BKL-0050",
        "tipo": "resolver_falha",
        "status": "Pendente",
        "humano": True,
        "contexto": {"item_ref": "BKL-0008"},
    }
    return {
        "BKL-0008": ItemDetail(item=letter, contrato={}),
        "BKL-0050": ItemDetail(item=question, contrato={}, opcoes=ANSWERS),
    }


ATTACHED = LineState(modo="attached", titular="tui:4711", carregado=True)
