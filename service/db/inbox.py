"""The inbox of the door: deliveries on disk before they are answered, many to a commit.

A commit waits for the disk. Whoever arrives while one is under way shares the next, so that the door's speed
does not hang on the disk's. One thread writes; the ORM stays off this path (it alone was slower than the disk).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import psycopg
from isal import isal_zlib as zlib  # the same format at half the cost, which is the door's largest

from service import logs
from service.db.engine import to_wal
from webhooks.inbox import Delivery

Row = tuple[str, str, str, str, bytes, float]
Came = tuple[str, str, str]  # forge, event, outcome
_COLUMNS = "id, forge, event, repository, body, received"
_INSERT = f"INSERT INTO delivery ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_FORGE = "SELECT forge FROM delivery WHERE id = ?"
_COUNT = """
INSERT INTO heard (forge, event, outcome, times, last) VALUES (?, ?, ?, ?, ?) ON CONFLICT (forge, event, outcome)
DO UPDATE SET times = heard.times + excluded.times, last = excluded.last
"""
NAMES = 300  # as many kinds are counted by name, and the rest together: who sends may call an event anything
SECOND = 1.0
LOG_PAGES = 10_000  # 40 MB; at SQLite's own 1,000 a burst has its log folded into the file ten times a second
_Waiting = tuple[Delivery, asyncio.AbstractEventLoop, "asyncio.Future[bool]"]

log = logs.named("inbox")


class Store(Protocol):
    """Where the rows go, used by the writer's thread alone."""

    def write(self, rows: Sequence[Row]) -> list[bool]:
        """Commit durably; for each row whether it was new."""
        ...

    def count(self, counts: Mapping[Came, int], now: float) -> None:
        """Add to what came so far."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class GroupInbox:
    """Keeps deliveries durably, each once, and counts. ``start`` before the first, ``stop`` after the last."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[_Waiting] = []
        self._counts: Counter[Came] = Counter()
        self._counted = time.monotonic()
        self._bell = threading.Condition()
        self._open = False
        self._thread = threading.Thread(target=self._write_until_stopped, name="inbox", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._open = True
        self._thread.start()

    def stop(self) -> None:
        """Write what is waiting and let go of the database."""
        with self._bell:
            self._open = False
            self._bell.notify()
        if self._thread.ident is not None:
            self._thread.join()
        self._store.close()

    async def keep(self, delivery: Delivery) -> bool:
        """Return when `delivery` is on disk: True when it is new. Raises what the database raised."""
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[bool] = loop.create_future()
        with self._bell:
            if not self._open:
                raise RuntimeError("the inbox is closed")
            self._waiting.append((delivery, loop, kept))
            self._bell.notify()
        return await kept

    def count(self, forge: str, event: str, outcome: str) -> None:
        """One more of these came: written down within a second, or forgotten with the process."""
        with self._bell:
            self._counts[forge, event, outcome] += 1

    def _write_until_stopped(self) -> None:
        while True:
            with self._bell:
                if self._open and not self._waiting:
                    self._bell.wait(SECOND)
                group, self._waiting = self._waiting, []
                ends = not self._open and not group
            if group:
                self._write(group)
            if ends or time.monotonic() - self._counted >= SECOND:
                self._count()
            if ends:
                return

    def _count(self) -> None:
        with self._bell:
            counts, self._counts = self._counts, Counter()
        self._counted = time.monotonic()
        if not counts:
            return
        try:
            self._store.count(counts, time.time())
        except Exception:  # the edge of a thread: who only counts holds nobody up
            log.exception("not counted", kinds=len(counts))

    def _write(self, group: list[_Waiting]) -> None:
        now = time.time()
        rows = [(d.id, d.forge, d.event, d.repository, zlib.compress(d.body, 1), now) for d, _, _ in group]
        news: list[bool] = []
        trouble: Exception | None = None
        try:
            news = self._store.write(rows)
        except Exception as error:  # the edge of a thread: each waiting door hears of it
            trouble = error
        for loop in {id(entry[1]): entry[1] for entry in group}.values():
            mine = [(kept, at) for at, (_, its, kept) in enumerate(group) if its is loop]
            try:
                loop.call_soon_threadsafe(_settle, mine, news, trouble)
            except RuntimeError:  # that loop is closed; nobody waits there any more
                continue


def _settle(
    mine: list[tuple[asyncio.Future[bool], int]], news: list[bool], trouble: Exception | None
) -> None:
    for kept, at in mine:
        if kept.done():
            continue
        if trouble is None:
            kept.set_result(news[at])
        else:
            kept.set_exception(trouble)


def _named(counts: Mapping[Came, int], known: set[Came]) -> Counter[Came]:
    """The same counts by the names that there is room for."""
    named: Counter[Came] = Counter()
    for came, times in counts.items():
        if came not in known and len(known) >= NAMES:
            came = (came[0], "other", came[2])
        known.add(came)
        named[came] += times
    return named


def _insert(execute: Callable[[str, Sequence[object]], Any], row: Row) -> bool:
    """Whether it is new. Each forge names its own deliveries, so that two may name one alike: both are kept.

    Whoever is rung by its own name then finds the other one, and the sweep takes this.
    """
    if execute(_INSERT, row).rowcount == 1:
        return True
    found = execute(_FORGE, row[:1]).fetchone()
    if found is None or found[0] == row[1]:
        return False
    return bool(execute(_INSERT, (beside(row[1], row[0]), *row[1:])).rowcount == 1)


def beside(forge: str, identity: str) -> str:
    """The id of a delivery whose own another forge has used."""
    return f"{forge}/{identity}"


class SqliteStore:
    """The table ``delivery`` of a SQLite file, over a connection of its own."""

    def __init__(self, file: Path | str) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=30)
        to_wal(self._connection)
        for pragma in ("synchronous=FULL", "busy_timeout=30000", f"wal_autocheckpoint={LOG_PAGES}"):
            self._connection.execute(f"PRAGMA {pragma}")

    def write(self, rows: Sequence[Row]) -> list[bool]:
        """Commit durably (the write-ahead log is synced at each commit); for each row whether it was new."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            news = [_insert(self._connection.execute, row) for row in rows]
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        return news

    def count(self, counts: Mapping[Came, int], now: float) -> None:
        """Add to what came so far, in one commit."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            known = set(self._connection.execute("SELECT forge, event, outcome FROM heard"))
            rows = [(*came, times, now) for came, times in _named(counts, known).items()]
            self._connection.executemany(_COUNT, rows)
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


class PostgresStore:
    """The table ``delivery`` of a PostgreSQL database; a lost connection is made anew, once for each commit."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://")
        self._connection = self._connect()

    def write(self, rows: Sequence[Row]) -> list[bool]:
        """Commit durably (PostgreSQL syncs its log); for each row whether it was new."""
        try:
            return self._write(rows)
        except psycopg.OperationalError:  # it was restarted; what was committed after all is not new again
            self._connection.close()
            self._connection = self._connect()
            return self._write(rows)

    def count(self, counts: Mapping[Came, int], now: float) -> None:
        """Add to what came so far, in one commit."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            known = set(cursor.execute("SELECT forge, event, outcome FROM heard").fetchall())
            rows = [(*came, times, now) for came, times in _named(counts, known).items()]
            cursor.executemany(_COUNT.replace("?", "%s"), rows)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _write(self, rows: Sequence[Row]) -> list[bool]:
        with self._connection.transaction(), self._connection.cursor() as cursor:

            def execute(statement: str, values: Sequence[object]) -> Any:
                return cursor.execute(statement.replace("?", "%s").encode(), values)

            return [_insert(execute, row) for row in rows]

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(self._url, autocommit=True)
        connection.execute("SET synchronous_commit = on")  # whatever the server's own default
        return connection


def open_inbox(url: str) -> GroupInbox:
    """The inbox of a database by its SQLAlchemy URL, whose tables are there already."""
    if url.startswith("sqlite"):
        return GroupInbox(SqliteStore(url.split(":///", 1)[1]))
    return GroupInbox(PostgresStore(url))


def unpack(body: bytes) -> bytes:
    """The raw bytes of a kept body."""
    return zlib.decompress(body)


async def keep_all(inbox: GroupInbox, deliveries: Iterable[Delivery]) -> list[bool]:
    """Keep many at once, in one commit where they fit; for each whether it was new."""
    return list(await asyncio.gather(*(inbox.keep(delivery) for delivery in deliveries)))
