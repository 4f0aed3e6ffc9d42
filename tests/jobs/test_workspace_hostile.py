"""Workspaces made to lead oficina elsewhere: links, homes of nobody, targets in the store."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jobs.config import Secret
from jobs.trust import TrustFile
from jobs.workspace import Workspace, copy_demo, init_workspace, open_workspace
from store.clock import CountingTokens
from store.errors import WrongInput


def shop(tmp_path: Path, config: str) -> Workspace:
    paths = init_workspace(tmp_path / "shop", CountingTokens())
    paths.config.write_text(f"id: t1\n{config}")
    return open_workspace(paths.root)


def asked(tmp_path: Path, workspace: Workspace) -> list[str]:
    trust = TrustFile(tmp_path / "trust.json").check(workspace.paths, workspace.config)
    return [definition.text for definition in trust.definitions]


@pytest.mark.parametrize(
    "directory", [".oficina/store", ".oficina", ".oficina/deploy", ".oficina/attempts/x"]
)
def test_a_target_among_our_own_files_is_asked_about(directory: str, tmp_path: Path) -> None:
    assert asked(tmp_path, shop(tmp_path, f"targets: [{{nome: producao, dir: {directory}}}]\n"))
    inside = open_workspace(tmp_path / "shop")
    inside.paths.config.write_text("id: t1\ntargets: [{nome: producao, dir: .oficina/deploy/other}]\n")
    assert not asked(tmp_path, open_workspace(inside.paths.root))


def test_a_target_behind_a_link_is_shown_where_it_leads(tmp_path: Path) -> None:
    workspace = shop(tmp_path, "")
    outside = tmp_path / "home"
    outside.mkdir()
    (workspace.paths.deploy / "producao").symlink_to(outside)
    [text] = asked(tmp_path, workspace)
    assert str(outside) in text


@pytest.mark.parametrize("directory", ["~nobody-of-that-name/x", "loop/x"])
def test_a_target_that_leads_nowhere_is_one_line(directory: str, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "loop").symlink_to("loop")
    with pytest.raises(WrongInput) as caught:
        shop(tmp_path, f"targets: [{{nome: producao, dir: {directory}}}]\n")
    assert f"oficina.yaml:2: targets[0].dir: leads nowhere: {directory}" in str(caught.value)


def test_a_link_in_place_of_the_default_target_leads_nowhere_too(tmp_path: Path) -> None:
    workspace = shop(tmp_path, "targets: [{nome: producao}]\n")
    (workspace.paths.deploy / "producao").symlink_to("producao")
    with pytest.raises(WrongInput, match="leads nowhere"):
        open_workspace(workspace.paths.root)


def test_a_secret_of_nobodys_home_is_none_and_a_huge_one_is_cut(tmp_path: Path) -> None:
    assert Secret("A", file="~nobody-of-that-name/x").value() is None
    huge = tmp_path / "huge"
    os.truncate(os.open(huge, os.O_CREAT | os.O_WRONLY), 3 << 30)
    assert len(Secret("A", file=str(huge)).value() or "") == 64 << 10


def test_a_new_workspace_is_not_written_through_links(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / ".gitignore").symlink_to(tmp_path / "made")
    init_workspace(shop, CountingTokens())
    assert not (tmp_path / "made").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "oficina.yaml").symlink_to(tmp_path / "made")
    with pytest.raises(WrongInput, match="is a workspace already"):
        init_workspace(tmp_path / "other", CountingTokens())
    assert not (tmp_path / "made").exists()


def test_the_demo_is_not_copied_through_a_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "specs").symlink_to(outside)
    with pytest.raises(WrongInput, match="is a link"):
        copy_demo(tmp_path / "demo", CountingTokens())
    assert list(outside.iterdir()) == []
