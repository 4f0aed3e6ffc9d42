"""Stops a process at a chosen system call, and remembers what a disk would hold when the power goes."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

REAL: dict[str, Callable[..., Any]] = {
    name: getattr(os, name) for name in ("pwrite", "fsync", "fdatasync", "rename", "ftruncate", "unlink")
}


def die_at(count: int, mode: str, say: Callable[[str], None]) -> None:
    """Kill this process `before`, `after` or `half` way in its `count`-th call that changes a disk."""
    seen = 0

    def hooked(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == count:
                if mode == "half" and name == "pwrite":
                    fd, data, offset = arguments
                    REAL[name](fd, data[: len(data) // 2], offset)
                if mode == "after":
                    REAL[name](*arguments, **options)
                say(f"@{name}")
                os.kill(os.getpid(), signal.SIGKILL)
            return REAL[name](*arguments, **options)

        return call

    for name in REAL:
        setattr(os, name, hooked(name))


class PowerLoss:
    """Follows a directory through `os`, and builds states that a disk may be in after the power went.

    A file's content is certain as of its last fsync, a name as of the directory's; anything newer may be
    there, or not, or be partly written in sectors of 512 bytes. Directories in it are followed, too.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.acknowledged = 0
        self.moments: list[
            tuple[int, dict[str, int], dict[str, int], dict[int, bytes], dict[int, bytes]]
        ] = []
        self._durable: dict[int, bytes] = {}
        self._durable_names: dict[str, int] = {}
        self._durable_below: set[str] = set()
        self._held: dict[int, int] = {}

    def settle(self) -> None:
        """What is there now is certain: it was there long before."""
        for inode in self._names().values():
            self._durable[inode] = self._content(inode)
        for below in self._below():
            self._synced_names(below)
        self.remember()

    def install(self, monkeypatch: Any) -> None:
        """Watch every call that changes a disk from now on."""
        for name in REAL:
            monkeypatch.setattr(os, name, self._hooked(name))

    def _hooked(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self._names()
            result = REAL[name](*arguments, **options)
            if name in ("fsync", "fdatasync"):
                self._synced(arguments[0])
            self.remember()
            return result

        return call

    def _names(self) -> dict[str, int]:
        return {
            f"{below}/{name}".removeprefix("./"): inode
            for below in self._below()
            for name, inode in self._named(self.directory / below).items()
        }

    def _below(self) -> list[str]:
        return [".", *(entry.name for entry in os.scandir(self.directory) if entry.is_dir())]

    def _named(self, directory: Path) -> dict[str, int]:
        found = {}
        for entry in os.scandir(directory):
            inode = entry.inode()
            if entry.is_file():
                found[entry.name] = inode
                if inode not in self._held:
                    # Held open, so that the system gives the number to no other file.
                    self._held[inode] = os.open(entry.path, os.O_RDONLY)
        return found

    def _synced(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        for below in self._below():
            if status.st_ino == (self.directory / below).stat().st_ino:
                self._synced_names(below)
                return
        if status.st_ino in self._held:
            self._durable[status.st_ino] = self._content(status.st_ino)

    def _synced_names(self, below: str) -> None:
        """The names in a directory are certain; those in one whose own name is not come with it."""
        now, certain = self._names(), self._durable_names
        if below == ".":
            self._durable_below = set(self._below())
            gone = {name for name in certain if "/" not in name}
            new = {name: inode for name, inode in now.items() if "/" not in name}
        else:
            gone = {name for name in certain if name.startswith(f"{below}/")}
            new = {name: inode for name, inode in now.items() if name.startswith(f"{below}/")}
        self._durable_names = {name: inode for name, inode in certain.items() if name not in gone} | new

    def _certain_names(self) -> dict[str, int]:
        return {
            name: inode
            for name, inode in self._durable_names.items()
            if "/" not in name or name.partition("/")[0] in self._durable_below
        }

    def _content(self, inode: int) -> bytes:
        return os.pread(self._held[inode], 1 << 24, 0)

    def remember(self) -> None:
        """Note this moment: what is certain and what the running system sees."""
        now = self._names()
        content = {inode: self._content(inode) for inode in {*now.values(), *self._durable_names.values()}}
        self.moments.append((self.acknowledged, self._certain_names(), now, dict(self._durable), content))

    def close(self) -> None:
        """Give the descriptors back."""
        for descriptor in self._held.values():
            os.close(descriptor)

    def rebuild(self, moment: int, target: Path, chance: random.Random | None) -> int:
        """Write a state of `moment` (without chance: the certain one); what was acknowledged then."""
        acknowledged, certain_names, names, certain, content = self.moments[moment]
        target.mkdir()
        for name in sorted({*certain_names, *names}):
            newer = chance is not None and chance.random() < 0.5
            inode = (names if newer else certain_names).get(name)
            if inode is not None:
                old, new = certain.get(inode, b""), content.get(inode, b"")
                (target / name).parent.mkdir(exist_ok=True)
                (target / name).write_bytes(_mixed(old, new, chance) if chance else old)
        return acknowledged


def _mixed(old: bytes, new: bytes, chance: random.Random) -> bytes:
    """A file between `old`, which is certain, and `new`: some sectors were written, some not."""
    if not new.startswith(old):
        return new if chance.random() < 0.5 else old
    length = chance.choice((len(old), len(new), chance.randint(len(old), len(new))))
    mixed = bytearray(length)
    for start in range(0, length, 512):
        end = min(start + 512, length)
        piece = new[start:end] if chance.random() < 0.6 else b""
        mixed[start : start + len(piece)] = piece
    mixed[: len(old)] = old
    return bytes(mixed)
