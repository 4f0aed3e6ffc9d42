"""Ended on demand or for its time, a program is told first; who does not listen is killed in the end."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from jobs.launcher import spawn as spawning
from jobs.launcher.orders import Limits, RunReport
from jobs.launcher.procfs import all_stats, catches
from jobs.launcher.spawn import Stop
from jobs.performers.spawner import Spawner
from jobs.sandbox import LIMITS_ONLY, Sandbox, trial

LEVEL = trial()
SAYS_GOODBYE = r"""\
import os, signal, time
def end(*_):
    os.write(1, b"bye\n")
    os._exit(5)
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
time.sleep(600)
"""
UNMOVED = """\
import signal, time
signal.signal(signal.SIGTERM, lambda *_: None)
print("up", flush=True)
time.sleep(600)
time.sleep(600)
"""
PLAIN = "import time\nprint('up', flush=True)\ntime.sleep(600)"
BABBLES_AT_THE_END = r"""\
import os, signal, time
def babble(*_):
    while True:
        os.write(1, b"x" * 10_000 + b"\n")
signal.signal(signal.SIGTERM, babble)
print("up", flush=True)
time.sleep(600)
"""


LONG_S = 60
"""A time of grace that nobody needs."""


@pytest.fixture(autouse=True)
def _measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A keeper that finds its site-packages, so that coverage can see it."""
    monkeypatch.setattr(spawning, "keeper_argv", lambda python: [python, "-m", "jobs.launcher.keeper"])


@pytest.fixture(params=["limits", "full"])
def spawner(request: pytest.FixtureRequest, tmp_path: Path) -> Spawner:
    if request.param == "limits":
        return Spawner(Sandbox(LIMITS_ONLY), tmp_path)
    if LEVEL.name != "full":
        pytest.skip(LEVEL.why)
    return Spawner(Sandbox(LEVEL), tmp_path)


def run(spawner: Spawner, code: str, *, grace_s: float, **more: object) -> tuple[RunReport, list[str], float]:
    """Run Python code and end it once it says `up`; the seconds are those since then."""
    stop, lines, told = Stop(), list[str](), list[float]()

    def hear(_: str, line: str) -> None:
        lines.append(line)
        if line == "up" and not more:
            told.append(time.monotonic())
            stop("cancelled")

    report = spawner(
        ["/usr/bin/env", "python3", "-c", code],
        writable=[spawner.workdir],
        on_line=hear,
        stop=stop,
        grace_s=grace_s,
        **more,  # type: ignore[arg-type]
    )
    return report, lines, time.monotonic() - told[0] if told else report.wall_s


def test_who_listens_says_its_last_words(spawner: Spawner) -> None:
    report, lines, _ = run(spawner, SAYS_GOODBYE, grace_s=LONG_S)
    assert (report.rc, report.killed_for, lines) == (5, "cancelled", ["up", "bye"])


def test_who_does_not_listen_is_not_waited_for(spawner: Spawner) -> None:
    report, lines, took_s = run(spawner, PLAIN, grace_s=LONG_S)
    assert (report.killed_for, lines) == ("cancelled", ["up"])
    assert took_s < LONG_S


def test_who_does_not_go_is_killed_after_the_grace_time(spawner: Spawner) -> None:
    report, _, took_s = run(spawner, UNMOVED, grace_s=0.3)
    assert (report.rc, report.killed_for, report.survivors) == (137, "cancelled", 0)
    assert took_s >= 0.3


def test_time_that_is_over_is_told_as_well(spawner: Spawner) -> None:
    for timeout_s in (0.5, 5.0, 50.0):  # it has to come to listen in that time, on a busy machine too
        report, lines, _ = run(spawner, SAYS_GOODBYE, grace_s=LONG_S, timeout_s=timeout_s)
        if "up" in lines:
            break
    assert (report.timed_out, lines) == (True, ["up", "bye"])


def test_without_grace_nobody_is_told(spawner: Spawner) -> None:
    report, lines, _ = run(spawner, SAYS_GOODBYE, grace_s=0)
    assert (report.rc, report.killed_for, lines) == (137, "cancelled", ["up"])


def test_last_words_have_the_limit_of_all_output(spawner: Spawner) -> None:
    stop = Stop()
    report = spawner(
        ["/usr/bin/env", "python3", "-c", BABBLES_AT_THE_END],
        writable=[spawner.workdir],
        on_line=lambda _, line: stop("cancelled") if line == "up" else None,
        stop=stop,
        grace_s=LONG_S,
        limits=Limits(output_bytes=1 << 20),
    )
    assert report.killed_for == "cancelled"
    assert 1 << 20 < report.output_bytes < 8 << 20
    assert report.wall_s < LONG_S


def test_a_stop_that_came_before_the_start_counts(spawner: Spawner) -> None:
    stop = Stop()
    stop("too late")
    stop("another reason")
    report = spawner(["sleep", "30"], writable=[spawner.workdir], stop=stop)
    assert report.killed_for == "too late"
    stop.watch(None)


def test_whoever_breaks_off_waits_for_no_more_output(spawner: Spawner) -> None:
    def hear(_: str, __: str) -> None:
        raise KeyboardInterrupt

    code = "print('up')\nwhile True: print('x' * 10_000)"
    before = _keepers()
    with pytest.raises(KeyboardInterrupt):
        spawner(["/usr/bin/env", "python3", "-c", code], writable=[spawner.workdir], on_line=hear)
    assert _keepers() <= before


def _keepers() -> set[int]:
    """The keepers that this process has; another test's line may still be letting go of its own."""
    children = [stat for stat in all_stats() if stat.parent == os.getpid() and not stat.zombie]
    return {stat.pid for stat in children if _runs(stat.pid)}


def _runs(pid: int) -> bool:
    try:
        return "jobs.launcher.keeper" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def test_a_process_that_is_gone_listens_to_nothing() -> None:
    assert catches(1 << 30, 15) is False
