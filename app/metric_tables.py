"""Figures for a terminal and for Markdown: one row each, aligned, the state as a sign and a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from screens.evidence.values import number
from screens.figure_words import figure_words, slope_words, target_words, value_words
from store.metrics.model import DIM_BELOW, Figure, Page

COLUMNS = ("figure", "n", "value", "a bucket", "target", "state")
STATES = {"good": "✓ good", "watch": "! watch", "bad": "✗ bad"}
GENERATED = "generated history: none of this is real work"


def rows(figures: Sequence[Figure]) -> list[list[str]]:
    """A row of `COLUMNS` a figure; groups stand under theirs."""
    return [
        [
            f"  {figure.grupo}" if figure.grupo else figure.nome,
            f"{number(figure.n)}{' (few)' if 0 < figure.n < DIM_BELOW else ''}",
            figure_words(figure),
            slope_words(figure.tendencia, figure.unidade) if figure.tendencia is not None else "",
            target_words(figure.meta),
            STATES.get(figure.estado, ""),
        ]
        for figure in figures
    ]


def footnotes(page: Page) -> Iterator[str]:
    """What stands beside and beneath the figures: parts, who is left out, what is empty, the page's words."""
    for figure in page.figuras:
        told = [
            f"{part.nome} {value_words(part.valor, part.unidade)}"
            for part in figure.partes
            if part.valor is not None
        ]
        told += [f"{number(amount)} left out: {reason}" for reason, amount in figure.excluidos.items()]
        if figure.provisorios:
            told.append(f"{figure.provisorios} provisional")
        if figure.valor is None and figure.vazio:
            told.append(figure.vazio)
        if told:
            name = f"{figure.nome} · {figure.grupo}" if figure.grupo else figure.nome
            yield f"{name}: {' · '.join(told)}"
    yield from page.notas


def markdown_rows(figures: Sequence[Figure]) -> list[list[str]]:
    """The same for Markdown, where blanks at the left of a group's name would be lost."""
    return [
        [f"— {row[0].strip()}" if figure.grupo else row[0], *row[1:]]
        for figure, row in zip(figures, rows(figures), strict=True)
    ]
