"""Takes the README's pictures of the real screen, the demo's line at work behind it (`make picture`)."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from pathlib import Path

from app.opening import Opening
from app.tui import OficinaApp
from app.wiring import opened
from jobs.workspace import copy_demo
from screens.settings import ScreenSettings
from store.clock import RandomTokens

OUT = Path(__file__).parent / "screenshots"
SIZE = (104, 32)


async def main() -> None:
    """Overview with work under way, a budget decision, an item's page."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["XDG_STATE_HOME"] = home
        root = Path(home) / "demo"
        copy_demo(root, RandomTokens())
        arguments = argparse.Namespace(workspace=root, run="picture")
        with opened(arguments) as shop:
            shop.add_specs(sorted(shop.workspace.paths.specs.glob("*.yaml")))
        opening = Opening.of(arguments)
        opening.settings = ScreenSettings(prompt="inbox")
        app = OficinaApp(opening.port, settings=opening.settings, workspace="demo")
        async with app.run_test(size=SIZE) as pilot:
            await until(lambda: len(app.model.decisoes) >= 6)
            port = app.port
            assert port is not None
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
