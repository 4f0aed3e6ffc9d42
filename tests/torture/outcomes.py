"""A pytest plugin for `make torture`: tests that each try one hostile thing are counted by their outcomes.

`-p outcomes`: what let something out, hung, or ended in a traceback has failed its test. What was skipped is
told with its reason, whatever the test.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping

import pytest
from tally import ESCAPES, HANGS, TRACEBACKS, tell, tell_skipped

EXAMPLES = int(os.environ.get("OFICINA_FUZZ", "15"))
_HUNG = ("hangs", "never came", "TimeoutExpired", "did not come")
_BROKEN = ("own_errors(", "internal error: ")
"""How it reads where a test looked for the product's own errors, and there was one."""
LOOKS_FOR_THEM = frozenset({"test_hostile_workspace", "test_hostile_text", "test_vanished_terminal"})
FILES: Mapping[str, tuple[str, str]] = {
    "test_hostile_workspace": (ESCAPES, "traps and modules of a hostile workspace"),
    "test_workspace_hostile": (ESCAPES, "traps and modules of a hostile workspace"),
    "test_comando_hostile": (ESCAPES, "hostile programs, trees and sandboxes"),
    "test_hostile_trees": (ESCAPES, "hostile programs, trees and sandboxes"),
    "test_line_sandbox": (ESCAPES, "hostile programs, trees and sandboxes"),
    "test_sandbox_memory": (ESCAPES, "hostile programs, trees and sandboxes"),
    "test_hostile_text": (ESCAPES, "texts that steer a terminal"),
    "test_spec_hostile": (TRACEBACKS, "hostile specs"),
    "test_vanished_terminal": (HANGS, "terminals that vanish"),
    "test_tui_terminal": (HANGS, "terminals that vanish"),
    "test_fuzz_definitions": (TRACEBACKS, "examples of what others write"),
}
looked: Counter[tuple[str, str]] = Counter()
found: Counter[tuple[str, str]] = Counter()
skipped: Counter[str] = Counter()


def figures_of(module: str, text: str) -> list[tuple[str, str]]:
    """Which figures a test of `module` looks at; `text` says how it failed, empty where it did not."""
    own = FILES.get(module)
    if own is None:
        return []
    # Only where it failed: above that stands the test's own text, which names what did not happen.
    said = "\n".join(line for line in text.splitlines() if line.startswith((">", "E ")))
    hung = (HANGS, own[1] if own[0] == HANGS else "hostile tries")
    broken = [(TRACEBACKS, "hostile tries")] if module in LOOKS_FOR_THEM else []
    if not text:
        return [own, *([hung] if own != hung else []), *broken]
    if broken and any(word in said for word in _BROKEN):
        return broken
    return [hung] if any(word in said for word in _HUNG) else [own]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what a test looked at, once it has run or could not."""
    if report.skipped:
        note_skipped(report)
    if report.skipped or (report.when != "call" and not report.failed):
        return
    module = report.nodeid.partition("::")[0].rpartition("/")[2].removesuffix(".py")
    for figure in figures_of(module, report.longreprtext if report.failed else ""):
        looked[figure] += EXAMPLES if module == "test_fuzz_definitions" and figure[0] == TRACEBACKS else 1
        found[figure] += report.failed


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A module that is skipped whole counts as one: how many tests are in it nobody knows."""
    if report.skipped:
        note_skipped(report)


def note_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Count what was not tried, by its reason; what is expected to fail was tried."""
    if not hasattr(report, "wasxfail"):
        said = report.longrepr
        why = said[2] if isinstance(said, tuple) else str(said)
        skipped[why.removeprefix("Skipped: ")] += 1


def pytest_sessionfinish() -> None:
    """Tell what was counted."""
    for figure, what in looked:
        tell(figure, found[figure, what], looked[figure, what], what)
    for why, many in skipped.items():
        tell_skipped(many, why)
