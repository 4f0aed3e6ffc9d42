"""Reads the `tabela` of a spec: `{hit, agregacao?, entradas, saidas, regras}`, cells in FEEL.

A cell that YAML reads as a number, true, false or nothing is taken as FEEL means it (`18`, `true`, `-`); a
text within FEEL keeps its own quotes: `'"norte", "sul"'`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar, cast

from jobs.feel.build import Draft, DraftInput, DraftOutput, DraftRule, NoSource, Source, YamlPath, build_all
from jobs.feel.evaluator import number
from jobs.feel.nodes import Scalar
from jobs.feel.table import Aggregation, HitPolicy, InputType, OutputType, Table, plain
from store.errors import WrongInput
from store.yamlfile import did_you_mean

_TABLE_KEYS = ("nome", "hit", "agregacao", "entradas", "saidas", "regras")
_INPUT_KEYS = ("nome", "tipo", "valores", "minimo", "maximo", "min", "max", "permitido", "opcional")
_OUTPUT_KEYS = ("nome", "tipo", "valores", "padrao")
_RULE_KEYS = ("se", "entao", "nota")
_INPUT_TYPES = ("number", "integer", "string", "boolean")
_OUTPUT_TYPES = ("number", "string", "boolean")

Choice = TypeVar("Choice", bound=StrEnum)
Found = TypeVar("Found")


def table_from_yaml(data: object, doc: Source | None = None, *, path: YamlPath = (), nome: str = "") -> Table:
    """The table of plain YAML data that stands at `path` of `doc` (a YamlDoc); `nome` if it has none itself.

    Raises WrongInput with file, line and path.
    """
    table, problems = read_table_yaml(data, doc, path=path, nome=nome)
    if table is None:
        raise problems[0]
    return table


def read_table_yaml(
    data: object, doc: Source | None = None, *, path: YamlPath = (), nome: str = ""
) -> tuple[Table | None, list[WrongInput]]:
    """The same, or None with everything that is wrong and can be told without what is wrong before it."""
    reader = _Reader(doc or NoSource(), path)
    table = reader.tried(lambda: reader.table(data, nome))
    return (None if reader.problems else table), reader.problems


class _Reader:
    def __init__(self, source: Source, path: YamlPath) -> None:
        self._source, self._path = source, path
        self.problems: list[WrongInput] = []

    def table(self, data: object, nome: str) -> Table | None:
        fields = self._fields(data, _TABLE_KEYS, required=("entradas", "saidas", "regras"))
        name = self._text(fields, "nome", default=nome or "tabela")
        entradas = self._each(fields, "entradas", self._input)
        saidas = self._each(fields, "saidas", self._output)
        regras = self._each(fields, "regras", self._rule)
        before = len(self.problems)
        hit = self.tried(lambda: self._choice(fields, "hit", HitPolicy)) or HitPolicy.UNIQUE
        agregacao = self.tried(lambda: self._choice(fields, "agregacao", Aggregation))
        draft = Draft(name, entradas, saidas, regras, hit, agregacao, self._source, self._path)
        table, problems = build_all(draft, policy=len(self.problems) == before)
        self.problems += problems
        return table

    def tried(self, read: Callable[[], Found]) -> Found | None:
        """What is read, or None: what is wrong is noted, and the rest goes on without it."""
        try:
            return read()
        except WrongInput as error:
            self.problems.append(error)
            return None

    def _each(
        self, fields: Mapping[str, Any], key: str, read: Callable[[int, object], Found]
    ) -> list[Found | None]:
        """Every element of a list; None in the place of one that is wrong."""
        found = enumerate(self._list(fields[key], key))
        return [self.tried(partial(read, index, element)) for index, element in found]

    def _wrong(self, problem: str, *path: str | int, remedy: str = "") -> WrongInput:
        return self._source.error((*self._path, *path), problem, remedy)

    def _fields(
        self, data: object, known: tuple[str, ...], *path: str | int, required: tuple[str, ...]
    ) -> Mapping[str, Any]:
        if not isinstance(data, Mapping):
            raise self._wrong("a mapping is needed here", *path, remedy=f"with {', '.join(required)}")
        for key in data:
            if key not in known:
                remedy = did_you_mean(str(key), known)
                self.problems.append(self._wrong(f"unknown key {key}", *path, str(key), remedy=remedy))
        for key in required:
            if key not in data:
                raise self._wrong(f"{key} is missing", *path, remedy=f"add {key}")
        return data

    def _list(self, data: object, *path: str | int) -> list[Any]:
        if not isinstance(data, list):
            raise self._wrong("a list is needed here", *path)
        return data

    def _text(self, fields: Mapping[str, Any], key: str, *path: str | int, default: str = "") -> str:
        value = fields.get(key, default)
        if not isinstance(value, str):
            raise self._wrong("a text is needed here", *path, key)
        return value

    def _choice(self, fields: Mapping[str, Any], key: str, choices: type[Choice]) -> Choice | None:
        value = fields.get(key)
        if value is None:
            return None
        names = [choice.value for choice in choices]
        if not isinstance(value, str) or value.upper() not in names:
            raise self._wrong(f"{value} is no {key}", key, remedy=f"one of {', '.join(names)}")
        return choices(value.upper())

    def _type(self, fields: Mapping[str, Any], known: tuple[str, ...], *path: str | int) -> str:
        value = self._text(fields, "tipo", *path)
        if value not in known:
            raise self._wrong(f"{value} is no type", *path, "tipo", remedy=f"one of {', '.join(known)}")
        return value

    def _input(self, index: int, data: object) -> DraftInput:
        where = ("entradas", index)
        fields = self._fields(data, _INPUT_KEYS, *where, required=("nome", "tipo"))
        permitido = fields.get("permitido")
        return DraftInput(
            nome=self._text(fields, "nome", *where),
            tipo=cast(InputType, self._type(fields, _INPUT_TYPES, *where)),
            valores=self._values(fields, *where),
            minimo=self._bound(fields, ("minimo", "min"), *where),
            maximo=self._bound(fields, ("maximo", "max"), *where),
            permitido=None if permitido is None else self._cell(permitido, *where, "permitido"),
            opcional=self._flag(fields, "opcional", *where),
        )

    def _output(self, index: int, data: object) -> DraftOutput:
        where = ("saidas", index)
        fields = self._fields(data, _OUTPUT_KEYS, *where, required=("nome", "tipo"))
        padrao = fields.get("padrao")
        return DraftOutput(
            nome=self._text(fields, "nome", *where),
            tipo=cast(OutputType, self._type(fields, _OUTPUT_TYPES, *where)),
            valores=self._values(fields, *where),
            padrao=None if padrao is None else self._cell(padrao, *where, "padrao"),
        )

    def _rule(self, index: int, data: object) -> DraftRule:
        where = ("regras", index)
        fields = self._fields(data, _RULE_KEYS, *where, required=("se", "entao"))
        parts = {}
        for key in ("se", "entao"):
            cells = self._list(fields[key], *where, key)
            parts[key] = tuple(self._cell(cell, *where, key, at) for at, cell in enumerate(cells))
        return DraftRule(parts["se"], parts["entao"], self._text(fields, "nota", *where))

    def _values(self, fields: Mapping[str, Any], *path: str | int) -> tuple[Scalar, ...]:
        values = self._list(fields.get("valores", []), *path, "valores")
        return tuple(self._scalar(value, *path, "valores", at) for at, value in enumerate(values))

    def _scalar(self, value: object, *path: str | int) -> Scalar:
        if isinstance(value, bool | str):
            return value
        if isinstance(value, int | float | Decimal):
            return number(value)
        raise self._wrong("a number, a text, true or false is needed here", *path)

    def _bound(self, fields: Mapping[str, Any], keys: tuple[str, str], *path: str | int) -> Decimal | None:
        """A limit under either of its names; both at once are refused."""
        given = [key for key in keys if fields.get(key) is not None]
        if len(given) > 1:
            raise self._wrong(f"{keys[1]} is {keys[0]}", *path, keys[1], remedy="give one of them")
        if not given:
            return None
        value = fields[given[0]]
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise self._wrong("a number is needed here", *path, given[0])
        return number(value)

    def _flag(self, fields: Mapping[str, Any], key: str, *path: str | int) -> bool:
        value = fields.get(key, False)
        if not isinstance(value, bool):
            raise self._wrong("true or false is needed here", *path, key)
        return value

    def _cell(self, value: object, *path: str | int) -> str:
        """A cell's FEEL text: YAML's own numbers and booleans as FEEL writes them, nothing as `-`."""
        if isinstance(value, str):
            return value
        if value is None:
            return "-"
        return plain(self._scalar(value, *path))
