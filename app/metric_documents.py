"""Pages of metrics for programs: plain documents, rows for spreadsheets, tables in Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from math import isfinite
from typing import Any

from store.metrics.model import Figure, Page

FIGURE_COLUMNS = (
    "familia",
    "chave",
    "nome",
    "grupo",
    "valor",
    "unidade",
    "n",
    "excluidos",
    "provisorios",
    "tendencia",
    "meta",
    "estado",
)
SERIES_COLUMNS = ("corte", "parcial", "valor", "n", "unidade")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula's beginning."""
_DEEPEST = 12


def plain(value: Any, depth: int = 0) -> Any:
    """Records, mappings and sequences as JSON has them; money as text, numbers that are none as null."""
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else None
    if isinstance(value, float):
        return value if isfinite(value) else None
    if value is None or isinstance(value, str | int) or depth > _DEEPEST:
        return value if isinstance(value, str | int | None) else None
    if is_dataclass(value) and not isinstance(value, type):
        names = [each.name for each in fields(value) if each.repr]
        return {name: plain(getattr(value, name), depth + 1) for name in names}
    if hasattr(value, "_asdict"):
        return {name: plain(each, depth + 1) for name, each in value._asdict().items()}
    if isinstance(value, Mapping):
        return {str(name): plain(each, depth + 1) for name, each in value.items()}
    if isinstance(value, Iterable):
        return [plain(each, depth + 1) for each in value]
    return str(value)


def figure_row(page: Page, figure: Figure) -> list[Any]:
    """A figure as a row of `FIGURE_COLUMNS`."""
    left_out = "; ".join(f"{amount} {reason}" for reason, amount in figure.excluidos.items())
    return [
        page.chave,
        figure.chave,
        figure.nome,
        figure.grupo,
        plain(figure.valor),
        figure.unidade,
        figure.n,
        left_out,
        figure.provisorios,
        plain(figure.tendencia),
        figure.meta,
        figure.estado,
    ]


def series_rows(figure: Figure) -> list[list[Any]]:
    """A figure's series as rows of `SERIES_COLUMNS`."""
    return [
        [point.corte, "yes" if point.parcial else "no", plain(point.valor), point.n, figure.unidade]
        for point in figure.serie
    ]


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV; a text that a spreadsheet would calculate has an apostrophe before it. Numbers stay."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[safe_cell(value) for value in row] for row in rows])
    return out.getvalue()


def safe_cell(value: Any) -> Any:
    """Nothing for None; texts harmless in a spreadsheet, without line ends and other controls."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    flat = "".join(char if char.isprintable() else " " for char in value)
    return f"'{flat}" if value.startswith(_FORMULA) and not _is_number(value) else flat


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except ArithmeticError:
        return False


def markdown_text(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; signs that would end a cell or begin markup are escaped."""
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    lines += [f"| {' | '.join(_escaped(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def _escaped(cell: str) -> str:
    flat = "".join(char if char.isprintable() else " " for char in cell)
    return "".join(f"\\{char}" if char in "\\`*_[]<>|" else char for char in flat)
