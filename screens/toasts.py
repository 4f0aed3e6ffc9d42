"""Toasts with a name: a later one takes the place of an earlier of its name, and any can be taken away."""

from __future__ import annotations

from typing import Any, cast

from textual.app import App
from textual.notifications import Notification, Notify, SeverityLevel

from screens.text import clean

MOST = 3
"""Toasts without a name that are shown together: more would lie over the work."""
_UNNAMED = "#"


class Toasts:
    """At most one toast a name; what it says is cleaned and never read as markup."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._shown: dict[str, Notification] = {}
        self._unnamed = 0

    def say(self, text: str, *, severity: str = "information") -> None:
        """Show a toast without a name: of these there are `MOST` at most, each text once, the oldest goes."""
        said = clean(text)
        known = [name for name in self._shown if name.startswith(_UNNAMED)]
        same = [name for name in known if self._shown[name].message == said]
        for name in same or known[: len(known) - MOST + 1]:
            self.drop(name)
        self._unnamed += 1
        self.show(f"{_UNNAMED}{self._unnamed}", said, severity=severity)

    def show(
        self,
        name: str,
        text: str,
        *,
        title: str = "",
        timeout: float | None = None,
        severity: str = "information",
    ) -> None:
        """Show a toast for `timeout` seconds, or the app's usual time."""
        self.drop(name)
        lasts = self._app.NOTIFICATION_TIMEOUT if timeout is None else timeout
        toast = self._shown[name] = Notification(
            clean(text), title, cast(SeverityLevel, severity), timeout=lasts
        )
        self._app.post_message(Notify(toast))

    def shows(self, name: str) -> bool:
        """Whether the toast of a name can still be seen."""
        toast = self._shown.get(name)
        return toast is not None and not toast.has_expired

    def drop(self, name: str) -> None:
        """Take a toast away before its time; one that is not there is no error."""
        toast = self._shown.pop(name, None)
        if toast is None or toast.has_expired:
            return
        toast.timeout = 0  # one that is still on its way will not be shown either
        self._app._unnotify(toast)
