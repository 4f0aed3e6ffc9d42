"""Files that come with a result: kept by their content, named as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.attempts import Objects
from store.errors import WrongInput

MOST_BYTES = 64 << 20


def keep_file(objects: Objects, path: Path) -> dict[str, Any]:
    """Keep a file; gives `{nome, sha256, tamanho}`. Raises WrongInput, naming it, where it can't be had."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise WrongInput("the file is too large", file=str(path), remedy=f"at most {MOST_BYTES >> 20} MB")
        return {"nome": path.name, "sha256": objects.put_file(path), "tamanho": size}
    except OSError as error:
        raise WrongInput(f"can't be read: {error.strerror or error}", file=str(path)) from None
