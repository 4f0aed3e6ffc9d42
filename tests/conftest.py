"""What all tests share: this directory on the path, for `factories`, and how examples are chosen.

CI draws the same examples each time, so that it judges the change and not the draw; elsewhere they are new in
each run, and what fails is printed with its seed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from jobs.line import Line

settings.register_profile("ci", derandomize=True, database=None)
settings.register_profile("dev", print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture
def lines() -> Iterator[list[Line]]:
    """Lines that the test starts; whatever becomes of it, they are stopped."""
    running: list[Line] = []
    yield running
    for line in running:
        line.stop(0.0)
