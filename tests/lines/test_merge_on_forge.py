"""A forge merges what is approved, and whatever comes between, each is merged once and nobody is left untold."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pygit2
import pytest

from service.db.tables import Wanted
from service.lines import catching, heard, merge, merge_on_forge
from service.lines.states import State
from tests.lines.batch_world import World
from tests.lines.forge_world import Abroad, Forge, ForgeWorld, leaf
from webhooks.event import Closed, Person
from webhooks.forge import Busy, Denied

ONE, TWO = "knowledge/one/qna.yaml", "knowledge/two/qna.yaml"


@pytest.fixture
def world(tmp_path: Path) -> ForgeWorld:
    return ForgeWorld(tmp_path)


def said(world: World, number: int) -> str:
    with world.house.database.read() as session:
        row = session.get(Wanted, ("t", number))
        return "\n".join(row.report["comments"].values()) if row else ""


def go(world: ForgeWorld, later: bool = False) -> int:
    if later:
        world.house.later.clear()
    return merge.merge_approved(world.house, world.repository)


def kinds(world: ForgeWorld) -> list[str]:
    return [kind for kind, _ in world.events() if kind != "contribution.judged"]


def test_what_is_approved_is_merged_by_the_forge_at_its_head_and_the_mirror_has_it(world: ForgeWorld) -> None:
    head = world.approved(1, {ONE: leaf("one", 1, 2)})
    assert go(world) == 1
    member = world.member(1)
    assert (member.state, member.merged) == (State.merged, world.main)
    commit = world.mirror[world.main].peel(pygit2.Commit)
    assert [str(parent) for parent in commit.parent_ids][1] == head
    assert "Contribution: 1\n" in commit.message
    assert (go(world), world.forge.calls) == (0, [("merge", 1)])
    assert kinds(world) == ["contribution.merged"]


def test_a_squash_is_as_good_as_a_merge(world: ForgeWorld) -> None:
    world.forge.squash = True
    world.approved(1, {ONE: leaf("one", 1, 2)})
    assert go(world) == 1
    assert (world.member(1).state, world.member(1).merged) == (State.merged, world.main)


@pytest.mark.parametrize("squash", [False, True])
def test_a_merge_whose_answer_was_lost_is_found_and_not_done_twice(world: ForgeWorld, squash: bool) -> None:
    world.forge.squash = squash
    world.approved(1, {ONE: leaf("one", 1, 2)})
    world.forge.lost = [OSError("the line went dead")]
    assert go(world) == 0
    assert world.member(1).state == State.approved
    assert go(world) == 0  # it waits a little
    merged = world.main
    world.files("refs/heads/main", {"README.md": "more\n"}, merged)
    assert go(world, later=True) == 1
    assert (world.member(1).state, world.member(1).merged) == (State.merged, merged)
    assert world.forge.calls == [("merge", 1)]


def test_a_busy_forge_is_asked_again_when_it_said(world: ForgeWorld) -> None:
    world.approved(1, {ONE: leaf("one", 1, 2)})
    world.forge.wrong = [Busy("slow down", 3600.0)]
    assert (go(world), go(world)) == (0, 0)
    assert world.forge.calls == [("merge", 1)]
    assert go(world, later=True) == 1


def test_a_refusal_is_told_once_and_asked_for_again_later(world: ForgeWorld) -> None:
    world.approved(1, {ONE: leaf("one", 1, 2)})
    world.forge.wrong = [Denied("a review of @owners is required"), Denied("a review of @owners is required")]
    assert (go(world), go(world)) == (0, 0)
    assert (world.member(1).state, kinds(world)) == (State.approved, [merge_on_forge.REFUSED])
    assert "does not let me merge it" in said(world, 1)
    assert "@owners" not in said(world, 1)  # nobody is called by a reason
    assert go(world, later=True) == 0
    assert kinds(world) == [merge_on_forge.REFUSED]
    assert go(world, later=True) == 1
    assert world.member(1).state == State.merged


def test_a_head_that_nobody_told_of_is_judged_and_not_merged(world: ForgeWorld) -> None:
    world.approved(1, {ONE: leaf("one", 1, 2)})
    new = world.files("refs/pull/1/head", {ONE: leaf("one", 1, 2, 3)}, world.main)
    assert go(world) == 0
    member = world.member(1)
    assert (member.state, member.head) == (State.needs_review, new)
    assert world.forge.calls == []


def test_a_push_that_comes_while_it_is_asked_for_is_judged_anew(world: ForgeWorld) -> None:
    world.approved(1, {ONE: leaf("one", 1, 2)})
    real, new = world.forge.pull, []

    def pushes_first(number: int, head: str, message: str) -> str:
        if not new:
            new.append(world.files("refs/pull/1/head", {ONE: leaf("one", 1, 9)}, world.main))
        return type(world.forge).merge(world.forge, number, head, message)

    world.forge.merge = pushes_first  # type: ignore[method-assign]
    assert go(world) == 0
    assert real(1) is not None
    assert (world.member(1).state, world.member(1).head) == (State.needs_review, new[0])


def two_who_append(world: ForgeWorld) -> None:
    start = world.files("refs/heads/main", {ONE: leaf("one", 1, 2, 3)}, world.main)
    world.approved(1, {ONE: leaf("one", 1, 2, 3, 4)}, start)
    world.approved(2, {ONE: leaf("one", 1, 2, 3, 5)}, start)


def test_two_who_append_to_one_leaf_are_joined_here_and_put_in_place_by_moving_the_branch(
    world: ForgeWorld,
) -> None:
    two_who_append(world)
    assert go(world) == 2
    assert world.forge.calls == [("merge", 1), ("advance", "main")]
    assert (world.member(2).state, world.member(2).merged) == (State.merged, world.main)
    text = world.git[world.main].peel(pygit2.Tree)[ONE].data.decode()  # type: ignore[union-attr]
    assert "number 4" in text
    assert "number 5" in text
    for git in (world.git, world.mirror):
        assert not [name for name in git.references if name.startswith(merge_on_forge.PASSING)]


def test_without_the_right_to_move_the_branch_it_is_told_as_a_conflict(world: ForgeWorld) -> None:
    two_who_append(world)
    world.forge.protected = True
    go(world)
    assert (world.member(1).state, world.member(2).state) == (State.merged, State.conflicted)
    assert "does not let me put it there" in said(world, 2)
    assert not [name for name in world.git.references if name.startswith(merge_on_forge.PASSING)]


def test_a_moved_branch_whose_answer_was_lost_is_found(world: ForgeWorld) -> None:
    two_who_append(world)
    assert merge_on_forge.ready(world.house, world.repository, world.forge, [1, 2]) == [1, 2]
    assert merge_on_forge.merge(world.house, world.repository, world.forge, 1)
    world.forge.lost = [OSError("the line went dead")]
    assert not merge_on_forge.merge(world.house, world.repository, world.forge, 2)
    moved = world.main
    assert go(world, later=True) == 1
    assert (world.member(2).state, world.member(2).merged) == (State.merged, moved)
    assert world.forge.calls == [("merge", 1), ("advance", "main")]


def test_what_does_not_fit_is_a_conflict_and_the_forge_is_not_asked(world: ForgeWorld) -> None:
    start = world.files("refs/heads/main", {ONE: leaf("one", 1, 2, 3)}, world.main)
    world.approved(1, {ONE: leaf("one", 1, 2, 3).replace("It is one 2", "It is two")}, start)
    world.files("refs/heads/main", {ONE: leaf("one", 1, 2, 3).replace("It is one 2", "It is three")}, start)
    go(world)
    assert (world.member(1).state, world.forge.calls) == (State.conflicted, [])
    assert "no longer fits" in said(world, 1)


def test_a_forge_that_cannot_be_reached_keeps_everything_waiting(world: ForgeWorld) -> None:
    world.approved(1, {ONE: leaf("one", 1, 2)})
    away = world.bare.rename(world.bare.with_name("away.git"))
    assert go(world) == 0
    assert world.member(1).state == State.approved
    away.rename(world.bare)
    assert go(world, later=True) == 1


def test_what_a_person_merged_by_hand_is_merged_wherever_it_stood(world: ForgeWorld) -> None:
    head = world.approved(1, {ONE: leaf("one", 1, 2)})
    with world.house.database.write() as session:
        row = session.merge(world.member(1))
        row.state, row.approved_head = State.needs_review, None
    commit = world.forge.merge(1, head, "By hand\n")
    for _ in range(2):  # a delivery comes twice
        heard.act(world.house, world.repository, Closed("plain", "t", 1, Person("plain", "tom"), commit))
    assert (world.member(1).state, world.member(1).merged) == (State.merged, commit)
    assert world.events()[-1] == ("contribution.merged", {"commit": commit, "by": "plain/tom"})


@pytest.mark.parametrize("commit", ["f" * 40, "no commit"])
def test_what_was_merged_elsewhere_is_closed(world: ForgeWorld, commit: str) -> None:
    world.approved(1, {ONE: leaf("one", 1, 2)})
    world.forge.closed.add(1)
    heard.act(world.house, world.repository, Closed("plain", "t", 1, Person("plain", "tom"), commit))
    assert (world.member(1).state, world.member(1).merged) == (State.closed, None)


def test_a_draft_waits_however_approved_it_is(world: ForgeWorld) -> None:
    world.approved(1, {ONE: leaf("one", 1, 2)})
    with world.house.database.write() as session:
        session.merge(world.member(1)).draft = True
    assert (go(world), world.forge.calls) == (0, [])


def test_a_policy_that_cannot_be_read_merges_nobody(world: ForgeWorld) -> None:
    world.files("refs/heads/main", {".upweight/policy.toml": "[merge]\nwhen = 'never'\n"}, world.main)
    world.approved(1, {ONE: leaf("one", 1, 2)})
    merge_on_forge.ready(world.house, world.repository, world.forge, [1])
    assert (go(world), world.member(1).state, world.forge.calls) == (0, State.approved, [])


def test_what_is_for_another_branch_by_now_is_not_merged_there(world: ForgeWorld) -> None:
    world.approved(1, {ONE: leaf("one", 1, 2)})
    world.forge.base = "drafts"
    go(world)
    assert (world.member(1).state, world.forge.calls) == (State.closed, [])


def test_a_merge_by_hand_that_nobody_told_is_caught_up_with(world: ForgeWorld) -> None:
    for number, name in ((1, "one"), (2, "two")):
        world.approved(number, {f"knowledge/{name}/qna.yaml": leaf(name, 1, 2)})
        with world.house.database.write() as session:
            session.merge(world.member(number)).state = State.needs_review
    merge_on_forge.ready(world.house, world.repository, world.forge, [1, 2])
    world.forge.merge(1, world.member(1).head, "By hand\n")
    world.forge.closed.add(2)
    world.house.asked.clear()
    assert catching.catch_up(world.house, world.repository) == 2
    assert [world.member(number).state for number in (1, 2)] == [State.merged, State.closed]
    assert world.member(1).merged == world.main


@dataclass
class Telling(Forge):
    """A forge that says by which commit it merged, however its hook tells of it."""

    told: dict[int, str] = field(default_factory=dict)

    def merged(self, number: int) -> str | None:
        return self.told.get(number)


def squashed(world: ForgeWorld, *numbers: int) -> Telling:
    """People squash these by the forge's own page, so that none of their commits is in the branch."""
    forge = Telling(world.bare, squash=True)
    world.forge = forge
    world.house = Abroad(world.house.settings, world.house.database, judge=world.house.judge, abroad=forge)
    forge.told = {number: forge.merge(number, world.member(number).head, "By hand\n") for number in numbers}
    return forge


def waiting(world: ForgeWorld, *numbers: int) -> None:
    """These are open, and nobody approved them."""
    for number in numbers:
        world.approved(number, {f"knowledge/{number}/qna.yaml": leaf(str(number), 1, 2)})
        with world.house.database.write() as session:
            session.merge(world.member(number)).state = State.needs_review
    merge_on_forge.ready(world.house, world.repository, world.forge, list(numbers))


def test_a_squash_by_hand_whose_commit_no_delivery_tells_is_merged(world: ForgeWorld) -> None:
    waiting(world, 1)
    head, told = world.member(1).head, squashed(world, 1).told
    for _ in range(2):
        heard.act(world.house, world.repository, Closed("plain", "t", 1, Person("plain", "tom"), head))
    assert (world.member(1).state, world.member(1).merged) == (State.merged, told[1])
    assert world.events()[-1] == ("contribution.merged", {"commit": told[1], "by": "plain/tom"})


def test_a_squash_by_hand_that_nobody_told_is_caught_up_with(world: ForgeWorld) -> None:
    waiting(world, 1, 2, 3)
    told = squashed(world, 1, 2).told
    world.forge.closed.add(3)
    world.house.asked.clear()
    assert catching.catch_up(world.house, world.repository) == 3
    assert [world.member(number).merged for number in (1, 2, 3)] == [told[1], told[2], None]
    assert world.member(3).state == State.closed


def test_what_a_forge_calls_merged_and_the_branch_does_not_hold_is_closed(world: ForgeWorld) -> None:
    waiting(world, 1)
    squashed(world).told = {1: world.member(1).head}
    world.forge.closed.add(1)
    world.house.asked.clear()
    assert catching.catch_up(world.house, world.repository) == 1
    assert world.member(1).state == State.closed
