"""The process of one step: what it hands in, asks for, and how it fails."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jobs.attempts import Attempts
from jobs.performers import child
from jobs.performers.channel import Channel, RefusedError
from store.errors import LostToken, WrongInput

STEPS = """
from store.errors import LostToken, WrongInput

def double(input, channel):
    print("printing is harmless")
    channel.progress("dobrando", 1, 2)
    channel.output("uma\\nduas")
    return {"resultado": {"n": 2 * input["n"]}, "uso": {"tokens": 7}}

def asks(input, channel):
    return {"resultado": channel.ask({"kind": "intent", "alvo": "producao"})}

def spawns(input, channel):
    report = channel.spawn(["sh", "-c", "echo feito > feito"], writable=[channel.workdir])
    return {"resultado": {"rc": report.rc, "sha256": channel.objects.put_file(channel.workdir / "feito")}}

def breaks(input, channel):
    raise ValueError("não\\nserve")

def breaks_silently(input, channel):
    raise KeyboardInterrupt if input.get("interrupted") else RuntimeError()

def is_wrong(input, channel):
    raise WrongInput("falta o campo", file="a.yaml", line=3)
"""


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    path = tmp_path / "roots"
    path.mkdir()
    (path / "steps_of_child_test.py").write_text(STEPS)
    return path


def envelope(tmp_path: Path, roots: Path, document: dict[str, Any]) -> str:
    workdir = Attempts(tmp_path / "attempts").create("t1")
    return json.dumps(
        {
            "token": "t1",
            "workdir": str(workdir),
            "objects": str(tmp_path / "objects"),
            "level": {"name": "limits", "why": "a test"},
            "roots": [str(roots)],
            "input": {"protocolo": 1, "material": document},
        }
    )


def run(
    entry: str,
    tmp_path: Path,
    roots: Path,
    monkeypatch: pytest.MonkeyPatch,
    *replies: dict[str, Any],
    **document: Any,
) -> tuple[int, dict[str, Any] | None, list[dict[str, Any]]]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    stdin = "\n".join([envelope(tmp_path, roots, document), *map(json.dumps, replies)])
    stdout = io.StringIO()
    code = child.main([f"steps_of_child_test:{entry}"], io.StringIO(stdin), stdout)
    messages = [json.loads(line) for line in stdout.getvalue().splitlines()]
    return code, Attempts(tmp_path / "attempts").outcome("t1"), messages


def test_hands_in_a_result_with_its_usage(
    tmp_path: Path, roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, outcome, messages = run("double", tmp_path, roots, monkeypatch, n=21)
    assert code == 0
    assert outcome is not None
    assert outcome["material"]["resultado"] == {"n": 42}
    assert outcome["uso"]["tokens"] == 7
    assert outcome["uso"]["peak_rss_mb"] > 1
    assert messages == [
        {"progress": {"fase": "dobrando", "feito": 1, "total": 2, "texto": ""}},
        {"output": "uma"},
        {"output": "duas"},
    ]


def test_waits_for_the_reply_to_what_it_asks(
    tmp_path: Path, roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, outcome, messages = run("asks", tmp_path, roots, monkeypatch, {"reply": {"anterior": "v1"}})
    assert code == 0
    assert outcome is not None
    assert outcome["material"]["resultado"] == {"anterior": "v1"}
    assert messages == [{"ask": {"kind": "intent", "alvo": "producao"}}]


@pytest.mark.parametrize("replies", [[{"lost": "taken over"}], []])
def test_hands_in_nothing_once_the_lease_is_lost(
    replies: list[dict[str, Any]], tmp_path: Path, roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, outcome, _ = run("asks", tmp_path, roots, monkeypatch, *replies)
    assert code == child.EXIT_LOST
    assert outcome is None


@pytest.mark.parametrize(
    ("entry", "falha", "traced"),
    [
        ("breaks", "ValueError: não serve", True),
        ("breaks_silently", "RuntimeError", True),
        ("is_wrong", "a.yaml:3: falta o campo", False),
        ("missing", "AttributeError: module 'steps_of_child_test' has no attribute 'missing'", True),
    ],
)
def test_what_a_step_raises_is_its_failure(
    entry: str, falha: str, traced: bool, tmp_path: Path, roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, outcome, _ = run(entry, tmp_path, roots, monkeypatch)
    assert code == 0
    assert outcome is not None
    assert outcome["falha"] == falha
    assert ("Traceback" in outcome["erro"]) == traced


def test_a_refused_question_fails_the_step(
    tmp_path: Path, roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, outcome, _ = run("asks", tmp_path, roots, monkeypatch, {"refused": "o alvo não existe"})
    assert outcome is not None
    assert outcome["falha"] == "o alvo não existe"
    assert issubclass(RefusedError, Exception)
    assert not issubclass(RefusedError, LostToken | WrongInput)


def test_counts_what_its_commands_used(tmp_path: Path, roots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, outcome, _ = run("spawns", tmp_path, roots, monkeypatch)
    assert outcome is not None
    assert outcome["material"]["resultado"]["rc"] == 0
    assert (tmp_path / "objects" / outcome["material"]["resultado"]["sha256"][:2]).is_dir()
    line = envelope(tmp_path, roots, {})
    channel = Channel(json.loads(line), io.StringIO(), io.StringIO())
    for _ in range(2):
        channel.spawn(["true"], writable=[tmp_path])
    assert channel.usage["wall_s"] > 0
    assert channel.usage["peak_rss_mb"] < 100


def test_as_a_process_what_it_prints_is_not_a_message(tmp_path: Path, roots: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-I", "-m", "jobs.performers.child", "steps_of_child_test:double"],
        input=envelope(tmp_path, roots, {"n": 1}) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert [list(json.loads(line)) for line in result.stdout.splitlines()] == [
        ["progress"],
        ["output"],
        ["output"],
    ]
    assert "printing is harmless" in result.stderr
