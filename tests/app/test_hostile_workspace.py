"""A workspace made by somebody who means harm: nothing of it runs before trust, nothing hangs, one line each.

It brings commands, modules that are named like ours, and pipes, links, and files without end where oficina
looks for its own. `OFICINA_TRAPS=all` sets every trap, else five are drawn by `OFICINA_SEED` or the day.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from attached_terminal import ROOT, Screen
from own_errors import own_errors

from store.journal.lines import seal

HANG_S, HUGE = 60, 64 << 30
EVERY, SAMPLE = bool(os.environ.get("OFICINA_TRAPS")), 5
SEED = int(os.environ.get("OFICINA_SEED", date.today().toordinal()))  # noqa: DTZ011 (workers must draw the same)
MODULES = (
    *("app", "jobs", "screens", "seeds", "store", "sitecustomize", "usercustomize", "yaml", "tinydb", "json"),
    *("pydantic", "textual", "asyncio", "signal", "encodings", "site"),
)
COMMANDS = (
    ("doctor",),
    ("items",),
    ("metrics",),
    ("events", "--limit", "5"),
    ("decisions",),
    ("store", "check"),
    ("trust",),
    ("run", "--headless", "--until-idle", "--timeout", "20"),
)
OFICINA = ("-P", "-c", "import sys; from app.main import main; sys.exit(main(sys.argv[1:]))")
"""As its installed script: the current directory is not where modules come from."""


class Hostile:
    """A workspace whose commands and modules leave a mark in `marks` when they run."""

    def __init__(self, root: Path, marks: Path) -> None:
        self.root, self.marks = root, marks
        marks.mkdir()
        for name in ("probe.sh", "install.sh", "agent.sh", "smoke.sh"):
            (root / name).write_text(f"#!/bin/sh\ntouch {marks}/ran-{name}\n")
            (root / name).chmod(0o755)
        for name in MODULES:
            text = f"import pathlib\npathlib.Path({str(marks / f'imported-{name}')!r}).touch()\n"
            (root / f"{name}.py").write_text(text)
            (root / name).mkdir(exist_ok=True)
            (root / name / "__init__.py").write_text(text)
        with (root / "oficina.yaml").open("a") as config:
            config.write("targets: [{nome: producao, dir: deploy, smoke: [./smoke.sh]}]\n")
        (root / "capabilities.yaml").write_text(
            "capacidades: {forno: {descricao: x, tipo_recurso: ferramenta, como_obter: x, criterio: x,"
            f" sonda: ['{root}/probe.sh'], instalar: ['{root}/install.sh']}}}}\n"
        )
        shutil.copy(ROOT / "seeds" / "examples" / "eco" / "contracts.yaml", root)
        (root / "actors.yaml").write_text(
            f"Eco:\n  tipos: {{eco: comando}}\n  comandos: {{eco: {{argv: ['{root}/agent.sh']}}}}\n"
        )

    @property
    def ran(self) -> list[str]:
        """What of it ran."""
        return sorted(path.name for path in self.marks.iterdir())


@pytest.fixture
def hostile(shop: Path, tmp_path: Path) -> Hostile:
    """The workspace, the current directory, with a store that did not come from here."""
    return Hostile(shop, tmp_path / "marks")


@pytest.fixture
def in_time() -> Iterator[None]:
    """What hangs fails."""

    def hangs(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"it hangs: {HANG_S} s")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(HANG_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def pipe(path: Path) -> None:
    _gone(path)
    os.mkfifo(path)


def endless(path: Path) -> None:
    _gone(path)
    with path.open("wb") as file:
        file.truncate(HUGE)


def endless_behind_a_good_header(path: Path) -> None:
    endless(path)
    header = b'{"format":"oficina-store/1","base":1,"seed":"00000000","schemas":{}'
    with path.open("r+b") as file:
        file.write(seal(header, 0)[0] + seal(b'{"seq":1', 0)[0])


def to_zero(path: Path) -> None:
    _gone(path)
    path.symlink_to("/dev/zero")


def directory(path: Path) -> None:
    _gone(path)
    path.mkdir()


def outside(path: Path) -> None:
    """A link to a directory that is not the workspace's."""
    elsewhere = path.parents[1] / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    (elsewhere / "mine").write_text("mine")
    _gone(path)
    path.symlink_to(elsewhere)


def _gone(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)


PLACES = (
    *("oficina.yaml", "actors.yaml", "capabilities.yaml", "contracts.yaml", "policy.yaml"),
    *(".oficina/line.lock", ".oficina/line.json", ".oficina/logs/oficina.jsonl", ".oficina/store/lock"),
    *(
        ".oficina/store/compact.lock",
        ".oficina/store/snapshot.json",
        ".oficina/store/journal-000000000001.jsonl",
    ),
    *(".oficina/views.json", ".oficina/metrics.json"),
)
TRAPS: dict[str, tuple[str, Callable[[Path], None]]] = {
    f"{name} is {kind.__name__}": (name, kind)
    for name in PLACES
    for kind in (pipe, endless, to_zero, directory)
} | {f"{name} leads outside": (name, outside) for name in (".oficina", ".oficina/store", ".oficina/attempts")}
TRAPS["the journal is endless behind a good header"] = (
    ".oficina/store/journal-000000000001.jsonl",
    endless_behind_a_good_header,
)


def check(said: Any, words: tuple[str, ...]) -> None:
    """It did, or said in one line why not."""
    assert said.code in (0, 1, 2), words
    assert own_errors(said.out, said.err) == [], words
    if said.code == 2 and words != ("trust",):
        assert said.err.count("\n") == 1, (words, said.err)
    assert len(said.err) < 20_000
    assert len(said.out) < (3 << 20 if words == ("trust",) else 20_000), "a file is shown up to 2 MB of it"


@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize(
    "trap", sorted(TRAPS) if EVERY else random.Random(SEED).sample(sorted(TRAPS), SAMPLE)
)
def test_a_trap_is_neither_waited_for_nor_followed(trap: str, hostile: Hostile, oficina: Any) -> None:
    name, set_up = TRAPS[trap]
    set_up(hostile.root / name)
    for words in COMMANDS:
        check(oficina(*words), words)
    assert own_errors(workspaces=[hostile.root]) == []
    assert hostile.ran == []
    elsewhere = hostile.root / "elsewhere"
    assert not elsewhere.exists() or [path.name for path in elsewhere.iterdir()] == ["mine"]


def test_modules_of_the_workspace_are_never_imported(hostile: Hostile) -> None:
    """As processes, whose children run in it, too."""
    for words in (("doctor",), ("trust",), ("run", "--headless", "--until-idle")):
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, *OFICINA, *words],
            cwd=hostile.root, env=env, capture_output=True, text=True, timeout=HANG_S, check=False,
        )  # fmt: skip
        assert done.returncode == (2 if "run" in words else done.returncode), done.stderr
        assert own_errors(done.stdout, done.stderr, workspaces=[hostile.root]) == []
    assert hostile.ran == []


def test_its_screen_opens_for_viewing_and_nothing_runs(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attached_terminal.OFICINA", [sys.executable, *OFICINA])
    screen = Screen(hostile.root)
    try:
        screen.shows("view only")
        screen.press("q")
        assert screen.process.wait(HANG_S) == 0
        assert own_errors(screen.shown, workspaces=[hostile.root]) == []
    finally:
        screen.close()
    assert hostile.ran == []


def test_once_it_is_trusted_its_probe_runs(hostile: Hostile, oficina: Any) -> None:
    """So the marks would have told."""
    approved = oficina("trust", "--yes")
    assert approved.code == 0, approved.err
    oficina("capability", "probe", "forno")
    assert own_errors(workspaces=[hostile.root]) == []
    assert hostile.ran == ["ran-probe.sh"]
