"""Releases: the same bytes for the same version, sealed, and every change found."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from worker_support import order_code, order_tests

from jobs import release as release_module
from jobs.release import Release, ReleaseError, build_release, read_manifest, verify_release
from jobs.testing.report import Case, Coverage, TestReport
from jobs.trees import remove_tree
from jobs.workers.package import Package
from store.errors import WrongInput

REPORT = TestReport(
    [Case("t::a", "a", "passou")], esperados=1, cobertura=Coverage(9, 10, 3, 4), duracao_s=1.0, nivel="full"
)


def built(releases: Path, *, report: TestReport = REPORT, **changes: Any) -> Release:
    releases.mkdir(exist_ok=True)
    known: dict[str, Any] = {"spec_ref": "loja", "spec_versao": 2, "spec_sha256": "ab", "token": "t1"}
    return build_release(releases, [order_code(), order_tests().package], report, **{**known, **changes})


def test_the_manifest_names_every_file_the_version_and_the_results(tmp_path: Path) -> None:
    made = built(tmp_path)
    manifest = json.loads((made.directory / "manifest.json").read_text())
    assert manifest == made.manifest
    assert (manifest["spec_ref"], manifest["spec_versao"], manifest["spec_sha256"]) == ("loja", 2, "ab")
    assert manifest["substitui_release"] is None
    assert manifest["testes"]["passed"] == 1
    assert manifest["testes"]["cobertura_pct"] == 85.7
    model = made.directory / "src/loja_pedido/modelo.py"
    entry = manifest["arquivos"]["src/loja_pedido/modelo.py"]
    assert entry == {
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "tamanho": model.stat().st_size,
    }
    assert {"smoke.py", "tests/test_loja_pedido_classes.py"} <= set(manifest["arquivos"])
    assert made.digest == hashlib.sha256((made.directory / "manifest.json").read_bytes()).hexdigest()
    assert made.directory.name == made.name == made.digest[:16]


def test_the_same_version_gives_the_same_digest_whenever_it_is_built(tmp_path: Path) -> None:
    slower = TestReport(
        REPORT.casos,
        esperados=1,
        cobertura=REPORT.cobertura,
        duracao_s=9.0,
        cpu_s=4.0,
        nivel="full",
        saida="other",
    )
    one, two = built(tmp_path / "a"), built(tmp_path / "b", report=slower, token="t2")
    assert one.digest == two.digest
    other = built(tmp_path / "a", spec_versao=3, substitui_release="REL-0001")
    assert other.digest != one.digest
    assert other.manifest["substitui_release"] == "REL-0001"


def test_a_repeated_step_finds_its_release_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    first = built(tmp_path)
    (tmp_path / ".t3").mkdir()
    (tmp_path / ".t3" / "leftover").write_text("x")
    again = built(tmp_path, spec_versao=3, token="t3")
    assert not (again.directory / "leftover").exists()
    assert built(tmp_path, token="t9").directory == first.directory
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([first.name, again.name])


def test_a_death_before_the_rename_leaves_no_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(release_module, "seal", dies)
        with pytest.raises(KeyboardInterrupt):
            built(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".t1"]
    assert built(tmp_path).directory.exists()
    assert not (tmp_path / ".t1").exists()


def test_a_release_is_sealed(tmp_path: Path) -> None:
    made = built(tmp_path)
    for path in [made.directory, *made.directory.rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o500 if path.is_dir() else 0o400)
    remove_tree(made.directory)
    assert not made.directory.exists()
    remove_tree(made.directory)


def test_removing_never_follows_a_link(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "a").write_text("x")
    (tmp_path / "link").symlink_to(kept)
    remove_tree(tmp_path / "link")
    assert (kept / "a").exists()
    assert not (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("token", ["", "../x", "a/b"])
def test_a_token_can_not_lead_out(tmp_path: Path, token: str) -> None:
    with pytest.raises(WrongInput, match="token"):
        built(tmp_path, token=token)


def test_a_package_can_not_bring_its_own_smoke_test(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match=r"smoke\.py"):
        build_release(
            tmp_path,
            [Package("x", {"smoke.py": b""})],
            REPORT,
            spec_ref="x",
            spec_versao=1,
            spec_sha256="",
            token="t",
        )


def damage(directory: Path, name: str) -> None:
    """Change a sealed release in one of the ways that must be found."""
    for path in [directory, *directory.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    model = directory / "src/loja_pedido/modelo.py"
    if name == "changed":
        model.write_text("x")
    elif name == "missing":
        model.unlink()
    elif name == "extra":
        (directory / "src/loja_pedido/more.py").write_text("x")
    elif name == "extra link":
        (directory / "src/more").symlink_to("/etc")
    elif name == "link":
        content = model.read_bytes()
        model.unlink()
        (directory.parent / "elsewhere").write_bytes(content)
        model.symlink_to(directory.parent / "elsewhere")
    elif name == "pipe":
        model.unlink()
        os.mkfifo(model)
    else:
        model.write_bytes(b"x" * 100)
        release_module.MAX_BYTES = 50


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("changed", "modelo.py was changed after the release"),
        ("missing", "modelo.py is missing"),
        ("extra", "more.py is not in the manifest"),
        ("extra link", "more is not in the manifest"),
        ("link", "modelo.py is missing, no plain file"),
        ("pipe", "modelo.py is missing, no plain file"),
        ("large", "or over 0 MB"),
    ],
)
def test_every_change_is_found_and_named(
    tmp_path: Path, name: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = built(tmp_path)
    verify_release(made.directory, made.digest)
    monkeypatch.setattr(release_module, "MAX_BYTES", release_module.MAX_BYTES)
    damage(made.directory, name)
    with pytest.raises(ReleaseError, match=problem):
        verify_release(made.directory, made.digest)
    monkeypatch.undo()
    with pytest.raises(ReleaseError, match=problem if name != "large" else "was changed"):
        built(tmp_path)


def test_another_manifest_than_the_approved_one_is_refused(tmp_path: Path) -> None:
    made = built(tmp_path)
    with pytest.raises(ReleaseError, match="not the manifest that was released"):
        verify_release(made.directory, "0" * 64)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is not a manifest"),
        (b"\xff", "is not a manifest"),
        (b"[" * 100_000, "is not a manifest"),
        (b"[]", "another format"),
        (b'{"formato": 2}', "another format"),
        (b'{"formato": 1}', "lists no files"),
        (b'{"formato": 1, "arquivos": {"../x": {}}}', "leaves its package"),
        (b'{"formato": 1, "arquivos": {"manifest.json": 3}}', "was changed"),
    ],
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(ReleaseError, match=problem):
        verify_release(tmp_path)
    with pytest.raises(ReleaseError, match="is missing"):
        read_manifest(tmp_path / "gone")


def test_the_smoke_script_imports_what_is_there(tmp_path: Path) -> None:
    made = built(tmp_path)
    command = [sys.executable, "-I", "-B", str(made.directory / "smoke.py")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "smoke: imported loja_pedido\n")
    empty = build_release(
        tmp_path,
        [Package("x", {"src/x.txt": b""})],
        REPORT,
        spec_ref="x",
        spec_versao=1,
        spec_sha256="",
        token="t",
    )
    run = subprocess.run([*command[:3], str(empty.directory / "smoke.py")], capture_output=True, check=False)
    assert run.returncode == 1
    assert verify_release(empty.directory).digest == empty.digest
