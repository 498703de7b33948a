"""The file that keeps seeds by the content of their leaves, shared by whoever judges and lasting over restarts.

What a blob says never changes, so leaves are only ever added: their seeds, and for each word the sets of words that
have it. Which of them are in the tree or in an open contribution just now is kept beside (`service.facts.seeds`). A
leaf that nothing places any more costs room until it is collected.
"""

from __future__ import annotations

import sqlite3
import zlib
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import msgspec

from service import logs
from triage_rules.keys import context_key, entry_of, hashed, question_key, set_key, shingles, signed
from triage_rules.taxonomy import Seed

log = logs.named("seeds")
FORMAT = 1
READ_BY = (
    "finding.py", "fix.py", "hints.py", "keys.py", "numbers.py", "plain_text.py", "schemas.py", "taxonomy.py",
    "words.py", "yaml_tree.py",
)  # fmt: skip
CHUNK = 960  # entries of a word's list in one row: a page of the file
WORD_BITS = 42  # of a word's hash; the rest of a row's number counts the word's chunks
BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE leaf (id INTEGER PRIMARY KEY, oid BLOB NOT NULL UNIQUE, seeds BLOB NOT NULL);
CREATE TABLE seed (sets INTEGER, leaf INTEGER, place INTEGER, PRIMARY KEY (sets, leaf, place)) WITHOUT ROWID;
CREATE TABLE asked (question INTEGER, context INTEGER, sets INTEGER, leaf INTEGER, place INTEGER,
    PRIMARY KEY (question, context, sets, leaf, place)) WITHOUT ROWID;
CREATE TABLE word (word INTEGER PRIMARY KEY, held INTEGER NOT NULL);
CREATE TABLE holders (chunk INTEGER PRIMARY KEY, entries BLOB NOT NULL);
CREATE TABLE tree (path BLOB PRIMARY KEY, leaf INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX tree_leaf ON tree (leaf);
CREATE TABLE open (pull INTEGER, head TEXT, base TEXT NOT NULL, tip TEXT NOT NULL,
    PRIMARY KEY (pull, head)) WITHOUT ROWID;
CREATE TABLE open_leaf (leaf INTEGER, pull INTEGER, head TEXT, path BLOB,
    PRIMARY KEY (leaf, pull, head, path)) WITHOUT ROWID;
CREATE INDEX open_leaf_pull ON open_leaf (pull, head);
"""


class Text(msgspec.Struct, frozen=True, array_like=True):
    """A seed as it is kept."""

    question: str
    answer: str
    context: str | None


_TEXTS = msgspec.msgpack.Decoder(tuple[Text, ...])


@lru_cache(maxsize=1)
def made_by() -> str:
    """What the content of a file depends on: its format, and the text of whatever reads leaves."""
    digest = sha256(f"{FORMAT} {version('pyyaml')}".encode())
    for name in READ_BY:
        digest.update((files("triage_rules") / name).read_bytes())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=1 << 16)
def word_id(word: str) -> int:
    """The number of a word; two words with one number make a list longer and no answer wrong."""
    return hashed(word) >> (64 - WORD_BITS)


def path_key(path: str) -> bytes:
    """A path as it is kept: Git's bytes, be they text or not."""
    return path.encode("utf-8", "surrogateescape")


def path_of(key: bytes) -> str:
    """The path that was kept."""
    return key.decode("utf-8", "surrogateescape")


def text_of(seed: Seed) -> Text:
    """A seed as it is kept; half a character, which no file can hold, becomes a question mark."""
    return Text(_whole(seed.question), _whole(seed.answer), _whole(seed.context) if seed.context else None)


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def thawed(seeds: bytes) -> tuple[Text, ...]:
    """The seeds of a leaf as they were kept."""
    return _TEXTS.decode(zlib.decompress(seeds))


def is_broken(error: sqlite3.Error) -> bool:
    """Is it the file that is broken, rather than the disk that is full or somebody who holds it?"""
    return (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF in BROKEN


def opened(file: Path | None) -> sqlite3.Connection:
    """The store in a file, or in memory; made where it is missing, broken or of another version."""
    if file is None:
        connection = _connected(":memory:")
        _make(connection)
        return connection
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        connection = _connected(str(file))
        found = _version(connection)
    except sqlite3.DatabaseError as error:
        if not is_broken(error):
            raise
        log.warning("the index of seeds is broken and is made anew", file=str(file), why=str(error))
    else:
        if found == made_by():
            return connection
        if found is not None:
            log.info("the index of seeds is another version's and is made anew", file=str(file))
        connection.close()
    remove(file)
    connection = _connected(str(file))
    _make(connection)
    return connection


def remove(file: Path) -> None:
    """Take the file away; whoever has it open goes on with what it was."""
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        file.with_name(name).unlink(missing_ok=True)


def _connected(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(name, isolation_level=None, timeout=60, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema = OFF")  # nothing that a file brings along is run
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")  # a crash may cost the last change, never the file
    connection.execute("PRAGMA cache_size = -65536")
    return connection


def _version(connection: sqlite3.Connection) -> str | None:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        return None
    found = connection.execute("SELECT value FROM meta WHERE key = 'made_by'").fetchone()
    return str(found[0]) if found else ""


def _make(connection: sqlite3.Connection) -> None:
    with writing(connection):
        for statement in SCHEMA.split(";\n"):
            connection.execute(statement)
        told = [("made_by", made_by()), ("tree", ""), ("added", "0")]
        connection.executemany("INSERT INTO meta VALUES (?, ?)", told)


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """All of the block or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def add(connection: sqlite3.Connection, leaves: Iterable[tuple[bytes, tuple[Text, ...]]]) -> None:
    """Take leaves in by the ids of their blobs; each must be new. Within a writing transaction."""
    new: dict[int, array[int]] = defaultdict(lambda: array("I"))
    count = 0
    for count, (oid, texts) in enumerate(leaves, 1):  # noqa: B007
        frozen = zlib.compress(msgspec.msgpack.encode(texts), 1)
        leaf = connection.execute("INSERT INTO leaf (oid, seeds) VALUES (?, ?)", (oid, frozen)).lastrowid
        assert leaf is not None
        _add_seeds(connection, leaf, texts, new)
    for word in sorted(new):
        _append(connection, word, new[word])
    connection.execute("UPDATE meta SET value = value + ? WHERE key = 'added'", (count,))


def _add_seeds(
    connection: sqlite3.Connection, leaf: int, texts: tuple[Text, ...], new: dict[int, array[int]]
) -> None:
    for place, text in enumerate(texts):
        tokens = shingles(text.question, text.answer)
        key = set_key(tokens)
        if not connection.execute("SELECT 1 FROM seed WHERE sets = ? LIMIT 1", (signed(key),)).fetchone():
            for word in tokens:
                new[word_id(word)].append(entry_of(key))
        connection.execute("INSERT INTO seed VALUES (?, ?, ?)", (signed(key), leaf, place))
        row = (question_key(text.question), context_key(text.context), signed(key), leaf, place)
        connection.execute("INSERT INTO asked VALUES (?, ?, ?, ?, ?)", row)


def _append(connection: sqlite3.Connection, word: int, entries: array[int]) -> None:
    """Lengthen the list of a word: fill its last chunk, then begin others."""
    found = connection.execute("SELECT held FROM word WHERE word = ?", (word,)).fetchone()
    held = found[0] if found else 0
    done = 0
    while done < len(entries):
        chunk, filled = word_chunks(word)[0] + (held + done) // CHUNK, (held + done) % CHUNK
        part = entries[done : done + CHUNK - filled].tobytes()
        if filled:
            (before,) = connection.execute("SELECT entries FROM holders WHERE chunk = ?", (chunk,)).fetchone()
            part = before + part
        connection.execute("INSERT OR REPLACE INTO holders VALUES (?, ?)", (chunk, part))
        done += CHUNK - filled
    connection.execute("INSERT OR REPLACE INTO word VALUES (?, ?)", (word, held + len(entries)))


def word_chunks(word: int) -> tuple[int, int]:
    """The numbers of a word's first and last possible chunk."""
    first = word << (63 - WORD_BITS)
    return first, first | (1 << (63 - WORD_BITS)) - 1


def collect(connection: sqlite3.Connection) -> None:
    """Forget the leaves that nothing places, and make the words' lists anew. Within a writing transaction."""
    dead = "SELECT id FROM leaf WHERE id NOT IN (SELECT leaf FROM tree) AND id NOT IN (SELECT leaf FROM open_leaf)"
    connection.execute(f"CREATE TEMP TABLE dead AS {dead}")
    for table, column in (("leaf", "id"), ("seed", "leaf"), ("asked", "leaf")):
        connection.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT id FROM dead)")
    connection.execute("DROP TABLE dead")
    connection.execute("DELETE FROM word")
    connection.execute("DELETE FROM holders")
    new: dict[int, array[int]] = defaultdict(lambda: array("I"))
    known: set[int] = set()
    for (seeds,) in connection.execute("SELECT seeds FROM leaf"):
        for text in thawed(seeds):
            tokens = shingles(text.question, text.answer)
            key = set_key(tokens)
            if key not in known:
                known.add(key)
                for word in tokens:
                    new[word_id(word)].append(entry_of(key))
    for number in sorted(new):
        _append(connection, number, new[number])
    connection.execute("UPDATE meta SET value = 0 WHERE key = 'added'")
