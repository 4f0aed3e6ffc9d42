"""An item's attempts side by side: who, when, how long, how it ended, with its error, output and usage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.clock import seconds_between


def attempts_of(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The attempts of an item (also an archived one), oldest first.

    Each: `numero`, `ator`, `inicio` and `fim` (UTC texts; no `fim` while it runs), `duracao_s` (seconds; None
    while it runs), `fim_motivo` (`concluido`, `falhou`, `perdido`, `bloqueou`, `devolvido` or `cancelado`;
    None while it runs), `motivo` (one line), `erro` (longer, as a traceback), `saida_ref` (the SHA-256 of its
    kept output, or empty), `uso` (what was measured, or None).
    """
    return [_attempt(number, attempt) for number, attempt in enumerate(item.get("tentativas") or (), start=1)]


def _attempt(number: int, attempt: Mapping[str, Any]) -> dict[str, Any]:
    began, ended = attempt.get("inicio") or "", attempt.get("fim") or ""
    return {
        "numero": attempt.get("numero", number),
        "ator": attempt.get("ator", ""),
        "inicio": began,
        "fim": ended,
        "duracao_s": max(0.0, seconds_between(began, ended)) if began and ended else None,
        "fim_motivo": attempt.get("fim_motivo"),
        "motivo": attempt.get("motivo", ""),
        "erro": attempt.get("erro", ""),
        "saida_ref": attempt.get("saida_ref", ""),
        "uso": attempt.get("uso"),
    }
