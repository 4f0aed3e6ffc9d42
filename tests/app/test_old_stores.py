"""A store that an older oficina wrote is opened, listed, worked on and answered by today's."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data" / "stores"


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace of d717e53, which is the current directory."""
    root = tmp_path / "old"
    with tarfile.open(DATA / "d717e53" / "workspace.tar.gz") as packed:
        packed.extractall(root, filter="data")
    monkeypatch.chdir(root)
    return root


def test_a_store_of_before_opens_lists_runs_and_is_decided(old: Path, oficina) -> None:
    """No collection's schema number was raised since: every field that came after is read with a default
    where it is missing, so a document of before is a valid one of today, and an older oficina may still open
    what today's writes. A number is for what a default can't say.
    """
    waiting = [item["id"] for item in oficina("items", "--status", "Pendente", "--json").json]
    assert waiting == ["BKL-0007", "BKL-0009", "BKL-0010"]
    assert oficina("store", "check").code == 0
    # What a store says is approved would be done, so one that nobody made here is asked about: once.
    refused = oficina("decide", "9", "aprovar")
    assert refused.code == 2
    assert "is not trusted yet: it defines .oficina" in refused.err
    assert oficina("trust", "--yes").code == 0

    run = oficina("run", "--headless", "--until-idle", "--timeout", "60")
    assert run.code == 0, run.out + run.err
    tentada = oficina("items", "10", "--json").json
    assert [each["fim_motivo"] for each in tentada["tentativas"]] == ["falhou", "concluido"]
    asked = {each["id"]: each["spec_ref"] for each in oficina("decisions", "--json").json}
    assert asked == {"BKL-0007": "pronta", "BKL-0009": "aberta", "BKL-0011": "tentada"}
    assert "it made BKL-0012" in oficina("decide", "9", "aprovar").out
    assert oficina("decide", "7", "efetiva", "--reason", "it did").code == 0
    for words in (("spec", "show", "pronta"), ("events", "--limit", "0"), ("doctor",), ("store", "check")):
        assert oficina(*words).code == 0, words
