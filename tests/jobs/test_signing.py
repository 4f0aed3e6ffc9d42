"""Signatures over manifests: what is signed verifies, and nothing else does; the key stays private."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import deploy_support as deploys
import pytest

from jobs.actors.signing import NotSigned, signing_key, verification
from jobs.deploy.target import Target
from jobs.release import MANIFEST, Release
from jobs.signing import SigningError, fingerprint, public_key, sign, verify
from jobs.steps.deployment import run

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="signs with openssl")


def make_key(path: Path, algorithm: str = "ed25519") -> Path:
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", algorithm, "-out", str(path)], check=True, capture_output=True
    )
    path.chmod(0o600)
    return path


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return make_key(tmp_path / "key.pem")


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    directory = tmp_path / "0123456789abcdef"
    directory.mkdir()
    (directory / "manifest.json").write_text('{"formato": 1}\n')
    return directory / "manifest.json"


def test_what_is_signed_verifies(tmp_path: Path, key: Path, manifest: Path) -> None:
    signature = sign(manifest, key, tmp_path)
    public = public_key(key, tmp_path)
    assert signature["impressao"] == fingerprint(public)
    assert signature["chave_publica"] == public
    assert len(base64.b64decode(signature["valor"])) == 64
    verify(manifest, signature, public, tmp_path)
    assert sign(manifest, key, tmp_path) == signature, "the same manifest has the same signature"


def test_a_changed_manifest_a_changed_signature_and_another_key_are_refused(
    tmp_path: Path, key: Path, manifest: Path
) -> None:
    signature, public = sign(manifest, key, tmp_path), public_key(key, tmp_path)
    turned = bytes([base64.b64decode(signature["valor"])[0] ^ 1]) + base64.b64decode(signature["valor"])[1:]
    for wrong in (base64.b64encode(turned).decode(), "", "no base64!", base64.b64encode(b"x").decode()):
        with pytest.raises(SigningError, match="does not fit its manifest"):
            verify(manifest, {**signature, "valor": wrong}, public, tmp_path)
    other = public_key(make_key(tmp_path / "other.pem"), tmp_path)
    with pytest.raises(SigningError, match="signed by another key"):
        verify(manifest, signature, other, tmp_path)
    manifest.write_text('{"formato": 2}\n')
    with pytest.raises(SigningError, match="does not fit its manifest"):
        verify(manifest, signature, public, tmp_path)


def test_a_key_that_others_can_read_or_that_is_none_signs_nothing(tmp_path: Path, manifest: Path) -> None:
    key = make_key(tmp_path / "key.pem")
    key.chmod(0o640)
    with pytest.raises(SigningError, match="chmod 600"):
        sign(manifest, key, tmp_path)
    with pytest.raises(SigningError, match="no Ed25519 key"):
        sign(manifest, make_key(tmp_path / "x.pem", "x25519"), tmp_path)
    text = tmp_path / "text.pem"
    text.write_text("not a key")
    text.chmod(0o600)
    with pytest.raises(SigningError, match="openssl pkey: "):
        sign(manifest, text, tmp_path)
    with pytest.raises(SigningError, match="can't be read"):
        sign(manifest, tmp_path / "none.pem", tmp_path)
    with pytest.raises(SigningError, match="no file of yours"):
        sign(manifest, tmp_path, tmp_path)


def test_a_key_behind_a_link_signs_nothing(tmp_path: Path, manifest: Path) -> None:
    (tmp_path / "victim").mkdir()
    theirs = make_key(tmp_path / "victim" / "key.pem")
    (tmp_path / "leaf.pem").symlink_to(theirs)
    (tmp_path / "dir").symlink_to("victim")
    for linked in (tmp_path / "leaf.pem", tmp_path / "dir" / "key.pem"):
        with pytest.raises(SigningError, match="leads through a link"):
            sign(manifest, linked, tmp_path)


def test_an_encrypted_key_asks_nobody_for_its_passphrase(tmp_path: Path, manifest: Path) -> None:
    key = tmp_path / "secret.pem"
    words = ["openssl", "genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:x", "-out", str(key)]
    subprocess.run(words, check=True, capture_output=True)
    key.chmod(0o600)
    with pytest.raises(SigningError):
        sign(manifest, key, tmp_path)


def test_without_openssl_it_is_said(
    tmp_path: Path, key: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SigningError, match="openssl is not installed"):
        sign(manifest, key, tmp_path)


# What is deployed, and put back


def deployed(tmp_path: Path, key: Path) -> tuple[Target, Release, dict[str, Any]]:
    """A signed release that is live on a target, with the record of its deployment."""
    where, built = deploys.target(tmp_path), deploys.release(tmp_path, 1)
    signature = sign(built.directory / MANIFEST, key, tmp_path)
    document = {
        "operacao": "implantar",
        "alvo": where.to_document(),
        "release_dir": str(built.directory),
        "manifesto": built.digest,
        "intencao": None,
        "assinatura": signature,
        "chave": str(key),
    }
    record = run(document, deploys.channel(tmp_path, "one"))["registro"]  # type: ignore[arg-type]
    assert json.loads((where.link / "signature.json").read_text()) == signature
    return where, built, {**record, "assinatura": signature}


def test_a_signed_release_is_deployed_and_one_that_was_tampered_with_is_not(
    tmp_path: Path, key: Path
) -> None:
    where, built, record = deployed(tmp_path, key)
    (built.directory / MANIFEST).chmod(0o600)
    (built.directory / MANIFEST).write_text((built.directory / MANIFEST).read_text() + " ")
    again = {
        "operacao": "implantar",
        "alvo": where.to_document(),
        "release_dir": str(built.directory),
        "manifesto": built.digest,
        "intencao": None,
        "assinatura": record["assinatura"],
        "chave": str(key),
    }
    with pytest.raises(SigningError, match="does not fit its manifest"):
        run(again, deploys.channel(tmp_path, "two"))  # type: ignore[arg-type]
    assert where.current() == record["depois"], "what was live still is"


def test_a_version_is_put_back_only_as_it_was_signed_whatever_key_the_line_has_now(
    tmp_path: Path, key: Path
) -> None:
    where, _, first = deployed(tmp_path, key)
    newer = deploys.release(tmp_path, 2)
    plain: dict[str, Any] = {
        "operacao": "implantar",
        "alvo": where.to_document(),
        "release_dir": str(newer.directory),
    }
    plain |= {"manifesto": newer.digest, "intencao": None, "assinatura": None, "chave": ""}
    run(plain, deploys.channel(tmp_path, "two"))  # type: ignore[arg-type]
    back: dict[str, Any] = {
        "operacao": "reverter",
        "alvo": where.to_document(),
        "para": first["depois"],
        "intencao": None,
    }
    back |= {"de": where.current(), "assinatura": first["assinatura"]}
    key.unlink()
    manifest = where.version_dir(first["depois"]) / "release" / MANIFEST
    right = manifest.read_bytes()
    manifest.chmod(0o600)
    manifest.write_bytes(right + b" ")
    with pytest.raises(SigningError, match="does not fit its manifest"):
        run(back, deploys.channel(tmp_path, "three"))  # type: ignore[arg-type]
    manifest.write_bytes(right)
    assert run(back, deploys.channel(tmp_path, "four"))["registro"]["versao"] == first["depois"]  # type: ignore[arg-type]
    assert deploys.live(where) == 1


def test_an_unsigned_version_is_not_put_back_where_signatures_are_required(tmp_path: Path) -> None:
    back: dict[str, Any] = {"operacao": "reverter", "alvo": deploys.target(tmp_path).to_document()}
    back |= {"para": "v1", "assinatura": None, "exigida": True}
    with pytest.raises(SigningError, match="v1 is not signed"):
        run(back, deploys.channel(tmp_path, "one"))  # type: ignore[arg-type]


# Which key


def context(tmp_path: Path, *, passed: bool | None = None, key: str = "", required: bool = False) -> Any:
    found = [] if passed is None else [{"sonda": {"passou": passed}}]
    return SimpleNamespace(
        config={"workspace": SimpleNamespace(signing_key=key, signing_required=required)},
        workspace=SimpleNamespace(root=tmp_path),
        db=SimpleNamespace(find=lambda *_: found),
    )


def test_releases_are_signed_when_the_capability_is_there_or_a_key_is_named(tmp_path: Path) -> None:
    assert signing_key(context(tmp_path)) == ""
    assert signing_key(context(tmp_path, passed=False)) == ""
    assert signing_key(context(tmp_path, passed=True)) == str(tmp_path / "chaves" / "assinatura.pem")
    assert signing_key(context(tmp_path, key="my.pem")) == str(tmp_path / "my.pem")
    assert signing_key(context(tmp_path, key="/etc/my.pem")) == "/etc/my.pem"
    with pytest.raises(NotSigned, match="wants releases signed"):
        signing_key(context(tmp_path, required=True))


@pytest.mark.parametrize("linked", ["chaves", "chaves/assinatura.pem"])
def test_the_workspace_own_key_is_never_a_link(tmp_path: Path, linked: str) -> None:
    theirs, root = tmp_path / "victim" / "chaves", tmp_path / "clone"
    theirs.mkdir(parents=True)
    (theirs / "assinatura.pem").write_text("theirs")
    (root / linked).parent.mkdir(parents=True)
    (root / linked).symlink_to(tmp_path / "victim" / linked)
    with pytest.raises(NotSigned, match="leads through a link"):
        signing_key(context(root, passed=True))


def test_a_signed_release_is_verified_and_an_unsigned_one_only_where_it_must_be(tmp_path: Path) -> None:
    old, signed = {"id": "REL-0001"}, {"id": "REL-0002", "assinatura": {"valor": "x"}}
    assert verification(context(tmp_path, passed=True), old) == {"assinatura": None, "chave": ""}
    with pytest.raises(NotSigned, match="REL-0001 is not signed"):
        verification(context(tmp_path, passed=True, required=True), old)
    assert verification(context(tmp_path, key="/k"), signed) == {"assinatura": {"valor": "x"}, "chave": "/k"}
    with pytest.raises(NotSigned, match="the key to verify it is gone"):
        verification(context(tmp_path, passed=False), signed)
