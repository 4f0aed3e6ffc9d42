"""`desenvolvimento` and `corrigir_bug`: tests first and shown red, then the code, then the truth.

Input: `{spec, releases, bug, substitui_release, chave, programa?, anterior_dir?}`, where `spec` is the
`specs` document of the approved version, `chave` the key that signs it (empty: none) and `programa` the
command that builds it; without one our own workers do, side by side. Outcome: the release as it lies on disk,
its test report, and what the workers used (mission 4, 7).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.performers.channel import Channel
from jobs.release import MANIFEST, Release, build_release
from jobs.signing import sign
from jobs.steps.crew import work
from jobs.steps.ground import say_history
from jobs.steps.judging import Built, Ground, judge, lay_ground, phase, verdict
from jobs.workers.package import merge


def run(document: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Build one version of a spec; red tests are a result, not a failure."""
    say_history(channel)
    ground = lay_ground(document["spec"], channel)
    built = _by_program(ground, document, channel) if document.get("programa") else _by_crew(ground, channel)
    if isinstance(built, dict):
        return built
    channel.progress("release", ground.plan.cases, ground.plan.cases)
    return _outcome(document, channel, _release(document, channel, ground, built), built)


def _by_crew(ground: Ground, channel: Channel) -> Built:
    """Our own workers, one for each vertente; the same version gives the same code, so there is one try."""
    tasks = ground.tasks
    channel.progress("workers", 0, len(tasks), " ".join(task.worker for task in tasks))
    runs = work(tasks, ground.spec_doc, channel, channel.workdir / "workers")
    for each in runs:
        channel.output(f"{each.task.worker} made {len(each.package.files)} files for {each.task.nome}")
    workers = [each.detail() for each in runs]
    phase(channel, "dev_fim", workers=workers, ram_gb_s=sum(each.report.ram_gb_s for each in runs))
    phase(channel, "teste_inicio")
    code = merge(ground.plan.package.name, [each.package for each in runs])
    report = judge(ground, code, channel, "real")
    phase(channel, "teste_fim", **verdict(report, report, ground.red))
    return Built(code, report, workers)


def _by_program(ground: Ground, document: dict[str, Any], channel: Channel) -> Built | dict[str, Any]:
    """A program, which may better what the tests found; its failure is an outcome."""
    # Imported where it is needed: the schemas' reader takes longer than our own workers.
    from jobs.performers.program import ProgramFailed
    from jobs.steps.correcting import Correcting

    try:
        return Correcting(ground, document, channel).build()
    except ProgramFailed as failed:
        return failed.outcome


def _release(document: dict[str, Any], channel: Channel, ground: Ground, built: Built) -> Release:
    spec = document["spec"]
    return build_release(
        Path(document["releases"]),
        [built.code, ground.plan.package],
        built.report,
        spec_ref=spec["spec_ref"],
        spec_versao=spec["versao"],
        spec_sha256=spec["sha256"],
        token=channel.token,
        substitui_release=document.get("substitui_release") or None,
    )


def _signature(release: Release, key: str, channel: Channel) -> dict[str, Any] | None:
    """The manifest's signature; None where there is no key. Whoever built it never sees the key."""
    if not key:
        return None
    found = sign(release.directory / MANIFEST, Path(key), channel.workdir)
    channel.output(f"signed with {found['impressao'][:12]}")
    return found


def _outcome(document: dict[str, Any], channel: Channel, release: Release, built: Built) -> dict[str, Any]:
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
            "assinatura": _signature(release, document["chave"], channel),
        },
        "testes": built.report.to_dict(),
        "workers": built.workers,
    }
