"""All bugs, each once, by when they were opened: those that are open now, how many were at any moment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort_right
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from store.metrics.bug_rows import bug_of, is_of_bug, made, placed, row_of
from store.metrics.facts import Execution, Facts, Item, Moment
from store.metrics.keeping import Changed, kept, net
from store.metrics.populations import is_running
from store.metrics.tables import Placed, Table, order


class OpenBug(NamedTuple):
    """A bug that no deployed repair ended yet."""

    item_id: str
    aberto: Moment


class Stock(NamedTuple):
    """All bugs by what they are told by: an item, or an execution without one."""

    items: dict[str, Item]
    runs: dict[str, dict[str, Execution]]
    """The executions that repair each, by their ids."""
    lives: dict[str, _Life]
    opened_at: list[float]
    closed_at: list[float]
    """Both ascending, of those of which it is known when they were open."""
    rows: dict[str, Execution]
    """What is told of each (`bug_rows`)."""
    dated: Table[Execution]
    """These by when the bug was opened."""
    undated: dict[str, Execution]
    """Those of which nobody knows when that was."""

    def open_at(self, moment: float) -> int:
        """How many were open: opened at a moment or before, and not closed by then."""
        return bisect_right(self.opened_at, moment) - bisect_right(self.closed_at, moment)


class _Life(NamedTuple):
    """One bug; `fechado` is None while it is open, and where nothing says when it ended."""

    aberto: Moment
    fechado: Moment
    agora: bool
    """Whether it is open now."""

    @property
    def told(self) -> bool:
        """Whether it is known when it was open."""
        return self.aberto is not None and (self.agora or self.fechado is not None)


def stock(facts: Facts) -> Stock:
    """Of these facts."""
    return kept(facts, "bug stock", _build, ("itens", "execucoes"), _moved, is_of_bug)


def still_open(facts: Facts) -> list[OpenBug]:
    """Bugs whose item is open, or whose execution runs and has no deployed repair; oldest first."""
    lives = stock(facts).lives
    return sorted(
        (OpenBug(bug, life.aberto) for bug, life in lives.items() if life.agora),
        key=lambda bug: (bug.aberto is None, bug.aberto or 0.0, bug.item_id),
    )


def _build(facts: Facts) -> Stock:
    items = {item.id: item for item in facts.itens if is_of_bug(item)}
    runs: dict[str, dict[str, Execution]] = {}
    for run in facts.execucoes:
        if run.bug is not None:
            runs.setdefault(bug_of(run), {})[run.id] = run
    of_bug = {bug: (items.get(bug), runs.get(bug, {}).values()) for bug in {**items, **runs}}
    lives = {bug: _life(*both) for bug, both in of_bug.items()}
    rows = {bug: row_of(*both) for bug, both in of_bug.items()}
    told = [life for life in lives.values() if life.told]
    return Stock(
        items,
        runs,
        lives,
        sorted(life.aberto or 0.0 for life in told),
        sorted(life.fechado for life in told if life.fechado is not None),
        rows,
        Table(sorted((each for row in rows.values() for each in placed(row)), key=order)),
        {bug: row for bug, row in rows.items() if not placed(row)},
    )


def _moved(old: Stock, changed: Sequence[Changed]) -> Stock:
    """As of other items and executions."""
    found = old._replace(
        items=dict(old.items),
        runs=dict(old.runs),
        lives=dict(old.lives),
        opened_at=list(old.opened_at),
        closed_at=list(old.closed_at),
        rows=dict(old.rows),
        undated=dict(old.undated),
    )
    touched: set[str] = set()
    for campo, before, after in net(changed):
        if campo == "itens":
            touched |= _other_item(found.items, before, after)
        else:
            touched |= _other_run(found.runs, before, after)
    for bug in touched:
        _anew(found, bug)
    gone, come = (_dated(some, touched) for some in (old.rows, found.rows))
    return found._replace(dated=old.dated.moved(gone, come))


def _dated(rows: Mapping[str, Execution], bugs: Iterable[str]) -> list[Placed[Execution]]:
    return [each for bug in bugs if bug in rows for each in placed(rows[bug])]


def _other_item(items: dict[str, Item], before: Item | None, after: Item | None) -> set[str]:
    if after is not None and is_of_bug(after):
        items[after.id] = after
    elif before is not None:
        items.pop(before.id, None)
    return {each.id for each in (before, after) if each is not None}


def _other_run(
    runs: dict[str, dict[str, Execution]], before: Execution | None, after: Execution | None
) -> set[str]:
    was = bug_of(before) if before is not None else ""
    now = bug_of(after) if after is not None and is_of_bug(after) else ""
    if was and was != now and was in runs:
        runs[was] = {name: run for name, run in runs[was].items() if before is None or name != before.id}
    if now and after is not None:
        runs[now] = {**runs.get(now, {}), after.id: after}
    return {bug for bug in (was, now) if bug}


def _anew(found: Stock, bug: str) -> None:
    old = found.lives.pop(bug, None)
    for some in (found.rows, found.undated):
        some.pop(bug, None)
    item, runs = found.items.get(bug), found.runs.get(bug, {})
    new = _life(item, runs.values()) if item is not None or runs else None
    if new is not None:
        found.lives[bug], row = new, row_of(item, runs.values())
        found.rows[bug] = row
        if not placed(row):
            found.undated[bug] = row
    for life, change in ((old, _take), (new, insort_right)):
        if life is not None and life.told:
            change(found.opened_at, life.aberto or 0.0)
            if life.fechado is not None:
                change(found.closed_at, life.fechado)


def _take(moments: list[float], moment: float) -> None:
    del moments[bisect_left(moments, moment)]


def _life(item: Item | None, runs: Iterable[Execution]) -> _Life:
    """What a bug's item and executions say of it, the newest one having the last word."""
    bug_open, opened = item is not None and item.encerrado is None, item.criado if item is not None else None
    ended: list[float] = [item.encerrado] if item is not None and item.encerrado is not None else []
    deployed = known = None
    for run in sorted(runs, key=made):
        bug = run.bug
        if bug is None:
            continue
        known = bug.aberto if bug.aberto is not None else known
        if bug.implantado is not None:
            bug_open, deployed = False, bug.implantado
        elif is_running(run):
            bug_open, opened = True, bug.aberto if bug.aberto is not None else opened
        elif run.encerrada is not None:
            ended.append(run.encerrada)
    if bug_open:
        return _Life(opened, None, agora=True)
    since = known if known is not None else opened
    until = deployed if deployed is not None else max(ended, default=None)
    return _Life(since, until if until is None or since is None else max(until, since), agora=False)
