"""Real runs: red before the code, green with it; and hostile packages, which are ended and reported."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import psutil
import pytest
from worker_support import bare_spawn, order_code, order_tests, run_red_then_real

from jobs.launcher.orders import Limits
from jobs.performers.spawner import Spawner
from jobs.sandbox import Sandbox, trial
from jobs.testing.material import GeneratedTests, TestPlan, plan_of
from jobs.testing.runner import run_tests
from jobs.workers.package import Package

LEVEL = trial()
ORDER_PLAN = plan_of("loja", [order_tests()])


@pytest.fixture(params=["limits", "full"])
def spawn(request: pytest.FixtureRequest, tmp_path: Path) -> Spawner:
    """Both levels, where the machine has both."""
    if request.param == "limits":
        return bare_spawn(tmp_path)
    if LEVEL.name != "full":
        pytest.skip(LEVEL.why)
    return Spawner(Sandbox(LEVEL), tmp_path)


def test_tests_are_shown_red_and_then_run_for_real(spawn: Spawner, tmp_path: Path) -> None:
    report = run_red_then_real(ORDER_PLAN, order_code(), ["loja_pedido"], spawn, tmp_path / "run")
    assert report.passou, report.saida
    assert report.vermelho == {"total": 12, "falharam": 12, "confirmado": True, "abortado": ""}
    assert (report.total, report.pares_cobertos, report.pares_total) == (12, 8, 8)
    assert report.cobertura is not None
    assert report.cobertura.percent == 100.0
    assert report.nivel == spawn.sandbox.level.name
    assert report.duracao_s > 0
    assert report.cpu_s > 0
    assert report.pico_rss_mb > 10


def test_a_test_that_passes_without_the_code_is_not_red(tmp_path: Path) -> None:
    plan = plan_for(b"def test_nothing():\n    pass\n")
    report = run_red_then_real(plan, Package("x", {}), [], bare_spawn(tmp_path), tmp_path / "run")
    assert report.passou
    assert report.vermelho["confirmado"] is False


def test_a_wrong_model_is_red_and_no_failed_run(tmp_path: Path) -> None:
    code = order_code()
    files = dict(code.files)
    files["src/loja_pedido/modelo.py"] = files["src/loja_pedido/modelo.py"].replace(b"le=100", b"le=99")
    report = run_tests(
        ORDER_PLAN, Package(code.name, files), ["loja_pedido"], bare_spawn(tmp_path), tmp_path / "run"
    )
    assert not report.abortado
    assert not report.passou
    failed = [case for case in report.casos if case.resultado == "falhou"]
    assert {"maximo" in case.nome for case in failed} == {True}
    assert "less than or equal to 99" in failed[0].mensagem


def test_an_invalid_class_must_fail_at_its_own_field_alone(tmp_path: Path) -> None:
    code = order_code()
    files = dict(code.files)
    path = "src/loja_pedido/modelo.py"
    files[path] = files[path].replace(b"min_length=1", b"min_length=9")
    report = run_tests(ORDER_PLAN, Package(code.name, files), [], bare_spawn(tmp_path), tmp_path / "run")
    ends = {case.nome: case for case in report.casos}
    masked = ends["test_rejeita_so_o_campo[tipo-outro]"]
    assert masked.resultado == "falhou"
    assert "cliente" in masked.mensagem
    assert ends["test_rejeita_so_o_campo[cliente-vazio]"].resultado == "passou"


def test_nothing_to_run_is_aborted(tmp_path: Path) -> None:
    plan = TestPlan(Package("x", {}), 0, 0, 0)
    report = run_tests(plan, order_code(), ["loja_pedido"], bare_spawn(tmp_path), tmp_path / "run")
    assert report.abortado
    assert not report.passou


def plan_for(source: bytes) -> TestPlan:
    files = Package("x", {"tests/test_x.py": source})
    return plan_of("x", [GeneratedTests(files, 1, 0, 0, 0, 0, 0)])


TIGHT = Limits(
    cpu_s=2.0, memory_mb=1024, tree_mb=300, file_mb=8, files=64, processes=12, output_bytes=1 << 20
)

HOSTILE = {
    "loop": b"def test_x():\n    while True: pass\n",
    "memory": b"def test_x():\n    bytearray(6 << 30)\n",
    "slow memory": b"def test_x():\n    a = []\n    while True: a.append(b'x' * (10 << 20))\n",
    "forks": b"""
import os, time
def test_x():
    for _ in range(40):
        if os.fork() == 0:
            time.sleep(300)
    time.sleep(300)
""",
    "detached": b"""
import subprocess, sys
def test_x():
    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(301)'], start_new_session=True)
""",
    "exit": b"import os\ndef test_x():\n    os._exit(0)\n",
    "flood": b"import os\ndef test_x():\n    while True: os.write(1, b'x' * 65536)\n",
    "big file": b"def test_x():\n    open('junit.xml', 'wb').write(b'<a>' * (20 << 20))\n",
    "link": b"""
import atexit, os, pathlib
def test_x():
    pass
def swap():
    os.unlink('junit.xml')
    os.symlink('/etc/passwd', 'junit.xml')
atexit.register(swap)
""",
    "forged": b"""
import os
def test_x():
    open('junit.xml', 'w').write("<testsuites><testcase name='a'/><testcase name='b'/></testsuites>")
    os._exit(0)
""",
}


NAP = str(300_000 + os.getpid())
"""How long the hostile sleep wants to be: each test process has its own, so that none sees another's."""


def descendants(marker: str) -> list[int]:
    """Processes that a run left behind: its directory or the hostile sleep is on their command line."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        words = " ".join(process.info["cmdline"] or [])
        if process.info["pid"] != os.getpid() and (marker in words or f"time.sleep({NAP})" in words):
            found.append(process.info["pid"])
    return found


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_package_is_ended_and_reported(spawn: Spawner, tmp_path: Path, name: str) -> None:
    directory = tmp_path / "run"
    report = run_tests(
        plan_for(HOSTILE[name].replace(b"301", NAP.encode())),
        None,
        [],
        spawn,
        directory,
        timeout_s=40.0,
        limits=TIGHT,
    )
    if name == "detached":
        assert report.passou, report.abortado
    else:
        assert not report.passou
    if name not in ("detached", "memory", "big file"):
        assert report.abortado
    assert descendants(str(directory)) == []
    assert report.nivel == spawn.sandbox.level.name


INSIDE = b"""
import os, socket
ALLOWED = {'HOME', 'LANG', 'LC_CTYPE', 'PATH', 'PWD', 'PYTHONHASHSEED', 'COVERAGE_PROCESS_CONFIG'}

def writes(path):
    try:
        open(path, 'a').write('x')
        return True
    except OSError:
        return False

def reaches(address):
    try:
        socket.create_connection(address, 1)
        return True
    except OSError:
        return False

def test_x():
    writes('OUTSIDE')
    assert not writes(__file__)
    assert not writes('/usr/x')
    assert not reaches(('192.0.2.1', 80))
    assert not reaches(('127.0.0.1', PORT))
    assert os.listdir('PARENT') == ['NAME']
    assert {name for name in os.environ if not name.startswith('PYTEST_')} <= ALLOWED
"""


@pytest.mark.skipif(LEVEL.name != "full", reason=LEVEL.why)
def test_the_sandbox_keeps_hostile_code_from_files_and_the_network(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = INSIDE
        for word, value in (
            ("OUTSIDE", outside),
            ("PORT", server.getsockname()[1]),
            ("PARENT", tmp_path.parent),
            ("NAME", tmp_path.name),
        ):
            source = source.replace(word.encode(), str(value).encode())
        spawn = Spawner(Sandbox(LEVEL), tmp_path)
        (tmp_path.parent / "neighbour").mkdir(exist_ok=True)
        report = run_tests(plan_for(source), None, [], spawn, tmp_path / "run")
    assert report.passou, [case.mensagem for case in report.casos]
    assert not outside.exists()
