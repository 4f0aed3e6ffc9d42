"""What has changed since a question was asked before, and what several at once leave of the limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import asked_again as again
import details as docs
import pytest
from harness import SmallApp, opened, scenario, until
from rich.cells import cell_len

from screens.dialogs.batch import BatchDialog
from screens.dialogs.viewer import Viewer
from screens.evidence.batch import left, outcome_rows
from screens.evidence.changed import difference_lines, since
from screens.evidence.decision import evidence
from screens.widgets.sheet import Sheet
from store.views.model import Change, ItemDetail


def plain(lines: list[Any]) -> str:
    return "\n".join(line.plain for line in lines)


def shown(detail: ItemDetail, width: int = 200) -> str:
    return plain(evidence(detail, docs.NOW, width))


def test_a_first_question_has_nothing_to_compare_with() -> None:
    assert since(docs.budget(), docs.NOW, 100) == []
    assert "Since it was asked before" not in shown(docs.budget())


def test_a_price_is_shown_against_the_one_before_part_by_part() -> None:
    text = shown(again.budget_again())
    for part in (
        "Since it was asked before",
        "version 1",
        "ajustar «falta a regra «frágil»»",
        "by ana 2 h ago",
        "R$ 38,00 → R$ 42,10 (+4,10)",
        "people 34,00 → 38,00",
        "people 3 h → 3,5 h",
        "machine 80 s → 90 s",
        "points 12 → 14",
        "+ pedido",
        "− antiga",
        "tabela rules 5 → 6",
        "tabela outra 1 → —",
        "tabela tests 20 → 24",
        "coverage 80 % → 90 %",
        "— → pairwise",
        "+ chave-assinatura",
        "− pedido",
        "~ frete.yaml",
    ):
        assert part in text


def test_a_release_is_shown_against_the_one_before() -> None:
    text = shown(again.release_again())
    for part in (
        "REL-0003",
        "rejeitar «40 kg is free»",
        "version 1 → 2",
        "passed 29 → 31",
        "failed 2 → 0",
        "coverage 71 % → 96,4 %",
        "✓ now green test_0",
        "and 3 more",
        "~ src/frete/tabela.py",
        "+ src/frete/novo.py",
    ):
        assert part in text
    red = replace(again.release_again(), mudancas=(Change("casos", "test_fragil", "verde", "vermelho"),))
    assert "✗ now red test_fragil" in shown(red)


def test_a_lower_price_and_what_has_no_words_of_its_own() -> None:
    changes = (
        Change("custo", "total", "50.00", "42.10"),
        Change("custo", "licencas", None, "1.00"),
        Change("esforco", "energia", 1, 2),
        Change("testes", "tabela", None, 3),
    )
    text = shown(replace(docs.budget(), anterior={"spec_versao": 1}, mudancas=changes))
    for part in ("(−7,90)", "licencas — → 1,00", "energia 1 → 2", "tabela tests — → 3"):
        assert part in text


def test_one_that_closed_by_itself_and_is_the_same_says_so() -> None:
    text = shown(again.unchanged_again())
    assert "Since it was asked before  nothing has changed" in text
    assert "closed by itself: later work is given up" in text


@pytest.mark.parametrize("make", [again.budget_again, again.release_again, again.unchanged_again])
@pytest.mark.parametrize("width", [24, 36, 60, 100, 140])
def test_it_fits_every_width(make: Callable[[], ItemDetail], width: int) -> None:
    assert max(cell_len(line.plain) for line in since(make(), docs.NOW, width)) <= width


def test_hostile_names_stay_text() -> None:
    hostile = replace(
        docs.budget(),
        anterior={**again.BEFORE, "porque": "[/x]\x1b[31m", "quem": "[bold]"},
        mudancas=(Change("arquivos", "[red]\x1b]0;x\x07.py", None, "a"), Change("neu", "[x]", 1, 2)),
    )
    text = shown(hostile)
    assert "\x1b" not in text
    assert "[/x]" in text
    assert "[red]" in text


@scenario
async def test_d_shows_what_changed_in_a_releases_files_too() -> None:
    assert difference_lines(again.release_again()) == list(again.FILES)
    app = SmallApp(again.release_again())
    async with app.run_test(size=(120, 40)) as pilot:
        pilot.app.pump.ask("BKL-0042")  # type: ignore[attr-defined]
        await opened(pilot)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, Viewer))
        assert "+a = 2" in app.screen.query_one(Sheet).text


# -- several at once


def test_what_several_leave_of_the_month_and_of_each_sprint() -> None:
    text = plain(left([again.limited("300.00", "S022"), again.limited("300.00")]))
    assert text.splitlines() == [
        "Month 2026-01 R$ 300,00 of R$ 350,00 left, R$ 215,80 after these",
        "Sprint S022 R$ 60,00 of R$ 350,00 left, R$ 17,90 after these",
    ]


def test_what_passes_a_limit_is_said() -> None:
    text = plain(outcome_rows([again.limited("80.00"), again.limited("80.00")], {}, 120))
    assert "Sum R$ 84,20 P80" in text
    assert "R$ -4,20 after these what passes it would wait" in text


def test_without_limits_there_is_only_the_sum() -> None:
    assert left([docs.budget(), docs.release()]) == []
    not_a_budget = replace(docs.release(), orcamento={"limites": {"mes": again.limits("1.00")}})
    assert left([not_a_budget]) == [], "approving a release reserves nothing"


# -- how it looks


def asks() -> Any:
    async def before(pilot: Any) -> None:
        pilot.app.pump.ask("BKL-0042")
        await opened(pilot)
        await pilot.pause()

    return before


@pytest.mark.parametrize(
    ("make", "size"),
    [(again.budget_again, (120, 40)), (again.release_again, (120, 40)), (again.budget_again, (80, 24))],
    ids=["budget-120x40", "release-120x40", "budget-80x24"],
)
def test_asked_again(snap_compare: Any, make: Callable[[], ItemDetail], size: tuple[int, int]) -> None:
    """The block «Since it was asked before» is under what is asked now, old figures before new ones."""
    app = SmallApp(make())
    assert snap_compare(app, terminal_size=size, run_before=asks())


def test_several_with_limits(snap_compare: Any) -> None:
    """Under the sum: what is left of the month now, and after these; more than is left is marked."""
    waiting = [replace(again.limited("80.00"), item=docs.item(id=f"BKL-005{n}")) for n in range(2)]
    app = SmallApp(*waiting)

    async def before(pilot: Any) -> None:
        pilot.app.pump.ask_several(["BKL-0050", "BKL-0051"])
        assert isinstance(await opened(pilot), BatchDialog)
        await pilot.pause()

    assert snap_compare(app, terminal_size=(100, 24), run_before=before)
