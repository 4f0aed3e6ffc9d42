"""A small app around dialogs and pump, and a line that answers from documents."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

from details import model
from textual.app import App, ComposeResult
from textual.content import Content
from textual.message import Message
from textual.notifications import Notify
from textual.widgets import Static

from screens.prompts import PromptPump
from screens.settings import ScreenSettings
from screens.text import clean
from screens.themes import register
from store.clock import FakeClock
from store.errors import OficinaError
from store.views.model import ItemDetail, ReadModel


class DocumentsPort:
    """Answers from a table of details; keeps what it was asked; refuses with `refuse` when that is set."""

    def __init__(self, *details: ItemDetail) -> None:
        self.details = {detail.item["id"]: detail for detail in details}
        self.decided: list[tuple[str, str, str, str]] = []
        self.undone: list[str] = []
        self.snoozed: list[tuple[str, str]] = []
        self.rolled_back: list[str] = []
        self.added: list[str] = []
        self.told: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, str] = {}
        self.edit_path = ""
        self.refuse = ""
        self.refuse_item: dict[str, str] = {}

    def _check(self, item_id: str = "") -> None:
        if text := self.refuse or self.refuse_item.get(item_id, ""):
            raise OficinaError(text)

    async def detail(self, item_id: str) -> ItemDetail:
        if item_id not in self.details:
            raise OficinaError(f"there is no item {item_id}")
        return self.details[item_id]

    async def artifact(self, sha256: str) -> str:
        self._check()
        return self.texts.get(sha256, "id: frete\ntitulo: Frete por peso e região\nprioridade: 5\n")

    async def decide(
        self, item_id: str, opcao: str, *, motivo: str = "", nota: str = "", trabalho_s: float | None = None
    ) -> str:
        self._check(item_id)
        self.worked_s = trabalho_s
        self.decided.append((item_id, opcao, motivo, nota))
        self.set_status(item_id, "Concluido")
        return f"DEC-{len(self.decided):04d}"

    async def undo(self, decisao_id: str) -> None:
        self._check()
        self.undone.append(decisao_id)

    async def snooze(self, item_id: str, until: str) -> None:
        self._check()
        self.snoozed.append((item_id, until))

    async def rollback(self, implantacao_id: str) -> str:
        self._check()
        self.rolled_back.append(implantacao_id)
        return "BKL-0099"

    async def edit_target(self, item_id: str) -> str:
        self._check()
        return self.edit_path

    async def add_spec(self, path: str) -> str:
        self._check()
        self.added.append(path)
        return "BKL-0098"

    async def raise_pain(self, told: Mapping[str, str]) -> str:
        self._check()
        self.told.append(("", dict(told)))
        return "BKL-0097"

    async def answer_interview(self, item_id: str, told: Mapping[str, str]) -> str:
        self._check(item_id)
        self.told.append((item_id, dict(told)))
        self.set_status(item_id, "Concluido")
        return "BKL-0096"

    def set_status(self, item_id: str, status: str, motivo: str = "") -> None:
        detail = self.details[item_id]
        self.details[item_id] = replace(detail, item={**detail.item, "status": status, "motivo": motivo})


class SmallApp(App[None]):
    """The frame without its screens."""

    def __init__(
        self, *details: ItemDetail, settings: ScreenSettings | None = None, theme_name: str = "oficina-dark"
    ):
        super().__init__()
        self.clock = FakeClock()
        self.settings = settings or ScreenSettings()
        self.keys: dict[str, str] = {}
        self.port: Any = DocumentsPort(*details)
        self.model: ReadModel = model(loaded=True)
        self.idle_s = 60.0
        self.said: list[str] = []
        self.toasts: list[str] = []
        self.opened: list[str] = []
        self.pump = self.prompts = PromptPump(self)
        register(self)
        self.theme = theme_name

    def compose(self) -> ComposeResult:
        yield Static(Content("The screen beneath"))

    def on_mount(self) -> None:
        self.pump.start()

    def publish(self, *details: ItemDetail) -> None:
        """A new model of these items reaches the screens."""
        for detail in details:
            self.port.details[detail.item["id"]] = detail
        self.model = model(*details, seq=self.model.seq + 1)
        self.pump.take(self.model)

    def say(self, text: str, *, severity: str = "information") -> None:
        self.notify(clean(text), severity=severity, markup=False)  # type: ignore[arg-type]

    def post_message(self, message: Message) -> bool:
        """Keep what toasts say: `said` without what was decided, `toasts` all."""
        if isinstance(message, Notify):
            self.toasts.append(message.notification.message)
            if not message.notification.title:
                self.said.append(message.notification.message)
        return super().post_message(message)

    def open_item(self, item_id: str) -> None:
        self.opened.append(item_id)

    def open_decision(self, item_id: str) -> None:
        self.pump.ask(item_id)


def scenario(test: Callable[..., Any]) -> Callable[..., None]:
    """Let a test be a coroutine, without a plugin that snapshots do not get on with."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


async def until(pilot: Any, condition: Callable[[], bool], what: str = "") -> None:
    """Let the app run until a condition holds; fails, saying which, after what is long on any machine."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if condition():
            return
        await pilot.pause(0.005)
    raise AssertionError(f"never came true: {what or condition}")


async def opened(pilot: Any, *, ready: bool = True) -> Any:
    """Wait until a dialog is on top and laid out; `ready` also lets its first 400 ms pass. Returns it."""
    app = pilot.app
    await until(pilot, lambda: getattr(app.screen, "_arming", None) is not None, "a dialog opened")
    if ready:
        app.clock.advance(1)
    await pilot.pause()
    return app.screen
