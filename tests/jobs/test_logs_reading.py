"""Reading the log: across its files, only what is asked for, and on through what is put aside meanwhile."""

from __future__ import annotations

import fcntl
import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from jobs.logs import reading
from jobs.logs.files import LogFile, numbered
from jobs.logs.reading import LogReader, Wanted, parse_line

ALL = Wanted()


def ts(second: int) -> str:
    return f"2026-01-05T12:00:{second:02d}.000000Z"


def line(n: int, **fields: Any) -> bytes:
    return json.dumps({"ts": ts(n), "level": "info", "event": "e", "n": n} | fields).encode()


def numbers(records: Any) -> list[int]:
    return [record["n"] for record in records]


@pytest.fixture
def three_files(tmp_path: Path) -> LogFile:
    """Records 0 to 7: two old files of three, and the last two in the one that is written."""
    log = LogFile(tmp_path, max_bytes=3 * len(line(0)))
    for n in range(8):
        log.append(line(n))
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        "oficina.jsonl",
        "oficina.jsonl.1",
        "oficina.jsonl.2",
    ]
    return log


@pytest.mark.parametrize(
    ("limit", "expected"), [(None, list(range(8))), (1, [7]), (2, [6, 7]), (4, [4, 5, 6, 7])]
)
def test_the_newest_come_from_as_many_files_as_it_takes_in_order(
    limit: int | None, expected: list[int], three_files: LogFile
) -> None:
    with LogReader(three_files.directory, ALL) as reader:
        assert numbers(reader.newest(limit)) == expected
        assert numbers(reader.more()) == []


def test_all_that_is_asked_for_must_hold(tmp_path: Path) -> None:
    log = LogFile(tmp_path)
    log.append(line(1, item="BKL-0001", saga_id="a"))
    log.append(line(2, item="BKL-0001", saga_id="a", level="error"))
    log.append(line(3, item="BKL-0002", saga_id="a", level="warning"))
    log.append(line(4, saga_id="b", level="unheard of"))
    asked = {
        Wanted(item="BKL-0001"): [1, 2],
        Wanted(saga="a", level="warning"): [2, 3],
        Wanted(level="critical"): [],
        Wanted(level="info"): [1, 2, 3, 4],
        Wanted(since=ts(3)): [3, 4],
        Wanted(item="BKL-0002", since=ts(4)): [],
    }
    for wanted, expected in asked.items():
        with LogReader(tmp_path, wanted) as reader:
            assert numbers(reader.newest(None)) == expected


def test_files_that_are_all_older_are_not_read(three_files: LogFile, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        os.utime(numbered(three_files.directory, number), (1.0, 1.0))
    opened: list[int] = []
    real = LogReader._records

    def records(self: LogReader, file: Any) -> Any:
        opened.append(os.fstat(file.fileno()).st_ino)
        return real(self, file)

    monkeypatch.setattr(LogReader, "_records", records)
    with LogReader(three_files.directory, Wanted(since=ts(0))) as reader:
        assert numbers(reader.newest(None)) == [6, 7]
    assert len(opened) == 1


def test_a_reader_of_what_is_all_old_goes_on_with_what_is_new(three_files: LogFile) -> None:
    for number in (0, 1, 2):
        os.utime(numbered(three_files.directory, number), (1.0, 1.0))
    with LogReader(three_files.directory, Wanted(since=ts(0))) as reader:
        assert reader.newest(None) == []
        three_files.append(line(8))
        assert numbers(reader.more()) == [8]


def test_what_comes_is_followed_through_files_that_are_put_aside(three_files: LogFile) -> None:
    with LogReader(three_files.directory, ALL) as reader:
        assert numbers(reader.newest(1)) == [7]
        three_files.append(line(8))
        assert numbers(reader.more()) == [8]
        for n in range(9, 20):
            three_files.append(line(n))
        assert numbers(reader.more()) == list(range(9, 20))
        three_files.append(line(20))
        assert numbers(reader.more()) == [20]
        assert numbers(reader.more()) == []


def test_who_still_writes_to_a_file_that_was_put_aside_is_heard(tmp_path: Path) -> None:
    log = LogFile(tmp_path)
    log.append(line(1))
    with LogReader(tmp_path, ALL) as reader:
        reader.newest(None)
        numbered(tmp_path, 0).rename(numbered(tmp_path, 1))
        assert numbers(reader.more()) == []  # nothing has the name now
        LogFile(tmp_path).append(line(2))
        assert numbers(reader.more()) == [2]
        with numbered(tmp_path, 1).open("ab") as late:
            late.write(line(3) + b"\n")
        assert numbers(reader.more()) == [3]


def test_a_reader_that_fell_behind_all_files_begins_with_the_oldest(tmp_path: Path) -> None:
    log = LogFile(tmp_path, max_bytes=1, kept=5)
    log.append(line(0))
    log.append(line(1))
    with LogReader(tmp_path, ALL) as reader:
        assert numbers(reader.newest(None)) == [0, 1]
        for n in range(2, 12):
            log.append(line(n))
        assert numbers(reader.more())[-5:] == [7, 8, 9, 10, 11]


def test_a_log_that_is_not_there_yet_is_followed_from_its_start(tmp_path: Path) -> None:
    with LogReader(tmp_path / "logs", ALL) as reader:
        assert reader.newest(5) == []
        assert numbers(reader.more()) == []
        LogFile(tmp_path / "logs").append(line(1))
        assert numbers(reader.more()) == [1]


def test_a_line_is_taken_when_it_is_whole(tmp_path: Path) -> None:
    whole = line(1) + b"\n"
    path = numbered(tmp_path, 0)
    path.write_bytes(whole[:10])
    with LogReader(tmp_path, ALL) as reader:
        assert reader.newest(None) == []
        assert numbers(reader.more()) == []
        with path.open("ab") as file:
            file.write(whole[10:20])
            file.flush()
            assert numbers(reader.more()) == []
            file.write(whole[20:])
        assert numbers(reader.more()) == [1]


def test_what_is_no_record_is_left_out(tmp_path: Path) -> None:
    assert parse_line(line(1)[:20] + line(2)) == json.loads(line(2))
    for nothing in (b"", b"[1]", b"\xff\xfe", b'{"ts":', b"[" * 100_000, b"null"):
        assert parse_line(nothing) is None
    numbered(tmp_path, 0).write_bytes(b"no json\n" + line(1) + b"\n\n" + line(2)[:9] + b"\n")
    with LogReader(tmp_path, ALL) as reader:
        assert numbers(reader.newest(None)) == [1]


def test_nobody_waits_for_a_process_that_stopped_while_it_put_a_file_aside(
    three_files: LogFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_LOCK_S", 0.02)
    directory = os.open(three_files.directory, os.O_RDONLY)
    fcntl.flock(directory, fcntl.LOCK_EX)
    with LogReader(three_files.directory, ALL) as reader:
        assert numbers(reader.newest(3)) == [5, 6, 7]
    os.close(directory)


def test_links_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(line(1) + b"\n")
    numbered(tmp_path, 0).symlink_to(tmp_path / "elsewhere")
    with LogReader(tmp_path, ALL) as reader:
        assert reader.newest(None) == []


def test_a_line_without_end_is_left_out_and_not_held(tmp_path: Path) -> None:
    path = numbered(tmp_path, 0)
    with path.open("wb") as file:
        file.write(line(1) + b"\n")
        file.truncate(64 << 20)
        file.seek(64 << 20)
        file.write(line(2) + b"\n" + line(3) + b"\n")
    tracemalloc.start()
    try:
        with LogReader(tmp_path, ALL) as reader:
            assert numbers(reader.newest(None)) == [1, 3]
            with path.open("ab") as file:
                file.truncate(path.stat().st_size + (4 << 20))
            assert numbers(reader.more()) == []
            with path.open("ab") as file:
                file.write(b"\n" + line(4) + b"\n")
            assert numbers(reader.more()) == [4]
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "NaN", "1e999"])
def test_what_json_has_no_number_for_is_no_record(number: str) -> None:
    assert parse_line(b'{"ts": "x", "n": %b}' % number.encode()) is None
    assert parse_line(b'{"ts": "x", "n": 1.5}') == {"ts": "x", "n": 1.5}
