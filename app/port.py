"""The screens' way to the line: each call is done in the line's thread, none blocks the screen's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from app.commands.decisions import person
from app.commands.deploy import ask_rollback
from app.definitions import Definitions
from app.sprint_port import LocalSprints, watch_sprints
from app.times import LocalTime
from jobs.actors.reading import version
from jobs.attempts import Objects
from jobs.line import Line
from jobs.line_core import Core
from jobs.line_submit import NotRunningError
from jobs.prontuario import answer_interview, from_answer, raise_pain
from jobs.specs.adding import TRIES, SpecsChanged, latest_specs, prepare, store_prepared
from jobs.workspace import Workspace
from store.errors import AlreadyDecided, StoreReadOnly, WrongInput, WrongState
from store.periods import budget_told
from store.views.detail import detail
from store.views.events import EventPage, EventQuery, Place, event_page
from store.views.model import ItemDetail, ReadModel

if TYPE_CHECKING:
    from jobs.line_metrics import LineMetrics
    from store.metrics.asking import Ask
    from store.metrics.behind import Behind
    from store.metrics.model import Chart, Page
    from store.metrics.service import MetricsService

_ARTIFACT_BYTES = 256 << 10

Result = TypeVar("Result")


class LocalPort:
    """`screens.port.LinePort` over the line of this process."""

    def __init__(self, line: Line, workspace: Workspace, definitions: Definitions) -> None:
        self._line, self._workspace, self._definitions = line, workspace, definitions
        self.sprints = LocalSprints(self._ask, self._change, workspace)
        line.submit(watch_sprints)

    def model(self) -> ReadModel:
        return self._line.model()

    def subscribe(self, listener: Callable[[ReadModel], None]) -> Callable[[], None]:
        return self._line.subscribe(listener)

    async def _ask(self, work: Callable[[Core], Result]) -> Result:
        return await asyncio.wrap_future(self._line.submit(work))

    async def _change(self, work: Callable[[Core], Result]) -> Result:
        """Like `_ask`, but only where this workspace may be changed."""

        def change(core: Core) -> Result:
            if not core.setup.may_run:
                raise StoreReadOnly(core.setup.notice)
            if core.db.readonly_reason:
                raise StoreReadOnly(core.db.readonly_reason)
            return work(core)

        try:
            return await self._ask(change)
        except AlreadyDecided as error:
            local = LocalTime(self._workspace.config.fuso)
            raise WrongState(error.told(local(error.em))) from None

    async def detail(self, item_id: str) -> ItemDetail:
        return await self._ask(
            lambda core: detail(
                core.db,
                core.backlog.rules.book,
                core.objects,
                item_id,
                opcoes=core.decisions.opcoes,
                saida=core.output(item_id),
                orcamento=lambda item: _budget(core, item),
            )
        )

    async def artifact(self, sha256: str) -> str:
        objects = Objects(self._workspace.paths.objects)
        try:
            content = await asyncio.to_thread(objects.read, sha256, _ARTIFACT_BYTES)
        except OSError as error:
            raise WrongState(f"the artifact {sha256[:12]} can't be read: {error.strerror}") from None
        return content.decode("utf-8", errors="replace")

    async def decide(
        self, item_id: str, opcao: str, *, motivo: str = "", nota: str = "", trabalho_s: float | None = None
    ) -> str:
        undo_s = self._workspace.config.undo_s
        return await self._change(
            lambda core: core.decisions.decidir(
                item_id, opcao, motivo=motivo, nota=nota, quem=person(), undo_s=undo_s, trabalho_s=trabalho_s
            )
        )

    async def undo(self, decisao_id: str) -> None:
        await self._change(lambda core: core.decisions.desfazer(decisao_id, person()))

    async def snooze(self, item_id: str, until: str) -> None:
        await self._change(lambda core: core.decisions.adiar(item_id, until, person()))

    async def reprioritize(self, item_id: str, prioridade: int) -> None:
        await self._change(lambda core: core.backlog.repriorizar(item_id, prioridade, person()))

    async def pause(self) -> None:
        await self._change(lambda core: core.pause())

    async def resume(self) -> None:
        await self._change(lambda core: core.resume())

    async def pause_actor(self, nome: str) -> None:
        await self._change(lambda core: core.pause_actor(nome))

    async def resume_actor(self, nome: str) -> None:
        await self._change(lambda core: core.resume_actor(nome))

    async def run_actor(self, nome: str) -> None:
        await self._change(lambda core: core.run_actor(nome))

    async def events(self, query: EventQuery, before: Place) -> EventPage:
        history = await self._ask(
            lambda core: core.db.history(item=query.item, until_seq=before[0], newest_first=True)
        )
        # What is older than the tail in memory is read from disk: not in the line's thread, which has more
        # to do.
        return await asyncio.to_thread(event_page, history, query, before)

    def ready_metrics(self) -> None:
        """Have the figures restored before anybody asks for them; blocks while their code is loaded."""
        begin = self._beginning(import_module("jobs.line_metrics"))
        with suppress(NotRunningError):  # the line ended a moment ago
            self._line.submit(begin)

    def _beginning(self, module: ModuleType) -> Callable[[Core], LineMetrics]:
        config = self._workspace.config

        def begun(core: Core) -> LineMetrics:
            begin: Callable[..., LineMetrics] = module.LineMetrics.begin
            return begin(core, config.id, config.fuso, config.metas)

        return begun

    async def _answer(self, work: Callable[[MetricsService], Result]) -> Result:
        """Figures are made neither in the line's thread nor in the screen's loop, but in one of their own."""
        # Loaded when somebody wants the first figure, and not in the line's thread, which has more to do.
        begin = self._beginning(await asyncio.to_thread(import_module, "jobs.line_metrics"))
        return await asyncio.wrap_future((await self._ask(begin)).answer(work))

    async def metrics(self, ask: Ask) -> Page:
        return await self._answer(lambda service: service.page(ask))

    async def burn_up(self, sprint_id: str) -> Chart:
        return await self._answer(lambda service: service.burn_up(sprint_id))

    async def metric_items(self, ids: Sequence[str]) -> tuple[Behind, ...]:
        return await self._answer(lambda service: service.behind(ids))

    async def add_spec(self, path: str) -> str:
        for _ in range(TRIES - 1):
            with suppress(SpecsChanged):
                return await self._try_to_add(Path(path))
        return await self._try_to_add(Path(path))

    async def _try_to_add(self, file: Path) -> str:
        """Files are read, checked and kept in a thread of their own: the line only stores what came of it."""
        paths, capacidades = self._workspace.paths, self._definitions.capabilities
        seen = await self._change(lambda core: latest_specs(core.db))
        prepared = await asyncio.to_thread(
            prepare, [file], seen, Objects(paths.objects), raiz=paths.root, capacidades=capacidades
        )
        (added,) = await self._change(
            lambda core: store_prepared(prepared, core.db, core.backlog, core.setup.clock)
        )
        return added.item_id

    async def edit_target(self, item_id: str) -> str:
        def target(core: Core) -> str:
            item = core.db.get("backlog_items", item_id)
            if item is None:
                raise WrongInput(f"there is no item {item_id}")
            if draft := item["contexto"].get("rascunho"):
                return str(self._workspace.paths.root / draft)
            if not item["spec_ref"]:
                raise WrongState(f"{item_id} is about no spec: there is nothing to edit")
            return str(self._workspace.paths.root / version(core.db, item["spec_ref"])["arquivo"])

        return await self._ask(target)

    async def raise_pain(self, told: Mapping[str, str]) -> str:
        kinds = {nome: each.tipo_recurso for nome, each in self._definitions.capabilities.items()}
        return await self._change(lambda core: raise_pain(core.backlog, _fields(told), kinds))

    async def answer_interview(self, item_id: str, told: Mapping[str, str]) -> str:
        def answer(core: Core) -> str:
            item = core.db.get("backlog_items", item_id)
            if item is None:
                raise WrongInput(f"there is no item {item_id}")
            return answer_interview(core.backlog, item, _fields(told), person())[0]

        return await self._change(answer)

    async def rollback(self, implantacao_id: str) -> str:
        return await self._change(lambda core: ask_rollback(core.db, core.backlog, implantacao_id))


def _budget(core: Core, item: dict[str, Any]) -> dict[str, Any] | None:
    rules = core.backlog.rules
    budgeted = rules.book.of(item).abre_execucao
    return budget_told(core.db, item, rules.limites, rules.clock.now(), budgeted=budgeted)


def _fields(told: Mapping[str, str]) -> dict[str, Any]:
    """An interview's form as the fields of a prontuario."""
    return {name: from_answer(name, text) for name, text in told.items()}
