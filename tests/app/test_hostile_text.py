"""Text and files that would lead the program elsewhere: what it shows and writes in their place."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import pytest
from own_errors import own_errors

from app.opening import Opening
from app.output import clean, print_json
from app.wiring import opened
from jobs.workspace import open_workspace
from screens.settings import ScreenSettings
from store.limits import DEFAULT_FUSO

STEERING = "a\x1b[31m\x9b5n\x7f\u202e\u200b\u2028\U000e0041b"


def unseen(text: str) -> list[str]:
    return [char for char in text if char != "\n" and not char.isprintable()]


def test_json_escapes_what_cannot_be_seen_and_is_read_back_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    document = {STEERING: [STEERING, "half \udcff", "ação 日本 🎉"]}
    print_json(document)
    out = capsys.readouterr().out
    assert unseen(out) == []
    assert "ação 日本 🎉" in out
    assert json.loads(out) == document


def test_half_a_character_is_shown_as_missing() -> None:
    assert clean("x\udcffy") == "x\ufffdy"


def test_what_is_stored_never_steers_the_terminal(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    with opened(argparse.Namespace(workspace=None)) as open_shop:
        contexto = {"feature_ref": "frete", "erro": STEERING}
        open_shop.backlog.produzir({"tipo": "corrigir_bug", "contexto": contexto}, produtor="humano")
    for command in (["items"], ["items", "--json"], ["items", "BKL-0002"], ["events", "--json"], ["events"]):
        said = oficina(*command)
        assert said.code == 0
        assert [char for char in unseen(said.out) if char not in "\u200b\U000e0041"] == []
        assert own_errors(said.out, said.err, workspaces=[shop]) == []


@pytest.mark.usefixtures("shop")
def test_bytes_that_are_no_text_are_wrong_input(oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    said = oficina("bug", "add", "frete", os.fsdecode(b"x\xff"))
    assert said.code == 2
    assert said.err == ("oficina: erro: not text: x\\udcff (write it in the terminal's own encoding)\n")


@pytest.mark.parametrize("where", ["name", "directory"])
def test_a_workspaces_name_is_plain_from_the_first_frame(where: str, tmp_path: Path) -> None:
    root = tmp_path / ("shop" if where == "name" else STEERING)
    root.mkdir()
    (root / "oficina.yaml").write_text(f"id: t1\nname: {STEERING}\n" if where == "name" else "id: t1\n")
    opening = Opening.of(argparse.Namespace(workspace=root))
    assert opening.settings == ScreenSettings(fuso=DEFAULT_FUSO)
    assert unseen(opening.workspace_name) == []
    if where == "directory":
        assert unseen(open_workspace(root).name) == []
