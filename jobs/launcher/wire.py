"""JSON lines over pipes that are never waited for. Standard library only."""

from __future__ import annotations

import json
import os
from typing import Any

_CHUNK = 1 << 16


class LineReader:
    """Cuts what a non-blocking descriptor gives into lines, and too long a line into several."""

    def __init__(self, descriptor: int, longest: int = 1 << 20) -> None:
        self.descriptor, self.longest = descriptor, longest
        self.ended = False
        self.bytes_read = 0
        self._rest = b""

    def read(self) -> list[bytes]:
        """The complete lines that are there now; at the end also what had no newline."""
        try:
            data = os.read(self.descriptor, _CHUNK)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        self.ended = not data
        self.bytes_read += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if self._rest and (self.ended or len(self._rest) > self.longest):
            lines.append(self._rest)
            self._rest = b""
        return lines


class Outbox:
    """Bytes on their way into a non-blocking descriptor, which may take them or be gone."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.broken = False
        self.closing = False
        self._waiting = bytearray()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, data: bytes) -> None:
        if not self.broken and not self.closing:
            self._waiting += data

    def put_message(self, message: dict[str, Any]) -> None:
        self.put(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    def flush(self) -> None:
        """Write what the descriptor takes now; a broken pipe drops the rest."""
        try:
            while self._waiting:
                del self._waiting[: os.write(self.descriptor, self._waiting[:_CHUNK])]
        except BlockingIOError:
            return
        except OSError:
            self.broken = True
            self._waiting.clear()
