"""What a workspace's own capabilities may run or write, in a line each: what its owner approves, in short."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from jobs.capabilities import Capability, load_capabilities
from store.errors import WrongInput
from store.yamlfile import ReadFile


def named_commands(own: ReadFile | None) -> list[str]:
    """A line for each probe, install command and spec template of a workspace's own capabilities; none where
    its file says nothing that can be read.
    """
    if own is None:
        return []
    try:
        # Of its own file alone: what oficina comes with needs no approval.
        found = load_capabilities(path=own)
    except WrongInput:
        return []
    return [f"capabilities.yaml: {nome}: {line}" for nome, each in found.items() for line in _lines(each)]


def _lines(capability: Capability) -> Iterator[str]:
    reach = ", with the network" if capability.rede else ""
    yield f"probe{reach}: {shlex.join(capability.sonda)}"
    if capability.instalar:
        yield f"install, when you decide so{reach}: {capability.instalar_texto}"
    if capability.spec is not None:
        sides = capability.spec.get("vertentes")
        count = len(sides) if isinstance(sides, list) else 0
        yield f"spec, when you decide so: {count} vertente{'' if count == 1 else 's'}, written into specs/"
