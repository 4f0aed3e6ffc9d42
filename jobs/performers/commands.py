"""A command of an actor's definition in its workspace: its words, what it may read, and what was approved.

What lies in the workspace can change after its owner approved it, so each attempt looks again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jobs.performers.places import place_of, private_places, private_problem, program_place
from store.commands import PRIVATE, PYTHON, WORKSPACE, Command, workspace_name
from store.errors import OficinaError

_DEPLOYED = Path(PRIVATE, "deploy")
_MOVERS = ("chmod", "cp", "ln", "mkdir", "mv", "rm", "rmdir", "tee", "touch")
_LOOKERS = (
    "[",
    "cat",
    "cmp",
    "diff",
    "file",
    "grep",
    "head",
    "ls",
    "sha256sum",
    "stat",
    "tail",
    "test",
    "wc",
)
_RUN_NOTHING = frozenset({*_MOVERS, *_LOOKERS})
"""Programs that never run or load what their words name (tar, openssl and install can): what these look at
or make can change."""


class NotRunnable(OficinaError):
    """The command cannot be run as it is; the message says why."""


def workspace_names(argv: Iterable[object], leitura: Iterable[object]) -> list[str]:
    """What of the workspace a command names, in order: paths relative to it."""
    found = [workspace_name(str(word)) for word in argv]
    found += [str(name) for name in leitura if not Path(str(name)).is_absolute()]
    return [name for name in dict.fromkeys(found) if name and ".." not in Path(name).parts]


def named_words(argv: Iterable[object], root: Path) -> list[str]:
    """What of the workspace a command names that runs in it, unsandboxed: paths relative to it.

    Whatever a word leads to counts, `{workspace}/…` or not: a script is run by its relative name as well.
    What the line has deployed does not: it was approved as a release.
    """
    words = [str(word) for word in argv if word]
    found = [os.path.normpath(name) for name in workspace_names(words, ())]
    if words and words[0] not in _RUN_NOTHING:
        candidates = words if "/" in words[0] else words[1:]
        found += [_there(part, root) for word in candidates for part in (word, word.partition("=")[2])]
    return [name for name in dict.fromkeys(found) if name]


def program_names(argv: Sequence[object], leitura: Iterable[object], root: Path) -> list[str]:
    """What of the workspace a program is made of. It runs in its own directory, so that only what is named
    from the workspace or from `/` can be there.
    """
    whole = [_there(str(word), root) for word in argv if str(word).startswith("/")]
    return [name for name in dict.fromkeys([*workspace_names(argv, leitura), *whole]) if name]


def _there(word: str, root: Path) -> str:
    """What of the workspace a word leads to, relative to it; empty for nothing."""
    if word.startswith("-") or not word or word == sys.executable or not os.path.lexists(root / word):
        return ""
    path = Path(os.path.normpath(root / word))
    if path == root or not path.is_relative_to(root):
        return ""
    name = path.relative_to(root)
    return "" if name.is_relative_to(_DEPLOYED) else name.as_posix()


def definition_name(name: str) -> str:
    """Under which name a part of a program is approved."""
    return f"actors.yaml: {name}"


def place_problem(command: Command, root: Path, key: str = "") -> tuple[str, str]:
    """What of the workspace a command needs and can't have: the field and what is wrong (empty: nothing).

    `key` is the signing key that `oficina.yaml` names, if any.
    """
    private = private_places(root, key)
    for name in workspace_names(command.argv, command.leitura):
        problem = _place_problem(root, name, private)
        if problem:
            return ("leitura" if name in command.leitura else "argv"), problem
    outside = (_outside_problem(Path(name), private) for name in command.leitura if Path(name).is_absolute())
    return "leitura", next((problem for problem in outside if problem), "")


def _outside_problem(path: Path, private: Iterable[Path]) -> str:
    """Why something outside of the workspace can't be handed to a program; empty when it can."""
    problem = private_problem(path, private)
    if problem:
        return f"{path} {problem}"
    return "" if path.exists() else f"{path} is not there"


def _place_problem(root: Path, name: str, private: Iterable[Path]) -> str:
    """Why something of the workspace can't be handed to a program; empty when it can."""
    if not os.path.lexists(root / name):
        return f"{name} is not there"
    return program_place(root, name, private).problem


def program_document(command: Command, root: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    """A command as it is run (`Program.from_document` reads it). Raises NotRunnable.

    `config` is the line's: `secrets` by name, and `approved`: the digest of each definition that the owner
    approved (None where nothing had to be).
    """
    root = Path(os.path.realpath(root))
    key = getattr(config.get("workspace"), "signing_key", "")
    _, problem = place_problem(command, root, key)
    if problem:
        raise NotRunnable(f"the command can't be run: {problem}")
    names = workspace_names(command.argv, command.leitura)
    parts = program_names(command.argv, command.leitura, root)
    digests = _approved(root, parts, config.get("approved"))
    # Resolved once: what is looked at here is what the program is given, wherever a link leads then.
    outside = [os.path.realpath(name) for name in command.leitura if Path(name).is_absolute()]
    return {
        "argv": [_word(word, root) for word in command.argv],
        "leitura": [*(os.path.normpath(root / name) for name in names), *outside],
        "aprovado": digests,
        "privado": [str(path) for path in private_places(root, key)],
        "ambiente": dict(command.ambiente),
        "segredos": {name: _secret(name, config) for name in command.segredos},
        "prazo_s": command.prazo_s,
        "turnos": command.turnos,
        "tentativas_correcao": command.tentativas_correcao,
        "medido": command.medido,
    }


def _secret(name: str, config: Mapping[str, Any]) -> str:
    value = config.get("secrets", {}).get(name)
    if not value:
        raise NotRunnable(f"the secret {name} is not there (see `secrets` in oficina.yaml)")
    return str(value)


def _approved(root: Path, names: Iterable[str], approved: Mapping[str, str] | None) -> dict[str, str]:
    """The digest of each file or directory of the program, by its full path. Each is the approved one."""
    digests = {}
    for name in names:
        digest = place_of(root, name).sha256
        if approved is not None and approved.get(definition_name(name)) != digest:
            raise NotRunnable(f"{name} changed since it was approved (look at it with `oficina trust`)")
        digests[os.path.normpath(root / name)] = digest
    return digests


def handed_problem(leitura: Sequence[str], aprovado: Mapping[str, str], privado: Sequence[str]) -> str:
    """Why a program can't be started with what it was to be given: something changed. Empty: it can."""
    private = [Path(path) for path in privado]
    for path in leitura:
        if os.path.realpath(path) != path:
            return f"{path} became a link"
        problem = private_problem(Path(path), private)
        if problem:
            return f"{path} {problem}"
    for path, digest in aprovado.items():
        if place_of(Path(path).parent, Path(path).name).sha256 != digest:
            return f"{path} changed since it was approved"
    return ""


def _word(word: str, root: Path) -> str:
    return sys.executable if word == PYTHON else word.replace(WORKSPACE, str(root))
