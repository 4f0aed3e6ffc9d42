"""Takes the README's pictures of the real screen, the demo's line at work behind it (`make picture`)."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from app.opening import Opening
from app.tui import OficinaApp
from app.wiring import enter, opened
from jobs.workspace import copy_demo, init_workspace
from screens.settings import ScreenSettings
from store.clock import RandomTokens, SystemClock, parse_time
from store.histories.weeks import history
from store.histories.writing import write_history
from store.sprint.recipe import load_plan
from store.sprint.service import Sprints

OUT = Path(__file__).parent / "screenshots"
SIZE = (104, 32)
SEED, DAYS = 1, 90


async def main() -> None:
    """The demo's line at work, and the figures of a made-up past."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["XDG_STATE_HOME"] = home
        await demo_pictures(Path(home) / "demo")
        await metrics_picture(Path(home) / "history")


async def demo_pictures(root: Path) -> None:
    """Overview with work under way, a budget decision, an item's page, the sprint."""
    copy_demo(root, RandomTokens())
    arguments = argparse.Namespace(workspace=root, run="picture")
    with opened(arguments) as shop:
        shop.add_specs(sorted(shop.workspace.paths.specs.glob("*.yaml")))
        Sprints(shop.backlog).abrir(load_plan(root / "sprints" / "S022.yaml", root))
    async with shown(arguments, "demo") as (app, pilot):
        await until(lambda: len(app.model.decisoes) >= 6)
        port = app.port
        assert port is not None
        await port.sprints.start("S022", "T01")
        for item in list(app.model.decisoes)[:3]:
            if item.tipo == "aprovar_orcamento":
                await port.decide(item.id, "aprovar")
        await until(lambda: any(item.tipo == "aprovar_release" for item in app.model.decisoes))
        release = next(item for item in app.model.decisoes if item.tipo == "aprovar_release")
        await port.decide(release.id, "aprovar")
        await until(lambda: len(app.model.rodando) >= 1)
        await pilot.pause()
        await save(app, "overview")
        await pilot.press("a")
        await until(lambda: len(app.screen_stack) > 1)
        await pilot.pause(0.6)
        await save(app, "budget")
        await pilot.press("escape")
        app.open_item(release.id)
        await pilot.pause(0.8)
        await save(app, "item")
        await pilot.press("escape")
        await port.sprints.conclude("S022", "T01", {"resultado": "M0 to M3 are written", "horas": "5"})
        await port.sprints.start("S022", "T02")
        await pilot.press("2")
        await pilot.pause(1.5)
        await save(app, "sprint")


async def metrics_picture(root: Path) -> None:
    """How right estimates were over 90 made-up days."""
    init_workspace(root, RandomTokens())
    now = parse_time(SystemClock().now()).timestamp()
    write_history(enter(root).paths.store, history(SEED, DAYS, now))
    async with shown(argparse.Namespace(workspace=root, run="picture"), "history") as (app, pilot):
        await until(lambda: app.port is not None)
        await pilot.press("6")
        await pilot.pause(3)
        await save(app, "metrics")


@asynccontextmanager
async def shown(arguments: argparse.Namespace, name: str) -> AsyncIterator[tuple[OficinaApp, Pilot[None]]]:
    """The program over a workspace; nothing opens by itself."""
    opening = Opening.of(arguments)
    opening.settings = ScreenSettings(prompt="inbox", fuso=opening.settings.fuso)
    app = OficinaApp(opening.port, settings=opening.settings, workspace=name)
    async with app.run_test(size=SIZE) as pilot:
        yield app, pilot
    opening.close()


async def save(app: OficinaApp, name: str) -> None:
    """Write the screen as it is now."""
    app.clear_notifications()
    await asyncio.sleep(0.2)
    (OUT / f"{name}.svg").write_text(app.export_screenshot(title=f"oficina · {name}"), encoding="utf-8")


async def until(holds: object, limit_s: float = 90.0) -> None:
    """Wait for a condition."""
    assert callable(holds)
    async with asyncio.timeout(limit_s):
        while not holds():
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main())
