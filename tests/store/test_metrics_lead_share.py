"""What share of lead time waits for answers: by hand, as a property, and carried from commit to commit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flow_facts import at, bug, decision, execution, facts, query
from hypothesis import given, settings
from hypothesis import strategies as st

from store.metrics.facts import Decision, Execution
from store.metrics.keeping import AT, Changed, Keeping
from store.metrics.lead_share import ALL, lead_shares


def test_what_waited_within_the_lead_time_of_concluded_developments_counts_once() -> None:
    runs = [
        execution(1, at(10), spec_criada=at(0)),
        execution(2, at(20), spec_criada=at(10), saga_id="saga-2"),
        execution(3, at(10), spec_criada=at(0), saga_id="saga-3", status="rejeitado"),
        execution(4, at(10), spec_criada=at(0), saga_id="saga-4", bug=bug(at(1))),
        execution(5, at(10), spec_criada=None, saga_id="saga-5"),
        execution(6, at(40), spec_criada=at(30), saga_id="saga-6"),
    ]
    answers = [
        decision(1, at(2), 24),
        decision(2, at(3), 48, tipo="aprovar_release"),  # a day of it beside the first one
        decision(3, at(11), 48, tipo="validar_implantacao"),  # a day of it after the end
        decision(4, at(5), 24, saga_id="saga-3"),
        decision(5, at(5), 24, saga_id="saga-4"),
        decision(6, at(5), 24, politica="rule"),
        decision(7, at(19), 24, saga_id="saga-2"),
        decision(8, at(9), 24, tipo="resolver_falha"),
    ]
    found = lead_shares(facts(execucoes=runs, decisoes=answers), query(28))
    assert found.n == 2
    assert found.of_type == {
        ALL: pytest.approx(4 / 20),
        "aprovar_orcamento": pytest.approx(2 / 20),
        "aprovar_release": pytest.approx(2 / 20),
        "validar_implantacao": pytest.approx(1 / 20),
        "decidir_pull": 0,
    }


def test_without_a_concluded_development_there_is_no_share() -> None:
    found = lead_shares(facts(decisoes=[decision(1, at(2), 24)]), query(28))
    assert (found.n, set(found.of_type.values())) == (0, {None})


SAGAS = st.sampled_from(("saga-1", "saga-2", ""))
MOMENTS = st.none() | st.integers(0, 30)


@st.composite
def developments(draw: st.DrawFn) -> dict[str, Execution]:
    found = {}
    for number in draw(st.sets(st.integers(1, 4))):
        begin, end = draw(MOMENTS), draw(MOMENTS)
        run = execution(
            number,
            None if end is None else at(end),
            spec_criada=None if begin is None else at(begin),
            saga_id=draw(SAGAS),
            status=draw(st.sampled_from(("concluido", "concluido", "falhou"))),
            bug=draw(st.sampled_from((None, None, bug()))),
        )
        found[run.id] = run
    return found


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Decision]:
    found = {}
    for number in draw(st.sets(st.integers(1, 6))):
        fields: dict[str, Any] = {
            "tipo": draw(st.sampled_from(("aprovar_orcamento", "aprovar_release", "outra"))),
            "saga_id": draw(SAGAS),
            "desfeita": draw(st.integers(0, 4)) == 0,
        }
        waited = draw(st.none() | st.floats(0, 900))
        each = decision(number, at(draw(st.floats(0, 35))), waited, **fields)
        found[each.id] = each
    return found


@settings(max_examples=50, deadline=None)
@given(developments(), developments(), answers(), answers())
def test_it_is_never_over_all_of_it_and_carried_as_of_the_facts_alone(
    runs: dict[str, Execution],
    other_runs: dict[str, Execution],
    some: dict[str, Decision],
    others: dict[str, Decision],
) -> None:
    keeping = Keeping()
    before: dict[str, dict[str, Any]] = {"execucoes": {}, "decisoes": {}}
    first: dict[str, dict[str, Any]] = {"execucoes": runs, "decisoes": some}
    then: dict[str, dict[str, Any]] = {"execucoes": other_runs, "decisoes": others}
    for known in (first, then):
        for campo, now in known.items():
            was = before[campo]
            keeping.changes += [Changed(campo, was.get(name), now.get(name)) for name in sorted({*was, *now})]
        alone = facts(**{campo: now.values() for campo, now in known.items()})
        carried = replace(alone, indices={AT: (keeping, keeping.count)})
        for asked in (query(28), query(28, since=9)):
            found = lead_shares(carried, asked)
            assert found == lead_shares(alone, asked)
            shares = [each for each in found.of_type.values() if each is not None]
            assert all(0 <= each <= 1 for each in shares)
            assert len(shares) in (0, len(found.of_type))
            assert not shares or max(shares) == found.of_type[ALL]
        before = known
