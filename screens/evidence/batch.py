"""Several decisions side by side: a row each, the summed price, the answers that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from textual.content import Content

from screens.evidence import pull, values
from screens.evidence.layout import ACCENT, BAD, DIM, GOOD, STRONG, WARN, blank, span, table, words
from screens.evidence.report import verdict
from screens.evidence.shapes import contexto, report
from screens.evidence.values import at
from screens.states import kind
from store.views.effects import LINES
from store.views.model import Document, ItemDetail, Option

_PERIODS = (("mes", "Month"), ("sprint", "Sprint"))


def common_options(details: Sequence[ItemDetail]) -> list[Option]:
    """The options that all of them have, by name; one needs a reason when it needs one anywhere."""
    if not details:
        return []
    shared = {option.nome for option in details[0].opcoes}
    for detail in details[1:]:
        shared &= {option.nome for option in detail.opcoes}
    return [_strictest(option, details) for option in details[0].opcoes if option.nome in shared]


def _strictest(option: Option, details: Sequence[ItemDetail]) -> Option:
    same = [other for detail in details for other in detail.opcoes if other.nome == option.nome]
    refused = [other for other in same if other.indisponivel]
    effect = _in_common([other.efeito for other in same])
    return Option(
        option.nome,
        option.tecla,
        option.rotulo,
        f"{effect} (not for {len(refused)} of {len(same)})" if refused else effect,
        any(other.exige_motivo for other in same),
        any(other.perigosa for other in same),
        previa=_together([other.previa for other in same]),
        indisponivel=refused[0].indisponivel if len(refused) == len(same) else "",
    )


def _together(previews: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """What an answer does to all of them; what it does to several is said once."""
    lines = list(dict.fromkeys(line for preview in previews for line in preview))
    more = len(lines) - LINES
    return (*lines[:LINES], f"and {more} more") if more > 0 else tuple(lines)


def _in_common(effects: Sequence[str]) -> str:
    """What an answer does to each of them: words in which they differ are left out."""
    if len(set(effects)) <= 1:
        return effects[0]
    rows = [effect.split() for effect in effects]
    if len({len(row) for row in rows}) > 1:
        return "for each as it says on its own"
    kept = [column[0] if len(set(column)) == 1 else "…" for column in zip(*rows, strict=True)]
    said = [word for place, word in enumerate(kept) if word != "…" or kept[place - 1 : place] != ["…"]]
    return f"for each: {' '.join(said)}"


def price_of(detail: ItemDetail) -> object:
    """What saying yes commits: the P80 price of a budget; nothing for other kinds."""
    return (
        at(detail.recursos, "custo", "total_p80") if detail.item.get("tipo") == "aprovar_orcamento" else None
    )


def total_price(details: Sequence[ItemDetail]) -> Decimal:
    """The summed price in R$."""
    return sum((values.as_decimal(price_of(detail)) for detail in details), Decimal(0))


def outcome_rows(
    details: Sequence[ItemDetail], outcomes: Mapping[str, tuple[bool, str]], width: int
) -> list[Content]:
    """A row each with what it costs and, once decided, what came of it; beneath the sum, and what the limits
    of the workspace leave of it.
    """
    rows = [_row(detail, outcomes.get(str(detail.item.get("id", "")))) for detail in details]
    lines = table(rows, width, right=(3,), grow=2)
    total = total_price(details)
    if total:
        lines += [blank(), words(span("Sum", DIM), span(values.money(total), ACCENT), span("P80", DIM))]
    return [*lines, *left(details)]


def left(details: Sequence[ItemDetail]) -> list[Content]:
    """What is left of the month, and of each sprint, and what would be with all of them approved."""
    periods: dict[tuple[str, str], tuple[Document, Decimal]] = {}
    for detail in details:
        for name, _ in _PERIODS:
            period = at(detail.orcamento, "limites", name)
            if period is not None and price_of(detail) is not None:
                key = (name, str(at(period, "periodo")))
                before = periods.get(key, (period, Decimal(0)))[1]
                periods[key] = (period, before + values.as_decimal(price_of(detail)))
    labels = dict(_PERIODS)
    return [_left(f"{labels[name]} {key}", *found) for (name, key), found in periods.items()]


def _left(label: str, period: Document, asked: Decimal) -> Content:
    rest = values.as_decimal(at(period, "resta"))
    whole = values.as_decimal(at(period, "limite")) + values.as_decimal(at(period, "estendido"))
    after = rest - asked
    return words(
        span(label, DIM),
        span(f"{values.money(rest)} of {values.money(whole)} left,", DIM),
        span(f"{values.money(after)} after these", BAD if after < 0 else STRONG),
        span("what passes it would wait", WARN) if after < 0 else None,
    )


def _row(detail: ItemDetail, outcome: tuple[bool, str] | None) -> list[Content]:
    item = detail.item
    price = price_of(detail)
    return [
        span(item.get("id", ""), DIM),
        span(kind(str(item.get("tipo", "")))),
        words(
            span(item.get("spec_ref") or ""),
            span((detail.spec or {}).get("titulo") or item.get("titulo", ""), DIM),
        ),
        span(values.money(price)) if price is not None else _figure(detail),
        _outcome(outcome),
    ]


def _figure(detail: ItemDetail) -> Content:
    """What stands for a price where there is none: a release's tests, a child's estimate."""
    if detail.item.get("tipo") == "decidir_pull":
        return words(*pull.estimate(contexto(detail).get("estimativa")), gap=2)
    found = report(detail)
    return verdict(found) if found is not None and detail.item.get("tipo") == "aprovar_release" else blank()


def _outcome(outcome: tuple[bool, str] | None) -> Content:
    if outcome is None:
        return blank()
    done, text = outcome
    return span(f"✓ {text}", GOOD) if done else span(f"✗ {text}", BAD)
