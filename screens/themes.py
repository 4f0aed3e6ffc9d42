"""Our themes: calm, one accent. Screens use tokens only, so any of Textual's own themes works too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.theme import Theme

if TYPE_CHECKING:
    from textual.app import App

DARK = Theme(
    name="oficina-dark",
    primary="#5FA8D3",
    secondary="#7C8DA6",
    accent="#E8B45A",
    warning="#E8B45A",
    error="#E06C75",
    success="#7FB77E",
    foreground="#D6DAE0",
    background="#14171C",
    surface="#1A1E25",
    panel="#232934",
    dark=True,
    variables={
        "border": "#5FA8D3",
        "border-blurred": "#39424F",
        "block-cursor-background": "#2D4457",
        "block-cursor-foreground": "#FFFFFF",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#222B35",
        "block-cursor-blurred-foreground": "#D6DAE0",
        "footer-key-foreground": "#E8B45A",
        "text-muted": "#8A94A3",
        "text-disabled": "#596373",
        "foreground-muted": "#8A94A3",
        "scrollbar": "#39424F",
        "scrollbar-background": "#1A1E25",
    },
)

LIGHT = Theme(
    name="oficina-light",
    primary="#1B628D",
    secondary="#5B6B80",
    accent="#854D00",
    warning="#854D00",
    error="#B3303B",
    success="#27692A",
    foreground="#22272E",
    background="#FAF9F6",
    surface="#F2F0EB",
    panel="#E6E3DC",
    dark=False,
    variables={
        "border": "#1B628D",
        "border-blurred": "#878072",
        "block-cursor-background": "#CFE3F0",
        "block-cursor-foreground": "#10151A",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#E7E9E6",
        "block-cursor-blurred-foreground": "#22272E",
        "footer-key-foreground": "#854D00",
        "text-muted": "#5A5F68",
        "text-disabled": "#A3A5A8",
        "foreground-muted": "#5A5F68",
        "scrollbar": "#C6C1B6",
        "scrollbar-background": "#F2F0EB",
    },
)

CONTRAST = Theme(
    name="oficina-contrast",
    primary="#6CD0FF",
    secondary="#FFFFFF",
    accent="#FFE45C",
    warning="#FFE45C",
    error="#FF8A8A",
    success="#8CFF8C",
    foreground="#FFFFFF",
    background="#000000",
    surface="#000000",
    panel="#1C1C1C",
    dark=True,
    text_alpha=1.0,
    variables={
        "border": "#FFE45C",
        "border-blurred": "#FFFFFF",
        "block-cursor-background": "#FFFFFF",
        "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#3A3A3A",
        "block-cursor-blurred-foreground": "#FFFFFF",
        "text-muted": "#E0E0E0",
        "text-disabled": "#B0B0B0",
        "foreground-muted": "#E0E0E0",
        "footer-key-foreground": "#FFE45C",
    },
)

CYCLE = ("oficina-dark", "oficina-light", "oficina-contrast", "ansi-dark", "ansi-light")
"""What the theme key goes through; the last two use the terminal's own sixteen colours."""

WORDS = {
    "dark": "oficina-dark",
    "light": "oficina-light",
    "contrast": "oficina-contrast",
    "ansi": "ansi-dark",
}
"""The words that `oficina.yaml` may use beside a theme's full name."""


def register(app: App[Any]) -> None:
    """Make our themes known to the app."""
    for theme in (DARK, LIGHT, CONTRAST):
        app.register_theme(theme)


def following(name: str) -> str:
    """The theme after `name` in the cycle; the first one after a foreign theme."""
    return CYCLE[(CYCLE.index(name) + 1) % len(CYCLE)] if name in CYCLE else CYCLE[0]
