"""Which key releases are signed with: the configured one, or that of the capability `chave-assinatura`."""

from __future__ import annotations

from pathlib import Path

from jobs.actors.reading import Doc
from jobs.protocol import StepContext
from jobs.signing import DEFAULT_KEY, configured_key
from store.errors import OficinaError

CAPABILITY = "chave-assinatura"


class NotSigned(OficinaError):
    """This workspace deploys signed releases only, and there is no signature or no key."""


def signing_key(context: StepContext) -> str:
    """The private key's full path; empty where releases are not signed.

    Raises NotSigned where they must be, and no key is there, or where the workspace's own key is a link.
    """
    config, root = context.config["workspace"], Path(context.workspace.root).resolve()
    if config.signing_key:
        return str(configured_key(root, config.signing_key))
    found = context.db.find("capacidades", "nome", CAPABILITY)
    if found and (found[0]["sonda"] or {}).get("passou"):
        key = root / DEFAULT_KEY
        if key.resolve() != key:
            raise NotSigned(f"{DEFAULT_KEY} leads through a link: it could be a key that signs for others")
        return str(key)
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
        raise NotSigned(f"{release['id']} is signed, and the key to verify it is gone ({DEFAULT_KEY})")
    return {"assinatura": signature, "chave": key}
