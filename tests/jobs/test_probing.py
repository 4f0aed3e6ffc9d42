"""Probes that misbehave: each ends within its limits, leaves nothing behind, and has not passed."""

from __future__ import annotations

import hashlib
import socket
import sys
from pathlib import Path

import pytest
from line_factory import setup, started, wait_for
from test_line_upkeep import processes_with

from jobs.performers.places import place_of
from jobs.probing import PROBE_LIMITS, ProbeCommand, ProbeResult, run_now
from jobs.sandbox import LIMITS_ONLY, Level, trial
from store.backlog.gaps import request_probe

PYTHON = [sys.executable, "-I", "-S", "-c"]


def probe(tmp_path: Path, *argv: str, timeout_s: float = 20.0, network: bool = True) -> ProbeResult:
    return run_now(ProbeCommand(argv, tmp_path, timeout_s, network=network), LIMITS_ONLY)


def test_a_probe_that_hangs_is_ended_at_its_time(tmp_path: Path) -> None:
    said = probe(tmp_path, "sh", "-c", "trap '' TERM; echo still here; sleep 600", timeout_s=0.5)
    assert (said.passou, said.detalhe) == (False, "timed out after 0.5 s\nstill here")


def test_a_probe_that_forks_without_end_is_ended_whole(tmp_path: Path) -> None:
    mark = f"fork-{tmp_path.name}"
    code = f"import os, time; name = {mark!r}\nwhile True:\n os.fork() or time.sleep(600)"
    said = probe(tmp_path, *PYTHON, code)
    assert (said.passou, "over its limit of processes" in said.detalhe) == (False, True)
    wait_for(lambda: not processes_with(mark), "all of them ended")


def test_what_a_probe_leaves_in_the_background_is_ended(tmp_path: Path) -> None:
    mark = f"left-{tmp_path.name}"
    said = probe(tmp_path, "sh", "-c", f"sh -c 'sleep 600; : {mark}' & setsid sleep 601 & exit 0")
    assert said.passou
    wait_for(lambda: not processes_with(mark), "it ended")


def test_a_probe_that_prints_without_end_is_ended_and_little_is_kept(tmp_path: Path) -> None:
    code = "import sys\nfor _ in range(100): sys.stdout.write('x' * (1 << 20))"
    said = probe(tmp_path, *PYTHON, code)
    assert (said.passou, "over its limit of output" in said.detalhe) == (False, True)
    assert len(said.detalhe) < 1_200
    assert PROBE_LIMITS.output_bytes == 1 << 20


def test_a_probe_that_needs_a_terminal_finds_none_and_does_not_wait_for_one(tmp_path: Path) -> None:
    said = probe(tmp_path, "sh", "-c", "read answer </dev/tty")
    assert (said.passou, "timed out" in said.detalhe) == (False, False)
    asks = probe(tmp_path, "sh", "-c", "read answer || echo nobody answers; test -t 0")
    assert (asks.passou, "nobody answers" in asks.detalhe) == (False, True)


def test_a_probe_gets_named_variables_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMETHING_OF_MINE", "private")
    command = ProbeCommand(["sh", "-c", 'echo "<$SOMETHING_OF_MINE>$GIVEN"'], tmp_path, 20, {"GIVEN": "yes"})
    assert run_now(command, LIMITS_ONLY).detalhe == "<>yes"


def test_the_network_is_there_by_grant_alone(tmp_path: Path) -> None:
    level = trial()
    if level.name != "full":
        pytest.skip(f"the network can't be kept away here: {level.why}")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2).close()"
        granted = run_now(ProbeCommand([*PYTHON, code], tmp_path, 20, network=True), level)
        kept = run_now(ProbeCommand([*PYTHON, code], tmp_path, 20), level)
    assert (granted.passou, kept.passou) == (True, False)
    (tmp_path / "there").touch()
    assert run_now(ProbeCommand(["test", "-e", "there"], tmp_path, 20), level).passou, "files are as they are"


def test_what_is_not_as_it_was_approved_is_not_run(tmp_path: Path) -> None:
    script = tmp_path / "look.sh"
    script.write_text("touch ran\n")
    digest = hashlib.sha256(b"touch ran\n").hexdigest()
    command = ProbeCommand(["sh", "./look.sh"], tmp_path, 20, files={"look.sh": digest})
    assert run_now(command, LIMITS_ONLY).passou
    (tmp_path / "ran").unlink()
    script.write_text("touch ran; touch more\n")
    said = run_now(command, LIMITS_ONLY)
    assert (said.passou, "not what was approved" in said.detalhe) == (False, True)
    assert not (tmp_path / "ran").exists()


def test_a_script_that_nobody_approved_is_not_run_by_its_relative_name(tmp_path: Path) -> None:
    (tmp_path / "big.sh").write_text("touch ran\n")
    said = run_now(ProbeCommand(["sh", "big.sh"], tmp_path, 20), LIMITS_ONLY)
    assert (said.passou, "big.sh is not what was approved" in said.detalhe) == (False, True)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["look.sh", "sub/look.sh", "tree"])
def test_what_a_link_leads_to_is_not_run(tmp_path: Path, name: str) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "look.sh").write_text("touch ran\n")
    (tmp_path / "tree").mkdir()
    for link, target in (("look.sh", "real/look.sh"), ("sub", "real"), ("tree/look.sh", "../real/look.sh")):
        (tmp_path / link).symlink_to(target)
    files = {name: place_of(tmp_path, name).sha256}
    said = run_now(ProbeCommand(["sh", name], tmp_path, 20, files=files), LIMITS_ONLY)
    assert (said.passou, "link" in said.detalhe) == (False, True)
    assert not (tmp_path / "ran").exists()


def test_a_python_probe_leaves_nothing_in_what_was_approved(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "part.py").write_text("")
    (tmp_path / "d" / "look.py").write_text("import part")
    files = {"d/look.py": place_of(tmp_path, "d/look.py").sha256}
    before = place_of(tmp_path, "d")
    said = run_now(ProbeCommand([sys.executable, "d/look.py"], tmp_path, 20, files=files), LIMITS_ONLY)
    assert said.passou, said.detalhe
    assert place_of(tmp_path, "d") == before


def test_a_probe_that_hangs_holds_up_no_other(tmp_path: Path) -> None:
    there, began = tmp_path / "there", tmp_path / "began"
    line = started(
        setup(
            tmp_path / "shop",
            probes={
                "lenta": ProbeCommand(["sh", "-c", f"touch {began}; sleep 60"], Path("/"), 60.0),
                "pronta": ProbeCommand(["test", "-e", str(there)], Path("/"), 20.0),
            },
        )
    )

    def recorded() -> dict[str, bool]:
        found = line.submit(lambda core: list(core.db.all("capacidades"))).result(60)
        return {doc["nome"]: doc["sonda"]["passou"] for doc in found if doc["sonda"]}

    try:
        wait_for(began.exists, "the slow probe")
        wait_for(lambda: recorded() == {"pronta": False}, "the other's first answer")
        there.touch()

        def ask(core: object) -> None:
            with core.backlog.operation() as op:  # type: ignore[attr-defined]
                request_probe(op, "pronta")

        line.submit(ask).result(60)
        wait_for(lambda: recorded() == {"pronta": True}, "an answer while the other hangs")
    finally:
        line.stop(0.0)
    assert line.failure is None


def test_at_limits_the_command_is_run_as_it_is() -> None:
    from jobs.sandbox import offline

    assert offline(["true"], LIMITS_ONLY) == ["true"]
    assert offline(["true"], Level("full", ""))[0] == "bwrap"
