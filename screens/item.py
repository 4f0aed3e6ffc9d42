"""An item, whatever it is: its pages, kept up to date while it is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import takewhile

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from screens.base import BaseScreen
from screens.commands import Command
from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.viewer import Viewer, spec_viewer
from screens.editing import edit_spec
from screens.evidence import amounts, history, output, report, saga, summary, trouble
from screens.evidence.changed import difference_lines
from screens.evidence.code import code
from screens.evidence.deployment import previous
from screens.evidence.layout import BAD, DIM, blank, heading, span
from screens.evidence.release import planned
from screens.evidence.shapes import documents
from screens.evidence.shapes import report as report_of
from screens.evidence.spec_version import difference
from screens.evidence.titles import spec_name
from screens.evidence.values import size
from screens.widgets.columns import Cell, Column
from screens.widgets.page_tabs import PageTabs
from screens.widgets.sheet import Reader, Sheet, fixed
from screens.widgets.virtual_table import VirtualTable
from store.errors import OficinaError
from store.views.model import Document, EventRow, ItemDetail, ReadModel

Page = Callable[[ItemDetail, str, int], list[Content]]
SUMMARY, SAGA, ARTIFACTS, OUTPUT = "Summary", "Saga", "Artifacts", "Output"
FETCH_S = 0.5
"""Seconds between two fetches of the item at least."""

_FILE_COLUMNS = (
    Column("name", "Artifact", 12, grow=1, keep=2),
    Column("size", "Size", 8, right=True, keep=1),
)


def _saga_page(detail: ItemDetail, now: str, width: int) -> list[Content]:
    return [
        heading("Genealogy", "who was produced by whom"),
        *saga.tree(detail, width, now),
        blank(),
        heading("Timeline", "━ worked on  ─ waiting  ┄ waiting for you"),
        *saga.calendar(detail, width, now),
        blank(),
        heading("Events", "of this item, oldest first, with the time since the line before"),
        *saga.timeline(detail.eventos, width),
    ]


def _history_page(detail: ItemDetail, _: str, width: int) -> list[Content]:
    tries = documents(detail.item.get("tentativas"))
    return [
        *trouble.attempts(tries, width),
        blank(),
        heading("Decisions", "of the whole saga, oldest first"),
        *history.listed(detail.decisoes, width),
    ]


PAGES: Mapping[str, Page] = {
    SUMMARY: lambda detail, now, width: summary.page(detail, now, width),
    SAGA: _saga_page,
    "Price": lambda detail, _, width: amounts.page(detail, width),
    "Tests": lambda detail, _, width: report.full(report_of(detail), planned(detail), width),
    ARTIFACTS: lambda _detail, _now, _width: [],
    OUTPUT: lambda detail, _, _width: output.live(detail),
    "History": _history_page,
}
NAMES = tuple(PAGES)


class ItemScreen(BaseScreen):
    """Opened over any screen with `enter`; escape leads back."""

    CSS_PATH = "item.tcss"
    SCOPES = ("item",)
    AUTO_FOCUS = "#page"

    def __init__(self, item_id: str, page: str = SUMMARY) -> None:
        super().__init__()
        self.item_id = item_id
        self._page = page
        self._detail: ItemDetail | None = None
        self._fetched: object = None
        self._seen_event = 0
        self._fetched_at = -FETCH_S
        self._late = False
        self._artifact = ""
        # Kept by name: work that ends while the screen is being closed must not look for what is gone.
        self._head, self._sheet = Sheet(id="head"), Sheet(id="page-sheet")
        self._reader, self._artifact_reader = Reader(id="page"), Reader(id="artifact")
        self._artifact_sheet = Sheet(id="artifact-sheet")
        self._tabs = PageTabs(NAMES)
        self._files = VirtualTable[Document](
            _FILE_COLUMNS, _file_cells, lambda row: str(row.get("nome", "")), id="files"
        )

    def compose_body(self) -> ComposeResult:
        yield self._head
        yield self._tabs
        with self._reader:
            yield self._sheet
        with Horizontal(id="artifacts"):
            yield self._files
            with self._artifact_reader:
                yield self._artifact_sheet

    # What is shown

    def show_model(self, model: ReadModel) -> None:
        """Fetch the item anew when the published model says that it, or something it shows, changed."""
        row = model.item(self.item_id)
        running = next((entry for entry in model.rodando if entry.item_id == self.item_id), None)
        fresh = list(takewhile(lambda event: event.seq > self._seen_event, model.eventos))
        self._seen_event = fresh[0].seq if fresh else self._seen_event
        concerned = any(self._concerns(event, model) for event in fresh)
        if concerned or (row, running) != self._fetched:
            self._fetched = (row, running)
            self._fetch_soon()

    def _concerns(self, event: EventRow, model: ReadModel) -> bool:
        """Whether the page shows something of what an event is about: its saga, what it made or waits for."""
        detail = self._detail
        if detail is None:
            return True
        if not event.item_id:
            return bool(detail.dependencias)  # a probe's result
        other = model.item(event.item_id)
        if other is not None and other.saga_id and other.saga_id == detail.item.get("saga_id"):
            return True
        shown = {str(made.get("id", "")) for made in detail.gerados}
        return event.item_id in shown | {str(need.get("ref", "")) for need in detail.dependencias}

    def _fetch_soon(self) -> None:
        """Fetch now, or as soon as half a second has passed since the last time."""
        wait = self._fetched_at + FETCH_S - self.frame.clock.monotonic()
        if wait <= 0:
            self._fetch()
        elif not self._late:
            self._late = True
            self.set_timer(wait, self._fetch_late)

    def _fetch_late(self) -> None:
        if self._late and self.whole:
            self._fetch()

    def tick(self, now: str) -> None:
        super().tick(now)
        if self.whole and self._detail is not None:
            if self._detail.item.get("status") == "EmProcessamento":
                self._fetch_soon()
            self._show_head()
            if self._page == SAGA:
                self._show_page()

    def _fetch(self) -> None:
        self._late, self._fetched_at = False, self.frame.clock.monotonic()
        if self.frame.port is not None:
            self.run_worker(self._load(), group="detail", exclusive=True)

    async def _load(self) -> None:
        port = self.frame.port
        if port is None:
            return
        try:
            detail = await port.detail(self.item_id)
        except OficinaError as error:
            self._head.show(fixed([span(str(error), BAD)]))
            return
        changed, self._detail = detail != self._detail, detail
        self._show_head()
        if changed:
            self._show_page()
        self.refresh_commands()

    def _show_head(self) -> None:
        detail, model, now = self._detail, self.frame.model, self.frame.clock.now()
        if detail is None:
            return
        running = next((entry for entry in model.rodando if entry.item_id == self.item_id), None)
        self._head.show(lambda width: summary.head(detail, running, now, width))

    def _show_page(self) -> None:
        """Draw the open page; output that was read to its end is followed."""
        detail, now = self._detail, self.frame.clock.now()
        if detail is None:
            return
        self._tabs.current = NAMES.index(self._page)
        self.set_class(self._page == ARTIFACTS and bool(detail.artefatos), "-artifacts")
        if self._page == ARTIFACTS:
            self._show_artifacts(detail)
            return
        draw = PAGES[self._page]
        scroll = self._reader
        at_end = scroll.scroll_offset.y >= scroll.max_scroll_y
        line = self.frame.model.linha
        if self._page == OUTPUT and line.modo == "attached":
            self._sheet.show(fixed(output.live(detail, line.titular)))
        else:
            self._sheet.show(lambda width: draw(detail, now, width))
        if self._page == OUTPUT and at_end:
            self.call_after_refresh(scroll.scroll_end, animate=False)

    def _show_artifacts(self, detail: ItemDetail) -> None:
        if not detail.artefatos:
            told = "There are no artifacts: what the work builds appears here, with its text."
            self._sheet.show(fixed([span(told, DIM)]))
            return
        self._files.set_rows(list(detail.artefatos))

    @on(VirtualTable.RowHighlighted)
    def _artifact_highlighted(self, message: VirtualTable.RowHighlighted) -> None:
        self.refresh_commands()
        if message.key and message.key != self._artifact:
            self._artifact = message.key
            self.run_worker(self._load_artifact(message.key), group="artifact", exclusive=True)

    async def _load_artifact(self, name: str) -> None:
        port, detail = self.frame.port, self._detail
        if port is None or detail is None:
            return
        digest = next(
            (str(entry.get("sha256", "")) for entry in detail.artefatos if entry.get("nome") == name), ""
        )
        try:
            lines = code(await port.artifact(digest), name)
        except OficinaError as error:
            lines = [span(str(error), BAD)]
        self._artifact_sheet.show(fixed([heading(name, digest[:12]), *lines]))
        self._artifact_reader.scroll_home(animate=False)

    @on(VirtualTable.RowChosen)
    def _read_artifact(self) -> None:
        self._artifact_reader.focus()

    @on(PageTabs.Picked)
    def _page_picked(self, message: PageTabs.Picked) -> None:
        self.open_page(NAMES[message.place])

    def open_page(self, name: str) -> None:
        """Show another page, from its top; the keyboard goes with it."""
        self._page = name
        self._show_page()
        if self.has_class("-artifacts"):
            self._files.focus()
            return
        scroll = self._reader
        scroll.focus()
        if name == OUTPUT:
            self.call_after_refresh(scroll.scroll_end, animate=False)
        else:
            scroll.scroll_home(animate=False)

    # Commands

    def decision_at_cursor(self) -> str | None:
        item = self._detail.item if self._detail is not None else {}
        return self.item_id if item.get("humano") and item.get("status") == "Pendente" else None

    def why_no_decision(self) -> str:
        if self._detail is None or self.decision_at_cursor() is not None:
            return ""
        return f"{self.item_id} asks nothing: it is {self._detail.item.get('status', '')}"

    def why_not(self, entry: Command) -> str:
        if entry.action in ("back", "next_page", "previous_page", "copy_id"):
            return ""
        if self._detail is None:
            return "The item is not loaded yet"
        reasons = {
            "edit": "" if self._detail.item.get("spec_ref") else "This item has no spec",
            "spec": "" if self._detail.spec is not None else "This item has no spec",
            "difference": ""
            if difference_lines(self._detail)
            else "There is no earlier version to compare with",
            "roll_back": self._why_no_roll_back(),
        }
        return reasons.get(entry.action, "")

    def _why_no_roll_back(self) -> str:
        deployed = self._detail.implantacao if self._detail is not None else None
        if deployed is None:
            return "Nothing of this item is deployed"
        return "" if previous(deployed) else "There is no earlier version to go back to"

    def action_back(self) -> None:
        if self.is_active:
            self.dismiss(None)

    def action_next_page(self) -> None:
        self.open_page(NAMES[(NAMES.index(self._page) + 1) % len(NAMES)])

    def action_previous_page(self) -> None:
        self.open_page(NAMES[(NAMES.index(self._page) - 1) % len(NAMES)])

    @property
    def id_at_cursor(self) -> str:
        return self.item_id

    async def action_edit(self) -> None:
        if self.frame.port is not None:
            await edit_spec(self.app, self.frame.port, self.item_id)

    def action_spec(self) -> None:
        if self._detail is not None and self.frame.port is not None:
            self.app.push_screen(spec_viewer(self._detail, self.frame.port))

    def action_difference(self) -> None:
        if self._detail is not None:
            lines = difference(difference_lines(self._detail))
            self.app.push_screen(Viewer(f"What changed in {spec_name(self._detail)}", fixed(lines)))

    def action_roll_back(self) -> None:
        deployed = self._detail.implantacao if self._detail is not None else None
        if deployed is None:
            return
        name, place = previous(deployed), str(deployed.get("alvo", ""))
        dialog = ConfirmDialog(
            f"Roll back {deployed.get('spec_ref', '')} on {place}?",
            f"{name} becomes current again; what is deployed now stays on disk and can come back.",
            ("roll back", f"{name} is deployed and smoke-tested"),
            ("leave it", "nothing changes"),
        )
        self.app.push_screen(dialog, lambda yes: self._roll_back(str(deployed.get("id", "")), yes))

    def _roll_back(self, implantacao_id: str, yes: bool | None) -> None:
        if yes:
            self.run_worker(self._roll_back_now(implantacao_id), group="roll-back")

    async def _roll_back_now(self, implantacao_id: str) -> None:
        port = self.frame.port
        if port is None:
            return
        try:
            item_id = await port.rollback(implantacao_id)
        except OficinaError as error:
            self.frame.say(str(error), severity="error")
            return
        self.frame.say(f"{item_id} rolls back")


def _file_cells(row: Document) -> list[Cell]:
    return [Cell(str(row.get("nome", ""))), Cell(size(row.get("tamanho")), "quiet")]
