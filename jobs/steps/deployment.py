"""`implantar` and `reverter`: put a release in place, or an earlier version back (mission 1.2, phase 5).

Input: `{operacao, alvo, release_dir, manifesto, de, para, intencao}`; `intencao` is the intent of an earlier
attempt that never recorded its end. Outcome: `{registro}`, what `jobs.deploy` found and did; a failed smoke
test is part of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.deploy.deploying import deploy, roll_back, take_away
from jobs.deploy.target import Target
from jobs.performers.channel import Channel


def run(document: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Change what is live at the target; everything visible happens after its intent is durable."""
    target = Target.from_document(document["alvo"])
    intencao = document.get("intencao")
    if document["operacao"] == "reverter":
        record = roll_back(target, channel, para=document.get("para"), intencao=intencao)
    elif document["operacao"] == "retirar":
        record = take_away(target, channel, de=document.get("de"), intencao=intencao)
        channel.output(f"live now: {record['versao'] or 'nothing, as before it'}")
        return {"registro": record}
    else:
        release = Path(document["release_dir"])
        record = deploy(release, target, channel, digest=document["manifesto"], intencao=intencao)
    smoke = record["smoke"]
    channel.output(smoke["saida"])
    channel.output(f"smoke test {'passed' if smoke['ok'] else 'FAILED: ' + (smoke['motivo'] or 'exit code')}")
    if record["voltou"]:
        channel.output(f"back to {record['versao'] or 'nothing: there was no version before'}")
    return {"registro": record}
