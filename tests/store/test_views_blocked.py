"""What blocked items wait for in the end: every kind of cause, shared gaps, circles, chains, many items."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from store.views.blocked import LOOKED_AT, YOU, Causes
from store.views.model import ItemRow, ReadModel, SpecRow

NOW = "2026-01-05T12:00:00.000000Z"
LATER = "2026-01-05T12:30:00.000000Z"


def row(number: int, tipo: str = "aprovar_orcamento", status: str = "Pendente", **fields: Any) -> ItemRow:
    defaults: dict[str, Any] = dict.fromkeys(("spec_ref", "disponivel_em", "iniciado_em"), "")
    defaults |= {"titulo": tipo, "prioridade": 0, "ator": "PROMETHEUS", "produtor": "x", "saga_id": "s"}
    defaults |= {"criado_em": NOW, "atualizado_em": NOW, "humano": False}
    return ItemRow(id=f"BKL-{number:04d}", tipo=tipo, status=status, **{**defaults, **fields})


def blocked(number: int, *espera_por: str, **fields: Any) -> ItemRow:
    return row(number, status="Bloqueado", espera_por=espera_por, bloqueado_em=NOW, **fields)


def model(*rows: ItemRow, specs: tuple[SpecRow, ...] = ()) -> ReadModel:
    return ReadModel(
        itens=rows,
        posicao={each.id: place for place, each in enumerate(rows)},
        bloqueados=tuple(each for each in rows if each.status == "Bloqueado"),
        specs=specs,
    )


def gap(number: int = 1, status: str = "Concluido", **fields: Any) -> ItemRow:
    return row(number, "entrevistar_dor", status, ator="GENESIS", recurso="chave", **fields)


def structuring(number: int = 2, **fields: Any) -> ItemRow:
    defaults = {"humano": True, "recurso": "chave", "gap_ref": "BKL-0001", "parte_de": "BKL-0001"}
    return row(number, "estruturar_produto", ator="MS_Produto", **{**defaults, **fields})


def test_a_gap_leads_to_the_question_that_it_became() -> None:
    causes = Causes(model(gap(), structuring(espera_desde=LATER), blocked(3, "BKL-0001")))
    assert causes.path("BKL-0003") == ("BKL-0003", "BKL-0001", "BKL-0002")
    root = causes.root("BKL-0003")
    assert root is not None
    assert (root.ref, root.quem, root.aberta, root.desde) == ("BKL-0002", YOU, True, LATER)
    assert root.row is not None
    assert root.row.recurso == "chave"


def test_a_capability_s_name_leads_to_its_gap_and_not_to_the_work_for_it() -> None:
    outer, inner = gap(), row(7, "entrevistar_dor", gap_ref="BKL-0001", recurso="sonda")
    causes = Causes(model(outer, structuring(), inner, blocked(3, "cap:chave", "cap:sonda", "cap:nada")))
    assert causes.children("BKL-0003") == ("cap:chave", "cap:sonda", "cap:nada")
    assert causes.children("cap:chave") == ("BKL-0001",)
    assert causes.children("cap:sonda") == ("BKL-0007",)
    assert causes.children("BKL-0001") == ("BKL-0002", "BKL-0007")
    nobody = causes.cause("cap:nada")
    assert (nobody.tipo, nobody.titulo, nobody.estado, nobody.quem) == ("capacidade", "nada", "missing", "")


def test_a_gap_whose_work_has_ended_waits_for_its_probe() -> None:
    waiting = blocked(3, "BKL-0001")
    causes = Causes(model(gap(), structuring(status="Concluido"), waiting))
    assert causes.children("BKL-0001") == ()
    assert causes.cause("BKL-0001").estado == "missing"
    asked = Causes(model(gap(), blocked(3, "BKL-0001", "cap:x", verificando=True)))
    assert [asked.cause(ref).estado for ref in ("BKL-0001", "cap:x", "BKL-0003")] == ["verifying"] * 3
    assert asked.cause("cap:chave").estado == "missing"


def test_a_spec_that_brings_a_capability_is_behind_its_gap() -> None:
    building = row(5, "desenvolvimento", "EmProcessamento", iniciado_em=LATER)
    spec = SpecRow("chaveiro", "Chaveiro", 1, "desenvolvimento", "BKL-0005", fornece=("chave",))
    causes = Causes(model(gap(), blocked(3, "BKL-0001"), building, specs=(spec,)))
    assert causes.path("BKL-0003") == ("BKL-0003", "BKL-0001", "spec:chaveiro", "BKL-0005")
    assert causes.children("cap:chave") == ("BKL-0001", "spec:chaveiro")
    under_way, root = causes.cause("spec:chaveiro"), causes.root("BKL-0003")
    assert (under_way.estado, under_way.titulo, under_way.desde) == ("under way", "Chaveiro", LATER)
    assert root is not None
    assert (root.estado, root.quem, root.aberta) == ("EmProcessamento", "PROMETHEUS", False)


def test_a_spec_that_is_not_there_or_does_not_go_on() -> None:
    spec = SpecRow("frete", "Frete", 1, "aprovar_orcamento", "BKL-0005")
    ended = row(5, status="Cancelado", atualizado_em=LATER)
    causes = Causes(model(blocked(3, "spec:frete", "spec:nada"), ended, specs=(spec,)))
    stopped, unknown = causes.cause("spec:frete"), causes.cause("spec:nada")
    assert (stopped.estado, stopped.quem, stopped.desde) == ("missing", "", LATER)
    assert (unknown.estado, unknown.quem, unknown.titulo) == ("unknown", YOU, "nada")
    assert causes.children("spec:frete") == causes.children("spec:nada") == ()


def test_a_dead_letter_leads_to_the_question_about_it() -> None:
    failed = row(4, "desenvolvimento", "Falhou", atualizado_em=LATER)
    asks = row(5, "resolver_falha", humano=True, alvo="BKL-0004")
    causes = Causes(model(blocked(3, "BKL-0004"), failed, asks))
    assert causes.path("BKL-0003") == ("BKL-0003", "BKL-0004", "BKL-0005")
    dead = causes.cause("BKL-0004")
    assert (dead.estado, dead.quem, dead.desde) == ("Falhou", "", LATER)
    alone = Causes(model(blocked(3, "BKL-0004"), failed)).root("BKL-0003")
    assert alone is not None
    assert (alone.ref, alone.quem) == ("BKL-0004", "")


def test_a_broken_dependency_is_asked_about_on_the_item_that_waits() -> None:
    asks = row(5, "resolver_dependencia", humano=True, alvo="BKL-0003")
    causes = Causes(model(blocked(3, "BKL-0009"), asks, row(9, status="Cancelado")))
    assert causes.children("BKL-0003") == ("BKL-0005", "BKL-0009")
    root = causes.root("BKL-0003")
    assert root is not None
    assert root.ref == "BKL-0005"


def test_an_end_waits_for_its_parts() -> None:
    parent, part = row(1, status="Concluido"), row(2, parte_de="BKL-0001")
    causes = Causes(model(parent, part, row(3), blocked(4, "BKL-0001")))
    assert causes.path("BKL-0004") == ("BKL-0004", "BKL-0001", "BKL-0002")
    queued = causes.root("BKL-0004")
    assert queued is not None
    assert (queued.estado, queued.quem, queued.desde) == ("Pendente", "PROMETHEUS", NOW)


def test_what_somebody_goes_on_with_is_told_before_what_nobody_does() -> None:
    ended, queued = row(1, status="Cancelado"), row(2)
    root = Causes(model(ended, queued, blocked(3, "BKL-0001", "BKL-0002"))).root("BKL-0003")
    assert root is not None
    assert root.ref == "BKL-0002"


def test_of_several_questions_the_nearest_is_the_root() -> None:
    near, far = row(1, humano=True), structuring(6, gap_ref="BKL-0005", parte_de="")
    causes = Causes(model(near, gap(5), far, blocked(3, "BKL-0005", "BKL-0001")))
    assert causes.path("BKL-0003") == ("BKL-0003", "BKL-0001")


def test_a_reference_that_is_no_item_any_more() -> None:
    cause = Causes(model()).cause("BKL-0099")
    assert (cause.tipo, cause.estado, cause.row, cause.aberta) == ("item", "unknown", None, False)
    assert Causes(model()).children("BKL-0099") == ()


def test_circles_have_no_root_and_end_nowhere() -> None:
    causes = Causes(model(blocked(1, "BKL-0002"), blocked(2, "BKL-0001"), blocked(3, "BKL-0003")))
    assert causes.path("BKL-0001") == ()
    assert causes.root("BKL-0001") is causes.root("BKL-0003") is None
    assert causes.children("BKL-0003") == ("BKL-0003",)
    assert causes.turns(causes._model.bloqueados) == Counter({"": 3})


def test_a_chain_of_a_thousand_is_followed_to_its_end() -> None:
    chain = [blocked(number, f"BKL-{number + 1:04d}") for number in range(1, 1001)]
    causes = Causes(model(*chain, row(1001, humano=True)))
    assert len(causes.path("BKL-0001")) == 1001
    root = causes.root("BKL-0001")
    assert root is not None
    assert root.ref == "BKL-1001"
    longer = [blocked(number, f"BKL-{number + 1:04d}") for number in range(1, LOOKED_AT + 10)]
    assert Causes(model(*longer, row(LOOKED_AT + 10))).root("BKL-0001") is None


def test_ten_thousand_items_behind_one_gap_are_counted_at_once() -> None:
    rows = [blocked(number, "BKL-0001") for number in range(3, 10_003)]
    whole = model(gap(), structuring(), *rows, blocked(20_000, "BKL-0001", "BKL-0999x"))
    started = time.process_time()
    causes = Causes(whole)
    turns = causes.turns(whole.bloqueados)
    assert time.process_time() - started < 10
    assert turns == Counter({YOU: 10_001})
    assert len(causes._paths) == 2


def test_a_question_about_one_of_many_alike_is_its_own() -> None:
    asks = row(5, "resolver_dependencia", humano=True, alvo="BKL-0003")
    whole = model(row(1), blocked(3, "BKL-0001"), blocked(4, "BKL-0001"), asks)
    assert Causes(whole).turns(whole.bloqueados) == Counter({YOU: 1, "PROMETHEUS": 1})
