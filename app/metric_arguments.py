"""The arguments of `oficina metrics` and `oficina forecast`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Add = Callable[[str, str, str], argparse.ArgumentParser]
"""Adds a command: its name, what runs it, and what it does."""
FIGURES = "print figures with their n, trend and target"
BUCKETS = {"day": "dia", "week": "semana", "month": "mes"}


def add_metrics(metrics: argparse.ArgumentParser) -> None:
    """`oficina metrics`; what exports is beside its FAMILY (`add_export`)."""
    metrics.epilog = "`oficina metrics export DIR` writes all of it as CSV and JSON."
    metrics.add_argument("familia", nargs="?", metavar="FAMILY", help="without it, the first figures of each")
    _add_period(metrics)
    metrics.add_argument("--by", dest="por", metavar="GROUP", help="worker, vertente, …")
    shapes = metrics.add_mutually_exclusive_group()
    shapes.add_argument("--json", action="store_true", help="print JSON instead of a table")
    shapes.add_argument("--csv", action="store_true", help="print CSV, a row a figure")
    shapes.add_argument("--markdown", action="store_true", help="print a Markdown table")


def add_export(parser: argparse.ArgumentParser) -> None:
    """`oficina metrics export`."""
    parser.set_defaults(run="metrics.export")
    parser.add_argument("dir", type=Path, metavar="DIR", help="a directory of its own")
    _add_period(parser)


def add_forecast(command: Add) -> None:
    """`oficina forecast`."""
    forecast = command("forecast", "forecast.forecast", "say when work will be done, and how much by when")
    forecast.add_argument("--sprint", default="", metavar="SPRINT", help="what is left of this sprint: S022")
    forecast.add_argument("--items", type=int, metavar="N", help="when so many items are done")
    forecast.add_argument("--days", type=int, metavar="D", help="how many items are done in so many days")


def _add_period(command: argparse.ArgumentParser) -> None:
    command.add_argument("--since", dest="desde", metavar="DAY", help="as in 2026-01-31")
    command.add_argument("--until", dest="ate", metavar="DAY", help="the last day that counts")
    command.add_argument(
        "--period",
        dest="periodo",
        metavar="SPAN",
        help="30d, 90d, 365d … or tudo (default: 90d), up to the last day",
    )
    command.add_argument(
        "--bucket",
        dest="corte",
        choices=list(BUCKETS),
        help="how time is cut (default: what fits the period)",
    )
