"""What `oficina.yaml` says about the screen: commands, keys and themes that exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from textual.theme import BUILTIN_THEMES

from screens import themes
from screens.commands import REGISTRY
from store.errors import WrongInput
from store.yamlfile import YamlDoc, nearest

COMMANDS = tuple(entry.id for entry in REGISTRY)
THEMES = tuple(dict.fromkeys([*themes.WORDS, *themes.CYCLE, *BUILTIN_THEMES]))
"""The words for our own themes first, then every theme's full name."""


def screen_problems(doc: YamlDoc, *, theme: str, keymap: Mapping[str, str]) -> Iterator[WrongInput]:
    """Everything in a config that the screen could not do, each with its line in `doc`."""
    if theme and theme not in THEMES:
        near = nearest(theme, THEMES)
        own = f"one of {', '.join(themes.WORDS)}, or a theme of Textual's"
        yield doc.error(("theme",), f"no such theme: {theme}", f"did you mean {near}?" if near else own)
    for name, keys in keymap.items():
        path = ("keymap", name)
        if name not in COMMANDS:
            yield doc.error(path, "no such command", f"did you mean {_nearest_command(name)}?")
        elif any(not key.strip() for key in keys.split(",")):
            yield doc.error(path, "an empty key", f"for example `{name}: ctrl+q`")


def _nearest_command(name: str) -> str:
    """The command whose own name is nearest: `quit` is `app.quit`."""
    short = {entry.id.split(".", 1)[1]: entry.id for entry in reversed(REGISTRY)}
    near = get_close_matches(name, COMMANDS, n=1) or get_close_matches(
        name.rpartition(".")[2], short, n=1, cutoff=0.0
    )
    return short.get(near[0], near[0])
