"""What a run came to: for each spec what was built, tested and deployed, estimate beside actual."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.invocation import runnable
from app.output import clean, figure, print_table
from jobs.health import unclaimed
from jobs.line_core import ITEMS, Core
from store.views.health import OK, health

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
    "machines R$",
    "est. R$",
    "price R$ (P80)",
    "stands",
)
_ABOUT_MONEY = (
    "machines R$ is measured, est. is what was expected of it. The price is mostly people's hours: estimated "
    "here,\nmeasured only in decisions that are taken on screen."
)


@dataclass(frozen=True)
class Results:
    """Plain rows: printing them needs no store."""

    specs: list[list[str]] = field(default_factory=list)
    waiting: list[list[str]] = field(default_factory=list)
    failed: int = 0
    """Items that failed for good."""
    unclaimed: str = ""
    """What no actor takes, with what to do about it; empty where there is nothing."""


def gather(core: Core) -> Results:
    """Read everything in one consistent view."""
    with core.db.reading():
        latest: dict[str, Doc] = {}
        for doc in core.db.all("specs"):
            if doc["versao"] >= latest.get(doc["spec_ref"], doc)["versao"]:
                latest[doc["spec_ref"]] = doc
        waiting = [
            [item["id"], item["tipo"], item["spec_ref"], item["titulo"], _why(item)]
            for item in core.decisions.abertas()
            if item["disponivel_em"] <= core.setup.clock.now()
        ]
        failed = len(core.db.find(ITEMS, "status", "Falhou"))
        return Results([_row(core, doc) for doc in latest.values()], waiting, failed, said_unclaimed(core))


def said_unclaimed(core: Core) -> str:
    """The health check of what no actor takes, as one line; empty while it is well."""
    rows = health(unclaimed(core.db, core.setup.actors, core.setup.clock.now()))
    row = next(row for row in rows if row.nome == "unclaimed")
    return "" if row.estado == OK else f"Waiting: {row.motivo}. To do: {row.remedio}"


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
        figure((actual.get("maquina_s") or {}).get("total"), 1),
        figure((estimated.get("maquina_s") or {}).get("total"), 1),
        figure(_infra(actual), 4),
        figure(_infra(estimated), 4),
        figure(((price or {}).get("custo") or {}).get("total_p80"), 2),
        _stands(core, spec),
    ]


def _last(core: Core, collection: str, ref: str, versao: int) -> Doc | None:
    found = [doc for doc in core.db.find(collection, "spec_ref", ref) if doc["spec_versao"] == versao]
    return found[-1] if found else None


def _infra(amounts: Doc) -> Any:
    """What machines cost."""
    return ((amounts.get("custo") or {}).get("breakdown") or {}).get("infra")


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


def print_results(results: Results, root: Path) -> None:
    """Two tables: the specs of the workspace in `root`, and what waits there with how it is answered."""
    print()
    none = "No specs. `oficina spec add FILE` adds the first."
    print_table(_COLUMNS, results.specs, empty=runnable(none, root))
    if results.specs:
        print(_ABOUT_MONEY)
    if results.waiting:
        print("\nWaiting for you:")
        print_table(("item", "tipo", "spec", "titulo", "why"), results.waiting, empty="")
        first = results.waiting[0][0]
        print(
            runnable(
                f"`oficina decide {first}` says how {first} can be answered, `oficina decide {first} OPTION` "
                "answers it;\n`oficina` alone, in a terminal, shows each with its evidence.",
                root,
            )
        )
    if results.unclaimed:
        print(f"\n{runnable(clean(results.unclaimed), root)}")
    if results.failed:
        told = "1 item" if results.failed == 1 else f"{results.failed} items"
        failed = f"\n{told} failed; `oficina items --status Falhou` lists what failed."
        print(runnable(failed, root))
