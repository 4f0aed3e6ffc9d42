"""The signing key that the line has made: approved as soon as it is there, whoever dies in between.

The command that makes it is approved, and may be killed with the line right after the key is there and before
that is on record. So what begins is on record first: a key whose file came to be while that command could run
is the one that it made. Nobody can set a file's change time but by the clock.
"""

from __future__ import annotations

import hashlib
import json

from jobs.signing import DEFAULT_KEY
from jobs.workspace import WorkspacePaths
from store.clock import parse_time
from store.errors import WrongInput
from store.yamlfile import ReadFile

BEGUN = "oficina: a signing key is being made"
"""The name under which that is on record, beside what is approved; no definition is called so."""
EARLY_S, LATE_S = 2.0, 60.0
"""How coarse file times may be, and how long a killed command may linger."""


def key_text(paths: WorkspacePaths) -> str:
    """What is approved of the key at its default place; empty where there is none.

    By the digest of the file: a key can't be guessed from it, and OpenSSL need not be asked each time. What
    is no plain file signs nothing.
    """
    try:
        sha256 = hashlib.sha256(ReadFile.read(paths.root / DEFAULT_KEY).content).hexdigest()
    except WrongInput:
        return ""
    return f"a private key that releases are signed with, sha256 {sha256}"


def identity(paths: WorkspacePaths) -> str:
    """Which `.oficina` it is: a copy or a clone is another one. Raises OSError where there is none."""
    found = paths.dot.lstat()
    return f"made here: device {found.st_dev}, inode {found.st_ino}"


def begun(paths: WorkspacePaths, now: str, longest_s: float) -> str:
    """The record that a command begins at the UTC `now` in a workspace with this store."""
    since = parse_time(now).timestamp()
    return json.dumps({"store": identity(paths), "from": since - EARLY_S, "to": since + longest_s + LATE_S})


def came_of(record: str, paths: WorkspacePaths) -> bool:
    """Whether the key's file came to be in the time of a recorded command, in the same store's workspace."""
    try:
        told = json.loads(record)
        changed = (paths.root / DEFAULT_KEY).lstat().st_ctime
        return bool(told["store"] == identity(paths) and told["from"] <= changed <= told["to"])
    except (OSError, ValueError, TypeError, KeyError):
        return False
