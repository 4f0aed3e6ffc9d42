"""`orcar_spec`: what a version costs, and what it needs that is not there (mission 1.2, phases 1 and 2).

Input: `{spec, pricing, capacidades, pedidas, workspace, secrets}`: the `specs` document, the workspace's own
pricing file (empty: none), every capability's definition, since when its probe is asked for, where probes
run, and the variables that they get. Outcome: `{recursos, gaps, sondas}`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.capabilities import Capability, identificar_gaps
from jobs.launcher.orders import Limits, Order, named_environment
from jobs.launcher.spawn import run_order
from jobs.performers.channel import Channel
from jobs.pricing.price import precificar
from jobs.pricing.rates import SEED, load_pricing
from jobs.specs.freezing import read_version

_TAIL_LINES, _LONGEST_DETAIL = 5, 1_000


def run(document: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Price one version; every capability that it needs is probed for real."""
    spec = read_version(channel.objects, document["spec"])
    defined = [Capability.from_document(each) for each in document["capacidades"]]
    capabilities = {each.nome: each for each in defined}
    results: dict[str, tuple[bool, str]] = {}
    for done, nome in enumerate(spec.runtime.recursos):
        channel.progress("probes", done, len(spec.runtime.recursos), nome)
        results[nome] = _probe(capabilities[nome], Path(document["workspace"]), document["secrets"])
        channel.output(f"{'✓' if results[nome][0] else '✗'} {nome} {results[nome][1]}".rstrip())
    channel.progress("pricing")
    gaps = identificar_gaps(spec, capabilities, results)
    pricing = load_pricing(Path(document["pricing"]) if document["pricing"] else SEED)
    versao = int(document["spec"]["versao"])
    recursos = precificar(spec, pricing, versao=versao, gaps=gaps)
    sondas = [
        {"nome": nome, "passou": passed, "detalhe": said, "pedido": document["pedidas"].get(nome, "")}
        for nome, (passed, said) in results.items()
    ]
    return {"recursos": recursos, "gaps": [gap.contexto(spec.id) for gap in gaps], "sondas": sondas}


def _probe(capability: Capability, workspace: Path, secrets: dict[str, str]) -> tuple[bool, str]:
    """Run a probe with the machine as it is: a sandbox would hide what is asked for."""
    lines: list[str] = []
    order = Order(
        argv=capability.sonda_argv,
        cwd=workspace,
        env=named_environment(secrets),
        limits=Limits(wall_s=capability.prazo_s),
    )
    report = run_order(order, on_line=lambda _, line: lines.append(line))
    said = "\n".join(lines[-_TAIL_LINES:])[:_LONGEST_DETAIL]
    if report.ok:
        return True, said
    why = (
        f"timed out after {capability.prazo_s:g} s" if report.timed_out else report.error or report.killed_for
    )
    return False, "\n".join(part for part in (why, said or f"exit code {report.rc}") if part)
