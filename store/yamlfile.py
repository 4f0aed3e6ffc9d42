"""YAML that people write, as plain data that knows its lines; hostile input ends as one line of text.

The text is read as events, so nothing of it is ever built that the limits would refuse. Only text, numbers,
true/false, null, lists and mappings come out: dates, `yes`/`no` and numbers with leading zeros stay text.
"""

from __future__ import annotations

import copy
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from store.errors import WrongInput

YamlPath = tuple[str | int, ...]

MAX_BYTES = 2 << 20
MAX_DEPTH = 64
MAX_ALIASES = 100
MAX_NODES = 200_000

_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,299})")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]+|(?<=[0-9])\.)?([eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


@dataclass(frozen=True)
class ReadFile:
    """A file as it was at one moment: whatever is asked about it and made of it is about the same bytes."""

    path: Path
    content: bytes

    @classmethod
    def read(cls, path: Path) -> ReadFile:
        """Read a plain file, through no link; of one that is too large for `load_yaml` only so much that it
        says so. Raises WrongInput.
        """
        try:
            with os.fdopen(os.open(path, _PLAIN), "rb") as stream:
                if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                    raise WrongInput("no plain file", file=str(path))
                return cls(path, stream.read(MAX_BYTES + 1))
        except OSError as error:
            raise WrongInput(f"cannot be read: {error.strerror or error}", file=str(path)) from None

    @property
    def text(self) -> str:
        """All of it as text, whatever the bytes are."""
        return self.content.decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class YamlDoc:
    """Plain data with the line (from 1) of every key and list element."""

    data: Any
    lines: dict[YamlPath, int]
    file: str = ""

    def line(self, path: YamlPath) -> int:
        """The line of `path`, or of the nearest thing that encloses it; 0 when nothing is known."""
        for length in range(len(path), -1, -1):
            found = self.lines.get(path[:length])
            if found is not None:
                return found
        return 0

    def error(self, path: YamlPath, problem: str, remedy: str = "") -> WrongInput:
        """What is wrong at `path`, with file, line and field."""
        return WrongInput(problem, file=self.file, line=self.line(path), path=path_text(path), remedy=remedy)

    def value(self, path: YamlPath) -> Any:
        """The data at `path`.

        Raises:
            LookupError: there is no such path.
        """
        found = self.data
        for step in path:
            found = found[step]
        return found


def path_text(path: YamlPath) -> str:
    """`("regras", 2, "se")` as `regras[2].se`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that `name` was probably meant to be, or None."""
    found = get_close_matches(name, list(names), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """A remedy: the nearest right word, or all of them."""
    known = sorted(names)
    near = nearest(name, known)
    return f"did you mean {near}?" if near else f"known: {', '.join(known) or 'none'}"


def load_yaml(source: Path | ReadFile | str | bytes, file: str = "") -> YamlDoc:
    """Read one YAML document: a `Path` is opened, everything else is the document itself.

    Raises:
        WrongInput: unreadable, too large, too deep, not YAML, or with duplicate keys, tags or many aliases.
    """
    if isinstance(source, Path):
        file = file or str(source)
        source = _read(source, file)
    elif isinstance(source, ReadFile):
        file = file or str(source.path)
        source = source.content
    text = _decode(source, file)
    builder = _Builder(file)
    try:
        return builder.build(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as error:
        raise _syntax_error(error, text, file) from None


def _read(path: Path, file: str) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise WrongInput(f"cannot be read: {error.strerror or error}", file=file) from None


def _decode(source: str | bytes, file: str) -> str:
    size = len(source)
    if size > MAX_BYTES:
        raise WrongInput("the file is too large", file=file, remedy=f"at most {MAX_BYTES >> 20} MB of YAML")
    if isinstance(source, str):
        return source
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise WrongInput("not UTF-8 text", file=file, line=line, remedy="save the file as UTF-8") from None


def _syntax_error(error: yaml.YAMLError, text: str, file: str) -> WrongInput:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.context, error.problem) if part)
        return WrongInput(
            f"not YAML: {said}",
            file=file,
            line=mark.line + 1 if mark else 0,
            remedy=_syntax_remedy(text, said),
        )
    position = getattr(error, "position", None)
    line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 0
    return WrongInput("not YAML: a control character", file=file, line=line, remedy="remove it")


def _syntax_remedy(text: str, said: str) -> str:
    if "\t" in text and "token" in said:
        return "indent with spaces, not with tabs"
    return "check the indentation, and quote text that has a colon or begins with a special character"


@dataclass
class _Builder:
    """Turns parser events into plain data, within the limits."""

    file: str
    lines: dict[YamlPath, int] = field(default_factory=dict)
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    aliases: int = 0
    nodes: int = 0

    def build(self, events: Iterator[Any]) -> YamlDoc:
        data: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._wrong(event, "a second document begins here", "one document a file")
                data = self._node(next(events), events, ())
        return YamlDoc(data, self.lines, self.file)

    def _node(self, event: Any, events: Iterator[Any], path: YamlPath) -> Any:
        self.lines.setdefault(path, event.start_mark.line + 1)
        self._count(event, 1)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.tag is not None and not (isinstance(event, yaml.ScalarEvent) and event.tag == "!"):
            raise self._wrong(event, f"tags are not allowed: {event.tag}", "write the value without it")
        if len(path) > MAX_DEPTH:
            raise self._wrong(event, "nested too deeply", f"at most {MAX_DEPTH} levels")
        before = self.nodes
        if isinstance(event, yaml.ScalarEvent):
            value: Any = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(events, path)
        else:
            value = self._mapping(events, path)
        if event.anchor:
            self.anchors[event.anchor] = (value, self.nodes - before + 1)
        return value

    def _count(self, event: Any, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise self._wrong(event, "too many values", f"at most {MAX_NODES}, aliases counted in full")

    def _alias(self, event: Any) -> Any:
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            raise self._wrong(event, "too many aliases", f"at most {MAX_ALIASES}")
        if event.anchor not in self.anchors:
            raise self._wrong(event, f"no such anchor: {event.anchor}", "define it before, with &")
        value, nodes = self.anchors[event.anchor]
        self._count(event, nodes)
        return copy.deepcopy(value)

    def _sequence(self, events: Iterator[Any], path: YamlPath) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            values.append(self._node(event, events, (*path, len(values))))
        return values

    def _mapping(self, events: Iterator[Any], path: YamlPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._key(event)
            if key in values:
                raise self._wrong(event, f"the key {key} is here twice", "keep one of them")
            self.lines[(*path, key)] = event.start_mark.line + 1
            values[key] = self._node(next(events), events, (*path, key))
        return values

    def _key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._wrong(event, "a key must be plain text", "write it as one word")
        return str(event.value)

    def _scalar(self, event: Any) -> Any:
        text = event.value
        if event.style not in (None, "") or event.tag == "!":
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return int(text)
        if any(char.isdigit() for char in text) and _FLOAT.fullmatch(text):
            return self._float(event, text)
        return text

    def _float(self, event: Any, text: str) -> float:
        value = float(text)
        if value in (float("inf"), float("-inf")):
            raise self._wrong(event, f"the number is too large: {text[:40]}", "quote it if it is text")
        return value

    def _wrong(self, event: Any, problem: str, remedy: str) -> WrongInput:
        return WrongInput(problem, file=self.file, line=event.start_mark.line + 1, remedy=remedy)
