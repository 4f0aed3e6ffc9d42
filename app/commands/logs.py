"""`oficina logs`: what this workspace's processes logged, across its files, and as it comes."""

from __future__ import annotations

import argparse
import os
import re
import select
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.log_lines import pretty
from app.main import EXIT_DONE
from app.naming import whole_id
from app.output import json_line
from app.times import LocalTime
from app.wiring import enter, find_paths, opened
from jobs.logs.reading import LogReader, Record, Wanted
from store.clock import SystemClock, add_seconds, format_time
from store.errors import StoreError, WrongInput

_TURN_S = 0.25
_AGO = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(s|min|m|h|d|w)")
_SECONDS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}


def logs(arguments: argparse.Namespace) -> int:
    """Print the newest records that fit, oldest first; `--follow` goes on until it is interrupted."""
    workspace = enter(find_paths(arguments).root)
    if arguments.limit < 0:
        raise WrongInput(f"not a number of records: {arguments.limit}", path="--limit", remedy="0 means all")
    local = LocalTime(workspace.config.fuso)
    wanted = Wanted(
        saga=arguments.saga or "",
        item=whole_id(arguments.item, "BKL") if arguments.item else "",
        level=arguments.level or "",
        since=_since(arguments.since, workspace.config.fuso) if arguments.since else "",
    )
    with LogReader(workspace.paths.logs, wanted) as reader:
        found = reader.newest(arguments.limit or None)
        if not found:
            _check_words(arguments, wanted)
        try:
            _print(found, local, as_json=arguments.json)
            if arguments.follow:
                _follow(reader, local, as_json=arguments.json)
            elif not found and not arguments.json:
                print("Nothing like that was logged." if wanted != Wanted() else "Nothing was logged yet.")
        except KeyboardInterrupt:
            pass
        except BrokenPipeError:
            _leave_quietly()
    return EXIT_DONE


def _follow(reader: LogReader, local: LocalTime, *, as_json: bool) -> None:
    """Print what comes; returns when nobody reads it any more."""
    while not _unread():
        _print(reader.more(), local, as_json=as_json)


def _unread() -> bool:
    """Wait a turn; True as soon as whoever reads our output has gone."""
    poll = select.poll()
    try:
        poll.register(sys.stdout.fileno(), 0)
    except (OSError, ValueError):
        poll = select.poll()
    return bool(poll.poll(_TURN_S * 1000))


def _leave_quietly() -> None:
    """What is still to be written has no reader: the interpreter must not try it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), sys.stdout.fileno())


def _print(records: Iterable[Record], local: LocalTime, *, as_json: bool) -> None:
    for record in records:
        print(json_line(record) if as_json else "\n".join(pretty(record, local)))
    sys.stdout.flush()


def _since(word: str, fuso: str) -> str:
    """`2h` ago, or a time in the workspace's zone, as UTC text."""
    now = SystemClock().now()
    ago = _AGO.fullmatch(word.strip())
    try:
        if ago is not None:
            return add_seconds(now, -float(ago[1]) * _SECONDS[ago[2]])
        moment = datetime.fromisoformat(word.strip())
        local = moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(fuso))
        found = format_time(local.astimezone(UTC))
    except (ValueError, OverflowError):
        remedy = "write 30m, 2h, 1d, or a time as in 2026-03-09T14:00"
        raise WrongInput(f"not a time: {word}", path="--since", remedy=remedy) from None
    if found > now:
        raise WrongInput(f"{word} has not come yet", path="--since", remedy="name a time that has passed")
    return found


def _check_words(arguments: argparse.Namespace, wanted: Wanted) -> None:
    """Where nothing was found: was it because there is no such thing? A damaged store can't say."""
    if not (wanted.item or wanted.saga):
        return
    with suppress(StoreError), opened(arguments, readonly=True) as shop:
        if wanted.item:
            shop.item(wanted.item)
        if wanted.saga and not shop.db.find("backlog_items", "saga_id", wanted.saga):
            known = sorted({doc["saga_id"] for doc in shop.db.all("backlog_items")})
            near = next((saga for saga in known if saga.startswith(wanted.saga)), "")
            remedy = f"did you mean {near}?" if near else "`oficina items ITEM` says an item's saga"
            raise WrongInput(f"no saga {wanted.saga}", path="--saga", remedy=remedy)
