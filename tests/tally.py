"""What tests looked for, how often, and how often it was there: the lines that `make torture` adds up.

A line is `tally: FIGURE: FOUND of LOOKED WHAT`. Nothing is claimed that was not looked at: `FOUND` counts the
assertions that failed, `LOOKED` those that were reached. What was not even tried is told, too, with its
reason: `tally: skipped: MANY: WHY`.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

LOST, HALF = "lost acknowledged commits", "half transactions"
TWICE, REPEATED = "work applied twice", "effects repeated"
ORPHANS, ESCAPES = "orphans", "escapes"
TRACEBACKS, HANGS = "tracebacks", "hangs"
LIVED = "mutants that lived"
FIGURES = (LOST, HALF, TWICE, REPEATED, ORPHANS, ESCAPES, TRACEBACKS, HANGS, LIVED)

_SKIPPED = re.compile(r"tally: skipped: (\d+): (.*)")
_LINE = re.compile(r"tally: ([a-z ]+): (\d+) of (\d+) (.*)")


class Told(NamedTuple):
    """One line: `found` times of `looked`, and what was looked at (`what`)."""

    figure: str
    found: int
    looked: int
    what: str


def tell(figure: str, found: int, looked: int, what: str) -> None:
    """Print one line, on a line of its own whatever was printed before."""
    sys.stdout.write(f"\ntally: {figure}: {found} of {looked} {what}\n")
    sys.stdout.flush()


def read(lines: Iterable[str]) -> list[Told]:
    """The lines that `tell` printed among others."""
    found = (_LINE.search(line) for line in lines)
    return [Told(line[1], int(line[2]), int(line[3]), line[4]) for line in found if line]


class Skipped(NamedTuple):
    """Tests that were not run, by the reason that they gave."""

    many: int
    why: str


def tell_skipped(many: int, why: str) -> None:
    """Print one line of them, on a line of its own."""
    sys.stdout.write(f"\ntally: skipped: {many}: {' '.join(why.split())}\n")
    sys.stdout.flush()


def read_skipped(lines: Iterable[str]) -> list[Skipped]:
    """The lines that `tell_skipped` printed among others."""
    found = (_SKIPPED.search(line) for line in lines)
    return [Skipped(int(line[1]), line[2]) for line in found if line]


class Tally:
    """Counts for one test, or some."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self.looked: Counter[str] = Counter()

    @contextmanager
    def holds(self, figure: str, looked: int = 1) -> Iterator[None]:
        """Within it is asserted that `figure` is not there, `looked` times."""
        self.looked[figure] += looked
        try:
            yield
        except AssertionError:
            self.found[figure] += 1
            raise

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        """Say at the end what was counted within it, also when a test fails."""
        self.found.clear()
        self.looked.clear()
        try:
            yield
        finally:
            for figure in FIGURES:
                if self.looked[figure] or self.found[figure]:
                    tell(figure, self.found[figure], self.looked[figure], what)
