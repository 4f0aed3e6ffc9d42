"""The modes: which screen each number key shows; all but the first are loaded when they are first wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.screen import Screen

from screens.overview import OverviewScreen


def _sprint() -> Screen[Any]:
    from screens.sprint import SprintScreen

    return SprintScreen()


def _backlog() -> Screen[Any]:
    from screens.backlog import BacklogScreen

    return BacklogScreen()


def _blocked() -> Screen[Any]:
    from screens.blocked import BlockedScreen

    return BlockedScreen()


def _decisions() -> Screen[Any]:
    from screens.decisions import DecisionsScreen

    return DecisionsScreen()


def _metrics() -> Screen[Any]:
    from screens.metrics import MetricsScreen

    return MetricsScreen()


def _actors() -> Screen[Any]:
    from screens.actors import ActorsScreen

    return ActorsScreen()


def _events() -> Screen[Any]:
    from screens.events import EventsScreen

    return EventsScreen()


def _failures() -> Screen[Any]:
    from screens.failures import FailuresScreen

    return FailuresScreen()


MODES: dict[str, str | Callable[[], Screen[Any]]] = {
    "overview": OverviewScreen,
    "sprint": _sprint,
    "backlog": _backlog,
    "blocked": _blocked,
    "decisions": _decisions,
    "metrics": _metrics,
    "actors": _actors,
    "events": _events,
    "failures": _failures,
}
