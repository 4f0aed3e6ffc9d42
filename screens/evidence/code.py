"""Artifacts and spec files as highlighted text; large ones plain, so that a key never waits for colours."""

from __future__ import annotations

from textual.content import Content
from textual.highlight import highlight

from screens.evidence.layout import DIM, span
from screens.text import clean

COLOURED_CHARS = 24_000
"""Beyond this many characters a file is shown without colours: highlighting costs about 1 ms a KB."""

_LANGUAGES = {
    ".py": "python",
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".dmn": "xml",
    ".bpmn": "xml",
    ".xml": "xml",
    ".md": "markdown",
    ".toml": "toml",
    ".sh": "bash",
    ".html": "html",
}


def language_of(name: str) -> str:
    """The language that a file's name tells; empty where it tells none."""
    return _LANGUAGES.get(name[name.rfind(".") :].lower(), "") if "." in name else ""


def code(text: str, name: str) -> list[Content]:
    """The lines of a file, numbered, coloured where its name tells a language and it is not too large."""
    body = clean(text).expandtabs(4)
    language = language_of(name)
    coloured = (
        highlight(body, language=language) if language and len(body) <= COLOURED_CHARS else Content(body)
    )
    lines = list(coloured.split("\n", allow_blank=True))
    while lines and not lines[-1].plain.strip():
        lines.pop()
    digits = len(str(len(lines)))
    return [_numbered(index, line, digits) for index, line in enumerate(lines, 1)] or [span("empty", DIM)]


def _numbered(index: int, line: Content, digits: int) -> Content:
    return Content.styled(f"{index:>{digits}} ", "$foreground 40%") + line
