"""What the items of a generated history say: titles, contexts and results, as their contracts want them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.histories.book import Doc

_TITLES = {
    "orcar_spec": "Price {spec_ref}",
    "aprovar_orcamento": "Approve the budget of {spec_ref}",
    "desenvolvimento": "Develop {spec_ref}",
    "aprovar_release": "Approve {release_ref} of {spec_ref}",
    "corrigir_bug": "Mend {feature_ref}",
    "implantar": "Deploy {release_ref}",
    "validar_implantacao": "Validate the deployment of {release_ref}",
    "entrevistar_dor": "Missing: {recurso}",
    "documentar": "Document {o_que}",
    "revisar_codigo": "Review {o_que}",
    "validar_spec": "Validate {o_que}",
    "aprovacao_externa": "External approval: {o_que}",
    "decidir_pull": "Pull «{titulo}» into {sprint_id} as {codigo}?",
}


def title(tipo: str, contexto: Mapping[str, Any]) -> str:
    """An item's title, as its contract makes it."""
    return _TITLES[tipo].format_map(contexto)


def of_spec(ref: str, **more: Any) -> Doc:
    """A context that names a spec's first version, and more."""
    return {"spec_ref": ref, "spec_versao": 1, **more}


def of_budget(price: Doc) -> Doc:
    """What is asked about a price."""
    return of_spec(
        price["spec_ref"],
        spec_recursos_ref=price["id"],
        custo_p80=price["custo"]["total_p80"],
    )


def of_release(release: Doc) -> Doc:
    """What is asked about a release."""
    return of_spec(
        release["spec_ref"],
        release_ref=release["id"],
        testes_passaram=release["testes_passaram"],
    )


def of_repair(ref: str, price_id: str, release_ref: str, bug: Mapping[str, str]) -> Doc:
    """What is to be mended."""
    told = {name: bug[name] for name in ("severidade", "implantacao_causadora") if bug.get(name)}
    return of_spec(
        ref,
        spec_recursos_ref=price_id,
        feature_ref=release_ref or ref,
        release_ref=release_ref,
        erro="gerado",
        **told,
    )


def of_deployment(placed: Doc) -> Doc:
    """What is asked about a deployment."""
    return of_spec(
        placed["spec_ref"],
        release_ref=placed["release_ref"],
        implantacao_ref=placed["id"],
        ambiente=placed["ambiente"],
        alvo=placed["alvo"],
    )


def of_pull(child: Doc, task: Doc, codigo: str) -> Doc:
    """What is asked about a child of a task's work."""
    return {
        "item_ref": child["id"],
        "item_tipo": child["tipo"],
        "titulo": child["titulo"],
        "motivo": "it is not pulled without your answer",
        "sprint_id": task["sprint_id"],
        "task_codigo": task["codigo"],
        "codigo": codigo,
        "origem": child["origem"],
        "estimativa": {"horas": child["contexto"]["estimativa"]["horas"], "custo": None},
    }
