"""Quitting while work runs asks first."""

from __future__ import annotations

from screens.dialogs.confirm import ConfirmDialog
from screens.evidence.values import count


class QuitDialog(ConfirmDialog):
    """True when the owner leaves although `running` steps run."""

    def __init__(self, running: int) -> None:
        super().__init__(
            "Leave while work runs?",
            f"{count(running, 'step runs', 'steps run')} now. Leaving lets it finish for a short while, "
            "then ends it: the next start picks it up again. Nothing is lost.",
            ("quit", "ends what runs and leaves"),
            ("stay", "the line goes on"),
        )
