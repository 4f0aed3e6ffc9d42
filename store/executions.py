"""`registrar_execucao`: each phase of an execution recorded, estimate beside actual; section 6.4.

Built as metrics.md section 2 corrects it: an execution is addressed by its id, opens with what was
estimated, keeps the first verdict, has None where nothing was measured, and is closed at every end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

from store.accuracy import accuracy
from store.backlog.ports import Doc, Transaction
from store.clock import Clock, seconds_between
from store.documents import complete
from store.documents.execution import Fase
from store.errors import WrongInput, WrongState
from store.estimates import PHASES
from store.estimates import estimate as estimate
from store.yamlfile import did_you_mean

COLLECTION = "execucoes"
RUNNING = "em_andamento"
ENDS = ("concluido", "falhou", "cancelado", "rejeitado")
_MACHINE = ("maquina_s", "cpu_horas", "ram_gb_horas")
_CENT_OF_A_CENT = Decimal("0.0001")


def registrar_execucao(
    tx: Transaction, fase: Fase | str, execucao_id: str | None, dados: Mapping[str, Any], clock: Clock
) -> str:
    """Record a phase; returns the execution's id (a new one for `inicio`). Unknown phases and keys are
    refused.

    `inicio`: spec_ref, spec_versao, backlog_item_ref, saga_id, spec_recursos (the price document),
    spec_criada_at?, orcamento_aprovado_at?, bug?, trabalho_s? (seconds that a person read the
    budget). `*_fim`: horas? (people's), maquina_s? (active seconds),
    cpu_horas?, ram_gb_horas?, storage_mb?, chamadas_api?, custo? ({pessoas, llm, infra, apis} in R$).
    `dev_fim` also workers?, tentativas?; `teste_fim` cobertura?, linhas_cobertas?, linhas_total?, passou?,
    testes_total?, testes_falhos?, bugs_encontrados?; `deploy_fim` release_ref?; `fim` status (`concluido`,
    `falhou`, `cancelado` or `rejeitado`).
    """
    known = {str(one) for one in Fase}
    if fase not in known:
        raise WrongInput(f"there is no phase {fase}", path="fase", remedy=did_you_mean(str(fase), known))
    phase, now = Fase(fase), clock.now()
    _refuse_unknown(phase, dados)
    if phase is Fase.INICIO:
        return _open(tx, dados, now)
    execution = _running(tx, execucao_id or "", phase, dados)
    if execution is None:
        return execucao_id or ""
    if phase is Fase.FIM:
        _close(tx, execution, str(dados.get("status", "concluido")), now)
    else:
        _record(tx, execution, phase, dados, now)
    return str(execution["id"])


_COMMON = {
    "horas",
    "maquina_s",
    "cpu_horas",
    "ram_gb_horas",
    "storage_mb",
    "chamadas_api",
    "custo",
    "release_ref",
}
_KEYS: dict[Fase, set[str]] = {
    Fase.INICIO: {
        "spec_ref",
        "spec_versao",
        "backlog_item_ref",
        "saga_id",
        "spec_recursos",
        "spec_criada_at",
        "orcamento_aprovado_at",
        "bug",
        "trabalho_s",
    },
    Fase.DEV_INICIO: set(),
    Fase.DEV_FIM: _COMMON | {"workers", "tentativas"},
    Fase.TESTE_INICIO: set(),
    Fase.TESTE_FIM: _COMMON
    | {
        "cobertura",
        "linhas_cobertas",
        "linhas_total",
        "passou",
        "testes_total",
        "testes_falhos",
        "bugs_encontrados",
    },
    Fase.DEPLOY_INICIO: set(),
    Fase.DEPLOY_FIM: _COMMON,
    Fase.FIM: {"status"},
}


def _refuse_unknown(phase: Fase, dados: Mapping[str, Any]) -> None:
    for key in dados:
        if key not in _KEYS[phase]:
            raise WrongInput("unknown key", path=f"{phase}.{key}", remedy=did_you_mean(key, _KEYS[phase]))


def _open(tx: Transaction, dados: Mapping[str, Any], now: str) -> str:
    price = dados.get("spec_recursos") or {}
    execution = {
        "spec_ref": dados.get("spec_ref", ""),
        "spec_versao": dados.get("spec_versao"),
        "backlog_item_ref": dados.get("backlog_item_ref", ""),
        "spec_recursos_ref": price.get("id", ""),
        "saga_id": dados.get("saga_id", ""),
        "estimado": estimate(price),
        "bug": dados.get("bug"),
        "timestamps": {
            "spec_criada_at": dados.get("spec_criada_at", ""),
            "orcamento_aprovado_at": dados.get("orcamento_aprovado_at", ""),
            "created_at": now,
            "updated_at": now,
        },
    }
    execucao_id = tx.insert(COLLECTION, complete(COLLECTION, execution))
    if dados.get("trabalho_s") is not None:
        registrar_pessoas(tx, execucao_id, "dev", dados["trabalho_s"], now)
    return execucao_id


def _running(tx: Transaction, execucao_id: str, phase: Fase, dados: Mapping[str, Any]) -> Doc | None:
    """The running execution; None when it is closed and `fim` says the same once more."""
    execution = _known(tx, execucao_id)
    if execution["status"] == RUNNING:
        return execution
    if phase is Fase.FIM and execution["status"] == dados.get("status", "concluido"):
        return None
    raise WrongState(f"{execucao_id} ended as {execution['status']}: {phase} is not recorded")


def _record(tx: Transaction, execution: Doc, phase: Fase, dados: Mapping[str, Any], now: str) -> None:
    name, _, edge = str(phase).partition("_")
    stamps = execution["timestamps"]
    _remember(execution, name, dados)
    if edge == "inicio":
        stamps[f"{name}_inicio_at"] = stamps[f"{name}_inicio_at"] or now
    else:
        stamps[f"{name}_fim_at"] = now
        _measure(execution, name, dados)
        _DETAILS[name](execution, dados)
    _save(tx, execution, now)


def _measure(execution: Doc, name: str, dados: Mapping[str, Any]) -> None:
    """Add a phase's amounts; parallel and repeated runs add up."""
    actual, stamps = execution["realizado"], execution["timestamps"]
    if stamps[f"{name}_inicio_at"]:
        actual["relogio_s"][name] = seconds_between(stamps[f"{name}_inicio_at"], stamps[f"{name}_fim_at"])
    _add_amounts(actual, name, dados)
    used = actual["recursos"]
    if dados.get("storage_mb") is not None:
        used["storage_mb"] = dados["storage_mb"]
    _add_calls(actual, dados.get("chamadas_api", {}))
    execution["release_ref"] = dados.get("release_ref") or execution["release_ref"]


def _add_calls(actual: Doc, calls: Mapping[str, float]) -> None:
    known = actual["recursos"]["chamadas_api"]
    for api, count in calls.items():
        known[api] = known.get(api, 0) + count


def _add_amounts(actual: Doc, name: str, dados: Mapping[str, Any]) -> None:
    for amount in ("horas", "maquina_s"):
        _add(actual[amount], name, dados.get(amount))
    _total(actual)
    for resource in ("cpu_horas", "ram_gb_horas"):
        _add(actual["recursos"], resource, dados.get(resource))
    for part, amount_paid in dados.get("custo", {}).items():
        _add_money(actual["custo"]["breakdown"], part, amount_paid)


def _remember(execution: Doc, name: str, dados: Mapping[str, Any]) -> None:
    """Keep what the running attempt has recorded of the machine, and the phase that it is in."""
    so_far = execution.get("tentativa") or {}
    infra = Decimal(str(so_far.get("infra", "0"))) + Decimal(str(dados.get("custo", {}).get("infra") or "0"))
    amounts = {each: so_far.get(each, 0) + (dados.get(each) or 0) for each in _MACHINE}
    execution["tentativa"] = {"fase": name, **amounts, "infra": money(infra)}


def medir_tentativa(tx: Transaction, execucao_id: str, fase: str, tomou: Mapping[str, Any], now: str) -> None:
    """An attempt at the execution's work has ended: add what it took beyond what its phases have recorded.

    `tomou` is `{maquina_s, cpu_horas, ram_gb_horas, infra}`, empty where its phases say it all. The rest goes
    to the phase that it was in, to `fase` where it began none; an execution that has ended keeps its amounts.
    """
    execution = _known(tx, execucao_id)
    recorded = execution.get("tentativa") or {}
    if tomou and execution["status"] == RUNNING:
        rest = {each: max(tomou[each] - recorded.get(each, 0), 0) for each in _MACHINE}
        infra = Decimal(tomou["infra"]) - Decimal(recorded.get("infra", "0"))
        custo = {"infra": infra} if infra > 0 else {}
        rest["maquina_s"] = round(rest["maquina_s"], 3)
        some = {each: amount for each, amount in rest.items() if amount}
        _add_amounts(execution["realizado"], recorded.get("fase", fase), {**some, "custo": custo})
        _sum_usage(tx, execution)
    elif not recorded:
        return
    execution["tentativa"] = {}
    _save(tx, execution, now)


def _total(actual: Doc) -> None:
    for amount in ("horas", "maquina_s", "relogio_s"):
        known = [actual[amount][phase] for phase in PHASES if actual[amount][phase] is not None]
        actual[amount]["total"] = sum(known) if known else None


def registrar_pessoas(tx: Transaction, execucao_id: str, fase: str, segundos: float, now: str) -> None:
    """Add a person's active seconds to a phase, also of an ended execution (its validation comes after).

    They cost what the approved price says of an hour: a cost is recorded at the rate that was agreed.
    """
    execution = _known(tx, execucao_id)
    actual, hours = execution["realizado"], segundos / 3600
    _add(actual["horas"], fase, hours)
    _total(actual)
    rate = hour_rate(execution["estimado"])
    if rate is not None:
        _add_money(
            actual["custo"]["breakdown"], "pessoas", (rate * Decimal(str(hours))).quantize(_CENT_OF_A_CENT)
        )
    if execution["status"] != RUNNING:
        _sum_usage(tx, execution)
        execution["precisao"] = accuracy(execution["estimado"], execution["realizado"])
    _save(tx, execution, now)


def hour_rate(estimated: Mapping[str, Any]) -> Decimal | None:
    """R$ an hour of people's work in the price; None where it had none."""
    cost, hours = estimated["custo"]["breakdown"]["pessoas"], estimated["horas"]["total"]
    return Decimal(cost) / Decimal(str(hours)) if cost is not None and hours else None


def _add(target: Doc, name: str, amount: Any) -> None:
    if amount is not None:
        target[name] = (target[name] or 0) + amount


def _add_money(target: Doc, part: str, amount: Any) -> None:
    if amount is not None:
        target[part] = money(Decimal(target.get(part) or "0") + Decimal(str(amount)))


def money(amount: Decimal) -> str:
    """Exact text with two decimals or more."""
    exponent = amount.as_tuple().exponent
    return (
        str(amount) if isinstance(exponent, int) and exponent <= -2 else str(amount.quantize(Decimal("0.01")))
    )


def _development(execution: Doc, dados: Mapping[str, Any]) -> None:
    execution["workers"].extend(dados.get("workers", ()))
    execution["realizado"]["tentativas_correcao"] += dados.get("tentativas", 0)


def _testing(execution: Doc, dados: Mapping[str, Any]) -> None:
    actual = execution["realizado"]
    for name, key in (
        ("cobertura_pct", "cobertura"),
        ("linhas_cobertas", "linhas_cobertas"),
        ("linhas_total", "linhas_total"),
        ("testes_total", "testes_total"),
        ("testes_falhos", "testes_falhos"),
    ):
        if dados.get(key) is not None:
            actual[name] = dados[key]
    if actual["passou_primeira"] is None:
        actual["passou_primeira"] = dados.get("passou")
    for run in execution["workers"]:
        if run.get("passou_primeira") is None:  # the tests judge everything that was made for them together
            run["passou_primeira"] = dados.get("passou")
    if execution["bug"] is not None and dados.get("passou"):
        execution["bug"]["corrigido_em"] = execution["timestamps"]["teste_fim_at"]
    execution["qualidade"]["bugs_encontrados"] += dados.get("bugs_encontrados", 0)


def _deployment(execution: Doc, _dados: Mapping[str, Any]) -> None:
    if execution["bug"] is not None:
        execution["bug"]["implantado_em"] = execution["timestamps"]["deploy_fim_at"]


_DETAILS: dict[str, Callable[[Doc, Mapping[str, Any]], None]] = {
    "dev": _development,
    "teste": _testing,
    "deploy": _deployment,
}


def _close(tx: Transaction, execution: Doc, status: str, now: str) -> None:
    if status not in ENDS:
        raise WrongInput(
            f"an execution does not end as {status}", path="status", remedy=f"one of: {', '.join(ENDS)}"
        )
    _sum_usage(tx, execution)
    execution.update(status=status, concluido_em=now)
    execution["precisao"] = accuracy(execution["estimado"], execution["realizado"])
    _save(tx, execution, now)


def _sum_usage(tx: Transaction, execution: Doc) -> None:
    """Tokens and model cost come from the calls themselves, all attempts and phases; then the cost is
    summed.
    """
    calls = tx.find("uso_llm", "execucao_id", execution["id"])
    actual = execution["realizado"]
    if calls:
        kinds = ("tokens_entrada", "tokens_saida", "tokens_cache")
        actual["recursos"]["tokens_llm"] = sum(call[kind] for call in calls for kind in kinds)
        costs = [call_cost(call) for call in calls]
        known = [cost for cost in costs if cost is not None]
        actual["custo"]["breakdown"]["llm"] = money(sum(known, Decimal(0))) if known else None
    paid = [Decimal(part) for part in actual["custo"]["breakdown"].values() if part is not None]
    actual["custo"]["total"] = money(sum(paid, Decimal(0))) if paid else None


def call_cost(call: Mapping[str, Any]) -> Decimal | None:
    """R$ of one call: what the provider reported, else what was computed, at the rate of its day."""
    cost = call["custo_informado"] if call["custo_informado"] is not None else call["custo_calculado"]
    return None if cost is None else Decimal(cost) * Decimal(call["cambio"] or "1")


def somar_uso(tx: Transaction, execucao_id: str, now: str) -> None:
    """Bring tokens and cost up to the calls that were recorded so far, however the execution stands."""
    _sum_up(tx, _known(tx, execucao_id), now)


def somar_chamadas(
    tx: Transaction, execucao_id: str, chamadas: Mapping[str, int], custo: Decimal | None, now: str
) -> None:
    """Add calls of other systems, by API, and what they cost in R$ (None: nothing known), however the
    execution stands.
    """
    execution = _known(tx, execucao_id)
    _add_calls(execution["realizado"], chamadas)
    _add_money(execution["realizado"]["custo"]["breakdown"], "apis", custo)
    _sum_up(tx, execution, now)


def _known(tx: Transaction, execucao_id: str) -> Doc:
    execution = tx.get(COLLECTION, execucao_id)
    if execution is None:
        raise WrongInput(f"there is no execution {execucao_id}", path="execucao_id")
    return execution


def _sum_up(tx: Transaction, execution: Doc, now: str) -> None:
    _sum_usage(tx, execution)
    if execution["status"] != RUNNING:
        execution["precisao"] = accuracy(execution["estimado"], execution["realizado"])
    _save(tx, execution, now)


def encerrar(tx: Transaction, execucao_id: str, status: str, now: str) -> None:
    """Close an execution that an item's end ends; one that is closed already keeps its end."""
    execution = tx.get(COLLECTION, execucao_id) if execucao_id else None
    if execution is not None and execution["status"] == RUNNING:
        _close(tx, execution, status, now)


def reabrir(
    tx: Transaction, execucao_id: str, now: str, *, ends: Collection[str] = frozenset({"falhou"})
) -> None:
    """Let an execution that ended in one of `ends` go on: its item is retried, or a phase of it is redone."""
    execution = tx.get(COLLECTION, execucao_id) if execucao_id else None
    if execution is not None and execution["status"] in ends:
        execution.update(status=RUNNING, concluido_em="")
        _save(tx, execution, now)


def desistir(tx: Transaction, execucao_id: str, now: str) -> None:
    """End as `cancelado` what runs or has failed: its work is redone from an earlier phase on, in another
    execution. One that delivered, or was rejected, stays as it ended.
    """
    reabrir(tx, execucao_id, now)
    encerrar(tx, execucao_id, "cancelado", now)


def _save(tx: Transaction, execution: Doc, now: str) -> None:
    execution["timestamps"]["updated_at"] = now
    tx.put(COLLECTION, complete(COLLECTION, execution))
