"""What every screen is built on: header and footer around a body, and the published model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import ModalScreen, Screen

from screens.commands import TO_TYPE_IN, bindings, elsewhere, scope
from screens.early import typed_early
from screens.frame import CommandTarget, Frame, frame_of, reason_against, run_on
from screens.widgets.footer import CommandFooter, FooterEntry
from screens.widgets.header import Header
from screens.widgets.notice import Notice

if TYPE_CHECKING:
    from store.views.model import ReadModel

LOW, NARROW, WIDE = 16, 70, 100
"""Rows below which, and columns from which, a layout changes: classes `-low`, `-tiny`, `-narrow`, `-wide`."""


class BaseScreen(CommandTarget, Screen[None]):
    """A mode or a screen over it: composes the frame, takes each published model while it can be seen."""

    AUTO_FOCUS = "VirtualTable, Panel"
    DEFAULT_CSS = """
    BaseScreen { layout: vertical; }
    BaseScreen > #body { height: 1fr; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (NARROW, "-narrow"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (LOW, "-high")]
    SCOPES: ClassVar[tuple[str, ...]] = ()
    """The scopes of the registry that work here besides `app`."""
    HEADLINE: ClassVar[str] = ""
    """The screen's name, as `:` and the palette know it."""
    READ_MORE: ClassVar[str] = ""
    """Where more is written about what it shows; the help says so."""

    _shown: ReadModel | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        own = [name for name in cls.__dict__.get("SCOPES", ()) if name != "list"]
        if own and "BINDINGS" not in cls.__dict__:
            cls.BINDINGS = bindings(*own)
        super().__init_subclass__(**kwargs)

    def compose(self) -> ComposeResult:
        yield Header()
        yield Notice()
        with Container(id="body"):
            yield from self.compose_body()
        yield CommandFooter()

    def compose_body(self) -> ComposeResult:
        """The screen's own widgets, between header and footer."""
        return iter(())

    def on_screen_resume(self) -> None:
        self._cover_footer(False)
        self.after_frame(self._take_latest)

    def on_screen_suspend(self) -> None:
        self._cover_footer(isinstance(self.app.screen, ModalScreen))

    def _cover_footer(self, covered: bool) -> None:
        """The keys of a screen under a dialog can't be used: they are not offered."""
        for footer in self.query(CommandFooter):
            footer.covered = covered

    def after_frame(self, work: Callable[[], object]) -> None:
        """Do something once the screen's frame is drawn; at the start that is after all is mounted."""
        self.app.call_later(self.call_after_refresh, work)

    def _take_latest(self) -> None:
        """After the frame, not before: the first one shows that there is nothing to show yet."""
        self.take(self.frame.model)

    def on_descendant_focus(self) -> None:
        self.refresh_commands()

    @property
    def frame(self) -> Frame:
        return frame_of(self)

    @property
    def whole(self) -> bool:
        """Whether all its widgets are there: it is built, and not being taken down with the app."""
        return self.is_mounted and self.app.is_running

    def take(self, model: ReadModel) -> None:
        """Show a published model; called for screens that can be seen, and when one comes back."""
        if not self.whole or model is self._shown:
            return
        self._shown = model
        now = self.frame.clock.now()
        self.query_one(Header).show(model, now)
        self.query_one(Notice).show(model.linha.aviso)
        self.show_model(model)
        self.refresh_commands()

    def show_model(self, model: ReadModel) -> None:
        """Bring the body up to date; cursor, scroll and marks stay by row key."""

    def tick(self, now: str) -> None:
        """A second passed: only what depends on the time is drawn anew."""
        if self.whole:
            self.query_one(Header).show(self.frame.model, now)

    def decision_at_cursor(self) -> str | None:
        """The item under the cursor if it waits for the owner; what `a` opens first."""
        return None

    def why_no_decision(self) -> str:
        """Why `a` opens nothing here, also when something waits elsewhere; empty when it may."""
        return ""

    @property
    def id_at_cursor(self) -> str:
        """What is copied by its key; empty where the cursor is on nothing."""
        return ""

    def action_copy_id(self) -> None:
        copied = self.id_at_cursor
        if copied:
            self.app.copy_to_clipboard(copied)
            self.frame.say(f"Copied {copied}")

    async def on_key(self, event: events.Key) -> None:
        """A key that opens a line to type in does so here and now: what is typed right after it is on its way
        to whatever had the focus, and goes on to that line. One that works on other screens only says where.
        """
        if typed_early(self, event):
            event.stop()
            event.prevent_default()
            return
        bound = self.active_bindings.get(event.key)
        if bound is not None and bound.binding.id in TO_TYPE_IN:
            event.stop()
            event.prevent_default()
            await run_on(self, bound.binding.id)
        elif bound is None and (told := elsewhere(event.key, self.frame.keys)):
            event.stop()
            self.frame.say(told, severity="warning")

    def refresh_commands(self) -> None:
        """Bring the footer up to date with what can be done now."""
        if self.whole:
            self.query_one(CommandFooter).entries = tuple(self._footer_entries())

    def _footer_entries(self) -> Iterable[FooterEntry]:
        for entry in sorted(scope("app", *self.SCOPES), key=lambda entry: entry.rank):
            if entry.rank:
                yield FooterEntry(entry, not reason_against(self, entry))
