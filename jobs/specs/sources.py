"""Where the files of a spec come from: a workspace's directories, or a frozen version's objects."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from jobs.fields import control_characters
from store.errors import WrongInput
from store.yamlfile import MAX_BYTES


class Source(Protocol):
    """Reads the files of one spec."""

    arquivo: str
    """The spec's own file, as people know it: relative to the workspace."""

    def read(self, reference: str) -> tuple[str, bytes]:
        """The file that the spec refers to, as (path relative to the workspace, bytes).

        Raises:
            WrongInput: it leaves the workspace, or cannot be read; without file and line.
        """
        ...


@dataclass
class FileSource:
    """Files on disk. References are relative to the spec's directory and never leave the workspace.

    A spec that lies outside the workspace may refer to files in its own directory and below.
    """

    path: Path
    root: Path
    arquivo: str = field(init=False)

    def __post_init__(self) -> None:
        # Not resolved: a link is known by its own name, and is refused where it leads out of the workspace.
        self.path = Path.cwd() / self.path
        self.root = self.root.resolve()
        parent = self.path.parent.resolve()
        self.arquivo = posixpath.normpath(posixpath.join(relative_name(parent, self.root), self.path.name))
        self._fence = self.root if parent.is_relative_to(self.root) else parent

    def text(self) -> bytes:
        """The spec's own bytes."""
        if bad := control_characters(self.arquivo):
            raise WrongInput(
                f"the file's name has the character {bad}", file=self.arquivo, remedy="rename it"
            )
        target = _resolved(self.path, self.arquivo)
        if not target.is_relative_to(self._fence):
            raise WrongInput(
                "the file is a link that leaves the workspace",
                file=self.arquivo,
                remedy="copy it into the workspace",
            )
        return read_limited(target, self.arquivo)

    def read(self, reference: str) -> tuple[str, bytes]:
        """See `Source.read`; links are followed before the check, and none after it."""
        if posixpath.isabs(reference) or "\\" in reference:
            raise WrongInput(f"not a relative path: {reference}", remedy="relative to the spec, with /")
        try:
            target = _resolved(self.path.parent / reference, reference)
            if not target.is_relative_to(self._fence):
                raise WrongInput(
                    f"the path leaves the workspace: {reference}", remedy="keep the file beside the spec"
                )
            content = read_limited(target, reference)
        except WrongInput as error:
            if not error.file:
                raise
            raise WrongInput(f"{reference} {error.problem}", remedy=error.remedy) from None
        return joined(self.arquivo, reference), content


@dataclass
class FrozenSource:
    """A frozen version: what was read is all there is."""

    arquivo: str
    arquivos: Mapping[str, bytes]

    def text(self) -> bytes:
        """The spec's own bytes."""
        return self.arquivos[self.arquivo]

    def read(self, reference: str) -> tuple[str, bytes]:
        """See `Source.read`."""
        name = joined(self.arquivo, reference)
        if name not in self.arquivos:
            raise WrongInput(f"{reference} is not part of the frozen version", remedy="add the spec again")
        return name, self.arquivos[name]


def joined(arquivo: str, reference: str) -> str:
    """The path of a reference made in `arquivo`, relative to the workspace."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(arquivo), reference))


def relative_name(path: Path, root: Path) -> str:
    """`path` relative to `root` with `/`, also when it lies outside (`../frete.yaml`)."""
    return Path(os.path.relpath(path, root)).as_posix()


def read_limited(path: Path, name: str) -> bytes:
    """The bytes of a regular file of at most 2 MB; `path` is resolved, and no part of it may be a link.

    Raises:
        WrongInput: absent, unreadable, not a file, or too large.
    """
    try:
        handle = _open_without_links(path)
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise WrongInput("is not a file", file=name, remedy="name a file that is there")
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise WrongInput("does not exist", file=name, remedy="name a file that is there") from None
    except IsADirectoryError:
        raise WrongInput("is not a file", file=name, remedy="name a file that is there") from None
    except (OSError, ValueError) as error:
        raise WrongInput(f"cannot be read: {getattr(error, 'strerror', error)}", file=name) from None
    if len(content) > MAX_BYTES:
        raise WrongInput("is too large", file=name, remedy=f"at most {MAX_BYTES >> 20} MB")
    return content


def _resolved(path: Path, name: str) -> Path:
    """`path` with its links followed."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        problem = "a link that leads to itself" if isinstance(error, RuntimeError) else str(error)
        raise WrongInput(f"cannot be read: {problem}", file=name) from None


def _open_without_links(path: Path) -> int:
    """Open a file from the root down: a directory may have become a link since its path was checked.

    A pipe does not block.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    directory = os.open(path.anchor, flags | os.O_DIRECTORY)
    try:
        for part in path.parts[1:-1]:
            below = os.open(part, flags | os.O_DIRECTORY, dir_fd=directory)
            os.close(directory)
            directory = below
        return os.open(path.name or ".", flags | os.O_NONBLOCK, dir_fd=directory)
    finally:
        os.close(directory)
