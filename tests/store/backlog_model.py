"""What must hold of a backlog after every operation, told from the stored documents alone.

Written apart from the rules: it recomputes what each item waits for, and follows it to what moves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from factories import World

from store.views.effects import Change

OPEN = {"Bloqueado", "Pendente", "EmProcessamento"}
UNSETTLED = OPEN | {"Falhou"}
HELD = {"aberta", "quebrada"}


def is_gap(item: dict[str, Any]) -> bool:
    """A pain that names a capability: its outcome is that capability's probe."""
    return item["tipo"] == "entrevistar_dor" and bool(item["contexto"].get("recurso"))


class Snapshot:
    """Everything that is stored, read once."""

    def __init__(self, world: World) -> None:
        db = world.db
        self.world, self.seq = world, db.seq
        self.items = {item["id"]: item for item in db.all("backlog_items")}
        self.caps = {cap["nome"]: cap for cap in db.all("capacidades")}
        self.documents = {
            name: {doc["id"]: doc for doc in db.all(name)}
            for name in ("backlog_items", "execucoes", "capacidades")
        }
        self.latest: dict[str, dict[str, Any]] = {}
        for spec in db.all("specs"):
            if spec["versao"] >= self.latest.get(spec["spec_ref"], spec)["versao"]:
                self.latest[spec["spec_ref"]] = spec

    def since(self, before: Snapshot) -> Iterator[Change]:
        """Collection, first and last state of what changed between two moments."""
        for name in ("backlog_items", "execucoes", "capacidades"):
            for key, doc in self.documents[name].items():
                if before.documents[name].get(key) != doc:
                    yield name, before.documents[name].get(key), doc

    def check(self) -> None:
        for item in self.items.values():
            self._check_item(item)
            self._check_lease(item)
            self._check_questions(item)
        self._check_gaps()
        self._check_asked_once()

    # -- each item by itself

    def _check_item(self, item: dict[str, Any]) -> None:
        held = held_refs(item)
        assert set(item["dependencias"]) == set(item["depende_de"]), item
        if item["status"] == "Bloqueado":
            assert held, f"{item['id']} is blocked by nothing"
            assert not item["bloqueios"][-1]["desbloqueado_em"], item
        elif item["status"] in OPEN:
            assert not held, f"{item['id']} is {item['status']} and waits for {held}"
            self._check_comes_up(item)
        for ref in held if item["status"] == "Bloqueado" else ():
            never = item["dependencias"][ref]["por"] == "inexistente"
            real = "quebrada" if never else self.outcome(ref)
            assert item["dependencias"][ref]["estado"] == real, (item["id"], ref, real)
            if real == "aberta":
                assert self.moves(ref, frozenset()), f"{item['id']} waits for ever for {ref}"
        if item["status"] not in OPEN and item["bloqueios"]:
            assert item["bloqueios"][-1]["desbloqueado_em"], item

    def _check_comes_up(self, item: dict[str, Any]) -> None:
        """What waits for nothing has somebody who does it, at a time that comes."""
        contract = self.world.contracts[item["tipo"]]
        assert item["humano"] == bool(contract.opcoes), item
        assert not item["retido"], item
        assert item["disponivel_em"] < "2100", item

    def _check_lease(self, item: dict[str, Any]) -> None:
        assert bool(item["lease"]) == (item["status"] == "EmProcessamento"), item
        unfinished = [attempt for attempt in item["tentativas"] if not attempt["fim"]]
        assert len(unfinished) == bool(item["lease"]), item
        if item["lease"]:
            assert unfinished[0] is item["tentativas"][-1]
            assert unfinished[0]["token"] == item["lease"]["token"]
        assert [attempt["numero"] for attempt in item["tentativas"]] == list(
            range(1, len(item["tentativas"]) + 1)
        )

    def _check_questions(self, item: dict[str, Any]) -> None:
        failures = self.questions("resolver_falha", item["id"])
        broken = self.questions("resolver_dependencia", item["id"])
        assert len(failures) == (item["status"] == "Falhou"), (item["id"], item["status"], failures)
        is_broken = item["status"] == "Bloqueado" and any(
            state["estado"] == "quebrada" for state in item["dependencias"].values()
        )
        assert len(broken) == is_broken, (item["id"], item["dependencias"], broken)

    def _check_asked_once(self) -> None:
        """At most one open question of a type about an item, and one open budget of a spec's version."""
        asked = Counter(
            (item["tipo"], item["contexto"].get("item_ref") or (item["spec_ref"], item["spec_versao"]))
            for item in self.items.values()
            if item["status"] in OPEN and (self._is_internal(item) or self._is_priced(item))
        )
        assert not [name for name, count in asked.items() if count > 1], asked

    def _is_priced(self, item: dict[str, Any]) -> bool:
        """A budget that came of pricing, not of a test's own hand."""
        return item["tipo"] == "aprovar_orcamento" and bool(item["pai"])

    def _is_internal(self, item: dict[str, Any]) -> bool:
        return self.world.contracts[item["tipo"]].interno

    def questions(self, tipo: str, about: str) -> list[dict[str, Any]]:
        return [
            item
            for item in self.items.values()
            if item["tipo"] == tipo and item["contexto"]["item_ref"] == about and item["status"] in OPEN
        ]

    # -- gaps

    def _check_gaps(self) -> None:
        by_resource: dict[str, list[str]] = {}
        for item in self.items.values():
            if is_gap(item) and self.gap_outcome(item) == "aberta":
                by_resource.setdefault(item["contexto"]["recurso"], []).append(item["id"])
                if item["status"] in OPEN:
                    assert self.waiters(item), f"{item['id']} lives and nobody waits for it"
        for nome, gaps in by_resource.items():
            assert len(gaps) == 1, f"{nome} has more than one living gap: {gaps}"

    def waiters(self, gap: dict[str, Any]) -> list[str]:
        refs = {gap["id"], "cap:" + gap["contexto"]["recurso"]}
        return [
            item["id"]
            for item in self.items.values()
            if item["status"] == "Bloqueado" and refs & set(held_refs(item))
        ]

    # -- what a dependency has come to

    def outcome(self, ref: str) -> str:
        if ref.startswith("spec:"):
            return self.spec_outcome(ref.removeprefix("spec:"))
        if ref.startswith("cap:"):
            return self.cap_outcome(ref.removeprefix("cap:"))
        return self.item_outcome(ref)

    def spec_outcome(self, spec_ref: str) -> str:
        latest = self.latest.get(spec_ref)
        if latest is None:
            return "quebrada"
        if latest["validada_em"]:
            return "resolvida"
        return "aberta" if any(self.work_on(spec_ref)) else "quebrada"

    def cap_outcome(self, nome: str) -> str:
        cap = self.caps.get(nome)
        if cap and cap["sonda"] and cap["sonda"]["passou"]:
            return "resolvida"
        alive = any(self.living_gaps(nome)) or bool(cap and cap["pedida_em"])
        return "aberta" if alive else "quebrada"

    def item_outcome(self, item_id: str) -> str:
        item = self.items.get(item_id)
        if item is None:
            return "quebrada"
        if is_gap(item):
            return self.gap_outcome(item)
        if item["desfecho"] == "perdido" or item["status"] in ("Falhou", "Cancelado"):
            return "quebrada"
        if item["status"] in OPEN:
            return "aberta"
        ends = {self.item_outcome(part) for part in self.parts(item)}
        return "quebrada" if "quebrada" in ends else "aberta" if "aberta" in ends else "resolvida"

    def gap_outcome(self, gap: dict[str, Any]) -> str:
        if gap["desfecho"]:
            return "resolvida" if gap["desfecho"] == "alcancado" else "quebrada"
        return "quebrada" if gap["status"] in ("Falhou", "Cancelado", "Pulado") else "aberta"

    def parts(self, item: dict[str, Any]) -> Iterator[str]:
        yield from (child for child in item["items_gerados"] if self.items[child]["parte"])

    def work_on(self, spec_ref: str) -> Iterator[dict[str, Any]]:
        versao = self.latest[spec_ref]["versao"]
        for item in self.items.values():
            contract = self.world.contracts[item["tipo"]]
            if contract.acompanhamento or contract.interno or contract.compartilhado:
                continue
            if item["spec_ref"] == spec_ref and item["spec_versao"] == versao and item["status"] in UNSETTLED:
                yield item

    def living_gaps(self, nome: str) -> Iterator[dict[str, Any]]:
        for item in self.items.values():
            gap = is_gap(item) and item["contexto"]["recurso"] == nome
            if gap and self.gap_outcome(item) == "aberta":
                yield item

    # -- whether it can come: by a worker, a decision, a due time, or a probe that is asked for

    def moves(self, ref: str, waiting: frozenset[str]) -> bool:
        if ref in waiting:
            return False
        waiting = waiting | {ref}
        if ref.startswith("spec:"):
            return any(self.moves(item["id"], waiting) for item in self.work_on(ref.removeprefix("spec:")))
        if ref.startswith("cap:"):
            nome = ref.removeprefix("cap:")
            cap = self.caps.get(nome)
            return bool(cap and cap["pedida_em"]) or any(
                self.moves(gap["id"], waiting) for gap in self.living_gaps(nome)
            )
        return self.item_moves(self.items[ref], waiting)

    def item_moves(self, item: dict[str, Any], waiting: frozenset[str]) -> bool:
        if item["status"] in ("Pendente", "EmProcessamento"):
            return True
        if item["status"] == "Falhou":
            return bool(self.questions("resolver_falha", item["id"]))
        if item["status"] == "Bloqueado":
            if self.questions("resolver_dependencia", item["id"]):
                return True
            return all(self.moves(ref, waiting) for ref in held_refs(item))
        if is_gap(item):
            return self.gap_moves(item, waiting)
        rest = [part for part in self.parts(item) if self.item_outcome(part) == "aberta"]
        return bool(rest) and all(self.moves(part, waiting) for part in rest)

    def gap_moves(self, gap: dict[str, Any], waiting: frozenset[str]) -> bool:
        nome = gap["contexto"]["recurso"]
        cap = self.caps.get(nome)
        if cap and cap["pedida_em"]:
            return True
        work = [item for item in self.descendants(gap) if item["status"] in UNSETTLED]
        work += [
            item for spec_ref in (cap["fornecida_por"] if cap else ()) for item in self.work_on(spec_ref)
        ]
        return any(self.moves(item["id"], waiting) for item in work)

    def descendants(self, item: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for child_id in item["items_gerados"]:
            child = self.items[child_id]
            if not self.world.contracts[child["tipo"]].acompanhamento:
                yield child
            yield from self.descendants(child)


def held_refs(item: dict[str, Any]) -> list[str]:
    """The dependencies that hold an item."""
    return [ref for ref in item["depende_de"] if item["dependencias"][ref]["estado"] in HELD]
