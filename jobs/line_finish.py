"""What becomes of an attempt: one transaction applies its outcome, or says how it ended without one.

A token that is not the item's any more writes nothing: all that is left to do then is to forget the attempt.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Literal

from jobs.attempts import Attempts, Objects
from jobs.performers.shapes import check_outcome
from jobs.protocol import Blocked, Completion, End, Failed, StepContext, StepSpec
from jobs.secrets import masker_of
from store.backlog import Claim
from store.contracts import Retries
from store.database import Transaction
from store.errors import CycleRefused, LostToken, OficinaError, StoreError, WrongInput

_LONGEST_ERROR = 8_000
logger = logging.getLogger(__name__)

Verdict = Literal["ok", "parado", "quebrado"]
"""What an attempt's end says of its performer: it works, whether it said yes or no; it was stopped, which
tells nothing; it broke (a crash, no end in its time, an outcome that is none).
"""


class Finisher:
    """Ends attempts, each exactly once, in the line's thread."""

    def __init__(
        self,
        context: StepContext,
        attempts: Attempts,
        objects: Objects,
        *,
        retries: Mapping[tuple[str, str], Retries] | None = None,
    ) -> None:
        """`retries` are those of actors, by name and type, that don't go by the contract's."""
        self._context, self._attempts, self._objects = context, attempts, objects
        self._retries = retries or {}

    def finish(
        self,
        claim: Claim,
        step: StepSpec,
        outcome: Mapping[str, Any],
        uso: Mapping[str, Any],
        *,
        output: Iterable[str] = (),
    ) -> Verdict:
        """Apply a durable outcome: the item is concluded, blocked or failed, with its children, or nothing
        is. `output` is what the attempt wrote, kept where it failed.
        """
        try:
            check_outcome(outcome)
            if "falha" in outcome:
                erro = str(outcome.get("erro", ""))
                self.fail(claim, str(outcome["falha"]), erro=erro, uso=uso, output=output)
                return "quebrado" if erro else "ok"
            self._apply(claim, step, outcome, uso, output)
        except LostToken:
            self._attempts.discard(claim.token)
            return "parado"
        except StoreError:
            raise
        except CycleRefused as error:
            # Doing it again would come to the same: the owner is asked at once.
            self.fail(claim, str(error), uso=uso, output=output, last=True)
            return "ok"
        except OficinaError as error:
            self.fail(claim, str(error), uso=uso, output=output)
            return "quebrado" if isinstance(error, WrongInput) else "ok"
        except Exception as error:  # noqa: BLE001 (a broken step must not stop the line)
            self.fail(
                claim, f"{type(error).__name__}: {error}", erro=traceback.format_exc(), uso=uso, output=output
            )
            return "quebrado"
        self._attempts.discard(claim.token)
        return "ok"

    def fail(
        self,
        claim: Claim,
        motivo: str,
        *,
        erro: str = "",
        uso: Mapping[str, Any] | None = None,
        output: Iterable[str] = (),
        last: bool = False,
    ) -> None:
        """The attempt failed; MS_Backlog decides whether there is another one, unless it was the `last`."""
        mask = masker_of(self._context.config)
        motivo, erro, saida_ref = mask(motivo), mask(erro), self._kept(output)
        self._end(
            claim,
            lambda: self._context.backlog.falhar(
                claim.item["id"],
                claim.token,
                motivo,
                erro=erro[-_LONGEST_ERROR:],
                uso=uso,
                saida_ref=saida_ref,
                retries=Retries(max=0) if last else self._retries_of(claim),
            ),
        )

    def give_back(
        self,
        claim: Claim,
        motivo: str,
        uso: Mapping[str, Any] | None = None,
        *,
        output: Iterable[str] = (),
        line_died: bool = False,
    ) -> None:
        """The worker was lost, alone or since its line died, or stopped with the line: another one gets the
        item.
        """
        backlog, saida_ref = self._context.backlog, self._kept(output)
        self._end(
            claim,
            lambda: backlog.devolver(
                claim.item["id"], claim.token, motivo, linha_caiu=line_died, uso=uso, saida_ref=saida_ref
            ),
        )

    def stop_at_limit(
        self,
        claim: Claim,
        recurso: str,
        *,
        uso: Mapping[str, Any],
        output: Iterable[str] = (),
        performer: str = "",
    ) -> None:
        """The work was ended because a limit of its budget is used up: the owner is asked about it."""
        saida_ref = self._kept(output)
        self._end(
            claim,
            lambda: self._context.backlog.parar_no_limite(
                claim.item["id"],
                claim.token,
                recurso,
                uso=uso,
                saida_ref=saida_ref,
                detalhes={"performer": performer} if performer else {},
            ),
        )

    def _kept(self, output: Iterable[str]) -> str:
        """The name of what an attempt wrote, kept; empty where it wrote nothing."""
        text = "\n".join(output)
        return self._objects.put_bytes(text.encode()) if text else ""

    def _retries_of(self, claim: Claim) -> Retries | None:
        return self._retries.get((claim.item["ator"], claim.item["tipo"]))

    def answer(self, claim: Claim, step: StepSpec, message: Mapping[str, Any]) -> dict[str, Any]:
        """Commit what a running step asks for; the reply to send it: `{reply}`, `{lost}` or `{refused}`."""
        if step.on_message is None:
            return {"refused": f"{step.tipo} has no messages to commit"}
        backlog = self._context.backlog
        try:
            with self._context.db.transaction() as tx:
                backlog.validar_token(claim.item["id"], claim.token, tx)
                reply = step.on_message(tx, self._context, claim, message)
        except LostToken as error:
            return {"lost": str(error)}
        except StoreError:
            raise
        except OficinaError as error:
            return {"refused": str(error)}
        except Exception as error:
            # The step hears of it and fails; the line goes on.
            logger.exception("what a step asked for could not be committed")
            return {"refused": f"{type(error).__name__}: {error}"}
        return {"reply": reply}

    def _apply(
        self,
        claim: Claim,
        step: StepSpec,
        outcome: Mapping[str, Any],
        uso: Mapping[str, Any],
        output: Iterable[str],
    ) -> None:
        with self._context.db.transaction() as tx:
            self._context.backlog.validar_token(claim.item["id"], claim.token, tx)
            end = self._end_of(tx, claim, step, outcome, uso)
            self._record(tx, claim, end, uso, output)

    def _end_of(
        self,
        tx: Transaction,
        claim: Claim,
        step: StepSpec,
        outcome: Mapping[str, Any],
        uso: Mapping[str, Any],
    ) -> End:
        """A wait is the protocol's own; of everything else the step knows what it means."""
        if "bloqueado" in outcome:
            return Blocked(outcome["bloqueado"]["depende_de"], outcome["bloqueado"]["motivo"])
        document = dict(outcome.get("material", outcome)) | {"uso": dict(uso)}
        return step.apply(tx, self._context, claim, document)

    def _record(
        self, tx: Transaction, claim: Claim, end: End, uso: Mapping[str, Any], output: Iterable[str]
    ) -> None:
        backlog, item_id, retries = self._context.backlog, claim.item["id"], self._retries_of(claim)
        if isinstance(end, Completion):
            made = end.artefatos
            backlog.concluir(item_id, claim.token, end.resultado, end.filhos, artefatos=made, uso=uso, tx=tx)
        elif isinstance(end, Blocked):
            backlog.bloquear(
                item_id, claim.token, end.depende_de, end.motivo, uso=uso, retries=retries, tx=tx
            )
        else:
            assert isinstance(end, Failed)
            mask = masker_of(self._context.config)
            backlog.falhar(
                item_id,
                claim.token,
                mask(end.motivo),
                erro=mask(end.erro)[-_LONGEST_ERROR:],
                uso=uso,
                saida_ref=self._kept(output),
                retries=retries,
                tx=tx,
            )

    def _end(self, claim: Claim, operation: Callable[[], object]) -> None:
        with suppress(LostToken):
            operation()
        self._attempts.discard(claim.token)
