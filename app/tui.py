"""The Textual App: modes, commands that work anywhere, the line after the first frame, leaving in order."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events
from textual.app import App
from textual.message import Message
from textual.screen import ModalScreen

from app import collector
from app.crash import plainly
from app.modes import MODES
from screens import themes
from screens.base import BaseScreen
from screens.commands import Command, bindings, command, shown_keys
from screens.frame import CommandTarget, Prompts, run_on
from screens.hangup import hung_up
from screens.settings import ScreenSettings
from screens.text import clean
from screens.toasts import Toasts
from screens.widgets.header import awake, held_by
from store.clock import Clock, SystemClock
from store.errors import OficinaError

if TYPE_CHECKING:
    from screens.port import LinePort
    from store.views.model import ReadModel

LEAVING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
HUNG_UP = 128 + signal.SIGHUP


class OficinaApp(CommandTarget, App[None]):
    """A workspace on screen. `port_factory` brings the line, off the UI thread, after the first frame."""

    TITLE = "oficina"
    ENABLE_COMMAND_PALETTE = False
    MODES = MODES
    DEFAULT_MODE = "overview"
    BINDINGS = bindings("app")
    CSS = """
    Toast { max-width: 70; }
    """
    NOTIFICATION_TIMEOUT: ClassVar[float] = 4.0

    class LineOpened(Message):
        """The line is there."""

        def __init__(self, port: LinePort) -> None:
            super().__init__()
            self.port = port

    class LineRefused(Message):
        """The line could not be opened; `text` is one line for the user."""

        def __init__(self, text: str, exit_code: int) -> None:
            super().__init__()
            self.text, self.exit_code = text, exit_code

    class ModelPublished(Message):
        """The line published a model; the newest is in `_newest`."""

    def __init__(
        self,
        port_factory: Callable[[], LinePort],
        *,
        settings: ScreenSettings | None = None,
        clock: Clock | None = None,
        workspace: str = "",
        on_crash: Callable[[BaseException], str] = plainly,
        stop_process: Callable[[], None] = lambda: os.kill(os.getpid(), signal.SIGSTOP),
    ) -> None:
        """`workspace` is its name, shown until the line's model comes; `on_crash` keeps a traceback, and says
        in a line what happened.
        """
        super().__init__()
        self.settings = settings or ScreenSettings()
        self.clock = clock or SystemClock()
        self._port_factory, self._port = port_factory, cast("LinePort | None", None)
        self.workspace = workspace
        self._shown_model: ReadModel | None = None
        self._newest: ReadModel | None = None
        self._announced = False
        self._end_subscription: Callable[[], None] = lambda: None
        self._last_key = self.clock.monotonic()
        self._on_crash, self._stop_process = on_crash, stop_process
        self.prompts: Prompts | None = None
        self._toasts = Toasts(self)
        self._start_with_theme(themes.WORDS.get(self.settings.theme, self.settings.theme))
        self.set_keymap(dict(self.settings.keys))

    def _start_with_theme(self, name: str) -> None:
        """Set the theme before anything is styled: with it set later, all styles are read twice.

        Only a dark theme with colours of its own can be set so early: others need what a change does.
        """
        themes.register(self)
        chosen = self.available_themes.get(name) or self.available_themes[themes.CYCLE[0]]
        if chosen.dark and not chosen.ansi:
            self.set_reactive(App.theme, chosen.name)
            self.stylesheet.set_variables(self.get_css_variables())
        else:
            self.theme = chosen.name

    # What screens ask of it (screens.frame.Frame)

    @property
    def model(self) -> ReadModel:
        if self._shown_model is None:
            from store.views.model import ReadModel

            self._shown_model = ReadModel(workspace=self.workspace)
        return self._shown_model

    @property
    def port(self) -> LinePort | None:
        return self._port

    @property
    def keys(self) -> Mapping[str, str]:
        return self.settings.keys

    @property
    def idle_s(self) -> float:
        return self.clock.monotonic() - self._last_key

    def open_item(self, item_id: str) -> None:
        from screens.item import ItemScreen

        self.push_screen(ItemScreen(item_id))

    def open_decision(self, item_id: str) -> None:
        if self.prompts is not None:
            self.prompts.ask(item_id)

    def say(self, text: str, *, severity: str = "information") -> None:
        self._toasts.say(text, severity=severity)

    # The line

    def on_mount(self) -> None:
        if not self.is_headless:
            self._mind_signals()
        self.set_interval(1.0, self._second)
        self.call_later(self.call_after_refresh, self._after_first_frame)

    def _after_first_frame(self) -> None:
        """The line is what the first frame can do without."""
        threading.Thread(target=self._open_line, name="open-line", daemon=True).start()

    def _open_line(self) -> None:
        """Off the UI thread: load everything heavy, open the store, start the line."""
        collector.pause()
        try:
            port = self._port_factory()
        except OficinaError as error:
            self.post_message(self.LineRefused(clean(str(error)), error.exit_code))
        except Exception as error:  # noqa: BLE001 - whatever it is, the screen must say so and leave
            said = clean(self._on_crash(error))
            self.post_message(self.LineRefused(f"the line could not start: {said}", 1))
        else:
            self.post_message(self.LineOpened(port))
        finally:
            collector.settle()

    def on_oficina_app_line_opened(self, message: LineOpened) -> None:
        from screens.prompts import PromptPump

        self._port = message.port
        self._end_subscription = message.port.subscribe(self._published)
        self.prompts = PromptPump(self)
        self.prompts.start()
        self._take(message.port.model())

    def on_oficina_app_line_refused(self, message: LineRefused) -> None:
        self.exit(return_code=message.exit_code, message=f"oficina: {message.text}")

    def _published(self, model: ReadModel) -> None:
        """In the line's thread: keep the newest model, and wake the screen once for it."""
        self._newest = model
        if not self._announced:
            self._announced = True
            self.post_message(self.ModelPublished())

    def on_oficina_app_model_published(self) -> None:
        self._announced = False
        if self._newest is not None:
            self._take(self._newest)

    def _take(self, model: ReadModel) -> None:
        if model.seq < self.model.seq:
            return
        self._shown_model = model
        for screen in self._seen_screens():
            screen.take(model)
        if self.prompts is not None:
            self.prompts.take(model)

    def _seen_screens(self) -> list[BaseScreen]:
        """The screens that can be seen: the topmost that is no modal, under whatever modals are over it."""
        if not self.is_running:
            return []  # they are being taken down, widget by widget
        seen: list[BaseScreen] = []
        for screen in reversed(self.screen_stack):
            if isinstance(screen, BaseScreen):
                seen.append(screen)
            if not isinstance(screen, ModalScreen):
                break
        return seen

    def _second(self) -> None:
        if not self.is_running:
            return
        if not self.is_headless and hung_up(sys.__stdin__):
            self.exit(return_code=HUNG_UP)
            return
        now = self.clock.now()
        for screen in self._seen_screens():
            screen.tick(now)

    # Commands that work anywhere

    def why_not(self, entry: Command) -> str:
        reason = getattr(self, f"_why_no_{entry.action}", None)
        return str(reason()) if reason is not None else ""

    def _why_no_decide(self) -> str:
        screen = self._built_screen
        if screen is not None and (reason := screen.why_no_decision()):
            return reason
        return "" if self._next_decision() else "Nothing waits for you"

    def _why_no_undo(self) -> str:
        return self.prompts.why_no_undo() if self.prompts is not None else "The line is not loaded yet"

    def _why_no_pause(self) -> str:
        line = self.model.linha
        if line.modo in ("running", "paused"):
            return ""
        return f"The line runs in {held_by(line)}" if line.titular else "The line does not run here"

    @property
    def _built_screen(self) -> BaseScreen | None:
        """The screen on top once its widgets are there: the one before may still be heard meanwhile."""
        screen = self.screen
        return screen if isinstance(screen, BaseScreen) and screen.whole else None

    def _next_decision(self) -> str | None:
        """The decision under the cursor, else the one that has waited longest."""
        screen = self._built_screen
        chosen = screen.decision_at_cursor() if screen is not None else None
        waiting = awake(self.model.decisoes, self.clock.now())
        return chosen or (waiting[0].id if waiting else None)

    async def action_overview(self) -> None:
        await self._go_to_mode("overview")

    async def action_sprint(self) -> None:
        await self._go_to_mode("sprint")

    async def action_backlog(self) -> None:
        await self._go_to_mode("backlog")

    async def action_blocked(self) -> None:
        await self._go_to_mode("blocked")

    async def action_decisions(self) -> None:
        await self._go_to_mode("decisions")

    async def action_metrics(self) -> None:
        await self._go_to_mode("metrics")

    async def action_actors(self) -> None:
        await self._go_to_mode("actors")

    async def action_events(self) -> None:
        await self._go_to_mode("events")

    async def action_failures(self) -> None:
        await self._go_to_mode("failures")

    async def _go_to_mode(self, mode: str) -> None:
        """Leave whatever item is open, then show the mode."""
        while len(self.screen_stack) > 1 and not isinstance(self.screen, ModalScreen):
            await self.pop_screen()
        await self.switch_mode(mode)

    def action_decide(self) -> None:
        item_id = self._next_decision()
        if item_id is not None:
            self.open_decision(item_id)

    def _why_no_pain(self) -> str:
        if self._port is None:
            return "The line is not loaded yet"
        if isinstance(self.screen, ModalScreen):
            return "Answer what is open first"
        return "This workspace is only viewed" if self.model.linha.modo == "viewing" else ""

    def action_pain(self) -> None:
        from screens.dialogs.interview import InterviewDialog

        if self._port is not None:
            self.push_screen(InterviewDialog(self._port), self._pain_told)

    def _pain_told(self, item_id: str | None) -> None:
        if item_id:
            self.say(f"{item_id}: GENESIS structures it")

    def action_undo(self) -> None:
        if self.prompts is not None:
            self.prompts.undo()

    async def action_pause(self) -> None:
        if self._port is None:
            return
        try:
            await (self._port.resume() if self.model.linha.modo == "paused" else self._port.pause())
        except OficinaError as error:
            self.say(str(error), severity="error")

    def action_theme(self) -> None:
        self.theme = themes.following(self.theme)
        self.say(f"Theme: {self.theme}")

    def action_goto(self) -> None:
        from screens.goto import GoToScreen

        self.push_screen(GoToScreen(), self._go)

    def action_help(self) -> None:
        from screens.help import HelpScreen

        self.push_screen(HelpScreen(self.screen), self._go)

    def action_palette(self) -> None:
        from screens.palette import PaletteScreen

        self.push_screen(PaletteScreen(self.screen), self._go)

    async def _go(self, picked: str | None) -> None:
        """What a picker returned: a command to run on the screen behind it, or an item to open."""
        if picked is None:
            return
        if self.model.item(picked) is not None:
            self.open_item(picked)
        else:
            await run_on(self.screen, picked)

    # Leaving

    async def action_quit(self) -> None:
        running = len(self.model.rodando)
        if not running or self.model.linha.modo == "attached":
            self.exit()
            return
        from screens.dialogs.quit import QuitDialog

        self.push_screen(QuitDialog(running), self._quit_answered)

    def _quit_answered(self, leave: bool | None) -> None:
        if leave:
            self.exit()

    def action_help_quit(self) -> None:
        """ctrl+c does not quit, because it is pressed by reflex; say what does."""
        severity = "error" if isinstance(self.screen, ModalScreen) else "warning"  # no other is seen there
        self.say(f"{shown_keys(command('app.quit'), self.keys)} quits", severity=severity)

    def exit(self, result: None = None, return_code: int = 0, message: Any = None) -> None:
        """Leave; whatever asks the owner is resolved first: nobody waits for a screen that is gone."""
        if self.prompts is not None:
            self.prompts.close()
        self._end_subscription()
        super().exit(result, return_code, message)

    def _mind_signals(self) -> None:
        """Textual leaves the terminal raw on these; leave in good order, with the shell's exit code."""
        import asyncio

        loop = asyncio.get_running_loop()
        for number in LEAVING_SIGNALS:
            loop.add_signal_handler(number, self._leave_by, number)
        signal.signal(signal.SIGTSTP, self._be_stopped)
        signal.signal(signal.SIGCONT, self._go_on)

    def _be_stopped(self, _number: int, _frame: FrameType | None) -> None:
        """As Textual's driver does it, but not in a transaction: all others would wait for it."""
        driver = cast(Any, self._driver)
        if driver._auto_restart:
            driver.suspend_application_mode()
            driver._must_signal_resume = True
        self._stop_process()

    def _go_on(self, number: int, frame: FrameType | None) -> None:
        """As Textual's driver does it, unless the terminal is gone: the kernel sends this with SIGHUP, too,
        and nobody takes what the driver would then write: in the end it waits for that for ever.
        """
        if not hung_up(sys.__stdin__):
            cast(Any, self._driver)._sigcont_application(number, frame)

    def _leave_by(self, number: int) -> None:
        self.exit(return_code=128 + number)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            self._last_key = self.clock.monotonic()
        await super().on_event(event)

    def _fatal_error(self) -> None:
        """A bug: the traceback goes to the log, without the values of locals; the user reads one line."""
        from rich.segment import Segment, Segments

        told = self._on_crash(sys.exception() or RuntimeError("the screen failed"))
        said = "\n".join(clean(line) for line in told.splitlines())
        self._exit_renderables.append(Segments([Segment(f"oficina: {said}\n")]))
        self._close_messages_no_wait()
