"""Trees that untrusted work left, and a deployment's directory that came with a workspace."""

from __future__ import annotations

import os
from pathlib import Path

import deploy_support as support
import pytest

from jobs.attempts import Attempts, Objects
from jobs.deploy.deploying import deploy
from jobs.deploy.provision import failure_path, kept_failure
from jobs.deploy.target import UnclearTargetError
from jobs.release import ReleaseError, verify_release
from jobs.trees import TooDeepError, plain_walk, remove_tree
from jobs.workers.package import MAX_FILES, read_package
from store.errors import WrongInput


def deep(directory: Path, levels: int = 3000) -> Path:
    """Deeper than Python recurses, and longer than a path can be."""
    here = os.open(directory, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("ddd", dir_fd=here)
        below = os.open("ddd", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("file", os.O_CREAT, dir_fd=here))
    os.close(here)
    return directory


def test_an_attempt_is_removed_however_deep_it_is(tmp_path: Path) -> None:
    attempts = Attempts(tmp_path / "attempts")
    deep(attempts.create("t1"))
    attempts.discard("t1")
    assert not attempts.path("t1").exists()


def test_a_tree_is_removed_without_its_rights_and_never_through_a_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    tree = tmp_path / "tree"
    (tree / "a" / "b" / "c").mkdir(parents=True)
    (tree / "a" / "b" / "file").touch()
    (tree / "a" / "link").symlink_to(outside)
    (tree / "a" / "b" / "c" / "link").symlink_to(outside)
    os.mkfifo(tree / "a" / "pipe")
    for path in (tree / "a" / "b" / "c", tree / "a" / "b", tree / "a", tree):
        path.chmod(0)
    remove_tree(tree)
    assert not tree.exists()
    assert (outside / "kept").exists()
    (tmp_path / "alias").symlink_to(outside)
    remove_tree(tmp_path / "alias")
    remove_tree(tmp_path / "alias")
    assert list(tmp_path.iterdir()) == [outside]
    assert (outside / "kept").exists()


def test_a_package_that_is_too_deep_or_all_directories_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="too large"):
        read_package("x", deep(tmp_path))
    remove_tree(tmp_path / "ddd")
    for index in range(4 * MAX_FILES + 1):
        (tmp_path / str(index)).mkdir()
    with pytest.raises(WrongInput, match="too large"):
        read_package("x", tmp_path)


def test_long_names_end_the_walk_before_the_system_does(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=here)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    with pytest.raises(TooDeepError):
        list(plain_walk(tmp_path, depth=32, entries=100))
    remove_tree(tmp_path / ("d" * 250))
    assert list(tmp_path.iterdir()) == []


def test_a_release_that_somebody_filled_is_one_line(tmp_path: Path) -> None:
    release = support.release(tmp_path, 1)
    release.directory.chmod(0o700)
    (release.directory / "more").mkdir()
    deep(release.directory / "more")
    with pytest.raises(ReleaseError, match="holds more than a release can"):
        verify_release(release.directory, release.digest)
    remove_tree(release.directory)


def test_versions_that_are_kept_elsewhere_by_a_link_are_not_touched(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".profile").touch()
    target = support.target(tmp_path)
    target.dir.mkdir()
    target.versions.symlink_to(home)
    with pytest.raises(UnclearTargetError, match="no deployment made it"):
        deploy(support.release(tmp_path, 1).directory, target, support.channel(tmp_path, "t1"))
    assert sorted(path.name for path in home.iterdir()) == [".profile", ".ssh"]


def test_a_record_that_is_a_pipe_or_huge_neither_blocks_nor_fills_memory(tmp_path: Path) -> None:
    target = support.target(tmp_path)
    target.prepare()
    name = f"{'a' * 12}-t1"
    target.version_dir(name).mkdir()
    os.mkfifo(target.version_dir(name) / "deployment.json")
    with pytest.raises(UnclearTargetError, match="can't be read"):
        target.record(name)
    os.truncate(os.open(failure_path(target, "t1"), os.O_CREAT | os.O_WRONLY), 3 << 30)
    with pytest.raises(UnclearTargetError, match="can't be read"):
        kept_failure(target, "t1")
    assert kept_failure(target, "t2") is None


@pytest.mark.parametrize("kind", ["link", "pipe", "directory"])
def test_what_took_an_objects_place_is_not_read(kind: str, tmp_path: Path) -> None:
    objects = Objects(tmp_path / "objects")
    path = objects.path(objects.put_bytes(b"x"))
    path.unlink()
    if kind == "link":
        path.symlink_to("/dev/zero")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(OSError, match=r"symbolic links|not a plain file|directory"):
        objects.read(f"{path.parent.name}{path.name}")
