"""A spec that was edited but could not be added: the mistake stays on screen until it is dealt with."""

from __future__ import annotations

from typing import ClassVar

from screens.dialogs.confirm import ConfirmDialog


class MistakeDialog(ConfirmDialog):
    """True when the owner wants the editor again."""

    YES_KEY: ClassVar[str] = "e"
    DANGEROUS: ClassVar[bool] = False

    def __init__(self, problem: str) -> None:
        """`problem` is the refusal's one line: file, line, field and what is wrong."""
        super().__init__(
            "The spec was not added",
            problem,
            ("edit again", "opens it in your editor, as you left it"),
            ("later", "the file stays as it is; nothing was added"),
        )
