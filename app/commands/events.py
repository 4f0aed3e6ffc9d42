"""`oficina events`: what happened, in order."""

from __future__ import annotations

import argparse
from itertools import islice

from app.main import EXIT_DONE
from app.output import print_json, print_table
from app.wiring import opened

_OWN_COLUMNS = frozenset({"seq", "n", "ts", "tipo", "item_id", "saga_id", "request_id", "spec_ref"})


def events(arguments: argparse.Namespace) -> int:
    """Print the newest events that fit, oldest first."""
    with opened(arguments, readonly=True) as shop:
        history = shop.db.history(
            item=arguments.item, saga=arguments.saga, tipo=arguments.tipo, newest_first=True
        )
        found = list(islice(history, arguments.limit or None))[::-1]
    if arguments.json:
        print_json(found)
        return EXIT_DONE
    rows = [
        [event["ts"][:23], event["tipo"], event.get("item_id", ""), event.get("spec_ref", ""), _rest(event)]
        for event in found
    ]
    print_table(["when", "event", "item", "spec", "what"], rows, empty="Nothing happened yet.")
    return EXIT_DONE


def _rest(event: dict[str, object]) -> str:
    return " ".join(
        f"{name}={value}"
        for name, value in event.items()
        if name not in _OWN_COLUMNS
        and value not in (None, "", [], {})
        and not isinstance(value, (dict, list))
    )
