"""Figures beside a line: restored off its thread, kept up to date by its commits, saved at its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from line_factory import Paths, actor, contract, contracts, run, setup, wait_for

from jobs import line_metrics
from jobs.line import Line
from jobs.line_metrics import LineMetrics, Pacer, Stopped
from jobs.line_submit import NotRunningError
from store.errors import StoreError
from store.journal.files import METRICS
from store.metrics.asking import Ask
from store.metrics.facts import Facts
from store.metrics.families import FAMILIES
from store.metrics.model import Page
from store.metrics.service import MetricsService

Result = TypeVar("Result")


@pytest.fixture
def lines() -> Iterator[list[Line]]:
    running: list[Line] = []
    yield running
    for line in running:
        line.stop(0.0)


def a_line(lines: list[Line], path: Path) -> Line:
    """One with a type of items that nobody does."""
    made = setup(path, contracts=contracts(contract("tarefa")), actors=(actor("Robo", "outra"),), steps={})
    return run(lines, made)


def metrics(line: Line) -> LineMetrics:
    return line.submit(lambda core: LineMetrics.begin(core, "loja-1", "UTC", {})).result(60)


def ask(line: Line, work: Callable[[MetricsService], Result]) -> Result:
    return metrics(line).answer(work).result(60)


def produce(line: Line, count: int = 1) -> None:
    def some(core: Any) -> None:
        for _ in range(count):
            core.backlog.produzir({"tipo": "tarefa", "contexto": {"n": 1}}, produtor="humano")

    line.submit(some).result(60)


def saved(path: Path) -> bool:
    return (Paths(path).store / METRICS).exists()


def test_figures_follow_the_lines_commits_and_are_saved_at_its_end(tmp_path: Path, lines: list[Line]) -> None:
    line = a_line(lines, tmp_path)
    produce(line)
    first = ask(line, lambda service: service.facts())
    assert len(first.itens) == 1
    assert metrics(line) is metrics(line)
    produce(line, 2)
    later: Facts = ask(line, lambda service: service.facts())
    assert len(later.itens) == 3
    assert later.gravacoes_ms, "the line tells how long its saves take"
    assert [span.fim for span in later.linhas] == [None]
    assert not saved(tmp_path)
    line.stop(0.0)
    assert saved(tmp_path)
    again = a_line(lines, tmp_path)
    assert ask(again, lambda service: service.unsaved) < 5


def test_pages_are_made_in_no_thread_of_the_lines(tmp_path: Path, lines: list[Line]) -> None:
    line = a_line(lines, tmp_path)
    here = line.submit(lambda _: threading.get_ident()).result(60)
    there = ask(line, lambda _: threading.get_ident())
    assert there not in (here, threading.get_ident())


def test_a_line_that_nobody_asks_keeps_no_figures(tmp_path: Path, lines: list[Line]) -> None:
    line = a_line(lines, tmp_path)
    produce(line)
    line.stop(0.0)
    assert not saved(tmp_path)


def test_much_that_is_new_is_saved_while_the_line_runs(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_metrics, "WORTH_SAVING", 3)
    line = a_line(lines, tmp_path)
    ask(line, lambda service: service.facts())
    produce(line, 4)
    wait_for(lambda: saved(tmp_path), "the file")


def test_what_can_t_be_read_is_told_to_whoever_asks(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(MetricsService, "restore", broken)
    line = a_line(lines, tmp_path)
    with pytest.raises(StoreError, match=r"the metrics can't be read: ValueError\('a bug'\)"):
        ask(line, lambda service: service.facts())


def test_a_line_that_ends_meanwhile_leaves_nobody_waiting(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()

    def without_end(_: MetricsService, pace: Pacer) -> None:
        begun.set()
        while True:
            pace()

    monkeypatch.setattr(MetricsService, "restore", without_end)
    line = a_line(lines, tmp_path)
    found = metrics(line)
    waiting = found.answer(lambda service: service.facts())
    assert begun.wait(60)
    line.stop(0.0)
    with pytest.raises(StoreError, match="the line has ended"):
        waiting.result(60)
    with pytest.raises(NotRunningError):
        found.answer(lambda service: service.facts())
    assert not saved(tmp_path)


def test_work_rests_between_its_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 0.0, 0.0005, 0.002, 0.002])
    rests: list[float] = []
    monkeypatch.setattr("jobs.line_metrics.time.perf_counter", lambda: next(times))
    monkeypatch.setattr("jobs.line_metrics.time.sleep", rests.append)
    pacer = Pacer()
    for _ in range(3):
        pacer()
    assert len(rests) == 2
    pacer.stopped = True
    with pytest.raises(Stopped):
        pacer()


def test_each_page_is_looked_at_once_before_anybody_asks(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, str, bool]] = []
    page = MetricsService.page
    mine = threading.get_ident()

    def watched(service: MetricsService, ask: Ask) -> Page:
        seen.append((ask.periodo, ask.familia, threading.get_ident() == mine))
        if ask.familia == "recursos":
            raise StoreError("this one can't be made")
        return page(service, ask)

    monkeypatch.setattr(MetricsService, "page", watched)
    line = a_line(lines, tmp_path)
    ask(line, lambda service: service.facts())
    wait_for(lambda: len(seen) == 2 * len(FAMILIES))
    assert seen == [(periodo, familia, False) for periodo in ("90d", "tudo") for familia in FAMILIES]


def test_a_line_that_ends_looks_at_no_more_pages(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def watched(_: MetricsService, ask: Ask) -> Page:
        seen.append(ask.familia)
        begun.set()
        assert go_on.wait(60)
        return Page(ask.familia, "", ())

    monkeypatch.setattr(MetricsService, "page", watched)
    line = a_line(lines, tmp_path)
    made = metrics(line)
    assert begun.wait(60)
    ending = threading.Thread(target=line.stop, args=(0.0,))
    ending.start()
    wait_for(lambda: made._pacer.stopped)
    go_on.set()
    ending.join(60)
    assert seen == [next(iter(FAMILIES))]
