"""The errors that reach a user: each is one line that says what is wrong and what would be right."""

from __future__ import annotations


class OficinaError(Exception):
    """Base of every expected error; `str()` is one line for the user."""

    exit_code = 1


class WrongInput(OficinaError):
    """Something a person wrote is wrong: file, line, field, problem and remedy.

    `line` counts from 1 and is 0 where there is none; `path` is the field, as in `vertentes[0].regras[2].se`.
    """

    exit_code = 2

    def __init__(
        self, problem: str, *, file: str = "", line: int = 0, path: str = "", remedy: str = ""
    ) -> None:
        self.problem, self.file, self.line, self.path, self.remedy = problem, file, line, path, remedy
        where = f"{file}:{line}" if file and line else file
        parts = [part for part in (where, path, problem) if part]
        super().__init__(_visible(": ".join(parts) + (f" ({remedy})" if remedy else "")))


def _visible(text: str) -> str:
    """One line whatever was written into the input: what can't be seen is shown as its escape."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


class StoreError(OficinaError):
    """The store could not do what was asked; nothing was half done."""


class StoreBusy(StoreError):
    """The store's lock was not free in time; the message names its holder."""


class StoreCorrupt(StoreError):
    """Damage that is not a torn tail; nothing on disk was changed."""


class StoreFailed(StoreError):
    """An fsync failed or a partial write could not be undone: the process must reopen the store."""


class StoreReadOnly(StoreError):
    """The store was opened, or can only be opened, for viewing."""


class StaleWrite(StoreError):
    """A whole-database write was based on an old read."""


class BacklogError(OficinaError):
    """MS_Backlog refused an operation; nothing was stored."""


class LostToken(BacklogError):
    """The lease's token is not the item's any more: what the worker hands in is not written."""


class WrongState(BacklogError):
    """The item's status does not allow the operation."""


class AlreadyDecided(WrongState):
    """Somebody has answered the item; the message says who, when and what."""

    def __init__(self, item_id: str, opcao: str, quem: str, em: str, motivo: str = "") -> None:
        self.item_id, self.opcao, self.quem, self.em, self.motivo = item_id, opcao, quem, em, motivo
        super().__init__(self.told(f"{em[:10]} {em[11:19]} UTC"))

    def told(self, when: str) -> str:
        """The message, with its time as whoever reads it has it."""
        why = f" («{self.motivo}»)" if self.motivo else ""
        return _visible(f"{self.item_id} was decided by {self.quem} at {when}: {self.opcao}{why}")


class CycleRefused(BacklogError):
    """Producing the item would close a cycle; the message names the path."""
