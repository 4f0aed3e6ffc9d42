"""Frozen versions, and the one transaction that adds them, on a real store with the real broker."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from spec_files import PEDIDO, frete, loaded, pedido, write

import seeds
from jobs.attempts import Objects
from jobs.specs.adding import (
    TRIES,
    Added,
    Adding,
    SpecsChanged,
    add_specs,
    in_order,
    known_specs,
    latest_specs,
    latest_version,
    prepare,
    store_prepared,
)
from jobs.specs.freezing import digest, freeze, read_files, read_version
from store.backlog import Backlog
from store.clock import CountingTokens, FakeClock
from store.contracts import Contracts
from store.database import Database
from store.decisions import Decisions
from store.documents import check
from store.errors import WrongInput

CONTRACTS = Contracts.load(Path(seeds.__file__).parent / "contracts.yaml")


@pytest.fixture
def adding(tmp_path: Path) -> Any:
    clock = FakeClock()
    db = Database.open(tmp_path / ".oficina" / "store", by="test", clock=clock, durable=False)
    backlog = Backlog(db, CONTRACTS, clock, CountingTokens(), random.Random(1))
    yield Adding(db, backlog, Objects(tmp_path / ".oficina" / "objects"), clock, tmp_path, ["git"])
    db.close()


def add_spec(path: Path, adding: Adding) -> Added:
    return add_specs([path], adding)[0]


def by_file(root: Path) -> dict[str, Any]:
    """A structure whose schema is in a file of its own."""
    write(root, json.dumps(PEDIDO["vertentes"][0]["schema"]), "specs/esquemas/p.json")
    return pedido(
        lambda data: data.update(vertentes=[{"tipo": "E", "nome": "x", "arquivo": "esquemas/p.json"}])
    )


def test_a_frozen_version_is_read_back_exactly(tmp_path: Path) -> None:
    objects = Objects(tmp_path / "objects")
    spec = loaded(tmp_path, by_file(tmp_path))
    version = freeze(spec, objects)
    for name in ("specs/spec.yaml", "specs/esquemas/p.json"):
        (tmp_path / name).write_text("changed since")
    again = read_version(objects, version)
    assert again == spec
    assert freeze(again, objects) == version
    assert list(read_files(objects, version)) == ["specs/esquemas/p.json", "specs/spec.yaml"]


def test_the_digest_is_of_content_and_names_but_not_of_the_place(tmp_path: Path) -> None:
    here = digest("specs/a.yaml", {"specs/a.yaml": "1", "specs/e/p.json": "2"})
    assert here == digest("b.yaml", {"b.yaml": "1", "e/p.json": "2"})
    assert here != digest("b.yaml", {"b.yaml": "1", "p.json": "2"})
    assert here != digest("b.yaml", {"b.yaml": "1", "e/p.json": "3"})


def test_a_damaged_or_missing_object_is_named(tmp_path: Path) -> None:
    objects = Objects(tmp_path / "objects")
    version = freeze(loaded(tmp_path, frete()), objects)
    path = objects.path(version["arquivos"]["specs/spec.yaml"])
    path.chmod(0o600)
    path.write_text("id: other")
    with pytest.raises(
        WrongInput, match=r"specs/spec.yaml: the frozen file is gone or damaged \(add the spec again"
    ):
        read_version(objects, version)
    path.unlink()
    with pytest.raises(WrongInput, match="gone or damaged"):
        read_version(objects, version)


def test_a_version_that_is_no_longer_read_says_why(tmp_path: Path) -> None:
    objects = Objects(tmp_path / "objects")
    sha = objects.put_bytes(b"id: frete\nnovo: 1\n")
    with pytest.raises(WrongInput, match="the field vertentes is missing"):
        read_version(objects, {"arquivo": "a.yaml", "arquivos": {"a.yaml": sha}})
    yaml = objects.put_bytes(b"id: x\ntitulo: x\nvertentes: [{tipo: E, nome: x, arquivo: p.json}]\n")
    with pytest.raises(WrongInput, match=r"p\.json is not part of the frozen version"):
        read_version(objects, {"arquivo": "a.yaml", "arquivos": {"a.yaml": yaml}})


def test_adding_a_spec_stores_a_version_and_asks_for_its_price(tmp_path: Path, adding: Adding) -> None:
    path = write(tmp_path, frete(lambda data: data.update(prioridade=9)))
    added = add_spec(path, adding)
    assert (added.spec_ref, added.versao) == ("frete", 1)
    stored = adding.db.get("specs", added.documento_id)
    assert stored is not None
    check("specs", dict(stored))
    assert stored["vertentes"] == [{"tipo": "D", "nome": "tabela"}]
    item = adding.db.get("backlog_items", added.item_id)
    assert item is not None
    assert (item["tipo"], item["produtor"], item["prioridade"]) == ("orcar_spec", "Epistemologia", 9)
    assert item["contexto"] == {"spec_ref": "frete", "spec_versao": 1}
    assert latest_version(adding.db, "frete") == stored
    assert latest_version(adding.db, "absent") is None


def test_specs_that_were_added_meanwhile_make_it_look_again(
    tmp_path: Path, adding: Adding, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, frete())
    adding_ = {"raiz": adding.raiz, "capacidades": adding.capacidades}
    prepared = prepare([path], latest_specs(adding.db), adding.objects, **adding_)
    (tmp_path / "specs" / "other.yaml").write_text(path.read_text())
    add_spec(tmp_path / "specs" / "other.yaml", adding)
    with pytest.raises(SpecsChanged, match="other specs were added meanwhile"):
        store_prepared(prepared, adding.db, adding.backlog, adding.clock)
    assert len(list(adding.db.all("specs"))) == 1
    with pytest.raises(WrongInput, match=r"frete is already that of specs/other.yaml"):
        add_spec(path, adding)


@pytest.mark.parametrize(("others", "in_time"), [(TRIES - 1, True), (TRIES, False)])
def test_it_gives_up_where_others_keep_adding(
    tmp_path: Path, adding: Adding, monkeypatch: pytest.MonkeyPatch, others: int, in_time: bool
) -> None:
    path, put = write(tmp_path, pedido()), Objects.put_bytes
    added: list[str] = []

    def meanwhile(self: Objects, data: bytes) -> str:
        if b"id: pedido" in data and len(added) < others:
            added.append(f"other-{len(added)}")
            other = write(tmp_path, frete(lambda spec: spec.update(id=added[-1])), f"specs/{added[-1]}.yaml")
            add_spec(other, adding)
        return put(self, data)

    monkeypatch.setattr(Objects, "put_bytes", meanwhile)
    if in_time:
        assert add_spec(path, adding).spec_ref == "pedido"
    else:
        with pytest.raises(SpecsChanged):
            add_spec(path, adding)
    assert len(added) == others


def test_the_same_content_is_no_new_version(tmp_path: Path, adding: Adding) -> None:
    path = write(tmp_path, frete())
    first = add_spec(path, adding)
    again = add_spec(path, adding)
    assert (again.versao, again.documento_id, again.item_id) == (1, first.documento_id, "")
    moved = path.rename(path.with_name("moved.yaml"))
    assert add_spec(moved, adding).item_id == ""


def test_a_new_version_voids_the_older_one_s_work(tmp_path: Path, adding: Adding) -> None:
    path = write(tmp_path, frete())
    first = add_spec(path, adding)
    write(tmp_path, frete(lambda data: data.update(titulo="Frete novo")))
    second = add_spec(path, adding)
    assert second.versao == 2
    voided = adding.db.get("backlog_items", first.item_id)
    assert voided is not None
    assert voided["status"] == "Cancelado"


def test_a_new_version_concludes_the_adjustment_that_asked_for_it(tmp_path: Path, adding: Adding) -> None:
    path = write(tmp_path, frete())
    add_spec(path, adding)
    assert isinstance(adding.backlog, Backlog)
    asked = adding.backlog.produzir(
        {
            "tipo": "ajustar_spec",
            "contexto": {"spec_ref": "frete", "spec_versao": 1, "motivo": "caro"},
            "spec_ref": "frete",
            "spec_versao": 1,
        },
        produtor="MS_Produto",
    )
    assert Decisions(adding.backlog).abertas()
    write(tmp_path, frete(lambda data: data.update(titulo="Frete barato")))
    added = add_spec(path, adding)
    item, child = adding.db.get("backlog_items", asked), adding.db.get("backlog_items", added.item_id)
    assert item is not None
    assert child is not None
    assert (item["status"], item["resultado"]["spec_versao"]) == ("Concluido", 2)
    assert child["pai"] == asked
    assert child["saga_id"] == item["saga_id"]


def test_several_files_go_in_together_dependencies_first(tmp_path: Path, adding: Adding) -> None:
    one = write(tmp_path, frete(lambda data: data.update(depende_de=["pedido"])), "specs/frete.yaml")
    two = write(tmp_path, pedido(), "specs/pedido.yaml")
    assert [added.spec_ref for added in add_specs([one, two], adding)] == ["pedido", "frete"]


def test_nothing_is_stored_when_one_of_them_is_wrong(tmp_path: Path, adding: Adding) -> None:
    one = write(tmp_path, frete(), "specs/frete.yaml")
    two = write(tmp_path, pedido(lambda data: data.update(depende_de=["nada"])), "specs/pedido.yaml")
    with pytest.raises(WrongInput, match="no such spec: nada"):
        add_specs([one, two], adding)
    assert adding.db.count("specs") == adding.db.count("backlog_items") == 0
    assert not (tmp_path / ".oficina" / "objects").exists()


def test_the_store_s_specs_are_known_to_the_next_one(tmp_path: Path, adding: Adding) -> None:
    path = write(tmp_path, frete(), "specs/frete.yaml")
    add_spec(path, adding)
    write(tmp_path, frete(lambda data: data.update(titulo="Outro")), "specs/frete.yaml")
    add_spec(path, adding)
    assert known_specs(adding.db, tmp_path)["frete"].arquivo == "specs/frete.yaml"
    other = write(tmp_path, frete(lambda data: data.update(titulo="X")), "specs/other.yaml")
    with pytest.raises(WrongInput, match=r"the id frete is already that of specs/frete.yaml"):
        add_spec(other, adding)
    path.unlink()
    assert add_spec(other, adding).versao == 3


def test_an_order_without_dependencies_is_kept(tmp_path: Path) -> None:
    assert in_order([]) == []
    specs = [loaded(tmp_path, pedido()), loaded(tmp_path, frete(lambda data: data.update(id="a")))]
    assert in_order(specs) == specs
