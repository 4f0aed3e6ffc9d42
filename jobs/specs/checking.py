"""Checks a spec against its own parts, the other specs and the capabilities: what reading alone can't see."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jobs.fields import YamlPath, visible
from jobs.specs.examples import check_examples
from jobs.specs.model import Spec
from jobs.specs.tables import check_table
from store.errors import WrongInput
from store.yamlfile import did_you_mean, nearest


@dataclass(frozen=True)
class KnownSpec:
    """Another spec, as far as checks need it."""

    spec_ref: str
    arquivo: str
    """Empty when the file is gone, and another may take its place."""
    depende_de: Sequence[str] = ()


def known_as(spec: Spec) -> KnownSpec:
    """A spec that was just read, as others know it."""
    return KnownSpec(spec.id, spec.arquivo, tuple(spec.depende_de))


def check_spec(
    spec: Spec, known_specs: Mapping[str, KnownSpec], capacidades: Collection[str] | None = None
) -> list[WrongInput]:
    """Everything that is wrong with a spec that was read, in the file's order; empty when it can be added.

    Of one that was read in part, what is wrong with that part.

    Args:
        known_specs: the other specs by id; an entry for its own id from the same file is its old version.
        capacidades: the names of the capabilities that are defined; None skips that check.
    """
    problems = [*_identity(spec, known_specs), *_dependencies(spec, known_specs)]
    if capacidades is not None:
        problems += _capabilities(spec, capacidades)
    for vertente in spec.vertentes:
        if vertente.tabela is not None:
            problems += check_table(vertente)
        problems += check_examples(spec, vertente)
    return sorted(problems, key=lambda problem: (problem.file != spec.arquivo, problem.file, problem.line))


def _identity(spec: Spec, known: Mapping[str, KnownSpec]) -> Iterator[WrongInput]:
    other = known.get(spec.id)
    if other is not None and other.arquivo not in ("", spec.arquivo):
        yield spec.doc.error(
            ("id",), f"the id {spec.id} is already that of {visible(other.arquivo)}", "choose another id"
        )


def _dependencies(spec: Spec, known: Mapping[str, KnownSpec]) -> Iterator[WrongInput]:
    others = {ref for ref in known if ref != spec.id}
    for ref in spec.depende_de:
        path = _written(spec, ("depende_de",), ref)
        if ref == spec.id:
            yield spec.doc.error(path, f"cycle: {ref} → {ref}", "a spec can't depend on itself")
        elif ref not in others:
            near = nearest(ref, others)
            add = "add it first, or with this one"
            remedy = f"did you mean {near}? Otherwise {add}" if near else add
            yield spec.doc.error(path, f"no such spec: {visible(ref)}", remedy)
        elif cycle := find_cycle(spec.id, ref, known):
            yield spec.doc.error(path, f"cycle: {' → '.join(cycle)}", "take one of these dependencies out")


def find_cycle(spec_ref: str, depends_on: str, known: Mapping[str, KnownSpec]) -> list[str]:
    """The path by which `depends_on` leads back to `spec_ref`, both ends included; empty when it doesn't."""
    paths = [[spec_ref, depends_on]]
    seen = {depends_on}
    while paths:
        path = paths.pop()
        for ref in known[path[-1]].depende_de if path[-1] in known else ():
            if ref == spec_ref:
                return [*path, ref]
            if ref not in seen:
                seen.add(ref)
                paths.append([*path, ref])
    return []


def _written(spec: Spec, path: YamlPath, name: str) -> YamlPath:
    """Where a name stands in a list of the file, which may have entries that could not be read."""
    return (*path, spec.doc.value(path).index(name))


def _capabilities(spec: Spec, defined: Collection[str]) -> Iterator[WrongInput]:
    lists: list[tuple[YamlPath, Sequence[str]]] = [
        (("runtime", "recursos"), spec.runtime.recursos),
        (("fornece",), spec.fornece),
    ]
    for path, names in lists:
        for name in names:
            if name not in defined:
                yield spec.doc.error(
                    _written(spec, path, name),
                    f"no such capability: {visible(name)}",
                    did_you_mean(name, defined),
                )
    for name in spec.fornece:
        if name in spec.runtime.recursos:
            yield spec.doc.error(
                _written(spec, ("fornece",), name),
                f"needs the capability that it provides: {visible(name)}",
                "keep one of the two",
            )
