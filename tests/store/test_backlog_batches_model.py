"""The model of MS_Backlog once more, where a transaction moves one alone of those that wait for the same."""

from __future__ import annotations

from dataclasses import replace

from factories import World
from hypothesis import settings
from hypothesis.stateful import invariant
from test_backlog_model import BacklogMachine


class OneAtATime(World):
    """A world in which whoever else waits for the same is put off."""

    def _open(self) -> None:
        super()._open()
        self.backlog.rules = replace(self.backlog.rules, at_once=1)


class BatchesMachine(BacklogMachine):
    """Whatever happens between, once all batches are carried out nobody was forgotten or moved twice."""

    world_type = OneAtATime

    @invariant()
    def holds(self) -> None:
        self.carry_out()
        super().holds()

    def carry_out(self) -> None:
        while self.world.db.count("liberacoes"):
            if not self.world.backlog.soltar_lote():
                self.world.clock.advance(6)

    def step(self) -> bool:
        self.carry_out()
        return super().step()


del BacklogMachine
BatchesMachine.TestCase.settings = settings(BatchesMachine.TestCase.settings, max_examples=12)
TestBatchesMachine = BatchesMachine.TestCase
