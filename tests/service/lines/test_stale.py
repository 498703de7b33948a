"""The stale clock: for whom it runs, what stops it, what it does, and that a silence of ours reminds nobody but us."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from service.db.tables import Contribution, Event, Wanted
from service.lines import quiet, say, stale
from service.lines.stale import DAY, SPOKE, due
from service.policy import PolicyError, StaleSection, from_toml
from service.record.chain import append
from tests.lines.batch_world import World
from webhooks.event import Commented, Person
from webhooks.forge import Pull

POLICY = StaleSection(remind_after_days=14, close_after_days=60)
ADA = Person("plain", "ada", "ada")


def row(state: str) -> Contribution:
    return Contribution(
        repository="t", number=1, topic="x", title="x", author_forge="plain", author_id="ada", state=state,
        head="1" * 40, opened=0.0, updated=0.0,
    )  # fmt: skip


def events(*told: tuple[str, float], **body: Any) -> list[Event]:
    return [
        Event(stream="t", sequence=n, previous="", hash="", kind=f"contribution.{kind}", number=1, at=at * DAY,
              body=json.dumps({"verdict": "changes-requested", **body}))
        for n, (kind, at) in enumerate(told)
    ]  # fmt: skip


ASKED = (("pushed", 0.0), ("judged", 0.0))


@pytest.mark.parametrize(
    ("told", "day", "step"),
    [
        (ASKED, 13.9, None),
        (ASKED, 14.0, "remind"),
        ((*ASKED, ("reminded", 14.0)), 59.9, None),
        ((*ASKED, ("reminded", 14.0)), 60.0, "close"),
        ((*ASKED, ("reminded", 50.0)), 60.0, None),  # we were away: the reminder's whole time is its author's
        ((*ASKED, ("reminded", 50.0)), 96.0, "close"),
        (ASKED, 500.0, "remind"),  # never closed without a reminder
        ((*ASKED, ("changes-requested", 10.0)), 14.0, None),  # asked anew, counted anew
        ((*ASKED, ("reminded", 14.0), ("judged", 20.0)), 34.0, "remind"),
        ((*ASKED, ("author-spoke", 5.0)), 18.9, None),
        ((*ASKED, ("author-spoke", 5.0)), 19.0, "ours"),  # it is our turn to answer
        ((*ASKED, ("author-spoke", 5.0), ("changes-requested", 6.0)), 20.0, "remind"),
        ((*ASKED, ("pushed", 5.0)), 18.0, None),
    ],
)
def test_the_clock_runs_while_the_author_is_asked(told: Any, day: float, step: str | None) -> None:
    assert due(row("changes-requested"), events(*told), day * DAY, POLICY) == step


@pytest.mark.parametrize("state", ["needs-review", "needs-human", "opened"])
def test_a_silence_of_ours_is_ours(state: str) -> None:
    told = events(("pushed", 0.0), ("judged", 0.0), verdict="passed")
    assert due(row(state), told, 13.0 * DAY, POLICY) is None
    assert due(row(state), told, 400.0 * DAY, POLICY) == "ours"
    draft = row(state)
    draft.draft = True
    assert due(draft, told, 400.0 * DAY, POLICY) is None, "its author says that it is not ready"


@pytest.mark.parametrize(
    "state", ["approved", "merged", "batched", "held-back", "released", "closed", "rejected"]
)
def test_elsewhere_nothing_is_due(state: str) -> None:
    assert due(row(state), events(*ASKED), 400.0 * DAY, POLICY) is None


def test_nought_means_never() -> None:
    never = StaleSection(remind_after_days=0, close_after_days=0)
    assert due(row("changes-requested"), events(*ASKED), 9e3 * DAY, never) is None
    assert due(row("needs-review"), events(*ASKED, verdict="passed"), 9e3 * DAY, never) is None
    only = StaleSection(remind_after_days=5, close_after_days=0)
    assert due(row("conflicted"), events(*ASKED, ("reminded", 6.0)), 9e3 * DAY, only) is None


@pytest.mark.parametrize(("remind", "close"), [(14, 14), (14, 3), (0, 3)])
def test_a_policy_that_closes_without_a_reminder_is_refused_with_its_line(remind: int, close: int) -> None:
    with pytest.raises(PolicyError) as found:
        from_toml(f"[stale]\nremind_after_days = {remind}\nclose_after_days = {close}\n")
    assert (found.value.line, "no reminder" in found.value.message) == (3, True)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A contribution that its author was asked to mend 20 days ago, open on its forge."""
    made = World(tmp_path)
    made.merged(1, "knowledge/one")
    ago = time.time() - 20 * DAY
    with made.house.database.write() as session:
        one = session.get_one(Contribution, ("t", 1))
        one.state, one.merged, one.updated = "changes-requested", None, ago
        session.add(one)
        append(session, "t", "contribution.changes-requested", {"reason": "Too few."}, 1).at = ago
        say.told(session, one, "Asked for changes", "Too few.")
    made.house.forge(made.repository).adopt(Pull(1, one.head, "main", "one", "One", ADA, 1.0))
    return made


def shown(world: World) -> tuple[str, frozenset[str], int]:
    say.speak(world.house)
    found = world.house.forge(world.repository).found(1)
    return found.comments[0].text, found.labels, len(found.comments)


def ours(world: World, later: int = 0) -> list[stale.Silence]:
    with world.house.database.read() as session:
        return stale.ours(session, "t", POLICY, time.time() + later * DAY)


def test_an_author_is_reminded_in_the_one_comment_and_by_a_label_and_once(world: World) -> None:
    for _ in range(2):
        stale.by_timetable(world.house, world.repository, every=0)
    text, labels, comments = shown(world)
    assert text.startswith("**Still of interest?** This waits for its author since 20 days.")
    assert "Asked for changes by a maintainer" in text
    assert (quiet.WAITING in labels, comments) == (True, 1)
    assert [kind for kind, _ in world.events()].count(stale.REMINDED) == 1


def test_a_word_of_the_author_stops_it_and_takes_the_reminder_away(world: World) -> None:
    stale.by_timetable(world.house, world.repository, every=0)
    assert quiet.WAITING in shown(world)[1]
    other = Commented("plain", "t", 1, Person("plain", "bo", "bo"), "Any news?", "c0")
    assert not stale.spoke(world.house, world.repository, other)
    said = Commented("plain", "t", 1, ADA, "Next week.", "c1")
    assert stale.spoke(world.house, world.repository, said)
    assert not stale.spoke(world.house, world.repository, said), "a repeated delivery changes nothing"
    text, labels, _ = shown(world)
    assert (text.startswith("### Asked for changes"), quiet.WAITING in labels) == (True, False)
    assert [kind for kind, _ in world.events()].count(SPOKE) == 1
    assert [(each.number, each.days) for each in ours(world, 30)] == [(1, 30)]


def test_it_is_closed_kindly_when_its_time_is_over(world: World) -> None:
    stale.by_timetable(world.house, world.repository, every=0)
    with world.house.database.write() as session:
        for event in stale._events(session, session.get_one(Contribution, ("t", 1))):
            event.at -= 50 * DAY
            session.add(event)
    stale.by_timetable(world.house, world.repository, every=0)
    assert world.member(1).state == "closed"
    assert shown(world)[0].startswith("### Closed for now")
    assert world.house.forge(world.repository).open_pulls() == []
    stale.by_timetable(world.house, world.repository, every=0)
    with world.house.database.read() as session:
        assert session.get_one(Wanted, ("t", 1)).said == session.get_one(Wanted, ("t", 1)).version


def test_what_waits_for_us_is_told_to_nobody_on_the_forge(world: World) -> None:
    with world.house.database.write() as session:
        one = session.get_one(Contribution, ("t", 1))
        one.state = "needs-review"
        session.add(one)
    before = shown(world)
    stale.by_timetable(world.house, world.repository, every=0)
    assert shown(world) == before
    (silence,) = ours(world)
    assert (silence.number, silence.state, silence.days) == (1, "needs-review", 20)


def test_the_clocks_are_read_once_an_hour(world: World) -> None:
    with world.house.database.write() as session:
        one = session.get_one(Contribution, ("t", 1))
        one.updated = time.time()  # nothing is old yet
        session.add(one)
    stale.by_timetable(world.house, world.repository)
    with world.house.database.write() as session:
        one = session.get_one(Contribution, ("t", 1))
        one.updated -= 20 * DAY
        session.add(one)
    stale.by_timetable(world.house, world.repository)
    assert stale.REMINDED not in [kind for kind, _ in world.events()]
    stale.by_timetable(world.house, world.repository, every=0)
    assert stale.REMINDED in [kind for kind, _ in world.events()]
