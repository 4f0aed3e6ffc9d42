"""What can be answered now, and what each answer would do: it is carried out on a trial and thrown away."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from store.answers import carry_out
from store.backlog.broker import PERSON, Backlog
from store.backlog.checkpoints import checkpoint
from store.backlog.expressions import fill, reference
from store.backlog.operation import Operation
from store.backlog.trial import TooMuch, Trial
from store.clock import CountingTokens
from store.contracts import Answer
from store.documents.item import Status
from store.errors import OficinaError, StoreError
from store.guards import is_there, sources_of, why_not
from store.views.effects import effects
from store.views.model import Option

_SOME_REASON = "…"
"""Stands for the words that are not known yet."""


def options_of(backlog: Backlog, item: Mapping[str, Any], *, previews: bool) -> list[Option]:
    """The options of an item that waits for a person, in the contract's order; none of any other.

    With `previews` each says what it would do to other items, which costs about a millisecond an option.
    """
    if not item["humano"] or item.get("retido") or item["status"] != Status.PENDENTE:
        return []
    contract = backlog.rules.book.of(dict(item))
    sources = sources_of(backlog.db, item)
    return [
        _option(backlog, sources, nome, answer, previews)
        for nome, answer in contract.opcoes.items()
        if is_there(answer, sources)
    ]


def _option(
    backlog: Backlog, sources: Mapping[str, Any], nome: str, answer: Answer, previews: bool
) -> Option:
    item, guarded = sources["item"], why_not(answer, sources)
    if guarded:
        told: tuple[tuple[str, ...], str] = (), guarded
    else:
        told = _try(backlog, item, nome, answer) if previews else ((), _why_not(backlog, item, answer))
    return Option(
        nome,
        answer.tecla,
        answer.rotulo,
        fill(answer.efeito, sources),
        exige_motivo=answer.motivo == "obrigatorio",
        perigosa=answer.perigosa,
        previa=told[0],
        indisponivel=told[1],
    )


def _try(backlog: Backlog, item: Mapping[str, Any], nome: str, answer: Answer) -> tuple[tuple[str, ...], str]:
    """What the answer would do, or why it can't be given now: the very operation, on a trial."""
    trial, op = _trial(backlog)
    given = {"opcao": nome, "motivo": _SOME_REASON, "nota": "", "quem": PERSON}
    cut = False
    try:
        carry_out(op, op.item(item["id"]), answer, given)
    except TooMuch:
        cut = True
    except StoreError:
        raise
    except OficinaError as error:
        return (), str(error)
    return effects(trial.changes(), item["id"], cut=cut), ""


def _why_not(backlog: Backlog, item: Mapping[str, Any], answer: Answer) -> str:
    """Why an option can't be chosen, as far as that can be told without carrying it out."""
    effect = answer.efeito_em
    if effect is None or not effect.ponto:
        return ""
    _, op = _trial(backlog)
    try:
        target = op.item(reference(effect.item, {"item": item, "contexto": item["contexto"]}))
        checkpoint(op, target, effect.ponto)
    except StoreError:
        raise
    except OficinaError as error:
        return str(error)
    return ""


def _trial(backlog: Backlog) -> tuple[Trial, Operation]:
    """An operation that takes nothing of what real ones are handed in: no token, no chance."""
    trial = Trial(backlog.db)
    rules = replace(backlog.rules, tokens=CountingTokens(), rng=random.Random(0))
    return trial, Operation(trial, rules, quem=PERSON)
