"""Whatever is written into a spec, it ends in a spec or in lines for its author, never in a traceback."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spec_files import FRETE, PEDIDO, problems

BASES = [
    {**FRETE, "runtime": {"recursos": ["git"], "apis": {"x": 1}}, "depende_de": ["a"]},
    {
        **PEDIDO,
        "schema_tdd": {
            "classes": {"parcelas": [{"nome": "a", "valor": 1}]},
            "exemplos": [{"nome": "a", "entrada": {"cliente": "x"}}],
        },
    },
]
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", "-", "[", "> >", "a\tb", "#/x", "(", "E", "D", "P", "\u202e", "norte", "../x", "null"]
    ),
    st.lists(st.sampled_from([1, "a", None, []]), max_size=3),
    st.dictionaries(
        st.sampled_from(["nome", "tipo", "valor", "$ref", "zz"]), st.sampled_from([1, "a", []]), max_size=2
    ),
)


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a document that something else can be put into."""
    steps = list(data) if isinstance(data, dict) else list(range(len(data))) if isinstance(data, list) else []
    below = [place for step in steps for place in places(data[step], (*path, step))]
    return [*([path] if path else []), *below]


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_junk_anywhere_is_answered_in_lines(tmp_path: Path, data: st.DataObject) -> None:
    spec = copy.deepcopy(data.draw(st.sampled_from(BASES)))
    for _ in range(data.draw(st.integers(1, 2))):
        *parents, last = data.draw(st.sampled_from(places(spec)))
        holder: Any = spec
        for step in parents:
            holder = holder[step]
        if data.draw(st.booleans()) and isinstance(holder, dict):
            del holder[last]
        else:
            holder[last] = data.draw(JUNK)
    for line in problems(tmp_path, spec, {}, ["git"]):
        assert line.startswith("specs/spec.yaml")
