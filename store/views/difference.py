"""What changed between two versions of a spec, or two releases, as one unified diff over all their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import unified_diff

from store.views.model import Document
from store.views.sources import Objects

READ, LINES = 256 * 1024, 2000
"""Bytes of a file that are compared, and lines of difference that are given."""


def difference(before: Document, after: Document, objects: Objects) -> Sequence[str]:
    """Unified diff lines without line ends; a file that only one of them has is all added or all removed."""
    old, new = _files(before), _files(after)
    lines: list[str] = []
    for path in sorted({*old, *new}):
        if old.get(path) == new.get(path):
            continue
        mine, theirs = _lines(old.get(path), objects), _lines(new.get(path), objects)
        lines += unified_diff(mine, theirs, _name(path, before), _name(path, after), lineterm="")
        if len(lines) > LINES:
            return [*lines[:LINES], f"… more than {LINES} lines differ"]
    return lines


def _files(version: Document) -> dict[str, str]:
    return {
        str(path): str(value.get("sha256", "") if isinstance(value, Mapping) else value)
        for path, value in (version.get("arquivos") or {}).items()
    }


def _name(path: str, document: Document) -> str:
    """A file's name with its version, or with its release."""
    version = document.get("versao")
    return f"{path} ({document.get('id')})" if version is None else f"{path} (v{version})"


def _lines(sha256: str | None, objects: Objects) -> list[str]:
    if sha256 is None:
        return []
    try:
        return objects.read(sha256, READ).decode("utf-8", "replace").splitlines()
    except OSError as error:
        return [f"({sha256[:12]} cannot be read: {error.strerror or error})"]
