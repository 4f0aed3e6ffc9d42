"""How an item looks: head and tabs first, then whether each page's figures stand in line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import details as docs
import pytest
from harness import until
from test_item_screen import WHOLE, open_item, whole_app

from screens.item import NAMES
from screens.widgets.sheet import Sheet

WIDE, USUAL, SMALL = (120, 40), (80, 24), (40, 12)


def at_page(name: str) -> Callable[[Any], Any]:
    async def before(pilot: Any) -> None:
        screen = await open_item(pilot, *["right"] * NAMES.index(name))
        if name == "Artifacts" and WHOLE.artefatos:
            await until(pilot, lambda: "tabela" in screen.query_one("#artifact-sheet", Sheet).text)
        await pilot.pause()

    return before


@pytest.mark.parametrize("name", NAMES)
def test_page(snap_compare: Any, name: str) -> None:
    app, _ = whole_app()
    assert snap_compare(app, terminal_size=USUAL, run_before=at_page(name))


@pytest.mark.parametrize("name", ["Summary", "Price", "Artifacts"])
def test_wide_page(snap_compare: Any, name: str) -> None:
    app, _ = whole_app()
    assert snap_compare(app, terminal_size=WIDE, run_before=at_page(name))


@pytest.mark.parametrize("name", ["Summary", "Artifacts"])
def test_small(snap_compare: Any, name: str) -> None:
    app, _ = whole_app()
    assert snap_compare(app, terminal_size=SMALL, run_before=at_page(name))


def test_red_tests(snap_compare: Any) -> None:
    app, _ = whole_app(replace(WHOLE, release={**docs.RELEASE, "testes": docs.RED}))
    assert snap_compare(app, terminal_size=USUAL, run_before=at_page("Tests"))


def test_hostile(snap_compare: Any) -> None:
    detail = docs.hostile(lambda: WHOLE)
    hostile = {**detail.item, "contexto": {docs.HOSTILE: [docs.HOSTILE, {docs.HOSTILE: docs.HOSTILE * 3}]}}
    app, _ = whole_app(replace(detail, item=hostile))
    assert snap_compare(app, terminal_size=WIDE, run_before=at_page("Summary"))
