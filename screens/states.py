"""Every state as a symbol, a word and a theme token, and every type as a short word."""

from __future__ import annotations

from typing import NamedTuple

from store.views.held import HELD, is_held
from store.views.model import Document


class State(NamedTuple):
    """How a state is shown: never only by its colour. Symbols are one cell wide in every terminal."""

    symbol: str
    word: str
    style: str

    @property
    def label(self) -> str:
        return f"{self.symbol} {self.word}"


STATES = {
    "Pendente": State("○", "Pendente", "$foreground"),
    "EmProcessamento": State("●", "EmProcessamento", "$text-primary"),
    "Bloqueado": State("■", "Bloqueado", "$text-warning"),
    "Concluido": State("✓", "Concluido", "$text-success"),
    "Falhou": State("✗", "Falhou", "$text-error"),
    "Pulado": State("»", "Pulado", "$text-muted"),
    "Cancelado": State("–", "Cancelado", "$text-muted"),
    HELD: State("⊘", "held", "$text-muted"),
}

RUNNING = State("●", "running", "$text-primary")
DECIDE = State("◆", "decide", "$text-warning")
BLOCKED = State("■", "blocked", "$text-warning")
FAILED = State("✗", "failed", "$text-error")
WAITS_FOR_YOU = State("◆", "Pendente", "$text-warning")

KINDS = {
    "orcar_spec": "pricing",
    "aprovar_orcamento": "budget",
    "ajustar_spec": "adjust",
    "desenvolvimento": "build",
    "aprovar_release": "release",
    "corrigir_bug": "bug fix",
    "implantar": "deploy",
    "validar_implantacao": "validate",
    "avaliar_efetividade": "effect",
    "entrevistar_dor": "gap",
    "estruturar_produto": "structure",
    "especificar": "specify",
    "escrever_spec": "write spec",
    "instalar_capacidade": "install",
    "entrevistar_humano": "interview",
    "resolver_falha": "failure",
    "estender_orcamento": "over budget",
    "resolver_dependencia": "dependency",
    "reverter": "roll back",
    "decidir_pull": "pull",
    "validar_spec": "check spec",
    "revisar_codigo": "review",
    "aprovacao_externa": "approval",
    "documentar": "document",
}


def state(status: str, *, humano: bool = False) -> State:
    """How a status is shown; what a person decides is marked as theirs while it is Pendente."""
    if humano and status == "Pendente":
        return WAITS_FOR_YOU
    return STATES.get(status) or State("?", status, "$text-muted")


def item_state(item: Document) -> State:
    """How an item's document is shown."""
    status = str(item.get("status", ""))
    if status == "Pendente" and is_held(item):
        return STATES[HELD]
    return state(status, humano=bool(item.get("humano")))


def kind(tipo: str) -> str:
    """A type as a short English word; a type that is not known here is shown as it is."""
    return KINDS.get(tipo, tipo)
