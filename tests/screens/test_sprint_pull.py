"""The question about a child, alone and with others: parent, evidence, estimate, effect on the sprint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import details as docs
import pytest
from harness import SmallApp, opened, until

from screens.evidence import pull
from screens.evidence.decision import evidence
from store.views.model import ItemDetail, Option

ASKED: dict[str, Any] = {
    "item_ref": "BKL-0043",
    "item_tipo": "aprovacao_externa",
    "titulo": "Aprovação externa",
    "motivo": "it is not pulled without your answer",
    "sprint_id": "S022",
    "task_codigo": "T01",
    "codigo": "T01.2",
    "task": {
        "codigo": "T01",
        "titulo": "M0-M3 Epistemologia",
        "responsavel": "Epistemologia",
        "resultado": {"texto": "a spec M0-M3", "horas": 5.5},
        "anexos": [{"nome": "spec.md", "sha256": "a" * 64, "tamanho": 2345}],
    },
    "origem": {"tipo": "ms_producao", "ms_origem": "Epistemologia", "auto_pull": False},
    "estimativa": {"horas": 1, "custo": "120.00"},
    "efeito": {
        "custo": {"antes": "4080.00", "depois": "4200.00"},
        "horas": {"antes": 31.0, "depois": 32.0},
        "fim": {"antes": "2026-01-07", "depois": "2026-01-08"},
    },
}
ANSWERS = (
    Option(
        "puxar",
        "y",
        "pull",
        "BKL-0043 becomes a subtask of T01; it starts when you start it",
        previa=("pulls BKL-0043 into S022/T01.2: Aprovação externa",),
    ),
    Option("deixar", "l", "leave", "BKL-0043 stays in the backlog"),
    Option(
        "rejeitar", "n", "reject", "BKL-0043 is given up, with your reason", exige_motivo=True, perigosa=True
    ),
)


def question(item_id: str = "BKL-0044", **over: Any) -> ItemDetail:
    """What a line hands out of it."""
    contexto = {**ASKED, **over}
    about = docs.item(
        id=item_id,
        tipo="decidir_pull",
        titulo=f"Pull «{contexto['titulo']}» into S022 as {contexto['codigo']}?",
        produtor="MS_Backlog",
        contexto=contexto,
        spec_ref="",
        spec_versao=None,
    )
    return ItemDetail(item=about, contrato={}, opcoes=ANSWERS)


def hostile() -> ItemDetail:
    text = docs.HOSTILE
    task = {"codigo": text, "titulo": text, "responsavel": text, "resultado": {text: text}}
    return question(titulo=text, motivo=text, sprint_id=text, task=task, item_tipo=text)


def asking(*ids: str) -> Callable[[Any], Any]:
    async def before(pilot: Any) -> None:
        pilot.app.pump.ask_several(ids)
        await opened(pilot)
        await pilot.pause()

    return before


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "usual"])
def test_the_modal(snap_compare: Any, size: tuple[int, int]) -> None:
    """The child, what it does to cost and finish, the task that brought it up, three answers."""
    assert snap_compare(SmallApp(question()), terminal_size=size, run_before=asking("BKL-0044"))


def test_the_modal_of_hostile_text(snap_compare: Any) -> None:
    """Whole whatever the text."""
    assert snap_compare(SmallApp(hostile()), terminal_size=(120, 40), run_before=asking("BKL-0044"))


def test_several(snap_compare: Any) -> None:
    """A row each with its estimate."""
    other = question("BKL-0047", titulo="Bug descoberto", item_ref="BKL-0046", estimativa={"horas": 3})
    app = SmallApp(question(), other)
    assert snap_compare(app, terminal_size=(120, 40), run_before=asking("BKL-0044", "BKL-0047"))


def told(detail: ItemDetail, width: int = 100) -> str:
    return "\n".join(line.plain for line in evidence(detail, docs.NOW, width))


def test_the_evidence_says_what_pulling_does() -> None:
    text = told(question())
    for said in (
        "Epistemologia, its work produced it",
        "1 h   R$ 120,00",
        "R$ 4.080,00 → R$ 4.200,00",
        "31 h → 32 h",
        "2026-01-07 → 2026-01-08",
        "T01 M0-M3 Epistemologia",
        "spec.md 2,3 KB",
        "a spec M0-M3",
    ):
        assert said in text


def test_what_is_not_known_is_not_made_up() -> None:
    bare = question(estimativa={"horas": None, "custo": None}, efeito={}, task={}, origem={"tipo": "manual"})
    text = told(bare)
    assert "none was said" in text
    assert "What it does to" not in text
    assert "by hand" in text
    same = {"custo": {"antes": "1.00", "depois": "1.00"}, "fim": {"antes": None, "depois": "2026-01-07"}}
    text = told(question(efeito=same))
    assert "stays R$ 1,00" in text
    assert "— → 2026-01-07" in text


def test_several_have_the_figure_of_each() -> None:
    from screens.evidence.batch import outcome_rows

    lines = outcome_rows([question(), replace(question("BKL-0047"))], {}, 100)
    assert "1 h  R$ 120,00" in lines[0].plain


def test_an_answer_is_handed_in() -> None:
    import asyncio

    app = SmallApp(question())

    async def main() -> None:
        async with app.run_test(size=(120, 40)) as pilot:
            app.pump.ask("BKL-0044")
            await opened(pilot)
            await pilot.press("y")
            await until(pilot, lambda: bool(app.port.decided))

    asyncio.run(main())
    assert app.port.decided == [("BKL-0044", "puxar", "", "")]


def test_an_estimate_in_words() -> None:
    assert [part.plain for part in pull.estimate({"horas": 2.5, "custo": None})] == ["2,5 h"]
