"""Where each spec stands, kept up to date one document at a time."""

from __future__ import annotations

from store.views.model import Document, ItemRow, SpecRow

ENDED = frozenset({"Concluido", "Pulado", "Cancelado"})
IN_PLACE = frozenset({"implantada", "validada"})
"""What a deployment's status is while that version is in place."""
AFTERWARDS = frozenset({"avaliar_efetividade"})
"""Questions that come after a spec is done; they don't say where it stands."""


class StandingFold:
    """Spec versions, items and deployments go in, a row a spec comes out; only what changed is made anew."""

    def __init__(self) -> None:
        self._versions: dict[str, tuple[int, str, tuple[str, ...]]] = {}
        self._open: dict[str, dict[str, ItemRow]] = {}
        self._last: dict[str, ItemRow] = {}
        self._deployed: dict[str, dict[str, int]] = {}
        self._rows: dict[str, SpecRow] = {}
        self._stale: set[str] = set()

    def put_version(self, spec: Document) -> None:
        """A version of a spec; the latest gives its title."""
        ref, version = spec["spec_ref"], spec["versao"]
        if ref not in self._versions or version >= self._versions[ref][0]:
            self._versions[ref] = (version, spec.get("titulo") or ref, tuple(spec.get("fornece") or ()))
            self._stale.add(ref)

    def put_deployment(self, document_id: str, deployment: Document) -> None:
        """A deployment: while it is in place, its version is the one that is deployed."""
        ref = deployment.get("spec_ref") or ""
        places = self._deployed.setdefault(ref, {})
        if deployment.get("status") in IN_PLACE:
            places[document_id] = deployment.get("spec_versao") or 0
        else:
            places.pop(document_id, None)
        self._stale.add(ref)

    def put_item(self, row: ItemRow) -> None:
        """An item of a spec, as it is now."""
        ref = row.spec_ref
        if not ref or row.tipo in AFTERWARDS:
            return
        if row.status in ENDED:
            self._open.get(ref, {}).pop(row.id, None)
            last = self._last.get(ref)
            if row.status == "Concluido" and (last is None or row.atualizado_em >= last.atualizado_em):
                self._last[ref] = row
        else:
            self._open.setdefault(ref, {})[row.id] = row
        self._stale.add(ref)

    def rows(self) -> tuple[SpecRow, ...]:
        """One row a spec, by its id: the same order in every process."""
        for ref in self._stale:
            if ref in self._versions:
                self._rows[ref] = self._row(ref)
        self._stale.clear()
        return tuple(self._rows[ref] for ref in sorted(self._rows))

    def _row(self, ref: str) -> SpecRow:
        version, title, brings = self._versions[ref]
        places = self._deployed.get(ref, {})
        deployed = f"v{max(places.values())}" if places else ""
        current = max(self._open.get(ref, {}).values(), key=_weight, default=None)
        if current is None and deployed:
            return SpecRow(ref, title, version, "implantada", self._id_of_last(ref), deployed, brings)
        current = current or self._last.get(ref)
        stage, item_id = (current.tipo, current.id) if current else ("", "")
        return SpecRow(ref, title, version, stage, item_id, deployed, brings)

    def _id_of_last(self, ref: str) -> str:
        last = self._last.get(ref)
        return last.id if last else ""


def _weight(row: ItemRow) -> tuple[int, str]:
    """Which of a spec's open items tells best where it stands: what runs, then what waits for the owner."""
    if row.status == "EmProcessamento":
        rank = 4
    elif row.humano and row.status == "Pendente":
        rank = 3
    else:
        rank = {"Falhou": 2, "Pendente": 1}.get(row.status, 0)
    return rank, row.criado_em
