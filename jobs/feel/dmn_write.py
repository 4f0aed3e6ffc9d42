"""Writes a table as DMN 1.3 XML: the same bytes for the same table, valid by the schema."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from jobs.feel.dmn import DMN_1_3, FEEL_1_3, OWN_NAMESPACE
from jobs.feel.table import Input, Output, Rule, Table, plain


def table_to_dmn(table: Table) -> bytes:
    """The table as one decision of a DMN 1.3 file, in UTF-8."""
    return ("\n".join(_file(table)) + "\n").encode()


def _file(table: Table) -> Iterator[str]:
    optional = any(column.opcional for column in table.entradas)
    own = f' xmlns:oficina="{OWN_NAMESPACE}"' if optional else ""
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<definitions xmlns="{DMN_1_3}"{own} id="definitions" name={_attribute(table.nome)}'
    yield f'    namespace="{OWN_NAMESPACE}" expressionLanguage="{FEEL_1_3}">'
    if any(column.tipo == "integer" for column in table.entradas):
        yield '  <itemDefinition id="integer" name="integer"><typeRef>number</typeRef></itemDefinition>'
    yield from (f"  {line}" for line in _decision(table))
    for index, column in enumerate(table.entradas, 1):
        name = _attribute(column.nome)
        yield f'  <inputData id="data_{index}" name={name}>'
        yield f'    <variable id="data_variable_{index}" name={name} typeRef="{column.tipo}"/>'
        yield "  </inputData>"
    yield "</definitions>"


def _decision(table: Table) -> Iterator[str]:
    name = _attribute(table.nome)
    yield f'<decision id="decision" name={name}>'
    yield f'  <variable id="variable" name={name}/>'
    for index, _ in enumerate(table.entradas, 1):
        yield f'  <informationRequirement id="requirement_{index}">'
        yield f'    <requiredInput href="#data_{index}"/>'
        yield "  </informationRequirement>"
    yield from (f"  {line}" for line in _table(table))
    yield "</decision>"


def _table(table: Table) -> Iterator[str]:
    aggregation = f' aggregation="{table.agregacao}"' if table.agregacao else ""
    label = f"outputLabel={_attribute(table.nome)}"
    yield f'<decisionTable id="table" hitPolicy="{table.hit}"{aggregation} {label}>'
    for index, column in enumerate(table.entradas, 1):
        yield from (f"  {line}" for line in _input(index, column))
    for index, output in enumerate(table.saidas, 1):
        yield from (f"  {line}" for line in _output(index, output))
    for index, rule in enumerate(table.regras, 1):
        yield from (f"  {line}" for line in _rule(index, rule))
    yield "</decisionTable>"


def _input(index: int, column: Input) -> Iterator[str]:
    optional = ' oficina:opcional="true"' if column.opcional else ""
    yield f'<input id="input_{index}" label={_attribute(column.nome)}{optional}>'
    yield f'  <inputExpression id="expression_{index}" typeRef="{column.tipo}">'
    yield f"    <text>{_text(column.nome)}</text>"
    yield "  </inputExpression>"
    allowed = _allowed(column)
    if allowed:
        yield f'  <inputValues id="values_{index}"><text>{_text(allowed)}</text></inputValues>'
    yield "</input>"


def _allowed(column: Input) -> str:
    """What an input allows, as a FEEL unary test; empty where the type is all there is."""
    if column.valores:
        return ", ".join(plain(value) for value in column.valores)
    if column.permitido is not None:
        return column.permitido.text
    if column.minimo is None:
        return f"<= {plain(column.maximo)}" if column.maximo is not None else ""
    if column.maximo is None:
        return f">= {plain(column.minimo)}"
    return f"[{plain(column.minimo)}..{plain(column.maximo)}]"


def _output(index: int, column: Output) -> Iterator[str]:
    yield f'<output id="output_{index}" name={_attribute(column.nome)} typeRef="{column.tipo}">'
    if column.valores:
        allowed = ", ".join(plain(value) for value in column.valores)
        yield f'  <outputValues id="output_values_{index}"><text>{_text(allowed)}</text></outputValues>'
    if column.padrao is not None:
        default = _text(column.padrao.text)
        yield f'  <defaultOutputEntry id="default_{index}"><text>{default}</text></defaultOutputEntry>'
    yield "</output>"


def _rule(index: int, rule: Rule) -> Iterator[str]:
    yield f'<rule id="rule_{index}">'
    if rule.nota:
        yield f"  <description>{_text(rule.nota)}</description>"
    for at, cell in enumerate(rule.se, 1):
        yield f'  <inputEntry id="rule_{index}_if_{at}"><text>{_text(cell.text)}</text></inputEntry>'
    for at, result in enumerate(rule.entao, 1):
        yield f'  <outputEntry id="rule_{index}_then_{at}"><text>{_text(result.text)}</text></outputEntry>'
    yield "</rule>"


def _text(text: str) -> str:
    return escape(text, {"\r": "&#13;"})


def _attribute(text: str) -> str:
    return quoteattr(text)
