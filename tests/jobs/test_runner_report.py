"""Reading reports that untrusted code wrote: huge, malformed, linked, contradictory. None of them passes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from worker_support import order_tests

from jobs.launcher.orders import RunReport
from jobs.testing import outputs, report, runner
from jobs.testing.material import plan_of
from jobs.testing.outputs import UnreadableError, plain_text, printed_end, read_plain
from jobs.testing.report import BrokenReportError, Case, Coverage, TestReport, parse_coverage, parse_junit


def test_a_plain_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_plain(tmp_path, "a", 5) == b"12345"
    with pytest.raises(UnreadableError, match="a is larger than"):
        read_plain(tmp_path, "a", 4)


@pytest.mark.parametrize("kind", ["link", "pipe", "directory", "device"])
def test_what_is_no_plain_file_is_not_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "junit.xml"
    if kind == "link":
        path.symlink_to("/etc/hostname")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(UnreadableError, match="is not a plain file"):
        read_plain(tmp_path, "junit.xml", 100)


def test_missing_files_and_replaced_directories_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"junit\.xml is missing"):
        read_plain(tmp_path, "junit.xml", 100)
    (tmp_path / "out").symlink_to("/etc")
    with pytest.raises(UnreadableError, match="out is not a directory"):
        read_plain(tmp_path / "out", "hostname", 100)
    with pytest.raises(UnreadableError, match="gone is not a directory"):
        read_plain(tmp_path / "gone", "x", 100)


def test_text_can_not_move_the_cursor(tmp_path: Path) -> None:
    assert plain_text("a\x1b[2Jb\nc\u202ed\x85", 100) == "a\ufffd[2Jb\nc\ufffdd\ufffd"
    assert plain_text("abc", 2) == "ab"
    (tmp_path / "printed.txt").write_bytes(b"x" * 50 + b"\xff\x07end")
    assert printed_end(tmp_path / "printed.txt", 6) == "x\ufffd\ufffdend"
    assert printed_end(tmp_path / "none.txt", 6) == "none.txt is missing"


def test_a_printed_flood_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "_PRINTED_BYTES", 1 << 20)
    (tmp_path / "printed.txt").write_bytes(b"x" * (1 << 21))
    assert printed_end(tmp_path / "printed.txt", 10) == "printed.txt is larger than 1 MB"


JUNIT = b"""<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="tests.a" name="ok"/>
<testcase classname="tests.a" name="red"><failure message="1 != 2&#10;more">trace</failure></testcase>
<testcase classname="tests.a" name="broken"><error>boom</error></testcase>
<testcase name="left"><system-out>x</system-out><skipped message=""/></testcase>
<testcase><properties/></testcase>
</testsuite></testsuites>"""


def test_cases_keep_how_they_ended_and_why() -> None:
    cases = parse_junit(JUNIT)
    assert [case.resultado for case in cases] == ["passou", "falhou", "erro", "pulado", "passou"]
    assert cases[1] == Case("tests.a::red", "red", "falhou", "1 != 2\nmore")
    assert cases[2].mensagem == "boom"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xml",
        b"<a",
        b"\xff\xfe\x00",
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    ],
)
def test_malformed_xml_and_entities_are_refused(content: bytes) -> None:
    with pytest.raises(BrokenReportError, match="does not parse"):
        parse_junit(content)


def test_deep_and_endless_reports_are_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_junit(b"<a>" * 50_000 + b"</a>" * 50_000) == []
    monkeypatch.setattr(report, "MAX_CASES", 2)
    with pytest.raises(BrokenReportError, match="more than 2 cases"):
        parse_junit(JUNIT)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"totals": 3}',
        b'{"totals": {"covered_lines": 1}}',
        b'{"totals": {"covered_lines": "1", "num_statements": 1}}',
        b'{"totals": {"covered_lines": true, "num_statements": 1}}',
        b'{"totals": {"covered_lines": -1, "num_statements": 1}}',
        b'{"totals": {"covered_lines": 1e999, "num_statements": 1}}',
    ],
)
def test_a_coverage_report_without_sound_totals_is_refused(content: bytes) -> None:
    with pytest.raises(BrokenReportError, match="no totals"):
        parse_coverage(content)


def test_more_covered_than_there_is_can_not_be() -> None:
    for totals in (
        {"covered_lines": 2, "num_statements": 1},
        {"covered_lines": 1, "num_statements": 1, "covered_branches": 3, "num_branches": 2},
    ):
        with pytest.raises(BrokenReportError, match="more than there is"):
            parse_coverage(json.dumps({"totals": totals}).encode())


def test_percent_counts_lines_and_branches() -> None:
    assert Coverage(8, 10, 1, 5).percent == 60.0
    assert Coverage(0, 0, 0, 0).percent is None


def cases(*results: report.Resultado) -> list[Case]:
    return [Case(f"t::{index}", str(index), result) for index, result in enumerate(results)]


def test_only_a_complete_green_run_has_passed() -> None:
    assert TestReport(cases("passou")).passou
    assert not TestReport([]).passou
    assert not TestReport(cases("passou"), abortado="killed").passou
    assert not TestReport(cases("passou", "pulado")).passou


def test_a_report_is_a_json_document_with_the_red_cases_first() -> None:
    made = TestReport(cases("passou", "falhou", "passou"), esperados=3, cobertura=Coverage(1, 2, 3, 4))
    document = json.loads(json.dumps(made.to_dict(max_cases=2)))
    assert [case["resultado"] for case in document["casos"]] == ["falhou", "passou"]
    assert (document["passed"], document["failed"], document["total"]) == (2, 1, 3)
    assert (document["ramos"], document["cobertura_pct"]) == ("3/4", 66.7)
    assert made.figures()["passou"] is False
    assert TestReport().figures()["ramos"] is None


PLAN = plan_of("loja", [order_tests()])


def judged(tmp_path: Path, run: RunReport, junit: bytes | None) -> TestReport:
    """What the runner makes of a run that left this behind."""

    def spawn(argv: object, *, writable: list[Path], **_: object) -> RunReport:
        if junit is not None:
            (writable[0] / "junit.xml").write_bytes(junit)
        return run

    return runner.run_tests(PLAN, None, ["loja_pedido"], spawn, tmp_path / "run")  # type: ignore[arg-type]


def junit_of(count: int, *, red: int = 0) -> bytes:
    green = "<testcase classname='a' name='b'/>" * (count - red)
    failed = "<testcase classname='a' name='b'><failure message='no'/></testcase>" * red
    return f"<testsuites>{green}{failed}</testsuites>".encode()


@pytest.mark.parametrize(
    ("run", "junit", "why"),
    [
        (RunReport(0), None, "junit.xml is missing"),
        (RunReport(0), b"<", "junit.xml does not parse"),
        (RunReport(0), junit_of(3), "the report holds 3 of 12 cases"),
        (RunReport(0), junit_of(12, red=1), "the report contradicts pytest's exit code 0"),
        (RunReport(1), junit_of(12), "the report contradicts pytest's exit code 1"),
        (RunReport(2), junit_of(12), "pytest ended with exit code 2"),
        (RunReport(137, killed_for="memory"), junit_of(12), "the run was ended: memory"),
        (RunReport(137, timed_out=True), junit_of(12), "the run was ended: timeout"),
        (RunReport(127, error="no \x07such file"), None, "the run could not be started: no \ufffdsuch file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_run_that_is_no_result_is_aborted_and_never_passed(
    tmp_path: Path, run: RunReport, junit: bytes | None, why: str
) -> None:
    made = judged(tmp_path, run, junit)
    assert made.abortado == why
    assert not made.passou
    assert made.cobertura is None


def test_a_run_that_ends_as_it_reports_is_a_result(tmp_path: Path) -> None:
    assert judged(tmp_path / "green", RunReport(0), junit_of(12)).passou
    red = judged(tmp_path / "red", RunReport(1, wall_s=1.23456, level="full"), junit_of(12, red=2))
    assert (red.abortado, red.count("falhou"), red.duracao_s, red.nivel) == ("", 2, 1.235, "full")
