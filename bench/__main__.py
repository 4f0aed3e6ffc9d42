"""`python -m bench [NAME …]`: run the benches, all of them by default."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main(names: list[str]) -> int:
    """Each bench in a process of its own, so that none warms another up; the number of those that failed."""
    here = Path(__file__).parent
    known = sorted(path.stem.removeprefix("bench_") for path in here.glob("bench_*.py"))
    wrong = [name for name in names if name not in known]
    if wrong:
        print(f"no such bench: {wrong[0]} (there are: {', '.join(known)})")
        return 2
    failed = 0
    for name in names or known:
        print(f"── {name} " + "─" * (70 - len(name)), flush=True)
        failed += subprocess.run([sys.executable, "-m", f"bench.bench_{name}"], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
