"""A price in words: for each part its label, the formula with its numbers, and the value."""

from __future__ import annotations

from collections.abc import Mapping

from jobs.pricing.cost import Custo, cost_formulas, rate_formulas
from jobs.pricing.effort import Parcela, by_phase
from jobs.pricing.numbers import money, shown
from jobs.pricing.reckoning import Reckoning
from jobs.pricing.size import Testes
from store.metrics.calibration import Calibration

Row = tuple[str, str, str]


def explanation(made: Reckoning) -> list[Row]:
    """Every part of a price, in the order of reading: size, tests, effort, resources, money."""
    p50, p80 = made.costs["p50"], made.costs["p80"]
    return [
        *(
            (f"Size of {size.vertente} ({size.tipo})", size.formula, _points(size.pontos))
            for size in made.sizes
        ),
        *((f"Tests of {each.vertente}", _tests(each), f"{each.total} tests") for each in made.tests),
        *((each.rotulo, _learnt(each), f"{shown(each.p50)} h") for each in made.effort.pessoas),
        *((each.rotulo, _learnt(each), f"{shown(each.p50)} s") for each in made.effort.maquina),
        (
            "People's factor",
            *_factor(
                made.historico.pessoas,
                by_phase(made.effort.pessoas, "p50"),
                by_phase(made.effort.pessoas, "bruto"),
            ),
        ),
        (
            "Machines' factor",
            *_factor(
                made.historico.maquina,
                by_phase(made.effort.maquina, "p50"),
                by_phase(made.effort.maquina, "bruto"),
            ),
        ),
        *_tokens(made),
        *_resources(made),
        *rate_formulas(made.pricing),
        *(
            (f"{label}, P50", how, value)
            for label, how, value in cost_formulas(made.amounts["p50"], made.pricing, p50)
        ),
        ("Half of such specs cost under (P50)", _sum(p50), money(p50.total)),
        (
            "People's P80",
            _uplift(made.effort.pessoas[0], made.historico.pessoas),
            f"{shown(made.amounts['p80'].pessoas_h)} h",
        ),
        (
            "Machines' P80",
            _uplift(made.effort.maquina[0], made.historico.maquina),
            f"{shown(by_phase(made.effort.maquina, 'p80')['total'])} s",
        ),
        *(
            (f"{label}, P80", how, value)
            for label, how, value in cost_formulas(made.amounts["p80"], made.pricing, p80)
        ),
        ("Price and limit (P80)", _sum(p80), money(p80.total)),
    ]


def _points(value: float) -> str:
    return f"{shown(value)} pts"


def _tests(each: Testes) -> str:
    return (
        f"{each.combinacoes} pairwise of {each.validas} valid classes"
        f" + {each.invalidas} invalid classes + {each.exemplos} examples"
    )


def _learnt(each: Parcela) -> str:
    return each.formula if each.fator == 1 else f"({each.formula}) × {shown(each.fator)} learnt"


def _factor(learnt: Calibration, p50: Mapping[str, float], raw: Mapping[str, float]) -> tuple[str, str]:
    """What the raw estimate is multiplied with as a whole, or why with nothing."""
    if not learnt.aplicada:
        return f"not applied: {learnt.motivo}", "× 1"
    how = f"{shown(p50['total'])} ÷ {shown(raw['total'])} raw, learnt from n={learnt.n}"
    return how, f"× {shown(p50['total'] / raw['total'] if raw['total'] else 1)}"


def _tokens(made: Reckoning) -> list[Row]:
    """What who builds each vertente uses of a model; our own workers use none."""
    rows = []
    for size in made.sizes:
        performer = made.performers[size.tipo]
        each = made.pricing.performers[performer][size.tipo].tokens_por_ponto
        if each:
            how = f"{_points(size.pontos)} × {shown(each)} tokens of {performer}"
            rows.append((f"Tokens for {size.vertente}", how, f"{shown(each * size.pontos)} tokens"))
    return rows


def _resources(made: Reckoning) -> list[Row]:
    amounts, pricing = made.amounts["p50"], made.pricing
    seconds = by_phase(made.effort.maquina, "p50")["total"]
    memory = " + ".join(f"{shown(each.p50)} s × {each.ram_mb} MB" for each in made.effort.maquina)
    processor = f"{shown(seconds)} s ÷ 3600 × {shown(pricing.cpus)} busy processors"
    storage = (
        f"{shown(pricing.storage_base_mb)} MB"
        f" + {_points(made.points)} × {shown(pricing.storage_mb_por_ponto)} MB"
        f" + {made.test_count} tests × {shown(pricing.storage_mb_por_teste)} MB"
    )
    return [
        ("Processor", processor, f"{shown(amounts.cpu_horas)} CPU h"),
        ("Memory", f"({memory}) ÷ 1024 ÷ 3600", f"{shown(amounts.ram_gb_horas)} GB h"),
        ("Storage", storage, f"{shown(amounts.storage_mb)} MB"),
    ]


def _sum(custo: Custo) -> str:
    parts = (custo.pessoas, custo.llm, custo.infra, custo.apis)
    return "people + model + infrastructure + APIs: " + " + ".join(money(part) for part in parts)


def _uplift(each: Parcela, learnt: Calibration) -> str:
    behind = f"learnt from n={learnt.n}" if learnt.tem_historico else f"no history yet, n={learnt.n}"
    return f"P50 × {shown(each.p80_sobre_p50)} ({behind})"
