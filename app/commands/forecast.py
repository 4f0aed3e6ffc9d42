"""`oficina forecast`: when work will be done, and how much by when, drawn from the days of the past."""

from __future__ import annotations

import argparse

from app.commands.metrics import service_of
from app.forecast_tables import (
    COLUMNS,
    days_row,
    document,
    items_lines,
    items_row,
    lines_of,
    outlook_rows,
    reach_rows,
    schedule_lines,
    schedule_rows,
    when_items,
)
from app.main import EXIT_DONE
from app.metric_tables import GENERATED
from app.output import clean, print_json, print_table
from app.wiring import opened
from store.errors import WrongInput
from store.metrics.asking import Ask
from store.metrics.forecast import Forecast
from store.metrics.forecast import forecast as forecast_of

MOST_ITEMS, MOST_DAYS = 100_000, 3_650


def forecast(arguments: argparse.Namespace) -> int:
    """Print the forecast of a sprint, or of everything that is open; also of N items, or of D days."""
    _check(arguments.items, "--items", MOST_ITEMS)
    _check(arguments.days, "--days", MOST_DAYS)
    with opened(arguments, readonly=True) as shop:
        service = service_of(shop)
        facts, query = service.facts(), service.query(Ask("previsao"))
    made = forecast_of(facts, arguments.sprint or None, query)
    if arguments.json:
        print_json(document(made, arguments.items, arguments.days))
    else:
        _print(made, arguments.items, arguments.days)
    return EXIT_DONE


def _check(value: int | None, path: str, most: int) -> None:
    if value is not None and not 1 <= value <= most:
        raise WrongInput(f"{value} is out of range", path=path, remedy=f"from 1 to {most}")


def _print(made: Forecast, items: int | None, days: int | None) -> None:
    if made.gerado:
        print(f"! {GENERATED}\n")
    for line in lines_of(made, whole=items is None and days is None):
        print(clean(line))
    _print_schedule(made)
    if made.vazio:
        return
    if items is None and days is None:
        _table("All done, at a confidence of", outlook_rows(made))
        _table("Done at least", reach_rows(made))
    if items is not None:
        found = when_items(made, items)
        _table(f"{items} more done", [items_row(made, found)])
        for line in items_lines(found):
            print(line)
    if days is not None:
        _table("Done at least", [days_row(made, days)])


def _print_schedule(made: Forecast) -> None:
    """By its estimates, where it is a sprint's."""
    for line in schedule_lines(made):
        print(f"\n{clean(line)}")
    if rows := schedule_rows(made):
        _table("By estimates", rows)


def _table(title: str, rows: list[list[str]]) -> None:
    print()
    print_table((title, *COLUMNS[1:]), rows, empty="")
