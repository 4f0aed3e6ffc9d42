"""Leases whose executor is gone: their durable outcome is adopted, or the item is given back.

Liveness is identity, not time: a lease ends when exactly its process is gone. A clock that jumps and a
laptop that slept expire nothing (design.md, "Claim").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jobs.attempts import Attempts, Objects
from jobs.launcher.identity import Identity, alive
from jobs.leftovers import sweep_releases
from jobs.line_finish import Finisher
from jobs.protocol import StepContext, StepSpec
from store.backlog import Claim

GONE = "its process is gone"


class Recovery:
    """Looks at open leases; only whoever holds the scheduler's lease may."""

    def __init__(
        self,
        context: StepContext,
        steps: Mapping[str, StepSpec],
        attempts: Attempts,
        finisher: Finisher,
        *,
        runs_here: Callable[[str], bool],
        is_alive: Callable[[Mapping[str, Any]], bool] = alive,
    ) -> None:
        self._context, self._steps, self._attempts, self._finisher = context, steps, attempts, finisher
        self._runs_here, self._is_alive = runs_here, is_alive
        self._own = Identity.own()

    def recover(self) -> list[str]:
        """Bring every lease whose executor is gone to its end; returns the items' ids."""
        items = list(self._context.backlog.leases())
        return [item["id"] for item in items if self._lost(item["lease"]) and self._bring_to_an_end(item)]

    def clean(self) -> int:
        """Remove what a kill left unfinished: attempts that no lease names, their releases, and files on
        their way to the objects; returns how many.
        """
        named = {item["lease"]["token"] for item in self._context.backlog.leases()}
        left = [token for token in self._attempts.tokens() if token not in named]
        for token in left:
            self._attempts.discard(token)
        places = self._context.workspace
        return len(left) + sweep_releases(places.releases, named) + Objects(places.objects).sweep()

    def _lost(self, lease: Mapping[str, Any]) -> bool:
        if self._runs_here(lease["token"]):
            return False
        # An inline step of this very process that is not under way was lost with an earlier thread of it.
        return Identity.read(lease["executor"]) == self._own or not self._is_alive(lease["executor"])

    def _bring_to_an_end(self, item: Mapping[str, Any]) -> bool:
        token = item["lease"]["token"]
        claim = Claim(item=dict(item), token=token, tentativa=len(item["tentativas"]))
        step = self._steps.get(item["tipo"])
        outcome = self._attempts.outcome(token) if step is not None else None
        if step is not None and outcome is not None:
            self._finisher.finish(claim, step, outcome, outcome.get("uso", {}))
        else:
            # A line that lives ends what it began by itself, also where a worker is lost: this one's is gone.
            self._finisher.give_back(claim, GONE, line_died=True)
        return True
