"""Steps of dummy actors, imported by the children of test lines."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from store.errors import WrongInput


def double(document: dict[str, Any], channel: Any) -> dict[str, Any]:
    """The simplest step."""
    channel.progress("doubling", 1, 1)
    return {"resultado": {"n": 2 * document["n"]}}


def nothing(document: dict[str, Any]) -> dict[str, Any]:
    """The simplest inline step."""
    return {"resultado": {"n": document.get("n")}}


def inline_breaks(document: dict[str, Any]) -> dict[str, Any]:
    if document.get("politely"):
        raise WrongInput("not this one")
    raise ValueError("no good")


def waits(document: dict[str, Any], channel: Any) -> dict[str, Any]:
    """Says that it runs, and waits for a file."""
    channel.progress("waiting", 0, 1)
    channel.output("here I am")
    deadline = time.monotonic() + 60
    while not Path(document["until"]).exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    return {"resultado": {"waited": True}}


def fails_once(document: dict[str, Any], channel: Any) -> dict[str, Any]:
    marker = Path(document["marker"])
    if marker.exists():
        return {"resultado": {}}
    marker.touch()
    raise ValueError("the first time")


def crashes(document: dict[str, Any], channel: Any) -> dict[str, Any]:
    sys.stderr.write("last words\n")
    sys.stderr.flush()
    os._exit(9)


def asks(document: dict[str, Any], channel: Any) -> dict[str, Any]:
    return {"resultado": channel.ask({"kind": "phase", "fase": document["fase"]})}


def kills_its_keeper(document: dict[str, Any], channel: Any) -> dict[str, Any]:
    marker = Path(document["marker"])
    if marker.exists():
        return {"resultado": {"again": True}}
    marker.touch()
    os.kill(os.getppid(), 9)
    time.sleep(20)
    return {}


def reaches_out(document: dict[str, Any], channel: Any) -> dict[str, Any]:
    report = channel.spawn(["true"], writable=[channel.workdir], network=True)
    return {"resultado": {"rc": report.rc}}


def says_and_raises(document: dict[str, Any], channel: Any) -> dict[str, Any]:
    channel.output("about to fail")
    raise ValueError("no good")


def says_and_ends(document: dict[str, Any], channel: Any) -> dict[str, Any]:
    channel.output("about to end")
    return {"resultado": {}}


def says_and_loses_its_keeper(document: dict[str, Any], channel: Any) -> dict[str, Any]:
    channel.output("about to be lost")
    while not Path(document["heard"]).exists():
        time.sleep(0.005)
    return kills_its_keeper(document, channel)


def spends(document: dict[str, Any], channel: Any) -> dict[str, Any]:
    """Says what it uses, one report after the other, and waits for a file if it names one."""
    if document.get("fase"):
        channel.ask({"kind": "phase", "fase": "inicio"})
    known = Path(document["marker"]).exists() if document.get("marker") else False
    for report in [] if known else document["reports"]:
        channel.report_usage(**report)
    if document.get("raw"):
        channel._say({"usage": document["raw"]})
    if document.get("until"):
        return waits(document, channel)
    if document.get("breaks"):
        raise ValueError("it broke")
    return {"resultado": {"reports": len(document["reports"])}}


def burns(document: dict[str, Any], channel: Any) -> dict[str, Any]:
    """Keeps a processor busy until a file is there."""
    deadline = time.monotonic() + 60
    while not Path(document["until"]).exists() and time.monotonic() < deadline:
        sum(range(10_000))
    return {"resultado": {}}
