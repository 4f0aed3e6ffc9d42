"""Overview as it looks: the eye should find what waits for the owner first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from frame_kit import FakePort, loaded
from models import demo_model, empty_model, health_rows, hostile_model

from app.tui import OficinaApp
from store.views.model import LineState, ReadModel

Make = Callable[..., OficinaApp]
TALL, SMALL, TINY = (120, 40), (80, 24), (40, 12)


def test_normal(snap_compare: Any, app: OficinaApp) -> None:
    """Panels are as high as they need to be, events have the rest; one cursor, in the inbox."""
    assert snap_compare(app, terminal_size=TALL, run_before=loaded)


def test_80_by_24(snap_compare: Any, app: OficinaApp) -> None:
    """Nothing is squeezed away; sparklines go before figures do."""
    assert snap_compare(app, terminal_size=SMALL, run_before=loaded)


def test_40_by_12(snap_compare: Any, app: OficinaApp) -> None:
    """Only what waits and what runs; every count has its word."""
    assert snap_compare(app, terminal_size=TINY, run_before=loaded)


def test_60_by_30(snap_compare: Any, app: OficinaApp) -> None:
    """One column: what waits, what runs, the events."""
    assert snap_compare(app, terminal_size=(60, 30), run_before=loaded)


def test_empty(snap_compare: Any, make_app: Make) -> None:
    """Every panel says what would be there and what makes it so."""
    assert snap_compare(make_app(FakePort(empty_model())), terminal_size=SMALL, run_before=loaded)


def test_opening(snap_compare: Any, make_app: Make) -> None:
    """Before the store is loaded: nothing claims to be empty."""
    port = FakePort(ReadModel(seq=1, workspace="shop"))
    assert snap_compare(make_app(port), terminal_size=SMALL, run_before=loaded)


def test_hostile_text(snap_compare: Any, make_app: Make) -> None:
    """Markup is shown as it is, controls as signs, nothing breaks a frame or an alignment."""
    assert snap_compare(make_app(FakePort(hostile_model())), terminal_size=SMALL, run_before=loaded)


def test_light(snap_compare: Any, make_app: Make, port: FakePort) -> None:
    """The light theme has the same weights."""
    assert snap_compare(make_app(port, theme="light"), terminal_size=(100, 30), run_before=loaded)


def test_high_contrast(snap_compare: Any, make_app: Make, port: FakePort) -> None:
    """Black and white with bright signs; nothing is grey on grey."""
    assert snap_compare(make_app(port, theme="contrast"), terminal_size=(100, 30), run_before=loaded)


def test_ansi(snap_compare: Any, make_app: Make, port: FakePort) -> None:
    """The terminal's own sixteen colours."""
    assert snap_compare(make_app(port, theme="ansi"), terminal_size=SMALL, run_before=loaded)


def test_paused_with_a_warning(snap_compare: Any, make_app: Make) -> None:
    """The header says that the line is paused, the notice what the sandbox can't do."""
    line = LineState(modo="paused", carregado=True, aviso="sandbox: limits only (bubblewrap is refused here)")
    assert snap_compare(make_app(FakePort(demo_model(linha=line))), terminal_size=SMALL, run_before=loaded)


def test_something_is_not_well(snap_compare: Any, make_app: Make) -> None:
    """The worst check with its word, why, and what to do; how many more there are."""
    worse = {
        "scheduler": ("bad", "PROMETHEUS last ran 12 min ago, it is due every 30 s", "`oficina logs`"),
        "disk": ("warn", "80 MB free", "make room: commits need it"),
    }
    model = demo_model(saude=health_rows(**worse))
    assert snap_compare(make_app(FakePort(model)), terminal_size=TALL, run_before=loaded)


def test_something_is_not_well_in_a_small_terminal(snap_compare: Any, make_app: Make) -> None:
    """Health has a row where few are left, only because something is wrong; it is cut with a sign."""
    model = demo_model(saude=health_rows(disk=("bad", "12 MB free", "make room: commits need it")))
    assert snap_compare(make_app(FakePort(model)), terminal_size=TINY, run_before=loaded)


def test_second_panel(snap_compare: Any, app: OficinaApp) -> None:
    """tab moves on; the cursor is where the focus is."""

    async def tab(pilot: Any) -> None:
        await loaded(pilot)
        await pilot.press("tab", "down", "down")

    assert snap_compare(app, terminal_size=SMALL, run_before=tab)
