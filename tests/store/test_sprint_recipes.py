"""Recipes: dishes and their components become one tree, and whatever is wrong is named with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import SEEDS
from sprint_kit import KINDS, SprintWorld, waits_of

from store.errors import OficinaError, WrongInput
from store.sprint.recipe import load_plan

HEAD = "sprint: S030\ntitulo: Jantar\ntarefas:\n"
PUREE = """\
receita: Purê
tarefas:
  - {codigo: T01, titulo: Cozinhar}
  - {codigo: T02, titulo: Amassar, depende_de: [T01], tarefas: [{titulo: Provar}]}
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SprintWorld]:
    made = SprintWorld(tmp_path / "store")
    yield made
    made.close()


def write(tmp_path: Path, text: str, name: str = "jantar.yaml") -> Path:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def wrong(tmp_path: Path, text: str) -> str:
    with pytest.raises(WrongInput) as caught:
        load_plan(write(tmp_path, text), tmp_path)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_a_dish_is_made_of_its_components(world: SprintWorld, tmp_path: Path) -> None:
    write(tmp_path, PUREE, "partes/pure.yaml")
    write(tmp_path, "receita: Prato\ntitulo: O prato\ntarefas: [{inclui: pure.yaml}]", "partes/prato.yaml")
    text = HEAD + (
        "  - {titulo: Comprar, responsavel: Ana, estimativa: {horas: 1.5, custo: 30}}\n"
        "  - {codigo: T05, inclui: partes/prato.yaml, depende_de: [T01]}\n"
        "  - {titulo: Servir, depende_de: [T05, T05.1.2], auto_iniciar: true}\n"
    )
    sprint = world.open_file(write(tmp_path, text), tmp_path)
    tasks = world.tasks("S030")
    assert {codigo: (task["titulo"], task["depende_de"]) for codigo, task in tasks.items()} == {
        "T01": ("Comprar", []),
        "T05": ("O prato", ["T01"]),
        "T05.1": ("Purê", []),
        "T05.1.1": ("Cozinhar", []),
        "T05.1.2": ("Amassar", ["T05.1.1"]),
        "T05.1.2.1": ("Provar", []),
        "T06": ("Servir", ["T05", "T05.1.2"]),
    }
    assert tasks["T01"]["estimativa"] == {"horas": 1.5, "custo": "30.00"}
    assert tasks["T06"]["espera_auto"] == "S030"
    assert set(sprint["receita"]["sha256"]) == {"jantar.yaml", "partes/prato.yaml", "partes/pure.yaml"}
    assert sprint["receita"]["arquivo"] == "jantar.yaml"


def test_the_same_component_may_be_made_twice(world: SprintWorld, tmp_path: Path) -> None:
    write(tmp_path, PUREE, "pure.yaml")
    world.open_file(write(tmp_path, HEAD + "  - {inclui: pure.yaml}\n  - {inclui: pure.yaml}\n"), tmp_path)
    assert {"T01.1", "T02.1", "T02.2.1"} <= set(world.tasks("S030"))


def test_tasks_carry_new_items_and_those_of_the_backlog(world: SprintWorld, tmp_path: Path) -> None:
    world.produce("corrigir_bug", produtor="humano")
    text = HEAD + (
        "  - {item: {tipo: documentar, contexto: {o_que: o frete}}, responsavel: Ana}\n"
        "  - {item: BKL-0001, depende_de: [T01]}\n"
    )
    world.open_file(write(tmp_path, text), tmp_path)
    tasks = world.tasks("S030")
    assert (tasks["T01"]["item_ref"], tasks["T01"]["responsavel"], tasks["T01"]["titulo"]) == (
        "BKL-0002",
        "Ana",
        "",
    )
    assert (tasks["T02"]["item_ref"], tasks["T02"]["responsavel"]) == ("BKL-0001", "PROMETHEUS")
    assert all(world.item(each)["retido"] for each in ("BKL-0001", "BKL-0002"))
    assert world.item("BKL-0002")["tarefa"] == "S030/T01"


def test_the_mission_s_own_sprint_runs_to_its_end(tmp_path: Path) -> None:
    world = SprintWorld(tmp_path)
    text = (SEEDS / "demo" / "sprints" / "S022.yaml").read_text("utf-8").replace("S022\n", "S024\n", 1)
    world.open_file(write(tmp_path, text), tmp_path)
    tasks = world.tasks("S024")
    assert list(tasks) == [f"T0{n}" for n in range(1, 7)]
    assert [tasks[codigo]["depende_de"] for codigo in tasks] == [
        [],
        ["T01"],
        ["T02"],
        ["T03"],
        ["T03"],
        ["T05"],
    ]
    kinds = set()
    for codigo in tasks:
        world.sprints.iniciar_task("S024", codigo)
        said = world.sprints.concluir_task("S024", codigo)
        for each in (*said.puxados, *said.pendentes):
            item = world.item(each.item_ref)
            kinds.add(item["tipo"])
            assert item["origem"]["tipo"] == "sprint_task"
            assert KINDS[item["tipo"]] == (each in said.puxados)
    assert kinds == set(KINDS)
    world.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "jantar.yaml:1: a recipe is a mapping"),
        ("titulo: x\ntarefas: [{titulo: a}]", "jantar.yaml:1: this is a recipe, no sprint"),
        ("sprint: S1\ntarefas: [{titulo: a}]", "jantar.yaml:1: titulo is missing"),
        ("sprint: S1\ntitulo: x\n", "tarefas: is missing"),
        ("sprint: S1\ntitulo: x\ntarefa: []", "jantar.yaml:3: tarefa: unknown key (did you mean tarefas?)"),
        ("sprint: S 1\ntitulo: x\ntarefas: [{titulo: a}]", "jantar.yaml:1: sprint"),
        (HEAD + "  - 3\n", "jantar.yaml:4: tarefas[0]: a task is a mapping"),
        (HEAD + "  - {codigo: X1, titulo: a}\n", "jantar.yaml:4: tarefas[0].codigo"),
        (HEAD + "  - {codigo: T01, titullo: a}\n", "titullo: unknown key (did you mean titulo?)"),
        (HEAD + "  - {codigo: T01}\n", "jantar.yaml:4: tarefas[0]: a task needs a titulo"),
        (
            HEAD + "  - {codigo: T01, titulo: a}\n  - titulo: b\n    codigo: T01\n",
            "jantar.yaml:6: tarefas[1].codigo: the code T01 is here twice (first: ",
        ),
        (
            HEAD + "  - {codigo: T01.1, titulo: a}\n",
            "jantar.yaml:4: tarefas[0].codigo: T01.1 does not derive from its parent's (T01, T02, …)",
        ),
        (
            HEAD + "  - codigo: T01\n    titulo: a\n    tarefas:\n      - {codigo: T02.1, titulo: b}\n",
            "jantar.yaml:7: tarefas[0].tarefas[0].codigo: T02.1 does not derive from its parent's (T01.1, .2",
        ),
        (
            HEAD + "  - titulo: a\n    depende_de: [T07]\n",
            "jantar.yaml:5: tarefas[0].depende_de[0]: there is no task T07",
        ),
        (HEAD + "  - {titulo: a, depende_de: [frete]}\n", "depende_de[0]: not a task or an item: frete"),
        (
            HEAD + "  - {titulo: a, depende_de: [T02]}\n  - {titulo: b, depende_de: [T01]}\n",
            "jantar.yaml:4: tarefas[0].depende_de: waits for itself: T01 → T02 → T01",
        ),
        (
            HEAD + "  - titulo: a\n    tarefas: [{titulo: b, depende_de: [T01]}]\n",
            "waits for itself: T01 → T01.1 → T01",
        ),
        (
            HEAD + "  - {inclui: jantar.yaml}\n",
            "jantar.yaml:4: tarefas[0].inclui: the recipe includes itself: ",
        ),
        (HEAD + "  - {inclui: nada.yaml}\n", "jantar.yaml:4: tarefas[0].inclui: nada.yaml: cannot be read"),
        (HEAD + "  - {inclui: ../x.yaml}\n", "jantar.yaml:4: tarefas[0].inclui: x.yaml lies outside of"),
        (HEAD + "  - {titulo: a, inclui: b.yaml, tarefas: [{titulo: c}]}\n", "not both"),
        (HEAD + "  - {titulo: '  '}\n", "jantar.yaml:4: tarefas[0]: a task needs a titulo"),
        (
            HEAD + "  - {codigo: T1, titulo: a}\n",
            "jantar.yaml:4: tarefas[0].codigo: not a code: T1 (as in T01, or T01.1)",
        ),
        (HEAD.replace("S030", "../x"), "jantar.yaml:1: sprint: not a sprint's id: ../x (a letter"),
        (HEAD + "  - {titulo: a}\nfim: amanhã\n", "jantar.yaml:5: fim: not a day: amanhã (as in 2025-12-17)"),
        (
            HEAD + "  - {titulo: a, estimativa: {horas: .nan}}\n",
            "jantar.yaml:4: tarefas[0].estimativa.horas: not an amount: .nan (as in 12.5)",
        ),
        (
            HEAD + "  - {titulo: a, estimativa: {custo: -3}}\n",
            "jantar.yaml:4: tarefas[0].estimativa.custo: expected at least 0",
        ),
        (HEAD + "  - {titulo: a, estimativa: {custo: '-3.00'}}\n", "custo: expected at least 0"),
        (HEAD + "  - {titulo: a}\norcamento: -1\n", "jantar.yaml:5: orcamento: expected at least 0"),
        (HEAD + "  - {titulo: a, estimativa: {custo: caro}}\n", "custo: not an amount: caro (as in 12.5)"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    assert said in wrong(tmp_path, text)


def test_two_recipes_that_include_each_other_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "tarefas:\n  - titulo: x\n  - {inclui: b.yaml}\n", "a.yaml")
    write(tmp_path, "tarefas:\n  - {inclui: a.yaml}\n", "b.yaml")
    said = wrong(tmp_path, HEAD + "  - {inclui: a.yaml}\n")
    assert (
        "b.yaml:2: tarefas[0].inclui: the recipe includes itself: jantar.yaml → a.yaml → b.yaml → a.yaml"
        in said
    )


def test_a_duplicate_code_in_an_included_recipe_names_its_own_file(tmp_path: Path) -> None:
    write(tmp_path, PUREE.replace("T02", "T01"), "pure.yaml")
    assert "pure.yaml:4: tarefas[1].codigo: the code T01 is here twice" in wrong(
        tmp_path, HEAD + "  - {inclui: pure.yaml}\n"
    )


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        ("  - item: {tipo: documentr, contexto: {}}\n", "4: tarefas[0].item: tipo: no contract has the type"),
        ("  - {titulo: a}\n  - item: BKL-0099\n", "5: tarefas[1].item: there is no item BKL-0099"),
        (
            "  - item: BKL-0001\n  - item: BKL-0001\n",
            "5: tarefas[1].item: BKL-0001 is pulled already: it is S030/T01",
        ),
        ("  - item: {tipo: orcar_spec, contexto: {}}\n", "orcar_spec is not produced by humano"),
        (
            "  - titulo: a\n    filhos: [{tipo: documentar, contexto: {}}]\n",
            "5: tarefas[0].filhos[0].contexto",
        ),
        (
            "  - titulo: a\n    filhos: [{tipo: orcar_spec}]\n",
            "filhos[0].tipo: orcar_spec is not produced by a",
        ),
        ("  - {titulo: a, depende_de: [BKL-0099]}\n", ""),
    ],
)
def test_a_sprint_is_opened_whole_or_not_at_all(
    world: SprintWorld, tmp_path: Path, tasks: str, said: str
) -> None:
    world.produce("corrigir_bug", produtor="humano")
    before = world.db.seq
    path = write(tmp_path, HEAD + tasks)
    if not said:
        # What never existed is waited for openly: the task says so.
        world.open_file(path, tmp_path)
        assert waits_of(world, "S030", "T01")[0].quebrada
        return
    with pytest.raises(OficinaError) as caught:
        world.open_file(path, tmp_path)
    assert said in str(caught.value)
    assert world.db.seq == before


def test_days_that_are_none_are_named_with_their_line(world: SprintWorld, tmp_path: Path) -> None:
    before = world.db.seq
    for wrong_day, said in [
        ("inicio: 2026-02-30", "jantar.yaml:2: inicio: not a day: 2026-02-30"),
        ("inicio: 2026-02-02\nfim: 2026-02-01", "jantar.yaml:3: fim: 2026-02-01 is before it begins"),
    ]:
        days = "\n".join(f'{line[:-10]}"{line[-10:]}"' for line in wrong_day.splitlines())
        path = write(tmp_path, f"sprint: S030\n{days}\ntitulo: Jantar\ntarefas: [{{titulo: a}}]\n")
        with pytest.raises(WrongInput) as caught:
            world.open_file(path)
        assert said in str(caught.value)
    assert world.db.seq == before


def test_a_sprint_is_opened_once(world: SprintWorld, tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + "  - {titulo: a}\n")
    world.open_file(path)
    with pytest.raises(WrongInput, match=r"jantar.yaml:1: sprint: there is a sprint S030 already"):
        world.open_file(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match=r"nada.yaml: cannot be read"):
        load_plan(tmp_path / "nada.yaml", tmp_path)
