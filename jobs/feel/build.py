"""Makes a checked `Table` of a draft, whichever format it came from; every mistake is a WrongInput in
place.

A draft holds texts only. Its paths are the YAML's (`regras[2].se[0]`); the source of the draft says in
which file and line each path is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Protocol, TypeAlias, TypeVar

from jobs.feel import nodes
from jobs.feel.checker import Checker, Typed, constant
from jobs.feel.errors import FeelError
from jobs.feel.lexer import KEYWORDS
from jobs.feel.nodes import Scalar
from jobs.feel.parser import parse_expression, parse_unary_tests
from jobs.feel.table import (
    Aggregation,
    Cell,
    HitPolicy,
    Input,
    InputType,
    Output,
    OutputType,
    Result,
    Rule,
    Table,
    plain,
)
from store.errors import WrongInput
from store.yamlfile import path_text

MAX_RULES, MAX_COLUMNS, MAX_NAME, MAX_TEXT = 1_000, 50, 100, 1_000

YamlPath: TypeAlias = tuple[str | int, ...]
Found = TypeVar("Found")
Drafted = TypeVar("Drafted")

_NAME = re.compile(r"[^\W\d][\w .'/*+-]*")


class Source(Protocol):
    """Where a draft came from: turns a path into an error with file and line (a YamlDoc is one)."""

    def error(self, path: YamlPath, problem: str, remedy: str = "") -> WrongInput: ...


class NoSource:
    """A source without a file."""

    def error(self, path: YamlPath, problem: str, remedy: str = "") -> WrongInput:
        return WrongInput(problem, path=path_text(path), remedy=remedy)


@dataclass(frozen=True)
class DraftInput:
    """An input as read; `permitido` is the text of a unary test."""

    nome: str
    tipo: InputType
    valores: tuple[Scalar, ...] = ()
    minimo: Decimal | None = None
    maximo: Decimal | None = None
    permitido: str | None = None
    opcional: bool = False


@dataclass(frozen=True)
class DraftOutput:
    """An output as read; `padrao` is the text of an expression."""

    nome: str
    tipo: OutputType
    valores: tuple[Scalar, ...] = ()
    padrao: str | None = None


@dataclass(frozen=True)
class DraftRule:
    """A rule as read: FEEL texts."""

    se: tuple[str, ...]
    entao: tuple[str, ...]
    nota: str = ""


@dataclass(frozen=True)
class Draft:
    """A table as read, nothing of it checked."""

    nome: str
    entradas: Sequence[DraftInput | None]
    """As `saidas` and `regras`, with None for one that could not be read (and was noted elsewhere)."""
    saidas: Sequence[DraftOutput | None]
    regras: Sequence[DraftRule | None]
    hit: HitPolicy = HitPolicy.UNIQUE
    agregacao: Aggregation | None = None
    source: Source = field(default_factory=NoSource)
    path: YamlPath = ()


def build(draft: Draft) -> Table:
    """The table of a draft; raises WrongInput at the first thing that is wrong with it."""
    table, problems = build_all(draft)
    if table is None:
        raise problems[0]
    return table


def build_all(draft: Draft, *, policy: bool = True) -> tuple[Table | None, list[WrongInput]]:
    """The table, or None with everything that is wrong and can be told without what is wrong before it.

    Without `policy` the hit policy is not known, and not held against the rest.
    """
    builder = _Builder(draft)
    try:
        table = builder.table(policy=policy)
    except WrongInput as error:
        builder.problems.append(error)
        table = None
    return (None if builder.problems else table), builder.problems


class _Builder:
    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._scope: Mapping[str, Typed] = {}
        self.problems: list[WrongInput] = []

    def table(self, *, policy: bool) -> Table | None:
        draft = self._draft
        self._check_size()
        self._check_text(draft.nome, "nome")
        self._tried(lambda: self._check_names("entradas", draft.entradas))
        self._tried(lambda: self._check_names("saidas", draft.saidas))
        entradas = self._each(draft.entradas, self._input)
        if None not in entradas:
            self._scope = {column.nome: column.typed for column in present(entradas)}
        saidas = self._each(draft.saidas, self._output)
        if self.problems or None in (*entradas, *saidas):
            self._each(draft.regras, self._only_cells)
            return None
        if policy:
            self._tried(lambda: self._check_policy(present(draft.saidas)))
        columns = tuple(present(entradas)), tuple(present(saidas))
        regras = self._each(draft.regras, partial(self._rule, *columns))
        return Table(draft.nome, *columns, tuple(present(regras)), draft.hit, draft.agregacao)

    def _tried(self, check: Callable[[], Found]) -> Found | None:
        try:
            return check()
        except WrongInput as error:
            self.problems.append(error)
            return None

    def _each(
        self, drafts: Sequence[Drafted | None], check: Callable[[int, Drafted], Found]
    ) -> list[Found | None]:
        """What each draft becomes; None in the place of one that is wrong."""
        return [
            None if draft is None else self._tried(partial(check, index, draft))
            for index, draft in enumerate(drafts)
        ]

    def _wrong(self, problem: str, *path: str | int, remedy: str = "") -> WrongInput:
        return self._draft.source.error((*self._draft.path, *path), problem, remedy)

    def _check_size(self) -> None:
        draft = self._draft
        sizes = (
            ("entradas", len(draft.entradas), MAX_COLUMNS),
            ("saidas", len(draft.saidas), MAX_COLUMNS),
            ("regras", len(draft.regras), MAX_RULES),
        )
        for name, size, most in sizes:
            if not 1 <= size <= most:
                raise self._wrong(f"a table has 1 to {most} {name}, and this one has {size}", name)

    def _check_text(self, text: str, *path: str | int) -> None:
        if len(text) > MAX_TEXT or not text.isprintable():
            remedy = f"one line of {MAX_TEXT} at most"
            raise self._wrong("a control character, or too long a text", *path, remedy=remedy)

    def _check_names(self, kind: str, columns: Sequence[DraftInput | DraftOutput | None]) -> None:
        names = ["" if column is None else column.nome for column in columns]
        for index, name in enumerate(names):
            if columns[index] is None:
                continue
            if not _NAME.fullmatch(name) or name != name.strip() or "  " in name or len(name) > MAX_NAME:
                remedy = f"a letter first, then letters, digits, single spaces or _.'/*+-, {MAX_NAME} at most"
                raise self._wrong(f"{name[:40]!r} is no name", kind, index, "nome", remedy=remedy)
            if name in KEYWORDS:
                raise self._wrong(f"{name} is a word of FEEL's own", kind, index, "nome", remedy="rename it")
            if name in names[:index]:
                raise self._wrong(f"the name {name} is there twice", kind, index, "nome", remedy="rename one")

    def _input(self, index: int, draft: DraftInput) -> Input:
        bare = Input(draft.nome, draft.tipo, opcional=draft.opcional)
        self._check_values("entradas", index, draft.valores, bare)
        if draft.minimo is not None and draft.maximo is not None and draft.minimo > draft.maximo:
            raise self._wrong("minimo is more than maximo", "entradas", index, "minimo")
        if (draft.minimo, draft.maximo) != (None, None) and bare.typed.kind != "number":
            raise self._wrong("only a number has minimo and maximo", "entradas", index)
        limits = draft.valores or (draft.minimo, draft.maximo) != (None, None)
        if draft.permitido is not None and limits:
            raise self._wrong("permitido does not go with valores, minimo or maximo", "entradas", index)
        permitido = None
        if draft.permitido is not None:
            permitido = self._cell(draft.permitido, bare.typed, "entradas", index, "permitido")
        return Input(
            draft.nome, draft.tipo, draft.valores, draft.minimo, draft.maximo, permitido, draft.opcional
        )

    def _check_values(self, kind: str, index: int, values: Sequence[Scalar], column: Input) -> None:
        for at, value in enumerate(values):
            problem = column.problem(value)
            if problem:
                raise self._wrong(f"{plain(value)} is {problem}", kind, index, "valores", at)
            if value in values[:at]:
                raise self._wrong(f"{plain(value)} is there twice", kind, index, "valores", at)

    def _output(self, index: int, draft: DraftOutput) -> Output:
        self._check_values("saidas", index, draft.valores, Input(draft.nome, draft.tipo))
        bare = Output(draft.nome, draft.tipo, draft.valores)
        if draft.padrao is None:
            return bare
        padrao = self._result(draft.padrao, bare, "saidas", index, "padrao")
        if not nodes.is_constant(padrao.expression):
            raise self._wrong("a default is a fixed value", "saidas", index, "padrao")
        return Output(draft.nome, draft.tipo, draft.valores, padrao)

    def _check_policy(self, saidas: Sequence[DraftOutput]) -> None:
        draft = self._draft
        if draft.hit.needs_order and not any(column.valores for column in saidas):
            remedy = "give one output its valores, the most important first"
            raise self._wrong(f"{draft.hit} needs an order of outputs", "hit", remedy=remedy)
        if draft.agregacao is None:
            return
        if draft.agregacao is Aggregation.COUNT and saidas[0].padrao is not None:
            raise self._wrong("COUNT without a match is 0", "saidas", 0, "padrao", remedy="remove padrao")
        if draft.hit is not HitPolicy.COLLECT:
            raise self._wrong("only COLLECT has an agregacao", "agregacao", remedy="hit: COLLECT")
        if len(saidas) > 1:
            raise self._wrong(f"{draft.agregacao} needs a single output", "agregacao")
        if draft.agregacao is not Aggregation.COUNT and saidas[0].tipo != "number":
            raise self._wrong(f"{draft.agregacao} needs an output of numbers", "agregacao")

    def _only_cells(self, index: int, rule: DraftRule) -> None:
        """What can be told of a rule while its columns are not known."""
        draft = self._draft
        for part, cells, columns in (("se", rule.se, draft.entradas), ("entao", rule.entao, draft.saidas)):
            if len(cells) != len(columns):
                problem = f"{len(cells)} cells for {len(columns)} columns"
                raise self._wrong(problem, "regras", index, part, remedy="- accepts any value")

    def _rule(self, entradas: Sequence[Input], saidas: Sequence[Output], index: int, rule: DraftRule) -> Rule:
        self._only_cells(index, rule)
        self._check_text(rule.nota, "regras", index, "nota")
        se = tuple(
            self._cell(text, column.typed, "regras", index, "se", at)
            for at, (text, column) in enumerate(zip(rule.se, entradas, strict=True))
        )
        entao = tuple(
            self._result(text, column, "regras", index, "entao", at)
            for at, (text, column) in enumerate(zip(rule.entao, saidas, strict=True))
        )
        return Rule(se, entao, rule.nota)

    def _cell(self, text: str, column: Typed, *path: str | int) -> Cell:
        try:
            tests = parse_unary_tests(text, self._scope)
            Checker(text, self._scope, column).cell(tests)
        except FeelError as error:
            raise self._wrong(_problem(error), *path, remedy=error.remedy) from None
        return Cell(text.strip() or "-", tests)

    def _result(self, text: str, column: Output, *path: str | int) -> Result:
        try:
            expression = parse_expression(text, self._scope)
            typed = Checker(text, self._scope).expression(expression)
        except FeelError as error:
            raise self._wrong(_problem(error), *path, remedy=error.remedy) from None
        if typed.kind not in (column.tipo, "null"):
            raise self._wrong(f"{column.nome} is a {column.tipo}, and this is a {typed.kind}", *path)
        if column.valores:
            self._check_allowed(expression, column, *path)
        return Result(text.strip(), expression)

    def _check_allowed(self, expression: nodes.Expression, column: Output, *path: str | int) -> None:
        for leaf in leaves(expression):
            if not nodes.is_constant(leaf):
                remedy = "write values, or an if between them"
                raise self._wrong(f"{column.nome} has valores, and this is computed", *path, remedy=remedy)
            value = constant(leaf)
            if value is not None and value not in column.valores:
                known = ", ".join(plain(one) for one in column.valores[:10])
                raise self._wrong(f"{leaf_text(value)} is not one of {column.nome}'s valores: {known}", *path)


def present(found: Iterable[Found | None]) -> list[Found]:
    """Those that could be read."""
    return [one for one in found if one is not None]


def leaves(expression: nodes.Expression) -> Iterable[nodes.Expression]:
    """The expressions that a chain of `if` chooses from."""
    if isinstance(expression, nodes.Conditional):
        yield from leaves(expression.chosen)
        yield from leaves(expression.otherwise)
    else:
        yield expression


def leaf_text(value: object) -> str:
    """A constant for a message."""
    return plain(value) if isinstance(value, str | Decimal | bool) else str(value)


def _problem(error: FeelError) -> str:
    """The error without its remedy, which goes where remedies go."""
    bare = FeelError(error.problem, error.text, error.position)
    return str(bare)
