"""The text that a filter looks in, and what it looks for, folded alike."""

from __future__ import annotations

import re
from unicodedata import normalize

_MARKS = re.compile("[\u0300-\u036f]+")
"""Combining diacritical marks, which stand apart after decomposition."""


def folded(text: str) -> str:
    """No case and no accents, so that `orcamento` finds `Orçamento`."""
    text = text.casefold()
    return text if text.isascii() else _MARKS.sub("", normalize("NFKD", text))
