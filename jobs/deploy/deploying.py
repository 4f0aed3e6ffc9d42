"""Deploying and rolling back: intent, lock, token, act, and what to record; reconciliation after a death."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from jobs.deploy.provision import keep_failure, kept_failure, provision, version_name
from jobs.deploy.smoke import smoke_test
from jobs.deploy.target import DeployError, Target, UnclearTargetError
from jobs.protocol import Spawn
from jobs.release import Release, ReleaseError, verify_release
from store.errors import WrongInput

LOCK_TIMEOUT_S = 30.0

_ATTEMPTS_TO_AGREE = 3

Operacao = Literal["implantar", "reverter", "retirar"]


class Conversation(Protocol):
    """What a deployment needs of a step's channel."""

    @property
    def token(self) -> str: ...
    @property
    def workdir(self) -> Path: ...
    @property
    def spawn(self) -> Spawn: ...
    def progress(
        self, fase: str, feito: int | None = None, total: int | None = None, texto: str = ""
    ) -> None: ...
    def ask(self, message: Mapping[str, Any]) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Known:
    """What is known of the versions at a target, from elsewhere than the target itself."""

    manifests: Mapping[str, str] = field(default_factory=dict)
    """The SHA-256 of their manifests, by version."""
    only: bool = False
    """Whether a version that is not among them is never made live again."""

    def digest(self, target: Target, version: str) -> str:
        """The manifest that a version must have. Raises ReleaseError where nobody knows it."""
        if version in self.manifests:
            return self.manifests[version]
        if self.only:
            raise ReleaseError(f"the store knows no signed release of the version {version}")
        return str(target.record(version)["manifest"])


@dataclass(frozen=True)
class _Work:
    """One change of a target: from the version that is live to another."""

    target: Target
    channel: Conversation
    operacao: Operacao
    depois: str
    manifest: str
    release: Release | None = None
    """What to provision; None where the version is there already."""
    lock_timeout_s: float = LOCK_TIMEOUT_S
    assinatura: Mapping[str, Any] | None = None
    known: Known = field(default_factory=Known)

    def intent(self, antes: str | None) -> dict[str, Any]:
        return {
            "kind": "intent",
            "operacao": self.operacao,
            "alvo": self.target.nome,
            "ambiente": self.target.ambiente,
            "antes": antes,
            "depois": self.depois,
            "manifest": self.manifest,
            "token": self.channel.token,
        }


def deploy(
    release_dir: Path,
    target: Target,
    channel: Conversation,
    *,
    digest: str | None = None,
    intencao: Mapping[str, Any] | None = None,
    assinatura: Mapping[str, Any] | None = None,
    known: Known | None = None,
    lock_timeout_s: float = LOCK_TIMEOUT_S,
) -> dict[str, Any]:
    """Deploy a release and smoke-test it; when that fails, what was live before is live again.

    Only where that still is what `known` says, though: else nothing is live, and `nao_voltou` says why.

    `digest` is the manifest that was approved; its `assinatura`, which the caller has verified, goes with the
    version. `intencao` is the last intent of an earlier attempt that never
    recorded its end: it is settled first, from what is really there. Returns the deployment's record: `{ok,
    operacao, alvo, ambiente, versao (live now), antes, depois, manifest, smoke, voltou, adotado, removidas,
    nivel}`. Raises ReleaseError, TargetBusyError, UnclearTargetError, DeployError, and LostToken (then
    nothing visible is done).
    """
    known = known or Known()
    with _as_deploy_errors(target):
        target.prepare()
        if intencao is not None:
            settled = settle(intencao, target, channel, known=known, lock_timeout_s=lock_timeout_s)
            if settled is not None:
                return settled
        release = verify_release(release_dir, digest)
        depois = version_name(release, channel.token)
        work = _Work(
            target, channel, "implantar", depois, release.digest, release, lock_timeout_s, assinatura, known
        )
        return _change(work)


def roll_back(
    target: Target,
    channel: Conversation,
    *,
    para: str | None = None,
    digest: str | None = None,
    intencao: Mapping[str, Any] | None = None,
    known: Known | None = None,
    lock_timeout_s: float = LOCK_TIMEOUT_S,
) -> dict[str, Any]:
    """Make an earlier version live: `para`, or the one that was live before the current one.

    `digest` is the manifest that it was approved with: what the target says of itself proves nothing.
    Returns and raises as `deploy`; WrongInput when there is nothing to roll back to.
    """
    known = known or Known()
    with _as_deploy_errors(target):
        target.prepare()
        if intencao is not None:
            meant = {**intencao, "manifest": digest or intencao["manifest"]}
            settled = settle(meant, target, channel, known=known, lock_timeout_s=lock_timeout_s)
            if settled is not None:
                return settled
        live = target.current()
        chosen = para or (target.record(live)["antes"] if live else None)
        if not chosen or chosen == live or not target.version_dir(chosen).is_dir():
            raise WrongInput(
                f"the target {target.nome} has no version {para or 'before the live one'} to roll back to",
                remedy=f"versions: {', '.join(target.names()) or 'none'}",
            )
        manifest = digest or known.digest(target, chosen)
        verify_release(target.version_dir(chosen) / "release", manifest)
        work = _Work(target, channel, "reverter", chosen, manifest, None, lock_timeout_s, known=known)
        return _change(work)


def take_away(
    target: Target,
    channel: Conversation,
    *,
    de: str | None,
    intencao: Mapping[str, Any] | None = None,
    lock_timeout_s: float = LOCK_TIMEOUT_S,
) -> dict[str, Any]:
    """Roll the first version back: nothing is live afterwards, as before it. What replaced `de` stays.

    Doing it again changes nothing, so an open intent only tells what was there. Returns as `roll_back`, with
    an empty `depois` and no smoke test. Raises TargetBusyError, UnclearTargetError, DeployError, LostToken.
    """
    with _as_deploy_errors(target):
        target.prepare()
        work = _Work(target, channel, "retirar", "", "", None, lock_timeout_s)
        antes = target.current() if intencao is None else intencao["antes"]
        channel.ask(work.intent(antes))
        channel.progress("lock")
        with target.lock(channel.token, lock_timeout_s):
            channel.ask({"kind": "phase", "fase": "trocar", "alvo": target.nome})
            if target.current() == de:
                target.point_to(None, channel.token)
            smoke = {"ok": None, "rc": None, "motivo": "", "saida": ""}
            return {**_record(work, antes, smoke, ""), "ok": True, "versao": target.current()}


def settle(
    intencao: Mapping[str, Any],
    target: Target,
    channel: Conversation,
    *,
    known: Known | None = None,
    lock_timeout_s: float = LOCK_TIMEOUT_S,
) -> dict[str, Any] | None:
    """Reconcile an intent whose attempt died, from what is really there.

    Returns the record where the change was made (the smoke test is run again) or had failed (then it is taken
    back); None where nothing visible was done, so that it can be done anew. Raises UnclearTargetError,
    changing nothing, when the target is neither as it was nor as it was meant to be.
    """
    antes, depois = intencao["antes"], str(intencao["depois"])
    work = _Work(
        target,
        channel,
        intencao["operacao"],
        depois,
        str(intencao["manifest"]),
        known=known or Known(),
    )
    with target.lock(channel.token, lock_timeout_s):
        live = target.current()
        failure = kept_failure(target, str(intencao["token"]))
        if live not in (antes, depois) and failure is None:
            raise UnclearTargetError(
                f"the target {target.nome} is at {live or 'nothing'}: neither at {antes or 'nothing'}, "
                f"as before the interrupted deployment, nor at {depois}, as it was meant to be"
            )
        channel.ask({"kind": "phase", "fase": "conciliar", "alvo": target.nome})
        target.sweep()
        if failure is not None:
            return _taken_back(work, antes, failure)
        if live == depois:
            verify_release(target.version_dir(depois) / "release", work.manifest)
            return {**_judge(work, antes, str(intencao["token"])), "adotado": True}
        if work.operacao == "implantar" and target.version_dir(depois).exists():
            target.discard(depois)
        return None


def _change(work: _Work) -> dict[str, Any]:
    target, channel = work.target, work.channel
    for _ in range(_ATTEMPTS_TO_AGREE):
        antes = target.current()
        channel.ask(work.intent(antes))
        channel.progress("lock")
        with target.lock(channel.token, work.lock_timeout_s):
            if target.current() != antes:
                continue  # Somebody deployed in between: the intent must say what is there now.
            channel.ask({"kind": "phase", "fase": "implantar", "alvo": target.nome})
            target.sweep()
            if work.release is not None:
                channel.progress("provision")
                provision(
                    work.release,
                    target,
                    work.depois,
                    antes=antes,
                    token=channel.token,
                    assinatura=work.assinatura,
                )
            channel.progress("switch")
            # Copying can take long: whose turn it is, is asked again before anything becomes visible.
            channel.ask({"kind": "phase", "fase": "trocar", "alvo": target.nome})
            target.point_to(work.depois, channel.token)
            return _judge(work, antes, channel.token)
    raise DeployError(f"the target {target.nome} keeps changing: other deployments are at work")


def _judge(work: _Work, antes: str | None, token: str) -> dict[str, Any]:
    """Smoke-test what is live now; go back when it fails. `token` is that of the intent."""
    work.channel.progress("smoke")
    smoke, level = smoke_test(work.target, work.depois, work.channel.spawn, work.channel.workdir)
    record = _record(work, antes, smoke, level)
    if not smoke["ok"]:
        keep_failure(work.target, token, record)
        return _taken_back(work, antes, record)
    work.channel.progress("prune")
    return {**record, "removidas": work.target.prune()}


def _record(work: _Work, antes: str | None, smoke: Mapping[str, Any], level: str) -> dict[str, Any]:
    return {
        "ok": smoke["ok"],
        "operacao": work.operacao,
        "alvo": work.target.nome,
        "ambiente": work.target.ambiente,
        "versao": work.depois,
        "antes": antes,
        "depois": work.depois,
        "manifest": work.manifest,
        "smoke": dict(smoke),
        "voltou": False,
        "adotado": False,
        "removidas": [],
        "nivel": level,
    }


def _taken_back(work: _Work, antes: str | None, record: Mapping[str, Any]) -> dict[str, Any]:
    work.channel.progress("return")
    why_not = _changed(work, antes) if antes else ""
    if work.target.current() == work.depois:
        work.target.point_to(None if why_not else antes, work.channel.token)
    found = {**record, "versao": work.target.current(), "voltou": not why_not}
    return {**found, "nao_voltou": why_not} if why_not else found


def _changed(work: _Work, antes: str) -> str:
    """Why what was live before may not be so again, in a line; empty where it is what it was.

    Nothing live is safe and seen at once; what somebody changed would run under the name of a release.
    """
    try:
        digest = work.known.digest(work.target, antes)
        verify_release(work.target.version_dir(antes) / "release", digest)
    except (ReleaseError, UnclearTargetError, OSError) as error:
        return f"{antes} is not what was deployed: {error}"
    return ""


@contextmanager
def _as_deploy_errors(target: Target) -> Iterator[None]:
    """What the file system refuses, in one line that names the target."""
    try:
        yield
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        raise DeployError(f"the target {target.nome}: {error.strerror or error}{where}") from error
