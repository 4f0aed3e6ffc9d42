"""What rules have answered since the screen was opened: each told once, with a way back if there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from screens.evidence.titles import row_name
from store.clock import seconds_between
from store.views.model import ReadModel, RuleAnswer


@dataclass(frozen=True, slots=True)
class RulesTold:
    """Answers of rules to be told together; `undo_s` is how long they can all be taken back."""

    answers: Sequence[RuleAnswer]
    name: str
    undo_s: float

    @property
    def decisoes(self) -> tuple[str, ...]:
        return tuple(each.decisao for each in self.answers)

    @property
    def itens(self) -> tuple[str, ...]:
        return tuple(each.item_id for each in self.answers)


class RuleWatch:
    """Takes each published model; gives what rules have answered since the one before."""

    def __init__(self) -> None:
        self._known: set[str] | None = None

    def take(self, model: ReadModel, now: str) -> RulesTold | None:
        """The answers that are new at `now` (UTC text); None where there are none."""
        if not model.linha.carregado:
            return None
        known, self._known = self._known, {each.decisao for each in model.por_regra}
        fresh = [each for each in model.por_regra if known is not None and each.decisao not in known]
        if not fresh:
            return None
        left = [seconds_between(now, each.desfazer_ate) if each.desfazer_ate else 0.0 for each in fresh]
        return RulesTold(fresh, _name(fresh, model), max(0.0, min(left)))


def _name(answers: Sequence[RuleAnswer], model: ReadModel) -> str:
    """`politica:small: aprovar · budget of frete`, or how many there are."""
    if len(answers) > 1:
        rules = ", ".join(dict.fromkeys(each.regra for each in answers))
        return f"{len(answers)} decisions by rule ({rules})"
    (answer,) = answers
    row = model.item(answer.item_id)
    about = row_name(row) if row is not None else answer.item_id
    return f"politica:{answer.regra}: {answer.opcao} · {about}"
