"""8.7: a row a run, by worker and by vertente, against the 30 days before."""

from __future__ import annotations

import pytest
from flow_facts import at, execution, facts, figure, part, query

from store.metrics.facts import Run
from store.metrics.measures import MOST_IDS
from store.metrics.model import Page, Query
from store.metrics.reading import execution as read
from store.metrics.workers import page


def made(
    ended: float | None,
    worker: str = "A",
    minutes: float | None = 10.0,
    tokens: float | None = None,
    attempts: int = 1,
    passed: bool | None = True,
    vertente: str = "api",
) -> Run:
    return Run(worker, vertente, None, ended, minutes, tokens, attempts, passed)


def shown(*runs: Run, asked: Query | None = None, status: str = "concluido") -> Page:
    return page(facts(execucoes=[execution(1, at(50), status=status, workers=runs)]), asked or query(28))


def test_time_of_a_run_is_the_median_with_mean_and_p85() -> None:
    runs = [made(at(1), minutes=float(each)) for each in (1, 2, 3, 4, 5, 6, 14)]
    found = figure(
        shown(*runs, made(at(1), minutes=None), made(at(1), minutes=-3.0), made(None)), "tempo_vertente"
    )
    assert (found.valor, found.n, found.unidade, part(found, "mean")) == (4.0, 7, "min", 5.0)
    assert part(found, "p85") == pytest.approx(6 + 0.1 * 8)
    assert found.excluidos == {"without minutes": 2, "not finished": 1}


def test_success_is_at_the_first_attempt_and_missing_verdicts_are_none() -> None:
    runs = [
        made(at(1)),
        made(at(1), passed=False),
        made(at(1), attempts=2),
        made(at(1)),
        made(at(1), passed=None),
    ]
    found = figure(shown(*runs, status="falhou"), "sucesso_worker")
    assert (found.valor, found.n, found.excluidos) == (0.5, 4, {"without a verdict": 1})
    assert part(found, "95 % sure: at least") == pytest.approx(0.150, abs=1e-3)


def test_attempts_count_the_first() -> None:
    assert figure(shown(made(at(1)), made(at(1), attempts=4)), "tentativas_worker").valor == 2.5
    assert figure(shown(made(at(1))), "tentativas_worker").valor == 1.0


def test_tokens_a_run_are_the_mean_with_the_median() -> None:
    runs = [made(at(1), tokens=each) for each in (100.0, 200.0, 900.0)]
    found = figure(shown(*runs, made(at(1))), "tokens_worker")
    assert (found.valor, part(found, "median"), part(found, "total")) == (400.0, 200.0, 1200.0)
    assert found.excluidos == {"without tokens": 1}


def test_by_worker_and_by_vertente_are_not_the_same() -> None:
    runs = [
        made(at(1), "A", 2.0, vertente="api"),
        made(at(1), "A", 8.0, vertente="tela"),
        made(at(1), "B", 4.0, vertente="api"),
    ]
    by_worker = shown(*runs, asked=query(28, por="worker"))
    by_vertente = shown(*runs, asked=query(28, por="vertente"))
    assert figure(by_worker, "tempo_vertente", "A").valor == 5.0
    assert figure(by_vertente, "tempo_vertente", "api").valor == 3.0
    # The charts show both, whatever the figures are grouped by.
    names = {each.chave: each.rotulos for each in shown(*runs).graficos}
    assert names["tempo_vertente_worker"] == ("A", "B")
    assert names["tempo_vertente_vertente"] == ("api", "tela")


def test_each_is_compared_with_its_own_thirty_days_before() -> None:
    asked = query(84, since=56, por="worker")
    before = [made(at(40), "A", 10.0) for _ in range(5)] + [made(at(40), "B", 1.0) for _ in range(4)]
    long_ago = [made(at(20), "A", 1000.0) for _ in range(5)]
    now = [made(at(60), "A", 9.0) for _ in range(5)] + [made(at(60), "B", 9.0) for _ in range(5)]
    found = shown(*long_ago, *before, *now, asked=asked)
    faster = figure(found, "tempo_vertente", "A")
    assert (faster.meta, faster.linha, faster.estado) == ("30 days before: at most 10 min", 10.0, "good")
    # Four runs before are too few to be compared with.
    assert (figure(found, "tempo_vertente", "B").meta, figure(found, "tempo_vertente", "B").estado) == (
        "",
        "none",
    )
    slower = [made(at(60), "A", 11.0) for _ in range(5)]
    assert figure(shown(*before, *slower, asked=asked), "tempo_vertente", "A").estado == "watch"


def test_success_is_better_the_higher() -> None:
    asked = query(84, since=56)
    before = [made(at(40), passed=n > 1) for n in range(5)]
    worse = [made(at(60), passed=n > 2) for n in range(5)]
    found = figure(shown(*before, *worse, asked=asked), "sucesso_worker")
    assert (found.meta, found.estado) == ("30 days before: at least 60 %", "watch")


def test_a_workspace_s_own_target_beats_the_days_before() -> None:
    asked = query(28)
    own = Query(asked.janela, asked.agora, asked.cortes, metas={"tempo_vertente": 5.0})
    found = figure(shown(made(at(1)), asked=own), "tempo_vertente")
    assert (found.meta, found.estado) == ("at most 5 min", "bad")


def test_what_a_worker_makes_again_is_another_attempt_of_its_run() -> None:
    dev = {"worker": "comando", "vertente": "D", "nome": "dev.py"}
    rows = [
        {**dev, "duracao_minutos": 2, "passou_primeira": False},
        {**dev, "vertente": "E", "duracao_minutos": 1, "tokens_consumidos": 5},
        {**dev, "tokens_consumidos": 7, "passou_primeira": True, "fim_at": "2026-01-05T11:00:00.000000Z"},
        {"worker": "A", "vertente": "D"},
        {"worker": "A", "vertente": "D"},
    ]
    first, other, *unnamed = read({"id": "EXE-0001", "workers": rows}).workers
    assert (first.tentativas, first.minutos, first.tokens, first.passou_primeira) == (2, 2.0, 7.0, False)
    assert first.fim is not None
    assert (other.tentativas, other.passou_primeira, len(unnamed)) == (1, None, 2)


def test_of_many_workers_the_smallest_are_one_group() -> None:
    runs = [made(at(1, number), f"w{number:02d}", float(number)) for number in range(24)]
    runs += [made(at(2, number), f"w{number:02d}", 1.0) for number in range(19)]
    runs += [made(None, "w30"), made(at(3), "w23", None)]
    found = shown(*runs, asked=query(7, por="worker"))
    told = [each for each in found.figuras if each.chave == "tempo_vertente" and each.grupo]
    assert [(each.grupo, each.n) for each in told[:2]] == [("w00", 2), ("w01", 2)]
    rest = told[-1]
    assert (len(told), rest.grupo, rest.n, rest.valor) == (20, "others", 5, 21.0)
    assert rest.excluidos == {"not finished": 1, "without minutes": 1}
    assert [point.n for point in rest.serie] == [5]


def test_as_many_executions_are_listed_as_have_runs() -> None:
    runs = [
        execution(number, at(20), workers=(made(at(1), worker="A"), made(at(1), worker="B")))
        for number in range(1, MOST_IDS - 100)
    ]
    found = figure(page(facts(execucoes=runs), query(28)), "tentativas_worker")
    assert (found.n, len(found.itens)) == (2 * len(runs), len(runs))
