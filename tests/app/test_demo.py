"""The demo, headless, to its end: every spec deployed, waiting, or pushed back as it should be."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

OFICINA = [sys.executable, "-c", "import sys; from app.main import main; sys.exit(main())"]
DEPLOYED = {"frete", "pedido", "cotacao", "etiqueta", "credito"}
KEY = shutil.which("openssl") is not None
"""Without OpenSSL the demo's gap can't be installed: its budget waits, and the owner is asked again."""
if KEY:
    DEPLOYED |= {"nota-fiscal"}


def environment(demo: Path) -> dict[str, str]:
    """Approvals beside the demo, and this checkout's code."""
    return {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "XDG_STATE_HOME": str(demo.parent / "state"),
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, measuring: dict[str, str]) -> tuple[Path, str]:
    """The demo workspace after one run, and what the run printed. All that it runs is measured."""
    home = tmp_path_factory.mktemp("demo")
    run = subprocess.run(
        [*OFICINA, "demo", "--dir", str(home / "demo")],
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**environment(home / "demo"), **measuring},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return home / "demo", run.stdout


def ask(demo: Path, *words: str) -> list[dict[str, object]]:
    run = subprocess.run(
        [*OFICINA, "-C", str(demo), *words, "--json"],
        capture_output=True,
        text=True,
        check=True,
        env=environment(demo),
    )
    found: list[dict[str, object]] = json.loads(run.stdout)
    return found


def test_every_spec_stands_where_it_should(demo: tuple[Path, str]) -> None:
    directory, _ = demo
    specs = {str(spec["spec_ref"]): bool(spec["validada_em"]) for spec in ask(directory, "spec", "show")}
    assert {ref for ref, validated in specs.items() if validated} == DEPLOYED
    waiting = {(item["tipo"], item["spec_ref"]) for item in ask(directory, "decisions")}
    assert waiting == {("ajustar_spec", "desconto")} | (set() if KEY else {("estruturar_produto", "")})
    blocked = {(item["tipo"], item["spec_ref"]) for item in ask(directory, "items", "--status", "Bloqueado")}
    assert blocked == (set() if KEY else {("aprovar_orcamento", "nota-fiscal")})


@pytest.mark.skipif(not KEY, reason="the gap's install needs openssl")
def test_the_gap_is_really_closed_and_what_waited_for_it_is_signed(demo: tuple[Path, str]) -> None:
    directory, _ = demo
    [gap] = ask(directory, "items", "--tipo", "entrevistar_dor")
    [budget] = ask(directory, "items", "--tipo", "aprovar_orcamento", "--spec", "nota-fiscal")
    assert (gap["desfecho"], budget["desbloqueado_por"]) == ("alcancado", gap["id"])
    assert gap["contexto"]["bloqueando"] == [budget["id"]]  # type: ignore[index]
    events = ask(directory, "events", "--limit", "0")
    decided = next(e for e in events if e["tipo"] == "decisao.tomada" and e["opcao"] == "instalar")
    assert decided["politica"] == "chave-de-assinatura"
    key = directory / "chaves" / "assinatura.pem"
    assert key.stat().st_mode & 0o077 == 0
    live = directory / ".oficina" / "deploy" / "producao" / "nota-fiscal" / "current"
    signature = json.loads((live / "signature.json").read_text())
    (live.parent / "public.pem").write_text(signature["chave_publica"])
    (live.parent / "signature.bin").write_bytes(base64.b64decode(signature["valor"]))
    files = "-inkey public.pem -rawin -in current/release/manifest.json -sigfile signature.bin"
    subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", *files.split()],
        cwd=live.parent,
        check=True,
        capture_output=True,
    )


def test_the_table_says_what_was_built_tested_deployed_and_what_it_took(demo: tuple[Path, str]) -> None:
    _, said = demo
    assert "Policy «" in said
    rows = {line.split()[0]: line.split() for line in said.splitlines() if line[:1].isalpha()}
    assert rows["spec"][:6] == ["spec", "v", "release", "tests", "coverage", "deployed"]
    for ref in DEPLOYED:
        passed, total = rows[ref][3].split("/")
        assert passed == total
        assert int(rows[ref][4].removesuffix("%")) >= 80
        assert all(re.fullmatch(r"[0-9]+,[0-9]", text) for text in rows[ref][6:8])
        assert all(re.fullmatch(r"0,[0-9]{4}", text) for text in rows[ref][8:10])
        assert re.fullmatch(r"[0-9]+,[0-9]{2}", rows[ref][10])
    assert "pushed back" in " ".join(rows["desconto"])
    assert "machines R$  est. R$  price R$ (P80)" in said
    assert "people's hours: estimated" in said


def test_money_is_written_as_its_owner_writes_it(demo: tuple[Path, str]) -> None:
    directory, said = demo
    assert re.search(r"contexto\.custo_p80 [a-z ]+ R\$ 1\.000,00", said)
    shown = subprocess.run(
        [*OFICINA, "-C", str(directory), "spec", "show", "frete"],
        capture_output=True,
        text=True,
        check=True,
        env=environment(directory),
    ).stdout
    assert re.search(r"price of v1: R\$ [0-9]+,[0-9]{2} \(P80\), R\$ [0-9]+,[0-9]{2} \(P50\)", shown)


def test_the_end_names_what_waits_and_how_it_is_answered(demo: tuple[Path, str]) -> None:
    _, said = demo
    end = said.partition("Waiting for you:")[2]
    waiting = re.findall(r"(?m)^(BKL-[0-9]+)  (?:ajustar_spec +desconto|estruturar_produto) ", end)
    assert len(waiting) == (1 if KEY else 2)
    assert f"`oficina -C demo decide {waiting[0]} OPTION` answers it" in end
    assert "linha.error" not in said


def test_what_depends_on_another_spec_waited_for_its_validation(demo: tuple[Path, str]) -> None:
    directory, _ = demo
    events = ask(directory, "events", "--limit", "0")
    validated = next(
        i for i, e in enumerate(events) if e["tipo"] == "spec.validada" and e["spec_ref"] == "frete"
    )
    developed = next(
        i
        for i, e in enumerate(events)
        if e["tipo"] == "item.criado" and e["spec_ref"] == "etiqueta" and e["item_tipo"] == "desenvolvimento"
    )
    assert validated < developed


def test_a_second_run_finds_nothing_to_do(demo: tuple[Path, str]) -> None:
    directory, _ = demo
    before = ask(directory, "events", "--limit", "0")
    run = subprocess.run(
        [*OFICINA, "demo", "--dir", str(directory), "--headless"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment(directory),
    )
    assert run.returncode == 0
    assert run.stdout.startswith(f"The demo goes on in {directory}\n")
    assert f"`oficina demo --dir {directory} --fresh` begins it again." in run.stdout
    types = {event["tipo"] for event in ask(directory, "events", "--limit", "0")[len(before) :]}
    assert not types & {"item.criado", "item.transicao"}
