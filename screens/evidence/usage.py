"""What an attempt used, in a few words: tokens, money, machine; and that it is not known where it isn't."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.content import Content

from screens.evidence.layout import BAD, WARN, span
from screens.evidence.values import as_decimal, at, count, money, number, seconds
from store.views.model import RunningRow

_LIMITS = {
    "custo": "its cost",
    "tokens": "its tokens",
    "turnos": "its turns",
    "mes": "what the month has left",
    "sprint": "what the sprint has left",
}


def usage_words(uso: Mapping[str, Any] | None, medido: bool | None = None) -> list[str]:
    """`uso` as attempts keep it: `{tokens, turnos, custo: {llm, infra, apis}, apis, medido, cpu_s, wall_s,
    peak_rss_mb}`, any of it missing.
    """
    found = uso or {}
    words = []
    if found.get("tokens"):
        words.append(count(int(found["tokens"]), "token", "tokens"))
    if found.get("turnos"):
        words.append(count(int(found["turnos"]), "turn", "turns"))
    costs = [at(found, "custo", name) for name in ("llm", "infra", "apis")]
    if any(cost is not None for cost in costs):
        words.append(money(sum(as_decimal(cost) for cost in costs)))
    if found.get("apis"):
        words.append(count(sum(found["apis"].values()), "API call", "API calls"))
    if found.get("cpu_s"):
        words.append(f"cpu {seconds(found['cpu_s'])}")
    if found.get("peak_rss_mb"):
        words.append(f"{number(found['peak_rss_mb'])} MB")
    if found.get("medido", medido) is False:
        words.append("model use not metered")
    return words


def warning(running: RunningRow) -> Content | None:
    """How near running work is to the limit of its budget, from 80 % on."""
    if running.usado_pct is None:
        return None
    name = _LIMITS.get(running.limite, f"its {running.limite}")
    return span(f"{running.usado_pct} % of {name} used", BAD if running.usado_pct >= 100 else WARN)
