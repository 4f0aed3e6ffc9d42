"""The whole line on a real workspace, as its user runs it: from a spec file to a validated deployment."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from app import __file__ as app_file
from jobs.policy import SEED

OFICINA = [sys.executable, "-c", "import sys; from app.main import main; sys.exit(main())"]
LIMIT_S = 120


def start(shop: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*OFICINA, *words],
        cwd=shop,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(app_file).parents[1])},
    )


def run_until_idle(shop: Path, *more: str) -> str:
    """The line headless under the seeds' policy; everything that it printed."""
    running = start(
        shop, "run", "--headless", "--until-idle", "--policy", str(SEED), "--timeout", str(LIMIT_S), *more
    )
    said, _ = running.communicate(timeout=LIMIT_S + 30)
    assert running.returncode == 0, said
    return said


def kill_when(
    running: subprocess.Popen[str], pattern: str, then_s: float = 0.0, *, may_end: bool = False
) -> None:
    """Kill the process at once, `then_s` after it printed a line like that; `may_end`: or it ended before."""
    assert running.stdout is not None
    for line in running.stdout:
        if re.search(pattern, line):
            break
    else:
        assert may_end, f"the run ended before {pattern}"
    time.sleep(then_s)
    running.send_signal(signal.SIGKILL)
    running.wait()
    running.stdout.close()


def at_once(shop: Path, more: str = "") -> None:
    """What a decision generates is there at once: nobody takes one back here."""
    config = shop / "oficina.yaml"
    config.write_text(f"{config.read_text()}undo_s: 0\n{more}")


def tried_again_at_once(shop: Path, oficina) -> None:
    """A deployment that failed is repeated as often as ever, without the pause before it."""
    actors = (SEED.parent / "actors.yaml").read_text()
    own = "  concorrencia: 2\n  retries_por_tipo: {implantar: {max: 1, base_s: 0}}\n"
    (shop / "actors.yaml").write_text(actors.replace("  concorrencia: 2\n", own, 1))
    assert oficina("trust", "--yes").code == 0


def statuses(documents: list[dict[str, Any]]) -> list[str]:
    return [document["status"] for document in documents]


def exported(shop: Path, oficina, name: str) -> list[dict[str, Any]]:
    """A collection, by the command that a user has for it."""
    import json
    import shutil

    shutil.rmtree(shop / "export", ignore_errors=True)
    assert oficina("store", "export", shop / "export").code == 0
    documents: list[dict[str, Any]] = json.loads((shop / "export" / f"{name}.json").read_text())
    return documents


def live_release(shop: Path, spec_ref: str = "frete") -> Path:
    return (shop / ".oficina" / "deploy" / "producao" / spec_ref / "current").resolve()


def test_a_spec_becomes_a_validated_deployment(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    said = run_until_idle(shop)
    assert "Policy «" in said
    assert re.search(r"frete +1 +REL-0001 +(\d+)/\1 +\d+% +validada", said)
    execution = exported(shop, oficina, "execucoes")[0]
    assert execution["status"] == "concluido"
    assert execution["realizado"]["passou_primeira"] is True
    assert all(execution["realizado"]["maquina_s"][phase] > 0 for phase in ("dev", "teste", "deploy"))
    assert all(execution["timestamps"][f"{phase}_fim_at"] for phase in ("dev", "teste", "deploy"))
    release = exported(shop, oficina, "releases")[0]
    assert release["testes"]["vermelho"]["confirmado"] is True
    out = subprocess.run(
        [sys.executable, "-I", "-B", str(live_release(shop) / "release" / "smoke.py")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "smoke: imported frete" in out.stdout
    assert (shop / exported(shop, oficina, "implantacoes")[0]["url"]).resolve() == live_release(shop)
    assert exported(shop, oficina, "specs")[0]["validada_em"]


@pytest.mark.parametrize(
    ("moment", "another"), [("▶ desenvolvimento", "qa.passed"), ("▶ implantar", "devops.deployed")]
)
def test_killed_at_bad_moments_the_next_start_ends_the_same(
    shop: Path, oficina, moment: str, another: str
) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    words = ["run", "--headless", "--until-idle", "--policy", str(SEED)]
    kill_when(start(shop, *words), moment, then_s=0.3)
    kill_when(start(shop, *words), another, then_s=0.3, may_end=True)
    run_until_idle(shop)
    assert statuses(exported(shop, oficina, "execucoes")) == ["concluido"]
    assert statuses(exported(shop, oficina, "implantacoes")) == ["validada"]
    assert len(exported(shop, oficina, "releases")) == 1
    assert live_release(shop).is_dir()
    assert oficina("store", "check").code == 0
    assert not list((shop / ".oficina" / "attempts").iterdir())


def test_red_tests_are_shown_and_pushed_back_and_the_next_version_goes_through(shop: Path, oficina) -> None:
    spec = shop / "specs" / "frete.yaml"
    right = spec.read_text()
    spec.write_text(right.replace("esperado: {preco: 20}", "esperado: {preco: 21}"))
    oficina("spec", "add", spec)
    assert "pushed back: the tests of REL-0001 are red" in run_until_idle(shop)
    release = exported(shop, oficina, "releases")[0]
    assert (release["testes_passaram"], release["status"]) == (False, "devolvida")
    assert statuses(exported(shop, oficina, "execucoes")) == ["rejeitado"]
    spec.write_text(right)
    assert "frete v2" in oficina("spec", "add", spec).out
    assert "validated" in run_until_idle(shop)
    assert statuses(exported(shop, oficina, "execucoes")) == ["rejeitado", "concluido"]


def test_a_bug_is_mended_deployed_and_rolled_back_on_demand(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    run_until_idle(shop)
    first = live_release(shop)
    oficina("bug", "add", "frete", "weight 0 costs too much", "--severidade", "alto")
    run_until_idle(shop)
    releases = exported(shop, oficina, "releases")
    assert releases[1]["substitui_release"] == "REL-0001"
    assert releases[1]["identica_a"] == "REL-0001"
    assert live_release(shop) != first
    said = oficina("rollback", "IMP-0002")
    assert said.code == 0, said.err
    assert oficina("rollback", "IMP-0002").out == said.out
    run_until_idle(shop)
    assert live_release(shop) == first
    placed = exported(shop, oficina, "implantacoes")
    assert statuses(placed) == ["substituida", "revertida", "implantada"]
    assert placed[2]["anterior"]["release_ref"] == "REL-0002"
    assert "it is not what is live" in oficina("rollback", "IMP-0001").err


def test_a_first_deployment_that_is_not_valid_is_taken_away(shop: Path, oficina) -> None:
    at_once(shop)
    policy = shop / "no-validation.yaml"
    policy.write_text(SEED.read_text().partition("  - nome: implantacao-de-pe")[0])
    oficina("spec", "add", "specs/frete.yaml")
    run_until_idle(shop, "--policy", str(policy))
    question = oficina("decisions", "--json").json[0]
    assert (question["tipo"], live_release(shop).is_dir()) == ("validar_implantacao", True)
    assert oficina("decide", question["id"], "invalidar", "--reason", "wrong prices").code == 0
    running = start(shop, "run", "--headless", "--policy", str(policy))
    kill_when(running, r"devops.rolled_back|✗ failed reverter")
    placed = exported(shop, oficina, "implantacoes")
    assert statuses(placed)[:2] == ["revertida", "revertida"]


def test_what_was_rolled_back_is_not_validated_any_more(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    run_until_idle(shop)
    rules = (
        SEED.read_text()
        .replace("tipo: validar_implantacao", "tipo: avaliar_efetividade")
        .replace("opcao: validar", "opcao: efetiva")
    )
    (shop / "no-validation.yaml").write_text(rules)
    oficina("bug", "add", "frete", "weight 0 costs too much")
    words = ["run", "--headless", "--until-idle", "--policy", "no-validation.yaml"]
    start(shop, *words).communicate(timeout=LIMIT_S)
    [asked] = [i for i in oficina("decisions", "--json").json if i["tipo"] == "validar_implantacao"]
    assert oficina("rollback", "IMP-0002").code == 0
    start(shop, *words).communicate(timeout=LIMIT_S)
    closed = oficina("items", asked["id"], "--json").json
    assert closed["status"] == "Cancelado"
    assert "rolled back by" in closed["motivo"]
    assert oficina("decide", asked["id"], "validar").code != 0


def test_a_failing_smoke_test_goes_back_and_asks(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    run_until_idle(shop)
    first = live_release(shop)
    config = shop / "oficina.yaml"
    config.write_text(config.read_text() + "targets: [{nome: producao, smoke: ['false']}]\n")
    tried_again_at_once(shop, oficina)
    spec = shop / "specs" / "frete.yaml"
    spec.write_text(spec.read_text().replace("titulo: Frete", "titulo: Frete 2"))
    oficina("spec", "add", spec)
    running = start(shop, "run", "--headless", "--policy", str(SEED))
    kill_when(running, r"✗ failed implantar|resolver_falha")
    assert live_release(shop) == first
    asked = oficina("decisions", "--json").json
    assert [item["tipo"] for item in asked if item["tipo"] == "resolver_falha"] == ["resolver_falha"]
    assert (
        "smoke test failed" in next(i for i in asked if i["tipo"] == "resolver_falha")["contexto"]["motivo"]
    )
    assert statuses(exported(shop, oficina, "execucoes"))[-1] == "falhou"


def test_a_gap_blocks_the_budget_until_its_probe_passes(shop: Path, oficina) -> None:
    at_once(shop)
    (shop / "capabilities.yaml").write_text(
        "capacidades:\n  selo:\n    descricao: um selo\n    sonda: [test, -e, selo.txt]\n    intervalo_s: 1\n"
    )
    oficina("trust", "--yes")
    spec = shop / "specs" / "frete.yaml"
    spec.write_text(spec.read_text() + "runtime:\n  recursos: [selo]\n")
    oficina("spec", "add", spec)
    assert "aprovar_orcamento waits for selo" in run_until_idle(shop)
    gap = oficina("items", "--tipo", "entrevistar_dor", "--json").json[0]
    assert (gap["produtor"], gap["contexto"]["recurso"]) == ("PROMETHEUS", "selo")
    (shop / "selo.txt").touch()
    asked = next(i for i in oficina("decisions", "--json").json if i["tipo"] == "estruturar_produto")
    assert oficina("decide", asked["id"], "verificar").code == 0
    assert "validated" in run_until_idle(shop)
    budget = oficina("items", "--tipo", "aprovar_orcamento", "--json").json[0]
    assert budget["desbloqueado_em"]


def test_a_decision_from_a_shell_and_its_undo(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    running = start(shop, "run", "--headless", "--until-idle")
    running.communicate(timeout=LIMIT_S)
    budget = oficina("decisions", "--json").json[0]
    assert "aprovar" in oficina("decide", budget["id"]).out
    assert oficina("decide", budget["id"], "--json").json[0]["nome"] == "aprovar"
    assert oficina("decide", budget["id"], "ajustar").code == 2
    said = oficina("decide", budget["id"], "aprovar", "--note", "fair")
    assert "DEC-0001" in said.out
    assert oficina("undo", "DEC-0001").code == 0
    assert oficina("decisions", "--json").json[0]["id"] == budget["id"]
    pushed = oficina("decide", budget["id"], "ajustar", "--reason", "too dear", "--json").json
    assert pushed["motivo"] == "too dear"
    assert oficina("items", "--tipo", "ajustar_spec", "--json").json[0]["contexto"]["motivo"] == "too dear"


def test_it_ends_in_order_when_it_is_told_to(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    running = start(shop, "run", "--headless", "--policy", str(SEED))
    assert running.stdout is not None
    for line in running.stdout:
        if "▶ desenvolvimento" in line:
            break
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=60)
    assert running.returncode == 0
    assert "EmProcessamento" not in statuses(oficina("items", "--json").json)


def test_a_run_that_is_not_idle_in_time_exits_1(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    running = start(shop, "run", "--headless", "--until-idle", "--policy", str(SEED), "--timeout", "0.2")
    said, _ = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "Not idle after 0.2 s" in said


def test_a_stopped_line_keeps_nobody_waiting(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    running = start(shop, "run", "--headless", "--policy", str(SEED))
    assert running.stdout is not None
    said = []
    for line in running.stdout:
        said.append(line)
        if "▶ desenvolvimento" in line:
            break
    else:
        raise AssertionError("".join(said))
    try:
        for _ in range(5):
            running.send_signal(signal.SIGTSTP)
            stopped = os.waitid(os.P_PID, running.pid, os.WSTOPPED)
            assert stopped is not None
            assert stopped.si_code == os.CLD_STOPPED
            assert oficina("items", "--json").code == 0
            assert oficina("bug", "add", "frete", "x").code == 2, "nothing was built yet, but nobody waits"
            running.send_signal(signal.SIGCONT)
            os.waitid(os.P_PID, running.pid, os.WCONTINUED)
    finally:
        running.send_signal(signal.SIGCONT)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=60)
    assert running.returncode == 0


def test_a_secret_reaches_its_probe_and_is_kept_nowhere(shop: Path, oficina, monkeypatch) -> None:
    monkeypatch.setenv("SEAL_TOKEN", "very-secret-42")
    config = shop / "oficina.yaml"
    config.write_text(config.read_text() + "secrets: {SELO: {env: SEAL_TOKEN}}\n")
    (shop / "capabilities.yaml").write_text(
        "capacidades:\n  selo:\n    descricao: um selo\n"
        '    sonda: [sh, -c, \'echo "with $SELO"; test "$SELO" = other\']\n'
    )
    oficina("trust", "--yes")
    spec = shop / "specs" / "frete.yaml"
    spec.write_text(spec.read_text() + "runtime:\n  recursos: [selo]\n")
    oficina("spec", "add", spec)
    said = run_until_idle(shop)
    kept = [path.read_bytes() for path in (shop / ".oficina").rglob("*") if path.is_file()]
    assert not any(b"very-secret-42" in content for content in kept)
    assert "very-secret-42" not in said
    [probe] = [each for each in exported(shop, oficina, "capacidades") if each["nome"] == "selo"]
    assert "with •••" in probe["sonda"]["detalhe"]
