"""Sealed lines: one JSON object a line, each ending in a checksum that is chained to the line before it."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from typing import Any

from store.errors import StoreError

FORMAT = "oficina-store/1"
SEAL_LENGTH = 19
"""Bytes of `,"crc":"xxxxxxxx"}` and the newline."""

_TOO_LARGE = 10**15

Document = dict[str, Any]

_TEXT = frozenset({str})
_SCALARS = frozenset({str, int, float, bool, type(None)})
_SEAL = re.compile(rb',"crc":"([0-9a-f]{8})"}\n\Z')
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
# What `_encoder.encode` makes for each document anew, made once: a third of what a document takes. Without
# its look for loops: those end in a RecursionError all the same.
_chunks: Callable[[object, int], tuple[str, ...]] = json.encoder.c_make_encoder(  # type: ignore[attr-defined]
    None, _encoder.default, json.encoder.encode_basestring, None, ":", ",", False, False, False
)
_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


def encode(value: object) -> bytes:
    """Compact UTF-8 JSON; StoreError for what JSON has no word for (NaN, lone surrogates, loops, objects)."""
    try:
        return "".join(_chunks(value, 0)).encode()
    except (TypeError, ValueError, RecursionError) as reason:
        raise StoreError(f"not a JSON document: {reason}") from reason


def decode(raw: bytes) -> Any:
    """What `encode` was given, always as new objects; ValueError when `raw` is not one JSON value."""
    return json.loads(raw)


def decode_trusted(raw: bytes) -> Any:
    """Like `decode`, for bytes that `encode` made: skips the look for stray whitespace and trailing text."""
    return _scan(str(raw, "utf-8"), 0)[0]


def decode_document(raw: bytes) -> Document:
    """Like `decode_trusted`, for a row of which nobody knows what made it; ValueError when it is no document
    that `encode` would take.
    """
    text = str(raw, "utf-8")
    try:
        found, end = _scan(text, 0)
    except (StopIteration, RecursionError):
        raise ValueError("no JSON") from None
    if type(found) is not dict or end != len(text):
        raise ValueError("no JSON object")
    if "\\" in text and ("\\ud" in text or "\\uD" in text):
        # Half a pair of surrogates is no text; `encode` writes whole ones as they are.
        try:
            encode(found)
        except StoreError as reason:
            raise ValueError(str(reason)) from None
    return found


def is_flat(document: Document) -> bool:
    """Whether decoding what `encode` makes of it gives no more than `dict(document)`: it holds nothing that
    could be changed, and no types of which JSON makes others.
    """
    return _TEXT.issuperset(map(type, document)) and _SCALARS.issuperset(map(type, document.values()))


def is_plain(value: Any) -> bool:
    """Whether decoding what `encode` makes of it gives its equal, with the same types all the way down."""
    kind = type(value)
    if kind is dict:
        if not _TEXT.issuperset(map(type, value)):
            return False
        value = value.values()
    elif kind is not list:
        return kind in _SCALARS
    for each in value:  # noqa: SIM110 (a generator takes half as long again, and this is done for all that is written)
        if type(each) not in _SCALARS and not is_plain(each):
            return False
    return True


def end_marker(following: int) -> bytes:
    """The body of the line that closes a segment: transaction `following` begins the next one."""
    return b'{"end":%d' % following


def seal(body: bytes, previous: int) -> tuple[bytes, int]:
    """The whole line for `body` (an object without its closing brace), and its checksum.

    `previous` is the checksum of the line before: a lost, moved or edited line shows in the next one.
    """
    checksum = zlib.crc32(body, previous)
    return body + b',"crc":"%08x"}\n' % checksum, checksum


def unseal(line: bytes, previous: int) -> tuple[Document, int] | None:
    """The object and checksum of a line, or None when the line is not exactly what `seal` wrote there."""
    checksum = claimed_checksum(line)
    if checksum is None or zlib.crc32(line[:-SEAL_LENGTH], previous) != checksum:
        return None
    try:
        found = decode(line)
    except (ValueError, RecursionError):
        return None
    return (found, checksum) if isinstance(found, dict) else None


def claimed_checksum(line: bytes) -> int | None:
    """The checksum that a line says it has; None when it does not end in a seal."""
    match = _SEAL.search(line[-SEAL_LENGTH:])
    return int(match[1], 16) if match else None


def is_checksum(value: object) -> bool:
    """Whether it is a checksum as headers name one: eight digits of hexadecimal."""
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8}", value) is not None


def is_numbers(value: object) -> bool:
    """Whether it is an object of whole numbers, as the schema numbers and next ids are."""
    return isinstance(value, dict) and all(map(is_number, value.values()))


def is_number(value: object) -> bool:
    """Whether it is a whole number of ours: none is negative, and none has more digits than a name holds."""
    return type(value) is int and 0 <= value < _TOO_LARGE


def format_number(header: Document) -> int | None:
    """The number of the store's format that a header names; None when it is no store of ours."""
    match = re.fullmatch(r"oficina-store/([0-9]{1,9})", str(header.get("format")))
    return int(match[1]) if match else None
