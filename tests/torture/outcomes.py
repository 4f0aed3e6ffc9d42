"""A pytest plugin for `make torture`: tests that each try one hostile thing are counted by their outcomes.

`-p outcomes`: what let something out, hung, or ended in a traceback has failed its test.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping

import pytest
from tally import ESCAPES, HANGS, TRACEBACKS, tell

EXAMPLES = int(os.environ.get("OFICINA_FUZZ", "15"))
_HUNG = ("hangs", "never came", "TimeoutExpired", "did not come")
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


def figures_of(module: str, text: str) -> list[tuple[str, str]]:
    """Which figures a test of `module` looks at; `text` says how it failed, empty where it did not."""
    own = FILES.get(module)
    hung = (HANGS, "hostile tries")
    if own is None:
        return []
    if own[0] == HANGS:
        return [own]
    if not text:
        return [own, hung]
    return [hung] if any(word in text for word in _HUNG) else [own]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what a test looked at, once it has run or could not."""
    if report.skipped or (report.when != "call" and not report.failed):
        return
    module = report.nodeid.partition("::")[0].rpartition("/")[2].removesuffix(".py")
    for figure in figures_of(module, report.longreprtext if report.failed else ""):
        looked[figure] += EXAMPLES if module == "test_fuzz_definitions" and figure[0] == TRACEBACKS else 1
        found[figure] += report.failed


def pytest_sessionfinish() -> None:
    """Tell what was counted."""
    for figure, what in looked:
        tell(figure, found[figure, what], looked[figure, what], what)
