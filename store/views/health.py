"""How the workspace and its line are, judged from facts: each check says ok, warn or bad, why, what to do.

Hephaestus, section 2.3 (health checks). Whoever gathers the facts hands them in: the line of its own, or
`oficina doctor` from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from store.clock import seconds_between
from store.views.model import HealthRow

OK, WARN, BAD = "ok", "warn", "bad"

LOW_DISK_MB, NO_DISK_MB, MUCH_DISK_MB = 500, 100, 10_240
OVERDUE_FACTOR, OVERDUE_S = 3.0, 60.0
"""A job is overdue after so many of its intervals, and at least so many seconds more."""
SILENT_S = 120.0
"""From outside: a line that says nothing of its jobs for so long is stopped or stuck."""
OLD_DECISION_S = OLD_GAP_S = 24 * 3600.0
OLD_LEASE_S = 2 * 3600.0


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """The store's files: sizes in bytes."""

    bytes: int = 0
    compactar: bool = False
    """Whether a compaction is due."""
    somente_leitura: str = ""
    """Why it can only be viewed."""
    falha: str = ""
    """Why it can't be used at all."""


@dataclass(frozen=True, slots=True)
class JobFacts:
    """A job of the scheduler; times are UTC texts, empty where there is none."""

    nome: str
    intervalo_s: float
    ultima: str = ""
    rodando: bool = False
    pausado: bool = False
    problemas: Mapping[str, int] = field(default_factory=dict)
    """What went wrong with it in the last hour: `late`, `overlap`, `missed`, `error`, and how often."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits or is held, and since when (UTC text)."""

    ref: str
    desde: str
    prazo_s: float | None = None
    """For how long it may be held."""


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """All that is judged; None where nobody looked (yet)."""

    agora: str
    armazem: StoreFacts = StoreFacts()
    modo: str = ""
    """How the process that looks stands to the line (`LineState.modo`); empty from outside."""
    titular: str = ""
    """The process that runs the line, as in `tui:4711`; empty when none does."""
    tarefas: Sequence[JobFacts] | None = None
    ouvido_em: str = ""
    """When the line last said something of its jobs, seen from outside."""
    na_fila: int = 0
    """Items that an actor could begin now."""
    disco_livre_mb: int | None = None
    isolamento: str = ""
    """The sandbox's level: `full` or `limits`; empty when it was not tried."""
    isolamento_porque: str = ""
    disjuntores: Sequence[Mapping[str, Any]] = ()
    """The documents of `disjuntores`, of performers that somebody has."""
    decisoes: int = 0
    decisao: Waiting | None = None
    """The open decision that has waited longest."""
    leases: int = 0
    lease: Waiting | None = None
    """The lease that is held longest."""
    lacunas: int = 0
    lacuna: Waiting | None = None
    """The oldest gap that lives."""
    sem_ator: int = 0
    """Items that could begin now, but whose type and queue are no actor's any more."""
    sem_ator_primeiro: Waiting | None = None
    """The one of them that comes first; its `ref` names its type, too."""
    log_problema: str = ""
    """Why the log can't be written; empty while it can."""
    log_bytes: int = 0


def health(facts: HealthFacts) -> tuple[HealthRow, ...]:
    """Every check, always in the same order."""
    return tuple(HealthRow(nome, *check(facts)) for nome, check in _CHECKS.items())


def worst(rows: Iterable[HealthRow]) -> HealthRow | None:
    """The first of the worst rows; None when all are ok."""
    found = max(rows, key=lambda row: _RANK.get(row.estado, 0), default=None)
    return found if found is not None and found.estado != OK else None


Verdict = tuple[str, str, str]
"""State, why, and what to do."""


def _store(facts: HealthFacts) -> Verdict:
    store = facts.armazem
    if store.falha:
        return BAD, store.falha, "`oficina store check`"
    size = _size(store.bytes)
    if store.somente_leitura:
        return WARN, f"{store.somente_leitura} ({size})", ""
    if store.compactar and not facts.titular:
        return WARN, f"{size}, compaction is due", "`oficina store compact`"
    return OK, f"{size}, compaction is due" if store.compactar else size, ""


def _scheduler(facts: HealthFacts) -> Verdict:
    if facts.modo == "failed":
        return BAD, "the line ended by itself", "`oficina logs --level error`, then start it again"
    if not facts.titular:
        if facts.na_fila:
            why = f"nobody runs the line; {facts.na_fila} ready for it"
            return WARN, why, "`oficina`, or `oficina run --headless`"
        return OK, "nobody runs the line, and nothing is ready for it", ""
    if facts.tarefas is None:
        return OK, f"{facts.titular} runs the line", ""
    if facts.ouvido_em and seconds_between(facts.ouvido_em, facts.agora) > SILENT_S:
        silent = _ago(facts.ouvido_em, facts.agora)
        return BAD, f"{facts.titular} runs the line, and has said nothing for {silent}", "end that process"
    return _jobs(facts, facts.tarefas)


def _jobs(facts: HealthFacts, jobs: Sequence[JobFacts]) -> Verdict:
    look = "`oficina logs --level warning`"
    if overdue := [job for job in jobs if _overdue(job, facts.agora)]:
        job = overdue[0]
        last = f"last ran {_ago(job.ultima, facts.agora)} ago" if job.ultima else "never ran"
        return BAD, f"{job.nome} {last}, it is due every {_span(job.intervalo_s)}", look
    troubled = [job for job in jobs if job.problemas]
    if troubled:
        job = max(troubled, key=lambda each: sum(each.problemas.values()))
        said = ", ".join(f"{kind} {count}×" for kind, count in sorted(job.problemas.items()))
        return WARN, f"{job.nome} in the last hour: {said}", look
    paused = sum(job.pausado for job in jobs)
    note = f", {paused} of them paused" if paused else ""
    return OK, f"{facts.titular} runs the line: {len(jobs)} jobs{note}", ""


def _overdue(job: JobFacts, now: str) -> bool:
    if job.pausado or job.rodando or not job.ultima:
        return False
    return seconds_between(job.ultima, now) > job.intervalo_s * OVERDUE_FACTOR + OVERDUE_S


def _disk(facts: HealthFacts) -> Verdict:
    free = facts.disco_livre_mb
    if free is None:
        return OK, "not looked at yet", ""
    # Above what matters so coarse that others' writes don't change it: an unchanged text is not published.
    said = f"{free >> 10} GB free" if free >= MUCH_DISK_MB else f"{free} MB free"
    if free < LOW_DISK_MB:
        return (BAD if free < NO_DISK_MB else WARN), said, "make room: commits need it"
    return OK, said, ""


def _sandbox(facts: HealthFacts) -> Verdict:
    if facts.isolamento in ("", "full"):
        return OK, facts.isolamento or "not tried here", ""
    remedy = "install bubblewrap, and allow unprivileged user namespaces"
    why = f": {facts.isolamento_porque}" if facts.isolamento_porque else ""
    return WARN, f"{facts.isolamento}{why}", remedy


def _breakers(facts: HealthFacts) -> Verdict:
    open_ones = [each for each in facts.disjuntores if each.get("estado", "fechado") != "fechado"]
    if not open_ones:
        return OK, "all closed", ""
    first = min(open_ones, key=lambda each: str(each.get("aberto_em") or ""))
    more = f", and {len(open_ones) - 1} more" if len(open_ones) > 1 else ""
    due = first.get("tenta_em")
    wait = max(0.0, seconds_between(facts.agora, due)) if due else 0.0
    when = f" it tries again in {_span(wait)}" if wait else " it tries again now"
    why = f": {first['motivo']}" if first.get("motivo") else ""
    return WARN, f"{first.get('performer')} is open,{when}{more}{why}", "`oficina logs --level warning`"


def _decisions(facts: HealthFacts) -> Verdict:
    found = facts.decisao
    if found is None:
        return OK, "nothing waits for you", ""
    said = f"{facts.decisoes} waiting for you, {found.ref} for {_ago(found.desde, facts.agora)}"
    old = seconds_between(found.desde, facts.agora) > OLD_DECISION_S
    return (WARN if old else OK), said, "`oficina decisions`" if old else ""


def _leases(facts: HealthFacts) -> Verdict:
    found = facts.lease
    if found is None:
        return OK, "nothing is being worked on", ""
    held = seconds_between(found.desde, facts.agora)
    said = f"{facts.leases} at work, {found.ref} for {_ago(found.desde, facts.agora)}"
    if held > max(OLD_LEASE_S, found.prazo_s or 0.0):
        return WARN, said, f"`oficina items {found.ref}`, `oficina logs --item {found.ref}`"
    return OK, said, ""


def _gaps(facts: HealthFacts) -> Verdict:
    found = facts.lacuna
    if found is None:
        return OK, "none", ""
    age = seconds_between(found.desde, facts.agora)
    said = f"{facts.lacunas} open, {found.ref} for {_ago(found.desde, facts.agora)}"
    return (WARN, said, f"`oficina items {found.ref}`") if age > OLD_GAP_S else (OK, said, "")


def _unclaimed(facts: HealthFacts) -> Verdict:
    found = facts.sem_ator_primeiro
    if found is None:
        return OK, "every item that waits has an actor", ""
    said = f"{facts.sem_ator} that no actor takes, {found.ref} for {_ago(found.desde, facts.agora)}"
    remedy = "give its type back to an actor in contracts.yaml and actors.yaml, then `oficina trust`"
    return WARN, said, remedy


def _log(facts: HealthFacts) -> Verdict:
    if facts.log_problema:
        return WARN, f"it can't be written: {facts.log_problema}", "make room, or make .oficina/logs yours"
    return OK, _size(facts.log_bytes), ""


_CHECKS: dict[str, Callable[[HealthFacts], Verdict]] = {
    "store": _store,
    "scheduler": _scheduler,
    "disk": _disk,
    "sandbox": _sandbox,
    "breakers": _breakers,
    "decisions": _decisions,
    "leases": _leases,
    "gaps": _gaps,
    "unclaimed": _unclaimed,
    "log": _log,
}
_RANK = {OK: 0, WARN: 1, BAD: 2}


def _size(size: int) -> str:
    return f"{size / (1 << 20):.1f} MB" if size >= 100 << 10 else f"{size / 1024:.1f} kB"


def _ago(since: str, now: str) -> str:
    """An age, so coarse that it seldom changes: an unchanged text is not published again."""
    seconds = seconds_between(since, now)
    return _span(seconds) if seconds >= 60 else "less than a minute"


def _span(seconds: float) -> str:
    seconds = max(0.0, seconds)
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
