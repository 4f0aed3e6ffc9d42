"""How big a spec is: function points after COSMIC, and the tests that its classes and examples make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobs.pricing.rates import Pricing
from jobs.specs.classes import classes_of
from jobs.specs.model import Spec, Vertente
from jobs.specs.schema import is_entity, subschemas
from jobs.testing.pairwise import combine_valid


@dataclass(frozen=True)
class Tamanho:
    """One vertente's size: what was counted, and the function points that it makes."""

    vertente: str
    tipo: str
    worker: str
    partes: Mapping[str, int]
    pontos: float
    formula: str


@dataclass(frozen=True)
class Testes:
    """What the tests of one vertente come to."""

    vertente: str
    classes: int
    validas: int
    combinacoes: int
    exemplos: int

    @property
    def invalidas(self) -> int:
        """Classes that are invalid: each gets a test of its own."""
        return self.classes - self.validas

    @property
    def total(self) -> int:
        """How many tests are generated."""
        return self.combinacoes + self.invalidas + self.exemplos


def size_of(vertente: Vertente, pricing: Pricing) -> Tamanho:
    """The size of one vertente, in function points."""
    return _structure(vertente, pricing) if vertente.schema is not None else _decision(vertente, pricing)


def tests_of(spec: Spec) -> Sequence[Testes]:
    """The tests of every vertente: really combined, not estimated."""
    found = []
    for vertente in spec.vertentes:
        classes = classes_of(spec, vertente)
        valid = sum(each.valida for known in classes.values() for each in known)
        found.append(
            Testes(
                vertente.nome,
                classes=sum(map(len, classes.values())),
                validas=valid,
                combinacoes=len(combine_valid(classes).rows),
                exemplos=len(spec.exemplos_de(vertente.nome)),
            )
        )
    return found


def _structure(vertente: Vertente, pricing: Pricing) -> Tamanho:
    weights = pricing.pontos["E"]
    entities = sum(is_entity(part) for _, part in subschemas(vertente.schema))
    operations, each, entity = (
        weights[name] for name in ("operacoes", "pontos_por_operacao", "pontos_por_entidade")
    )
    formula = f"{operations:g} operations × {each:g} + {_count(entities, 'entity', 'entities')} × {entity:g}"
    points = operations * each + entities * entity
    return Tamanho(
        vertente.nome,
        "E",
        vertente.worker,
        {"operacoes": int(operations), "entidades": entities},
        points,
        formula,
    )


def _decision(vertente: Vertente, pricing: Pricing) -> Tamanho:
    assert vertente.tabela is not None
    table, weights = vertente.tabela, pricing.pontos["D"]
    parts = {"entradas": len(table.entradas), "saidas": len(table.saidas), "regras": len(table.regras)}
    words = {"entradas": ("input", "inputs"), "saidas": ("output", "outputs"), "regras": ("rule", "rules")}
    names = {"entradas": "pontos_por_entrada", "saidas": "pontos_por_saida", "regras": "pontos_por_regra"}
    formula = " + ".join(f"{_count(parts[part], *words[part])} × {weights[names[part]]:g}" for part in parts)
    points = sum(parts[part] * weights[names[part]] for part in parts)
    return Tamanho(vertente.nome, "D", vertente.worker, parts, points, formula)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
