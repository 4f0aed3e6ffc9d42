"""`oficina decisions`, `decide`, `snooze`, `undo`: the inbox from a shell, while a screen runs or not."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from app.idle import line_runs, waiting_for_a_line
from app.invocation import runnable
from app.main import EXIT_DONE
from app.naming import nearest_id, whole_id
from app.output import clean, print_json, print_table
from app.wiring import Shop, opened
from screens.dialogs.until import parse_until
from store.clock import seconds_between
from store.errors import AlreadyDecided, WrongInput, WrongState
from store.views.model import Option

_DECISIONS = "decisoes"


def decisions(arguments: argparse.Namespace) -> int:
    """List what waits for a person, the longest wait first."""
    with opened(arguments, readonly=True) as shop:
        waiting = shop.inbox()
        options = {item["id"]: _names(shop, item) for item in waiting}
        now = shop.clock.now()
        unclaimed = 0 if line_runs(shop.workspace.paths) else waiting_for_a_line(shop.backlog)
    if arguments.json:
        print_json([{**item, "opcoes": options[item["id"]]} for item in waiting])
        return EXIT_DONE
    rows = [
        [
            item["id"],
            item["tipo"],
            item["spec_ref"],
            item["titulo"],
            _wait(item, now),
            " | ".join(options[item["id"]]),
        ]
        for item in waiting
    ]
    items = "1 item waits" if unclaimed == 1 else f"{unclaimed} items wait"
    pending = runnable(f"{items} for a line: start `oficina`.", arguments.workspace) if unclaimed else ""
    none = f"Nothing waits for you; {pending}" if pending else "Nothing waits for you."
    print_table(["id", "tipo", "spec", "titulo", "waits", "options"], rows, empty=none)
    if rows and pending:
        print(pending)
    return EXIT_DONE


def _names(shop: Shop, item: dict[str, Any]) -> list[str]:
    """The options that can be chosen now."""
    found = shop.decisions.opcoes(item, previews=False)
    return [option.nome for option in found if not option.indisponivel]


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
        decision = _decide(shop, item["id"], arguments)
        stored, local = shop.db.get(_DECISIONS, decision), shop.local
        pulled = _pulled(shop, item) if arguments.option == "puxar" else ""
    assert stored is not None
    if arguments.json:
        print_json(_shown(stored))
        return EXIT_DONE
    what = pulled or ", ".join(stored["gerados"]) or "nothing new"
    print(f"{decision}: {clean(item['titulo'])} → {arguments.option}; it made {what}.")
    # What made nothing that could be looked at can be taken back only for a moment.
    until = stored["desfazer_ate"]
    while_ = "while nothing came of it" if stored["gerados"] else f"until {local(until)}" if until else ""
    if not while_:
        return EXIT_DONE
    back = f"`oficina undo {decision}` takes it back {while_}."
    print(runnable(back, arguments.workspace))
    return EXIT_DONE


def _pulled(shop: Shop, question: dict[str, Any]) -> str:
    """The subtask that an answer made of a child, `S022/T01.2`; empty of other decisions."""
    child = shop.db.get("backlog_items", str(question["contexto"].get("item_ref", "")))
    return str(child["tarefa"]) if child is not None else ""


def _decide(shop: Shop, item_id: str, arguments: argparse.Namespace) -> str:
    try:
        with _told(shop):
            return shop.decisions.decidir(
                item_id,
                arguments.option,
                motivo=arguments.reason,
                nota=arguments.note,
                quem=person(),
                undo_s=shop.undo_s,
            )
    except WrongInput as error:
        if error.path != "motivo":
            raise
        remedy = f'say why: `oficina decide {item_id} {arguments.option} --reason "…"`'
        raise WrongInput(error.problem, remedy=remedy) from None


def _shown(decision: dict[str, Any]) -> dict[str, Any]:
    """A decision without what its undoing needs, which is the store's own."""
    return {name: value for name, value in decision.items() if name != "desfaz"}


def _options(arguments: argparse.Namespace) -> int:
    with opened(arguments, readonly=True) as shop:
        item = shop.item(arguments.item)
        options = shop.decisions.opcoes(item)
        about = shop.contracts.of_type(item["tipo"]).descricao
    if not options:
        raise WrongInput(
            f"{item['id']} asks nothing: it is {item['status']}", remedy="see `oficina decisions`"
        )
    if arguments.json:
        print_json(
            [
                {
                    "nome": each.nome,
                    "efeito": each.efeito,
                    "exige_motivo": each.exige_motivo,
                    "previa": list(each.previa),
                    "indisponivel": each.indisponivel,
                }
                for each in options
            ]
        )
        return EXIT_DONE
    print(f"{item['id']}  {clean(item['titulo'])}")
    print(clean(about))
    rows = [
        [each.nome, each.rotulo, "wanted" if each.exige_motivo else "", _effect(each)] for each in options
    ]
    print_table(["option", "label", "reason", "what it does"], rows, empty="")
    for each in options:
        if each.previa:
            print(f"\n{each.nome}")
            for line in each.previa:
                print(f"  {clean(line)}")
    return EXIT_DONE


def _effect(option: Option) -> str:
    return f"not now: {option.indisponivel}" if option.indisponivel else option.efeito


def snooze(arguments: argparse.Namespace) -> int:
    """Let a decision ask again only at a time."""
    with opened(arguments) as shop:
        item = shop.item(arguments.item)
        until = parse_until(arguments.until, shop.clock.now(), ZoneInfo(shop.config.fuso))
        with _told(shop):
            shop.decisions.adiar(item["id"], until, person())
        print(f"{item['id']}: {clean(item['titulo'])} asks again at {shop.local(until)}.")
    return EXIT_DONE


@contextmanager
def _told(shop: Shop) -> Iterator[None]:
    """What is not to be decided (any more) is wrong input, in the workspace's own time."""
    try:
        yield
    except AlreadyDecided as error:
        raise WrongInput(error.told(shop.local(error.em))) from None
    except WrongState as error:
        raise WrongInput(str(error)) from None


def undo(arguments: argparse.Namespace) -> int:
    """Take a decision back."""
    with opened(arguments) as shop:
        decision = whole_id(arguments.decision, "DEC")
        if shop.db.get(_DECISIONS, decision) is None:
            known = (doc["id"] for doc in shop.db.all(_DECISIONS))
            raise WrongInput(f"no decision {decision}", remedy=nearest_id(decision, "DEC", known))
        shop.decisions.desfazer(decision, person())
        stored = shop.db.get(_DECISIONS, decision)
    assert stored is not None
    if arguments.json:
        print_json(_shown(stored))
    else:
        print(f"{decision} is taken back; what it asked waits for you again.")
    return EXIT_DONE


def person() -> str:
    """Who answers, as it is recorded."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "humano"


__all__ = ["Shop", "decide", "decisions", "person", "snooze", "undo"]
