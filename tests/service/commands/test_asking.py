"""Commands that ask: help, status, why, queue, explain, recheck; and those about who looks and what comes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.db.tables import Batch
from service.lines import wishes
from service.lines.waits import human, span
from service.lines.wishes import Wish, gathered
from tests.service.commands.stage import PASSED, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, "[batch]\nat_least = 2\n")


def test_help_lists_what_this_person_may_use_here(stage: Stage) -> None:
    stranger, author, triager = (stage.ask(who, "help").sentence for who in ("bo", "ada", "tom"))
    assert "status" in stranger
    assert "close" not in stranger
    assert "appeal REASON" in author
    assert "approve" not in author
    assert "approve [REVISION]" in triager
    assert "freeze" not in triager
    assert "never" not in stage.ask("bo", "help hold").sentence
    assert stage.ask("bo", "help hold").sentence.startswith("hold REASON: Hold a contribution")
    assert not stage.ask("bo", "help explode").ok


def test_status_and_why_say_what_is_unmet(stage: Stage) -> None:
    assert stage.ask("tom", "claim").ok
    assert stage.ask("tom", "hold wait").ok
    status = stage.ask("bo", "status").sentence
    for part in (
        "needs-review",
        "Worth accepting",
        "0 of 1 approvals",
        "tom looks at it",
        "Held by tom: wait",
    ):
        assert part in status
    why = stage.ask("bo", "why").sentence
    assert why.startswith("For the merge: 0 of 1 approvals are given; Held by tom: wait. For the batch: ")
    assert not stage.ask("bo", "why", 9).ok
    stage.stand(state="merged", merged=stage.head)
    assert "1 of 2 that make a batch are merged" in stage.ask("bo", "why").sentence
    stage.stand(state="released", release="v1")
    assert stage.ask("bo", "why").sentence == "Nothing is unmet: it is released."


def test_the_queue_tells_a_place_and_a_range_from_past_batches_and_none_where_there_are_none(
    stage: Stage,
) -> None:
    stage.stand(state="merged", merged=stage.head)
    assert "Nobody can tell how long a batch takes" in stage.ask("bo", "queue").sentence
    with stage.house.database.write() as session:
        for number, took in ((1, 600.0), (2, 1200.0)):
            session.add(Batch(repository="t", id=number, state="released", created=0.0, updated=took))
    sentence = stage.ask("bo", "queue").sentence
    assert sentence == "It is 1 of 1 that wait for a batch. A batch took 10 minutes to 20 minutes until now."
    assert not stage.ask("bo", "queue", 9).ok


def test_a_range_leaves_the_tenths_at_its_ends_out() -> None:
    assert span([]) is None
    assert span([5.0]) == (5.0, 5.0)
    assert span([float(n) for n in range(20)]) == (2.0, 17.0)
    assert [human(s) for s in (1, 119, 120, 7200, 200_000)] == [
        "1 seconds", "119 seconds", "2 minutes", "2 hours", "2 days",
    ]  # fmt: skip


def test_a_rule_is_explained_and_a_misspelled_one_is_guessed(stage: Stage) -> None:
    assert "Bad:" in stage.ask("bo", "explain [too-few-seeds]").sentence
    answer = stage.ask("bo", "explain too-few-seed")
    assert (answer.ok, "too-few-seeds" in answer.sentence) == (False, True)
    assert not stage.ask("bo", "explain").ok


def test_a_claim_is_one_persons_until_they_or_a_maintainer_end_it(stage: Stage) -> None:
    assert not stage.ask("ada", "claim").ok
    assert not stage.ask("tom", "unclaim").ok
    assert stage.ask("tom", "claim").ok
    assert stage.ask("tom", "claim").ok, "again, for longer"
    assert not stage.ask("may", "claim").ok
    assert not stage.ask("may", "unclaim").ok
    assert stage.ask("rea", "unclaim").ok
    assert stage.ask("may", "claim").ok
    assert stage.told().count("contribution.claimed") == 2
    stage.stand(state="merged")
    assert not stage.ask("may", "claim").ok


def test_a_new_author_needs_somebody_to_say_ok_to_test_and_again_after_a_push(stage: Stage) -> None:
    assert "ok-to-test" in stage.ask("ada", "precheck").sentence
    assert not stage.ask("ada", "ok-to-test").ok
    assert stage.ask("tom", "ok-to-test").ok
    assert stage.ask("tom", "ok-to-test").ok
    assert stage.told().count("contribution.trusted") == 1
    assert "ok-to-test" not in stage.ask("ada", "precheck").sentence
    stage.stand(head="f" * 40)
    assert "ok-to-test" in stage.ask("ada", "precheck").sentence
    stage.stand(head=stage.head)
    stage.propose(2, "ada", {"a.md": "a"}, "merged")
    assert "ok-to-test" not in stage.ask("ada", "precheck").sentence


def test_what_is_merged_is_not_judged_again(stage: Stage) -> None:
    assert not stage.ask("bo", "recheck").ok
    stage.stand(state="merged")
    assert stage.ask("ada", "recheck").sentence == "It is merged; only what may still be merged is judged."


def test_an_open_one_is_judged_again_at_its_authors_word(stage: Stage) -> None:
    stage.stand(state="opened", verdict=None)
    answer = stage.ask("ada", "recheck")
    assert answer.ok, answer.sentence
    assert (stage.member(1).verdict or PASSED)["policy_hash"] != "p"
    stage.house.judge.close()


def test_wishes_are_a_maintainers_and_can_be_taken_back(stage: Stage) -> None:
    assert not stage.ask("tom", "batch solo").ok
    assert stage.ask("tom", "priority high").ok
    assert not stage.ask("tom", "priority highest").ok
    assert not stage.ask("ada", "priority high").ok
    for wrong in ("batch not-with", "batch not-with #1", "batch not-with x"):
        assert not stage.ask("rea", wrong).ok
    for _ in range(2):
        assert stage.ask("rea", "batch solo").ok
    assert stage.ask("rea", "batch not-with #2").ok
    with stage.house.database.read() as session:
        assert wishes.of(session, "t") == {1: Wish(solo=True, apart=(2,), priority="high")}
    assert stage.ask("rea", "batch ok").ok
    with stage.house.database.read() as session:
        assert wishes.of(session, "t") == {1: Wish(priority="high")}
    assert stage.told().count("contribution.wished") == 4


def test_a_batch_is_gathered_as_wished() -> None:
    def never(_: list[int]) -> bool:
        return False

    def two(numbers: list[int]) -> bool:
        return len(numbers) >= 2

    assert gathered([1, 2, 3], {}, 2, two) == [1, 2]
    assert gathered([1, 2, 3], {3: Wish(priority="high"), 1: Wish(priority="low")}, 2, two) == [2, 3]
    assert gathered([1], {}, 9, two) == []
    assert gathered([1, 2], {1: Wish(urgent=True)}, 9, never) == [1, 2]
    assert gathered([1, 2, 3], {1: Wish(solo=True)}, 9, two) == [2, 3]
    assert gathered([1, 2], {1: Wish(solo=True)}, 9, two) == [1]
    assert gathered([1, 2], {2: Wish(solo=True, urgent=True)}, 9, two) == [2]
    assert gathered([1, 2, 3], {3: Wish(apart=(1,))}, 9, two) == [1, 2]


def test_an_urgent_one_makes_a_batch_before_enough_are_there(stage: Stage) -> None:
    from service.lines import batch

    stage.merged(5, "knowledge/one")
    assert batch.form(stage.house, stage.repository) is None
    assert stage.ask("rea", "batch urgent", 5).ok
    made = batch.form(stage.house, stage.repository)
    assert made is not None
    assert made.members == [5]
    assert not stage.ask("rea", "batch solo", 5).ok, "a batch has it"
