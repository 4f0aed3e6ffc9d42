"""Commands in what is printed can be typed as they stand there."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.invocation import program, runnable


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with `.venv/bin/oficina`, which is the current one; the shell finds no oficina."""
    script = tmp_path / ".venv" / "bin" / "oficina"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.argv", [".venv/bin/oficina", "demo"])
    return tmp_path


def test_the_program_is_named_as_it_was_called(environment: Path) -> None:
    assert program() == ".venv/bin/oficina"
    assert (
        runnable("`oficina` or `oficina decide 4`", None)
        == "`.venv/bin/oficina` or `.venv/bin/oficina decide 4`"
    )


def test_a_program_that_the_shell_finds_has_its_name(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(environment / ".venv" / "bin"))
    assert program() == "oficina"


def test_called_otherwise_it_is_called_oficina(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["-c"])
    assert program() == "oficina"


def test_a_path_of_elsewhere_is_whole_and_quoted(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = environment / "an other"
    other.mkdir()
    monkeypatch.setattr("sys.argv", [str(environment / ".venv" / "bin" / "oficina")])
    monkeypatch.chdir(other)
    assert program() == f"{environment}/.venv/bin/oficina"
    monkeypatch.chdir(environment)
    assert runnable("`oficina items`", other) == "`.venv/bin/oficina -C 'an other' items`"


def test_the_workspace_is_named_where_it_is_not_here(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["oficina"])
    demo = environment / "demo"
    demo.mkdir()
    assert (
        runnable("`oficina decide ITEM`; `oficina`", demo)
        == "`oficina -C demo decide ITEM`; `oficina -C demo`"
    )
    monkeypatch.chdir(demo)
    assert runnable("`oficina decide ITEM`", demo) == "`oficina decide ITEM`"


def test_what_needs_no_workspace_names_none(environment: Path) -> None:
    said = runnable("`oficina init DIR`, `oficina demo` or `oficina -C DIR`", environment / "demo")
    called = "`.venv/bin/oficina"
    assert said == f"{called} init DIR`, {called} demo` or {called} -C DIR`"


def test_errors_and_listings_are_runnable(environment: Path, oficina) -> None:
    assert oficina("init", "shop").code == 0
    assert "`.venv/bin/oficina -C shop spec add FILE`" in oficina("-C", "shop", "items").out
    assert "`.venv/bin/oficina -C shop spec show`" in oficina("-C", "shop", "rollback", "x").err
    assert "`.venv/bin/oficina init DIR`" in oficina("items").err
