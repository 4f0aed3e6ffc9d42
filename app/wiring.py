"""Puts the parts together: a workspace with its definitions, its store and rules, or its whole line."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.definitions import Definitions
from app.naming import nearest_id, whole_id
from app.times import LocalTime
from jobs.attempts import Objects
from jobs.config import CONFIG_NAME, Config
from jobs.definitions import OwnFiles
from jobs.logs.commits import CommitLog
from jobs.logs.logbook import Logbook
from jobs.secrets import NOTHING, Masker
from jobs.specs.adding import Added, Adding, add_specs
from jobs.trust import Trust, TrustFile, has_store
from jobs.workspace import Workspace, WorkspacePaths, find_workspace, open_workspace
from store.backlog import Backlog
from store.clock import Clock, RandomTokens, SystemClock
from store.contracts import Contracts
from store.database import Database
from store.decisions import Decisions
from store.errors import StoreReadOnly, WrongInput
from store.yamlfile import load_yaml

if TYPE_CHECKING:
    from jobs.line import LineSetup

_ITEMS = "backlog_items"
PERSON = "humano"


@dataclass(frozen=True)
class Shop:
    """An open workspace for a command: its store and its rules, beside whatever line runs there."""

    workspace: Workspace
    trust: Trust
    definitions: Definitions
    db: Database
    backlog: Backlog
    decisions: Decisions
    clock: SystemClock

    @property
    def contracts(self) -> Contracts:
        return self.definitions.contracts

    @property
    def config(self) -> Config:
        return self.workspace.config

    @property
    def undo_s(self) -> float:
        return self.config.undo_s

    @property
    def objects(self) -> Objects:
        return Objects(self.workspace.paths.objects)

    def item(self, item_id: str) -> dict[str, Any]:
        """The item of that id or bare number, archived or not; WrongInput names the nearest right one."""
        whole = whole_id(item_id, "BKL")
        found = self.db.get(_ITEMS, whole) or self.db.archived(whole)
        if found is None:
            known = (doc["id"] for doc in self.db.all(_ITEMS))
            raise WrongInput(f"no item {whole}", remedy=nearest_id(whole, "BKL", known))
        return found

    @property
    def local(self) -> LocalTime:
        """The workspace's time zone, for what people read."""
        return LocalTime(self.config.fuso)

    def inbox(self) -> list[dict[str, Any]]:
        """What waits for a person now, the longest wait first; what is snoozed is not there yet."""
        now = self.clock.now()
        waiting = [item for item in self.decisions.abertas() if item["disponivel_em"] <= now]
        return sorted(waiting, key=lambda item: (item["pendente_em"], item["id"]))

    def add_specs(self, files: list[Path]) -> list[Added]:
        """Freeze spec files as new versions and have them priced; all of them or none."""
        return add_specs(files, adding(self.workspace, self.db, self.backlog, self.clock, self.definitions))

    def report_bug(self, release: dict[str, Any], contexto: dict[str, Any]) -> str:
        """Produce a person's `corrigir_bug` in a release: only its version was approved to be built.

        In one that is live it is an incident of that deployment.
        """
        bound = {
            "release_ref": release["id"],
            "spec_ref": release["spec_ref"],
            "spec_versao": release["spec_versao"],
        }
        live = [
            each["id"]
            for each in self.db.find("implantacoes", "release_ref", release["id"])
            if each["status"] in ("implantada", "validada")
        ]
        if live:
            bound["implantacao_causadora"] = live[-1]
        return self.backlog.produzir(
            {"tipo": "corrigir_bug", "contexto": {**contexto, **bound}}, produtor=PERSON
        )


def adding(
    workspace: Workspace, db: Database, backlog: Backlog, clock: Clock, definitions: Definitions
) -> Adding:
    """What `spec add` needs."""
    return Adding(
        db=db,
        backlog=backlog,
        objects=Objects(workspace.paths.objects),
        clock=clock,
        raiz=workspace.paths.root,
        capacidades=definitions.capabilities,
    )


def enter(root: Path) -> Workspace:
    """Open a workspace; a store that is empty so far is this user's own from now on."""
    workspace = configured(root)
    if not has_store(workspace.paths):
        TrustFile.default().made_here(workspace.paths, workspace.config, SystemClock())
    return workspace


def configured(root: Path) -> Workspace:
    """Open a workspace whose `oficina.yaml` is right in everything, also in what only the screen needs.

    Raises WrongInput for the first thing that is wrong there.
    """
    workspace = open_workspace(root)
    config = workspace.config
    if config.theme or config.keymap:
        # Only then: what knows the themes and the commands takes longer to load than most commands to run.
        from app.screen_config import screen_problems

        doc = load_yaml(workspace.paths.config, CONFIG_NAME)
        for problem in screen_problems(doc, theme=config.theme, keymap=config.keymap):
            raise problem
    return workspace


def find_paths(arguments: argparse.Namespace) -> WorkspacePaths:
    """The workspace that `-C` names, or the nearest one."""
    return find_workspace(arguments.workspace or Path.cwd())


@contextmanager
def opened(arguments: argparse.Namespace, *, readonly: bool = False) -> Iterator[Shop]:
    """The workspace with its store open for the block. Changing it needs its owner's trust."""
    workspace = enter(find_paths(arguments).root)
    trust, clock = trust_of(workspace), SystemClock()
    if not readonly:
        trust.require(workspace.paths.root)
    definitions = definitions_under(trust, workspace)
    by = f"{getattr(arguments, 'run', 'cli').split('.')[0]}"
    # Not even repaired where it is only viewed: the store may have come with a clone.
    viewed = has_store(workspace.paths) and not trust.trusted
    db = Database.open(workspace.paths.store, by=by, clock=clock, readonly=viewed)
    try:
        if not readonly and db.readonly_reason:
            raise StoreReadOnly(db.readonly_reason)
        log = workspace_log(workspace, by, trust)
        db.subscribe(CommitLog(log, workspace.paths.objects).take)
        backlog = Backlog(
            db, definitions.contracts, clock, RandomTokens(), random.Random(), workspace.config.limites
        )
        yield Shop(workspace, trust, definitions, db, backlog, Decisions(backlog), clock)
    finally:
        db.close()


def trust_of(workspace: Workspace) -> Trust:
    """Whether this user approved what the workspace defines."""
    return TrustFile.default().check(workspace.paths, workspace.config)


def definitions_under(trust: Trust, workspace: Workspace) -> Definitions:
    """What the workspace works by: nothing of its own unless it is trusted, and then what was approved."""
    own = trust.own if trust.trusted else OwnFiles()
    return Definitions(own, workspace.config.effectiveness_after_days)


def _without_own(paths: WorkspacePaths) -> WorkspacePaths:
    """The same workspace as if it defined nothing."""
    return _SeedsOnly(paths.root)


class _SeedsOnly(WorkspacePaths):
    def definition(self, name: str) -> Path | None:  # noqa: ARG002 (the answer is the same for all)
        return None


def workspace_log(workspace: Workspace, process: str, trust: Trust, *, tell: bool = True) -> Logbook:
    """The workspace's log; `tell`: standard error is told, once, when nothing can be written to it."""

    def say(problem: str) -> None:
        if tell:
            sys.stderr.write(f"oficina: the log can't be written ({problem}); it goes on without\n")

    mask = secrets_masker(workspace, trust)
    return Logbook.of(workspace.paths.logs, process=process, mask=mask, on_drop=say)


def secrets_masker(workspace: Workspace, trust: Trust) -> Masker:
    """What hides the workspace's secrets; those of one that is not trusted are not even read."""
    if not workspace.config.secrets or not trust.trusted:
        return NOTHING
    return Masker(secrets_of(workspace.config).values())


def secrets_of(config: Config) -> dict[str, str]:
    """The secrets that are there, by the variable's name that probes find them under."""
    found = {nome: secret.value() for nome, secret in config.secrets.items()}
    return {nome: value for nome, value in found.items() if value}


def line_setup(
    workspace: Workspace, *, name: str, policy: Path | None = None, undo_s: float = 0.0, tell: bool = True
) -> LineSetup:
    """Everything that a line of this workspace is handed in. It is only viewed where it is not trusted.

    `policy` is a file of rules that stands instead of the workspace's own; what they decide can be taken back
    for `undo_s` seconds. `tell`: standard error may be written to.
    """
    from jobs.line import LineSetup
    from jobs.performers.registry import steps_for

    trust = trust_of(workspace)
    definitions = definitions_under(trust, workspace)
    paths = workspace.paths if trust.trusted else _without_own(workspace.paths)
    actors = definitions.actors
    secrets = secrets_of(workspace.config) if trust.trusted else {}
    approved = {each.name: each.sha256 for each in trust.definitions}
    probes = {
        nome: each.probe_command(paths.root, secrets, approved)
        for nome, each in definitions.capabilities.items()
    }
    return LineSetup(
        paths=paths,
        steps=steps_for(actors, paths, workspace.config),
        actors=actors.working(),
        roster=tuple(actors.values()),
        contracts=definitions.contracts,
        config={
            "workspace": workspace.config,
            "pricing": definitions.pricing,
            "definitions": definitions,
            "archive_after_days": workspace.config.archive_after_days,
            "secrets": secrets,
            "mask": Masker(secrets.values()),
            "approved": approved,
            "key_begun": partial(TrustFile.default().key_begun, paths, workspace.config, SystemClock()),
            "key_made": partial(TrustFile.default().key_made, paths, workspace.config, SystemClock()),
        },
        name=name,
        workspace_name=workspace.name,
        probes=probes,
        policy=definitions.policy(policy) if trust.trusted else None,
        policy_undo_s=undo_s,
        limites=workspace.config.limites,
        log=workspace_log(workspace, name, trust, tell=tell),
        may_run=trust.trusted,
        notice=""
        if trust.trusted
        else "not trusted: what this workspace defines is approved with `oficina trust`",
    )
