"""What is typed right after a key that opens a line to type in, before that line has the focus.

Textual hands a key to whatever has the focus when it is read, and its binding runs only once it has bubbled
up: of `/1` typed at once, `1` is on its way to the table before `/` has moved the focus, and would switch the
mode.
"""

from __future__ import annotations

from typing import Any

from textual import events
from textual.screen import Screen


class TakesTyping:
    """A screen that has a line to type in: whatever can be printed and comes to it, goes there."""


def typed_early(screen: Screen[Any], event: events.Key) -> bool:
    """Hand a key that has come to a screen to the line that was opened before it; False where there is none.

    A line with the focus keeps what can be printed: one that comes by was meant for it, and is early.
    """
    if not event.is_printable:
        return False
    from textual.widgets import Input

    top = screen.app.screen
    where = screen.focused if top is screen else top
    if where is None or not isinstance(where, Input | TakesTyping):
        return False
    where.post_message(events.Key(event.key, event.character))
    return True
