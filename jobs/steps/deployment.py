"""`implantar` and `reverter`: put a release in place, or an earlier version back (mission 1.2, phase 5).

Input: `{operacao, alvo, release_dir, manifesto, de, para, intencao, assinatura, exigida, conhecidas, chave}`;
`intencao` is the intent of an earlier attempt that never recorded its end, `assinatura` what the manifest
must be signed with (null: nothing, refused where `exigida`), `conhecidas` the store's manifest of each
version, and `chave` the line's own key. Outcome: `{registro}`, what `jobs.deploy` found and did; a failed
smoke test is part of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.deploy.deploying import Known, deploy, roll_back, take_away
from jobs.deploy.target import Target
from jobs.performers.channel import Channel
from jobs.release import MANIFEST
from jobs.signing import SigningError, public_key, verify


def run(document: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Change what is live at the target; everything visible happens after its intent is durable."""
    target = Target.from_document(document["alvo"])
    intencao = document.get("intencao")
    known = Known(document.get("conhecidas") or {}, bool(document.get("exigida")))
    if document["operacao"] == "reverter":
        _verify_version(target, document, channel)
        record = roll_back(
            target,
            channel,
            para=document.get("para"),
            digest=document.get("manifesto"),
            intencao=intencao,
            known=known,
        )
    elif document["operacao"] == "retirar":
        record = take_away(target, channel, de=document.get("de"), intencao=intencao)
        channel.output(f"live now: {record['versao'] or 'nothing, as before it'}")
        return {"registro": record}
    else:
        release, signature = Path(document["release_dir"]), document.get("assinatura")
        if signature is not None:
            public = public_key(Path(document["chave"]), channel.workdir)
            verify(release / MANIFEST, signature, public, channel.workdir)
            channel.output(f"the signature fits: {signature['impressao'][:12]}")
        record = deploy(
            release,
            target,
            channel,
            digest=document["manifesto"],
            intencao=intencao,
            assinatura=signature,
            known=known,
        )
    smoke = record["smoke"]
    channel.output(smoke["saida"])
    channel.output(f"smoke test {'passed' if smoke['ok'] else 'FAILED: ' + (smoke['motivo'] or 'exit code')}")
    if record.get("nao_voltou"):
        channel.output(f"NOT back: {record['nao_voltou']}; nothing is live now")
    elif record["voltou"]:
        channel.output(f"back to {record['versao'] or 'nothing: there was no version before'}")
    return {"registro": record}


def _verify_version(target: Target, document: dict[str, Any], channel: Channel) -> None:
    """The version that is to be live again must still be what was signed when it was built."""
    signature, para = document.get("assinatura"), document.get("para")
    if signature is None and document.get("exigida"):
        raise SigningError(f"the version {para} is not signed, and oficina.yaml wants it to be")
    if signature is not None and para:
        manifest = target.version_dir(para) / "release" / MANIFEST
        verify(manifest, signature, str(signature["chave_publica"]), channel.workdir)
