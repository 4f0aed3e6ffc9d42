"""Reads the decision tables of a DMN file (1.1 to 1.5); any other kind of decision is refused by its name.

Each table stands alone: its inputs are handed in, also those that another decision of the file would compute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from jobs.feel import nodes
from jobs.feel.build import Draft, DraftInput, DraftOutput, DraftRule, YamlPath, build
from jobs.feel.checker import constant
from jobs.feel.dmn import NAMESPACES, OWN_NAMESPACE
from jobs.feel.errors import DecisionError, FeelError
from jobs.feel.nodes import Scalar
from jobs.feel.parser import parse_unary_tests
from jobs.feel.table import Aggregation, HitPolicy, InputType, Table
from jobs.feel.xmltree import Element, read_xml
from store.errors import WrongInput
from store.yamlfile import path_text

_EXPRESSIONS = (
    "literalExpression",
    "context",
    "invocation",
    "relation",
    "list",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "every",
    "some",
)
_TYPES: dict[str, InputType] = {
    "number": "number",
    "double": "number",
    "long": "integer",
    "integer": "integer",
    "string": "string",
    "boolean": "boolean",
}
_WORDS = re.compile(r"[^\W\d]\w*(?:\s\w+)*")
_AGGREGATIONS = {one.value: one for one in Aggregation}
_POLICIES = {one.value: one for one in HitPolicy}


def tables_from_dmn(data: bytes, file: str = "") -> list[Table]:
    """The tables of a DMN file, in its order; raises WrongInput with file and line."""
    root = read_xml(data, file)
    if root.name != "definitions" or root.namespace not in NAMESPACES:
        known = ", ".join(NAMESPACES.values())
        raise WrongInput("not DMN", file=file, line=root.line, remedy=f"definitions of DMN {known}")
    model = _Model(root, file)
    tables = [build(_TableReader(model, decision, table).draft()) for decision, table in model.tables()]
    if not tables:
        raise WrongInput("no decision table in the file", file=file, line=root.line)
    return tables


@dataclass(frozen=True)
class _Allowed:
    """A column's type with what is allowed in it."""

    tipo: InputType
    values: str = ""


@dataclass
class _Lines:
    """The draft's source: paths of the table and the lines where they are."""

    file: str
    table: str
    lines: dict[YamlPath, int] = field(default_factory=dict)

    def error(self, path: YamlPath, problem: str, remedy: str = "") -> WrongInput:
        line = next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), 0)
        where = f"{self.table}.{path_text(path)}" if path else self.table
        return WrongInput(problem, file=self.file, line=line, path=where, remedy=remedy)


class _Model:
    """The file: its types, its declared names, its decisions."""

    def __init__(self, root: Element, file: str) -> None:
        self.file = file
        self._root = root
        self._types = {one.attributes.get("name", ""): one for one in root.all("itemDefinition")}
        drawn = list(root.all("inputData", "decision"))
        self.declared = {one.attributes.get("name", ""): one for one in drawn}
        self._check_language(root)

    def tables(self) -> Iterator[tuple[Element, Element]]:
        """Every decision with its table; raises WrongInput at anything that is no table."""
        for model in self._root.all("businessKnowledgeModel"):
            raise self._refused(model, "a businessKnowledgeModel")
        for decision in self._root.all("decision"):
            for other in decision.all(*_EXPRESSIONS):
                raise self._refused(decision, f"a {other.name}", other.line)
            table = decision.first("decisionTable")
            if table is None:
                raise self._refused(decision, "without any logic")
            for element in _below(table):
                self._check_language(element)
            yield decision, table

    def _refused(self, element: Element, what: str, line: int = 0) -> WrongInput:
        name = element.attributes.get("name", "")
        remedy = "only decision tables can be built"
        return WrongInput(
            f"decision {name} is {what}", file=self.file, line=line or element.line, remedy=remedy
        )

    def _check_language(self, element: Element) -> None:
        language = element.attributes.get("expressionLanguage", "")
        if language and "feel" not in language.lower():
            problem = f"the expression language {language[:80]} is not FEEL"
            raise WrongInput(problem, file=self.file, line=element.line, remedy="write it in FEEL")

    def resolve(self, reference: str, line: int, *, listed: bool = False) -> _Allowed | None:
        """A type reference as one of our types; None where it says nothing.

        With `listed` the type of a list stands for that of its items: a multiple hit gives a list.
        """
        values, seen = "", set()
        name = reference.rpartition(":")[2].strip()
        while name and name.lower() not in _TYPES and name in self._types and name not in seen:
            seen.add(name)
            definition = self._types[name]
            collection = definition.attributes.get("isCollection") == "true"
            if definition.first("itemComponent") or (collection and not listed):
                raise self._unusable(reference, line)
            values = values or _text_of(definition.first("allowedValues"))
            name = _child_text(definition, "typeRef").rpartition(":")[2].strip()
        if not name or name == "Any":
            return None
        if name.lower() not in _TYPES:
            raise self._unusable(reference, line)
        return _Allowed(_TYPES[name.lower()], values)

    def _unusable(self, reference: str, line: int) -> WrongInput:
        remedy = "number, integer, string or boolean"
        return WrongInput(f"no table can use the type {reference}", file=self.file, line=line, remedy=remedy)

    def type_of_name(self, name: str) -> str:
        """The type reference of a declared input or decision."""
        drawn = self.declared.get(name)
        variable = drawn.first("variable") if drawn else None
        return variable.attributes.get("typeRef", "") if variable else ""


class _TableReader:
    """One decision's table as a draft."""

    def __init__(self, model: _Model, decision: Element, table: Element) -> None:
        self._model, self._decision, self._table = model, decision, table
        self._name = _spaced(decision.attributes.get("name", "")) or "tabela"
        self._source = _Lines(model.file, self._name, {(): table.line})
        self._rules = list(table.all("rule"))

    def draft(self) -> Draft:
        inputs, outputs = list(self._table.all("input")), list(self._table.all("output"))
        return Draft(
            nome=self._name,
            entradas=[self._input(index, one) for index, one in enumerate(inputs)],
            saidas=[self._output(index, one, len(outputs)) for index, one in enumerate(outputs)],
            regras=[self._rule(index, one) for index, one in enumerate(self._rules)],
            hit=self._policy(),
            agregacao=self._aggregation(),
            source=self._source,
        )

    def _wrong(self, element: Element, problem: str, remedy: str = "") -> WrongInput:
        return WrongInput(problem, file=self._model.file, line=element.line, path=self._name, remedy=remedy)

    def _policy(self) -> HitPolicy:
        written = self._table.attributes.get("hitPolicy", "UNIQUE")
        if written not in _POLICIES:
            raise self._wrong(self._table, f"{written} is no hit policy", f"one of {', '.join(_POLICIES)}")
        return _POLICIES[written]

    def _aggregation(self) -> Aggregation | None:
        written = self._table.attributes.get("aggregation")
        if written is None:
            return None
        if written not in _AGGREGATIONS:
            raise self._wrong(
                self._table, f"{written} is no aggregation", f"one of {', '.join(_AGGREGATIONS)}"
            )
        return _AGGREGATIONS[written]

    def _input(self, index: int, element: Element) -> DraftInput:
        self._source.lines["entradas", index] = element.line
        expression = element.first("inputExpression")
        name = _spaced(_text_of(expression))
        if name not in self._model.declared and not _WORDS.fullmatch(name):
            remedy = "make what it computes an input of its own"
            raise self._wrong(element, f"the input {name[:60]!r} is not the name of an input", remedy)
        typed = self._input_type(element, expression, name, index)
        allowed = _text_of(element.first("inputValues")) or typed.values
        limits = self._limits(element, allowed)
        optional = limits.optional or element.foreign.get((OWN_NAMESPACE, "opcional")) == "true"
        return DraftInput(
            nome=name,
            tipo=typed.tipo,
            valores=() if typed.tipo == "boolean" and len(limits.values) == 2 else limits.values,
            minimo=limits.low,
            maximo=limits.high,
            permitido=limits.test,
            opcional=optional or self._tests_null(index),
        )

    def _input_type(self, element: Element, expression: Element | None, name: str, index: int) -> _Allowed:
        references = [
            expression.attributes.get("typeRef", "") if expression else "",
            self._model.type_of_name(name),
        ]
        for reference in references:
            if found := self._model.resolve(reference, element.line):
                return found
        guessed = _guess([_text_of(cell) for cell in self._column("inputEntry", index)])
        if guessed is None:
            raise self._wrong(element, f"the input {name} has no type", "give its inputExpression a typeRef")
        return _Allowed(guessed)

    def _column(self, kind: str, index: int) -> Iterator[Element]:
        for rule in self._rules:
            cells = list(rule.all(kind))
            if index < len(cells):
                yield cells[index]

    def _tests_null(self, index: int) -> bool:
        return any(
            re.search(r"\bnull\b", _outside_quotes(_text_of(cell)))
            for cell in self._column("inputEntry", index)
        )

    def _output(self, index: int, element: Element, count: int) -> DraftOutput:
        self._source.lines["saidas", index] = element.line
        own_name = _spaced(element.attributes.get("name", ""))
        default = _text_of(element.first("defaultOutputEntry"))
        typed = self._output_type(index, element, count)
        allowed = _text_of(element.first("outputValues")) or typed.values
        limits = self._limits(element, allowed)
        if limits.test or limits.low is not None or limits.high is not None:
            raise self._wrong(element, "outputValues other than a list of values", "list the values")
        return DraftOutput(
            nome=own_name or (self._name if count == 1 else ""),
            tipo="number" if typed.tipo == "integer" else typed.tipo,
            valores=limits.values,
            padrao=default or None,
        )

    def _output_type(self, index: int, element: Element, count: int) -> _Allowed:
        references = [element.attributes.get("typeRef", "")]
        if count == 1:
            references.append(self._model.type_of_name(self._decision.attributes.get("name", "")))
            references.append(self._table.attributes.get("typeRef", ""))
        for reference in references:
            if found := self._model.resolve(reference, element.line, listed=not self._policy().single):
                return found
        guessed = _guess([_text_of(cell) for cell in self._column("outputEntry", index)])
        if guessed is None:
            raise self._wrong(element, "an output has no type", "give it a typeRef")
        return _Allowed(guessed)

    def _rule(self, index: int, element: Element) -> DraftRule:
        self._source.lines["regras", index] = element.line
        cells: dict[str, tuple[str, ...]] = {}
        for part, kind, empty in (("se", "inputEntry", "-"), ("entao", "outputEntry", "null")):
            entries = list(element.all(kind))
            for at, entry in enumerate(entries):
                self._source.lines["regras", index, part, at] = entry.line
            cells[part] = tuple(_text_of(entry) or empty for entry in entries)
        return DraftRule(cells["se"], cells["entao"], _child_text(element, "description"))

    def _limits(self, element: Element, allowed: str) -> _Limits:
        if not allowed:
            return _Limits()
        try:
            return _limits_of(allowed, parse_unary_tests(allowed))
        except (FeelError, DecisionError) as error:
            raise self._wrong(element, str(error)) from None


@dataclass(frozen=True)
class _Limits:
    """What inputValues say: values, ends that belong to it, or another test; and whether null is allowed."""

    values: tuple[Scalar, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    test: str | None = None
    optional: bool = False


def _limits_of(text: str, tests: nodes.UnaryTests) -> _Limits:
    if tests.any_value:
        return _Limits()
    values = [_value_of(test) for test in tests.tests]
    if not tests.negated and all(found is not None for found in values):
        plain_values = [value for found in values if found is not None for value in found]
        given = tuple(value for value in plain_values if value is not None)
        return _Limits(values=given, optional=len(given) < len(plain_values))
    if not tests.negated and len(tests.tests) == 1 and (ends := _ends_of(tests.tests[0])):
        return _Limits(low=ends[0], high=ends[1])
    return _Limits(test=text)


def _value_of(test: nodes.Test) -> tuple[Scalar] | None:
    """The one value that a test accepts, in a tuple since it may be null."""
    if isinstance(test, nodes.CompareTest) and test.operator == "=" and nodes.is_constant(test.operand):
        value = constant(test.operand)
        if not isinstance(value, tuple):
            return (value,)
    return None


def _ends_of(test: nodes.Test) -> tuple[Decimal | None, Decimal | None] | None:
    """The ends, both included, that a test gives to a number."""
    if isinstance(test, nodes.IntervalTest) and test.low_closed and test.high_closed:
        low, high = constant(test.low), constant(test.high)
        return (low, high) if isinstance(low, Decimal) and isinstance(high, Decimal) else None
    if isinstance(test, nodes.CompareTest) and test.operator in (">=", "<="):
        end = constant(test.operand)
        if isinstance(end, Decimal):
            return (end, None) if test.operator == ">=" else (None, end)
    return None


def _guess(cells: list[str]) -> InputType | None:
    """The type of a column that declares none, by what its cells compare with."""
    written = " ".join(cells)
    if '"' in written:
        return "string"
    if re.search(r"\b(?:true|false)\b", written):
        return "boolean"
    return "number" if re.search(r"\d", written) else None


def _outside_quotes(text: str) -> str:
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _child_text(element: Element, name: str) -> str:
    child = element.first(name)
    return child.text.strip() if child else ""


def _text_of(element: Element | None) -> str:
    """The FEEL text inside an element's `text` child."""
    return _child_text(element, "text") if element else ""


def _below(element: Element) -> Iterator[Element]:
    waiting = [element]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(current.children)
