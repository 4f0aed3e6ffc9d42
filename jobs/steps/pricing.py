"""`orcar_spec`: what a version costs, and what it needs that is not there (mission 1.2, phases 1 and 2).

Input: `{spec, pricing, performer, aprendido, capacidades, pedidas, workspace, secrets, aprovados}`: the
`specs` document, the workspace's own pricing file (empty: none), the performer that will build it, the raw
estimates and actuals of finished executions (`store.metrics.learning`), every capability's definition, since
when its probe is asked for, where probes run, the variables that they get, and the digests of what was
approved. Outcome: `{recursos, gaps, sondas}`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.capabilities import Capability, identificar_gaps
from jobs.performers.channel import Channel
from jobs.pricing.effort import Historico
from jobs.pricing.price import precificar
from jobs.pricing.rates import SEED, load_pricing
from jobs.probing import run_now
from jobs.specs.freezing import read_version
from jobs.specs.model import WORKERS
from store.metrics.learning import from_plain


def run(document: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Price one version; every capability that it needs is probed for real."""
    spec = read_version(channel.objects, document["spec"])
    defined = [Capability.from_document(each) for each in document["capacidades"]]
    capabilities = {each.nome: each for each in defined}
    results: dict[str, tuple[bool, str]] = {}
    for done, nome in enumerate(spec.runtime.recursos):
        channel.progress("probes", done, len(spec.runtime.recursos), nome)
        root, secrets = Path(document["workspace"]), document["secrets"]
        command = capabilities[nome].probe_command(root, secrets, document["aprovados"])
        said = run_now(command, channel.level)
        results[nome] = (said.passou, said.detalhe)
        channel.output(f"{'✓' if said.passou else '✗'} {nome} {said.detalhe}".rstrip())
    channel.progress("pricing")
    gaps = identificar_gaps(spec, capabilities, results)
    pricing = load_pricing(Path(document["pricing"]) if document["pricing"] else SEED)
    versao = int(document["spec"]["versao"])
    performers = dict.fromkeys(WORKERS, document["performer"])
    learnt = Historico.of(from_plain(document.get("aprendido", {})))
    recursos = precificar(spec, pricing, learnt, versao=versao, gaps=gaps, performers=performers)
    sondas = [
        {"nome": nome, "passou": passed, "detalhe": said, "pedido": document["pedidas"].get(nome, "")}
        for nome, (passed, said) in results.items()
    ]
    return {"recursos": recursos, "gaps": [gap.contexto(spec.id) for gap in gaps], "sondas": sondas}
