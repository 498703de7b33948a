"""A changed policy judges all open contributions again, and what people decided stays where the rules allow it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pygit2
import pytest
from pygit2.enums import FileMode

from service import tasks
from service.commands import approve, reject, request_changes
from service.db.tables import Contribution, Delivery
from service.lines import intake, merge, policy_change, say, triage
from service.lines.states import State
from service.serve import policy_fault
from tests.lines.batch_world import World
from tests.triage_rules.test_presets import ATTRIBUTION, SEEDS, SIGNED, skill
from triage_rules.judge import rules_version
from webhooks.event import Person, Pushed
from webhooks.forge import Pull
from webhooks.plain.places import head_ref

EASY = '[batch]\nat_least = 9\n[rules.near-duplicate]\nweight = "off"\n'
SIX = EASY + "[rules.too-few-seeds]\nat_least = 6\n"
DOUBT = EASY + "[rules.too-few-seeds]\nat_least = 6\nin_doubt = 5\n"
CLOSED = EASY + '[rules.closed-tree]\nclosed = ["compositional_skills"]\n'
BROKEN = EASY + "[rules.too-few-seeds]\nat_leest = 6\n"
ADA, TOM = Person("plain", "ada", "ada"), Person("plain", "tom", "tom")


class Town(World):
    """A forge with open contributions, each judged by what the base branch says."""

    def proposed(self, number: int, seeds: int = 5) -> str:
        tip = self.git.references["refs/heads/main"].peel(pygit2.Commit)
        index = pygit2.Index()
        index.read_tree(tip.tree)
        folder = f"compositional_skills/writing/letters_{number}"
        for name, text in (
            ("qna.yaml", skill(seeds, last=SEEDS[seeds - 1][1])),
            ("attribution.txt", ATTRIBUTION),
        ):
            index.add(
                pygit2.IndexEntry(f"{folder}/{name}", self.git.create_blob(text.encode()), FileMode.BLOB)
            )
        who = pygit2.Signature("Ada Brandt", "ada@example.org", number, 0)
        tree = index.write_tree(self.git)
        head = str(self.git.create_commit(None, who, who, SIGNED, tree, [tip.id]))
        self.house.forge(self.repository).adopt(Pull(number, head, "main", "x", "Letters", ADA, 1000.0))
        self.git.references.create(head_ref(number), head, force=True)
        triage.seen(
            self.house, self.repository, Pushed("plain", "t", number, head, "main", "x", ADA, "Letters")
        )
        return head

    def policy(self, text: str) -> None:
        """A commit on the base branch that changes the policy, and the sweep after it."""
        self.write(".upweight/policy.toml", text)
        self.commit("Change the policy")
        tasks.tick(self.house)

    def says(self, number: int) -> tuple[str, list[str], str]:
        """Comment, labels and the conclusion of the check, as the forge shows them."""
        found = self.house.forge(self.repository).found(number, frozenset({"triage"}))
        assert found.check is not None
        return found.comments[0].text, sorted(found.labels), str(found.check.conclusion)

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.events() if kind.startswith("contribution.")]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, EASY)
    made.git.config["upweight.maintainers"] = "tom"
    yield made
    made.house.judge.close()


def states(town: Town, *numbers: int) -> list[str]:
    return [town.member(number).state for number in numbers]


def test_every_open_contribution_follows_a_changed_policy_in_state_comment_labels_and_check(
    town: Town,
) -> None:
    town.proposed(1)
    town.proposed(2, seeds=8)
    town.proposed(3)
    assert states(town, 1, 2, 3) == ["needs-review"] * 3
    say.speak(town.house)
    assert town.says(1)[2] == "success"
    before = town.member(2).updated
    town.policy(SIX)
    assert states(town, 1, 2, 3) == ["changes-requested", "needs-review", "changes-requested"]
    comment, labels, conclusion = town.says(1)
    assert "at least 6 are needed" in comment
    assert "triage-requested-changes" in labels
    assert "triage-needed" not in labels
    assert conclusion == "failure"
    assert town.member(2).updated == before, "who waits goes on waiting from when it began"
    hashes = {(town.member(n).verdict or {})["policy_hash"] for n in (1, 2, 3)}
    assert hashes == {town.house.policy(town.repository).judging.hash}
    town.policy(CLOSED)
    assert states(town, 1, 2, 3) == ["rejected"] * 3
    town.policy(EASY)
    assert states(town, 1, 2, 3) == ["needs-review"] * 3
    assert "triage-requested-changes" not in town.says(3)[1]


def test_what_says_nothing_new_judges_nobody_again(town: Town) -> None:
    town.proposed(1)
    tasks.tick(town.house)
    count = len(town.events())
    town.policy(f"# a remark\n{EASY}")
    town.policy(EASY.replace("at_least = 9", "at_least = 8"))
    assert len(town.events()) == count
    town.house.judged_by.clear()  # as after a restart
    tasks.tick(town.house)
    assert len(town.events()) == count


def test_a_change_while_nobody_was_at_home_is_found_at_the_next_start(town: Town) -> None:
    town.proposed(1)
    tasks.tick(town.house)
    town.write(".upweight/policy.toml", SIX)
    town.commit("Change the policy")
    town.house.judged_by.clear()
    tasks.tick(town.house)
    assert states(town, 1) == ["changes-requested"]


def test_what_older_rules_judged_is_judged_again_after_an_upgrade(town: Town) -> None:
    town.proposed(1)
    tasks.tick(town.house)
    with town.house.database.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.verdict = {**(row.verdict or {}), "rules_version": "older", "next": "Nobody knows."}
        session.add(row)
    town.house.judged_by.clear()
    tasks.tick(town.house)
    verdict = town.member(1).verdict or {}
    assert (verdict["rules_version"], verdict["next"]) == (rules_version(), "A triager may approve it.")


def test_a_branch_that_moved_rings_for_the_sweep(town: Town) -> None:
    rung: list[Any] = []
    town.house.ring = lambda name, *_: rung.append(name)
    for branch in ("main", "other"):
        told = {
            "repository": "t",
            "branch": branch,
            "old": "0" * 40,
            "new": "1" * 40,
            "person": {"id": "tom"},
        }
        with town.house.database.write() as session:
            body = zlib.compress(json.dumps(told).encode())
            session.add(
                Delivery(
                    id=branch, forge="plain", event="branch-moved", repository="t", body=body, received=1.0
                )
            )
        intake.take(town.house, branch)
    assert rung == ["tick"]


def test_an_approval_is_kept_where_the_verdict_allows_it(town: Town) -> None:
    head = town.proposed(1)
    approve.do(town.house, "t", {"number": 1}, TOM)
    town.write(".upweight/policy.toml", DOUBT)
    town.commit("Doubt it")
    policy_change.judge_again(town.house, town.repository)
    row = town.member(1)
    assert (row.verdict or {})["verdict"] == "needs-human"
    assert (row.state, row.approved_head, row.approved_by) == ("approved", head, "plain/tom")
    assert merge.merge_approved(town.house, town.repository) == 1


def test_an_approval_that_the_verdict_does_not_allow_is_withdrawn_and_must_be_given_anew(town: Town) -> None:
    town.proposed(1)
    approve.do(town.house, "t", {"number": 1}, TOM)
    town.policy(SIX)
    row = town.member(1)
    assert (row.state, row.approved_head, row.approved_by) == ("changes-requested", None, None)
    assert town.kinds()[-2:] == ["contribution.judged", "contribution.approval-withdrawn"]
    town.policy(EASY)
    assert states(town, 1) == ["needs-review"], "nobody approved what it is now"
    approve.do(town.house, "t", {"number": 1}, TOM)
    assert states(town, 1) == ["approved"]


def test_of_two_that_are_alike_the_second_is_not_merged_once_the_first_is(town: Town) -> None:
    town.policy("[batch]\nat_least = 9\n")
    for number in (1, 2):
        town.proposed(number)
        approve.do(town.house, "t", {"number": number}, TOM)
    assert merge.merge_approved(town.house, town.repository) == 1
    assert states(town, 1, 2) == ["merged", "changes-requested"]
    found = {f["rule"]: f["weight"] for f in (town.member(2).verdict or {})["findings"]}
    assert found["near-duplicate"] == "fix"
    assert town.kinds()[-1] == "contribution.approval-withdrawn"


def test_one_approval_of_two_is_withdrawn_as_well(town: Town) -> None:
    town.policy(f"{EASY}[approve]\nneeds = 2\n")
    town.proposed(1)
    approve.do(town.house, "t", {"number": 1}, TOM)
    town.policy(f"{SIX}[approve]\nneeds = 2\n")
    town.policy(f"{EASY}[approve]\nneeds = 2\n")
    assert approve.do(town.house, "t", {"number": 1}, Person("plain", "may", "may")).endswith(
        "1 more must approve it."
    )


def test_what_is_approved_is_not_merged_before_it_is_judged_by_todays_policy(town: Town) -> None:
    town.proposed(1)
    approve.do(town.house, "t", {"number": 1}, TOM)
    town.write(".upweight/policy.toml", SIX)
    town.commit("Change the policy")
    assert merge.merge_approved(town.house, town.repository) == 0
    tasks.tick(town.house)
    assert states(town, 1) == ["changes-requested"]


@pytest.mark.parametrize(("by", "state"), [(request_changes, "changes-requested"), (reject, "rejected")])
def test_what_a_person_decided_no_policy_overrules(town: Town, by: Any, state: str) -> None:
    town.proposed(1)
    by.do(town.house, "t", {"number": 1, "reason": "The letters belong to another"}, TOM)
    for policy in (SIX, EASY, CLOSED, EASY):
        town.policy(policy)
        assert states(town, 1) == [state]
    say.speak(town.house)
    assert "The letters belong to another" in town.says(1)[0]
    town.proposed(1, seeds=6)
    assert states(town, 1) == ["needs-review"], "a new revision is judged by the rules alone"


def test_a_conflict_stays_a_conflict_and_its_check_follows(town: Town) -> None:
    town.proposed(1)
    with town.house.database.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.state = State.conflicted
        session.add(row)
        say.conflicted(session, row, ("a",), "Both changed it.")
    town.policy(SIX)
    assert states(town, 1) == ["conflicted"]
    comment, _, conclusion = town.says(1)
    assert "Both changed it" in comment
    assert conclusion == "failure"


def test_a_policy_that_can_not_be_read_keeps_the_verdicts_and_the_pages_say_so(town: Town) -> None:
    town.proposed(1)
    verdict = town.member(1).verdict
    town.policy(BROKEN)
    assert town.member(1).verdict == verdict
    assert states(town, 1) == ["needs-review"]
    said = ".upweight/policy.toml:6: `rules.too-few-seeds.at_leest` is not known. Did you mean `at_least`?"
    assert policy_fault(town.house, "t") == said
    town.proposed(2)
    assert town.member(2).verdict is None
    tasks.tick(town.house)
    town.policy(SIX)
    assert policy_fault(town.house, "t") is None
    assert states(town, 1) == ["changes-requested"]
    tasks.catch_up(town.house)
    assert states(town, 2) == ["changes-requested"], "who came meanwhile is judged now"


def test_a_policy_that_moves_while_one_is_judged_is_followed_at_once(town: Town) -> None:
    ask = town.house.judge.ask

    def slow(question: Any) -> Any:
        told = ask(question)
        town.house.judge.ask = ask  # type: ignore[method-assign]
        town.write(".upweight/policy.toml", SIX)
        town.commit("Change the policy meanwhile")
        return told

    town.house.judge.ask = slow  # type: ignore[method-assign]
    town.proposed(1)
    assert states(town, 1) == ["changes-requested"]


def test_what_is_merged_or_closed_is_left_alone(town: Town) -> None:
    town.proposed(1)
    town.proposed(2)
    triage.closed(town.house, town.repository, 1)
    approve.do(town.house, "t", {"number": 2}, TOM)
    merge.merge_approved(town.house, town.repository)
    count = len(town.events())
    town.policy(SIX)
    assert states(town, 1, 2) == ["closed", "merged"]
    assert len(town.events()) == count
