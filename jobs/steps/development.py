"""`desenvolvimento` and `corrigir_bug`: tests first and shown red, workers side by side, then the truth.

Input: `{spec, releases, bug, substitui_release, anterior}`, where `spec` is the `specs` document of the
approved version. Outcome: the release as it lies on disk, its test report, and what the workers used
(mission 4, 7).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.performers.channel import Channel
from jobs.release import Release, build_release
from jobs.specs.freezing import read_version
from jobs.steps.crew import WorkerRun, work
from jobs.steps.planning import plan_tests, tasks_of
from jobs.testing.report import TestReport
from jobs.testing.runner import run_tests, shown_red
from jobs.workers.package import merge


def run(document: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Build one version of a spec; red tests are a result, not a failure."""
    spec = read_version(channel.objects, document["spec"])
    tasks, plan = tasks_of(spec), plan_tests(spec)
    _phase(channel, "dev_inicio")
    channel.progress("tests first", 0, plan.cases, f"{plan.cases} tests, none may pass yet")
    red = run_tests(plan, None, (), channel.spawn, channel.workdir / "red")
    channel.output(
        f"red first: {red.count('falhou') + red.count('erro')} of {plan.cases} tests fail without the code"
    )
    channel.progress("workers", 0, len(tasks), " ".join(task.worker for task in tasks))
    runs = work(tasks, document["spec"], channel, channel.workdir / "workers")
    for each in runs:
        channel.output(f"{each.task.worker} made {len(each.package.files)} files for {each.task.nome}")
    ram_gb_s = sum(each.report.ram_gb_s for each in runs)
    _phase(channel, "dev_fim", workers=[each.detail() for each in runs], ram_gb_s=ram_gb_s)
    _phase(channel, "teste_inicio")
    channel.progress("tests", 0, plan.cases, f"{plan.cases} tests in the sandbox ({channel.level.name})")
    code = merge(plan.package.name, [each.package for each in runs])
    covered = [task.package for task in tasks]
    report = shown_red(plan, red, run_tests(plan, code, covered, channel.spawn, channel.workdir / "real"))
    _tell(channel, report)
    _phase(channel, "teste_fim", **_verdict(report, red))
    channel.progress("release", plan.cases, plan.cases)
    release = _release(document, channel, [code, plan.package], report)
    return _outcome(channel, release, report, runs)


def _phase(channel: Channel, fase: str, **dados: Any) -> None:
    channel.ask({"kind": "phase", "fase": fase, "dados": dados})


def _verdict(report: TestReport, red: TestReport) -> dict[str, Any]:
    """What the tests said, and what both of their runs took."""
    figures = report.figures()
    return {
        "passou": report.passou,
        "testes_total": report.total,
        "testes_falhos": report.count("falhou") + report.count("erro"),
        "cobertura_pct": figures["cobertura_pct"],
        "maquina_s": round(report.duracao_s + red.duracao_s, 3),
        "cpu_s": round(report.cpu_s + red.cpu_s, 3),
        "ram_gb_s": round(report.ram_gb_s + red.ram_gb_s, 4),
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


def _release(document: dict[str, Any], channel: Channel, packages: list[Any], report: TestReport) -> Release:
    spec = document["spec"]
    return build_release(
        Path(document["releases"]),
        packages,
        report,
        spec_ref=spec["spec_ref"],
        spec_versao=spec["versao"],
        spec_sha256=spec["sha256"],
        token=channel.token,
        substitui_release=document.get("substitui_release") or None,
    )


def _outcome(channel: Channel, release: Release, report: TestReport, runs: list[WorkerRun]) -> dict[str, Any]:
    files = {
        path: {"sha256": channel.objects.put_file(release.directory / path), "tamanho": entry["tamanho"]}
        for path, entry in release.manifest["arquivos"].items()
    }
    return {
        "release": {
            "dir": release.name,
            "manifesto_sha256": release.digest,
            "arquivos": files,
            "tamanho_bytes": sum(entry["tamanho"] for entry in files.values()),
        },
        "testes": report.to_dict(),
        "workers": [each.detail() for each in runs],
    }
