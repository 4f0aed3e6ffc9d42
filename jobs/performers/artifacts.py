"""The files that a program names as its artifacts: plain ones in its own directory, of bounded size, kept by
their content.

The directory is untrusted: every part of a path is opened without following links, so that none leads out.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from jobs.attempts import Objects
from jobs.workers.package import check_relative
from store.errors import WrongInput

MAX_FILE_BYTES, MAX_BYTES = 64 << 20, 256 << 20

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_REMEDY = "a plain file in the program's own directory, named relative to it"


def keep_artifacts(
    objects: Objects, directory: Path, paths: Sequence[str], *, secrets: Iterable[str] = ()
) -> dict[str, dict[str, Any]]:
    """Keep the files; returns `{sha256, tamanho}` of each by its path (bytes).

    Raises WrongInput, with the path in `artefatos`, for what leaves the directory, is no plain file, is too
    large, or holds one of `secrets`.
    """
    kept: dict[str, dict[str, Any]] = {}
    left, hidden = MAX_BYTES, [secret.encode() for secret in secrets if secret]
    for index, path in enumerate(paths):
        where = f"artefatos[{index}]"
        content = _content(directory, path, where, min(left, MAX_FILE_BYTES))
        refuse_secrets(content, path, where, hidden)
        left -= len(content)
        kept[path] = {"sha256": objects.put_bytes(content), "tamanho": len(content)}
    return kept


def refuse_secrets(content: bytes, path: str, where: str, secrets: Iterable[bytes]) -> None:
    """Raise WrongInput for a file that holds a secret: what is kept is shown to everybody."""
    if any(secret in content for secret in secrets):
        raise WrongInput(f"{path} holds a secret", path=where, remedy="write it without")


def _content(directory: Path, path: str, where: str, limit: int) -> bytes:
    try:
        check_relative(path)
    except WrongInput:
        raise WrongInput(f"{path!r} leaves the program's directory", path=where, remedy=_REMEDY) from None
    try:
        descriptor = _opened(directory, path)
    except OSError as error:
        raise WrongInput(f"{path}: {_why(error)}", path=where, remedy=_REMEDY) from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise WrongInput(f"{path} is no plain file", path=where, remedy=_REMEDY)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise WrongInput(
            f"{path} is too large",
            path=where,
            remedy=f"at most {MAX_FILE_BYTES >> 20} MB a file and {MAX_BYTES >> 20} MB together",
        )
    return content


def _opened(directory: Path, path: str) -> int:
    """The open file; no part of the path is a link."""
    *parents, name = path.split("/")
    current = os.open(directory, _DIRECTORY)
    try:
        for part in parents:
            below = os.open(part, _DIRECTORY, dir_fd=current)
            os.close(current)
            current = below
        return os.open(name, _PLAIN, dir_fd=current)
    finally:
        with suppress(OSError):
            os.close(current)


def _why(error: OSError) -> str:
    return "is not there" if isinstance(error, FileNotFoundError) else "is no plain file"
