"""What an item depends on, each with what it is, where it stands and why."""

from __future__ import annotations

from typing import Any

from store.views.held import HELD, held_because
from store.views.model import Document
from store.views.sources import Store

SPEC, CAPABILITY = "spec:", "cap:"


def needs(db: Store, item: dict[str, Any]) -> list[Document]:
    """`{ref, tipo, titulo, estado, detalhe}` for each dependency, in the order they are written."""
    states = item.get("dependencias") or {}
    return [_need(db, ref, states.get(ref) or {}) for ref in item.get("depende_de") or ()]


def _need(db: Store, ref: str, state: dict[str, Any]) -> Document:
    if ref.startswith(SPEC):
        tipo, titulo, detalhe = _spec(db, ref.removeprefix(SPEC))
    elif ref.startswith(CAPABILITY):
        tipo, titulo, detalhe = _capability(db, ref.removeprefix(CAPABILITY))
    else:
        tipo, titulo, detalhe = _item(db, ref)
    estado = state.get("estado", "aberta")
    return {
        "ref": ref,
        "tipo": tipo,
        "titulo": titulo,
        "estado": estado,
        "detalhe": state.get("por") or detalhe,
    }


def _spec(db: Store, ref: str) -> tuple[str, str, str]:
    versions = sorted(db.find("specs", "spec_ref", ref), key=lambda version: version["versao"])
    if not versions:
        return "spec", ref, "never added"
    latest = versions[-1]
    validated = latest.get("validada_em")
    return (
        "spec",
        latest.get("titulo") or ref,
        f"v{latest['versao']} {'deployed' if validated else 'not deployed'}",
    )


def _capability(db: Store, name: str) -> tuple[str, str, str]:
    found = db.find("capacidades", "nome", name)
    probe = (found[-1].get("sonda") if found else None) or {}
    return "capacidade", name, probe.get("detalhe") or ""


def _item(db: Store, ref: str) -> tuple[str, str, str]:
    found = db.get("backlog_items", ref) or db.archived(ref)
    if found is None:
        return "item", ref, "never existed"
    why = held_because(found)
    return found["tipo"], found.get("titulo") or ref, f"{HELD}: {why}" if why else found["status"]
