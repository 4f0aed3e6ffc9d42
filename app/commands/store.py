"""`oficina store check|export|compact`: the store's files, without the line."""

from __future__ import annotations

import argparse
import dataclasses

from app.main import EXIT_DONE, EXIT_FAILED
from app.output import clean, print_json, print_table
from app.wiring import enter, find_paths, trust_of
from store.database import Database, Report
from store.database import check as check_store
from store.database import export as export_store


def check(arguments: argparse.Namespace) -> int:
    """Verify every line; exit 1 when something is damaged."""
    report = check_store(find_paths(arguments).store)
    if arguments.json:
        print_json(dataclasses.asdict(report))
    else:
        _say(report)
    return EXIT_DONE if report.ok else EXIT_FAILED


def export(arguments: argparse.Namespace) -> int:
    """Write every collection as plain JSON."""
    counts = export_store(find_paths(arguments).store, arguments.dir)
    print_table(["collection", "documents"], sorted(counts.items()), empty="The store is empty.")
    return EXIT_DONE


def compact(arguments: argparse.Namespace) -> int:
    """Merge closed segments into the snapshot; a store that is not trusted is only viewed."""
    workspace = enter(find_paths(arguments).root)
    trust_of(workspace).require(workspace.paths.root)
    seq = Database.compact(workspace.paths.store)
    print("Another process compacts it." if seq is None else f"Compacted up to transaction {seq}.")
    return EXIT_DONE


def _say(report: Report) -> None:
    for problem in report.problems:
        print(f"✗ {clean(problem)}")
    for note in report.notes:
        print(f"! {clean(note)}")
    counts = ", ".join(f"{name} {count}" for name, count in sorted(report.documents.items()) if count)
    print(f"{'✓ sound' if report.ok else '✗ damaged'}: transaction {report.seq}; {counts or 'no documents'}")
