"""The read model: what a fold says of a store, and that folding commits equals reading it all."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from store.clock import FakeClock, add_seconds
from store.database import Commit, Database
from store.views.fold import ANSWERS, Progress, ReadFold
from store.views.model import LineState, ReadModel, RuleAnswer

NOW = "2026-01-05T12:00:00.000000Z"
LINE = LineState(modo="running", carregado=True)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(tmp_path / "store", by="test:1", clock=FakeClock(NOW), durable=False)
    yield database
    database.close()


def item(status: str = "Pendente", **fields: Any) -> dict[str, Any]:
    """A backlog item with what the fold reads of it."""
    return {
        "tipo": "desenvolvimento", "titulo": "Frete", "status": status, "prioridade": 0, "ator": "PROMETHEUS",
        "produtor": "MS_Produto", "saga_id": "s1", "spec_ref": "frete", "criado_em": NOW,
        "atualizado_em": NOW,
        "disponivel_em": "", "iniciado_em": "", "humano": False, "tentativas": [], **fields,
    }  # fmt: skip


def commit(seq: int, *, deleted: dict[str, list[str]] | None = None, events: Any = (), **put: Any) -> Commit:
    """A commit of documents by collection, each with its id in it."""
    documents = {name: {doc["id"]: doc for doc in docs} for name, docs in put.items()}
    return Commit(seq=seq, ts=NOW, by="test:1", put=documents, deleted=deleted or {}, events=list(events))


def folded(*commits: Commit) -> ReadModel:
    fold = ReadFold(workspace="shop")
    for each in commits:
        fold.apply(each)
    return fold.publish(linha=LINE)


def numbered(number: int, status: str = "Pendente", **fields: Any) -> dict[str, Any]:
    return {"id": f"BKL-{number:04d}", **item(status, **fields)}


def test_a_loaded_store_and_folded_commits_give_the_same_model(db: Database) -> None:
    follower = ReadFold()
    db.subscribe(follower.apply)
    rng = random.Random(7)
    states = ["Pendente", "EmProcessamento", "Bloqueado", "Concluido", "Falhou", "Cancelado"]
    ids: list[str] = []
    for step in range(120):
        with db.transaction() as tx:
            if not ids or rng.random() < 0.4:
                fields = {"humano": rng.random() < 0.3, "criado_em": add_seconds(NOW, step)}
                ids.append(tx.insert("backlog_items", item(rng.choice(states), **fields)))
            else:
                document = tx.get("backlog_items", rng.choice(ids))
                tx.put("backlog_items", {**document, "status": rng.choice(states)})
            if rng.random() < 0.2:
                tx.insert("execucoes", execution(step, cost=f"{step}.50"))
            tx.event({"tipo": "passo", "item_id": ids[-1]})
    whole = ReadFold()
    whole.load(db)
    theirs, mine = whole.publish(linha=LINE), follower.publish(linha=LINE)
    assert whole.seq == follower.seq == db.seq
    assert replace(theirs, figuras=mine.figuras) == mine
    assert theirs.figuras.n == mine.figuras.n > 0
    assert theirs.figuras.custo_por_spec == mine.figuras.custo_por_spec


def test_a_commit_that_was_folded_is_not_folded_again() -> None:
    fold = ReadFold()
    assert fold.apply(commit(1, backlog_items=[numbered(1)]))
    assert not fold.apply(commit(1, backlog_items=[numbered(1, "Falhou")]))
    assert fold.publish(linha=LINE).por_status == {"Pendente": 1}


def test_lists_follow_the_status() -> None:
    waiting = numbered(1, humano=True, pendente_em=add_seconds(NOW, 9))
    older = numbered(2, humano=True, pendente_em=add_seconds(NOW, 3))
    model = folded(commit(1, backlog_items=[waiting, older, numbered(3, "Bloqueado"), numbered(4, "Falhou")]))
    assert [row.id for row in model.decisoes] == ["BKL-0002", "BKL-0001"]
    assert [row.id for row in model.bloqueados] == ["BKL-0003"]
    assert [row.id for row in model.falhas] == ["BKL-0004"]
    fold = ReadFold()
    fold.apply(commit(1, backlog_items=[waiting]))
    fold.apply(commit(2, backlog_items=[{**waiting, "status": "Concluido"}]))
    assert fold.publish(linha=LINE).decisoes == ()


def test_what_did_not_change_is_the_same_object() -> None:
    fold = ReadFold()
    fold.apply(commit(1, backlog_items=[numbered(1)]))
    first = fold.publish(linha=LINE)
    fold.apply(commit(2, events=[{"seq": 2, "ts": NOW, "tipo": "sonda.passou", "item_id": ""}]))
    second = fold.publish(linha=LINE)
    assert second.itens is first.itens
    assert second.posicao is first.posicao
    assert [event.tipo for event in second.eventos] == ["sonda.passou"]


def test_a_published_model_never_changes() -> None:
    fold = ReadFold()
    fold.apply(commit(1, backlog_items=[numbered(1)]))
    first = fold.publish(linha=LINE)
    fold.apply(commit(2, backlog_items=[numbered(1, "Falhou"), numbered(2)]))
    fold.publish(linha=LINE)
    assert [row.status for row in first.itens] == ["Pendente"]
    assert first.item("BKL-0002") is None


def test_archived_items_leave_the_lists_and_the_places_close_up() -> None:
    fold = ReadFold()
    fold.apply(commit(1, backlog_items=[numbered(1), numbered(2, "Bloqueado"), numbered(3)]))
    fold.publish(linha=LINE)
    fold.apply(commit(2, deleted={"backlog_items": ["BKL-0002", "BKL-0099"]}))
    fold.apply(commit(3, backlog_items=[numbered(4)]))
    model = fold.publish(linha=LINE)
    assert [row.id for row in model.itens] == ["BKL-0001", "BKL-0003", "BKL-0004"]
    assert all(model.item(row.id) is row for row in model.itens)
    assert model.bloqueados == ()
    assert model.por_status == {"Pendente": 3}


def test_a_blocked_item_names_what_is_still_open() -> None:
    states = {
        "BKL-0001": {"estado": "resolvida"},
        "cap:x": {"estado": "aberta"},
        "spec:a": {"estado": "quebrada"},
    }
    blocked = numbered(2, "Bloqueado", depende_de=[*states, "BKL-0009"], dependencias=states)
    model = folded(commit(1, backlog_items=[blocked, {**blocked, "id": "BKL-0003", "status": "Pendente"}]))
    assert model.itens[0].espera_por == ("cap:x", "spec:a", "BKL-0009")
    assert model.itens[1].espera_por == ()


def test_titles_are_found_without_case_and_accents() -> None:
    model = folded(commit(1, backlog_items=[numbered(1, titulo="Orçamento do FRETE")]))
    assert "orcamento do frete" in model.itens[0].busca


def test_what_runs_carries_its_own_reports_and_the_usual_time() -> None:
    def attempt(seconds: float) -> dict[str, Any]:
        return {"inicio": NOW, "fim": add_seconds(NOW, seconds), "fim_motivo": "concluido"}

    done = [numbered(n, "Concluido", tentativas=[attempt(s)]) for n, s in ((1, 10), (2, 20), (3, 60))]
    fold = ReadFold()
    fold.apply(commit(1, backlog_items=[*done, numbered(4, "EmProcessamento", iniciado_em=NOW)]))
    model = fold.publish(linha=LINE, progresso={"BKL-0004": Progress("WORKER_D", "tests", 3, 9)})
    (running,) = model.rodando
    assert (running.worker, running.fase, running.feito, running.total) == ("WORKER_D", "tests", 3, 9)
    assert running.estimado_s == 20
    (bare,) = folded(commit(1, backlog_items=[numbered(4, "EmProcessamento")])).rodando
    assert (bare.estimado_s, bare.total, bare.iniciado_em) == (None, None, NOW)


def test_an_attempt_is_measured_once_and_failed_ones_are_not() -> None:
    failed = numbered(1, "Concluido", tentativas=[{"inicio": NOW, "fim": NOW, "fim_motivo": "falhou"}])
    once = numbered(2, "Concluido", tentativas=[{"inicio": NOW, "fim": NOW, "fim_motivo": "concluido"}])
    fold = ReadFold()
    for seq in (1, 2, 3):
        fold.apply(commit(seq, backlog_items=[failed, once]))
    fold.apply(commit(4, backlog_items=[numbered(3, "EmProcessamento")]))
    assert fold.publish(linha=LINE).rodando[0].estimado_s is None


def test_events_say_what_changed() -> None:
    events = [
        {"seq": 1, "n": 0, "ts": NOW, "tipo": "item.transicao", "item_id": "BKL-0001", "de": "Pendente",
         "para": "Falhou", "motivo": "timed out"},
        {"seq": 1, "n": 1, "ts": NOW, "tipo": "item.criado", "item_id": "BKL-0002", "para": "Pendente",
         "spec_ref": "frete"},
    ]  # fmt: skip
    model = folded(commit(1, events=events))
    assert [event.texto for event in model.eventos] == ["Pendente · frete", "Pendente → Falhou · timed out"]


def test_events_are_a_bounded_tail(db: Database) -> None:
    for _ in range(3):
        with db.transaction() as tx:
            for number in range(100):
                tx.event({"tipo": f"e{number}", "item_id": ""})
    fold = ReadFold()
    fold.load(db)
    loaded = fold.publish(linha=LINE)
    assert len(loaded.eventos) == 200
    assert (loaded.eventos[0].tipo, loaded.eventos[0].seq) == ("e99", 3)


# Where specs stand


def spec(version: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"SPC-{version:04d}",
        "spec_ref": "frete",
        "versao": version,
        "titulo": f"Frete {version}",
        **fields,
    }


def deployment(status: str, version: int = 1) -> dict[str, Any]:
    return {"id": f"IMP-{version:04d}", "spec_ref": "frete", "status": status, "spec_versao": version}


def test_specs_stand_in_the_same_order_whatever_came_first() -> None:
    refs = ("pedido", "frete", "cotacao")
    for order in (refs, refs[::-1]):
        rows = [spec(number, spec_ref=ref) for number, ref in enumerate(order, 1)]
        assert [row.spec_ref for row in folded(commit(1, specs=rows)).specs] == ["cotacao", "frete", "pedido"]


def test_the_events_of_a_probe_name_its_capability() -> None:
    event = {"seq": 1, "ts": "", "tipo": "sonda.falhou", "item_id": "", "capacidade": "chave"}
    (row,) = folded(commit(1, events=[event])).eventos
    assert row.texto == "chave"


def test_a_spec_stands_where_its_work_runs_then_where_it_waits() -> None:
    human = numbered(2, tipo="aprovar_orcamento", humano=True)
    rows = [numbered(1, "Bloqueado"), human, numbered(3, "EmProcessamento"), numbered(4, "Falhou")]
    (standing,) = folded(commit(1, specs=[spec(2), spec(1)], backlog_items=rows)).specs
    assert (standing.titulo, standing.versao, standing.item_id) == ("Frete 2", 2, "BKL-0003")
    (standing,) = folded(commit(1, specs=[spec(1)], backlog_items=[rows[0], human, rows[3]])).specs
    assert (standing.etapa, standing.item_id) == ("aprovar_orcamento", "BKL-0002")


def test_a_deployed_spec_says_so_and_later_questions_do_not_move_it() -> None:
    done = numbered(1, "Concluido", tipo="validar_implantacao", humano=True)
    later = numbered(2, tipo="avaliar_efetividade", humano=True)
    parts = {"specs": [spec(1)], "backlog_items": [done, later]}
    (standing,) = folded(commit(1, **parts, implantacoes=[deployment("validada")])).specs
    assert (standing.etapa, standing.implantada, standing.item_id) == ("implantada", "v1", "BKL-0001")
    (standing,) = folded(commit(1, **parts, implantacoes=[deployment("revertida")])).specs
    assert (standing.etapa, standing.implantada) == ("validar_implantacao", "")
    (bare,) = folded(commit(1, specs=[spec(1)])).specs
    assert (bare.etapa, bare.item_id) == ("", "")


def test_a_deployment_that_is_rolled_back_is_not_in_place_any_more() -> None:
    fold = ReadFold()
    fold.apply(
        commit(1, specs=[spec(1)], implantacoes=[deployment("implantada", 1), deployment("implantada", 2)])
    )
    assert fold.publish(linha=LINE).specs[0].implantada == "v2"
    fold.apply(commit(2, implantacoes=[deployment("revertida", 2)]))
    assert fold.publish(linha=LINE).specs[0].implantada == "v1"


# Figures


def execution(number: int, *, real: float | None = 12.0, cost: str | None = "10.00", **fields: Any) -> Any:
    """An execution: 10 machine seconds estimated, a lead time of 2 h."""
    return {
        "id": f"EXE-{number:04d}", "spec_ref": f"spec-{number % 3}", "saga_id": "s1", "status": "concluido",
        "concluido_em": add_seconds(NOW, number),
        "estimado": {"maquina_s": {"total": 10.0}, "horas": {"total": 4.0}},
        "realizado": {"maquina_s": {"total": real}, "horas": {"total": 5.0}, "custo": {"total": cost}},
        "timestamps": {"spec_criada_at": NOW, "deploy_fim_at": add_seconds(NOW, 7200)},
        **fields,
    }  # fmt: skip


def figures(*executions: dict[str, Any], decisions: Any = ()) -> Any:
    return folded(commit(1, decisoes=list(decisions), execucoes=list(executions))).figuras


def test_accuracy_is_a_ratio_of_sums_of_what_concluded() -> None:
    found = figures(
        execution(1, real=30.0), execution(2, real=10.0), execution(3, real=999.0, status="falhou")
    )
    assert found.razao_estimativa == pytest.approx(40 / 20)
    assert (found.n, found.serie_razao) == (2, (3.0, 1.0))


def test_people_s_hours_are_used_only_where_no_machine_seconds_were_measured() -> None:
    assert figures(execution(1, real=None)).razao_estimativa == pytest.approx(5 / 4)
    assert figures(execution(1, real=None), execution(2, real=15.0)).razao_estimativa == pytest.approx(1.5)
    unknown = execution(1, real=None)
    unknown["estimado"] = {"maquina_s": {"total": 0}}
    assert figures(unknown).razao_estimativa is None


def test_lead_time_is_the_median_in_hours_and_leaves_out_bugs_and_the_impossible() -> None:
    def lead(number: int, hours: float, **fields: Any) -> dict[str, Any]:
        times = {"spec_criada_at": NOW, "deploy_fim_at": add_seconds(NOW, hours * 3600)}
        return execution(number, timestamps=times, **fields)

    found = figures(lead(1, 1), lead(2, 2), lead(3, 6), lead(4, 50, bug={"severidade": "alto"}), lead(5, -3))
    assert found.lead_time_h == pytest.approx(2)
    assert figures(lead(1, 1), lead(2, 4)).lead_time_h == pytest.approx(2.5)
    assert figures(execution(1, timestamps={"spec_criada_at": "", "deploy_fim_at": NOW})).lead_time_h is None


def test_a_spec_costs_all_its_executions_those_that_failed_too() -> None:
    found = figures(
        execution(3, cost="10.00"), execution(6, cost="5.50", status="rejeitado"), execution(1, cost="1.00"),
        execution(2, cost=None), execution(9, cost="99.00", status="em_andamento"),
    )  # fmt: skip
    assert found.custo_por_spec == pytest.approx((15.5 + 1.0) / 2)
    assert found.serie_custo == (1.0, 15.5)


def test_the_owner_s_waits_are_a_share_of_the_lead_time_and_overlaps_count_once() -> None:
    def answered(number: int, at: float, waited: float, **fields: Any) -> dict[str, Any]:
        moment = add_seconds(NOW, at)
        return {
            "id": f"DEC-{number:04d}",
            "saga_id": "s1",
            "em": moment,
            "espera_s": waited,
            "estado": "tomada",
            **fields,
        }

    decisions = [
        answered(1, 1800, 1800),
        answered(2, 2400, 1200),
        answered(3, 9000, 3600),
        answered(4, 600, 600, politica="sempre"),
        answered(5, 7200, 7200, estado="desfeita"),
        answered(6, 7200, 7200, saga_id="other"),
    ]
    found = figures(execution(1), decisions=decisions)
    assert found.espera_por_voce == pytest.approx((2400 + 1800) / 7200)
    assert found.serie_espera == (pytest.approx(4200 / 7200),)


def test_figures_without_data_are_none() -> None:
    found = figures()
    assert (found.n, found.razao_estimativa, found.lead_time_h, found.custo_por_spec) == (0, None, None, None)
    assert (found.espera_por_voce, found.serie_razao, found.serie_custo) == (None, (), ())


def test_an_execution_that_changes_takes_its_old_part_back() -> None:
    fold = ReadFold()
    for seq, real in enumerate((50.0, 20.0), start=1):
        fold.apply(commit(seq, execucoes=[execution(1, real=real)]))
    assert fold.publish(linha=LINE).figuras.razao_estimativa == pytest.approx(2)
    fold.apply(commit(3, execucoes=[execution(1, status="em_andamento")]))
    found = fold.publish(linha=LINE).figuras
    assert (found.n, found.razao_estimativa, found.custo_por_spec, found.lead_time_h) == (0, None, None, None)


def test_a_decision_that_is_undone_does_not_count() -> None:
    fold = ReadFold()
    taken = {
        "id": "DEC-0001",
        "saga_id": "s1",
        "em": add_seconds(NOW, 3600),
        "espera_s": 3600,
        "estado": "tomada",
    }
    fold.apply(commit(1, decisoes=[taken]))
    fold.apply(commit(2, decisoes=[{**taken, "estado": "desfeita"}]))
    fold.apply(commit(3, execucoes=[execution(1)]))
    assert fold.publish(linha=LINE).figuras.espera_por_voce == 0.0


def ruled(n: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"DEC-{n:04d}",
        "item_ref": f"BKL-{n:04d}",
        "tipo": "aprovar_orcamento",
        "saga_id": "s1",
        "politica": "pequena",
        "opcao": "aprovar",
        "em": NOW,
        "estado": "tomada",
        "espera_s": 0,
        "desfazer_ate": "",
        **more,
    }


def test_the_answers_of_rules_are_carried_until_they_are_taken_back() -> None:
    fold = ReadFold()
    person = ruled(1, politica=None)
    fold.apply(commit(1, decisoes=[person, ruled(2, desfazer_ate=NOW)]))
    assert fold.publish(linha=LINE).por_regra == (
        RuleAnswer("DEC-0002", "BKL-0002", "pequena", "aprovar", NOW),
    )
    fold.apply(commit(2, decisoes=[ruled(2, estado="desfeita")]))
    assert fold.publish(linha=LINE).por_regra == ()
    fold.apply(commit(3, decisoes=[ruled(n) for n in range(3, 4 + ANSWERS)]))
    kept = [each.decisao for each in fold.publish(linha=LINE).por_regra]
    assert (len(kept), kept[0]) == (ANSWERS, "DEC-0004")
