"""Compiles a decision table to one Python module without dependencies that decides as the evaluator does."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from jobs.feel.analysis import Analysis, analyse
from jobs.feel.python_expression import LAMBDA, SUM, ExpressionWriter, Names, python_text, python_tuple
from jobs.feel.python_helpers import HELPERS, helper_sources, imports_for
from jobs.feel.python_rules import PLACE, WIDTH, RuleWriter, broken, comment_text, order_key
from jobs.feel.table import Aggregation, Input, Table

_PYTHON_TYPES = {"number": "Decimal", "integer": "Decimal", "string": "str", "boolean": "bool"}
_READERS = {"number": "_number", "integer": "_number", "string": "_text", "boolean": "_boolean"}
_RESERVED = frozenset(
    {
        *("abs", "any", "bool", "dict", "float", "int", "isinstance", "len", "list", "max", "min", "object"),
        *("sorted", "str", "sum", "tuple", "operator", "entradas", "nome", "achados", "valores", "contagem"),
        *("conhecidos", "valor", "saidas", "decidir", "localcontext", "value", "values"),
    }
)

_ERRORS = '''
class EntradaInvalida(ValueError):
    """An input is missing or not allowed; `campo` names it."""

    def __init__(self, campo: str, problema: str) -> None:
        super().__init__(f"{campo}: {problema}")
        self.campo = campo


class SemRegra(ValueError):
    """No rule applies to the inputs."""
'''
_CONFLICT = '''

class RegrasEmConflito(ValueError):
    """Rules apply together that the hit policy keeps apart."""
'''
_CONTEXT = """

# FEEL's numbers are IEEE 754 decimal128.
_CONTEXT = Context(
    prec=34, Emin=-6143, Emax=6144, traps=[InvalidOperation, DivisionByZero, Overflow]
)
"""


def compile_table(table: Table, version: str = "", analysis: Analysis | None = None) -> str:
    """The source of a module with `decidir(entradas)`; the same text for the same table and version.

    `version` says, for its docstring, what it was made from. Arithmetic that leaves FEEL's range raises
    ArithmeticError there, where `evaluate` raises OutOfRange.
    """
    return _Module(table, version, analysis or analyse(table)).source()


def variable_names(table: Table) -> dict[str, str]:
    """A distinct Python variable for each input."""
    found: dict[str, str] = {}
    for column in table.entradas:
        plain = unicodedata.normalize("NFKD", column.nome).encode("ascii", "ignore").decode()
        name = re.sub(r"\W+", "_", plain).strip("_").lower() or "entrada"
        if name[0].isdigit():
            name = f"entrada_{name}"
        # Names like v1 and a0 are those of generated lambdas.
        if name in _RESERVED or keyword.iskeyword(name) or re.fullmatch(r"[av]\d+", name):
            name += "_"
        while name in found.values():
            name += "_"
        found[column.nome] = name
    return found


class _Module:
    def __init__(self, table: Table, version: str, analysis: Analysis) -> None:
        self._table, self._version = table, version
        self._variables = variable_names(table)
        self._names = Names(self._variables, table.scope)
        self._writer = RuleWriter(table, analysis, self._names)

    def source(self) -> str:
        """The module's text: what it defines decides what it imports and which helpers it carries."""
        rules, decide = "\n".join(self._rules()), "\n".join(self._decide())
        needed = {name for name in HELPERS if name in self._names.helpers or f"{name}(" in decide}
        if "_number" in needed:
            needed.add("_check")
        conflict = _CONFLICT if "RegrasEmConflito" in rules else ""
        parts = [_ERRORS + conflict + _CONTEXT + self._outputs(), decide, rules]
        if self._writer.sorts:
            parts += [PLACE.strip(), "\n".join(order_key(self._table))]
        code = "\n\n\n".join([*parts, *helper_sources(needed)]) + "\n"
        return f"{self._docstring()}\n\n{imports_for(code, self._names.helpers)}\n\n{code}"

    def _docstring(self) -> str:
        aggregation = f" {self._table.agregacao}" if self._table.agregacao else ""
        name = comment_text(self._table.nome)
        lines = [f'"""Decision table {name}: hit policy {self._table.hit}{aggregation}.']
        lines.append("")
        if self._version:
            lines.append(f"Made from {comment_text(self._version)}.")
        return "\n".join([*lines, "The table is the source: change it, not this file.", '"""'])

    def _outputs(self) -> str:
        pairs = zip(self._table.saidas, self._writer.outputs_nullable, strict=True)
        count = self._table.agregacao is Aggregation.COUNT
        items = []
        for column, nullable in pairs:
            tipo = self._output_type("number" if count else column.tipo, nullable)
            items.append(f"{python_text(column.nome)}: {tipo}")
        line = f'Saidas = TypedDict("Saidas", {{{", ".join(items)}}})'
        if len(line) > WIDTH:
            listed = "".join(f"        {item},\n" for item in items)
            line = f'Saidas = TypedDict(\n    "Saidas",\n    {{\n{listed}    }},\n)'
        known = broken("_ENTRADAS = (", [python_text(one.nome) for one in self._table.entradas], ")")
        return "\n".join([f"\n{line}", *known])

    def _output_type(self, tipo: str, nullable: bool) -> str:
        return f"{_PYTHON_TYPES[tipo]} | None" if nullable else _PYTHON_TYPES[tipo]

    @property
    def _returns(self) -> str:
        single = self._table.hit.single or self._table.agregacao is not None
        return "Saidas" if single else "list[Saidas]"

    # Reading the inputs

    def _decide(self) -> Iterator[str]:
        yield f"def decidir(entradas: Mapping[str, object]) -> {self._returns}:"
        yield '    """Decide for inputs by name.'
        yield ""
        for column in self._table.entradas:
            yield f"    {comment_text(f'{column.nome}: {column.described}')}"
        yield ""
        yield "    Numbers may be int, float or Decimal; results are Decimal. Raises EntradaInvalida for an"
        yield "    input that is not allowed, SemRegra where no rule applies."
        yield '    """'
        for column in self._table.entradas:
            yield from (f"    {line}" for line in self._read(column))
        yield "    for nome in entradas:"
        yield '        _check(nome in _ENTRADAS, nome, "the table has no such input")'
        yield "    with localcontext(_CONTEXT):"
        call = broken("return _apply(", [*self._variables.values()], ")")
        yield from (f"        {line}" for line in call)

    def _read(self, column: Input) -> Iterator[str]:
        variable, name = self._variables[column.nome], python_text(column.nome)
        read = f"{_READERS[column.tipo]}(entradas, {name})"
        if column.opcional:
            read = f"None if entradas.get({name}) is None else {read}"
        yield f"{variable} = {read}"
        absent = f"{variable} is None or " if column.opcional else ""
        for condition, problem in self._checks(column, variable):
            yield f"_check({absent}{condition}, {name}, {python_text(problem)})"

    def _checks(self, column: Input, variable: str) -> Iterator[tuple[str, str]]:
        """What an input's value has to fulfil, and what it is when it doesn't."""
        writer = ExpressionWriter(self._names, column.nome)
        if column.tipo == "integer":
            yield f"{variable} == {variable}.to_integral_value()", "not a whole number"
        if column.valores:
            allowed = python_tuple([writer.literal(value).text for value in column.valores])
            yield f"{variable} in {allowed}", "not one of the allowed values"
        for end, sign, problem in ((column.minimo, ">=", "too small"), (column.maximo, "<=", "too large")):
            if isinstance(end, Decimal):
                yield f"{variable} {sign} {writer.literal(end).text}", problem
        if column.permitido is not None:
            test = writer.cell(column.permitido.tests)
            yield test.at(SUM if column.opcional else LAMBDA), "not allowed"

    # Applying the rules

    def _rules(self) -> Iterator[str]:
        parameters = [
            f"{self._variables[column.nome]}: {self._output_type(column.tipo, column.opcional)}"
            for column in self._table.entradas
        ]
        yield from broken("def _apply(", parameters, f") -> {self._returns}:")
        yield '    """The rules, in order."""'
        yield from (f"    {line}" for line in self._writer.body())
