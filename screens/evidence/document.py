"""Any document as fields: names aligned, nesting indented, long lists cut with how many more there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from screens.evidence.layout import DIM, paragraph, span

_DEEPEST = 6
_LONGEST = 40
_STEP = 2


def shown(value: object, width: int, depth: int = 0) -> list[Content]:
    """A mapping, list or scalar as lines; never more than a screenful or two of any one list."""
    if isinstance(value, Mapping):
        return _mapping(value, width, depth)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _sequence(value, width, depth)
    return paragraph(_scalar(value), width, indent=depth * _STEP)


def _mapping(value: Mapping[str, object], width: int, depth: int) -> list[Content]:
    if not value:
        return [span("nothing", DIM).pad_left(depth * _STEP)]
    label = min(max(len(str(key)) for key in value) + 2, max(width // 3, 8))
    lines: list[Content] = []
    for key, entry in list(value.items())[:_LONGEST]:
        name = span(key, DIM)
        if _nested(entry) and depth < _DEEPEST:
            lines += [name.pad_left(depth * _STEP), *shown(entry, width, depth + 1)]
        else:
            lines += _named(name, entry, width, depth * _STEP, label)
    return [*lines, *_more(len(value), depth)]


def _named(name: Content, entry: object, width: int, indent: int, label: int) -> list[Content]:
    body = paragraph(_scalar(entry), max(width - indent - label, 8))
    if name.cell_length >= label:
        return [name.pad_left(indent), *(line.pad_left(indent + label) for line in body)]
    first = name.pad_right(label - name.cell_length) + body[0]
    return [first.pad_left(indent), *(line.pad_left(indent + label) for line in body[1:])]


def _sequence(value: Sequence[object], width: int, depth: int) -> list[Content]:
    lines: list[Content] = []
    for entry in value[:_LONGEST]:
        body = shown(entry, width - _STEP, depth) if _nested(entry) and depth < _DEEPEST else None
        if body is None:
            body = paragraph(_scalar(entry), width - _STEP, indent=depth * _STEP)
        lines += [_dash(body[0], depth), *(line.pad_left(_STEP) for line in body[1:])]
    return [*lines, *_more(len(value), depth)]


def _dash(line: Content, depth: int) -> Content:
    """A list entry's first line, its dash where the indentation ends."""
    indent = depth * _STEP
    return line[:indent] + span("– ", DIM) + line[indent:]


def _more(length: int, depth: int) -> list[Content]:
    return [span(f"and {length - _LONGEST} more", DIM).pad_left(depth * _STEP)] if length > _LONGEST else []


def _nested(value: object) -> bool:
    return isinstance(value, Mapping | list | tuple) and bool(value)


def _scalar(value: object) -> str:
    if value is None or value in ({}, [], ""):
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
