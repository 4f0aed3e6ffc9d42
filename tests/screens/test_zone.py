"""Times on screen are the workspace's, whatever zone the machine is in."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.opening import Opening
from app.times import LocalTime
from screens.text import full_time, local_minute, local_time
from screens.widgets.header import facts_of
from screens.zone import show_times_in, zone_name
from store.views.model import LineState, ReadModel

MOMENT = "2026-01-05T01:02:03.000000Z"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    show_times_in("")


def test_every_time_of_day_is_the_workspace_s() -> None:
    assert (local_time(MOMENT), full_time(MOMENT), zone_name()) == (
        "01:02:03",
        "2026-01-05 01:02:03 UTC",
        "UTC",
    )
    show_times_in("America/Sao_Paulo")
    assert local_time(MOMENT) == LocalTime("America/Sao_Paulo").clock(MOMENT) == "22:02:03"
    assert local_minute(MOMENT) == "01-04 22:02"
    assert full_time(MOMENT) == "2026-01-04 22:02:03 -03"
    facts = facts_of(ReadModel(linha=LineState(modo="attached", titular="tui:1", desde=MOMENT)), MOMENT)
    assert (facts.time, facts.line) == ("22:02", "line runs in tui:1 since 22:02")
    assert zone_name() == "America/Sao_Paulo"


@pytest.mark.parametrize(
    ("config", "fuso"), [("", "America/Sao_Paulo"), ("fuso: Asia/Tokyo\n", "Asia/Tokyo")]
)
def test_the_screen_takes_the_zone_that_commands_take(tmp_path: Path, config: str, fuso: str) -> None:
    (tmp_path / "oficina.yaml").write_text(f"id: t000001\n{config}", "utf-8")
    assert Opening.of(argparse.Namespace(workspace=tmp_path)).settings.fuso == fuso
