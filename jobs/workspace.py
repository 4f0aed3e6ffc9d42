"""A workspace: where everything is, what its `oficina.yaml` says, and how a new one is made.

Nothing here runs a command; `jobs.trust` says whether what a workspace defines may be run.
"""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from jobs.config import CONFIG_NAME, Config, load_config
from jobs.fields import visible
from store.clock import TokenSource
from store.errors import WrongInput

DOT = ".oficina"
DEFINITIONS = ("contracts", "actors", "capabilities", "pricing", "policy")
"""What a workspace may define for itself, each in a YAML file of that name beside `oficina.yaml`."""

SEEDS = Path(__file__).parents[1] / "seeds"

_TEMPLATE = """\
# What this workspace wants otherwise; everything that isn't here is oficina's default. `oficina doctor`
# says what is wrong here; all keys are in docs/workspace.md of oficina's repository.
id: {id}
name: {name}
# fuso: America/Sao_Paulo
# decisions: {{prompt: modal}}
# targets:
#   - {{nome: producao, ambiente: producao, dir: .oficina/deploy/producao, manter: 3}}
"""


@dataclass(frozen=True)
class WorkspacePaths:
    """Where things are in a workspace; nothing of it need exist."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / CONFIG_NAME

    @property
    def specs(self) -> Path:
        return self.root / "specs"

    @property
    def dot(self) -> Path:
        return self.root / DOT

    @property
    def store(self) -> Path:
        return self.dot / "store"

    @property
    def objects(self) -> Path:
        return self.dot / "objects"

    @property
    def attempts(self) -> Path:
        return self.dot / "attempts"

    @property
    def releases(self) -> Path:
        return self.dot / "releases"

    @property
    def deploy(self) -> Path:
        return self.dot / "deploy"

    @property
    def logs(self) -> Path:
        return self.dot / "logs"

    @property
    def line_lock(self) -> Path:
        return self.dot / "line.lock"

    def definition(self, name: str) -> Path | None:
        """The workspace's own file for one of `DEFINITIONS`, or None; a link counts as none."""
        path = self.root / f"{name}.yaml"
        return path if path.is_file() and not path.is_symlink() else None


@dataclass(frozen=True)
class Workspace:
    """An open workspace."""

    paths: WorkspacePaths
    config: Config

    @property
    def name(self) -> str:
        """What people call it."""
        return self.config.name or visible(self.paths.root.name)


def find_workspace(start: Path) -> WorkspacePaths:
    """The workspace at `start` or the nearest one above.

    Raises:
        WrongInput: there is none.
    """
    start = start.resolve()
    for directory in (start, *start.parents):
        if (directory / CONFIG_NAME).is_file():
            return WorkspacePaths(directory)
    raise WrongInput(
        f"no workspace at {start} or above", remedy="make one with `oficina init DIR`, or name it with -C DIR"
    )


def open_workspace(root: Path) -> Workspace:
    """Read a workspace's configuration and make sure that `.oficina` is ours alone.

    Raises:
        WrongInput: no `oficina.yaml`, something wrong in it, or a `.oficina` that isn't ours.
    """
    paths = WorkspacePaths(root.resolve())
    if not paths.config.is_file():
        raise WrongInput(
            f"{root} is no workspace: it has no {CONFIG_NAME}", remedy="make one with `oficina init DIR`"
        )
    config = load_config(paths.config, paths.root)
    make_private(paths)
    return Workspace(paths, config)


def make_private(paths: WorkspacePaths) -> None:
    """Make `.oficina` and its directories, for its owner only; refuse links and what belongs to others."""
    directories = (paths.store, paths.objects, paths.attempts, paths.releases, paths.deploy, paths.logs)
    for directory in (paths.dot, *directories):
        if not os.path.lexists(directory):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_ours(directory, paths.root)


def _check_ours(directory: Path, root: Path) -> None:
    name = directory.relative_to(root).as_posix()
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise WrongInput(
            f"{name} is not a directory but a link or a file", remedy="remove it; oficina makes its own"
        )
    if found.st_uid != os.getuid():
        raise WrongInput(
            f"{name} belongs to another user (uid {found.st_uid})", remedy="use a workspace of your own"
        )
    if found.st_mode & 0o077:
        directory.chmod(0o700)


def init_workspace(directory: Path, tokens: TokenSource) -> WorkspacePaths:
    """Make a new workspace: `oficina.yaml`, `specs/`, a `.gitignore`, and a private `.oficina/`.

    An existing directory is taken as long as it isn't a workspace; none of its files is touched.

    Raises:
        WrongInput: it is a workspace already, or not a directory.
    """
    paths = WorkspacePaths(directory.resolve())
    _refuse_taken(paths, directory)
    paths.specs.mkdir(parents=True, exist_ok=True)
    _write_new(paths.root / ".gitignore", f"{DOT}/\nchaves/\n")
    _write_new(paths.config, _TEMPLATE.format(id=tokens.token(), name=_yaml_name(paths.root.name)))
    make_private(paths)
    return paths


def copy_demo(directory: Path, tokens: TokenSource) -> WorkspacePaths:
    """Make the demo workspace: `init_workspace`, with the specs of `seeds/demo`; see there for errors."""
    paths = WorkspacePaths(directory.resolve())
    _refuse_taken(paths, directory)
    shutil.copytree(
        SEEDS / "demo", paths.root, dirs_exist_ok=True, ignore=shutil.ignore_patterns(DOT, "__pycache__")
    )
    return init_workspace(directory, tokens)


def _refuse_taken(paths: WorkspacePaths, directory: Path) -> None:
    if os.path.lexists(paths.config):
        raise WrongInput(f"{directory} is a workspace already", remedy="open it with `oficina -C DIR`")
    if paths.specs.is_symlink():
        raise WrongInput(f"{paths.specs} is a link", remedy="remove it, or name a new directory")
    if paths.root.exists() and not paths.root.is_dir():
        raise WrongInput(f"{directory} is not a directory", remedy="name a new one")


def _write_new(path: Path, text: str) -> None:
    """A new file with `text`; what is there stays, and a link is not written through."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return


def _yaml_name(name: str) -> str:
    """A directory's name as a YAML text that is always read back as text."""
    return "'" + "".join(char for char in name if char.isprintable()).replace("'", "''") + "'"
