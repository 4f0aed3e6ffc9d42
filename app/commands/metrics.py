"""`oficina metrics`: figures for people, programs and spreadsheets, beside whatever line runs."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from app.main import EXIT_DONE
from app.metric_arguments import BUCKETS
from app.metric_documents import FIGURE_COLUMNS, csv_text, figure_row, markdown_text, plain
from app.metric_files import files_of, write
from app.metric_tables import COLUMNS, GENERATED, footnotes, markdown_rows, rows
from app.output import clean, print_json, print_table
from app.wiring import Shop, opened
from jobs.line_metrics import terms_outside
from store.errors import WrongInput
from store.metrics.asking import Ask
from store.metrics.families import AS_OF_NOW, FAMILIES
from store.metrics.model import Figure, Page
from store.metrics.service import WORTH_SAVING, MetricsService

_OPTIONS = {"familia": "FAMILY", "desde": "--since", "ate": "--until", "periodo": "--period", "por": "--by"}
KEY_FIGURES = 3
"""Figures of each family in the summary of all: families put what matters most first."""


def metrics(arguments: argparse.Namespace) -> int:
    """Print one family's figures, or the first ones of each."""
    asked = asked_of(arguments)
    if asked.por and not asked.familia:
        raise WrongInput("only one family's figures have groups", path="--by", remedy="name the FAMILY too")
    with opened(arguments, readonly=True) as shop:
        names = [asked.familia] if asked.familia else list(FAMILIES)
        pages = pages_of(service_of(shop), names, asked)
    shown = [(page, page.figuras if asked.familia else _key_figures(page)) for page in pages]
    if arguments.json:
        documents = [{**plain(page), "figuras": plain(figures)} for page, figures in shown]
        print_json(documents[0] if asked.familia else documents)
    elif arguments.csv:
        cells = [figure_row(page, figure) for page, figures in shown for figure in figures]
        sys.stdout.write(csv_text(FIGURE_COLUMNS, cells))
    elif arguments.markdown:
        print("\n\n".join(_markdown(page, figures) for page, figures in shown))
    else:
        _print(shown, whole=bool(asked.familia))
    return EXIT_DONE


def export(arguments: argparse.Namespace) -> int:
    """Write every family as files into a directory of its own."""
    asked = asked_of(arguments)
    with opened(arguments, readonly=True) as shop:
        service = service_of(shop)
        pages = pages_of(service, list(FAMILIES), asked)
        told = {
            "desde": asked.desde,
            "ate": asked.ate,
            "periodo": "" if asked.desde else asked.periodo,
            "corte": asked.corte,
            "em": shop.clock.now(),
        }
        files = files_of(pages, service.facts(), told)
    write(arguments.dir, files)
    print(f"{len(files)} files in {clean(arguments.dir)}")
    return EXIT_DONE


def service_of(shop: Shop) -> MetricsService:
    """What answers about the store, beside whatever line runs; what was long to read is kept for the next."""
    paths = shop.workspace.paths
    service = MetricsService(shop.db, paths.store, shop.clock, terms_outside(shop.config, paths.line_lock))
    service.restore()
    if service.unsaved >= WORTH_SAVING:
        service.save()
    return service


def asked_of(arguments: argparse.Namespace) -> Ask:
    """The question; its family is empty for all of them.

    Raises WrongInput for an option without a word in it, and for two that say when the period begins.
    """
    for name, option in _OPTIONS.items():
        if getattr(arguments, name, None) == "":
            raise WrongInput("this says nothing", path=option, remedy=f"leave {option} out")
    if arguments.periodo is not None and arguments.desde is not None:
        raise WrongInput(
            "--since says already when the period begins",
            path="--period",
            remedy="leave one out; --period goes with --until",
        )
    return Ask(
        familia=getattr(arguments, "familia", None) or "",
        desde=arguments.desde or "",
        ate=arguments.ate or "",
        periodo=arguments.periodo or Ask("").periodo,
        corte=BUCKETS.get(arguments.corte, ""),
        por=getattr(arguments, "por", None) or "",
    )


def pages_of(service: MetricsService, names: list[str], asked: Ask) -> list[Page]:
    """The pages that were asked for, of one state of the store."""
    return [service.page(replace(asked, familia=name)) for name in names]


def _key_figures(page: Page) -> tuple[Figure, ...]:
    """The first figures, without their groups."""
    return tuple(figure for figure in page.figuras if not figure.grupo)[:KEY_FIGURES]


def _markdown(page: Page, figures: tuple[Figure, ...]) -> str:
    notes = [GENERATED] if page.gerado else []
    notes += [AS_OF_NOW] if AS_OF_NOW in page.notas else []
    note = "".join(f"\n\n*{each}*" for each in notes)
    return f"## {clean(page.titulo)}{note}\n\n{markdown_text(COLUMNS, markdown_rows(figures))}"


def _print(shown: list[tuple[Page, tuple[Figure, ...]]], *, whole: bool) -> None:
    """Tables under each other; the whole of a family with what stands beside its figures."""
    if any(page.gerado for page, _ in shown):
        print(f"! {GENERATED}\n")
    if not whole:
        cells = [
            [page.chave if not at else "", *row]
            for page, figures in shown
            for at, row in enumerate(rows(figures))
        ]
        print_table(["family", *COLUMNS], cells, empty="No figures.")
        now_only = [page.chave for page, _ in shown if AS_OF_NOW in page.notas]
        if now_only:
            print(f"\n{', '.join(now_only)}: {AS_OF_NOW}")
        return
    for page, figures in shown:
        print_table(COLUMNS, rows(figures), empty="No figures.")
        told = list(footnotes(page))
        if told:
            print()
        for line in told:
            print(clean(line))
