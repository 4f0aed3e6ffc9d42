"""Several `oficina` in one workspace: one runs the line, the others view, decide, take over when it dies."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attached_terminal import Screen, wait_for


@pytest.fixture
def screens(shop: Path) -> Iterator[Callable[[], Screen]]:
    """Start an `oficina` on a terminal; all of them end with the test."""
    with (shop / "oficina.yaml").open("a") as config:
        config.write("decisions: {prompt: inbox}\nundo_s: 0\n")
    opened: list[Screen] = []

    def start() -> Screen:
        opened.append(Screen(shop))
        return opened[-1]

    yield start
    for screen in opened:
        screen.close()


class Shop:
    """What the store says, by the commands that a user has for it."""

    def __init__(self, root: Path, oficina: Any) -> None:
        self.root, self._oficina = root, oficina

    def items(self, tipo: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._oficina("items", "--tipo", tipo, "--json").json
        return found

    def one(self, tipo: str, status: str) -> dict[str, Any]:
        """Wait for the one item of a type to be in a status."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            found[:] = [each for each in self.items(tipo) if each["status"] == status]
            return bool(found)

        wait_for(there, f"{tipo} {status}", 120.0)
        return found[0]

    def holder(self) -> str:
        """Who runs the line, as its lock says."""
        try:
            return str(json.loads((self.root / ".oficina" / "line.lock").read_text())["titular"])
        except (OSError, ValueError):
            return ""


@pytest.mark.slow
def test_the_second_decides_and_takes_over_when_the_first_is_killed(
    shop: Path, oficina: Any, screens: Callable[[], Screen]
) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    store, first = Shop(shop, oficina), screens()
    budget = store.one("aprovar_orcamento", "Pendente")
    assert store.holder() == f"tui:{first.pid}"

    second = screens()
    second.shows(f"line runs in tui:{first.pid} since ")
    second.press_until("a", lambda: "Approve the budget of frete" in second.shown, "the decision")
    attempts = shop / ".oficina" / "attempts"
    second.press_until("y", lambda: any(attempts.iterdir()), "the answer and its work")

    os.kill(first.pid, signal.SIGKILL)
    assert store.items("aprovar_orcamento")[0]["status"] == "Concluido"
    (developed,) = store.items("desenvolvimento")
    assert developed["pai"] == budget["id"]
    wait_for(lambda: store.holder() == f"tui:{second.pid}", "the take-over")

    release = store.one("aprovar_release", "Pendente")
    assert release["contexto"]["testes_passaram"]
    (done,) = store.items("desenvolvimento")
    assert [attempt["fim_motivo"] for attempt in done["tentativas"]] in (
        ["perdido", "concluido"],
        ["concluido"],  # it had written its outcome when the line died: that is adopted
    )
    assert oficina("decide", release["id"], "aprovar").code == 0, "from a shell, while a screen runs"
    validation = store.one("validar_implantacao", "Pendente")
    second.forget()
    second.press_until("a", lambda: "Is the deployment of frete" in second.shown, "the next decision")
    assert oficina("decide", validation["id"], "validar").code == 0
    second.shows("decided by")
    assert oficina("store", "check").code == 0
