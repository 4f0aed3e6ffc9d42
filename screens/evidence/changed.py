"""A question that is asked anew: what was said before, and what has changed since."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from textual.content import Content

from screens.evidence import values
from screens.evidence.layout import (
    BAD,
    DIM,
    GOOD,
    STRONG,
    Field,
    field,
    fields,
    heading,
    span,
    words,
    wrapped,
)
from screens.text import ago
from store.views.model import Change, Document, ItemDetail

_AT_MOST = 4
"""Changes of one kind that are named; the rest is counted."""
_PARTS = {"pessoas": "people", "llm": "model", "infra": "infra", "apis": "APIs"}
_EFFORTS = {"pessoas_horas": ("people", values.hours), "maquina_s": ("machine", values.seconds)}
_RESULTS = {
    "passed": "passed",
    "failed": "failed",
    "errors": "errors",
    "skipped": "skipped",
    "total": "tests",
}
_COUNTED = {
    "regras": "rules",
    "entradas": "inputs",
    "saidas": "outputs",
    "entidades": "entities",
    "operacoes": "operations",
    "combinacoes": "combinations",
    "exemplos": "examples",
    "classes_validas": "valid classes",
    "classes_invalidas": "invalid classes",
}


def since(detail: ItemDetail, now: str, width: int) -> list[Content]:
    """What is otherwise than when the same was asked before; nothing where it is asked for the first time."""
    if detail.anterior is None:
        return []
    before = field("Before", *_answer(detail.anterior, now))
    changed = _fields(detail.mudancas)
    title = heading("Since it was asked before", "" if changed else "nothing has changed")
    return [*wrapped(title, width), *fields([before, *changed], width)]


def _answer(before: Document, now: str) -> Iterator[Content]:
    if before.get("spec_versao"):
        yield span(f"version {before['spec_versao']}")
    if before.get("release_ref"):
        yield span(before["release_ref"])
    if before.get("opcao"):
        why = before.get("porque")
        yield words(span(before["opcao"], STRONG), span(f"«{why}»") if why else None)
        yield words(span(f"by {before.get('quem', '')}", DIM), span(ago(str(before.get("em", "")), now), DIM))
    elif before.get("motivo"):
        yield span(f"closed by itself: {before['motivo']}", DIM)


def _fields(changes: Sequence[Change]) -> list[Field]:
    by_kind: dict[str, list[Change]] = {}
    for change in changes:
        by_kind.setdefault(_ROWS.get(change.sobre, ("", _plain))[0], []).append(change)
    found = []
    for label in dict.fromkeys(label for label, _ in _ROWS.values()):
        same = by_kind.get(label, [])
        parts = [_ROWS[change.sobre][1](change) for change in same[:_AT_MOST]]
        rest = span(f"and {len(same) - _AT_MOST} more", DIM) if len(same) > _AT_MOST else None
        found.append(field(label, *parts, rest))
    return [entry for entry in found if entry.parts]


def _step(label: str, change: Change, shown: Callable[[object], str]) -> Content:
    return words(
        span(label, DIM) if label else None,
        span(shown(change.antes)),
        span("→", DIM),
        span(shown(change.agora), STRONG),
    )


def _cost(change: Change) -> Content:
    if change.nome == "total":
        return words(_step("", change, values.money), _difference(change))
    return _step(_PARTS.get(change.nome, change.nome), change, values.plain_money)


def _difference(change: Change) -> Content:
    more = values.as_decimal(change.agora) - values.as_decimal(change.antes)
    sign, style = ("+", BAD) if more > 0 else ("−", GOOD)
    return span(f"({sign}{values.plain_money(abs(more))})", style)


def _effort(change: Change) -> Content:
    label, shown = _EFFORTS.get(change.nome, (change.nome, values.number))
    return _step(label, change, shown)


def _size(change: Change) -> Content:
    return _step("points", change, lambda value: values.number(value, 1))


def _part(change: Change) -> Content:
    side, _, name = change.nome.rpartition(".")
    return _step(f"{side} {_COUNTED.get(name, name)}", change, values.number)


def _tests(change: Change) -> Content:
    if change.nome in ("cobertura_pct", "cobertura_planejada_pct"):
        return _step("coverage", change, values.percent)
    if change.nome == "estrategia_cobertura":
        return _step("", change, lambda value: str(value or values.NONE))
    return _step(_RESULTS.get(change.nome, f"{change.nome} tests"), change, values.number)


def _case(change: Change) -> Content:
    green = change.agora == "verde"
    return words(span("✓ now green" if green else "✗ now red", GOOD if green else BAD), span(change.nome))


def _version(change: Change) -> Content:
    return _step("version", change, values.number)


def _plain(change: Change) -> Content:
    """Something that is there or not, or is otherwise."""
    sign, style = ("+", GOOD) if change.antes is None else ("−", BAD) if change.agora is None else ("~", DIM)
    return words(span(sign, style), span(change.nome))


_ROWS: Mapping[str, tuple[str, Callable[[Change], Content]]] = {
    "versao": ("Spec", _version),
    "vertentes": ("Spec", _plain),
    "partes": ("Spec", _part),
    "custo": ("Price", _cost),
    "esforco": ("Effort", _effort),
    "tamanho": ("Size", _size),
    "testes": ("Tests", _tests),
    "casos": ("Cases", _case),
    "precisa": ("Needs", _plain),
    "depende_de": ("Depends on", _plain),
    "arquivos": ("Files", _plain),
}
"""Under which label each kind of change stands, in the order of the labels, and how it is said."""


def difference_lines(detail: ItemDetail) -> list[str]:
    """Everything that a difference can show: of the spec, and of the release's files."""
    return [*detail.diferenca, *detail.diferenca_release]
