"""Attempts: claim with a fencing token, and hand in one outcome; a lost token writes nothing."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from store.backlog.endings import close_attempt, finish
from store.backlog.graph import refuse_cycle
from store.backlog.operation import Operation
from store.backlog.outcomes import REFERENCE
from store.backlog.pinning import pin_version
from store.backlog.ports import Doc
from store.backlog.produce import after_waiting, produce_all, wait
from store.backlog.questions import ask_about_failure
from store.clock import add_seconds
from store.contracts import Retries
from store.documents.item import Status
from store.errors import LostToken, WrongInput
from store.sprint.waiting import refuse_cycle_of_item
from store.yamlfile import path_text

MAX_LOSSES = 5
"""Lost workers that make a decision; each one alone costs no retry."""

MAX_FALLS = 20
"""Deaths of the line, or of the machine, that do: whatever happened to be at work then was lost with it, and
is seldom what it died of. What takes it along each time is stopped all the same.
"""

STOPPED = "parada"
"""The reason of an orderly stop: it counts as no loss."""


@dataclass(frozen=True, slots=True)
class Executor:
    """Who runs an attempt: liveness is this identity, never a time."""

    boot_id: str
    pid: int
    inicio: str | int | float


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed item with the token that everything handed in must carry."""

    item: Doc
    token: str
    tentativa: int


def claim(
    op: Operation,
    item: Doc,
    ator: str,
    executor: Executor,
    prazo_s: float | None,
    reserva: Doc | None = None,
) -> Claim:
    """Give the item's next attempt to `executor`; `reserva` is what it holds of the budget until it ends."""
    pin_version(op, item)
    token = op.rules.tokens.token()
    number = len(item["tentativas"]) + 1
    who = asdict(executor)
    item["lease"] = {"token": token, "executor": who, "ator": ator, "desde": op.now, "prazo_s": prazo_s}
    item["tentativas"].append(
        {
            "numero": number,
            "token": token,
            "ator": ator,
            "executor": dict(who),
            "inicio": op.now,
            "fim": "",
            "fim_motivo": None,
            "motivo": "",
            "erro": "",
            "saida_ref": "",
            "uso": None,
            "reserva": reserva or None,
            "medida": False,
        }
    )
    if not item["iniciado_em"]:
        item.update(iniciado_em=op.now, devido_em=item["pendente_em"])
    op.move(item, Status.EM_PROCESSAMENTO, tentativa=number)
    return Claim(item, token, number)


def held(op: Operation, item_id: str, token: str) -> Doc:
    """The item, if `token` is its lease's; raises LostToken."""
    return held_by(op.item(item_id), item_id, token)


def held_by(item: Doc | None, item_id: str, token: str) -> Doc:
    """The same for an item that was read already."""
    lease = item["lease"] if item is not None else None
    if item is None or not lease or lease["token"] != token:
        status = item["status"] if item is not None else "gone"
        raise LostToken(f"{item_id} is {status} and not held by this attempt any more")
    return item


def identity(executor: Executor | Mapping[str, Any]) -> Executor:
    """An executor, also from its document."""
    if isinstance(executor, Executor):
        return executor
    return Executor(executor["boot_id"], executor["pid"], executor["inicio"])


def conclude(
    op: Operation, item: Doc, resultado: Mapping[str, Any], filhos: Sequence[Mapping[str, Any]], uso: Any
) -> list[str]:
    """Hand in a result with its children; refused as a whole when the contract is broken."""
    op.contract(item).check_result(resultado)
    item["resultado"] = dict(resultado)
    close_attempt(op, item, "concluido", uso=uso)
    children = produce_all(op, filhos, item, item["ator"])
    finish(op, item, Status.CONCLUIDO, gerados=children)
    return children


def fail(op: Operation, item: Doc, motivo: str, retries: Retries) -> Status:
    """After the last retry the item is a dead letter with a decision; before that it waits, twice as long
    each time.
    """
    item["falhas"] += 1
    item["voltas"] = 0
    if item["falhas"] > retries.max:
        dead_letter(op, item, motivo)
        return Status.FALHOU
    pause = backoff(item["falhas"], retries, op.rules.rng)
    _requeue(op, item, motivo, add_seconds(op.now, pause))
    return Status.PENDENTE


def give_back(op: Operation, item: Doc, motivo: str, *, linha_caiu: bool = False) -> Status:
    """The worker is gone, alone or with the line that ran it (`linha_caiu`): the item is as good as before,
    unless that happened too often.
    """
    if linha_caiu:
        item["quedas"] = item.get("quedas", 0) + 1
    elif motivo != STOPPED:
        item["perdas"] += 1
    if item["perdas"] >= MAX_LOSSES:
        dead_letter(op, item, f"{item['perdas']} workers were lost; the last one: {motivo}")
        return Status.FALHOU
    if linha_caiu and item["quedas"] >= MAX_FALLS:
        times = f"{item['quedas']} times while this was worked on; the last time: {motivo}"
        dead_letter(op, item, f"the line died {times}")
        return Status.FALHOU
    _requeue(op, item, motivo, item["disponivel_em"])
    return Status.PENDENTE


def dead_letter(op: Operation, item: Doc, motivo: str) -> None:
    """`Falhou`, and a decision about it."""
    finish(op, item, Status.FALHOU, motivo=motivo)
    ask_about_failure(op, item, motivo)


def backoff(failures: int, retries: Retries, rng: random.Random) -> float:
    """Seconds before the next attempt: exponential, capped, between half and all of it by chance."""
    full = min(retries.teto_s, retries.base_s * 2.0 ** (failures - 1))
    return full / 2 + rng.random() * full / 2


def block(
    op: Operation, item: Doc, depende_de: Sequence[str], motivo: str, retries: Retries, uso: Any = None
) -> None:
    """The work found that it must wait: the attempt ends without counting as failed."""
    if not depende_de:
        raise WrongInput("nothing to wait for", path="depende_de", remedy="name at least one dependency")
    for index, ref in enumerate(depende_de):
        if not REFERENCE.fullmatch(ref):
            path = path_text(("depende_de", index))
            raise WrongInput(
                f"not a dependency: {ref}", path=path, remedy="BKL-0007, spec:<spec_ref> or cap:<nome>"
            )
    fresh = [ref for ref in dict.fromkeys(depende_de) if ref not in item["dependencias"]]
    refuse_cycle(op, item, fresh)
    close_attempt(op, item, "bloqueou", motivo=motivo, uso=uso)
    item["depende_de"].extend(fresh)
    wait(op, item, fresh, motivo)
    if item["status"] == Status.BLOQUEADO:
        item["voltas"] = 0
        item["status"] = str(Status.EM_PROCESSAMENTO)
        op.move(item, Status.BLOQUEADO, motivo=motivo, depende_de=fresh)
        refuse_cycle_of_item(op, item)
    else:
        _come_back(op, item, motivo, retries)
    after_waiting(op, item)


def _come_back(op: Operation, item: Doc, motivo: str, retries: Retries) -> None:
    """What it wanted to wait for has come already. It must not spin on that: each time in a row it waits
    longer, and after the last retry a person is asked.
    """
    item["voltas"] = item.get("voltas", 0) + 1
    if item["voltas"] > retries.max:
        dead_letter(op, item, f"waits for what has come already, {item['voltas']} times in a row: {motivo}")
        return
    _requeue(op, item, motivo, add_seconds(op.now, backoff(item["voltas"], retries, op.rules.rng)))


def _requeue(op: Operation, item: Doc, motivo: str, disponivel_em: str) -> None:
    item["disponivel_em"] = op.delay(disponivel_em)
    item["motivo"] = motivo
    op.move(item, Status.PENDENTE, motivo=motivo, disponivel_em=item["disponivel_em"])
