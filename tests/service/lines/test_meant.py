"""A word is about the revision that its person saw: whatever came meanwhile, and in whatever order it is heard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.db import contributions
from tests.lines.forge_world import Kind
from tests.service.lines.test_catching import ADA, Coast
from webhooks.clock import seconds
from webhooks.event import Commented, Labelled, Person, Pushed, Reviewed

TOM, REA = Person("remote", "tom", "tom"), Person("remote", "rea", "rea")


class Quay(Coast):
    """A coast whose forge tells when things happened: a push at 30 is `push("...", 30)`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.house.judge.close()
        self.house.judge = Kind()
        self.words = 0

    def push(self, text: str, at: float, first: bool = False) -> str:
        """A push, and its news, which comes at once."""
        head = self.propose(1, text).head
        self.news(head, at, first)
        return head

    def news(self, head: str, at: float, first: bool = False) -> None:
        """What a delivery tells that was sent at that time."""
        about = (1, head, "main", "note-1", ADA, "Bells")
        self.tell(Pushed("remote", "ada/bells", *about, at=at, first=first))

    def says(self, text: str, at: float = 0.0, head: str = "") -> str:
        """What came of a comment of tom's."""
        self.words += 1
        told = self.tell(
            Commented("remote", "ada/bells", 1, TOM, f"@upweight {text}", str(self.words), head, at)
        )
        return told or ""

    def label(self, name: str, head: str) -> str:
        """What came of a label that tom put on."""
        self.remote.label(1, frozenset({name}), frozenset())
        return self.tell(Labelled("remote", "ada/bells", 1, name, True, TOM, head)) or ""


@pytest.fixture
def quay(tmp_path: Path) -> Iterator[Quay]:
    made = Quay(tmp_path)
    yield made
    made.house.judge.close()


def test_an_approval_that_was_written_before_a_push_and_is_heard_after_it_approves_nothing(
    quay: Quay,
) -> None:
    quay.push("One\n", 10, first=True)
    newer = quay.push("Two\n", 30)
    said = quay.says("approve", at=20)
    assert "A newer revision came" in said
    assert newer[:12] in said
    assert (quay.row().state, quay.row().approved_head) == ("needs-review", None)


def test_an_approval_that_was_written_after_a_push_is_of_what_it_brought(quay: Quay) -> None:
    quay.push("One\n", 10, first=True)
    newer = quay.push("Two\n", 30)
    quay.says("approve", at=31)
    assert quay.row().approved_head == newer


@pytest.mark.parametrize("at", [30.0, 0.0])
def test_in_the_same_second_or_at_no_time_at_all_nobody_can_tell_and_it_is_a_no(
    quay: Quay, at: float
) -> None:
    quay.push("One\n", 10, first=True)
    quay.push("Two\n", 30)
    assert "It can't be told whether you saw that revision" in quay.says("approve", at=at)
    assert quay.row().state == "needs-review"


def test_before_any_push_there_is_but_one_revision_that_anybody_could_see(quay: Quay) -> None:
    head = quay.push("One\n", 10, first=True)
    quay.says("approve")
    assert quay.row().approved_head == head


def test_whoever_names_the_revision_has_seen_it(quay: Quay) -> None:
    quay.push("One\n", 10, first=True)
    newer = quay.push("Two\n", 30)
    assert "look again" in quay.says("approve 1234567", at=20)
    quay.says(f"approve {newer[:9]}", at=20)
    assert quay.row().approved_head == newer


def test_news_that_comes_late_tells_better_since_when_a_revision_stood_there(quay: Quay) -> None:
    quay.push("One\n", 10, first=True)
    newer = quay.push("Two\n", 50)  # its title was edited, say; the push itself is told later
    assert "look again" in quay.says("approve", at=40)
    quay.news(newer, 30)
    quay.says("approve", at=41)
    assert quay.row().approved_head == newer


def test_a_push_back_to_an_older_revision_makes_nobody_have_seen_that_one(quay: Quay) -> None:
    older = quay.push("One\n", 10, first=True)
    quay.push("Two\n", 20)
    assert quay.push("One\n", 40) == older
    quay.news(older, 10, first=True)  # told once more
    assert "look again" in quay.says("approve", at=30)
    quay.says("approve", at=41)
    assert quay.row().approved_head == older


def test_a_label_is_of_the_revision_that_its_delivery_names(quay: Quay) -> None:
    older = quay.push("One\n", 10, first=True)
    newer = quay.push("Two\n", 30)
    said = quay.label("triage-approved", older)
    assert ("A newer revision came" in said, "put back" in said) == (True, True)
    assert "triage-approved" not in quay.remote.found(1, frozenset()).labels
    assert "It can't be told" in quay.label("triage-approved", "")
    quay.label("triage-approved", newer)
    assert quay.row().approved_head == newer


def test_a_label_that_is_heard_before_the_push_that_it_is_about_takes_that_in(quay: Quay) -> None:
    quay.push("One\n", 10, first=True)
    newer = quay.propose(1, "Two\n").head  # nobody told of it yet
    quay.label("triage-approved", newer)
    assert quay.row().approved_head == newer


def test_a_forge_that_tells_the_revision_with_a_comment_is_believed(quay: Quay) -> None:
    older = quay.push("One\n", 10, first=True)
    newer = quay.push("Two\n", 30)
    assert "A newer revision came" in quay.says("approve", at=99, head=older)
    quay.says("approve", head=newer)
    assert quay.row().approved_head == newer


def test_whoever_asked_for_changes_of_an_older_revision_asked_for_none_of_the_newer(quay: Quay) -> None:
    older = quay.push("One\n", 10, first=True)
    quay.push("Two\n", 30)
    about = ("remote", "ada/bells", 1, older, TOM)
    assert "look again" in (quay.tell(Reviewed(*about, "changes_requested", "Say more.", "r1")) or "")
    assert quay.row().state == "needs-review"
    assert quay.says("request-changes Say more.", at=20) == "Asked for changes.", (
        "a no that may be late does no harm"
    )


@pytest.mark.parametrize("word", ["ok-to-test", "override too-few-seeds It is a list."])
def test_trust_and_an_override_are_of_the_revision_that_was_seen(quay: Quay, word: str) -> None:
    quay.remote.maintainers = frozenset({"tom"})
    quay.push("One\n", 10, first=True)
    quay.push("Two\n", 30)
    assert "look again" in quay.says(word, at=20)
    assert "look again" not in quay.says(word, at=31)


def test_when_each_revision_stood_there_is_kept_with_it(quay: Quay) -> None:
    for text, at in (("One\n", 10.0), ("Two\n", 30.0)):
        quay.push(text, at, first=at == 10.0)
    with quay.house.database.read() as session:
        assert [each.stood for each in contributions.revisions(session, "t", 1)] == [0.0, 30.0]


def test_who_is_opened_later_was_not_there_first_though_nothing_stood_there_before(quay: Quay) -> None:
    heads = [quay.push("One\n", 10, first=True), quay.push("Two\n", 30)]
    copied = quay.propose(2, "Two\n").head
    quay.tell(Pushed("remote", "ada/bells", 2, copied, "main", "note-2", ADA, "Bells", at=40.0, first=True))
    with quay.house.database.read() as session:
        seen = contributions.seen(session, "t")
    assert [head for head, _ in seen[1]] == heads
    assert seen[1][0][1] <= seen[1][1][1] <= seen[2][0][1]


@pytest.mark.parametrize(
    ("told", "is_so"),
    [
        ("2026-03-01T12:00:05Z", 1772366405.0),
        ("2026-03-01 12:00:05 UTC", 1772366405.0),
        ("2026-03-01T13:00:05.250+01:00", 1772366405.25),
        ("soon", 0.0),
        ("", 0.0),
        (None, 0.0),
        ("0001-01-01T00:00:00Z", 0.0),
    ],
)
def test_moments_are_read_as_forges_write_them(told: str | None, is_so: float) -> None:
    assert seconds(told) == is_so
