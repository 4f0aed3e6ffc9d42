"""A directory of exported metrics: what was written there is known, and nothing else is ever touched."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from app.metric_documents import FIGURE_COLUMNS, SERIES_COLUMNS, csv_text, figure_row, plain, series_rows
from store.errors import WrongInput
from store.metrics.facts import Facts
from store.metrics.model import Figure, Page

MANIFEST = "oficina-metrics.json"
FIGURES = "figures.csv"
_LIST_BYTES = 1 << 20
_PLAIN = re.compile(r"[^a-z0-9_-]+")
_RAW = (
    "execucoes",
    "itens",
    "decisoes",
    "releases",
    "implantacoes",
    "chamadas",
    "precos",
    "capacidades",
    "sprints",
    "tasks",
    "linhas",
    "gravacoes_ms",
)


def files_of(pages: Iterable[Page], facts: Facts, asked: Mapping[str, str]) -> dict[str, str]:
    """Every file by its name: all figures as CSV, a CSV a figure's series, summary and raw values as JSON."""
    found: dict[str, str] = {FIGURES: ""}
    summary, rows = [], []
    for page in pages:
        summary.append(plain(page))
        rows += [figure_row(page, figure) for figure in page.figuras]
        for figure in page.figuras:
            if figure.serie:
                name = _free(found, _name(page, figure))
                found[name] = csv_text(SERIES_COLUMNS, series_rows(figure))
    found[FIGURES] = csv_text(FIGURE_COLUMNS, rows)
    about = {"seq": facts.seq, "gerado": facts.gerado, **asked}
    found["summary.json"] = _json({**about, "familias": summary})
    found["raw.json"] = _json({**about, **{name: plain(getattr(facts, name)) for name in _RAW}})
    return found


def _name(page: Page, figure: Figure) -> str:
    parts = (page.chave, figure.chave, figure.grupo)
    return ".".join(_PLAIN.sub("-", part.casefold()).strip("-")[:60] or "x" for part in parts if part)


def _free(taken: Mapping[str, str], stem: str) -> str:
    """A file name for a stem; two groups whose names look alike get a number."""
    name, at = f"{stem}.csv", 2
    while name in taken:
        name, at = f"{stem}-{at}.csv", at + 1
    return name


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def write(directory: Path, files: Mapping[str, str]) -> None:
    """Write files into a directory; those of an export before go, whatever else is there stays as it is.

    Raises:
        WrongInput: where a file is in the way that no export wrote, or that was changed since.
    """
    if directory.is_symlink() or (directory.exists() and not directory.is_dir()):
        raise WrongInput("this is no directory", file=str(directory))
    listed = _listed(directory / MANIFEST)
    ours = {name for name, sums in listed.items() if _sum_of(directory / name) in sums}
    for name in files:
        if name not in ours and os.path.lexists(directory / name):
            raise WrongInput(
                "this file is not as an export wrote it, and would be lost",
                file=str(directory / name),
                remedy="move it away, or export to a directory of its own",
            )
    directory.mkdir(parents=True, exist_ok=True)
    sums = {name: [_sum(text)] for name, text in files.items()}
    # Both lists first: whatever ends this in the middle, the next export knows what is its own.
    before = {name: [*sums.get(name, []), *listed.get(name, [])] for name in {*sums, *listed}}
    _put(directory / MANIFEST, _json({"files": before}))
    for name, text in files.items():
        _put(directory / name, text)
    for name in ours - set(files):
        (directory / name).unlink(missing_ok=True)
    _put(directory / MANIFEST, _json({"files": sums}))


def _listed(path: Path) -> dict[str, list[str]]:
    """The files that an earlier export wrote beside `path`, with the hashes that they had.

    Raises:
        WrongInput: where that list is somebody else's.
    """
    if not os.path.lexists(path):
        return {}
    problem = WrongInput(
        "this is no list of an export's files", file=str(path), remedy="export to a directory of its own"
    )
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _LIST_BYTES:
        raise problem
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["files"]
        listed = {str(name): [str(each) for each in sums] for name, sums in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise problem from None
    return {name: sums for name, sums in listed.items() if Path(name).name == name}


def _sum_of(path: Path) -> str:
    """The hash of a plain file; empty where there is none."""
    if path.is_symlink() or not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _put(path: Path, text: str) -> None:
    """Whole or not at all, and never through a link."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
