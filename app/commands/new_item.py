"""`oficina items add`: an item of a type that its contract lets a person produce."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, NoReturn

from app.main import EXIT_DONE
from app.output import clean, print_json
from app.wiring import PERSON, opened
from store.errors import WrongInput

FILE = "@"
"""Marks a file that holds the JSON."""

OWN_WAYS = {
    "corrigir_bug": "`oficina bug add`, which binds it to what was approved",
    "entrevistar_dor": "`oficina dor add`",
    "implantar": "approve its release; `oficina rollback` brings an older one back",
    "reverter": "`oficina rollback`",
}
"""Types that a person may produce, but not by hand: their own command looks at more than the contract."""

FOUND = frozenset({"corrigir_bug"})
"""Those of them that may also be found at a task's work: they are held until their subtask starts."""

_MOST_BYTES = 2 << 20
_REMEDY = """as in '{"texto": "oi"}', or @FILE"""


def add(arguments: argparse.Namespace) -> int:
    """Produce the item; what its contract does not allow is refused with the path, and nothing is stored."""
    if arguments.tipo in OWN_WAYS and not (arguments.de and arguments.tipo in FOUND):
        raise WrongInput(
            f"{arguments.tipo} is not produced by hand", path="TIPO", remedy=OWN_WAYS[arguments.tipo]
        )
    new: dict[str, Any] = {"tipo": arguments.tipo, "contexto": read_object(arguments.contexto)}
    for name in ("titulo", "prioridade", "chave"):
        if getattr(arguments, name) is not None:
            new[name] = getattr(arguments, name)
    if arguments.depende_de:
        new["depende_de"] = arguments.depende_de
    if arguments.auto_pull is not None:
        if not arguments.de:
            raise WrongInput("--auto-pull is for what is found at a task's work", remedy="--from S022/T01")
        new["auto_pull"] = arguments.auto_pull == "yes"
    item = _found(arguments, new) if arguments.de else _produced(arguments, new)
    if arguments.json:
        print_json(item)
    else:
        print(f"{item['id']}: {clean(item['titulo'])} ({item['status']})")
    return EXIT_DONE


def _produced(arguments: argparse.Namespace, new: dict[str, Any]) -> dict[str, Any]:
    with opened(arguments) as shop:
        return shop.item(shop.backlog.produzir(new, produtor=PERSON))


def _found(arguments: argparse.Namespace, new: dict[str, Any]) -> dict[str, Any]:
    """What a person found at a task's work: it carries its origin."""
    from app.commands.decisions import person
    from app.sprint_words import at_work, task_meant

    arguments.task, arguments.sprint = arguments.de, None
    with at_work(arguments) as (shop, sprints):
        sprint_id, codigo = task_meant(shop, arguments)
        return shop.item(sprints.produzir_filho(sprint_id, codigo, new, person()))


def read_object(text: str) -> dict[str, Any]:
    """The JSON object in `text`, or in the file that `@FILE` names. Raises WrongInput with file and line."""
    file = text.removeprefix(FILE) if text.startswith(FILE) else ""
    if file:
        text = _content(Path(file))
    try:
        found = json.loads(text, parse_constant=_refuse)
        json.dumps(found, allow_nan=False, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise _wrong(f"not JSON: {error.msg} at column {error.colno}", file, error.lineno) from None
    except (ValueError, RecursionError):
        raise _wrong("holds what is no JSON: NaN, infinity, half a character, or too deep", file) from None
    if not isinstance(found, dict):
        raise _wrong("not a JSON object", file)
    return found


def _content(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise _wrong(f"can't be read: {error.strerror}", str(path)) from None
    if len(content) > _MOST_BYTES:
        raise _wrong("the file is too large", str(path))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _wrong("not UTF-8 text", str(path), line) from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _wrong(problem: str, file: str, line: int = 0) -> WrongInput:
    return WrongInput(problem, file=file, line=line if file else 0, path="--contexto", remedy=_REMEDY)
