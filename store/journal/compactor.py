"""`python -I -m store.journal.compactor PATH`: compact the store in PATH, in a process of its own.

A process, because a thread that merges would stop the loop of the one that it runs in.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from store.errors import OficinaError
from store.journal.compaction import compact


def main(arguments: list[str]) -> int:
    """Exit code 0 when the store is compact (or another process is at it), 1 on failure, 2 for bad usage."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -I -m store.journal.compactor PATH\n")
        return 2
    # Ctrl+Z stops the whole process group; whoever holds the store's lock then would hold up everybody.
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    os.nice(10)
    try:
        compact(Path(arguments[0]))
    except (OficinaError, OSError) as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
