"""The table of `make torture` says what was found, and what nobody looked at."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from outcomes import figures_of
from tally import (
    ESCAPES,
    HANGS,
    LIVED,
    LOST,
    TRACEBACKS,
    TWICE,
    Skipped,
    Tally,
    Told,
    read,
    read_skipped,
    tell_skipped,
)

HERE = Path(__file__).resolve().parent
TORTURE = runpy.run_path(str(HERE / "__main__.py"), run_name="torture")


def told_by(capsys: pytest.CaptureFixture[str]) -> list[Told]:
    return read(capsys.readouterr().out.splitlines())


def test_an_assertion_that_fails_is_counted_and_told_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()

    def look() -> None:
        with tally.told("kills"):
            for lost in (0, 0, 1):
                with tally.holds(LOST), tally.holds(TWICE, 4):
                    assert not lost

    with pytest.raises(AssertionError):
        look()
    assert told_by(capsys) == [Told(LOST, 1, 3, "kills"), Told(TWICE, 1, 12, "kills")]
    with tally.told("kills"), tally.holds(LOST):
        pass
    assert told_by(capsys) == [Told(LOST, 0, 1, "kills")]


def test_the_table_adds_up_and_says_what_was_not_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    parts = [
        [Told(LOST, 0, 500, "kills"), Told(LIVED, 1, 18, "mutants")],
        [Told(LOST, 2, 500, "kills"), Told(LOST, 0, 8, "demos")],
    ]
    results = [TORTURE["Result"](True, told) for told in parts]
    assert TORTURE["print_figures"](results, 31.04) == 3
    lines = capsys.readouterr().out.splitlines()
    assert f"    2  {LOST}: 1,000 kills, 8 demos" in lines
    assert f"    —  {ESCAPES}: not looked at" in lines
    assert lines[-2:] == ["mutants caught: 17 of 18", "minutes: 31.0"]


def test_what_was_skipped_is_told_with_its_reason_and_not_called_well(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tell_skipped(60, "bubblewrap is\nnot full here")
    skipped = read_skipped(capsys.readouterr().out.splitlines())
    assert skipped == [Skipped(60, "bubblewrap is not full here")]
    results = [
        TORTURE["Result"](True, [], skipped),
        TORTURE["Result"](True, [], [Skipped(1, skipped[0].why)]),
    ]
    assert TORTURE["print_skipped"](results) == 61
    assert capsys.readouterr().out == "skipped: 61 tests: bubblewrap is not full here\n"
    ending = TORTURE["ending"]
    assert ending(True, 61, 1, tmp_path) == "all that was tried is well; 61 tests were skipped"
    assert ending(True, 0, 1, tmp_path) == "all is well"
    assert ending(False, 61, 4711, tmp_path).startswith("NOT well: seed 4711")


def test_pytest_tells_what_it_skipped_test_by_test_and_whole_modules(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(
        "import pytest\n"
        "pytestmark = pytest.mark.skipif(True, reason='no sandbox here')\n"
        "@pytest.mark.parametrize('n', range(3))\n"
        "def test_a(n): pass\n"
        "@pytest.mark.xfail\n"
        "def test_b(): assert False\n"
    )
    (tmp_path / "test_whole.py").write_text(
        "import pytest\npytest.skip('not on this machine', allow_module_level=True)\n"
    )
    (tmp_path / "test_run.py").write_text("import pytest\n@pytest.mark.xfail\ndef test_b(): assert False\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-p", "outcomes", "-p", "no:cacheprovider", "."],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
        env={"PATH": "", "PYTHONPATH": f"{HERE}:{HERE.parent}"},
    )  # fmt: skip
    found = read_skipped(done.stdout.splitlines())
    assert sorted(found) == [Skipped(1, "not on this machine"), Skipped(4, "no sandbox here")], done.stdout


@pytest.mark.parametrize(
    ("module", "text", "figures"),
    [
        ("test_hostile_workspace", "", {ESCAPES, HANGS, TRACEBACKS}),
        ("test_hostile_workspace", ">   assert own_errors(said.out) == []", {TRACEBACKS}),
        ("test_hostile_workspace", "E   AssertionError: it hangs: 60 s", {HANGS}),
        (
            "test_hostile_workspace",
            "    assert own_errors() == []\n>   assert ran == []\nE   assert ['probe'] == []",
            {ESCAPES},
        ),
        ("test_vanished_terminal", "", {HANGS, TRACEBACKS}),
        ("test_vanished_terminal", "E   AssertionError: its end never came", {HANGS}),
        ("test_comando_hostile", "", {ESCAPES, HANGS}),
        ("test_another", "", set()),
    ],
)
def test_a_hostile_try_is_counted_by_what_it_looks_at_or_how_it_failed(
    module: str, text: str, figures: set[str]
) -> None:
    found = figures_of(module, text)
    assert {figure for figure, _ in found} == figures
    assert len(found) == len(figures)
