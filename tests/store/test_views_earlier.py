"""A question that is asked anew shows what has changed since: price, rules, tests, files, needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from factories import World, release, spec_resources

from store.views.changes import price_changes, release_changes
from store.views.detail import detail
from store.views.earlier import asked_before
from store.views.model import Change, ItemDetail


class Objects:
    """Content by its own digest, as the tests name it."""

    def read(self, sha256: str, limit: int | None = None) -> bytes:
        return f"content {sha256}\n".encode()[:limit]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def read(world: World, item_id: str) -> ItemDetail:
    book = world.backlog.rules.book
    return detail(world.db, book, Objects(), item_id, opcoes=world.decisions.opcoes)


def told(changes: Any) -> dict[tuple[str, str], tuple[Any, Any]]:
    return {(change.sobre, change.nome): (change.antes, change.agora) for change in changes}


def price(versao: int, **fields: Any) -> dict[str, Any]:
    return spec_resources(spec_versao=versao, **fields)


def size(nome: str = "tabela", regras: int = 2, testes: int = 8, **more: Any) -> dict[str, Any]:
    known = {"nome": nome, "tipo": "D", "worker": "WORKER_D", "pontos": 5.0, "regras": regras}
    return {**known, "testes": testes, **more}


DEARER = {
    "total_p50": "40.00",
    "total_p80": "50.00",
    "breakdown": {"pessoas": {"p50": "38.00", "p80": "45.00"}, "llm": "0.60", "infra": "0.40", "apis": None},
}


def test_a_price_is_compared_part_by_part() -> None:
    before = price(1, tamanho={"pontos": 5.0, "detalhe": [size(), size("velha")]})
    after = price(
        2,
        custo=DEARER,
        tamanho={"pontos": 6.5, "detalhe": [size(regras=3, testes=11), size("nova")]},
        dependencias={"status": "liberado", "recursos": ["chave"], "specs_pre_requisito": ["pedido"]},
        teste={**before["teste"], "cobertura_planejada_pct": 95},
    )
    assert told(price_changes(before, after)) == {
        ("custo", "total"): ("42.10", "50.00"),
        ("custo", "pessoas"): ("30.00", "45.00"),
        ("tamanho", "pontos"): (5.0, 6.5),
        ("vertentes", "nova"): (None, True),
        ("vertentes", "velha"): (True, None),
        ("partes", "tabela.regras"): (2, 3),
        ("testes", "tabela"): (8, 11),
        ("testes", "nova"): (None, 8),
        ("testes", "velha"): (8, None),
        ("testes", "cobertura_planejada_pct"): (90, 95),
        ("precisa", "chave"): (None, True),
        ("depende_de", "pedido"): (None, True),
    }
    assert list(price_changes(before, before)) == []
    assert list(price_changes(None, after)) == list(price_changes(after, None)) == []


def case(nome: str, resultado: str) -> dict[str, Any]:
    return {"id": f"t::{nome}", "nome": nome, "resultado": resultado, "mensagem": ""}


def test_a_release_is_compared_by_its_tests_and_files() -> None:
    before = release(
        testes={
            "total": 3,
            "passed": 2,
            "failed": 1,
            "casos": [case("leve", "falhou"), case("gone", "passou")],
        },
        testes_passaram=False,
        arquivos={"frete.py": {"sha256": "a1", "tamanho": 4}, "same.py": "s", "old.py": "o"},
        cobertura_pct=80.0,
    )
    after = release(
        spec_versao=2,
        testes={"total": 3, "passed": 3, "failed": 0, "casos": [case("leve", "passou"), case("new", "erro")]},
        arquivos={"frete.py": {"sha256": "a2", "tamanho": 9}, "same.py": "s", "new.py": "n"},
        cobertura_pct=96.0,
    )
    assert told(release_changes(before, after)) == {
        ("versao", "spec"): (1, 2),
        ("testes", "passed"): (2, 3),
        ("testes", "failed"): (1, 0),
        ("testes", "cobertura_pct"): (80.0, 96.0),
        ("casos", "leve"): ("vermelho", "verde"),
        ("arquivos", "frete.py"): ("a1", "a2"),
        ("arquivos", "new.py"): (None, "n"),
        ("arquivos", "old.py"): ("o", None),
    }
    assert list(release_changes(before, before)) == []
    assert list(release_changes(None, after)) == list(release_changes(after, None)) == []


@pytest.mark.parametrize(
    "wrong", [{"tamanho": {"detalhe": "x"}}, {"tamanho": {"detalhe": [3]}}, {"custo": None}, {}]
)
def test_documents_of_another_shape_have_nothing_to_tell(wrong: dict[str, Any]) -> None:
    assert list(price_changes(wrong, wrong)) == []
    assert list(release_changes({"testes": {"casos": [3]}}, {"testes": {"casos": "x"}, "arquivos": 3})) == []


def test_a_budget_that_is_asked_anew_tells_what_changed_and_what_was_said(world: World) -> None:
    world.add_spec(arquivos={"frete.yaml": "a" * 64})
    with world.db.transaction() as tx:
        first, second = (
            tx.insert("specs_recursos", price(1)),
            tx.insert("specs_recursos", price(2, custo=DEARER)),
        )
    bound = {"spec_ref": "frete", "spec_versao": 1, "spec_recursos_ref": first}
    before = world.produce("aprovar_orcamento", bound)
    assert read(world, before).anterior is None
    assert read(world, before).mudancas == ()
    world.decisions.decidir(before, "ajustar", motivo="too dear", quem="ana", undo_s=0)
    world.add_spec(versao=2, arquivos={"frete.yaml": "b" * 64})
    now = world.produce("aprovar_orcamento", {**bound, "spec_versao": 2, "spec_recursos_ref": second})
    found = read(world, now)
    assert found.anterior is not None
    assert {name: found.anterior[name] for name in ("item", "opcao", "quem", "porque", "spec_versao")} == {
        "item": before,
        "opcao": "ajustar",
        "quem": "ana",
        "porque": "too dear",
        "spec_versao": 1,
    }
    changed = told(found.mudancas)
    assert changed[("custo", "total")] == ("42.10", "50.00")
    assert changed[("arquivos", "frete.yaml")] == ("a" * 64, "b" * 64)
    assert read(world, world.open("orcar_spec")[0]["id"]).anterior is None, "no question is asked there"


def test_a_release_that_is_asked_anew_shows_the_difference_of_its_files(world: World) -> None:
    world.add_spec()
    with world.db.transaction() as tx:
        first = tx.insert("releases", release(arquivos={"frete.py": "a1", "same.py": "s"}))
        second = tx.insert("releases", release(arquivos={"frete.py": "a2", "same.py": "s"}))
    before = world.produce("aprovar_release", {"release_ref": first})
    world.decide(before, "rejeitar", motivo="40 kg is free")
    now = world.produce("aprovar_release", {"release_ref": second})
    found = read(world, now)
    assert told(found.mudancas) == {("arquivos", "frete.py"): ("a1", "a2")}
    assert list(found.diferenca_release) == [
        f"--- frete.py ({first})",
        f"+++ frete.py ({second})",
        "@@ -1 +1 @@",
        "-content a1",
        "+content a2",
    ]
    assert found.diferenca == (), "the spec is the same"


def test_a_question_that_closed_by_itself_is_compared_with_as_well(world: World) -> None:
    world.add_spec()
    (before,) = world.done("orcar_spec", {"tipo": "aprovar_orcamento", "contexto": budget(1)})
    world.add_spec(versao=2)
    (now,) = world.done("orcar_spec", {"tipo": "aprovar_orcamento", "contexto": budget(2)})
    anterior = read(world, now).anterior
    assert anterior is not None
    assert (anterior["item"], anterior["status"], anterior["opcao"]) == (before, "Cancelado", "")
    assert anterior["motivo"] == "frete has a new version: 2"


def budget(versao: int) -> dict[str, Any]:
    return {"spec_ref": "frete", "spec_versao": versao, "spec_recursos_ref": f"REC-000{versao}"}


def test_where_the_earlier_question_is_archived_the_price_tells_of_it(world: World) -> None:
    anterior = {"spec_versao": 1, "spec_recursos_ref": "REC-0001", "custo_p80": "42.10"}
    item = world.item(world.produce("aprovar_orcamento", {**budget(2), "anterior": anterior}))
    assert asked_before(world.db, item) == anterior
    with world.db.transaction() as tx:
        tx.insert("specs_recursos", price(1))
        ref = tx.insert("specs_recursos", price(2, custo=DEARER))
    assert ref == "REC-0002"
    assert Change("custo", "total", "42.10", "50.00") in read(world, item["id"]).mudancas
