"""What `oficina.yaml` says about the screen is checked, and said with its line; so do the docs."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

import app
from app.opening import Opening
from app.screen_config import THEMES
from screens import themes
from screens.commands import REGISTRY, Command, shown_key
from store.errors import WrongInput

ROOT = Path(app.__file__).parents[1]


def configure(shop: Path, text: str) -> None:
    config = shop / "oficina.yaml"
    config.write_text("id: t000001\n" + text, encoding="utf-8")


def opened(shop: Path) -> Opening:
    return Opening.of(argparse.Namespace(workspace=shop))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "theme: nope\n",
            "oficina.yaml:2: theme: no such theme: nope (one of dark, light, contrast, ansi, or",
        ),
        ("theme: lihgt\n", "oficina.yaml:2: theme: no such theme: lihgt (did you mean light?)"),
        ("keymap:\n  quit: Q\n", "oficina.yaml:3: keymap.quit: no such command (did you mean app.quit?)"),
        (
            "keymap: {ap.quit: Q}\n",
            "oficina.yaml:2: keymap.ap.quit: no such command (did you mean app.quit?)",
        ),
        ("keymap: {app.quit: 'Q,'}\n", "oficina.yaml:2: keymap.app.quit: an empty key (for example"),
    ],
)
def test_what_the_screen_cannot_do_is_said_with_its_line(shop: Path, oficina, text: str, said: str) -> None:
    configure(shop, text)
    with pytest.raises(WrongInput) as wrong:
        opened(shop)
    assert str(wrong.value).startswith(said)
    found = [each for each in oficina("doctor", "--json").json if each["what"] == "oficina.yaml"]
    assert [each["state"] for each in found] == ["wrong"]
    assert found[0]["found"].startswith(said)


def test_themes_and_keys_that_exist_are_taken(shop: Path, oficina) -> None:
    configure(shop, "theme: nord\nkeymap: {app.quit: Q}\n")
    assert (opened(shop).settings.theme, opened(shop).settings.keys) == ("nord", {"app.quit": "Q"})
    assert not [each for each in oficina("doctor", "--json").json if each["what"] == "oficina.yaml"]


def test_doctor_says_all_that_is_wrong_with_the_config(shop: Path, oficina) -> None:
    configure(shop, "undo_s: soon\nfuso: Mars\ntheme: nope\n")
    said = oficina("doctor")
    assert said.code == 1
    assert said.out.count("✗  wrong    oficina.yaml") == 3
    configure(shop, "name: [\n")
    assert "not YAML" in oficina("doctor").out


@pytest.mark.parametrize("entry", REGISTRY, ids=lambda entry: entry.id)
def test_the_docs_name_every_command_with_its_keys(entry: Command) -> None:
    keys = ", ".join(f"`{key.strip()}`" for key in entry.keys.split(","))
    assert f"\n| `{entry.id}` | {keys} | " in (ROOT / "docs" / "workspace.md").read_text()


def test_the_docs_name_no_command_that_is_gone() -> None:
    listed = re.findall(r"(?m)^\| `([a-z]+\.[a-z-]+)` \|", (ROOT / "docs" / "workspace.md").read_text())
    assert set(listed) == {entry.id for entry in REGISTRY}


def test_the_docs_name_our_themes() -> None:
    said = (ROOT / "docs" / "workspace.md").read_text().partition("## Themes")[2]
    assert all(f"`{word}`" in said for word in themes.WORDS)
    assert all(name in THEMES for name in ("nord", "gruvbox", "dracula", "solarized-light"))


def test_the_readme_has_the_first_key_of_every_command_that_shows_in_a_footer() -> None:
    keys = (ROOT / "README.md").read_text().partition("## Keys")[2]
    missing = [entry.id for entry in REGISTRY if entry.rank and f"`{shown_key(entry, {})}`" not in keys]
    assert not missing


def test_what_init_points_to_is_there(tmp_path: Path, oficina) -> None:
    said = oficina("init", tmp_path / "new").out
    example = re.search(r"as (\S+) is one\.", said)
    assert example is not None
    assert Path(example[1]).is_file()
