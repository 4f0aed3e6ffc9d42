"""The version that work is on is fixed when it is first claimed: everything after reads that one."""

from __future__ import annotations

from store.backlog.operation import Operation
from store.backlog.outcomes import SPEC, contributes, latest_version
from store.backlog.ports import Doc


def pin_version(op: Operation, item: Doc) -> None:
    """Give work that names no version the one that it is about (not saved here): that of the release that it
    names, or the latest of its spec. From then on a newer version voids it, as any other work.
    """
    if item["spec_versao"] is not None or not op.contract(item).abre_execucao:
        return
    about = _named(op, item)
    if about is not None:
        item.update(spec_ref=about["spec_ref"], spec_versao=about.get("versao") or about["spec_versao"])
        if contributes(op, item):
            op.later("outcome", SPEC + item["spec_ref"])


def _named(op: Operation, item: Doc) -> Doc | None:
    contexto = item["contexto"]
    for name in ("release_ref", "feature_ref"):
        ref = str(contexto.get(name) or "")
        release = op.tx.get("releases", ref) if ref.startswith("REL-") else None
        if release is not None:
            return release
    spec_ref = item["spec_ref"] or str(contexto.get("feature_ref") or "")
    return latest_version(op, spec_ref) if spec_ref else None
