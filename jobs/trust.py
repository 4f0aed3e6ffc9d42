"""May what this workspace defines be run? Its owner's approval is kept outside it (design.md, "Trust").

A cloned workspace can name commands, or say who decides. Every such definition is recorded word for word with
the workspace's id and path; a changed one is shown as a difference and asked again. Until then it is
view-only.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path

from jobs.config import Config
from jobs.definitions import OwnFiles
from jobs.deploy.target import DEFAULT_SMOKE
from jobs.fields import visible
from jobs.key_trust import BEGUN, begun, came_of, identity, key_text
from jobs.performers.commands import definition_name, named_words, program_names
from jobs.performers.places import Place, digest, place_of, private_places, program_place
from jobs.probing import approval_name
from jobs.signing import DEFAULT_KEY, signer
from jobs.workspace import WorkspacePaths
from store.clock import Clock
from store.errors import WrongInput
from store.yamlfile import ReadFile, load_yaml

DATA_ONLY = frozenset({"pricing"})
"""Definitions that only have numbers in them: nothing in them runs or decides."""

GATES = ("actors.yaml", "contracts.yaml", "policy.yaml")
GATES_OF_CONFIG = ("oficina.yaml: signing", "oficina.yaml: politica ")
"""Definitions that can hold something back: taking one away is a change that is asked about as well."""

STORE = ".oficina"
"""The name under which a store that was not made here is asked about."""

REMEDY = "look at what it defines and approve it with `oficina trust`"


class NotTrusted(WrongInput):
    """The workspace defines something that its owner has not approved: view-only, headless exits 2."""


@dataclass(frozen=True)
class Definition:
    """Something that runs a command, opens a secret or decides: its name, and all of its text."""

    name: str
    text: str
    problem: str = ""
    """Why it can't be approved as it is; empty: it can."""

    @property
    def sha256(self) -> str:
        """The digest of its text."""
        return digest(self.text)


@dataclass(frozen=True)
class Trust:
    """Whether a workspace is trusted, what it defines, and how that differs from what was approved."""

    trusted: bool
    definitions: Sequence[Definition]
    difference: Sequence[str] = ()
    """Unified diff from what was approved to what is there now, free of control characters."""
    own: OwnFiles = field(default_factory=OwnFiles)
    """What `definitions` were made of: the very bytes that may be parsed where it is trusted."""

    def require_approvable(self) -> None:
        """Raise WrongInput where something that is defined can't be approved as it is."""
        problem = next((each.problem for each in self.definitions if each.problem), "")
        if problem:
            raise WrongInput(
                f"it can't be approved: {visible(problem)}",
                remedy="plain files, and no links, can be approved",
            )

    def require(self, workspace: Path) -> None:
        """Raise NotTrusted unless it is trusted."""
        if not self.trusted:
            names = ", ".join(visible(definition.name) for definition in self.definitions)
            what = names or "less than you approved"
            raise NotTrusted(f"{workspace} is not trusted yet: it defines {what}", remedy=REMEDY)


class TrustFile:
    """The approvals of this user, outside every workspace (`$XDG_STATE_HOME/oficina/trust.json`)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def default(cls, environ: Mapping[str, str] | None = None) -> TrustFile:
        """Where the XDG convention puts it."""
        environment = os.environ if environ is None else environ
        state = environment.get("XDG_STATE_HOME", "")
        base = Path(state) if state.startswith("/") else Path.home() / ".local" / "state"
        return cls(base / "oficina" / "trust.json")

    def check(self, paths: WorkspacePaths, config: Config) -> Trust:
        """Compare what the workspace defines now with what was approved for its id at this path.

        One that defines nothing has nothing to approve.
        """
        own = OwnFiles.read(paths, config.politicas)
        definitions = definitions_of(paths, config, own)
        now = {definition.name: definition.text for definition in definitions}
        approved = self._with_new_key(paths, self._approved(paths, config))
        same = all(approved.get(name) == text for name, text in now.items())
        weaker = any(name not in now and _is_gate(name) for name in approved)
        trusted = same and not weaker and not any(each.problem for each in definitions)
        return Trust(trusted, definitions, [] if trusted else _difference(approved, now), own)

    def approve(self, paths: WorkspacePaths, config: Config, clock: Clock, seen: Trust) -> None:
        """Record what was shown (`seen`), not what may have come in its place since.

        Raises WrongInput where something of it can't be approved: what a link leads to is seen by nobody.
        """
        seen.require_approvable()
        everything = self._read()
        everything[str(paths.root)] = {
            "id": config.id,
            "em": clock.now(),
            "definicoes": {definition.name: definition.text for definition in seen.definitions},
        }
        _write_private(self.path, json.dumps(everything, ensure_ascii=False, indent=1))

    def made_here(self, paths: WorkspacePaths, config: Config, clock: Clock) -> None:
        """Record that this user's oficina makes the workspace's store: it is empty so far.

        One that comes with a clone or a copy has no such record, and is asked about like a command: what it
        says is approved would be done. Raises WrongInput where nothing can be recorded.
        """
        self._record(paths, config, clock, {STORE: identity(paths)})

    def key_begun(self, paths: WorkspacePaths, config: Config, clock: Clock, longest_s: float) -> None:
        """Record that the line begins to have a signing key made, which takes at most so long: should it die
        before `key_made`, the key that is there then is approved all the same. See `made_here` for errors.
        """
        if not _key(paths):
            record = begun(paths, clock.now(), longest_s)
            self._record(paths, config, clock, {BEGUN: record})
            return
        known = self._with_new_key(paths, self._approved(paths, config))
        if all(known.get(each.name) == each.text for each in _key(paths)):
            self.key_made(paths, config, clock)

    def key_made(self, paths: WorkspacePaths, config: Config, clock: Clock, *, made: bool = True) -> None:
        """Record that this ended: the key that the line has just had `made` is approved, any other is asked
        about. See `made_here` for errors.
        """
        keys = {each.name: each.text for each in _key(paths)} if made else {}
        self._record(paths, config, clock, keys, BEGUN)

    def _with_new_key(self, paths: WorkspacePaths, approved: Mapping[str, str]) -> dict[str, str]:
        """What is approved, with the key that a command made of which nobody could record the end."""
        known = {name: text for name, text in approved.items() if name != BEGUN}
        if BEGUN in approved and came_of(approved[BEGUN], paths):
            known |= {each.name: each.text for each in _key(paths)}
        return known

    def _record(
        self,
        paths: WorkspacePaths,
        config: Config,
        clock: Clock,
        definitions: Mapping[str, str],
        without: str = "",
    ) -> None:
        everything = self._read()
        approved = self._approved(paths, config) | dict(definitions)
        approved.pop(without, None)
        everything[str(paths.root)] = {"id": config.id, "em": clock.now(), "definicoes": approved}
        try:
            _write_private(self.path, json.dumps(everything, ensure_ascii=False, indent=1))
        except OSError as error:
            raise WrongInput(
                f"approvals can't be kept at {self.path}: {error.strerror}", remedy="set XDG_STATE_HOME"
            ) from None

    def _approved(self, paths: WorkspacePaths, config: Config) -> dict[str, str]:
        entry = self._read().get(str(paths.root), {})
        same = isinstance(entry, dict) and entry.get("id") == config.id
        texts = entry.get("definicoes", {}) if same else {}
        return texts if isinstance(texts, dict) else {}

    def _read(self) -> dict[str, dict[str, object]]:
        """What is recorded; a file that is damaged or not ours alone approves nothing."""
        try:
            found = self.path.lstat()
            if self.path.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o022:
                return {}
            recorded = json.loads(self.path.read_bytes())
        except (OSError, ValueError):
            return {}
        return recorded if isinstance(recorded, dict) else {}


def has_store(paths: WorkspacePaths) -> bool:
    """Whether `.oficina` holds anything but empty directories."""
    return any(names for _, _, names in os.walk(paths.dot))


def definitions_of(paths: WorkspacePaths, config: Config, own: OwnFiles | None = None) -> list[Definition]:
    """Everything in a workspace that runs a command, opens a secret, weakens the sandbox or decides.

    Its store is one of them: it says what was approved. `own` are its files where they were read already.
    """
    own = OwnFiles.read(paths, config.politicas) if own is None else own
    found = _from_config(paths, config, own)
    if has_store(paths):
        found.append(Definition(STORE, identity(paths)))
    found += _key(paths)
    found += [
        Definition(file.path.name, file.text) for name, file in own.files.items() if name not in DATA_ONLY
    ]
    return found + _programs(paths, config, own.get("actors")) + _scripts(paths, own.get("capabilities"))


def _key(paths: WorkspacePaths) -> list[Definition]:
    """The key at its default place, with which releases are signed as soon as it is there."""
    text = key_text(paths)
    return [Definition(DEFAULT_KEY, text)] if text else []


def _programs(paths: WorkspacePaths, config: Config, file: ReadFile | None) -> list[Definition]:
    """What of the workspace its actors' programs are made of: they can change where their names stay."""
    if file is None:
        return []
    try:
        actors = load_yaml(file).data
    except WrongInput:
        return []  # it is approved as it is, and read by nobody
    private = private_places(paths.root, config.signing_key)
    names = dict.fromkeys(name for command in _commands(actors) for name in _named(command, paths.root))
    # Looked at before it is read: what is private is not even shown.
    return [_part(definition_name(name), program_place(paths.root, name, private)) for name in names]


def _scripts(paths: WorkspacePaths, file: ReadFile | None) -> list[Definition]:
    """The same of what probes and install commands name in the workspace."""
    try:
        defined = load_yaml(file).data.get("capacidades") if file is not None else None
    except (WrongInput, AttributeError):
        return []
    each = [one for one in defined.values() if isinstance(one, dict)] if isinstance(defined, dict) else []
    words = [one.get(name) for one in each for name in ("sonda", "instalar")]
    lists = [found for found in words if isinstance(found, list)]
    names = dict.fromkeys(name for argv in lists for name in named_words(argv, paths.root))
    return [_part(approval_name(name), place_of(paths.root, name)) for name in names]


def _part(name: str, place: Place) -> Definition:
    return Definition(name, place.text, place.problem)


def _is_gate(name: str) -> bool:
    return name in GATES or name.startswith(GATES_OF_CONFIG)


def _commands(actors: object) -> Iterator[dict[str, object]]:
    """Every command of every actor, whatever else is wrong with the definitions."""
    for actor in actors.values() if isinstance(actors, dict) else ():
        commands = actor.get("comandos") if isinstance(actor, dict) else None
        for command in commands.values() if isinstance(commands, dict) else ():
            if isinstance(command, dict):
                yield command


def _named(command: Mapping[str, object], root: Path) -> list[str]:
    lists = (command.get(name) for name in ("argv", "leitura"))
    argv, leitura = ([word for word in words if word] if isinstance(words, list) else [] for words in lists)
    return program_names(argv, leitura, root)


def _from_config(paths: WorkspacePaths, config: Config, own: OwnFiles) -> list[Definition]:
    found = [
        # Where it leads, not what it is called: a link could lead anywhere.
        _definition(
            f"oficina.yaml: target {target.nome}", {**target.to_document(), "dir": str(target.dir.resolve())}
        )
        for target in config.targets
        if tuple(target.smoke) != DEFAULT_SMOKE
        or target.rede
        or paths.deploy not in target.dir.resolve().parents
    ]
    found += [
        _definition(f"oficina.yaml: secret {nome}", {"env": secret.env, "file": secret.file})
        for nome, secret in config.secrets.items()
    ]
    if config.signing_key or config.signing_required:
        found.append(
            _definition(
                "oficina.yaml: signing", signer(paths.root, config.signing_key, config.signing_required)
            )
        )
    found += [
        # Named apart from the file: switching it on is asked about, also where the file was approved before.
        Definition(f"oficina.yaml: politica {file.path.relative_to(paths.root).as_posix()}", file.text)
        for file in own.politicas
    ]
    if config.below_full == "all":
        found.append(_definition("oficina.yaml: sandbox", {"below_full": config.below_full}))
    return found


def _definition(name: str, document: Mapping[str, object]) -> Definition:
    return Definition(name, json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1))


def _difference(approved: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    for name in sorted({*approved, *now}):
        before, after = approved.get(name, "").splitlines(), now.get(name, "").splitlines()
        if before != after:
            lines += unified_diff(before, after, f"approved: {name}", f"now: {name}", lineterm="", n=2)
    return ["".join(char if char.isprintable() else "·" for char in line) for line in lines]


def _write_private(path: Path, text: str) -> None:
    """Replace a file by one that only its owner can read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".trust-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
