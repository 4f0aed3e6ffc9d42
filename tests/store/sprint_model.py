"""What must hold of sprints after every operation (section 3.6), told from the stored documents alone."""

from __future__ import annotations

import re
from typing import Any

from factories import World

OPEN = {"Bloqueado", "Pendente", "EmProcessamento"}
CARRIES = {"", "concluida"}


class SprintSnapshot:
    """Everything that is stored, read once."""

    def __init__(self, world: World, confirmed: set[str]) -> None:
        """`confirmed` are the children that somebody said are to be pulled."""
        self.confirmed = confirmed
        db = world.db
        self.items = {item["id"]: item for item in db.all("backlog_items")}
        self.tasks = {task["chave"]: task for task in db.all("tasks")}
        self.sprints = {sprint["sprint_id"]: sprint for sprint in db.all("sprints")}
        self.count = db.count("tasks")

    def check(self) -> None:
        self._check_codes()
        self._check_carried()
        self._check_items()
        self._check_pulled()
        self._check_concluded()
        self._check_held()
        self._check_cycles()
        self._check_limits()

    # -- HIERARQUIA-CODIGO; codes are unique

    def _check_codes(self) -> None:
        assert len(self.tasks) == self.count, "a code was given twice"
        for task in self.tasks.values():
            assert task["chave"] == f"{task['sprint_id']}/{task['codigo']}"
            assert task["pai"] == task["codigo"].rpartition(".")[0]
            assert task["sob"] == f"{task['sprint_id']}/{task['pai']}"
            assert re.fullmatch(r"T\d{2,}(\.[1-9]\d*)*", task["codigo"])
            if task["pai"]:
                assert f"{task['sprint_id']}/{task['pai']}" in self.tasks, task
            assert task["sprint_id"] in self.sprints

    # -- TRANSFERENCIA-ATOMICA; SSOT-BACKLOG; a child is in at most one sprint

    def _check_carried(self) -> None:
        carried: dict[str, str] = {}
        for task in self.tasks.values():
            assert not {"origem", "status", "prioridade"} & task.keys(), "the backlog alone has these"
            if not task["item_ref"]:
                assert task["titulo"], task
                continue
            assert task["titulo"] == "", "the sprint holds no copy of what the backlog knows"
            assert task["estimativa"] is None, task
            assert task["resultado"] is None, task
            if task["fim"] in CARRIES:
                assert task["item_ref"] not in carried, f"{task['item_ref']} is in two places"
                carried[task["item_ref"]] = task["chave"]
                assert self.items[task["item_ref"]]["tarefa"] == task["chave"], task
        for item in self.items.values():
            if item["filho_de"] and item["tarefa"] and item["status"] in OPEN:
                assert carried.get(item["id"]) == item["tarefa"], item
        self.carried = carried

    # -- ORIGEM-OPCIONAL; nothing is claimed that is held

    def _check_items(self) -> None:
        for item in self.items.values():
            if item["filho_de"]:
                self._check_child(item)
            elif item["tarefa"] is None and not item["pai"]:
                assert item["origem"] is None, item
            task = self.tasks.get(self.carried.get(item["id"], ""))
            if task is not None and not task["iniciada_em"]:
                assert item["retido"] or item["status"] not in OPEN, item
            if item["retido"]:
                assert item["status"] != "EmProcessamento", item
                assert item["lease"] is None, item

    def _check_child(self, item: dict[str, Any]) -> None:
        origin = item["origem"]
        assert item["filho_de"] == f"{origin['sprint_id']}/{origin['task_codigo']}"
        assert self.tasks[item["filho_de"]]["iniciada_em"], "nothing comes of work that is not begun"
        assert not item["parte"], "it holds nobody"
        assert (item["execucao_ref"], item["gap_ref"]) == ("", "")
        if not self._ever_started(item):
            assert item["retido"] or item["status"] not in OPEN, item
            assert not item["tentativas"], item
        self._check_left(item)

    def _check_left(self, item: dict[str, Any]) -> None:
        """What is left in the backlog is held, and says who left it; work that goes on nobody leaves."""
        if item.get("deixado") and item["status"] in OPEN:
            assert item["retido"], item
            assert item["tarefa"] is None, item
            assert item["deixado"]["por"], item
        if item["status"] in OPEN and not item["retido"] and not item["tarefa"]:
            assert item["tentativas"], f"{item['id']} can be begun behind its owner's back"

    def _ever_started(self, item: dict[str, Any]) -> bool:
        return any(task["iniciada_em"] for task in self.tasks.values() if task["item_ref"] == item["id"])

    # -- AUTO-PULL-RESPEITADO

    def _check_pulled(self) -> None:
        for item in self.items.values():
            if not item["filho_de"] or item["origem"]["auto_pull"]:
                continue
            tasks = [task for task in self.tasks.values() if task["item_ref"] == item["id"]]
            if any(task["fim"] != "cancelada" for task in tasks):
                assert item["id"] in self.confirmed, f"{item['id']} was pulled without an answer"

    # -- a concluded task's children are each pulled, decided or openly pending

    def _check_concluded(self) -> None:
        for item in self.items.values():
            if not item["filho_de"] or item["status"] not in OPEN or item["id"] in self.carried:
                continue
            if self._gone_on(self.tasks[item["filho_de"]])["fim"] != "concluida":
                continue
            # One that was at work when its sprint gave it back works on.
            told = item.get("deixado") or item["tentativas"]
            assert self._asked(item) or told, f"{item['id']} is orphaned"

    # -- no work is orphaned: whatever is held is on its way to somebody

    def _check_held(self) -> None:
        for item in self.items.values():
            if not item["retido"] or item["status"] not in OPEN or self._has_open_task(item):
                continue
            assert item["filho_de"], f"{item['id']} is held for nobody"
            parent = self._gone_on(self.tasks[item["filho_de"]])
            assert self._asked(item) or item.get("deixado") or not parent["fim"], f"{item['id']} is orphaned"

    def _has_open_task(self, item: dict[str, Any]) -> bool:
        return any(
            task["item_ref"] == item["id"] and not task["fim"] and item["tarefa"] == task["chave"]
            for task in self.tasks.values()
        )

    def _gone_on(self, task: dict[str, Any]) -> dict[str, Any]:
        while task["levada_para"]:
            task = self.tasks[task["levada_para"]]
        return task

    def _asked(self, item: dict[str, Any]) -> bool:
        found = [
            each
            for each in self.items.values()
            if each["tipo"] == "decidir_pull"
            and each["contexto"]["item_ref"] == item["id"]
            and each["status"] in OPEN
        ]
        assert len(found) <= 1, found
        return bool(found)

    # -- no cycle of tasks

    def _check_cycles(self) -> None:
        state: dict[str, str] = {}

        def visit(chave: str) -> None:
            assert state.get(chave) != "open", f"{chave} waits for itself"
            if chave in state:
                return
            state[chave] = "open"
            task = self.tasks[chave]
            for ref in task["depende_de"]:
                other = f"{task['sprint_id']}/{ref}"
                if ref.startswith("T") and not self.tasks[other]["fim"]:
                    visit(other)
            for below in self.tasks.values():
                if below["sob"] == chave and not below["fim"]:
                    visit(below["chave"])
            state[chave] = "done"

        for task in self.tasks.values():
            if not task["fim"]:
                visit(task["chave"])

    # -- limits

    def _check_limits(self) -> None:
        for sprint in self.sprints.values():
            tasks = [task for task in self.tasks.values() if task["sprint_id"] == sprint["sprint_id"]]
            under_way = [task for task in tasks if task["em_curso"]]
            assert all(task["iniciada_em"] and not task["fim"] for task in under_way)
            assert len(under_way) == sum(bool(task["iniciada_em"]) and not task["fim"] for task in tasks)
            if sprint["estado"] == "encerrada":
                assert all(task["fim"] for task in tasks), sprint["sprint_id"]
