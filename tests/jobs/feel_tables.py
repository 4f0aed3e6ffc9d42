"""Random decision tables for property tests, and a brute-force reading of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from jobs.feel.build import Draft, DraftInput, DraftOutput, DraftRule, build
from jobs.feel.table import Aggregation, HitPolicy, Table, plain

NUMBERS = [Decimal(text) for text in ("-1", "0", "0.5", "1", "2", "3")]
PROBES = [
    Decimal(text) for text in ("-2", "-1", "-0.5", "0", "0.25", "0.5", "1", "1.5", "2", "2.5", "3", "4")
]
TEXTS = ["a", "b", "c d"]
ALL_TEXTS = [*TEXTS, "outro", "z"]

_numbers = st.sampled_from([plain(number) for number in NUMBERS])
_texts = st.sampled_from([plain(text) for text in TEXTS])
_orders = st.sampled_from(["<", "<=", ">", ">=", "!=", "="])


@st.composite
def _number_test(draw: st.DrawFn) -> str:
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return draw(_numbers)
    if kind == 1:
        return f"{draw(_orders)} {draw(_numbers)}"
    if kind == 2:
        low, high = draw(st.sampled_from("[(]")), draw(st.sampled_from("])["))
        return f"{low}{draw(_numbers)}..{draw(_numbers)}{high}"
    return draw(
        st.sampled_from(
            [
                "? > 0 and ? < 2",
                "? between 0 and 1 or ? = 3",
                "? in (1, [2..3))",
                "not(? < 1)",
                "if ? > 1 then ? < 3 else false",
                "? * 2 > 1",
            ]
        )
    )


def _joined(test: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    listed = st.lists(test, min_size=1, max_size=2).map(", ".join)
    return st.one_of(st.just("-"), listed, listed, listed.map(lambda text: f"not({text})"))


_CELLS: dict[str, st.SearchStrategy[str]] = {
    "number": _joined(_number_test()),
    "integer": _joined(_number_test()),
    "string": _joined(
        st.one_of(_texts, _texts.map(lambda text: f"!= {text}"), st.just('starts with(?, "c")'))
    ),
    "boolean": st.sampled_from(["-", "true", "false", "not(true)", "!= true", "true, false"]),
}


@st.composite
def _column(draw: st.DrawFn, index: int) -> DraftInput:
    tipo: Any = draw(st.sampled_from(["number", "integer", "string", "boolean"]))
    limits: dict[str, Any] = {}
    if tipo in ("number", "integer"):
        limits = draw(
            st.sampled_from(
                [
                    {},
                    {"minimo": Decimal(0)},
                    {"minimo": Decimal(-1), "maximo": Decimal(3)},
                    {"valores": (Decimal(0), Decimal(1), Decimal(2))},
                    {"permitido": "> -1, < -1.5"},
                ]
            )
        )
    if tipo == "string":
        limits = draw(st.sampled_from([{}, {"valores": tuple(TEXTS)}, {"permitido": 'not("b")'}]))
    name = ["peso total", "é vip?".replace("?", ""), "c-3", "min"][index]
    return DraftInput(name, tipo, opcional=draw(st.booleans()), **limits)


def _results(columns: list[DraftInput], tipo: str) -> st.SearchStrategy[str]:
    numbers = [column for column in columns if column.tipo in ("number", "integer")]
    flags = [column for column in columns if column.tipo == "boolean"]
    texts = [column for column in columns if column.tipo == "string"]
    if tipo == "string":
        options = ['"x"', '"y"', "null", 'if 1 > 2 then "x" else "y"']
        options += [f'if {column.nome} then "x" else "y"' for column in flags]
        options += [f'if {column.nome} = "a" or {column.nome} = null then "x" else null' for column in texts]
        return st.sampled_from(options)
    if tipo == "boolean":
        options = ["true", "false", "null", "not(true)"]
        for column in numbers:
            name = column.nome
            options += [f"{name} > 1", f"{name} < 1 or {name} / 0 = 1", f"{name} between 0 and 2"]
            options += [f"not({name} > 1 and 1 / {name} > 0)", f"({name} + 1) in ([0..1], 3, > 3)"]
        return st.sampled_from(options)
    options = ["1", "2.50", "-3", "1 / 3", "null", "2 ** 0.5"]
    for column in numbers:
        name = column.nome
        options += [
            f"{name} * 2 + 1",
            f"10 - ({name} - 1) * 3",
            f"1 / {name}",
            f"{name} ** {name}",
            f"-{name}",
        ]
        options += [f"max({name}, 1)", f"min([{name}, 1 / {name}])", f"sum({name}, 1)", f"mean({name}, 1)"]
        options += [
            f"decimal({name} / 3, 2)",
            f"round half up({name}, 0)",
            f"floor({name}) - ceiling({name})",
        ]
        options += [f"abs({name})", f"count([{name}, 1])", f"if {name} > 1 then {name} else 0 - {name}"]
    options += [f"string length({column.nome})" for column in texts]
    return st.sampled_from(options)


@st.composite
def tables(draw: st.DrawFn, *, plain_rules: bool = False) -> Table:
    """A table of up to three inputs and five rules, of any hit policy."""
    columns = [draw(_column(index)) for index in range(draw(st.integers(1, 3)))]
    hit = draw(st.sampled_from(list(HitPolicy)))
    aggregation = draw(st.sampled_from([None, *Aggregation])) if hit is HitPolicy.COLLECT else None
    kinds: list[Any] = (
        ["number"]
        if aggregation
        else draw(st.lists(st.sampled_from(["number", "string", "boolean"]), min_size=1, max_size=2))
    )
    if hit.needs_order:
        kinds[0] = "string"
    outputs = []
    for index, kind in enumerate(kinds):
        allowed = ("y", "x") if kind == "string" and (hit.needs_order or draw(st.booleans())) else ()
        default = (
            {"number": "7", "string": '"x"', "boolean": "true"}[kind]
            if draw(st.integers(0, 3)) == 0
            else None
        )
        outputs.append(DraftOutput(f"r {index}", kind, allowed, None if aggregation else default))
    rules = []
    for _ in range(draw(st.integers(1, 5))):
        cells = [draw(_CELLS[column.tipo]) for column in columns]
        results = [draw(_results([] if plain_rules else columns, kind)) for kind in kinds]
        rules.append(DraftRule(tuple(cells), tuple(results), draw(st.sampled_from(["", "nota"]))))
    return build(Draft("tabela de teste", columns, outputs, rules, hit, aggregation))


def probes(table: Table) -> st.SearchStrategy[dict[str, Any]]:
    """Inputs for a table: allowed ones, others, wrong types, and sometimes none at all."""
    values: dict[str, st.SearchStrategy[Any]] = {
        "number": st.sampled_from([*PROBES, 1, 0, 0.5]),
        "integer": st.sampled_from([*PROBES, 1, 0, 2]),
        "string": st.sampled_from(ALL_TEXTS),
        "boolean": st.booleans(),
    }
    wild = st.sampled_from([None, True, "a", Decimal("NaN"), float("inf"), Decimal("1E+7000"), [1]])
    each = {
        column.nome: st.one_of(values[column.tipo], values[column.tipo], values[column.tipo], wild)
        for column in table.entradas
    }
    return st.fixed_dictionaries(each, optional={"sobra": st.just(1)})
