"""Hints name the key that a command has in this workspace, not the one that it came with."""

from __future__ import annotations

from dataclasses import replace

from models import NOW, empty_model
from trouble_models import actors_model

from screens import (
    actors_content,
    backlog_content,
    blocked_content,
    events_content,
    failures_content,
)
from screens.evidence import inbox
from store.views.model import LineState

KEYS = {
    "app.backlog": "f3",
    "app.decisions": "f5",
    "app.actors": "f7",
    "app.events": "f8",
    "app.failures": "f9",
    "list.mark": "m",
    "backlog.clear": "f2",
    "blocked.clear": "f2",
    "events.clear": "f2",
}


def test_every_hint_follows_the_keymap() -> None:
    failures = failures_content.empty_lines(empty_model(), KEYS).plain
    assert "f7 shows what is tried again, f8 what happened" in failures
    assert failures_content.why_no_batch((), 0, KEYS) == "Mark failures with m first"
    assert backlog_content.why_no_batch((), 0, KEYS) == "Mark decisions with m first"
    assert backlog_content.why_no_batch((), 2, KEYS) == "None of the marked rows is an open decision"
    row = next(row for row in actors_model().atores if row.mortas)
    told = " ".join(line.plain for line in actors_content.facts(row, (), NOW, 60, KEYS))
    assert "(f9 shows them)" in told
    nothing = blocked_content.Summary(0, 0, (), "", loaded=True)
    assert "f3 shows every item, f5 what waits" in blocked_content.empty_lines(nothing, KEYS).plain
    filtered = replace(nothing, total=3, filter="x")
    assert "f2 takes the filter away" in blocked_content.empty_lines(filtered, KEYS).plain
    log = events_content.Summary(0, "x", True, False, False, False, True, "f", "o")
    assert "f2 takes the filter away" in events_content.empty_lines(log, KEYS).plain
    backlog = backlog_content.Summary(3, 0, (), "x", 0, "", True)
    assert "f2 takes the filter away" in backlog_content.empty_lines(backlog, KEYS).plain
    loaded = replace(empty_model(), linha=LineState(modo="running", carregado=True))
    assert "f1 shows what runs now" in inbox.empty(loaded, 80, KEYS | {"app.overview": "f1"}).plain
