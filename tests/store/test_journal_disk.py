"""Disks that are full, that lie, that can't be written: nothing is half done, and it is said in one line."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from journal_kit import SMALL, journal, memory, open_small, pairs, put_pairs, python, reopened_pairs

from store.database import Database
from store.errors import StoreError, StoreFailed, StoreReadOnly

_LIMITED = """
    import resource
    from pathlib import Path
    from journal_kit import open_small, pairs, put_pairs
    from store.errors import StoreError
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
    database = open_small(Path(sys.argv[1]), segment_bytes=int(sys.argv[2]))
    n, refused = 0, []
    for _ in range(40):
        try:
            put_pairs(database, n + 1, n + 1, text="y" * 300)
            n += 1
        except StoreError as reason:
            refused.append(str(reason))
        assert pairs(database) == list(range(1, n + 1))
    print(n, len(refused), refused[-1] if refused else "")
"""


@pytest.mark.parametrize("segment_bytes", [1 << 20, 2000])
def test_a_file_that_may_not_grow(tmp_path: Path, segment_bytes: int) -> None:
    path = tmp_path / "store"
    with python(_LIMITED, path, segment_bytes, covered=False) as child:
        out, error = child.communicate()
    assert error == ""
    n, refused, said = out.strip().split(" ", 2) if segment_bytes > 3000 else [*out.split(), ""]
    assert int(n) + int(refused) == 40
    if segment_bytes > 3000:
        assert int(refused) > 0
        assert said == f"{path}: not written, nothing changed: File too large"
    assert reopened_pairs(path) == (list(range(1, int(n) + 1)), [])


_SMALL_DISK = """
    import os
    from pathlib import Path
    from journal_kit import open_small, pairs, put_pairs, SMALL
    from store.database import Database, check
    from store.errors import StoreError
    disk = Path(sys.argv[1])
    path, ballast = disk / "store", disk / "ballast"
    ballast.write_bytes(b"x" * 120_000)
    database = open_small(path, segment_bytes=20_000, durable=True)
    n = rounds = 0
    for left in (80_000, 40_000, 0):
        while True:
            try:
                put_pairs(database, n + 1, n + 1, text="y" * 700)
                n += 1
            except StoreError as reason:
                assert "nothing changed: No space left on device" in str(reason), reason
                break
            assert pairs(database) == list(range(1, n + 1))
        try:
            Database.compact(path, collections=SMALL)
        except (OSError, StoreError) as reason:
            assert "No space left" in str(reason)
        again = open_small(path, readonly=True)
        assert pairs(again) == pairs(database) == list(range(1, n + 1))
        again.close()
        os.truncate(ballast, left)
        rounds += 1
    put_pairs(database, n + 1, n + 1)
    database.close()
    assert check(path, collections=SMALL).ok
    print(n, rounds)
"""


def test_a_small_disk_that_fills_up(tmp_path: Path) -> None:
    """A real one, which a mount of its own stands for: full, it refuses, and with room again it goes on."""
    found = shutil.which("bwrap")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = [
        str(found),
        "--bind",
        "/",
        "/",
        "--dev-bind",
        "/dev",
        "/dev",
        "--size",
        "200000",
        "--tmpfs",
        disk,
    ]
    if found is None or subprocess.run([*mount, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no bubblewrap that may mount")
    program = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n" + textwrap.dedent(
        _SMALL_DISK
    )
    done = subprocess.run(
        [*mount, sys.executable, "-c", program, disk],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    n, rounds = map(int, done.stdout.split())
    assert n > 20
    assert rounds == 3


def _failing(
    monkeypatch: pytest.MonkeyPatch, name: str, code: int, when: Callable[..., bool] = lambda *_: True
) -> list[int]:
    """Make a call of os fail; the list's length is how often it did."""
    real, failed = getattr(os, name), []

    def call(*arguments: Any, **options: Any) -> Any:
        if when(*arguments):
            failed.append(1)
            raise OSError(code, os.strerror(code))
        return real(*arguments, **options)

    monkeypatch.setattr(os, name, call)
    return failed


def test_a_full_disk_in_the_middle_of_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store"
    db = open_small(path)
    put_pairs(db, 1, 2)
    before, size = memory(db), journal(path).stat().st_size
    real = os.pwrite

    def half(fd: int, data: bytes, offset: int) -> int:
        if offset > size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(fd, data[: len(data) // 2], offset)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", half)
        with pytest.raises(StoreError, match="nothing changed: No space left on device"):
            put_pairs(db, 3, 3)
    assert memory(db) == before
    assert journal(path).stat().st_size == size
    put_pairs(db, 3, 3)
    db.close()
    assert reopened_pairs(path) == ([1, 2, 3], [])


def test_a_half_line_that_cannot_be_undone_fails_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store"
    db = open_small(path)
    put_pairs(db, 1, 2)
    with monkeypatch.context() as patch:
        _failing(patch, "pwrite", errno.EIO)
        _failing(patch, "ftruncate", errno.EIO)
        with pytest.raises(StoreFailed, match="could not be undone"):
            put_pairs(db, 3, 3)
    with pytest.raises(StoreFailed, match="open the store again"):
        db.get("itens", "ITM-0001")
    with pytest.raises(StoreFailed), db.transaction():
        pass
    db.close()
    assert reopened_pairs(path) == ([1, 2], [])


def test_a_failed_sync_fails_the_store_until_it_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store"
    db = open_small(path, durable=True)
    put_pairs(db, 1, 1)
    heard: list[int] = []
    db.subscribe(lambda commit: heard.append(commit.seq))
    with monkeypatch.context() as patch:
        failed = _failing(patch, "fdatasync", errno.EIO)
        with pytest.raises(
            StoreFailed, match="did not confirm a write: Input/output error; open the store again"
        ):
            put_pairs(db, 2, 2)
        assert len(failed) == 1
    for use in (
        lambda: db.count("itens"),
        lambda: put_pairs(db, 3, 3),
        db.refresh,
        lambda: db.storage.replica.log.sync(2),
    ):
        with pytest.raises(StoreFailed):
            use()
    assert heard == [], "nobody is told of what was not acknowledged"
    db.close()
    db = open_small(path, durable=True)
    assert pairs(db) in ([1], [1, 2]), "nobody was promised either"
    put_pairs(db, 3, 3)
    db.close()


def test_a_failed_sync_in_a_rotation_fails_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store"
    db = open_small(path, segment_bytes=10)
    put_pairs(db, 1, 1)
    with monkeypatch.context() as patch:
        _failing(patch, "fsync", errno.EIO)
        with pytest.raises(StoreFailed):
            put_pairs(db, 2, 2)
    with pytest.raises(StoreFailed):
        put_pairs(db, 2, 2)
    db.close()
    numbers, recovered = reopened_pairs(path)
    assert numbers == [1]
    assert recovered == ["segment 2 created after an interrupted rotation"]


def test_a_rotation_without_room_for_the_new_segment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store"
    db = open_small(path, segment_bytes=10)
    put_pairs(db, 1, 1)
    before = memory(db)
    with monkeypatch.context() as patch:
        _failing(patch, "rename", errno.ENOSPC)
        with pytest.raises(StoreError, match="nothing changed: No space left"):
            put_pairs(db, 2, 2)
    assert memory(db) == before
    put_pairs(db, 2, 3)
    assert pairs(db) == [1, 2, 3]
    db.close()
    assert reopened_pairs(path) == ([1, 2, 3], [])


@pytest.mark.parametrize("call", ["rename", "fsync"])
def test_a_compaction_on_a_full_disk_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "store"
    db = open_small(path)
    put_pairs(db, 1, 3)
    db.storage.replica.log.rotate()
    for count in range(1, 12):
        calls = [0]

        def nth(*_: Any, calls: list[int] = calls, count: int = count) -> bool:
            calls[0] += 1
            return calls[0] == count

        with monkeypatch.context() as patch:
            failed = _failing(patch, call, errno.ENOSPC, nth)
            try:
                Database.compact(path, collections=SMALL)
            except (OSError, StoreError):
                assert failed
            else:
                assert not failed
                break
        assert pairs(db) == [1, 2, 3]
        again = open_small(path)
        assert pairs(again) == [1, 2, 3]
        again.close()
    else:
        pytest.fail("the compaction never succeeded")
    assert pairs(db) == [1, 2, 3]
    db.close()


def test_the_holder_keeps_its_name_to_itself_on_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store"
    db = open_small(path)
    (path / "lock").write_bytes(b"")
    lock_inode = (path / "lock").stat().st_ino
    with monkeypatch.context() as patch:
        failed = _failing(patch, "pwrite", errno.ENOSPC, lambda fd, *_: os.fstat(fd).st_ino == lock_inode)
        put_pairs(db, 1, 1)
        assert failed
    assert pairs(db) == [1]
    db.close()


# -- permissions


_OWNER = """
    import os, stat
    from pathlib import Path
    path = Path(sys.argv[1])
    from journal_kit import open_small, pairs
    from store.errors import StoreError
    if os.getuid() == 0:
        for entry in (path, *path.iterdir()):
            os.chown(entry, 65534, 65534)
        os.setgid(65534)
        os.setuid(65534)
    os.chmod(path, 0o500)
    for entry in path.iterdir():
        os.chmod(entry, 0o400)
    database = open_small(path)
    print(pairs(database), database.readonly_reason)
    try:
        with database.transaction():
            pass
    except StoreError as reason:
        print(type(reason).__name__, reason)
    os.chmod(path / "snapshot.json", 0o000)
    try:
        open_small(path)
    except StoreError as reason:
        print(type(reason).__name__, reason)
    os.chmod(path, 0o700)
"""


def test_a_store_that_we_may_only_read(tmp_path: Path) -> None:
    path = Path(os.path.realpath("/tmp")) / f"oficina-readonly-{os.getpid()}"
    try:
        db = open_small(path)
        put_pairs(db, 1, 2)
        db.close()
        Database.compact(path, collections=SMALL)
        with python(_OWNER, path, covered=False) as child:
            out, error = child.communicate()
        assert error == ""
        assert out.splitlines() == [
            f"[1, 2] no permission to change {path}",
            f"StoreReadOnly {path}: can't be changed: no permission to change {path}",
            f"StoreError {path}: Permission denied",
        ]
    finally:
        shutil.rmtree(path)


def test_a_read_only_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store"
    db = open_small(path)
    put_pairs(db, 1, 2)
    db.close()
    real = os.open
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT

    def refuse(file: Any, flags: int, *rest: Any, **options: Any) -> int:
        if flags & writing:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return real(file, flags, *rest, **options)

    monkeypatch.setattr(os, "open", refuse)
    view = open_small(path)
    assert pairs(view) == [1, 2]
    assert view.readonly_reason == f"no permission to change {path}"
    with pytest.raises(StoreReadOnly), view.transaction():
        pass
    view.close()
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreError, match="there is no store here"):
        open_small(tmp_path / "empty")


def test_a_place_where_no_store_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"file/store: Not a directory"):
        open_small(tmp_path / "file" / "store")
    with pytest.raises(StoreError, match=r"there is no store here|File exists"):
        open_small(tmp_path / "file")
