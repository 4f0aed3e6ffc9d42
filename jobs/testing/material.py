"""What tests are generated from, by shape only: any document with these fields will do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from jobs.workers.package import Package

if TYPE_CHECKING:
    from jobs.testing.pairwise import Pairwise


class ClassLike(Protocol):
    """An equivalence class of one field: its name, one value that stands for it, and whether it is valid."""

    @property
    def nome(self) -> str: ...
    @property
    def valor(self) -> Any: ...
    @property
    def valida(self) -> bool: ...


class ExampleLike(Protocol):
    """An owner's example: `esperado` counts where `tem_esperado`; `invalido` names the failing field."""

    @property
    def nome(self) -> str: ...
    @property
    def entrada(self) -> Mapping[str, Any]: ...
    @property
    def esperado(self) -> Any: ...
    @property
    def tem_esperado(self) -> bool: ...
    @property
    def invalido(self) -> str: ...


Classes = Mapping[str, Sequence[ClassLike]]
"""The equivalence classes of each field, in the spec's order."""


@dataclass(frozen=True)
class GeneratedTests:
    """The tests of one package: their files, how many cases pytest must report, how they cover the classes.

    A pair is one valid class of a field beside one valid class of another; with a single field each class
    counts.
    """

    package: Package
    cases: int
    pairs_covered: int
    pairs_total: int
    combinations: int
    invalid: int
    examples: int

    @classmethod
    def of(
        cls, package: Package, pairs: Pairwise, *, valid: int, invalid: int, examples: int
    ) -> GeneratedTests:
        """A case a combination of valid classes, an invalid class, and an example."""
        return cls(package, valid + invalid + examples, pairs.covered, pairs.total, valid, invalid, examples)


@dataclass(frozen=True)
class TestPlan:
    """The tests of everything that one spec builds: their union, and the sums."""

    __test__ = False

    package: Package
    cases: int
    pairs_covered: int
    pairs_total: int


def plan_of(name: str, generated: Sequence[GeneratedTests]) -> TestPlan:
    """Put the tests of a spec's packages together; raises WrongInput when two of them share a file."""
    from jobs.workers.package import merge

    return TestPlan(
        merge(name, [tests.package for tests in generated]),
        sum(tests.cases for tests in generated),
        sum(tests.pairs_covered for tests in generated),
        sum(tests.pairs_total for tests in generated),
    )
