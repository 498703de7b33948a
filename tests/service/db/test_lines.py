"""The first mile of a contribution on both databases: kept, judged, approved and merged, each once."""

from __future__ import annotations

import json
from pathlib import Path

import pygit2
import pytest
from sqlmodel import select

from service.db import contributions
from service.db.engine import Database
from service.db.inbox import keep_all, open_inbox
from service.db.tables import Delivery as Kept
from service.db.tables import Wanted
from service.house import House
from service.lines import catching, intake, merge, obey, say
from service.lines.states import State
from service.record import chain
from service.settings import Settings, plain_secret
from service.taking import plain as take_in
from tests.service.db.test_store import at_once
from webhooks.event import Person
from webhooks.forge import Pull
from webhooks.inbox import Delivery
from webhooks.plain.scheme import body_of
from webhooks.plain.setup import init

WHO = pygit2.Signature("Ada", "ada@example.org", 1_700_000_000, 0)
DATA = Path(__file__).parents[3] / "service" / "demo" / "data" / "contributions" / "tide-greetings-1"


class Played:
    """A house on a database, and a forge with one contribution that somebody pushed."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.house = House(settings=Settings(home=folder / "home", cache=folder / "cache"), database=database)
        self.path = init(folder / "t.git", "", plain_secret(self.house.home))
        self.git = pygit2.Repository(str(self.path))
        base = self._commit("README.md", b"hello\n", [], "refs/heads/main")
        self.row = take_in(
            self.house, self.path, "http://127.0.0.1:1", {"model": "tiny", "seed": 7, "by_hand": True}
        )
        index = pygit2.Index()
        index.read_tree(self.git[base].peel(pygit2.Tree))
        for file in sorted(DATA.rglob("*")):
            if file.is_file():
                blob = self.git.create_blob(file.read_bytes())
                index.add(pygit2.IndexEntry(str(file.relative_to(DATA)), blob, pygit2.enums.FileMode.BLOB))
        text = "Greetings\n\nSigned-off-by: Ada <ada@example.org>\n"
        head = self.git.create_commit(None, WHO, WHO, text, index.write_tree(self.git), [base])
        self.forge = self.house.forge(self.row)
        self.pull = Pull(1, str(head), "main", "tide", "Greetings", Person("plain", "ada", "ada"), 1000.0)
        self.forge.adopt(self.pull)

    @property
    def owner(self) -> Person:
        name = str(self.git.config["upweight.owner"])
        return Person("plain", name, name)

    @property
    def delivery(self) -> Delivery:
        return Delivery("d1", "plain", "pushed", body_of(self.forge.pushed(self.pull)), "t")

    def _commit(self, path: str, data: bytes, parents: list[pygit2.Oid], ref: str) -> pygit2.Oid:
        index = pygit2.Index()
        index.add(pygit2.IndexEntry(path, self.git.create_blob(data), pygit2.enums.FileMode.BLOB))
        return self.git.create_commit(ref, WHO, WHO, "c\n", index.write_tree(self.git), parents)

    def kinds(self) -> list[str]:
        """What the record tells, in its order; the chain must be whole."""
        with self.house.database.read() as session:
            assert chain.broken(session, "t") is None
            return [event.kind for event in chain.events(session, "t")]


@pytest.fixture
def played(tmp_path: Path, database: Database) -> Played:
    """A house on each database."""
    return Played(tmp_path, database)


async def kept(played: Played, *deliveries: Delivery) -> list[bool]:
    inbox = open_inbox(played.house.database.url)
    inbox.start()
    try:
        return await keep_all(inbox, deliveries)
    finally:
        inbox.stop()


async def test_a_push_is_judged_approved_merged_and_told_of(played: Played) -> None:
    assert await kept(played, played.delivery) == [True]
    intake.take(played.house, "d1")
    with played.house.database.read() as session:
        row, delivery = contributions.must(session, "t", 1), session.get_one(Kept, "d1")
        assert (row.verdict or {})["verdict"] == "passed", row.verdict
        assert (row.state, row.author_id, delivery.state) == (State.needs_review, "ada", "done")
    answer = obey.obey(played.house, "t", "approve", {"number": 1}, played.owner)
    assert answer.ok, answer.sentence
    assert (
        merge.merge_approved(played.house, played.row),
        merge.merge_approved(played.house, played.row),
    ) == (1, 0)
    with played.house.database.read() as session:
        row = contributions.must(session, "t", 1)
        assert (row.state, row.merged) == (State.merged, str(played.git.references["refs/heads/main"].target))
        assert [c.number for c in contributions.waiting_for_a_batch(session, "t")] == [1]
    assert (say.speak(played.house), say.speak(played.house)) == (1, 0)
    found = played.forge.found(1)
    assert "merged" in found.labels
    assert found.check is not None
    assert found.check.conclusion == "success"
    assert played.forge.open_pulls() == []
    told = ["taken-in", "pushed", "judged", "approved", "merged"]
    assert [kind.rpartition(".")[2] for kind in played.kinds()] == told


async def test_a_delivery_taken_by_many_at_once_is_judged_once(played: Played) -> None:
    again = Delivery("d2", "plain", "pushed", played.delivery.body, "t")
    assert await kept(played, played.delivery, played.delivery, again) in (
        [True, False, True],
        [False, True, True],
    )
    at_once(*[lambda name=name: intake.take(played.house, name) for name in ("d1", "d1", "d2", "d2")])
    assert [kind.rpartition(".")[2] for kind in played.kinds()] == ["taken-in", "pushed", "judged"]
    with played.house.database.read() as session:
        assert len(contributions.revisions(session, "t", 1)) == 1
        assert intake.waiting(session) == []


async def test_of_two_who_decide_at_once_the_second_hears_that_it_is_decided(played: Played) -> None:
    await kept(played, played.delivery)
    intake.take(played.house, "d1")
    answers: list[bool] = []

    def decide(name: str) -> None:
        asked = {"number": 1, "arguments": ("no",), "reason": "no"}
        answers.append(obey.obey(played.house, "t", name, asked, played.owner).ok)

    at_once(lambda: decide("approve"), lambda: decide("reject"))
    with played.house.database.read() as session:
        state = contributions.must(session, "t", 1).state
    decided = [kind.rpartition(".")[2] for kind in played.kinds()[3:]]
    assert len(decided) == answers.count(True)
    assert decided[-1] == state


async def test_deliveries_that_ask_for_nothing_are_done_with_a_note(played: Played) -> None:
    strange = [
        Delivery("x1", "plain", "pushed", json.dumps({"repository": "t"}).encode(), "t"),
        Delivery("x2", "plain", "danced", played.delivery.body, "t"),
        Delivery("x3", "plain", "pushed", played.delivery.body, "elsewhere"),
    ]
    await kept(played, *strange)
    for each in strange:
        intake.take(played.house, each.id)
    with played.house.database.read() as session:
        rows = session.exec(select(Kept).order_by(Kept.id)).all()
        assert [row.state for row in rows] == ["done"] * 3
        assert "not understood" in (rows[0].note or "")
        assert (rows[1].note, rows[2].note) == (None, "not our repository")
        assert session.exec(select(Wanted)).all() == []


def test_what_was_missed_while_nobody_listened_is_caught_up_with_once(played: Played) -> None:
    assert [catching.catch_up(played.house, played.row) for _ in range(2)] == [1, 0]
    assert [kind.rpartition(".")[2] for kind in played.kinds()] == ["taken-in", "pushed", "judged"]
