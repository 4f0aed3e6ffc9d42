"""Workspaces: how one is made, found and opened, what `oficina.yaml` may say, and whose `.oficina` it is."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from jobs.config import load_config
from jobs.deploy.target import DEFAULT_SMOKE
from jobs.trust import definitions_of
from jobs.workspace import WorkspacePaths, copy_demo, find_workspace, init_workspace, open_workspace
from store.clock import CountingTokens
from store.errors import WrongInput
from store.limits import DEFAULT_FUSO, Limits


def made(root: Path, config: str = "") -> WorkspacePaths:
    paths = init_workspace(root, CountingTokens())
    if config:
        paths.config.write_text("id: t1\n" + config)
    return paths


def wrong_config(tmp_path: Path, config: str) -> str:
    paths = made(tmp_path / "shop", config)
    with pytest.raises(WrongInput) as caught:
        open_workspace(paths.root)
    return str(caught.value)


def test_a_new_workspace_opens_with_every_default(tmp_path: Path) -> None:
    paths = made(tmp_path / "loja d'ouro")
    workspace = open_workspace(paths.root)
    config = workspace.config
    assert workspace.name == "loja d'ouro"
    assert (config.id, config.fuso, config.undo_s, config.prompt) == ("t000001", DEFAULT_FUSO, 5, "modal")
    assert (config.below_full, config.effectiveness_after_days, config.grace_s) == ("generated", None, 10)
    [target] = config.targets
    assert (target.nome, target.ambiente, target.dir) == ("producao", "producao", paths.deploy / "producao")
    assert tuple(target.smoke) == DEFAULT_SMOKE
    assert (paths.root / ".gitignore").read_text() == ".oficina/\nchaves/\n"
    assert paths.specs.is_dir()
    for directory in (paths.dot, paths.store, paths.objects, paths.attempts, paths.releases, paths.logs):
        assert directory.stat().st_mode & 0o777 == 0o700
    assert paths.line_lock == paths.dot / "line.lock"


def test_a_workspace_without_a_name_is_called_after_its_directory(tmp_path: Path) -> None:
    assert open_workspace(made(tmp_path / "shop", "undo_s: 0\n").root).name == "shop"


def test_an_existing_directory_is_taken_and_its_files_stay(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    made(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    with pytest.raises(WrongInput, match=r"is a workspace already \(open it with `oficina -C DIR`\)"):
        made(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(WrongInput, match="is not a directory"):
        made(tmp_path / "file")


def test_a_workspace_is_found_from_below(tmp_path: Path) -> None:
    paths = made(tmp_path / "shop")
    assert find_workspace(paths.specs).root == paths.root
    with pytest.raises(WrongInput, match=r"no workspace at .* or above \(make one with `oficina init DIR`"):
        find_workspace(tmp_path)
    with pytest.raises(WrongInput, match=r"is no workspace: it has no oficina.yaml"):
        open_workspace(tmp_path)


def test_the_demo_is_a_workspace_with_specs(tmp_path: Path) -> None:
    paths = copy_demo(tmp_path / "demo", CountingTokens())
    assert open_workspace(paths.root).config.id
    assert len(list(paths.specs.glob("*.yaml"))) == 7
    with pytest.raises(WrongInput, match="is a workspace already"):
        copy_demo(tmp_path / "demo", CountingTokens())


def test_own_definitions_are_found_but_not_through_links(tmp_path: Path) -> None:
    paths = made(tmp_path / "shop")
    assert paths.definition("actors") is None
    (paths.root / "actors.yaml").write_text("x: 1")
    assert paths.definition("actors") == paths.root / "actors.yaml"
    (paths.root / "policy.yaml").symlink_to("/etc/hostname")
    assert paths.definition("policy") is None


def test_a_planted_link_or_file_in_place_of_a_directory_is_refused(tmp_path: Path) -> None:
    paths = made(tmp_path / "shop")
    paths.objects.rmdir()
    paths.objects.symlink_to(tmp_path)
    with pytest.raises(WrongInput) as caught:
        open_workspace(paths.root)
    assert str(caught.value) == (
        ".oficina/objects is not a directory but a link or a file (remove it; oficina makes its own)"
    )
    paths.objects.unlink()
    paths.objects.write_text("")
    with pytest.raises(WrongInput, match=r".oficina/objects is not a directory"):
        open_workspace(paths.root)


def test_a_link_in_place_of_the_whole_directory_is_refused(tmp_path: Path) -> None:
    paths = made(tmp_path / "shop")
    paths.dot.rename(tmp_path / "elsewhere")
    paths.dot.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WrongInput, match=r"^\.oficina is not a directory but a link"):
        open_workspace(paths.root)


def test_what_belongs_to_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = made(tmp_path / "shop")
    uid = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    with pytest.raises(WrongInput, match=rf"^\.oficina belongs to another user \(uid {uid}\)"):
        open_workspace(paths.root)


def test_open_permissions_are_closed(tmp_path: Path) -> None:
    paths = made(tmp_path / "shop")
    paths.store.chmod(0o755)
    open_workspace(paths.root)
    assert paths.store.stat().st_mode & 0o777 == 0o700


def test_everything_can_be_configured(tmp_path: Path) -> None:
    config = open_workspace(
        made(
            tmp_path / "shop",
            """
name: Loja
fuso: UTC
undo_s: 1.5
effectiveness_after_days: 2
decisions: {prompt: inbox}
sandbox: {below_full: none}
targets:
  - nome: homologacao
    ambiente: homologacao
    dir: alvo
    smoke: ["{python}", smoke.py]
    manter: 5
    rede: true
    config: {porta: 80}
  - {nome: producao, dir: /srv/loja}
secrets:
  TOKEN: {env: LOJA_TOKEN}
  SENHA: {file: ~/senha}
keymap: {decide: d}
metas: {checkpoint: 200, sucesso: 0.95, uptime: null, previsao_14d: 4, mudanca_fila_GENESIS: 2}
theme: nord
""",
        ).root
    ).config
    assert (config.name, config.fuso, config.undo_s, config.prompt) == ("Loja", "UTC", 1.5, "inbox")
    assert config.keymap == {"decide": "d"}
    assert config.metas == {
        "checkpoint": 200.0,
        "sucesso": 0.95,
        "previsao_14d": 4.0,
        "mudanca_fila_GENESIS": 2.0,
    }
    assert (config.below_full, config.effectiveness_after_days) == ("none", 2)
    first = config.target()
    assert (first.nome, first.dir, first.manter, first.rede) == (
        "homologacao",
        tmp_path / "shop" / "alvo",
        5,
        True,
    )
    assert first.smoke == ("{python}", "smoke.py")
    assert first.config == {"porta": 80}
    assert config.target("producao").dir == Path("/srv/loja")
    with pytest.raises(
        WrongInput, match=r"oficina.yaml: no such deploy target: x \(known: homologacao, producao\)"
    ):
        config.target("x")


def test_secrets_come_from_elsewhere(tmp_path: Path) -> None:
    secret = tmp_path / "senha"
    secret.write_text("s3\n")
    config = open_workspace(
        made(tmp_path / "shop", f"secrets: {{A: {{env: X}}, B: {{file: {secret}}}, C: {{file: /no}}}}\n").root
    ).config
    assert config.secrets["A"].value({"X": "1"}) == "1"
    assert config.secrets["A"].value({}) is None
    assert config.secrets["B"].value() == "s3"
    assert config.secrets["C"].value() is None


def test_limits_are_money_in_the_workspace_s_own_months(tmp_path: Path) -> None:
    config = 'fuso: Europe/Lisbon\nlimites: {mes: "500.00", sprint: 120.5}\n'
    found = open_workspace(made(tmp_path / "shop", config).root).config.limites
    assert found == Limits(Decimal("500.00"), Decimal("120.5"), "Europe/Lisbon")
    assert open_workspace(made(tmp_path / "free").root).config.limites == Limits()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("fusu: x\n", "oficina.yaml:2: fusu: unknown key fusu (did you mean fuso?)"),
        (
            "fuso: Marte/Olympus\n",
            "oficina.yaml:2: fuso: no such time zone: Marte/Olympus (for example America/",
        ),
        ("fuso: ../../etc/passwd\n", "fuso: no such time zone: ../../etc/passwd"),
        ("undo_s: -1\n", "undo_s: not a number from 0 to 3600: -1 (for example 5)"),
        ("decisions: {promt: x}\n", "decisions.promt: unknown key promt (did you mean prompt?)"),
        ("decisions: {prompt: popup}\n", "decisions.prompt: no such value: popup (known: inbox, modal)"),
        ("sandbox: {below_full: ever}\n", "sandbox.below_full: no such value: ever"),
        ("metas: {check point: 3}\n", "metas.check point: not a figure's key: check point"),
        ("metas: {7: 3}\n", "not a figure's key: 7"),
        (
            "metas:\n  fluxo_vasao: 3\n",
            "oficina.yaml:3: metas.fluxo_vasao: not a figure's key: fluxo_vasao (did you mean fluxo_vazao?)",
        ),
        ("metas: {checkpoint: fast}\n", "metas.checkpoint: not a number from 0 to 1e+12: fast"),
        ("metas: {previsao_21d: 4}\n", "not a figure's key: previsao_21d (did you mean previsao_"),
        (
            "metas: {uptime: 99.9}\n",
            "oficina.yaml:2: metas.uptime: a share is from 0 to 1, not 99.9 (0.999 is 99.9 %)",
        ),
        ("metas: {dora_falha: 150}\n", "a share is from 0 to 1, not 150 (0.9 is 90 %)"),
        (
            "metas: {esforco_geral: 0.5}\n",
            "metas.esforco_geral: it is a factor either way, from 1 up, not 0.5 (2 is 0.5 to 2)",
        ),
        ("metas: {tokens_llm: 0}\n", "from 1 up, not 0 (1.25 is 0.8 to 1.25)"),
        (
            "metas: {orcamento_erro: 2}\n",
            "it follows from the target of uptime (set uptime, as in uptime: 0.995)",
        ),
        ("metas: [checkpoint]\n", "metas: expected keys with values"),
        ("targets: [{dir: x}]\n", "targets[0]: the field nome is missing (for example `nome: producao`)"),
        ("targets: [{nome: a/b}]\n", "targets[0].nome: not a name: a/b (letters, digits, - and _)"),
        ("targets: [{nome: a}, {nome: a}]\n", "targets[1].nome: two targets are named a (name them apart)"),
        (
            "targets: [{nome: a, smoke: rm -rf /}]\n",
            "targets[0].smoke: expected a list of words, not one text",
        ),
        ("targets: [{nome: a, config: 3}]\n", "targets[0].config: expected keys with values (they go into"),
        ("targets: [{nome: a, manter: 1}]\n", "targets[0].manter: not a whole number from 2 to 100: 1"),
        ("secrets: {T: abc}\n", "secrets.T: a secret is never written here (name where it is: "),
        ("secrets: {T: {}}\n", "secrets.T: name one source (`{env: VARIABLE}` or `{file: PATH}`)"),
        ("secrets: {T: {env: A, file: b}}\n", "secrets.T: name one source"),
        ("secrets: {'a b': {env: A}}\n", "secrets.a b: not a variable's name: a b"),
        ("limites: 500\n", "limites: expected keys with values"),
        ("limites: {mês: 500}\n", "limites.mês: unknown key mês (did you mean mes?)"),
        ("limites: {mes: much}\n", "limites.mes: not an amount: much"),
        ('limites: {mes: "-1"}\n', "limites.mes: not an amount: -1"),
        ("limites: {sprint: 0}\n", "limites.sprint: a limit of nothing would let nothing run"),
    ],
)
def test_a_wrong_configuration_is_named_by_line(tmp_path: Path, config: str, message: str) -> None:
    assert message in wrong_config(tmp_path, config)


def test_a_configuration_without_an_id(tmp_path: Path) -> None:
    (tmp_path / "oficina.yaml").write_text("name: x\n")
    with pytest.raises(
        WrongInput, match=r"oficina.yaml:1: the field id is missing \(`oficina init` writes one"
    ):
        load_config(tmp_path / "oficina.yaml", tmp_path)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            "politica: ../rules.yaml\n",
            "oficina.yaml:2: politica: not a file of this workspace: ../rules.yaml",
        ),
        ("politica: /etc/hostname\n", "not a file of this workspace"),
        ("politica: [policy.yaml]\n", "oficina.yaml:2: politica[0]: there is no file policy.yaml"),
        ("politica: link.yaml\n", "not a file of this workspace: link.yaml"),
        ("politica: {nome: x}\n", "expected a list"),
        ("politica: [5]\n", "expected text"),
    ],
)
def test_a_policy_is_a_file_of_the_workspace(tmp_path: Path, config: str, said: str) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "rules.yaml").write_text("regras: []")
    (tmp_path / "shop" / "link.yaml").symlink_to(tmp_path / "rules.yaml")
    assert said in wrong_config(tmp_path, config)


def test_policies_are_kept_in_their_order(tmp_path: Path) -> None:
    paths = made(tmp_path / "shop", "politica: [b.yaml, rules/a.yaml]\n")
    (paths.root / "rules").mkdir()
    for name in ("b.yaml", "rules/a.yaml"):
        (paths.root / name).write_text("regras: []")
    assert open_workspace(paths.root).config.politicas == (
        paths.root / "b.yaml",
        paths.root / "rules" / "a.yaml",
    )


def test_a_signing_key_is_configured_and_asked_about(tmp_path: Path) -> None:
    paths = init_workspace(tmp_path / "shop", CountingTokens())
    text = paths.config.read_text()
    paths.config.write_text(text + "signing: {key: my.pem, required: true}\n")
    config = open_workspace(paths.root).config
    assert (config.signing_key, config.signing_required) == ("my.pem", True)
    named = {each.name: each.text for each in definitions_of(paths, config)}
    assert "my.pem" in named["oficina.yaml: signing"]
    paths.config.write_text(text + "signing: {keys: my.pem}\n")
    with pytest.raises(WrongInput, match=r"did you mean key\?"):
        open_workspace(paths.root)
