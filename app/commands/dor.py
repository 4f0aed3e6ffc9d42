"""`oficina dor add|answer`: a pain that a person has, and the rest of what GENESIS asks about it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from app.commands.decisions import person
from app.invocation import runnable
from app.main import EXIT_DONE
from app.output import clean, print_json, say_produced
from app.wiring import Shop, opened
from jobs.prontuario import (
    FIELDS,
    LISTS,
    QUESTIONS,
    Prontuario,
    answer_interview,
    from_answer,
    raise_pain,
)


def add(arguments: argparse.Namespace) -> int:
    """Raise a pain; what is missing is asked for here in a terminal, else by GENESIS."""
    with opened(arguments) as shop:
        kinds = {nome: each.tipo_recurso for nome, each in shop.definitions.capabilities.items()}
        told = _interviewed(_told(arguments), {})
        item_id = raise_pain(shop.backlog, told | {"recurso": arguments.recurso or ""}, kinds)
        item = shop.item(item_id)
        missing = Prontuario.from_contexto(item["contexto"], item["produtor"]).faltam
    say_produced(item, as_json=arguments.json)
    if missing and not arguments.json:
        rest = f"Still to be told: {', '.join(missing)}. GENESIS asks for it: `oficina decisions`."
        print(runnable(rest, arguments.workspace))
    return EXIT_DONE


def answer(arguments: argparse.Namespace) -> int:
    """Answer the interview that GENESIS asks for."""
    with opened(arguments) as shop:
        item = shop.item(arguments.item)
        told = _interviewed(_told(arguments), item["contexto"])
        made = _answered(shop, item, told)
    if arguments.json:
        print_json(made)
        return EXIT_DONE
    for each in made:
        print(f"{each['id']}: {clean(each['titulo'])}")
    return EXIT_DONE


def _answered(shop: Shop, item: Mapping[str, Any], told: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [shop.item(child) for child in answer_interview(shop.backlog, item, told, person())]


def _told(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the command line says of the six fields; a list that is named with `-` alone is empty."""
    told: dict[str, Any] = {}
    for name in FIELDS:
        value = getattr(arguments, name)
        if value is None:
            continue
        told[name] = [each for each in value if each != "-"] if name in LISTS else value
    return told


def _asks() -> bool:
    """Whether somebody sits there who can answer."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stdout.isatty())


def _interviewed(told: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for what is missing, where somebody can answer; an empty answer leaves it for later."""
    if not _asks():
        return told
    missing = Prontuario.from_contexto({**known, **told}, "").faltam
    for name in missing:
        given = from_answer(name, input(f"{QUESTIONS[name]} "))
        if given is not None:
            told[name] = given
    return told
