"""Releases: immutable directories whose manifest says what is in them and how it was tested (mission 4).

    releases/<first 16 digits of the manifest's SHA-256>/
        manifest.json      spec and version, SHA-256 and size of each file, test results; canonical JSON
        src/  tests/       the union of the spec's packages
        smoke.py           imports what is in src/; the default smoke command

The same version with the same results gives the same bytes, so the digest of the manifest names the release.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.attempts import sync_directory
from jobs.leftovers import unfinished_release
from jobs.testing.outputs import UnreadableError, read_plain
from jobs.testing.report import TestReport
from jobs.trees import TooDeepError, plain_walk, remove_tree
from jobs.workers.package import MAX_BYTES, MAX_DEPTH, MAX_FILES, Package, check_relative, merge
from store.errors import OficinaError, WrongInput

FORMAT = 1
MANIFEST = "manifest.json"
SMOKE = "smoke.py"

_MANIFEST_BYTES = 8 << 20
_TOKEN = re.compile(r"[A-Za-z0-9]{1,64}")

_SMOKE_SOURCE = '''\
"""Imports every package of this release, as whoever uses it would."""

import importlib
import pathlib
import sys

SOURCE = pathlib.Path(__file__).resolve().parent / "src"
sys.dont_write_bytecode = True
sys.path.insert(0, str(SOURCE))
names = sorted(path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file())
for name in names:
    importlib.import_module(name)
print(f"smoke: imported {', '.join(names) or 'nothing'}")
sys.exit(0 if names else 1)
'''


class ReleaseError(OficinaError):
    """A release is damaged, or not what its manifest says; the message names the file."""


@dataclass(frozen=True)
class Release:
    """A release on disk. `digest` is the SHA-256 of its manifest's bytes in hex."""

    directory: Path
    digest: str
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        return release_name(self.digest)


def release_name(digest: str) -> str:
    """The directory's name of a manifest's digest."""
    return digest[:16]


def build_release(
    releases: Path,
    packages: Iterable[Package],
    report: TestReport,
    *,
    spec_ref: str,
    spec_versao: int,
    spec_sha256: str,
    token: str,
    substitui_release: str | None = None,
) -> Release:
    """Put a spec's packages (code and tests) into a new release below `releases`, and verify it.

    `token` names the temporary directory, so that a repeated step starts clean; building the same release
    again gives the one that is there. Raises ReleaseError when a damaged directory is in its place.
    """
    if not _TOKEN.fullmatch(token):
        raise WrongInput("a release needs an attempt's token", path="token")
    smoke = Package("release", {SMOKE: _SMOKE_SOURCE.encode()})
    content = merge("release", [*packages, smoke])
    manifest = _manifest_bytes(
        content, report, spec_ref, spec_versao, spec_sha256, substitui_release=substitui_release
    )
    digest = hashlib.sha256(manifest).hexdigest()
    final = releases / release_name(digest)
    if final.exists():
        return verify_release(final, digest)
    temporary = unfinished_release(releases, token)
    remove_tree(temporary)
    Package("release", {**content.files, MANIFEST: manifest}).write_to(temporary)
    seal(temporary)
    try:
        temporary.rename(final)
    except OSError:
        # Two attempts built the same release at once: the other's is as good as this one.
        if not final.is_dir():
            raise
        remove_tree(temporary)
    sync_directory(releases)
    return verify_release(final, digest)


def _manifest_bytes(
    content: Package,
    report: TestReport,
    spec_ref: str,
    spec_versao: int,
    spec_sha256: str,
    *,
    substitui_release: str | None,
) -> bytes:
    """Canonical JSON: sorted keys, no times, nothing of this machine."""
    hashes = content.sha256
    document = {
        "formato": FORMAT,
        "spec_ref": spec_ref,
        "spec_versao": spec_versao,
        "spec_sha256": spec_sha256,
        "substitui_release": substitui_release,
        "arquivos": {path: {"sha256": hashes[path], "tamanho": len(content.files[path])} for path in hashes},
        "testes": report.figures(),
    }
    text = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def seal(directory: Path) -> None:
    """Make a finished tree read-only for everybody, and its names durable."""
    for parent, _, names in os.walk(directory, topdown=False):
        for name in names:
            (Path(parent) / name).chmod(0o400)
        sync_directory(Path(parent))
        Path(parent).chmod(0o500)


def read_manifest(directory: Path, digest: str | None = None) -> Release:
    """The release in `directory` by its manifest alone; raises ReleaseError when that is damaged."""
    path = directory / MANIFEST
    try:
        content = _read(path, _MANIFEST_BYTES)
        manifest = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ReleaseError(f"{path} is not a manifest") from error
    found = hashlib.sha256(content).hexdigest()
    if digest is not None and found != digest:
        raise ReleaseError(f"{path} is not the manifest that was released: {found[:16]}, not {digest[:16]}")
    if not isinstance(manifest, dict) or manifest.get("formato") != FORMAT:
        raise ReleaseError(f"{path} has another format than {FORMAT}")
    if not isinstance(manifest.get("arquivos"), dict) or len(manifest["arquivos"]) > MAX_FILES:
        raise ReleaseError(f"{path} lists no files")
    return Release(directory, found, manifest)


def verify_release(directory: Path, digest: str | None = None) -> Release:
    """Check every file against the manifest, and the manifest against `digest` where one is given.

    Raises ReleaseError naming the first file that is missing, changed, additional, or no plain file.
    """
    release = read_manifest(directory, digest)
    listed = release.manifest["arquivos"]
    for path, entry in sorted(listed.items()):
        _verify_file(directory, path, entry)
    extra = _paths(directory) - set(listed) - {MANIFEST}
    if extra:
        raise ReleaseError(f"{directory / min(extra)} is not in the manifest")
    return release


def _verify_file(directory: Path, path: str, entry: Any) -> None:
    try:
        check_relative(path)
    except WrongInput as error:
        raise ReleaseError(f"{directory / MANIFEST}: {error}") from error
    content = _read(directory / path, MAX_BYTES)
    if not isinstance(entry, dict) or hashlib.sha256(content).hexdigest() != entry.get("sha256"):
        raise ReleaseError(f"{directory / path} was changed after the release")


def _paths(directory: Path) -> set[str]:
    """Every path that is not a directory; a link to one counts as a file."""
    try:
        found = plain_walk(directory, depth=MAX_DEPTH, entries=4 * MAX_FILES)
        return {path.relative_to(directory).as_posix() for path in found}
    except TooDeepError as error:
        raise ReleaseError(f"{directory} holds more than a release can") from error


def _read(path: Path, limit: int) -> bytes:
    try:
        return read_plain(path.parent, path.name, limit)
    except UnreadableError as error:
        raise ReleaseError(f"{path} is missing, no plain file, or over {limit >> 20} MB") from error
