"""What the tests of workers, test runs, releases and deployments share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.performers.spawner import Spawner
from jobs.sandbox import LIMITS_ONLY, Sandbox
from jobs.testing.material import GeneratedTests, TestPlan
from jobs.testing.model_tests import generate_model_tests
from jobs.testing.report import TestReport
from jobs.testing.runner import run_tests, shown_red
from jobs.workers.package import Package
from jobs.workers.structural import generate


@dataclass(frozen=True)
class EqClass:
    nome: str
    valor: Any
    valida: bool = True


@dataclass(frozen=True)
class Example:
    nome: str
    entrada: Mapping[str, Any]
    esperado: Any = None
    tem_esperado: bool = False
    invalido: str = ""


@dataclass(frozen=True)
class Output:
    nome: str
    valores: Sequence[Any] | None = None


ORDER_SCHEMA: dict[str, Any] = {
    "title": "Pedido",
    "description": "Um pedido da loja.",
    "type": "object",
    "required": ["cliente", "tipo", "quantidade"],
    "properties": {
        "cliente": {"type": "string", "minLength": 1, "maxLength": 40},
        "tipo": {"type": "string", "enum": ["normal", "expresso"]},
        "quantidade": {"type": "integer", "minimum": 1, "maximum": 100},
        "peso kg": {"type": "number", "exclusiveMinimum": 0},
        "itens": {"type": "array", "items": {"$ref": "#/$defs/Item"}},
        "urgente": {"type": "boolean", "default": False},
    },
    "$defs": {
        "Item": {
            "type": "object",
            "required": ["sku"],
            "properties": {"sku": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{3}$"}},
        }
    },
}

ORDER_CLASSES: dict[str, list[EqClass]] = {
    "cliente": [EqClass("tipico", "Ana"), EqClass("vazio", "", valida=False)],
    "tipo": [
        EqClass("normal", "normal"),
        EqClass("expresso", "expresso"),
        EqClass("outro", "drone", valida=False),
    ],
    "quantidade": [
        EqClass("minimo", 1),
        EqClass("maximo", 100),
        EqClass("zero", 0, valida=False),
        EqClass("texto", "7", valida=False),
    ],
}

ORDER = {"cliente": "Ana", "tipo": "normal", "quantidade": 2}

ORDER_EXAMPLES = [
    Example("padrao", ORDER, {"quantidade": 2, "urgente": False}, tem_esperado=True),
    Example("so aceito", {**ORDER, "peso kg": 1.5}),
    Example("sku errado", {**ORDER, "itens": [{"sku": "x"}]}, invalido="itens"),
    Example("sem cliente", {"tipo": "normal", "quantidade": 2}, invalido="cliente"),
]


def order_tests() -> GeneratedTests:
    return generate_model_tests("pedido", ORDER_SCHEMA, ORDER_CLASSES, ORDER_EXAMPLES, spec_id="loja")


def order_code() -> Package:
    return generate(ORDER_SCHEMA, "pedido", spec_id="loja")


def bare_spawn(directory: Path) -> Spawner:
    """Runs commands under the keeper's limits only, which works everywhere."""
    return Spawner(Sandbox(LIMITS_ONLY), directory)


DECISION_SOURCE = b'''\
"""A decision as WORKER_D writes it."""

from decimal import Decimal


class EntradaInvalida(ValueError):
    def __init__(self, campo):
        super().__init__(campo)
        self.campo = campo


class SemRegra(ValueError):
    pass


def decidir(entradas):
    if not 0 < entradas["peso"] <= 30:
        raise EntradaInvalida("peso")
    if entradas["regiao"] not in ("norte", "sul"):
        raise EntradaInvalida("regiao")
    if entradas["peso"] == 13:
        raise SemRegra("13")
    return {"taxa": Decimal("10") + entradas["peso"] * 2}
'''


def decision_code(source: bytes = DECISION_SOURCE) -> Package:
    files = {"src/frete/__init__.py": b"", "src/frete/decisao.py": source}
    return Package("frete", files)


@dataclass
class FakeChannel:
    """A step's channel that agrees to everything; `dies_at` raises at that many words (asks and progress)."""

    workdir: Path
    token: str = "aaaa0001"
    dies_at: int | None = None
    loses_at: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    phases: list[str] = field(default_factory=list)
    words: int = 0

    def __post_init__(self) -> None:
        self.workdir.mkdir(parents=True, exist_ok=True)
        self.spawn = bare_spawn(self.workdir)

    def progress(
        self, fase: str, feito: int | None = None, total: int | None = None, texto: str = ""
    ) -> None:
        self.phases.append(fase)
        self._word()

    def output(self, text: str) -> None:
        """What is shown live; nobody looks here."""

    def ask(self, message: Mapping[str, Any]) -> dict[str, Any]:
        from store.errors import LostToken

        if self.loses_at and message.get("fase", message["kind"]) == self.loses_at:
            raise LostToken("the lease is another's")
        self.asked.append(dict(message))
        self._word()
        return {}

    def _word(self) -> None:
        self.words += 1
        if self.words == self.dies_at:
            raise DiedError

    def intent(self) -> dict[str, Any] | None:
        """The last committed intent."""
        return next((each for each in reversed(self.asked) if each["kind"] == "intent"), None)


class DiedError(BaseException):
    """Stands for the death of the process at that point: nothing below catches it."""


def run_red_then_real(
    plan: TestPlan, code: Package, covered: Sequence[str], spawn: Spawner, directory: Path
) -> TestReport:
    """Show that the tests fail without the code, then run them with it, as `desenvolvimento` does."""
    red = run_tests(plan, None, (), spawn, directory / "red")
    return shown_red(plan, red, run_tests(plan, code, covered, spawn, directory / "real"))
