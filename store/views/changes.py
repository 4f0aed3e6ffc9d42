"""What changed between two questions about the same spec: price, rules, tests, files, needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from store.views.model import Change, Document

COST_PARTS = ("pessoas", "llm", "infra", "apis")
_NOT_PARTS = frozenset({"nome", "tipo", "worker", "pontos", "testes"})
"""What a vertente's size says besides what it has: rules, inputs, entities, classes, examples."""
_RED = frozenset({"falhou", "erro"})


def price_changes(before: Document | None, after: Document | None) -> Iterator[Change]:
    """From one price to the next; money is R$ at P80, hours are people's, seconds machines'."""
    if before is None or after is None:
        return
    yield from _changed("custo", _costs(before), _costs(after))
    yield from _changed("esforco", _efforts(before), _efforts(after))
    yield from _size_changes(before, after)
    yield from _changed("testes", _planned(before), _planned(after))
    for name, where in (("recursos", "precisa"), ("specs_pre_requisito", "depende_de")):
        old, new = (set(_at(price, "dependencias", name) or ()) for price in (before, after))
        yield from _changed(where, dict.fromkeys(old, True), dict.fromkeys(new, True))


def release_changes(before: Document | None, after: Document | None) -> Iterator[Change]:
    """From one release to the next: what its tests said, coverage, the cases that turned, and its files."""
    if before is None or after is None:
        return
    yield from _changed("versao", {"spec": before.get("spec_versao")}, {"spec": after.get("spec_versao")})
    yield from _changed("testes", _measured(before), _measured(after))
    yield from _changed("casos", *_turned(_cases(before), _cases(after)))
    yield from file_changes(before, after)


def file_changes(before: Document | None, after: Document | None) -> Iterator[Change]:
    """The files that only one has, or that differ, by their digests."""
    if before is not None and after is not None:
        yield from _changed("arquivos", _files(before), _files(after))


def _changed(sobre: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """What differs between two mappings, in the order of the later one; None is not there."""
    for name in dict.fromkeys([*after, *sorted(before)]):
        if before.get(name) != after.get(name):
            yield Change(sobre, name, before.get(name), after.get(name))


def _at(document: Document, *path: str) -> Any:
    value: Any = document
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _p80(value: Any) -> Any:
    return value.get("p80", value.get("p50")) if isinstance(value, Mapping) else value


def _costs(price: Document) -> dict[str, Any]:
    parts = {name: _p80(_at(price, "custo", "breakdown", name)) for name in COST_PARTS}
    return {"total": _at(price, "custo", "total_p80"), **parts}


def _efforts(price: Document) -> dict[str, Any]:
    names = ("pessoas_horas", "maquina_s")
    return {name: _p80(_at(price, "esforco", name, "total")) for name in names}


def _planned(price: Document) -> dict[str, Any]:
    """How many tests will be made, a vertente each, and how far they are to cover the code."""
    made = {name: entry.get("testes") for name, entry in _sizes(price).items()}
    plan = _at(price, "teste") or {}
    return made | {
        "cobertura_planejada_pct": plan.get("cobertura_planejada_pct"),
        "estrategia_cobertura": plan.get("estrategia_cobertura"),
    }


def _sizes(price: Document) -> dict[str, Document]:
    entries = _at(price, "tamanho", "detalhe")
    found = entries if isinstance(entries, list | tuple) else ()
    return {str(entry.get("nome", "")): entry for entry in found if isinstance(entry, Mapping)}


def _size_changes(before: Document, after: Document) -> Iterator[Change]:
    yield from _changed(
        "tamanho",
        {"pontos": _at(before, "tamanho", "pontos")},
        {"pontos": _at(after, "tamanho", "pontos")},
    )
    old, new = _sizes(before), _sizes(after)
    yield from _changed("vertentes", dict.fromkeys(old, True), dict.fromkeys(new, True))
    for name in new:
        if name in old:
            yield from (
                Change("partes", f"{name}.{change.nome}", change.antes, change.agora)
                for change in _changed("partes", _parts(old[name]), _parts(new[name]))
            )


def _parts(size: Document) -> dict[str, Any]:
    return {name: value for name, value in size.items() if name not in _NOT_PARTS}


def _measured(release: Document) -> dict[str, Any]:
    tests = release.get("testes") or {}
    counts = {name: tests.get(name) for name in ("total", "passed", "failed", "errors", "skipped")}
    return {**counts, "cobertura_pct": release.get("cobertura_pct")}


def _cases(release: Document) -> dict[str, str]:
    """Each case that the report kept, by its name: red or not."""
    entries = _at(release, "testes", "casos")
    found = entries if isinstance(entries, list | tuple) else ()
    return {
        str(case.get("nome") or case.get("id", "")): "vermelho" if case.get("resultado") in _RED else "verde"
        for case in found
        if isinstance(case, Mapping)
    }


def _turned(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Only the cases that both have: a report keeps the red ones first, and not all of the green."""
    both = [name for name in after if name in before]
    return {name: before[name] for name in both}, {name: after[name] for name in both}


def _files(document: Document) -> dict[str, str]:
    files = document.get("arquivos")
    if not isinstance(files, Mapping):
        return {}
    return {
        str(path): str(value.get("sha256", "") if isinstance(value, Mapping) else value)
        for path, value in sorted(files.items())
    }
