"""What was built runs below full isolation only where the workspace allows it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from jobs.actors.isolation import NotIsolated, require_isolation
from jobs.config import Config
from jobs.protocol import StepContext
from jobs.sandbox import Level


def context(level: str, below_full: str) -> StepContext:
    made = SimpleNamespace(
        sandbox_level=Level(level, "no bubblewrap"),  # type: ignore[arg-type]
        config={"workspace": Config(id="x", below_full=below_full)},
    )
    return cast(StepContext, made)


@pytest.mark.parametrize(
    ("level", "below_full"), [("full", "none"), ("limits", "generated"), ("limits", "all")]
)
def test_it_runs(level: str, below_full: str) -> None:
    require_isolation(context(level, below_full))


def test_it_does_not_run_and_says_why() -> None:
    with pytest.raises(NotIsolated, match="no bubblewrap.*below_full: none"):
        require_isolation(context("limits", "none"))
