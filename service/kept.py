"""Judged folders, kept for the next time: in a file beside a work tree's Git objects, or in memory.

A kept part is only ever a shortcut: a file that is locked, damaged or in a place that can't be written is as if
there were none.
"""

from __future__ import annotations

import gc
import sqlite3
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from service.facts.listings import in_tree, listings
from service.facts.store import is_broken
from service.git.worktree import Work
from triage_rules.facts import NOTHING, Told
from triage_rules.judge import judge
from triage_rules.policy import Policy
from triage_rules.rule import Facts
from triage_rules.verdict import Verdict

MOST = 200_000  # parts in a file: the oldest go first
MEMORY = 16 * 1024**2  # bytes


class KeptFile:
    """Parts in one SQLite file; what is new is written when the block ends."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._new: dict[str, bytes] = {}
        self._store: sqlite3.Connection | None = None

    def __enter__(self) -> KeptFile:
        with suppress(OSError, sqlite3.Error):
            self._file.parent.mkdir(mode=0o700, exist_ok=True)
            self._store = _open(self._file)
        return self

    def get(self, key: str) -> bytes | None:
        """The part of a key, None where there is none."""
        if self._store is None:
            return None
        with suppress(sqlite3.Error):
            row = self._store.execute("SELECT value FROM part WHERE key = ?", (key,)).fetchone()
            return bytes(row[0]) if row is not None else None
        return None

    def put(self, key: str, value: bytes) -> None:
        """Keep a part."""
        self._new[key] = value

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if self._store is None:
            return
        with suppress(sqlite3.Error):
            with self._store:
                self._store.executemany("INSERT OR REPLACE INTO part VALUES (?, ?)", self._new.items())
                newest = "SELECT max(rowid) FROM part"
                self._store.execute(f"DELETE FROM part WHERE rowid <= ({newest}) - ?", (MOST,))
            self._store.close()


def _open(file: Path) -> sqlite3.Connection:
    store = sqlite3.connect(file, timeout=1)
    try:
        store.execute("CREATE TABLE IF NOT EXISTS part (key TEXT PRIMARY KEY, value BLOB NOT NULL)")
    except sqlite3.DatabaseError as error:
        store.close()
        if is_broken(error):  # not where somebody else writes to it just now
            with suppress(OSError):
                file.unlink()  # the next time makes it anew
        raise
    return store


class KeptInMemory:
    """Parts of this process, the least lately used forgotten first."""

    def __init__(self, most: int = MEMORY) -> None:
        self._most, self._size = most, 0
        self._parts: OrderedDict[str, bytes] = OrderedDict()

    def get(self, key: str) -> bytes | None:
        """The part of a key, None where there is none."""
        if key in self._parts:
            self._parts.move_to_end(key)
        return self._parts.get(key)

    def put(self, key: str, value: bytes) -> None:
        """Keep a part."""
        self._size += len(value) - len(self._parts.pop(key, b""))
        self._parts[key] = value
        while self._size > self._most:
            self._size -= len(self._parts.popitem(last=False)[1])


def judged_work(work: Work, policy: Policy, told: Told = NOTHING) -> Verdict:
    """The verdict on a work tree, with what was kept of it where a whole tree is judged."""
    there = listings(in_tree(work.tree), work.contribution.files)
    facts, collects = Facts(work.known, told, there), gc.isenabled()
    gc.disable()  # a tree's nodes are many and form no rings: to look for some takes a sixth of the time
    try:
        if work.kept is None:
            return judge(work.contribution, policy, facts)
        with KeptFile(work.kept) as kept:
            return judge(work.contribution, policy, facts, kept)
    finally:
        if collects:
            gc.enable()
