"""What a headless run prints while it works, and at its end."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.progress import say_commit
from app.results import Results, print_results
from app.times import LocalTime

BREAKER = {
    "tipo": "disjuntor.aberto",
    "performer": "Eco/eco/comando",
    "motivo": "timed out\x1b[31m after 6 s",
}


def said(event: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    commit = SimpleNamespace(events=[event], ts="2026-03-09T17:05:11.000000Z")
    say_commit(cast(Any, commit), LocalTime("America/Sao_Paulo"))
    return capsys.readouterr().out


def test_a_breaker_says_why_nothing_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(BREAKER, capsys)
    assert told.startswith("14:05:11  — ")
    assert "disjuntor.aberto Eco/eco/comando: timed out" in told
    assert "\x1b" not in told
    closed = said({**BREAKER, "tipo": "disjuntor.fechado", "motivo": ""}, capsys)
    assert closed.endswith("disjuntor.fechado Eco/eco/comando\n")


@pytest.mark.parametrize(("failed", "words"), [(0, ""), (1, "1 item failed; "), (2, "2 items failed; ")])
def test_what_failed_is_counted(failed: int, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_results(Results([], [], failed), Path("shop"))
    told = capsys.readouterr().out
    assert words in told
    assert ("--status Falhou" in told) == bool(failed)
