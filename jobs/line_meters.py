"""A running step's meter at work: what it hears is written down in time, warned about, and ends the step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from jobs.metering import Meter, Terms
from jobs.protocol import StepContext
from store.backlog import Claim
from store.budgets import Budget, budget_of
from store.errors import LostToken
from store.periods import left_for

_LOOK_S = 1.0
"""How often it is looked at what others have used of the month and the sprint."""
MEASURED = ("cpu_s", "wall_s", "peak_rss_mb", "ram_gb_s")


class StepMeter:
    """One claim's. `stop` ends the step; it is called once, when a limit is used up."""

    def __init__(self, context: StepContext, claim: Claim, terms: Terms, stop: Callable[[], None]) -> None:
        self._context, self._claim, self._stop = context, claim, stop
        self.meter = Meter(
            self._budget(), context.config.get("pricing"), terms, now=context.clock.monotonic()
        )
        self.limit = ""
        """The limit that ended the step: `custo`, `tokens`, `turnos`, `mes`, `sprint`."""
        self._looked = float("-inf")
        self._look_at_periods()
        self._events: list[dict[str, Any]] = []

    def hear(self, said: Any) -> None:
        """The step says what its model calls used."""
        refused = self.meter.hear(said, self._context.clock.now())
        if refused is not None:
            self._events.append(refused)
        self._heed()

    def measure(self, sample: Mapping[str, Any]) -> None:
        """The keeper says what the step's processes took so far."""
        self.meter.measure({name: sample[name] for name in MEASURED if name in sample})
        self._heed()

    def look_again(self) -> None:
        """The execution may have changed (a phase was recorded): what is left is reckoned anew."""
        self.meter.budget = self._budget()
        self._look_at_periods()

    def use(self, measured: Mapping[str, float]) -> dict[str, Any]:
        """The attempt's whole `uso` at its end."""
        clock = self._context.clock
        self.meter.settle()
        return self.meter.use(clock.now(), clock.monotonic(), **measured)

    def shown(self) -> dict[str, Any]:
        """What the screens show of it: the fields `medido`, `uso`, `usado_pct` and `limite` of `Progress`."""
        meter = self.meter
        name, share = meter.share()
        warned = {"usado_pct": int(share * 100), "limite": name} if meter.warned else {}
        used = {"tokens": meter.tokens, "turnos": meter.turnos, "custo": meter.costs()}
        return {
            "medido": None if meter.terms.performer == "builtin" else meter.medido,
            "uso": {key: value for key, value in used.items() if value},
            **warned,
        }

    def _budget(self) -> Budget:
        """The item's budget without what this attempt itself has used."""
        item = self._context.db.get("backlog_items", self._claim.item["id"]) or self._claim.item
        earlier = [one for one in item["tentativas"] if one["token"] != self._claim.token]
        return budget_of(self._context.db, {**item, "tentativas": earlier}, limited=self._executes)

    @property
    def _executes(self) -> bool:
        return self._context.backlog.rules.book.of(dict(self._claim.item)).abre_execucao

    def _look_at_periods(self) -> None:
        """What the month and the sprint leave for work that has reserved no cost: others use of them, too."""
        self._looked = self._context.clock.monotonic()
        costs = self._executes or self.meter.terms.performer != "builtin"
        if self.meter.budget.aprovado.custo is not None or not costs:
            return
        db, rules = self._context.db, self._context.backlog.rules
        item = db.get("backlog_items", self._claim.item["id"]) or self._claim.item
        uso = next((one["uso"] for one in item["tentativas"] if one["token"] == self._claim.token), None)
        self.meter.periods = left_for(db, item, uso, rules.limites, self._context.clock.now())

    def _heed(self) -> None:
        if self._context.clock.monotonic() - self._looked >= _LOOK_S:
            self._look_at_periods()
        warning = self.meter.warning()
        if warning is not None:
            self._events.append(warning)
        if self._events or self.meter.wants_writing(self._context.clock.monotonic()):
            self._write()
        if not self.limit and (reached := self.meter.reached()):
            self.limit = reached
            self._stop()

    def _write(self) -> None:
        clock, claim = self._context.clock, self._claim
        events, self._events = self._events, []
        with suppress(LostToken):  # then it is ended anyway
            self._context.backlog.registrar_uso(
                claim.item["id"],
                claim.token,
                self.meter.use(clock.now(), clock.monotonic()),
                eventos=events,
            )
