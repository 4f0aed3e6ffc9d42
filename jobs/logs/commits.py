"""Committed transactions as records of the log: each event, and each attempt that began or ended with one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.attempts import Objects, ReferenceRefusedError
from jobs.logs.logbook import Logbook
from store.clock import seconds_between

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from store.database import Commit

    Doc = Mapping[str, Any]

_ITEMS = "backlog_items"
_CORRELATED = {"request_id": "request_id", "saga_id": "saga_id", "item": "id", "ator": "ator"}
_SAID_OTHERWISE = frozenset({"tipo", "item_id", "n", "event", "level", "pid", "process"})
_LEVELS = {
    "linha.error": "error",
    "linha.compactacao": "error",
    **dict.fromkeys(("linha.late", "linha.missed", "linha.overlap", "linha.relogio"), "warning"),
    **dict.fromkeys(("qa.failed", "devops.rolled_back", "sonda.falhou", "dependencia.quebrada"), "warning"),
    **dict.fromkeys(("capacidade.instalacao_falhou", "disjuntor.aberto", "uso.recusado"), "warning"),
    **dict.fromkeys(("orcamento.aviso", "orcamento.esgotado"), "warning"),
}
"""How serious an event is that does not just tell."""

_GOOD_ENDS = frozenset({"concluido", "bloqueou", "devolvido", "cancelado"})
_TAIL_BYTES, _TAIL_LINES = 8 << 10, 40
"""What is logged of the words of a failed attempt's children; its own output has more."""


class CommitLog:
    """Writes what this process commits: what others commit they write themselves."""

    def __init__(self, log: Logbook, objects: Path) -> None:
        """`objects` is where attempts' outputs are kept."""
        self._log, self._objects = log, Objects(objects)

    def take(self, commit: Commit) -> None:
        """What `db.subscribe` is given."""
        if not (commit.own and self._log.on):
            return
        items = commit.put.get(_ITEMS, {})
        for event in commit.events:
            item = items.get(event.get("item_id") or "") or {}
            logger = self._log.logger.bind(**_correlation(item, commit.ts))
            self._event(logger, event, commit.by)
            if event["tipo"] == "item.transicao" and item:
                self._attempt(logger, event, item)

    def _event(self, logger: FilteringBoundLogger, event: Doc, by: str) -> None:
        said = {name: value for name, value in event.items() if name not in _SAID_OTHERWISE}
        level = "error" if event.get("para") == "Falhou" else _LEVELS.get(event["tipo"], "info")
        if event.get("item_id"):
            said["item"] = event["item_id"]
        getattr(logger, level)(event["tipo"], **said, by=by)

    def _attempt(self, logger: FilteringBoundLogger, event: Doc, item: Doc) -> None:
        """The attempt that a change of status begins, and the one that it ends."""
        attempt = _last(item)
        if event.get("para") == "EmProcessamento":
            logger.info("attempt.started", tipo=item["tipo"])
        elif event.get("de") == "EmProcessamento" and attempt.get("fim"):
            end = attempt.get("fim_motivo")
            good = end in _GOOD_ENDS
            (logger.info if good else logger.warning)(
                "attempt.ended",
                tipo=item["tipo"],
                end=end,
                reason=attempt.get("motivo"),
                duration_s=round(seconds_between(attempt["inicio"], attempt["fim"]), 6),
                error="" if good else attempt.get("erro"),
                stderr="" if good else self._tail(attempt.get("saida_ref")),
            )

    def _tail(self, saida_ref: str | None) -> str:
        """The last lines that the attempt's children wrote."""
        with suppress(OSError, ReferenceRefusedError):
            text = self._objects.read(saida_ref)[-_TAIL_BYTES:] if saida_ref else b""
            return "\n".join(text.decode(errors="replace").splitlines()[-_TAIL_LINES:])
        return ""


def _last(item: Doc) -> Doc:
    """The item's last attempt; empty when there was none."""
    attempts = item.get("tentativas") or ()
    return attempts[-1] if attempts else {}


def _correlation(item: Doc, ts: str) -> dict[str, Any]:
    """Also what is nothing: a commit may be told of while another item's step is bound."""
    attempt = _last(item)
    found = {name: item.get(field) for name, field in _CORRELATED.items()}
    return {"ts": ts, **found, "token": attempt.get("token"), "attempt": attempt.get("numero")}
