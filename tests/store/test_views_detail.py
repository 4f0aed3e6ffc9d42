"""The detail of an item: what it gathers from the store, and from content-addressed objects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.clock import FakeClock
from store.database import Database
from store.errors import WrongInput
from store.views.detail import detail
from store.views.difference import LINES
from store.views.model import ItemDetail, Option

NOW = "2026-01-05T12:00:00.000000Z"
ANSWERS = (Option("aprovar", "y", "approve", "development starts now"),)


class Contract:
    def model_dump(self, *, mode: str = "python") -> dict[str, Any]:
        return {"descricao": "a contract", "mode": mode}


class Contracts:
    def of(self, item: dict[str, Any]) -> Contract:
        return Contract()


class Objects:
    """Content by name instead of by hash."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    def read(self, sha256: str, limit: int | None = None) -> bytes:
        if sha256 not in self.content:
            raise FileNotFoundError(2, "No such file", sha256)
        return self.content[sha256][:limit]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(tmp_path / "store", by="test:1", clock=FakeClock(NOW), durable=False)
    yield database
    database.close()


@pytest.fixture
def objects() -> Objects:
    return Objects()


def store(db: Database, collection: str, **fields: Any) -> str:
    with db.transaction() as tx:
        return tx.insert(collection, fields)


def put_item(db: Database, tipo: str = "aprovar_orcamento", **fields: Any) -> str:
    known = {"tipo": tipo, "titulo": "Frete", "status": "Pendente", "humano": True, "criado_em": NOW}
    return store(
        db, "backlog_items", **{**known, "saga_id": "s1", "contexto": {}, "tentativas": [], **fields}
    )


def put_spec(db: Database, version: int, **fields: Any) -> str:
    known = {
        "spec_ref": "frete",
        "versao": version,
        "titulo": "Frete",
        "arquivos": {"frete.yaml": f"v{version}"},
    }
    return store(db, "specs", **{**known, **fields})


def read(db: Database, objects: Objects, item_id: str, **more: Any) -> ItemDetail:
    return detail(db, Contracts(), objects, item_id, opcoes=lambda item: ANSWERS, **more)


def test_an_unknown_id_is_wrong_input(db: Database, objects: Objects) -> None:
    with pytest.raises(WrongInput, match="there is no item BKL-9999"):
        read(db, objects, "BKL-9999")


def test_a_bare_item_has_little_but_breaks_nothing(db: Database, objects: Objects) -> None:
    found = read(db, objects, put_item(db, saga_id=""))
    assert found.item["tipo"] == "aprovar_orcamento"
    assert [entry["id"] for entry in found.saga] == [found.item["id"]]
    assert (found.spec, found.recursos, found.execucao, found.release, found.implantacao) == (None,) * 5
    assert (found.artefatos, found.saida, found.dependencias) == ([], (), [])
    assert found.contrato == {"descricao": "a contract", "mode": "json"}
    assert found.opcoes == ANSWERS


def test_the_saga_its_decisions_and_the_items_events_come_in_order(db: Database, objects: Objects) -> None:
    first = put_item(db, "orcar_spec")
    asked = put_item(db, items_gerados=[first, "BKL-7777"])
    put_item(db, saga_id="other")
    store(
        db,
        "decisoes",
        saga_id="s1",
        item_ref=asked,
        opcao="b",
        em="2026-01-05T12:00:09.000000Z",
        desfaz={"a": 1},
    )
    store(db, "decisoes", saga_id="s1", item_ref=first, opcao="a", em=NOW)
    with db.transaction() as tx:
        tx.event({"tipo": "item.criado", "item_id": asked})
        tx.event({"tipo": "item.criado", "item_id": first})
        tx.event({"tipo": "item.transicao", "item_id": asked})
    found = read(db, objects, asked)
    assert [entry["id"] for entry in found.saga] == [first, asked]
    assert [entry["opcao"] for entry in found.decisoes] == ["a", "b"]
    assert "desfaz" not in found.decisoes[1]
    assert [event["tipo"] for event in found.eventos] == ["item.criado", "item.transicao"]
    assert [entry["id"] for entry in found.gerados] == [first]


def test_the_version_asked_about_and_what_changed_since_the_question_before(
    db: Database, objects: Objects
) -> None:
    objects.content = {"v1": b"a: 1\nb: 2\n", "v3": b"a: 1\nb: 3\n", "new": b"x\n"}
    put_spec(db, 1)
    put_spec(db, 2)
    put_spec(db, 3, arquivos={"frete.yaml": "v3", "more.json": "new"})
    put_item(db, spec_ref="frete", spec_versao=1, status="Concluido")
    put_item(db, "orcar_spec", spec_ref="frete", spec_versao=2)
    found = read(db, objects, put_item(db, spec_ref="frete", spec_versao=3))
    assert found.spec is not None
    assert found.spec_anterior is not None
    assert (found.spec["versao"], found.spec_anterior["versao"]) == (3, 1)
    assert "-b: 2" in found.diferenca
    assert "+b: 3" in found.diferenca
    assert "+x" in found.diferenca
    assert [entry["nome"] for entry in found.artefatos] == ["frete.yaml", "more.json"]


def test_without_an_earlier_question_the_version_before_is_compared(db: Database, objects: Objects) -> None:
    put_spec(db, 1)
    put_spec(db, 2)
    found = read(db, objects, put_item(db, contexto={"spec_ref": "frete"}))
    assert found.spec_anterior is not None
    assert found.spec_anterior["versao"] == 1
    assert any("cannot be read" in line for line in found.diferenca)


def test_a_great_difference_is_cut(db: Database, objects: Objects) -> None:
    objects.content = {"v1": b"a\n" * 9000, "v2": b"b\n" * 9000}
    put_spec(db, 1)
    put_spec(db, 2)
    found = read(db, objects, put_item(db, spec_ref="frete", spec_versao=2))
    assert len(found.diferenca) == LINES + 1
    assert found.diferenca[-1].startswith("… more than")


def test_price_release_and_deployment_follow_the_item_s_references(db: Database, objects: Objects) -> None:
    put_spec(db, 1)
    store(db, "specs_recursos", spec_ref="frete", spec_versao=1)
    price = store(db, "specs_recursos", spec_ref="frete", spec_versao=1)
    execution = store(db, "execucoes", spec_ref="frete", spec_recursos_ref=price)
    release = store(db, "releases", execucao_ref=execution, arquivos={"a.py": {"sha256": "aa", "tamanho": 3}})
    deployed = store(db, "implantacoes", release_ref=release)
    by_release = read(db, objects, put_item(db, spec_ref="frete", contexto={"release_ref": release}))
    by_execution = read(
        db, objects, put_item(db, "desenvolvimento", spec_ref="frete", execucao_ref=execution)
    )
    for found in (by_release, by_execution):
        documents = (found.recursos, found.execucao, found.release, found.implantacao)
        assert [entry and entry["id"] for entry in documents] == [price, execution, release, deployed]
        assert found.artefatos == [{"nome": "a.py", "sha256": "aa", "tamanho": 3}]
    named = read(db, objects, put_item(db, contexto={"implantacao_ref": deployed}))
    assert named.implantacao is not None
    assert named.implantacao["id"] == deployed


def test_without_references_the_version_s_newest_price_and_the_item_s_execution(
    db: Database, objects: Objects
) -> None:
    put_spec(db, 1)
    store(db, "specs_recursos", spec_ref="frete", spec_versao=1)
    newest = store(db, "specs_recursos", spec_ref="frete", spec_versao=1)
    store(db, "specs_recursos", spec_ref="frete", spec_versao=2)
    item_id = put_item(db, "desenvolvimento", spec_ref="frete", spec_versao=1)
    execution = store(db, "execucoes", backlog_item_ref=item_id)
    found = read(db, objects, item_id)
    assert found.recursos is not None
    assert found.execucao is not None
    assert (found.recursos["id"], found.execucao["id"]) == (newest, execution)


def test_artifacts_are_the_item_s_own_first(db: Database, objects: Objects) -> None:
    found = read(db, objects, put_item(db, resultado={"artefatos": {"x.txt": "ff"}}))
    assert found.artefatos == [{"nome": "x.txt", "sha256": "ff", "tamanho": None}]


def test_live_output_comes_before_what_was_kept(db: Database, objects: Objects) -> None:
    objects.content = {"log": b"one\ntwo\xff\n"}
    item_id = put_item(db, tentativas=[{"saida_ref": "log"}])
    assert read(db, objects, item_id).saida == ("one", "two\ufffd")
    assert read(db, objects, item_id, saida=["live"]).saida == ("live",)
    assert read(db, objects, put_item(db, tentativas=[{"saida_ref": "gone"}])).saida == ()


def test_dependencies_say_what_they_are_and_where_they_stand(db: Database, objects: Objects) -> None:
    put_spec(db, 1, spec_ref="pedido", titulo="Pedido", validada_em=NOW)
    store(db, "capacidades", nome="chave", sonda={"passou": False, "detalhe": "no key"})
    gap = put_item(db, "entrevistar_dor", titulo="Falta chave")
    refs = ["spec:pedido", "spec:never", "cap:chave", "cap:unknown", gap, "BKL-7777"]
    states = {"spec:pedido": {"estado": "resolvida", "por": "IMP-0001"}}
    found = read(db, objects, put_item(db, depende_de=refs, dependencias=states)).dependencias
    told = [(entry["tipo"], entry["titulo"], entry["estado"], entry["detalhe"]) for entry in found]
    assert told == [
        ("spec", "Pedido", "resolvida", "IMP-0001"),
        ("spec", "never", "aberta", "never added"),
        ("capacidade", "chave", "aberta", "no key"),
        ("capacidade", "unknown", "aberta", ""),
        ("entrevistar_dor", "Falta chave", "aberta", "Pendente"),
        ("item", "BKL-7777", "aberta", "never existed"),
    ]
