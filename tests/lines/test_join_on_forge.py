"""One contribution goes on in another on the fake GitHub, over real HTTP and Git: closed and linked there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.fake.github.play import FakeGitHub
from service.lines import catching, combine, heard, mirrors, say
from tests.lines.fake_world import GitHubWorld, fake_github
from webhooks.event import Closed, Person

pytestmark = pytest.mark.slow
LEAF = "knowledge/tides/qna.yaml"


class Play(GitHubWorld):
    """1 is ada's; 2 is cy's and holds it; tom triages."""

    def __init__(self, folder: Path, fake: FakeGitHub) -> None:
        super().__init__(folder, fake)
        self.there = self.house.there
        mirrors.refresh(self.house, self.repository)
        self.people.open("ada", "Tides", {LEAF: "version: 3\n"})
        head = self.head(1)
        text = "More\n\nSigned-off-by: cy <cy@example.org>\n"
        more = self.people.commit({LEAF: "version: 3\nmore: true\n"}, head, "cy", text)
        self.people.open("cy", "Tides, gone on with", commit=more)
        self.told(1)
        self.told(2)

    def head(self, number: int) -> str:
        pull = self.fake.repo.issues[number].pull
        assert pull is not None
        return pull.head

    def comment(self, who: str, number: int, text: str) -> str:
        """Somebody writes; what is answered."""
        identity = self.people.comment(number, who, text)
        return self.hear(number, self.person(who), text, f"{identity}")

    def ours(self, number: int) -> list[str]:
        """Our comments there."""
        found = self.there.found(number, frozenset({"triage", "held", "shipped"}))
        return [each.text for each in found.comments]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    with fake_github(tmp_path / "github", monkeypatch) as fake:
        yield Play(tmp_path / "ours", fake)


def test_it_is_closed_there_and_both_link_to_each_other_in_the_comment_that_is_there(play: Play) -> None:
    say.speak(play.house)
    assert play.comment("tom", 2, "@upweight adopt #1").startswith("Contribution 1 goes on here.")
    say.speak(play.house)
    assert play.fake.repo.issues[1].state == "closed"
    assert play.fake.repo.issues[2].state == "open"
    (one,), (two,) = play.ours(1), play.ours(2)
    assert "**Goes on** in #2." in one
    assert "**With** #1 of ada; their authors are credited." in two
    event = Closed("github", play.fake.repo.full_name, 1, Person("github", "9", "upweight[bot]"))
    heard.act(play.house, play.repository, event)
    assert (play.member(1).state, play.member(2).state) == ("joined", "needs-review")


def test_what_its_author_opens_and_pushes_again_goes_on_alone_though_no_delivery_told_of_it(
    play: Play,
) -> None:
    play.comment("tom", 2, "@upweight adopt #1")
    say.speak(play.house)
    play.people.reopen(1)
    play.house.asked.clear()
    catching.catch_up(play.house, play.repository)
    assert play.member(1).state == "joined", "with nothing new it goes on there"
    play.people.push(1, {LEAF: "version: 3\nalone: true\n"})
    play.house.asked.clear()
    catching.catch_up(play.house, play.repository)
    assert (play.member(1).state, play.member(1).head) == ("needs-review", play.head(1))


def test_once_it_is_merged_what_went_on_in_it_is_merged_with_it_and_counted_once(play: Play) -> None:
    play.comment("tom", 2, "@upweight adopt #1")
    play.people.role("tom", "maintain")
    merged = play.people.merge(2, "tom")
    for number in (1, 2):
        event = Closed("github", play.fake.repo.full_name, number, play.person("tom"), merged)
        heard.act(play.house, play.repository, event)
    assert (play.member(1).state, play.member(2).state) == ("joined", "merged")


def both(play: Play) -> list[str]:
    """3 is bo's and extends another leaf; the heads of 1 and 3."""
    play.people.open("bo", "Bells", {"knowledge/bells/qna.yaml": "version: 3\n"})
    play.told(3)
    return [play.head(1), play.head(3)]


def test_two_are_combined_on_the_branch_of_the_first(play: Play) -> None:
    heads = both(play)
    assert "go" in play.comment("tom", 3, "@upweight combine #1 #3")
    made = play.fake.repo.git.read(play.head(1))
    assert [str(each) for each in made.parent_ids] == heads
    assert play.member(1).state == "opened", (
        "until the forge tells of the new head, nobody approves the old one"
    )
    play.told(1)
    assert (play.member(1).state, play.member(1).head, play.member(3).state) == (
        "needs-review",
        play.head(1),
        "joined",
    )
    say.speak(play.house)
    assert play.fake.repo.issues[3].state == "closed"
    assert "**Goes on** in #1." in play.ours(3)[0]


def test_where_the_author_lets_nobody_in_nothing_is_combined_and_it_is_said_what_to_do(play: Play) -> None:
    heads = both(play)
    play.people.let_edit(1, False)
    said = play.comment("tom", 3, "@upweight combine #1 #3")
    assert 'tick "Allow edits by maintainers"' in said
    assert "say `adopt #1` there" in said
    assert ([play.head(1), play.head(3)], play.member(3).state) == (heads, "needs-review")
    assert "go" in play.comment("tom", 3, "@upweight combine #3 #1")


def test_what_was_pushed_by_whoever_died_is_found_and_pushed_no_second_time(play: Play) -> None:
    both(play)
    dies, push = [True], combine._push

    def died(*told: Any) -> None:
        push(*told)
        if dies.pop():
            raise SystemError("killed")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(combine, "_push", died)
        with pytest.raises(SystemError):
            play.comment("tom", 3, "@upweight combine #1 #3")
    made = play.head(1)
    play.told(1)
    assert play.member(3).state == "needs-review"
    assert "go" in play.comment("tom", 3, "@upweight combine #1 #3")
    assert (play.head(1), play.member(1).head, play.member(3).state) == (made, made, "joined")
