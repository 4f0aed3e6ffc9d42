"""Deploying and rolling back: one rename, a smoke test, the way back, and what is kept."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from pathlib import Path

import pytest
from deploy_support import BAD, channel, live, release, target
from worker_support import FakeChannel

from jobs.deploy.deploying import Known, deploy, roll_back, settle, take_away
from jobs.deploy.target import DEFAULT_SMOKE, DeployError, Target, TargetBusyError, UnclearTargetError
from jobs.performers.channel import Channel
from jobs.release import MANIFEST, ReleaseError
from store.errors import LostToken, WrongInput


def deployed(workspace: Path, *versions: int, **changes: object) -> Target:
    """A target to which these versions were deployed in turn."""
    where = target(workspace, **changes)
    for versao in versions:
        made = release(workspace, versao)
        assert deploy(made.directory, where, channel(workspace, f"d{versao}"), digest=made.digest)["ok"]
    return where


def test_a_release_goes_live_with_its_configuration_and_a_record(tmp_path: Path) -> None:
    made, where, talk = release(tmp_path, 1), target(tmp_path, ambiente="teste"), channel(tmp_path, "aa1")
    record = deploy(made.directory, where, talk, digest=made.digest)
    name = f"{made.digest[:12]}-aa1"
    assert live(where) == 1
    assert str(where.link.readlink()) == f"versions/{name}"
    smoke = record.pop("smoke")
    assert record == {
        "ok": True,
        "operacao": "implantar",
        "alvo": "local",
        "ambiente": "teste",
        "versao": name,
        "antes": None,
        "depois": name,
        "manifest": made.digest,
        "voltou": False,
        "adotado": False,
        "removidas": [],
        "nivel": "limits",
    }
    assert (smoke["ok"], smoke["rc"], smoke["motivo"]) == (True, 0, "")
    assert smoke["saida"] == "smoke: imported loja\n"
    assert json.loads((where.link / "config.json").read_text()) == {
        "alvo": "local",
        "ambiente": "teste",
        "release": made.digest,
        "spec_ref": "loja",
        "spec_versao": 1,
        "valores": {"PORTA": 8080},
    }
    assert where.dir.stat().st_mode & 0o777 == 0o700
    assert (where.link / "config.json").stat().st_mode & 0o777 == 0o400


def test_the_intent_is_committed_first_and_the_token_checked_under_the_lock(tmp_path: Path) -> None:
    where = deployed(tmp_path, 1)
    made, talk, order = release(tmp_path, 2), channel(tmp_path, "bb2"), []

    def watched(message: dict[str, object]) -> dict[str, object]:
        handle = os.open(where.dir / ".lock", os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            order.append((message.get("fase", "intent"), "free", live(where)))
        except BlockingIOError:
            order.append((message.get("fase", "intent"), "held", live(where)))
        finally:
            os.close(handle)
        return FakeChannel.ask(talk, message)

    talk.ask = watched  # type: ignore[method-assign,assignment]
    before = where.current()
    deploy(made.directory, where, talk)
    assert order == [("intent", "free", 1), ("implantar", "held", 1), ("trocar", "held", 1)]
    assert talk.intent() == {
        "kind": "intent",
        "operacao": "implantar",
        "alvo": "local",
        "ambiente": "producao",
        "antes": before,
        "depois": where.current(),
        "manifest": made.digest,
        "token": "bb2",
    }
    assert talk.phases == ["lock", "provision", "switch", "smoke", "prune"]


@pytest.mark.parametrize("point", ["intent", "implantar", "trocar"])
def test_a_lost_token_changes_nothing_visible(tmp_path: Path, point: str) -> None:
    where = deployed(tmp_path, 1)
    with pytest.raises(LostToken):
        deploy(release(tmp_path, 2).directory, where, channel(tmp_path, "bb2", loses_at=point))
    assert live(where) == 1
    with where.lock("x", 0.0):
        pass


def test_a_failed_smoke_test_brings_the_previous_version_back(tmp_path: Path) -> None:
    where = deployed(tmp_path, 1)
    before = where.current()
    bad = release(tmp_path, 2, BAD)
    record = deploy(bad.directory, where, channel(tmp_path, "bb2"))
    assert (record["ok"], record["voltou"], record["versao"], record["antes"]) == (
        False,
        True,
        before,
        before,
    )
    assert record["smoke"]["motivo"] == "exit code 1"
    assert "does not import" in record["smoke"]["saida"]
    assert live(where) == 1


def test_a_failed_first_deployment_leaves_nothing_live(tmp_path: Path) -> None:
    where = target(tmp_path)
    record = deploy(release(tmp_path, 1, BAD).directory, where, channel(tmp_path, "aa1"))
    assert (record["ok"], record["versao"]) == (False, None)
    assert live(where) is None
    again = deploy(release(tmp_path, 2).directory, where, channel(tmp_path, "aa2"))
    assert again["ok"]
    assert live(where) == 2


@pytest.mark.parametrize(
    ("smoke", "timeout_s", "motivo"),
    [
        (("/no/such/command",), 60.0, "could not be started"),
        (("{python}", "-c", "while True: pass"), 0.3, "was ended: timeout"),
        (("{python}", "-c", "import os; os.kill(os.getpid(), 9)"), 60.0, "exit code"),
    ],
)
def test_a_smoke_command_that_never_answers_has_failed(
    tmp_path: Path, smoke: tuple[str, ...], timeout_s: float, motivo: str
) -> None:
    where = deployed(tmp_path, 1)
    broken = target(tmp_path, smoke=smoke, smoke_timeout_s=timeout_s)
    record = deploy(release(tmp_path, 2).directory, broken, channel(tmp_path, "bb2"))
    assert record["smoke"]["motivo"].startswith(motivo)
    assert live(where) == 1


def test_the_smoke_command_is_the_target_s_own(tmp_path: Path) -> None:
    code = (
        "import json, os, sys\n"
        "config = json.load(open(os.environ['OFICINA_CONFIG']))\n"
        "assert open(sys.argv[1]).read() == open(os.environ['OFICINA_CONFIG']).read()\n"
        "print(config['valores']['PORTA'], os.environ['OFICINA_TARGET'], os.getcwd() == sys.argv[2])\n"
    )
    where = target(tmp_path, smoke=("{python}", "-c", code, "{config}", "{target}"))
    record = deploy(release(tmp_path, 1).directory, where, channel(tmp_path, "aa1"))
    assert record["smoke"]["saida"] == "8080 local True\n"


def test_rolling_back_walks_the_versions_back(tmp_path: Path) -> None:
    where = deployed(tmp_path, 1, 2, 3, manter=5)
    talk = channel(tmp_path, "ff1")
    record = roll_back(where, talk)
    assert (record["ok"], record["operacao"], live(where)) == (True, "reverter", 2)
    assert talk.phases == ["lock", "switch", "smoke", "prune"]
    assert roll_back(where, channel(tmp_path, "ff2"))["ok"]
    assert live(where) == 1
    with pytest.raises(WrongInput, match="no version before the live one"):
        roll_back(where, channel(tmp_path, "ff3"))
    newest = where.names()[-1]
    roll_back(where, channel(tmp_path, "ff4"), para=newest)
    assert live(where) == 3


def test_a_roll_back_whose_smoke_test_fails_stays_where_it_was(tmp_path: Path) -> None:
    deployed(tmp_path, 1, 2)
    broken = target(tmp_path, smoke=("{python}", "-c", "raise SystemExit(3)"))
    record = roll_back(broken, channel(tmp_path, "ff1"))
    assert (record["ok"], record["voltou"], live(broken)) == (False, True, 2)


def test_the_first_version_is_taken_away_and_once_more_changes_nothing(tmp_path: Path) -> None:
    where = deployed(tmp_path, 1)
    (first,) = where.names()
    talk = channel(tmp_path, "ff1")
    record = take_away(where, talk, de=first)
    assert (record["ok"], record["versao"], record["antes"], record["depois"]) == (True, None, first, "")
    assert (live(where), where.names()) == (None, [first])
    intent = talk.intent()
    assert intent is not None
    again = take_away(where, channel(tmp_path, "ff2"), de=first, intencao=intent)
    assert (again["ok"], again["versao"], again["antes"]) == (True, None, first)


def test_what_replaced_the_first_version_is_not_taken_away(tmp_path: Path) -> None:
    where = deployed(tmp_path, 1, 2)
    record = take_away(where, channel(tmp_path, "ff1"), de=where.names()[0])
    assert (record["versao"], live(where)) == (where.names()[1], 2)


def test_rolling_back_to_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="no version before the live one to roll back to"):
        roll_back(target(tmp_path), channel(tmp_path, "ff1"))
    where = deployed(tmp_path, 1, 2)
    with pytest.raises(WrongInput, match=r"versions: [0-9a-f]{12}-d1, "):
        roll_back(where, channel(tmp_path, "ff2"), para="0" * 12 + "-d9")
    with pytest.raises(UnclearTargetError, match="is not a version"):
        roll_back(where, channel(tmp_path, "ff3"), para="../../etc")


def test_a_damaged_version_is_not_rolled_back_to(tmp_path: Path) -> None:
    where = deployed(tmp_path, 1, 2)
    file = where.versions / where.names()[0] / "release/src/loja/v.txt"
    file.chmod(0o600)
    file.write_text("9")
    with pytest.raises(ReleaseError, match=r"v\.txt was changed"):
        roll_back(where, channel(tmp_path, "ff1"))
    assert live(where) == 2


def tamper(where: Target, name: str) -> str:
    """Change a version with all that it says of itself, so that it fits again; its manifest's old SHA-256."""
    version = where.version_dir(name)
    file, manifest, record = (
        version / path for path in ("release/src/loja/v.txt", f"release/{MANIFEST}", "deployment.json")
    )
    for path in (file, manifest, record):
        path.chmod(0o600)
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    file.write_text("9")
    manifest.write_text(manifest.read_text().replace(before, hashlib.sha256(b"9").hexdigest()))
    said = json.loads(record.read_text())
    record.write_text(json.dumps({**said, "manifest": hashlib.sha256(manifest.read_bytes()).hexdigest()}))
    return str(said["manifest"])


def test_what_a_version_says_of_itself_makes_nothing_live(tmp_path: Path) -> None:
    where = deployed(tmp_path, 1, 2)
    first = where.names()[0]
    approved = tamper(where, first)
    with pytest.raises(ReleaseError):
        roll_back(where, channel(tmp_path, "ff1"), para=first, digest=approved)
    with pytest.raises(ReleaseError):
        roll_back(where, channel(tmp_path, "ff2"), known=Known({first: approved}))
    with pytest.raises(ReleaseError, match="knows no signed release"):
        roll_back(where, channel(tmp_path, "ff3"), known=Known(only=True))
    assert live(where) == 2


def test_a_failed_deployment_does_not_go_back_to_what_somebody_changed(tmp_path: Path) -> None:
    where = deployed(tmp_path, 1)
    before = where.current()
    assert before is not None
    known, bad = Known({before: tamper(where, before)}), release(tmp_path, 2, BAD)
    talk = channel(tmp_path, "bb2")
    record = deploy(bad.directory, where, talk, known=known)
    assert (record["ok"], record["voltou"], record["versao"]) == (False, False, None)
    assert record["nao_voltou"].startswith(f"{before} is not what was deployed: ")
    assert where.current() is None
    intent = talk.intent()
    assert intent is not None
    settled = settle(intent, where, channel(tmp_path, "bb3"), known=known)
    assert settled is not None
    assert (settled["voltou"], settled["versao"]) == (False, None)


def test_a_failed_deployment_goes_back_to_what_the_store_knows(tmp_path: Path) -> None:
    where = deployed(tmp_path, 1)
    before = where.current()
    assert before is not None
    known = Known({before: where.record(before)["manifest"]}, only=True)
    record = deploy(release(tmp_path, 2, BAD).directory, where, channel(tmp_path, "bb2"), known=known)
    assert (record["voltou"], record["versao"], live(where)) == (True, before, 1)


def test_another_release_than_the_approved_one_is_not_deployed(tmp_path: Path) -> None:
    where, talk = target(tmp_path), channel(tmp_path, "aa1")
    with pytest.raises(ReleaseError):
        deploy(release(tmp_path, 1).directory, where, talk, digest="0" * 64)
    assert talk.asked == []


def test_the_oldest_versions_go_but_never_the_live_one_or_its_predecessor(tmp_path: Path) -> None:
    where = deployed(tmp_path, 1, 2, 3, manter=2)
    assert [where.record(name)["spec_versao"] for name in where.names()] == [2, 3]
    roll_back(where, channel(tmp_path, "ff1"))
    record = deploy(release(tmp_path, 4).directory, where, channel(tmp_path, "d4"))
    assert [where.record(name)["spec_versao"] for name in where.names()] == [2, 3, 4]
    assert record["removidas"] == []
    record = deploy(release(tmp_path, 5).directory, where, channel(tmp_path, "d5"))
    assert [name[-2:] for name in record["removidas"]] == ["d2", "d3"]
    assert live(where) == 5


def test_the_same_release_can_be_deployed_again(tmp_path: Path) -> None:
    where = deployed(tmp_path, 1)
    first = where.current()
    assert deploy(release(tmp_path, 1).directory, where, channel(tmp_path, "again"))["ok"]
    assert where.current() != first
    assert live(where) == 1


def test_a_held_target_is_busy_and_names_its_holder(tmp_path: Path) -> None:
    where = deployed(tmp_path, 1)
    with (
        where.lock("other", 0.0),
        pytest.raises(TargetBusyError, match=rf"process {os.getpid()}, token other"),
    ):
        deploy(release(tmp_path, 2).directory, where, channel(tmp_path, "bb2"), lock_timeout_s=0.0)
    assert live(where) == 1


def test_a_lock_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = deployed(tmp_path, 1)
    holder = where.lock("other", 0.0)
    holder.__enter__()
    monkeypatch.setattr("jobs.deploy.target.time.sleep", lambda _: holder.__exit__(None, None, None))
    with where.lock("mine", 10.0):
        assert b"token mine" in (where.dir / ".lock").read_bytes()


def test_a_deployment_in_between_is_seen_and_the_intent_said_anew(tmp_path: Path) -> None:
    where = deployed(tmp_path, 1)
    talk, between = channel(tmp_path, "bb3"), [2]

    def asked(message: dict[str, object]) -> dict[str, object]:
        if between:
            versao = between.pop()
            deploy(release(tmp_path, versao).directory, where, channel(tmp_path, f"in{versao}"))
        return FakeChannel.ask(talk, message)

    talk.ask = asked  # type: ignore[method-assign,assignment]
    record = deploy(release(tmp_path, 3).directory, where, talk)
    assert record["antes"].endswith("-in2")
    assert [each["antes"][-2:] for each in talk.asked if each["kind"] == "intent"] == ["d1", "n2"]
    between[:] = [4, 5, 6]

    def always(message: dict[str, object]) -> dict[str, object]:
        between[:] = between or [7]
        return asked(message)

    talk.ask = always  # type: ignore[method-assign,assignment]
    with pytest.raises(DeployError, match="keeps changing"):
        deploy(release(tmp_path, 8).directory, where, talk)


@pytest.mark.parametrize(
    ("aim", "problem"),
    [
        ("/etc", "which no deployment made"),
        ("versions/../../etc", "which no deployment made"),
        ("versions/" + "0" * 12 + "-gone", "which no deployment made"),
        (None, "is not a link"),
    ],
)
def test_a_foreign_link_is_never_touched(tmp_path: Path, aim: str | None, problem: str) -> None:
    where = target(tmp_path)
    where.prepare()
    where.link.mkdir() if aim is None else where.link.symlink_to(aim)
    with pytest.raises(UnclearTargetError, match=problem):
        deploy(release(tmp_path, 1).directory, where, channel(tmp_path, "aa1"))
    assert where.link.is_dir() or str(where.link.readlink()) == aim


@pytest.mark.parametrize("content", [None, b"{", b"[]", b'{"numero": "1"}'])
def test_a_version_without_its_record_is_unclear(tmp_path: Path, content: bytes | None) -> None:
    where = deployed(tmp_path, 1)
    record = where.link / "deployment.json"
    record.parent.chmod(0o700)
    record.unlink()
    if content is not None:
        record.write_bytes(content)
    with pytest.raises(UnclearTargetError, match=r"deployment\.json"):
        deploy(release(tmp_path, 2).directory, where, channel(tmp_path, "bb2"))


def test_what_the_disk_refuses_is_one_line_that_names_the_target(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DeployError, match=r"the target local: Not a directory: .*file/x"):
        deploy(
            release(tmp_path, 1).directory, target(tmp_path, dir=tmp_path / "file/x"), channel(tmp_path, "a")
        )


def test_what_interrupted_deployments_left_is_swept(tmp_path: Path) -> None:
    where = deployed(tmp_path, 1)
    (where.versions / ".new-dead").mkdir()
    (where.versions / ".failed-dead.json").write_text("{")
    (where.dir / ".current-dead").symlink_to("versions/x")
    deploy(release(tmp_path, 2).directory, where, channel(tmp_path, "bb2"))
    assert sorted(path.name for path in where.dir.iterdir()) == [".lock", "current", "versions"]
    assert len(list(where.versions.iterdir())) == 2


def test_a_target_passes_through_a_step_s_documents(tmp_path: Path) -> None:
    where = target(tmp_path, smoke=("a", "b"), manter=7, rede=True)
    assert Target.from_document(json.loads(json.dumps(where.to_document()))) == where
    assert Target.from_document({"nome": "x", "dir": "/x"}).smoke == DEFAULT_SMOKE
    for wrong in ({"nome": "x"}, {"nome": "x", "dir": "/x", "mais": 1}, {"nome": "x", "dir": "x"}):
        with pytest.raises(WrongInput, match="target"):
            Target.from_document(wrong)


def test_a_step_s_channel_is_all_that_a_deployment_needs() -> None:
    for word in ("progress", "ask", "spawn"):
        assert callable(getattr(Channel, word))
