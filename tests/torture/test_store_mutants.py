"""Mutants of the store are caught: one by a printed seed here, all of them by `make torture`."""

from __future__ import annotations

import os
import random
import sys

import pytest
from store_mutants import MUTANTS, ROOT, Mutant, caught_by

SEED = int(os.environ.get("OFICINA_SEED", str(random.SystemRandom().randrange(1 << 30))))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_still_finds_its_text(mutant: Mutant) -> None:
    text = (ROOT / "store" / "journal" / mutant.file).read_text()
    assert text.count(mutant.old) == 1
    assert mutant.old != mutant.new


def test_a_mutant_is_caught() -> None:
    sys.stdout.write(f"seed {SEED}\n")
    mutant = random.Random(SEED).choice(MUTANTS)
    assert caught_by(mutant, mutant.tests), f"{mutant.name} lived"
