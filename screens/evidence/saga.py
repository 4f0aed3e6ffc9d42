"""The saga of an item: as a genealogy, who was produced by whom, and as a timeline of what happened when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from screens.evidence.layout import ACCENT, DIM, span, table, words
from screens.states import item_state, kind
from screens.text import ago, local_time, span_of
from store.clock import seconds_between
from store.views.model import Document, ItemDetail

_LONGEST = 400
_CALENDAR, _CALENDAR_HEAD = 40, 20
"""Items that the calendar shows at most, and the cells of their names."""


def tree(detail: ItemDetail, width: int, now: str) -> list[Content]:
    """Every item of the saga under the one that produced it; the item itself is marked."""
    items = {str(item.get("id", "")): item for item in detail.saga} or {_id(detail.item): detail.item}
    children = _children(items)
    rows: list[list[Content]] = []
    stack = [(root, "", "") for root in reversed(children.get("", []))]
    while stack:
        item_id, lead, branch = stack.pop()
        rows.append(_row(items[item_id], lead + branch, item_id == _id(detail.item), now))
        below = children.get(item_id, [])
        deeper = lead + {"": "", "├ ": "│ ", "└ ": "  "}[branch]
        branches = [(child, deeper, "└ " if child == below[-1] else "├ ") for child in below]
        stack += reversed(branches)
    return table(rows, width, grow=0)


def _children(items: Mapping[str, Document]) -> dict[str, list[str]]:
    """Ids by parent; an item whose parent is not in the saga, or that would close a circle, is a root."""
    below: dict[str, list[str]] = {}
    for item_id, item in items.items():
        parent = str(item.get("pai") or "")
        known = parent in items and not _reaches(items, parent, item_id)
        below.setdefault(parent if known else "", []).append(item_id)
    return below


def _reaches(items: Mapping[str, Document], start: str, goal: str) -> bool:
    seen: set[str] = set()
    while start in items and start not in seen:
        if start == goal:
            return True
        seen.add(start)
        start = str(items[start].get("pai") or "")
    return False


def _row(item: Document, lead: str, here: bool, now: str) -> list[Content]:
    shown = item_state(item)
    name = words(span(item.get("id", ""), ACCENT if here else ""), span(kind(str(item.get("tipo", "")))))
    title = span(item.get("titulo", ""), DIM)
    first = Content.styled(lead, DIM) + words(name, title)
    return [first, span(shown.label, shown.style), span(_age(item, now), DIM)]


def _age(item: Document, now: str) -> str:
    """How long a finished item took, or when an open one was produced."""
    began, ended = (
        str(item.get("iniciado_em") or item.get("criado_em") or ""),
        str(item.get("concluido_em") or ""),
    )
    if began and ended:
        return span_of(seconds_between(began, ended))
    return ago(str(item.get("criado_em") or ""), now)


def calendar(detail: ItemDetail, width: int, now: str) -> list[Content]:
    """When each item of the saga lived: waiting thin, worked on thick, waiting for the owner dotted."""
    items = [item for item in detail.saga if item.get("criado_em")][-_CALENDAR:]
    start = min((str(item["criado_em"]) for item in items), default=now)
    end = max([str(item.get("concluido_em") or now) for item in items], default=now)
    whole = max(seconds_between(start, end), 1.0)
    room = max(width - _CALENDAR_HEAD, 12)
    lines = []
    for item in items:
        head = words(span(item.get("id", ""), DIM), span(kind(str(item.get("tipo", ""))))).truncate(
            _CALENDAR_HEAD - 1
        )
        lines.append(head.pad_right(_CALENDAR_HEAD - head.cell_length) + _life(item, start, whole, room, now))
    scale = f"{local_time(start)} to {local_time(end)}, {span_of(whole)}"
    return [*lines, span(scale, DIM).pad_left(_CALENDAR_HEAD)] if lines else []


def _life(item: Document, start: str, whole: float, room: int, now: str) -> Content:
    """One item's bar: from when it was produced, over when it was started, to its end."""
    born = str(item["criado_em"])
    ended = str(item.get("concluido_em") or now)
    human = bool(item.get("humano"))
    began = ended if human else str(item.get("iniciado_em") or ended)
    first, middle, last = (_place(moment, start, whole, room) for moment in (born, began, ended))
    waiting = ("┄" if human else "─") * (middle - first)
    return Content.assemble(
        " " * first,
        (waiting, "$text-warning" if human else "$foreground 40%"),
        ("━" * max(last - middle, 0 if human else 1), "$primary"),
        ("◆" if human else "", "$text-warning"),
    )


def _place(moment: str, start: str, whole: float, room: int) -> int:
    share = seconds_between(start, moment) / whole
    return round(min(max(share, 0.0), 1.0) * (room - 1))


def _id(item: Document) -> str:
    return str(item.get("id", ""))


def timeline(events: Sequence[Document], width: int) -> list[Content]:
    """Events, oldest first: time, how long since the one before, type, and what it says."""
    if not events:
        return [span("Nothing happened yet.", DIM)]
    rows: list[list[Content]] = []
    before = ""
    for event in list(events)[-_LONGEST:]:
        moment = str(event.get("ts", ""))
        since = f"+{span_of(seconds_between(before, moment))}" if before and moment else ""
        rows.append(
            [
                span(local_time(moment), DIM),
                span(since, DIM),
                span(event.get("item_id", ""), DIM),
                span(event.get("tipo", "")),
                _says(event),
            ]
        )
        before = moment or before
    return table(rows, width, right=(1,), grow=4)


def _says(event: Document) -> Content:
    """What an event says beyond its type: the transition, the actor, its text."""
    de, para = event.get("de"), event.get("para")
    change = span(f"{de} → {para}" if de else f"→ {para}") if para else None
    return words(
        change, span(event.get("ator") or "", DIM), span(event.get("motivo") or event.get("texto") or "")
    )
