"""Circuit breakers: opened by broken attempts in a row, half open when it is time, kept in the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.breakers import COLLECTION, Breakers, Guarded
from store.actors import BreakerTerms
from store.clock import FakeClock
from store.database import Database
from store.documents import check

TERMS = BreakerTerms(falhas=3, reset_s=60)
GUARDED = Guarded("PROMETHEUS", "desenvolvimento", "comando", TERMS)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def db(tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    opened = Database.open(tmp_path, by="test", clock=clock, durable=False)
    yield opened
    opened.close()


@pytest.fixture
def breakers(db: Database, clock: FakeClock) -> Breakers:
    return Breakers(db, clock)


def doc(db: Database) -> dict[str, Any]:
    (found,) = db.find(COLLECTION, "performer", GUARDED.key)
    check(COLLECTION, found)
    return found


def breaks(breakers: Breakers, times: int = 1, motivo: str = "crashed with exit code 9") -> None:
    for number in range(times):
        breakers.started(GUARDED, f"t{number}")
        breakers.ended(GUARDED, f"t{number}", "quebrado", motivo)


def events(db: Database) -> list[str]:
    return [event["tipo"] for event in db.history() if event["tipo"].startswith("disjuntor.")]


def test_work_that_goes_well_writes_nothing(breakers: Breakers, db: Database) -> None:
    breakers.started(GUARDED, "t1")
    breakers.ended(GUARDED, "t1", "ok", "")
    breakers.ended(GUARDED, "t2", "parado", "")
    assert (list(db.all(COLLECTION)), breakers.calm, breakers.admits(GUARDED)) == ([], True, True)


def test_it_opens_after_so_many_failures_in_a_row(breakers: Breakers, db: Database, clock: FakeClock) -> None:
    breaks(breakers, 2)
    breakers.ended(GUARDED, "t9", "ok", "")
    assert doc(db)["falhas"] == 0, "one that went well begins the count anew"
    breaks(breakers, 2)
    assert (doc(db)["falhas"], breakers.admits(GUARDED)) == (2, True)
    breaks(breakers)
    found = doc(db)
    assert (found["estado"], found["falhas"], found["motivo"]) == ("aberto", 3, "crashed with exit code 9")
    assert (found["aberto_em"], found["tenta_em"]) == (clock.now(), "2026-01-05T12:01:00.000000Z")
    assert (breakers.calm, breakers.admits(GUARDED), breakers.retry_in(GUARDED)) == (False, False, 60.0)
    assert events(db) == ["disjuntor.aberto"]


def test_a_stop_says_nothing_of_a_performer(breakers: Breakers, db: Database) -> None:
    breaks(breakers, 2)
    breakers.ended(GUARDED, "t9", "parado", "")
    breaks(breakers)
    assert doc(db)["estado"] == "aberto"


@pytest.mark.parametrize(("verdict", "estado"), [("ok", "fechado"), ("quebrado", "aberto")])
def test_one_attempt_tries_and_settles_it(
    verdict: Any, estado: str, breakers: Breakers, db: Database, clock: FakeClock
) -> None:
    breaks(breakers, 3)
    clock.advance(60)
    assert (breakers.admits(GUARDED), breakers.retry_in(GUARDED)) == (True, 0.0)
    breakers.started(GUARDED, "trial")
    assert (doc(db)["estado"], breakers.admits(GUARDED)) == ("meio_aberto", False)
    assert breakers.retry_in(GUARDED) is None, "the trial's end is what is waited for"
    breakers.ended(GUARDED, "old", "ok", "")
    breakers.ended(GUARDED, "old", "quebrado", "late")
    assert doc(db)["estado"] == "meio_aberto", "what was claimed before tells nothing any more"
    breakers.ended(GUARDED, "trial", verdict, "again")
    assert doc(db)["estado"] == estado
    assert breakers.admits(GUARDED) == (verdict == "ok")
    if verdict == "ok":
        assert (doc(db)["falhas"], doc(db)["tenta_em"], doc(db)["motivo"]) == (0, "", "")
    else:
        assert (doc(db)["tenta_em"], doc(db)["motivo"]) == ("2026-01-05T12:02:00.000000Z", "again")
    assert events(db)[:2] == ["disjuntor.aberto", "disjuntor.meio_aberto"]
    assert events(db)[2:] == [f"disjuntor.{estado}"]


def test_a_trial_that_was_stopped_leaves_its_place_to_another(
    breakers: Breakers, db: Database, clock: FakeClock
) -> None:
    breaks(breakers, 3)
    clock.advance(61)
    breakers.started(GUARDED, "trial")
    breakers.ended(GUARDED, "trial", "parado", "")
    assert (doc(db)["estado"], breakers.admits(GUARDED)) == ("meio_aberto", True)
    breakers.started(GUARDED, "second")
    assert not breakers.admits(GUARDED)


def test_it_is_kept_across_restarts_and_a_lost_trial_is_tried_again(
    breakers: Breakers, db: Database, clock: FakeClock
) -> None:
    breaks(breakers, 3)
    again = Breakers(db, clock)
    assert not again.admits(GUARDED)
    clock.advance(60)
    breakers.started(GUARDED, "lost with its line")
    third = Breakers(db, clock)
    assert third.admits(GUARDED)
    third.started(GUARDED, "trial")
    third.ended(GUARDED, "trial", "ok", "")
    assert doc(db)["estado"] == "fechado"


def test_another_process_sees_it(breakers: Breakers, db: Database, clock: FakeClock, tmp_path: Path) -> None:
    with_line = Database.open(tmp_path, by="other", clock=clock, durable=False)
    seen = Breakers(with_line, clock)
    assert seen.admits(GUARDED)
    breaks(breakers, 3)
    with_line.refresh()
    assert not seen.admits(GUARDED)
    with_line.close()


def test_each_performer_has_its_own(breakers: Breakers) -> None:
    breaks(breakers, 3)
    assert breakers.admits(Guarded("PROMETHEUS", "desenvolvimento", "builtin", TERMS))
    assert breakers.admits(Guarded("PROMETHEUS", "corrigir_bug", "comando", TERMS))


def test_it_never_waits_longer_when_the_clock_was_set_back(
    breakers: Breakers, db: Database, clock: FakeClock
) -> None:
    breaks(breakers, 3)
    assert breakers.retry_in(GUARDED) == 60.0
    clock.advance(3600)
    assert breakers.retry_in(GUARDED) == 0.0
    assert doc(db)["tenta_em"]
