"""The budget gate with real steps: metered as they stream, warned at 80 %, stopped at 100 %, gone on with."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import factories
import pytest
from line_factory import actor, contract, contracts, setup, started, step, wait_for

from jobs.line import Line, LineSetup
from jobs.pricing.rates import load_pricing
from store.executions import registrar_execucao
from store.limits import Limits

PRICE = {"spec_recursos_ref": "REC-0001"}
USE = {"modelo": "m", "tokens_entrada": 100, "custo": "1.00", "turnos": 1}


def opens(tx: Any, context: Any, claim: Any, message: Any) -> dict[str, Any]:
    """The first phase opens the execution, as development does."""
    item = tx.get("backlog_items", claim.item["id"])
    if not item["execucao_ref"]:
        dados = {"spec_ref": "frete", "backlog_item_ref": item["id"], "saga_id": item["saga_id"]}
        item["execucao_ref"] = registrar_execucao(tx, message["fase"], None, dados, context.clock)
        tx.put("backlog_items", item)
    return {"execucao_ref": item["execucao_ref"]}


def shop(root: Path, entry: str = "spends", performer: str = "builtin", **changes: Any) -> LineSetup:
    """A line whose `tarefa` has a budget of R$ 10.00 and 1000 tokens."""
    robot: dict[str, Any] = {"tipos": {"tarefa": performer}, **changes.pop("robot", {})}
    if performer == "comando":
        robot.setdefault("comandos", {"tarefa": {"argv": ["agent"]}})
    return setup(
        root,
        steps={"tarefa": step("tarefa", entry, on_message=opens)},
        contracts=contracts(contract("tarefa", abre_execucao=True)),
        actors=(actor("Robo", "tarefa", **robot),),
        config={"pricing": load_pricing()},
        **changes,
    )


def run(lines: list[Line], line_setup: LineSetup, price: str = "10.00", tokens: float = 1000) -> Line:
    line = started(line_setup)
    lines.append(line)
    wait_for(lambda: line.model().linha.modo == "running", "running")
    made = factories.spec_resources(
        custo={"total_p50": "5.00", "total_p80": price, "breakdown": {}},
        constantes={"limite": {"tokens_llm": tokens}},
    )

    def store_price(core: Any) -> None:
        if not core.db.get("specs_recursos", "REC-0001"):
            with core.db.transaction() as tx:
                tx.insert("specs_recursos", made)

    line.submit(store_price).result(60)
    return line


def produce(line: Line, *reports: dict[str, Any], **contexto: Any) -> str:
    new = {"tipo": "tarefa", "contexto": {**PRICE, "reports": list(reports), **contexto}}
    return line.submit(lambda core: core.backlog.produzir(new, produtor="humano")).result(60)


def item(line: Line, item_id: str) -> dict[str, Any]:
    found: dict[str, Any] = line.submit(lambda core: core.db.get("backlog_items", item_id)).result(60)
    return found


def comes_to(line: Line, item_id: str, status: str) -> dict[str, Any]:
    wait_for(
        lambda: (row := line.model().item(item_id)) is not None and row.status == status,
        f"{item_id} {status}",
    )
    return item(line, item_id)


def execution(line: Line, of: dict[str, Any]) -> dict[str, Any]:
    ref = of["execucao_ref"]
    found: Any = line.submit(lambda core: core.db.get("execucoes", ref)).result(60)
    return dict(found)


def questions(line: Line) -> list[dict[str, Any]]:
    found = line.submit(lambda core: core.db.find("backlog_items", "tipo", "estender_orcamento")).result(60)
    return [one for one in found if one["status"] == "Pendente"]


def decide(line: Line, question: dict[str, Any], opcao: str, motivo: str = "") -> None:
    line.submit(lambda core: core.decisions.decidir(question["id"], opcao, motivo=motivo, undo_s=0)).result(
        10
    )


def history(line: Line, tipo: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = line.submit(lambda core: list(core.db.history(tipo=tipo))).result(60)
    return found


def test_what_it_reports_is_kept_with_the_attempt_and_as_rows(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path))
    plain = comes_to(line, produce(line, USE, USE), "Concluido")
    (attempt,) = plain["tentativas"]
    assert attempt["reserva"] == {"tokens": 1000, "custo": "10.00"}
    uso = attempt["uso"]
    assert (uso["tokens"], uso["turnos"], uso["custo"]["llm"], uso["medido"]) == (200, 2, "2.00", True)
    assert Decimal(uso["custo"]["infra"]) > 0
    assert uso["cpu_s"] > 0
    kept = [call["tokens_entrada"] for call in uso["chamadas"]]
    assert sum(kept) == 200, "it has no execution to give them to"
    executed = comes_to(line, produce(line, USE, {**USE, "modelo": "n"}, fase="dev"), "Concluido")
    rows = line.submit(lambda core: core.db.find("uso_llm", "execucao_id", executed["execucao_ref"])).result(
        10
    )
    assert [(row["modelo"], row["worker"], row["tentativa"], row["custo_informado"]) for row in rows] == [
        ("m", "Robo", 1, "1.00"),
        ("n", "Robo", 1, "1.00"),
    ]
    actual = execution(line, executed)["realizado"]
    assert actual["recursos"]["tokens_llm"] == 200
    assert actual["custo"]["breakdown"]["llm"] == "2.00"


def test_calls_of_apis_are_events_and_the_execution_s(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path))
    calls = {"apis": {"correios": 3, "nobody's": 1}}
    executed = comes_to(line, produce(line, calls, {"apis": {"correios": 2}}, fase="dev"), "Concluido")
    actual = execution(line, executed)["realizado"]
    assert actual["recursos"]["chamadas_api"] == {"correios": 5, "nobody's": 1}
    assert actual["custo"]["breakdown"]["apis"] == "0.10"
    assert actual["custo"]["total"] == "0.10"
    told = [event for event in history(line, "api.chamada") if event["item_id"] == executed["id"]]
    sums = {api: sum(e["chamadas"] for e in told if e["api"] == api) for api in ("correios", "nobody's")}
    assert sums == {"correios": 5, "nobody's": 1}
    assert {event["execucao_id"] for event in told} == {executed["execucao_ref"]}
    assert told[0]["detalhe"].endswith(f"× {told[0]['api']}")


def test_an_attempt_that_failed_has_its_rows_too(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path))
    failed = comes_to(line, produce(line, USE, fase="dev", breaks=True), "Falhou")
    rows = line.submit(lambda core: list(core.db.all("uso_llm"))).result(60)
    assert [row["tentativa"] for row in rows] == [1, 2]
    actual, uses = execution(line, failed)["realizado"], [one["uso"] for one in failed["tentativas"]]
    cost = actual["custo"]["breakdown"]
    assert cost["llm"] == "2.00"
    assert Decimal(cost["infra"]) == sum(Decimal(uso["custo"]["infra"]) for uso in uses) > 0
    assert actual["maquina_s"]["dev"] == pytest.approx(sum(uso["wall_s"] for uso in uses), abs=0.01)
    assert actual["recursos"]["cpu_horas"] == pytest.approx(sum(uso["cpu_s"] for uso in uses) / 3600)
    assert actual["recursos"]["ram_gb_horas"] == pytest.approx(sum(uso["ram_gb_s"] for uso in uses) / 3600)


def test_it_is_warned_about_and_then_stopped_and_goes_on_when_extended(
    tmp_path: Path, lines: list[Line]
) -> None:
    line = run(lines, shop(tmp_path, "spends", "comando"))
    go = tmp_path / "go"
    item_id = produce(line, {**USE, "custo": "8.00"}, until=str(go))
    (row,) = wait_for(lambda: [row for row in line.model().rodando if row.usado_pct])
    assert (row.usado_pct, row.limite, row.medido) == (80, "custo", True)
    assert (row.uso["tokens"], row.uso["custo"]["llm"]) == (100, "8.00")
    assert [event["item_id"] for event in history(line, "orcamento.aviso")] == [item_id]
    go.touch()
    comes_to(line, item_id, "Concluido")
    marker = str(tmp_path / "marker")
    over = produce(line, {**USE, "custo": "10.00"}, marker=marker, until=marker)
    blocked = comes_to(line, over, "Bloqueado")
    (attempt,) = blocked["tentativas"]
    assert (attempt["fim_motivo"], blocked["falhas"], blocked["perdas"]) == ("bloqueou", 0, 0)
    assert attempt["uso"]["custo"]["llm"] == "10.00"
    (question,) = questions(line)
    assert question["contexto"]["performer"] == "comando"
    assert question["contexto"]["por"] == [{"modelo": "m", "tokens": 100, "custo": "10.00"}]
    (tmp_path / "marker").touch()
    decide(line, question, "estender")
    done = comes_to(line, over, "Concluido")
    assert [one["fim_motivo"] for one in done["tentativas"]] == ["bloqueou", "concluido"]
    assert questions(line) == []


def test_tokens_and_turns_stop_it_as_well(tmp_path: Path, lines: list[Line]) -> None:
    robot = {"comandos": {"tarefa": {"argv": ["agent"], "turnos": 5}}}
    line = run(lines, shop(tmp_path, "spends", "comando", robot=robot))
    never = str(tmp_path / "never")
    tokens = comes_to(line, produce(line, {"tokens_saida": 10**9}, until=never), "Bloqueado")
    turns = comes_to(line, produce(line, {"turnos": 5}, until=never), "Bloqueado")
    asked = {one["contexto"]["item_ref"]: one["contexto"]["recurso"] for one in questions(line)}
    assert asked == {tokens["id"]: "tokens", turns["id"]: "turnos"}


def test_what_cannot_be_is_told_and_counts_nothing(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path))
    bad: list[dict[str, Any]] = [
        {"tokens_entrada": -5},
        {"custo": "NaN"},
        {"custo": "10.00", "moeda": "GOLD"},
    ]
    done = comes_to(line, produce(line, *bad, raw={"tokens": [1]}), "Concluido")
    assert "tokens" not in done["tentativas"][0]["uso"]
    told = history(line, "uso.recusado")
    assert [event["item_id"] for event in told] == [done["id"]] * 4
    assert told[0]["detalhe"] == "tokens_entrada: not a whole number from 0 to 1000000000"


def test_what_its_processes_take_is_stopped_at_the_cost_that_was_approved(
    tmp_path: Path, lines: list[Line]
) -> None:
    line = run(lines, shop(tmp_path, "burns"), price="0.00")
    blocked = comes_to(line, produce(line, until=str(tmp_path / "never")), "Bloqueado")
    assert Decimal(blocked["tentativas"][0]["uso"]["custo"]["infra"]) > 0
    (question,) = questions(line)
    assert question["contexto"]["recurso"] == "custo"


def test_a_performer_that_says_nothing_is_shown_as_unmetered(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path, "spends", "comando"))
    go = tmp_path / "go"
    item_id = produce(line, until=str(go))
    (row,) = wait_for(lambda: line.model().rodando)
    assert row.medido is False
    go.touch()
    assert comes_to(line, item_id, "Concluido")["tentativas"][0]["uso"]["medido"] is False


def test_what_was_metered_outlives_the_line(tmp_path: Path, lines: list[Line]) -> None:
    made = shop(tmp_path, "spends", "comando")
    line = run(lines, made)
    item_id = produce(line, {**USE, "custo": "3.00"}, until=str(tmp_path / "go"))
    wait_for(lambda: (item(line, item_id)["tentativas"] or [{}])[0].get("uso"))
    line.stop(0.0)
    (tmp_path / "go").touch()
    again = run(lines, made)
    done = comes_to(again, item_id, "Concluido")
    assert [one["fim_motivo"] for one in done["tentativas"]] == ["devolvido", "concluido"]
    assert done["tentativas"][0]["uso"]["custo"]["llm"] == "3.00"
    assert Decimal(done["tentativas"][1]["reserva"]["custo"]) <= 7


def test_what_waits_for_the_month_goes_on_when_there_is_room_again(tmp_path: Path, lines: list[Line]) -> None:
    line = run(lines, shop(tmp_path, limites=Limits(mes=Decimal("15.00"))))
    go = tmp_path / "go"
    first = produce(line, until=str(go))
    comes_to(line, first, "EmProcessamento")
    second = produce(line)
    comes_to(line, second, "Bloqueado")
    (question,) = questions(line)
    assert question["contexto"]["limite"] == "mes"
    go.touch()
    comes_to(line, second, "Concluido")
    assert item(line, question["id"])["motivo"] == "the limit of the month has room for it now"


def program_shop(root: Path, **changes: Any) -> LineSetup:
    """A line whose `tarefa` is a program's, and nothing is approved for it."""
    robot = {"tipos": {"tarefa": "comando"}, "comandos": {"tarefa": {"argv": ["agent"]}}}
    return setup(
        root,
        steps={"tarefa": step("tarefa", "spends")},
        actors=(actor("Robo", "tarefa", **robot),),
        config={"pricing": load_pricing()},
        **changes,
    )


def test_a_program_s_work_is_warned_and_stopped_at_what_the_month_has_left(
    tmp_path: Path, lines: list[Line]
) -> None:
    line = started(program_shop(tmp_path, limites=Limits(mes=Decimal("10.00"))))
    lines.append(line)
    comes_to(line, produce(line, {**USE, "custo": "5.00"}), "Concluido")
    go = tmp_path / "go"
    first = produce(line, {**USE, "custo": "4.10"}, until=str(go))
    (row,) = wait_for(lambda: [row for row in line.model().rodando if row.usado_pct])
    assert (row.usado_pct >= 80, row.limite) == (True, "mes")
    go.touch()
    comes_to(line, first, "Concluido")
    over = produce(line, {**USE, "custo": "0.95"}, until=str(tmp_path / "never"))
    blocked = comes_to(line, over, "Bloqueado")
    assert blocked["tentativas"][0]["fim_motivo"] == "bloqueou"
    (question,) = questions(line)
    contexto = question["contexto"]
    assert (contexto["limite"], contexto["performer"]) == ("mes", "comando")
    assert contexto["motivo"] == "the limit of the month " + contexto["periodo"] + " is used up"
    waiting = produce(line)
    comes_to(line, waiting, "Bloqueado")
    assert item(line, waiting)["tentativas"] == [], "nothing begins in a month that has nothing left"
    for asked in questions(line):
        decide(line, asked, "estender_metade")
    comes_to(line, waiting, "Concluido")


def test_a_sprint_s_own_budget_is_looked_at_without_limits_of_the_workspace(
    tmp_path: Path, lines: list[Line]
) -> None:
    line = started(program_shop(tmp_path))
    lines.append(line)

    def sprint_of(core: Any, orcamento: str) -> None:
        with core.db.transaction() as tx:
            found = next(iter(tx.find("sprints", "sprint_id", "S1")), None)
            made = found or factories.sprint(sprint_id="S1")
            made["orcamento"] = orcamento
            (tx.put if found else tx.insert)("sprints", made)

    line.submit(lambda core: sprint_of(core, "0.00")).result(60)
    new = {"tipo": "tarefa", "contexto": {"reports": []}, "origem": {"tipo": "manual", "sprint_id": "S1"}}
    item_id = line.submit(lambda core: core.backlog.produzir(new, produtor="humano")).result(60)
    comes_to(line, item_id, "Bloqueado")
    (question,) = questions(line)
    assert question["contexto"]["limite"] == "sprint"
    line.submit(lambda core: sprint_of(core, "5.00")).result(60)
    comes_to(line, item_id, "Concluido")


def test_a_performer_that_keeps_breaking_gets_no_work_for_a_while(tmp_path: Path, lines: list[Line]) -> None:
    robot = {"disjuntor": {"falhas": 1, "reset_s": 0.3}, "retries": {"max": 0}, "concorrencia": 1}
    line = run(lines, shop(tmp_path, robot=robot))
    broken = produce(line, breaks=True)
    waiting = [produce(line) for _ in range(3)]
    comes_to(line, broken, "Falhou")
    for each in waiting:
        done = comes_to(line, each, "Concluido")
        assert len(done["tentativas"]) == 1, "what waits for a breaker keeps its attempts"
    states = [event["tipo"] for event in line.submit(lambda core: list(core.db.history())).result(60)]
    assert [tipo for tipo in states if tipo.startswith("disjuntor.")] == [
        "disjuntor.aberto",
        "disjuntor.meio_aberto",
        "disjuntor.fechado",
    ]
    (found,) = line.submit(lambda core: list(core.db.all("disjuntores"))).result(60)
    assert (found["performer"], found["estado"]) == ("Robo/tarefa/builtin", "fechado")


def test_many_that_break_at_once_wait_for_their_performer_with_their_attempts(
    tmp_path: Path, lines: list[Line]
) -> None:
    later = {"max": 1, "base_s": 600, "teto_s": 600}  # none is retried before the breaker opens
    robot = {"disjuntor": {"falhas": 3, "reset_s": 600}, "concorrencia": 2, "retries": later}
    line = run(lines, shop(tmp_path, robot=robot))
    many = [produce(line, breaks=True) for _ in range(20)]
    wait_for(lambda: history(line, "disjuntor.aberto"))
    wait_for(lambda: not line.model().rodando, "the ones that ran ended")
    tries = [len(item(line, each)["tentativas"]) for each in many]
    assert sum(tries) <= 3 + 1, "the second slot may have been taken already"
    assert {item(line, each)["status"] for each in many} == {"Pendente"}
    (found,) = line.submit(lambda core: list(core.db.all("disjuntores"))).result(60)
    assert found["tenta_em"] > found["aberto_em"], "what waits has a due time"
    due = line.submit(lambda core: core.dispatchers["Robo"]._due_in(core.setup.clock.now())).result(60)
    assert 500 < due <= 600, "and the dispatcher is armed for it"
