"""A plan of repair, and the files that it makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from store.journal.files import JOURNAL, SNAPSHOT, install, segment_path
from store.journal.lines import FORMAT, encode, end_marker, seal
from store.journal.salvage import EDITED, Damage, Part
from store.journal.salvage_segments import NewSegment
from store.journal.sealed import write_segment
from store.journal.segment import create_segment
from store.journal.snapshot import Snapshot, write_snapshot


@dataclass
class RepairPlan:
    """What is damaged, what becomes of it, and what the store would hold; a sound one has no damage."""

    directory: Path
    damage: list[Damage] = field(default_factory=list)
    seq: int = 0
    documents: dict[str, int] = field(default_factory=dict)
    kept: str = ""
    """Where copies of all files as they are would go, in the store's directory."""
    seen: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Size and digest of each file that the plan goes by."""
    snapshot: Snapshot | None = None
    """The new one, with an empty journal after it; None where both are sound and stay as they are."""
    schemas: dict[str, int] = field(default_factory=dict)
    segments: list[NewSegment] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether there is nothing to repair."""
        return not self.damage

    @property
    def wants_edits(self) -> bool:
        """Whether `accept_edits` would keep more."""
        return any(EDITED in each.problem and "set aside" in each.fate for each in self.damage)


def write_result(directory: Path, plan: RepairPlan) -> None:
    """Write what a plan makes new, but for the snapshot's name, which makes it the store's, as the last."""
    for each in plan.segments:
        install(write_segment(directory, each.kind, each.base, each.end, each.lines))
    if plan.snapshot is not None:
        # It syncs the directory too: what is before it is there when the snapshot is.
        create_segment(directory, plan.snapshot.seq + 1, plan.snapshot.chain, plan.schemas)
        write_snapshot(directory, plan.snapshot)
        install(directory / SNAPSHOT)


def write_kept(directory: Path, snapshot: Snapshot, parts: list[Part], schemas: dict[str, int]) -> int:
    """Write a snapshot and the kept lines after it as a store; the checksum of the last line."""
    write_snapshot(directory, snapshot)
    install(directory / SNAPSHOT)
    chain = snapshot.chain
    if not parts:
        create_segment(directory, snapshot.seq + 1, chain, schemas)
    for place, part in enumerate(parts):
        chain = part.seed if part.base <= snapshot.seq else chain
        header = {"format": FORMAT, "base": part.base, "seed": f"{chain:08x}", "schemas": part.schemas}
        with segment_path(directory, JOURNAL, part.base).open("wb") as file:
            file.write(seal(encode(header)[:-1], 0)[0])
            for line in part.lines:
                sealed, chain = seal(encode(line)[:-1], chain)
                file.write(sealed)
            if place + 1 < len(parts):
                sealed, chain = seal(end_marker(parts[place + 1].base), chain)
                file.write(sealed)
    return chain
