"""`oficina demo --history`: a past to look at, in a workspace where nothing works."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_past_is_made_looked_at_and_changed_by_nobody(tmp_path: Path, oficina) -> None:
    made = oficina("demo", "--history", "20d", "--headless")
    place = tmp_path / "demo-history"
    assert (made.code, made.err) == (0, "")
    assert f"items of 20 made-up days are in {place}" in made.out
    again = oficina("demo", "--history", "20d", "--headless")
    assert f"The generated history is in {place}" in again.out
    shown = oficina("-C", place, "metrics", "custo", "--json").json
    assert shown["gerado"]
    kpis = oficina("-C", place, "metrics", "kpis", "--json").json
    (saves,) = [each for each in kpis["figuras"] if each["chave"] == "checkpoint"]
    assert (saves["n"], 0 < saves["valor"] < 500) == (120, True)
    refused = oficina("-C", place, "bug", "add", "frete-1", "x")
    assert (refused.code != 0, "a generated history: it is only looked at" in refused.err) == (True, True)
    ran = oficina("-C", place, "run", "--headless", "--until-idle")
    assert (ran.code != 0, "a generated history: it is only looked at" in ran.err) == (True, True)
    fresh = oficina("demo", "--history", "10d", "--fresh", "--headless", "--seed", "3")
    assert "The old demo is now" in fresh.out
    assert "items of 10 made-up days" in fresh.out


def test_real_work_takes_no_made_up_past(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    refused = oficina("demo", "--history", "20d", "--headless", "--dir", shop)
    assert refused.code == 1
    assert "this workspace holds work of its own" in refused.err


@pytest.mark.parametrize("span", ["0d", "90w", "-3d", "731d", "x"])
def test_what_is_no_span_is_refused(tmp_path: Path, oficina, span: str) -> None:
    refused = oficina("demo", f"--history={span}", "--headless")
    assert refused.code == 2
    assert f"--history: {span} is no history (from 1d to 730d, as in 90d)" in refused.err
    assert not list(tmp_path.glob("demo*"))
