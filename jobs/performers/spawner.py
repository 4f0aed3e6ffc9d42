"""Running one untrusted command in the sandbox, under a keeper of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

from jobs.launcher.orders import DEFAULT_LIMITS, Limits, Order, RunReport
from jobs.launcher.spawn import Stop, run_order
from jobs.sandbox import Sandbox

_PATH = "/usr/local/bin:/usr/bin:/bin"


class SpawnOptions(TypedDict, total=False):
    """How a command is run besides what it may write to; see `Spawner`, which has the defaults."""

    readonly: Sequence[Path]
    cwd: Path | None
    env: Mapping[str, str] | None
    timeout_s: float
    limits: Limits
    network: bool
    stdin: str
    stdout_path: Path | None
    on_line: Callable[[str, str], None] | None
    stop: Stop | None
    grace_s: float
    secrets: Mapping[str, str] | None


class Spawner:
    """`spawn(argv, writable=[…]) -> RunReport`, at the sandbox's level."""

    def __init__(
        self, sandbox: Sandbox, workdir: Path, *, on_report: Callable[[RunReport], None] | None = None
    ) -> None:
        self.sandbox, self.workdir, self._on_report = sandbox, workdir, on_report

    def __call__(
        self,
        argv: Sequence[str],
        *,
        writable: Sequence[Path],
        readonly: Sequence[Path] = (),
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout_s: float = 60.0,
        limits: Limits = DEFAULT_LIMITS,
        network: bool = False,
        stdin: str = "",
        stdout_path: Path | None = None,
        on_line: Callable[[str, str], None] | None = None,
        stop: Stop | None = None,
        grace_s: float = 0.0,
        secrets: Mapping[str, str] | None = None,
    ) -> RunReport:
        """Run `argv` to its end and return how that was; never raises for what the command does.

        `cwd` is the first of `writable` by default. The environment is PATH, HOME, LANG, `env` and `secrets`;
        of these only the secrets stand in no command line, which everybody on the machine can read.
        `timeout_s` is wall time; `limits.wall_s` is ignored. `stdout_path` takes standard output and error,
        `on_line` each line where there is no such file. Whether `stop` ends the run or its time does, it has
        `grace_s` seconds from SIGTERM to its end.
        """
        directory = cwd or (writable[0] if writable else self.workdir)
        # What starts the sandbox is found and loaded by these, not by what the work is given.
        own = {"PATH": _PATH, "HOME": str(directory), "LANG": "C.UTF-8"}
        wrapping = self.sandbox.level.name != "limits"
        wrapped = self.sandbox.wrap(
            argv, writable=writable, readonly=readonly, network=network, env=env, cwd=directory
        )
        order = Order(
            argv=wrapped,
            cwd=directory,
            env={**own, **({} if wrapping else env or {}), **(secrets or {})},
            limits=limits.within(wall_s=timeout_s),
            stdin=stdin,
            stdout_path=stdout_path,
            grace_s=grace_s,
            wrapped=wrapping,
        )
        report = run_order(order, level=self.sandbox.level.name, on_line=on_line, stop=stop)
        if self._on_report is not None:
            self._on_report(report)
        return report
