"""What every way of building a version has in common: the tests first, their judgement, the phases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.performers.channel import Channel
from jobs.specs.freezing import read_version
from jobs.steps.planning import Task, plan_tests, tasks_of
from jobs.testing.material import TestPlan
from jobs.testing.report import TestReport
from jobs.testing.runner import run_tests, shown_red
from jobs.workers.package import Package


@dataclass(frozen=True)
class Ground:
    """What is to be built, and the tests that will judge it, shown red."""

    spec_doc: Mapping[str, Any]
    tasks: Sequence[Task]
    plan: TestPlan
    red: TestReport


@dataclass(frozen=True)
class Built:
    """The code, what the tests say of it, and who made it (`execucoes.workers`)."""

    code: Package
    report: TestReport
    workers: list[dict[str, Any]]


def lay_ground(spec_doc: Mapping[str, Any], channel: Channel) -> Ground:
    """Make the tests from the spec alone, and show that none passes yet; the development begins."""
    spec = read_version(channel.objects, spec_doc)
    tasks, plan = tasks_of(spec), plan_tests(spec)
    phase(channel, "dev_inicio")
    channel.progress("tests first", 0, plan.cases, f"{plan.cases} tests, none may pass yet")
    red = run_tests(plan, None, (), channel.spawn, channel.workdir / "red")
    channel.output(
        f"red first: {red.count('falhou') + red.count('erro')} of {plan.cases} tests fail without the code"
    )
    return Ground(spec_doc, tasks, plan, red)


def judge(ground: Ground, code: Package, channel: Channel, name: str) -> TestReport:
    """Run the tests with the code, in a directory of that name, and show what they say."""
    plan = ground.plan
    channel.progress("tests", 0, plan.cases, f"{plan.cases} tests in the sandbox ({channel.level.name})")
    covered = [task.package for task in ground.tasks]
    real = run_tests(plan, code, covered, channel.spawn, channel.workdir / name)
    report = shown_red(plan, ground.red, real)
    _tell(channel, report)
    return report


def phase(channel: Channel, fase: str, **dados: Any) -> None:
    """A phase of the execution began or ended; returns once that is durable."""
    channel.ask({"kind": "phase", "fase": fase, "dados": dados})


def verdict(report: TestReport, *runs: TestReport) -> dict[str, Any]:
    """What `teste_fim` records: what the tests said, and what all of `runs` took."""
    figures = report.figures()
    return {
        "passou": report.passou,
        "testes_total": report.total,
        "testes_falhos": report.count("falhou") + report.count("erro"),
        "cobertura_pct": figures["cobertura_pct"],
        "linhas_cobertas": figures["linhas_cobertas"],
        "linhas_total": figures["linhas_total"],
        "maquina_s": round(sum(run.duracao_s for run in runs), 3),
        "cpu_s": round(sum(run.cpu_s for run in runs), 3),
        "ram_gb_s": round(sum(run.ram_gb_s for run in runs), 4),
    }


def _tell(channel: Channel, report: TestReport) -> None:
    if report.abortado:
        channel.output(f"the test run is no result: {report.abortado}")
    for case in report.casos:
        if case.resultado in ("falhou", "erro"):
            channel.output(f"✗ {case.nome}: {case.mensagem}")
    cover = report.cobertura.percent if report.cobertura else None
    channel.output(
        f"{report.count('passou')} of {report.esperados} passed, coverage {'—' if cover is None else cover} %"
    )
