"""Holds, legal holds and freezes: who begins and ends them, and that nothing is merged meanwhile."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from service.db import words
from service.db.tables import Wanted
from service.lines import holding, holds, merge, say
from tests.service.commands.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def waits(stage: Stage) -> list[str]:
    with stage.house.database.read() as session:
        return holds.why_not(session, stage.member(1), time.time())


def approved(stage: Stage) -> None:
    stage.stand(state="approved", approved_head=stage.head, approved_by="plain/tom")


def test_what_is_held_is_not_merged_until_somebody_lets_go(stage: Stage) -> None:
    assert not stage.ask("ada", "hold mine").ok
    assert not stage.ask("tom", "hold").ok
    assert stage.ask("tom", "hold until the exam is pushed").ok
    again = stage.ask("may", "hold too")
    assert (again.ok, "by tom: until the exam is pushed" in again.sentence) == (False, True)
    approved(stage)
    assert merge.merge_approved(stage.house, stage.repository) == 0
    assert stage.member(1).state == "approved"
    assert stage.ask("may", "unhold").ok
    assert not stage.ask("may", "unhold").ok
    assert waits(stage) == []
    assert [kind for kind in stage.told() if "held" in kind] == ["contribution.held", "contribution.unheld"]


def test_a_legal_hold_is_put_by_a_triager_and_lifted_by_a_maintainer_alone_who_says_why(stage: Stage) -> None:
    assert not stage.ask("ada", "legal-hold mine").ok
    assert stage.ask("tom", "legal-hold the licence is unclear").ok
    assert not stage.ask("tom", "lift-legal-hold it is fine").ok
    assert not stage.ask("rea", "lift-legal-hold").ok
    assert not stage.ask("rea", "unhold").ok, "another kind of hold"
    assert waits(stage) == ["On legal hold by tom: the licence is unclear"]
    assert stage.ask("rea", "lift-legal-hold the author sent it").ok
    assert waits(stage) == []


def test_what_touches_frozen_paths_waits_and_says_so_until_the_time_is_over(stage: Stage) -> None:
    with stage.house.database.write() as session:
        say.judged(session, stage.member(1))
    assert not stage.ask("tom", "freeze knowledge until 3d").ok
    answer = stage.ask("rea", "freeze knowledge/tides until 3d for the exam")
    assert answer.ok
    assert answer.sentence.endswith("1 contribution waits for it.")
    (why,) = waits(stage)
    assert why.startswith("knowledge/tides is frozen by rea until ")
    assert why.endswith(": for the exam")
    with stage.house.database.read() as session:
        wanted = session.get_one(Wanted, ("t", 1))
        assert "is frozen by rea" in wanted.report["waits"][0]
    approved(stage)
    assert merge.merge_approved(stage.house, stage.repository) == 0
    with stage.house.database.write() as session:
        (word,) = words.standing(session, "t", [holds.FREEZE])
        word.until = time.time() - 1
        session.add(word)
    assert waits(stage) == []
    assert [holding.lapse(stage.house, stage.repository) for _ in range(2)] == [1, 0]
    with stage.house.database.read() as session:
        assert "waits" not in session.get_one(Wanted, ("t", 1)).report


def test_a_freeze_of_other_paths_holds_nothing_and_one_of_all_holds_everything(stage: Stage) -> None:
    assert stage.ask("rea", "freeze knowledge/tid compositional_skills until 1d").ok
    assert waits(stage) == []
    assert stage.ask("rea", "freeze * until 1d").ok
    assert len(waits(stage)) == 1
    assert not stage.ask("rea", "unfreeze knowledge").ok
    assert stage.ask("rea", "unfreeze *").ok
    assert waits(stage) == []


@pytest.mark.parametrize(
    "text",
    ["freeze", "freeze until 3d", "freeze knowledge", "freeze knowledge until", "freeze knowledge until yesterday",
     "freeze knowledge until 2001-01-01", "freeze knowledge until 9999h9", "freeze ../x until 3d", "freeze / until 3d",
     "freeze a*b until 3d", "freeze knowledge until 0d", "unfreeze", "unhold", "freeze knowledge until 9999w"],
)  # fmt: skip
def test_wrong_words_freeze_nothing(stage: Stage, text: str) -> None:
    assert not stage.ask("rea", text).ok
    assert stage.told() == []


def test_what_is_merged_can_not_be_held(stage: Stage) -> None:
    stage.stand(state="merged", merged=stage.head)
    assert not stage.ask("tom", "hold too late").ok
