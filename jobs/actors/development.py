"""PROMETHEUS develops and mends: the execution's phases, the release, the question about it (mission 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.actors.costs import infra_cost
from jobs.actors.isolation import require_isolation
from jobs.actors.reading import Doc, document, price_of, releases_of, text, version
from jobs.actors.signing import signing_key
from jobs.protocol import Completion, StepContext, StepSpec
from store.backlog import Claim
from store.database import Transaction
from store.documents import complete
from store.executions import registrar_execucao

_HOUR = 3600.0


def prepare(context: StepContext, item: Mapping[str, Any]) -> Doc:
    """The approved version and, for a repair, what it repairs."""
    require_isolation(context)
    contexto = item["contexto"]
    return {
        "spec": _spec_to_build(context, item),
        "releases": str(context.workspace.releases),
        "substitui_release": _replaced_digest(context, contexto),
        "chave": signing_key(context),
        "bug": {name: text(contexto, name) for name in ("feature_ref", "erro", "stack_trace")},
    }


def replaced_directory(context: StepContext, item: Mapping[str, Any]) -> str:
    """Where the release lies that the item is to replace; empty for none."""
    found = _replaced(context, item["contexto"])
    directory = context.workspace.releases / found["dir"] if found else None
    return str(directory) if directory is not None and directory.is_dir() else ""


def _spec_to_build(context: StepContext, item: Mapping[str, Any]) -> Doc:
    """The version that the item was claimed for; one that was claimed before versions were pinned says it in
    its `contexto`, or means the latest.
    """
    contexto = item["contexto"]
    if item["spec_ref"] and item["spec_versao"] is not None:
        return version(context.db, item["spec_ref"], item["spec_versao"])
    if contexto.get("spec_ref"):
        return version(context.db, contexto["spec_ref"], contexto.get("spec_versao"))
    release = context.db.get("releases", contexto["feature_ref"])
    if release is not None:
        return version(context.db, release["spec_ref"], release["spec_versao"])
    return version(context.db, contexto["feature_ref"])


def _replaced(context: StepContext, contexto: Mapping[str, Any]) -> Doc | None:
    for ref in (text(contexto, "release_ref"), text(contexto, "feature_ref")):
        found = context.db.get("releases", ref) if ref.startswith("REL-") else None
        if found is not None:
            return found
    if text(contexto, "feature_ref"):
        return next(
            releases_of(context.db, text(contexto, "spec_ref") or text(contexto, "feature_ref")), None
        )
    return None


def _replaced_digest(context: StepContext, contexto: Mapping[str, Any]) -> str:
    found = _replaced(context, contexto)
    return str(found["manifesto_sha256"]) if found else ""


def on_message(
    tx: Transaction, context: StepContext, claim: Claim, message: Mapping[str, Any]
) -> dict[str, Any]:
    """A phase began or ended: `registrar_execucao`, in a transaction of its own."""
    execucao_ref = _execution(tx, context, claim)
    dados = dict(message["dados"])
    phase = _PHASES.get(message["fase"])
    registrar_execucao(
        tx, message["fase"], execucao_ref, phase(context, dados) if phase else dados, context.clock
    )
    return {"execucao_ref": execucao_ref}


def _execution(tx: Transaction, context: StepContext, claim: Claim) -> str:
    """The item's execution, opened by its first phase; a repeated attempt goes on with it."""
    item = document(tx, "backlog_items", claim.item["id"])
    if item["execucao_ref"]:
        return str(item["execucao_ref"])
    spec, contexto = _spec_to_build(context, item), item["contexto"]
    ref = text(contexto, "spec_recursos_ref")
    price = tx.get("specs_recursos", ref) if ref else price_of(tx, spec["spec_ref"], spec["versao"])
    decisions = tx.find("decisoes", "item_ref", text(contexto, "orcamento_ref"))
    dados: Doc = {
        "spec_ref": spec["spec_ref"],
        "spec_versao": spec["versao"],
        "backlog_item_ref": item["id"],
        "saga_id": item["saga_id"],
        "spec_recursos": price or {},
        "spec_criada_at": spec["criada_em"],
        "orcamento_aprovado_at": decisions[-1]["em"] if decisions else "",
        "trabalho_s": decisions[-1]["trabalho_s"] if decisions else None,
    }
    if item["tipo"] == "corrigir_bug":
        dados["bug"] = {
            "severidade": contexto.get("severidade", "sem_classificacao"),
            "aberto_em": item["criado_em"],
            "implantacao_causadora": text(contexto, "implantacao_causadora"),
        }
    execucao_ref = registrar_execucao(tx, "inicio", None, dados, context.clock)
    item["execucao_ref"] = execucao_ref
    tx.put("backlog_items", item)
    return execucao_ref


def _developed(context: StepContext, dados: Doc) -> Doc:
    workers = dados["workers"]
    cpu_s = sum(each["cpu_s"] for each in workers)
    return {
        "workers": workers,
        "tentativas": dados.get("tentativas", 0),
        "maquina_s": round(sum(each["duracao_minutos"] for each in workers) * 60, 3),
        "cpu_horas": cpu_s / _HOUR,
        "ram_gb_horas": dados["ram_gb_s"] / _HOUR,
        "custo": infra_cost(context, cpu_s, dados["ram_gb_s"]),
    }


def _tested(context: StepContext, dados: Doc) -> Doc:
    return {
        "passou": dados["passou"],
        "cobertura": dados["cobertura_pct"],
        "linhas_cobertas": dados.get("linhas_cobertas"),
        "linhas_total": dados.get("linhas_total"),
        "testes_total": dados["testes_total"],
        "testes_falhos": dados["testes_falhos"],
        "maquina_s": dados["maquina_s"],
        "cpu_horas": dados["cpu_s"] / _HOUR,
        "ram_gb_horas": dados["ram_gb_s"] / _HOUR,
        "custo": infra_cost(context, dados["cpu_s"], dados["ram_gb_s"]),
    }


_PHASES = {"dev_fim": _developed, "teste_fim": _tested}


def apply(tx: Transaction, context: StepContext, claim: Claim, outcome: Doc) -> Completion:
    """Store the release, and ask the owner about it with everything that the tests said."""
    item = document(tx, "backlog_items", claim.item["id"])
    spec = _spec_to_build(context, item)
    built, tests = outcome["release"], outcome["testes"]
    passed = tests["failed"] == 0 and tests["errors"] == 0 and tests["passed"] > 0 and not tests["abortado"]
    same = _identical(tx, spec["spec_ref"], built)
    replaced = _replaced(context, item["contexto"]) if item["tipo"] == "corrigir_bug" else None
    release = {
        **built,
        "spec_ref": spec["spec_ref"],
        "spec_versao": spec["versao"],
        "execucao_ref": item["execucao_ref"],
        "backlog_item_ref": item["id"],
        "saga_id": item["saga_id"],
        "criada_em": context.clock.now(),
        "testes": tests,
        "testes_passaram": passed,
        "cobertura_pct": tests["cobertura_pct"],
        "substitui_release": replaced["id"] if replaced else "",
        "identica_a": same,
    }
    release_ref = tx.insert("releases", complete("releases", release))
    tx.event(
        {
            "tipo": "qa.passed" if passed else "qa.failed",
            "item_id": item["id"],
            "saga_id": item["saga_id"],
            "spec_ref": spec["spec_ref"],
            "release_ref": release_ref,
            "execucao_id": item["execucao_ref"],
            "detalhe": f"{tests['passed']}/{tests['total']}",
        }
    )
    result = {
        "release_ref": release_ref,
        "artefatos": sorted(built["arquivos"]),
        "testes_passaram": passed,
        "cobertura": tests["cobertura_pct"],
    }
    if item["tipo"] == "corrigir_bug" and same:
        result["identica_a"] = same
    return Completion(result, [_question(item, spec, release_ref, release)])


def _identical(tx: Transaction, spec_ref: str, built: Doc) -> str:
    """The earlier release with the very same files: then the work changed nothing."""
    return next((doc["id"] for doc in releases_of(tx, spec_ref) if doc["arquivos"] == built["arquivos"]), "")


def _question(item: Mapping[str, Any], spec: Doc, release_ref: str, release: Doc) -> Doc:
    tests = release["testes"]
    asked: Doc = {
        "release_ref": release_ref,
        "spec_ref": spec["spec_ref"],
        "spec_versao": spec["versao"],
        "spec_recursos_ref": text(item["contexto"], "spec_recursos_ref"),
        "execucao_ref": item["execucao_ref"],
        "manifesto_sha256": release["manifesto_sha256"],
        "artefatos": sorted(release["arquivos"]),
        "testes_passaram": release["testes_passaram"],
        "testes": {
            name: tests[name]
            for name in ("passed", "failed", "errors", "skipped", "total", "nivel", "abortado")
        },
        "cobertura": release["cobertura_pct"],
        "substitui_release": release["substitui_release"],
        "identica_a": release["identica_a"],
        "correcao_de": text(item["contexto"], "feature_ref"),
    }
    asked = {name: value for name, value in asked.items() if value != ""}
    return {
        "tipo": "aprovar_release",
        "chave": "release",
        "contexto": asked,
        "spec_ref": spec["spec_ref"],
        "spec_versao": spec["versao"],
    }


_ENTRY = "jobs.steps.development:run"
DESENVOLVIMENTO = StepSpec("desenvolvimento", "process", _ENTRY, prepare, apply, on_message)
CORRIGIR_BUG = StepSpec("corrigir_bug", "process", _ENTRY, prepare, apply, on_message)
