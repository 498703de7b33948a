"""A comment of ours that was taken away stays away until a person must act; a close that is not told yet is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from service.db.tables import Contribution, Wanted
from service.lines import quiet, say, stale
from service.placement.judge import Ask, Fault, Judged, Stopped
from service.policy import StaleSection
from tests.lines.forge_world import Kind
from tests.service.lines.test_catching import ADA, Coast, hours_pass, looked
from webhooks.event import Commented, Person, Pushed
from webhooks.forge import Busy, Denied, Found
from webhooks.reconcile import Shown

TOM = Person("remote", "tom", "tom")


class Moody(Kind):
    """A judge that asks for changes while it is in the mood for it."""

    mood = "passed"

    def ask(self, ask: Ask) -> Judged | Fault | Stopped:
        """The mood, as a verdict."""
        told = super().ask(ask)
        assert isinstance(told, Judged)
        return replace(told, verdict={**told.verdict, "verdict": self.mood})


class Beach(Coast):
    """A coast with a moody judge, where contribution 1 is judged and told."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.house.judge.close()
        self.judge = self.house.judge = Moody()

    def revised(self, text: str, verdict: str) -> str:
        """Another revision, its verdict, and what is said of it."""
        self.judge.mood = verdict
        head = self.propose(1, text).head
        self.catch_up()
        say.speak(self.house)
        return head

    def taken_away(self) -> None:
        """Somebody deletes every comment of ours, and an hour passes."""
        found = self.remote.shown[1]
        self.remote.shown[1] = Found((), found.labels, found.check)
        hours_pass(self)
        assert looked(self) == [1]

    def wanted(self) -> Wanted:
        with self.house.database.read() as session:
            return session.get_one(Wanted, ("t", 1))

    @property
    def rang(self) -> list[str]:
        return [purpose for _, purpose in self.remote.written]

    def comments(self) -> list[str]:
        return [comment.purpose for comment in self.remote.shown[1].comments]


@pytest.fixture
def beach(tmp_path: Path) -> Iterator[Beach]:
    made = Beach(tmp_path)
    yield made
    made.house.judge.close()


def test_a_comment_that_somebody_took_away_stays_away_while_nobody_must_act(beach: Beach) -> None:
    beach.revised("One\n", "passed")
    beach.taken_away()
    assert (beach.rang, beach.comments()) == (["triage"], [])
    beach.tell(Commented("remote", "ada/bells", 1, TOM, "@upweight status", "7"))
    say.speak(beach.house)
    assert (beach.rang, beach.comments()) == (["triage"], [])
    assert beach.remote.shown[1].check, "the check is kept up all the same"


def test_it_stays_away_where_it_asked_already_and_comes_back_when_somebody_is_asked_anew(
    beach: Beach,
) -> None:
    beach.revised("One\n", "changes-requested")
    beach.taken_away()
    assert (beach.rang, beach.comments()) == (["triage"], [])
    beach.revised("Two\n", "changes-requested")
    assert (beach.rang, beach.comments()) == (["triage"] * 2, ["triage"])
    beach.taken_away()
    beach.revised("Three\n", "passed")
    assert (beach.rang, beach.comments()) == (["triage"] * 2, [])


def test_over_a_whole_life_no_more_than_three_ring_whoever_takes_them_away(beach: Beach) -> None:
    for n in range(6):
        beach.revised(f"{n}\n", "changes-requested")
        beach.taken_away()
    assert beach.rang == ["triage"] * 3


def test_what_would_ring_a_fourth_time_stands_above_the_last_comment_there_may_be(beach: Beach) -> None:
    for n in range(2):
        beach.revised(f"{n}\n", "changes-requested")
        beach.taken_away()
    beach.revised("2\n", "changes-requested")
    with beach.house.database.write() as session:
        say.want(session, session.get_one(Contribution, ("t", 1)), "shipped", "It is in v2.")
    say.speak(beach.house)
    (comment,) = beach.remote.shown[1].comments
    assert comment.text.startswith("It is in v2.\n\n---\n\n###")
    assert beach.rang == ["triage"] * 3


def test_who_died_before_it_was_remembered_finds_the_comment_and_counts_it(beach: Beach) -> None:
    beach.revised("One\n", "passed")
    with beach.house.database.write() as session:
        row = session.get_one(Wanted, ("t", 1))
        row.report = {key: value for key, value in row.report.items() if key != "rung"}
        row.said = 0
        session.add(row)
    say.speak(beach.house)
    assert beach.wanted().report["rung"]["triage"][0] == 1
    beach.taken_away()
    assert (beach.rang, beach.comments()) == (["triage"], [])


def test_how_often_each_rang_is_counted() -> None:
    first = quiet.rung({}, Shown(3, ("triage",), ()), "needs-review", "a")
    assert first == {"triage": [1, "needs-review a"]}
    second = quiet.rung(first, Shown(1, ("held",), ("triage",)), "held-back", "a")
    assert second == {"triage": [1, "held-back a"], "held": [1, "held-back a"]}
    assert quiet.gone(second, "held-back", "a") == {"triage", "held"}
    assert quiet.gone(second, "conflicted", "b") == {"held"}
    assert quiet.gone({"triage": [3, "opened a"]}, "conflicted", "b") == {"triage"}


def test_an_older_version_s_report_keeps_the_comments_that_it_has() -> None:
    comments = {"triage": "t", "batch-1": "b", "held": "h", "release-v1": "r"}
    assert quiet.within(comments, {}) == comments
    assert quiet.within(comments, {name: [1, "released a"] for name in comments}) == comments


def closed_for_silence(beach: Beach) -> None:
    """Sixty days and more of silence."""
    beach.revised("One\n", "changes-requested")
    policy = StaleSection(remind_after_days=14, close_after_days=60)
    for days in (20, 80):
        with beach.house.database.write() as session:
            row = session.get_one(Contribution, ("t", 1))
            row.updated -= days * stale.DAY
            session.add(row)
            for event in stale._events(session, row):
                event.at -= days * stale.DAY
                session.add(event)
        stale._act(beach.house, beach.house.repository("t"), 1, policy)
    assert beach.row().state == "closed"


def test_what_was_closed_for_silence_is_not_opened_again_before_its_forge_is_told(beach: Beach) -> None:
    closed_for_silence(beach)
    known = beach.kinds()
    assert [beach.catch_up() for _ in range(2)] == [0, 0]
    about = (1, beach.row().head, "main", "note-1", ADA, "Bells")
    assert "closed here" in (beach.tell(Pushed("remote", "ada/bells", *about)) or "")
    assert (beach.row().state, beach.kinds()) == ("closed", known)
    say.speak(beach.house)
    assert beach.remote.closed == [1]
    assert beach.catch_up() == 0


def test_a_forge_that_can_not_be_reached_is_told_of_the_end_later(beach: Beach) -> None:
    closed_for_silence(beach)
    beach.remote.trouble = [Busy("slow down", 0.0)]
    say.speak(beach.house)
    assert (beach.remote.closed, beach.catch_up(), beach.row().state) == ([], 0, "closed")
    say.speak(beach.house)
    assert beach.remote.closed == [1]


def test_what_its_forge_refuses_keeps_nobody_from_closing_it_there_or_from_counting_what_rang(
    beach: Beach, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise Denied("no check by you")

    monkeypatch.setattr(beach.remote, "mark", refused)
    closed_for_silence(beach)
    say.speak(beach.house)
    assert (beach.remote.closed, beach.catch_up(), beach.row().state) == ([1], 0, "closed")
    wanted = beach.wanted()
    assert wanted.said < wanted.version, "it is tried again"
    assert wanted.report["rung"]["triage"][0] == 1


def test_a_push_opens_it_again_though_its_forge_was_not_told_of_the_end(beach: Beach) -> None:
    closed_for_silence(beach)
    beach.propose(1, "Two\n")
    assert beach.catch_up() == 1
    say.speak(beach.house)
    assert (beach.remote.closed, beach.row().state) == ([], "changes-requested")


def test_whoever_opens_it_again_is_not_closed_a_second_time(beach: Beach) -> None:
    closed_for_silence(beach)
    pull = beach.remote.pulls[1]
    say.speak(beach.house)
    beach.remote.pulls[1] = pull
    hours_pass(beach)
    assert looked(beach) == [1], "it is compared before anybody told of it"
    assert beach.remote.closed == [1]
    assert (beach.catch_up(), beach.row().state) == (1, "changes-requested")


def test_an_author_who_closes_by_a_word_is_not_opened_again_either(beach: Beach) -> None:
    beach.revised("One\n", "passed")
    beach.tell(Commented("remote", "ada/bells", 1, ADA, "@upweight close", "7"))
    assert (beach.catch_up(), beach.row().state) == (0, "closed")
    say.speak(beach.house)
    assert (beach.remote.closed, beach.catch_up()) == ([1], 0)
