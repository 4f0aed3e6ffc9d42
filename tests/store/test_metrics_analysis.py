"""The analyser: where time waits, what changed beyond noise, and what is recommended on which evidence."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Any

import pytest
from flow_facts import HOUR, at, blocked, bug, cost, decision, execution, facts, figure, item, part, query
from hypothesis import given, settings
from hypothesis import strategies as st

from store.metrics.analise import page
from store.metrics.bottlenecks import Place, grouped, waiting, waits
from store.metrics.changes import Change, compare, compare_shares
from store.metrics.facts import Execution, Facts, Item, LineSpan, Pair, Phases, Run, Sample, Try
from store.metrics.families import FAMILIES
from store.metrics.model import Page
from store.metrics.waiting import STATES
from store.metrics.wording import hours

# What changed


def lognormal(n: int, seed: object, factor: float = 1.0, spread: float = 0.7) -> list[float]:
    rng = random.Random(str(seed))
    return [factor * rng.lognormvariate(0, spread) for _ in range(n)]


def test_noise_triggers_nothing() -> None:
    alarms = sum(
        compare(lognormal(n, ("a", n, seed)), lognormal(n, ("b", n, seed))).veredito != "same"
        for n in (10, 25, 60)
        for seed in range(200)
    )
    assert alarms <= 3, "600 comparisons of the same with the same"
    rng = random.Random(3)
    shares = [(sum(rng.random() < 0.8 for _ in range(40)), 40) for _ in range(400)]
    verdicts = [compare_shares(*pair).veredito for pair in zip(shares[::2], shares[1::2], strict=True)]
    assert verdicts.count("same") == 200


def test_a_doubling_is_seen_with_enough_documents() -> None:
    before, now = lognormal(60, 1), lognormal(60, 2, 2.5)
    found = compare(before, now)
    assert found.veredito == "worse"
    assert found.fator == pytest.approx(2.5, rel=0.5)
    assert compare(now, before).veredito == "better"
    assert compare(before, now, lower_is_better=False).veredito == "better"
    assert compare(before[:9], now).veredito == "few"
    assert compare([], []) == Change(None, None, 0, 0, "few")


def test_what_is_certain_but_small_or_large_but_uncertain_is_no_change() -> None:
    assert compare([10.0] * 30, [11.0] * 30).veredito == "same", "a tenth"
    assert compare([10.0] * 30, [12.0] * 30).veredito == "worse"
    assert compare(lognormal(10, 5, 1, 2), lognormal(10, 6, 1.6, 2)).veredito == "same"
    assert compare([0.0] * 12, [0.0] * 12).veredito == "same"
    assert compare([0.0] * 12, [5.0] * 12).veredito == "worse", "from nothing to something"
    assert Change(0.0, 5.0, 12, 12, "worse").fator is None


def test_shares_change_where_their_intervals_part() -> None:
    assert compare_shares((95, 100), (60, 100)).veredito == "worse"
    assert compare_shares((60, 100), (95, 100)).veredito == "better"
    assert compare_shares((2, 100), (40, 100), lower_is_better=True).veredito == "worse"
    assert compare_shares((9, 10), (6, 10)).veredito == "same"
    assert compare_shares((9, 9), (6, 10)).veredito == "few"
    assert compare_shares((9_990, 10_000), (9_900, 10_000)).veredito == "same", "certain, but one point"


# Where time waits


def line() -> list[Item]:
    """Six items blocked for 10 h, then queued for 2 h and worked on for 1 h; a question that waits 30 h."""
    made = []
    for number in range(6):
        begun = at(1 + number)
        made.append(
            item(
                number,
                begun,
                started=begun + 12 * HOUR,
                done=begun + 13 * HOUR,
                bloqueios=(blocked(begun, begun + 10 * HOUR),),
            )
        )
    made.append(item(50, at(2), done=at(3, 6), humano=True, tipo="aprovar_orcamento", ator="MS_Produto"))
    return made


def test_time_is_added_up_by_state_actor_and_type() -> None:
    found = waits(facts(itens=line()), query(14))
    hours = {place: wait.segundos / HOUR for place, wait in found.items()}
    assert hours == {
        Place("ativo", "PROMETHEUS", "desenvolvimento"): pytest.approx(6),
        Place("bloqueado", "PROMETHEUS", "desenvolvimento"): pytest.approx(60),
        Place("fila", "PROMETHEUS", "desenvolvimento"): pytest.approx(12),
        Place("decisao", "MS_Produto", "aprovar_orcamento"): pytest.approx(30),
    }
    assert [place.estado for place in waiting(found)] == ["bloqueado", "decisao", "fila"]
    by_actor = {name: wait.segundos / HOUR for name, wait in grouped(waiting(found), "ator").items()}
    assert by_actor == {"PROMETHEUS": pytest.approx(72), "MS_Produto": pytest.approx(30)}


def test_items_that_wait_in_several_states_are_counted_once_the_longest_wait_first() -> None:
    begun = at(10)  # of the bucket that is not over, and of one that is
    found = waits(facts(itens=[*line(), item(9, begun, bloqueios=(blocked(begun, at(11)),))]), query(14))
    machines = grouped(waiting(found), "ator")["PROMETHEUS"]
    assert machines.n == 7
    assert machines.ids[0] == "BKL-0009"
    assert set(machines.ids[1:]) == {f"BKL-000{number}" for number in range(6)}
    blocked_ones = grouped(waiting(found), "estado")["bloqueado"]
    assert (blocked_ones.n, blocked_ones.ids[0]) == (7, "BKL-0009")
    with_work = grouped(found, "tipo")["desenvolvimento"]
    assert (with_work.n, len(with_work.ids)) == (7, 7)


def test_a_question_that_is_not_due_yet_is_no_bottleneck() -> None:
    asked = [
        item(n, at(0), tipo="avaliar_efetividade", humano=True, devido=at(7), agendado=True) for n in range(6)
    ]
    early = page(facts(itens=asked), query(6))
    assert figure(early, "espera").valor is None
    assert not any("waiting for a person" in each for each in early.notas)
    assert figure(page(facts(itens=asked), query(9)), "espera").valor == 6 * 2 * 24


def test_only_the_time_within_the_window_counts_open_items_too() -> None:
    old = item(1, at(0), bloqueios=(blocked(at(0), None),))
    found = waits(facts(itens=[old, *line()]), query(28, since=21))
    assert {place: wait.segundos / HOUR for place, wait in found.items()} == {
        Place("bloqueado", "PROMETHEUS", "desenvolvimento"): pytest.approx(7 * 24)
    }


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 20), st.floats(0, 20), st.booleans(), st.sampled_from(["a", "b"])), max_size=10
    )
)
def test_groups_and_buckets_sum_to_the_whole(some: list[tuple[float, float, bool, str]]) -> None:
    made = [
        item(n, at(begun), started=at(begun, 1), done=at(begun + took), humano=human, ator=actor)
        for n, (begun, took, human, actor) in enumerate(some)
    ]
    found = waits(facts(itens=made), query(45))
    whole = sum(wait.segundos for wait in found.values())
    assert whole == pytest.approx(sum(took for _, took, _, _ in some) * 24 * HOUR, abs=1e-3)
    assert whole == pytest.approx(sum(sum(wait.cortes.values()) for wait in found.values()), abs=1e-3)
    for by in ("estado", "ator", "tipo"):
        assert whole == pytest.approx(sum(wait.segundos for wait in grouped(found, by).values()), abs=1e-3)
    assert {place.estado for place in found} <= set(STATES)


# The page


def test_the_page_names_the_longest_waits_and_groups_them() -> None:
    found = page(facts(itens=line()), query(14, por="estado"))
    whole = figure(found, "espera")
    assert whole.valor == pytest.approx(102)
    assert part(whole, "at work") == pytest.approx(6)
    assert figure(found, "espera", "blocked").valor == pytest.approx(60)
    worst = figure(found, "gargalo_1")
    assert worst.nome == "desenvolvimento of PROMETHEUS, blocked"
    assert part(worst, "of all waiting") == pytest.approx(60 / 102)
    assert part(worst, "an item, mean") == pytest.approx(10)
    assert found.graficos[0].rotulos[0] == "desenvolvimento of PROMETHEUS, blocked"
    assert sum(sum(y or 0 for y in series.ys) for series in found.graficos[1].series) == pytest.approx(102)
    assert found.grupos == ("estado", "ator", "tipo")
    by_type = page(facts(itens=line()), query(14, por="tipo"))
    assert figure(by_type, "espera", "aprovar_orcamento").valor == pytest.approx(30)


def advised(found: Page, word: str) -> str:
    """The one recommendation with this word in it."""
    (text,) = [each for each in found.notas if word in each]
    return text


def test_times_in_sentences_are_told_in_the_unit_that_says_something() -> None:
    assert [hours(each) for each in (1_234.5, 0.1, 0.05, 0.001, 0)] == [
        "1.234,5 h",
        "0,1 h",
        "3 min",
        "3,6 s",
        "0 h",
    ]


def test_a_state_with_a_fifth_of_all_waiting_is_worth_a_word() -> None:
    found = page(facts(itens=line()), query(14))
    assert advised(found, "blocked") == (
        "59 % of all waiting is blocked: 60 h in 6 items, 100 % of it desenvolvimento of PROMETHEUS."
        " Press 4 and E for the root causes, or oficina items --status Bloqueado."
    )
    assert not [each for each in found.notas if "person" in each], "one item is too few"
    assert figure(found, "recomendacoes").valor == 1


def both_periods(slower: float) -> list[Execution]:
    """Twenty executions in each of two fortnights; those of the second take `slower` times as long."""
    rng, made = random.Random(2), []
    for number in range(40):
        factor = rng.lognormvariate(0, 0.3) * (slower if number >= 20 else 1)
        ended = at(14 * (number >= 20) + 0.5 + (number % 20) * 0.6)
        ratio = Phases(total=Pair(60 * factor, 60.0))
        made.append(
            execution(
                number,
                ended,
                spec_criada=ended - 10 * HOUR * factor,
                maquina_s=ratio,
                horas=ratio,
                tokens=Pair(1000 * factor, 1000.0),
                custo=cost(f"{10 * factor:.2f}"),
                primeira=number < 20 or number % 4 == 0,
                status="concluido" if number < 20 or number % 2 else "falhou",
                workers=(Run("WORKER_D", "D", None, None, factor, None, 1, None),),
            )
        )
    return made


def test_a_regression_is_a_figure_and_a_recommendation_with_its_numbers() -> None:
    world = facts(
        execucoes=[replace(each, status="concluido") for each in both_periods(4)],
        decisoes=[
            decision(number, at(14 * (number >= 20) + 0.5 + (number % 20) * 0.6), 1 + 9 * (number >= 20))
            for number in range(40)
        ],
    )
    found = page(world, query(28, since=14))
    for key in ("lead", "maquina", "pessoas", "tokens", "custo", "aprovacao_aprovar_orcamento"):
        changed = figure(found, f"mudanca_{key}")
        assert (changed.estado, changed.n, len(changed.itens)) == ("bad", 20, 20), key
        assert part(changed, "before") is not None
    assert figure(found, "mudanca_worker_WORKER_D").estado == "bad"
    assert figure(found, "mudanca_primeira").estado == "bad"
    text = advised(found, "Budget approval got worse")
    assert "10 h, was 1 h in the period before (n=20 and 20). Press 6" in text
    assert "oficina metrics fluxo" in text
    assert "25 %, was 100 %" in advised(found, "Passed at the first attempt got worse")
    assert "R$ " in advised(found, "Cost of an execution got worse")
    steady = page(facts(execucoes=both_periods(1)[:20]), query(28, since=14))
    assert figure(steady, "mudanca_lead").estado == "none", "nothing in this period"
    assert figure(steady, "mudanca_lead").vazio


def test_what_is_named_as_a_familys_figure_is_counted_as_that_is() -> None:
    again = (Run("WORKER_D", "D", None, None, 1.0, None, 2, None),)
    runs = [
        execution(n, at(1 + n / 10), primeira=n != 3, workers=again if n < 3 else (), status=status)
        for n, status in enumerate(["falhou", "rejeitado", "cancelado", *["concluido"] * 7])
    ]
    runs[9] = replace(runs[9], bug=bug(at(0)), spec_criada=at(-300))
    world, asked = facts(execucoes=runs), query(14)
    for key, familia, chave in (
        ("mudanca_primeira", "qualidade", "sucesso_primeira"),
        ("mudanca_concluidas", "kpis", "sucesso"),
    ):
        changed, told = figure(page(world, asked), key), figure(FAMILIES[familia].page(world, asked), chave)
        assert (changed.valor, changed.n, changed.nome) == (told.valor, told.n, told.nome)
    lead = figure(page(world, asked), "mudanca_lead")
    assert (lead.n, lead.nome) == (6, "From a spec to its development's end"), "without the repair"
    assert figure(page(world, asked), "mudanca_concluidas").itens == ("EXE-0000",)


def test_items_are_compared_by_type_and_actor() -> None:
    made = []
    for number in range(40):
        late = number >= 20
        begun = at(14 * late + 0.5 + (number % 20) * 0.6)
        waited = HOUR * (6 if late else 1)
        tried = (Try(begun, begun + HOUR, "falhou" if late and number % 2 else "concluido"),)
        made.append(
            item(
                number,
                begun - waited,
                started=begun,
                done=begun + (8 if late else 1) * HOUR,
                tentativas=tried,
            )
        )
    found = page(facts(itens=made), query(28, since=14))
    for key in ("ciclo_desenvolvimento", "fila_PROMETHEUS"):
        assert figure(found, f"mudanca_{key}").estado == "bad", key
    attempts = figure(found, "mudanca_tentativas_PROMETHEUS")
    assert (attempts.valor, attempts.n, attempts.estado) == (0.5, 20, "bad")
    assert advised(found, "between attempts").startswith("5")


def test_what_is_old_has_failed_grows_or_was_wasted_is_told_with_its_key() -> None:
    usual = [item(n, at(20), started=at(20), done=at(20, n)) for n in range(1, 9)]
    slow = item(90, at(1), started=at(2), status="EmProcessamento")
    failed = [item(91, at(3), done=at(4), status="Falhou"), item(92, at(3), done=at(4), status="Falhou")]
    flood = [item(200 + n, at(5 + n % 20)) for n in range(40)]
    spent = [
        execution(n, at(21), custo=cost("10.00"), status="falhou" if n < 3 else "concluido") for n in range(6)
    ]
    found = page(facts(itens=[*usual, slow, *failed, *flood], execucoes=spent), query(28))
    assert "One item under way is older than 85 % of their type get: BKL-0090" in advised(found, "under way")
    assert "2 items have failed for good. Press 9" in advised(found, "for good")
    assert "49 items in the last 27 days, 8 were done" in advised(found, "More comes than is done")
    assert advised(found, "came to nothing").startswith("50 % of what was spent came to nothing: R$ 30,00 of")


@pytest.mark.parametrize(
    ("ran", "advice"),
    [(7.0, "The line ran 21 % of that time: let it run"), (28.0, "Raise its `concorrencia`")],
)
def test_a_queue_that_waits_for_the_line_needs_no_more_hands(ran: float, advice: str) -> None:
    waiting = [item(number, at(1)) for number in range(8)]
    found = page(facts(itens=waiting, linhas=[LineSpan(at(0), at(ran), em_ordem=True)]), query(29, since=1))
    assert advice in advised(found, "is in the queue")


def off(count: int, spread: float) -> list[Execution]:
    """Estimates wrong by chance either way."""
    rng = random.Random(4)
    made = []
    for number in range(count):
        real = 60 * math.exp(rng.choice((-1, 1)) * spread)
        samples = (Sample("maquina", "WORKER_D/D", 60.0, real),)
        made.append(execution(number, at(0, 6 * number), amostras=samples))
    return made


def test_estimates_that_no_factor_mends_want_other_constants() -> None:
    text = advised(page(facts(execucoes=off(40, 1.0)), query(14)), "estimated wrong")
    assert text.startswith("Machine seconds are estimated wrong by × 2,72, and no factor mends it (n=40).")
    assert "pricing.yaml" in text
    calm = page(facts(execucoes=off(40, 0.1)), query(14))
    assert not [each for each in calm.notas if "estimated wrong" in each]


def test_without_evidence_nothing_is_recommended() -> None:
    found = page(Facts(), query(14))
    assert found.notas == ("Nothing to recommend: no condition of docs/metrics.md is met.",)
    assert figure(found, "espera").vazio
    assert figure(found, "recomendacoes").valor == 0
    assert all(each.vazio for each in found.graficos)
    assert page(facts(itens=line()), query(0)).figuras, "an empty window"


def test_no_figure_is_a_score() -> None:
    units: set[Any] = {each.unidade for each in page(facts(itens=line()), query(14)).figuras}
    assert units <= {"h", "s", "min", "×", "R$", "%", ""}
