"""`oficina spec add|show|check`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.invocation import runnable
from app.main import EXIT_DONE, EXIT_WRONG
from app.naming import nearest_name
from app.output import clean, print_json, print_table
from app.wiring import Shop, opened
from jobs.specs.adding import check_files, known_specs
from screens.evidence.values import money
from store.errors import WrongInput


def add(arguments: argparse.Namespace) -> int:
    """Freeze the files as new versions, all of them or none."""
    with opened(arguments) as shop:
        files = _absolute(arguments.files)
        if _say_problems(_problems(shop, files)):
            return EXIT_WRONG
        added = shop.add_specs(files)
    if arguments.json:
        print_json([vars(each) for each in added])
        return EXIT_DONE
    for each in added:
        if each.item_id:
            print(f"{each.spec_ref} v{each.versao}: {each.item_id} has it priced.")
        else:
            print(f"{each.spec_ref} v{each.versao} is what it was: nothing to do.")
    return EXIT_DONE


def check(arguments: argparse.Namespace) -> int:
    """Say everything that is wrong with the files, and store nothing."""
    with opened(arguments, readonly=True) as shop:
        problems = _problems(shop, _absolute(arguments.files))
    if arguments.json:
        names = ("file", "line", "path", "problem", "remedy")
        print_json([{name: getattr(each, name) for name in names} for each in problems])
        return EXIT_WRONG if problems else EXIT_DONE
    if _say_problems(problems):
        return EXIT_WRONG
    print(f"{len(arguments.files)} checked, nothing wrong.")
    return EXIT_DONE


def _absolute(files: Sequence[Path]) -> list[Path]:
    return [file.absolute() for file in files]


def _problems(shop: Shop, files: Sequence[Path]) -> list[WrongInput]:
    known = known_specs(shop.db, shop.workspace.paths.root)
    return check_files(files, shop.workspace.paths.root, known, shop.definitions.capabilities)[1]


def _say_problems(problems: Sequence[WrongInput]) -> bool:
    for problem in problems:
        print(f"oficina: {clean(problem)}", file=sys.stderr)
    return bool(problems)


def show(arguments: argparse.Namespace) -> int:
    """Every spec with where it stands, or one with its versions and its price."""
    with opened(arguments, readonly=True) as shop:
        if arguments.spec:
            return _one(shop, arguments)
        latest = {doc["spec_ref"]: doc for doc in sorted(shop.db.all("specs"), key=lambda doc: doc["versao"])}
        rows = [
            [ref, f"v{doc['versao']}", doc["titulo"], _vertentes(doc), *_stands(shop, doc)]
            for ref, doc in latest.items()
        ]
        documents = list(latest.values())
    if arguments.json:
        print_json(documents)
        return EXIT_DONE
    columns = ["spec", "version", "titulo", "vertentes", "stands", "item"]
    none = "No specs. `oficina spec add FILE` adds the first."
    print_table(columns, rows, empty=runnable(none, arguments.workspace))
    return EXIT_DONE


def _vertentes(doc: dict[str, Any]) -> str:
    return " ".join(side["tipo"] for side in doc["vertentes"])


def _stands(shop: Shop, doc: dict[str, Any]) -> list[str]:
    """The newest item of this version that is open, else its end."""
    if doc.get("validada_em"):
        return ["validated", ""]
    items = [
        item
        for item in shop.db.find("backlog_items", "spec_ref", doc["spec_ref"])
        if item["spec_versao"] == doc["versao"]
    ]
    if not items:
        return ["", ""]
    current = next((item for item in reversed(items) if item["status"] not in _ENDED), items[-1])
    return [f"{current['tipo']} {current['status']}", current["id"]]


_ENDED = ("Concluido", "Cancelado", "Pulado")


def _one(shop: Shop, arguments: argparse.Namespace) -> int:
    versions = sorted(shop.db.find("specs", "spec_ref", arguments.spec), key=lambda doc: int(doc["versao"]))
    if not versions:
        known = sorted({doc["spec_ref"] for doc in shop.db.all("specs")})
        remedy = nearest_name(arguments.spec, known, "oficina spec show")
        raise WrongInput(f"no spec {arguments.spec}", remedy=remedy)
    found = {name: shop.db.find(name, "spec_ref", arguments.spec) for name in _OF_A_SPEC}
    if arguments.json:
        print_json({"versoes": versions, **found})
        return EXIT_DONE
    rows = [
        [f"v{doc['versao']}", shop.local(doc["criada_em"]), doc["sha256"][:12], *_stands(shop, doc)]
        for doc in versions
    ]
    print(clean(versions[-1]["titulo"]))
    print_table(["version", "added", "sha256", "stands", "item"], rows, empty="")
    _print_releases(shop, found["releases"], found["implantacoes"])
    if prices := found["specs_recursos"]:
        custo = prices[-1]["custo"]
        print(
            f"\nprice of v{prices[-1]['spec_versao']}: {money(custo['total_p80'])} (P80), "
            f"{money(custo['total_p50'])} (P50)"
        )
        print_table(["part", "how", "value"], prices[-1]["explicacao"], empty="")
    return EXIT_DONE


_OF_A_SPEC = ("specs_recursos", "releases", "implantacoes")


def _print_releases(shop: Shop, releases: list[dict[str, Any]], deployments: list[dict[str, Any]]) -> None:
    """What was built of a spec, and where it went: the ids that `bug add` and `rollback` take."""
    if releases:
        print()
        rows = [
            [doc["id"], f"v{doc['spec_versao']}", doc["status"], shop.local(doc["criada_em"])]
            for doc in releases
        ]
        print_table(["release", "version", "status", "built"], rows, empty="")
    if deployments:
        print()
        rows = [
            [
                doc["id"],
                doc["release_ref"],
                f"v{doc['spec_versao']}",
                doc["alvo"],
                doc["status"],
                shop.local(doc["inicio_at"]),
            ]
            for doc in deployments
        ]
        print_table(["deployment", "release", "version", "target", "status", "began"], rows, empty="")
