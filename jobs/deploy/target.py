"""A deploy target as it is configured, and its directory as it is found."""

from __future__ import annotations

import fcntl
import json
import os
import re
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.attempts import sync_directory
from jobs.testing.outputs import UnreadableError, read_plain
from jobs.trees import remove_tree
from store.errors import OficinaError, WrongInput

DEFAULT_SMOKE = ("{python}", "-I", "-B", "{release}/smoke.py")
"""Imports what the release holds. `{python}`, `{release}`, `{config}` and `{target}` are filled in."""

_VERSION = re.compile(r"[0-9a-f]{12}-[A-Za-z0-9]{1,12}")
_RETRY_S = 0.05
RECORD_BYTES = 1 << 20
"""A record larger than this is none that a deployment made."""


class DeployError(OficinaError):
    """The deployment could not be done; what was live before is live."""


class TargetBusyError(DeployError):
    """Another deployment holds the target's lock; the message names it."""


class UnclearTargetError(DeployError):
    """The target is neither as it was nor as it was meant to be: a person must look. Nothing was changed."""


@dataclass(frozen=True)
class Target:
    """Where releases go. The first configured one has the `ambiente` of production."""

    nome: str
    dir: Path
    ambiente: str = "producao"
    smoke: Sequence[str] = DEFAULT_SMOKE
    manter: int = 3
    """How many versions are kept, the live one and the one before it always."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """Goes into the version's config.json; secrets don't belong here."""
    smoke_timeout_s: float = 60.0
    rede: bool = False
    """Whether the smoke command may use the network."""

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Target:
        """The target in a step's input document; raises WrongInput for fields that no target has."""
        known = dict(document)
        try:
            target = cls(
                **{**known, "dir": Path(known["dir"]), "smoke": tuple(known.get("smoke", DEFAULT_SMOKE))}
            )
        except (KeyError, TypeError) as error:
            raise WrongInput(f"the deploy target is not complete: {error}", path="alvo") from error
        if not target.dir.is_absolute():
            raise WrongInput(
                f"the target's directory {target.dir} is relative", path="alvo.dir", remedy="a full path"
            )
        return target

    def to_document(self) -> dict[str, Any]:
        """The target as a JSON document; `from_document` reads it."""
        return {**vars(self), "dir": str(self.dir), "smoke": list(self.smoke), "config": dict(self.config)}

    @property
    def versions(self) -> Path:
        return self.dir / "versions"

    @property
    def link(self) -> Path:
        return self.dir / "current"

    def version_dir(self, name: str) -> Path:
        """The directory of a version; raises UnclearTargetError for a name that is none."""
        if not _VERSION.fullmatch(name):
            raise UnclearTargetError(f"{name!r} is not a version of the target {self.nome}")
        return self.versions / name

    def current(self) -> str | None:
        """The live version's name; None before the first. Raises UnclearTargetError for a foreign link."""
        try:
            aim = str(self.link.readlink())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnclearTargetError(f"{self.link} is not a link: {error.strerror}") from error
        parent, _, name = aim.rpartition("/")
        if parent != "versions" or not _VERSION.fullmatch(name) or not self.version_dir(name).is_dir():
            raise UnclearTargetError(f"{self.link} leads to {aim!r}, which no deployment made")
        return name

    def record(self, name: str) -> dict[str, Any]:
        """The deployment.json of a version; raises UnclearTargetError when it is missing or broken."""
        path = self.version_dir(name) / "deployment.json"
        try:
            document = json.loads(read_plain(path.parent, path.name, RECORD_BYTES))
        except (UnreadableError, ValueError, RecursionError) as error:
            raise UnclearTargetError(f"{path} can't be read") from error
        if not isinstance(document, dict) or not isinstance(document.get("numero"), int):
            raise UnclearTargetError(f"{path} is not a deployment's record")
        return document

    def names(self) -> list[str]:
        """The versions that are there, oldest first."""
        if not self.versions.is_dir():
            return []
        found = [path.name for path in self.versions.iterdir() if _VERSION.fullmatch(path.name)]
        return sorted(found, key=lambda name: self.record(name)["numero"])

    def prepare(self) -> None:
        """Make the target's directories, for their owner only.

        Raises UnclearTargetError for versions that a link keeps elsewhere or that belong to somebody else:
        what is swept there would not be a deployment's.
        """
        self.dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.versions.mkdir(mode=0o700, exist_ok=True)
        found = self.versions.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise UnclearTargetError(f"{self.versions} is a link or another user's: no deployment made it")

    @contextmanager
    def lock(self, token: str, timeout_s: float) -> Iterator[None]:
        """Hold the target's lock; it ends with the process. Raises TargetBusyError after `timeout_s`."""
        handle = os.open(self.dir / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            self._wait_for(handle, timeout_s)
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()}, token {token}".encode(), 0)
            yield
        finally:
            os.close(handle)

    def _wait_for(self, handle: int, timeout_s: float) -> None:
        end = time.monotonic() + timeout_s
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError as error:
                if time.monotonic() >= end:
                    holder = os.pread(handle, 200, 0).decode(errors="replace")
                    raise TargetBusyError(f"the target {self.nome} is held by {holder}") from error
            time.sleep(_RETRY_S)

    def point_to(self, name: str | None, token: str) -> None:
        """Make a version live by one rename; None takes the link away. Call it with the lock held."""
        if name is None:
            self.link.unlink(missing_ok=True)
        else:
            self.version_dir(name)
            temporary = self.dir / f".current-{token}"
            temporary.unlink(missing_ok=True)
            temporary.symlink_to(f"versions/{name}")
            temporary.rename(self.link)
        sync_directory(self.dir)

    def discard(self, name: str) -> None:
        """Remove a version that is not live: out of sight by one rename, then for good."""
        grave = self.versions / f".old-{name}"
        remove_tree(grave)
        self.version_dir(name).rename(grave)
        remove_tree(grave)

    def sweep(self) -> None:
        """Remove what interrupted deployments left half-made. Call it with the lock held."""
        for path in self.versions.glob(".*"):
            remove_tree(path) if path.is_dir() else path.unlink()
        for path in self.dir.glob(".current-*"):
            path.unlink()

    def prune(self) -> list[str]:
        """Remove the oldest versions beyond `manter`, never the live one or its predecessor; their names."""
        live = self.current()
        kept = {live, self.record(live)["antes"] if live else None}
        removed = [name for name in self.names()[: -max(1, self.manter)] if name not in kept]
        for name in removed:
            self.discard(name)
        return removed
