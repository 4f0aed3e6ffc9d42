"""Decision tables of a spec: read through `jobs.feel`, checked for what their hit policy forbids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from jobs.feel.analysis import Gap, analyse
from jobs.feel.decide import to_scalar
from jobs.feel.dmn_read import tables_from_dmn
from jobs.feel.table import Input, Output, Table, plain
from jobs.feel.table_yaml import read_table_yaml
from jobs.fields import Fields, YamlPath, kind, visible
from jobs.specs.model import Vertente
from store.errors import WrongInput
from store.yamlfile import YamlDoc, did_you_mean

SHOWN = 3
"""Overlaps and dead rules that are named each."""

GAP_REMEDY = "add a rule, or narrow the inputs with valores, min and max"
OVERLAP_REMEDY = "correct their conditions, or choose the hit policy FIRST"
DEAD_REMEDY = "remove the rule, or correct its conditions"


def read_table(
    data: Any, doc: YamlDoc, path: YamlPath, nome: str, problems: list[WrongInput]
) -> Table | None:
    """The table that stands at `path`, or None with everything that is wrong in `problems`."""
    table, wrong = read_table_yaml(data, doc, path=path, nome=nome)
    problems += wrong
    return table


def read_dmn(content: bytes, arquivo: str, fields: Fields) -> Table | None:
    """The decision table of a DMN file: its only one, or that of `decisao`; None when noted as wrong."""
    tables = {table.nome: table for table in tables_from_dmn(content, arquivo)}
    wanted = fields.text("decisao")
    if wanted in tables:
        return tables[wanted]
    if wanted:
        fields.note("decisao", f"no such decision: {visible(wanted)}", did_you_mean(wanted, tables))
        return None
    if len(tables) > 1:
        fields.missing("decisao", f"the file has several; name one of {', '.join(sorted(tables))}")
        return None
    return next(iter(tables.values()))


def check_table(vertente: Vertente) -> list[WrongInput]:
    """Gaps, forbidden overlaps and dead rules of a table, each named with inputs."""
    assert vertente.tabela is not None
    found = analyse(vertente.tabela)
    path = (*vertente.doc_path, "regras")
    problems = []
    if found.gaps and not found.gaps_allowed:
        problems.append(vertente.doc.error(path, _several(found.gaps), GAP_REMEDY))
    for overlap in found.overlaps[:SHOWN]:
        said = f"{overlap}, which {vertente.tabela.hit.value} forbids"
        problems.append(vertente.doc.error((*path, overlap.rules[-1] - 1), said, OVERLAP_REMEDY))
    dead = [vertente.doc.error((*path, one.rule - 1), str(one), DEAD_REMEDY) for one in found.dead[:SHOWN]]
    return problems + dead


def _several(gaps: Sequence[Gap]) -> str:
    more = len(gaps) - 1
    return f"{gaps[0]}" + (f", and {more} more such gap{'s' if more > 1 else ''}" if more else "")


def input_problem(table: Table, nome: str, value: Any) -> str:
    """What keeps a value of an input from being allowed, with the value; empty when nothing does."""
    column = next(column for column in table.entradas if column.nome == nome)
    problem = column.problem(to_scalar(value))
    return f"{visible(value)}: {problem}{_allowed(column)}" if problem else ""


def _allowed(column: Input | Output) -> str:
    if not column.valores:
        return ""
    return f" ({', '.join(visible(plain(value)) for value in column.valores)})"


def outcome_problem(table: Table, esperado: Any) -> tuple[YamlPath, str, str] | None:
    """What keeps an expected outcome from being the table's: (path below it, problem, remedy), or None.

    A single result is a value for each output, or the value alone where there is one output; a multiple one
    is a list of these.
    """
    if table.hit.single or table.agregacao is not None:
        return next(_result_problems(table, esperado, ()), None)
    if not isinstance(esperado, list):
        return (), f"expected a list: {table.hit.value} gives one result a rule", "begin each with `- `"
    return next(
        (wrong for at, one in enumerate(esperado) for wrong in _result_problems(table, one, (at,))), None
    )


def _result_problems(table: Table, result: Any, path: YamlPath) -> Iterator[tuple[YamlPath, str, str]]:
    names = [column.nome for column in table.saidas]
    if not isinstance(result, dict):
        if len(names) > 1 or isinstance(result, list):
            yield (
                path,
                f"expected a value for each output, not {kind(result)}",
                f"outputs: {', '.join(names)}",
            )
            return
        result = {names[0]: result}
    for name in result:
        if name not in names:
            yield (*path, name), f"the table has no output {visible(name)}", did_you_mean(name, names)
    for column in table.saidas:
        if column.nome not in result:
            yield path, f"the output {column.nome} is missing", f"add `{column.nome}: …`"
        elif table.agregacao is None and (problem := _output_problem(column, result[column.nome])):
            yield (*path, column.nome), problem, "correct the example or the table"


def _output_problem(column: Output, value: Any) -> str:
    types = {"number": (int, float), "string": (str,), "boolean": (bool,)}[column.tipo]
    wrong_type = not isinstance(value, types) or (column.tipo == "number" and isinstance(value, bool))
    if wrong_type:
        return f"expected a {column.tipo}, not {visible(value)}"
    if column.valores and to_scalar(value) not in column.valores:
        return f"{visible(value)} is not one of the output's values{_allowed(column)}"
    return ""
