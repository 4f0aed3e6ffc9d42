"""What each actor did and has before it: counted once, kept bounded, taken back with a decision."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from store.clock import add_seconds
from store.views.actors import KEPT, ActorFacts, ActorFold, actor_state
from store.views.fold import ReadFold
from store.views.model import ActorRow, BreakerRow, LineState

NOW = "2026-01-05T12:00:00.000000Z"
PROMETHEUS = ActorFacts("PROMETHEUS", "Builds.", (("desenvolvimento", "builtin"),), "padrao", 2)


def attempt(fim: float | None, fim_motivo: str = "concluido", **fields: Any) -> dict[str, Any]:
    """An attempt that began a second before it ended, `fim` seconds after NOW; None while it runs."""
    if fim is None:
        return {"inicio": NOW, "fim": "", "fim_motivo": None}
    times = {"inicio": add_seconds(NOW, fim - 1), "fim": add_seconds(NOW, fim)}
    return {**times, "fim_motivo": fim_motivo, **fields}


def item(number: int, status: str, *tentativas: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": f"BKL-{number:04d}",
        "tipo": "desenvolvimento",
        "titulo": "",
        "status": status,
        "ator": "PROMETHEUS",
        "tentativas": list(tentativas),
        **fields,
    }


def row(*items: dict[str, Any], facts: ActorFacts = PROMETHEUS) -> ActorRow:
    fold = ActorFold()
    for each in items:
        fold.put_item(each)
    return fold.rows([facts])[0]


def test_an_actor_s_numbers_come_from_its_items() -> None:
    found = row(
        item(1, "Concluido", attempt(1, "falhou", motivo="red"), attempt(9)),
        item(2, "EmProcessamento", attempt(2, "perdido"), attempt(None)),
        item(3, "Pendente", attempt(3, "devolvido")),
        item(4, "Pendente"),
        item(5, "Bloqueado"),
        item(6, "Falhou", attempt(4, "falhou")),
        item(7, "Pendente", ator="GENESIS"),
    )
    assert (found.na_fila, found.em_voo, found.bloqueados, found.mortas) == (2, 1, 1, 1)
    assert (found.concluidos, found.falhas, found.perdas) == (1, 2, 1)
    ends = [(each.item_id, each.numero, each.fim_motivo) for each in found.tentativas]
    assert ends == [
        ("BKL-0001", 2, "concluido"),
        ("BKL-0006", 1, "falhou"),
        ("BKL-0003", 1, "devolvido"),
        ("BKL-0002", 1, "perdido"),
        ("BKL-0001", 1, "falhou"),
    ]
    assert (found.tentativas[-1].motivo, found.tentativas[-1].titulo) == ("red", "desenvolvimento")
    assert (found.nome, found.concorrencia, found.tipos) == (
        "PROMETHEUS",
        2,
        (("desenvolvimento", "builtin"),),
    )


def test_an_item_is_counted_once_however_often_it_changes() -> None:
    once = item(1, "EmProcessamento", attempt(1, "falhou"), attempt(None))
    again = item(1, "Concluido", attempt(1, "falhou"), attempt(2))
    found = row(item(1, "Pendente"), once, once, again, again)
    assert (found.na_fila, found.em_voo, found.concluidos, found.falhas) == (0, 0, 1, 1)
    assert [each.numero for each in found.tentativas] == [2, 1]


def test_a_decision_that_is_taken_back_takes_its_attempt_along() -> None:
    fold = ActorFold()
    fold.put_item(item(1, "Concluido", attempt(1), attempt(2)))
    fold.put_item(item(2, "Concluido", attempt(3)))
    fold.put_item(item(1, "Pendente", attempt(1)))
    (found,) = fold.rows([PROMETHEUS])
    assert (found.concluidos, found.na_fila) == (2, 1)
    assert [(each.item_id, each.numero) for each in found.tentativas] == [("BKL-0002", 1), ("BKL-0001", 1)]
    fold.put_item(item(1, "Concluido", attempt(1), attempt(9)))
    assert [each.numero for each in fold.rows([PROMETHEUS])[0].tentativas] == [2, 1, 1]


@pytest.mark.parametrize("backwards", [False, True])
def test_the_newest_attempts_are_kept_in_whatever_order_they_are_read(backwards: bool) -> None:
    ages = [*range(KEPT, 2 * KEPT), *range(KEPT)] if backwards else list(range(2 * KEPT))
    found = row(*(item(number, "Concluido", attempt(age)) for number, age in enumerate(ages)))
    assert found.concluidos == 2 * KEPT
    assert [each.fim for each in found.tentativas] == [
        add_seconds(NOW, age) for age in range(2 * KEPT - 1, KEPT - 1, -1)
    ]


def test_what_is_archived_or_moves_to_another_actor_is_not_counted_any_more() -> None:
    fold = ActorFold()
    fold.put_item(item(1, "Concluido", attempt(1)))
    fold.put_item(item(2, "Pendente"))
    fold.drop_item("BKL-0001")
    fold.drop_item("BKL-0099")
    fold.put_item(item(2, "Pendente", ator="GENESIS"))
    mine, theirs = fold.rows([PROMETHEUS, ActorFacts("GENESIS")])
    assert (mine.concluidos, mine.na_fila, theirs.na_fila) == (0, 0, 1)


def test_breakers_that_have_something_to_say_are_the_actor_s() -> None:
    fold = ActorFold()
    fold.put_breaker("DIS-0001", {"performer": "PROMETHEUS/b/comando", "estado": "aberto", "falhas": 5,
                                  "aberto_em": NOW, "tenta_em": NOW, "motivo": "exit 127"})  # fmt: skip
    fold.put_breaker("DIS-0002", {"performer": "PROMETHEUS/a/builtin", "estado": "fechado", "falhas": 1})
    fold.put_breaker("DIS-0003", {"performer": "PROMETHEUS/c/builtin", "estado": "fechado", "falhas": 0})
    fold.put_breaker("DIS-0004", {"performer": "GENESIS/a/builtin", "estado": "aberto"})
    fold.put_breaker("DIS-0005", {})
    does = (("a", "builtin"), ("b", "comando"), ("c", "builtin"))
    (found,) = fold.rows([replace(PROMETHEUS, tipos=does)])
    assert [each.performer for each in found.disjuntores] == ["PROMETHEUS/a/builtin", "PROMETHEUS/b/comando"]
    assert found.disjuntores[1].motivo == "exit 127"
    assert found.estado == "open"


def test_the_breaker_of_a_performer_that_is_gone_says_nothing() -> None:
    fold = ActorFold()
    fold.put_breaker("DIS-0001", {"performer": "PROMETHEUS/desenvolvimento/comando", "estado": "aberto"})
    (found,) = fold.rows([PROMETHEUS])
    assert (found.disjuntores, found.estado) == ((), "idle")


def test_a_queue_is_what_its_actor_claims_and_the_rest_is_told_apart() -> None:
    items = (
        item(1, "Pendente", atualizado_em=NOW, disponivel_em=NOW),
        item(2, "Pendente", atualizado_em=NOW, disponivel_em=add_seconds(NOW, 60)),
        item(3, "Pendente", atualizado_em=NOW, disponivel_em=add_seconds(NOW, 5)),
        item(4, "Pendente", humano=True),
        item(5, "Pendente", humano=True, retido=True, disponivel_em=add_seconds(NOW, 5)),
    )
    found = row(*items)
    assert (found.na_fila, found.retidos, found.de_pessoa) == (3, 1, 1)
    assert found.mais_tarde == (add_seconds(NOW, 5), add_seconds(NOW, 60))
    person = row(*items, facts=replace(PROMETHEUS, onde="person"))
    assert (person.na_fila, person.mais_tarde, person.de_pessoa) == (1, (), 0)
    fold = ActorFold()
    for each in items:
        fold.put_item(each)
    fold.put_item(item(2, "EmProcessamento", attempt(None)))
    fold.drop_item("BKL-0003")
    (left,) = fold.rows([PROMETHEUS])
    assert (left.na_fila, left.mais_tarde) == (1, ())


@pytest.mark.parametrize(
    ("fields", "busy", "breaker", "state"),
    [
        ({}, 0, "", "idle"),
        ({}, 2, "meio_aberto", "working"),
        ({}, 2, "aberto", "open"),
        ({"pausado": True}, 2, "aberto", "paused"),
        ({"onde": "elsewhere", "pausado": True}, 2, "", "elsewhere"),
        ({"onde": "person"}, 1, "", "person"),
        ({"onde": "off"}, 0, "", "off"),
    ],
)
def test_an_actor_s_state_is_what_keeps_it_first(
    fields: dict[str, Any], busy: int, breaker: str, state: str
) -> None:
    breakers = [BreakerRow("A/b/c", breaker)] if breaker else []
    assert actor_state(ActorFacts("A", **fields), busy, breakers) == state


def test_a_model_keeps_its_actors_while_nothing_about_them_changes() -> None:
    fold = ReadFold()
    linha = LineState(modo="running", carregado=True)
    first = fold.publish(linha=linha, atores=[PROMETHEUS])
    same = fold.publish(linha=linha, atores=[replace(PROMETHEUS)])
    other = fold.publish(linha=linha, atores=[replace(PROMETHEUS, execucoes=1)])
    assert same.atores is first.atores
    assert other.atores[0].execucoes == 1
