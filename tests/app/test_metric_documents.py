"""Metrics for programs: documents, rows, and files that never take somebody else's place."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal
from math import inf, nan
from pathlib import Path

import pytest

from app.metric_documents import (
    FIGURE_COLUMNS,
    csv_text,
    figure_row,
    markdown_text,
    plain,
    safe_cell,
    series_rows,
)
from app.metric_files import MANIFEST, files_of, write
from store.errors import WrongInput
from store.metrics.facts import Facts, Release
from store.metrics.model import Figure, Page, Part, Point

FIGURE = Figure(
    "custo_spec",
    "=Cost, per spec",
    "R$",
    Decimal("31.40"),
    22,
    excluidos={"without cost": 2},
    partes=(Part("p85", nan, "R$"),),
    serie=(Point("2026-W01", Decimal("3.10"), 2), Point("2026-W02", None, 0, True)),
    tendencia=inf,
    itens=("EXE-0001",),
)
PAGE = Page("custo", "Cost", (FIGURE, replace(FIGURE, grupo="A/B"), replace(FIGURE, grupo="A B")))
FACTS = Facts(seq=7, releases=(Release("REL-1", "frete", "EXE-0001", "aprovada", 3.5, ""),), indices={"x": 1})


def test_documents_have_money_as_text_and_no_number_that_is_none() -> None:
    told = plain(PAGE)
    assert told["figuras"][0]["valor"] == "31.40"
    assert told["figuras"][0]["tendencia"] is None
    assert told["figuras"][0]["partes"] == [{"nome": "p85", "valor": None, "unidade": "R$", "n": None}]
    assert plain(Decimal("NaN")) is None
    assert plain({1: {2.5}}) == {"1": [2.5]}
    assert plain(object()).startswith("<object")
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_what_families_keep_for_themselves_is_not_told() -> None:
    assert "indices" not in plain(FACTS)
    assert plain(FACTS)["releases"][0]["id"] == "REL-1"


def test_rows_follow_their_columns() -> None:
    row = dict(zip(FIGURE_COLUMNS, figure_row(PAGE, FIGURE), strict=True))
    assert (row["valor"], row["excluidos"], row["tendencia"]) == ("31.40", "2 without cost", None)
    assert series_rows(FIGURE) == [["2026-W01", "no", "3.10", 2, "R$"], ["2026-W02", "yes", None, 0, "R$"]]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+x", "'+x"),
        ("-x", "'-x"),
        ("@sum", "'@sum"),
        ("\tx", "' x"),
        ("-3.10", "-3.10"),
        (-3.5, -3.5),
        (None, ""),
        ("a\nb", "a b"),
        ("a=b", "a=b"),
    ],
)
def test_a_spreadsheet_calculates_nothing(value: object, cell: object) -> None:
    assert safe_cell(value) == cell


def test_csv_can_be_read_again_and_markdown_stays_a_table() -> None:
    text = csv_text(FIGURE_COLUMNS, [figure_row(PAGE, FIGURE)])
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["nome"] == "'=Cost, per spec"
    assert markdown_text(("a", "b"), [("x|y", "[z]\n")]).split("\n")[2] == r"| x\|y | \[z\]  |"


def test_an_export_has_each_series_the_summary_and_the_raw_values(tmp_path: Path) -> None:
    files = files_of([PAGE], FACTS, {"periodo": "90d"})
    write(tmp_path / "out", files)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "custo.custo_spec.a-b-2.csv",
        "custo.custo_spec.a-b.csv",
        "custo.custo_spec.csv",
        "figures.csv",
        MANIFEST,
        "raw.json",
        "summary.json",
    ]
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert (summary["seq"], summary["periodo"], summary["gerado"]) == (7, "90d", False)
    assert summary["familias"][0]["figuras"][0]["n"] == 22
    assert json.loads((tmp_path / "out/raw.json").read_text())["releases"][0]["criada"] == 3.5
    assert (tmp_path / "out/custo.custo_spec.csv").read_text() == (
        "corte,parcial,valor,n,unidade\n2026-W01,no,3.10,2,R$\n2026-W02,yes,,0,R$\n"
    )
    figures = (tmp_path / "out/figures.csv").read_text().splitlines()
    assert figures[0] == ",".join(FIGURE_COLUMNS)
    assert figures[1].startswith("custo,custo_spec,")
    assert len(figures) == 1 + len(PAGE.figuras)


def test_an_export_again_takes_its_own_place_and_leaves_the_rest(tmp_path: Path) -> None:
    write(tmp_path, {"a.csv": "1", "old.csv": "1"})
    (tmp_path / "mine.csv").write_text("mine")
    write(tmp_path, {"a.csv": "2"})
    assert (tmp_path / "a.csv").read_text() == "2"
    assert (tmp_path / "mine.csv").read_text() == "mine"
    assert not (tmp_path / "old.csv").exists()


@pytest.mark.parametrize("kind", ["foreign", "changed", "link", "claimed"])
def test_nothing_of_somebody_elses_is_overwritten(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "a.csv"
    if kind == "changed":
        write(tmp_path, {"a.csv": "1"})
        target.write_text("mine")
    elif kind == "link":
        (tmp_path / "elsewhere").write_text("mine")
        target.symlink_to(tmp_path / "elsewhere")
    else:
        target.write_text("mine")
    if kind == "claimed":
        (tmp_path / MANIFEST).write_text('{"files": {"a.csv": ["0000"], "../x": ["1"]}}')
    with pytest.raises(WrongInput, match="would be lost"):
        write(tmp_path, {"a.csv": "2", "b.csv": "2"})
    assert target.read_text() == "mine"
    assert not (tmp_path / "b.csv").exists()


@pytest.mark.parametrize("text", ["[]", "{}", "x", '{"files": 3}', '{"files": {"a": 3}}'])
def test_a_list_that_is_no_exports_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(WrongInput, match="no list of an export's files"):
        write(tmp_path, {"a.csv": "2"})


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(WrongInput, match="no directory"):
        write(tmp_path / "x", {})


def test_an_export_that_was_cut_short_is_taken_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a.csv": "1", "b.csv": "1"})
    replace_file = Path.replace

    def cut(path: Path, target: Path) -> Path:
        if target.name == "b.csv":
            raise OSError(28, "no space")
        return replace_file(path, target)

    monkeypatch.setattr(Path, "replace", cut)
    with pytest.raises(OSError, match="no space"):
        write(tmp_path, {"a.csv": "2", "b.csv": "2"})
    monkeypatch.undo()
    write(tmp_path, {"a.csv": "3", "b.csv": "3"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv", MANIFEST]
