"""What a program says while it runs: progress, usage, output and its outcome, a line each, all untrusted."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from jobs.performers.amounts import Tally
from jobs.performers.channel import Channel
from jobs.secrets import Masker

_KINDS = ("progress", "usage", "output", "outcome")
_MEANT = re.compile(r'\s*\{\s*"outcome"\s*:')
_LONGEST_WORD, _LONGEST_TEXT = 80, 200
_PROGRESS = {"fase", "feito", "total", "texto"}


class Hearing:
    """Takes one run's lines: what the line's protocol knows goes on to the line, the rest is output."""

    def __init__(self, channel: Channel, mask: Masker, tally: Tally) -> None:
        self._channel, self._mask, self._tally = channel, mask, tally
        tally.begin()
        self.outcomes: list[Any] = []
        """What it said as its outcome: one, if it keeps the protocol."""
        self.broken = False
        """It meant to say an outcome, but what came is no JSON."""
        self.last_words = ""

    def __call__(self, stream: str, line: str) -> None:
        """Take one line of `out` or `err`."""
        kind, value = _message(line) if stream == "out" else ("", None)
        if kind == "outcome":
            self.outcomes.append(value)
        elif kind == "usage":
            self.use(value)
        elif kind != "progress" or not self._advance(value):
            self._show(value if kind == "output" and isinstance(value, str) else line)
            self.broken = self.broken or (stream == "out" and not kind and bool(_MEANT.match(line)))

    def use(self, said: Any, *, total: bool = False) -> None:
        """Take what calls of models and other systems used; `total` for the whole run's."""
        fresh = self._tally.add(said, total=total)
        if fresh:
            self._channel.report_usage(**{name: self._masked(value) for name, value in fresh.items()})

    def _advance(self, said: Any) -> bool:
        """Show progress; False for what is none in shape."""
        if not isinstance(said, Mapping) or set(said) - _PROGRESS or not isinstance(said.get("fase"), str):
            return False
        counts = [said.get("feito"), said.get("total")]
        if not all(count is None or (type(count) is int and 0 <= count < 1 << 53) for count in counts):
            return False
        texto = str(said.get("texto", ""))[:_LONGEST_TEXT]
        fase = self._mask(said["fase"][:_LONGEST_WORD])
        self._channel.progress(fase, counts[0], counts[1], self._mask(texto))
        return True

    def _show(self, text: str) -> None:
        shown = self._mask(text.encode("utf-8", "replace").decode())
        self.last_words = shown.strip() or self.last_words
        self._channel.output(shown)

    def _masked(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            masked: Counter[str] = Counter()
            for name, calls in value.items():
                masked[self._mask(name)] += calls
            return dict(masked)
        return self._mask(value) if isinstance(value, str) else value


def _message(line: str) -> tuple[str, Any]:
    """A line's one key and its value where it is a message; an empty key for any other line."""
    if not line.lstrip().startswith("{"):
        return "", None
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return "", None
    if not isinstance(document, dict) or len(document) != 1:
        return "", None
    kind, value = next(iter(document.items()))
    return (kind, value) if kind in _KINDS else ("", None)
