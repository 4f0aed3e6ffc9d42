"""What a run came to: for each spec what was built, tested and deployed, estimate beside actual."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.output import print_table
from jobs.line_core import ITEMS, Core

Doc = dict[str, Any]
_OPEN = ("Pendente", "EmProcessamento", "Bloqueado", "Falhou")
_COLUMNS = (
    "spec",
    "v",
    "release",
    "tests",
    "coverage",
    "deployed",
    "machine s",
    "est. s",
    "infra R$",
    "est. R$",
    "price R$",
    "stands",
)


@dataclass(frozen=True)
class Results:
    """Plain rows: printing them needs no store."""

    specs: list[list[str]] = field(default_factory=list)
    waiting: list[list[str]] = field(default_factory=list)
    failed: int = 0
    """Items that failed for good."""


def gather(core: Core) -> Results:
    """Read everything in one consistent view."""
    with core.db.reading():
        latest: dict[str, Doc] = {}
        for doc in core.db.all("specs"):
            if doc["versao"] >= latest.get(doc["spec_ref"], doc)["versao"]:
                latest[doc["spec_ref"]] = doc
        waiting = [
            [item["id"], item["tipo"], item["titulo"], _why(item)]
            for item in core.decisions.abertas()
            if item["disponivel_em"] <= core.setup.clock.now()
        ]
        failed = len(core.db.find(ITEMS, "status", "Falhou"))
        return Results([_row(core, doc) for doc in latest.values()], waiting, failed)


def _why(item: Doc) -> str:
    contexto = item["contexto"]
    return str(contexto.get("motivo") or contexto.get("sintoma") or contexto.get("erro") or "")


def _row(core: Core, spec: Doc) -> list[str]:
    ref, versao = spec["spec_ref"], spec["versao"]
    release = _last(core, "releases", ref, versao)
    execution = _last(core, "execucoes", ref, versao) or {}
    deployment = _last(core, "implantacoes", ref, versao)
    price = _last(core, "specs_recursos", ref, versao)
    tests = (release or {}).get("testes") or {}
    estimated, actual = execution.get("estimado") or {}, execution.get("realizado") or {}
    coverage = (release or {}).get("cobertura_pct")
    return [
        ref,
        str(versao),
        release["id"] if release else "—",
        f"{tests['passed']}/{tests['total']}" if tests else "—",
        "—" if coverage is None else f"{coverage:.0f}%",
        deployment["status"] if deployment else "—",
        _number((actual.get("maquina_s") or {}).get("total")),
        _number((estimated.get("maquina_s") or {}).get("total")),
        _money(_infra(actual), 4),
        _money(_infra(estimated), 4),
        _money(((price or {}).get("custo") or {}).get("total_p80"), 2),
        _stands(core, spec),
    ]


def _last(core: Core, collection: str, ref: str, versao: int) -> Doc | None:
    found = [doc for doc in core.db.find(collection, "spec_ref", ref) if doc["spec_versao"] == versao]
    return found[-1] if found else None


def _number(value: Any) -> str:
    return "—" if value is None else f"{float(value):.1f}"


def _infra(amounts: Doc) -> Any:
    """What machines cost: people's hours are estimated, and nobody measures them here."""
    return ((amounts.get("custo") or {}).get("breakdown") or {}).get("infra")


def _money(value: Any, digits: int) -> str:
    return "—" if value is None else f"{float(value):.{digits}f}"


def _stands(core: Core, spec: Doc) -> str:
    if spec.get("validada_em"):
        return "validated"
    items = [
        item
        for item in core.db.find(ITEMS, "spec_ref", spec["spec_ref"])
        if item["status"] in _OPEN and item["spec_versao"] == spec["versao"]
    ]
    if not items:
        return "ended"
    item = items[-1]
    if item["tipo"] == "ajustar_spec":
        return f"pushed back: {item['contexto']['motivo']}"
    if item["status"] == "Bloqueado":
        waits = [
            ref for ref, each in item["dependencias"].items() if each["estado"] in ("aberta", "quebrada")
        ]
        return f"{item['tipo']} waits for {' '.join(_named(core, ref) for ref in waits)}"
    return f"{item['tipo']} {item['status']}"


def _named(core: Core, ref: str) -> str:
    """A gap by its capability's name: that is what a person can do something about."""
    item = core.db.get(ITEMS, ref) if ref.startswith("BKL-") else None
    resource = (item or {}).get("contexto", {}).get("recurso")
    return f"{resource} ({ref})" if resource else ref


def print_results(results: Results) -> None:
    """Two tables: the specs, and what waits for a person."""
    print()
    print_table(_COLUMNS, results.specs, empty="No specs. `oficina spec add FILE` adds the first.")
    if results.waiting:
        print("\nWaiting for you (`oficina decide ITEM`):")
        print_table(("item", "tipo", "titulo", "why"), results.waiting, empty="")
    if results.failed:
        print(f"\n{results.failed} items failed; `oficina items --status Falhou` lists them.")
