"""The app on a real terminal, over a fake line: for `test_tui_terminal`. Arguments: how it ends, its log."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "screens"))

from frame_kit import FakePort
from models import demo_model

from app.crash import report
from app.tui import OficinaApp
from jobs.logs.logbook import Logbook
from screens.settings import ScreenSettings
from store.errors import StoreBusy


def main(how: str, log: str) -> int:
    """Run until it is told to leave; `how` is `stays`, `refused` or `crashes`."""

    def line() -> FakePort:
        if how == "refused":
            raise StoreBusy("the store is held by tui:4711")
        return FakePort(demo_model(rodando=[]))

    book = Logbook.of(Path(log), process="tui")
    app = OficinaApp(
        line,  # type: ignore[arg-type]
        settings=ScreenSettings(prompt="inbox"),
        on_crash=lambda error: report(error, process="tui", start=Path(log), log=book),
    )
    if how == "crashes":
        app._second = lambda: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    app.run()
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
