"""The forms of the Sprint screen: their fields, filled with what is known. The line reads what is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from screens.dialogs.form import FormField
from screens.sprint_tree import parent
from screens.states import state
from store.views.model import Document, ReadModel
from store.views.sprint import ENDS, SprintView, TaskRow

GROUPINGS = ("Feature", "Saga", "Épico", "Ciclo Epistemológico")
_DATE = "as in 2025-12-31; empty for none"


def open_codes(view: SprintView) -> tuple[str, ...]:
    """The codes of the tasks that have not ended."""
    return tuple(row.codigo for row in view.tarefas if row.estado not in ENDS)


def new_task(view: SprintView, model: ReadModel, pai: str) -> list[FormField]:
    """A person's task, or one that carries an item."""
    return [
        FormField("titulo", "Title", hint="of a person's task; empty for an item's"),
        FormField(
            "item",
            "or item",
            hint="of the backlog: 42 or BKL-0042",
            about=lambda text: item_told(model, text),
        ),
        FormField("responsavel", "Who", hint="the person or MS that does it", known=responsibles(view)),
        FormField("horas", "Hours", hint="of a person's task, as in 3,5"),
        FormField("custo", "R$", hint="of a person's task, as in 420,00"),
        FormField(
            "pai",
            "Under",
            pai,
            hint="the task above; empty for a root",
            known=open_codes(view),
            about=lambda text: task_told(view, text),
        ),
        _depends(view, ""),
    ]


def _depends(view: SprintView, value: str) -> FormField:
    return FormField(
        "depende_de",
        "Depends on",
        value,
        hint="tasks and items, separated by commas: T01, BKL-0042",
        known=open_codes(view),
    )


def edit_task(view: SprintView, row: TaskRow, task: Document) -> list[FormField]:
    """What may still be said anew of a task: an item says its own title and estimate."""
    fields = [FormField("responsavel", "Who", row.responsavel, known=responsibles(view))]
    if not row.item_ref:
        said = task.get("estimativa") or {}
        fields = [
            FormField("titulo", "Title", row.titulo),
            *fields,
            FormField("horas", "Hours", decimal(said.get("horas")), hint="as in 3,5; empty for none"),
            FormField("custo", "R$", decimal(said.get("custo")), hint="as in 420,00; empty for none"),
        ]
    if not row.iniciada_em:
        fields.append(_depends(view, ", ".join(row.depende_de)))
        auto = "yes" if task.get("espera_auto") else "no"
        fields.append(
            FormField("auto_iniciar", "By itself", auto, hint="yes: it starts once it waits for nothing")
        )
    return fields


def move_task(view: SprintView, row: TaskRow, others: Sequence[str]) -> list[FormField]:
    """Where a task goes; empty is a root, and this sprint."""
    return [
        FormField(
            "pai",
            "Under",
            parent(row.codigo),
            hint="the task above; empty for a root",
            known=open_codes(view),
            about=lambda text: task_told(view, text),
        ),
        FormField("antes_de", "Before", hint="a task beside it; empty for the last", known=open_codes(view)),
        FormField("para", "Sprint", hint=f"another that is open; empty for {view.sprint.sprint_id}",
                  known=tuple(others)),
    ]  # fmt: skip


def conclusion(row: TaskRow) -> list[FormField]:
    """What a person's task came to."""
    return [
        FormField("resultado", "Result", hint="in a sentence; may stay empty"),
        FormField("horas", "Hours", hint="worked on it, as in 3,5", about=lambda _: _estimated(row)),
        FormField("anexos", "Files", hint="that come with it, separated by commas"),
    ]


def _estimated(row: TaskRow) -> str:
    return f"estimated {decimal(row.estimado_horas)} h" if row.estimado_horas is not None else ""


def reason(label: str) -> list[FormField]:
    """Only why."""
    return [FormField("motivo", label)]


def new_sprint(sprint_id: str) -> list[FormField]:
    """A sprint made on screen; `sprint_id` is proposed."""
    return [
        FormField("sprint_id", "Id", sprint_id, hint="as in S022"),
        FormField("titulo", "Title"),
        FormField("objetivo", "Goal"),
        FormField("inicio", "From", hint=_DATE),
        FormField("fim", "To", hint=_DATE),
        FormField("wip", "WIP limit", hint="tasks under way at once; empty for no limit"),
        FormField("orcamento", "Budget R$", hint="as in 3000,00; empty for none"),
        FormField("agrupador", "Groups", "Feature", hint=", ".join(GROUPINGS), known=GROUPINGS),
    ]


def edit_sprint(view: SprintView, sprint: Document) -> list[FormField]:
    """What may be said anew of an open sprint."""
    auto = "yes" if sprint.get("auto_iniciar") else "no"
    return [
        FormField("titulo", "Title", view.sprint.titulo),
        FormField("objetivo", "Goal", view.objetivo),
        FormField("inicio", "From", view.sprint.inicio, hint=_DATE),
        FormField("fim", "To", view.sprint.fim, hint=_DATE),
        FormField("wip", "WIP limit", decimal(view.sprint.wip), hint="empty for no limit"),
        FormField("orcamento", "Budget R$", decimal(view.orcamento), hint="empty for none"),
        FormField("horas_dia", "Hours a day", decimal(sprint.get("horas_dia")), hint="for the forecast"),
        FormField(
            "limite_filhos",
            "Children a task",
            decimal(sprint.get("limite_filhos")),
            hint="pulled by itself; empty for no limit",
        ),
        FormField("auto_iniciar", "By themselves", auto, hint="yes: tasks start once they wait for nothing"),
        FormField("agrupador", "Groups", view.sprint.agrupador, known=GROUPINGS),
    ]


def changes(entries: Sequence[FormField], told: Mapping[str, str]) -> dict[str, str]:
    """What is otherwise than it was; hours and cost are one estimate, and told together."""
    changed = {entry.name: told[entry.name] for entry in entries if told[entry.name] != entry.value}
    if changed.keys() & {"horas", "custo"}:
        changed |= {name: told[name] for name in ("horas", "custo") if name in told}
    return changed


def decimal(value: object) -> str:
    """A number as it is typed: `3,5`; empty for none."""
    if value is None or value == "":
        return ""
    text = str(Decimal(str(value)))
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def responsibles(view: SprintView) -> tuple[str, ...]:
    """Who has tasks in the sprint."""
    return tuple(dict.fromkeys(row.responsavel for row in view.tarefas if row.responsavel))


def item_told(model: ReadModel, text: str) -> str:
    """What an id stands for, while it is typed."""
    if not text:
        return ""
    name = f"BKL-{int(text):04d}" if text.isdecimal() else text.upper()
    row = model.item(name)
    if row is None:
        return f"there is no item {name}" if name.removeprefix("BKL-").isdecimal() else ""
    return f"{row.id} {row.titulo} ({state(row.estado).label})"


def task_told(view: SprintView, text: str) -> str:
    """What a code stands for, while it is typed."""
    row = next((each for each in view.tarefas if each.codigo == text.upper()), None)
    return f"{row.codigo} {row.titulo}" if row is not None else ""


def next_sprint(known: Sequence[str]) -> str:
    """The id after the last one: S023 after S022; S001 for the first."""
    for name in known:
        head, tail = name.rstrip("0123456789"), name[len(name.rstrip("0123456789")) :]
        if tail:
            return f"{head}{int(tail) + 1:0{len(tail)}d}"
    return "S001"
