"""Killed at every effect: what is live is always whole, and the next attempt ends as if nothing happened."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from deploy_support import BAD, GOOD, channel, live, release, target
from worker_support import FakeChannel

from jobs.deploy.deploying import deploy, roll_back, settle
from jobs.deploy.target import Target, UnclearTargetError
from jobs.launcher.orders import RunReport
from jobs.release import ReleaseError
from store.errors import LostToken

EFFECTS = {
    "os.rename",
    "os.mkdir",
    "os.symlink",
    "os.remove",
    "os.rmdir",
    "os.chmod",
    "os.truncate",
    "fcntl.flock",
}


class Kept(FakeChannel):
    """A channel whose intents outlive the process, and whose smoke test only looks at what is live."""

    def __init__(self, workspace: Path, token: str) -> None:
        super().__init__(workspace / "attempts" / token, token=token)
        self.journal = workspace / "intents"
        self.spawn = self._smoke  # type: ignore[assignment]

    def ask(self, message: Mapping[str, Any]) -> dict[str, Any]:
        if message["kind"] == "intent":
            with self.journal.open("a") as journal:
                journal.write(json.dumps(dict(message)) + "\n")
        return super().ask(message)

    def _smoke(self, argv: list[str], **_: object) -> RunReport:
        source = Path(argv[-1]).parent / "src/loja/__init__.py"
        return RunReport(1 if b"raise" in source.read_bytes() else 0, level="full")


def last_intent(workspace: Path) -> dict[str, Any] | None:
    """The last intent that was committed, as the store would hand it to the next attempt."""
    path = workspace / "intents"
    if not path.exists():
        return None
    intent: dict[str, Any] = json.loads(path.read_text().splitlines()[-1])
    return intent


def dies_at(effect: int, act: Callable[[], object]) -> bool:
    """Run `act` in a process that is killed just before that effect; whether it came to its end."""
    child = os.fork()
    if child == 0:
        left = [effect]

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            writes = (
                event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
            )
            if event in EFFECTS or writes:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            act()
        except BaseException:  # noqa: BLE001 - the parent must see that it failed
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFEXITED(status)


class Scene:
    """A workspace with some versions live in turn, and one change of the target that is to be survived."""

    def __init__(self, workspace: Path, operation: str) -> None:
        workspace.mkdir()
        self.workspace, self.operation = workspace, operation
        self.where: Target = target(workspace, manter=3)
        for versao in (1, 2):
            made = release(workspace, versao)
            assert deploy(made.directory, self.where, Kept(workspace, f"d{versao}"))["ok"]
        (workspace / "intents").unlink()
        self.next = release(workspace, 3, BAD if operation == "bad" else GOOD)
        self.meant = {"good": 3, "bad": 2, "back": 1}[operation]

    def act(self, token: str) -> dict[str, Any]:
        """What each attempt does: settle what is open, then change."""
        talk, open_intent = Kept(self.workspace, token), last_intent(self.workspace)
        if self.operation == "back":
            return roll_back(self.where, talk, intencao=open_intent)
        return deploy(self.next.directory, self.where, talk, digest=self.next.digest, intencao=open_intent)

    def check_whole(self) -> None:
        assert live(self.where) in {2, self.meant, 3 if self.operation == "bad" else 2}
        with self.where.lock("x", 0.0):
            pass

    def check_end(self, record: Mapping[str, Any]) -> None:
        assert record["ok"] is (self.operation != "bad")
        assert record["versao"] == self.where.current()
        assert live(self.where) == self.meant
        versions = [self.where.record(name)["spec_versao"] for name in self.where.names()]
        assert len(versions) == len(set(versions)), "something was deployed twice"
        left = [path.name for path in [*self.where.dir.iterdir(), *self.where.versions.iterdir()]]
        assert [name for name in left if name.startswith(".")] == [".lock"]


@pytest.mark.parametrize("operation", ["good", "bad", "back"])
def test_killed_at_any_effect_the_next_attempt_ends_the_same(tmp_path: Path, operation: str) -> None:
    effect, ended = 0, False
    while not ended:
        effect += 1
        scene = Scene(tmp_path / str(effect), operation)
        ended = dies_at(effect, lambda scene=scene: scene.act("dead"))  # type: ignore[misc]
        scene.check_whole()
        if not ended:
            scene.check_end(scene.act("next"))
    assert effect > {"good": 30, "bad": 30, "back": 3}[operation]


def test_killed_again_and_again_it_still_ends_the_same(tmp_path: Path) -> None:
    seed = 20260105
    chance = random.Random(seed)
    for number in range(25):
        operation = chance.choice(["good", "bad", "back"])
        scene = Scene(tmp_path / str(number), operation)
        ended = False
        for death in range(3):
            act = scene.act
            ended = dies_at(chance.randint(1, 40), lambda act=act, death=death: act(f"dead{death}"))  # type: ignore[misc]
            scene.check_whole()
            if ended:
                break
        if not ended:
            scene.check_end(scene.act("next"))
        assert live(scene.where) == scene.meant, (seed, number, operation)


def test_raising_at_any_word_to_the_line_leaves_the_target_whole(tmp_path: Path) -> None:
    from worker_support import DiedError

    for word in range(1, 20):
        scene = Scene(tmp_path / str(word), "good")
        talk = Kept(scene.workspace, "dead")
        talk.dies_at = word
        try:
            deploy(scene.next.directory, scene.where, talk)
        except DiedError:
            scene.check_whole()
            scene.check_end(scene.act("next"))
        else:
            assert word > 7
            return
    pytest.fail("the deployment never came to its end")


def interrupted(workspace: Path, source: bytes = GOOD) -> tuple[Scene, dict[str, Any]]:
    """A deployment that died after the switch, and its intent."""
    scene = Scene(workspace, "good" if source == GOOD else "bad")
    talk = Kept(scene.workspace, "dead")

    def dies(*_: object, **__: object) -> RunReport:
        raise KeyboardInterrupt

    talk.spawn = dies  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        deploy(scene.next.directory, scene.where, talk)
    intent = last_intent(scene.workspace)
    assert intent is not None
    assert live(scene.where) == 3
    return scene, intent


def test_a_change_that_was_made_is_adopted_and_not_redone(tmp_path: Path) -> None:
    scene, intent = interrupted(tmp_path / "w")
    record = settle(intent, scene.where, Kept(scene.workspace, "next"))
    assert record is not None
    assert (record["ok"], record["adotado"], record["versao"]) == (True, True, intent["depois"])


def test_a_target_that_is_neither_before_nor_after_is_a_question(tmp_path: Path) -> None:
    scene, intent = interrupted(tmp_path / "w")
    first = next(name for name in scene.where.names() if name not in (intent["antes"], intent["depois"]))
    scene.where.point_to(first, "by hand")
    talk = Kept(scene.workspace, "next")
    with pytest.raises(
        UnclearTargetError, match=r"neither at .*, as before the interrupted deployment, nor at"
    ):
        settle(intent, scene.where, talk)
    assert live(scene.where) == 1
    assert talk.asked == []
    scene.where.point_to(None, "by hand")
    with pytest.raises(UnclearTargetError, match="is at nothing"):
        settle(intent, scene.where, talk)


def test_a_change_that_was_made_but_damaged_is_not_adopted(tmp_path: Path) -> None:
    scene, intent = interrupted(tmp_path / "w")
    file = scene.where.version_dir(intent["depois"]) / "release/smoke.py"
    file.chmod(0o600)
    file.write_text("x")
    with pytest.raises(ReleaseError, match=r"smoke\.py was changed"):
        settle(intent, scene.where, Kept(scene.workspace, "next"))


def test_a_failure_on_record_stands_even_when_others_deployed_since(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "w", "bad")
    record = scene.act("dead")
    intent = last_intent(scene.workspace)
    assert intent is not None
    newer = release(scene.workspace, 4)
    deploy(newer.directory, scene.where, Kept(scene.workspace, "other"))
    settled = settle(intent, scene.where, Kept(scene.workspace, "next"))
    assert settled is not None
    assert settled == {**record, "versao": scene.where.current()}
    assert live(scene.where) == 4


def test_who_lost_the_token_settles_nothing(tmp_path: Path) -> None:
    scene, intent = interrupted(tmp_path / "w", BAD)
    talk = Kept(scene.workspace, "next")
    talk.loses_at = "conciliar"
    with pytest.raises(LostToken):
        settle(intent, scene.where, talk)
    assert live(scene.where) == 3
    record = settle(intent, scene.where, Kept(scene.workspace, "after"))
    assert record is not None
    assert (record["ok"], record["voltou"], live(scene.where)) == (False, True, 2)


def test_a_first_deployment_that_died_before_the_switch_is_done_anew(tmp_path: Path) -> None:
    where = target(tmp_path)
    lost = channel(tmp_path, "dead", loses_at="trocar")
    with pytest.raises(LostToken):
        deploy(release(tmp_path, 1).directory, where, lost)
    intent = lost.intent()
    assert intent is not None
    assert where.version_dir(intent["depois"]).is_dir()
    assert settle(intent, where, channel(tmp_path, "next")) is None
    assert not where.version_dir(intent["depois"]).exists()


def test_a_failure_that_was_taken_back_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(tmp_path / "w", "bad")
    point_to = Target.point_to

    def dies_when_back(where: Target, name: str | None, token: str) -> None:
        point_to(where, name, token)
        if where.record(name or "")["spec_versao"] == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Target, "point_to", dies_when_back)
        with pytest.raises(KeyboardInterrupt):
            scene.act("dead")
    assert live(scene.where) == 2
    intent = last_intent(scene.workspace)
    assert intent is not None
    talk = Kept(scene.workspace, "next")
    record = deploy(scene.next.directory, scene.where, talk, intencao=intent)
    scene.check_end(record)
    assert talk.phases == ["return"]


def test_a_target_that_was_never_used_has_no_versions(tmp_path: Path) -> None:
    assert target(tmp_path).names() == []
    assert target(tmp_path).current() is None
