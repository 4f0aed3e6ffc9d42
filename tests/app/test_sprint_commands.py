"""`sprint` and `task`: a sprint from its file to its close, in a shell; what is wrong is one line."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

DINNER = """\
sprint: S030
titulo: Jantar
objetivo: Um prato
wip: 2
orcamento: 500
tarefas:
  - {codigo: T01, titulo: Comprar, responsavel: Ana, estimativa: {horas: 2, custo: 40}}
  - codigo: T02
    titulo: Cozinhar
    depende_de: [T01]
"""


VINHO = {"o_que": "o vinho"}


@pytest.fixture
def dinner(shop: Path, oficina) -> Path:
    (shop / "jantar.yaml").write_text(DINNER, encoding="utf-8")
    assert oficina("sprint", "open", "jantar.yaml").code == 0
    return shop


def find(oficina, tipo: str = "aprovacao_externa", *more: str, contexto: object = VINHO) -> str:
    """Something is found at T01's work; gives its id."""
    said = oficina("items", "add", tipo, "--contexto", json.dumps(contexto), "--from", "T01", "--json", *more)
    assert said.code == 0, said.err
    return str(said.json["id"])


def test_a_sprint_opens_from_its_file(shop: Path, oficina) -> None:
    (shop / "jantar.yaml").write_text(DINNER, encoding="utf-8")
    said = oficina("sprint", "open", "jantar.yaml")
    assert said.out.splitlines() == [
        "S030 is open, with 2 tasks: Jantar",
        "Next: T01 Comprar; `oficina task start T01` starts it.",
    ]
    again = oficina("sprint", "open", "jantar.yaml")
    assert (again.code, again.out) == (2, "")
    assert "jantar.yaml:1: sprint: there is a sprint S030 already (give it another id)" in again.err


def test_a_tree_shows_where_each_task_stands(dinner: Path, oficina) -> None:
    lines = oficina("sprint", "show").out.splitlines()
    assert lines[:8] == [
        "S030       Jantar",
        "objetivo   Um prato",
        "agrupador  Feature",
        "state      open, 0 of 2 tasks done",
        "under way  0 of 2",
        "cost       R$ 0,00 of 40,00 estimated, budget 500,00",
        "left       2,0 h",
        lines[7],
    ]
    assert lines[9].split() == ["task", "titulo", "state", "who", "item", "hours", "R$", "waits", "for"]
    assert lines[10].split() == ["T01", "Comprar", "to", "do", "Ana", "—/2,0", "—/40,00"]
    assert lines[11].split() == ["T02", "Cozinhar", "waits", "T01"]
    found = oficina("sprint", "show", "S030", "--json").json
    assert [row["estado"] for row in found["tarefas"]] == ["a_fazer", "espera"]
    assert (found["orcamento"], found["proxima"]) == ("500.00", "T01")
    (row,) = oficina("sprint", "list", "--json").json
    assert (row["sprint_id"], row["feitas"], row["total"]) == ("S030", 0, 2)
    assert oficina("sprint", "list").out.splitlines()[1].split() == [
        "S030",
        "Jantar",
        "Feature",
        "open",
        "0/2",
    ]


def test_concluding_pulls_what_may_come_and_leaves_the_rest_in_the_inbox(dinner: Path, oficina) -> None:
    assert oficina("task", "start", "1").out == "S030/T01 is started: Comprar\n"
    asked, pulled = find(oficina), find(oficina, "documentar")
    shown = oficina("sprint", "show").out
    assert f"Not pulled: {asked} External approval: o vinho, of T01: when its task is concluded" in shown
    (dinner / "nota.txt").write_text("leite", encoding="utf-8")
    said = oficina("task", "done", "T01", "--result", "tudo", "--hours", "1.5", "--attach", "nota.txt")
    assert said.out.splitlines() == [
        "S030/T01 is concluded.",
        f"Pulled: T01.1 Document o vinho ({pulled})",
        f"Waits for you: {asked} External approval: o vinho: `oficina decide BKL-0003`",
        "Next: T01.1; `oficina task start T01.1` starts it.",
    ]
    (waiting,) = oficina("decisions", "--json").json
    assert waiting["titulo"] == "Pull «External approval: o vinho» into S030 as T01.2?"
    assert "Not pulled: BKL-0001 External approval: o vinho, of T01: `oficina decide BKL-0003`" in (
        oficina("sprint", "show").out
    )
    row = oficina("sprint", "show", "--json").json["tarefas"][0]
    assert (row["realizado_horas"], row["estado"]) == (1.5, "concluida")
    decided = oficina("decide", "3", "puxar")
    assert decided.code == 0
    assert "puxar; it made S030/T01.2." in decided.out
    assert re.search(r"`oficina undo DEC-0001` takes it back until \S+ \S+\.", decided.out)
    assert oficina("sprint", "show", "--json").json["tarefas"][2]["item_ref"] == asked


@pytest.mark.parametrize(("pull", "line"), [("yes", "Pulled: T01.1 "), ("no", "Left in the backlog: ")])
def test_the_questions_can_be_answered_beforehand(dinner: Path, oficina, pull: str, line: str) -> None:
    oficina("task", "start", "T01")
    asked = find(oficina)
    said = oficina("task", "done", "T01", "--pull", pull).out.splitlines()
    assert said[1] == f"{line}External approval: o vinho ({asked})"
    assert oficina("decisions", "--json").json == []


def test_what_is_left_is_shown_held_pulled_and_given_up(dinner: Path, oficina) -> None:
    oficina("task", "start", "T01")
    later, never = find(oficina), find(oficina)
    oficina("task", "done", "T01", "--pull", "no")
    who = "left in the backlog by "
    assert who in oficina("items", later).out
    (kept,) = [each for each in oficina("items", "--status", "held", "--json").json if each["id"] == later]
    assert kept["deixado"]["por"]
    assert "Pendente (held)" in oficina("items").out
    assert f"{later} External approval: o vinho, of S030/T01, by " in oficina("sprint", "show").out
    left = oficina("sprint", "show", "--json").json["deixados"]
    assert [each["item_ref"] for each in left] == [later, never]
    assert oficina("decide", later, "aprovada").code == 2
    assert oficina("task", "cancel", never, "--reason", "nobody drinks").code == 0
    assert oficina("items", never, "--json").json["status"] == "Cancelado"
    assert oficina("task", "add", "--item", later).code == 0
    assert oficina("sprint", "show", "--json").json["deixados"] == []
    refused = oficina("task", "cancel", later, "--reason", "no")
    assert f"{later} is no child that waits for a sprint: it is S030/T0" in refused.err
    assert oficina("task", "add", "  ").code == 2


def test_json_never_asks(dinner: Path, oficina) -> None:
    oficina("task", "start", "T01")
    asked = find(oficina)
    said = oficina("task", "done", "S030/T01", "--json").json
    (pending,) = said["pendentes"]
    assert (pending["item_ref"], pending["decidido"], said["proxima"]) == (asked, "", "T02")
    oficina("task", "start", "T02")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("s\n", "Pulled: T01.1 "),
        ("talvez\nN\n", "Left in the backlog: "),
        ("\n", "Waits for you: "),
        ("", "Waits for you: "),
    ],
)
def test_in_a_terminal_it_asks(
    dinner: Path, oficina, monkeypatch: pytest.MonkeyPatch, typed: str, line: str
) -> None:
    oficina("task", "start", "T01")
    find(oficina, contexto={"o_que": "o vinho", "estimativa": {"horas": 1, "custo": "12.50"}})
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    said = oficina("task", "done", "T01")
    lines = said.out.splitlines()
    asked = lines.index(
        "Pull «External approval: o vinho» into S030 as T01.1? (it is not pulled without your answer)"
    )
    told = [" ".join(line.split()) for line in lines[asked + 1 : asked + 4]]
    assert told == [
        "estimate 1,0 h, R$ 12,50",
        "S030 cost R$ 40,00 → R$ 52,50",
        "S030 work left 0,0 h → 1,0 h",
    ]
    assert lines[asked + 4].startswith("S030 done by    — → 20")
    assert "[s]im/[n]ão, Enter: later > " in said.out
    assert line in said.out


def test_what_the_producer_says_of_pulling_counts(dinner: Path, oficina) -> None:
    oficina("task", "start", "T01")
    item = find(oficina, "aprovacao_externa", "--auto-pull", "yes")
    assert f"Pulled: T01.1 External approval: o vinho ({item})" in oficina("task", "done", "T01").out
    said = oficina("items", "add", "documentar", "--contexto", '{"o_que": "x"}', "--auto-pull", "yes")
    assert (said.code, "--from S022/T01" in said.err) == (2, True)


def test_a_bug_is_found_at_a_task_s_work(dinner: Path, oficina) -> None:
    oficina("task", "start", "T01")
    said = oficina(
        "items",
        "add",
        "corrigir_bug",
        "--from",
        "S030/T01",
        "--contexto",
        '{"feature_ref": "f", "erro": "e"}',
    )
    assert said.out == "BKL-0001: Mend f (Pendente)\n"
    assert oficina("items", "add", "corrigir_bug").code == 2


def test_tasks_are_added_blocked_moved_and_given_up(dinner: Path, oficina) -> None:
    item = oficina("items", "add", "validar_spec", "--contexto", '{"o_que": "x"}', "--json").json["id"]
    assert oficina(
        "task", "add", "Lavar", "--under", "T01", "--who", "Rui", "--hours", "1", "--cost", "30"
    ).out == ("S030/T01.1 is added.\n")
    added = oficina("task", "add", "--item", "1", "--depends", "2", "--depends", "BKL-1", "--json")
    assert added.code == 2
    added = oficina("task", "add", "--item", "1", "--depends", "2", "--json").json
    assert (added["item_ref"], added["codigo"], added["depende_de"]) == (item, "T03", ["T02"])
    assert oficina("task", "move", "3", "--root", "--depends", "-").out == "3 is S030/T04 now.\n"
    assert oficina("task", "move", "4", "--before", "T01", "--json").json["ordem"] == 0
    oficina("task", "start", "T01.1")
    assert oficina("task", "block", "T01.1", "--reason", "sem água").out == (
        "S030/T01.1 is blocked; `oficina task start T01.1` goes on with it.\n"
    )
    assert "blocked: sem água" in oficina("sprint", "show").out
    assert oficina("task", "cancel", "T01.1", "--reason", "não").out == "S030/T01.1 is cancelled.\n"
    assert oficina("task", "move", "T01").code == 2


def test_a_sprint_is_opened_and_changed_without_a_file(dinner: Path, oficina) -> None:
    said = oficina("sprint", "new", "S031", "--titulo", "Almoço", "--wip", "1", "--orcamento", "1.234,50")
    assert said.out == "S031 is open: Almoço\n"
    said = oficina("sprint", "edit", "S031", "--wip", "-", "--objetivo", "Dois pratos", "--json").json
    assert (said["wip"], said["objetivo"], said["orcamento"]) == (None, "Dois pratos", "1234.50")
    assert oficina("sprint", "edit", "S031", "--titulo", "Ceia").out == "S031 is changed.\n"


def test_a_task_is_changed(dinner: Path, oficina) -> None:
    said = oficina("task", "edit", "1", "--titulo", "Ir às compras", "--who", "-", "--hours", "3", "--json")
    assert (said.json["titulo"], said.json["responsavel"]) == ("Ir às compras", "")
    assert said.json["estimativa"] == {"horas": 3.0, "custo": "40.00"}
    assert oficina("task", "edit", "2", "--depends", "-", "--cost", "7").out == "S030/T02 is changed.\n"
    assert oficina("task", "edit", "2", "--before", "1", "--auto", "yes", "--cost", "-").code == 0
    rows = oficina("sprint", "show", "--json").json["tarefas"]
    assert [(row["codigo"], row["estado"], row["estimado_custo"]) for row in rows] == [
        ("T02", "em_andamento", None),
        ("T01", "a_fazer", "40.00"),
    ]


def test_a_sprint_closes_with_all_that_is_left_in_it(dinner: Path, oficina) -> None:
    (dinner / "next.yaml").write_text(DINNER.replace("S030", "S031"), encoding="utf-8")
    oficina("task", "start", "T01")
    child = find(oficina)
    oficina("sprint", "open", "next.yaml")
    refused = oficina("sprint", "close")
    assert (refused.code, "2 sprints are open (say which: S030, S031)" in refused.err) == (2, True)
    refused = oficina("sprint", "close", "S030")
    assert f"S030 can't be closed: T01, T02, {child} are left" in refused.err
    twice = oficina("sprint", "close", "S030", "--carry", "T01", "--return", "1")
    assert "T01 is named twice" in twice.err
    said = oficina(
        "sprint", "close", "S030", "--carry", "T01", "--return", child, "--rest", "cancel",
        "--to", "S031", "--reason", "fim do mês",
    )  # fmt: skip
    assert said.out.splitlines() == [
        "S030 is closed.",
        f"  {child} is returned to the backlog, held until a sprint pulls it: fim do mês",
        "  T01 is carried over to S031/T03: fim do mês",
        "  T02 is cancelled: fim do mês",
    ]
    assert oficina("sprint", "list").out.splitlines()[2].split()[3] == "closed"
    assert oficina("sprint", "show", "S030").out.count("carried over") == 1
    assert oficina("sprint", "close", "S031", "--rest", "return", "--json").json["restos"]["T01"]["acao"] == (
        "devolver"
    )


def test_a_close_says_before_and_after_what_it_does_to_those_that_wait(dinner: Path, oficina) -> None:
    assert oficina("sprint", "new", "S031", "--titulo", "Depois").code == 0
    words = ["sprint", "close", "S030", "--return", "T01", "--carry", "T02", "--to", "S031"]
    waits = "  T02 waits no more for T01, which does not come to S031"
    assert oficina(*words, "--preview").out.splitlines() == [
        "  T01 Comprar: would be returned to the backlog",
        "  T02 Cozinhar: would be carried over to S031",
        waits,
        "Nothing is closed: this only shows what would be.",
    ]
    found = oficina(*words, "--preview", "--json").json
    assert found["consequencias"] == [waits.strip()]
    assert found["restos"][1] == {"ref": "T02", "titulo": "Cozinhar", "acao": "levar"}
    assert "T01 Comprar: no fate yet" in oficina("sprint", "close", "S030", "--preview").out
    wrong = oficina("sprint", "close", "S030", "--preview", "--carry", "T07")
    assert (wrong.code, wrong.out) == (2, "")
    assert "T07 is not left over (left: T01, T02)" in wrong.err
    assert oficina(*words).out.splitlines()[-1] == waits


def test_a_task_that_goes_to_another_sprint_says_whom_it_pauses(dinner: Path, oficina) -> None:
    assert oficina("sprint", "new", "S031", "--titulo", "Depois").code == 0
    way = (
        "T02 is paused by T01 «Comprar» (carried over: it goes on as S031/T01): `oficina task move S030/T02"
        " --to S031` takes it there, `oficina task move S030/T02 --depends …` has it wait"
        " for something else (- for nothing)"
    )
    said = oficina("task", "move", "S030/T01", "--to", "S031")
    assert said.out.splitlines() == ["S030/T01 is S031/T01 now.", way]
    assert way in oficina("sprint", "show", "S030").out.splitlines()
    assert oficina("task", "move", "S030/T02", "--depends", "-").code == 0
    assert "paused" not in oficina("sprint", "show", "S030").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["task", "done", "T01"], "T01 is not started: `oficina task start T01`"),
        (["task", "start", "T02"], "T02 waits for T01 «Comprar»"),
        (["task", "start", "T09"], "S030 has no task T09 (did you mean T0"),
        (["task", "start", "S03/T01"], "there is no sprint S03 (did you mean S030?)"),
        (["task", "start", "S030/T01", "--sprint", "S1"], "S030/T01 is not of S1"),
        (["task", "add", "x", "--cost", "much"], "--cost: not a number: much"),
        (["task", "done", "T01", "--attach", "nada.txt"], "nada.txt: can't be read"),
        (["task", "edit", "T01"], "TASK: what is to change?"),
        (["task", "edit", "T01", "--hours", "many"], "--hours: not a number: many"),
        (["task", "edit", "T09", "--titulo", "x"], "S030 has no task T09 (did you mean T0"),
        (["task", "edit", "T01", "--depends", "T02"], "T01 would wait for itself: T01 → T02"),
        (["sprint", "edit"], "SPRINT: what is to change?"),
        (["sprint", "edit", "--wip", "two"], "wip: not a whole number: two"),
        (["sprint", "edit", "--wip", "0"], "wip: expected at least 1, not 0"),
        (["sprint", "edit", "--fim", "amanhã"], "fim: not a date: amanhã"),
        (["sprint", "new", "S031"], "--titulo: a sprint needs a title"),
        (["sprint", "new", "S030", "--titulo", "x"], "there is a sprint S030 already"),
        (["sprint", "open", "nada.yaml"], "nada.yaml: cannot be read"),
        (["sprint", "show", "S99"], "there is no sprint S99"),
        (["sprint", "close", "--rest", "carry"], "T01 is to be carried over: to which sprint? (--to S023)"),
        (
            ["items", "add", "documentar", "--from", "T01"],
            "S030/T01 is not started: nothing comes of its work",
        ),
    ],
)
def test_what_is_wrong_is_one_line_and_changes_nothing(
    dinner: Path, oficina, words: list[str], said: str
) -> None:
    before = oficina("sprint", "show", "--json").out
    wrong = oficina(*words)
    assert wrong.code == 2
    assert said in wrong.err
    assert wrong.err.count("\n") == 1
    assert oficina("sprint", "show", "--json").out == before


def test_without_a_sprint_it_says_how_to_get_one(shop: Path, oficina) -> None:
    assert oficina("sprint", "list").out == "No sprint yet: `oficina sprint open FILE` opens one.\n"
    assert "no sprint is open (`oficina sprint open FILE` opens one)" in oficina("task", "start", "T01").err
