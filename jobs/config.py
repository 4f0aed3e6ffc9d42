"""`oficina.yaml`: what a workspace wants otherwise than by default, read and checked."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jobs.deploy.target import DEFAULT_SMOKE, Target
from jobs.fields import Fields, YamlPath, visible
from store.errors import WrongInput
from store.limits import DEFAULT_FUSO, NO_LIMITS, Limits
from store.yamlfile import YamlDoc, load_yaml, nearest

CONFIG_NAME = "oficina.yaml"
KEYS = (
    "id",
    "name",
    "fuso",
    "undo_s",
    "grace_s",
    "decisions",
    "targets",
    "secrets",
    "keymap",
    "sandbox",
    "effectiveness_after_days",
    "theme",
    "archive_after_days",
    "signing",
    "limites",
    "politica",
    "metas",
)

_SECRET_BYTES = 64 << 10
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


@dataclass(frozen=True)
class Secret:
    """Where a secret comes from: an environment variable or a file; never from `oficina.yaml` itself."""

    nome: str
    env: str = ""
    file: str = ""

    def value(self, environ: Mapping[str, str] | None = None) -> str | None:
        """The secret, or None when it isn't there."""
        if self.env:
            return (os.environ if environ is None else environ).get(self.env)
        try:
            with Path(self.file).expanduser().open("rb") as file:
                return file.read(_SECRET_BYTES).decode("utf-8").strip()
        except (OSError, RuntimeError, UnicodeDecodeError):
            return None


@dataclass(frozen=True)
class Config:
    """A workspace's configuration; every field has a default but `id`."""

    id: str
    name: str = ""
    fuso: str = DEFAULT_FUSO
    undo_s: float = 5.0
    """How long what a decision generates waits before it can be claimed; headless 0."""
    grace_s: float = 10.0
    """How long running work may go on when the line stops."""
    prompt: str = "modal"
    """What an arriving decision does: `modal` or `inbox`."""
    targets: Sequence[Target] = ()
    """Where releases go; the first one is the default."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    keymap: Mapping[str, str] = field(default_factory=dict)
    below_full: str = "generated"
    """What runs where the sandbox is not full: `none`, what our own generators made, or `all`."""
    effectiveness_after_days: float | None = None
    """When a validated deployment is asked about again; None leaves it to the contracts."""
    theme: str = ""
    archive_after_days: float = 30.0
    """When the items of a finished saga leave the hot set."""
    signing_key: str = ""
    """The private key that signs releases; without it the capability `chave-assinatura` where it is there."""
    signing_required: bool = False
    """Whether what is not signed is not deployed."""
    limites: Limits = NO_LIMITS
    """What may be spent a month and a sprint, in R$."""
    metas: Mapping[str, float] = field(default_factory=dict)
    """Targets of its own for figures of the metrics, by the figure's key."""
    politicas: Sequence[Path] = ()
    """Files of rules that decide whenever the line runs, in their order; always inside the workspace."""

    def target(self, nome: str = "") -> Target:
        """The target of that name, the first one without a name; raises WrongInput when there is none."""
        for target in self.targets:
            if nome in ("", target.nome):
                return target
        known = ", ".join(target.nome for target in self.targets)
        raise WrongInput(
            f"no such deploy target: {visible(nome)}", file=CONFIG_NAME, remedy=f"known: {known}"
        )


def load_config(path: Path, root: Path) -> Config:
    """Read `oficina.yaml`; relative directories are the workspace's.

    Raises:
        WrongInput: the first thing that is wrong with it.
    """
    config, problems = read_config(load_yaml(path, path.name), root)
    if problems:
        raise problems[0]
    return config


def read_config(doc: YamlDoc, root: Path) -> tuple[Config, list[WrongInput]]:
    """The same of a document that was read, with everything that is wrong; what is wrong has its default."""
    problems: list[WrongInput] = []
    config = _config(Fields(doc, (), problems), root)
    return config, sorted(problems, key=lambda problem: problem.line)


def _config(fields: Fields, root: Path) -> Config:
    fields.only(*KEYS)
    decisions, sandbox, fuso = fields.maybe("decisions"), fields.maybe("sandbox"), _zone(fields)
    signing = fields.maybe("signing")
    if signing:
        signing.only("key", "required")
    if decisions:
        decisions.only("prompt")
    if sandbox:
        sandbox.only("below_full")
    return Config(
        id=fields.text("id", None, remedy="`oficina init` writes one; it ties approvals to this workspace"),
        name=fields.text("name"),
        fuso=fuso,
        undo_s=fields.number("undo_s", 5, 0, 3600),
        grace_s=fields.number("grace_s", 10, 0, 3600),
        prompt=decisions.choice("prompt", ("modal", "inbox"), "modal") if decisions else "modal",
        targets=_targets(fields, root),
        secrets=_secrets(fields),
        keymap=_keymap(fields),
        below_full=sandbox.choice("below_full", ("none", "generated", "all"), "generated")
        if sandbox
        else "generated",
        effectiveness_after_days=(
            fields.number("effectiveness_after_days", 7, 0, 3650)
            if "effectiveness_after_days" in fields.data
            else None
        ),
        theme=fields.text("theme"),
        archive_after_days=fields.number("archive_after_days", 30, 0, 36500),
        signing_key=signing.text("key") if signing else "",
        signing_required=signing.boolean("required", False) if signing else False,
        limites=_limits(fields, fuso),
        politicas=_policies(fields, root),
        metas=_goals(fields),
    )


def _goals(fields: Fields) -> dict[str, float]:
    """Targets by the key of their figure, in the figure's own unit."""
    part = fields.maybe("metas")
    if not part:
        return {}
    # A workspace without targets loads none.
    from store.metrics.figure_keys import FIGURES, is_figure, wrong_target

    found = {}
    for key, value in part.data.items():
        if not is_figure(str(key)):
            near = nearest(str(key), FIGURES)
            remedy = f"did you mean {near}?" if near else "`oficina metrics --json` says them"
            part.note((key,), f"not a figure's key: {visible(key)}", remedy)
        elif value is not None:
            number = float(part.number(key, 1, 0, 1e12))
            if wrong := wrong_target(str(key), number):
                part.note((key,), *wrong)
            else:
                found[str(key)] = number
    return found


def _limits(fields: Fields, fuso: str) -> Limits:
    part = fields.maybe("limites")
    if part:
        part.only("mes", "sprint")
    return Limits(mes=_limit(part, "mes"), sprint=_limit(part, "sprint"), fuso=fuso)


def _limit(part: Fields | None, key: str) -> Decimal | None:
    """R$, more than nothing; None where no limit is set."""
    if part is None or not part.has(key):
        return None
    found = part.decimal(key, "500.00")
    if not found:
        part.note(key, "a limit of nothing would let nothing run", f'for example {key}: "500.00"')
        return None
    return found


def _policies(fields: Fields, root: Path) -> tuple[Path, ...]:
    """The files that `politica` names: one, or a list of them."""
    if isinstance(fields.data.get("politica"), str):
        named: list[tuple[YamlPath, str]] = [(("politica",), fields.text("politica"))]
    else:
        named = [(("politica", index), text) for index, text in enumerate(fields.texts("politica"))]
    return tuple(found for step, text in named if (found := _policy(fields, step, text, root)) is not None)


def _policy(fields: Fields, step: YamlPath, text: str, root: Path) -> Path | None:
    """A rule's file decides: it is approved by its content, so it must be a file of this workspace."""
    path = root / text
    try:
        inside = path.resolve().is_relative_to(root.resolve()) and not path.is_symlink()
    except (OSError, RuntimeError, ValueError):
        inside = False
    if not inside:
        fields.note(step, f"not a file of this workspace: {visible(text)}", "for example policy.yaml")
    elif not path.is_file():
        fields.note(step, f"there is no file {visible(text)}", "write it first; `oficina policy try FILE`")
    else:
        return path
    return None


def _zone(fields: Fields) -> str:
    name = fields.text("fuso", DEFAULT_FUSO)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fields.note("fuso", f"no such time zone: {visible(name)}", f"for example {DEFAULT_FUSO}")
        return DEFAULT_FUSO
    return name


def _targets(fields: Fields, root: Path) -> list[Target]:
    found = [_target(fields.below(*step), root) for step, _ in fields.items("targets")]
    for index, target in enumerate(found):
        if any(other.nome == target.nome for other in found[:index]):
            fields.note(("targets", index, "nome"), f"two targets are named {target.nome}", "name them apart")
    return found or [Target("producao", root / ".oficina" / "deploy" / "producao")]


def _target(part: Fields, root: Path) -> Target:
    part.only("nome", "ambiente", "dir", "smoke", "manter", "smoke_timeout_s", "rede", "config")
    nome = part.text("nome", None, remedy="for example `nome: producao`")
    if nome and not _NAME.fullmatch(nome):
        part.note("nome", f"not a name: {visible(nome)}", "letters, digits, - and _")
    config: Any = part.data.get("config") or {}
    if not isinstance(config, dict):
        part.note("config", "expected keys with values", "they go into the version's config.json")
        config = {}
    return Target(
        nome=nome,
        dir=_directory(part, root / ".oficina" / "deploy" / (nome or "producao"), root),
        ambiente=part.text("ambiente", "producao"),
        smoke=_words(part, "smoke") or DEFAULT_SMOKE,
        manter=part.integer("manter", 3, 2, 100),
        config=config,
        smoke_timeout_s=part.number("smoke_timeout_s", 60, 1, 3600),
        rede=part.boolean("rede", False),
    )


def _directory(part: Fields, default: Path, root: Path) -> Path:
    given = part.text("dir")
    try:
        found = root / Path(given).expanduser() if given else default
        found.resolve()
    except (RuntimeError, OSError, ValueError):
        part.note(
            "dir", f"leads nowhere: {visible(given or default.name)}", "a directory, relative to this one"
        )
        return default
    return found


def _words(part: Fields, key: str) -> tuple[str, ...]:
    """A command as a list of words, never a line for a shell to take apart."""
    if isinstance(part.data.get(key), str):
        part.note(key, "expected a list of words, not one text", f"write `{key}: [program, argument]`")
        return ()
    return part.texts(key)


def _secrets(fields: Fields) -> dict[str, Secret]:
    part = fields.maybe("secrets")
    return {nome: _secret(part, nome) for nome in part.data} if part else {}


def _secret(part: Fields, nome: str) -> Secret:
    if not isinstance(part.data[nome], dict):
        part.note(
            nome, "a secret is never written here", "name where it is: `{env: VARIABLE}` or `{file: PATH}`"
        )
        return Secret(nome)
    secret = part.below(nome)
    secret.only("env", "file")
    if not _VARIABLE.fullmatch(nome):
        part.note(nome, f"not a variable's name: {visible(nome)}", "letters, digits and _")
    env, file = secret.text("env"), secret.text("file")
    if bool(env) == bool(file):
        part.note(nome, "name one source", "`{env: VARIABLE}` or `{file: PATH}`")
    return Secret(nome, env, file)


def _keymap(fields: Fields) -> dict[str, str]:
    part = fields.maybe("keymap")
    return {action: part.text(action) for action in part.data} if part else {}
