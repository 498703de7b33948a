"""A command is carried out once, whoever tells of it how often, and whatever dies in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlmodel import select

from service.db import contributions, deliveries
from service.db.tables import Contribution, Delivery, Obeyed
from service.house import House
from service.lines import intake
from service.lines.once import ACTED, once
from service.record.chain import append
from tests.lines.batch_world import World
from tests.service.db.test_store import at_once
from tests.service.lines.remote import Abroad, abroad
from webhooks.forge import Busy, Denied


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A house with a contribution that waits for a decision."""
    made = World(tmp_path)
    with made.house.database.write() as session:
        session.add(
            Contribution(
                repository="t", number=1, topic="a", title="A", author_forge="plain", author_id="ada",
                state="needs-review", head="1" * 40, opened=1.0, updated=1.0,
            )
        )  # fmt: skip
    yield made
    made.house.judge.close()


class Killed(BaseException):
    """The end of a process, as far as one can be ended within a test."""


def told(house: House) -> str:
    """A command that does something each time that it is carried out."""
    with house.database.write() as session:
        append(session, "t", "test.told", {}, 1)
    return "Told."


def times(world: World) -> int:
    return sum(kind == "test.told" for kind, _ in world.events())


def test_the_second_time_it_is_answered_as_the_first_and_nothing_is_done(world: World) -> None:
    answers = [once(world.house, "t", "comment/7/0", told) for _ in range(3)]
    assert (answers, times(world)) == (["Told."] * 3, 1)
    once(world.house, "t", "comment/7/1", told)
    once(world.house, "u", "comment/7/0", told)
    assert times(world) == 3, "another command of the comment, or of another repository, is another one"


def test_who_dies_after_the_deed_and_before_the_answer_does_not_do_it_again(world: World) -> None:
    def dies(house: House) -> str:
        told(house)
        raise Killed

    with pytest.raises(Killed):
        once(world.house, "t", "comment/7/0", dies)
    assert (once(world.house, "t", "comment/7/0", told), times(world)) == (ACTED, 1)


def test_who_dies_before_the_deed_does_it_when_it_is_told_again(world: World) -> None:
    def dies(house: House) -> str:
        with house.database.write() as session:
            append(session, "t", "test.told", {}, 1)
            raise Killed

    with pytest.raises(Killed):
        once(world.house, "t", "comment/7/0", dies)
    assert (once(world.house, "t", "comment/7/0", told), times(world)) == ("Told.", 1)


def test_a_command_of_several_steps_is_carried_out_to_its_end(world: World) -> None:
    def steps(house: House) -> str:
        return told(house) + told(house)

    assert once(world.house, "t", "comment/7/0", steps) == "Told.Told."
    assert times(world) == 2


def test_of_many_who_hear_of_it_at_once_one_carries_it_out(world: World) -> None:
    at_once(*[lambda: once(world.house, "t", "comment/7/0", told)] * 8)  # type: ignore[list-item]
    assert times(world) == 1


def test_of_two_processes_that_hear_of_it_one_carries_it_out(world: World, tmp_path: Path) -> None:
    script = tmp_path / "other.py"
    script.write_text(
        "import sys\nfrom service.db.engine import Database\nfrom service.house import House\n"
        "from service.lines.once import once\nfrom service.record.chain import append\n"
        "from service.settings import read\n"
        "settings = read({}, home=sys.argv[1])\n"
        "house = House(settings, Database('sqlite:///' + sys.argv[1] + '/upweight.db'))\n"
        "def told(house):\n    with house.database.write() as session:\n"
        "        append(session, 't', 'test.told', {}, 1)\n    return 'Told.'\n"
        "for n in range(20):\n    once(house, 't', f'comment/{n}/0', told)\n"
    )
    command = [sys.executable, str(script), str(world.house.home)]
    others = [subprocess.Popen(command, env=dict(os.environ)) for _ in range(2)]
    assert [other.wait(60) for other in others] == [0, 0]
    assert times(world) == 20


def comment(world: World, identity: str, text: str, person: str = "", delivery: str = "") -> str:
    """Keep a delivery of what somebody wrote; gives its id."""
    body = {
        "repository": "t",
        "number": 1,
        "author": {"id": person or world.owner},
        "text": text,
        "id": identity,
        "head": head(world),
    }
    name = delivery or f"d-{identity}"
    with world.house.database.write() as session:
        session.add(
            Delivery(
                id=name, forge="plain", event="commented", repository="t",
                body=zlib.compress(json.dumps(body).encode()), received=time.time(), state="kept",
            )
        )  # fmt: skip
    return name


def head(world: World) -> str:
    with world.house.database.read() as session:
        return contributions.must(session, "t", 1).head


def state(world: World) -> str:
    with world.house.database.read() as session:
        return contributions.must(session, "t", 1).state


def note(world: World, delivery: str) -> str | None:
    with world.house.database.read() as session:
        return session.get_one(Delivery, delivery).note


def test_a_comment_that_is_delivered_twice_or_replayed_is_obeyed_once(world: World) -> None:
    text = "@upweight request-changes Say where it is from\n"
    for name in ("first", "second"):
        intake.take(world.house, comment(world, "7", text, delivery=name))
    assert intake.again(world.house, "first")
    intake.take(world.house, "first")
    assert note(world, "first") == note(world, "second")
    assert [kind for kind, _ in world.events()] == ["contribution.changes-requested"]


def test_what_was_refused_stays_refused_when_it_is_told_again_later(world: World) -> None:
    """Or a delivery that comes twice would approve another revision than the person saw."""
    with world.house.database.write() as session:
        contributions.must(session, "t", 1).state = "changes-requested"
    intake.take(world.house, comment(world, "7", "@upweight approve", delivery="first"))
    with world.house.database.write() as session:
        row = contributions.must(session, "t", 1)
        row.state, row.head = "needs-review", "2" * 40
    intake.take(world.house, comment(world, "7", "@upweight approve", delivery="second"))
    assert (state(world), note(world, "first") == note(world, "second")) == ("needs-review", True)
    intake.take(world.house, comment(world, "8", "@upweight approve"))
    assert state(world) == "approved"


def test_each_command_of_a_comment_is_carried_out_once(world: World) -> None:
    text = "@upweight request-changes Not yet\n@upweight reject It is a copy\n"
    for name in ("first", "second"):
        intake.take(world.house, comment(world, "7", text, delivery=name))
    assert [kind for kind, _ in world.events()] == ["contribution.changes-requested", "contribution.rejected"]
    with world.house.database.read() as session:
        assert sorted(row.key for row in session.exec(select(Obeyed))) == ["comment/7/0", "comment/7/1"]


def with_trouble(world: World, *trouble: Exception) -> Abroad:
    """The house, with a forge that answers so; and a delivery of a push on it."""
    house = abroad(world.house)
    house.remote.trouble.extend(trouble)
    with house.database.write() as session:
        body = msgspec.json.encode({"repository": "ada/bells", "number": 1, "person": {"id": "ada"}})
        session.add(
            Delivery(
                id="d", forge="plain", event="closed", repository="t", body=zlib.compress(body), received=1.0
            )
        )
        row = house.repository("t")
        row.forge, row.name = "plain", "t"
        session.add(row)
    return house


def due(world: World, after: float) -> bool:
    """Whether the delivery is due that many seconds from now."""

    with world.house.database.read() as session:
        return bool(deliveries.waiting(session, time.time() + after))


@pytest.mark.parametrize(("trouble", "pause"), [(OSError("no route to it"), 2), (Busy("slow down", 77), 77)])
def test_a_delivery_waits_longer_each_time_that_the_forge_can_not_be_asked(
    world: World, trouble: Exception, pause: float
) -> None:
    house = with_trouble(world, trouble)
    intake.take(house, "d")
    assert [due(world, after) for after in (0, pause - 1, pause + 1)] == [False, False, True]
    assert str(trouble) in (note(world, "d") or "")
    intake.take(house, "d")
    assert (due(world, 1e9), state(world)) == (False, "closed")


def test_a_fault_of_ours_is_given_up_in_the_end_and_can_be_replayed(world: World) -> None:
    house = with_trouble(world, *[RuntimeError("a fault")] * intake.AT_MOST)
    for _ in range(intake.AT_MOST):
        assert due(world, intake.LONGEST + 1)
        with pytest.raises(RuntimeError):
            intake.take(house, "d")
    assert not due(world, 1e9)
    assert intake.again(house, "d")
    assert due(world, 0)
    intake.take(house, "d")
    assert state(world) == "closed"


def test_a_word_that_was_asked_to_wait_for_long_is_not_given_up_at_the_first_refusal(world: World) -> None:
    house = with_trouble(world, *[Busy("slow down", 0.0)] * intake.AT_MOST, Denied("the App is suspended"))
    for _ in range(intake.AT_MOST + 1):
        intake.take(house, "d")
    assert due(world, intake.LONGEST + 1)
    intake.take(house, "d")
    assert state(world) == "closed"


def test_what_was_acted_on_long_ago_is_forgotten_and_what_waits_is_not(world: World) -> None:
    now = time.time()
    old, new = now - 31 * 86_400, now - 29 * 86_400
    with world.house.database.write() as session:
        for name, at, stands in (
            ("a", old, "done"),
            ("b", new, "done"),
            ("c", old, "kept"),
            ("d", old, "failed"),
        ):
            session.add(
                Delivery(
                    id=name, forge="plain", event="x", repository="t", body=b"", received=at, state=stands
                )
            )
    assert [intake.prune(world.house), intake.prune(world.house)] == [2, 0]
    with world.house.database.read() as session:
        assert sorted(session.exec(select(Delivery.id))) == ["b", "c"]


def test_a_comment_whose_delivery_was_forgotten_is_not_obeyed_again(world: World) -> None:
    intake.take(world.house, comment(world, "7", "@upweight request-changes Not yet", delivery="first"))
    with world.house.database.write() as session:
        session.delete(session.get_one(Delivery, "first"))
    intake.take(world.house, comment(world, "7", "@upweight request-changes Not yet", delivery="first"))
    assert [kind for kind, _ in world.events()] == ["contribution.changes-requested"]
