"""Runs one worker on one task: `python -I -m jobs.workers TASK.json OUT`, inside the sandbox.

The task names a spec version and one of its vertentes; the package is written below OUT.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jobs.attempts import Objects
from jobs.specs.freezing import read_version
from jobs.workers.package import Package, package_name
from store.errors import OficinaError


def build(task: Mapping[str, Any]) -> Package:
    """The package of the task's vertente; the same version gives the same bytes."""
    spec = read_version(Objects(Path(task["objects"])), task["spec"])
    vertente = spec.vertente(task["nome"])
    if vertente is None or vertente.worker != task["worker"]:
        raise OficinaError(f"{task['worker']} finds no vertente {task['nome']} in {spec.id}")
    if vertente.schema is not None:
        from jobs.workers import structural

        return structural.generate(vertente.schema, vertente.nome, spec_id=spec.id)
    from jobs.workers import decisional

    assert vertente.tabela is not None
    name = package_name(spec.id, vertente.nome)
    return decisional.generate(vertente.tabela, name, f"{spec.id} v{task['spec']['versao']}")


def main(arguments: Sequence[str]) -> int:
    """Exit code 0, or 1 with one line on standard error."""
    task, out = (Path(argument) for argument in arguments)
    try:
        build(json.loads(task.read_text())).write_to(out)
    except OficinaError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
