"""The table of `make torture` says what was found, and what nobody looked at."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from tally import ESCAPES, LIVED, LOST, TWICE, Tally, Told, read

TORTURE = runpy.run_path(str(Path(__file__).with_name("__main__.py")), run_name="torture")


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
