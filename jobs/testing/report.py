"""What a test run found, read from untrusted files: each number is checked, a missing one never passes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from jobs.testing.outputs import plain_text

Resultado = Literal["passou", "falhou", "erro", "pulado"]

MAX_CASES = 20_000
_MESSAGE = 500
_NAME = 300


@dataclass(frozen=True)
class Case:
    """One test case: its id, its name, how it ended, and why where it did not pass."""

    id: str
    nome: str
    resultado: Resultado
    mensagem: str = ""


@dataclass(frozen=True)
class Coverage:
    """Lines and branches of the package that the tests ran through."""

    linhas_cobertas: int
    linhas_total: int
    ramos_cobertos: int
    ramos_total: int

    @property
    def percent(self) -> float | None:
        """Lines and branches together, in percent with one decimal; None where there is nothing to cover."""
        total = self.linhas_total + self.ramos_total
        return round(100 * (self.linhas_cobertas + self.ramos_cobertos) / total, 1) if total else None


@dataclass(frozen=True)
class TestReport:
    """The result of one run. Times are seconds, memory MB (2**20 bytes).

    `abortado` says why the run is no result (killed, no report, fewer cases than were generated): such a run
    has never passed, whatever its cases say. `nivel` is the sandbox's level that it was obtained at.
    """

    __test__ = False

    casos: Sequence[Case] = ()
    esperados: int = 0
    """How many cases were generated and must be reported."""
    abortado: str = ""
    cobertura: Coverage | None = None
    duracao_s: float = 0.0
    cpu_s: float = 0.0
    pico_rss_mb: float = 0.0
    ram_gb_s: float = 0.0
    nivel: str = ""
    pares_cobertos: int = 0
    pares_total: int = 0
    vermelho: Mapping[str, Any] = field(default_factory=dict)
    """The run before the code: `{total, falharam, confirmado, abortado}`; empty for a run of its own."""
    saida: str = ""
    """The end of what the run printed."""

    def count(self, resultado: Resultado) -> int:
        """How many cases ended so."""
        return Counter(case.resultado for case in self.casos)[resultado]

    @property
    def total(self) -> int:
        return len(self.casos)

    @property
    def passou(self) -> bool:
        """True when the run is a result, has cases, and every one of them passed."""
        return not self.abortado and self.total > 0 and self.count("passou") == self.total

    def figures(self) -> dict[str, Any]:
        """What two runs of the same version agree on: counts, coverage and level, but no times."""
        cover = self.cobertura
        return {
            "abortado": self.abortado,
            "cobertura_pct": cover.percent if cover else None,
            "errors": self.count("erro"),
            "failed": self.count("falhou"),
            "linhas_cobertas": cover.linhas_cobertas if cover else None,
            "linhas_total": cover.linhas_total if cover else None,
            "nivel": self.nivel,
            "pares_cobertos": self.pares_cobertos,
            "pares_total": self.pares_total,
            "passed": self.count("passou"),
            "passou": self.passou,
            "ramos": f"{cover.ramos_cobertos}/{cover.ramos_total}" if cover else None,
            "skipped": self.count("pulado"),
            "total": self.total,
            "vermelho": dict(self.vermelho),
        }

    def to_dict(self, max_cases: int = 200) -> dict[str, Any]:
        """The report as a JSON document; at most `max_cases` cases, those that did not pass first."""
        ordered = sorted(self.casos, key=lambda case: case.resultado == "passou")
        return {
            **self.figures(),
            "esperados": self.esperados,
            "casos": [vars(case) for case in ordered[:max_cases]],
            "duracao_s": self.duracao_s,
            "cpu_s": self.cpu_s,
            "pico_rss_mb": self.pico_rss_mb,
            "ram_gb_s": self.ram_gb_s,
            "saida": self.saida,
        }


class BrokenReportError(Exception):
    """The file does not hold what pytest or coverage writes; the message says what is wrong."""


def parse_junit(content: bytes) -> list[Case]:
    """The cases of a JUnit XML file; raises BrokenReportError. Entities and document types are refused."""
    try:
        root = ElementTree.fromstring(content, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        raise BrokenReportError("junit.xml does not parse") from error
    cases: list[Case] = []
    for node in root.iter("testcase"):
        if len(cases) >= MAX_CASES:
            raise BrokenReportError(f"junit.xml holds more than {MAX_CASES} cases")
        cases.append(_case(node))
    return cases


_ENDS: Mapping[str, Resultado] = {"failure": "falhou", "error": "erro", "skipped": "pulado"}


def _case(node: Any) -> Case:
    name = plain_text(node.get("name") or "", _NAME)
    case_id = plain_text(f"{node.get('classname') or ''}::{name}", 2 * _NAME)
    for child in node:
        result = _ENDS.get(child.tag)
        if result is not None:
            message = child.get("message") or child.text or ""
            return Case(case_id, name, result, plain_text(message, _MESSAGE))
    return Case(case_id, name, "passou")


def parse_coverage(content: bytes) -> Coverage:
    """The totals of coverage's JSON report; raises BrokenReportError when they can't be true."""
    try:
        totals = json.loads(content)["totals"]
        coverage = Coverage(
            *(_whole(totals[name]) for name in ("covered_lines", "num_statements")),
            *(_whole(totals.get(name, 0)) for name in ("covered_branches", "num_branches")),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenReportError("coverage.json holds no totals") from error
    if coverage.linhas_cobertas > coverage.linhas_total or coverage.ramos_cobertos > coverage.ramos_total:
        raise BrokenReportError("coverage.json covers more than there is")
    return coverage


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("not a count")
    return value
