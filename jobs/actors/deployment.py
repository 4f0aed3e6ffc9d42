"""PROMETHEUS deploys and rolls back: intent before effect, record after it (mission 1.2, phase 5; 7.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jobs.actors.costs import infra_cost
from jobs.actors.isolation import require_isolation
from jobs.actors.reading import Doc, NotThere, Reads, deployments_of, document, text
from jobs.actors.signing import NotSigned, verification
from jobs.config import Config
from jobs.deploy.target import Target
from jobs.protocol import Completion, End, Failed, StepContext, StepSpec
from store.backlog import Claim
from store.database import Transaction
from store.documents import complete
from store.documents.item import OPEN
from store.executions import registrar_execucao

_INTENDED = "intencao"
_HOUR = 3600.0
_MB = 1 << 20


def target_of(context: StepContext, contexto: Mapping[str, Any], spec_ref: str) -> Target:
    """The configured target, with a directory of its own for each spec: what is live is so by spec."""
    config: Config = context.config["workspace"]
    target = config.target(text(contexto, "alvo"))
    return Target.from_document({**target.to_document(), "dir": str(target.dir / spec_ref)})


def prepare_deployment(context: StepContext, item: Mapping[str, Any]) -> Doc:
    """The approved release, the target, and an earlier attempt's intent that has no end yet."""
    require_isolation(context)
    release = document(context.db, "releases", item["contexto"]["release_ref"])
    return {
        "operacao": "implantar",
        "alvo": target_of(context, item["contexto"], release["spec_ref"]).to_document(),
        "release_dir": str(context.workspace.releases / release["dir"]),
        "manifesto": release["manifesto_sha256"],
        "intencao": _open_intent(context, item),
        **verification(context, release),
        **_known(context, release["spec_ref"], text(item["contexto"], "alvo")),
    }


def prepare_rollback(context: StepContext, item: Mapping[str, Any]) -> Doc:
    """The deployment to take back; `para` is what was live before it, and `de` its own version.

    What that must be is what the store says of its release, not what its target does. Raises NotSigned where
    releases must be signed and that one is not, NotThere where the store knows no release of it.
    """
    deployment = document(context.db, "implantacoes", item["contexto"]["implantacao_ref"])
    contexto = {"alvo": deployment["alvo"]}
    before = (deployment["anterior"] or {}).get("versao")
    release = _release_before(context, deployment) if before else None
    if before:
        require_isolation(context)
    return {
        "operacao": "reverter" if before else "retirar",
        "alvo": target_of(context, contexto, deployment["spec_ref"]).to_document(),
        "de": (deployment["resultado"] or {}).get("depois"),
        "para": before,
        "intencao": _open_intent(context, item),
        "manifesto": release["manifesto_sha256"] if release else None,
        # Its own key's, which may be an older one.
        "assinatura": release.get("assinatura") if release else None,
        **_known(context, deployment["spec_ref"], deployment["alvo"]),
    }


def _release_before(context: StepContext, deployment: Doc) -> Doc:
    """The release that was live before a deployment."""
    anterior = deployment["anterior"]
    if not anterior.get("release_ref"):
        raise NotThere(f"the store knows no release of the version {anterior['versao']}: deploy one anew")
    release = document(context.db, "releases", anterior["release_ref"])
    if context.config["workspace"].signing_required and release.get("assinatura") is None:
        raise NotSigned(
            f"{release['id']}, which was live before, is not signed, and oficina.yaml wants it to be: build "
            "and deploy it again"
        )
    return release


def _known(context: StepContext, spec_ref: str, alvo: str) -> Doc:
    """The store's manifest of each version at a target; of the signed ones alone where they must be."""
    required = context.config["workspace"].signing_required
    found = {}
    for deployed in _on_target(context.db, spec_ref, alvo):
        version = (deployed["resultado"] or {}).get("depois")
        release = context.db.get("releases", deployed["release_ref"]) if version else None
        if release is not None and (release.get("assinatura") is not None or not required):
            found[version] = release["manifesto_sha256"]
    return {"conhecidas": found, "exigida": required}


def _open_intent(context: StepContext, item: Mapping[str, Any]) -> Doc | None:
    found = _own(context.db.find("implantacoes", "spec_ref", item["spec_ref"]), item["id"])
    return found["resultado"] if found is not None and found["status"] == _INTENDED else None


def _own(deployments: list[Doc], item_id: str) -> Doc | None:
    """The deployment that an item works on: one an item, however often it is tried."""
    return next((each for each in deployments if each["backlog_item_ref"] == item_id), None)


def on_message(
    tx: Transaction, context: StepContext, claim: Claim, message: Mapping[str, Any]
) -> dict[str, Any]:
    """Store an intent with what was there before; anything else only asks whether the lease is still held."""
    item = document(tx, "backlog_items", claim.item["id"])
    if message["kind"] != "intent":
        return {}
    before = _own(tx.find("implantacoes", "spec_ref", item["spec_ref"]), item["id"])
    release = document(tx, "releases", _release_ref(tx, item))
    intent = {
        name: message[name]
        for name in ("operacao", "alvo", "ambiente", "antes", "depois", "manifest", "token")
    }
    deployment = {
        **(before or {}),
        "release_ref": release["id"],
        "spec_ref": item["spec_ref"],
        "spec_versao": release["spec_versao"],
        "execucao_ref": item["execucao_ref"],
        "backlog_item_ref": item["id"],
        "saga_id": item["saga_id"],
        "alvo": message["alvo"],
        "ambiente": message["ambiente"],
        "status": _INTENDED,
        "anterior": {
            "versao": message["antes"],
            "release_ref": _released_as(tx, item["spec_ref"], message["alvo"], message["antes"]),
        },
        "token": claim.token,
        "inicio_at": before["inicio_at"] if before else context.clock.now(),
        "resultado": intent,
    }
    _phase(tx, context, item, "deploy_inicio", {})
    stored = complete("implantacoes", deployment)
    if before is None:
        return {"implantacao_ref": tx.insert("implantacoes", stored)}
    tx.put("implantacoes", stored)
    return {"implantacao_ref": stored["id"]}


def _release_ref(tx: Transaction, item: Mapping[str, Any]) -> str:
    """A roll back puts the release of the deployment before back; a deployment its own."""
    if item["tipo"] == "implantar":
        return str(item["contexto"]["release_ref"])
    undone = document(tx, "implantacoes", item["contexto"]["implantacao_ref"])
    return str((undone["anterior"] or {}).get("release_ref") or undone["release_ref"])


def _released_as(tx: Transaction, spec_ref: str, alvo: str, version: str | None) -> str:
    """The release whose deployment to a target made that version; empty for none."""
    made = (each for each in _on_target(tx, spec_ref, alvo) if (each["resultado"] or {}).get("depois"))
    return next((str(each["release_ref"]) for each in made if each["resultado"]["depois"] == version), "")


def _on_target(reads: Reads, spec_ref: str, alvo: str) -> Iterator[Doc]:
    """A spec's deployments to one target, newest first."""
    return (each for each in deployments_of(reads, spec_ref) if each["alvo"] == alvo)


def _phase(tx: Transaction, context: StepContext, item: Mapping[str, Any], fase: str, dados: Doc) -> None:
    """Recorded where the item carries an execution that still runs; a roll back on demand carries none."""
    execution = tx.get("execucoes", item["execucao_ref"]) if item["execucao_ref"] else None
    if execution is not None and execution["status"] == "em_andamento" and item["tipo"] == "implantar":
        registrar_execucao(tx, fase, execution["id"], dados, context.clock)


def _measured(context: StepContext, usage: Mapping[str, Any], storage_mb: float) -> Doc:
    """What one attempt used, whether it succeeded or not; attempts add up."""
    return {
        "maquina_s": round(usage["wall_s"], 3),
        "cpu_horas": usage["cpu_s"] / _HOUR,
        "ram_gb_horas": usage["ram_gb_s"] / _HOUR,
        "custo": infra_cost(context, usage["cpu_s"], usage["ram_gb_s"], storage_mb),
    }


def apply_deployment(tx: Transaction, context: StepContext, claim: Claim, outcome: Doc) -> End:
    """Record what happened. A failed smoke test has gone back by itself, and is a failed attempt."""
    item, record = document(tx, "backlog_items", claim.item["id"]), outcome["registro"]
    deployment = _record(tx, context, item, record, "implantada" if record["ok"] else "falhou")
    if not record["ok"]:
        _phase(tx, context, item, "deploy_fim", _measured(context, outcome["uso"], 0.0))
        smoke = record["smoke"]
        return Failed(
            f"the smoke test failed: {smoke['motivo'] or 'exit code ' + str(smoke['rc'])}; {_back(record)}",
            smoke["saida"],
        )
    _supersede(tx, context, deployment, f"{deployment['id']} took its place")
    release = document(tx, "releases", deployment["release_ref"])
    storage_mb = round(release["tamanho_bytes"] / _MB, 4)
    measured = _measured(context, outcome["uso"], storage_mb)
    kept = {"release_ref": release["id"], "storage_mb": storage_mb}
    _phase(tx, context, item, "deploy_fim", {**measured, **kept})
    _phase(tx, context, item, "fim", {"status": "concluido"})
    _end_incident(tx, item, deployment)
    tx.event(
        {
            "tipo": "devops.deployed",
            "item_id": item["id"],
            "saga_id": item["saga_id"],
            "spec_ref": item["spec_ref"],
            "release_ref": release["id"],
            "implantacao_ref": deployment["id"],
            "detalhe": record["alvo"],
        }
    )
    result = {
        "implantacao_ref": deployment["id"],
        "ambiente": record["ambiente"],
        "alvo": record["alvo"],
        "url": deployment["url"],
        "voltou": False,
    }
    return Completion(result, [_question(item, deployment, record)])


def _end_incident(tx: Transaction, item: Mapping[str, Any], deployment: Doc) -> None:
    """What repairs something that went wrong with a deployment is live: that is over."""
    execution = tx.get("execucoes", item["execucao_ref"]) if item["execucao_ref"] else None
    bug = (execution or {}).get("bug") or {}
    if execution is not None and bug.get("implantacao_causadora"):
        tx.event(
            {
                "tipo": "incidente.resolvido",
                "item_id": execution["backlog_item_ref"],
                "saga_id": item["saga_id"],
                "spec_ref": item["spec_ref"],
                "execucao_id": execution["id"],
                "implantacao_ref": bug["implantacao_causadora"],
                "detalhe": deployment["id"],
            }
        )


def _back(record: Doc) -> str:
    """What is live after a failed smoke test, and why."""
    if record.get("nao_voltou"):
        return f"not back, nothing is live now: {record['nao_voltou']}"
    return f"back to {record['versao']}" if record["versao"] else "nothing was live before, nothing is now"


def _record(tx: Transaction, context: StepContext, item: Mapping[str, Any], record: Doc, status: str) -> Doc:
    deployment = _own(tx.find("implantacoes", "spec_ref", item["spec_ref"]), item["id"])
    if deployment is None:
        raise NotThere(f"the deployment of {item['id']} has no intent")
    live = place(context, deployment) if record["ok"] and record["versao"] else ""
    deployment.update(status=status, fim_at=context.clock.now(), resultado=record, url=live)
    tx.put("implantacoes", complete("implantacoes", deployment))
    if record.get("nao_voltou"):
        why = f"nothing is live since {deployment['id']}: {record['nao_voltou']}"
        _supersede(tx, context, deployment, why)
    return deployment


def place(context: StepContext, deployment: Mapping[str, Any]) -> str:
    """Where whoever uses a deployment finds it, relative to the workspace where it lies in that.

    Empty where its target is not configured any more: what happened there is recorded all the same.
    """
    config: Config = context.config["workspace"]
    if deployment["alvo"] not in {target.nome for target in config.targets}:
        return ""
    link, root = target_of(context, deployment, deployment["spec_ref"]).link, context.workspace.root
    return str(link.relative_to(root) if link.is_relative_to(root) else link)


def _supersede(tx: Transaction, context: StepContext, deployment: Doc, why: str) -> None:
    """What was at its target before this one is not live any more; the store says so."""
    for other in list(_on_target(tx, deployment["spec_ref"], deployment["alvo"])):
        if other["id"] != deployment["id"] and other["status"] in ("implantada", "validada"):
            other["status"] = "substituida"
            tx.put("implantacoes", complete("implantacoes", other))
            _close_question(tx, context, other, why)


def _close_question(tx: Transaction, context: StepContext, deployment: Doc, why: str) -> None:
    """Nobody is asked to validate what is not live any more."""
    for asked in tx.find("backlog_items", "pai", deployment["backlog_item_ref"]):
        if asked["tipo"] == "validar_implantacao" and asked["status"] in OPEN:
            context.backlog.cancelar(asked["id"], why, "PROMETHEUS", tx=tx)


def _question(item: Mapping[str, Any], deployment: Doc, record: Doc) -> Doc:
    asked = {
        "release_ref": deployment["release_ref"],
        "implantacao_ref": deployment["id"],
        "ambiente": record["ambiente"],
        "alvo": record["alvo"],
        "url": deployment["url"],
        "spec_ref": item["spec_ref"],
        "spec_versao": item["spec_versao"],
        "versao_anterior": record["antes"] or "",
        "fumaca": record["smoke"],
    }
    return {"tipo": "validar_implantacao", "chave": "validacao", "contexto": asked}


def apply_rollback(tx: Transaction, context: StepContext, claim: Claim, outcome: Doc) -> End:
    """Record what is live now, and that the deployment which was taken back is not."""
    item, record = document(tx, "backlog_items", claim.item["id"]), outcome["registro"]
    stands = "implantada" if record["depois"] else "revertida"
    now_live = _record(tx, context, item, record, stands if record["ok"] else "falhou")
    if not record["ok"]:
        return Failed(
            f"the version before does not stand its smoke test: {record['smoke']['motivo']}; {_back(record)}",
            record["smoke"]["saida"],
        )
    undone = document(tx, "implantacoes", item["contexto"]["implantacao_ref"])
    undone.update(status="revertida")
    tx.put("implantacoes", complete("implantacoes", undone))
    _close_question(tx, context, undone, f"rolled back by {item['id']}")
    tx.event(
        {
            "tipo": "devops.rolled_back",
            "item_id": item["id"],
            "saga_id": item["saga_id"],
            "spec_ref": item["spec_ref"],
            "implantacao_ref": undone["id"],
            "release_ref": now_live["release_ref"],
            "detalhe": record["alvo"],
        }
    )
    return Completion(
        {
            "implantacao_ref": now_live["id"],
            "release_ref": now_live["release_ref"],
            "ambiente": record["ambiente"],
            "voltou_para": record["versao"] or "",
        }
    )


_ENTRY = "jobs.steps.deployment:run"
IMPLANTAR = StepSpec("implantar", "process", _ENTRY, prepare_deployment, apply_deployment, on_message)
REVERTER = StepSpec("reverter", "process", _ENTRY, prepare_rollback, apply_rollback, on_message)
