"""Rows of the read model, made from documents of the store."""

from __future__ import annotations

from store.views.model import Document, EventRow, ItemRow
from store.views.search import folded


def item_row(item: Document) -> ItemRow:
    """A `backlog_items` document as lists show it."""
    row = ItemRow(
        id=item["id"],
        tipo=item["tipo"],
        titulo=item.get("titulo") or item["tipo"],
        status=item["status"],
        prioridade=item.get("prioridade") or 0,
        ator=item.get("ator") or "",
        produtor=item.get("produtor") or "",
        saga_id=item.get("saga_id") or "",
        spec_ref=item.get("spec_ref") or "",
        criado_em=item["criado_em"],
        atualizado_em=item.get("atualizado_em") or item["criado_em"],
        disponivel_em=item.get("disponivel_em") or "",
        iniciado_em=item.get("iniciado_em") or "",
        humano=bool(item.get("humano")),
        espera_por=_waits_for(item),
        tentativa=len(item.get("tentativas") or ()),
        espera_desde=_actionable_since(item),
        busca="",
        recurso=str((item.get("contexto") or {}).get("recurso") or ""),
    )
    return replace_busca(row)


def replace_busca(row: ItemRow) -> ItemRow:
    """The row with the text that filters look in."""
    object.__setattr__(row, "busca", searchable(row))
    return row


def searchable(row: ItemRow) -> str:
    """Id, type, title, actor, saga and spec, folded."""
    return folded(f"{row.id} {row.tipo} {row.titulo} {row.ator} {row.saga_id} {row.spec_ref}")


def _waits_for(item: Document) -> tuple[str, ...]:
    """The dependencies of a blocked item that are still open."""
    if item["status"] != "Bloqueado":
        return ()
    states: Document = item.get("dependencias") or {}
    return tuple(
        ref
        for ref in item.get("depende_de") or ()
        if (states.get(ref) or {}).get("estado", "aberta") not in ("resolvida", "dispensada")
    )


def _actionable_since(item: Document) -> str:
    """When it last became Pendente, else when it was created."""
    return str(item.get("pendente_em") or item.get("desbloqueado_em") or item["criado_em"])


def event_row(event: Document) -> EventRow:
    """An event as a line of the log."""
    return EventRow(
        seq=event.get("seq") or 0,
        ts=event.get("ts") or "",
        tipo=event.get("tipo") or "",
        item_id=event.get("item_id") or "",
        texto=_event_text(event),
    )


def _event_text(event: Document) -> str:
    """What an event says besides its type, from whichever of its fields it has."""
    change = (
        f"{event['de']} → {event['para']}" if event.get("de") and event.get("para") else event.get("para")
    )
    subject = event.get("spec_ref") or event.get("capacidade")
    parts = [event.get("texto"), change, subject, event.get("ator"), event.get("motivo")]
    return " · ".join(str(part) for part in parts if part)
