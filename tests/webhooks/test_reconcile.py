"""What should be shown against what is: the fewest calls, none the second time, nobody else's labels touched."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.forge import Denied, Found, FoundComment
from webhooks.reconcile import Call, Edit, Label, Mark, Remove, Write, reconcile, show
from webhooks.report import Check, Report

PURPOSES = ("triage", "batch", "release-v1")
LABELS = ("skill", "passed", "merged", "by-hand")


@dataclass
class Shown:
    """A forge in memory: the comments in their order, labels, a check."""

    comments: dict[str, tuple[str, str]] = field(default_factory=dict)  # id -> purpose, text
    labels: set[str] = field(default_factory=set)
    check: Check | None = None
    calls: list[str] = field(default_factory=list)

    def found(self, number: int, purposes: frozenset[str]) -> Found:
        told = tuple(FoundComment(i, p, t) for i, (p, t) in self.comments.items() if p in purposes)
        return Found(told, frozenset(self.labels), self.check)

    def write(self, number: int, purpose: str, text: str) -> str:
        self.calls.append("write")
        identity = f"c{len(self.calls)}"
        self.comments[identity] = purpose, text
        return identity

    def edit(self, number: int, identity: str, text: str) -> None:
        self.calls.append("edit")
        self.comments[identity] = self.comments[identity][0], text

    def remove(self, number: int, identity: str) -> None:
        self.calls.append("remove")
        del self.comments[identity]

    def label(self, number: int, add: frozenset[str], remove: frozenset[str]) -> None:
        self.calls.append("label")
        self.labels = self.labels - remove | add

    def mark(self, number: int, check: Check) -> None:
        self.calls.append("mark")
        self.check = check


CHECK = Check("completed", "success", "Worth accepting", "")


def test_to_an_empty_page_everything_is_said_the_check_and_labels_first() -> None:
    wanted = Report(1, {"triage": "t", "batch": "b"}, ("skill",), CHECK, ("skill",))
    assert reconcile(wanted, Found()) == [
        Mark(CHECK), Label(frozenset({"skill"}), frozenset()), Write("triage", "t"), Write("batch", "b"),
    ]  # fmt: skip


class Strict(Shown):
    """One that lets us put no labels."""

    def label(self, number: int, add: frozenset[str], remove: frozenset[str]) -> None:
        raise Denied("no labels by you")


def test_what_a_forge_refuses_keeps_nothing_else_from_being_shown() -> None:
    forge = Strict()
    with pytest.raises(Denied, match="no labels by you"):
        show(forge, Report(1, {"triage": "t"}, ("skill",), CHECK, ("skill",)))
    assert forge.check == CHECK
    assert [text for _, text in forge.comments.values()] == ["t"]


def test_what_is_shown_already_is_not_said_again() -> None:
    found = Found((FoundComment("1", "triage", "t"),), frozenset({"skill", "by-hand"}), CHECK)
    assert reconcile(Report(1, {"triage": "t"}, ("skill",), CHECK, ("skill",)), found) == []


def test_line_ends_and_space_at_the_end_as_forges_give_them_back_are_no_change() -> None:
    found = Found((FoundComment("1", "triage", "a\r\nb"),))
    assert reconcile(Report(1, {"triage": "a\nb\n\n"}), found) == []


def test_a_changed_text_is_edited_in_place_so_that_nobody_is_notified() -> None:
    found = Found((FoundComment("7", "triage", "old"),))
    assert reconcile(Report(1, {"triage": "new"}), found) == [Edit("7", "new")]


def test_of_comments_with_the_same_purpose_the_first_stays() -> None:
    twice = Found(
        (FoundComment("1", "triage", "t"), FoundComment("2", "triage", "x"), FoundComment("3", "triage", "y"))
    )
    assert reconcile(Report(1, {"triage": "t"}), twice) == [Remove("2"), Remove("3")]


def test_labels_that_are_not_ours_are_left_alone() -> None:
    found = Found(labels=frozenset({"passed", "by-hand"}))
    wanted = Report(1, {}, ("merged",), None, ("passed", "merged"))
    assert reconcile(wanted, found) == [Label(frozenset({"merged"}), frozenset({"passed"}))]


def test_without_a_wanted_check_the_one_that_is_there_stays() -> None:
    assert reconcile(Report(1), Found(check=CHECK)) == []


def test_a_comment_that_nobody_asks_for_any_more_stays_as_it_is() -> None:
    assert (
        reconcile(
            Report(1, {"batch": "b"}),
            Found((FoundComment("1", "triage", "t"), FoundComment("2", "batch", "b"))),
        )
        == []
    )


checks = st.none() | st.builds(
    Check, st.just("completed"), st.sampled_from(["success", "failure"]), st.just("t"), st.just("s")
)
reports = st.builds(
    Report, st.just(1), st.dictionaries(st.sampled_from(PURPOSES), st.sampled_from(["a", "b"])),
    st.lists(st.sampled_from(LABELS[:3]), unique=True).map(tuple), checks, st.just(LABELS[:3]),
)  # fmt: skip
shown = st.builds(
    Shown,
    st.lists(st.tuples(st.sampled_from(PURPOSES), st.sampled_from(["a", "b"])), max_size=5).map(
        lambda told: {f"old{n}": pair for n, pair in enumerate(told)}
    ),
    st.sets(st.sampled_from(LABELS)), checks,
)  # fmt: skip


@given(reports, shown)
def test_whatever_is_there_showing_makes_it_so_and_a_second_time_changes_nothing(
    wanted: Report, forge: Shown
) -> None:
    by_hand = "by-hand" in forge.labels
    made = show(forge, wanted)
    assert made == len(forge.calls)
    told = [pair for pair in forge.comments.values() if pair[0] in wanted.comments]
    assert sorted(told) == sorted(wanted.comments.items())
    assert forge.labels == set(wanted.labels) | ({"by-hand"} if by_hand else set())
    assert wanted.check in (None, forge.check)
    assert show(forge, wanted) == 0
    assert len(forge.calls) == made


@given(reports, shown, st.integers(0, 8))
def test_a_crash_between_any_two_calls_is_mended_by_saying_it_again(
    wanted: Report, forge: Shown, after: int
) -> None:
    purposes = frozenset(wanted.comments)
    for call in reconcile(wanted, forge.found(1, purposes))[:after]:
        call.make(forge, 1)
    show(forge, wanted)
    assert reconcile(wanted, forge.found(1, purposes)) == []
    assert len([p for p, _ in forge.comments.values() if p in purposes]) == len(purposes)


@pytest.mark.parametrize("kind", [Write, Edit, Remove, Label, Mark])
def test_every_kind_of_call_is_one_request(kind: type[Call]) -> None:
    made = {
        Write: Write("triage", "t"), Edit: Edit("x", "t"), Remove: Remove("x"),
        Label: Label(frozenset({"skill"}), frozenset()), Mark: Mark(CHECK),
    }  # fmt: skip
    forge = Shown({"x": ("triage", "old")})
    made[kind].make(forge, 1)
    assert len(forge.calls) == 1
