"""The metrics of one open store: questions from any thread, answered from facts that are kept up to date.

One thread at a time makes a page; whoever commits never waits for it.
"""

from __future__ import annotations

import gc
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from operator import attrgetter
from pathlib import Path

from store.clock import Clock, parse_time
from store.database import Commit, Database
from store.metrics.asking import Ask, check_group, family_of, to_query
from store.metrics.behind import Behind, behind
from store.metrics.burnup import sprint_burn_up
from store.metrics.facts import Facts, Moment
from store.metrics.fold import NOTHING_TOLD, LineTold, MetricsFold
from store.metrics.keeping import at, by_moment
from store.metrics.model import Chart, Page, Query
from store.metrics.restoring import restore
from store.metrics.saved import Pace, at_once, write_saved

FRESH_S = 60
"""A page is made anew after so many seconds also where no document changed: ages grow, days end."""
WORTH_SAVING = 2_000
"""Transactions since the file: fewer are caught up with in no time."""
_PAGES = 64


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without the garbage collector: a page makes very many small things and no cycles, and each of its full
    collections would walk through all facts.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@dataclass(frozen=True, slots=True)
class Terms:
    """What the answers depend on besides documents."""

    loja: str
    """What tells this store from another: the workspace's id."""
    fuso: str
    metas: Mapping[str, float] = field(default_factory=dict)
    linha: Callable[[], LineTold] = lambda: NOTHING_TOLD
    """What is known of the line; asked when facts have changed, in any thread."""


class MetricsService:
    """`restore` first; what is committed meanwhile and later comes in by `take`."""

    def __init__(self, db: Database, directory: Path, clock: Clock, terms: Terms) -> None:
        """`directory` is the store's, where the fold's file is."""
        self._db, self._directory, self._clock, self._terms = db, directory, clock, terms
        self._lock = threading.Lock()
        self._making = threading.RLock()
        self._fold: MetricsFold | None = None
        self._early: deque[Commit] = deque()
        self._saved_seq = 0
        self._pages: dict[Ask, tuple[Facts, float, Page]] = {}

    # Following the store

    def restore(self, pace: Pace = at_once) -> None:
        """Read the file and what came after it; until then nothing is answered."""
        fold, saved_seq = restore(self._db, self._directory, self._terms.loja, pace)
        with self._lock:
            while self._early:
                fold.apply(self._early.popleft())
            self._fold, self._saved_seq = fold, saved_seq

    def take(self, commit: Commit) -> None:
        """Fold a commit, in order of seq; before `restore` is done it is kept for then."""
        with self._lock:
            if self._fold is None:
                self._early.append(commit)
            else:
                self._fold.apply(commit)

    @property
    def restored(self) -> bool:
        """Whether it can answer."""
        return self._fold is not None

    @property
    def unsaved(self) -> int:
        """Transactions since the file."""
        with self._lock:
            return self._fold.seq - self._saved_seq if self._fold is not None else 0

    def save(self, pace: Pace = at_once) -> bool:
        """Write the file anew; False where it could not be, which costs the next process time and no more."""
        with self._lock:
            if self._fold is None or self._db.readonly_reason:
                return False
            seq, (rows, generated) = self._fold.seq, self._fold.rows()
        done = write_saved(self._directory, self._terms.loja, seq, self._db.mark(seq), rows, generated, pace)
        if done:
            with self._lock:
                self._saved_seq = seq
        return done

    # Answering

    def facts(self) -> Facts:
        """Everything as of now: the same object until a commit changes something."""
        while True:
            # Asked without the lock, for it may take the disk's time.
            told = self._terms.linha() if self._stale else None
            with self._lock:
                if self._fold is None:
                    raise RuntimeError("the metrics are asked before they are restored")
                if told is not None or not self._fold.changed:
                    return self._fold.facts(told or NOTHING_TOLD)

    @property
    def _stale(self) -> bool:
        return self._fold is not None and self._fold.changed

    def query(self, ask: Ask) -> Query:
        """The checked query that a question becomes now. Raises WrongInput for what cannot be asked."""
        return self._query(ask, self.facts())

    def page(self, ask: Ask) -> Page:
        """The page that is asked for. Raises WrongInput for what cannot be asked."""
        family = family_of(ask)
        check_group(ask, family.grupos)
        with self._making:
            facts, now = self.facts(), self._now()
            known = self._pages.get(ask)
            if known is not None and known[0] is facts and 0 <= now - known[1] < FRESH_S:
                return known[2]
            with _undisturbed():
                page = family.page(facts, self._query(ask, facts))
            if facts.gerado and not page.gerado:
                page = replace(page, gerado=True)
            if len(self._pages) >= _PAGES:
                self._pages.clear()
            self._pages[ask] = (facts, now, page)
            return page

    def behind(self, ids: Sequence[str]) -> tuple[Behind, ...]:
        """What each of some documents is."""
        with self._making:
            return behind(self.facts(), ids)

    def burn_up(self, sprint_id: str) -> Chart:
        """A sprint's burn-up with its forecast. Raises WrongInput for a sprint that is not there."""
        with self._making:
            return sprint_burn_up(self.facts(), sprint_id, self.query(Ask("previsao")))

    def _now(self) -> float:
        return parse_time(self._clock.now()).timestamp()

    def _query(self, ask: Ask, facts: Facts) -> Query:
        return to_query(ask, self._now(), self._terms.fuso, self._terms.metas, primeiro=first_moment(facts))


def first_moment(facts: Facts) -> Moment:
    """When the first item was made, or the first work of a history without items began."""
    if facts.itens:
        return min(
            by_moment(facts, "items created", "itens", at(attrgetter("criado"))).times[:1], default=None
        )
    return min((each.criada for each in facts.execucoes if each.criada is not None), default=None)
