"""The few shapes that evidence is laid out in: fields, tables, paragraphs. Widths are in terminal cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual.content import Content

from screens.text import clean

LABEL_WIDTH = 12
SIDE_BY_SIDE = 84
"""From this width on, two short fields share a line."""
_GUTTER = "   "

DIM = "$text-muted"
STRONG = "bold"
ACCENT = "bold $text-accent"
GOOD = "$text-success"
WARN = "$text-warning"
BAD = "$text-error"


def span(value: object, style: str = "") -> Content:
    """One piece of untrusted text in a style of ours; controls are shown harmless, line ends as spaces."""
    text = clean(str(value)).replace("\n", " ")
    return Content.styled(text, style) if style else Content(text)


def blank() -> Content:
    return Content("")


def stack(lines: Iterable[Content]) -> Content:
    """Lines one under the other."""
    return Content("\n").join(list(lines))


def words(*parts: Content | None, gap: int = 1) -> Content:
    """Pieces beside one another; None and empty pieces leave no gap."""
    return Content(" " * gap).join([part for part in parts if part])


def heading(title: str, note: str = "") -> Content:
    """A section's title, with a quiet note after it."""
    return words(span(title, ACCENT), span(note, DIM) if note else None, gap=2)


@dataclass(frozen=True, slots=True)
class Field:
    """A label and its value; the value's parts break between lines only as wholes where they fit."""

    label: str
    parts: tuple[Content, ...]


def field(label: str, *parts: Content | None) -> Field:
    return Field(label, tuple(part for part in parts if part))


def flow(parts: Sequence[Content], width: int, gap: int = 3) -> list[Content]:
    """Parts set one after the other into lines of `width`; only a part wider than a line is broken inside."""
    lines: list[Content] = []
    current = blank()
    for part in parts:
        joined = words(current, part, gap=gap)
        if not current or joined.cell_length <= width:
            current = joined
            continue
        lines.append(current)
        current = part
    lines.append(current)
    return [piece for line in lines for piece in wrapped(line, width)]


def wrapped(line: Content, width: int) -> list[Content]:
    """A line broken at words to fit `width`."""
    return [line] if line.cell_length <= width else list(line.wrap(max(width, 4)))


def paragraph(text: object, width: int, *, indent: int = 0, style: str = "") -> list[Content]:
    """Untrusted prose: its own line ends kept, broken at words, every line indented."""
    room = max(width - indent, 8)
    lines = clean(str(text)).split("\n")
    return [
        piece.pad_left(indent)
        for line in lines
        for piece in wrapped(
            Content.styled(line.expandtabs(4), style) if style else Content(line.expandtabs(4)), room
        )
    ]


def one_field(entry: Field, width: int, label_width: int = LABEL_WIDTH) -> list[Content]:
    """A field over as many lines as it needs, the value's lines aligned under each other."""
    values = flow(entry.parts, max(width - label_width, 8))
    label = span(entry.label, DIM).truncate(label_width - 1, ellipsis=True)
    first = label.pad_right(label_width - label.cell_length) + values[0]
    return [first, *(value.pad_left(label_width) for value in values[1:])]


def fields(entries: Sequence[Field], width: int, label_width: int = LABEL_WIDTH) -> list[Content]:
    """Fields under one another; where there is room, two short ones share a line in two aligned columns."""
    entries = [entry for entry in entries if entry.parts]
    if width < SIDE_BY_SIDE:
        return [line for entry in entries for line in one_field(entry, width, label_width)]
    half = (width - len(_GUTTER)) // 2
    lines: list[Content] = []
    index = 0
    while index < len(entries):
        left = one_field(entries[index], half, label_width)
        right = one_field(entries[index + 1], half, label_width) if index + 1 < len(entries) else []
        if len(left) == 1 and len(right) == 1:
            lines.append(left[0].pad_right(half - left[0].cell_length) + _GUTTER + right[0])
            index += 2
            continue
        lines += left if len(left) == 1 else one_field(entries[index], width, label_width)
        index += 1
    return lines


def table(
    rows: Sequence[Sequence[Content]], width: int, *, right: Sequence[int] = (), grow: int = 0, gap: int = 2
) -> list[Content]:
    """Rows in aligned columns; those in `right` are flush right; column `grow` gives way to fit `width`."""
    if not rows:
        return []
    widths = [max(row[column].cell_length for row in rows) for column in range(len(rows[0]))]
    excess = sum(widths) + gap * (len(widths) - 1) - width
    if excess > 0:
        widths[grow] = max(widths[grow] - excess, 6)
    space = Content(" " * gap)
    return [_row(row, widths, right, space).truncate(width, ellipsis=True) for row in rows]


def _row(row: Sequence[Content], widths: Sequence[int], right: Sequence[int], space: Content) -> Content:
    cells = [_cell(cell, widths[column], column in right) for column, cell in enumerate(row)]
    return space.join(cells).rstrip()


def _cell(cell: Content, width: int, flush_right: bool) -> Content:
    cell = cell.truncate(width, ellipsis=True)
    room = width - cell.cell_length
    return cell.pad_left(room) if flush_right else cell.pad_right(room)


def bar(part: float, width: int, style: str = "$primary") -> Content:
    """A measured share as a bar, told apart without colour too; `part` from 0 to 1."""
    filled = round(max(0.0, min(1.0, part)) * width)
    return Content.assemble(("━" * filled, style), ("─" * (width - filled), "$foreground 40%"))
