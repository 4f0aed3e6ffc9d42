"""`oficina store check|export|compact`: the store's files, without the line."""

from __future__ import annotations

import argparse
import dataclasses

from app.main import EXIT_DONE, EXIT_FAILED
from app.output import clean, print_json
from app.wiring import find_paths


def check(arguments: argparse.Namespace) -> int:
    """Verify every line; exit 1 when something is damaged."""
    from store.database import Database

    report = Database.check(find_paths(arguments).store)
    if arguments.json:
        print_json(dataclasses.asdict(report))
    else:
        for line in report.lines():
            print(clean(line))
    return EXIT_DONE if report.ok else EXIT_FAILED


def export(arguments: argparse.Namespace) -> int:
    """Write every collection as plain JSON."""
    from store.database import Database

    written = Database.export(find_paths(arguments).store, arguments.dir)
    for path in written:
        print(clean(path))
    return EXIT_DONE


def compact(arguments: argparse.Namespace) -> int:
    """Merge closed segments into the snapshot."""
    from store.database import Database

    seq = Database.compact(find_paths(arguments).store)
    print(f"compacted up to transaction {seq}")
    return EXIT_DONE
