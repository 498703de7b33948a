"""Merging after the measurement: a batch is merged on a ref of its own, and the base branch follows when it passed."""

from __future__ import annotations

import json
from pathlib import Path

import pygit2
import pytest

from service.commands import readmit
from service.db.tables import Batch, Contribution
from service.lines import batch, jobs, landing, merge, mirrors, release, standstill, triage
from service.lines.states import Stage, State
from tests.lines.forge_world import ADA, ForgeWorld, Proposals, leaf
from tests.lines.test_merge_on_forge import ONE, TWO, said
from webhooks.event import Person, Pushed
from webhooks.forge import Moved

AFTER = '[merge]\nwhen = "after"\n[batch]\nat_least = 2\n'
BATCH = "refs/upweight/batch/1"


@pytest.fixture(params=[Proposals, ForgeWorld])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Proposals:
    """Two contributions are approved; on a bare repository of ours, and on a forge that merges."""
    made: Proposals = request.param(tmp_path, AFTER)
    made.approved(1, {ONE: leaf("one", 1, 2, 3, 4, 5)})
    made.approved(2, {TWO: leaf("two", 1, 2, 3, 4, 5)})
    return made


def go(world: Proposals) -> None:
    """A tick, as far as it merges."""
    world.house.later.clear()
    merge.merge_approved(world.house, world.repository)
    batch.form(world.house, world.repository)
    landing.land(world.house, world.repository)


def decided(world: Proposals, state: Stage, *held: int) -> None:
    """The batch ends so, without these."""
    with world.house.database.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.state, row.held = state, list(held)
        session.add(row)
        for number in held:
            member = session.get_one(Contribution, ("t", number))
            member.state = State.held_back
            member.held = {"batch": 1, "leaf": "knowledge/one", "change": -0.2, "low": -0.3, "high": -0.1}
            session.add(member)


def ours(world: Proposals) -> pygit2.Repository:
    return world.house.git(world.repository)


def holds(world: Proposals, ref: str, path: str) -> bool:
    return path in ours(world).references[ref].peel(pygit2.Tree)


def test_nothing_is_merged_before_its_batch_has_passed_and_then_all_of_it_is(world: Proposals) -> None:
    start = world.main
    go(world)
    assert world.main == start
    assert [world.member(n).state for n in (1, 2)] == [State.batched, State.batched]
    assert [world.member(n).merged for n in (1, 2)] == [None, None]
    assert holds(world, BATCH, ONE)
    assert holds(world, BATCH, TWO)
    assert "merged as" not in said(world, 1)
    decided(world, Stage.passed)
    assert release.plan(world.house, world.repository) is None  # the base branch has not got it yet
    go(world)
    tip = str(ours(world).references[BATCH].target)
    assert world.main == tip
    if isinstance(world, ForgeWorld):
        assert not [name for name in world.git.references if name.startswith("refs/upweight/")]
    assert (world.member(2).state, world.member(2).merged) == (State.batched, tip)
    assert "merged as" in said(world, 1)
    merged = [body["batch"] for kind, body in world.events() if kind == "contribution.merged"]
    assert merged == [1, 1]
    assert release.plan(world.house, world.repository) is not None
    count = len(world.events())
    go(world)
    assert (world.main, len(world.events())) == (tip, count)


def test_the_batch_is_made_from_what_its_ref_holds(world: Proposals) -> None:
    go(world)
    spec = world.batch().spec
    tip = str(ours(world).references[BATCH].target)
    assert (spec["ref"], spec["taxonomy"], spec["base"]) == (BATCH, tip, world.main)
    assert spec["leaves"] == {"1": ["knowledge/one"], "2": ["knowledge/two"]}
    file = jobs.folder(world.house, "t", 1) / "leaves.jsonl"
    told = [json.loads(line) for line in file.read_text().splitlines()]
    assert [leaf["path"] for leaf in told] == ["knowledge/one", "knowledge/two"]
    assert all(0 < len(leaf["seeds"]) <= 5 for leaf in told)


def test_who_is_readmitted_before_its_batch_is_decided_waits_unmerged_for_the_next_one(
    world: Proposals,
) -> None:
    go(world)
    decided(world, Stage.searching, 1)
    world.house.asked["t"] = world.house.compared["t"] = "lately"  # type: ignore[assignment]
    readmit.do(world.house, "t", {"number": 1}, Person("plain", "mo", "mo"))
    assert not {**world.house.asked, **world.house.compared}, (
        "what was pushed meanwhile is looked for at once"
    )
    one = world.member(1)
    assert (one.state, one.merged, one.batch, one.approved_head) == (State.approved, None, None, one.head)
    with pytest.raises(ValueError, match="approved"):
        readmit.do(world.house, "t", {"number": 1}, Person("plain", "mo", "mo"))
    with world.house.database.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.state = Stage.passed
        session.add(row)
    go(world)
    assert [world.member(n).state for n in (1, 2)] == [State.approved, State.batched]
    assert not holds(world, "refs/heads/main", ONE)


def test_whoever_the_gate_holds_back_never_gets_in_and_is_asked_to_mend_it(world: Proposals) -> None:
    go(world)
    decided(world, Stage.passed, 1)
    world.house.asked["t"] = world.house.compared["t"] = "lately"  # type: ignore[assignment]
    go(world)
    assert not {**world.house.asked, **world.house.compared}, (
        "what its author pushed meanwhile is looked for at once"
    )
    one, two = world.member(1), world.member(2)
    assert (two.state, two.merged) == (State.batched, world.main)
    assert not holds(world, "refs/heads/main", ONE)
    assert holds(world, "refs/heads/main", TWO)
    assert (one.state, one.merged, one.batch, one.approved_head) == (
        State.changes_requested,
        None,
        None,
        None,
    )
    assert "not merged" in said(world, 1)
    assert landing.REBUILT in [kind for kind, _ in world.events()]
    new = world.files("refs/pull/1/head", {ONE: leaf("one", 6, 7, 8, 9, 10)}, world.main)
    mirrors.refresh(world.house, world.repository, [1])
    triage.seen(world.house, world.repository, Pushed("plain", "t", 1, new, "main", "1", ADA, "one"))
    assert world.member(1).state == State.needs_review


def test_a_base_branch_that_moved_has_the_ref_built_anew_and_the_record_says_so(world: Proposals) -> None:
    go(world)
    before = str(ours(world).references[BATCH].target)
    moved = world.files("refs/heads/main", {"README.md": "more\n"}, world.main)
    mirrors.refresh(world.house, world.repository)
    go(world)  # while it is at work
    tip = ours(world).references[BATCH].target
    assert str(tip) != before
    assert ours(world).descendant_of(tip, pygit2.Oid(hex=moved))
    (told,) = [body for kind, body in world.events() if kind == "batch.rebuilt"]
    assert (told["base"], told["tip"]) == (moved, str(tip))
    decided(world, Stage.passed)
    go(world)
    assert world.main == str(tip)
    assert holds(world, "refs/heads/main", "README.md")


def test_a_batch_that_no_longer_fits_is_given_up_and_nothing_of_it_gets_in(world: Proposals) -> None:
    go(world)
    decided(world, Stage.passed)
    clash = world.files(
        "refs/heads/main", {ONE: leaf("one", 1, 2, 3).replace("It is one 2", "No")}, world.main
    )
    go(world)
    assert world.main == clash
    assert world.batch().state == Stage.abandoned
    assert (world.member(1).state, world.member(2).state) == (State.conflicted, State.approved)
    assert world.member(2).batch is None


def test_two_who_do_not_fit_together_are_told_when_the_batch_is_formed(world: Proposals) -> None:
    world.approved(3, {ONE: leaf("one", 1, 2, 3, 4, 5).replace("It is one 2", "No")})
    go(world)
    assert world.batch().members == [1, 2]
    assert world.member(3).state == State.conflicted


def test_given_up_its_members_wait_approved_for_the_next_batch(world: Proposals) -> None:
    go(world)
    decided(world, Stage.failed)
    standstill.give_up(world.house, "t", 1, "plain/tom", "the machine broke")
    assert [world.member(n).state for n in (1, 2)] == [State.approved, State.approved]
    go(world)
    assert world.batch(2).members == [1, 2]


def test_an_answer_that_was_lost_when_the_branch_moved_is_found(tmp_path: Path) -> None:
    world = ForgeWorld(tmp_path, AFTER)
    world.approved(1, {ONE: leaf("one", 1, 2, 3, 4, 5)})
    world.approved(2, {TWO: leaf("two", 1, 2, 3, 4, 5)})
    go(world)
    decided(world, Stage.passed)
    world.forge.lost = [OSError("the line went dead")]
    go(world)
    assert world.member(1).merged is None
    go(world)
    assert world.member(2).merged == world.main
    assert world.forge.calls == [("advance", "main")]


def test_a_protected_branch_is_told_once_and_the_batch_waits(tmp_path: Path) -> None:
    world = ForgeWorld(tmp_path, AFTER)
    world.approved(1, {ONE: leaf("one", 1, 2, 3, 4, 5)})
    world.approved(2, {TWO: leaf("two", 1, 2, 3, 4, 5)})
    go(world)
    decided(world, Stage.passed)
    world.forge.protected = True
    go(world)
    go(world)
    assert [kind for kind, _ in world.events()].count(landing.REFUSED) == 1
    assert "can't move the base branch" in said(world, 1)
    world.forge.protected = False
    go(world)
    assert world.member(1).merged is not None


def test_a_branch_that_moves_while_it_is_asked_for_is_tried_again(tmp_path: Path) -> None:
    world = ForgeWorld(tmp_path, AFTER)
    world.approved(1, {ONE: leaf("one", 1, 2, 3, 4, 5)})
    world.approved(2, {TWO: leaf("two", 1, 2, 3, 4, 5)})
    go(world)
    decided(world, Stage.passed)
    world.forge.wrong = [Moved("main moved")]
    go(world)
    assert world.member(1).merged is None
    go(world)
    assert world.member(1).merged is not None
