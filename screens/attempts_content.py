"""The attempts of a dead letter side by side, as pure functions: what to compare stands on one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textual.content import Content

from screens.evidence.layout import BAD, DIM, GOOD, STRONG, WARN, blank, flow, heading, span, wrapped
from screens.evidence.output import as_lines
from screens.evidence.usage import usage_words
from screens.evidence.values import count, seconds
from screens.text import ago, clean, full_time
from store.views.model import Option

COLUMN, GAP = 34, 3
"""The least cells of an attempt beside others, and between two."""
BESIDE = 84
"""Cells from which attempts stand beside each other; below, they stand under each other, newest first."""
LINES, STACKED_LINES = 12, 5
"""The last lines of an error and of the output that are shown, beside others and above them; all of it has a
key of its own.
"""

ENDS = {
    "concluido": ("✓ done", GOOD),
    "falhou": ("✗ failed", BAD),
    "perdido": ("✗ worker lost", WARN),
    "bloqueou": ("■ had to wait", WARN),
    "devolvido": ("↩ handed back", DIM),
    "cancelado": ("– cancelled", DIM),
}
Attempt = Mapping[str, Any]
"""As `store.views.failures.attempts_of` gives it."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What the page about one dead letter is drawn from."""

    motivo: str
    tentativas: tuple[Attempt, ...]
    """Oldest first."""
    saidas: Mapping[str, str]
    """The texts of outputs by their SHA-256, as far as they were read."""
    opcoes: tuple[Option, ...] = ()
    pergunta: str = ""
    """The id of the decision about it; empty where nothing is asked."""
    first: int = 0
    """The first attempt that is shown, where not all have room."""


def window(total: int, first: int, width: int) -> tuple[int, int]:
    """The attempts that are shown: from the first to the one after the last."""
    room = total if width < BESIDE else min(total, (width + GAP) // (COLUMN + GAP))
    start = max(0, min(first, total - room))
    return start, start + room


def page(bench: Bench, now: str, width: int) -> list[Content]:
    """Why it failed, its attempts, and what each answer will do."""
    return [*_reason(bench, width), *_attempts(bench, now, width), blank(), *answers(bench, width)]


def _reason(bench: Bench, width: int) -> list[Content]:
    """Why it failed for good, where its last attempt does not say the same."""
    if bench.tentativas and bench.tentativas[-1].get("motivo") == bench.motivo:
        return []
    return [*wrapped(span(bench.motivo or "no reason was recorded", BAD), width), blank()]


def _attempts(bench: Bench, now: str, width: int) -> list[Content]:
    total = len(bench.tentativas)
    if not total:
        return [span("No attempt was made: it ended before its work began.", DIM)]
    title = heading("Attempts", "oldest first")
    if width < BESIDE:
        title = heading("Attempts", "newest first")
        stacked = [_stacked(each, bench.saidas, now, width) for each in reversed(bench.tentativas)]
        return [title, *(line for lines in stacked for line in lines)]
    start, end = window(total, bench.first, width)
    shown = bench.tentativas[start:end]
    if end - start < total:
        title = heading("Attempts", f"{start + 1}–{end} of {total}, ← → show the others")
    room = (width - GAP * (len(shown) - 1)) // len(shown)
    columns = [_sections(each, bench.saidas, now, room, LINES) for each in shown]
    return [title, *beside(columns, room)]


def _stacked(attempt: Attempt, saidas: Mapping[str, str], now: str, width: int) -> list[Content]:
    """An attempt over the whole width, on as few lines as it needs."""
    head, began, took, who, used, *rest = _sections(attempt, saidas, now, width, STACKED_LINES)
    first = flow([*head, *who, *began, *took], width)
    return [*first, *used, *(line for section in rest for line in section if line), blank()]


def _sections(
    attempt: Attempt, saidas: Mapping[str, str], now: str, width: int, limit: int
) -> list[list[Content]]:
    """An attempt in sections that start on the same line in every column."""
    end, style = ENDS.get(str(attempt.get("fim_motivo") or ""), ("● running", WARN))
    took = attempt.get("duracao_s")
    used = usage_words(attempt.get("uso"))
    head = Content.assemble((f"{attempt.get('numero', '')}  ", STRONG), (end, style))
    return [
        [head],
        _said(full_time(str(attempt.get("inicio") or "")), width),
        _said(f"{ago(str(attempt.get('fim') or ''), now)} · took {seconds(took)}", width, DIM),
        _said(str(attempt.get("ator") or ""), width),
        _said(" · ".join(used) or "no usage was reported", width, DIM),
        [blank(), *_said(str(attempt.get("motivo") or ""), width, style)],
        _titled("error", _tail(str(attempt.get("erro") or ""), limit, width)),
        _titled("output", _output(attempt, saidas, width, limit)),
    ]


def _said(text: str, width: int, style: str = "") -> list[Content]:
    return wrapped(span(text, style), width) if text else []


def _titled(name: str, lines: list[Content]) -> list[Content]:
    return [blank(), span(name, DIM), *lines] if lines else []


def _tail(text: str, limit: int, width: int) -> list[Content]:
    """The last lines of a text; that there are more before them is said."""
    lines = clean(text).rstrip().splitlines()
    cut = [span(f"… {count(len(lines) - limit, 'line', 'lines')} before", DIM)] if len(lines) > limit else []
    return [*cut, *(line.truncate(width, ellipsis=True) for line in as_lines(lines[-limit:]))]


def _output(attempt: Attempt, saidas: Mapping[str, str], width: int, limit: int) -> list[Content]:
    ref = str(attempt.get("saida_ref") or "")
    if not ref:
        return [span("none was kept", DIM)]
    return _tail(saidas[ref], limit, width) if ref in saidas else [span("reading …", DIM)]


def beside(columns: Sequence[Sequence[list[Content]]], width: int) -> list[Content]:
    """Columns of sections beside each other, each `width` cells; a section is as high as its highest."""
    lines: list[Content] = []
    for sections in zip(*columns, strict=True):
        height = max(len(section) for section in sections)
        for place in range(height):
            parts = [section[place] if place < len(section) else blank() for section in sections]
            cells = [part.truncate(width, ellipsis=True) for part in parts]
            padded = [part.pad_right(width - part.cell_length) for part in cells[:-1]]
            lines.append(Content(" " * GAP).join([*padded, cells[-1]]))
    return lines


def answers(bench: Bench, width: int) -> list[Content]:
    """What can be answered, with what each answer releases, breaks, cancels, produces."""
    if not bench.opcoes:
        told = (
            f"{bench.pergunta} is not to be answered now" if bench.pergunta else "nothing is asked about it"
        )
        return [heading("Answers", told)]
    lines = [heading("Answers", f"a opens {bench.pergunta}")]
    for option in bench.opcoes:
        lines += _answer(option, width)
    return lines


def _answer(option: Option, width: int) -> list[Content]:
    key = (f"{option.tecla}  ", "$text-disabled" if option.indisponivel else "bold $footer-key-foreground")
    style = "$text-disabled" if option.indisponivel else "bold $text-error" if option.perigosa else STRONG
    does = span(option.indisponivel or option.efeito, DIM)
    first = Content.assemble(key, (clean(option.rotulo), style), "  ", does)
    told = () if option.indisponivel else option.previa
    return [*wrapped(first, width), *(line for each in told for line in _preview(each, width))]


def _preview(text: str, width: int) -> list[Content]:
    return [line.pad_left(3) for line in wrapped(span(text), max(8, width - 3))]
