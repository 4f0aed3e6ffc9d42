"""Whether anything can go on by itself."""

from __future__ import annotations

from jobs.line_core import ITEMS, Core


def is_idle(core: Core) -> bool:
    """True when no step runs, none comes due, no probe is asked for, and the policy has nothing to answer."""
    if core.publisher.state.modo not in ("running", "attached"):
        return False
    if core.db.find(ITEMS, "status", "EmProcessamento") or core.backlog.sondas_pedidas():
        return False
    now = core.setup.clock.now()
    for item in core.db.find(ITEMS, "status", "Pendente"):
        if item["humano"]:
            if item["disponivel_em"] <= now and _covered(core, item):
                return False
        elif not item["retido"] and item["tipo"] in core.setup.steps:
            return False
    return True


def _covered(core: Core, item: dict[str, object]) -> bool:
    return core.setup.policy is not None and core.setup.policy.answer(item) is not None
