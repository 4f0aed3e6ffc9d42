"""The one registry of commands: it feeds key bindings, footer, palette, help and the remappable keymap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Command:
    """Something that a key does. `rank` orders the footer, lowest first; 0 keeps a command out of it."""

    id: str
    """`scope.name`, as the keymap of `oficina.yaml` names it; what runs is the target's `action_<name>`."""
    keys: str
    """Textual's key names, separated by commas; the first is the one shown."""
    label: str
    """One or two words for the footer."""
    help: str
    """One sentence for help and palette."""
    rank: int = 0

    @property
    def scope(self) -> str:
        return self.id.split(".", 1)[0]

    @property
    def action(self) -> str:
        """The action's name: `item.copy-id` runs `copy_id`."""
        return self.id.split(".", 1)[1].replace("-", "_")


REGISTRY: tuple[Command, ...] = (
    # Anywhere. The modes keep the numbers that later screens leave free for them.
    Command("app.overview", "1", "Overview", "Show what runs, what waits for you and what is blocked"),
    Command("app.sprint", "2", "Sprint", "Show the sprint: its tasks in a tree, progress, cost and forecast"),
    Command("app.backlog", "3", "Backlog", "Show every item: filter, sort, open"),
    Command("app.blocked", "4", "Blocked", "Show what is blocked, down to what it waits for in the end"),
    Command("app.decisions", "5", "Decisions", "Show the inbox of decisions, oldest waiting first"),
    Command("app.metrics", "6", "Metrics", "Show each family of figures with its targets and charts"),
    Command("app.actors", "7", "Actors", "Show each actor's job: state, queue, in flight, rates, breaker"),
    Command("app.events", "8", "Events", "Show the log of events as it grows"),
    Command("app.failures", "9", "Failures", "Show what failed for good, its attempts side by side"),
    Command("app.decide", "a", "decide", "Open the decision that waits (opening never decides)", 10),
    Command("app.undo", "u", "undo", "Take the last decision back while nothing came of it"),
    Command(
        "app.pain", "ctrl+n", "new pain", "Say what hurts: GENESIS structures it, you decide how it is to end"
    ),
    Command("app.goto", "colon", "go to", "Go to a screen, or to an item by its id", 70),
    Command(
        "app.pause", "ctrl+s", "pause", "Pause the line, or let it go on: what runs ends, nothing new starts"
    ),
    Command("app.palette", "ctrl+p", "palette", "Find any command by its name"),
    Command(
        "app.theme",
        "ctrl+t",
        "theme",
        "Change to the next theme: dark, light, high contrast, the terminal's own",
    ),
    Command("app.help", "question_mark,f1", "help", "Show the keys that work here; type to search", 90),
    Command("app.quit", "q", "quit", "Quit; asks while work runs", 99),
    # Every list and table.
    Command("list.down", "down,j", "down", "Move to the next row"),
    Command("list.up", "up,k", "up", "Move to the row before"),
    Command("list.page-down", "pagedown,ctrl+f", "page down", "Move a page down"),
    Command("list.page-up", "pageup", "page up", "Move a page up"),
    Command("list.first", "home,g", "first", "Move to the first row"),
    Command("list.last", "end,G", "last", "Move to the last row"),
    Command("list.open", "enter", "open", "Open what the cursor is on", 20),
    Command("list.mark", "space", "mark", "Mark or unmark the row, to decide several together"),
    Command("list.mark-range", "ctrl+@", "mark range", "Mark from the last mark to here (ctrl+space)"),
    # Screens.
    Command("sprint.start", "s", "start", "Start the task: its actor may begin; a blocked one goes on", 12),
    Command(
        "sprint.conclude",
        "c",
        "conclude",
        "Conclude the task; what its work brought up is pulled, or asked about",
        14,
    ),
    Command("sprint.add", "n", "new task", "Add a task: a person's, or one that carries an item", 16),
    Command(
        "sprint.pull",
        "p",
        "pull",
        "Pull a child of its work, what it waits for, or what was left in the backlog",
        18,
    ),
    Command("sprint.edit", "e", "edit", "Change the task: title, who, estimate, what it depends on", 40),
    Command(
        "sprint.move", "m", "move", "Move the task: under another, before a sibling, to another sprint", 45
    ),
    Command("sprint.block", "b", "block", "Say why the task is blocked, or let it go on", 50),
    Command("sprint.cancel", "x", "cancel", "Give the task up, with its item; it wants a reason"),
    Command("sprint.place-up", "K,shift+up", "place higher", "Put the task before the one above it"),
    Command("sprint.place-down", "J,shift+down", "place lower", "Put the task after the one below it"),
    Command("sprint.attachments", "v", "attachments", "Read the files that came with the task's result"),
    Command("sprint.filter", "slash", "filter", "Filter by words, or status:, ator:, item:", 30),
    Command("sprint.facets", "f", "facets", "Filter by a state, actor or item, with how many each has"),
    Command("sprint.expand", "right,l", "expand", "Show the subtasks"),
    Command("sprint.collapse", "left,h", "collapse", "Hide the subtasks, or go up to the task above"),
    Command("sprint.expand-all", "E", "expand all", "Show every task"),
    Command("sprint.collapse-all", "C", "collapse all", "Show only the tasks at the root"),
    Command("sprint.detail", "d", "detail", "Show or hide all that there is to say of the task", 35),
    Command("sprint.next-pane", "tab", "scroll", "Move to the detail, to scroll it, and back"),
    Command("sprint.sprints", "o", "sprints", "Show another sprint, also one that is closed", 60),
    Command("sprint.new-sprint", "N", "new sprint", "Open a sprint: from a recipe, or made here", 65),
    Command("sprint.edit-sprint", "i", "edit sprint", "Change the sprint: goal, dates, WIP limit, budget"),
    Command("sprint.close-sprint", "X", "close sprint", "Close the sprint; say what becomes of what is left"),
    Command("sprint.forecast", "F", "forecast", "Show the sprint's burn-up, and when the rest will be done"),
    Command("sprint.clear", "escape", "clear", "Take the filter away"),
    Command("sprint.copy-id", "y", "copy id", "Copy the task's name, as in S022/T01"),
    Command(
        "backlog.filter", "slash", "filter", "Filter by words, or status:, tipo:, ator:, saga:, spec:", 30
    ),
    Command(
        "backlog.facets", "f", "facets", "Filter by a status, type, actor or saga, with how many each has", 40
    ),
    Command("backlog.sort", "s", "sort", "Sort by the next column", 50),
    Command("backlog.reverse", "S", "reverse", "Turn the order around"),
    Command("backlog.clear", "escape", "clear", "Take the filter and the marks away"),
    Command(
        "backlog.decide-several",
        "A",
        "decide marked",
        "Decide the marked rows that are open decisions together",
        60,
    ),
    Command("backlog.copy-id", "y", "copy id", "Copy the id of the item under the cursor"),
    Command("backlog.raise-priority", "plus", "priority +", "Raise the item's priority by one"),
    Command("backlog.lower-priority", "minus", "priority −", "Lower the item's priority by one"),
    Command("blocked.expand", "right,l", "expand", "Show what it waits for", 25),
    Command("blocked.collapse", "left,h", "collapse", "Hide what it waits for, or go up to who waits"),
    Command("blocked.expand-all", "E", "expand all", "Show what each waits for, down to the root causes", 50),
    Command("blocked.collapse-all", "C", "collapse all", "Show only what is blocked"),
    Command(
        "blocked.filter",
        "slash",
        "filter",
        "Filter by words (also what it waits for), tipo:, saga:, spec:",
        30,
    ),
    Command(
        "blocked.facets", "f", "facets", "Filter by a type, actor, saga or spec, with how many each has", 40
    ),
    Command("blocked.clear", "escape", "clear", "Take the filter away"),
    Command("blocked.copy-id", "y", "copy id", "Copy the id of the item under the cursor"),
    Command(
        "decisions.decide-several",
        "A",
        "decide marked",
        "Decide the marked ones together, with their summed price",
        15,
    ),
    Command(
        "decisions.edit",
        "e",
        "edit spec",
        "Open the spec under the cursor in your editor; a change becomes a version",
    ),
    Command("decisions.copy-id", "y", "copy id", "Copy the id of the decision under the cursor"),
    Command("decisions.clear", "escape", "clear", "Take the marks away"),
    Command("metrics.next-family", "right_square_bracket,right,l", "next tab", "Show the next family", 25),
    Command("metrics.previous-family", "left_square_bracket,left,h", "tab before", "Show the family before"),
    Command("metrics.chart", "c", "chart", "Show the next chart; after the last, the first", 15),
    Command("metrics.previous-chart", "C", "chart before", "Show the chart before"),
    Command("metrics.numbers", "t", "numbers", "Show the chart's numbers as a table, or its picture", 30),
    Command("metrics.period", "p", "period", "Look at 30 days, 90 days, a year, or all time", 40),
    Command("metrics.dates", "d", "dates", "Look at the time from one day to another"),
    Command("metrics.bucket", "b", "bucket", "Cut the time into days, weeks or months", 50),
    Command("metrics.group", "f", "group", "Show each figure by worker, vertente or what else there is", 60),
    Command(
        "metrics.next-pane", "tab", "scroll", "Move to the chart's numbers or words, to scroll, and back"
    ),
    Command("metrics.close", "escape", "back", "Back from the chart, then from dates and groups"),
    Command("metrics.copy-id", "y", "copy key", "Copy the key of the figure under the cursor"),
    Command("documents.back", "escape", "back", "Back to the figures", 30),
    Command("documents.copy-id", "y", "copy id", "Copy the id of the document under the cursor"),
    Command("actors.pause", "p", "pause", "Pause the actor, or let it go on: what it does ends", 15),
    Command(
        "actors.run", "r", "run now", "Have the actor look for work now, once also while it is paused", 25
    ),
    Command("actors.next-pane", "tab", "next", "Move to what the actor does, what it did, and back", 40),
    Command(
        "actors.copy-id", "y", "copy id", "Copy the id of the item under the cursor, or the actor's name"
    ),
    Command("events.follow", "F", "follow", "Go to the newest event and stay with it; going up stops it", 15),
    Command("events.filter", "slash", "filter", "Filter by words, or saga:, ator:, tipo:, item:, spec:", 30),
    Command(
        "events.facets",
        "f",
        "facets",
        "Filter by a type, actor, saga, item or spec, with how many each has",
        40,
    ),
    Command("events.times", "t", "times", "Tell times exactly, or by how long ago", 50),
    Command("events.older", "o", "older", "Load older events; going up at the first one does it, too"),
    Command("events.clear", "escape", "clear", "Take the filter away"),
    Command("events.copy-id", "y", "copy id", "Copy the id of the item under the cursor"),
    Command(
        "failures.decide-several", "A", "decide marked", "Decide what becomes of the marked ones together", 15
    ),
    Command("failures.next-attempt", "right,l", "next attempt", "Show the attempt after", 30),
    Command("failures.previous-attempt", "left,h", "previous attempt", "Show the attempt before"),
    Command("failures.output", "o", "output", "Read all the output of the last attempt that is shown", 40),
    Command("failures.next-pane", "tab", "scroll", "Move to the attempts, to scroll them, and back", 50),
    Command("failures.clear", "escape", "clear", "Take the marks away"),
    Command("failures.copy-id", "y", "copy id", "Copy the id of the item under the cursor"),
    Command("item.back", "escape", "back", "Back to where you came from", 30),
    Command("item.next-page", "right,l,tab", "next page", "Show the next page of the item", 40),
    Command("item.previous-page", "left,h,shift+tab", "previous page", "Show the page before"),
    Command(
        "item.edit",
        "e",
        "edit spec",
        "Open the item's spec in your editor; a change becomes its next version",
        50,
    ),
    Command("item.roll-back", "b", "roll back", "Make the version that was deployed before current again"),
    Command("item.spec", "v", "spec", "Show the frozen files of the spec's version"),
    Command("item.difference", "d", "difference", "Show what changed since the version before"),
    Command("item.copy-id", "y", "copy id", "Copy the item's id"),
    Command("overview.next-panel", "tab", "next", "Move to the next panel"),
    Command("overview.copy-id", "y", "copy id", "Copy the id of the item under the cursor"),
)


TO_TYPE_IN = frozenset(
    {"app.goto", "app.palette", "app.help"}
    | {entry.id for entry in REGISTRY if entry.action in ("filter", "facets")}
)
"""The commands that open a line to type in."""


def scope(*names: str) -> tuple[Command, ...]:
    """The commands of some scopes, in the registry's order."""
    return tuple(command for command in REGISTRY if command.scope in names)


def command(command_id: str) -> Command:
    """The command of that id; KeyError when there is none."""
    return _BY_ID[command_id]


def bindings(*names: str) -> list[BindingType]:
    """Textual's bindings for some scopes: `command` runs each, or says why it can't be done now."""
    return [
        Binding(entry.keys, f"command('{entry.id}')", entry.label, show=False, id=entry.id)
        for entry in scope(*names)
    ]


def shown_key(entry: Command, keymap: Mapping[str, str]) -> str:
    """The key as footer and help print it, after remapping: `ctrl+p`, `?`, `space`."""
    first = keymap.get(entry.id, entry.keys).split(",", 1)[0].strip()
    return _PRINTED.get(first, first)


def key_of(command_id: str, keymap: Mapping[str, str]) -> str:
    """The key that hints name for a command: the one that it has here, not the one that it came with."""
    return shown_key(command(command_id), keymap)


def shown_keys(entry: Command, keymap: Mapping[str, str]) -> str:
    """All its keys, for the help."""
    keys = keymap.get(entry.id, entry.keys).split(",")
    return " ".join(_PRINTED.get(key.strip(), key.strip()) for key in keys)


def elsewhere(key: str, keymap: Mapping[str, str]) -> str:
    """What a key does on other screens, in a line; empty when it does nothing anywhere."""
    found = [
        entry
        for entry in REGISTRY
        if entry.scope not in ("app", "list") and key in _split(keymap.get(entry.id, entry.keys))
    ]
    places: dict[str, dict[str, None]] = {}
    for entry in found:
        places.setdefault(entry.label, {})[_PLACES.get(entry.scope, entry.scope)] = None
    shown = _PRINTED.get(key, key)
    if len(places) == 1:
        label, only = next(iter(places.items()))
        return f"{shown} ({label}) works on {_listed(list(only))}, not here"
    told = [f"{_listed(list(where))} ({label})" for label, where in places.items()]
    return f"{shown} works on {_listed(told)}, not here" if found else ""


def behind(key: str, keymap: Mapping[str, str]) -> str:
    """What a key of every screen is for, said where a dialog lies over them; empty for any other key."""
    for entry in scope("app"):
        if key in _split(keymap.get(entry.id, entry.keys)):
            shown = f"{_PRINTED.get(key, key)} ({entry.label.lower()})"
            return f"{shown} works on the screens: close this first (esc)"
    return ""


def _listed(names: list[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _split(keys: str) -> list[str]:
    return [key.strip() for key in keys.split(",")]


_PLACES = {
    "overview": "Overview",
    "sprint": "Sprint",
    "backlog": "Backlog",
    "blocked": "Blocked",
    "decisions": "Decisions",
    "metrics": "Metrics",
    "documents": "a figure's documents",
    "actors": "Actors",
    "events": "Events",
    "failures": "Failures",
    "item": "an item's page",
}
_BY_ID = {entry.id: entry for entry in REGISTRY}
_PRINTED = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "plus": "+",
    "minus": "-",
    "escape": "esc",
    "ctrl+@": "ctrl+space",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
}
