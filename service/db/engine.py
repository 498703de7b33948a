"""Engines and transactions: SQLite on a laptop, PostgreSQL for a team, the same code on both.

SQLite's default transaction reads in autocommit, which let two writers fork the event chain without an
error; so a writing transaction begins IMMEDIATE here (measured: 0 forks of 11 before). PostgreSQL lets many
write at once, and what a line read before it writes may have changed meanwhile; so a writing transaction
begins there with one lock for all writers. They are short, and the door does not pass through here.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, event, make_url
from sqlmodel import Session, create_engine

from service.settings import Settings, store_file

PATIENCE = 30  # seconds that a connection waits for a lock of SQLite
WRITER = 0x75707765  # the name of the writers' lock in a PostgreSQL database: "upwe"


class Database:
    """One database by URL. ``write`` holds the writer's lock from the start; ``read`` never waits."""

    def __init__(self, url: str) -> None:
        self.url = driver_url(url)
        self._writer = _engine(self.url, immediate=True)
        self._reader = _engine(self.url, immediate=False)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A snapshot to look at; what is changed in it is lost."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    def upgrade(self, revision: str = "head") -> None:
        """Bring the tables to the newest migration; doing so twice changes nothing."""
        config = migrations(self.url)
        with self._writer.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)

    def revision(self) -> str | None:
        """The migration that the tables stand at; None where there are none."""
        with self._reader.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def close(self) -> None:
        """Give every connection back."""
        self._writer.dispose()
        self._reader.dispose()


def sqlite_url(file: Path) -> str:
    """The URL of a database file."""
    return f"sqlite:///{file}"


def store_url(settings: Settings) -> str:
    """Where a service keeps its tables: the operator's database, else a file of the home."""
    return settings.database_url or sqlite_url(store_file(settings.home))


def driver_url(url: str) -> str:
    """The URL with the driver that we ship: ``postgres://`` and ``postgresql://`` both mean psycopg 3."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme in {"postgres", "postgresql"} else url


def migrations(url: str) -> Config:
    """Alembic's configuration, without a file: the migrations travel in the wheel."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def _engine(url: str, immediate: bool) -> Engine:
    postgres = make_url(url).get_backend_name() == "postgresql"
    return _postgres(url, immediate) if postgres else _sqlite(url, immediate)


def _sqlite(url: str, immediate: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": PATIENCE, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={1000 * PATIENCE}")
        to_wal(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def to_wal(connection: sqlite3.Connection) -> None:
    """Keep a write-ahead log from now on.

    The first connection of a new file changes how it is written. Of two that do so at once SQLite refuses one without
    any waiting, whatever its busy timeout is.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def _postgres(url: str, immediate: bool) -> Engine:
    """A writer sees what was committed before each statement, so also what it waited for; a reader one moment."""
    level = "READ COMMITTED" if immediate else "REPEATABLE READ"
    engine = create_engine(url, pool_pre_ping=True, isolation_level=level)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.execute("SET synchronous_commit = on")  # whatever the server's own default
        connection.commit()

    if immediate:

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER})")

    return engine
