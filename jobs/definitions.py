"""A workspace's own files of definitions, each read once: what is approved is what is parsed.

Whoever may write in the workspace could otherwise change a file between its check and its use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jobs.workspace import DEFINITIONS, WorkspacePaths
from store.yamlfile import ReadFile


@dataclass(frozen=True)
class OwnFiles:
    """A workspace's own definitions at one moment; empty for one that defines nothing, or is not trusted."""

    files: Mapping[str, ReadFile] = field(default_factory=dict)
    """By name, as in `DEFINITIONS`; only those that are there."""
    politicas: tuple[ReadFile, ...] = ()
    """The rules that `oficina.yaml` switches on, in their order."""

    @classmethod
    def read(cls, paths: WorkspacePaths, politicas: Iterable[Path]) -> OwnFiles:
        """Read them all. Raises WrongInput for a file that cannot be read."""
        found = {name: path for name in DEFINITIONS if (path := paths.definition(name)) is not None}
        return cls(
            {name: ReadFile.read(path) for name, path in found.items()},
            tuple(ReadFile.read(path) for path in politicas),
        )

    def get(self, name: str) -> ReadFile | None:
        """One of `DEFINITIONS`, where the workspace has it."""
        return self.files.get(name)
