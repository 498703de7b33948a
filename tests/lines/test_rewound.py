"""A base branch that was pushed by force drops nothing in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.commands import approve
from service.db.tables import Contribution
from service.lines import merge, mirrors, rewound
from service.lines.rewound import Lost, lost
from service.lines.states import State
from tests.lines.forge_world import ForgeWorld, leaf
from tests.lines.test_merge_on_forge import ONE, TWO, said
from webhooks.event import Person


def row(number: int, state: str, merged: str | None = "m") -> Contribution:
    return Contribution(
        repository="t", number=number, topic="", title="", author_forge="plain", author_id="ada", state=state,
        head=f"head-{number}", merged=merged, opened=1.0, updated=1.0,
    )  # fmt: skip


def test_what_waited_is_decided_anew_what_was_used_is_told_and_what_is_there_by_another_commit_follows() -> (
    None
):
    rows = [
        row(1, "merged"), row(2, "batched"), row(3, "released"), row(4, "held-back"), row(5, "merged"),
        row(6, "merged", "kept"), row(7, "batched", None),
    ]  # fmt: skip
    found = lost(rows, lambda commit: commit == "kept", {"head-5": "new"}.get)
    assert found == Lost(anew=(1,), told=(2, 3, 4), moved=((5, "new"),))


@pytest.fixture
def world(tmp_path: Path) -> ForgeWorld:
    """Two contributions were merged; the second is in a batch. Then somebody pushed main back by force."""
    made = ForgeWorld(tmp_path)
    start = made.main
    made.approved(1, {ONE: leaf("one", 1, 2)})
    made.approved(2, {TWO: leaf("two", 1, 2)})
    assert merge.merge_approved(made.house, made.repository) == 2
    with made.house.database.write() as session:
        member = session.get_one(Contribution, ("t", 2))
        member.state, member.batch = State.batched, 1
        session.add(member)
    made.git.references.create("refs/heads/main", start, force=True)
    made.files("refs/heads/main", {"README.md": "anew\n"}, start)
    return made


def test_a_maintainer_decides_anew_and_nothing_is_merged_by_itself(world: ForgeWorld) -> None:
    was = [world.member(n).merged for n in (1, 2)]
    mirrors.refresh(world.house, world.repository)
    one, two = world.member(1), world.member(2)
    assert (one.state, one.merged, one.approved_head) == (State.needs_human, None, None)
    assert (two.state, two.merged) == (State.batched, was[1])
    assert was[1] in world.mirror  # a model may be made with it: its commits stay
    assert "no longer holds this" in said(world, 1)
    assert "stays so" in said(world, 2)
    assert merge.merge_approved(world.house, world.repository) == 0
    (event,) = [body for kind, body in world.events() if kind == rewound.KIND]
    assert (event["anew"], event["told"], event["new"]) == ([1], [2], world.main)


def test_looking_twice_finds_it_once(world: ForgeWorld) -> None:
    old = str(world.mirror.references["refs/heads/main"].target)
    mirrors.refresh(world.house, world.repository)
    count = len(world.events())
    mirrors.refresh(world.house, world.repository)
    rewound.look(world.house, world.repository, old, world.main)
    assert len(world.events()) == count


def test_approved_again_it_is_merged_again(world: ForgeWorld) -> None:
    mirrors.refresh(world.house, world.repository)
    tom = Person("plain", "tom", "tom")
    world.forge.closed.clear()  # it was opened again
    approve.do(world.house, "t", {"number": 1}, tom)
    assert world.member(1).state == State.approved
    assert merge.merge_approved(world.house, world.repository) == 1
    assert (world.member(1).state, world.member(1).merged) == (State.merged, world.main)


def test_a_rewritten_branch_that_still_holds_the_head_changes_the_commit_alone(world: ForgeWorld) -> None:
    head = world.member(1).head
    base = world.main
    made = world.files("refs/heads/main", {ONE: leaf("one", 1, 2)}, base, head)
    mirrors.refresh(world.house, world.repository)
    assert (world.member(1).state, world.member(1).merged) == (State.merged, made)
