"""The chain of events on both databases: it never forks, what is altered is found, and text can be erased."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from service.db.engine import Database
from service.db.tables import Blob, Event
from service.record import chain
from tests.service.db.test_store import at_once


def three_events(database: Database) -> None:
    with database.write() as session:
        for turn in range(3):
            chain.append(session, "t", "told", {"turn": turn}, number=turn)


def test_writers_of_several_streams_make_no_fork(database: Database) -> None:
    def write(stream: str) -> None:
        for turn in range(15):
            with database.write() as session:
                chain.append(session, stream, "told", {"turn": turn})

    at_once(*[lambda stream=stream: write(stream) for stream in ("t", "t", "other")])
    with database.read() as session:
        assert (chain.broken(session, "t"), chain.broken(session, "other")) == (None, None)
        assert [event.sequence for event in chain.events(session, "t")] == list(range(1, 31))
        assert chain.streams(session) == ["other", "t"]


def test_a_second_event_after_the_same_one_is_refused_by_the_database(database: Database) -> None:
    three_events(database)
    with database.read() as session:
        second = session.exec(select(Event).where(Event.sequence == 2)).one()
    fork = Event(stream="t", sequence=9, previous=second.previous, hash="x", kind="told", body="{}", at=0)
    with pytest.raises(sa.exc.IntegrityError), database.write() as session:
        session.add(fork)


@pytest.mark.parametrize("change", ["body = '{}'", "kind = 'said'", "number = 7", "at = 7.0", "hash = 'x'"])
def test_whatever_is_altered_is_found_with_its_place(database: Database, change: str) -> None:
    three_events(database)
    with database.write() as session:
        session.execute(sa.text(f"UPDATE event SET {change} WHERE sequence = 2"))
    with database.read() as session:
        assert chain.broken(session, "t") == "Event 2 of t does not follow from the one before it."


def test_a_dropped_event_is_found(database: Database) -> None:
    three_events(database)
    with database.write() as session:
        session.execute(sa.delete(Event).where(col(Event.sequence) == 2))
    with database.read() as session:
        assert "3" in (chain.broken(session, "t") or "")


def test_events_are_read_behind_a_place_and_of_one_contribution(database: Database) -> None:
    three_events(database)
    with database.read() as session:
        assert [e.sequence for e in chain.events(session, "t", after=1)] == [2, 3]
        assert [e.sequence for e in chain.events(session, "t", at_most=1)] == [1]
        assert [json.loads(e.body) for e in chain.events(session, "t", number=2)] == [{"turn": 2}]


def test_after_a_text_is_erased_the_chain_still_verifies_and_nothing_of_the_text_is_left(
    database: Database,
) -> None:
    with database.write() as session:
        name = chain.erasable(session, "Ada Brandt, Tarn")
        other = chain.erasable(session, "Ada Brandt, Tarn")
        chain.append(session, "t", "said", {"text": name})
        chain.append(session, "t", "said", {"text": other})
    assert name != other  # salted: nobody finds a text by guessing it
    for _ in range(2):  # twice is once
        with database.write() as session:
            chain.erase(session, name)
    with database.read() as session:
        assert chain.broken(session, "t") is None
        assert chain.altered(session) == []
        gone, kept = session.get_one(Blob, name), session.get_one(Blob, other)
        assert (gone.text, gone.salt, kept.text) == (None, b"", "Ada Brandt, Tarn")


def test_a_kept_text_that_was_altered_is_found(database: Database) -> None:
    with database.write() as session:
        name = chain.erasable(session, "as it was")
    with database.write() as session:
        session.get_one(Blob, name).text = "as it never was"
    with database.read() as session:
        assert chain.altered(session) == [name]


def test_to_erase_what_is_not_there_is_no_error(database: Database) -> None:
    with database.write() as session:
        chain.erase(session, "nothing")
