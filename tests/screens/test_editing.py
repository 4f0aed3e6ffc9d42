"""Editing a spec: the terminal is lent to the editor, and what was changed becomes a version."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import details as docs
import pytest
from harness import SmallApp, opened, scenario, until

from screens import editing
from screens.dialogs.mistake import MistakeDialog
from screens.editing import edit_spec, editor_argv, run_here
from screens.widgets.sheet import Sheet
from store.errors import OficinaError


class Lending(SmallApp):
    """An app whose terminal can be lent."""

    lent = 0

    @contextmanager
    def suspend(self) -> Iterator[None]:
        self.lent += 1
        yield


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VISUAL", "vi -n")
    path = tmp_path / "frete.yaml"
    path.write_text("id: frete\n")
    return path


def editor(path: Path, text: str | None, code: int = 0, ran: list[Sequence[str]] | None = None) -> Any:
    """An editor that writes `text` and leaves with `code`."""

    def run(argv: Sequence[str]) -> int:
        if ran is not None:
            ran.append(list(argv))
        if text is not None:
            path.write_text(text)
        return code

    return run


@scenario
async def edit(path: Path, run: Any, said: list[str], added: list[str], refuse: str = "") -> None:
    app = Lending(docs.budget())
    app.port.edit_path = str(path)
    async with app.run_test():
        app.port.refuse = refuse
        await edit_spec(app, app.port, "BKL-0042", run)
        said += app.said
        added += app.port.added


def test_a_changed_spec_is_added_as_a_version(spec: Path) -> None:
    said: list[str] = []
    added: list[str] = []
    ran: list[Sequence[str]] = []
    edit(spec, editor(spec, "id: frete\ntitulo: novo\n", ran=ran), said, added)
    assert ran == [["vi", "-n", str(spec)]]
    assert added == [str(spec)]
    assert said[0].startswith("Added as the next version")


def test_an_unchanged_spec_adds_nothing(spec: Path) -> None:
    said: list[str] = []
    added: list[str] = []
    edit(spec, editor(spec, None), said, added)
    assert (said, added) == (["Nothing was changed"], [])


def test_an_editor_that_fails_adds_nothing(spec: Path) -> None:
    said: list[str] = []
    added: list[str] = []
    edit(spec, editor(spec, "half", code=3), said, added)
    assert added == []
    assert "ended with 3" in said[0]


def test_a_refusal_before_the_editor_opens_is_said(spec: Path) -> None:
    said: list[str] = []
    edit(spec, editor(spec, "x"), said, [], refuse="BKL-0042 is about no spec")
    assert said == ["BKL-0042 is about no spec"]


@scenario
async def test_a_mistake_stays_on_screen_with_the_editor_one_key_away(spec: Path) -> None:
    app = Lending(docs.budget())
    app.port.edit_path = str(spec)
    texts = iter(["first mistake", "second mistake", "right"])

    def run(_argv: Sequence[str]) -> int:
        spec.write_text(next(texts))
        return 0

    async def add_spec(path: str) -> str:
        if "mistake" in Path(path).read_text():
            raise OficinaError("frete.yaml:3: titulo: missing")
        app.port.added.append(path)
        return "BKL-0098"

    app.port.add_spec = add_spec
    async with app.run_test(size=(80, 24)) as pilot:
        await edit_spec(app, app.port, "BKL-0042", run)
        dialog = await opened(pilot)
        assert isinstance(dialog, MistakeDialog)
        assert "frete.yaml:3: titulo: missing" in dialog.query_one("#evidence", Sheet).text
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert (spec.read_text(), app.port.added) == ("first mistake", [])
        await edit_spec(app, app.port, "BKL-0042", run)
        await opened(pilot)
        await pilot.press("e")
        await until(pilot, lambda: app.port.added == [str(spec)])
        assert app.lent == 3


@scenario
async def test_a_terminal_that_cannot_be_lent_says_what_to_do(spec: Path) -> None:
    app = SmallApp(docs.budget())
    app.port.edit_path = str(spec)
    async with app.run_test():
        await edit_spec(app, app.port, "BKL-0042", editor(spec, "x"))
        assert "oficina spec add" in app.said[0]


@scenario
async def test_without_any_editor_it_says_so(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL")
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.setattr("shutil.which", lambda _: None)
    app = Lending(docs.budget())
    app.port.edit_path = str(spec)
    async with app.run_test():
        await edit_spec(app, app.port, "BKL-0042", editor(spec, "x"))
        assert "No editor is set" in app.said[0]
        assert app.lent == 0


def test_the_editor_is_the_owners_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    assert editor_argv({"VISUAL": "code --wait", "EDITOR": "vi"}, "a") == ["code", "--wait", "a"]
    assert editor_argv({"EDITOR": "vi"}, "a") == ["vi", "a"]
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}" if name == "vim" else None)
    assert editor_argv({}, "a") == ["/bin/vim", "a"]


def test_a_command_that_is_not_there_is_an_exit_code() -> None:
    assert run_here(["/no/such/editor"]) == 127
    assert run_here(["true"]) == 0


def test_an_editor_on_a_terminal_that_vanished_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editing, "hung_up", lambda _stream: True)
    with pytest.raises(editing.TerminalGone):
        run_here(["sleep", "60"])


def test_a_signal_ends_the_editor_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editing, "hung_up", lambda _stream: False)
    killer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM))
    killer.start()
    assert run_here(["sleep", "60"]) == -signal.SIGTERM


def test_an_editor_that_does_not_want_to_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editing, "hung_up", lambda _stream: True)
    monkeypatch.setattr(editing, "_GRACE_S", 0.1)
    with pytest.raises(editing.TerminalGone):
        run_here(["sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"])
