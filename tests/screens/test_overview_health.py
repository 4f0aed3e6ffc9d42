"""The health line of Overview, as a pure function."""

from __future__ import annotations

import pytest
from models import HOSTILE, health_rows

from screens.overview_health import health_line


def test_before_the_first_look_it_says_nothing() -> None:
    assert health_line((), 80).plain == ""


def test_all_well_is_one_word() -> None:
    assert health_line(health_rows(), 80).plain == "✓ health: ok"


@pytest.mark.parametrize(
    ("worse", "said"),
    [
        ({"disk": ("warn", "80 MB free", "make room")}, "! health: disk warning · 80 MB free · make room"),
        ({"store": ("bad", "damaged", "")}, "✗ health: store bad · damaged"),
        (
            {"store": ("warn", "viewed", ""), "disk": ("bad", "1 MB free", "make room")},
            "✗ health: disk bad · 1 MB free · make room · +1 more",
        ),
        ({"store": ("worse than bad", "?", "")}, "✗ health: store bad · ?"),
    ],
)
def test_the_worst_is_said_with_symbol_word_reason_and_remedy(
    worse: dict[str, tuple[str, str, str]], said: str
) -> None:
    assert health_line(health_rows(**worse), 80).plain == said


@pytest.mark.parametrize("width", [10, 40, 80])
def test_it_fits_and_is_never_markup(width: int) -> None:
    line = health_line(health_rows(breakers=("warn", HOSTILE, HOSTILE)), width)
    assert line.cell_length <= width
    assert "\x1b" not in line.plain
    if width == 80:
        assert "[red]urgente" in line.plain
