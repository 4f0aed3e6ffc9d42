"""The log's files: whole lines from several processes, put aside by size, and what a full disk costs."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.logs.files import KEPT, LogFile, log_bytes, numbered

WRITER = """
import sys
from pathlib import Path
from jobs.logs.files import LogFile
log = LogFile(Path(sys.argv[1]), max_bytes=int(sys.argv[4]), kept=int(sys.argv[5]))
sys.stdin.readline()
for n in range(int(sys.argv[3])):
    assert log.append(b'{"ts":"%s","n":%d}' % (sys.argv[2].encode(), n)) == 0
"""


def lines(directory: Path, kept: int = KEPT) -> list[bytes]:
    """Every line, oldest file first."""
    found: list[bytes] = []
    for number in range(kept, -1, -1):
        if numbered(directory, number).exists():
            found += numbered(directory, number).read_bytes().splitlines()
    return found


def test_a_line_is_there_at_once_for_its_owner_only(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "made" / "logs")
    assert log.append(b"one") == 0
    assert log.append(b"two") == 0
    assert log.path.read_bytes() == b"one\ntwo\n"
    assert log.path.stat().st_mode & 0o777 == 0o600
    assert log.directory.stat().st_mode & 0o777 == 0o700
    log.close()
    log.close()
    assert log.append(b"three") == 0
    assert log.path.read_bytes().endswith(b"three\n")


def test_two_processes_lose_nothing_while_files_are_put_aside(tmp_path: Path) -> None:
    count, kept = 4000, 400
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), name, str(count), "2000", str(kept)],
            stdin=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b")
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        assert writer.wait(120) == 0
        assert writer.stdin is not None
        writer.stdin.close()
    assert numbered(tmp_path, 10).exists()
    records = [json.loads(line) for line in lines(tmp_path, kept)]
    for name in ("a", "b"):
        assert sorted(record["n"] for record in records if record["ts"] == name) == list(range(count))


def test_only_so_many_files_are_kept(tmp_path: Path) -> None:
    log = LogFile(tmp_path, max_bytes=10, kept=2)
    for n in range(9):
        assert log.append(b"line %d ----" % n) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["oficina.jsonl.1", "oficina.jsonl.2"]
    assert lines(tmp_path, 2) == [b"line 7 ----", b"line 8 ----"]
    assert log_bytes(tmp_path) == 24


def test_a_file_that_cannot_be_put_aside_goes_on_growing(tmp_path: Path) -> None:
    log = LogFile(tmp_path, max_bytes=10)
    directory = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(directory, fcntl.LOCK_EX)
    for _ in range(3):
        assert log.append(b"x" * 20) == 0
    assert len(lines(tmp_path)) == 3
    os.close(directory)
    assert log.append(b"y") == 0
    assert log.append(b"z") == 0
    assert log.path.read_bytes() == b"z\n"


def test_another_process_may_put_our_file_aside(tmp_path: Path) -> None:
    log = LogFile(tmp_path)
    log.append(b"one")
    log.path.rename(numbered(tmp_path, 1))
    log.append(b"two")
    assert lines(tmp_path) == [b"one", b"two"]


def test_a_line_that_reached_a_file_which_was_thrown_away_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = LogFile(tmp_path)
    log.append(b"one")
    real = LogFile._current

    def late(self: LogFile) -> int:
        descriptor = real(self)
        if log.path.exists():
            log.path.unlink()  # put aside and thrown away, just before the line is written
        return descriptor

    monkeypatch.setattr(LogFile, "_current", late)
    assert log.append(b"two") == 0
    assert log.path.read_bytes() == b"two\n"


def full_disk(after: int) -> Callable[[int, bytes], int]:
    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        if after == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data[:after])

    return write


@pytest.mark.parametrize("written", [0, 3])
def test_a_full_disk_drops_lines_tells_once_and_is_over_by_itself(
    written: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    log = LogFile(tmp_path, on_drop=told.append)
    log.append(b"before")
    with monkeypatch.context() as full:
        full.setattr(os, "write", full_disk(written))
        assert [log.append(b"dropped") for _ in range(5)] == [None] * 5
    assert (told, log.problem, log.dropped) == ([os.strerror(errno.ENOSPC)], told[0], 5)
    assert log.append(b"after") == 5
    assert (log.problem, log.dropped) == ("", 0)
    assert lines(tmp_path)[0] == b"before"
    assert lines(tmp_path)[-1] == b"after"
    log.append(b"again")
    assert lines(tmp_path)[-2:] == [b"after", b"again"]


def test_a_line_after_one_that_was_cut_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = LogFile(tmp_path)
    with monkeypatch.context() as full:
        full.setattr(os, "write", full_disk(3))
        log.append(b"cut off")
    log.append(b"whole")
    assert lines(tmp_path) == [b"cut", b"whole"]


def broken(_: str) -> None:
    raise ValueError("standard error is closed")


@pytest.mark.parametrize("kind", ["link", "pipe", "directory", "file above", "device"])
def test_what_is_not_our_file_is_not_written_to(kind: str, tmp_path: Path) -> None:
    directory, elsewhere = tmp_path / "logs", tmp_path / "elsewhere"
    directory.mkdir()
    elsewhere.touch()
    log = LogFile(directory, on_drop=broken)
    if kind == "link":
        log.path.symlink_to(elsewhere)
    elif kind == "pipe":
        os.mkfifo(log.path)
    elif kind == "directory":
        log.path.mkdir()
    elif kind == "device":
        log.path.symlink_to("/dev/null")
    else:
        directory.rmdir()
        directory.touch()
    assert log.append(b"secret") is None
    assert log.problem
    assert log.trouble()
    assert elsewhere.read_bytes() == b""


def test_a_device_in_its_place_is_refused(tmp_path: Path) -> None:
    log = LogFile(tmp_path)
    log._name = "/dev/null"
    log.path = Path("/dev/null")
    assert log.append(b"gone") is None
    assert "no file" in log.problem


def test_trouble_is_seen_without_making_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LogFile(tmp_path / "none").trouble() == ""
    log = LogFile(tmp_path)
    assert log.trouble() == ""
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert log.trouble() == os.strerror(errno.EACCES)
    log.append(b"one")
    assert log.trouble() == ""
    assert log_bytes(tmp_path) == 4
    assert log_bytes(tmp_path / "none") == 0
