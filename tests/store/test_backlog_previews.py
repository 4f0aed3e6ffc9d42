"""What an answer would do, told before it is given: by carrying it out on a trial that is thrown away."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import World, new_item

from store.backlog import Backlog
from store.backlog.ports import Doc
from store.backlog.trial import MAX_CHANGES, MAX_FOUND, Trial
from store.clock import CountingTokens
from store.database import Database
from store.decisions import Decisions
from store.errors import StoreError
from store.views.effects import LINES, effects


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def previews(world: World, item_id: str) -> dict[str, tuple[str, ...]]:
    """Each option's preview; looking at them must write nothing and take nothing from chance or tokens."""
    seq, chance = world.db.seq, world.backlog.rules.rng.getstate()
    found = {option.nome: option.previa for option in world.decisions.opcoes(world.item(item_id))}
    assert world.db.seq == seq
    assert world.backlog.rules.rng.getstate() == chance
    return found


def dead_letter(world: World, dependents: int = 0) -> tuple[str, str]:
    """A deployment that failed for good, with items that wait for it; gives it and its question."""
    world.add_spec()
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    world.decide(budget, "aprovar")
    (asked,) = world.done("desenvolvimento", new_item("aprovar_release"))
    world.decide(asked, "aprovar")
    target = world.open("implantar")[0]["id"]
    for number in range(dependents):
        world.produce(
            "corrigir_bug", {"feature_ref": f"b{number:02d}"}, produtor="humano", depende_de=[target]
        )
    failed = world.fail_for_good("implantar")
    (question,) = world.open("resolver_falha")
    return failed, question["id"]


def test_a_failure_s_answers_say_what_each_of_them_releases_breaks_and_produces(world: World) -> None:
    failed, question = dead_letter(world, dependents=1)
    (waiting,) = world.open("corrigir_bug")
    told = previews(world, question)
    assert told["tentar_novamente"] == (
        f"returns {failed} to the queue: Deploy REL-0001",
        f"revives {waiting['id']}, {failed} is under way again: Mend b00",
    )
    assert told["pular"] == (
        f"skips {failed}: Deploy REL-0001",
        f"releases {waiting['id']}: Mend b00",
    )
    assert told["cancelar"] == (f"cancels {failed}: Deploy REL-0001",), "its dependent is broken already"
    assert told["voltar_dev"] == (
        f"cancels {failed}: Deploy REL-0001",
        "produces desenvolvimento: Develop frete",
    )
    assert told["voltar_release"][1] == "asks you: Approve REL-0001 of frete"
    assert told["voltar_implantacao"] == ()


def test_ending_work_says_whom_it_breaks_and_that_you_will_be_asked(world: World) -> None:
    world.add_spec()
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    waiting = world.produce("corrigir_bug", {"feature_ref": "b"}, depende_de=["spec:frete"])
    told = previews(world, budget)
    assert told["aprovar"] == ("produces desenvolvimento: Develop frete",)
    assert told["recusar"] == (
        f"breaks {waiting}, which waits for spec:frete, and asks you about it: Mend b",
    )
    world.decide(budget, "recusar")
    assert len(world.open("resolver_dependencia")) == 1, "as it was said"


def test_a_broken_dependency_s_answers(world: World) -> None:
    item = world.produce("corrigir_bug", depende_de=["spec:nunca", "spec:jamais"], produtor="humano")
    (question,) = world.open("resolver_dependencia")
    told = previews(world, question["id"])
    assert told["dispensar"] == (
        f"asks you about {item}: Mend frete: spec:jamais will not come",
        f"{item} has one wait less, spec:jamais is left: Mend frete",
    )
    assert told["esperar"] == (f"asks you again later: {question['titulo']}",)
    assert told["cancelar"] == (f"cancels {item}: Mend frete",)


def test_a_gap_that_is_refused_takes_its_work_along(world: World) -> None:
    world.add_spec()
    _, budget = world.done(
        "orcar_spec",
        new_item("entrevistar_dor", chave="gap"),
        new_item("aprovar_orcamento", depende_de=["@gap"]),
    )
    (structure,) = world.done("entrevistar_dor", new_item("estruturar_produto"))
    told = previews(world, structure)
    assert f"breaks {budget}" in told["recusar"][1]
    assert told["recusar"][0].startswith("gives BKL-0002 up: Missing: chave-assinatura")


def test_only_the_first_lines_are_told_and_how_many_more_there_are(world: World) -> None:
    failed, question = dead_letter(world, dependents=20)
    skip = previews(world, question)["pular"]
    assert len(skip) == LINES + 1
    assert skip[0] == f"skips {failed}: Deploy REL-0001"
    assert skip[-1] == f"and {21 - LINES} more"


def test_an_effect_that_is_too_large_to_try_is_cut_and_says_so(world: World) -> None:
    failed, question = dead_letter(world, dependents=MAX_CHANGES + 20)
    skip = previews(world, question)["pular"]
    assert len(skip) == LINES + 1
    assert skip[-1] == "and more than can be told here"
    for _ in range(MAX_FOUND):
        world.produce("corrigir_bug", produtor="humano", depende_de=[failed])
    skip = previews(world, question)["pular"]
    assert skip == (f"skips {failed}: Deploy REL-0001", "and more than can be told here")


def test_long_and_hostile_titles_keep_to_their_line() -> None:
    before = item(titulo="x\n" * 100 + "{id}[red]")
    (line,) = effects([("backlog_items", before, {**before, "status": "Pulado"})], "")
    assert line.startswith("skips BKL-0001: x x x")
    assert len(line) < 90
    assert "\n" not in line


def item(**fields: object) -> Doc:
    made = {
        "id": "BKL-0001",
        "tipo": "corrigir_bug",
        "titulo": "Mend",
        "status": "Pendente",
        "humano": False,
        "contexto": {},
        "depende_de": [],
        "dependencias": {},
        "desfecho": "",
        "disponivel_em": "",
        "criado_em": "2026-01-05T12:00:00.000000Z",
    }
    return {**made, **fields}


@pytest.mark.parametrize(
    ("collection", "before", "after", "line"),
    [
        ("execucoes", {"status": "falhou"}, {"status": "cancelado"}, "ends the execution X-1 as cancelado"),
        ("execucoes", {"status": "falhou"}, {"status": "em_andamento"}, "goes on with the execution X-1"),
        ("capacidades", {"pedida_em": ""}, {"pedida_em": "now"}, "runs the probe of chave"),
        ("capacidades", None, {"pedida_em": "now"}, "runs the probe of chave"),
        ("capacidades", {"pedida_em": "now"}, {"pedida_em": "now"}, None),
        ("execucoes", None, {"status": "em_andamento"}, None),
        ("releases", {"status": "aprovada"}, {"status": "aguardando"}, None),
    ],
)
def test_what_happens_besides_items(
    collection: str, before: Doc | None, after: Doc, line: str | None
) -> None:
    given = None if before is None else {"id": "X-1", "nome": "chave", **before}
    found = effects([(collection, given, {"id": "X-1", "nome": "chave", **after})], "")
    assert found == ((line,) if line else ())


def test_a_question_that_closes_is_told_unless_its_item_is_told_of_anyway() -> None:
    about = item(id="BKL-0002", titulo="Failed: Mend", contexto={"item_ref": "BKL-0001"}, humano=True)
    closed = ("backlog_items", about, {**about, "status": "Cancelado"})
    assert effects([closed], "") == ("closes the question about BKL-0001: Failed: Mend",)
    ended = ("backlog_items", item(), item(status="Cancelado"))
    assert effects([closed, ended], "") == ("cancels BKL-0001: Mend",)


def test_an_item_that_is_only_touched_is_not_told_of() -> None:
    waits = {"depende_de": ["spec:a"], "dependencias": {"spec:a": {"estado": "aberta"}}}
    touched = [
        ("backlog_items", item(), item(prioridade=3)),
        ("backlog_items", item(status="Bloqueado", **waits), item(status="Bloqueado", prioridade=3, **waits)),
        ("backlog_items", item(status="Pendente"), item(status="EmProcessamento")),
    ]
    assert effects(touched, "") == ()


# -- the trial itself


def test_a_trial_sees_its_own_changes_and_leaves_the_store_alone(world: World) -> None:
    first = world.produce("corrigir_bug", produtor="humano")
    trial = Trial(world.db)
    doc = trial.get("backlog_items", first)
    assert doc is not None
    doc.update(status="Bloqueado", depende_de=["spec:x"])
    assert trial.find("backlog_items", "status", "Bloqueado") == [], "what comes out is a copy"
    trial.put("backlog_items", doc)
    assert [each["id"] for each in trial.find("backlog_items", "status", "Bloqueado")] == [first]
    assert trial.find("backlog_items", "status", "Pendente") == []
    assert [each["id"] for each in trial.find("backlog_items", "depende_de", "spec:x")] == [first]
    new = trial.insert("backlog_items", {**doc, "contexto": {"recurso": "chave"}})
    assert [each["id"] for each in trial.find("backlog_items", "contexto.recurso", "chave")] == [new]
    assert [each["id"] for each in trial.find("backlog_items", "status", "Bloqueado")] == [first, new]
    assert (world.status(first), world.db.count("backlog_items")) == ("Pendente", 1)
    changed, inserted = trial.changes()
    assert (changed[1] or {})["status"] == "Pendente"
    assert inserted[1] is None
    trial.update("backlog_items", first, {"spec_ref": "frete"})
    assert [each["status"] for each in trial.find("backlog_items", "spec_ref", "frete")] == ["Bloqueado"]
    assert world.item(first)["spec_ref"] == ""
    with pytest.raises(StoreError, match="there is no document BKL-0099"):
        trial.update("backlog_items", "BKL-0099", {})
    with pytest.raises(StoreError, match="a trial deletes nothing"):
        trial.delete("backlog_items", first)
    with pytest.raises(StoreError, match="a trial claims nothing"):
        trial.peek_ready("backlog_items", ["padrao/corrigir_bug"], "")


def test_a_store_that_can_only_be_viewed_is_previewed_as_well(tmp_path: Path) -> None:
    world = World(tmp_path)
    _, question = dead_letter(world)
    world.close()
    db = Database.open(tmp_path, by="view", clock=world.clock, readonly=True)
    backlog = Backlog(db, world.contracts, world.clock, CountingTokens(), random.Random(0))
    found = db.get("backlog_items", question)
    assert found is not None
    assert all(option.previa or option.indisponivel for option in Decisions(backlog).opcoes(found))
    db.close()
