"""Memory that is not a process's own: what the sandbox lets untrusted work write to without a limit."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jobs.performers.spawner import Spawner
from jobs.sandbox import Sandbox, trial

TRIED = trial()
pytestmark = pytest.mark.skipif(TRIED.name != "full", reason=f"no full sandbox here: {TRIED.why}")

WRITABLE = """
import os, sys
for path in sys.argv[1:]:
    try:
        os.makedirs(path, exist_ok=True)
        open(os.path.join(path, "x"), "w").close()
        print(path)
    except OSError:
        pass
"""

# CLONE_NEWUSER and CLONE_NEWNS: with both, a plain user may mount.
NAMESPACE = "import ctypes, sys; sys.exit(0 if ctypes.CDLL(None).unshare(0x10000000 | 0x00020000) else 1)"


def inside(tmp_path: Path, code: str, *arguments: str) -> tuple[int, list[str]]:
    lines: list[str] = []
    report = Spawner(Sandbox(TRIED), tmp_path)(
        [sys.executable, "-I", "-S", "-c", code, *arguments],
        writable=[tmp_path],
        on_line=lambda _, line: lines.append(line),
    )
    return report.rc, lines


def test_only_bounded_places_can_be_written_to(tmp_path: Path) -> None:
    places = ["/", "/dev", "/run", "/home", "/var", "/tmp", "/dev/shm", str(tmp_path)]
    assert inside(tmp_path, WRITABLE, *places)[1] == ["/tmp", "/dev/shm", str(tmp_path)]


def test_devices_can_still_be_written_to(tmp_path: Path) -> None:
    assert inside(tmp_path, "open('/dev/null', 'w').write('x'); open('/dev/urandom', 'rb').read(1)") == (
        0,
        [],
    )


@pytest.mark.skipif("userns" not in TRIED.options, reason="this bubblewrap cannot forbid namespaces")
def test_no_namespace_can_be_made_inside(tmp_path: Path) -> None:
    assert inside(tmp_path, NAMESPACE)[0] == 0
