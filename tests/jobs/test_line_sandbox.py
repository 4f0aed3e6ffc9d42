"""The sandbox, really tried: what untrusted work can reach at each level, and that it is ended."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

import hostile_programs as hostile
import pytest

from jobs import sandbox as sandboxes
from jobs.launcher.orders import Limits, RunReport
from jobs.performers.spawner import Spawner
from jobs.sandbox import LIMITS_ONLY, Level, Sandbox, trial

TRIED = trial()
needs_full = pytest.mark.skipif(TRIED.name != "full", reason=f"no full sandbox here: {TRIED.why}")
LEVELS = [pytest.param(TRIED, id="full", marks=needs_full), pytest.param(LIMITS_ONLY, id="limits")]


def spawn(level: Level, tmp_path: Path, code: str, **options: Any) -> tuple[RunReport, list[str]]:
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    lines: list[str] = []
    spawner = Spawner(Sandbox(level), tmp_path)
    report = spawner(
        hostile.python(code), writable=[work], on_line=lambda _, line: lines.append(line), **options
    )
    return report, lines


@pytest.mark.parametrize("level", LEVELS)
def test_work_runs_in_its_directory_with_named_variables_only(
    level: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "x")
    code = "import os; open('made', 'w').close(); print(sorted(os.environ))"
    report, lines = spawn(level, tmp_path, code, env={"MINE": "1"})
    assert report.ok
    assert report.level == level.name
    assert (tmp_path / "work" / "made").exists()
    assert {"MINE", "PATH", "HOME"} < set(eval(lines[0]))
    assert "SECRET" not in lines[0]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("program", "options", "reason"),
    [
        (hostile.ENDLESS_LOOP, {"timeout_s": 0.4}, "timeout"),
        (hostile.FORK_STORM, {}, "processes"),
        (hostile.FORK_STORM_IN_SESSIONS, {}, "processes"),
        (hostile.SIX_GIGABYTES_TOGETHER, {"limits": Limits(tree_mb=300)}, "memory"),
        (hostile.HUNDRED_MEGABYTES_OUT, {}, "output"),
    ],
)
def test_hostile_work_is_ended_and_reported(
    level: Level, program: str, options: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    report, _ = spawn(level, tmp_path, program, **options)
    # A plain user's storm may meet the kernel's own limit first: then the fork fails, and it ends by that.
    met_the_kernel = reason == "processes" and os.getuid() != 0 and report.rc != 0
    assert report.killed_for == reason or met_the_kernel
    assert report.survivors == 0


@pytest.mark.parametrize("level", LEVELS)
def test_six_gigabytes_and_detached_children_do_not_pass_either(level: Level, tmp_path: Path) -> None:
    report, lines = spawn(level, tmp_path, hostile.SIX_GIGABYTES)
    assert (report.rc, lines[-1]) == (1, "MemoryError")
    report, _ = spawn(level, tmp_path, hostile.DETACHED_CHILD)
    assert report.survivors == 0
    assert report.wall_s < hostile.DETACHED_S


@needs_full
def test_full_isolation_keeps_work_from_files_network_and_processes(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("private")
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = (
            "import os, socket\n"
            f"for act in (lambda: open({str(tmp_path / 'out')!r}, 'w'),\n"
            f"  lambda: open({str(tmp_path / 'mine')!r}),\n"
            f"  lambda: socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 1),\n"
            "  lambda: open('/usr/x', 'w'), lambda: os.kill(2, 9), lambda: os.listdir('/home')):\n"
            "  try: act(); print('reached')\n"
            "  except OSError as error: print('kept')\n"
            "print(os.getpid(), [l.split()[1] for l in open('/proc/self/status') if l.startswith('CapEff')])"
        )
        report, lines = spawn(TRIED, tmp_path, code)
    assert report.ok
    # The first file is written to the sandbox's own memory, if at all: nothing of it is left.
    assert lines[1:6] == ["kept"] * 5
    assert lines[6] == "1 ['0000000000000000']"
    assert not (tmp_path / "out").exists()


@needs_full
def test_nothing_of_the_kernel_can_be_set_from_within(tmp_path: Path) -> None:
    code = (
        "import os\n"
        "for name in ('sys/kernel/core_pattern', 'sysrq-trigger', 'self/oom_score_adj', 'self/uid_map'):\n"
        "  try: open('/proc/' + name, 'a').close(); print('reached', name)\n"
        "  except OSError: pass\n"
        "paths = (os.path.join(at, name) for at, _, names in os.walk('/proc/sys') for name in names)\n"
        "print(sum(os.access(path, os.W_OK) for path in paths))"
    )
    report, lines = spawn(TRIED, tmp_path, code)
    assert report.ok
    assert lines == ["0"]


@needs_full
def test_a_granted_network_and_readonly_paths_are_within_reach(tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    shown.mkdir()
    (shown / "a").write_text("legível")
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = (
            "import socket\n"
            f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 1).close()\n"
            f"print(open({str(shown / 'a')!r}, encoding='utf-8').read())\n"
            f"open({str(shown / 'b')!r}, 'w')"
        )
        report, lines = spawn(TRIED, tmp_path, code, network=True, readonly=[shown])
    assert "legível" in lines
    assert "Read-only file system" in " ".join(lines)
    assert report.rc == 1


def test_reports_go_to_whoever_counts_them(tmp_path: Path) -> None:
    reports: list[RunReport] = []
    Spawner(Sandbox(LIMITS_ONLY), tmp_path, on_report=reports.append)(["true"], writable=[])
    assert reports[0].ok


def test_without_bubblewrap_the_level_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert trial() == Level("limits", "bubblewrap is not installed")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo 'bwrap: No permissions to create new namespace' >&2; exit 1", "No permissions"),
        ('while [ "$1" != -- ]; do shift; done; shift; exec "$@"', "written outside"),
        ("exit 3", "exit code 3"),
    ],
)
def test_a_refused_or_false_bubblewrap_is_found_out(
    script: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bwrap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    wrap = Sandbox.wrap

    def wrap_with_ours(self: Sandbox, *args: Any, **kwargs: Any) -> list[str]:
        command = wrap(self, *args, **kwargs)
        return [str(program), *command[1:]]

    monkeypatch.setattr(shutil, "which", lambda _: str(program))
    monkeypatch.setattr(Sandbox, "wrap", wrap_with_ours)
    level = trial()
    assert level.name == "limits"
    assert why in level.why


def test_what_a_probe_saw_is_judged() -> None:
    held = {"kernel": False, "network": False, "pid": 1}
    assert sandboxes._judge(held) == ""
    assert "kernel" in sandboxes._judge({**held, "kernel": True})
    assert "network" in sandboxes._judge({**held, "network": True})
    assert "processes" in sandboxes._judge({**held, "pid": 7})


def test_a_sandbox_that_hides_the_work_is_no_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = [sys.executable, "-c", "print('{}')"]
    monkeypatch.setattr(Sandbox, "wrap", lambda *_, **__: silent)
    monkeypatch.setattr(shutil, "which", lambda _: "bwrap")
    assert "own directory" in trial().why


def test_the_system_is_found_with_and_without_merged_directories(tmp_path: Path) -> None:
    (tmp_path / "lib").symlink_to("usr/lib")
    (tmp_path / "lib64").mkdir()
    assert sandboxes._system_directory(tmp_path / "lib")[0] == "--symlink"
    assert sandboxes._system_directory(tmp_path / "lib64")[0] == "--ro-bind"
    assert sandboxes._system_directory(tmp_path / "none") == []


def test_bounds_what_is_written_to_memory_where_bubblewrap_can() -> None:
    bounded = Sandbox(Level("full", "", ("proc", "size"))).wrap(["true"], writable=[], cwd=None)
    plain = Sandbox(Level("full", "")).wrap(["true"], writable=[], network=True)
    assert bounded.count("--size") == 2
    assert "--size" not in plain
    assert "--proc" not in plain
    assert "--share-net" in plain
