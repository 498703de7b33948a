"""The store on both databases: migrations agree with the tables, writers take turns, nouns are lifted when read."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import Session, SQLModel, create_engine, select

from service.db import contributions, frozen, outlines, words
from service.db.engine import Database, driver_url, sqlite_url, to_wal
from service.db.tables import Batch, Contribution, Repository, Revision
from service.lines import meant, since
from tests.service.db.conftest import Server

LONG = 120.0  # seconds after which threads count as stuck


def at_once(*jobs: Callable[[], None]) -> None:
    """Run jobs in threads of their own; what one of them raises is raised here."""
    raised: list[BaseException] = []

    def guarded(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(job,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert not any(thread.is_alive() for thread in threads), "they wait for one another"
    if raised:
        raise raised[0]


def a_contribution(number: int = 1, **more: Any) -> Contribution:
    told: dict[str, Any] = {
        "repository": "t", "number": number, "topic": "a", "title": "A", "author_forge": "plain",
        "author_id": "ada", "state": "opened", "head": "1" * 40, "opened": 0.0, "updated": 0.0, **more,
    }  # fmt: skip
    return Contribution(**told)


def test_tables_and_migrations_agree(database: Database) -> None:
    database.upgrade()  # a second time changes nothing
    with create_engine(database.url).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def upgraded_at_once(url: str) -> list[str | None]:
    both = [Database(url), Database(url)]
    at_once(*[each.upgrade for each in both])
    stand = [each.revision() for each in both]
    for each in both:
        each.close()
    return stand


def test_two_services_that_start_at_once_upgrade_one_after_the_other(tmp_path: Path) -> None:
    assert upgraded_at_once(sqlite_url(tmp_path / "upweight.db")) == ["0006", "0006"]


class Refusing(sqlite3.Connection):
    """A connection that SQLite refuses twice, without waiting: somebody else is changing the file to a log."""

    times = 0

    def execute(self, *asked: Any) -> sqlite3.Cursor:
        self.times += 1
        if self.times <= 2:
            raise sqlite3.OperationalError("database is locked")
        return super().execute(*asked)


def test_a_connection_that_is_refused_while_another_begins_the_log_asks_again(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "upweight.db", factory=Refusing)
    to_wal(connection)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


@pytest.mark.slow
def test_two_services_that_start_at_once_upgrade_postgresql_one_after_the_other(postgres: Server) -> None:
    assert upgraded_at_once(postgres.fresh("template1")) == ["0006", "0006"]


def test_a_migration_that_fails_leaves_nothing_half_done(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "upweight.db"))
    with database.write() as session:  # in the way of the migration, somewhere in its middle
        session.connection().exec_driver_sql("CREATE TABLE release (x INTEGER)")
    with pytest.raises(sa.exc.OperationalError):
        database.upgrade()
    with create_engine(database.url).connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["release"]


def _as_it_was(session: Session, row: SQLModel) -> None:
    """Insert a row into a table of an older time: what came later is left out."""
    table = sa.Table(str(row.__tablename__), sa.MetaData(), autoload_with=session.connection())
    values = {column.name: getattr(row, column.name) for column in table.columns}
    session.connection().execute(table.insert(), values)


def test_an_older_database_with_contributions_in_it_is_brought_up_and_loses_nothing(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "upweight.db"))
    database.upgrade("0001")
    verdict = {"verdict": "passed", "findings": [], "labels": [], "next": "", "not_checked": [], "files": [],
               "policy_hash": "a", "rules_version": "b"}  # fmt: skip
    heads = [str(number) * 40 for number in (1, 2)]
    with database.write() as session:
        _as_it_was(session, a_contribution(head=heads[1], verdict=verdict, state="needs-review"))
        for number, head in enumerate(heads, 1):
            _as_it_was(
                session,
                Revision(repository="t", number=1, sequence=number, head=head, verdict=verdict, seen=5.0),
            )
    database.upgrade()
    assert database.revision() == "0006"
    with database.write() as session:
        row = contributions.must(session, "t", 1)
        assert (row.state, row.verdict) == ("needs-review", verdict)
        old, new = contributions.revisions(session, "t", 1)
        assert since.between(session, old, new) is None, "nothing was kept of them to compare"
        later = 5.0 + meant.MARGIN
        assert [meant.revision(session, "t", 1, at=at) for at in (later, later + 1)] == ["", heads[1]]
        outlines.looked(session, "t", 1, "tom", 1)
        outlines.looked(session, "t", 1, "tom", 2)
    with database.read() as session:
        look = outlines.look_of(session, "t", 1, "tom")
        assert look is not None
        assert (look.before, look.sequence) == (1, 2)


def test_a_database_whose_contributions_nobody_could_hold_yet_takes_words_about_them(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "upweight.db"))
    database.upgrade("0003")
    with database.write() as session:
        session.add(a_contribution(state="needs-review"))
    database.upgrade()
    with database.write() as session:
        row = contributions.must(session, "t", 1)
        words.say(session, row, "hold", "plain/tom", 5.0, {"reason": "wait"}, until=9.0)
        words.say(session, "t", "freeze", "plain/tom", 6.0)
    with database.read() as session:
        assert [w.body for w in words.standing(session, "t", ["hold"], 1)] == [{"reason": "wait"}]
        assert [w.kind for w in words.standing(session, "t", ["hold", "freeze"])] == ["freeze"]
        assert [len(words.over(session, "t", now)) for now in (8.9, 9.0)] == [0, 1]
        assert contributions.must(session, "t", 1).state == "needs-review"


def test_what_raises_in_a_transaction_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.write() as session:
            session.add(a_contribution())
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.read() as session:
        assert session.get(Contribution, ("t", 1)) is None


def test_a_writer_sees_what_the_one_before_it_wrote_and_loses_none_of_it(database: Database) -> None:
    with database.write() as session:
        session.add(a_contribution(title="0"))

    def count() -> None:
        for _ in range(20):
            with database.write() as session:
                row = session.get_one(Contribution, ("t", 1))
                row.title = str(int(row.title) + 1)

    at_once(count, count, count)
    with database.read() as session:
        assert session.get_one(Contribution, ("t", 1)).title == "60"


def test_a_reader_sees_one_moment_and_never_waits_for_a_writer(database: Database) -> None:
    with database.write() as session:
        session.add(a_contribution(1))
    with database.read() as reader:
        assert len(reader.exec(select(Contribution)).all()) == 1
        with database.write() as writer:
            writer.add(a_contribution(2))
            writer.flush()
            assert len(reader.exec(select(Contribution)).all()) == 1
        assert len(reader.exec(select(Contribution)).all()) == 1
    with database.read() as reader:
        assert len(reader.exec(select(Contribution)).all()) == 2


def test_what_a_reader_changes_is_lost(database: Database) -> None:
    with database.write() as session:
        session.add(a_contribution())
    with database.read() as session:
        session.get_one(Contribution, ("t", 1)).title = "changed"
        session.flush()
    with database.read() as session:
        assert session.get_one(Contribution, ("t", 1)).title == "A"


def test_every_kind_of_column_comes_back_as_it_went(database: Database) -> None:
    verdict = {"verdict": "passed", "findings": [], "next": "Ünïcode, 🌊 and a quote '"}
    with database.write() as session:
        session.add(Repository(id="t", forge="plain", address="/x", automatic=False, created=1.25))
        session.add(a_contribution(verdict=verdict, leaves=["knowledge/a"], updated=1_700_000_000.123))
        session.add(a_contribution(2))
    with database.read() as session:
        row, other = session.get_one(Contribution, ("t", 1)), session.get_one(Contribution, ("t", 2))
        assert (row.verdict, row.leaves, row.updated) == (verdict, ["knowledge/a"], 1_700_000_000.123)
        assert (other.verdict, other.leaves, other.held) == (None, [], None)
        assert session.get_one(Repository, "t").automatic is False
        absent = select(Contribution.number).where(Contribution.verdict.is_(None))  # type: ignore[union-attr]
        assert session.exec(absent).all() == [2]


def raw(session: Session, column: str) -> Any:
    """A column of JSON as it lies there."""
    return session.execute(
        sa.text(f"SELECT {column} FROM batch").columns(sa.column(column, sa.JSON))
    ).scalar()


def test_a_kept_noun_carries_its_schema_and_code_never_sees_it(database: Database) -> None:
    spec, gates = {"seeds": [1]}, [{"decision": "passed"}]
    with database.write() as session:
        session.add(
            Batch(repository="t", id=1, state="generating", spec=spec, gates=gates, created=0, updated=0)
        )
    with database.read() as session:
        row = session.get_one(Batch, ("t", 1))
        assert (row.spec, row.gates, row.search) == (spec, gates, None)
        assert raw(session, "spec") == {**spec, "schema": frozen.SCHEMAS["spec"]}
        assert raw(session, "gates") == [{**gates[0], "schema": frozen.SCHEMAS["gate"]}]


def test_an_old_noun_is_lifted_step_by_step_when_it_is_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        session.add(Batch(repository="t", id=1, state="s", spec={"seed": 4}, created=0, updated=0))
    monkeypatch.setitem(frozen.SCHEMAS, "spec", 3)
    monkeypatch.setitem(frozen.UPGRADES, ("spec", 1), lambda body: {"seeds": [body["seed"]]})
    monkeypatch.setitem(frozen.UPGRADES, ("spec", 2), lambda body: {**body, "profile": "gain"})
    with database.read() as session:
        assert session.get_one(Batch, ("t", 1)).spec == {"seeds": [4], "profile": "gain"}


def test_a_noun_of_a_later_version_is_refused_not_misread(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(frozen.SCHEMAS, "spec", 2)
    with database.write() as session:
        session.add(Batch(repository="t", id=1, state="s", spec={"seeds": [4]}, created=0, updated=0))
    monkeypatch.setitem(frozen.SCHEMAS, "spec", 1)
    with pytest.raises(frozen.TooNew, match="schema 2"), database.read() as session:
        session.get_one(Batch, ("t", 1))


def test_every_noun_of_an_old_schema_can_be_lifted() -> None:
    steps = {(noun, at) for noun, current in frozen.SCHEMAS.items() for at in range(1, current)}
    assert set(frozen.UPGRADES) == steps


def test_both_ways_to_write_a_postgresql_address_mean_the_driver_that_we_ship() -> None:
    wanted = "postgresql+psycopg://ada@db/upweight"
    assert driver_url("postgres://ada@db/upweight") == driver_url("postgresql://ada@db/upweight") == wanted
    assert driver_url(wanted) == wanted
    assert driver_url("sqlite:////x/upweight.db") == "sqlite:////x/upweight.db"
