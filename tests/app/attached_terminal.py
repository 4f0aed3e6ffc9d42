"""`oficina` on a terminal of its own, read all the time, so that it never waits for whoever looks at it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
OFICINA = [sys.executable, "-c", "import sys; from app.main import main; sys.exit(main())"]
_ALONE_S = 0.8
_CONTROL = re.compile(rb"\x1b\[[0-9;?=>$]*[a-zA-Z]|\x1b\][^\x07]*\x07|\x1b[()=>].?")


def wait_for(condition: Callable[[], object], what: str, limit_s: float = 60.0) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"{what} never came"
        time.sleep(0.02)


class Screen:
    """One `oficina` in a workspace, with the directory as its current one."""

    def __init__(self, shop: Path, *, rows: int = 40, columns: int = 120) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
        # It is killed, or measured: what it covers could not be told.
        environment.pop("COVERAGE_PROCESS_CONFIG", None)
        self.process = subprocess.Popen(
            OFICINA, cwd=shop, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env=environment,
        )  # fmt: skip
        os.close(slave)
        self._output, self._lock = b"", threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                found = os.read(self._master, 1 << 16)
            except OSError:
                return
            if not found:
                return
            with self._lock:
                self._output += found

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def shown(self) -> str:
        """All text since the last `forget`, without what only moves and colours."""
        with self._lock:
            return _CONTROL.sub(b"", self._output).decode("utf-8", "replace")

    def forget(self) -> None:
        """What is waited for from now on has to be shown anew."""
        with self._lock:
            self._output = b""

    def shows(self, text: str) -> None:
        """Wait until a text was shown."""
        deadline = time.monotonic() + 60.0
        while text not in self.shown:
            assert time.monotonic() < deadline, f"{text!r} never shown: {self.shown[-1500:]}"
            time.sleep(0.02)

    def press(self, key: str) -> None:
        os.write(self._master, key.encode())

    def press_until(self, key: str, condition: Callable[[], object], what: str) -> None:
        """Press a key now and again: a dialog takes none before it was left alone for a moment."""
        deadline = time.monotonic() + 60.0
        while not condition():
            assert time.monotonic() < deadline, f"{key} never brought {what}: {self.shown[-600:]}"
            self.press(key)
            time.sleep(_ALONE_S)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(5)
        os.close(self._master)
