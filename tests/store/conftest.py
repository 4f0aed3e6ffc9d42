"""What the tests of MS_Backlog share: a world whose invariants hold at the end, whatever was done in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from backlog_model import Snapshot
from factories import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    Snapshot(made).check()
    made.close()
