"""The package layout: safe names, paths that stay inside, files that are written once."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from jobs.workers import package
from jobs.workers.package import Package, merge, package_name, read_package
from store.errors import WrongInput


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("frete-2", "Cálculo"), "frete_2_calculo"),
        (("", "pedido"), "pedido"),
        (("2024", "x"), "p2024_x"),
        (("", "json"), "json_pkg"),
        (("", "class"), "class_pkg"),
        (("", "match"), "match_pkg"),
        (("", "pytest"), "pytest_pkg"),
        (("a/../b", "..\x00"), "a_b"),
    ],
)
def test_names_are_python_packages_that_shadow_nothing(parts: tuple[str, str], name: str) -> None:
    assert package_name(*parts) == name
    assert name.isidentifier()


def test_a_name_needs_a_letter_or_digit() -> None:
    with pytest.raises(WrongInput, match="no package can be named"):
        package_name("", "日本")


@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a/.", "a\\b", "a\nb", "a\x9bb", "x" * 1025],
)
def test_a_path_that_leaves_the_package_is_refused(path: str) -> None:
    with pytest.raises(WrongInput, match="leaves its package"):
        Package("p", {path: b""})


def test_too_many_files_or_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_FILES", 1)
    with pytest.raises(WrongInput, match="too large"):
        Package("p", {"a": b"", "b": b""})
    monkeypatch.setattr(package, "MAX_BYTES", 3)
    with pytest.raises(WrongInput, match="too large"):
        Package("p", {"a": b"1234"})


def test_files_are_written_privately_and_read_back(tmp_path: Path) -> None:
    made = Package("p", {"src/p/__init__.py": b"x = 1\n", "README.md": b"#\n"})
    written = made.write_to(tmp_path / "new")
    assert [path.relative_to(tmp_path / "new").as_posix() for path in written] == [
        "README.md",
        "src/p/__init__.py",
    ]
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
    assert (tmp_path / "new" / "src").stat().st_mode & 0o777 == 0o700
    assert read_package("p", tmp_path / "new").files == made.files
    assert made.sha256["README.md"] == hashlib.sha256(b"#\n").hexdigest()


def test_an_existing_file_or_a_planted_link_is_never_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    planted = tmp_path / "p"
    planted.mkdir()
    (planted / "a").symlink_to(victim)
    with pytest.raises(FileExistsError):
        Package("p", {"a": b"theirs"}).write_to(planted)
    assert victim.read_text() == "mine"
    (planted / "dir").symlink_to(tmp_path)
    with pytest.raises(WrongInput, match="dir is a link"):
        Package("p", {"dir/b": b"theirs"}).write_to(planted)
    assert not (tmp_path / "b").exists()


def test_merging_keeps_packages_apart() -> None:
    one, two = Package("a", {"src/a.py": b"1"}), Package("b", {"src/b.py": b"2"})
    assert merge("all", [one, two]).files == {"src/a.py": b"1", "src/b.py": b"2"}
    with pytest.raises(WrongInput, match=r"two packages hold the file src/a\.py"):
        merge("all", [one, one])


def test_reading_refuses_links_special_files_and_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"1234")
    (tmp_path / "link").symlink_to("a")
    with pytest.raises(WrongInput, match="link is not a plain file"):
        read_package("p", tmp_path)
    (tmp_path / "link").unlink()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WrongInput, match="pipe is not a plain file"):
        read_package("p", tmp_path)
    (tmp_path / "pipe").unlink()
    monkeypatch.setattr(package, "MAX_BYTES", 3)
    with pytest.raises(WrongInput, match="too large"):
        read_package("p", tmp_path)
