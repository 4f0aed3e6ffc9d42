"""What a command prints, also when what it prints is hostile."""

from __future__ import annotations

import json

import pytest

from app.output import clean, figure, print_fields, print_json, print_table, width


def test_columns_are_aligned_and_numbers_go_right(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["name", "n"], [["frete", 7], ["cotação", 1234]], empty="nothing")
    assert capsys.readouterr().out.splitlines() == ["name        n", "frete       7", "cotação  1234"]


def test_an_empty_table_says_how_it_fills(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["a"], [], empty="No specs yet: oficina spec add FILE")
    assert capsys.readouterr().out == "No specs yet: oficina spec add FILE\n"


def test_escape_sequences_and_direction_marks_do_not_reach_the_terminal() -> None:
    assert clean("a\x1b[31mb\nc\u202ed\u0085") == "a [31mb cd "
    assert clean(None) == ""


def test_wide_and_combining_characters_take_the_cells_they_take() -> None:
    assert width("工房") == 4
    assert width("e\u0301") == 1


def test_fields_without_a_value_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    print_fields({"id": "BKL-0001", "motivo": "", "n": 0})
    assert capsys.readouterr().out == "id  BKL-0001\nn   0\n"


def test_json_keeps_the_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"título": "Cotação"})
    assert json.loads(capsys.readouterr().out) == {"título": "Cotação"}


def test_figures_have_a_comma_and_keep_their_decimals(capsys: pytest.CaptureFixture[str]) -> None:
    assert [figure("54.889", 2), figure(1234567.5, 1), figure("0.00031", 4)] == [
        "54,89",
        "1.234.567,5",
        "0,0003",
    ]
    assert figure(None, 2) == "—"
    print_table(["R$"], [["1.234.567,50"], ["2,00"]], empty="")
    assert capsys.readouterr().out.splitlines()[2] == "        2,00"
