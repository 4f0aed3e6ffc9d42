"""An interview on screen: a new pain by key, the rest of one that GENESIS asks about, what is refused."""

from __future__ import annotations

from typing import Any

import details as docs
import pytest
from frame_kit import FakePort, loaded, run
from frame_kit import until as until_true
from harness import SmallApp, opened, scenario, until

from app.tui import OficinaApp
from screens.dialogs.interview import ASKED, InterviewDialog
from screens.evidence.decision import evidence
from store.clock import FakeClock
from store.views.model import ItemDetail

SIZE = (80, 24)
TOLD = {
    "sintoma": "o relatório demora",
    "frequencia": "todo mês",
    "afetados": "vendas, caixa",
    "impacto": "fecha tarde",
    "tentativas": "-",
    "criterio_sucesso": "sai em um minuto",
}


def asked() -> ItemDetail:
    """An interview of which two fields are told already."""
    contexto = {"sintoma": "o relatório demora", "tentativas": [], "faltam": ["frequencia", "impacto"]}
    return docs.budget(
        item=docs.item(tipo="entrevistar_humano", titulo="Tell about: relatório", contexto=contexto),
        spec=None,
        recursos=None,
        dependencias=(),
    )


async def fill(pilot: Any, told: dict[str, str]) -> None:
    """Write into the fields from where the cursor is, and go on with enter."""
    for text in told.values():
        pilot.app.screen.focused.value = text
        await pilot.press("enter")


@scenario
async def test_the_rest_is_told_in_a_form_that_begins_with_what_is_known() -> None:
    app = SmallApp(asked())
    async with app.run_test(size=SIZE) as pilot:
        app.pump.ask("BKL-0042")
        await opened(pilot)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, InterviewDialog), "the form opened")
        dialog = await opened(pilot)
        assert dialog.told == {"sintoma": "o relatório demora", "tentativas": "-"}
        assert app.focused.id == "ask-frequencia"
        await fill(pilot, {name: TOLD[name] for name in list(ASKED)[1:]})
        await until(pilot, lambda: app.port.told, "it was handed in")
        assert app.port.told == [("BKL-0042", TOLD)]
        await until(pilot, lambda: any("BKL-0096" in said for said in app.said), "it was said")


@scenario
async def test_what_is_refused_stays_on_the_form_and_leaving_tells_nothing() -> None:
    app = SmallApp(asked())
    app.port.refuse = "impacto: is still to be told"
    async with app.run_test(size=SIZE) as pilot:
        app.push_screen(InterviewDialog(app.port, {}, "BKL-0042"))
        dialog = await opened(pilot)
        await pilot.press("up")
        assert app.focused.id == "ask-criterio-sucesso"
        await pilot.press("x", "enter")
        await until(
            pilot, lambda: "still to be told" in str(dialog.query_one("#problem").render()), "it was refused"
        )
        assert dialog.told == {"criterio_sucesso": "x"}
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not dialog, "it closed")
        assert app.port.told == []


def test_a_new_pain_is_a_key_away(app: OficinaApp, port: FakePort, clock: FakeClock) -> None:

    async def main() -> None:
        async with app.run_test(size=(100, 30)) as pilot:
            await loaded(pilot)
            await pilot.press("ctrl+n")
            await until_true(pilot, lambda: isinstance(app.screen, InterviewDialog))
            await until_true(pilot, lambda: app.screen._arming is not None)
            clock.advance(1)
            await fill(pilot, TOLD)
            await until_true(pilot, lambda: not isinstance(app.screen, InterviewDialog))
            assert ("raise_pain", TOLD) in port.calls
            assert any("GENESIS structures it" in note.message for note in app._notifications)

    run(main)


@pytest.mark.parametrize(
    ("tipo", "contexto", "parts"),
    [
        (
            "estruturar_produto",
            {"recurso": "chave", "sintoma": "no key", "sonda": "exit code 1", "instalacao": "not found"},
            ("no key", "exit code 1", "not found", "openssl genpkey", "put one there", "assinar à mão"),
        ),
        (
            "escrever_spec",
            {"rascunho": "specs/chave.yaml", "recurso": "chave", "porque": "nothing tells"},
            ("specs/chave.yaml", "nothing tells", "chave", "Edit it"),
        ),
        (
            "entrevistar_humano",
            {"sintoma": "slow", "faltam": ["impacto"], "frequencia": "daily"},
            ("slow", "daily", "Still asked", "effect"),
        ),
    ],
)
def test_the_evidence_says_what_hurts_and_what_can_be_done(
    tipo: str, contexto: dict[str, Any], parts: tuple[str, ...]
) -> None:
    capability = {
        "instalar": "openssl genpkey",
        "molde": False,
        "como_obter": "put one there",
        "alternativas": ["assinar à mão"],
    }
    detail = docs.budget(item=docs.item(tipo=tipo, contexto=contexto), capacidade=capability)
    text = "\n".join(line.plain for line in evidence(detail, docs.NOW, 80))
    for part in parts:
        assert part in text
