"""A closer look over a dialog or a screen: a difference, a spec's files; any way out leads back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from screens.evidence.code import code
from screens.evidence.layout import BAD, DIM, STRONG, blank, heading, span
from screens.evidence.shapes import files
from screens.evidence.titles import spec_name
from screens.port import LinePort
from screens.widgets.sheet import Reader, Sheet, Source, fixed
from store.errors import OficinaError
from store.views.model import ItemDetail

Loader = Callable[[], Awaitable[list[Content]]]


class Viewer(ModalScreen[None]):
    """Scrolls; decides nothing."""

    CSS_PATH = "viewer.tcss"
    AUTO_FOCUS = "#viewer-scroll"
    BINDINGS = [
        ("escape", "leave", "back"),
        ("q", "leave", "back"),
        ("enter", "leave", "back"),
    ]

    def __init__(self, title: str, source: Source, loader: Loader | None = None) -> None:
        """`source` is shown at once; what `loader` brings takes its place."""
        super().__init__()
        self._heading, self._sheet, self._loader = title, Sheet(source), loader

    def compose(self) -> ComposeResult:
        with Vertical(id="viewer") as frame:
            frame.border_title = span(self._heading, STRONG)
            frame.border_subtitle = Content("esc back")
            with Reader(id="viewer-scroll"):
                yield self._sheet

    def on_mount(self) -> None:
        if self._loader is not None:
            self.run_worker(self._load(self._loader), group="load")

    async def _load(self, loader: Loader) -> None:
        try:
            lines = await loader()
        except OficinaError as error:
            lines = [span(str(error), BAD)]
        self._sheet.show(fixed(lines))

    def action_leave(self) -> None:
        if self.is_active:
            self.dismiss(None)


def spec_viewer(detail: ItemDetail, port: LinePort) -> Viewer:
    """The frozen files of the version that is asked about, the spec's own first."""
    number = (detail.spec or {}).get("versao", "")
    title = f"{spec_name(detail)} · version {number}"

    async def load() -> list[Content]:
        return await spec_files(detail, port)

    return Viewer(title, fixed([span("opening …", DIM)]), load)


async def spec_files(detail: ItemDetail, port: LinePort) -> list[Content]:
    """Every frozen file of the spec's version as highlighted text.

    Raises:
        OficinaError: when the line can't hand one out.
    """
    own = str((detail.spec or {}).get("arquivo", "")).rsplit("/", 1)[-1]
    entries = sorted(files(detail.spec), key=lambda entry: (entry[0].rsplit("/", 1)[-1] != own, entry[0]))
    lines: list[Content] = []
    for path, digest, _ in entries:
        text = await port.artifact(digest)
        lines += [heading(path, digest[:12]), *code(text, path), blank()]
    return lines[:-1] if lines else [span("This version has no files in the store.", DIM)]
