"""All that there is to say of one task, beside the tree: what it waits for first. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from screens.evidence import document
from screens.evidence.layout import (
    BAD,
    DIM,
    STRONG,
    WARN,
    blank,
    field,
    fields,
    heading,
    paragraph,
    span,
    words,
    wrapped,
)
from screens.evidence.values import hours, money, size
from screens.sprint_states import state_of, task_state
from screens.states import STATES, kind, state
from screens.text import ago, clean, when
from store.views.held import HELD
from store.views.model import Document
from store.views.sprint import ENDS, ChildRow, TaskRow, WaitRow, carried_to
from store.views.task import TaskDetail

LATEST = 40
"""Entries of a history that are shown."""
_LABEL = 11
_DID = {
    "criada": "made",
    "adicionada": "added",
    "editada": "edited",
    "iniciada": "started",
    "retomada": "went on",
    "concluida": "concluded",
    "bloqueada": "blocked",
    "cancelada": "cancelled",
    "devolvida": "returned to the backlog",
    "levada": "carried over",
    "continuada": "goes on",
    "ordenada": "placed anew",
    "dependencias": "waits for something else",
    "retirada": "taken back",
}
_SAID = {
    "de": "from",
    "para": "as",
    "motivo": "because",
    "depende_de": "after",
    "dispensadas": "waits no more for",
}
"""Names of what was said with it, in words."""


def lines(
    row: TaskRow,
    children: Sequence[ChildRow],
    detail: TaskDetail | None,
    keys: dict[str, str],
    now: str,
    width: int,
) -> list[Content]:
    """A task's page; `detail` follows a moment after the row. `keys` are those of pull, decide and start."""
    shown = state_of(row)
    blocks = [
        [
            *paragraph(row.titulo, width, style=STRONG),
            words(
                span(row.codigo, "$text-accent"), span(shown.label, shown.style), span(row.responsavel), gap=2
            ),
            *(paragraph(f"«{row.motivo}»", width, style=WARN) if row.motivo else []),
        ],
        _next(row, keys, width),
        _waits(row, keys, width),
        _children(children, keys, width),
        _facts(row, now, width),
        *(_documents(row, detail, now, width) if detail is not None else []),
    ]
    found = [line for block in blocks if block for line in (*block, blank())]
    return found[:-1]


def _next(row: TaskRow, keys: dict[str, str], width: int) -> list[Content]:
    """What the owner can do about its state."""
    told = {
        "pronta": f"Its item has ended: {keys['conclude']} concludes the task.",
        "espera_voce": f"{row.item_ref} waits for you: {keys['decide']} opens it.",
        "falhou": f"{row.item_ref} is {row.item_status}: cancel the task, or decide about it.",
        "levada": f"It goes on as {row.levada_para}.",
    }.get(row.estado)
    if row.estado == "bloqueada" and row.iniciada_em and not row.item_ref:
        told = f"{keys['block']} or {keys['start']} goes on with it."
    return paragraph(told, width, style=DIM) if told else []


def _waits(row: TaskRow, keys: dict[str, str], width: int) -> list[Content]:
    if not row.espera:
        return []
    title = "Paused by" if row.estado == "pausada" else "Waits for"
    lines = [heading(title), *(line for wait in row.espera for line in _wait(wait, keys["pull"], width))]
    if any(wait.quebrada for wait in row.espera):
        lines += paragraph(_way_on(row, keys), width, style=DIM)
    return lines


def _way_on(row: TaskRow, keys: dict[str, str]) -> str:
    """What gets a paused task on."""
    where = carried_to(row.espera)
    anew = f"{keys['edit']} has it wait for something else"
    return f"{keys['move']} takes it to {where}, too; {anew}" if where else f"{anew}, or for nothing"


def _wait(wait: WaitRow, pull: str, width: int) -> list[Content]:
    """Which one, where it stands, and how it comes."""
    first = words(
        span("✗" if wait.quebrada else "■", BAD if wait.quebrada else WARN),
        span(wait.ref, STRONG),
        span(_standing(wait)),
        gap=1,
    )
    lines = [first.truncate(width, ellipsis=True)]
    if wait.titulo:
        lines += paragraph(wait.titulo, width, indent=2, style=DIM)
    if wait.quebrada and wait.onde:
        lines += paragraph(
            f"it goes on as {wait.onde}: this sprint waits for it in vain", width, indent=2, style=BAD
        )
    elif wait.quebrada:
        lines += paragraph("it will not come by itself any more", width, indent=2, style=BAD)
    elif wait.onde:
        lines += paragraph(f"{wait.onde} carries it", width, indent=2)
    elif wait.puxavel:
        lines += paragraph(f"in the backlog: {pull} pulls it", width, indent=2)
    return lines


def _standing(wait: WaitRow) -> str:
    if not wait.estado:
        return "not there"
    shown = task_state(wait.estado)
    return shown.label if shown.word != wait.estado else state(wait.estado).label


def _children(children: Sequence[ChildRow], keys: dict[str, str], width: int) -> list[Content]:
    if not children:
        return []
    lines = [heading("To be pulled, or not")]
    for child in children:
        symbol = STATES[HELD].symbol if child.deixado_por else "◆" if child.pergunta else "◇"
        lines.append(
            words(
                span(symbol, WARN if child.pergunta else DIM),
                span(child.item_ref, DIM),
                span(child.titulo),
            ).truncate(width, ellipsis=True)
        )
        lines += paragraph(_fate(child, keys), width, indent=2, style=DIM)
    return lines


def _fate(child: ChildRow, keys: dict[str, str]) -> str:
    what = kind(child.tipo)
    if child.deixado_por:
        return f"{what}; left in the backlog by {child.deixado_por}, held: {keys['pull']} pulls it"
    if child.pergunta:
        return f"{what}; asked about: {keys['pull']} opens the question"
    later = "comes in" if child.auto_pull else "is asked about"
    return f"{what}; {later} when the task is concluded, {keys['pull']} pulls it now"


def _facts(row: TaskRow, now: str, width: int) -> list[Content]:
    pairs = [
        field("Hours", span(_against(row.realizado_horas, row.estimado_horas, hours))),
        field("Cost", span(_against(row.realizado_custo, row.estimado_custo, money))),
        field("Depends on", span(", ".join(row.depende_de))),
        field(
            "Item",
            words(span(row.item_ref, STRONG), span(state(row.item_status).label)) if row.item_ref else None,
        ),
        field("Started", span(when(row.iniciada_em, now))),
        field("Ended", span(when(row.encerrada_em, now))),
        field("Pulled", span("as a child of the task above")) if row.puxada else field("Pulled"),
    ]
    return fields([each for each in pairs if each.parts], width, _LABEL)


def _against(actual: object, estimate: object, told: object) -> str:
    """`2 h of 6 h estimated`; empty where neither is known."""
    assert callable(told)
    if actual is None and estimate is None:
        return ""
    if actual is None:
        return f"{told(estimate)} estimated"
    return f"{told(actual)} of {told(estimate)} estimated" if estimate is not None else str(told(actual))


def _documents(row: TaskRow, detail: TaskDetail, now: str, width: int) -> list[list[Content]]:
    """What is known of its document, and of its item's."""
    task, item = detail.task, detail.item
    result = (item or {}).get("resultado") if row.item_ref else task.get("resultado")
    blocks = [_foreseen(task, width)] if not row.iniciada_em and row.estado not in ENDS else []
    if item is not None and item.get("contexto"):
        blocks.append([heading("Contexto"), *document.shown(item["contexto"], width)])
    if result:
        blocks.append([heading("Resultado"), *document.shown(_told(result), width)])
    if task.get("anexos"):
        blocks.append([heading("Attachments"), *(_attachment(each, width) for each in task["anexos"])])
    blocks.append([heading("History"), *_history(task.get("historico") or (), now, width)])
    return blocks


def _foreseen(task: Document, width: int) -> list[Content]:
    """The children that its recipe knows of, which come up once it is started."""
    foreseen = task.get("filhos") or ()
    if not foreseen:
        return []
    lines = [heading("Its work will bring up, once it is started")]
    for child in foreseen:
        contexto = child.get("contexto") or {}
        what = child.get("titulo") or contexto.get("o_que") or ""
        line = words(span("◇", DIM), span(kind(str(child.get("tipo", ""))), STRONG), span(what))
        lines += wrapped(line, width)
    return lines


def _told(result: Document) -> object:
    """A result that is only a text, as that text."""
    return result["texto"] if set(result) == {"texto"} else result


def _attachment(entry: Document, width: int) -> Content:
    line = words(span(entry.get("nome", "")), span(size(entry.get("tamanho")), DIM), gap=2)
    return line.truncate(width, ellipsis=True)


def _history(entries: Sequence[Document], now: str, width: int) -> list[Content]:
    """What was done to it, the newest first."""
    lines = []
    for entry in list(reversed(entries))[:LATEST]:
        said = ", ".join(_said(name, value) for name, value in (entry.get("dados") or {}).items())
        did = _DID.get(str(entry.get("oque", "")), str(entry.get("oque", "")))
        line = words(
            span(ago(str(entry.get("em") or ""), now), DIM),
            span(did),
            span(f"by {entry.get('quem', '')}", DIM),
            span(said, DIM),
        )
        lines += wrapped(line, width)
    return lines or [span("nothing yet", DIM)]


def _said(name: str, value: object) -> str:
    """One thing that was said with it; of what was changed, from what to what."""
    if name == "mudou" and isinstance(value, dict):
        return ", ".join(
            f"{field} {_short(change.get('de'))} → {_short(change.get('para'))}"
            for field, change in value.items()
            if isinstance(change, dict)
        )
    return f"{_SAID.get(name, name)} {_short(value)}"


def _short(value: object) -> str:
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    text = clean(str(value)) if value not in (None, "") else "—"
    return text if len(text) <= 60 else text[:59] + "…"
