"""One worker on one task, as the sandbox runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jobs.attempts import Objects
from jobs.specs.freezing import freeze
from jobs.specs.model import Spec
from jobs.specs.reading import read_spec
from jobs.steps.planning import plan_tests, tasks_of
from jobs.workers.__main__ import main
from jobs.workers.package import read_package
from jobs.workspace import SEEDS

DEMO = SEEDS / "demo"


def quotation() -> Spec:
    spec, problems = read_spec(DEMO / "specs" / "cotacao.yaml", DEMO)
    assert spec is not None, problems
    return spec


@pytest.fixture
def frozen(tmp_path: Path) -> tuple[Objects, dict[str, Any]]:
    """The demo's quotation, which has both vertentes, as a frozen version."""
    objects = Objects(tmp_path / "objects")
    spec = quotation()
    return objects, {**freeze(spec, objects), "id": "SPC-0001", "versao": 3}


def run(tmp_path: Path, task: dict[str, Any], name: str) -> int:
    order = tmp_path / f"{name}.json"
    order.write_text(json.dumps(task))
    return main([str(order), str(tmp_path / name)])


def test_each_task_gives_the_package_that_it_promises(
    tmp_path: Path, frozen: tuple[Objects, dict[str, Any]]
) -> None:
    objects, document = frozen
    tasks = tasks_of(quotation())
    assert [task.vertente for task in tasks] == ["E", "D"]
    for task in tasks:
        order = task.document(document, str(objects.directory))
        assert run(tmp_path, order, task.nome) == 0
        assert run(tmp_path, order, f"{task.nome}-again") == 0
        first = read_package(task.package, tmp_path / task.nome)
        assert f"src/{task.package}/__init__.py" in first.files
        assert first.files == read_package(task.package, tmp_path / f"{task.nome}-again").files


def test_a_task_that_fits_no_vertente_is_one_line(
    tmp_path: Path, frozen: tuple[Objects, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    objects, document = frozen
    order = {"worker": "WORKER_E", "nome": "nenhuma", "spec": document, "objects": str(objects.directory)}
    assert run(tmp_path, order, "none") == 1
    assert capsys.readouterr().err == "WORKER_E finds no vertente nenhuma in cotacao\n"


def test_the_tests_are_planned_from_the_spec_alone() -> None:
    plan = plan_tests(quotation())
    assert plan.cases > 0
    assert all(path.startswith("tests/") for path in plan.package.files)
