"""What `oficina.yaml` may say about the screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """Theme, keys and how decisions arrive; the defaults are those of a fresh workspace."""

    theme: str = "dark"
    """`dark`, `light`, `contrast`, `ansi`, or the name of one of Textual's themes."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Command id to keys; see `app.screen_config`."""
    prompt: Literal["modal", "inbox"] = "modal"
    """`decisions.prompt`: an arriving decision asks by itself, or only waits in the inbox."""
    typed_word_above: float = 1000.0
    """R$ above which deciding several together wants a typed word."""
    fuso: str = ""
    """The time zone of every time that is shown; empty: the machine's own."""
    undo_s: float = 5.0
    """Seconds in which a decision can be taken back."""
