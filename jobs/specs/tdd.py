"""Reads `schema_tdd`: equivalence classes, examples, criterion and coverage."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.fields import Fields, visible
from jobs.specs.model import EqClass, Exemplo, SchemaTdd, Vertente
from store.yamlfile import did_you_mean

MAX_CLASSES = 50
"""Equivalence classes of one field."""

MAX_EXAMPLES = 500
EXAMPLE_KEYS = ("nome", "vertente", "entrada", "esperado", "invalido")


def read_tdd(fields: Fields, vertentes: Sequence[Vertente]) -> SchemaTdd:
    """The `schema_tdd` of a spec; names of vertentes and fields are checked against `vertentes`."""
    part = fields.maybe("schema_tdd")
    if part is None:
        return SchemaTdd()
    part.only("criterio", "cobertura", "classes", "exemplos")
    complete = _all_read(fields, vertentes)
    return SchemaTdd(
        criterio=part.choice("criterio", ("pairwise",), "pairwise"),
        cobertura=part.integer("cobertura", 90, 1, 100) if part.has("cobertura") else None,
        classes=_classes(part, vertentes) if complete else {},
        exemplos=_examples(part, vertentes) if complete else _only_shapes(part),
    )


def _only_shapes(part: Fields) -> Sequence[Exemplo]:
    """What can be told of the examples while their vertentes are not known; none of them counts."""
    for step, _ in part.items("exemplos"):
        example = part.below(*step)
        example.only(*EXAMPLE_KEYS)
        example.text("nome", None, remedy="say what the example shows")
    return ()


def _all_read(fields: Fields, vertentes: Sequence[Vertente]) -> bool:
    """False when a vertente has problems of its own: classes and examples can't be judged without it."""
    written = fields.data.get("vertentes")
    return bool(vertentes) and isinstance(written, list) and len(written) == len(vertentes)


def _classes(part: Fields, vertentes: Sequence[Vertente]) -> dict[str, dict[str, list[EqClass]]]:
    found = part.maybe("classes")
    if found is None:
        return {}
    known = {vertente.nome: vertente for vertente in vertentes}
    if len(vertentes) == 1 and not set(found.data) & set(known):
        return {vertentes[0].nome: _classes_of(found, vertentes[0])}
    found.only(*known)
    return {
        nome: _classes_of(found.below(nome), vertente) for nome, vertente in known.items() if found.has(nome)
    }


def _classes_of(part: Fields, vertente: Vertente) -> dict[str, list[EqClass]]:
    for field in part.data:
        if field not in vertente.campos:
            part.note(
                field, f"{vertente.nome} has no field {visible(field)}", did_you_mean(field, vertente.campos)
            )
    return {
        field: [_class(part.below(*step)) for step, _ in part.items(field)]
        for field in vertente.campos
        if part.has(field) and _few(part, field)
    }


def _few(part: Fields, field: str) -> bool:
    written = part.data[field]
    if isinstance(written, list) and len(written) > MAX_CLASSES:
        part.note(field, f"has {len(written)} classes", f"at most {MAX_CLASSES}")
        return False
    names = (
        [element.get("nome") for element in written if isinstance(element, dict)]
        if isinstance(written, list)
        else []
    )
    for index, name in enumerate(names):
        if name is not None and name in names[:index]:
            part.note((field, index, "nome"), f"two classes are named {visible(name)}", "name them apart")
    return True


def _class(fields: Fields) -> EqClass:
    fields.only("nome", "valor", "valida")
    nome = fields.text("nome", None, remedy="give the class a short name")
    if "valor" not in fields.data and fields.data:
        fields.missing("valor", "add a value that stands for the class")
    return EqClass(nome, fields.data.get("valor"), fields.boolean("valida", True))


def _examples(part: Fields, vertentes: Sequence[Vertente]) -> list[Exemplo]:
    found: list[Exemplo] = []
    names: set[str] = set()
    for step, _ in part.items("exemplos"):
        if len(found) == MAX_EXAMPLES:
            part.note("exemplos", f"more than {MAX_EXAMPLES} examples", "keep those that teach something")
            break
        example = _example(part.below(*step), vertentes)
        if example is None:
            continue
        if example.nome in names:
            part.note((*step, "nome"), f"two examples are named {visible(example.nome)}", "name them apart")
        names.add(example.nome)
        found.append(example)
    return found


def _example(fields: Fields, vertentes: Sequence[Vertente]) -> Exemplo | None:
    before = len(fields.problems)
    fields.only(*EXAMPLE_KEYS)
    nome = fields.text("nome", None, remedy="say what the example shows")
    vertente = _which(fields, vertentes)
    entrada = fields.data.get("entrada")
    if not isinstance(entrada, dict):
        fields.note(
            "entrada" if fields.has("entrada") else (),
            "the input is missing",
            "add `entrada: {field: value}`",
        )
        entrada = {}
    if vertente is not None:
        _check_outcome(fields, vertente)
    if vertente is None or len(fields.problems) > before:
        return None
    return Exemplo(
        nome,
        vertente.nome,
        entrada,
        esperado=fields.data.get("esperado"),
        tem_esperado="esperado" in fields.data,
        invalido=fields.text("invalido"),
        path=fields.path,
    )


def _which(fields: Fields, vertentes: Sequence[Vertente]) -> Vertente | None:
    names = [vertente.nome for vertente in vertentes]
    nome = fields.text("vertente", vertentes[0].nome if len(vertentes) == 1 else "")
    if not nome:
        fields.missing("vertente", f"name one of {', '.join(names)}")
    elif nome not in names:
        fields.note("vertente", f"no such vertente: {visible(nome)}", did_you_mean(nome, names))
    return next((vertente for vertente in vertentes if vertente.nome == nome), None)


def _check_outcome(fields: Fields, vertente: Vertente) -> None:
    """An example says what is expected, or which field is invalid; and speaks of fields that exist."""
    expected, invalid = "esperado" in fields.data, fields.has("invalido")
    if expected and invalid:
        fields.note("invalido", "esperado and invalido are both given", "keep one of them")
    if vertente.tipo == "D" and not expected and not invalid:
        fields.missing("esperado", "add what the table should answer, or `invalido: <input>`")
    if vertente.tipo == "E" and expected:
        _check_expected_fields(fields, vertente)
    if invalid:
        field = fields.text("invalido")
        if field not in vertente.campos:
            fields.note(
                "invalido",
                f"{vertente.nome} has no field {visible(field)}",
                did_you_mean(field, vertente.campos),
            )


def _check_expected_fields(fields: Fields, vertente: Vertente) -> None:
    """A structure's `esperado` names fields as the model gives them back, defaults included."""
    if not isinstance(fields.data["esperado"], dict):
        fields.note("esperado", "expected fields with values", "for example `esperado: {status: novo}`")
        return
    for field in fields.data["esperado"]:
        if field not in vertente.campos:
            fields.note(
                ("esperado", field),
                f"{vertente.nome} has no field {visible(field)}",
                did_you_mean(field, vertente.campos),
            )
