"""What a workspace wants of the sandbox, before anything untrusted runs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jobs.actors.development import prepare
from jobs.actors.isolation import NotIsolated, require_isolation
from jobs.config import Config
from jobs.sandbox import Level


def context(level: str, below_full: str) -> Any:
    found = Level("full" if level == "full" else "limits", "bubblewrap is not installed")
    return SimpleNamespace(sandbox_level=found, config={"workspace": Config("w", below_full=below_full)})


def test_nothing_is_built_below_full_where_the_workspace_says_so() -> None:
    with pytest.raises(NotIsolated, match=r"isolation is limits here \(bubblewrap is not installed\)"):
        prepare(context("limits", "none"), {"contexto": {}})


@pytest.mark.parametrize(
    ("level", "below_full"), [("full", "none"), ("limits", "generated"), ("limits", "all")]
)
def test_it_is_where_isolation_is_full_or_less_is_enough(level: str, below_full: str) -> None:
    require_isolation(context(level, below_full))
