"""Runs generated tests for real: pytest and branch coverage in the sandbox, red first, then with the code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jobs.launcher.orders import Limits, RunReport
from jobs.protocol import Spawn
from jobs.testing.material import TestPlan
from jobs.testing.outputs import UnreadableError, plain_text, printed_end, read_plain
from jobs.testing.report import BrokenReportError, Case, Coverage, TestReport, parse_coverage, parse_junit
from jobs.workers.package import Package, merge

TEST_LIMITS = Limits(cpu_s=120.0, memory_mb=2048, tree_mb=1536, file_mb=64, files=512, processes=64)

_JUNIT_BYTES = 16 << 20
_COVERAGE_BYTES = 16 << 20
_SHOWN = 4000

# pytest is imported before the package's directory is on the path, so that no package can stand in for it.
_DRIVER = "import sys, pytest; sys.path.insert(0, sys.argv[1]); sys.exit(pytest.main(sys.argv[2:]))"

_ENDED = {0, 1}
"""pytest's exit codes for a run that came to its end; any other is no result."""


def shown_red(plan: TestPlan, red: TestReport, real: TestReport) -> TestReport:
    """The report of the run with the code, with what the run before the code (`red`) showed."""
    failed = red.count("falhou") + red.count("erro")
    confirmed = not red.abortado and failed == plan.cases > 0
    shown = {"total": red.total, "falharam": failed, "confirmado": confirmed, "abortado": red.abortado}
    return replace(real, vermelho=shown)


def run_tests(
    plan: TestPlan,
    code: Package | None,
    covered: Sequence[str],
    spawn: Spawn,
    directory: Path,
    *,
    timeout_s: float = 120.0,
    limits: Limits = TEST_LIMITS,
) -> TestReport:
    """One run of the tests in `directory` (new), with the code or without it.

    Inside the sandbox the package can only be read; the results go to a directory of their own, which is then
    read as what it is: written by untrusted code. Red tests are a result; a killed run or a missing report is
    none.
    """
    package, out = directory / "package", directory / "out"
    merge(plan.package.name, [plan.package, *([code] if code else [])]).write_to(package)
    (package / "pytest.ini").write_text("[pytest]\n")
    (package / "coveragerc").write_text(f"[run]\nbranch = true\ndata_file = {out / 'coverage.data'}\n")
    out.mkdir(mode=0o700)
    printed = directory / "printed.txt"
    run = spawn(
        _command(package, out, covered),
        writable=[out],
        readonly=[package],
        cwd=out,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONHASHSEED": "0"},
        timeout_s=timeout_s,
        limits=limits,
        stdout_path=printed,
    )
    return _report(plan, run, out, printed, with_coverage=bool(covered))


def _command(package: Path, out: Path, covered: Sequence[str]) -> list[str]:
    command = [sys.executable, "-P", "-s", "-B", "-X", "utf8", "-c", _DRIVER, str(package / "src")]
    command += ["-q", "--tb=short", "--color=no", "-p", "no:cacheprovider", "--noconftest"]
    command += ["--import-mode=importlib", "-c", str(package / "pytest.ini"), f"--rootdir={package}"]
    command += [f"--junitxml={out / 'junit.xml'}", "-o", "junit_family=xunit2"]
    if covered:
        command += ["-p", "pytest_cov.plugin", "--cov-branch", f"--cov-config={package / 'coveragerc'}"]
        command += [f"--cov={name}" for name in covered]
        command += [f"--cov-report=json:{out / 'coverage.json'}"]
    return [*command, str(package / "tests")]


def _report(plan: TestPlan, run: RunReport, out: Path, printed: Path, *, with_coverage: bool) -> TestReport:
    cases, problem = _cases(out)
    return TestReport(
        casos=cases,
        esperados=plan.cases,
        abortado=_ended_early(run) or problem or _contradiction(run, cases, plan.cases),
        cobertura=_coverage(out) if with_coverage else None,
        duracao_s=round(run.wall_s, 3),
        cpu_s=round(run.cpu_s, 3),
        pico_rss_mb=round(run.peak_rss_mb, 1),
        ram_gb_s=round(run.ram_gb_s, 4),
        nivel=run.level,
        pares_cobertos=plan.pairs_covered,
        pares_total=plan.pairs_total,
        saida=printed_end(printed, _SHOWN),
    )


def _cases(out: Path) -> tuple[list[Case], str]:
    """The cases, or why there is no report."""
    try:
        return parse_junit(read_plain(out, "junit.xml", _JUNIT_BYTES)), ""
    except (UnreadableError, BrokenReportError) as error:
        return [], str(error)


def _coverage(out: Path) -> Coverage | None:
    try:
        return parse_coverage(read_plain(out, "coverage.json", _COVERAGE_BYTES))
    except (UnreadableError, BrokenReportError):
        return None


def _ended_early(run: RunReport) -> str:
    if run.error:
        return f"the run could not be started: {plain_text(run.error, 200)}"
    if run.timed_out or run.killed_for:
        return f"the run was ended: {run.killed_for or 'timeout'}"
    return "" if run.rc in _ENDED else f"pytest ended with exit code {run.rc}"


def _contradiction(run: RunReport, cases: Sequence[Case], expected: int) -> str:
    """Why the report can't be the one of this run: untrusted code can write one too."""
    if len(cases) != expected:
        return f"the report holds {len(cases)} of {expected} cases"
    red = any(case.resultado in ("falhou", "erro") for case in cases)
    if red != (run.rc == 1):
        return f"the report contradicts pytest's exit code {run.rc}"
    return ""
