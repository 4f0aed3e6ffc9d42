"""What a decision's dialog offers besides the contract's options: ways out, and closer looks."""

from __future__ import annotations

from textual.content import Content

from screens.dialogs.options import KEY_STYLE, Answer, free_key
from screens.evidence.changed import difference_lines
from screens.evidence.layout import span, words
from store.views.model import ItemDetail

KEEP, LATER, DIFFERENCE, SPEC, NOTE, EDIT, UNDO, TELL = (
    "keep",
    "later",
    "difference",
    "spec",
    "note",
    "edit",
    "undo",
    "tell",
)
_WANTED = ((LATER, "s"), (DIFFERENCE, "d"), (SPEC, "v"), (NOTE, "+"), (EDIT, "e"), (UNDO, "u"), (TELL, "t"))
_EDITED = ("ajustar_spec", "escrever_spec")
_TOLD = ("entrevistar_humano",)


def own_keys(detail: ItemDetail) -> dict[str, str]:
    """The dialog's own keys by name; the contract's options go first where they want the same."""
    taken = [option.tecla for option in detail.opcoes]
    own: dict[str, str] = {}
    for name, wanted in _WANTED:
        own[name] = free_key(wanted, [*taken, *own.values()])
    return own


def ways_out(detail: ItemDetail, own: dict[str, str]) -> list[Answer]:
    """The answers that decide nothing, the harmless one last."""
    edit = Answer(EDIT, own[EDIT], "edit the spec", "opens it in your editor; the line goes on")
    tell = Answer(TELL, own[TELL], "tell the rest", "opens the form of the interview")
    return [
        *([tell] if detail.item.get("tipo") in _TOLD else []),
        *([edit] if detail.item.get("tipo") in _EDITED else []),
        Answer(LATER, own[LATER], "later", "asks again at a time that you say"),
        Answer(KEEP, "esc", "keep in inbox", "nothing is decided"),
    ]


def told_so_far(detail: ItemDetail) -> dict[str, str]:
    """What an interview's form begins with; lists separated by commas."""
    contexto = detail.item.get("contexto") or {}
    return {
        name: ", ".join(str(each) for each in value) or "-" if isinstance(value, list | tuple) else str(value)
        for name, value in contexto.items()
        if name != "faltam"
    }


def hints(
    detail: ItemDetail, own: dict[str, str], note: str, *, more: bool = False, undo: bool = False
) -> Content:
    """The keys that only look, or add words; `more` when there is evidence below what can be seen.

    `undo` while the decision before this one can still be taken back.
    """
    shown = [
        ("pgdn", "more", more),
        (own[DIFFERENCE], "difference", bool(difference_lines(detail))),
        (own[SPEC], "open spec", detail.spec is not None),
        (own[NOTE], "note", True),
        (own[UNDO], "take the last decision back", undo),
    ]
    parts = [words(span(key, KEY_STYLE), span(label)) for key, label, there in shown if there]
    return words(*parts, span(f"«{note}»") if note else None, gap=2)
