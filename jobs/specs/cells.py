"""Decision tables as people write them: plain words and YAML values become FEEL.

A cell of a text column may be a bare word or a list (`norte`, `[norte, sul]`), a cell of any column a YAML
number or true/false. What is already FEEL stays as it is.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

_FEEL_TEXT = re.compile(r'"|^\s*-\s*$|^\s*(not|if|string)\s*\(|\?|^null$')


def feel_cells(table: Any) -> Any:
    """`table` with every cell of its rules as FEEL text; what is no table is left for its reader."""
    if not isinstance(table, dict) or not isinstance(table.get("regras"), list):
        return table
    inputs, outputs = _types(table.get("entradas")), _types(table.get("saidas"))
    return {**table, "regras": [_rule(rule, inputs, outputs) for rule in table["regras"]]}


def _types(columns: Any) -> list[str]:
    if not isinstance(columns, list):
        return []
    return [str(column.get("tipo", "")) if isinstance(column, dict) else "" for column in columns]


def _rule(rule: Any, inputs: list[str], outputs: list[str]) -> Any:
    if not isinstance(rule, dict):
        return rule
    made = dict(rule)
    for key, types in (("se", inputs), ("entao", outputs)):
        cells = rule.get(key)
        if isinstance(cells, list):
            made[key] = [
                feel_cell(cell, types[index] if index < len(types) else "")
                for index, cell in enumerate(cells)
            ]
    return made


def feel_cell(cell: Any, tipo: str) -> Any:
    """One cell as FEEL text; a mapping is left as it is, for the reader to refuse."""
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, list):
        parts = [feel_cell(part, tipo) for part in cell]
        return ", ".join(parts) if all(isinstance(part, str) for part in parts) else cell
    if isinstance(cell, str) and tipo == "string" and not _FEEL_TEXT.search(cell):
        return json.dumps(cell, ensure_ascii=False)
    return cell


def _number(value: int | float) -> str:
    """The shortest decimal text, without an exponent."""
    return str(value) if isinstance(value, int) else format(Decimal(repr(value)), "f")
