"""Finds what is wrong with a decision table before anyone runs it: gaps, overlaps and dead rules, with
inputs.

Exact over the regions of `domains`: what is reported has a concrete example, and with nothing `undecided`
what is not reported does not exist. The work is bounded; where the bound or a cell stops it, `undecided`
says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jobs.feel import nodes
from jobs.feel.cover import Budget, Cover, Uncovered
from jobs.feel.decide import fixed_rank, rule_outputs
from jobs.feel.domains import ColumnRegions, cut
from jobs.feel.errors import OutOfRange
from jobs.feel.nodes import Scalar
from jobs.feel.table import HitPolicy, Rule, Table, plain

MAX_FINDINGS = 20
"""Gaps, overlaps and dead rules that are listed of each; `undecided` says when there are more."""


@dataclass(frozen=True)
class Gap:
    """Allowed inputs that no rule matches; `where` is the whole region that the example stands for."""

    inputs: Mapping[str, Scalar]
    where: Mapping[str, str]

    def __str__(self) -> str:
        return f"no rule matches {shown(self.inputs)} (anywhere in {_region_text(self.where)})"


@dataclass(frozen=True)
class Overlap:
    """Two rules (from 1) that match the same inputs although the hit policy forbids it."""

    rules: tuple[int, int]
    inputs: Mapping[str, Scalar]
    differ: bool = False

    def __str__(self) -> str:
        first, second = self.rules
        how = " with different results" if self.differ else ""
        return f"rules {first} and {second} both match {shown(self.inputs)}{how}"


@dataclass(frozen=True)
class DeadRule:
    """A rule (from 1) that can never decide: an empty condition, or others that take all its inputs."""

    rule: int
    column: str = ""

    def __str__(self) -> str:
        if self.column:
            return f"rule {self.rule} never matches: its cell for {self.column} accepts no allowed value"
        return f"rule {self.rule} is never reached: rules that go before it take all its inputs"


@dataclass
class Analysis:
    """What was found; `undecided` lists what could not be settled, and is empty when the rest is exact.

    `gaps_allowed` says that inputs without a rule have a result all the same (a default, a list, a count).
    """

    gaps: list[Gap] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)
    dead: list[DeadRule] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    gaps_allowed: bool = False

    @property
    def complete(self) -> bool:
        """Whether nothing was left open."""
        return not self.undecided

    @property
    def problems(self) -> list[str]:
        """What makes the table wrong, each in one line that names inputs."""
        wrong: list[Gap | Overlap | DeadRule] = [*self.overlaps, *self.dead]
        if not self.gaps_allowed:
            wrong = [*self.gaps, *wrong]
        return [str(one) for one in wrong]


def analyse(table: Table, limit: int = 200_000) -> Analysis:
    """Everything that is wrong with `table`, within `limit` steps of search each for gaps and dead rules."""
    return _Analyser(table, limit).run()


class _Analyser:
    def __init__(self, table: Table, limit: int) -> None:
        self._table, self._limit = table, limit
        self._columns: Sequence[ColumnRegions] = [cut(table, index) for index in range(len(table.entradas))]
        self._found = Analysis(gaps_allowed=table.total)

    def run(self) -> Analysis:
        for column in self._columns:
            if not column.regions:
                self._found.undecided.append(f"no value of {column.column.nome} is allowed")
                return self._found
        self._note_opaque_cells()
        self._find_gaps()
        self._find_dead()
        if self._table.hit in (HitPolicy.UNIQUE, HitPolicy.ANY):
            self._find_overlaps()
        return self._found

    def _note_opaque_cells(self) -> None:
        for index, column in enumerate(self._columns):
            name = column.column.nome
            if column.domain_opaque:
                self._found.undecided.append(f"what {name} allows: not analysed, {column.domain_opaque}")
            for rule, reason in column.opaque.items():
                where = f"rule {rule + 1}, {name}: {self._table.regras[rule].se[index].text}"
                self._found.undecided.append(f"{where}: not analysed, {reason}")

    def _example(self, chosen: Sequence[int]) -> dict[str, Scalar]:
        """The inputs of one region a column."""
        return {
            column.column.nome: column.regions[region].value
            for column, region in zip(self._columns, chosen, strict=True)
        }

    # Gaps

    def _find_gaps(self) -> None:
        cover = Cover([(len(one.regions), one.perhaps) for one in self._columns])
        budget = Budget(self._limit)
        for uncovered in cover.uncovered(budget):
            if len(self._found.gaps) == MAX_FINDINGS:
                self._found.undecided.append(f"there are more than {MAX_FINDINGS} gaps")
                return
            self._found.gaps.append(self._gap(uncovered))
        if budget.spent:
            self._found.undecided.append(f"the search for gaps was stopped after {self._limit} steps")

    def _gap(self, uncovered: Uncovered) -> Gap:
        where = {}
        for column, regions in zip(self._columns, uncovered, strict=True):
            if len(regions) == len(column.regions):
                continue
            texts = [column.regions[region].text for region in regions]
            where[column.column.nome] = " or ".join(texts[:4]) + (" or …" if len(texts) > 4 else "")
        return Gap(self._example([regions[0] for regions in uncovered]), where)

    # Dead rules

    def _find_dead(self) -> None:
        budget = Budget(self._limit)
        for index in range(len(self._table.regras)):
            dead = self._dead(index, budget)
            if dead is not None:
                self._found.dead.append(dead)
        if budget.spent:
            self._found.undecided.append(f"the search for dead rules was stopped after {self._limit} steps")
        del self._found.dead[MAX_FINDINGS:]

    def _dead(self, index: int, budget: Budget) -> DeadRule | None:
        for column in self._columns:
            if not column.perhaps[index]:
                return DeadRule(index + 1, column.column.nome)
        before = self._goes_before(index)
        if not before or budget.spent:
            return None
        masks = [(len(one.regions), [one.sure[other] for other in before]) for one in self._columns]
        own = [one.perhaps[index] for one in self._columns]
        reached = next(Cover(masks, own).uncovered(budget), None)
        return None if reached is not None or budget.spent else DeadRule(index + 1)

    def _goes_before(self, index: int) -> list[int]:
        """The rules that decide in this one's stead wherever both match."""
        if self._table.hit is HitPolicy.FIRST:
            return list(range(index))
        own = fixed_rank(self._table, index) if self._table.hit is HitPolicy.PRIORITY else None
        if own is None:
            return []
        ranks = ((other, fixed_rank(self._table, other)) for other in range(len(self._table.regras)))
        return [other for other, rank in ranks if rank is not None and (rank, other) < (own, index)]

    # Overlaps

    def _find_overlaps(self) -> None:
        accepting = [_accepting(column) for column in self._columns]
        for first in range(len(self._table.regras)):
            for second in _indexes(self._partners(first, accepting)):
                overlap = self._overlap(first, second, self._example(self._common(first, second)))
                if overlap is not None and len(self._found.overlaps) == MAX_FINDINGS:
                    self._found.undecided.append(f"there are more than {MAX_FINDINGS} overlaps")
                    return
                if overlap is not None:
                    self._found.overlaps.append(overlap)

    def _partners(self, first: int, accepting: Sequence[Sequence[int]]) -> int:
        """The later rules (bits) that surely accept, in every column, a region that `first` accepts."""
        partners = (1 << len(self._table.regras)) - (1 << (first + 1))
        for column, rules in zip(self._columns, accepting, strict=True):
            shared = 0
            for region in _indexes(column.sure[first]):
                shared |= rules[region]
            partners &= shared
        return partners

    def _common(self, first: int, second: int) -> list[int]:
        """A region a column that both rules surely accept."""
        return [next(_indexes(column.sure[first] & column.sure[second])) for column in self._columns]

    def _overlap(self, first: int, second: int, inputs: Mapping[str, Scalar]) -> Overlap | None:
        rules = (first + 1, second + 1)
        if self._table.hit is HitPolicy.UNIQUE:
            return Overlap(rules, inputs)
        one, other = self._table.regras[first], self._table.regras[second]
        if all(a.expression == b.expression for a, b in zip(one.entao, other.entao, strict=True)):
            return None
        try:
            differ = rule_outputs(self._table, first, inputs) != rule_outputs(self._table, second, inputs)
        except OutOfRange:
            differ = False
        if differ:
            return Overlap(rules, inputs, differ=True)
        if not (_fixed(one) and _fixed(other)):
            self._found.undecided.append(f"rules {rules[0]} and {rules[1]}: whether their results agree")
        return None


def _accepting(column: ColumnRegions) -> list[int]:
    """For each region the rules (bits) that surely accept it."""
    found = [0] * len(column.regions)
    for rule, regions in enumerate(column.sure):
        for region in _indexes(regions):
            found[region] |= 1 << rule
    return found


def _indexes(bits: int) -> Iterator[int]:
    """The positions of the bits that are set, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _fixed(rule: Rule) -> bool:
    """Whether its results don't depend on inputs."""
    return all(nodes.is_constant(result.expression) for result in rule.entao)


def shown(inputs: Mapping[str, Scalar]) -> str:
    """Inputs in one line: `peso_kg = 5, regiao = "sul"`."""
    return ", ".join(f"{name} = {plain(value)}" for name, value in inputs.items())


def _region_text(where: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {text}" for name, text in where.items()) or "all inputs"
