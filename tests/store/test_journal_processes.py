"""Several processes on one store: nothing is lost or seen half, and waiting has a limit and a name."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from journal_kit import SMALL, open_small, put_pairs, python
from tally import HALF, LOST, Tally

from store.database import Database, check
from store.errors import StoreBusy

ALL = bool(os.environ.get("OFICINA_STORE_STATES"))
WRITERS, EACH = (4, 1_000) if ALL else (3, 60)

_WRITER = """
    from pathlib import Path
    from journal_kit import open_small
    database = open_small(Path(sys.argv[1]), by=sys.argv[2], segment_bytes=9000, durable=bool(sys.argv[4]))
    print("ready", flush=True)
    sys.stdin.readline()
    for k in range(int(sys.argv[3])):
        with database.transaction() as tx:
            counter = tx.get("notas", "NOT-0001")
            tx.put("notas", {**counter, "v": counter["v"] + 1})
            item = tx.insert("itens", {"quem": sys.argv[2], "k": k})
            tx.event({"tipo": "feito", "item_id": item, "quem": sys.argv[2], "k": k})
    print("done", flush=True)
"""

_TAILER = """
    from pathlib import Path
    from journal_kit import open_small
    database = open_small(Path(sys.argv[1]), by="tail", readonly=True)
    told = []
    database.subscribe(lambda commit: told.append(commit.seq))
    print("ready", flush=True)
    sys.stdin.readline()
    seen, looks, total = 0, 0, int(sys.argv[2])
    while seen < total:
        with database.reading():
            v = database.get("notas", "NOT-0001")["v"]
            assert v == database.count("itens"), (v, database.count("itens"))
            assert v >= seen
            seen, looks = v, looks + 1
    assert told == sorted(set(told)) and told[-1] == total + 1
    print("done", flush=True)
"""


def test_processes_with_a_compactor_lose_nothing(tmp_path: Path) -> None:
    path, writers, each = tmp_path / "store", WRITERS, EACH
    db = open_small(path, segment_bytes=9000)
    with db.transaction() as tx:
        tx.insert("notas", {"v": 0})
    # A sample has one that syncs.
    children = [python(_WRITER, path, f"p{n}", each, "y" if ALL or n == 0 else "") for n in range(writers)]
    children.append(python(_TAILER, path, writers * each))
    for child in children:
        assert child.stdout.readline() == "ready\n", child.stderr.read()
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    compactions = 0
    while any(child.poll() is None for child in children):
        before = len(list(path.glob("journal-*")))
        if before > 1 and Database.compact(path, collections=SMALL):
            compactions += 1
    total, tally = writers * each, Tally()
    with tally.told("transactions of processes beside a compactor"):
        # The reader among them ends badly where it sees half of one.
        with tally.holds(HALF, total):
            for child in children:
                out, error = child.communicate()
                assert (child.returncode, out, error) == (0, "done\n", "")
        with tally.holds(LOST, total):
            _all_there(db, path, writers, each)
    assert compactions > 0
    sys.stdout.write(f"{writers} processes, {total} transactions, {compactions} compactions\n")
    db.close()


def _all_there(db: Database, path: Path, writers: int, each: int) -> None:
    """Every transaction once, for who was there all the time and for who opens it now."""
    total, again = writers * each, open_small(path)
    for database in (db, again):
        assert database.get("notas", "NOT-0001")["v"] == total
        items = {item["id"]: item for item in database.all("itens")}
        assert list(items) == [f"ITM-{n:04d}" for n in range(1, total + 1)]
        assert {(item["quem"], item["k"]) for item in items.values()} == {
            (f"p{n}", k) for n in range(writers) for k in range(each)
        }
        events = list(database.history())
        assert [event["seq"] for event in events] == list(range(2, total + 2))
        assert all(items[event["item_id"]]["k"] == event["k"] for event in events)
        assert database.recovered == []
    again.close()


_HOLDER = """
    from pathlib import Path
    from journal_kit import open_small
    database = open_small(Path(sys.argv[1]), by="tui:holder")
    with database.transaction() as tx:
        tx.insert("itens", {"n": 1})
        print("holding", flush=True)
        sys.stdin.readline()
    print("released", flush=True)
"""


def test_whoever_waits_in_vain_is_told_for_whom(tmp_path: Path) -> None:
    path = tmp_path / "store"
    open_small(path).close()
    with python(_HOLDER, path) as holder:
        assert holder.stdout.readline() == "holding\n"
        with pytest.raises(StoreBusy, match=rf"held by tui:holder \(pid {holder.pid}\) \(0.05 s waited\)"):
            open_small(path, lock_timeout=0.05)
        view = open_small(path, readonly=True, lock_timeout=5)
        view.close()
        holder.stdin.write("\n")
        holder.stdin.flush()
        db = open_small(path, by="depois", lock_timeout=10)
        with db.transaction():
            assert (path / "lock").read_text().strip() == f"depois (pid {os.getpid()})"
        assert db.count("itens") == 1
        db.close()


def test_a_holder_without_a_name(tmp_path: Path) -> None:
    import fcntl

    path = tmp_path / "store"
    db = open_small(path, lock_timeout=0.01)
    (path / "lock").write_bytes(b"")
    with (path / "lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreBusy, match="a process without a name"), db.transaction():
            pass
    put_pairs(db, 1, 1)
    db.close()


_STOPPED = """
    import os, signal
    from pathlib import Path
    from journal_kit import open_small
    database = open_small(Path(sys.argv[1]))
    signal.signal(signal.SIGTSTP, lambda *_: database.stop_process())
    if sys.argv[2] == "inside":
        with database.transaction() as tx:
            tx.insert("itens", {"n": 1})
            os.kill(os.getpid(), signal.SIGTSTP)
            tx.insert("itens", {"n": 2})
    else:
        os.kill(os.getpid(), signal.SIGTSTP)
    print("continued", database.count("itens"), flush=True)
"""


@pytest.mark.parametrize(("where", "count"), [("inside", 2), ("outside", 0)])
def test_a_process_that_is_stopped_finishes_its_transaction(tmp_path: Path, where: str, count: int) -> None:
    path = tmp_path / "store"
    with python(_STOPPED, path, where) as child:
        _, status = os.waitpid(child.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        db = open_small(path, lock_timeout=0.5)
        assert db.count("itens") == count
        put_pairs(db, 3, 3)
        db.close()
        child.send_signal(signal.SIGCONT)
        assert child.stdout.readline() == f"continued {count + 1}\n"


_FROZEN = """
    import os, signal
    from pathlib import Path
    from journal_kit import open_small
    database = open_small(Path(sys.argv[1]), by="frozen", durable=True)
    for n in range(int(sys.argv[2])):
        with database.transaction() as tx:
            tx.insert("itens", {"n": n})
            print("inside", flush=True)
            sys.stdin.readline()
            tx.insert("itens", {"n": -n})
    print("done", flush=True)
"""


def test_a_process_that_is_frozen_inside_a_transaction_holds_others_up_and_loses_nothing(
    tmp_path: Path,
) -> None:
    """SIGSTOP can't be caught: whoever waits is told for whom, readers see what was before, it goes on."""
    path, times = tmp_path / "store", 20 if os.environ.get("OFICINA_STORE_STATES") else 3
    db = open_small(path, lock_timeout=0.02)
    with python(_FROZEN, path, times) as child:
        for n in range(times):
            assert child.stdout.readline() == "inside\n"
            child.send_signal(signal.SIGSTOP)
            _, status = os.waitpid(child.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status)
            assert db.count("itens") == 2 * n, "nothing half is seen"
            with pytest.raises(StoreBusy, match=rf"held by frozen \(pid {child.pid}\)"):
                put_pairs(db, 1, 1)
            with pytest.raises(StoreBusy, match="held by frozen"):
                open_small(path, lock_timeout=0.02)
            child.send_signal(signal.SIGCONT)
            child.stdin.write("\n")
            child.stdin.flush()
        assert child.stdout.readline() == "done\n"
    assert db.count("itens") == 2 * times
    db.close()
    assert check(path, collections=SMALL).ok


def test_a_process_that_is_killed_while_it_is_frozen_inside_a_transaction(tmp_path: Path) -> None:
    path = tmp_path / "store"
    db = open_small(path, lock_timeout=10)
    with python(_FROZEN, path, 1, covered=False) as child:
        assert child.stdout.readline() == "inside\n"
        child.send_signal(signal.SIGSTOP)
        os.waitpid(child.pid, os.WUNTRACED)
        child.kill()
        put_pairs(db, 1, 3)
    assert [item["n"] for item in db.all("itens")] == [1, 2, 3]
    db.close()
