"""Programs that misbehave, each bounded to a few seconds in case nobody stops them."""

from __future__ import annotations

import sys


def python(code: str) -> list[str]:
    """The command that runs some Python without the user's site."""
    return [sys.executable, "-I", "-S", "-c", code]


ENDLESS_LOOP = "import time\nend = time.monotonic() + 20\nwhile time.monotonic() < end: pass"
FORK_STORM = "import os, time\nend = time.monotonic() + 3\nwhile time.monotonic() < end: os.fork()"
FORK_STORM_IN_SESSIONS = (
    "import os, time\n"
    "end = time.monotonic() + 3\n"
    "while time.monotonic() < end:\n"
    "  if os.fork() == 0: os.setsid()"
)
SIX_GIGABYTES = "bytearray(6 << 30)"
SIX_GIGABYTES_TOGETHER = (
    "import os, time\n"
    "for _ in range(6):\n"
    "  if os.fork() == 0: kept = bytearray(b'x') * (1 << 30); time.sleep(20)\n"
    "time.sleep(20)"
)
HUNDRED_MEGABYTES_OUT = "import sys\nfor _ in range(100_000): print('x' * 1000)"
DETACHED_S = 60
DETACHED_CHILD = (
    "import os, sys, time\n"
    "if os.fork() == 0:\n"
    "  os.setsid()\n"
    "  if os.fork() == 0:\n"
    "    for name in (1, 2): os.close(name)\n"
    f"    time.sleep({DETACHED_S})\n"
    "  os._exit(0)\n"
    "os.wait()"
)
