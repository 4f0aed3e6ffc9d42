"""Rows of items as the lists of trouble need them, and the lists that a model keeps of them."""

from __future__ import annotations

from typing import Any

from store.database import Commit
from store.views.actors import ActorFacts
from store.views.fold import ReadFold
from store.views.model import LineState, ReadModel
from store.views.rows import item_row

NOW = "2026-01-05T12:00:00.000000Z"
BEFORE = "2026-01-05T11:00:00.000000Z"


def item(number: int, status: str, **fields: Any) -> dict[str, Any]:
    return {"id": f"BKL-{number:04d}", "tipo": "t", "status": status, "criado_em": NOW, **fields}


def blocked(number: int, **fields: Any) -> dict[str, Any]:
    states = {"BKL-0001": {"estado": "quebrada"}, "cap:x": {"estado": "aberta"}}
    return item(number, "Bloqueado", depende_de=list(states), dependencias=states, **fields)


def folded(*items: dict[str, Any], **put: Any) -> ReadModel:
    fold = ReadFold()
    documents = {name: {each["id"]: each for each in found} for name, found in put.items()}
    documents["backlog_items"] = {each["id"]: each for each in items}
    fold.apply(Commit(seq=1, ts=NOW, by="t", put=documents, deleted={}, events=[]))
    return fold.publish(linha=LineState())


def test_a_blocked_item_tells_its_episode_and_what_is_broken() -> None:
    episodes = [{"bloqueado_em": "x"}, {"bloqueado_em": BEFORE, "verificando": True}]
    row = item_row(blocked(1, bloqueios=episodes))
    assert (row.bloqueado_em, row.verificando, row.quebradas) == (BEFORE, True, ("BKL-0001",))
    free = item_row({**blocked(1, bloqueios=episodes), "status": "Pendente"})
    assert (free.bloqueado_em, free.verificando, free.quebradas) == ("", False, ())
    assert item_row(blocked(1)).bloqueado_em == ""


def test_what_belongs_to_another_item_names_it() -> None:
    contexto = {"item_ref": "BKL-0009", "recurso": "gpu"}
    row = item_row(item(1, "Pendente", contexto=contexto, pai="BKL-0003", parte=True, gap_ref="BKL-0004"))
    assert (row.alvo, row.recurso, row.parte_de, row.gap_ref) == ("BKL-0009", "gpu", "BKL-0003", "BKL-0004")
    assert item_row(item(1, "Pendente", pai="BKL-0003")).parte_de == ""
    failed = item_row(item(1, "Falhou", motivo="red", falhas=3))
    assert (failed.motivo, failed.falhas) == ("red", 3)


def test_what_is_blocked_comes_longest_first() -> None:
    late = blocked(1, bloqueios=[{"bloqueado_em": NOW}], atualizado_em=BEFORE)
    early = blocked(2, bloqueios=[{"bloqueado_em": BEFORE}], atualizado_em=NOW)
    assert [row.id for row in folded(late, early).bloqueados] == ["BKL-0002", "BKL-0001"]


def test_what_failed_and_is_tried_again_comes_soonest_first() -> None:
    model = folded(
        item(1, "Pendente", falhas=1, disponivel_em="2026-01-05T12:09:00.000000Z"),
        item(2, "Pendente", falhas=2, disponivel_em="2026-01-05T12:01:00.000000Z"),
        item(3, "Pendente"),
        item(4, "Falhou", falhas=4),
        item(5, "Pendente", falhas=1, humano=True),
    )
    assert [row.id for row in model.recuos] == ["BKL-0002", "BKL-0001"]


def test_a_spec_tells_what_it_brings() -> None:
    versions = [
        {"id": "SPC-0002", "spec_ref": "a", "versao": 2, "titulo": "A", "fornece": ["gpu"]},
        {"id": "SPC-0001", "spec_ref": "a", "versao": 1, "titulo": "old", "fornece": ["cpu"]},
        {"id": "SPC-0003", "spec_ref": "b", "versao": 1},
    ]
    brought = {spec.spec_ref: spec.fornece for spec in folded(specs=versions).specs}
    assert brought == {"a": ("gpu",), "b": ()}


def test_an_item_in_process_began_with_the_attempt_that_runs() -> None:
    tries = [{"inicio": BEFORE, "fim": BEFORE}, {"inicio": NOW, "fim": ""}]
    began = {"iniciado_em": BEFORE, "tentativas": tries}
    assert item_row(item(1, "EmProcessamento", **began)).iniciado_em == NOW
    assert item_row(item(1, "Pendente", **began)).iniciado_em == BEFORE
    assert item_row(item(1, "EmProcessamento", iniciado_em=BEFORE)).iniciado_em == BEFORE


def test_a_breaker_reaches_its_actor_s_row() -> None:
    fold = ReadFold()
    breaker = {"id": "DIS-0001", "performer": "Eco/eco/comando", "estado": "aberto", "falhas": 5}
    put = {"disjuntores": {"DIS-0001": breaker}}
    fold.apply(Commit(seq=1, ts=NOW, by="t", put=put, deleted={}, events=[]))
    (row,) = fold.publish(linha=LineState(), atores=[ActorFacts("Eco", tipos=(("eco", "comando"),))]).atores
    assert (row.estado, row.disjuntores[0].falhas) == ("open", 5)


def test_what_is_held_says_why_and_is_counted_apart() -> None:
    left = {"por": "ana", "em": BEFORE}
    child = {"retido": True, "filho_de": "S022/T01"}
    kept = item(1, "Pendente", **child, deixado=left, humano=True)
    documents = [kept, item(2, "Bloqueado", **child), item(3, "Cancelado", **child), item(4, "Pendente")]
    rows = [item_row(each) for each in documents]
    assert [row.estado for row in rows] == ["held", "Bloqueado", "Cancelado", "Pendente"]
    assert [row.retido for row in rows] == [
        "left in the backlog by ana on 2026-01-05 11:00 UTC: pull it into a sprint to have it done",
        "it came up in S022/T01, and no sprint has pulled it",
        "",
        "",
    ]
    assert rows[0].humano is False, "it asks nobody"
    assert item_row({**kept, "tarefa": "S022/T02"}).retido == "its task S022/T02 is not started"
    assert item_row({**kept, "filho_de": None, "deixado": None}).retido == "it is held"
    assert folded(*documents).por_status == {"held": 1, "Bloqueado": 1, "Cancelado": 1, "Pendente": 1}
