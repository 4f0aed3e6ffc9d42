"""Metrics: a tab a family; figures with their n, trend and target, and the charts that show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from screens import metrics_content as content
from screens.base import BaseScreen
from screens.commands import Command, command, shown_key
from screens.evidence.layout import span
from screens.metrics_asked import BUCKETS, Asking
from screens.metrics_pages import Pages
from screens.widgets.chart import ChartView
from screens.widgets.chart_data import drawable
from screens.widgets.columns import Cell
from screens.widgets.lines import Lines
from screens.widgets.page_tabs import PageTabs
from screens.widgets.sheet import Reader, Sheet
from screens.widgets.virtual_table import VirtualTable
from screens.zone import there
from store.errors import OficinaError
from store.metrics.families import AS_OF_NOW, FAMILIES
from store.metrics.model import Figure, Page

if TYPE_CHECKING:
    from store.metrics.asking import Ask
    from store.views.model import ReadModel

SAY_READING_S = 0.3
"""Seconds that an answer may take without a word about it."""
TALL = 32
"""Rows from which on table and chart are seen together."""
DETAIL_ROWS = 3


class MetricsScreen(BaseScreen):
    """Pages are asked of the line, newest answer wins; cursor and chart stay by their keys."""

    CSS_PATH = "metrics.tcss"
    SCOPES = ("metrics", "list")
    HEADLINE = "Metrics"
    AUTO_FOCUS = "VirtualTable"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-high"), (TALL, "-tall")]
    READ_MORE = "docs/metrics.md says what each figure means"

    def __init__(self) -> None:
        super().__init__()
        self._families = tuple(FAMILIES)
        self._asking = Asking(self._families[0])
        self._pages = Pages(lambda: self.frame.clock)
        self._cursors: dict[str, str] = {}
        self._views: dict[str, str] = {}
        self._numbers = self._charting = self._late = False
        self._error = ""
        # Kept by name: an answer that comes while the screen is being closed must not look for what is gone.
        self._tabs = PageTabs([each.titulo for each in FAMILIES.values()])
        self._chart, self._notes = ChartView(id="chart"), Sheet(id="notes-sheet")
        self._reader = Reader(id="notes")

    def compose_body(self) -> ComposeResult:
        yield Lines(id="summary")
        yield self._tabs
        yield VirtualTable[Figure](content.COLUMNS, self._cells, content.row_key, id="figures")
        yield Lines(id="empty")
        yield Lines(id="detail")
        with Vertical(id="view"):
            yield self._chart
            with self._reader:
                yield self._notes

    @property
    def table(self) -> VirtualTable[Figure]:
        return self.query_one(VirtualTable)

    @property
    def _ask(self) -> Ask:
        return self._asking.ask

    @property
    def _page(self) -> Page | None:
        return self._pages.latest(self._ask)

    @property
    def _corte(self) -> str:
        """How time is cut: as asked, else as the page has it."""
        return self._ask.corte or content.bucket_of(self._page)

    def _cells(self, figure: Figure) -> Sequence[Cell]:
        return content.cells(figure)

    # Asking

    def show_model(self, model: ReadModel) -> None:
        """The store moved: the page is asked anew, at most every two seconds."""
        self._pages.moved(model.seq)
        self._ask_if_due()
        if self._page is None:
            self._draw()

    def tick(self, now: str) -> None:
        super().tick(now)
        if self.whole:
            self._ask_if_due()

    def _ask_if_due(self) -> None:
        ask = self._ask
        if self.frame.port is None or not self._pages.due(ask):
            return
        number = self._pages.asking(ask)
        self.run_worker(self._fetch(number, ask), group="page")
        self.set_timer(SAY_READING_S, lambda: self._say_reading(ask))

    async def _fetch(self, number: int, ask: Ask) -> None:
        port = self.frame.port
        if port is None:
            return
        try:
            page = await port.metrics(ask)
        except OficinaError as error:
            self._pages.ended(number)
            if ask == self._ask:
                self._error, self._late = str(error), False
        else:
            if not self._pages.answered(number, ask, page) or ask != self._ask:
                return
            self._error, self._late = "", False
        if self.whole:
            self._draw()

    def _say_reading(self, ask: Ask) -> None:
        """Only an answer that takes its time is told of: nothing flickers."""
        if self.whole and ask == self._ask and self._pages.reading(ask):
            self._late = True
            self._draw()

    def _change(self, asking: Asking) -> None:
        """Ask for something else; what was there before stays to be seen until the answer comes."""
        self._remember()
        self._asking, self._error, self._late = asking, "", False
        self._tabs.current = self._families.index(asking.ask.familia)
        self._ask_if_due()
        self._draw()

    def _remember(self) -> None:
        """Each family keeps its cursor."""
        row = self.table.cursor_row
        if row is not None and self._page is not None:
            self._cursors[self._ask.familia] = content.row_key(row)

    # What is shown

    def _draw(self) -> None:
        page, late = self._page, self._late
        self._draw_summary(page)
        if page is None and not late and not self._error and self.table.rows:
            return  # for a moment, what was there before
        figures = page.figuras if page is not None else ()
        self.table.set_rows(figures)
        if key := self._cursors.pop(self._ask.familia, ""):
            self.table.select(key)
        self.set_class(not figures, "-empty")
        self.set_class(page is None or not content.views(page, self.table.cursor_row), "-viewless")
        self._draw_empty(page)
        self._draw_below()
        self.refresh_commands()

    def _draw_summary(self, page: Page | None) -> None:
        ask, keys, gerado = self._ask, self.frame.keys, page is not None and page.gerado
        asked = content.Asked(
            ask.periodo,
            ask.desde,
            ask.ate,
            self._corte,
            ask.por,
            gerado,
            self._late and page is None,
            now=page is not None and AS_OF_NOW in page.notas,
        )
        names = {name: shown_key(command(f"metrics.{name}"), keys) for name in ("period", "bucket", "group")}
        self.query_one("#summary", Lines).show(lambda width: content.summary_line(asked, names, width), asked)

    def _draw_empty(self, page: Page | None) -> None:
        loaded, error = self.frame.port is not None, self._error
        title = FAMILIES[self._ask.familia].titulo
        self.query_one("#empty", Lines).show(
            lambda width: Content("\n").join(
                content.empty_lines(page, loaded=loaded, error=error, title=title, width=width)
            ),
            (page is None, loaded, error, title),
        )

    def _draw_below(self) -> None:
        """The figure's detail and the chart, or the words, that were chosen."""
        figure = self.table.cursor_row
        if figure is not None:
            corte = self._corte
            self.query_one("#detail", Lines).show(
                lambda width: Content("\n").join(content.detail_lines(figure, corte, width)[:DETAIL_ROWS]),
                (figure, corte),
            )
        view, place, count = self._view()
        box = self.query_one("#view")
        self.set_class(view is not None and view.chart is None, "-words")
        if view is None:
            self._chart.show(None)
            return
        box.border_title = span(view.title)
        box.border_subtitle = self._hints(place, count, view)
        if view.chart is not None:
            self._chart.show(view.chart, numbers=self._numbers)
        else:
            self._notes.show(lambda width: content.note_lines(view.lines, width))

    def _hints(self, place: int, count: int, view: content.View) -> str:
        keys = self.frame.keys
        other = "picture" if self._numbers else "numbers"
        parts = [f"{place + 1} of {count}"]
        if count > 1:
            parts.append(f"{shown_key(command('metrics.chart'), keys)} next")
        if view.chart is not None and drawable(view.chart):
            parts.append(f"{shown_key(command('metrics.numbers'), keys)} {other}")
        return " · ".join(parts)

    def _view(self) -> tuple[content.View | None, int, int]:
        """The chosen chart or words, its place and how many there are."""
        page = self._page
        found = content.views(page, self.table.cursor_row) if page is not None else ()
        if not found:
            return None, 0, 0
        chosen = self._views.get(self._ask.familia, "")
        place = next((at for at, view in enumerate(found) if view.key == chosen), 0)
        return found[place], place, len(found)

    # What happens

    @on(VirtualTable.RowHighlighted)
    def _highlighted(self) -> None:
        self._draw_below()
        self.refresh_commands()

    @on(VirtualTable.RowChosen)
    def _open(self) -> None:
        """The documents behind a figure."""
        from screens.metric_items import MetricItemsScreen

        figure = self.table.cursor_row
        if figure is None:
            return
        if not figure.itens:
            self.frame.say(f"No document stands behind «{figure.nome}» yet", severity="warning")
            return
        self.app.push_screen(MetricItemsScreen(figure))

    @on(PageTabs.Picked)
    def _tab_picked(self, message: PageTabs.Picked) -> None:
        self._change(self._asking.of(self._families[message.place]))

    def why_not(self, entry: Command) -> str:
        view, _, count = self._view()
        picture = view is not None and view.chart is not None and drawable(view.chart)
        unread = "These figures are still being read"
        none = "There is no chart here" if self._page is not None else unread
        reasons = {
            "chart": "" if count else none,
            "previous_chart": "" if count else none,
            "numbers": "" if picture else none,
            "group": "" if self._groups else "These figures can't be grouped" if self._page else unread,
            "close": "" if self._charting or self._asking.narrowed else "Nothing to close",
            "copy_id": "" if self.table.rows else "There is nothing under the cursor",
        }
        return reasons.get(entry.action, "")

    @property
    def _groups(self) -> tuple[str, ...]:
        return self._page.grupos if self._page is not None else ()

    def action_next_family(self) -> None:
        self._step(1)

    def action_previous_family(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        place = (self._families.index(self._ask.familia) + by) % len(self._families)
        self._change(self._asking.of(self._families[place]))

    def action_chart(self) -> None:
        self._turn(1)

    def action_previous_chart(self) -> None:
        self._turn(-1)

    def _turn(self, by: int) -> None:
        """The next chart; where there is no room for both, the first press brings the chart."""
        view, place, count = self._view()
        page = self._page
        if view is None or page is None:
            return
        tall = self.has_class("-tall")
        if not tall and not self._charting:
            self._set_charting(True)
            return
        place += by
        if not tall and not 0 <= place < count:
            self._set_charting(False)
            place %= count
        found = content.views(page, self.table.cursor_row)
        self._views[self._ask.familia] = found[place % count].key
        self._draw_below()

    def _set_charting(self, charting: bool) -> None:
        self._charting = charting
        self.set_class(charting, "-charting")
        if not charting:
            self.table.focus()

    def action_numbers(self) -> None:
        self._numbers = not self._numbers
        self._draw_below()

    def action_period(self) -> None:
        self._change(self._asking.next_period())

    def action_dates(self) -> None:
        from screens.dialogs.dates import DatesDialog

        today = there(self.frame.clock.now()).date().isoformat()
        self.app.push_screen(DatesDialog(self._ask.desde, self._ask.ate, today), self._dates_told)

    def _dates_told(self, told: tuple[str, str] | None) -> None:
        if told is not None:
            self._change(self._asking.between(*told))

    def action_bucket(self) -> None:
        self._change(self._asking.next_bucket(self._corte or BUCKETS[0]))

    def action_group(self) -> None:
        self._change(self._asking.next_group(self._groups))

    def action_close(self) -> None:
        """Back from the chart, then from dates and groups to what was there at first."""
        if self._charting:
            self._set_charting(False)
        else:
            self._change(self._asking.plain())
        self.refresh_commands()

    def action_next_pane(self) -> None:
        self.focus_next("VirtualTable, Reader")

    @property
    def id_at_cursor(self) -> str:
        row = self.table.cursor_row
        return row.chave if row is not None else ""
