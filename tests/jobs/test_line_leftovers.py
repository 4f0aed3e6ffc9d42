"""What a kill leaves half-written goes when a line next starts; what somebody works on, and links, stay."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from line_factory import Paths, setup, wait_for

from jobs.attempts import Attempts, Objects
from jobs.launcher.identity import Identity
from jobs.launcher.procfs import start_time
from jobs.leftovers import sweep_releases, unfinished_release
from jobs.line import Line
from jobs.release import seal
from store.backlog import Backlog, Executor
from store.clock import RandomTokens, SystemClock
from store.database import Database

KILLED = """
import os, signal, sys
from pathlib import Path
from jobs.attempts import Objects
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
Objects(Path(sys.argv[1])).put_bytes(b"half")
"""


def killed_in_the_middle(objects: Objects) -> list[Path]:
    """What is there after a process that was killed as it wrote an object."""
    gone = subprocess.run([sys.executable, "-c", KILLED, str(objects.directory)], check=False)
    assert gone.returncode == -signal.SIGKILL
    return list(objects.directory.iterdir())


def half_a_release(releases: Path, token: str) -> Path:
    """As a kill between sealing and renaming leaves it: read-only, and a link out of it."""
    path = unfinished_release(releases, token)
    (path / "src").mkdir(parents=True)
    (path / "src" / "code.py").write_text("x = 1\n")
    (path / "src" / "out").symlink_to(releases.parent)
    seal(path / "src")
    path.chmod(0o500)
    return path


# Objects


def test_what_a_killed_writer_left_is_swept(tmp_path: Path) -> None:
    objects = Objects(tmp_path / "objects")
    kept = objects.put_bytes(b"whole")
    assert len(killed_in_the_middle(objects)) == 2
    assert objects.sweep() == 1
    assert objects.read(kept) == b"whole"
    assert [path.name for path in objects.directory.iterdir()] == [kept[:2]]
    assert objects.sweep() == 0


def test_what_is_being_written_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    objects = Objects(tmp_path / "objects")
    swept: list[int] = []
    fsync = os.fsync

    def sweep_meanwhile(descriptor: int) -> None:
        swept.append(objects.sweep())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", sweep_meanwhile)
    assert objects.read(objects.put_bytes(b"content")) == b"content"
    assert set(swept) == {0}


def test_a_writer_whose_file_is_swept_before_it_has_its_lock_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = Objects(tmp_path / "objects")
    swept: list[int] = []
    flock = fcntl.flock

    def too_late(file: Any, operation: int) -> None:
        if not swept:
            swept.append(0)
            swept[0] = objects.sweep()
        flock(file, operation)

    monkeypatch.setattr(fcntl, "flock", too_late)
    assert objects.read(objects.put_bytes(b"content")) == b"content"
    assert swept == [1]


def test_where_nothing_can_be_locked_objects_are_kept_and_nothing_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: Any) -> None:
        raise OSError("no locks here")

    objects = Objects(tmp_path / "objects")
    killed_in_the_middle(objects)
    monkeypatch.setattr(fcntl, "flock", no_locks)
    assert objects.read(objects.put_bytes(b"content")) == b"content"
    assert objects.sweep() == 0


def test_only_plain_files_with_such_a_name_are_swept_and_no_link_is_followed(tmp_path: Path) -> None:
    objects = Objects(tmp_path / "objects")
    assert objects.sweep() == 0, "nothing is there yet"
    objects.directory.mkdir()
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (objects.directory / ".0123456789abcde0").symlink_to(outside)
    (objects.directory / ".0123456789abcde1").mkdir()
    os.mkfifo(objects.directory / ".0123456789abcde2")
    (objects.directory / ".keep").touch()
    assert objects.sweep() == 0
    elsewhere = Objects(tmp_path / "elsewhere")
    killed_in_the_middle(elsewhere)
    (tmp_path / "linked").symlink_to(elsewhere.directory)
    assert Objects(tmp_path / "linked").sweep() == 0
    assert outside.read_text() == "mine"
    assert len(list(objects.directory.iterdir())) == 4


# Releases


def test_unfinished_releases_go_but_those_of_who_lives(tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    dead, living = half_a_release(releases, "dead"), half_a_release(releases, "alive")
    finished = releases / "0123456789abcdef"
    finished.mkdir()
    (tmp_path / "outside").mkdir()
    (releases / ".link").symlink_to(tmp_path / "outside")
    assert sweep_releases(releases, {"alive"}) == 2
    assert (dead.exists(), living.exists(), finished.exists()) == (False, True, True)
    assert (tmp_path / "outside").is_dir(), "only the link is gone"
    assert sweep_releases(releases, {"alive"}) == 0


def test_releases_that_lie_elsewhere_are_not_looked_at(tmp_path: Path) -> None:
    assert sweep_releases(tmp_path / "missing", set()) == 0
    left = half_a_release(tmp_path / "elsewhere", "dead")
    (tmp_path / "releases").symlink_to(tmp_path / "elsewhere")
    assert sweep_releases(tmp_path / "releases", set()) == 0
    assert left.exists()


# The line's start


@pytest.fixture
def sleeper() -> Iterator[Executor]:
    """A process that lives: another line's keeper, as far as anybody can tell."""
    process = subprocess.Popen(["sleep", "60"])
    own = Identity.own()
    yield Executor(*own._replace(pid=process.pid, inicio=start_time(process.pid)))
    process.kill()
    process.wait()


def claimed(paths: Paths, executor: Executor) -> str:
    """The token of an attempt that an executor has begun, with its directory and half a release."""
    line_setup = setup(paths.root)
    db = Database.open(paths.store, by="earlier", clock=SystemClock(), durable=False)
    try:
        backlog = Backlog(db, line_setup.contracts, SystemClock(), RandomTokens(), line_setup.rng)
        backlog.produzir({"tipo": "tarefa", "contexto": {"n": 4}}, produtor="humano")
        claim = backlog.consumir(["tarefa"], "Robo", executor)
        assert claim is not None
    finally:
        db.close()
    Attempts(paths.attempts).create(claim.token)
    half_a_release(paths.releases, claim.token)
    return claim.token


def test_the_next_start_of_the_line_sweeps_what_a_kill_left(tmp_path: Path, sleeper: Executor) -> None:
    paths = Paths(tmp_path)
    lost, living = claimed(paths, Executor("another boot", 1, 1)), claimed(paths, sleeper)
    half_a_release(paths.releases, "forgotten")
    Attempts(paths.attempts).create("forgotten")
    killed_in_the_middle(Objects(paths.objects))
    line = Line(setup(tmp_path))
    try:
        line.start()
        line.wait_open()
        wait_for(lambda: line.model().linha.modo == "running", "the line runs")
        assert [path.name for path in paths.releases.iterdir()] == [f".{living}"]
        assert [path.name for path in paths.objects.iterdir() if path.name.startswith(".")] == []
        wait_for(lambda: line.model().por_status.get("Concluido") == 1, "the lost one's end")
        assert [path.name for path in paths.attempts.iterdir()] == [living]
        assert lost != living
    finally:
        line.stop(0.0)
