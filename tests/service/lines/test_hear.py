"""A comment from its words to the answer: marked, carried out once, answered by an edit; labels are commands too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.db import words
from service.db.tables import Obeyed, Wanted
from service.house import House
from service.lines import answers, heard, labels, say
from service.lines.labels import NOTHING, Meaning, commands, meaning
from tests.service.commands.stage import Stage, person
from triage_rules.policy import Labels
from webhooks.event import Commented, Labelled, Reviewed
from webhooks.forge import Denied
from webhooks.plain.forge import PlainForge


class Marking(PlainForge):
    """A plain forge that has marks on comments, and may fail to put them."""

    marks: list[tuple[int, str, str]]
    fails = False

    def react(self, number: int, comment: str, reaction: str) -> None:
        if self.fails:
            raise OSError("gone")
        self.marks.append((number, comment, reaction))


class Marked(House):
    """A house whose forge has marks."""

    one: Marking

    def forge(self, repository: Any) -> Any:
        return self.one


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    house = Marked(made.house.settings, made.house.database)
    house.one = Marking(made.bare)
    house.one.marks = []
    made.house = house
    with house.database.write() as session:
        say.judged(session, made.member(1))
    return made


def marks(stage: Stage) -> list[str]:
    assert isinstance(stage.house, Marked)
    return [mark for _, _, mark in stage.house.one.marks]


def said(stage: Stage, who: str, text: str, identity: str = "c1") -> str:
    event = Commented("plain", "t", 1, person(who), text, identity, stage.head)
    return heard.act(stage.house, stage.repository, event) or ""


def test_a_command_is_marked_carried_out_and_answered_by_an_edit(stage: Stage) -> None:
    assert say.speak(stage.house) == 1
    said(stage, "tom", "Thanks.\n@upweight hold until *monday*\n@upweight status")
    assert marks(stage) == ["heard", "done"]
    assert say.speak(stage.house) == 1
    (comment,) = stage.house.forge(stage.repository).found(1).comments
    assert comment.text.startswith("### Worth accepting")
    assert "**Waits.** Held by tom" in comment.text
    assert "- tom asked `hold`: Held" in comment.text
    assert "*monday*" not in comment.text, "what a person wrote is escaped"
    assert "needs\\-review" in comment.text


def test_a_comment_that_is_heard_again_does_nothing_and_goes_on_where_it_was_left(stage: Stage) -> None:
    text = "@upweight claim\n@upweight priority high"
    said(stage, "tom", text)
    before = stage.events()
    said(stage, "tom", text)
    assert stage.events() == before
    with stage.house.database.write() as session:
        session.delete(session.get_one(Obeyed, ("t", "comment/c1/1")))
    assert said(stage, "tom", text).endswith("Its priority is high.")
    assert marks(stage) == ["heard", "done"] * 2
    said(stage, "tom", "@upweight unclaim", "c2")
    assert stage.told()[-1] == "contribution.unclaimed"


def test_what_is_refused_is_marked_so_and_a_stranger_changes_nothing(stage: Stage) -> None:
    assert "needs the right to triage" in said(stage, "bo", "@upweight approve")
    assert marks(stage) == ["heard", "refused"]
    assert stage.member(1).state == "needs-review"


def test_no_quote_is_heard_and_a_slash_is_not_where_the_forge_has_its_own(stage: Stage) -> None:
    for text in ("> @upweight approve", "/upweight approve"):
        assert said(stage, "tom", text) == ""
    assert marks(stage) == []


def test_a_mark_that_cannot_be_put_stops_no_command(stage: Stage) -> None:
    assert isinstance(stage.house, Marked)
    stage.house.one.fails = True
    said(stage, "tom", "@upweight approve")
    assert stage.member(1).state == "approved"


def test_an_approval_in_a_review_is_of_the_revision_that_was_reviewed(stage: Stage) -> None:
    def review(head: str, identity: str) -> str:
        event = Reviewed("plain", "t", 1, head, person("tom"), "commented", "@upweight approve", identity)
        return heard.act(stage.house, stage.repository, event) or ""

    assert "look again" in review("e" * 40, "r1")
    assert stage.member(1).state == "needs-review"
    review(stage.head, "r2")
    assert stage.member(1).state == "approved"


def reviewed(stage: Stage, said: str, identity: str = "review-1", head: str = "") -> str | None:
    event = Reviewed("plain", "t", 1, head or stage.head, person("tom"), said, "", identity)
    return heard.act(stage.house, stage.repository, event)


def test_an_approval_that_is_taken_back_on_the_forge_is_none_any_more(stage: Stage) -> None:
    reviewed(stage, "approved")
    assert reviewed(stage, "dismissed", head="e" * 40) == "of another revision"
    assert stage.member(1).state == "approved"
    reviewed(stage, "dismissed")
    assert stage.member(1).state == "needs-review"


def test_an_approval_that_comes_after_its_own_end_approves_nothing(stage: Stage) -> None:
    reviewed(stage, "dismissed")
    reviewed(stage, "approved")
    assert stage.member(1).state == "needs-review"


def test_the_last_answers_are_kept_and_no_person_pushes_the_others_out(stage: Stage) -> None:
    said(stage, "tom", "@upweight status", "first")
    for n in range(12):
        said(stage, "bo", "@upweight explode", f"b{n}")
    with stage.house.database.read() as session:
        kept = words.standing(session, "t", [answers.ANSWER], 1)
        shown = session.get_one(Wanted, ("t", 1)).report["answers"]
    assert [word.body["name"] for word in kept] == ["tom", "bo", "bo", "bo"]
    assert [reply["who"] for reply in shown] == ["tom", "bo", "bo", "bo"]


ASKS = commands(Labels())


def test_a_label_that_is_as_wanted_or_is_not_ours_means_nothing() -> None:
    ours = frozenset({"knowledge", "triage-needed"})
    assert meaning("knowledge", True, ours, ours, ASKS) == NOTHING
    assert meaning("gone", False, ours, ours, ASKS) == NOTHING
    assert meaning("my-own", True, ours, ours, ASKS) == NOTHING
    assert meaning("knowledge", False, ours, ours, ASKS) == Meaning(add=frozenset({"knowledge"}))
    assert meaning("merged", True, ours, ours | {"merged"}, ASKS) == Meaning(remove=frozenset({"merged"}))
    approve = Meaning("approve", remove=frozenset({"triage-approved"}))
    assert meaning("triage-approved", True, ours, ours, ASKS) == approve


def test_no_label_is_a_command_where_the_policy_names_none() -> None:
    assert ("", True) not in commands(Labels(approved=""))


def labelled(stage: Stage, who: str, label: str, added: bool = True) -> str:
    forge = stage.house.forge(stage.repository)
    one = frozenset({label})
    forge.label(1, one if added else frozenset(), frozenset() if added else one)  # as a person did
    event = Labelled("plain", "t", 1, label, added, person(who), stage.head)
    return labels.heed(stage.house, stage.repository, event)


def shown(stage: Stage) -> frozenset[str]:
    found: frozenset[str] = stage.house.forge(stage.repository).found(1).labels
    return found


def test_a_label_by_somebody_with_the_right_is_the_command_and_by_another_is_put_back(stage: Stage) -> None:
    assert "put back" in labelled(stage, "bo", "triage-approved")
    assert (stage.member(1).state, shown(stage)) == ("needs-review", frozenset())
    labelled(stage, "tom", "triage-approved")
    assert (stage.member(1).state, shown(stage)) == ("approved", {"triage-approved"})
    assert labelled(stage, "tom", "triage-approved") == "", "a second time it is as wanted"
    labelled(stage, "bo", "triage-approved", added=False)
    assert (stage.member(1).state, shown(stage)) == ("approved", {"triage-approved"})
    labelled(stage, "tom", "triage-approved", added=False)
    assert stage.member(1).state == "needs-review"


def test_a_label_that_is_gone_when_its_delivery_comes_approves_nothing(stage: Stage) -> None:
    event = Labelled("plain", "t", 1, "triage-approved", True, person("tom"))
    assert labels.heed(stage.house, stage.repository, event) == "The label is not so any more."
    assert stage.member(1).state == "needs-review"


def test_a_legal_hold_by_its_label_is_lifted_by_a_maintainer_alone(stage: Stage) -> None:
    labelled(stage, "tom", "legal-hold")
    assert "put back" in labelled(stage, "tom", "legal-hold", added=False)
    assert "legal-hold" in shown(stage)
    labelled(stage, "rea", "legal-hold", added=False)
    assert stage.told() == ["contribution.legal-hold", "contribution.legal-hold-lifted"]


def test_a_label_that_needs_a_reason_carries_who_put_it(stage: Stage) -> None:
    labelled(stage, "tom", "triage-rejected")
    assert stage.events()[-1][1]["reason"] == "By the label triage-rejected, put on by tom."


def test_where_the_policy_cannot_be_read_no_label_is_touched(stage: Stage) -> None:
    stage.write(".upweight/policy.toml", "[labels]\nno = 1\n")
    stage.commit("Mistype")
    assert labelled(stage, "bo", "triage-approved").startswith("policy: ")
    assert shown(stage) == {"triage-approved"}
    assert stage.member(1).state == "needs-review"


def test_what_the_forge_does_not_let_us_put_back_is_said(stage: Stage) -> None:
    def refuse(number: int, add: frozenset[str], remove: frozenset[str]) -> None:
        raise Denied("labels are locked")

    assert isinstance(stage.house, Marked)
    stage.house.one.label(1, frozenset({"triage-approved"}), frozenset())
    stage.house.one.label = refuse  # type: ignore[method-assign]
    event = Labelled("plain", "t", 1, "triage-approved", True, person("bo"))
    assert "labels are locked" in labels.heed(stage.house, stage.repository, event)
