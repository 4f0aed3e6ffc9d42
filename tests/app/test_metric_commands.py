"""`oficina metrics` and `oficina forecast` as they are typed."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import metric_shop
import pytest

from app.metric_files import MANIFEST
from app.metric_tables import footnotes, markdown_rows, rows
from store.metrics.families import AS_OF_NOW, FAMILIES
from store.metrics.model import Figure, Page, Part


@pytest.fixture
def history(shop: Path) -> Path:
    """A workspace in which something was done."""
    metric_shop.fill(shop)
    return shop


def test_a_family_is_a_table_with_what_it_leaves_out(history: Path, oficina) -> None:
    said = oficina("metrics", "fluxo")
    assert said.code == 0
    head, first, *_ = said.out.splitlines()
    assert head.split() == ["figure", "n", "value", "a", "bucket", "target", "state"]
    assert first.startswith("Under way")


def test_without_a_family_there_are_the_first_figures_of_each(history: Path, oficina) -> None:
    said = oficina("metrics")
    named = [line.split()[0] for line in said.out.splitlines()[1:] if not line.startswith(" ")]
    assert named == list(FAMILIES)


def test_programs_get_the_same_figures(history: Path, oficina) -> None:
    told = oficina("metrics", "fluxo", "--json").json
    assert told["chave"] == "fluxo"
    (vazao,) = [each for each in told["figuras"] if each["chave"] == "fluxo_vazao"]
    assert vazao["n"] == 40
    assert len(vazao["itens"]) == 40
    rows = list(csv.DictReader(io.StringIO(oficina("metrics", "fluxo", "--csv").out)))
    assert [row["n"] for row in rows if row["chave"] == "fluxo_vazao"] == ["40"]
    listed = oficina("metrics", "--json").json
    assert [page["chave"] for page in listed] == list(FAMILIES)
    assert oficina("metrics", "fluxo", "--markdown").out.startswith("## Flow\n\n| figure |")


def test_period_bucket_and_group_are_as_asked(history: Path, oficina) -> None:
    told = oficina("metrics", "fluxo", "--period", "tudo", "--bucket", "month", "--by", "tipo", "--json").json
    series = next(each["serie"] for each in told["figuras"] if each["serie"])
    assert all(len(point["corte"]) == len("2026-01") for point in series)
    assert {each["grupo"] for each in told["figuras"]} >= {"", "desenvolvimento"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["custto"], "did you mean custo?"),
        (["fluxo", "--by", "tippo"], "did you mean tipo?"),
        (["--since", "2026-13-01"], "since: 2026-13-01 is no day"),
        (["--since", "2999-01-01"], "lies in the future"),
        (["--by", "worker"], "--by: only one family's figures have groups (name the FAMILY too)"),
        (["--since", "2026-02-01", "--until", "2026-01-01"], "is before"),
        (["--period", "soon"], "period: soon is no period"),
        (["--bucket", "year"], "no such value: year"),
        (["--json", "--csv"], "not allowed with"),
        (["--since", ""], "--since: this says nothing (leave --since out)"),
        (["--until", ""], "--until: this says nothing"),
        (["--period", ""], "--period: this says nothing"),
        (["fluxo", "--by", ""], "--by: this says nothing"),
        ([""], "FAMILY: this says nothing"),
        (
            ["--period", "30d", "--since", "2026-01-01"],
            "--period: --since says already when the period begins (leave one out;",
        ),
    ],
)
def test_wrong_questions_are_one_line(shop: Path, oficina, words: list[str], said: str) -> None:
    found = oficina("metrics", *words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert found.err.count("\n") == 1


def test_what_has_no_answer_of_then_says_that_it_is_of_now(history: Path, oficina) -> None:
    past = ("--until", "2020-01-31")
    assert AS_OF_NOW in oficina("metrics", "previsao", *past).out
    assert AS_OF_NOW in oficina("metrics", "calibracao", *past, "--json").json["notas"]
    assert f"*{AS_OF_NOW}*" in oficina("metrics", "previsao", *past, "--markdown").out
    assert oficina("metrics", *past).out.endswith(f"previsao, calibracao: {AS_OF_NOW}\n")
    assert AS_OF_NOW not in oficina("metrics", "previsao").out
    assert AS_OF_NOW not in oficina("metrics", "fluxo", *past).out


def test_an_export_is_a_directory_of_files(history: Path, oficina) -> None:
    said = oficina("metrics", "export", "out", "--period", "30d")
    assert said.code == 0
    files = {path.name for path in Path("out").iterdir()}
    assert {"summary.json", "raw.json", "figures.csv", "fluxo.fluxo_vazao.csv", MANIFEST} <= files
    assert said.out == f"{len(files) - 1} files in out\n"
    summary = json.loads(Path("out/summary.json").read_text())
    assert (summary["periodo"], summary["gerado"]) == ("30d", False)
    told = list(csv.DictReader(io.StringIO(Path("out/figures.csv").read_text())))
    assert [(row["familia"], row["chave"], row["grupo"], row["n"]) for row in told] == [
        (page["chave"], figure["chave"], figure["grupo"], str(figure["n"]))
        for page in summary["familias"]
        for figure in page["figuras"]
    ]
    (vazao,) = [row for row in told if row["chave"] == "fluxo_vazao"]
    assert (vazao["unidade"], vazao["provisorios"], vazao["estado"]) == ("/day", "0", "none")
    points = list(csv.DictReader(io.StringIO(Path("out/fluxo.fluxo_vazao.csv").read_text())))
    assert {point["unidade"] for point in points} == {"/day"}
    assert len(json.loads(Path("out/raw.json").read_text())["itens"]) == 46
    Path("out/summary.json").write_text("mine")
    refused = oficina("metrics", "export", "out")
    assert (refused.code, Path("out/summary.json").read_text()) == (2, "mine")
    assert "would be lost" in refused.err


def test_a_forecast_of_everything(history: Path, oficina) -> None:
    said = oficina("forecast")
    assert said.code == 0
    assert said.out.startswith("6 items are left of everything that is open.\n")
    assert "Drawn from 20 whole days" in said.out
    assert "fixed scope" in said.out
    of_some = oficina("forecast", "--items", "10", "--days", "5")
    assert "10 more done" in of_some.out
    assert "in 5 days" in of_some.out
    told = oficina("forecast", "--items", "10", "--json").json
    assert told["restam"] == 6
    assert told["itens"]["fixo"]["dias"]["50"] == 5
    assert set(told["itens"]) == {"n", "fixo"}, "what comes meanwhile delays nothing of it"
    assert "growing" not in of_some.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sprint", "S9"], "there is no sprint S9"),
        (["--items", "0"], "--items: 0 is out of range"),
        (["--days", "99999"], "--days: 99999 is out of range"),
        (["--days", "x"], "invalid int value"),
    ],
)
def test_wrong_forecasts_are_one_line(shop: Path, oficina, words: list[str], said: str) -> None:
    found = oficina("forecast", *words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_a_forecast_of_nothing_says_what_it_needs(shop: Path, oficina) -> None:
    assert "A forecast needs 14 whole days" in oficina("forecast").out


def test_tables_tell_few_groups_and_what_is_left_out() -> None:
    parts = (Part("p85", None, "×"), Part("p50", 1, "×"))
    total = Figure("x", "Effort", "×", 1.5, 3, {"not measured": 2}, 1, parts, tendencia=-0.1, estado="bad")
    total = replace(total, meta="at most 1")
    group = Figure("x", "Effort", "×", None, 0, grupo="WORKER_D", vazio="Work fills it.")
    page = Page("x", "X", (total, group), notas=("A note.",))
    assert rows(page.figuras) == [
        ["Effort", "3 (few)", "1,5×", "−0,1×", "at most 1", "✗ bad"],
        ["  WORKER_D", "0", "—", "", "", ""],
    ]
    assert markdown_rows(page.figuras)[1][0] == "— WORKER_D"
    assert list(footnotes(page)) == [
        "Effort: p50 1× · 2 left out: not measured · 1 provisional",
        "Effort · WORKER_D: Work fills it.",
        "A note.",
    ]
