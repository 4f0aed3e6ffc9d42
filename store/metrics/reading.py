"""Documents become facts: one function a collection, each pure, tolerant of old documents and wrong values.

What is missing or no value of its kind is None (or empty); what is only implausible, such as an end before
its start, is kept: families leave it out and count it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from sys import intern
from typing import Any

from store.metrics.facts import (
    Bug,
    Call,
    Capability,
    Decision,
    Deployment,
    Episode,
    Execution,
    Item,
    LineSpan,
    Moment,
    Pair,
    Parts,
    Phases,
    Price,
    Release,
    Run,
    Sample,
    Sprint,
    Task,
    Try,
)
from store.metrics.learning import points_of
from store.metrics.values import (
    Document,
    amount,
    bounded,
    count,
    day,
    moment,
    money,
    part,
    parts,
    text,
    truth,
)

_PHASES = ("dev", "teste", "deploy")
_ENDED_WELL = ("Concluido", "Pulado")
SHARED = ("tipo", "ator", "status", "produtor", "spec_ref", "tarefa", "filho_de")
"""Fields of items that many have the same text in: one copy of it is kept."""
_GAP_TYPE = "entrevistar_dor"
_NO_CLASS = "sem_classificacao"


def execution(doc: Document) -> Execution:
    """A document of `execucoes`."""
    real, estimated, stamps = part(doc, "realizado"), part(doc, "estimado"), part(doc, "timestamps")
    used, expected = part(real, "recursos"), part(estimated, "recursos")
    clock, workers = part(real, "relogio_s"), _runs(parts(doc, "workers"))
    return Execution(
        id=text(doc, "id"),
        spec_ref=text(doc, "spec_ref"),
        spec_versao=count(doc.get("spec_versao")),
        release_ref=text(doc, "release_ref"),
        item_ref=text(doc, "backlog_item_ref"),
        saga_id=text(doc, "saga_id"),
        status=text(doc, "status"),
        criada=moment(stamps, "created_at"),
        encerrada=moment(doc, "concluido_em"),
        spec_criada=moment(stamps, "spec_criada_at"),
        aprovada=moment(stamps, "orcamento_aprovado_at"),
        fases=(_edges(stamps, "dev"), _edges(stamps, "teste"), _edges(stamps, "deploy")),
        horas=_phases(part(real, "horas"), part(estimated, "horas")),
        maquina_s=_phases(part(real, "maquina_s"), part(estimated, "maquina_s")),
        relogio_s=(
            amount(clock.get("dev")),
            amount(clock.get("teste")),
            amount(clock.get("deploy")),
            amount(clock.get("total")),
        ),
        tokens=_tokens(_pair(used, expected, "tokens_llm"), workers),
        cpu_horas=_pair(used, expected, "cpu_horas"),
        ram_gb_horas=_pair(used, expected, "ram_gb_horas"),
        storage_mb=_pair(used, expected, "storage_mb"),
        apis=_apis(part(used, "chamadas_api"), part(expected, "chamadas_api")),
        custo=_parts(part(real, "custo")),
        custo_estimado=_parts(part(estimated, "custo")),
        custo_p80=money(estimated.get("custo_p80")),
        cobertura=Pair(amount(real.get("cobertura_pct")), amount(estimated.get("cobertura_planejada_pct"))),
        linhas=_lines(real),
        primeira=truth(real.get("passou_primeira")),
        testes=(count(real.get("testes_total")), count(real.get("testes_falhos"))),
        tentativas=count(real.get("tentativas_correcao")) or 0,
        workers=workers,
        bug=_bug(doc),
        amostras=_samples(doc),
        calibrado=_calibrated(part(estimated, "calibrado")),
    )


def _samples(doc: Document) -> tuple[Sample, ...]:
    found = points_of(doc)
    return tuple(
        Sample(serie, each.grupo, each.bruto, each.real)
        for serie in found._fields
        for each in getattr(found, serie)
    )


def _calibrated(told: Document) -> tuple[float | None, float | None]:
    return amount(part(told, "horas").get("total")), amount(part(told, "maquina_s").get("total"))


def _edges(stamps: Document, phase: str) -> tuple[Moment, Moment]:
    return moment(stamps, f"{phase}_inicio_at"), moment(stamps, f"{phase}_fim_at")


def _pair(real: Document, estimated: Document, name: str) -> Pair:
    return Pair(amount(real.get(name)), amount(estimated.get(name)))


def _tokens(pair: Pair, workers: Sequence[Run]) -> Pair:
    """What its calls come to; without calls, what its workers say, where each of them does.

    Those of oficina's own use no model, and say 0.
    """
    if pair.real is not None or not workers:
        return pair
    told = [each.tokens for each in workers]
    known = [each for each in told if each is not None]
    return pair._replace(real=sum(known)) if len(known) == len(told) else pair


def _phases(real: Document, estimated: Document) -> Phases:
    return Phases(*(_pair(real, estimated, name) for name in (*_PHASES, "total")))


def _apis(real: Document, estimated: Document) -> dict[str, Pair]:
    return {name: _pair(real, estimated, name) for name in {**estimated, **real}}


def _parts(cost: Document) -> Parts:
    broken = part(cost, "breakdown")
    return Parts(
        money(broken.get("pessoas")),
        money(broken.get("llm")),
        money(broken.get("infra")),
        money(broken.get("apis")),
        money(cost.get("total")),
    )


def _lines(real: Document) -> tuple[int, int] | None:
    covered, total = count(real.get("linhas_cobertas")), count(real.get("linhas_total"))
    return None if covered is None or total is None else (covered, total)


def _runs(rows: Sequence[Document]) -> tuple[Run, ...]:
    """A run for each thing that a worker made; what it made again, after tests or a loss, is an attempt."""
    found: dict[object, Run] = {}
    for place, each in enumerate(rows):
        run, name = _run(each), text(each, "nome")
        key: object = (run.worker, run.vertente, name) if name else place
        found[key] = _again(found[key], run) if key in found else run
    return tuple(found.values())


def _again(first: Run, later: Run) -> Run:
    """The attempts at one thing as one run: the verdict is the first one's."""
    return first._replace(
        fim=later.fim,
        minutos=_added(first.minutos, later.minutos),
        tokens=_added(first.tokens, later.tokens),
        tentativas=first.tentativas + later.tentativas,
    )


def _added(one: float | None, other: float | None) -> float | None:
    return one if other is None else other if one is None else one + other


def _run(each: Document) -> Run:
    return Run(
        worker=text(each, "worker"),
        vertente=text(each, "vertente"),
        inicio=moment(each, "inicio_at"),
        fim=moment(each, "fim_at"),
        minutos=amount(each.get("duracao_minutos")),
        tokens=amount(each.get("tokens_consumidos")),
        tentativas=max(count(each.get("tentativas")) or 1, 1),
        passou_primeira=truth(each.get("passou_primeira")),
    )


def _bug(doc: Document) -> Bug | None:
    if not isinstance(doc.get("bug"), dict):
        return None
    told = part(doc, "bug")
    return Bug(
        severidade=text(told, "severidade") or _NO_CLASS,
        aberto=moment(told, "aberto_em"),
        corrigido=moment(told, "corrigido_em"),
        implantado=moment(told, "implantado_em"),
        causadora=text(told, "implantacao_causadora"),
    )


def item(doc: Document) -> Item:
    """A document of `backlog_items`, archived or not."""
    status, asked = intern(text(doc, "status")), part(doc, "contexto")
    ended, gap = moment(doc, "concluido_em"), text(doc, "tipo") == _GAP_TYPE
    bug = text(doc, "tipo") == "corrigir_bug"
    blocked = tuple(
        Episode(moment(each, "bloqueado_em"), moment(each, "desbloqueado_em"))
        for each in parts(doc, "bloqueios")
    )
    tries = tuple(
        Try(moment(each, "inicio"), moment(each, "fim"), text(each, "fim_motivo"))
        for each in parts(doc, "tentativas")
    )
    created, started = moment(doc, "criado_em"), moment(doc, "iniciado_em")
    due = _due(doc, started)
    ready = _ready(created, blocked)
    if text(doc, "filho_de") or text(doc, "tarefa"):
        ready = _released(ready, due, blocked)
    return Item(
        id=text(doc, "id"),
        tipo=intern(text(doc, "tipo")),
        ator=intern(text(doc, "ator")),
        humano=doc.get("humano") is True,
        status=status,
        produtor=intern(text(doc, "produtor")),
        spec_ref=intern(text(doc, "spec_ref")),
        saga_id=text(doc, "saga_id"),
        request_id=text(doc, "request_id"),
        pai=text(doc, "pai"),
        tarefa=intern(text(doc, "tarefa")),
        filho_de=intern(text(doc, "filho_de")),
        retido=doc.get("retido") is True,
        criado=created,
        pendente=None if doc.get("retido") is True else ready,
        devido=due if due is not None else ready,
        iniciado=started,
        concluido=ended if status in _ENDED_WELL else None,
        encerrado=ended,
        tentativas=tries,
        bloqueios=blocked,
        recurso=text(asked, "recurso") if gap else "",
        tipo_recurso=text(asked, "tipo_recurso") if gap else "",
        auto_pull=truth(part(doc, "origem").get("auto_pull")) if text(doc, "filho_de") else None,
        severidade=text(asked, "severidade") if bug else "",
        release_ref=text(asked, "release_ref"),
        desfecho=text(doc, "desfecho") if gap else "",
        desfecho_em=_outcome_at(doc) if gap and text(doc, "desfecho") else None,
        agendado=due is not None and due == moment(doc, "disponivel_em"),
        horas_estimadas=amount(part(asked, "estimativa").get("horas")),
        causadora=text(asked, "implantacao_causadora") if bug else "",
    )


def _due(doc: Document, started: Moment) -> Moment:
    """From when it could have been begun before its first start; None where that is not known any more.

    `pendente_em` tells the last time that it became something to do: before the first start, that is it.
    """
    due = moment(doc, "devido_em")
    if due is None:
        due = moment(doc, "pendente_em")
        if due is not None and started is not None and due > started:
            return None
    return due


def _released(ready: Moment, due: Moment, blocked: tuple[Episode, ...]) -> Moment:
    """When what was held for a task came free; where it was blocked since, `due` is the end of that."""
    if ready is None or due is None or any(ready < (each.inicio or ready) < due for each in blocked):
        return ready
    return max(ready, due)


def _outcome_at(doc: Document) -> Moment:
    """When an outcome was latched; of older documents, when anything was last changed in them."""
    known = moment(doc, "desfecho_em")
    return known if known is not None else moment(doc, "atualizado_em")


def _ready(created: Moment, blocked: tuple[Episode, ...]) -> Moment:
    """When it first became something to do: at its creation, or when what held it from then on ended."""
    ready = created
    for episode in blocked:
        if ready is None or episode.inicio is None or episode.inicio > ready:
            break
        ready = episode.fim
    return ready


def decision(doc: Document) -> Decision:
    """A document of `decisoes`."""
    return Decision(
        id=text(doc, "id"),
        item_ref=text(doc, "item_ref"),
        tipo=text(doc, "tipo"),
        saga_id=text(doc, "saga_id"),
        spec_ref=text(doc, "spec_ref"),
        opcao=text(doc, "opcao"),
        politica=text(doc, "politica"),
        desfeita=text(doc, "estado") == "desfeita",
        em=moment(doc, "em"),
        espera_s=amount(doc.get("espera_s")),
        trabalho_s=amount(doc.get("trabalho_s")),
    )


def release(doc: Document) -> Release:
    """A document of `releases`."""
    return Release(
        id=text(doc, "id"),
        spec_ref=text(doc, "spec_ref"),
        execucao_ref=text(doc, "execucao_ref"),
        status=text(doc, "status"),
        criada=moment(doc, "criada_em"),
        substitui=text(doc, "substitui_release"),
    )


def deployment(doc: Document) -> Deployment:
    """A document of `implantacoes`."""
    return Deployment(
        id=text(doc, "id"),
        release_ref=text(doc, "release_ref"),
        spec_ref=text(doc, "spec_ref"),
        execucao_ref=text(doc, "execucao_ref"),
        alvo=text(doc, "alvo"),
        ambiente=text(doc, "ambiente"),
        status=text(doc, "status"),
        inicio=moment(doc, "inicio_at"),
        fim=moment(doc, "fim_at"),
    )


def call(doc: Document) -> Call:
    """A document of `uso_llm`; its cost is what was frozen when it was recorded."""
    kinds = ("tokens_entrada", "tokens_saida", "tokens_cache")
    return Call(
        id=text(doc, "id"),
        execucao_ref=text(doc, "execucao_id"),
        worker=text(doc, "worker"),
        fase=text(doc, "fase"),
        modelo=text(doc, "modelo"),
        em=moment(doc, "ts"),
        tentativa=max(count(doc.get("tentativa")) or 1, 1),
        tokens=sum(count(doc.get(kind)) or 0 for kind in kinds),
        custo=_call_cost(doc),
    )


def _call_cost(doc: Document) -> Decimal | None:
    """What the provider reported, else what was computed, at the rate of its day."""
    cost = money(doc.get("custo_informado"))
    if cost is None:
        cost = money(doc.get("custo_calculado"))
    if cost is None:
        return None
    rate = money(doc.get("cambio"))
    if rate is None:
        return cost if text(doc, "moeda") in ("", "BRL") else None
    return bounded(cost * rate)


def price(doc: Document) -> Price:
    """A document of `specs_recursos`."""
    gaps, cost = part(doc, "dependencias").get("gaps_infra"), part(doc, "custo")
    return Price(
        id=text(doc, "id"),
        spec_ref=text(doc, "spec_ref"),
        spec_versao=count(doc.get("spec_versao")) or 0,
        criada=moment(doc, "criado_em"),
        gaps=tuple(each for each in gaps if isinstance(each, str)) if isinstance(gaps, list) else (),
        custo_p50=money(cost.get("total_p50")),
        custo_p80=money(cost.get("total_p80")),
        horas_p50=amount(part(part(part(doc, "esforco"), "pessoas_horas"), "total").get("p50")),
    )


def capability(doc: Document) -> Capability:
    """A document of `capacidades`."""
    return Capability(
        text(doc, "id"), text(doc, "nome"), text(doc, "tipo_recurso"), moment(doc, "adicionada_em")
    )


def sprint(doc: Document) -> Sprint:
    """A document of `sprints`."""
    return Sprint(
        id=text(doc, "id"),
        sprint_id=text(doc, "sprint_id"),
        titulo=text(doc, "titulo"),
        estado=text(doc, "estado"),
        inicio=day(doc, "inicio"),
        fim=day(doc, "fim"),
        aberta=moment(doc, "aberta_em"),
        encerrada=moment(doc, "encerrada_em"),
        orcamento=money(doc.get("orcamento")),
        horas_dia=_hours_a_day(doc),
    )


def _hours_a_day(doc: Document) -> float | None:
    hours = amount(doc.get("horas_dia"))
    return None if hours is None else hours * (count(doc.get("wip")) or 1)


def task(doc: Document) -> Task:
    """A document of `tasks`."""
    return Task(
        id=text(doc, "id"),
        chave=text(doc, "chave"),
        sprint_id=text(doc, "sprint_id"),
        item_ref=text(doc, "item_ref"),
        responsavel=text(doc, "responsavel"),
        puxada=doc.get("puxada") is True,
        criada=moment(doc, "criada_em"),
        iniciada=moment(doc, "iniciada_em"),
        encerrada=moment(doc, "encerrada_em"),
        fim=text(doc, "fim"),
        horas=Pair(amount(part(doc, "resultado").get("horas")), amount(part(doc, "estimativa").get("horas"))),
    )


def line_span(doc: Document) -> LineSpan:
    """A document of `linhas`."""
    return LineSpan(moment(doc, "inicio"), moment(doc, "fim"), doc.get("em_ordem") is True, text(doc, "id"))


READERS: Mapping[str, Callable[[Document], Any]] = {
    "execucoes": execution,
    "backlog_items": item,
    "decisoes": decision,
    "releases": release,
    "implantacoes": deployment,
    "uso_llm": call,
    "specs_recursos": price,
    "capacidades": capability,
    "sprints": sprint,
    "tasks": task,
    "linhas": line_span,
}
"""What makes facts of each collection's documents; the others make none."""
