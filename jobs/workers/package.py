"""The package that every worker hands in, and the one layout that code, tests and release share.

    src/<name>/__init__.py     the code; `<name>` is a Python package name (`package_name`)
    src/<name>/modelo.py       vertente E: the model, its class named by the schema's `title`
    src/<name>/decisao.py      vertente D: `decidir(entradas: Mapping[str, object])`
    src/<name>/README.md       what it is, for whoever opens the release
    tests/test_<name>_*.py     the tests, generated from the spec before the code exists

`decidir` returns a dict of outputs for a single hit, a list of them for a multiple hit, and a dict with the
aggregated output for an aggregation. Numbers are Decimal. It raises `EntradaInvalida` (a ValueError with the
attribute `campo`) for an input outside its domain, and `SemRegra` (a ValueError) where no rule applies.

Packages of one spec never share a file, so a release is their union (`merge`). Implements section 4 of
prometheus_arquitetura.md.
"""

from __future__ import annotations

import hashlib
import keyword
import os
import re
import stat
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jobs.trees import TooDeepError, plain_walk
from store.errors import WrongInput

MODEL_MODULE = "modelo"
DECISION_MODULE = "decisao"
DECISION_FUNCTION = "decidir"
INVALID_INPUT = "EntradaInvalida"
NO_RULE = "SemRegra"

MAX_FILES = 2_000
MAX_BYTES = 32 << 20
MAX_DEPTH = 32
"""A package larger than this is not something that a generator of ours makes."""

_SHADOWED = frozenset(
    {
        "annotated_types",
        "conftest",
        "coverage",
        "pydantic",
        "pydantic_core",
        "pytest",
        "pytest_cov",
        "src",
        "tests",
    }
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Package:
    """What one worker made: `files` maps a POSIX path inside the package to the file's bytes.

    Raises WrongInput when a path leaves the package or is not plain, or when the package is too large.
    """

    name: str
    files: Mapping[str, bytes]

    def __post_init__(self) -> None:
        if len(self.files) > MAX_FILES or sum(map(len, self.files.values())) > MAX_BYTES:
            raise WrongInput(
                f"the package {self.name} is too large",
                remedy=f"at most {MAX_FILES} files and {MAX_BYTES >> 20} MB",
            )
        for path in self.files:
            check_relative(path, package=self.name)

    @property
    def sha256(self) -> dict[str, str]:
        """The SHA-256 of each file in hex, by path, in path order."""
        return {path: hashlib.sha256(self.files[path]).hexdigest() for path in sorted(self.files)}

    def write_to(self, directory: Path) -> list[Path]:
        """Write every file below `directory` (made where missing; files 0600, directories 0700), fsynced.

        An existing file is an error (FileExistsError): an attempt writes in a directory of its own, and a
        link that something planted there is never followed.
        """
        written = []
        for path in sorted(self.files):
            target = directory / path
            _make_parents(directory, target.parent)
            _write_new(target, self.files[path])
            written.append(target)
        return written


def package_name(*parts: str) -> str:
    """A safe Python package name made of a spec's id and its vertente's name.

    `("frete-2", "Cálculo")` gives `frete_2_calculo`: accents are dropped, whatever is not a letter or digit
    becomes one underscore. A name that Python or the test run already uses gets the suffix `_pkg`. Raises
    WrongInput when nothing is left.
    """
    plain = unicodedata.normalize("NFKD", "_".join(parts)).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
    if not name:
        raise WrongInput(
            f"no package can be named after {' '.join(parts)!r}", remedy="use letters of the Latin alphabet"
        )
    if name[0].isdigit():
        name = f"p{name}"
    taken = keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in sys.stdlib_module_names
    return f"{name}_pkg" if taken or name in _SHADOWED else name


def check_relative(path: str, *, package: str = "") -> None:
    """Raise WrongInput unless `path` is a plain relative POSIX path that stays inside its directory."""
    parts = path.split("/")
    plain = path and not _CONTROL.search(path) and "\\" not in path and len(path.encode()) <= 1024
    if not plain or path.startswith("/") or any(part in ("", ".", "..") for part in parts):
        raise WrongInput(
            f"the path {path!r} leaves its package",
            path=package,
            remedy="a relative path without '..', links or control characters",
        )


def merge(name: str, packages: Iterable[Package]) -> Package:
    """The union of a spec's packages and its tests; raises WrongInput when two of them hold the same path."""
    files: dict[str, bytes] = {}
    for package in packages:
        for path, content in package.files.items():
            if path in files:
                raise WrongInput(
                    f"two packages hold the file {path}", path=package.name, remedy="name the vertentes apart"
                )
            files[path] = content
    return Package(name, files)


def read_package(name: str, directory: Path) -> Package:
    """The package in `directory`; raises WrongInput on a link, a special file or a package too large."""
    files: dict[str, bytes] = {}
    size = 0
    try:
        for path in plain_walk(directory, depth=MAX_DEPTH, entries=4 * MAX_FILES):
            relative = PurePosixPath(path.relative_to(directory)).as_posix()
            if not stat.S_ISREG(path.lstat().st_mode):
                raise WrongInput(
                    f"{relative} is not a plain file", path=name, remedy="a package holds plain files only"
                )
            size += path.stat().st_size
            if size > MAX_BYTES or len(files) >= MAX_FILES:
                raise TooDeepError
            files[relative] = path.read_bytes()
    except TooDeepError:
        raise WrongInput(
            f"the package {name} is too large",
            remedy=f"at most {MAX_FILES} files, {MAX_BYTES >> 20} MB and {MAX_DEPTH} levels",
        ) from None
    return Package(name, files)


def _make_parents(root: Path, directory: Path) -> None:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    walked = root
    for part in directory.relative_to(root).parts:
        walked = walked / part
        walked.mkdir(mode=0o700, exist_ok=True)
        if walked.is_symlink():
            raise WrongInput(
                f"{walked.name} is a link", path=str(root), remedy="write into a directory of your own"
            )


def _write_new(target: Path, content: bytes) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
