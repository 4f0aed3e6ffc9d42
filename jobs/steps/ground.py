"""What a step begins with: what became of the attempts before, and the spec's files on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.performers.channel import Channel
from jobs.specs.freezing import read_files
from jobs.workers.package import Package

_SHOWN = 300


def say_history(channel: Channel) -> None:
    """Show why the last attempt ended and what the owner wrote for this one."""
    document = channel.input
    earlier = [each for each in document.get("tentativas", ()) if each["motivo"]]
    if earlier:
        number, motivo = document["item"]["tentativa"], _one_line(earlier[-1]["motivo"])
        channel.output(f"attempt {number}; the last one: {motivo}")
        channel.progress(f"attempt {number}", texto=motivo)
    if document.get("recado"):
        channel.output(f"the owner says: {_one_line(document['recado'])}")


def lay_out_spec(channel: Channel, spec: Mapping[str, Any] | None) -> Path | None:
    """The directory with the files of a frozen version; None where there is none."""
    if spec is None:
        return None
    directory = channel.workdir / "spec"
    Package("spec", read_files(channel.objects, spec)).write_to(directory)
    return directory


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
