"""One chart, whatever its kind: a picture where there is room, else its numbers, else what will fill it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.color import Color, ColorParseError
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from screens.evidence.layout import DIM, flow, paragraph, span
from screens.widgets.chart_data import drawable, plan
from screens.widgets.chart_marks import mark_places, mark_room, mark_words
from screens.widgets.chart_parts import FILLS, FROM_ZERO, POINTS, Plan
from screens.widgets.chart_table import table_lines
from screens.widgets.sheet import Reader, Sheet
from store.metrics.model import Chart, Mark

if TYPE_CHECKING:
    from screens.widgets.chart_drawing import Colour, Palette

SERIES = ("primary", "accent", "success", "secondary", "error", "foreground", "primary", "accent")
"""The theme's colours for series; with their signs, eight can be told apart."""
SMALLEST = 7
"""Rows of picture without which the legend is left out."""


class ChartView(Vertical):
    """Shows one chart at a time; `numbers` has the table instead of the picture."""

    DEFAULT_CSS = """
    ChartView { height: 1fr; }
    ChartView > Picture { height: 1fr; display: none; }
    ChartView > Reader { height: 1fr; display: none; }
    ChartView.-picture > Picture { display: block; }
    ChartView.-numbers > Reader { display: block; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        # Kept by name: what comes while the screen is being closed must not look for what is gone.
        self._picture, self._reader, self._sheet = Picture(), Reader(), Sheet()
        self._chart: Chart | None = None
        self._numbers = False

    def compose(self) -> ComposeResult:
        yield self._picture
        with self._reader:
            yield self._sheet

    @property
    def chart(self) -> Chart | None:
        return self._chart

    @property
    def text(self) -> str:
        """What is shown now, without its colours."""
        return self._picture.render().plain if self.has_class("-picture") else self._sheet.text

    def show(self, chart: Chart | None, *, numbers: bool = False) -> None:
        """Show another chart, or its numbers; equal ones are not drawn again."""
        if (chart, numbers) == (self._chart, self._numbers):
            return
        if chart is None or self._chart is None or chart.chave != self._chart.chave:
            self._reader.scroll_home(animate=False)
        self._chart, self._numbers = chart, numbers
        self._arrange()

    def _arrange(self) -> None:
        """Choose between picture, numbers and words for the room that there is."""
        chart, (width, height) = self._chart, self.content_size
        if chart is None or not width:
            return
        pictured = not self._numbers and layout(chart, width, height) is not None
        self.set_class(pictured, "-picture")
        self.set_class(not pictured, "-numbers")
        if pictured:
            self._picture.show(chart)
        else:
            self._sheet.show(lambda room: numbers_of(chart, room))

    def on_resize(self) -> None:
        self._arrange()


def numbers_of(chart: Chart, width: int) -> list[Content]:
    """The table and the chart's note; what will fill it where it has no value."""
    note = paragraph(chart.nota, width, style=DIM) if chart.nota else []
    if not drawable(chart):
        return [*paragraph(chart.vazio or "There is no value yet.", width, style=DIM), *note]
    return [*table_lines(chart, width), *note]


def layout(chart: Chart, width: int, height: int) -> tuple[Plan, list[Content], list[Content]] | None:
    """The picture's plan, the legend above it and the notes beneath it; None where there is no picture."""
    first = plan(chart, width, height)
    if first is None:
        return None
    below = _beneath(chart, first, width)
    above = legend(chart, first, width)
    if height - len(above) - len(below) < SMALLEST:
        above = above[:1] if height - 1 - len(below) >= SMALLEST else []
        below = below if height - len(above) - len(below) >= SMALLEST else []
    found = plan(chart, width, height - len(above) - len(below))
    if found is None:
        return None
    # Told of the picture as it is now; with fewer rows, other rows are left out.
    return found, above, _beneath(chart, found, width)[: len(below)]


def _beneath(chart: Chart, made: Plan, width: int) -> list[Content]:
    """What is not drawn, and the chart's own note, in two lines each at most."""
    notes = [*made.notes, chart.nota] if chart.nota else made.notes
    return [line for note in notes for line in paragraph(note, width, style=DIM)[:2]]


def legend(chart: Chart, found: Plan, width: int) -> list[Content]:
    """Each series' sign and name, the marks' names with their values, and what goes to the right."""
    signs = FILLS if chart.tipo in FROM_ZERO else POINTS
    named = found.layers if len(found.layers) > 1 else ()
    parts = [
        Content.assemble((f"{signs[at]} ", f"${SERIES[at % len(SERIES)]}"), span(layer.nome))
        for at, layer in enumerate(named)
        if layer.nome
    ]
    if not found.beside:
        parts += [Content.assemble(("─ ", "$warning"), span(words, DIM)) for words in mark_words(chart)]
    if chart.eixo_x:
        parts.append(span(f"→ {chart.eixo_x}", DIM))
    return flow(parts, width, gap=2) if parts else []


class Picture(Widget):
    """The chart, drawn again only when it, its size or the theme changes."""

    _chart: Chart | None = None
    _key: tuple[object, ...] = ()
    _content = Content("")

    def show(self, chart: Chart) -> None:
        if chart is not self._chart:
            self._chart = chart
            self.refresh()

    def render(self) -> Content:
        chart, (width, height) = self._chart, self.content_size
        if chart is None or not width:
            return Content("")
        key = (chart, width, height, self.app.theme)
        if key != self._key:
            self._key, self._content = key, picture(chart, width, height, self.app.theme_variables)
        return self._content


def picture(chart: Chart, width: int, height: int, colours: Mapping[str, str]) -> Content:
    """Legend, picture and notes as one content; empty where there is no room for it."""
    found = layout(chart, width, height)
    if found is None:
        return Content("")
    from screens.widgets.chart_drawing import drawn

    made, above, below = found
    text = Text.from_ansi(drawn(made, palette_of(colours)).rstrip("\n"))
    lines = [Content.from_rich_text(line) for line in text.split("\n", allow_blank=True)]
    return Content("\n").join(
        [*above, *_named(lines, made, mark_words(chart), mark_room(chart, width)), *below]
    )


def _named(lines: list[Content], made: Plan, told: Sequence[str], room: int) -> list[Content]:
    """The picture's lines with the marks' names at the right of theirs, in `room` cells."""
    if not made.beside:
        return lines
    placed = sorted(zip(made.marks, told, strict=True), key=lambda each: -each[0].valor)
    rows = [_mark_row(made, mark) for mark, _ in placed]
    names = mark_places(rows, [name for _, name in placed], made.height - 2, room)
    return [
        line + span(f" {names[at]}", "$warning") if at in names else line for at, line in enumerate(lines)
    ]


def _mark_row(made: Plan, mark: Mark) -> int:
    """The line that a mark is drawn on, the topmost being 0."""
    rows, share = made.height - 2, (mark.valor - made.y.low) / (made.y.high - made.y.low)
    return rows - 1 - floor(round(0.5 + (rows - 1) * share, 8))


def palette_of(variables: Mapping[str, str]) -> Palette:
    """The theme's colours, as plotext takes them."""
    from screens.widgets.chart_drawing import Palette

    return Palette(
        series=tuple(_colour(variables, name) for name in SERIES),
        axes=_colour(variables, "text-muted"),
        marks=_colour(variables, "warning"),
    )


def _colour(variables: Mapping[str, str], name: str) -> Colour:
    """A theme's colour; the terminal's own where it is one of those, or none that can be read."""
    try:
        found = Color.parse(variables.get(name, "ansi_default"))
    except ColorParseError:
        return "default"
    if found.ansi is not None:
        return found.ansi if found.ansi >= 0 else "default"
    return found.rgb
