"""What is approved of a program, and what of it a step says before it begins."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from comando_support import command, done

from jobs.attempts import Objects
from jobs.config import Config
from jobs.performers import places
from jobs.performers.artifacts import keep_artifacts
from jobs.performers.channel import Channel
from jobs.performers.commands import named_words, place_problem, program_document, workspace_names
from jobs.performers.hearing import Hearing
from jobs.performers.places import place_of
from jobs.performers.program import Program, ProgramFailed, Runner
from jobs.sandbox import LIMITS_ONLY
from jobs.secrets import Masker
from jobs.steps.ground import say_history
from jobs.trust import Definition, definitions_of
from jobs.workspace import WorkspacePaths
from store.errors import WrongInput


def test_a_small_text_is_approved_word_for_word(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print('olá')\n", encoding="utf-8")
    assert place_of(tmp_path, "a.py").text == "print('olá')\n"


def test_of_all_else_its_digest_is_approved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\x00")
    (tmp_path / "long").write_bytes(b"x" * 70_000)
    assert place_of(tmp_path, "binary").text.endswith(" 2 bytes")
    assert place_of(tmp_path, "long").text.endswith(" 70000 bytes")
    monkeypatch.setattr(places, "MAX_BYTES", 1000)
    assert (
        place_of(tmp_path, "long").text
        == "can't be approved: long has 70000 bytes and is too large to be approved"
    )


def test_what_is_no_file_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    assert place_of(tmp_path, "link").text == "can't be approved: link leads through a link"
    assert place_of(tmp_path, "pipe").text == "can't be approved: pipe is no plain file"
    assert place_of(tmp_path, "gone").text == "is not there"


def test_a_directory_is_approved_file_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "d" / "sub").mkdir(parents=True)
    (tmp_path / "d" / "sub" / "a").write_text("1")
    before = place_of(tmp_path, "d")
    assert before.text.startswith("sub/a 6b86b273")
    (tmp_path / "d" / "sub" / "a").write_text("2")
    assert place_of(tmp_path, "d").sha256 != before.sha256
    (tmp_path / "d" / "b").write_text("22")
    monkeypatch.setattr(places, "MAX_FILES", 2)
    assert "too large to be approved" in place_of(tmp_path, "d").problem
    monkeypatch.setattr(places, "MAX_FILES", 10)
    monkeypatch.setattr(places, "MAX_BYTES", 1)
    assert "too large to be approved" in place_of(tmp_path, "d").problem


def test_a_directory_that_holds_a_link_or_what_cannot_be_shown_is_not_approved(tmp_path: Path) -> None:
    directory = tmp_path / "d"
    directory.mkdir()
    (directory / "link").symlink_to("a")
    assert place_of(tmp_path, "d").problem == "d/link is a link"
    (directory / "link").unlink()
    os.mkfifo(directory / "pipe")
    assert place_of(tmp_path, "d").problem == "d/pipe is no plain file"
    (directory / "pipe").unlink()
    (directory / "a 00 1 bytes\nb").write_text("1")
    assert "whose name can't be shown: 'a 00 1 bytes\\nb'" in place_of(tmp_path, "d").problem


def test_what_cannot_be_read_is_not_approved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("1")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("jobs.performers.places.os.open", refuse)
    assert place_of(tmp_path, "a").problem == "a can't be read: Permission denied"


def test_a_private_key_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\nMC4CAQ\n")
    assert "MC4CAQ" not in place_of(tmp_path, "key.pem").text


@pytest.mark.parametrize("granted", ["chaves", "chaves/assinatura.pem", "own", "own/key.pem"])
def test_a_signing_key_is_granted_to_no_program(granted: str, tmp_path: Path) -> None:
    for name in ("chaves/assinatura.pem", "own/key.pem"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("secret")
    for name in (granted, str(tmp_path / granted)):
        problem = place_problem(command(argv=["{python}"], leitura=[name]), tmp_path, "own/key.pem")
        assert problem == ("leitura", f"{name} holds a signing key, which is never handed to a program")
    actors = f"Eco: {{comandos: {{a: {{argv: [x], leitura: [{granted}]}}}}}}"
    (tmp_path / "actors.yaml").write_text(actors)
    found = definitions_of(WorkspacePaths(tmp_path), Config("w", signing_key="own/key.pem"))
    assert not any("secret" in each.text for each in found)
    assert next(each.problem for each in found if each.name == f"actors.yaml: {granted}")


def test_a_key_that_is_a_link_is_not_granted_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "chaves").mkdir()
    (tmp_path / "theirs.pem").write_text("secret")
    (tmp_path / "chaves" / "assinatura.pem").symlink_to(tmp_path / "theirs.pem")
    assert "a signing key" in place_problem(command(leitura=["theirs.pem"], argv=["x"]), tmp_path)[1]


def test_what_a_command_that_runs_in_the_workspace_names(tmp_path: Path) -> None:
    for name in ("big.sh", "sub/a.py", "git", ".oficina/deploy/x", ".oficina/store/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")

    def named(*argv: object) -> list[str]:
        return named_words(argv, tmp_path)

    assert named("sh", "big.sh", "none.sh", "", 3) == ["big.sh"]
    assert named("./big.sh") == named(str(tmp_path / "big.sh")) == named("sh", "sub/../big.sh") == ["big.sh"]
    assert named("sh", "--rcfile=sub/a.py", f"../{tmp_path.name}/big.sh") == ["sub/a.py", "big.sh"]
    assert named("{python}", "{workspace}/./sub/a.py") == ["sub/a.py"]
    assert named("git", "--version", ".", "/usr/bin/env") == []
    assert named("test", "-e", "big.sh") == [], "what only looks runs nothing"
    assert named("tar", "--checkpoint-action=exec=sh big.sh", "big.sh") == ["big.sh"]
    assert named("sh", ".oficina/deploy/x", ".oficina/store/x") == [".oficina/store/x"]
    assert place_of(tmp_path, ".oficina/store/x").problem == ".oficina/store/x is in the store"


def test_what_was_handed_over_is_looked_at_again_before_the_program_starts(tmp_path: Path) -> None:
    root, data, harmless = tmp_path / "w", tmp_path / "data", tmp_path / "harmless"
    (root / "tools").mkdir(parents=True)
    (root / ".oficina").mkdir()
    harmless.mkdir()
    (root / "tools" / "eco.py").write_text("1")
    data.symlink_to(harmless)
    definition = command(argv=["{python}", "{workspace}/tools/eco.py"], leitura=[str(data)])
    document = program_document(definition, root, {})
    assert document["leitura"] == [str(root / "tools" / "eco.py"), str(harmless)], (
        "wherever the link leads then"
    )

    def said() -> str:
        channel, _ = channel_of(tmp_path)
        with pytest.raises(ProgramFailed) as caught:
            Runner(Program(**document), channel).run({"item": {"id": "x"}}, tmp_path)
        return str(caught.value)

    harmless.rmdir()
    harmless.symlink_to(root / ".oficina")
    assert said() == f"not run: {harmless} became a link"
    harmless.unlink()
    harmless.mkdir()
    (root / "tools" / "eco.py").write_text("2")
    assert said() == f"not run: {root}/tools/eco.py changed since it was approved"
    document["leitura"].append(str(root / ".oficina"))
    assert said() == f"not run: {root}/.oficina holds the store, which is never handed to a program"


def test_places_that_a_command_cannot_have_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a").write_text("1")
    (tmp_path / "link").symlink_to("d")
    os.mkfifo(tmp_path / "pipe")
    argv = ["{python}"]

    def said(*leitura: str) -> tuple[str, str]:
        return place_problem(command(argv=argv, leitura=leitura), tmp_path)

    assert said("d", "d/a", "./d") == ("leitura", "")
    assert said("link/a") == ("leitura", "link/a leads through a link")
    assert said("pipe") == ("leitura", "pipe is no plain file")
    monkeypatch.setattr(places, "MAX_FILES", 0)
    assert "too large to be approved" in said("d")[1]


def test_what_a_command_names_of_the_workspace() -> None:
    argv = ["{python}", "--config={workspace}/etc/a.toml", "{workspace}/a.py", "b.py"]
    assert workspace_names(argv, ["data", "/opt/x", "../x", "a.py"]) == ["etc/a.toml", "a.py", "data"]


@pytest.mark.parametrize(
    "text",
    [
        "Eco: [",
        "[]",
        "Eco: 1",
        "Eco: {comandos: 1}",
        "Eco: {comandos: {eco: 1}}",
        "Eco: {comandos: {eco: {argv: 1}}}",
    ],
)
def test_actors_that_are_wrong_are_approved_as_they_are(text: str, tmp_path: Path) -> None:
    (tmp_path / "actors.yaml").write_text(text)
    found = definitions_of(WorkspacePaths(tmp_path), Config("w"))
    assert found == [Definition("actors.yaml", text)]


def test_each_part_of_a_program_is_approved_once(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    command = "{argv: ['{workspace}/a.py'], leitura: [a.py, gone]}"
    (tmp_path / "actors.yaml").write_text(f"Eco: {{comandos: {{a: {command}, b: {command}}}}}")
    found = definitions_of(WorkspacePaths(tmp_path), Config("w"))[1:]
    assert found == [
        Definition("actors.yaml: a.py", "1"),
        Definition("actors.yaml: gone", "is not there"),
    ]


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["/usr/bin/python3", "-I", "/w/tools/eco.py", "x"], "eco.py"),
        (["/usr/bin/make", "all"], "make"),
        (["-x"], "-x"),
    ],
)
def test_people_know_a_program_by_its_script(argv: list[str], name: str) -> None:
    assert Program(argv, [], {}, {}, 1.0, None, 0, False).name == name


def channel_of(tmp_path: Path, **document: Any) -> tuple[Channel, io.StringIO]:
    said = io.StringIO()
    envelope = {
        "token": "t",
        "workdir": str(tmp_path),
        "objects": str(tmp_path / "objects"),
        "level": {"name": "limits", "why": ""},
        "input": document,
    }
    return Channel(envelope, io.StringIO(), said), said


def test_a_step_says_why_the_last_attempt_ended_and_what_the_owner_wrote(tmp_path: Path) -> None:
    earlier = [{"motivo": "no\npaper"}, {"motivo": ""}]
    channel, said = channel_of(tmp_path, item={"tentativa": 3}, tentativas=earlier, recado="try " + "x" * 400)
    say_history(channel)
    lines = [json.loads(line) for line in said.getvalue().splitlines()]
    assert lines[0] == {"output": "attempt 3; the last one: no paper"}
    assert lines[1]["progress"]["texto"] == "no paper"
    assert lines[2]["output"].startswith("the owner says: try xxx")
    assert lines[2]["output"].endswith("…")


def test_a_step_without_a_history_says_nothing(tmp_path: Path) -> None:
    channel, said = channel_of(tmp_path, item={"tentativa": 1}, tentativas=[], recado="")
    say_history(channel)
    assert said.getvalue() == ""


def test_messages_of_another_shape_are_output(tmp_path: Path) -> None:
    from jobs.performers.amounts import Tally

    channel, said = channel_of(tmp_path)
    hearing = Hearing(channel, Masker(()), Tally(channel.refuse_usage))
    for line in ('{"progress": {"fase": "a", "feito": -1}}', "{", '{"a": 1, "b": 2}', '{"usage": {"x": 1}}'):
        hearing("out", line)
    hearing("err", '{"outcome": {}}')
    assert not hearing.outcomes
    assert not hearing.broken
    shown = [json.loads(line) for line in said.getvalue().splitlines()]
    assert {"usage": {"recusado": "no such amount: 'x'"}} in shown
    assert [each["output"] for each in shown if "output" in each] == [
        '{"progress": {"fase": "a", "feito": -1}}',
        "{",
        '{"a": 1, "b": 2}',
        "usage refused: no such amount: 'x'",
        '{"outcome": {}}',
    ]


def test_artifacts_together_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ab":
        (tmp_path / name).write_text("12345")
    objects = Objects(tmp_path / "objects")
    assert set(keep_artifacts(objects, tmp_path, ["a", "b"])) == {"a", "b"}
    monkeypatch.setattr("jobs.performers.artifacts.MAX_BYTES", 8)
    with pytest.raises(WrongInput, match=r"artefatos\[1\]: b is too large"):
        keep_artifacts(objects, tmp_path, ["a", "b"])


def test_a_program_that_cannot_be_started_below_full_says_so(tmp_path: Path) -> None:
    item = done(
        tmp_path,
        "",
        definition=command(argv=["no-such-program"]),
        level=LIMITS_ONLY,
        below_full="all",
    )
    assert item["motivo"].startswith("could not start: no-such-program: ")
