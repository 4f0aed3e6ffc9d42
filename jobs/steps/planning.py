"""What a spec's version asks for: the tests, from the spec alone, and a task for each worker (mission 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.specs.classes import classes_of
from jobs.specs.model import Spec, Vertente
from jobs.testing.decision_tests import generate_decision_tests
from jobs.testing.material import GeneratedTests, TestPlan, plan_of
from jobs.testing.model_tests import generate_model_tests
from jobs.workers.package import package_name


@dataclass(frozen=True)
class Task:
    """What one worker gets: which spec version, which of its vertentes."""

    worker: str
    vertente: str
    nome: str
    package: str
    """The Python package that it must hand in."""

    def document(self, spec_doc: Mapping[str, Any], objects: str) -> dict[str, Any]:
        """The worker's input."""
        return {"worker": self.worker, "nome": self.nome, "spec": dict(spec_doc), "objects": objects}


def tasks_of(spec: Spec) -> list[Task]:
    """A task for each vertente, in the spec's order."""
    return [
        Task(each.worker, each.tipo, each.nome, package_name(spec.id, each.nome)) for each in spec.vertentes
    ]


def plan_tests(spec: Spec) -> TestPlan:
    """The tests of everything that the spec describes; nothing of the code is known yet."""
    return plan_of(package_name(spec.id), [_tests_of(spec, each) for each in spec.vertentes])


def _tests_of(spec: Spec, vertente: Vertente) -> GeneratedTests:
    classes, examples = classes_of(spec, vertente), spec.exemplos_de(vertente.nome)
    if vertente.schema is not None:
        return generate_model_tests(vertente.nome, vertente.schema, classes, examples, spec_id=spec.id)
    assert vertente.tabela is not None
    table = vertente.tabela
    return generate_decision_tests(
        vertente.nome,
        [each.nome for each in table.entradas],
        table.saidas,
        classes,
        examples,
        aggregated=table.agregacao is not None,
        spec_id=spec.id,
    )
