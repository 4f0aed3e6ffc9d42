"""The equivalence classes of a table's inputs: what tests should try, valid and invalid."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from jobs.feel.domains import Region, cut
from jobs.feel.table import Input, Table

MAX_CLASSES = 60
"""Valid classes of one input; a column that names more values is thinned out evenly."""


@dataclass(frozen=True)
class EqClass:
    """One class of an input's values: its name (unique in the input), an example, whether it is allowed."""

    nome: str
    valor: Decimal | str | bool | None
    valida: bool


def boundary_classes(table: Table) -> dict[str, list[EqClass]]:
    """For each input, by name, its classes: every region of the table and its ends, then the invalid ones."""
    return {column.nome: _classes(table, index, column) for index, column in enumerate(table.entradas)}


def _classes(table: Table, index: int, column: Input) -> list[EqClass]:
    regions = _thinned(cut(table, index).regions)
    valid = [EqClass(_name(region, column), region.value, True) for region in regions]
    invalid = [EqClass(name, value, False) for name, value in _invalid(column)]
    return _distinct([*valid, *invalid])


def _thinned(regions: tuple[Region, ...]) -> list[Region]:
    if len(regions) <= MAX_CLASSES:
        return list(regions)
    step = len(regions) / MAX_CLASSES
    return [regions[int(at * step)] for at in range(MAX_CLASSES - 1)] + [regions[-1]]


def _invalid(column: Input) -> Iterator[tuple[str, Decimal | str | bool | None]]:
    """Values that the input refuses, each for another reason."""
    if not column.opcional:
        yield "ausente", None
    yield "tipo_errado", _mistyped(column)
    if column.tipo == "integer":
        yield "fracionario", _fraction(column)
    if column.minimo is not None:
        yield "abaixo_do_minimo", column.minimo - 1
    if column.maximo is not None:
        yield "acima_do_maximo", column.maximo + 1
    outsider = _outsider(column)
    if outsider is not None:
        yield "fora_dos_valores", outsider


def _mistyped(column: Input) -> str | bool:
    """A value of another type (a text is none of the other types)."""
    return True if column.tipo == "string" else "texto"


def _fraction(column: Input) -> Decimal:
    base = column.minimo if column.minimo is not None else column.maximo
    half = Decimal("0.5") if column.minimo is not None or base is None else Decimal("-0.5")
    return (base or Decimal(0)) + half


def _outsider(column: Input) -> Decimal | str | None:
    """A value of the right type that isn't one of those listed."""
    if not column.valores or column.tipo == "boolean":
        return None
    if column.tipo == "string":
        texts = [value for value in column.valores if isinstance(value, str)]
        return max(texts, key=len) + "_fora"
    return max(value for value in column.valores if isinstance(value, Decimal)) + 1


def _name(region: Region, column: Input) -> str:
    """What a region is, as an identifier: `menor_que_5`, `entre_5_e_10`, `norte`."""
    if region.value is None:
        return "nulo"
    if isinstance(region.value, bool):
        return "verdadeiro" if region.value else "falso"
    text = region.text
    if isinstance(region.value, Decimal) and not column.valores:
        text = _number_words(text)
    elif isinstance(region.value, str):
        text = "outro_texto" if text == "any other text" else region.value
    return _identifier(text)


def _number_words(text: str) -> str:
    if text.startswith("("):
        low, high = text[1:-1].split("..", 1)
        return f"entre {low} e {high}"
    words = {"<": "menor que ", ">": "maior que "}
    return "qualquer numero" if text == "any number" else words.get(text[0], "") + text.lstrip("<> ")


def _identifier(text: str) -> str:
    worded = unicodedata.normalize("NFKD", text.replace("-", "menos "))
    ascii_text = worded.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", ascii_text.lower()).strip("_")[:40] or "vazio"


def _distinct(classes: list[EqClass]) -> list[EqClass]:
    """The classes with names that differ."""
    taken: set[str] = set()
    found = []
    for one in classes:
        name, count = one.nome, 1
        while name in taken:
            count += 1
            name = f"{one.nome}_{count}"
        taken.add(name)
        found.append(EqClass(name, one.valor, one.valida))
    return found
