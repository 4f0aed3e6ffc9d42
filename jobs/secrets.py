"""Secrets: handed to the probes that the owner approved, and hidden in whatever is kept or shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

HIDDEN = "•••"
_SHORTEST = 4
"""A shorter value would hide half of every text, and protects nothing."""


class Masker:
    """Takes secrets out of texts; a longer secret before one that is part of it."""

    def __init__(self, values: Iterable[str]) -> None:
        lines = {line.strip() for value in values for line in (value, *value.splitlines())}
        self._values = sorted((line for line in lines if len(line) >= _SHORTEST), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for value in self._values:
            text = text.replace(value, HIDDEN)
        return text


NOTHING = Masker(())


def masker_of(config: Mapping[str, Any]) -> Masker:
    """The line's masker; one that hides nothing where there are no secrets."""
    found: Masker = config.get("mask", NOTHING)
    return found
