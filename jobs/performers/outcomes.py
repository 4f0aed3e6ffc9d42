"""What a step of ours returned, as the outcome that every performer hands in (docs/performers.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ENDS = ("falha", "erro", "bloqueado")


def outcome_document(returned: Mapping[str, Any]) -> dict[str, Any]:
    """What a step of ours returned, as an outcome: a failure or a wait is the performer protocol's own, and
    everything else is what the step's `apply` makes the result of.
    """
    uso = dict(returned.get("uso", {}))
    ends = {name: returned[name] for name in _ENDS if name in returned}
    if ends:
        return {**ends, "uso": uso}
    return {"material": {name: value for name, value in returned.items() if name != "uso"}, "uso": uso}
