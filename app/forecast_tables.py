"""A forecast for a terminal and for programs; of so many items or days, drawn from the same past."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from screens.evidence.values import count, number
from store.metrics.forecast import Forecast, Outlook, done_in
from store.metrics.montecarlo import CAP, CONFIDENCE, HowMany, When, seed_of, when
from store.metrics.schedule import Schedule

COLUMNS = ("", *(f"{p} %" for p in CONFIDENCE))
NEVER = "—"


def outlook_rows(made: Forecast) -> list[list[str]]:
    """When all is done: a row an assumption about the scope, a date a confidence."""
    return [
        [each.nome, *(_when(each.datas[p], each.dias[p]) for p in CONFIDENCE)]
        for each in (made.fixo, made.crescente)
        if each is not None
    ]


def reach_rows(made: Forecast) -> list[list[str]]:
    """How many are done in the next days, at least."""
    return [
        [f"in {each.dias} days, by {each.ate}", *(_many(each.feitos[p]) for p in CONFIDENCE)]
        for each in made.quantos
    ]


def schedule_rows(made: Forecast) -> list[list[str]]:
    """When a sprint is done by its estimates; none where that can't be said."""
    found = made.estimativas
    if found is None or found.vazio:
        return []
    return [
        ["done by", *(found.datas[p] or NEVER for p in CONFIDENCE)],
        ["hours, at most", *(number(found.horas_por[p], 1) for p in CONFIDENCE)],
    ]


def schedule_lines(made: Forecast) -> list[str]:
    """What the estimates say and what corrects them, in words; none but of an open sprint with open tasks."""
    found = made.estimativas
    if found is None or not found.tarefas + found.sem_estimativa:
        return []
    if not found.tarefas:
        return [f"By estimates: {found.vazio}"]
    told = f"By estimates: {number(found.horas, 1)} h left over {count(found.tarefas, 'task', 'tasks')}"
    if found.sem_estimativa:
        told += f", {found.sem_estimativa} without an estimate"
    if found.vazio:
        return [f"{told}: {found.vazio}"]
    past = count(found.passado, "finished task", "finished tasks")
    return [f"{told}; corrected by what {past} took against their estimates."]


def lines_of(made: Forecast, *, whole: bool = True) -> list[str]:
    """What is said in words: what is left, the deadline, what does not converge, what is drawn from.

    Not `whole`: it is asked of so many items or days, and whether all of it has an end is no answer.
    """
    one, many = made.unidade.removesuffix("s"), made.unidade
    left = f"{count(made.restam, one, many)} {'is' if made.restam == 1 else 'are'} left"
    told = [f"{made.escopo}: {left}." if made.escopo else f"{left} of everything that is open."]
    if made.vazio:
        return [*told, made.vazio]
    outlooks = [each for each in (made.fixo, made.crescente) if each is not None]
    chances = [f"{100 * each.no_prazo:.0f} % ({each.nome})" for each in outlooks if each.no_prazo is not None]
    if made.prazo and chances:
        told.append(f"Done by {made.prazo}: {', '.join(chances)}.")
    told += [never(each.nome) for each in outlooks if whole and not each.converge]
    return [*told, drawn_from(made)]


def never(nome: str) -> str:
    """What is said of an assumption under which there is no end."""
    return f"With a {nome} it does not converge: more than 5 % of the trials take over {number(CAP)} days."


def drawn_from(made: Forecast) -> str:
    """Which days the trials draw from."""
    past = made.historia
    if not past.dias:
        return "There is no whole day to draw from."
    done = sum(past.feitos)
    return (
        f"Drawn from {len(past.dias)} whole days, {past.dias[0]} to {past.dias[-1]}, with {done} completions."
    )


def when_items(made: Forecast, items: int) -> When:
    """When so many more are done. Of a fixed scope: what comes meanwhile is done after them, or instead."""
    past = made.historia
    seed = seed_of(made.hoje, f"{made.escopo or 'tudo'}:{items}", past.janela, _series(past.feitos))
    return when(past.feitos, items, seed)


def items_row(made: Forecast, found: When) -> list[str]:
    """The same as a row."""
    return ["done by", *(_when(_after(made, each), each) for each in map(found.at, CONFIDENCE))]


def items_lines(found: When) -> list[str]:
    """What has no end, in words."""
    return [] if found.converge else [never("fixed scope")]


def in_days(made: Forecast, days: int) -> HowMany:
    """How many are done in so many days."""
    return done_in(made.historia, made.escopo, days, date.fromisoformat(made.hoje))


def days_row(made: Forecast, days: int) -> list[str]:
    """The same as a row."""
    found = in_days(made, days)
    return [f"in {days} days, by {_after(made, days)}", *(_many(found.at(p)) for p in CONFIDENCE)]


def document(made: Forecast, items: int | None, days: int | None) -> dict[str, Any]:
    """The forecast as JSON: dates and amounts by confidence, null where there is none."""
    told: dict[str, Any] = {
        "escopo": made.escopo,
        "unidade": made.unidade,
        "restam": made.restam,
        "hoje": made.hoje,
        "prazo": made.prazo or None,
        "historia": {
            "dias": [day.isoformat() for day in made.historia.dias],
            "feitos": list(made.historia.feitos),
            "chegadas": list(made.historia.chegadas),
        },
        "fixo": _outlook(made.fixo),
        "crescente": _outlook(made.crescente),
        "estimativas": _scheduled(made.estimativas),
        "quantos": [
            {"dias": each.dias, "ate": each.ate, "feitos": _by(each.feitos)} for each in made.quantos
        ],
        "vazio": made.vazio or None,
        "gerado": made.gerado,
    }
    if items is not None and not made.vazio:
        told["itens"] = {"n": items, "fixo": _dated(made, when_items(made, items))}
    if days is not None and not made.vazio:
        found = in_days(made, days)
        told["em_dias"] = {"n": days, "feitos": {str(p): found.at(p) for p in CONFIDENCE}}
    return told


def _outlook(each: Outlook | None) -> dict[str, Any] | None:
    if each is None:
        return None
    dates = {str(p): each.datas[p] or None for p in CONFIDENCE}
    return {"converge": each.converge, "dias": _by(each.dias), "datas": dates, "no_prazo": each.no_prazo}


def _scheduled(found: Schedule | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "horas": found.horas,
        "tarefas": found.tarefas,
        "sem_estimativa": found.sem_estimativa,
        "passado": found.passado,
        "horas_por": {str(p): hours for p, hours in found.horas_por.items()},
        "datas": {str(p): day or None for p, day in found.datas.items()},
        "vazio": found.vazio or None,
    }


def _by(values: Mapping[int, Any]) -> dict[str, Any]:
    return {str(p): values[p] for p in CONFIDENCE}


def _dated(made: Forecast, found: When) -> dict[str, Any]:
    days = {str(p): found.at(p) for p in CONFIDENCE}
    return {"dias": days, "datas": {p: _after(made, each) or None for p, each in days.items()}}


def _after(made: Forecast, days: int | None) -> str:
    if days is None:
        return ""
    return (date.fromisoformat(made.hoje) + timedelta(days=days)).isoformat()


def _when(day: str, days: int | None) -> str:
    return f"{day} ({number(days)} d)" if day and days is not None else NEVER


def _many(value: int | None) -> str:
    return NEVER if value is None else number(value)


def _series(counts: tuple[int, ...]) -> str:
    return ",".join(map(str, counts))
