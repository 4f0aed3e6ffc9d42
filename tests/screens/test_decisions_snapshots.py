"""How decisions look: look at price and verdict first, then whether every answer with its key can be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import details as docs
import pytest
from harness import SmallApp, opened, until
from test_decisions_inbox import ALL, app_of, inbox

from screens.dialogs.quit import QuitDialog
from screens.dialogs.viewer import Viewer
from screens.widgets.sheet import Sheet
from store.clock import add_seconds
from store.views.model import ItemDetail

WIDE, USUAL, SMALL = (120, 40), (80, 24), (40, 12)
Make = Callable[..., ItemDetail]


def red() -> ItemDetail:
    return docs.release(docs.RED)


def unchanged() -> ItemDetail:
    return docs.release(docs.RED, release={**docs.RELEASE, "testes": docs.RED, "identica_a": "REL-0003"})


def hostile_release() -> ItemDetail:
    return docs.hostile(docs.release)


def open_with(*keys: str, item_id: str = "BKL-0042") -> Callable[[Any], Any]:
    """Open the decision and press keys, before the picture is taken."""

    async def before(pilot: Any) -> None:
        pilot.app.pump.ask(item_id)
        await opened(pilot)
        await pilot.press(*keys)
        await pilot.pause()

    return before


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (docs.budget, WIDE),
        (docs.budget, USUAL),
        (docs.budget, SMALL),
        (docs.release, WIDE),
        (red, USUAL),
        (unchanged, WIDE),
        (docs.deployment, WIDE),
        (docs.deployment, USUAL),
        (docs.adjustment, USUAL),
        (docs.failure, WIDE),
        (docs.extension, WIDE),
        (docs.extension, USUAL),
        (docs.over_the_month, USUAL),
        (docs.dependency, USUAL),
        (docs.hostile, USUAL),
        (hostile_release, WIDE),
    ],
    ids=lambda value: value.__name__ if callable(value) else f"{value[0]}x{value[1]}",
)
def test_decision(snap_compare: Any, make: Make, size: tuple[int, int]) -> None:
    assert snap_compare(SmallApp(make()), terminal_size=size, run_before=open_with())


@pytest.mark.parametrize("theme", ["oficina-light", "oficina-contrast", "ansi-dark"])
def test_decision_in_theme(snap_compare: Any, theme: str) -> None:
    app = SmallApp(red(), theme_name=theme)
    assert snap_compare(app, terminal_size=USUAL, run_before=open_with("down", "down"))


@pytest.mark.parametrize(
    ("make", "keys"),
    [
        (docs.budget, ("p", *"muito caro")),
        (docs.budget, ("p", "enter")),
        (docs.budget, ("s",)),
        (docs.failure, ("c",)),
    ],
    ids=["reason", "no-reason", "later", "dangerous"],
)
def test_asking(snap_compare: Any, make: Make, keys: tuple[str, ...]) -> None:
    assert snap_compare(SmallApp(make()), terminal_size=USUAL, run_before=open_with(*keys))


def test_reason_in_a_small_terminal(snap_compare: Any) -> None:
    assert snap_compare(SmallApp(docs.budget()), terminal_size=SMALL, run_before=open_with("p", *"caro"))


def test_refused(snap_compare: Any) -> None:
    app = SmallApp(docs.budget())
    app.port.refuse = "BKL-0042 is Cancelado already: version 3 of frete was added"
    assert snap_compare(app, terminal_size=USUAL, run_before=open_with("y"))


def test_decided_with_undo(snap_compare: Any) -> None:
    async def before(pilot: Any) -> None:
        await open_with("y")(pilot)
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        await pilot.pause()

    assert snap_compare(SmallApp(docs.budget()), terminal_size=USUAL, run_before=before)


@pytest.mark.parametrize("key", ["d", "v"], ids=["difference", "spec"])
def test_viewer(snap_compare: Any, key: str) -> None:
    async def before(pilot: Any) -> None:
        await open_with(key)(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, Viewer))
        await until(pilot, lambda: "frete" in pilot.app.screen.query_one(Sheet).text)
        await pilot.pause()

    assert snap_compare(SmallApp(docs.budget()), terminal_size=USUAL, run_before=before)


def several(*keys: str) -> Callable[[Any], Any]:
    async def before(pilot: Any) -> None:
        pilot.app.pump.ask_several(["BKL-0042", "BKL-0050", "BKL-0051"])
        dialog = await opened(pilot)
        await pilot.press(*keys)
        await until(pilot, lambda: not dialog._busy)
        await pilot.pause()

    return before


def batch_app(**refuse: str) -> SmallApp:
    app = SmallApp(
        docs.budget(), *(docs.budget(item=docs.item(id=f"BKL-005{n}", spec_ref=f"pedido{n}")) for n in (0, 1))
    )
    app.port.refuse_item = refuse
    return app


@pytest.mark.parametrize("size", [WIDE, USUAL, SMALL], ids=["wide", "usual", "small"])
def test_batch(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(batch_app(), terminal_size=size, run_before=several())


def test_batch_with_a_refusal(snap_compare: Any) -> None:
    app = batch_app(**{"BKL-0050": "BKL-0050 is Cancelado already"})
    assert snap_compare(app, terminal_size=USUAL, run_before=several("y"))


def test_quit(snap_compare: Any) -> None:
    async def before(pilot: Any) -> None:
        pilot.app.push_screen(QuitDialog(2))
        await opened(pilot)

    assert snap_compare(SmallApp(), terminal_size=USUAL, run_before=before)


# The inbox


def shown(*keys: str) -> Callable[[Any], Any]:
    async def before(pilot: Any) -> None:
        screen = await inbox(pilot)
        if screen.has_class("-wide") and screen.table.rows:
            await until(pilot, lambda: "?" in screen.query_one("#preview-page", Sheet).text)
        await pilot.press(*keys)
        await pilot.pause()

    return before


LATER = docs.budget(item=docs.item(id="BKL-0070", disponivel_em=add_seconds(docs.NOW, 5400)))
OLD = docs.budget(item=docs.item(id="BKL-0001", criado_em="2026-01-05T02:00:00.000000Z"))


@pytest.mark.parametrize("size", [WIDE, USUAL, SMALL], ids=["wide", "usual", "small"])
def test_inbox(snap_compare: Any, size: tuple[int, int]) -> None:
    app, _ = app_of(OLD, *ALL, LATER)
    assert snap_compare(app, terminal_size=size, run_before=shown("space"))


def test_inbox_light(snap_compare: Any) -> None:
    app, _ = app_of(*ALL, theme="light")
    assert snap_compare(app, terminal_size=WIDE, run_before=shown())


def test_inbox_empty(snap_compare: Any) -> None:
    app, _ = app_of(docs.budget(item=docs.item(status="Concluido")))
    assert snap_compare(app, terminal_size=USUAL, run_before=shown())


def test_inbox_hostile(snap_compare: Any) -> None:
    app, _ = app_of(docs.hostile(), *ALL)
    assert snap_compare(app, terminal_size=WIDE, run_before=shown())
