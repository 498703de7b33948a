"""Approvals taken back, appeals, overrides, doubts, delegations: who may, who may not, twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.db import words
from service.lines import overrides, triage
from tests.service.commands.stage import PASSED, Stage
from triage_rules.policy import Labels

FAULT = {
    "rule": "unknown-licence", "weight": "stop", "path": "knowledge/tides/attribution.txt", "line": 1, "column": 1,
    "message": "Nobody knows this licence.", "remedy": "Name another.",
}  # fmt: skip
FAULTY: dict[str, Any] = {
    **PASSED, "verdict": "changes-requested", "findings": [FAULT],
    "labels": ["triage-requested-changes", "knowledge", "legal-hold"],
}  # fmt: skip


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_an_approval_is_bound_to_the_revision_that_is_named_and_taken_back_by_whoever_gave_it(
    stage: Stage,
) -> None:
    assert not stage.ask("tom", "approve 0000000").ok
    assert stage.ask("tom", f"approve {stage.head[:9]}").ok
    assert stage.member(1).state == "approved"
    assert not stage.ask("may", "unapprove").ok
    assert not stage.ask("ada", "unapprove").ok
    assert stage.ask("tom", "unapprove").ok
    assert not stage.ask("tom", "unapprove").ok
    assert (stage.member(1).state, stage.member(1).approved_head) == ("needs-review", None)
    assert stage.ask("tom", "approve").ok
    assert stage.member(1).approved_by == "plain/tom"


def test_of_two_approvals_the_one_that_is_taken_back_counts_no_more(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "[approve]\nneeds = 2\n")
    assert stage.ask("tom", "approve").ok
    assert stage.ask("tom", "unapprove").ok
    assert stage.ask("may", "approve").ok
    assert stage.member(1).state == "needs-review"
    assert stage.ask("tom", "approve").ok
    assert stage.member(1).approved_by == "plain/may, plain/tom"


def test_an_appeal_is_decided_by_another_maintainer_than_the_one_who_rejected(stage: Stage) -> None:
    assert not stage.ask("ada", "appeal it is fine").ok, "nobody rejected it"
    assert stage.ask("rea", "reject not a skill").ok
    assert not stage.ask("ada", "appeal").ok
    assert not stage.ask("stranger", "appeal for ada").ok
    assert stage.ask("ada", "appeal it is one").ok
    assert stage.member(1).state == "needs-human"
    assert not stage.ask("ada", "appeal again").ok
    for word in ("approve", "reject no", "request-changes this"):
        answer = stage.ask("rea", word)
        assert (answer.ok, "somebody else decides" in answer.sentence) == (False, True)
        assert "a maintainer decides" in stage.ask("tom", word).sentence
    assert stage.ask(stage.owner, "reject no, really").ok
    assert not stage.ask("ada", "appeal once more").ok, "one appeal a revision"
    assert stage.member(1).state == "rejected"
    assert dict(stage.events())["contribution.appealed"]["against"] == "plain/rea"


def test_a_rule_is_overridden_for_one_revision_and_the_verdict_follows(stage: Stage) -> None:
    stage.stand(state="changes-requested", verdict=FAULTY)
    assert not stage.ask("tom", "override unknown-licence I know it").ok
    assert not stage.ask("rea", "override unknown-licence").ok
    assert not stage.ask("rea", "override too-few-seeds why not").ok, "it finds nothing"
    assert not stage.ask("rea", "override no-such-rule why not").ok
    answer = stage.ask("rea", "override unknown-licence it is public domain")
    assert answer.ok, answer.sentence
    row = stage.member(1)
    verdict = row.verdict or {}
    assert (row.state, verdict["verdict"]) == ("needs-review", "passed")
    assert verdict["labels"] == ["triage-needed", "knowledge"]
    assert verdict["findings"][0]["weight"] == "note"
    assert "public domain" in verdict["findings"][0]["remedy"]
    assert not stage.ask("rea", "override unknown-licence again").ok
    with stage.house.database.write() as session:
        words.outdate(session, "t", 1, "f" * 40)  # as a push does
        assert words.standing(session, "t", [overrides.OVERRIDE], 1) == []


def test_nobody_overrides_a_rule_for_their_own_and_a_number_means_a_batch(stage: Stage) -> None:
    stage.stand(state="changes-requested", verdict=FAULTY, author_id="rea")
    assert not stage.ask("rea", "override unknown-licence it is mine").ok
    assert stage.ask("rea", "override 7 because").sentence == "There is no batch 7."


def test_what_no_rule_could_look_at_stays_so_and_documents_are_waited_for_all_the_same() -> None:
    verdict = {**FAULTY, "findings": [FAULT, {**FAULT, "rule": triage.NOT_JUDGED}]}
    told = overrides.applied(verdict, {"unknown-licence": {"name": "rea", "reason": "ok"}}, Labels(), "ada")
    assert (told["verdict"], told["findings"][0]["rule"]) == ("changes-requested", triage.NOT_JUDGED)


def test_a_doubt_moves_a_contribution_to_those_that_a_person_decides(stage: Stage) -> None:
    assert not stage.ask("ada", "uncertain I am").ok
    assert not stage.ask("tom", "uncertain").ok
    assert stage.ask("tom", "uncertain is this a duplicate").ok
    assert stage.member(1).state == "needs-human"
    assert stage.ask("may", "uncertain I am too").ok
    assert stage.ask("may", "approve").ok
    assert not stage.ask("tom", "uncertain now").ok


def test_a_delegate_may_approve_and_nothing_else(stage: Stage) -> None:
    assert not stage.ask("bo", "approve").ok
    assert not stage.ask("tom", "delegate @bo").ok
    for wrong in ("delegate", "delegate bo", "delegate @", "delegate @bo ../x", "delegate @bo off"):
        assert not stage.ask("rea", wrong).ok, wrong
    assert stage.ask("rea", "delegate @bo").ok
    assert not stage.ask("bo", "reject no").ok
    assert stage.ask("bo", "approve").ok
    assert stage.member(1).approved_by == "plain/bo"
    assert stage.ask("rea", "delegate @bo off").ok
    assert not stage.ask("bo", "unapprove").ok


def test_a_delegate_of_paths_approves_what_touches_nothing_else_and_never_their_own(stage: Stage) -> None:
    assert stage.ask("rea", "delegate @bo knowledge/tides until 2w").ok
    stage.propose(2, "ada", {"knowledge/tides/b.md": "b", "knowledge/other/c.md": "c"})
    stage.propose(3, "bo", {"knowledge/tides/d.md": "d"})
    assert not stage.ask("bo", "approve", 2).ok
    assert "of their own" in stage.ask("bo", "approve", 3).sentence
    assert stage.ask("bo", "approve", 1).ok
