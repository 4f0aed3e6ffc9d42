"""The keeper: what it reports, what it ends, and that nothing is left."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hostile_programs as hostile
import pytest

from jobs.launcher import procfs, reaping
from jobs.launcher.birth import CANNOT_START, apply_limits
from jobs.launcher.identity import alive
from jobs.launcher.meter import Meter
from jobs.launcher.orders import Limits, Order, keeper_argv
from jobs.launcher.procfs import Stat, descendants, is_alive, read_stat, start_time
from jobs.launcher.spawn import run_order
from jobs.launcher.wire import LineReader, Outbox

SURVIVOR_SEARCH_S = 60.0


def measured_keeper(python: str) -> list[str]:
    """A keeper that finds its site-packages, so that coverage can see it."""
    return [python, "-m", "jobs.launcher.keeper"]


@pytest.fixture(autouse=True)
def _measured(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.function is not test_a_keeper_as_shipped_knows_no_site_packages:
        monkeypatch.setattr("jobs.launcher.spawn.keeper_argv", measured_keeper)


def order(code: str, tmp_path: Path, **changes: Any) -> Order:
    limits = changes.pop("limits", Limits(wall_s=20.0))
    return Order(
        argv=hostile.python(code), cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, limits=limits, **changes
    )


def run(code: str, tmp_path: Path, **changes: Any) -> tuple[Any, list[tuple[str, str]]]:
    lines: list[tuple[str, str]] = []
    report = run_order(
        order(code, tmp_path, **changes), on_line=lambda name, text: lines.append((name, text))
    )
    return report, lines


def test_reports_how_a_child_ended_and_hands_over_its_lines(tmp_path: Path) -> None:
    report, lines = run("import sys; print('um'); print('dois', file=sys.stderr); sys.exit(7)", tmp_path)
    assert report.rc == 7
    assert not report.ok
    assert sorted(lines) == [("err", "dois"), ("out", "um")]
    assert report.wall_s > 0
    assert report.cpu_s > 0
    assert report.peak_rss_mb > 1
    assert report.output_bytes == len("um\ndois\n")
    assert report.survivors == 0


def test_a_keeper_as_shipped_knows_no_site_packages(tmp_path: Path) -> None:
    report, lines = run("print(1)", tmp_path)
    assert report.ok
    assert lines == [("out", "1")]
    assert {"-I", "-S"} < set(keeper_argv(sys.executable))


def test_gives_the_child_its_input_and_its_end(tmp_path: Path) -> None:
    _, lines = run("import sys; print(sys.stdin.read().upper())", tmp_path, stdin="olá")
    assert lines == [("out", "OLÁ")]


def test_writes_the_output_into_a_file_instead(tmp_path: Path) -> None:
    report, lines = run(
        "import os; os.write(1, b'a\\n'); os.write(2, b'b\\n')", tmp_path, stdout_path=tmp_path / "o"
    )
    assert report.ok
    assert lines == []
    assert sorted((tmp_path / "o").read_text().split()) == ["a", "b"]


def test_refuses_to_write_output_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    report, _ = run("print(1)", tmp_path, stdout_path=tmp_path / "link")
    assert report.rc == CANNOT_START
    assert not (tmp_path / "elsewhere").exists()


def test_says_why_a_program_cannot_be_started(tmp_path: Path) -> None:
    report = run_order(Order(argv=["/no/such/program"], cwd=tmp_path))
    assert report.rc == CANNOT_START
    assert "/no/such/program" in report.error


def test_names_the_signal_that_ended_a_child(tmp_path: Path) -> None:
    report, _ = run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", tmp_path)
    assert report.rc == 128 + signal.SIGSEGV


@pytest.mark.parametrize(
    ("program", "limits", "reason"),
    [
        (hostile.ENDLESS_LOOP, Limits(wall_s=0.3), "timeout"),
        (hostile.ENDLESS_LOOP, Limits(wall_s=20.0, cpu_s=0.3), "cpu"),
        (hostile.FORK_STORM, Limits(wall_s=20.0), "processes"),
        (hostile.FORK_STORM_IN_SESSIONS, Limits(wall_s=20.0), "processes"),
        (hostile.SIX_GIGABYTES_TOGETHER, Limits(wall_s=20.0, tree_mb=300), "memory"),
        (hostile.HUNDRED_MEGABYTES_OUT, Limits(wall_s=20.0), "output"),
    ],
)
def test_ends_a_tree_that_breaks_a_limit(program: str, limits: Limits, reason: str, tmp_path: Path) -> None:
    report, _ = run(program, tmp_path, limits=limits)
    # A plain user's storm may meet the kernel's own limit first: then the fork fails, and it ends by that.
    met_the_kernel = reason == "processes" and os.getuid() != 0 and report.rc != 0
    assert report.killed_for == reason or met_the_kernel
    assert report.timed_out == (reason == "timeout")
    assert report.survivors == 0
    assert report.output_bytes < 20 << 20


def test_an_allocation_above_the_limit_fails_at_once(tmp_path: Path) -> None:
    report, lines = run(hostile.SIX_GIGABYTES, tmp_path)
    assert report.rc == 1
    assert lines[-1] == ("err", "MemoryError")


def test_a_detached_child_goes_with_its_tree(tmp_path: Path) -> None:
    report, _ = run(hostile.DETACHED_CHILD, tmp_path)
    assert report.rc == 0
    assert report.wall_s < hostile.DETACHED_S
    assert report.survivors == 0


class KeeperProcess:
    """A real keeper, driven line by line."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            measured_keeper(sys.executable),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.ready = self.next("ready")

    def send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def next(self, name: str) -> Any:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            message = json.loads(line)
            if name in message:
                return message[name]
        raise AssertionError(f"the keeper said no {name}")


@pytest.fixture
def keeper_process() -> Iterator[KeeperProcess]:
    kept = KeeperProcess()
    yield kept
    assert kept.process.stdin is not None
    assert kept.process.stdout is not None
    kept.process.stdin.close()
    kept.process.wait(60)  # not killed: its coverage is written at its end
    kept.process.stdout.close()


def wait_until(condition: Callable[[], bool], limit_s: float = SURVIVOR_SEARCH_S) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        select.select([], [], [], 0.01)


def test_identity_lives_as_long_as_the_process(keeper_process: KeeperProcess) -> None:
    who = {name: keeper_process.ready[name] for name in ("boot_id", "pid", "inicio")}
    assert alive(who)
    assert not alive(who | {"inicio": who["inicio"] + 1})
    assert not alive(who | {"boot_id": "another"})
    assert not alive(who | {"pid": 1 << 30})
    keeper_process.process.kill()
    wait_until(lambda: not alive(who))  # a zombie is dead


def test_ends_without_an_order_when_its_pipe_closes(keeper_process: KeeperProcess) -> None:
    assert keeper_process.process.stdin is not None
    keeper_process.process.stdin.close()
    assert keeper_process.process.wait(60) == 1


def start_sleeper(kept: KeeperProcess, tmp_path: Path) -> dict[str, int]:
    """A child with a detached descendant; returns the child's identity once both run."""
    code = f"import sys, time; exec({hostile.DETACHED_CHILD!r}); print('up', flush=True); time.sleep(30)"
    kept.send({"go": order(code, tmp_path).document()})
    child: dict[str, int] = kept.next("started")
    kept.next("out")
    return child


def test_ends_the_tree_when_the_pipe_closes(keeper_process: KeeperProcess, tmp_path: Path) -> None:
    child = start_sleeper(keeper_process, tmp_path)
    assert child["subreaper"]
    tree = descendants(keeper_process.process.pid)
    assert len([stat for stat in tree if not stat.zombie]) == 2
    assert keeper_process.process.stdin is not None
    keeper_process.process.stdin.close()
    assert keeper_process.next("end")["killed_for"] == "parent"
    assert keeper_process.process.wait(60) == 0
    assert not is_alive(procfs.boot_id(), child["pid"], child["inicio"])
    assert all(start_time(stat.pid) != stat.start for stat in tree)


@pytest.mark.parametrize(("message", "reason"), [({"kill": "prazo"}, "prazo"), (None, "parent")])
def test_ends_the_tree_when_told_or_terminated(
    keeper_process: KeeperProcess, tmp_path: Path, message: dict[str, str] | None, reason: str
) -> None:
    start_sleeper(keeper_process, tmp_path)
    if message:
        keeper_process.send(message)
    else:
        keeper_process.process.terminate()
    assert keeper_process.next("end")["killed_for"] == reason


def test_passes_lines_to_the_child_until_the_input_is_closed(
    keeper_process: KeeperProcess, tmp_path: Path
) -> None:
    code = "import sys\nfor line in sys.stdin: print('got', line.strip(), flush=True)"
    keeper_process.send({"go": order(code, tmp_path, interactive=True, stdin="first\n").document()})
    assert keeper_process.next("out") == "got first"
    keeper_process.send({"line": "second"})
    assert keeper_process.next("out") == "got second"
    keeper_process.send({"close": True})
    assert keeper_process.next("end")["rc"] == 0


def test_a_killed_keeper_takes_its_child_along(keeper_process: KeeperProcess, tmp_path: Path) -> None:
    child = start_sleeper(keeper_process, tmp_path)
    tree = descendants(keeper_process.process.pid)
    keeper_process.process.kill()
    wait_until(lambda: not is_alive(procfs.boot_id(), child["pid"], child["inicio"]))
    for stat in tree:  # what was detached is the launcher's to end, and here nobody's but ours
        reaping.signal_process(stat, signal.SIGKILL)


def test_kills_by_identity_also_where_pidfd_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    process = subprocess.Popen(["sleep", "30"])
    stat = read_stat(process.pid)
    assert stat is not None
    monkeypatch.delattr(os, "pidfd_open")
    assert not reaping.signal_process(stat._replace(start=stat.start + 1), signal.SIGKILL)
    assert reaping.signal_process(stat, signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL
    assert not reaping.signal_process(stat, signal.SIGKILL)
    monkeypatch.setattr(reaping, "start_time", lambda _: stat.start)
    assert not reaping.signal_process(stat, signal.SIGKILL)


def test_a_pid_that_was_used_again_is_left_alone() -> None:
    process = subprocess.Popen(["sleep", "30"])
    try:
        stat = read_stat(process.pid)
        assert stat is not None
        assert not reaping.signal_process(stat._replace(start=stat.start + 1), signal.SIGKILL)
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
    assert not reaping.signal_process(stat, signal.SIGKILL)
    assert not reaping.kill_first(process.pid)


def test_children_are_found_where_the_kernel_does_not_list_them(monkeypatch: pytest.MonkeyPatch) -> None:
    process = subprocess.Popen(["sleep", "30"])
    try:
        listed = process.pid in procfs.children(os.getpid())
        monkeypatch.setattr(procfs, "_KERNEL_LISTS_CHILDREN", False)
        assert process.pid in procfs.children(os.getpid())
        assert listed == procfs.kernel_lists_children()
    finally:
        process.kill()
        process.wait()
    monkeypatch.setattr(procfs, "_KERNEL_LISTS_CHILDREN", True)
    assert procfs.children(1 << 30) == []


def test_meter_adds_up_samples_and_names_the_broken_limit() -> None:
    def stat(cpu_s: float, rss_bytes: int) -> Stat:
        return Stat(pid=1, parent=1, group=1, session=1, state="R", start=1, cpu_s=cpu_s, rss_bytes=rss_bytes)

    meter = Meter(started=10.0)
    meter.sample(10.0, [stat(0.5, 1 << 29), stat(0.5, 1 << 29)], ended_cpu_s=0.0)
    assert meter.broken_limit(10.0, {"wall_s": 1, "tree_mb": 1024, "processes": 2, "cpu_s": 1.0}) == ""
    assert meter.broken_limit(12.0, {"wall_s": 1}) == "timeout"
    assert meter.broken_limit(10.0, {"tree_mb": 1023}) == "memory"
    assert meter.broken_limit(10.0, {"processes": 1}) == "processes"
    assert meter.broken_limit(10.0, {"tree_mb": 1023, "processes": 1}) == "processes", "the cause"
    assert meter.broken_limit(10.0, {"cpu_s": 0.9}) == "cpu"
    meter.close(12.0, ended_cpu_s=0.7, ended_peak_bytes=3 << 30)
    # CPU seconds never go back; one gigabyte was held for two seconds.
    assert meter.report(12.0) == {"wall_s": 2.0, "cpu_s": 1.0, "peak_rss_mb": 3072.0, "ram_gb_s": 2.0}


def test_long_lines_are_cut_and_the_rest_is_kept_for_later() -> None:
    read, write = os.pipe()
    os.set_blocking(read, False)
    reader = LineReader(read, longest=8)
    assert reader.read() == []
    os.write(write, b"one\ntwo")
    assert reader.read() == [b"one"]
    os.write(write, b"45678901")
    assert reader.read() == [b"two45678901"]
    os.write(write, b"end")
    assert reader.read() == []
    os.close(write)
    assert reader.read() == [b"end"]
    assert reader.ended
    os.close(read)
    reader.ended = False
    assert reader.read() == []  # a descriptor that fails has ended, too
    assert reader.ended


def test_a_full_or_broken_pipe_never_blocks() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    outbox = Outbox(write)
    outbox.put(b"x" * (1 << 20))
    outbox.flush()
    assert 0 < len(outbox) < 1 << 20
    os.close(read)
    outbox.flush()
    assert outbox.broken
    assert len(outbox) == 0
    outbox.put(b"more")
    assert len(outbox) == 0
    os.close(write)


LIMITS_SEEN = (
    "import json, os, resource as r; from jobs.launcher.birth import apply_limits;"
    "apply_limits(dict(cpu_s=5.5, memory_mb=2048, file_mb=8, files=64, processes=99, nice=3));"
    "print(json.dumps([r.getrlimit(k)[0] for k in"
    " (r.RLIMIT_CORE, r.RLIMIT_CPU, r.RLIMIT_AS, r.RLIMIT_FSIZE, r.RLIMIT_NOFILE)] + [os.nice(0)]));"
    "apply_limits(dict(file_mb=16)); print(r.getrlimit(r.RLIMIT_FSIZE)[0]); apply_limits({})"
)


def test_limits_are_set_and_never_raised() -> None:
    before = os.nice(0)
    result = subprocess.run([sys.executable, "-c", LIMITS_SEEN], capture_output=True, text=True, check=True)
    seen, kept = result.stdout.splitlines()
    assert json.loads(seen) == [0, 7, 2048 << 20, 8 << 20, 64, before + 3]
    assert int(kept) == 8 << 20


def test_the_limit_of_processes_leaves_room_for_those_that_run(monkeypatch: pytest.MonkeyPatch) -> None:
    set_limits: dict[int, int] = {}
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    monkeypatch.setattr("jobs.launcher.birth._lower", lambda which, value: set_limits.update({which: value}))
    apply_limits({"processes": 10})
    assert set_limits[resource.RLIMIT_NPROC] >= 20
