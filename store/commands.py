"""Commands: the program that does an actor's step (`comandos` of an actor's definition, design.md, "Trust").

It speaks the performer protocol (docs/performers.md). What it may read, know and use is named here, and
approved with the rest of the workspace's definitions.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict, Field

from store.yamlfile import YamlDoc, YamlPath

WORKSPACE, PYTHON = "{workspace}", "{python}"
"""In a command's words: the workspace's directory, and the interpreter that runs oficina."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
PRIVATE = ".oficina"
"""Where the store is; no program may see it."""

_LOADED, _LOADED_BY = frozenset({"PATH", "HOME", "LANG", "LOCPATH", "GCONV_PATH"}), ("LD_", "GLIBC_", "LC_")
"""Variables that decide what a program loads."""


class Command(BaseModel):
    """One program; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    argv: tuple[str, ...] = Field(min_length=1)
    """The program and its arguments, never a line for a shell."""
    leitura: tuple[str, ...] = ()
    """What it may read besides the system and its own directory: paths in the workspace, or absolute ones."""
    segredos: tuple[str, ...] = ()
    """Secrets of `oficina.yaml` that it finds in its environment."""
    ambiente: dict[str, str] = Field(default_factory=dict)
    """More variables of its environment."""
    prazo_s: float = Field(default=1800.0, gt=0, le=7 * 86_400)
    """Seconds that one run of it may take."""
    turnos: int | None = Field(default=None, ge=1, le=100_000)
    """Turns that it may report in one run; None is no limit."""
    tentativas_correcao: int = Field(default=3, ge=0, le=20)
    """How often red tests are reported back to it."""
    medido: bool = False
    """Whether it reports what it uses while it runs; one that does not is bounded by time and turns."""


def check_command(doc: YamlDoc, path: YamlPath, command: Command) -> None:
    """Raise WrongInput for what the types alone don't show, with its line."""
    for index, word in enumerate(command.argv):
        problem = _unsayable(word)
        if problem:
            remedy = "plain text, not empty; a file of the workspace is {workspace}/tools/eco.py"
            raise doc.error((*path, "argv", index), problem, remedy)
    for index, name in enumerate(command.leitura):
        problem = _unreadable(name)
        if problem:
            raise doc.error((*path, "leitura", index), problem, "a path in the workspace, as in tools/eco.py")
    for index, name in enumerate(command.segredos):
        _check_variable(doc, (*path, "segredos", index), name)
        if name in _LOADED or name.startswith(_LOADED_BY):
            # A secret goes through the environment of what starts the sandbox.
            raise doc.error((*path, "segredos", index), f"{name} is not for a secret", "another name")
    for name, value in command.ambiente.items():
        _check_variable(doc, (*path, "ambiente", name), name)
        if "\0" in value:
            raise doc.error((*path, "ambiente", name), "has the character U+0000", "remove it")


def _check_variable(doc: YamlDoc, path: YamlPath, name: str) -> None:
    if not _VARIABLE.fullmatch(name):
        raise doc.error(path, "not a variable's name", "letters, digits and _")


def workspace_name(word: str) -> str:
    """What of the workspace a word of a command names, relative to it; empty for nothing."""
    return word.partition(f"{WORKSPACE}/")[2]


def _unsayable(word: str) -> str:
    """Why a word can't be one of a command; empty when it can."""
    if not word or not _plain(word):
        return "not a word of a command"
    return _unreadable(workspace_name(word) or ".") if WORKSPACE in word else ""


def _unreadable(name: str) -> str:
    """Why a path can't be granted; empty when it can."""
    path = PurePosixPath(name)
    if not name or not _plain(name):
        return "not a path"
    if ".." in path.parts:
        return "the path leads out of the workspace"
    if path.parts[:1] == (PRIVATE,) or path in (PurePosixPath("."), PurePosixPath("/")):
        return "the store is never handed to a program"
    return ""


def _plain(text: str) -> bool:
    return all(char.isprintable() for char in text)
