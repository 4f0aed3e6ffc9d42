"""Whether what was built may run here: `sandbox.below_full` of oficina.yaml (design.md, "Trust")."""

from __future__ import annotations

from jobs.config import Config
from jobs.protocol import StepContext
from store.errors import OficinaError


class NotIsolated(OficinaError):
    """The sandbox is below full isolation here, and the workspace wants nothing run so."""


def require_isolation(context: StepContext, *, foreign: bool = False) -> None:
    """Raise NotIsolated where built code may not run at this sandbox level.

    Our own generators' output may below full where `sandbox.below_full` is `generated` (the default) or
    `all`; a program of somebody's, and what it makes (`foreign`), only where it is `all`.
    """
    config: Config = context.config["workspace"]
    level = context.sandbox_level
    enough = ("all",) if foreign else ("generated", "all")
    if level.name != "full" and config.below_full not in enough:
        raise NotIsolated(
            f"isolation is {level.name} here ({level.why}), and oficina.yaml says "
            f"below_full: {config.below_full}"
        )
