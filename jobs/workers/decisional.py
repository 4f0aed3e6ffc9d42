"""WORKER_D: makes the package of a decision table (vertente D), by compiling it to plain Python.

The table goes along as DMN 1.3, so that any DMN tool opens it. Implements section 4 of
prometheus_arquitetura.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from jobs.feel.analysis import Analysis, analyse
from jobs.feel.dmn_write import table_to_dmn
from jobs.feel.python_module import compile_table
from jobs.feel.table import Table
from jobs.workers.package import (
    DECISION_FUNCTION,
    DECISION_MODULE,
    INVALID_INPUT,
    NO_RULE,
    Package,
)

MAX_LISTED = 200
"""Rules that the README lists; the DMN file has all of them."""


def generate(table: Table, nome: str, version: str = "") -> Package:
    """The package `nome` (see `package_name`) of a table: the same bytes for the same arguments."""
    analysis = analyse(table)
    source = compile_table(table, version, analysis)
    home = f"src/{nome}"
    files = {
        f"{home}/__init__.py": _init(table, source),
        f"{home}/{DECISION_MODULE}.py": source,
        f"{home}/README.md": _readme(table, nome, version, analysis),
    }
    encoded = {path: text.encode() for path, text in files.items()}
    return Package(nome, {**encoded, f"{home}/table.dmn": table_to_dmn(table)})


def _init(table: Table, source: str) -> str:
    exported = [INVALID_INPUT, NO_RULE, DECISION_FUNCTION]
    if "class RegrasEmConflito" in source:
        exported.insert(1, "RegrasEmConflito")
    listed = ", ".join(f'"{name}"' for name in exported)
    name = "".join(char for char in table.nome if char.isprintable() and char not in '"\\')
    return (
        f'"""The decision {name}, ready to call: `decidir({{…}})`."""\n\n'
        f"from .{DECISION_MODULE} import {', '.join(exported)}\n\n__all__ = [{listed}]\n"
    )


def _readme(table: Table, nome: str, version: str, analysis: Analysis) -> str:
    policy = f"{table.hit} {table.agregacao}" if table.agregacao else f"{table.hit}"
    inputs = [f"- {_markdown(column.nome)}: {_markdown(column.described)}" for column in table.entradas]
    findings = [f"- {_markdown(line)}" for line in [*analysis.problems, *analysis.undecided]]
    lines = [
        f"# {_markdown(table.nome)}",
        "",
        *([f"Made from {_markdown(version)}.", ""] if version else []),
        *("```python", f"from {nome} import {DECISION_FUNCTION}", "```", ""),
        f"Hit policy {policy}; `table.dmn` is the table itself (DMN 1.3).",
        *("", "## Inputs", "", *inputs),
        *("", "## Rules", "", *_rules(table)),
        *("", "## Analysis", "", *(findings or ["No gap, no forbidden overlap, no dead rule."])),
    ]
    return "\n".join(lines) + "\n"


def _rules(table: Table) -> Iterator[str]:
    inputs, outputs = ([column.nome for column in table.entradas], [column.nome for column in table.saidas])
    header = ["", *inputs, *outputs]
    yield _row(header)
    yield "|" + " --- |" * len(header)
    for number, rule in enumerate(table.regras[:MAX_LISTED], 1):
        yield _row([str(number), *(cell.text for cell in rule.se), *(result.text for result in rule.entao)])
    if len(table.regras) > MAX_LISTED:
        yield ""
        yield f"{len(table.regras) - MAX_LISTED} more rules are in `table.dmn`."


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(_markdown(cell) for cell in cells) + " |"


def _markdown(text: str) -> str:
    """A text that stays one text in Markdown: no markup, no new cell, no new line."""
    line = " ".join(text.split())
    return "".join("\\" + char if char in "\\`*_[]<>|#" else char for char in line)
