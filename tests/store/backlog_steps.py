"""What must hold between two moments of a backlog: what latched was true, and what came free is told of once.

Told from the documents of both moments and the events between them, apart from the rules.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from backlog_model import Snapshot, held_refs, is_gap

ENDS = {"Concluido", "Falhou", "Pulado", "Cancelado"}


class Step:
    """From one snapshot to the next, with what happened in between."""

    def __init__(self, before: Snapshot, now: Snapshot) -> None:
        self.before, self.now = before, now
        self.events = list(now.world.db.history(since_seq=before.seq))
        kinds = {event["tipo"] for event in self.events}
        self.undone, self.decided = "decisao.desfeita" in kinds, "decisao.tomada" in kinds

    def check(self) -> None:
        for item in self.now.items.values():
            self._check_latches(item, self.before.items.get(item["id"]))
        if not self.undone:
            self._check_freed()

    # -- dependencies

    def _check_latches(self, item: dict[str, Any], old: dict[str, Any] | None) -> None:
        for ref, state in item["dependencias"].items():
            was = old["dependencias"].get(ref, {}).get("estado", "") if old else ""
            name = (item["id"], ref, was, state)
            if was in ("resolvida", "dispensada") and not self.undone:
                assert state["estado"] == was, f"it latches: {name}"
            if state["estado"] == "resolvida" != was:
                assert "resolvida" in (self.now.outcome(ref), self.before.outcome(ref)), name
            if state["estado"] == "dispensada" != was:
                assert self.decided, f"only a decision waives: {name}"

    # -- coming free

    def _check_freed(self) -> None:
        """Each episode that ended in freedom has its one event, and the item says the same."""
        told = Counter(
            (event["item_desbloqueado"], event["ts"], event["item_que_desbloqueou"])
            for event in self.events
            if event["tipo"] == "desbloqueio"
        )
        freed: Counter[tuple[str, str, str]] = Counter()
        for item in self.now.items.values():
            old = self.before.items.get(item["id"])
            known = len(_freed(old)) if old else 0
            episodes = _freed(item)
            for em, por in episodes[known:]:
                assert por in item["depende_de"], (item["id"], por)
                freed[item["id"], em, por] += 1
            if episodes:
                assert (item["desbloqueado_em"], item["desbloqueado_por"]) == episodes[-1], item
            else:
                assert item["desbloqueado_em"] == item["desbloqueado_por"] == "", item
        assert told == freed


def _freed(item: dict[str, Any]) -> list[tuple[str, str]]:
    """The episodes of being blocked that ended because nothing held the item any more."""
    ended = [each for each in item["bloqueios"] if each["desbloqueado_em"]]
    return [
        (each["desbloqueado_em"], each["desbloqueado_por"])
        for each in ended
        if each["desbloqueado_por"] not in ENDS
    ]


def check_verifying(now: Snapshot) -> None:
    """An episode is being verified exactly while a probe is asked for that could end it."""
    for item in now.items.values():
        *earlier, last = item["bloqueios"] or [None]
        assert not any(each["verificando"] for each in earlier), item["id"]
        if last is not None:
            blocked = item["status"] == "Bloqueado"
            asked = blocked and any(_is_probed(now, ref) for ref in held_refs(item))
            assert last["verificando"] == asked, (item["id"], item["bloqueios"], held_refs(item))


def _is_probed(now: Snapshot, ref: str) -> bool:
    gap = now.items.get(ref)
    nome = ref.removeprefix("cap:") if ref.startswith("cap:") else ""
    if gap is not None and is_gap(gap) and now.gap_outcome(gap) == "aberta":
        nome = gap["contexto"]["recurso"]
    return bool(nome and nome in now.caps and now.caps[nome]["pedida_em"])
