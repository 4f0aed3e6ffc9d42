"""How a command opens a workspace."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from app.wiring import opened


def test_the_store_of_a_workspace_that_is_not_trusted_is_only_viewed(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    arguments = Namespace(workspace=shop)
    with opened(arguments, readonly=True) as mine:
        assert mine.db.readonly_reason == ""
    (shop / "capabilities.yaml").write_text("capacidades: {a: {descricao: a, sonda: [rm, -rf, /]}}\n")
    journal = next((shop / ".oficina" / "store").glob("journal-*.jsonl"))
    with journal.open("ab") as file:
        file.write(b"a commit that was cut off")
    before = journal.read_bytes()
    with opened(arguments, readonly=True) as viewed:
        assert viewed.db.readonly_reason == "opened for viewing"
        assert viewed.item("BKL-0001")["status"] == "Pendente"
    assert journal.read_bytes() == before
    assert oficina("trust", "--yes").code == 0
    with opened(arguments, readonly=True):
        assert journal.read_bytes() != before
