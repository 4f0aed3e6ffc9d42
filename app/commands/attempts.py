"""An item's attempts on the command line: side by side, and what the failed ones said."""

from __future__ import annotations

from typing import Any

from app.output import clean, print_table
from app.wiring import Shop
from store.views.failures import attempts_of

_LINES = 12
"""Last lines of an error or an output that are printed; all of it is in the JSON and the screens."""
_BYTES = 64 << 10
_ENDED_BADLY = ("falhou", "perdido")


def print_attempts(shop: Shop, item: dict[str, Any]) -> None:
    """Print the attempts, then the error and the last output of each that failed; nothing where none was."""
    attempts = attempts_of(item)
    if not attempts or item["humano"]:
        return
    print()
    print_table(
        ["attempt", "actor", "began", "took", "end", "used", "why"],
        [_row(shop, attempt) for attempt in attempts],
        empty="",
    )
    for attempt in attempts:
        if attempt["fim_motivo"] in _ENDED_BADLY:
            _print_text(f"error of attempt {attempt['numero']}", attempt["erro"])
            _print_text(f"output of attempt {attempt['numero']}", _output(shop, attempt["saida_ref"]))


def _row(shop: Shop, attempt: dict[str, Any]) -> list[object]:
    took = attempt["duracao_s"]
    return [
        attempt["numero"],
        attempt["ator"],
        shop.local(attempt["inicio"]),
        "runs" if took is None else f"{took:.1f} s",
        attempt["fim_motivo"] or "",
        _used(attempt["uso"] or {}),
        attempt["motivo"],
    ]


def _used(uso: dict[str, Any]) -> str:
    """What was measured that a person compares: processor time, tokens, model cost."""
    told = []
    if uso.get("cpu_s") is not None:
        told.append(f"{uso['cpu_s']:.1f} s cpu")
    if uso.get("tokens"):
        told.append(f"{uso['tokens']} tokens")
    cost = uso.get("custo")
    if isinstance(cost, dict) and cost.get("llm"):
        told.append(f"R$ {cost['llm']}")
    return ", ".join(told)


def _output(shop: Shop, ref: str) -> str:
    if not ref:
        return ""
    try:
        return shop.objects.read(ref, _BYTES).decode("utf-8", "replace")
    except (OSError, ValueError):
        return "(its output is not there any more)"


def _print_text(name: str, text: str) -> None:
    lines = text.splitlines()
    if not lines:
        return
    cut = f", its last {_LINES} lines of {len(lines)}" if len(lines) > _LINES else ""
    print(f"\n{name}{cut}")
    for line in lines[-_LINES:]:
        print(f"  {clean(line)}")
