"""The index of seeds: of the tree, and of the other open contributions that came before.

It is moved from one tree to another by what differs between the two, whatever commits lie between them; so a push, a
revert and a forced push are the same to it, and nothing is read again that was read once.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Protocol

import pygit2

from service.facts import store
from service.facts.leaves import Placed, leaves, leaves_since, seeds_of
from service.facts.lookup import Lookup
from service.git import read
from service.placement.turns import turn

AT_ONCE = 5000  # leaves that are read between two commits: who is stopped goes on from there
GARBAGE = 5000  # leaves added before the first look for those that nothing places any more
Reading = Callable[[int | None, str], None]


class Before(Protocol):
    """An open contribution."""

    @property
    def number(self) -> int: ...
    @property
    def head(self) -> str: ...
    @property
    def author_id(self) -> str | None: ...


class Broken(RuntimeError):
    """The index's file was found broken under a judgement, and is taken away: judge once more."""


def file_for(folder: Path, address: str) -> Path:
    """Where the index of the repository at an address lies below a folder."""
    return folder / f"{sha256(address.encode()).hexdigest()[:20]}.db"


def beside(git: pygit2.Repository) -> Seeds:
    """The index that is kept in a repository's own folder; in memory where that may not be written."""
    folder = Path(git.path) / "upweight"
    file = folder / "seeds.db"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
    ours = not file.exists() or os.access(
        file, os.R_OK | os.W_OK
    )  # another user of this clone may have made it
    return Seeds(file=file if os.access(folder, os.W_OK) and ours else None)


def known_at(git: pygit2.Repository, commit: pygit2.Commit) -> Lookup:
    """The seeds of a commit's tree, from the index beside it."""
    return beside(git).standing(git, commit)


class Seeds:
    """One repository's index, in a file that several processes share, or in memory. Each thread needs its own.

    `reading` hears whose leaves are read, just before: a contribution's, by number and head, or the tree's (no number).
    """

    def __init__(self, reading: Reading = lambda _number, _head: None, file: Path | None = None) -> None:
        self._reading, self._file = reading, file
        self._opened: tuple[sqlite3.Connection, int] | None = None

    @contextmanager
    def index(
        self,
        git: pygit2.Repository,
        tip: pygit2.Commit,
        others: Iterable[Before] = (),
        own: int | None = None,
    ) -> Iterator[Lookup]:
        """The tip's tree and the contributions of others, as one index, unmoved while the block runs. Raises Broken.

        What is kept of the contribution that is judged, `own`, stays for who is judged next.
        """
        try:
            lookup = self.standing(git, tip, others, own)
            yield lookup
        except sqlite3.DatabaseError as error:
            with self._turn():
                self._failed(error)
            raise Broken(str(error)) from error
        finally:
            if self._opened is not None:
                self._opened[0].rollback()

    def standing(
        self,
        git: pygit2.Repository,
        tip: pygit2.Commit,
        others: Iterable[Before] = (),
        own: int | None = None,
    ) -> Lookup:
        """The same, unmoved until somebody asks these seeds again."""
        rows = list(others)
        with self._turn():
            try:
                connection = self._moved(git, tip, rows, own)
            except sqlite3.DatabaseError as error:
                self._failed(error)
                connection = self._moved(git, tip, rows, own)
        return Lookup(connection, {row.number: (row.head, row.author_id) for row in rows})

    def _moved(
        self, git: pygit2.Repository, tip: pygit2.Commit, rows: list[Before], own: int | None
    ) -> sqlite3.Connection:
        connection = self._connection()
        connection.rollback()
        _Move(connection, git, self._reading, own).to(tip, rows)
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM meta").fetchone()  # from here on nobody's writing shows
        return connection

    def close(self) -> None:
        """Let go of the file."""
        if self._opened is not None:
            self._opened[0].close()
            self._opened = None

    def _turn(self) -> AbstractContextManager[None]:
        """One at a time moves an index; the others wait, and find it moved."""
        return turn(self._file.parent, self._file.stem) if self._file is not None else nullcontext()

    def _connection(self) -> sqlite3.Connection:
        if self._opened is not None and self._opened[1] != self._inode():
            self.close()
        if self._opened is None:
            connection = store.opened(self._file)
            self._opened = connection, self._inode()
        return self._opened[0]

    def _inode(self) -> int:
        return self._file.stat().st_ino if self._file is not None and self._file.exists() else 0

    def _failed(self, error: sqlite3.DatabaseError) -> None:
        """A broken file is taken away, so that whoever asks next makes it anew; what else went wrong is raised.

        In a turn: another process may have made it anew already, and that one stays.
        """
        if self._file is None or not store.is_broken(error):
            raise error
        store.log.warning("the index of seeds is broken", file=str(self._file), why=str(error))
        anew = self._opened is not None and self._opened[1] != self._inode()
        self.close()
        if not anew:
            store.remove(self._file)


class _Move:
    """From where an index stands to where it is wanted; what is there already costs nothing."""

    def __init__(
        self, connection: sqlite3.Connection, git: pygit2.Repository, reading: Reading, own: int | None
    ) -> None:
        self._connection, self._git, self._reading, self._own = connection, git, reading, own

    def to(self, tip: pygit2.Commit, before: list[Before]) -> None:
        """Place the tree's leaves and those of the contributions."""
        self._tree(tip.tree)
        self._open(tip, before)
        self._collect()

    def _tree(self, wanted: pygit2.Tree) -> None:
        (stands,) = self._connection.execute("SELECT value FROM meta WHERE key = 'tree'").fetchone()
        if stands == str(wanted.id):
            return
        gone, come = self._difference(stands, wanted)
        self._read(come, ours=True)
        with store.writing(self._connection):
            self._connection.executemany(
                "DELETE FROM tree WHERE path = ?", ((store.path_key(path),) for path in gone)
            )
            placed = ((store.path_key(path), self._leaf(oid)) for path, oid in come)
            self._connection.executemany("INSERT OR REPLACE INTO tree VALUES (?, ?)", placed)
            self._connection.execute("UPDATE meta SET value = ? WHERE key = 'tree'", (str(wanted.id),))

    def _difference(self, stands: str, wanted: pygit2.Tree) -> tuple[list[str], list[Placed]]:
        """Paths that are gone, and files that are new or other; where the old tree is no more, from its record."""
        old = self._git.get(stands) if stands else None
        if isinstance(old, pygit2.Tree) or not stands:
            found = list(read.changes(old if isinstance(old, pygit2.Tree) else None, wanted))
            come = list(leaves(found))
            there = {path for path, _oid in come}
            return [c.path for c in found if c.old is not None and c.path not in there], come
        come = list(leaves(read.changes(None, wanted)))
        there = {path for path, _oid in come}
        stood = [store.path_of(key) for (key,) in self._connection.execute("SELECT path FROM tree")]
        return [path for path in stood if path not in there], come

    def _open(self, tip: pygit2.Commit, before: list[Before]) -> None:
        """Take in the contributions that count; forget former heads, and who is no longer among the earlier ones."""
        kept = {
            (pull, head): (base, at)
            for pull, head, base, at in self._connection.execute("SELECT pull, head, base, tip FROM open")
        }
        wanted = {(row.number, row.head) for row in before}
        last = max((number for number, _head in wanted), default=0)
        numbers = {number for number, _head in wanted}
        gone = (key for key in kept if key not in wanted and key[0] != self._own)
        closed = [key for key in gone if key[0] <= last or key[0] in numbers]
        if closed:
            with store.writing(self._connection):
                self._forget(closed)
        same: list[tuple[int, str, pygit2.Commit]] = []
        moved: list[tuple[int, str, pygit2.Commit]] = []
        for number, head in sorted(wanted):
            known, at = kept.get((number, head), ("", ""))
            if at != str(tip.id):
                self._reading(number, head)
                base = read.merge_base(self._git, tip, read.commit_at(self._git, head)) or tip
                (same if str(base.id) == known else moved).append((number, head, base))
        if same:
            update = "UPDATE open SET tip = ? WHERE pull = ? AND head = ?"
            with store.writing(self._connection):
                rows = ((str(tip.id), number, head) for number, head, _base in same)
                self._connection.executemany(update, rows)
        for number, head, base in moved:
            self._contribution(tip, number, head, base)

    def _contribution(self, tip: pygit2.Commit, number: int, head: str, base: pygit2.Commit) -> None:
        self._reading(number, head)  # once more: the one before was another's
        come = list(leaves_since(self._git, base, head))
        self._read(come, ours=False)
        with store.writing(self._connection):
            self._forget([(number, head)])
            told = (number, head, str(base.id), str(tip.id))
            self._connection.execute("INSERT INTO open VALUES (?, ?, ?, ?)", told)
            placed = ((self._leaf(oid), number, head, store.path_key(path)) for path, oid in come)
            self._connection.executemany("INSERT INTO open_leaf VALUES (?, ?, ?, ?)", placed)

    def _forget(self, keys: list[tuple[int, str]]) -> None:
        for table in ("open", "open_leaf"):
            self._connection.executemany(f"DELETE FROM {table} WHERE pull = ? AND head = ?", keys)

    def _read(self, come: list[Placed], ours: bool) -> None:
        """Read the leaves that nobody has read yet, so many at once."""
        new = iter({oid: None for _path, oid in come if self._leaf_or_none(oid) is None})
        while some := list(islice(new, AT_ONCE)):
            if ours:
                self._reading(
                    None, ""
                )  # a large tree takes its time, and whoever waits hears that it goes on
            with store.writing(self._connection):
                store.add(self._connection, ((oid.raw, self._texts(oid)) for oid in some))

    def _texts(self, oid: pygit2.Oid) -> tuple[store.Text, ...]:
        return tuple(store.text_of(seed) for seed in seeds_of(self._git, oid))

    def _leaf_or_none(self, oid: pygit2.Oid) -> int | None:
        found = self._connection.execute("SELECT id FROM leaf WHERE oid = ?", (oid.raw,)).fetchone()
        return found[0] if found else None

    def _leaf(self, oid: pygit2.Oid) -> int:
        found = self._leaf_or_none(oid)
        assert found is not None
        return found

    def _collect(self) -> None:
        """Once in a while: forget what nothing places, when as much was added as may be half of all."""
        (added,) = self._connection.execute("SELECT value FROM meta WHERE key = 'added'").fetchone()
        if int(added) <= GARBAGE:
            return
        (leaves,) = self._connection.execute("SELECT count(*) FROM leaf").fetchone()
        (placed,) = self._connection.execute(
            "SELECT count(*) FROM (SELECT leaf FROM tree UNION SELECT leaf FROM open_leaf)"
        ).fetchone()
        with store.writing(self._connection):
            if leaves - placed > max(GARBAGE, leaves // 5):
                store.collect(self._connection)
            self._connection.execute("UPDATE meta SET value = 0 WHERE key = 'added'")
