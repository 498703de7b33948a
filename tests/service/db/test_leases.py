"""Who works on what, on both databases: one owner at a time, and whoever lost a lease changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from service.db import leases, runs
from service.db.engine import Database
from service.db.tables import Run
from tests.service.db.test_store import at_once


def a_run(key: str, repository: str = "t") -> Run:
    return Run(
        repository=repository, batch=1, key=key, kind="train", purpose="candidate", directory="/x", created=0
    )


def queue(database: Database, keys: Sequence[str]) -> None:
    with database.write() as session:
        for key in keys:
            runs.ask(session, a_run(key))


def claim(database: Database, worker: str, now: float = 0.0, slots: int = 1) -> Run | None:
    with database.write() as session:
        return leases.claim(session, worker, now=now, lease_seconds=10, slots=slots)


def row(database: Database, number: int | None) -> Run:
    with database.read() as session:
        return session.get_one(Run, number)


def test_who_lost_a_lease_changes_nothing(database: Database) -> None:
    queue(database, ["a"])
    first = claim(database, "one")
    assert first is not None
    assert first.id is not None
    assert claim(database, "two", now=1) is None
    with database.write() as session:
        assert leases.sweep(session, now=20) == [first.id]
        again = leases.claim(session, "two", now=20, lease_seconds=10, slots=1)
        assert again is not None
        assert not leases.heartbeat(session, first.id, first.fence, 99)
        assert not leases.finish(session, first.id, first.fence, "done")
        assert not leases.give_back(session, first.id, first.fence)
        assert leases.finish(session, first.id, again.fence, "done", now=25)
    assert (row(database, first.id).state, row(database, first.id).ended) == ("done", 25)


def test_a_run_whose_process_was_killed_is_tried_five_times(database: Database) -> None:
    queue(database, ["a"])
    for tried in range(1, leases.AT_MOST + 1):
        run = claim(database, "one", now=tried)
        assert run is not None
        assert run.id is not None
        with database.write() as session:
            assert leases.died(session, run.id, run.fence, "Ended by signal 9.", now=tried)
            assert not leases.died(session, run.id, run.fence, "Twice.", now=tried), "the fence is stale"
        found = row(database, run.id)
        assert (found.attempts, found.lease, found.worker) == (tried, 0.0, None)
        assert found.state == ("failed" if tried == leases.AT_MOST else "queued")
    assert (found.error, found.ended) == ("Ended by signal 9.", leases.AT_MOST)


def test_of_many_workers_none_takes_what_another_has_and_no_more_run_than_there_are_slots(
    database: Database,
) -> None:
    queue(database, [f"k{n}" for n in range(6)])
    taken: list[tuple[int | None, int]] = []

    def work() -> None:
        for _ in range(4):
            run = claim(database, "w", slots=4)
            if run is not None:
                taken.append((run.id, run.fence))

    at_once(work, work, work)
    assert len(taken) == 4
    assert len(set(taken)) == 4
    with database.read() as session:
        assert len(runs.listed(session, "t", ("running",))) == 4


def test_what_stands_first_in_the_queue_is_taken_first(database: Database) -> None:
    queue(database, ["a", "b", "c"])
    with database.write() as session:
        urgent = runs.by_key(session, "t", "c")
        assert urgent is not None
        urgent.position = 0
    taken = [claim(database, "w", slots=3) for _ in range(4)]
    assert [run.key if run else None for run in taken] == ["c", "a", "b", None]


def test_a_heartbeat_holds_the_run_beyond_its_first_lease(database: Database) -> None:
    queue(database, ["a"])
    run = claim(database, "w")
    assert run is not None
    assert run.id is not None
    with database.write() as session:
        assert leases.heartbeat(session, run.id, run.fence, 50.0, {"step": 3})
    with database.write() as session:
        assert leases.sweep(session, now=20) == []
    assert (row(database, run.id).progress, row(database, run.id).lease) == ({"step": 3}, 50.0)


def test_a_worker_that_stops_in_good_order_costs_no_attempt(database: Database) -> None:
    queue(database, ["a"])
    run = claim(database, "w")
    assert run is not None
    assert run.id is not None
    with database.write() as session:
        assert leases.give_back(session, run.id, run.fence)
        assert not leases.heartbeat(session, run.id, run.fence, 99)
    assert (row(database, run.id).state, row(database, run.id).attempts) == ("queued", 0)
    again = claim(database, "other", now=5)
    assert again is not None
    assert (again.worker, again.started) == ("other", 0)  # the first start is the one that counts


def test_after_five_silent_workers_a_run_has_failed(database: Database) -> None:
    queue(database, ["a"])
    swept = []
    for turn in range(leases.AT_MOST):
        assert claim(database, f"w{turn}", now=100.0 * turn) is not None
        with database.write() as session:
            swept.append(leases.sweep(session, now=100.0 * turn + 50))
    assert [len(each) for each in swept] == [1, 1, 1, 1, 0]
    with database.read() as session:
        (run,) = runs.listed(session, "t")
    assert (run.state, run.error, run.ended) == ("failed", leases.WORN_OUT, 450)
    assert claim(database, "w", now=900) is None


def test_a_cancelled_run_tells_its_worker_at_the_next_heartbeat(database: Database) -> None:
    queue(database, ["a"])
    run = claim(database, "w")
    assert run is not None
    assert run.id is not None
    with database.write() as session:
        assert runs.cancel(session, run.id, now=3, why="by hand")
        assert not runs.cancel(session, run.id, now=4)
        assert not leases.heartbeat(session, run.id, run.fence, 99)
        assert not leases.finish(session, run.id, run.fence, "done")
    assert (row(database, run.id).state, row(database, run.id).error) == ("cancelled", "by hand")


def test_the_same_run_is_never_asked_for_twice(database: Database) -> None:
    found: list[int | None] = []

    def ask() -> None:
        with database.write() as session:
            found.append(runs.ask(session, a_run("same")).id)

    at_once(ask, ask, ask)
    assert len(set(found)) == 1
    with database.write() as session:
        other = runs.ask(session, a_run("same", repository="other"))
        assert other.id not in found
        assert runs.ask(session, a_run("next")).position == 2
