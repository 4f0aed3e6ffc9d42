"""Rows of the read model, made from documents of the store."""

from __future__ import annotations

from store.event_names import seed_name
from store.views.held import held_because
from store.views.model import Document, EventRow, ItemRow
from store.views.search import folded


def item_row(item: Document) -> ItemRow:
    """A `backlog_items` document as lists show it."""
    contexto: Document = item.get("contexto") or {}
    episode = _episode(item)
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
        iniciado_em=_started(item),
        humano=bool(item.get("humano")) and not item.get("retido"),
        espera_por=_waits_for(item),
        tentativa=len(item.get("tentativas") or ()),
        espera_desde=_actionable_since(item),
        busca="",
        recurso=str(contexto.get("recurso") or ""),
        bloqueado_em=str(episode.get("bloqueado_em") or ""),
        quebradas=_broken(item),
        verificando=bool(episode.get("verificando")),
        alvo=str(contexto.get("item_ref") or ""),
        gap_ref=item.get("gap_ref") or "",
        parte_de=(item.get("pai") or "") if item.get("parte") else "",
        motivo=item.get("motivo") or "",
        falhas=item.get("falhas") or 0,
        retido=held_because(item),
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


def _broken(item: Document) -> tuple[str, ...]:
    """The dependencies of a blocked item that will not come true by themselves."""
    if item["status"] != "Bloqueado":
        return ()
    states: Document = item.get("dependencias") or {}
    return tuple(ref for ref, state in states.items() if (state or {}).get("estado") == "quebrada")


def _episode(item: Document) -> Document:
    """The episode in which a blocked item waits."""
    episodes = item.get("bloqueios") or ()
    return episodes[-1] or {} if episodes and item["status"] == "Bloqueado" else {}


def _started(item: Document) -> str:
    """When its work began: of an item in process, the attempt that runs now."""
    tries = item.get("tentativas") or ()
    if tries and item["status"] == "EmProcessamento" and not tries[-1].get("fim"):
        return str(tries[-1].get("inicio") or "")
    return item.get("iniciado_em") or ""


def _actionable_since(item: Document) -> str:
    """When it last became Pendente, else when it was created."""
    return str(item.get("pendente_em") or item.get("desbloqueado_em") or item["criado_em"])


def event_row(event: Document) -> EventRow:
    """An event as a line of the log."""
    item_id, tipo, texto = event.get("item_id") or "", event.get("tipo") or "", _event_text(event)
    saga_id, ator = event.get("saga_id") or "", event.get("ator") or event.get("job") or ""
    spec_ref, apelido = event.get("spec_ref") or "", seed_name(event)
    return EventRow(
        seq=event.get("seq") or 0,
        ts=event.get("ts") or "",
        tipo=tipo,
        item_id=item_id,
        texto=texto,
        n=event.get("n") or 0,
        saga_id=saga_id,
        ator=ator,
        spec_ref=spec_ref,
        apelido=apelido,
        busca=folded(f"{item_id} {tipo} {apelido} {texto} {saga_id} {ator} {spec_ref}"),
    )


def _event_text(event: Document) -> str:
    """What an event says besides its type, from whichever of its fields it has."""
    change = (
        f"{event['de']} → {event['para']}" if event.get("de") and event.get("para") else event.get("para")
    )
    subject = event.get("spec_ref") or event.get("capacidade") or event.get("job")
    said = [event.get(name) for name in ("opcao", "dependencia", "detalhe", "ator", "motivo")]
    return " · ".join(str(part) for part in (event.get("texto"), change, subject, *said) if part)
