"""`oficina decisions`, `decide`, `undo`: the inbox from a shell, while a screen runs or not."""

from __future__ import annotations

import argparse
import getpass
from typing import Any

from app.main import EXIT_DONE
from app.output import clean, print_json, print_table
from app.wiring import Shop, opened
from store.clock import seconds_between
from store.errors import WrongInput


def decisions(arguments: argparse.Namespace) -> int:
    """List what waits for a person, the longest wait first."""
    with opened(arguments, readonly=True) as shop:
        waiting = shop.inbox()
        options = {item["id"]: [option.nome for option in shop.decisions.opcoes(item)] for item in waiting}
        now = shop.clock.now()
    if arguments.json:
        print_json([{**item, "opcoes": options[item["id"]]} for item in waiting])
        return EXIT_DONE
    rows = [
        [item["id"], item["tipo"], item["titulo"], _wait(item, now), " | ".join(options[item["id"]])]
        for item in waiting
    ]
    print_table(["id", "tipo", "titulo", "waits", "options"], rows, empty="Nothing waits for you.")
    return EXIT_DONE


def _wait(item: dict[str, Any], now: str) -> str:
    seconds = max(0.0, seconds_between(item.get("pendente_em") or item["criado_em"], now))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def decide(arguments: argparse.Namespace) -> int:
    """Answer a decision, or list its options."""
    if arguments.option is None:
        return _options(arguments)
    with opened(arguments) as shop:
        item = shop.item(arguments.item)
        decision = shop.decisions.decidir(
            item["id"],
            arguments.option,
            motivo=arguments.reason,
            nota=arguments.note,
            quem=person(),
            undo_s=shop.undo_s,
        )
        stored = shop.db.get("decisoes", decision)
    assert stored is not None
    if arguments.json:
        print_json(stored)
        return EXIT_DONE
    what = ", ".join(stored["gerados"]) or "nothing new"
    print(f"{decision}: {clean(item['titulo'])} → {arguments.option}; it made {what}.")
    print(f"`oficina undo {decision}` takes it back while nothing came of it.")
    return EXIT_DONE


def _options(arguments: argparse.Namespace) -> int:
    with opened(arguments, readonly=True) as shop:
        item = shop.item(arguments.item)
        options = shop.decisions.opcoes(item)
    if not options:
        raise WrongInput(f"{item['id']} asks nothing: it is {item['status']}", remedy="see oficina decisions")
    if arguments.json:
        print_json(
            [
                {"nome": each.nome, "efeito": each.efeito, "exige_motivo": each.exige_motivo}
                for each in options
            ]
        )
        return EXIT_DONE
    print(f"{item['id']}  {clean(item['titulo'])}")
    rows = [[each.nome, each.rotulo, "wanted" if each.exige_motivo else "", each.efeito] for each in options]
    print_table(["option", "label", "reason", "what it does"], rows, empty="")
    return EXIT_DONE


def undo(arguments: argparse.Namespace) -> int:
    """Take a decision back."""
    with opened(arguments) as shop:
        shop.decisions.desfazer(arguments.decision, person())
    print(f"{arguments.decision} is taken back; what it asked waits for you again.")
    return EXIT_DONE


def person() -> str:
    """Who answers, as it is recorded."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "humano"


__all__ = ["Shop", "decide", "decisions", "person", "undo"]
