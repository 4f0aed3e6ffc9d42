"""How pains look: look whether each question can be read above its field, and what an install would run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import details as docs
import pytest
from harness import SmallApp, opened

from screens.dialogs.interview import InterviewDialog
from store.views.model import ItemDetail, Option

USUAL, SMALL, WIDE = (80, 24), (40, 12), (120, 40)
KNOWN = {"sintoma": "o [b]relatório[/b] demora", "tentativas": "-"}
COMMAND = (
    "sh -c 'umask 077; mkdir -p chaves && openssl genpkey -algorithm ed25519 -out chaves/assinatura.pem'"
)


def asked_again() -> ItemDetail:
    """A gap whose install did not help."""
    contexto = {
        "recurso": "chave-assinatura",
        "sintoma": "Falta chave-assinatura: chave privada",
        "prontuario": {
            "frequencia": "Sempre que spec usa chave-assinatura",
            "afetados": ["nota-fiscal"],
            "impacto": "Spec bloqueada",
            "tentativas": ["assinar à mão"],
            "criterio_sucesso": "a chave existe",
        },
        "sonda": "exit code 1\nsh: 1: openssl: not found",
        "instalacao": "exit code 127\nsh: 1: openssl: not found",
    }
    options = (
        Option("verificar", "y", "it is there", "the probe of chave-assinatura runs now"),
        Option("instalar", "i", "install it now", f"runs in this workspace: {COMMAND}"),
        Option("especificar", "p", "specify it", "Epistemologia writes its spec"),
        Option("dispensar", "w", "do without", "every spec that waits gets a new version", True, True),
    )
    capability = {"instalar": COMMAND, "molde": False, "como_obter": "install openssl", "alternativas": []}
    return docs.budget(
        item=docs.item(tipo="estruturar_produto", titulo="Bring in chave-assinatura", contexto=contexto),
        spec=None,
        recursos=None,
        dependencias=(),
        capacidade=capability,
        opcoes=options,
    )


@pytest.mark.parametrize("size", [USUAL, SMALL])
def test_an_interview(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    async def before(pilot: Any) -> None:
        pilot.app.push_screen(InterviewDialog(pilot.app.port, KNOWN, "BKL-0042"))
        await opened(pilot)

    assert snap_compare(SmallApp(), terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", [WIDE, USUAL])
def test_a_gap_that_is_asked_about_again(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    async def before(pilot: Any) -> None:
        pilot.app.pump.ask("BKL-0042")
        await opened(pilot)

    assert snap_compare(SmallApp(asked_again()), terminal_size=size, run_before=before)
