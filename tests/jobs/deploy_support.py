"""Releases, targets and a look at what is live, for the tests of deployment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from worker_support import FakeChannel

from jobs.deploy.target import Target
from jobs.release import Release, build_release, verify_release
from jobs.testing.report import Case, TestReport
from jobs.workers.package import Package

REPORT = TestReport([Case("t::a", "a", "passou")], esperados=1)

GOOD = b"VERSAO = 1\n"
BAD = b"raise RuntimeError('does not import')\n"


def release(workspace: Path, versao: int, source: bytes = GOOD) -> Release:
    """A release of one package; `BAD` is one whose smoke test fails."""
    releases = workspace / "releases"
    releases.mkdir(parents=True, exist_ok=True)
    package = Package("loja", {"src/loja/__init__.py": source, "src/loja/v.txt": str(versao).encode()})
    return build_release(
        releases, [package], REPORT, spec_ref="loja", spec_versao=versao, spec_sha256="ab", token=f"r{versao}"
    )


def target(workspace: Path, **changes: Any) -> Target:
    known: dict[str, Any] = {"nome": "local", "dir": workspace / "target", "config": {"PORTA": 8080}}
    return Target(**{**known, **changes})


def channel(workspace: Path, token: str, **changes: Any) -> FakeChannel:
    return FakeChannel(workspace / "attempts" / token, token=token, **changes)


def live(where: Target) -> int | None:
    """The spec version that is live, read through the link and verified; None before the first."""
    name = where.current()
    if name is None:
        return None
    found = verify_release(where.link / "release", where.record(name)["manifest"])
    text = (where.link / "release/src/loja/v.txt").read_text()
    assert (
        int(text)
        == found.manifest["spec_versao"]
        == json.loads((where.link / "config.json").read_text())["spec_versao"]
    )
    return int(text)
