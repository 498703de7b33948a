"""Several contributions become one: merged by what they say, pushed to the first one's branch, and told to all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pygit2
import pytest

from service.db.tables import Obeyed
from service.lines import catching, combine, join, merge
from service.lines.once import once
from service.placement.judge import NoJudge
from tests.service.commands.joining import TIDES, Joining, leaf
from tests.service.commands.stage import person
from webhooks.forge import Denied


@pytest.fixture
def stage(tmp_path: Path) -> Joining:
    return Joining(tmp_path)


def commit(stage: Joining, number: int) -> pygit2.Commit:
    return stage.git[stage.member(number).head].peel(pygit2.Commit)


def test_two_that_extend_one_leaf_become_one_revision_with_both_authors_and_sign_offs(stage: Joining) -> None:
    first, second = stage.member(1).head, stage.member(2).head
    answer = stage.ask("tom", "combine #1 #2", 3)
    assert answer.ok, answer.sentence
    assert stage.states() == ["needs-review", "joined", "needs-review"]
    made = commit(stage, 1)
    assert [str(each) for each in made.parent_ids] == [first, second]
    text = made.tree[TIDES].data.decode()
    assert ("number 2" in text, "number 3" in text) == (True, True)
    assert "Co-authored-by: bo <bo@example.org>" in made.message
    assert "Signed-off-by" not in made.message, "nobody signs for another"
    assert str(stage.git.references["refs/pull/1/head"].target) == str(made.id)
    assert stage.held(1) == [2]
    events = dict(stage.events())
    assert events["contribution.combined"] == {
        "by": "plain/tom", "numbers": [2], "commit": str(made.id), "authors": ["plain/bo"],
    }  # fmt: skip
    assert events["contribution.pushed"] == {"head": str(made.id)}
    assert "**Goes on** in contribution 1." in stage.said(2)
    assert "**With** contribution 2 of bo" in stage.said(1)


def test_the_first_is_where_it_is_said_if_one_alone_is_named(stage: Joining) -> None:
    assert stage.ask("tom", "combine #1", 2).ok
    assert (stage.held(2), stage.member(1).state) == ([1], "joined")


def test_three_become_one_and_what_is_held_already_is_merged_no_second_time(stage: Joining) -> None:
    assert stage.ask("tom", "combine #3 #1 #2", 3).ok
    assert stage.states() == ["joined", "joined", "needs-review"]
    made = commit(stage, 3)
    assert str(made.parent_ids[1]) == stage.member(2).head
    assert len(made.parents[0].parents) == 1, "1 lies in the history of 3 as it is"
    assert dict(stage.events())["contribution.combined"]["authors"] == ["plain/ada", "plain/bo"]


def test_approvals_of_all_are_lost_and_nobody_who_wrote_a_part_approves_it(stage: Joining) -> None:
    stage.git.config.set_multivar("upweight.triagers", "^bo$", "bo")
    assert stage.ask("tom", "approve", 1).ok
    assert stage.ask("may", "approve", 2).ok
    assert stage.ask("tom", "combine #1 #2").ok
    row = stage.member(1)
    assert (row.state, row.approved_head, row.approved_by) == ("needs-review", None, None)
    assert stage.member(2).approved_by is None
    assert not stage.ask("bo", "approve", 1).ok
    assert not stage.ask("ada", "approve", 1).ok
    assert stage.ask("may", "approve", 1).ok
    assert merge.merge_approved(stage.house, stage.repository) == 1
    assert stage.states()[:2] == ["merged", "joined"]
    catching.catch_up(stage.house, stage.repository)
    assert stage.states()[:2] == ["merged", "joined"], "its head is in main, and it is trained once"


def test_a_real_conflict_is_said_and_nothing_is_changed(stage: Joining) -> None:
    stage.push(2, "bo", {TIDES: leaf(1, 2).replace("It is tides 2.", "It is none.")}, stage.member(1).head)
    main = str(stage.git.references["refs/heads/main"].target)
    stage.push(2, "bo", {TIDES: leaf(1, 2).replace("It is tides 2.", "It is none.")}, main)
    before, heads = stage.events(), [stage.member(n).head for n in (1, 2)]
    answer = stage.ask("tom", "combine #1 #2")
    assert not answer.ok
    assert "Contribution 2 does not fit the others: Both sides answer the same question" in answer.sentence
    assert TIDES in answer.sentence
    assert (stage.events(), [stage.member(n).head for n in (1, 2)]) == (before, heads)


def test_who_may_not_about_one_of_them_may_not_about_both(stage: Joining) -> None:
    answer = stage.ask("ada", "combine #1 #2")
    assert (answer.ok, answer.sentence.startswith("Of contribution 2:")) == (False, True)
    assert not stage.ask("bo", "combine #1 #2").ok
    assert not stage.ask("stranger", "combine #1 #2").ok
    stage.change(2, author_id="ada")
    assert stage.ask("ada", "combine #1 #2").ok, "both are her own"


def test_an_owner_of_all_that_they_touch_may(stage: Joining) -> None:
    stage.write("knowledge/OWNERS", "reviewers:\n@eve\n")
    stage.commit("Eve looks at knowledge")
    answer = stage.ask("eve", "combine #1 #2")
    assert answer.ok, answer.sentence


@pytest.mark.parametrize(
    "words",
    ["", "#1", "#1 #1", "#2 #1 #2", "#1 #99", "#1 two", "#1 -2", " ".join(f"#{n}" for n in range(1, 13))],
)
def test_what_names_not_two_to_ten_different_ones_is_refused(stage: Joining, words: str) -> None:
    before = stage.events()
    answer = stage.ask("tom", f"combine {words}".strip())
    assert not answer.ok
    assert answer.sentence.endswith(".")
    assert stage.events() == before


def test_closed_rejected_drafts_and_unjudged_ones_stay_alone(stage: Joining) -> None:
    for changed in ({"state": "closed"}, {"state": "rejected"}, {"draft": True}, {"state": "merged"}):
        was = {key: getattr(stage.member(2), key) for key in changed}
        stage.change(2, **changed)
        assert not stage.ask("tom", "combine #1 #2").ok, changed
        assert not stage.ask("tom", "combine #2 #1").ok, changed
        stage.change(2, **was)
    stage.change(1, verdict=None)
    assert "not judged yet" in stage.ask("tom", "combine #1 #2").sentence
    assert stage.told() == [
        kind for kind in stage.told() if kind in ("contribution.pushed", "contribution.judged")
    ]


def test_no_more_go_on_in_one_than_there_is_room_for(stage: Joining, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(join, "MOST", 1)
    assert stage.ask("tom", "combine #1 #2").ok
    for words, where in (("combine #1 #3", 1), ("combine #3 #1", 3), ("adopt #1", 3)):
        answer = stage.ask("tom", words, where)
        assert (answer.ok, "would hold more" in answer.sentence) == (False, True), words


def test_one_without_a_sign_off_is_combined_with_nothing(stage: Joining) -> None:
    stage.push(2, "bo", {TIDES: leaf(1, 3, 9)}, stage.member(2).head, sign=False)
    for words in ("#1 #2", "#2 #1"):
        answer = stage.ask("tom", f"combine {words}")
        assert (answer.ok, "has no sign-off" in answer.sentence) == (False, True)


def test_names_in_the_message_can_not_act_on_a_forge(stage: Joining) -> None:
    bad = pygit2.Signature("Fixes #12 @all, closes: x", "bo@example.org", 100, 0)
    main = stage.git.references["refs/heads/main"].peel(pygit2.Commit)
    tree = commit(stage, 2).tree_id
    text = "More\n\nSigned-off-by: bo <bo@example.org>\n"
    stage.take(2, "bo", str(stage.git.create_commit(None, bad, bad, text, tree, [main.id])))
    assert stage.ask("tom", "combine #1 #2").ok
    assert "Co-authored-by: Fixes 12 all closes x <bo@example.org>" in commit(stage, 1).message
    assert not set("#@,:<>") & set(commit(stage, 1).message.split("Co-authored-by: ")[1].split(" <")[0])


def test_a_forge_that_refuses_to_be_asked_is_an_answer(
    stage: Joining, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise Denied("the App is suspended.")

    monkeypatch.setattr(type(stage.house.forge(stage.repository)), "pull", refused)
    answer = stage.ask("tom", "combine #1 #2")
    assert not answer.ok
    assert "I can't push to the branch of contribution 1: the App is suspended. Name" in answer.sentence


class Killed(BaseException):
    """The end of a process, as far as one can be ended within a test."""


def by_comment(stage: Joining) -> str:
    """The command as a delivery of a comment carries it out."""
    return once(
        stage.house, "t", "comment/7/0",
        lambda house: (combine.combine(house, stage.repository, [1, 2], person("tom")), "Done.")[1],
    )  # fmt: skip


@pytest.mark.parametrize("when", ["pushed", "written", "judged"])
def test_whatever_dies_in_between_it_is_combined_once(
    stage: Joining, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge: Any = type(stage.house.forge(stage.repository))
    mend = forge.mend

    def mend_and_die(self: Any, *told: Any) -> None:
        mend(self, *told)
        raise Killed

    def die(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        if when == "pushed":
            patched.setattr(forge, "mend", mend_and_die)
        elif when == "written":
            patched.setattr(combine, "_taken", die)
        else:
            patched.setattr(combine.triage, "_judge", die)
        with pytest.raises(Killed):
            by_comment(stage)
    catching.catch_up(stage.house, stage.repository)
    by_comment(stage)
    catching.catch_up(stage.house, stage.repository)
    assert stage.states() == ["needs-review", "joined", "needs-review"]
    assert stage.told().count("contribution.combined") == 1
    assert stage.told().count("contribution.joined") == 1
    assert len(commit(stage, 1).parents) == 2
    assert len(commit(stage, 1).parents[0].parents) == 1, "merged once"
    with stage.house.database.read() as session:
        assert session.get(Obeyed, ("t", "comment/7/0")) is not None


def test_where_nobody_can_judge_now_it_is_combined_and_judged_later(stage: Joining) -> None:
    judge = stage.house.judge

    class Away:
        def ask(self, _: Any) -> Any:
            raise NoJudge("not now")

    stage.house.judge = Away()  # type: ignore[assignment]
    assert stage.ask("tom", "combine #1 #2").ok
    assert stage.member(1).state == "opened"
    assert not stage.ask("may", "approve", 1).ok
    stage.house.judge = judge
    stage.house.compared.clear()
    catching.catch_up(stage.house, stage.repository)
    assert stage.member(1).state == "needs-review"
