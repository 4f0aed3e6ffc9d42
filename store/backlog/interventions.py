"""What a person (or a policy) does to an item that is not theirs to work on: retry, skip, cancel, waive,
wait, refuse, go back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from store import executions
from store.backlog import budgeting
from store.backlog.checkpoints import roll_back
from store.backlog.endings import changed, finish, stop_waiting
from store.backlog.gaps import give_up, resource, waiters
from store.backlog.operation import Operation
from store.backlog.outcomes import Outcome, is_gap
from store.backlog.ports import Doc
from store.backlog.produce import produce
from store.backlog.questions import ask_again_later
from store.backlog.unblock import settle_dependency
from store.contracts import EffectOn
from store.contracts import Operation as OperationName
from store.documents.item import UNSETTLED, Status
from store.errors import WrongState
from store.sprint.holding import leave
from store.sprint.pulling import answer_pull

ADJUST = "ajustar_spec"


def retry(op: Operation, item: Doc, question: Doc) -> None:
    """A dead letter gets its retries back, and the decision's note goes with it to the next worker."""
    _need(item, {Status.FALHOU})
    item.update(falhas=0, perdas=0, quedas=0, voltas=0, concluido_em="", disponivel_em=op.not_before)
    item["recado"] = question["resultado"]["nota"]
    op.move(item, Status.PENDENTE, motivo="retried by decision")
    executions.reabrir(op.tx, item["execucao_ref"], op.now)
    changed(op, item)


def skip(op: Operation, item: Doc, motivo: str) -> None:
    """`Pulado`: done without, for whoever waits."""
    _need(item, UNSETTLED)
    _refuse_own_question(op, item)
    finish(op, item, Status.PULADO, motivo=motivo)


def cancel(op: Operation, item: Doc, motivo: str) -> None:
    """`Cancelado`: whoever waits is asked about it."""
    _need(item, UNSETTLED)
    _refuse_own_question(op, item)
    finish(op, item, Status.CANCELADO, motivo=motivo)


def waive(op: Operation, item: Doc, question: Doc) -> None:
    """The item does without the dependency."""
    ref = str(question["contexto"]["dependencia"])
    _need(item, {Status.BLOQUEADO})
    settle_dependency(op, item, ref, Outcome("dispensada", question["id"]))
    stop_waiting(op, ref)


def wait_on(op: Operation, item: Doc, question: Doc) -> None:
    """The item goes on waiting; the question comes back."""
    ask_again_later(op, item, str(question["contexto"]["dependencia"]), op.contract(question).espera_s)


def refuse_gap(op: Operation, item: Doc, question: Doc) -> None:
    """The capability will not come by this work: whoever waits is asked whether to do without."""
    if not is_gap(op, item) or item["desfecho"]:
        raise WrongState(f"{item['id']} is not a gap that is being worked on")
    give_up(op, item, f"refused in {question['id']}")


def go_back(op: Operation, item: Doc, question: Doc, ponto: Sequence[str], motivo: str) -> None:
    """The item is given up with all that came after the checkpoint, whose item is produced anew."""
    _need(item, {Status.FALHOU})
    roll_back(op, item, question, ponto, motivo)


def do_without(op: Operation, item: Doc, question: Doc, motivo: str) -> None:
    """The capability will not come, and the specs that wait for it are to do without: each goes back to
    Epistemologia, whose next version is priced anew. What waits otherwise is asked about.
    """
    if not is_gap(op, item) or item["desfecho"]:
        raise WrongState(f"{item['id']} is not a gap that is being worked on")
    waiting, nome = waiters(op, item), resource(item)
    give_up(op, item, f"done without in {question['id']}")
    for other in waiting:
        if other["spec_ref"] and ADJUST in op.contract(other).gerados:
            contexto = {"spec_ref": other["spec_ref"], "motivo": f"do without {nome}: {motivo}"}
            if other["spec_versao"] is not None:
                contexto["spec_versao"] = other["spec_versao"]
            novo = {"tipo": ADJUST, "contexto": contexto, "chave": f"sem:{nome}"}
            produce(op, novo, produtor=other["ator"], pai=other)
            finish(op, other, Status.CANCELADO, motivo=f"its spec is to do without {nome}")


def apply_effect(op: Operation, effect: EffectOn, item: Doc, question: Doc, motivo: str) -> None:
    """What an answer to `question` (its `resultado` says what was answered) does to `item`."""
    why = motivo or f"decided in {question['id']}"
    effects: dict[OperationName, Callable[[], None]] = {
        "tentar_novamente": lambda: retry(op, item, question),
        "pular": lambda: skip(op, item, why),
        "cancelar": lambda: cancel(op, item, why),
        "dispensar": lambda: waive(op, item, question),
        "esperar": lambda: wait_on(op, item, question),
        "recusar": lambda: refuse_gap(op, item, question),
        "dispensar_recurso": lambda: do_without(op, item, question, why),
        "estender": lambda: budgeting.extend(op, item, question, "estender"),
        "estender_metade": lambda: budgeting.extend(op, item, question, "metade"),
        "puxar": lambda: _pull(op, item, question),
        "deixar": lambda: leave(op, item),
        "voltar": lambda: go_back(op, item, question, effect.ponto, why),
    }
    effects[effect.operacao]()


def _pull(op: Operation, item: Doc, question: Doc) -> None:
    answer_pull(op, item, question)


def _need(item: Doc, allowed: set[Status] | frozenset[Status]) -> None:
    if item["status"] not in allowed:
        raise WrongState(f"{item['id']} is {item['status']} already")


def _refuse_own_question(op: Operation, item: Doc) -> None:
    if op.contract(item).interno:
        raise WrongState(
            f"{item['id']} asks about {item['contexto'].get('item_ref', 'another item')}: answer it"
        )
