"""What the scheduler's lease says of its holder, also on a full disk and where it was written by others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jobs.line_lease import SchedulerLease
from store.clock import FakeClock


def test_the_lease_is_held_also_where_its_name_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    first, second = SchedulerLease(tmp_path / "line.lock", "a"), SchedulerLease(tmp_path / "line.lock", "b")
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        assert first.try_acquire()
    assert not second.try_acquire()
    first.release()
    assert second.try_acquire()
    assert second.holder().titular == f"b:{os.getpid()}"
    second.release()


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", '{"titular": "a:1"}'])
def test_a_holder_that_said_nothing_of_use_is_nobody_in_particular(tmp_path: Path, text: str) -> None:
    lease = SchedulerLease(tmp_path / "line.lock", "a")
    lease.path.write_text(text)
    assert lease.holder() == (("a:1", "") if "titular" in text else ("", ""))


def test_it_says_since_when_by_the_clock_that_it_was_handed(tmp_path: Path) -> None:
    lease = SchedulerLease(tmp_path / "line.lock", "a", FakeClock())
    assert lease.try_acquire()
    assert lease.holder() == (f"a:{os.getpid()}", FakeClock().now())
    lease.release()
