"""How often the line publishes its model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from jobs.line_publish import Publisher


@pytest.mark.parametrize(
    ("items", "pause_s"), [(0, 0.05), (12_500, 0.05), (50_000, 0.2), (100_000, 0.4), (10**6, 0.4)]
)
def test_many_items_give_the_screen_more_time(items: int, pause_s: float) -> None:
    publisher = Publisher("shop")
    publisher.model = replace(publisher.model, itens=cast(Any, range(items)))
    assert publisher._pause_s() == pytest.approx(pause_s)
