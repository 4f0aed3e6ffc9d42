"""Attempts and objects: durable, immutable, and never outside their directory."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from jobs.attempts import Attempts, Objects, ReferenceRefusedError, write_outcome


def test_an_attempt_is_its_owners_and_its_outcome_comes_back(tmp_path: Path) -> None:
    attempts = Attempts(tmp_path / "attempts")
    assert list(attempts.tokens()) == []
    path = attempts.create("a1")
    assert path.stat().st_mode & 0o777 == 0o700
    assert attempts.outcome("a1") is None
    write_outcome(path, {"resultado": {"título": "é"}})
    assert attempts.outcome("a1") == {"resultado": {"título": "é"}}
    assert [file.name for file in path.iterdir()] == ["outcome.json"]
    assert list(attempts.tokens()) == ["a1"]


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000])
def test_what_is_no_outcome_in_its_place_is_none(tmp_path: Path, text: str) -> None:
    attempts = Attempts(tmp_path)
    place = attempts.create("a1") / "outcome.json"
    place.write_text(text)
    assert attempts.outcome("a1") is None
    place.unlink()
    os.mkfifo(place)
    assert attempts.outcome("a1") is None


def test_an_outcome_that_is_no_json_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        write_outcome(tmp_path, {"custo": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_discard_removes_everything_and_follows_no_link(tmp_path: Path) -> None:
    attempts = Attempts(tmp_path / "attempts")
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    path = attempts.create("a1")
    (path / "link").symlink_to(kept)
    (path / "closed").mkdir(mode=0o000)
    attempts.discard("a1")
    assert not path.exists()
    assert (kept / "file").exists()
    attempts.discard("a1")


@pytest.mark.parametrize("token", ["", "..", "a/b", "a" * 65, "a\n"])
def test_a_token_that_is_none_is_refused(token: str, tmp_path: Path) -> None:
    with pytest.raises(ReferenceRefusedError):
        Attempts(tmp_path).path(token)


def test_objects_are_named_by_what_is_in_them(tmp_path: Path) -> None:
    objects = Objects(tmp_path / "objects")
    source = tmp_path / "source"
    source.write_bytes(b"conteudo")
    sha256 = objects.put_file(source)
    assert sha256 == hashlib.sha256(b"conteudo").hexdigest() == objects.put_bytes(b"conteudo")
    assert objects.read(sha256) == b"conteudo"
    assert objects.read(sha256, 3) == b"con"
    assert objects.path(sha256).stat().st_mode & 0o777 == 0o400
    assert len([path for path in objects.directory.rglob("*") if path.is_file()]) == 1


def test_links_and_false_digests_are_refused(tmp_path: Path) -> None:
    objects = Objects(tmp_path / "objects")
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(OSError):
        objects.put_file(tmp_path / "link")
    with pytest.raises(ReferenceRefusedError):
        objects.path("../" * 10)
