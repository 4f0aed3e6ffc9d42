"""What is asked of the metrics: days, periods and buckets in the workspace's zone; wrong ones are told."""

from __future__ import annotations

from datetime import date

import pytest

from store.clock import parse_time
from store.errors import WrongInput
from store.metrics.asking import Ask, check_group, family_of, to_query
from store.metrics.model import Query

ZONE = "America/Sao_Paulo"
NOW = parse_time("2026-03-04T01:30:00.000000Z").timestamp()
"""Still the third of March in São Paulo."""


def asked(ask: Ask, primeiro: float | None = None) -> Query:
    return to_query(ask, NOW, ZONE, {"sucesso": 0.9}, primeiro=primeiro)


def days(query: Query) -> tuple[str, str]:
    """The first and the last day of a window."""
    by_day = query.cortes
    return by_day.day(query.janela.inicio).isoformat(), by_day.day(query.janela.fim - 1).isoformat()


@pytest.mark.parametrize(
    ("ask", "first", "last", "corte"),
    [
        (Ask("custo"), "2025-12-04", "2026-03-03", "semana"),
        (Ask("custo", periodo="1d"), "2026-03-03", "2026-03-03", "dia"),
        (Ask("custo", periodo="30d"), "2026-02-02", "2026-03-03", "dia"),
        (Ask("custo", periodo="500d"), "2024-10-20", "2026-03-03", "mes"),
        (Ask("custo", periodo="999999d"), "1900-01-01", "2026-03-03", "mes"),
        (Ask("custo", desde="2026-01-01"), "2026-01-01", "2026-03-03", "semana"),
        (Ask("custo", ate="2026-01-31", periodo="31d"), "2026-01-01", "2026-01-31", "dia"),
        (Ask("custo", desde="2026-01-01", ate="2026-12-31"), "2026-01-01", "2026-03-03", "semana"),
        (Ask("custo", periodo="tudo"), "2026-03-03", "2026-03-03", "dia"),
        (Ask("custo", corte="mes"), "2025-12-04", "2026-03-03", "mes"),
    ],
)
def test_a_window_is_of_whole_local_days_up_to_today(ask: Ask, first: str, last: str, corte: str) -> None:
    query = asked(ask)
    assert days(query) == (first, last)
    assert (query.cortes.corte, query.cortes.fuso, query.agora) == (corte, ZONE, NOW)
    assert query.metas == {"sucesso": 0.9}


def test_all_time_begins_with_the_first_thing_that_happened() -> None:
    first = parse_time("2025-06-01T12:00:00.000000Z").timestamp()
    assert days(asked(Ask("custo", periodo="tudo"), first))[0] == "2025-06-01"
    assert days(asked(Ask("custo", periodo="tudo", ate="2025-01-05"), first)) == ("2025-01-05",) * 2
    late = NOW + 86_400
    assert days(asked(Ask("custo", periodo="tudo"), late))[0] == "2026-03-03", "a clock that was ahead"


def test_a_day_of_a_change_of_clocks_is_a_whole_one() -> None:
    query = to_query(
        Ask("custo", desde="2026-03-08", ate="2026-03-08"), NOW + 30 * 86_400, "America/New_York"
    )
    assert query.janela.seconds == 23 * 3600


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (Ask("custo", periodo="3m"), "period: 3m is no period (as in 30d, 90d or 365d, or tudo)"),
        (Ask("custo", periodo="0d"), "period: 0d is no period"),
        (Ask("custo", desde="2026-02-30"), "since: 2026-02-30 is no day (as in 2026-01-31)"),
        (Ask("custo", ate="soon"), "until: soon is no day"),
        (Ask("custo", ate="0001-01-01"), "until: 0001-01-01 is no day that work was done on"),
        (Ask("custo", desde="9999-12-31"), "since: 9999-12-31 is no day that work was done on"),
        (Ask("custo", desde="2026-03-04"), "since: 2026-03-04 lies in the future (today is 2026-03-03)"),
        (Ask("custo", desde="2027-01-01", ate="2027-02-01"), "since: 2027-01-01 lies in the future"),
        (Ask("custo", ate="2030-01-01"), "until: 2029-10-04 lies in the future"),
        (
            Ask("custo", desde="2026-02-02", ate="2026-02-01"),
            "until: 2026-02-01 is before 2026-02-02 (say the earlier day first)",
        ),
        (Ask("custo", corte="semna"), "bucket: semna is no bucket (did you mean semana?)"),
        (Ask("custo", periodo="9999d", corte="dia"), "bucket: 9999 days have too many buckets of a day"),
    ],
)
def test_what_cannot_be_asked_is_told(ask: Ask, said: str) -> None:
    with pytest.raises(WrongInput) as caught:
        asked(ask)
    assert said in str(caught.value)


def test_families_and_groups_are_told_by_the_nearest() -> None:
    assert family_of(Ask("custo")).chave == "custo"
    with pytest.raises(WrongInput, match=r"there is no family custos \(did you mean custo\?\)"):
        family_of(Ask("custos"))
    check_group(Ask("custo"), ())
    check_group(Ask("custo", por="spec"), ("spec",))
    with pytest.raises(WrongInput, match=r"custo has no groups by specs \(did you mean spec\?\)"):
        check_group(Ask("custo", por="specs"), ("spec", "worker"))


def test_week_53_is_a_bucket_of_its_own() -> None:
    now = parse_time("2027-01-10T12:00:00.000000Z").timestamp()
    query = to_query(Ask("custo", periodo="30d", corte="semana"), now, ZONE)
    assert [bucket.chave for bucket in query.cortes.buckets(query.janela)] == [
        "2026-W50",
        "2026-W51",
        "2026-W52",
        "2026-W53",
        "2027-W01",
    ]
    assert query.cortes.day(query.janela.inicio) == date(2026, 12, 12)
