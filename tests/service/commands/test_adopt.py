"""Who may go on with another's contribution, what becomes of both, and what can't be adopted."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.lines import catching, say
from service.record.chain import append
from tests.service.commands.joining import TIDES, Joining, leaf


@pytest.fixture
def stage(tmp_path: Path) -> Joining:
    return Joining(tmp_path)


def test_a_triager_lets_one_go_on_in_another_and_its_author_is_credited(stage: Joining) -> None:
    answer = stage.ask("tom", "adopt #1", 3)
    assert answer.ok, answer.sentence
    assert stage.states() == ["joined", "needs-review", "needs-review"]
    assert stage.held(3) == [1]
    events = dict(stage.events())
    assert events["contribution.joined"] == {
        "into": 3, "by": "plain/tom", "head": stage.member(1).head, "how": "adopted",
    }  # fmt: skip
    assert events["contribution.adopted"]["authors"] == ["plain/ada"]
    assert "goes on in contribution 3" in stage.said(1)
    assert "**Goes on** in contribution 3." in stage.said(1)
    assert "**With** contribution 1 of ada; their authors are credited." in stage.said(3)
    assert "It goes on in contribution 3" in stage.ask("ada", "status", 1).sentence
    assert "goes on in contribution 3" in stage.ask("ada", "why", 1).sentence


def test_whoever_wrote_a_part_of_it_approves_nothing_of_it_and_earlier_approvals_are_lost(
    tmp_path: Path,
) -> None:
    stage = Joining(tmp_path, "[approve]\nneeds = 2\n")
    stage.git.config.set_multivar("upweight.triagers", "^ada$", "ada")
    for who in ("ada", "tom"):
        assert stage.ask(who, "approve", 3).ok
    assert stage.member(3).state == "approved"
    assert stage.ask("tom", "adopt #1", 3).ok
    assert (stage.member(3).state, stage.member(3).approved_by) == ("needs-review", None)
    assert "contribution of their own" in stage.ask("ada", "approve", 3).sentence
    assert not stage.ask("ada", "override lint it is mine", 3).ok
    assert not stage.ask("ada", "ok-to-test", 3).ok
    assert stage.ask("tom", "approve", 3).ok
    assert stage.ask("may", "approve", 3).ok
    assert stage.member(3).state == "approved"


def test_credit_gives_no_power_over_the_contribution_of_another(stage: Joining) -> None:
    assert stage.ask("tom", "adopt #1", 3).ok
    for word in ("close", "fix", "recheck"):
        assert not stage.ask("ada", word, 3).ok, word
    assert stage.ask("cy", "close", 3).ok


def test_the_adopter_alone_may_not_take_what_its_author_has_not_left(stage: Joining) -> None:
    answer = stage.ask("cy", "adopt #1", 3)
    assert not answer.ok
    assert "has not left contribution 1" in answer.sentence
    assert not stage.ask("bo", "adopt #1", 3).ok
    assert not stage.ask("ada", "adopt #1", 3).ok, "by the right of no other than the one that adopts"
    assert stage.states() == ["needs-review"] * 3
    assert stage.ask("ada", "close", 1).ok
    assert stage.ask("cy", "adopt #1", 3).ok
    assert stage.member(1).state == "joined"


def test_who_was_reminded_and_said_nothing_has_left_it_and_who_spoke_has_not(stage: Joining) -> None:
    assert stage.ask("tom", "request-changes say more", 1).ok
    assert not stage.ask("cy", "adopt #1", 3).ok, "asked, and not reminded"
    with stage.house.database.write() as session:
        append(session, "t", "contribution.reminded", {"days": 14, "closes": None}, 1)
        append(session, "t", "contribution.author-spoke", {"comment": "7"}, 1)
    assert not stage.ask("cy", "adopt #1", 3).ok, "spoken since"
    assert stage.ask("tom", "request-changes more yet", 1).ok is False
    with stage.house.database.write() as session:
        append(session, "t", "contribution.changes-requested", {"by": "plain/tom", "reason": "x"}, 1)
        append(session, "t", "contribution.reminded", {"days": 14, "closes": None}, 1)
    answer = stage.ask("cy", "adopt #1", 3)
    assert answer.ok, answer.sentence


def test_a_rejected_one_is_not_left_but_a_triager_may_let_it_go_on(stage: Joining) -> None:
    assert stage.ask("tom", "reject not here", 1).ok
    assert not stage.ask("cy", "adopt #1", 3).ok
    assert stage.ask("tom", "adopt #1", 3).ok


def test_what_does_not_hold_the_newest_revision_adopts_nothing_and_says_how(stage: Joining) -> None:
    answer = stage.ask("tom", "adopt #2", 3)
    assert not answer.ok
    assert "git fetch REMOTE refs/pull/2/head" in answer.sentence
    stage.push(1, "ada", {TIDES: leaf(1, 2, 9)}, stage.member(1).head)
    assert "does not hold" in stage.ask("tom", "adopt #1", 3).sentence
    assert "Say it under the contribution that goes on" in stage.ask("tom", "adopt #1", 1).sentence
    assert not stage.ask("tom", "adopt", 3).ok
    assert not stage.ask("tom", "adopt #99", 3).ok
    assert "contribution.adopted" not in stage.told()


def test_a_commit_that_its_author_did_not_sign_off_can_not_be_adopted(tmp_path: Path) -> None:
    stage = Joining(tmp_path)
    bare = stage.push(1, "ada", {TIDES: leaf(1, 2, 9)}, stage.member(1).head, sign=False)
    stage.push(3, "cy", {TIDES: leaf(1, 2, 9, 4)}, bare)
    answer = stage.ask("tom", "adopt #1", 3)
    assert not answer.ok
    assert "has no sign-off" in answer.sentence
    assert "author alone can sign it off" in answer.sentence
    stage.write(".upweight/policy.toml", '[rules.missing-sign-off]\nweight = "off"\n')
    stage.commit("No sign-offs here")
    assert stage.ask("tom", "adopt #1", 3).ok, "a community that asks for none misses none"


@pytest.mark.parametrize("word", ["hold", "legal-hold"])
def test_what_is_held_stays_what_it_is(stage: Joining, word: str) -> None:
    assert stage.ask("tom", f"{word} the licence is asked for", 1).ok
    assert stage.ask("cy", "adopt #1", 3).ok is False
    answer = stage.ask(stage.owner, "adopt #1", 3)
    assert (answer.ok, "is held by tom" in answer.sentence) == (False, True)
    assert not stage.ask(stage.owner, "combine #2 #1", 3).ok
    assert stage.states() == ["needs-review"] * 3


@pytest.mark.parametrize("state", ["merged", "batched", "held-back", "released", "superseded"])
def test_what_is_past_its_merge_neither_adopts_nor_is_adopted(stage: Joining, state: str) -> None:
    stage.change(1, state=state)
    assert f"is {state}" in stage.ask("tom", "adopt #1", 3).sentence
    stage.change(1, state="needs-review")
    stage.change(3, state=state)
    assert f"is {state}" in stage.ask("tom", "adopt #1", 3).sentence


def test_asked_twice_the_second_time_says_that_it_is_so(stage: Joining) -> None:
    assert stage.ask("tom", "adopt #1", 3).ok
    before = stage.events()
    assert "goes on in contribution 3 already" in stage.ask("tom", "adopt #1", 3).sentence
    assert stage.events() == before


def test_its_author_who_pushes_goes_on_alone_and_keeps_the_credit(stage: Joining) -> None:
    assert stage.ask("tom", "adopt #1", 3).ok
    old = stage.member(1).head
    stage.take(1, "ada", old)
    assert stage.member(1).state == "joined", "a late delivery of the same head changes nothing"
    stage.push(1, "ada", {TIDES: leaf(1, 2, 9)}, old)
    assert stage.member(1).state == "needs-review"
    assert stage.held(3) == [1]
    assert "Goes on" not in stage.said(1)


def test_a_revision_that_is_rebased_keeps_those_who_wrote_it_and_one_without_them_lets_them_go(
    stage: Joining,
) -> None:
    assert stage.ask("tom", "adopt #1", 3).ok
    main = stage.commit("Something else")
    again = stage.made("ada", {TIDES: leaf(1, 2)}, main)
    stage.push(3, "cy", {TIDES: leaf(1, 2, 4)}, again)
    assert (stage.held(3), stage.member(1).state) == ([1], "joined")
    stage.push(3, "cy", {TIDES: leaf(1, 5)}, main)
    assert (stage.held(3), stage.member(1).state) == ([], "closed")
    assert "Contribution 3 holds this no more" in stage.said(1)
    assert dict(stage.events())["contribution.parted"]["from"] == 3


def test_who_holds_others_brings_them_along(stage: Joining) -> None:
    assert stage.ask("tom", "adopt #1", 3).ok
    stage.propose(4, "di", {"a.txt": "a"})
    stage.push(4, "di", {"a.txt": "a"}, stage.member(3).head)
    assert stage.ask("tom", "adopt #3", 4).ok
    assert stage.held(4) == [3, 1]
    assert dict(stage.events())["contribution.adopted"]["authors"] == ["plain/cy", "plain/ada"]
    main = str(stage.git.references["refs/heads/main"].target)
    stage.push(4, "di", {"b.txt": "b"}, main)
    assert stage.held(4) == []
    assert (stage.member(3).state, stage.member(1).state) == ("closed", "joined")


def test_it_is_closed_on_its_forge_by_the_outbox_and_catching_up_brings_nothing_back(stage: Joining) -> None:
    assert stage.ask("tom", "adopt #1", 3).ok
    forge = stage.house.forge(stage.repository)
    assert forge.pull(1) is not None, "killed before the forge was told"
    catching.catch_up(stage.house, stage.repository)
    assert stage.member(1).state == "joined"
    say.speak(stage.house)
    assert forge.pull(1) is None
    stage.house.compared.clear()
    catching.catch_up(stage.house, stage.repository)
    assert stage.member(1).state == "joined"
    assert [each.purpose for each in forge.found(1).comments] == ["triage"]
    assert [each.purpose for each in forge.found(3).comments] == ["triage"]
