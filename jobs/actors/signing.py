"""Which key releases are signed with: the configured one, or that of the capability `chave-assinatura`."""

from __future__ import annotations

from pathlib import Path

from jobs.actors.reading import Doc
from jobs.protocol import StepContext
from store.errors import OficinaError

CAPABILITY = "chave-assinatura"
KEY = "chaves/assinatura.pem"


class NotSigned(OficinaError):
    """This workspace deploys signed releases only, and there is no signature or no key."""


def signing_key(context: StepContext) -> str:
    """The private key's full path; empty where releases are not signed.

    Raises NotSigned where they must be, and no key is there.
    """
    config = context.config["workspace"]
    if config.signing_key:
        return str(Path(context.workspace.root) / Path(config.signing_key).expanduser())
    found = context.db.find("capacidades", "nome", CAPABILITY)
    if found and (found[0]["sonda"] or {}).get("passou"):
        return str(Path(context.workspace.root) / KEY)
    if config.signing_required:
        raise NotSigned("oficina.yaml wants releases signed, and there is no key (signing: {key: PATH})")
    return ""


def verification(context: StepContext, release: Doc) -> Doc:
    """What a deployment verifies: the release's signature, and the key that the line has now.

    Raises NotSigned for an unsigned release where they must be signed. One that was signed is only deployed
    while the line has a key to verify it with.
    """
    signature = release.get("assinatura")
    if signature is None:
        if context.config["workspace"].signing_required:
            raise NotSigned(f"{release['id']} is not signed, and oficina.yaml wants it to be: build it again")
        return {"assinatura": None, "chave": ""}
    key = signing_key(context)
    if not key:
        raise NotSigned(f"{release['id']} is signed, and the key to verify it is gone ({KEY})")
    return {"assinatura": signature, "chave": key}
