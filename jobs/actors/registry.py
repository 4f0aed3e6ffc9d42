"""Every step that oficina itself does, by the type of item."""

from __future__ import annotations

from collections.abc import Mapping

from jobs.actors.deployment import IMPLANTAR, REVERTER
from jobs.actors.development import CORRIGIR_BUG, DESENVOLVIMENTO
from jobs.actors.installing import INSTALAR_CAPACIDADE
from jobs.actors.pains import ENTREVISTAR_DOR
from jobs.actors.pricing import ORCAR_SPEC
from jobs.actors.specifying import ESPECIFICAR
from jobs.protocol import StepSpec

STEPS: Mapping[str, StepSpec] = {
    step.tipo: step
    for step in (
        ORCAR_SPEC,
        DESENVOLVIMENTO,
        CORRIGIR_BUG,
        IMPLANTAR,
        REVERTER,
        ENTREVISTAR_DOR,
        INSTALAR_CAPACIDADE,
        ESPECIFICAR,
    )
}
