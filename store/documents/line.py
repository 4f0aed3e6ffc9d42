"""`linhas`: each time that a process ran the line, from its start to its end."""

from __future__ import annotations

from store.documents.base import StoredDocument, Time, TimeOrEmpty


class LineSpan(StoredDocument):
    """One of them. Whoever runs the line next closes one that ended without a word."""

    id: str = ""
    titular: str
    """The process, as in `tui:4711`."""
    inicio: Time
    fim: TimeOrEmpty = ""
    em_ordem: bool = False
    """It ended in order: not by a kill, a crash or a lost disk."""
