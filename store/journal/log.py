"""The journal on disk: replayed, appended to, rotated and synced."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from store.errors import StoreCorrupt, StoreError, StoreFailed
from store.journal.files import JOURNAL, read_all, segment_bases, write_all
from store.journal.lines import SEAL_LENGTH, Document, end_marker, seal, unseal
from store.journal.records import flaw
from store.journal.recovery import Keep, Refuse, judge, set_aside
from store.journal.schemas import Schemas
from store.journal.segment import Segment, create_segment, open_segment
from store.journal.snapshot import LONGEST_LINE

_BLOCK = 4 << 20
"""Bytes that are read at once: what follows good lines may be a file without end."""
_LONGEST_TAIL = 4 * LONGEST_LINE
"""Bytes that are no good lines, and are looked at: more than all writes that no rotation has synced yet."""


class SegmentGoneError(StoreError):
    """The next segment was merged into a snapshot meanwhile: load again."""


class Place(NamedTuple):
    """Where a line is: its segment and the bytes in it."""

    base: int
    start: int
    end: int


Apply = Callable[[Document, Place, dict[str, int]], None]
"""Gets each transaction not applied yet, where it is, and the schema numbers it was written under."""


class Log:
    """The segments of one directory, followed from a given transaction on.

    `seq` is the last transaction that was applied, `synced` the last one known to be on disk. Only `sync` may
    be called without the store's locks.
    """

    def __init__(
        self, directory: Path, schemas: Schemas, apply: Apply, *, readonly: bool, segment_bytes: int
    ) -> None:
        self.directory, self.readonly, self.segment_bytes = directory, readonly, segment_bytes
        self.seq = self.synced = 0
        self.recovered: list[str] = []
        self.failed: StoreFailed | None = None
        self.stop_before: int | None = None
        """A segment that is not to be entered: compaction reads the closed ones only."""
        self._schemas, self._apply = schemas, apply
        self._segment: Segment | None = None
        self._offset, self._chain, self._position = 0, 0, 1
        self._syncing = threading.Lock()

    # -- position

    @property
    def segment(self) -> Segment:
        """The segment that the log is in."""
        if self._segment is None:
            raise StoreError(f"{self.directory}: the store is closed")
        return self._segment

    @property
    def chain(self) -> int:
        """The checksum of the last line that was read."""
        return self._chain

    @property
    def offset(self) -> int:
        """The end, in the segment's bytes, of what was read."""
        return self._offset

    @property
    def here(self) -> str:
        """The file and line of the transaction that is applied, or comes next."""
        return f"{self.segment.path}:{self._position - self.segment.base + 2}"

    def enter(self, seq: int, chain: int) -> bool:
        """Go to the segment that holds transaction `seq` + 1, where everything up to `seq` is known already.

        False when there is no segment at all. Raises SegmentGoneError when the first one starts too late.
        """
        bases = segment_bases(self.directory, JOURNAL)
        before = [base for base in bases if base <= seq + 1]
        if bases and not before:
            raise SegmentGoneError(
                f"{self.directory}: the journal starts at {bases[0]}, the snapshot ends at {seq}"
            )
        if not before:
            return False
        self.seq = self.synced = seq
        self._go_to(before[-1])
        if before[-1] == seq + 1 and self._chain != chain:
            raise StoreCorrupt(f"{self.segment.path}: byte 0: does not continue the snapshot")
        return True

    def enter_last(self) -> None:
        """Go to the start of the active segment, whatever came before it (under the lock)."""
        base = segment_bases(self.directory, JOURNAL)[-1]
        self.seq = self.synced = base - 1
        self._go_to(base)

    def begin(self, seq: int, chain: int) -> None:
        """Create the first segment of a new store (under the lock)."""
        create_segment(self.directory, seq + 1, chain, self._schemas.ours)
        self.enter(seq, chain)

    def _go_to(self, base: int, chain: int | None = None) -> None:
        segment = self._open(base, chain)
        with self._syncing:
            old, self._segment = self._segment, segment
            if old is not None:
                old.close()
        self._offset, self._chain, self._position = segment.start, segment.seed, base

    def _open(self, base: int, chain: int | None) -> Segment:
        """Open segment `base`; StoreCorrupt unless it goes on from the line with checksum `chain`."""
        segment = open_segment(self.directory, base, readonly=self.readonly)
        if chain is not None and segment.seed != chain:
            segment.close()
            raise StoreCorrupt(
                f"{segment.path}: byte 0: does not continue the segment before it: it is of another store, or"
                " of another time of this one"
            )
        return segment

    # -- reading

    def behind(self) -> bool:
        """Whether the file holds bytes that were not looked at: one system call."""
        return self.segment.size() != self._offset

    def replay(self, *, locked: bool) -> bool:
        """Apply what was appended since the last look; False when the lock is needed to understand the rest.

        Only with the lock held is it certain that nobody is writing, so only then are bytes repaired.
        """
        wanted = _BLOCK
        while self.behind():
            data = self._read(wanted)
            used, following = self._consume(data)
            if following is not None:
                if not self._advance(following, locked=locked):
                    return True
            elif not used and len(data) == wanted and b"\n" not in data:
                wanted = self._longer(wanted)
                continue
            elif data and not used:
                if not locked:
                    # Without a newline it is a write that is under way: the next look will find it whole.
                    return b"\n" not in data
                if not self._recover(self._rest()):
                    return True
            wanted = _BLOCK
        return True

    def _read(self, wanted: int) -> bytes:
        """Up to `wanted` bytes from where everything is known."""
        size = self.segment.size()
        if size < self._offset:
            raise StoreCorrupt(f"{self.segment.path}: byte {size}: shorter than what was read from it before")
        return read_all(self.segment.descriptor, self._offset, min(size, self._offset + wanted))

    def _longer(self, wanted: int) -> int:
        """How much to read where `wanted` bytes hold no end of a line."""
        if wanted >= LONGEST_LINE:
            raise self._endless(f"a line is longer than {LONGEST_LINE >> 20} MB")
        return LONGEST_LINE

    def _rest(self) -> bytes:
        """All that is left, which does not start with a good line."""
        if (left := self.segment.size() - self._offset) > _LONGEST_TAIL:
            raise self._endless(f"{left >> 20} MB that start with no good line")
        return read_all(self.segment.descriptor, self._offset, self._offset + left)

    def _endless(self, problem: str) -> StoreCorrupt:
        return StoreCorrupt(
            f"{self.segment.path}: byte {self._offset}: {problem}, as no write is that was cut off (cut the"
            " file off there by hand, or bring back a copy)"
        )

    def _consume(self, data: bytes) -> tuple[int, int | None]:
        """Apply the good lines that `data` starts with: their bytes, and the segment that follows."""
        at = 0
        while (newline := data.find(b"\n", at)) >= 0:
            found = unseal(data[at : newline + 1], self._chain)
            if found is None:
                break
            record, checksum = found
            if "end" in record:
                if checksum != self.chain_after_end(self._position):
                    raise StoreCorrupt(f"{self.here}: not the end of a segment before {self._position}")
                return at, self._position
            self._take(record, Place(self.segment.base, self._offset, self._offset + newline + 1 - at))
            self._chain = checksum
            self._offset += newline + 1 - at
            at = newline + 1
        return at, None

    def _take(self, record: Document, place: Place) -> None:
        if wrong := flaw(record):
            raise StoreCorrupt(f"{self.here}: {wrong}, where transaction {self._position} belongs")
        if record["seq"] != self._position:
            raise StoreCorrupt(
                f"{self.segment.path}: byte {place.start}: transaction {record['seq']}"
                f" where {self._position} belongs"
            )
        if self._position > self.seq:
            self._apply(record, place, self.segment.schemas)
            self.seq = self._position
            self.synced = max(self.synced, record.get("ok", 0))
        self._position += 1

    def _advance(self, following: int, *, locked: bool) -> bool:
        """Enter the segment after a closed one; False when it is not there yet (or not wanted)."""
        if following == self.stop_before:
            # Not entered, but what is read must be what it goes on from.
            self._open(following, self.chain_after_end(following)).close()
            return False
        # One listing, because a rotation that is under way may give the segment its name at any moment.
        bases = segment_bases(self.directory, JOURNAL)
        if following not in bases:
            if bases[-1] > following:
                raise SegmentGoneError(f"{self.directory}: segment {following} is not there, later ones are")
            if not locked or self.readonly:
                return False
            # Whoever closed the segment died before the next one had its name.
            self._sync_closed()
            create_segment(self.directory, following, self.chain_after_end(following), self._schemas.ours)
            self.recovered.append(f"segment {following} created after an interrupted rotation")
        elif not self.readonly and self.synced < self.seq:
            self._sync_closed()
        self._go_to(following, self.chain_after_end(following))
        return True

    def chain_after_end(self, following: int) -> int:
        """The checksum of an end marker here that names segment `following`: that one's seed."""
        return seal(end_marker(following), self._chain)[1]

    def _recover(self, rest: bytes) -> bool:
        """Deal with bytes that are no good line; whether there may be more to read."""
        verdict = judge(rest, self._chain, self._position)
        segment, offset = self.segment, self._offset
        if isinstance(verdict, Refuse):
            raise StoreCorrupt(
                f"{segment.path}: byte {offset}: transaction {self._position} is damaged, and not as a write"
                " that was cut off is (`oficina store repair` shows what can be kept)"
            )
        if self.readonly:
            return False
        if isinstance(verdict, Keep):
            write_all(segment.descriptor, verdict.line, offset)
            os.ftruncate(segment.descriptor, offset + len(verdict.line))
            os.fsync(segment.descriptor)
            self.recovered.append(
                f"{segment.path.name}: the newline of transaction {self._position} restored"
            )
            return True
        aside = set_aside(self.directory, segment.base, offset, rest)
        os.ftruncate(segment.descriptor, offset)
        os.fsync(segment.descriptor)
        self.recovered.append(
            f"{segment.path.name}: an unfinished write of {len(rest)} bytes moved to {aside.name}"
        )
        return True

    # -- writing

    def make_room(self) -> None:
        """Rotate, when the segment is full or has the schema numbers of an older program (under the lock)."""
        full = self._offset > self.segment_bytes and self.seq >= self.segment.base
        if full or self._schemas.outdated(self.segment.schemas):
            self.rotate()

    def append(self, body: bytes) -> Place:
        """Write the line of transaction `seq` + 1 (under the lock); nothing stays if the disk refuses."""
        if len(body) >= LONGEST_LINE - SEAL_LENGTH:
            size = f"{LONGEST_LINE >> 20} MB"
            raise StoreError(
                f"{self.directory}: not written, nothing changed: one transaction of more than {size}"
            )
        line, checksum = seal(body, self._chain)
        self._write(line)
        place = Place(self.segment.base, self._offset, self._offset + len(line))
        self._offset, self._chain = place.end, checksum
        self.seq += 1
        self._position = self.seq + 1
        return place

    def _write(self, line: bytes) -> None:
        descriptor = self.segment.descriptor
        try:
            write_all(descriptor, line, self._offset)
        except OSError as reason:
            try:
                os.ftruncate(descriptor, self._offset)
            except OSError as worse:
                raise self._fail(f"a partial write could not be undone: {worse.strerror}") from worse
            raise StoreError(f"{self.directory}: not written, nothing changed: {reason.strerror}") from reason

    def rotate(self) -> None:
        """Close the segment and go on in a new one (under the lock)."""
        if self.seq + 1 == self.segment.base:
            # Two segments can't have one name: a transaction that changes nothing sets them apart.
            self.append(b'{"seq":%d' % (self.seq + 1))
        following = self.seq + 1
        line, checksum = seal(end_marker(following), self._chain)
        self._write(line)
        self._sync_closed()
        try:
            create_segment(self.directory, following, checksum, self._schemas.ours)
        except OSError as reason:
            # The end marker stays: the next transaction, of any process, finds it and creates the segment.
            raise StoreError(f"{self.directory}: not written, nothing changed: {reason.strerror}") from reason
        self._go_to(following)

    def _sync_closed(self) -> None:
        with self._syncing:
            self._fsync(os.fsync)
            self.synced = max(self.synced, self.seq)

    def sync(self, seq: int) -> None:
        """Return when transaction `seq` is on disk; who waits for another's sync shares the next."""
        with self._syncing:
            if self.failed:
                raise self.failed
            if self.synced >= seq:
                return
            # Read before the call: what is appended during it may not be covered.
            upto = self.seq
            self._fsync(os.fdatasync)
            self.synced = max(self.synced, upto)

    def _fsync(self, call: Callable[[int], None]) -> None:
        try:
            call(self.segment.descriptor)
        except OSError as reason:
            # A second try may succeed although the pages were dropped: only reading the file again tells.
            raise self._fail(
                f"the disk did not confirm a write: {os.strerror(reason.errno or errno.EIO)}"
            ) from reason

    def _fail(self, problem: str) -> StoreFailed:
        self.failed = StoreFailed(f"{self.directory}: {problem}; open the store again")
        return self.failed

    def close(self) -> None:
        """Give the descriptor back; idempotent."""
        with self._syncing:
            if self._segment is not None:
                self._segment.close()
                self._segment = None
