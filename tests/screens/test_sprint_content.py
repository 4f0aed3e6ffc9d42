"""What Sprint says: burn-up, head, dates, forms' values; pure."""

from __future__ import annotations

from decimal import Decimal

import pytest
from models import NOW
from sprint_models import children, document, left, sprint_model, task, view

from screens import sprint_content as content
from screens import sprint_detail as detail
from screens import sprint_forms as forms
from screens.overview_sprint import sprint_line
from screens.sprint_burnup import burn_up, steps, ticks
from screens.sprint_states import state_of
from store.views.sprint import WaitRow, active
from store.views.task import TaskDetail

POINTS = (("2026-01-02", 0, 8), ("2026-01-04", 2, 11), ("2026-01-05", 3, 12))
KEYS = {
    name: name
    for name in (
        "start",
        "conclude",
        "pull",
        "block",
        "add",
        "edit",
        "move",
        "new_sprint",
        "sprints",
        "decide",
    )
}


def test_the_burn_up_has_a_step_a_day_and_the_last_of_several() -> None:
    found = steps(POINTS, "2026-01-06", 30)
    assert found.done == (0, 0, 2, 3, 3)
    assert found.scope == (8, 8, 11, 12, 12)
    assert steps(POINTS, "2026-01-06", 2).done == (0, 3)
    assert steps(POINTS, "", 30).last == "2026-01-05"
    assert steps((), "2026-01-06", 30).scope == ()
    assert burn_up((), "2026-01-06", 30) == []


def test_both_rows_of_the_burn_up_are_of_one_scale() -> None:
    scope, done, days = (line.plain for line in burn_up(POINTS, "2026-01-05", 26))
    assert scope == "scope ▆▆██ 12"
    assert done == "done    ▂▂ 3"
    assert days.strip() == "01-02 to 01-05"
    assert ticks([0, 1, 100], 100) == " ▁█"
    assert ticks([0, 0], 1) == "  "


@pytest.mark.parametrize(
    ("inicio", "fim", "estado", "told"),
    [
        ("2026-01-02", "2026-01-16", "aberta", "day 4 of 15, to 01-16"),
        ("2025-12-01", "2025-12-31", "aberta", "over since 2025-12-31"),
        ("2026-02-01", "2026-02-10", "aberta", "2026-02-01 to 2026-02-10"),
        ("2026-01-02", "2026-01-16", "encerrada", "2026-01-02 to 2026-01-16"),
        ("2026-01-02", "", "aberta", "from 2026-01-02"),
        ("", "2026-01-16", "aberta", "to 2026-01-16"),
        ("", "", "aberta", ""),
    ],
)
def test_days_are_told_as_far_as_they_are_planned(inicio: str, fim: str, estado: str, told: str) -> None:
    assert content.days(view(inicio=inicio, fim=fim, estado=estado).sprint, "2026-01-05") == told


def plain(made: object) -> str:
    return getattr(made, "plain", "")


def test_the_head_tells_cost_budget_and_forecast() -> None:
    assert plain(content.cost(view())) == "R$ 720,00 of R$ 3.000,00 budget"
    assert plain(content.cost(view(orcamento=None))) == "R$ 720,00 of R$ 3.360,00 estimated"
    assert content.cost(view(orcamento=None, estimado_custo=Decimal(0), realizado_custo=Decimal(0))) is None
    assert plain(content.over_budget(view())) == "estimated R$ 3.360,00"
    assert content.over_budget(view(orcamento=None)) is None
    assert plain(content.forecast(view())) == "34 h left, done by 01-19, late"
    assert plain(content.forecast(view(fim_previsto="2026-01-12"))) == "34 h left, done by 01-12"
    assert content.forecast(view(fim_previsto="")) is None
    assert plain(content.wip(view(wip=None))) == "WIP 6"


def test_one_that_waits_for_its_sprint_is_told_from_one_that_is_blocked() -> None:
    words = {row.codigo: state_of(row).label for row in view().tarefas}
    assert (words["T03"], words["T04"], words["T05"]) == ("◦ waits", "■ blocked", "■ blocked")
    assert content.stuck(view()) == 4


def told(codigo: str, found: TaskDetail | None = None) -> str:
    row = next(each for each in view().tarefas if each.codigo == codigo)
    kids = [child for child in children() if child.task == codigo]
    return "\n".join(line.plain for line in detail.lines(row, kids, found, KEYS, NOW, 90))


def test_the_detail_says_what_is_to_be_done() -> None:
    assert "Its item has ended: conclude concludes the task." in told("T01.1")
    assert "BKL-0003 waits for you: decide opens it." in told("T01.2")
    assert "block or start goes on with it." in told("T05")
    assert "it will not come by itself any more" in told("T06")
    assert "edit has it wait for something else, or for nothing" in told("T06")
    assert "cancel the task, or decide about it" in told("T08")
    assert "comes in when the task is concluded, pull pulls it now" in told("T02")
    assert "is asked about when the task is concluded" in told("T02")


def test_the_detail_has_result_and_history() -> None:
    item = {"contexto": {"o_que": "o guia"}, "resultado": {"texto": "em docs/"}}
    text = told("T01.1", TaskDetail(document(), item))
    assert "em docs/" in text
    assert "edited by po titulo M0 → M0-M3" in text
    assert "nothing yet" in told("T12", TaskDetail(document(historico=[])))
    other = {"em": NOW, "quem": "po", "oque": "dependencias", "dados": {"depende_de": ["T02"]}}
    assert "waits for something else by po after T02" in told("T12", TaskDetail(document(historico=[other])))


def test_the_line_on_overview_leaves_out_what_has_no_room() -> None:
    whole = sprint_line(view(), 1, "2 sprint", 160).plain
    assert "1 of 12 done   WIP 6/6   ■ 4 blocked   R$ 720,00 of R$ 3.000,00   34 h left" in whole
    assert whole.endswith("2 sprint")
    narrow = sprint_line(view(), 0, "2 sprint", 50).plain
    assert "1 of 12" in narrow
    assert len(narrow) == 50


def test_the_sprint_at_work_goes_before_the_planned_and_the_oldest() -> None:
    idle = [task("T01", "x")]
    late, planned = (view(idle, sprint_id=name, inicio=day, fim="2026-03-01") for name, day in
                     (("S9", "2026-02-01"), ("S8", "2026-01-01")))  # fmt: skip
    at_work = view(sprint_id="S7")
    assert active((late, planned, at_work), "2026-01-05") is at_work
    assert active((late, planned), "2026-01-05") is planned
    assert active((late, late), "2026-01-05") is late
    assert active((), "2026-01-05") is None


def test_numbers_are_shown_as_they_are_typed() -> None:
    assert [forms.decimal(value) for value in (None, "", 6, 3.5, Decimal("720.00"), "1000.50")] == [
        "", "", "6", "3,5", "720", "1000,5",
    ]  # fmt: skip
    assert forms.next_sprint(["S022", "S021"]) == "S023"
    assert forms.next_sprint(["verão", "R9"]) == "R10"
    assert forms.next_sprint([]) == "S001"


def test_what_is_typed_is_told_about() -> None:
    model = sprint_model()
    assert forms.item_told(model, "42") == "BKL-0042 Documentar o guia (○ Pendente)"
    assert forms.item_told(model, "bkl-9999") == "there is no item BKL-9999"
    assert forms.item_told(model, "x") == forms.item_told(model, "") == ""
    assert forms.task_told(view(), "t02") == "T02 MS_Backlog: listar_filhos()"
    assert forms.task_told(view(), "T99") == ""


def test_the_detail_says_where_what_pauses_a_task_has_gone() -> None:
    gone = WaitRow("T01", "Comprar", "levada", "S023/T04", True, False)
    row = task("T02", "Cozinhar", "pausada", depende_de=("T01",), espera=(gone,))
    lines = [line.plain.strip() for line in detail.lines(row, (), None, KEYS, NOW, 90)]
    assert lines[3:8] == [
        "Paused by",
        "✗ T01 → carried over",
        "Comprar",
        "it goes on as S023/T04: this sprint waits for it in vain",
        "move takes it to S023, too; edit has it wait for something else",
    ]


def test_the_detail_says_what_the_recipe_foresees_until_the_task_is_started() -> None:
    foreseen = [
        {"tipo": "aprovacao_externa", "contexto": {"o_que": "os times leem"}},
        {"tipo": "corrigir_bug", "titulo": "Corrigir o fluxo", "contexto": {}},
    ]
    found = TaskDetail(document(filhos=foreseen))
    assert told("T12", found).split("\n\n")[2].splitlines() == [
        "Its work will bring up, once it is started",
        "◇ approval os times leem",
        "◇ bug fix Corrigir o fluxo",
    ]
    assert "Its work will" not in told("T02", found)
    assert "Its work will" not in told("T09", found)


@pytest.mark.parametrize(("width", "drawn"), [(118, 19), (86, 14), (80, 6), (76, 6), (73, 3), (68, 0)])
def test_the_counts_are_whole_and_the_bar_makes_room(width: int, drawn: int) -> None:
    full = content.head_lines(content.Head(view(deixados=left()), 0, 15, "", "2026-01-05"), width)
    line = full.plain.splitlines()[1]
    assert line.endswith("⊘ 2 left")
    counts = ("1 of 12 done", "WIP 6/6", "■ 4 blocked", "» 1 ready", "+3 to pull")
    assert all(part in line for part in counts)
    assert len(line.partition("1 of 12")[0].strip()) == drawn
    assert len(line) <= width


def test_the_sums_are_whole_at_80_columns() -> None:
    line = content.head_lines(content.Head(view(), 0, 15, "", "2026-01-05"), 78).plain.splitlines()[2]
    assert line == "R$ 720,00 of R$ 3.000,00 34 h left, done by 01-19, late estimated R$ 3.360,00"
