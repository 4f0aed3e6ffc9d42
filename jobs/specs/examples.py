"""Examples and equivalence classes against the structure or table that they speak of.

Whether a table *answers* as an example expects is not checked here: that is what the tests are for.
"""

from __future__ import annotations

from collections.abc import Iterator

from jsonschema.exceptions import ValidationError

from jobs.fields import YamlPath, visible
from jobs.specs.model import EqClass, Exemplo, Spec, Vertente
from jobs.specs.tables import input_problem, outcome_problem
from jobs.specs.validation import schema_errors
from store.errors import WrongInput
from store.yamlfile import did_you_mean


def check_examples(spec: Spec, vertente: Vertente) -> list[WrongInput]:
    """What is wrong with the examples and classes of one vertente."""
    structure = vertente.schema is not None
    check_example = _structure_example if structure else _decision_example
    check_class = _structure_class if structure else _decision_class
    problems: list[WrongInput] = []
    for example in spec.exemplos_de(vertente.nome):
        problems += check_example(spec, vertente, example)
    for field, classes in spec.tdd.classes.get(vertente.nome, {}).items():
        for index, each in enumerate(classes):
            wrong = check_class(vertente, field, each)
            if wrong:
                problems.append(spec.doc.error(_class_path(spec, vertente, field, index), *wrong))
    return problems


def _class_path(spec: Spec, vertente: Vertente, field: str, index: int) -> YamlPath:
    path: YamlPath = ("schema_tdd", "classes", vertente.nome, field, index)
    return path if path in spec.doc.lines else ("schema_tdd", "classes", field, index)


def _structure_example(spec: Spec, vertente: Vertente, example: Exemplo) -> Iterator[WrongInput]:
    assert vertente.schema is not None
    errors = schema_errors(vertente.schema, example.entrada)
    if not example.invalido:
        for error in errors[:1]:
            yield spec.doc.error(
                (*example.path, "entrada", *error.path),
                f"breaks the schema of {vertente.nome}: {visible(error.message)}",
                "correct the example, or say `invalido: <field>`",
            )
        return
    fields = {field_of(error) for error in errors}
    if not errors:
        yield spec.doc.error(
            (*example.path, "invalido"),
            f"the schema of {vertente.nome} accepts this example",
            f"give {example.invalido} a value that the schema refuses",
        )
    elif fields != {example.invalido}:
        yield spec.doc.error(
            (*example.path, "invalido"),
            f"the schema refuses {', '.join(sorted(fields))}, not only {example.invalido}",
            "make one field wrong at a time",
        )


def _structure_class(vertente: Vertente, field: str, each: EqClass) -> tuple[str, str] | None:
    assert vertente.schema is not None
    part = {**vertente.schema, "required": [], "properties": {field: vertente.schema["properties"][field]}}
    for composed in (
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
        "then",
        "else",
        "dependentRequired",
        "dependentSchemas",
    ):
        part.pop(composed, None)
    errors = schema_errors(part, {field: each.valor})
    if each.valida and errors:
        return f"breaks the schema: {visible(errors[0].message)}", "correct the value, or say `valida: false`"
    if not each.valida and not errors:
        return (
            f"the schema accepts {visible(each.valor)}",
            "give a value that it refuses, or leave out `valida: false`",
        )
    return None


def field_of(error: ValidationError) -> str:
    """The top-level field that an error is about: also that of a missing or unknown property."""
    if error.path:
        return str(error.path[0])
    if error.validator == "required" and isinstance(error.validator_value, list):
        return next((name for name in error.validator_value if f"'{name}'" in error.message), "")
    return ""


def _decision_example(spec: Spec, vertente: Vertente, example: Exemplo) -> Iterator[WrongInput]:
    table = vertente.tabela
    assert table is not None
    path = (*example.path, "entrada")
    for name in example.entrada:
        if name not in vertente.campos:
            yield spec.doc.error(
                (*path, name),
                f"{vertente.nome} has no input {visible(name)}",
                did_you_mean(name, vertente.campos),
            )
    refused = []
    for name in vertente.campos:
        problem = (
            input_problem(table, name, example.entrada[name])
            if name in example.entrada
            else "the input is missing"
        )
        if problem:
            refused.append(name)
        if problem and name != example.invalido:
            yield spec.doc.error((*path, name), problem, "correct the example, or say `invalido: <input>`")
    if example.invalido and example.invalido not in refused:
        yield spec.doc.error(
            (*example.path, "invalido"),
            f"the table allows {visible(example.entrada.get(example.invalido))}",
            f"give {example.invalido} a value that the table refuses",
        )
    if example.tem_esperado and (wrong := outcome_problem(table, example.esperado)):
        step, problem, remedy = wrong
        yield spec.doc.error((*example.path, "esperado", *step), problem, remedy)


def _decision_class(vertente: Vertente, field: str, each: EqClass) -> tuple[str, str] | None:
    table = vertente.tabela
    assert table is not None
    problem = input_problem(table, field, each.valor)
    if each.valida and problem:
        return problem, "correct the value, or say `valida: false`"
    if not each.valida and not problem:
        return (
            f"the table allows {visible(each.valor)}",
            "give a value that it refuses, or leave out `valida: false`",
        )
    return None
