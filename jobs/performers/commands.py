"""A command of an actor's definition in its workspace: its words, what it may read, and what was approved.

What lies in the workspace can change after its owner approved it, so each attempt looks again.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jobs.trees import TooDeepError, plain_walk
from store.commands import PRIVATE, PYTHON, WORKSPACE, Command, workspace_name
from store.errors import OficinaError

MAX_FILES, MAX_BYTES, MAX_DEPTH = 5_000, 64 << 20, 32
"""What a program may consist of, so that all of it can be approved."""

_WHOLE_BYTES = 64 << 10
_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class NotRunnable(OficinaError):
    """The command cannot be run as it is; the message says why."""


def workspace_names(argv: Iterable[object], leitura: Iterable[object]) -> list[str]:
    """What of the workspace a command names, in order: paths relative to it."""
    found = [workspace_name(str(word)) for word in argv]
    found += [str(name) for name in leitura if not Path(str(name)).is_absolute()]
    return [name for name in dict.fromkeys(found) if name and ".." not in Path(name).parts]


def definition_name(name: str) -> str:
    """Under which name a part of a program is approved."""
    return f"actors.yaml: {name}"


def definition_text(path: Path) -> str:
    """What is approved of a file or directory: a small text as it is, of all else digests and sizes."""
    try:
        found = path.lstat()
    except OSError:
        return "is not there"
    if stat.S_ISLNK(found.st_mode):
        return f"a link to {path.readlink()}"
    if stat.S_ISDIR(found.st_mode):
        return _tree_text(path)
    if not stat.S_ISREG(found.st_mode):
        return "no plain file"
    if found.st_size > MAX_BYTES:
        return f"{found.st_size} bytes: too large to be approved"
    content = _read(path)
    try:
        return content.decode() if len(content) <= _WHOLE_BYTES else _digest(content)
    except UnicodeDecodeError:
        return _digest(content)


def _tree_text(directory: Path) -> str:
    lines, size = [], 0
    try:
        for path in plain_walk(directory, depth=MAX_DEPTH, entries=MAX_FILES):
            name = path.relative_to(directory).as_posix()
            size += path.lstat().st_size
            if size > MAX_BYTES:
                raise TooDeepError
            plain = stat.S_ISREG(path.lstat().st_mode)
            lines.append(f"{name} {_digest(_read(path)) if plain else 'no plain file'}")
    except TooDeepError:
        return _too_large(directory)
    return "\n".join(lines)


def _too_large(path: Path) -> str:
    return f"{path.name} is too large to be approved: over {MAX_FILES} files or {MAX_BYTES >> 20} MB"


def _read(path: Path) -> bytes:
    with os.fdopen(os.open(path, _PLAIN), "rb") as file:
        return file.read(MAX_BYTES + 1)


def _digest(content: bytes) -> str:
    return f"{hashlib.sha256(content).hexdigest()} {len(content)} bytes"


def place_problem(command: Command, root: Path) -> tuple[str, str]:
    """What of the workspace a command needs and can't have: the field and what is wrong (empty: nothing)."""
    for name in workspace_names(command.argv, command.leitura):
        problem = _place_problem(root, name)
        if problem:
            return ("leitura" if name in command.leitura else "argv"), problem
    outside = (_outside_problem(root, Path(name)) for name in command.leitura if Path(name).is_absolute())
    return "leitura", next((problem for problem in outside if problem), "")


def _outside_problem(root: Path, path: Path) -> str:
    """Why something outside of the workspace can't be handed to a program; empty when it can."""
    private, found = (root / PRIVATE).resolve(), path.resolve()
    if private.is_relative_to(found) or found.is_relative_to(private):
        return f"{path} holds the store, which is never handed to a program"
    return "" if path.exists() else f"{path} is not there"


def _place_problem(root: Path, name: str) -> str:
    """Why something of the workspace can't be handed to a program; empty when it can."""
    path = root / name
    if not path.exists():
        return f"{name} is not there"
    if path.resolve() != root.resolve() / Path(os.path.normpath(name)):
        return f"{name} leads through a link"
    if not (path.is_file() or path.is_dir()):
        return f"{name} is no plain file"
    text = definition_text(path)
    return text if text.endswith("too large to be approved") or text == _too_large(path) else ""


def program_document(command: Command, root: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    """A command as it is run (`Program.from_document` reads it). Raises NotRunnable.

    `config` is the line's: `secrets` by name, and `approved`: the digest of each definition that the owner
    approved (None where nothing had to be).
    """
    _, problem = place_problem(command, root)
    if problem:
        raise NotRunnable(f"the command can't be run: {problem}")
    names = workspace_names(command.argv, command.leitura)
    _check_approved(root, names, config.get("approved"))
    outside = [name for name in command.leitura if Path(name).is_absolute()]
    return {
        "argv": [_word(word, root) for word in command.argv],
        "leitura": [*(str(root / name) for name in names), *outside],
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


def _check_approved(root: Path, names: Iterable[str], approved: Mapping[str, str] | None) -> None:
    for name in names if approved is not None else ():
        digest = hashlib.sha256(definition_text(root / name).encode()).hexdigest()
        if approved is not None and approved.get(definition_name(name)) != digest:
            raise NotRunnable(f"{name} changed since it was approved (look at it with `oficina trust`)")


def _word(word: str, root: Path) -> str:
    return sys.executable if word == PYTHON else word.replace(WORKSPACE, str(root))
