"""The scheduler's lease on a full disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jobs.line_lease import SchedulerLease


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
    assert second.holder() == f"b:{os.getpid()}"
    second.release()
