"""What the screen Metrics asks for, and what its keys make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from store.metrics.asking import ALL, CUTS, Ask

PERIODS = ("30d", "90d", "365d", ALL)
BUCKETS = tuple(CUTS)


@dataclass(frozen=True, slots=True)
class Asking:
    """A family and how it is looked at; the keys lead from one to the next."""

    familia: str
    periodo: str = "90d"
    desde: str = ""
    ate: str = ""
    corte: str = ""
    """Empty for what fits the period."""
    por: str = ""

    @property
    def ask(self) -> Ask:
        """The question, as the line takes it."""
        return Ask(self.familia, self.desde, self.ate, self.periodo, self.corte, self.por)

    @property
    def narrowed(self) -> bool:
        """Looked at by dates of one's own, or by a group."""
        return bool(self.desde or self.ate or self.por)

    def of(self, familia: str) -> Asking:
        """Another family in the same period; its groups are its own."""
        return replace(self, familia=familia, por="")

    def next_period(self) -> Asking:
        """30 days, 90 days, a year, all; dates of one's own lead back to the period that was there."""
        if self.desde or self.ate:
            return replace(self, desde="", ate="")
        return replace(self, periodo=following(PERIODS, self.periodo), corte="")

    def between(self, desde: str, ate: str) -> Asking:
        """From a day on, to a day, or both; neither leads back to the period."""
        return replace(self, desde=desde, ate=ate)

    def next_bucket(self, shown: str) -> Asking:
        """Days, weeks, months: the one after that which is shown."""
        return replace(self, corte=following(BUCKETS, self.corte or shown))

    def next_group(self, groups: Sequence[str]) -> Asking:
        """Each of the page's groups, then none."""
        return replace(self, por=following(("", *groups), self.por))

    def plain(self) -> Asking:
        """Without dates and groups."""
        return replace(self, desde="", ate="", por="")


def following(choices: Sequence[str], chosen: str) -> str:
    """The choice after `chosen`; the first one after the last, and after one that is gone."""
    return choices[(choices.index(chosen) + 1) % len(choices)] if chosen in choices else choices[0]
