"""What a workspace may spend a month and a sprint; apart, as the configuration loads before documents do."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

DEFAULT_FUSO = "America/Sao_Paulo"
MONTH, SPRINT = "mes", "sprint"
PERIODS = (MONTH, SPRINT)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the workspace may spend (`oficina.yaml`, `limites`), in R$; None is no limit.

    A month is a calendar month in the time zone `fuso`.
    """

    mes: Decimal | None = None
    sprint: Decimal | None = None
    fuso: str = DEFAULT_FUSO

    def of(self, escopo: str) -> Decimal | None:
        """The limit of a month (`mes`) or of a sprint (`sprint`)."""
        return self.mes if escopo == MONTH else self.sprint


NO_LIMITS = Limits()
