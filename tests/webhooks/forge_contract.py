"""What any forge must do, whoever made it: subclass ``ForgeContract``, give it a ``stage``, and its tests run.

A stage is a forge with an empty taxonomy on ``main``, and the ways in which people and time act on it. What a
forge lacks (it has no Checks, say) it does not implement; those tests are skipped, never faked.
"""

from __future__ import annotations

import threading
from typing import Any, Protocol

import pytest

from tests.webhooks.mending_contract import MendingContract
from webhooks.event import Person, Pushed
from webhooks.forge import (
    Checks,
    Conversation,
    Listing,
    Merging,
    Moved,
    Releases,
    Right,
    Rights,
)
from webhooks.reconcile import show
from webhooks.report import Annotation, Check, Report

TEXT = "### Worth accepting\n\n| a | b |\n|---|---|\n| `x` | Ünïcode 🌊 |\n\nA last line.\n"
CHECK = Check(
    "completed",
    "failure",
    "2 things to fix",
    "Mend them.",
    (Annotation("a/qna.yaml", 3, "failure", "No.", "rule"),),
)


class Stage(Protocol):
    """A forge and what happens to it."""

    @property
    def forge(self) -> Any:
        """The forge."""

    @property
    def branch(self) -> str:
        """The base branch."""

    def contribute(self, topic: str, title: str) -> tuple[int, str]:
        """Somebody opens a contribution; its number and its head."""

    def revise(self, number: int) -> str:
        """Its author pushes another head."""

    def close(self, number: int) -> None:
        """It is closed."""

    def let_edit(self, number: int, edits: bool) -> None:
        """Its author lets others push to its branch, or does so no more."""

    def delete_branch(self, number: int) -> None:
        """The branch that it comes from is deleted."""

    def delete_fork(self, number: int) -> None:
        """The fork that it comes from is deleted."""

    def commit_on(self, parent: str) -> str:
        """A commit after `parent` that the forge has, on no branch."""

    def tip(self, branch: str) -> str:
        """Where a branch stands."""

    def tagged(self, name: str) -> str | None:
        """The commit that a tag stands on; None where there is none."""

    def person(self, right: Right) -> Person:
        """Somebody with this right."""


class ForgeContract(MendingContract):
    """The tests. A subclass gives the fixture ``stage``."""

    @pytest.fixture
    def stage(self) -> Stage:
        """The stage to play on."""
        raise NotImplementedError

    def having(self, stage: Stage, protocol: type) -> Any:
        """The forge, where it can do this at all."""
        if not isinstance(stage.forge, protocol):
            pytest.skip(f"this forge has no {protocol.__name__}")
        return stage.forge

    # Conversation

    def test_a_new_contribution_shows_nothing_of_ours(self, stage: Stage) -> None:
        forge = self.having(stage, Conversation)
        number, _ = stage.contribute("lamps", "Lamps")
        found = forge.found(number, frozenset({"triage"}))
        assert (found.comments, found.labels) == ((), frozenset())

    def test_a_comment_is_found_again_by_its_purpose_with_its_text(self, stage: Stage) -> None:
        forge = self.having(stage, Conversation)
        number, _ = stage.contribute("lamps", "Lamps")
        identity = forge.write(number, "triage", TEXT)
        (comment,) = forge.found(number, frozenset({"triage"})).comments
        assert (comment.id, comment.purpose) == (identity, "triage")
        assert comment.text.rstrip() == TEXT.rstrip()

    def test_a_second_comment_of_the_same_purpose_is_the_same_comment(self, stage: Stage) -> None:
        forge = self.having(stage, Conversation)
        number, _ = stage.contribute("lamps", "Lamps")
        first, second = forge.write(number, "triage", "one"), forge.write(number, "triage", "two")
        (comment,) = forge.found(number, frozenset({"triage"})).comments
        assert (first, comment.text.rstrip()) == (second, "two")

    def test_comments_are_edited_and_taken_away_one_by_one(self, stage: Stage) -> None:
        forge = self.having(stage, Conversation)
        number, _ = stage.contribute("lamps", "Lamps")
        purposes = frozenset({"triage", "batch", "release-v1"})
        ids = {purpose: forge.write(number, purpose, purpose) for purpose in sorted(purposes)}
        forge.edit(number, ids["batch"], "changed")
        forge.remove(number, ids["triage"])
        left = {comment.purpose: comment.text.rstrip() for comment in forge.found(number, purposes).comments}
        assert left == {"batch": "changed", "release-v1": "release-v1"}

    def test_labels_are_added_and_taken_away_and_what_is_so_already_stays(self, stage: Stage) -> None:
        forge = self.having(stage, Conversation)
        number, _ = stage.contribute("lamps", "Lamps")
        for _ in range(2):
            forge.label(number, frozenset({"skill", "needs review"}), frozenset({"knowledge"}))
            assert forge.found(number, frozenset()).labels == {"skill", "needs review"}
        forge.label(number, frozenset({"größe"}), frozenset({"skill"}))
        assert forge.found(number, frozenset()).labels == {"needs review", "größe"}

    def test_one_contribution_says_nothing_on_another(self, stage: Stage) -> None:
        forge = self.having(stage, Conversation)
        (one, _), (other, _) = stage.contribute("lamps", "Lamps"), stage.contribute("tides", "Tides")
        forge.write(one, "triage", "one")
        forge.label(one, frozenset({"skill"}), frozenset())
        found = forge.found(other, frozenset({"triage"}))
        assert (found.comments, found.labels) == ((), frozenset())

    # Checks, and the report as a whole

    def test_a_check_is_marked_and_marked_anew(self, stage: Stage) -> None:
        forge = self.having(stage, Checks)
        number, head = stage.contribute("lamps", "Lamps")
        for check in (Check("in_progress", None, "Judging", "", (), head), Check(*fields(CHECK)[:-1], head)):
            forge.mark(number, check)
            assert forge.found(number, frozenset()).check == check

    def test_showing_a_report_twice_changes_nothing_the_second_time(self, stage: Stage) -> None:
        self.having(stage, Conversation)
        number, head = stage.contribute("lamps", "Lamps")
        check = Check(*fields(CHECK)[:-1], head) if isinstance(stage.forge, Checks) else None
        wanted = Report(
            number, {"triage": TEXT, "batch": "x"}, ("skill", "passed"), check, ("skill", "passed")
        )
        assert show(stage.forge, wanted) == (4 if check else 3)
        assert show(stage.forge, wanted) == 0

    def test_a_report_that_changes_costs_a_call_for_each_change(self, stage: Stage) -> None:
        forge = self.having(stage, Conversation)
        number, _ = stage.contribute("lamps", "Lamps")
        forge.label(number, frozenset({"by-hand"}), frozenset())
        managed = ("passed", "merged")
        show(forge, Report(number, {"triage": "one"}, ("passed",), None, managed))
        assert show(forge, Report(number, {"triage": "two"}, ("merged",), None, managed)) == 2
        found = forge.found(number, frozenset({"triage"}))
        assert ([c.text.rstrip() for c in found.comments], found.labels) == (["two"], {"by-hand", "merged"})

    def test_a_report_survives_a_new_head(self, stage: Stage) -> None:
        forge = self.having(stage, Conversation)
        number, _ = stage.contribute("lamps", "Lamps")
        show(forge, Report(number, {"triage": TEXT}, ("skill",)))
        stage.revise(number)
        found = forge.found(number, frozenset({"triage"}))
        assert (len(found.comments), found.labels) == (1, {"skill"})

    # Rights

    @pytest.mark.parametrize("right", [Right.read, Right.triage, Right.maintain, Right.admin])
    def test_a_person_has_the_right_that_they_were_given(self, stage: Stage, right: Right) -> None:
        assert self.having(stage, Rights).right(stage.person(right)) == right

    def test_who_is_unknown_or_of_another_forge_may_nothing_that_changes_anything(self, stage: Stage) -> None:
        forge = self.having(stage, Rights)
        admin = stage.person(Right.admin)
        assert forge.right(Person("another", admin.id, admin.name)) == Right.none
        assert forge.right(Person(admin.forge, "", admin.name)) == Right.none
        assert (
            forge.right(Person(admin.forge, "nobody-at-all", admin.name)) <= Right.read
        )  # a name proves nothing

    # Merging

    def test_a_branch_is_advanced_from_where_it_was_seen(self, stage: Stage) -> None:
        forge = self.having(stage, Merging)
        old = stage.tip(stage.branch)
        new = stage.commit_on(old)
        forge.advance(stage.branch, old, new)
        assert stage.tip(stage.branch) == new
        with pytest.raises(Moved):
            forge.advance(stage.branch, old, stage.commit_on(old))
        assert stage.tip(stage.branch) == new

    def test_a_branch_is_never_rewound(self, stage: Stage) -> None:
        forge = self.having(stage, Merging)
        old = stage.tip(stage.branch)
        one, other = stage.commit_on(old), stage.commit_on(old)
        forge.advance(stage.branch, old, one)
        for behind in (other, old):
            with pytest.raises((Moved, ValueError)):
                forge.advance(stage.branch, one, behind)
        assert stage.tip(stage.branch) == one

    def test_a_branch_that_is_not_there_is_not_made(self, stage: Stage) -> None:
        forge = self.having(stage, Merging)
        old = stage.tip(stage.branch)
        with pytest.raises(Moved):
            forge.advance("elsewhere", old, stage.commit_on(old))

    def test_of_many_who_advance_from_the_same_place_one_does(self, stage: Stage) -> None:
        forge = self.having(stage, Merging)
        old = stage.tip(stage.branch)
        news = [stage.commit_on(old) for _ in range(4)]
        won: list[str] = []
        start = threading.Barrier(len(news))

        def go(new: str) -> None:
            start.wait()
            try:
                forge.advance(stage.branch, old, new)
            except Moved:
                return
            won.append(new)

        threads = [threading.Thread(target=go, args=(new,)) for new in news]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert won == [stage.tip(stage.branch)]

    # Releases

    def test_a_tag_is_made_once_and_never_moved(self, stage: Stage) -> None:
        forge = self.having(stage, Releases)
        target = stage.tip(stage.branch)
        assert forge.tag("model/v1", target, "Model 1\n") == forge.tag("model/v1", target, "Model 1\n")
        with pytest.raises(Moved):
            forge.tag("model/v1", stage.commit_on(target), "Model 1\n")
        assert (stage.tagged("model/v1"), stage.tagged("model/v2")) == (target, None)

    # Listing

    def test_open_contributions_are_listed_by_number_with_their_newest_head(self, stage: Stage) -> None:
        forge = self.having(stage, Listing)
        opened = [stage.contribute(topic, topic.title()) for topic in ("lamps", "tides", "ropes")]
        head = stage.revise(opened[1][0])
        pulls = forge.open_pulls()
        assert [(p.number, p.head) for p in pulls] == [opened[0], (opened[1][0], head), opened[2]]
        assert (pulls[0].title, pulls[2].title) == (
            "Lamps",
            "Ropes",
        )  # a new head may bring a title, or may not
        assert [p.base for p in pulls] == [stage.branch] * 3

    def test_what_is_closed_is_not_listed(self, stage: Stage) -> None:
        forge = self.having(stage, Listing)
        (one, _), (other, _) = stage.contribute("lamps", "Lamps"), stage.contribute("tides", "Tides")
        stage.close(one)
        assert [pull.number for pull in forge.open_pulls()] == [other]

    def test_a_lost_delivery_can_be_told_from_the_list(self, stage: Stage) -> None:
        forge = self.having(stage, Listing)
        number, head = stage.contribute("lamps", "Lamps")
        event = forge.pushed(forge.open_pulls()[0])
        assert isinstance(event, Pushed)
        assert (event.number, event.head, event.base_branch, event.title) == (
            number,
            head,
            stage.branch,
            "Lamps",
        )
        assert event.author.id


def fields(check: Check) -> tuple[Any, ...]:
    """A check's fields in their order."""
    return tuple(getattr(check, name) for name in check.__struct_fields__)
