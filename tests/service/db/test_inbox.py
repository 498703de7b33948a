"""The inbox of the door: each delivery once, on disk before it is answered, many to a commit."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import select

from service.db.engine import Database, driver_url, sqlite_url
from service.db.inbox import NAMES, Came, GroupInbox, Row, SqliteStore, keep_all, open_inbox, unpack
from service.db.tables import Delivery as Kept
from service.db.tables import Heard
from tests.service.db.conftest import Server
from webhooks.inbox import Delivery

WAIT = 30.0  # seconds after which a thread that should have come is given up


def a_delivery(name: str = "d1", body: bytes = b'{"repository": "t"}', forge: str = "plain") -> Delivery:
    return Delivery(name, forge, "pushed", body, "t")


@pytest.fixture
def inbox(database: Database) -> Iterator[GroupInbox]:
    """The inbox of a migrated database, open."""
    opened = open_inbox(database.url)
    opened.start()
    yield opened
    opened.stop()


def kept(database: Database) -> list[Kept]:
    with database.read() as session:
        return list(session.exec(select(Kept).order_by(Kept.id)))


async def test_a_delivery_is_there_for_others_as_soon_as_it_is_kept(
    inbox: GroupInbox, database: Database
) -> None:
    body = bytes(range(256)) * 100
    assert await inbox.keep(a_delivery(body=body))
    (row,) = kept(database)
    assert (unpack(row.body), row.forge, row.event, row.repository) == (body, "plain", "pushed", "t")
    assert (row.state, row.attempts, row.note) == ("kept", 0, None)


async def test_a_repeated_delivery_is_kept_once_as_it_came_first(
    inbox: GroupInbox, database: Database
) -> None:
    assert await inbox.keep(a_delivery(body=b"first"))
    assert not await inbox.keep(a_delivery(body=b"second"))
    assert [unpack(row.body) for row in kept(database)] == [b"first"]


async def test_two_forges_that_name_a_delivery_alike_keep_nothing_from_each_other(
    inbox: GroupInbox, database: Database
) -> None:
    news = [await inbox.keep(a_delivery(forge=forge)) for forge in ("plain", "github", "github", "plain")]
    assert news == [True, True, False, False]
    assert [(row.id, row.forge) for row in kept(database)] == [("d1", "plain"), ("github/d1", "github")]


async def test_of_the_same_delivery_many_times_at_once_one_is_new(
    inbox: GroupInbox, database: Database
) -> None:
    news = await keep_all(inbox, [a_delivery() for _ in range(10)] + [a_delivery("d2")])
    assert sorted(news) == [False] * 9 + [True] * 2
    assert [row.id for row in kept(database)] == ["d1", "d2"]


async def test_a_writer_beside_it_holds_nobody_up_for_good(inbox: GroupInbox, database: Database) -> None:
    with database.write() as session:
        session.execute(sa.text("SELECT 1"))
        waiting = asyncio.ensure_future(inbox.keep(a_delivery()))
        await asyncio.sleep(0)
    assert await waiting


class Slow:
    """A store that commits when it is told to."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.counted: Counter[Came] = Counter()
        self.called, self.may, self.closed = threading.Semaphore(0), threading.Semaphore(0), False
        self.trouble: list[Exception] = []

    def write(self, rows: Sequence[Row]) -> list[bool]:
        self.called.release()
        assert self.may.acquire(timeout=WAIT)
        if self.trouble:
            raise self.trouble.pop()
        self.groups.append([row[0] for row in rows])
        return [True] * len(rows)

    def count(self, counts: Mapping[Came, int], now: float) -> None:
        self.counted.update(counts)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def behind(slow: Slow) -> Iterator[GroupInbox]:
    """An inbox over the slow store."""
    opened = GroupInbox(slow)
    opened.start()
    yield opened
    for _ in range(100):
        slow.may.release()
    opened.stop()


async def test_nobody_is_answered_before_the_commit_ends(slow: Slow, behind: GroupInbox) -> None:
    answer = asyncio.ensure_future(behind.keep(a_delivery()))
    assert await asyncio.to_thread(slow.called.acquire, timeout=WAIT)  # the commit is under way
    await asyncio.sleep(0)
    assert not answer.done()
    slow.may.release()
    assert await answer


async def test_whoever_comes_during_a_commit_shares_the_next(slow: Slow, behind: GroupInbox) -> None:
    first = asyncio.ensure_future(behind.keep(a_delivery("first")))
    assert await asyncio.to_thread(slow.called.acquire, timeout=WAIT)
    others = [asyncio.ensure_future(behind.keep(a_delivery(f"o{n}"))) for n in range(20)]
    await asyncio.sleep(0)
    slow.may.release()
    slow.may.release()
    assert all(await asyncio.gather(first, *others))
    assert slow.groups == [["first"], [f"o{n}" for n in range(20)]]


async def test_who_waited_hears_of_the_trouble_and_the_next_is_kept(slow: Slow, behind: GroupInbox) -> None:
    slow.trouble.append(sqlite3.OperationalError("disk full"))
    slow.may.release()
    with pytest.raises(sqlite3.OperationalError, match="disk full"):
        await behind.keep(a_delivery())
    slow.may.release()
    assert await behind.keep(a_delivery())


async def test_who_hangs_up_while_waiting_disturbs_nobody(slow: Slow, behind: GroupInbox) -> None:
    gone, stays = (asyncio.ensure_future(behind.keep(a_delivery(name))) for name in ("gone", "stays"))
    assert await asyncio.to_thread(slow.called.acquire, timeout=WAIT)
    gone.cancel()
    slow.may.release()
    slow.may.release()
    assert await stays
    assert gone.cancelled()


async def test_stop_writes_what_waits_and_lets_nobody_in_after(slow: Slow) -> None:
    inbox = GroupInbox(slow)
    inbox.start()
    waiting = [asyncio.ensure_future(inbox.keep(a_delivery(name))) for name in ("a", "b")]
    await asyncio.sleep(0)
    for _ in waiting:
        slow.may.release()
    await asyncio.to_thread(inbox.stop)
    assert await asyncio.gather(*waiting) == [True, True]
    assert slow.closed
    with pytest.raises(RuntimeError, match="closed"):
        await inbox.keep(a_delivery())


def heard(database: Database) -> dict[Came, int]:
    with database.read() as session:
        return {(row.forge, row.event, row.outcome): row.times for row in session.exec(select(Heard))}


def test_what_came_is_counted_on_from_where_the_last_process_stopped(database: Database) -> None:
    for _ in range(2):
        inbox = open_inbox(database.url)
        inbox.start()
        for _ in range(3):
            inbox.count("plain", "ping", "unknown")
        inbox.count("plain", "pushed", "kept")
        inbox.stop()
    assert heard(database) == {("plain", "ping", "unknown"): 6, ("plain", "pushed", "kept"): 2}


def test_whoever_invents_names_of_events_fills_no_table(database: Database) -> None:
    inbox = open_inbox(database.url)
    inbox.start()
    for number in range(2 * NAMES):
        inbox.count("plain", f"e{number}", "unknown")
    inbox.stop()
    found = heard(database)
    assert len(found) == NAMES + 1
    assert (found["plain", "other", "unknown"], sum(found.values())) == (NAMES, 2 * NAMES)


def test_sqlite_syncs_at_every_commit(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "upweight.db")
    Database(url).upgrade()
    store = SqliteStore(tmp_path / "upweight.db")
    asked = [
        store._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")
    ]
    assert asked == [2, "wal"]  # 2 is FULL
    store.close()


@pytest.mark.slow
async def test_a_restarted_postgresql_costs_no_delivery(postgres: Server) -> None:
    url = postgres.fresh()
    inbox = open_inbox(driver_url(url))
    inbox.start()
    assert await inbox.keep(a_delivery("before"))
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                      " WHERE datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip
    assert await inbox.keep(a_delivery("after"))
    assert not await inbox.keep(a_delivery("before"))
    inbox.stop()
