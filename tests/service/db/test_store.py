"""The store on SQLite: migrations agree with the tables, two writers make no fork, a stale fence changes nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import Session, SQLModel, create_engine

from service.db import leases
from service.db.engine import Database, sqlite_url
from service.db.tables import Event, Run
from service.record.chain import append, broken


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A fresh database at the newest migration."""
    found = Database(sqlite_url(tmp_path / "upweight.db"))
    found.upgrade()
    return found


def a_run(session: Session) -> None:
    session.add(
        Run(repository="t", batch=1, key="k", kind="train", purpose="candidate", directory="/x", created=0)
    )


def test_tables_and_migrations_agree(database: Database) -> None:
    database.upgrade()  # a second time changes nothing
    with create_engine(database.url).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_two_writers_make_no_fork_of_the_chain(database: Database) -> None:
    def write(name: str) -> None:
        for turn in range(25):
            with database.write() as session:
                append(session, "t", "told", {"who": name, "turn": turn})

    threads = [threading.Thread(target=write, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert broken(session, "t") is None
        assert session.query(Event).count() == 50


def test_an_altered_event_is_found(database: Database) -> None:
    with database.write() as session:
        for turn in range(3):
            append(session, "t", "told", {"turn": turn})
    with database.write() as session:
        second = session.query(Event).filter(Event.sequence == 2).one()  # type: ignore[arg-type]
        second.body = '{"turn":7}'
        session.add(second)
    with database.read() as session:
        assert "2" in (broken(session, "t") or "")


def test_who_lost_a_lease_changes_nothing(database: Database) -> None:
    with database.write() as session:
        a_run(session)
    with database.write() as session:
        first = leases.claim(session, "one", now=0, lease_seconds=10, slots=1)
        assert first is not None
        number, fence = first.id or 0, first.fence
        assert leases.claim(session, "two", now=1, lease_seconds=10, slots=1) is None
    with database.write() as session:
        assert leases.sweep(session, now=20) == [number]
        again = leases.claim(session, "two", now=20, lease_seconds=10, slots=1)
        assert again is not None
        assert not leases.heartbeat(session, number, fence, 99)
        assert not leases.finish(session, number, fence, "done")
        assert leases.finish(session, number, again.fence, "done")
