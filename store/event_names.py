"""What other plans call by events of their own, read from the log (orchestrator_blueprint.md, "Padrão
de eventos"; metrics.md 0): one fact is written once, and found by either name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SEED_NAMES: Mapping[str, tuple[str, ...]] = {
    "task.assigned": ("item.criado", "item.transicao"),
    "task.completed": ("item.transicao",),
    "block.reported": ("item.transicao",),
    "block.resolved": ("desbloqueio",),
}
"""Each name with the types of the events that may be it."""

_BY_STATUS = {"Pendente": "task.assigned", "Concluido": "task.completed", "Bloqueado": "block.reported"}


def seed_name(event: Mapping[str, Any]) -> str:
    """The other name of an event; empty for most.

    A task is assigned when its item comes into its actor's queue, which is what waiting is counted from.
    """
    tipo = event.get("tipo")
    if tipo == "desbloqueio":
        return "block.resolved"
    name = _BY_STATUS.get(str(event.get("para")), "")
    return name if tipo in SEED_NAMES.get(name, ()) else ""
