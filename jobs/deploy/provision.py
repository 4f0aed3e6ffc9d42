"""Making a version's directory complete before anybody can see it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.attempts import sync_directory
from jobs.deploy.target import RECORD_BYTES, Target, UnclearTargetError
from jobs.release import Release, seal, verify_release
from jobs.testing.outputs import UnreadableError, read_plain
from jobs.trees import remove_tree
from jobs.workers.package import Package


def version_name(release: Release, token: str) -> str:
    """The version's name: which release, by which attempt."""
    return f"{release.digest[:12]}-{token[:12]}"


def provision(
    release: Release,
    target: Target,
    name: str,
    *,
    antes: str | None,
    token: str,
    assinatura: Mapping[str, Any] | None = None,
) -> Path:
    """Copy the release, render the configuration, seal it, and give it its name by one rename.

    The copy is verified against the manifest. Call it with the target's lock held.
    """
    temporary = target.versions / f".new-{token}"
    remove_tree(temporary)
    _copy(release).write_to(temporary / "release")
    verify_release(temporary / "release", release.digest)
    names = target.names()
    record = {
        "numero": target.record(names[-1])["numero"] + 1 if names else 1,
        "versao": name,
        "antes": antes,
        "manifest": release.digest,
        "spec_ref": release.manifest.get("spec_ref"),
        "spec_versao": release.manifest.get("spec_versao"),
        "alvo": target.nome,
        "ambiente": target.ambiente,
    }
    documents = {"config.json": render_config(release, target), "deployment.json": record}
    if assinatura is not None:
        documents["signature.json"] = dict(assinatura)
    Package("version", {path: _json(each) for path, each in documents.items()}).write_to(temporary)
    seal(temporary)
    final = target.version_dir(name)
    temporary.rename(final)
    sync_directory(target.versions)
    return final


def render_config(release: Release, target: Target) -> dict[str, Any]:
    """What the deployed version is told about where it is."""
    return {
        "alvo": target.nome,
        "ambiente": target.ambiente,
        "release": release.digest,
        "spec_ref": release.manifest.get("spec_ref"),
        "spec_versao": release.manifest.get("spec_versao"),
        "valores": dict(target.config),
    }


def keep_failure(target: Target, token: str, record: Mapping[str, Any]) -> None:
    """Make the record of a failed smoke test durable before anything is taken back."""
    path = failure_path(target, token)
    temporary = path.with_name(f".{path.name}")
    temporary.unlink(missing_ok=True)
    Package("failure", {temporary.name: _json(record)}).write_to(target.versions)
    temporary.replace(path)
    sync_directory(target.versions)


def kept_failure(target: Target, token: str) -> dict[str, Any] | None:
    """The record of a smoke test of that attempt which failed, or None."""
    path = failure_path(target, token)
    if not os.path.lexists(path):
        return None
    try:
        document: dict[str, Any] = json.loads(read_plain(path.parent, path.name, RECORD_BYTES))
    except (UnreadableError, ValueError, RecursionError) as error:
        raise UnclearTargetError(f"{path} can't be read") from error
    return document


def failure_path(target: Target, token: str) -> Path:
    """Where the record of an attempt's failed smoke test is."""
    return target.versions / f"failed-{token}.json"


def _copy(release: Release) -> Package:
    paths = [*release.manifest["arquivos"], "manifest.json"]
    files = {path: (release.directory / path).read_bytes() for path in paths}
    return Package("release", files)


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()
