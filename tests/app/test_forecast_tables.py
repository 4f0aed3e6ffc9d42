"""A forecast for people and programs: dates and amounts by confidence, and why there is none."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from app.forecast_tables import (
    days_row,
    document,
    drawn_from,
    items_lines,
    items_row,
    lines_of,
    outlook_rows,
    reach_rows,
    schedule_lines,
    schedule_rows,
    when_items,
)
from store.metrics.asking import Ask, to_query
from store.metrics.facts import Facts, Item, Sprint, Task
from store.metrics.forecast import Forecast, forecast
from store.metrics.schedule import Schedule

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC).timestamp()
DAY = 86_400.0
QUERY = to_query(Ask("previsao"), NOW, "UTC")
ITEM = Item(
    id="BKL-0001", tipo="desenvolvimento", ator="PROMETHEUS", humano=False, status="Concluido", produtor="",
    spec_ref="", saga_id="", request_id="", pai="", tarefa="", filho_de="", retido=False, criado=None,
    pendente=None, devido=None, iniciado=None, concluido=None, encerrado=None, tentativas=(), bloqueios=(),
    recurso="", tipo_recurso="", auto_pull=None,
)  # fmt: skip


def item(number: int, criado: float, concluido: float | None) -> Item:
    return replace(
        ITEM,
        id=f"BKL-{number:04d}",
        criado=criado,
        pendente=criado,
        iniciado=criado if concluido else None,
        concluido=concluido,
        encerrado=concluido,
        status="Concluido" if concluido else "Pendente",
    )


def steady(open_items: int = 6) -> Facts:
    """Two items a day come and are done, for 40 days; some more are open, from long ago."""
    done = [item(at, NOW - (at // 2 + 1) * DAY, NOW - (at // 2 + 1) * DAY + 60) for at in range(80)]
    waiting = [item(1000 + at, NOW - 40 * DAY, None) for at in range(open_items)]
    return Facts(itens=(*done, *waiting))


def test_a_steady_line_is_done_on_a_steady_day() -> None:
    made = forecast(steady(), None, QUERY)
    assert outlook_rows(made)[0] == ["fixed scope", *["2026-03-05 (3 d)"] * 4]
    assert reach_rows(made)[0] == ["in 7 days, by 2026-03-09", *["14"] * 4]
    told = lines_of(made)
    assert told[0] == "6 items are left of everything that is open."
    assert "growing scope it does not converge" in " ".join(told)
    assert told[-1] == drawn_from(made)
    assert told[-1] == "Drawn from 40 whole days, 2026-01-21 to 2026-03-01, with 80 completions."


def test_of_so_many_items_or_days() -> None:
    made = forecast(steady(), None, QUERY)
    assert items_row(made, when_items(made, 10)) == ["done by", *["2026-03-07 (5 d)"] * 4], (
        "though as many come as are done"
    )
    assert items_lines(when_items(made, 10)) == []
    [said] = items_lines(when_items(made, 100_000))
    assert said.startswith("With a fixed scope it does not converge")
    assert days_row(made, 5)[:2] == ["in 5 days, by 2026-03-07", "10"]


def test_the_same_days_have_the_same_answer_wherever_they_are_asked_of() -> None:
    """Done in 14 days, of an uneven past, does not depend on what is left."""
    done = [item(at, NOW - 30 * DAY, NOW - (at * at % 31 + 1) * DAY) for at in range(60)]
    for left in (1, 5):
        made = forecast(
            Facts(itens=(*done, *(item(1000 + at, NOW - DAY, None) for at in range(left)))), None, QUERY
        )
        assert reach_rows(made)[1] == days_row(made, 14)


def test_json_has_dates_and_amounts_by_confidence() -> None:
    told = document(forecast(steady(), None, QUERY), 10, 5)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["fixo"]["datas"]["85"] == "2026-03-05"
    assert told["crescente"] == {
        "converge": False,
        "dias": dict.fromkeys(("50", "70", "85", "95")),
        "datas": dict.fromkeys(("50", "70", "85", "95")),
        "no_prazo": None,
    }
    assert told["itens"]["fixo"] == {
        "dias": dict.fromkeys(("50", "70", "85", "95"), 5),
        "datas": dict.fromkeys(("50", "70", "85", "95"), "2026-03-07"),
    }
    assert told["em_dias"] == {"n": 5, "feitos": dict.fromkeys(("50", "70", "85", "95"), 10)}


def test_without_a_past_it_says_what_is_missing() -> None:
    made = forecast(Facts(), None, QUERY)
    assert lines_of(made) == ["0 items are left of everything that is open.", made.vazio]
    assert drawn_from(made) == "There is no whole day to draw from."
    told = document(made, 10, 5)
    assert (told["fixo"], told["vazio"]) == (None, made.vazio)
    assert "itens" not in told


def sprint_facts() -> Forecast:
    sprint = Sprint("SPR-1", "S022", "t", "aberta", "2026-02-01", "2026-03-12", NOW - 30 * DAY, None, None)
    tasks = tuple(
        Task(f"TSK-{at}", f"S022/T{at:02}", "S022", "", "", False, NOW - 30 * DAY, None,
             NOW - (at + 1) * DAY if at < 20 else None, "concluida" if at < 20 else "")
        for at in range(21)
    )  # fmt: skip
    return forecast(Facts(sprints=(sprint,), tasks=tasks), "S022", QUERY)


def test_a_sprint_s_estimates_have_dates_of_their_own_or_say_what_they_lack() -> None:
    made = sprint_facts()
    assert schedule_lines(made) == ["By estimates: no open task has an estimate."]
    assert schedule_rows(made) == []
    found = Schedule(
        31.5, 6, 1, 12, dict.fromkeys((50, 70, 85, 95), 40.5), dict.fromkeys((50, 70, 85, 95), "2026-03-09")
    )
    made = replace(made, estimativas=found)
    assert schedule_lines(made) == [
        "By estimates: 31,5 h left over 6 tasks, 1 without an estimate; "
        "corrected by what 12 finished tasks took against their estimates."
    ]
    assert schedule_rows(made) == [["done by", *["2026-03-09"] * 4], ["hours, at most", *["40,5"] * 4]]
    told = document(made, None, None)["estimativas"]
    assert (told["datas"]["85"], told["horas_por"]["85"], told["vazio"]) == ("2026-03-09", 40.5, None)
    assert document(forecast(steady(), None, QUERY), None, None)["estimativas"] is None
    json.dumps(told)


def test_a_sprint_has_its_end_for_a_deadline() -> None:
    told = lines_of(sprint_facts())
    assert told[0] == "S022: 1 task is left."
    assert told[1].startswith("Done by 2026-03-12: ")
