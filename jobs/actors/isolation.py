"""Whether what was built may run here: `sandbox.below_full` of oficina.yaml (design.md, "Trust")."""

from __future__ import annotations

from jobs.config import Config
from jobs.protocol import StepContext
from store.errors import OficinaError


class NotIsolated(OficinaError):
    """The sandbox is below full isolation here, and the workspace wants nothing run so."""


def require_isolation(context: StepContext) -> None:
    """Raise NotIsolated where built code may not run at this sandbox level.

    What runs is our own generators' output, which `generated` (the default) and `all` allow below full.
    """
    config: Config = context.config["workspace"]
    level = context.sandbox_level
    if level.name != "full" and config.below_full == "none":
        raise NotIsolated(
            f"isolation is {level.name} here ({level.why}), and oficina.yaml says below_full: none"
        )
