"""The questions that lines and pages ask, on both databases: order, pages, counts, what comes next."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session

from service.db import batches, contributions, deliveries, releases, runs
from service.db.engine import Database
from service.db.tables import Batch, Contribution, Delivery, Release, Repository
from tests.service.db.test_leases import a_run
from tests.service.db.test_store import a_contribution, at_once
from webhooks.inbox import spoken_for


def fill(session: Session) -> None:
    """Seven contributions of `t` in four states, one of another repository."""
    for number, state in enumerate(
        ["opened", "merged", "merged", "released", "needs-review", "opened", "closed"], 1
    ):
        more: dict[str, Any] = {"updated": 100.0 - number, "batch": 1 if number == 3 else None}
        session.add(a_contribution(number, state=state, **more))
    session.add(a_contribution(1, repository="other", state="merged"))


def numbers(rows: Any) -> list[int]:
    return [row.number for row in rows]


def test_the_queue_shows_first_what_waits_longest(database: Database) -> None:
    with database.write() as session:
        fill(session)
    with database.read() as session:
        assert numbers(contributions.queue(session, "t").rows) == [7, 6, 5, 4, 3, 2, 1]
        page = contributions.queue(session, "t", ("opened", "needs-review"))
        assert (numbers(page.rows), page.total, page.pages) == ([6, 5, 1], 3, 1)


@pytest.mark.parametrize(
    ("asked", "shown", "number"),
    [(1, [7, 6, 5], 1), (3, [1], 3), (99, [1], 3), (0, [7, 6, 5], 1), (-5, [7, 6, 5], 1)],
)
def test_a_page_that_is_not_there_is_the_nearest_one(
    database: Database, asked: int, shown: list[int], number: int
) -> None:
    with database.write() as session:
        fill(session)
    with database.read() as session:
        page = contributions.queue(session, "t", page=asked, size=3)
        assert (numbers(page.rows), page.number, page.pages, page.total) == (shown, number, 3, 7)


def test_an_empty_repository_has_one_empty_page(database: Database) -> None:
    with database.read() as session:
        assert contributions.queue(session, "t") == contributions.Page((), 1, 1, 0)
        assert (contributions.counts(session, "t"), releases.latest(session, "t")) == ({}, None)
        assert (batches.next_id(session, "t"), releases.next_sequence(session, "t")) == (1, 1)


def test_contributions_are_found_by_where_they_stand(database: Database) -> None:
    with database.write() as session:
        fill(session)
    with database.read() as session:
        assert contributions.counts(session, "t") == {
            "opened": 2, "merged": 2, "released": 1, "needs-review": 1, "closed": 1,
        }  # fmt: skip
        assert numbers(contributions.still_open(session, "t")) == [1, 2, 3, 5, 6]
        assert numbers(contributions.waiting_for_a_batch(session, "t")) == [2]
        assert numbers(contributions.of_batch(session, "t", 1)) == [3]
        assert contributions.must(session, "t", 3).number == 3
        with pytest.raises(ValueError, match="no contribution 8"):
            contributions.must(session, "t", 8)


def test_the_same_head_again_is_the_same_revision_and_an_older_head_a_new_one(database: Database) -> None:
    heads = ["a", "a", "b", "a"]
    with database.write() as session:
        session.add(a_contribution())
        made = [contributions.revise(session, "t", 1, head, float(at)) for at, head in enumerate(heads)]
        assert [revision.sequence for revision in made] == [1, 1, 2, 3]
        contributions.revise(session, "t", 1, "a", 9.0, {"verdict": "passed"})
    with database.read() as session:
        kept = contributions.revisions(session, "t", 1)
        assert [(r.sequence, r.head, r.seen, r.verdict) for r in kept] == [
            (1, "a", 0.0, None), (2, "b", 2.0, None), (3, "a", 3.0, {"verdict": "passed"}),
        ]  # fmt: skip


def test_two_who_see_the_same_head_make_one_revision(database: Database) -> None:
    def see() -> None:
        with database.write() as session:
            contributions.revise(session, "t", 1, "a", 1.0)

    at_once(see, see, see)
    with database.read() as session:
        assert len(contributions.revisions(session, "t", 1)) == 1


def a_batch(number: int, state: str) -> Batch:
    return Batch(repository="t", id=number, state=state, created=0, updated=0)


def test_batches_are_counted_on_and_those_that_are_settled_need_nothing(database: Database) -> None:
    with database.write() as session:
        session.add_all([a_batch(1, "released"), a_batch(2, "training"), a_batch(10, "failed")])
    with database.read() as session:
        assert [b.id for b in batches.listed(session, "t")] == [10, 2, 1]
        assert [b.id for b in batches.at_work(session, "t")] == [2]
        assert (batches.next_id(session, "t"), batches.next_id(session, "other")) == (11, 1)
        assert (batches.get(session, "t", 3), batches.get(session, "other", 1)) == (None, None)


def test_two_who_form_a_batch_at_once_get_two_numbers(database: Database) -> None:
    def form() -> None:
        with database.write() as session:
            session.add(a_batch(batches.next_id(session, "t"), "generating"))

    at_once(form, form, form)
    with database.read() as session:
        assert [b.id for b in batches.listed(session, "t")] == [3, 2, 1]


def a_release(sequence: int, state: str) -> Release:
    version = f"v{sequence}"
    return Release(
        repository="t",
        version=version,
        sequence=sequence,
        batch=sequence,
        state=state,
        directory="/x",
        created=0,
    )


def test_the_latest_release_is_the_newest_that_is_out_by_its_sequence_not_its_name(
    database: Database,
) -> None:
    with database.write() as session:
        for sequence, state in ((2, "announced"), (9, "announced"), (10, "published"), (11, "planned")):
            session.add(a_release(sequence, state))
    with database.read() as session:
        latest, planned = releases.latest(session, "t"), releases.of_batch(session, "t", 11)
        assert latest is not None
        assert planned is not None
        assert (latest.version, planned.version) == ("v10", "v11")
        assert [r.version for r in releases.listed(session, "t")] == ["v11", "v10", "v9", "v2"]
        assert releases.next_sequence(session, "t") == 12
        assert releases.get(session, "t", "v3") is None


def test_runs_are_listed_newest_first_and_a_batch_s_in_the_order_of_the_queue(database: Database) -> None:
    with database.write() as session:
        made = [runs.ask(session, a_run(key)) for key in ("a", "b", "c")]
        made[0].position, made[1].state = 9, "done"
    with database.read() as session:
        assert [run.key for run in runs.listed(session, "t")] == ["c", "b", "a"]
        assert [run.key for run in runs.listed(session, "t", ("done",))] == ["b"]
        assert [run.key for run in runs.listed(session, "t", at_most=1)] == ["c"]
        assert [run.key for run in runs.of_batch(session, "t", 1)] == ["b", "c", "a"]
        assert runs.get(session, 10_000) is None


def test_the_same_number_in_two_repositories_is_two_contributions(database: Database) -> None:
    with database.write() as session:
        fill(session)
    with database.read() as session:
        assert [c.state for c in (session.get_one(Contribution, (r, 1)) for r in ("t", "other"))] == [
            "opened",
            "merged",
        ]


def test_deliveries_of_a_repository_are_found_though_its_secret_is_its_own(database: Database) -> None:
    about: dict[str, Any] = {"forge": "gitlab", "event": "note", "body": b"", "received": 1.0}
    with database.write() as session:
        session.add(
            Repository(
                id="lab.bells", forge="gitlab", name="lab/bells", forge_id="12", address="a", created=1.0
            )
        )
        own, others = (spoken_for(number, "lab/bells") for number in ("12", "13"))
        for name, kept in (("a", own), ("b", "lab/bells"), ("c", others)):
            session.add(Delivery(id=name, repository=kept, **about))
    with database.read() as session:
        for given in ("lab.bells", "lab/bells"):
            assert [row["id"] for row in deliveries.listed(session, repository=given)] == ["a", "b"]
        assert {row["repository"] for row in deliveries.listed(session)} == {"lab/bells"}
        assert deliveries.listed(session, repository="u") == []
