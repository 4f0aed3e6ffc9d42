"""What screens and widgets may ask of the app around them, and how a command finds who runs it."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Protocol, cast

from textual.dom import DOMNode

from screens.commands import Command, command
from store.clock import Clock

if TYPE_CHECKING:
    from textual.screen import Screen

    from screens.port import LinePort
    from screens.settings import ScreenSettings
    from store.views.model import ReadModel


class Prompts(Protocol):
    """Who asks the owner, one question at a time (`screens.prompts.PromptPump`)."""

    def start(self) -> None:
        """Begin to watch for decisions; called once the line's port is there."""
        ...

    def take(self, model: ReadModel) -> None:
        """A new model was published."""
        ...

    def ask(self, item_id: str) -> None:
        """Open the decision of an item now, because the owner asked for it."""
        ...

    def ask_several(self, item_ids: Sequence[str], note: str = "") -> None:
        """Open several decisions in one table, to be answered alike; `note` is said beside them."""
        ...

    def undo(self) -> None:
        """Take the last decision back."""
        ...

    def why_no_undo(self) -> str:
        """Why there is nothing to take back; empty while there is."""
        ...

    def close(self) -> None:
        """The app is leaving: resolve all that is pending."""
        ...


class Frame(Protocol):
    """What a screen may ask of the app around it."""

    clock: Clock
    settings: ScreenSettings
    prompts: Prompts | None
    """None until the line is loaded."""

    @property
    def keys(self) -> Mapping[str, str]:
        """Command id to its keys, where `oficina.yaml` changed them."""
        ...

    @property
    def model(self) -> ReadModel:
        """The latest published model."""
        ...

    @property
    def port(self) -> LinePort | None:
        """The line; None until it is loaded."""
        ...

    @property
    def idle_s(self) -> float:
        """Seconds since the last key was pressed."""
        ...

    def open_item(self, item_id: str) -> None:
        """Show everything of an item."""
        ...

    def open_decision(self, item_id: str) -> None:
        """Open the question that an item puts to the owner."""
        ...

    def say(self, text: str, *, severity: str = "information") -> None:
        """A toast; the text may be anybody's: it is cleaned and never read as markup."""
        ...


if TYPE_CHECKING:
    _Node = DOMNode
else:
    _Node = object  # a mixin: at run time the node is whatever it is mixed into


def frame_of(node: DOMNode) -> Frame:
    """The app around a widget, as screens know it."""
    return cast(Frame, node.app)


class CommandTarget(_Node):
    """Something that commands act on: `action_<name>` does it, `why_not` says why it can't be done now."""

    def why_not(self, entry: Command) -> str:  # noqa: ARG002 - for those that override it
        """Why the command can't be used now, in a few words; empty when it can."""
        return ""

    async def action_command(self, command_id: str) -> None:
        """Run a command of the registry, or say why not."""
        entry = command(command_id)
        if reason := self.why_not(entry):
            frame_of(self).say(reason, severity="warning")
            return
        result: Awaitable[None] | None = getattr(self, f"action_{entry.action}")()
        if isawaitable(result):
            await result


def target_on(screen: Screen[Any], entry: Command) -> CommandTarget | None:
    """Who runs a command on a screen: the app, the screen itself, or the list that has the focus there."""
    if entry.scope == "app":
        return cast(CommandTarget, screen.app)
    target = screen.focused if entry.scope == "list" else screen
    return target if isinstance(target, CommandTarget) else None


def reason_against(screen: Screen[Any], entry: Command) -> str:
    """Why a command of the registry can't be used on a screen now; empty when it can."""
    target = target_on(screen, entry)
    return target.why_not(entry) if target is not None else "No list has the focus"


async def run_on(screen: Screen[Any], command_id: str) -> None:
    """Run a command on the screen that it was picked for; nobody there to run it is no error."""
    entry = command(command_id)
    target = target_on(screen, entry)
    if target is not None:
        await target.action_command(entry.id)
