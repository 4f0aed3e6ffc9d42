"""What an operation does to items, a line each: told from the documents before and after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from store.collections import number_of

LINES = 12
"""Lines that are shown; one more says how many there are besides."""

_TITLE = 60

Doc = Mapping[str, Any]
Change = tuple[str, Doc | None, Doc]
"""Collection, the document before (None: there was none), the document after."""

_TEXTS = {
    "returns": "returns {id} to the queue: {titulo}",
    "skips": "skips {id}: {titulo}",
    "cancels": "cancels {id}: {titulo}",
    "gives_up": "gives {id} up: {titulo}",
    "produces": "produces {tipo}: {titulo}",
    "produces_waiting": "produces {tipo}, which waits for {refs}: {titulo}",
    "asks": "asks you: {titulo}",
    "asks_later": "asks you again later: {titulo}",
    "asks_about": "asks you about {alvo}: {titulo}",
    "leaves": "leaves {id} in the backlog, held until you pull it: {titulo}",
    "pulls": "pulls {id} into {tarefa}: {titulo}",
    "releases": "releases {id}: {titulo}",
    "breaks": "breaks {id}, which waits for {refs}: {titulo}",
    "breaks_asks": "breaks {id}, which waits for {refs}, and asks you about it: {titulo}",
    "revives": "revives {id}, {refs} is under way again: {titulo}",
    "eases": "{id} has one wait less, {refs} is left: {titulo}",
    "closes": "closes the question about {alvo}: {titulo}",
    "probes": "runs the probe of {nome}",
    "ends_execution": "ends the execution {id} as {status}",
    "reopens_execution": "goes on with the execution {id}",
}
_ORDER = list(_TEXTS)
_MORE = "and {n} more"
_AND_MORE = "and more than can be told here"

_Told = tuple[str, dict[str, str]]


def effects(changes: Iterable[Change], about: str, *, cut: bool = False) -> tuple[str, ...]:
    """The lines of what changed, what happens to items first; at most `LINES` and one that counts the rest.

    `about` is the id of the item that is answered, which is not told; `cut` says that not everything was
    looked at.
    """
    told = _join_questions([entry for change in changes for entry in _tell(*change, about)])
    told.sort(key=lambda entry: (_ORDER.index(entry[0]), number_of(entry[1]["id"])))
    lines = [_TEXTS[kind].format_map(words) for kind, words in told]
    if cut:
        return (*lines[:LINES], _AND_MORE)
    more = len(lines) - LINES
    return (*lines[:LINES], _MORE.format(n=more)) if more > 0 else tuple(lines)


def _tell(collection: str, before: Doc | None, after: Doc, about: str) -> list[_Told]:
    if collection == "backlog_items":
        if after["id"] == about:
            return []
        kind = _of_new(after) if before is None else _of_changed(before, after)
        return [(kind, _words(before, after))] if kind else []
    if collection == "execucoes" and before is not None and before["status"] != after["status"]:
        kind = "reopens_execution" if after["status"] == "em_andamento" else "ends_execution"
        return [(kind, {"id": after["id"], "status": after["status"]})]
    if collection == "capacidades" and after["pedida_em"] and not (before and before["pedida_em"]):
        return [("probes", {"id": after["id"], "nome": _short(after["nome"])})]
    return []


def _of_new(item: Doc) -> str:
    if "item_ref" in item["contexto"]:
        return "asks_later" if item["disponivel_em"] > item["criado_em"] else "asks_about"
    waits = item["status"] == "Bloqueado"
    if item["humano"] and not waits:
        return "asks"
    return "produces_waiting" if waits else "produces"


def _of_changed(before: Doc, after: Doc) -> str:
    was, now = before["status"], after["status"]
    if was != now:
        return _of_moved(before, was, now)
    if after.get("tarefa") and before.get("tarefa") != after["tarefa"]:
        return "pulls"
    if after.get("deixado") and not before.get("deixado"):
        return "leaves"
    if not before["desfecho"] and after["desfecho"] == "perdido":
        return "gives_up"
    if now != "Bloqueado":
        return ""
    states = {_held(before, ref) + ">" + _held(after, ref) for ref in after["depende_de"]}
    if "aberta>quebrada" in states:
        return "breaks"
    if "quebrada>aberta" in states:
        return "revives"
    return "eases" if {"aberta>", "quebrada>"} & states else ""


def _of_moved(before: Doc, was: str, now: str) -> str:
    if now == "Cancelado":
        return "closes" if "item_ref" in before["contexto"] else "cancels"
    if now == "Pulado":
        return "skips"
    if now == "Pendente":
        return "releases" if was == "Bloqueado" else "returns"
    return ""


def _held(item: Doc, ref: str) -> str:
    """`aberta` or `quebrada` while the dependency holds the item, else empty."""
    state = str((item["dependencias"].get(ref) or {}).get("estado", ""))
    return state if state in ("aberta", "quebrada") else ""


def _words(before: Doc | None, after: Doc) -> dict[str, str]:
    held = {ref: _held(after, ref) for ref in after["depende_de"] if _held(after, ref)}
    fresh = [ref for ref, state in held.items() if before is not None and _held(before, ref) != state]
    return {
        "id": str(after["id"]),
        "tipo": str(after["tipo"]),
        "titulo": _short(after["titulo"]),
        "alvo": str(after["contexto"].get("item_ref", "")),
        "tarefa": str(after.get("tarefa") or ""),
        "refs": _short(", ".join(fresh or held)),
    }


def _join_questions(told: list[_Told]) -> list[_Told]:
    """A question about an item that is told of anyway is told in the same line, or left out with its end."""
    named = {words["id"] for kind, words in told if kind != "closes"}
    broken = {words["id"] for kind, words in told if kind == "breaks"}
    asked = {words["alvo"] for kind, words in told if kind == "asks_about"}
    replaced = {words["alvo"] for kind, words in told if kind == "asks_later"} | asked
    return [
        ("breaks_asks" if kind == "breaks" and words["id"] in asked else kind, words)
        for kind, words in told
        if not (kind == "asks_about" and words["alvo"] in broken)
        and not (kind == "closes" and words["alvo"] in named | replaced)
    ]


def _short(text: Any) -> str:
    words = " ".join(str(text).split())
    return words if len(words) <= _TITLE else words[: _TITLE - 1] + "…"
