"""Steps that a program does (`comando`): of a workspace's own types, and building instead of our workers.

What the program hands in becomes the item's result as far as its contract allows; MS_Backlog refuses the rest
with its path, and the attempt fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jobs.actors import development
from jobs.actors.isolation import require_isolation
from jobs.actors.reading import Doc
from jobs.performers.commands import program_document
from jobs.performers.program import STEP_GRACE_S, STEP_LIMITS
from jobs.protocol import Completion, StepContext, StepSpec
from store.backlog import Claim
from store.commands import Command
from store.database import Transaction

BUILDS = {
    "desenvolvimento": development.DESENVOLVIMENTO,
    "corrigir_bug": development.CORRIGIR_BUG,
}
"""The types whose program builds a package, which our tests judge."""

_CHILD = ("tipo", "contexto", "titulo", "prioridade", "depende_de", "auto_pull")

Prepare = Callable[[StepContext, Mapping[str, Any]], Doc]


def comando_step(tipo: str, command: Command) -> StepSpec:
    """The step of one type that a program does."""
    built = BUILDS.get(tipo)
    return StepSpec(
        tipo,
        "process",
        built.entry if built else "jobs.steps.comando:run",
        _preparing(command, built),
        built.apply if built else apply,
        built.on_message if built else None,
        limits=STEP_LIMITS,
        grace_s=STEP_GRACE_S,
    )


def _preparing(command: Command, built: StepSpec | None) -> Prepare:
    def prepare(context: StepContext, item: Mapping[str, Any]) -> Doc:
        """The command as it is run, beside what the build wants. Raises NotIsolated and NotRunnable."""
        require_isolation(context, foreign=True)
        document = built.prepare(context, item) if built else {}
        if built:
            document["anterior_dir"] = development.replaced_directory(context, item)
        program = program_document(command, context.workspace.root, context.config)
        return {**document, "programa": program}

    return prepare


def apply(_tx: Transaction, _context: StepContext, _claim: Claim, outcome: Doc) -> Completion:
    """The result, the artifacts, and the children as the item's contract allows them."""
    children = [_child(index, each) for index, each in enumerate(outcome["filhos"])]
    return Completion(outcome["resultado"], children, artefatos=outcome["artefatos"])


def _child(index: int, said: Doc) -> Doc:
    """One child; what its contract says decides whether it is a continuation or a discovery."""
    child = {name: said[name] for name in _CHILD if name in said}
    child["chave"] = said.get("chave") or f"{said['tipo']}-{index}"
    return child
