"""Cuts a FEEL text into tokens; names with spaces are known beforehand, as DMN names must be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from jobs.feel.errors import FeelError

MAX_LENGTH = 4_000
"""Characters of one cell or expression; a longer one is refused, not read slowly."""

KEYWORDS = frozenset({"and", "or", "not", "in", "between", "true", "false", "null", "if", "then", "else"})

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SPACE = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_NAME = re.compile(r"[^\W\d]\w*")
_SYMBOL = re.compile(r"\.\.|\*\*|<=|>=|!=|[-+*/()\[\],<>=?]")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


class Kind(Enum):
    """What a token is."""

    NUMBER = "number"
    STRING = "text"
    NAME = "name"
    KEYWORD = "keyword"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the source: a string's text is its value, everything else's is what was written."""

    kind: Kind
    text: str
    position: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords or symbols."""
        return self.kind in (Kind.KEYWORD, Kind.SYMBOL) and self.text in words


def name_pattern(known: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern of the names that aren't plain words, the longest first; None when all of them are plain."""
    special = sorted(
        {name for name in known if not _NAME.fullmatch(name)}, key=lambda name: (-len(name), name)
    )
    if not special:
        return None
    spaced = [r"\s+".join(re.escape(word) for word in name.split()) for name in special]
    return re.compile(r"(?:" + "|".join(spaced) + r")(?!\w)")


class Lexer:
    """Tokens of one text; raises FeelError at the first character that fits nothing."""

    def __init__(self, text: str, known: re.Pattern[str] | None = None) -> None:
        if len(text) > MAX_LENGTH:
            raise FeelError(f"longer than {MAX_LENGTH} characters", text, MAX_LENGTH)
        if found := _CONTROL.search(text):
            raise FeelError(
                "a control character", text, found.start(), remedy="write it as \\u and four digits"
            )
        self._text, self._known, self._at = text, known, 0

    def tokens(self) -> list[Token]:
        """All tokens, an END token last."""
        found = []
        while (token := self._next()).kind is not Kind.END:
            found.append(token)
        return [*found, token]

    def _next(self) -> Token:
        if space := _SPACE.match(self._text, self._at):
            self._at = space.end()
        start = self._at
        if start >= len(self._text):
            return Token(Kind.END, "", len(self._text))
        kind, text = self._piece(start)
        return Token(kind, text, start)

    def _piece(self, start: int) -> tuple[Kind, str]:
        if self._text[start] == '"':
            return Kind.STRING, self._string(start)
        if self._known and (match := self._known.match(self._text, start)):
            self._at = match.end()
            return Kind.NAME, " ".join(match.group().split())
        for kind, pattern in ((Kind.NUMBER, _NUMBER), (Kind.NAME, _NAME), (Kind.SYMBOL, _SYMBOL)):
            if match := pattern.match(self._text, start):
                self._at = match.end()
                word = match.group()
                return (Kind.KEYWORD if word in KEYWORDS else kind), word
        raise FeelError(f"{self._text[start]!r} has no meaning here", self._text, start)

    def _string(self, start: int) -> str:
        match = _STRING.match(self._text, start)
        if match is None:
            raise FeelError("the text that begins here has no closing quote", self._text, start)
        self._at = match.end()
        return _ESCAPE.sub(lambda found: self._unescape(found, start + 1), match.group(1))

    def _unescape(self, found: re.Match[str], offset: int) -> str:
        code = found.group(1) or found.group(2)
        if code is not None:
            number = int(code, 16)
            if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
                raise FeelError(f"{found.group()} is not a character", self._text, offset + found.start())
            return chr(number)
        if found.group(3) not in _ESCAPED:
            raise FeelError(f"unknown escape {found.group()}", self._text, offset + found.start())
        return _ESCAPED[found.group(3)]
