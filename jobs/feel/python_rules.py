"""Writes the rules of a table as the body of one Python function, by its hit policy.

Where the analysis has proved that at most one rule can decide, the rules are a chain of `if … return`;
where it has also proved that one always does, the last needs no condition. Otherwise the matches are
collected and then judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from jobs.feel.analysis import Analysis
from jobs.feel.decide import fixed_rank
from jobs.feel.python_expression import (
    AND,
    LAMBDA,
    Code,
    ExpressionWriter,
    Names,
    python_text,
    python_tuple,
)
from jobs.feel.table import Aggregation, HitPolicy, Output, Rule, Table

WIDTH = 100
_COMMENT = 90


@dataclass(frozen=True)
class RuleCode:
    """One rule as Python: its number from 1, its condition (None: always), its outputs, its words."""

    number: int
    condition: list[str] | None
    outputs: list[Code]
    comment: str


class RuleWriter:
    """The body of the function that applies the rules of `table`."""

    def __init__(self, table: Table, analysis: Analysis, names: Names) -> None:
        self._table, self._analysis, self._names = table, analysis, names
        rules = [self._rule(index, rule) for index, rule in enumerate(table.regras)]
        ranks = [fixed_rank(table, index) for index in range(len(rules))]
        self._ranked = table.hit.needs_order and all(rank is not None for rank in ranks)
        if self._ranked:
            rules = [rules[index] for _, index in sorted(zip(ranks, range(len(rules)), strict=True))]
        self._rules = rules

    @property
    def sorts(self) -> bool:
        """Whether the results have to be put in the order of outputs when they are known."""
        return self._table.hit.needs_order and not self._ranked

    @property
    def outputs_nullable(self) -> list[bool]:
        """For each output whether a rule, or the default, can make it None."""
        if self._table.agregacao is Aggregation.COUNT:
            return [False]
        rows = [rule.outputs for rule in self._rules]
        if self._table.has_default:
            rows.append(self._default_codes())
        return [any(code.nullable for code in column) for column in zip(*rows, strict=True)]

    def body(self) -> list[str]:
        """The lines of the body."""
        if self._one_decides():
            return list(self._chain())
        if self._table.agregacao is Aggregation.COUNT:
            return list(self._counted())
        if self._table.agregacao is not None:
            return list(self._aggregated(self._table.agregacao))
        return list(self._collected())

    def _one_decides(self) -> bool:
        hit = self._table.hit
        if hit in (HitPolicy.UNIQUE, HitPolicy.ANY):
            return self._analysis.complete and not self._analysis.overlaps
        return hit is HitPolicy.FIRST or (hit is HitPolicy.PRIORITY and self._ranked)

    def _rule(self, index: int, rule: Rule) -> RuleCode:
        parts = []
        for column, cell in zip(self._table.entradas, rule.se, strict=True):
            if not cell.tests.any_value:
                parts.append(ExpressionWriter(self._names, column.nome).cell(cell.tests))
        writer = ExpressionWriter(self._names)
        outputs = [writer.value(result.expression) for result in rule.entao]
        condition = [part.at(AND if len(parts) > 1 else LAMBDA) for part in parts]
        comment = " | ".join(cell.text for cell in rule.se) + (f" ({rule.nota})" if rule.nota else "")
        return RuleCode(index + 1, condition or None, outputs, comment_text(f"Rule {index + 1}: {comment}"))

    # One rule decides

    def _chain(self) -> Iterator[str]:
        certain = self._analysis.complete and not self._analysis.gaps
        for rule in self._rules:
            yield f"# {rule.comment}"
            if rule.condition is None or (certain and rule is self._rules[-1]):
                yield from _statement("return ", self._dictionary(rule.outputs))
                return
            yield from _if(rule.condition)
            yield from _indented(_statement("return ", self._dictionary(rule.outputs)))
        yield from self._no_match()

    def _no_match(self) -> Iterator[str]:
        if self._table.has_default:
            yield from _statement("return ", self._dictionary(self._default_codes()))
        else:
            yield 'raise SemRegra("no rule matches these inputs")'

    def _default_codes(self) -> list[Code]:
        writer = ExpressionWriter(self._names)
        none = Code("None", nullable=True)
        return [writer.value(one.padrao.expression) if one.padrao else none for one in self._table.saidas]

    def _dictionary(self, outputs: Sequence[Code]) -> list[str]:
        """The outputs as a dict, an item a line."""
        pairs = zip(self._table.saidas, outputs, strict=True)
        return [f"{python_text(column.nome)}: {code.at(LAMBDA)}" for column, code in pairs]

    # Several may match

    def _each(self, body: Callable[[RuleCode], Sequence[str]]) -> Iterator[str]:
        """What to do for each rule, under its condition."""
        for rule in self._rules:
            yield f"# {rule.comment}"
            if rule.condition is None:
                yield from body(rule)
            else:
                yield from _if(rule.condition)
                yield from _indented(body(rule))

    def _append(self, rule: RuleCode) -> list[str]:
        return _statement("achados.append(", self._dictionary(rule.outputs), ")")

    def _collected(self) -> Iterator[str]:
        yield "achados: list[Saidas] = []"
        yield from self._each(self._append)
        if self._table.hit is HitPolicy.UNIQUE:
            yield from _conflict("len(achados) > 1")
        if self._table.hit is HitPolicy.ANY:
            yield from _conflict("any(achado != achados[0] for achado in achados)")
        yield from self._without_hits("achados")
        ordered = "sorted(achados, key=_order)" if self.sorts else "achados"
        yield f"return {ordered}[0]" if self._table.hit.single else f"return {ordered}"

    def _without_hits(self, collected: str) -> Iterator[str]:
        needs_result = self._table.hit.single or self._table.agregacao is not None
        if needs_result or self._table.has_default:
            yield f"if not {collected}:"
            lines = list(self._no_match())
            if not needs_result:
                lines = _statement("return [", self._dictionary(self._default_codes()), "]")
            yield from _indented(lines)

    def _counted(self) -> Iterator[str]:
        yield "contagem = 0"
        yield from self._each(lambda _: ["contagem += 1"])
        yield from _statement("return ", self._single("Decimal(contagem)"))

    def _aggregated(self, aggregation: Aggregation) -> Iterator[str]:
        nullable, values = self.outputs_nullable[0], "valores"
        yield f"valores: list[Decimal{' | None' if nullable else ''}] = []"
        yield from self._each(lambda rule: [f"valores.append({rule.outputs[0].text})"])
        yield from self._without_hits("valores")
        if nullable:
            values = "conhecidos"
            yield "conhecidos = [valor for valor in valores if valor is not None]"
            yield "if len(conhecidos) < len(valores):"
            yield from _indented(_statement("return ", self._single("None")))
        total = f"sum({values}, Decimal(0))"
        joined = total if aggregation is Aggregation.SUM else f"{aggregation.lower()}({values})"
        yield from _statement("return ", self._single(joined))

    def _single(self, code: str) -> list[str]:
        return [f"{python_text(self._table.saidas[0].nome)}: {code}"]


def order_key(table: Table) -> list[str]:
    """The function that puts results in the order of the outputs' allowed values."""
    ordered = [column for column in table.saidas if column.valores]
    lines = ["def _order(saidas: Saidas) -> tuple[int, ...]:"]
    lines.append('    """Where a result stands by the order of the allowed values, null last."""')
    lines.append("    return (")
    lines += [f"        _place(saidas[{python_text(one.nome)}], {_order_values(one)})," for one in ordered]
    return [*lines, "    )"]


PLACE = '''
def _place(value: object, order: tuple[object, ...]) -> int:
    """The index of a value in its order; behind all others where it is none of them."""
    return order.index(value) if value in order else len(order)
'''


def _order_values(column: Output) -> str:
    writer = ExpressionWriter(Names({}, {}))
    return python_tuple([writer.literal(value).text for value in column.valores])


def comment_text(text: str) -> str:
    """A text that is safe in a comment or docstring: one printable line without quotes that end it."""
    line = (
        "".join(char if char.isprintable() else " " for char in text).replace("\\", "/").replace('"""', "'''")
    )
    return line if len(line) <= _COMMENT else line[: _COMMENT - 1] + "…"


def _if(parts: Sequence[str]) -> Iterator[str]:
    line = f"if {' and '.join(parts)}:"
    if len(line) <= WIDTH - 4 or len(parts) == 1:
        yield line
        return
    yield "if ("
    yield f"    {parts[0]}"
    yield from (f"    and {part}" for part in parts[1:])
    yield "):"


def _statement(before: str, items: Sequence[str], after: str = "") -> list[str]:
    """`before {items} after`, on one line where it fits."""
    line = f"{before}{{{', '.join(items)}}}{after}"
    if len(line) <= WIDTH - 8:
        return [line]
    return [f"{before}{{", *(f"    {item}," for item in items), f"}}{after}"]


def broken(before: str, items: Sequence[str], after: str) -> list[str]:
    """`before` items `after`, an item a line where they don't fit on one."""
    line = f"{before}{', '.join(items)}{',' if len(items) == 1 and before.endswith('= (') else ''}{after}"
    if len(line) <= WIDTH - 8:
        return [line]
    return [before, *(f"    {item}," for item in items), after]


def _indented(lines: Sequence[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def _conflict(condition: str) -> Iterator[str]:
    yield f"if {condition}:"
    yield '    raise RegrasEmConflito("rules match together that the hit policy keeps apart")'
