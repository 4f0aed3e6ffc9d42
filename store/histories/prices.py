"""The price of a spec in a generated history, with what finished work had taught by then."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from heapq import heappop, heappush
from itertools import chain
from typing import Any

from store.backlog.ports import Doc
from store.histories.book import Book, text_of
from store.metrics.calibration import WINDOW, Calibration, fit
from store.metrics.learning import PHASES, Learnt, points_of

WORKERS = {"E": "WORKER_E", "D": "WORKER_D", "P": "WORKER_P", "I": "WORKER_I", "C": "WORKER_C"}
HOUR_RATE, TOKEN_RATE, CPU_RATE = Decimal(60), Decimal("0.00004"), Decimal("0.35")
_CENTS = Decimal("0.0001")
_DAY = 86_400.0
_P80 = 1.35
"""Over P50, as long as nothing was learnt."""


@dataclass
class Spec:
    """What a spec is like."""

    ref: str
    vertentes: list[str]
    tamanho: float
    """Of the work: 1 is usual."""
    modelo: bool
    """Whether a language model works on it."""


def money(amount: Decimal) -> str:
    """R$ as the store writes them."""
    return str(amount.quantize(_CENTS))


class Lessons:
    """What developments teach, from the morning after they were deployed on: one look a day."""

    def __init__(self) -> None:
        self._to_come: list[tuple[float, str, Learnt]] = []
        self._known: deque[Learnt] = deque(maxlen=WINDOW)
        self._until = 0.0
        self.pessoas = Calibration()
        self.maquina = Calibration()

    def finished(self, moment: float, execution: Doc) -> None:
        """An execution was deployed at `moment` (epoch seconds) and concluded."""
        found = points_of(execution)
        if found.pessoas or found.maquina:
            heappush(self._to_come, (moment, execution["id"], found))

    def look(self, moment: float) -> None:
        """Take in what was deployed before the day of `moment`."""
        day = moment - moment % _DAY
        if day <= self._until:
            return
        self._until, before = day, len(self._to_come)
        while self._to_come and self._to_come[0][0] < day:
            self._known.append(heappop(self._to_come)[2])
        if len(self._to_come) < before:
            self.pessoas = _learnt(each.pessoas for each in self._known)
            self.maquina = _learnt(each.maquina for each in self._known)

    @property
    def applied(self) -> bool:
        """Whether a factor is applied to prices."""
        return self.pessoas.aplicada or self.maquina.aplicada


def _learnt(points: Iterable[Any]) -> Calibration:
    return fit(list(chain.from_iterable(points)))


def price_of(
    book: Book, spec: Spec, saga: Doc, criado: float, item: Doc, gaps: list[str], lessons: Lessons
) -> Doc:
    """The price of a spec, raw and with the factors that were applied at that moment."""
    lessons.look(criado)
    size, hours = spec.tamanho, round(1.2 * spec.tamanho, 3)
    people, machine = _parts(0.5 * hours, 0.3 * hours, 0.2 * hours), _parts(25 * size, 30 * size, 8)
    cpu = round(0.02 * size, 5)
    raw: dict[str, Any] = {"pessoas_horas": people, "maquina_s": machine, "cpu_horas": cpu}
    shown_people = _times(people, lambda phase: lessons.pessoas.fator(f"pessoas/{phase}"))
    shown_machine = _times(machine, lessons.maquina.fator)
    ratio = shown_machine["total"] / machine["total"]
    tokens = round(9000 * size) if spec.modelo else None
    shown = _cost(shown_people["total"], tokens, cpu * ratio)
    uplift = lessons.pessoas.p80(_P80)
    return book.add(
        "specs_recursos",
        {
            "spec_ref": spec.ref,
            "spec_versao": 1,
            "spec_item_ref": item["id"],
            "saga_id": saga["saga_id"],
            "criado_em": text_of(criado),
            "runtime": {
                "cpu": 1,
                "ram": 0.5,
                "apis_externas": {"correios": round(12 * size)} if "C" in spec.vertentes else {},
                "tokens_llm_estimado": tokens,
                "cpu_horas": round(cpu * ratio, 5),
                "ram_gb_horas": round(0.01 * size, 5),
                "storage_mb": round(1.5 * size, 3),
            },
            "teste": {
                "classes_equivalencia": round(8 * size),
                "combinacoes_estimadas": round(14 * size),
                "estrategia_cobertura": "pairwise",
                "cobertura_planejada_pct": 90,
            },
            "esforco": {
                "pessoas_horas": _levels(shown_people, uplift),
                "maquina_s": _levels(shown_machine, lessons.maquina.p80(_P80)),
                "workers": [{"worker": WORKERS[each], "vertente": each} for each in spec.vertentes],
            },
            "custo": {
                "total_p50": shown["total"],
                "total_p80": money(Decimal(shown["total"]) * Decimal(str(round(uplift, 4)))),
                "breakdown": shown["breakdown"],
            },
            "dependencias": {"status": "bloqueado" if gaps else "liberado", "gaps_infra": gaps},
            "constantes": _constants(raw, tokens, shown_people["total"] / people["total"], ratio, lessons)
            if lessons.applied
            else {},
        },
    )


def _constants(
    raw: dict[str, Any], tokens: int | None, people: float, machine: float, lessons: Lessons
) -> Doc:
    """The raw estimate, and the factor of each series: what an execution copies of a price with factors."""
    cost = _cost(raw["pessoas_horas"]["total"], tokens, raw["cpu_horas"])
    return {
        "bruto": {**raw, "custo": cost},
        "historico": {
            name: {"n": learnt.n, "aplicada": learnt.aplicada, "fator": round(factor, 4)}
            for name, learnt, factor in (
                ("pessoas", lessons.pessoas, people),
                ("maquina", lessons.maquina, machine),
            )
        },
    }


def _cost(hours: float, tokens: int | None, cpu_hours: float) -> Doc:
    parts = {
        "pessoas": HOUR_RATE * Decimal(str(round(hours, 4))),
        "llm": TOKEN_RATE * tokens if tokens else None,
        "infra": CPU_RATE * Decimal(str(round(cpu_hours, 5))),
    }
    return {
        "total": money(sum((part for part in parts.values() if part), Decimal(0))),
        "breakdown": {name: part and money(part) for name, part in parts.items()},
    }


def _parts(dev: float, teste: float, deploy: float) -> dict[str, float]:
    phases = dict(zip(PHASES, (dev, teste, deploy), strict=True))
    return {name: round(each, 4) for name, each in (*phases.items(), ("total", dev + teste + deploy))}


def _times(amounts: Mapping[str, float], factor: Callable[[str], float]) -> dict[str, float]:
    """Each phase times its factor, with their sum."""
    return _parts(*(amounts[phase] * factor(phase) for phase in PHASES))


def _levels(amounts: Mapping[str, float], uplift: float) -> Doc:
    return {name: {"p50": each, "p80": round(each * uplift, 4)} for name, each in amounts.items()}
