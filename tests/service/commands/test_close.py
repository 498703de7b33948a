"""Closing: by the author or a triager, before the merge, and then the topic opens a new contribution."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from service.db.tables import Contribution
from service.lines import say, triage
from service.lines.obey import Answer, obey
from tests.lines.batch_world import World
from tests.service.lines.test_intake import contribute, push
from webhooks.event import Person


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A contribution of ada's that was pushed and is open."""
    made = World(tmp_path)
    head = contribute(made, tmp_path)
    with made.house.database.write() as session:
        session.add(
            Contribution(
                repository="t", number=1, topic="add-a-note", title="Add a note", author_forge="plain",
                author_id="ada", state="needs-human", head=head, opened=1.0, updated=1.0,
            )
        )  # fmt: skip
    return made


def close(world: World, who: str, forge: str = "plain", **asked: object) -> Answer:
    return obey(world.house, "t", "close", {"number": 1, **asked}, Person(forge, who, who))


def test_an_author_closes_their_own_and_the_topic_opens_a_new_contribution(
    world: World, tmp_path: Path
) -> None:
    assert close(world, "ada").ok
    assert world.member(1).state == "closed"
    assert world.events()[-1] == ("contribution.closed", {"by": "plain/ada", "reason": ""})
    forge = world.house.forge(world.repository)
    assert forge.open_pulls() == []
    desk = tmp_path / "desk"
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    amend = ["git", "-C", str(desk), *who, "commit", "-q", "--allow-empty", "-s", "-m", "Say more"]
    subprocess.run(amend, check=True)
    push(world, desk, "HEAD:refs/for/main", person="ada")  # the topic is slugged from the oldest commit
    (pull,) = forge.open_pulls()
    assert (pull.number, pull.topic) == (2, "add-a-note")
    triage.seen(world.house, world.repository, forge.pushed(pull))
    assert world.member(1).state == "closed"
    assert world.member(2).author_id == "ada"


def test_a_triager_closes_it_with_a_reason_that_the_author_is_told(world: World) -> None:
    assert not close(world, world.owner).ok
    assert not close(world, world.owner, reason=" ").ok
    assert world.member(1).state == "needs-human"
    assert close(world, world.owner, reason="It is proposed as 7 already.").ok
    assert world.member(1).state == "closed"
    assert say.speak(world.house) == 1
    found = world.house.forge(world.repository).found(1)
    assert [c.text.splitlines()[0] for c in found.comments] == ["### Closed by a maintainer"]
    assert "It is proposed as 7 already" in found.comments[0].text


def test_nobody_else_closes_it_and_nothing_that_is_merged_is_closed(world: World) -> None:
    for who, forge in (("bo", "plain"), ("ada", "github")):
        answer = close(world, who, forge, reason="Mine.")
        assert (answer.ok, "needs the right to triage" in answer.sentence) == (False, True)
    with world.house.database.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.state = "merged"
        session.add(row)
    assert not close(world, "ada").ok
    assert [pull.number for pull in world.house.forge(world.repository).open_pulls()] == [1]
    assert world.member(1).state == "merged"


def test_what_was_closed_on_the_forge_before_a_crash_is_closed_by_saying_it_again(world: World) -> None:
    world.house.forge(world.repository).close(1, "closed")
    assert close(world, "ada").ok
    assert world.member(1).state == "closed"
    assert not close(world, "ada").ok
