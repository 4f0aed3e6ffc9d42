"""The frame at work: loading the line, commands and why not, keys, pickers, leaving."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from frame_kit import FakePort, loaded, run, until
from models import demo_model, empty_model, item, model_of
from textual.color import Color
from textual.widgets import Static

from app.crash import report
from app.tui import OficinaApp
from jobs.logs.logbook import Logbook
from screens.backlog import BacklogScreen
from screens.blocked import BlockedScreen
from screens.commands import REGISTRY, command, elsewhere, scope, shown_key, shown_keys
from screens.help import HelpScreen
from screens.overview import OverviewScreen
from screens.palette import PaletteScreen, closeness
from screens.settings import ScreenSettings
from screens.themes import LIGHT
from screens.widgets.footer import MODES, CommandFooter
from screens.widgets.header import Header
from screens.widgets.panel import Panel
from screens.widgets.virtual_table import VirtualTable
from store.clock import FakeClock
from store.errors import StoreBusy, WrongInput
from store.views.model import LineState

Make = Callable[..., OficinaApp]


def in_app(app: OficinaApp, scenario: Callable[[Any], Any], size: tuple[int, int] = (100, 30)) -> None:
    """Run a scenario in a loaded app."""

    async def main() -> None:
        async with app.run_test(size=size) as pilot:
            await loaded(pilot)
            await scenario(pilot)

    run(main)


def footer(pilot: Any) -> str:
    return str(pilot.app.screen.query_one(CommandFooter).render())


def toasts(app: OficinaApp) -> list[str]:
    return [note.message for note in app._notifications]


# The line


def test_the_first_frame_does_not_wait_for_the_line(clock: FakeClock) -> None:
    free = threading.Event()

    def slowly() -> FakePort:
        free.wait(60)
        return FakePort()

    async def main() -> None:
        app = OficinaApp(slowly, clock=clock, workspace="shop", settings=ScreenSettings(prompt="inbox"))
        async with app.run_test() as pilot:
            assert isinstance(app.screen, OverviewScreen)
            assert "opening" in str(app.screen.query_one(Header).render())
            await pilot.press("3")
            assert isinstance(app.screen, BacklogScreen)
            free.set()
            await loaded(pilot)
            await until(pilot, lambda: len(app.screen.query_one(VirtualTable).rows) == 14)

    run(main)


def test_the_line_is_opened_off_the_screen_s_thread(clock: FakeClock) -> None:
    threads: list[int] = []

    def factory() -> FakePort:
        threads.append(threading.get_ident())
        return FakePort()

    async def scenario(pilot: Any) -> None:
        assert threads[0] != threading.get_ident()

    in_app(OficinaApp(factory, clock=clock), scenario)


def kept_in(log: Path) -> Callable[[BaseException], str]:
    """Keeps tracebacks in a log of their own."""
    book = Logbook.of(log, process="tui")
    return lambda error: report(error, process="tui", start=log, log=book)


def leaving(factory: Callable[[], FakePort], log: Path | None = None) -> OficinaApp:
    app = OficinaApp(factory, clock=FakeClock(), **({"on_crash": kept_in(log)} if log else {}))

    async def main() -> None:
        async with app.run_test() as pilot:
            await until(pilot, lambda: app.return_code is not None)

    run(main)
    return app


def test_a_line_that_refuses_ends_the_app_with_its_words_and_code(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse() -> FakePort:
        raise WrongInput("unknown key `tema`", file="oficina.yaml", line=3, remedy="did you mean theme?")

    app = leaving(refuse)
    assert app.return_code == 2
    assert "oficina: oficina.yaml:3: unknown key `tema` (did you mean theme?)" in capsys.readouterr().err

    def busy() -> FakePort:
        raise StoreBusy("tui:4711 \x1b[31mholds the store")

    app = leaving(busy)
    assert app.return_code == 1
    assert "\x1b" not in capsys.readouterr().err


def test_a_bug_in_opening_is_logged_and_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> FakePort:
        secret = "hunter" + "2"
        raise ZeroDivisionError(f"{len(secret)} [/x]")

    app = leaving(broken, tmp_path / "log")
    assert app.return_code == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "could not start: internal error: ZeroDivisionError: 7 [/x]; the traceback is in " in said
    assert "Traceback" not in said
    log = (tmp_path / "log" / "oficina.jsonl").read_text()
    assert "ZeroDivisionError" in log
    assert "hunter2" not in log


def test_a_commit_of_another_process_shows_without_moving_the_cursor(app: OficinaApp, port: FakePort) -> None:
    async def scenario(pilot: Any) -> None:
        await pilot.press("3", "down", "down", "down")
        table = app.screen.query_one(VirtualTable)
        before = table.cursor_row.id
        rows = [*port.model().itens, item(99, "orcar_spec", "Novo")]
        threading.Thread(target=lambda: port.publish(itens=rows)).start()
        await until(pilot, lambda: len(table.rows) == 15)
        assert table.cursor_row.id == before
        assert table.rows[0].id == "BKL-0099"

    in_app(app, scenario)


def test_an_older_model_never_replaces_a_newer_one(app: OficinaApp, port: FakePort) -> None:
    async def scenario(pilot: Any) -> None:
        newer = port.publish(workspace="newer")
        await until(pilot, lambda: app.model is newer)
        port.publish(seq=3, workspace="older")
        await pilot.pause()
        assert app.model.workspace == "newer"

    in_app(app, scenario)


# Commands


def test_every_command_of_a_shown_screen_has_an_action() -> None:
    owners = {"app": OficinaApp, "list": VirtualTable, "backlog": BacklogScreen, "overview": OverviewScreen}
    for name, owner in owners.items():
        for entry in scope(name):
            assert hasattr(owner, f"action_{entry.action}"), entry.id
    for entry in scope("list"):
        assert hasattr(Panel, f"action_{entry.action}") or entry.action.startswith("mark"), entry.id


def test_ids_and_keys_are_not_taken_twice() -> None:
    assert len({entry.id for entry in REGISTRY}) == len(REGISTRY)
    for name in {entry.scope for entry in REGISTRY}:
        together = [key for entry in scope(name, "app", "list") for key in entry.keys.split(",")]
        clashes = {key for key in together if together.count(key) > 1}
        allowed = {"enter", "escape", "tab", "u"}
        assert clashes <= allowed, (name, clashes)


def test_a_key_that_cannot_be_used_now_says_why(make_app: Make) -> None:
    async def scenario(pilot: Any) -> None:
        await pilot.press("a")
        assert toasts(pilot.app) == ["Nothing waits for you"]

    in_app(make_app(FakePort(empty_model())), scenario)


def test_keys_can_be_remapped_and_footer_and_help_follow(make_app: Make, port: FakePort) -> None:
    async def scenario(pilot: Any) -> None:
        assert "F2 decide" not in footer(pilot)
        assert "f2 decide" in footer(pilot)
        await pilot.press("f5")
        assert isinstance(pilot.app.screen, BacklogScreen)
        await pilot.press("1")
        assert isinstance(pilot.app.screen, OverviewScreen)
        await pilot.press("3")
        assert isinstance(pilot.app.screen, OverviewScreen)

    in_app(make_app(port, keys={"app.decide": "f2", "app.backlog": "f5"}), scenario)


def test_keys_are_printed_as_people_know_them() -> None:
    assert shown_key(command("app.help"), {}) == "?"
    assert shown_keys(command("list.down"), {}) == "↓ j"
    assert shown_key(command("app.goto"), {"app.goto": "ctrl+g,colon"}) == "ctrl+g"


def test_a_click_on_the_footer_runs_the_command(app: OficinaApp) -> None:
    async def scenario(pilot: Any) -> None:
        line = footer(pilot)
        await pilot.click(CommandFooter, offset=(1 + line.index("3"), 0))
        await until(pilot, lambda: isinstance(app.screen, BacklogScreen))
        await pilot.click(CommandFooter, offset=(2 + footer(pilot).index("9") + 2, 0))
        assert isinstance(app.screen, BacklogScreen)

    in_app(app, scenario)


def test_pause_and_resume_go_to_the_line(app: OficinaApp, port: FakePort) -> None:
    async def scenario(pilot: Any) -> None:
        await pilot.press("ctrl+s")
        port.publish(linha=LineState(modo="paused", carregado=True))
        await until(pilot, lambda: app.model.linha.modo == "paused")
        await pilot.press("ctrl+s")
        assert port.calls == [("pause",), ("resume",)]
        port.refuses = "the line is stopping"
        await pilot.press("ctrl+s")
        assert toasts(app)[-1] == "the line is stopping"
        port.publish(linha=LineState(modo="attached", titular="tui:9", carregado=True))
        await until(pilot, lambda: app.model.linha.modo == "attached")
        await pilot.press("ctrl+s")
        assert toasts(app)[-1] == "The line runs in tui:9"

    in_app(app, scenario)


def test_the_theme_key_goes_through_all_of_them(app: OficinaApp) -> None:
    async def scenario(pilot: Any) -> None:
        seen = []
        for _ in range(5):
            seen.append(app.theme)
            await pilot.press("ctrl+t")
        assert len(set(seen)) == 5
        assert app.theme == seen[0]

    in_app(app, scenario)


def test_an_unknown_theme_is_the_dark_one(make_app: Make, port: FakePort) -> None:
    assert make_app(port, theme="no-such").theme == "oficina-dark"
    assert make_app(port, theme="nord").theme == "nord"


def test_idle_time_counts_from_the_last_key(app: OficinaApp, clock: FakeClock) -> None:
    async def scenario(pilot: Any) -> None:
        clock.advance(30)
        assert app.idle_s == 30
        await pilot.press("down")
        assert app.idle_s == 0

    in_app(app, scenario)


def test_ctrl_c_says_what_quits(app: OficinaApp) -> None:
    async def scenario(pilot: Any) -> None:
        await pilot.press("ctrl+c")
        assert toasts(app) == ["q quits"]
        assert app.return_code is None

    in_app(app, scenario)


# Pickers


def test_go_to_an_item_by_its_number(app: OficinaApp) -> None:
    opened: list[str] = []
    app.open_item = opened.append  # type: ignore[method-assign]

    async def scenario(pilot: Any) -> None:
        await pilot.press("colon", "7", "enter")
        await until(pilot, lambda: bool(opened))
        assert opened == ["BKL-0007"]
        await pilot.press("colon", *"bkl-0003", "enter")
        await until(pilot, lambda: len(opened) == 2)
        assert opened[1] == "BKL-0003"

    in_app(app, scenario)


def test_go_to_a_screen_and_escape_goes_nowhere(app: OficinaApp) -> None:
    async def scenario(pilot: Any) -> None:
        await pilot.press("colon", *"back", "enter")
        await until(pilot, lambda: isinstance(app.screen, BacklogScreen))
        await pilot.press("colon", "escape")
        await until(pilot, lambda: isinstance(app.screen, BacklogScreen))
        await pilot.press("colon", *"nothing like it", "enter")
        assert not isinstance(app.screen, BacklogScreen)
        told = str(app.screen.query_one("#told", Static).render())
        assert told == "Nothing here is called «nothing like it»"
        await pilot.press("escape")
        assert isinstance(app.screen, BacklogScreen)

    in_app(app, scenario)


def test_help_finds_a_command_and_runs_it_on_the_screen_behind(app: OficinaApp) -> None:
    async def scenario(pilot: Any) -> None:
        await pilot.press("3", "question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press(*"turn the order")
        table = app.screen.query_one(VirtualTable)
        assert [row.key for row in table.rows] == ["backlog.reverse"]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, BacklogScreen))
        assert app.screen.query_one(VirtualTable).rows[0].id == "BKL-0001"

    in_app(app, scenario)


def test_every_explanation_can_be_read_whole_and_the_palette_names_its_commands(app: OficinaApp) -> None:
    async def scenario(pilot: Any) -> None:
        await pilot.press("question_mark", *"pause the line")
        words = "pause: Pause the line, or let it go on: what runs ends, nothing new starts"
        told = app.screen.query_one("#told", Static)
        assert str(told.render()) == words
        assert told.region.height == 2
        await pilot.press("escape", "ctrl+p", *"pause the line")
        row = app.screen.query_one(VirtualTable).rows[0]
        assert [cell.text for cell in row.cells][:2] == ["ctrl+s", "pause"]

    in_app(app, scenario, (80, 24))


def test_under_a_dialog_the_footer_offers_nothing(app: OficinaApp) -> None:
    async def scenario(pilot: Any) -> None:
        beneath = app.screen.query_one(CommandFooter)
        assert "? help" in str(beneath.render())
        await pilot.press("question_mark")
        await until(pilot, lambda: str(beneath.render()) == "")
        await pilot.press("escape")
        await until(pilot, lambda: "? help" in str(beneath.render()))

    in_app(app, scenario)


def contrast(one: str | None, other: str | None) -> float:
    """The contrast of two colours as WCAG counts it: from 1 to 21."""

    def light(colour: str | None) -> float:
        parts = [part / 255 for part in Color.parse(colour or "").rgb]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05

    darker, lighter = sorted((light(one), light(other)))
    return lighter / darker


def test_the_light_theme_can_be_read() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast(LIGHT.variables["border-blurred"], LIGHT.background) >= 3
    texts = [LIGHT.variables[name] for name in ("text-muted", "footer-key-foreground")]
    for colour in (*texts, LIGHT.primary, LIGHT.warning, LIGHT.success, LIGHT.error):
        assert contrast(colour, LIGHT.panel) >= 4.5


def test_arrows_move_in_a_picker_and_a_click_picks(app: OficinaApp) -> None:
    async def scenario(pilot: Any) -> None:
        await pilot.press("colon", "down")
        await pilot.press("pagedown", "pageup", "down", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, BacklogScreen))
        await pilot.press("colon")
        await pilot.click(VirtualTable, offset=(5, 0), times=2)
        await until(pilot, lambda: isinstance(app.screen, OverviewScreen))
        await pilot.press("colon")
        await pilot.click(offset=(1, 1))
        await until(pilot, lambda: isinstance(app.screen, OverviewScreen))

    in_app(app, scenario)


def test_the_palette_runs_commands_and_opens_items(app: OficinaApp) -> None:
    opened: list[str] = []
    app.open_item = opened.append  # type: ignore[method-assign]

    async def scenario(pilot: Any) -> None:
        await pilot.press("ctrl+p", *"backlog")
        assert isinstance(app.screen, PaletteScreen)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, BacklogScreen))
        await pilot.press("ctrl+p", *"estoque", "enter")
        await until(pilot, lambda: opened == ["BKL-0008"])

    in_app(app, scenario)


def test_letters_in_order_are_near_and_others_are_not() -> None:
    assert closeness("help", "? help show") == 2
    assert closeness("gt", "go to") is not None
    assert closeness("tg", "go to") is None
    assert closeness("zz", "go to") is None


# Leaving


def test_quitting_asks_only_while_work_runs(make_app: Make) -> None:
    async def asks(pilot: Any) -> None:
        await pilot.press("q")
        assert pilot.app.return_code is None
        assert len(pilot.app.screen_stack) == 2

    in_app(make_app(FakePort()), asks)

    async def leaves(pilot: Any) -> None:
        await pilot.press("q")
        assert pilot.app.return_code == 0

    in_app(make_app(FakePort(demo_model(rodando=[]))), leaves)
    attached = LineState(modo="attached", titular="tui:1", carregado=True)
    in_app(make_app(FakePort(demo_model(linha=attached))), leaves)


def test_leaving_resolves_prompts_and_stops_listening(app: OficinaApp, port: FakePort) -> None:
    closed: list[bool] = []

    async def scenario(pilot: Any) -> None:
        assert len(port._listeners) == 1
        close = app.prompts.close
        app.prompts.close = lambda: (closed.append(True), close())[1]  # type: ignore[union-attr, method-assign]
        app.exit()
        assert port._listeners == []

    in_app(app, scenario)
    assert closed


def test_a_bug_ends_with_code_1_and_a_log_without_values(clock: FakeClock, tmp_path: Path) -> None:
    app = OficinaApp(lambda: FakePort(), clock=clock, on_crash=kept_in(tmp_path / "log"))

    async def main() -> None:
        async with app.run_test() as pilot:
            await loaded(pilot)

            def broken() -> None:
                password = "hunter" + "2"
                raise ZeroDivisionError(len(password))

            app.call_later(broken)
            await until(pilot, lambda: app.return_code == 1)

    with pytest.raises(ZeroDivisionError):
        run(main)
    log = (tmp_path / "log" / "oficina.jsonl").read_text()
    assert "ZeroDivisionError" in log
    assert "hunter2" not in log


def test_no_color(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = OficinaApp(lambda: FakePort(), clock=clock)

    async def scenario(pilot: Any) -> None:
        colours = {
            segment.style.color.get_truecolor()
            for strip in pilot.app.screen._compositor.render_strips()
            for segment in strip.apply_filter(app._filters[-1], app.screen.background_colors[1])
            if segment.style and segment.style.color
        }
        assert colours
        assert all(max(colour) - min(colour) <= 1 for colour in colours)

    in_app(app, scenario)


def test_models_with_nothing_but_rows_can_be_shown(make_app: Make) -> None:
    async def scenario(pilot: Any) -> None:
        await pilot.press("3")
        assert len(pilot.app.screen.query_one(VirtualTable).rows) == 1

    in_app(make_app(FakePort(model_of([item(1, "novo_tipo", "X", "Estranho")]))), scenario)


def test_every_mode_is_a_key_away_and_a_count_of_the_header_leads_to_its_own(app: OficinaApp) -> None:
    async def scenario(pilot: Any) -> None:
        for name in MODES:
            await pilot.press(command(name).keys)
            mode = name.partition(".")[2]
            await until(pilot, lambda mode=mode: app.current_mode == mode)
            assert command(name).label == app.screen.HEADLINE
            assert "? help" in footer(pilot)
        await until(pilot, lambda: "■" in str(app.screen.query_one(Header).render()))
        line = str(app.screen.query_one(Header).render())
        await pilot.click(Header, offset=(1 + line.index("■"), 0))
        await until(pilot, lambda: app.current_mode == "blocked")
        await pilot.click(Header, offset=(2, 0))
        assert app.current_mode == "blocked"

    in_app(app, scenario, (120, 30))


def test_a_screen_that_is_not_built_yet_is_not_asked_what_can_be_decided(app: OficinaApp) -> None:
    async def scenario(pilot: Any) -> None:
        await pilot.press(command("app.backlog").keys)
        await until(pilot, lambda: app.current_mode == "backlog")
        behind = app.screen
        pushed = app.push_screen(BlockedScreen())
        behind.refresh_commands()
        assert app.why_not(command("app.decide")) == ""
        await pushed

    in_app(app, scenario, (120, 30))


def test_goto_knows_the_new_screens_by_name(app: OficinaApp) -> None:
    async def scenario(pilot: Any) -> None:
        await pilot.press("colon", *"blocked", "enter")
        await until(pilot, lambda: app.current_mode == "blocked")

    in_app(app, scenario)


def test_a_key_of_other_screens_says_where_it_works_and_as_what() -> None:
    assert elsewhere("r", {}) == "r (run now) works on Actors, not here"
    assert elsewhere("f", {}) == (
        "f works on Sprint, Backlog, Blocked and Events (facets) and Metrics (group), not here"
    )
    assert elsewhere("o", {}) == (
        "o works on Sprint (sprints), Events (older) and Failures (output), not here"
    )
    keys = {"events.older": "z", "sprint.sprints": "z"}
    assert elsewhere("o", keys) == "o (output) works on Failures, not here"
    assert elsewhere("Z", {}) == ""
