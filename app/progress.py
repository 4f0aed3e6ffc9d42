"""The line's progress as lines of text, from what it commits."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from app.output import clean
from app.times import LocalTime
from store.database import Commit

_ENDS = {"Falhou": "✗ failed", "Bloqueado": "⛔ blocked", "Cancelado": "cancelled"}


def say_commit(commit: Commit, local: LocalTime) -> None:
    """Print what of a commit a person would want to follow, with the workspace's time of day."""
    for event in commit.events:
        text = _text(event)
        if text:
            sys.stdout.write(
                f"{local.clock(commit.ts)}  {clean(event.get('spec_ref') or '—'):14} {clean(text)}\n"
            )
    sys.stdout.flush()


def _text(event: Mapping[str, Any]) -> str:
    tipo = event["tipo"]
    if tipo == "item.criado":
        return _created(event)
    if tipo == "item.transicao":
        return _moved(event)
    if tipo == "decisao.tomada":
        by = f" by {event['quem']}" if event.get("quem") else ""
        reason = f" «{event['motivo']}»" if event.get("motivo") else ""
        return f"✔ {event['item_tipo']}: {event['opcao']}{by}{reason}"
    if tipo in ("qa.passed", "qa.failed"):
        return f"{tipo} {event['detalhe']} {event['release_ref']}"
    if tipo in ("devops.deployed", "devops.rolled_back"):
        return f"{tipo} {event['release_ref']} → {event['detalhe']} ({event['implantacao_ref']})"
    if tipo in ("sonda.passou", "sonda.falhou"):
        return f"{tipo} {event['capacidade']}"
    if tipo in ("capacidade.instalada", "capacidade.instalacao_falhou"):
        said = event.get("detalhe", "").splitlines()
        return f"{tipo} {event['capacidade']}{f': {said[-1]}' if said else ''}"
    if tipo.startswith("disjuntor."):
        return _told(f"{tipo} {event['performer']}", event.get("motivo"))
    if tipo.startswith("linha."):
        return f"{tipo} {event.get('job', '')} {event.get('detalhe', '')}".rstrip()
    return ""


def _created(event: Mapping[str, Any]) -> str:
    waits = f", waits for {' '.join(event['depende_de'])}" if event.get("depende_de") else ""
    return f"+ {event['item_tipo']} {event['item_id']}{waits}"


def _moved(event: Mapping[str, Any]) -> str:
    para, item = event["para"], f"{event['item_tipo']} {event['item_id']}"
    if para == "EmProcessamento":
        return f"▶ {item}"
    if para in _ENDS:
        return _told(f"{_ENDS[para]} {item}", event.get("motivo"))
    return ""


def _told(what: str, reason: object) -> str:
    return f"{what}: {reason}" if reason else what
