"""The sandbox that untrusted work runs in, and the trial that says how good it is here.

`full` is bubblewrap with every namespace of its own; `limits` is a keeper's limits and a bare environment
only: the network and the user's files stay within reach, which every result then says (design.md, "Trust").
"""

from __future__ import annotations

import json
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jobs.launcher.orders import Limits, Order
from jobs.launcher.spawn import run_order

LevelName = Literal["full", "limits"]
_TMP_BYTES = 256 << 20
_ETC = (
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "alternatives",
    "localtime",
    "nsswitch.conf",
    "mime.types",
)
_ETC_NETWORK = ("resolv.conf", "hosts", "ssl", "pki", "ca-certificates")
# What a trial must find from inside: nothing of ours to write to or to reach, and a namespace of its own.
_PROBE = """
import json, os, socket, sys
def ends_well(action):
    try:
        action()
        return True
    except OSError:
        return False
for path in sys.argv[1:3]:
    ends_well(lambda: open(path, "w").close())
print(json.dumps({
    "kernel": ends_well(lambda: open("/proc/sys/kernel/core_pattern", "a").close()),
    "network": ends_well(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[3])), 1).close()),
    "pid": os.getpid(),
}))
"""


@dataclass(frozen=True, slots=True)
class Level:
    """How far untrusted work is kept apart here, and why not further."""

    name: LevelName
    why: str
    options: tuple[str, ...] = ()
    """What of bubblewrap works here besides the basics: `proc`, `size`, `userns` (no namespaces inside)."""


LIMITS_ONLY = Level("limits", "bubblewrap was not tried")


class Sandbox:
    """Puts a command into the sandbox of one level."""

    def __init__(self, level: Level) -> None:
        self.level = level

    def wrap(
        self,
        argv: Sequence[str],
        *,
        writable: Sequence[Path],
        readonly: Sequence[Path] = (),
        network: bool = False,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> list[str]:
        """The command that runs `argv` with only `writable` to write to; at `limits` the command itself.

        `readonly` paths are visible besides the system and this Python. `env` are the work's variables; it
        finds those as well that the sandbox is started with, which nobody else can see (a secret's place).
        """
        if self.level.name == "limits":
            return [str(part) for part in argv]
        command = ["bwrap", "--unshare-all", "--as-pid-1", "--die-with-parent", "--new-session"]
        command += ["--cap-drop", "ALL", "--hostname", "oficina"]
        if "userns" in self.level.options:
            # In a namespace of its own the work could mount memory that no limit counts.
            command += ["--unshare-user", "--disable-userns"]
        command += self._system(network)
        for option, paths in (("--ro-bind", readonly), ("--bind", writable)):
            for path in paths:
                command += [option, str(path.resolve()), str(path.resolve())]
        # Both are memory that no limit counts. Last: the directories to mount on have to be made first.
        command += ["--remount-ro", "/dev", "--remount-ro", "/"]
        for name, value in (env or {}).items():
            command += ["--setenv", name, value]
        if cwd is not None:
            command += ["--chdir", str(cwd.resolve())]
        return [*command, "--", *(str(part) for part in argv)]

    def _system(self, network: bool) -> list[str]:
        parts = ["--ro-bind", "/usr", "/usr"]
        for name in ("lib", "lib32", "lib64", "bin", "sbin"):
            parts += _system_directory(Path("/") / name)
        for name in _ETC + (_ETC_NETWORK if network else ()):
            parts += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
        if "proc" in self.level.options:
            # Root's work, without any capability, may else write what the kernel of all is steered by.
            parts += ["--proc", "/proc", "--remount-ro", "/proc"]
        parts += ["--dev", "/dev", *self._tmpfs("/dev/shm"), *self._tmpfs("/tmp")]
        for prefix in sorted({sys.prefix, sys.base_prefix}):
            if not prefix.startswith("/usr"):
                parts += ["--ro-bind", prefix, prefix]
        return parts + (["--share-net"] if network else [])

    def _tmpfs(self, path: str) -> list[str]:
        """A bounded one where bubblewrap can: what is written to it is memory that no limit counts."""
        bound = ["--size", str(_TMP_BYTES)] if "size" in self.level.options else []
        return [*bound, "--tmpfs", path]


def offline(argv: Sequence[str], level: Level) -> list[str]:
    """The command with the machine as it is, all but the network; at `limits` the command itself."""
    if level.name == "limits":
        return [str(part) for part in argv]
    return ["bwrap", "--dev-bind", "/", "/", "--unshare-net", "--die-with-parent", "--", *map(str, argv)]


def _system_directory(path: Path) -> list[str]:
    if path.is_symlink():
        return ["--symlink", str(path.readlink()), str(path)]
    return ["--ro-bind", str(path), str(path)] if path.is_dir() else []


def trial() -> Level:
    """Try the sandbox for real: bubblewrap may be missing, or installed and refused (containers, WSL)."""
    if shutil.which("bwrap") is None:
        return Level("limits", "bubblewrap is not installed")
    why = ""
    for options in (("proc", "size", "userns"), ("proc", "size"), ("proc",), ()):
        candidate = Level("full", "every namespace of its own, tried at start", options)
        problem = _problem_with(Sandbox(candidate))
        if not problem:
            return candidate
        why = why or problem
    return Level("limits", f"bubblewrap is refused here: {why}")


def _problem_with(sandbox: Sandbox) -> str:
    """What is wrong with the sandbox, seen from inside; empty when it holds."""
    with (
        tempfile.TemporaryDirectory(prefix="oficina-trial-") as name,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        outside = Path(name)
        inside = outside / "inside"
        inside.mkdir()
        port = server.getsockname()[1]
        probe = [sys.executable, "-I", "-S", "-c", _PROBE, str(outside / "x"), str(inside / "x"), str(port)]
        lines: dict[str, list[str]] = {"out": [], "err": []}
        report = run_order(
            Order(
                argv=sandbox.wrap(probe, writable=[inside], cwd=inside),
                cwd=outside,
                env={"PATH": "/usr/bin:/bin"},
                limits=Limits(wall_s=10.0),
            ),
            on_line=lambda stream, line: lines[stream].append(line),
        )
        if (outside / "x").exists():
            return "it let a file be written outside"
        if report.ok and not (inside / "x").exists():
            return "it kept the work from its own directory"
    if not report.ok or not lines["out"]:
        return (lines["err"] or [report.error or report.killed_for or f"exit code {report.rc}"])[-1]
    return _judge(json.loads(lines["out"][-1]))


def _judge(seen: Mapping[str, object]) -> str:
    if seen["kernel"]:
        return "it left the kernel's settings open"
    if seen["network"]:
        return "it left the network open"
    return "" if seen["pid"] == 1 else "it left the other processes in sight"
