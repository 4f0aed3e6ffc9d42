"""What a decision is called: its question, and its name in a line of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from screens.states import kind
from store.views.model import ItemDetail, ItemRow, ReadModel

_QUESTIONS: Mapping[str, str] = {
    "aprovar_orcamento": "Approve the budget of {spec}?",
    "aprovar_release": "Approve the release of {spec}?",
    "validar_implantacao": "Is the deployment of {spec} valid?",
    "avaliar_efetividade": "Did {spec} do what it was made for?",
    "ajustar_spec": "{spec} was pushed back: adjust it",
    "especificar": "Specify «{titulo}»",
    "escrever_spec": "«{titulo}»: go on with it",
    "entrevistar_humano": "«{titulo}»",
    "estruturar_produto": "How shall «{titulo}» come about?",
    "entrevistar_dor": "What hurts: «{titulo}»",
    "estender_orcamento": "The budget of {alvo} holds it: how does it go on?",
    "resolver_falha": "{alvo} failed for good: what now?",
    "resolver_dependencia": "{alvo} waits for what will not come: what now?",
    "reverter": "Roll back {spec}?",
    "corrigir_bug": "Mend {spec}",
}


def question(detail: ItemDetail) -> str:
    """The decision as one question; untrusted text in it is not yet cleaned."""
    item = detail.item
    template = _QUESTIONS.get(str(item.get("tipo", "")), "{titulo}")
    return template.format(spec=spec_name(detail), titulo=item.get("titulo", ""), alvo=target(item))


def spec_name(detail: ItemDetail) -> str:
    """`frete · Frete por peso e região`, or what there is of it."""
    ref = str(detail.item.get("spec_ref") or "")
    titulo = str((detail.spec or {}).get("titulo") or "")
    return " · ".join(part for part in (ref, titulo) if part) or str(detail.item.get("titulo", ""))


def target(item: Mapping[str, Any]) -> str:
    """The item that a decision is about: itself, or the one that its contexto names."""
    contexto = item.get("contexto") or {}
    return str(contexto.get("item_ref") or item.get("id", ""))


def row_subject(row: ItemRow, names: Mapping[str, str]) -> str:
    """What an item is about, its spec's id and title first: `frete · Frete por peso e região`."""
    if not row.spec_ref:
        return row.titulo
    return f"{row.spec_ref} · {names.get(row.spec_ref) or row.titulo}"


def spec_names(model: ReadModel) -> dict[str, str]:
    """The title of each spec, by its id."""
    return {spec.spec_ref: spec.titulo for spec in model.specs}


def row_name(row: ItemRow) -> str:
    """An inbox row in words: `budget of frete`."""
    return f"{kind(row.tipo)} of {row.spec_ref}" if row.spec_ref else f"{kind(row.tipo)}: {row.titulo}"
