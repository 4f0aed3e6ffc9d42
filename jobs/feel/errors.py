"""What can be wrong with a FEEL expression or a decision: each error carries what its reader needs."""

from __future__ import annotations

from store.errors import OficinaError, WrongInput


class FeelError(OficinaError):
    """An expression cannot be read or makes no sense; `position` counts characters from 0."""

    exit_code = 2

    def __init__(self, problem: str, text: str, position: int, *, remedy: str = "") -> None:
        self.problem, self.text, self.position, self.remedy = problem, text, position, remedy
        super().__init__(
            f"{_shown(text)}: character {position + 1}: {problem}" + (f" ({remedy})" if remedy else "")
        )


class InvalidInput(WrongInput):
    """A value handed to a table is not one that its input allows; `campo` names the input."""

    def __init__(self, campo: str, problem: str, *, remedy: str = "") -> None:
        self.campo = campo
        super().__init__(problem, path=campo, remedy=remedy)


class DecisionError(OficinaError):
    """The table gave no answer for inputs that are all allowed."""


class RuleConflict(DecisionError):
    """Rules matched that the hit policy forbids to match together; `rules` counts from 1."""

    def __init__(self, table: str, rules: tuple[int, ...]) -> None:
        self.rules = rules
        named = ", ".join(str(rule) for rule in rules)
        super().__init__(f"table {table}: rules {named} match the same inputs, which its hit policy forbids")


class OutOfRange(DecisionError):
    """Arithmetic left the range or precision of FEEL's 34-digit decimal numbers."""


def _shown(text: str, limit: int = 60) -> str:
    """The expression as one short printable line."""
    line = "".join(char if char.isprintable() else " " for char in text)
    return line if len(line) <= limit else line[: limit - 1] + "…"
