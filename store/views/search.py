"""The text that a filter looks in, and what it looks for, folded alike."""

from __future__ import annotations

from unicodedata import combining, normalize


def folded(text: str) -> str:
    """No case and no accents, so that `orcamento` finds `Orçamento`."""
    text = text.casefold()
    if text.isascii():
        return text
    return "".join(char for char in normalize("NFKD", text) if not combining(char))
