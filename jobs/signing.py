"""Signed releases: Ed25519 over the manifest, by OpenSSL's command line. The private key stays with the line.

    signature   {algoritmo, chave_publica (PEM), impressao (SHA-256 of that text), valor (base64)}

`openssl pkeyutl -verify -pubin -inkey KEY -rawin -in manifest.json -sigfile FILE` verifies one anywhere.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import shutil
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jobs.launcher.orders import Limits, Order, named_environment
from jobs.launcher.spawn import run_order
from store.errors import OficinaError

DEFAULT_KEY = "chaves/assinatura.pem"
"""Where a workspace's own key is, as the capability `chave-assinatura` makes it."""

ALGORITHM = "ed25519"
_LIMITS = Limits(wall_s=20.0, processes=16, output_bytes=1 << 16)
_SIGNATURE_BYTES = 64


class SigningError(OficinaError):
    """A release cannot be signed, or its signature is not the line's; nothing is deployed."""


def configured_key(root: Path, key: str) -> Path:
    """The private key that `oficina.yaml` names, in a directory that is reached through no link any more."""
    path = root / Path(key).expanduser()
    return path.parent.resolve() / path.name


def signer(root: Path, key: str, required: bool) -> dict[str, Any]:
    """How releases are signed, as its owner approves it: another key's fingerprint is another signer."""
    document: dict[str, Any] = {"required": required}
    if key:
        try:
            shown = fingerprint(public_key(configured_key(root, key), root))
        except SigningError as error:
            shown = f"none: {error}"
        document |= {"key": key, "impressao": shown}
    return document


def key_places(root: Path, key: str) -> list[Path]:
    """Where the signing keys of a workspace are, each as it is named and as it leads: nobody's to read."""
    named = [root / DEFAULT_KEY, *([root / Path(key).expanduser()] if key else [])]
    return [place for path in named for place in (Path(os.path.normpath(path)), Path(os.path.realpath(path)))]


def sign(manifest: Path, key: Path, workdir: Path) -> dict[str, Any]:
    """The signature of a manifest. `workdir` takes what OpenSSL writes; nothing secret comes into it.

    Raises SigningError: no OpenSSL, a key that others can read, or that is none of this kind.
    """
    public = public_key(key, workdir)
    out = workdir / "manifest.sig"
    _openssl(
        ["pkeyutl", "-sign", "-inkey", str(key), "-rawin", "-in", str(manifest), "-out", str(out)], workdir
    )
    return {
        "algoritmo": ALGORITHM,
        "chave_publica": public,
        "impressao": fingerprint(public),
        "valor": base64.b64encode(out.read_bytes()).decode(),
    }


def public_key(key: Path, workdir: Path) -> str:
    """The public half of a private key, as PEM text. Raises SigningError, see `sign`."""
    _check_private(key)
    lines = _openssl(["pkey", "-in", str(key), "-pubout"], workdir)
    shown = _openssl(["pkey", "-in", str(key), "-noout", "-text_pub"], workdir)
    if not shown or not shown[0].upper().startswith(ALGORITHM.upper()):
        raise SigningError(
            f"{key} is no Ed25519 key; make one: openssl genpkey -algorithm ed25519 -out {key}"
        )
    return "".join(f"{line}\n" for line in lines)


def fingerprint(public: str) -> str:
    """How a key is told from another: the SHA-256 of its public PEM text."""
    return hashlib.sha256(public.encode()).hexdigest()


def verify(manifest: Path, signature: Mapping[str, Any], public: str, workdir: Path) -> None:
    """Raise SigningError unless `signature` is that of the manifest's bytes by the key `public`."""
    if signature.get("algoritmo") != ALGORITHM or signature.get("impressao") != fingerprint(public):
        raise SigningError(
            f"{manifest.parent.name} is signed by another key ({str(signature.get('impressao'))[:12]}) than "
            f"the line's ({fingerprint(public)[:12]}): nothing is deployed"
        )
    pub, sig = workdir / "public.pem", workdir / "signature.bin"
    pub.write_text(public)
    sig.write_bytes(_decoded(str(signature.get("valor", ""))))
    words = ["pkeyutl", "-verify", "-pubin", "-inkey", str(pub), "-rawin", "-in", str(manifest), "-sigfile"]
    try:
        _openssl([*words, str(sig)], workdir)
    except SigningError as error:
        raise SigningError(
            f"the signature of {manifest.parent.name} does not fit its manifest ({error}): nothing is "
            "deployed"
        ) from None


def _decoded(value: str) -> bytes:
    """The signature's bytes; what is none fits no manifest."""
    try:
        return base64.b64decode(value, validate=True)[:_SIGNATURE_BYTES]
    except binascii.Error:
        return b""


def _check_private(key: Path) -> None:
    """Raise SigningError unless the key is a plain file of ours alone, reached through no link.

    A link could lead to a key that signs for somebody else.
    """
    if key.is_symlink() or key.parent.resolve() != key.parent:
        raise SigningError(f"the signing key {key} leads through a link")
    try:
        descriptor = os.open(key, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SigningError(f"the signing key {key} can't be read: {error.strerror}") from None
    try:
        found = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
        raise SigningError(f"the signing key {key} is no file of yours")
    if found.st_mode & 0o077:
        raise SigningError(f"the signing key {key} can be read by others: chmod 600 {key}")


def _openssl(words: Sequence[str], workdir: Path) -> list[str]:
    """Run it without a terminal, so that nothing waits for a passphrase; its output's lines."""
    program = shutil.which("openssl")
    if program is None:
        raise SigningError("openssl is not installed: releases are signed and verified with it")
    said: dict[str, list[str]] = {"out": [], "err": []}
    report = run_order(
        Order(argv=[program, *words], cwd=workdir, env=named_environment(), limits=_LIMITS),
        on_line=lambda stream, line: said[stream].append(line),
    )
    if not report.ok:
        last = [*said["out"], *said["err"]][-1:] or [report.error or report.killed_for or f"exit {report.rc}"]
        raise SigningError(f"openssl {words[0]}: {last[0]}")
    return said["out"]
