"""Approved contributions go into the base branch and off the forge, whatever comes between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pygit2
import pytest
from sqlmodel import Session

from service.db.engine import Database
from service.db.tables import Contribution
from service.lines import merge
from service.lines.states import State
from tests.lines.batch_world import World
from webhooks.event import Person
from webhooks.forge import Pull
from webhooks.plain.places import PULLS


class Overtaken(Database):
    """A database in which somebody else writes first, once."""

    first: Callable[[Session], None] | None = None

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction; before the first one, what `first` does."""
        do, self.first = self.first, None
        if do is not None:
            with super().write() as session:
                do(session)
        with super().write() as session:
            yield session


@pytest.fixture
def world(tmp_path: Path) -> World:
    """One contribution that is approved and open on its forge."""
    made = World(tmp_path)
    main = made.git.references["refs/heads/main"].target
    who = pygit2.Signature("Ada", "ada@example.org", 2, 0)
    tree = made.git.TreeBuilder()
    tree.insert("a.txt", made.git.create_blob(b"a\n"), pygit2.enums.FileMode.BLOB)
    head = str(made.git.create_commit(None, who, who, "Add a\n", tree.write(), [main]))
    made.house.forge(made.repository).adopt(
        Pull(1, head, "main", "a", "A", Person("plain", "ada", "ada"), 1000.0)
    )
    with made.house.database.write() as session:
        session.add(
            Contribution(
                repository="t", number=1, topic="a", title="A", author_forge="plain", author_id="ada",
                state=State.approved, head=head, approved_head=head, opened=1.0, updated=1.0,
            )
        )  # fmt: skip
    return made


def tip(world: World) -> str:
    return str(world.git.references["refs/heads/main"].target)


def test_a_push_that_overtakes_the_merge_leaves_its_former_head_out_of_the_base_branch(world: World) -> None:
    before, other = tip(world), "f" * 40

    def push(session: Session) -> None:
        row = session.get_one(Contribution, ("t", 1))
        row.state, row.head = State.opened, other
        session.add(row)

    overtaken = Overtaken(world.house.database.url)
    overtaken.first = push
    world.house.database = overtaken
    assert merge.merge_approved(world.house, world.repository) == 0
    assert (world.member(1).state, world.member(1).merged, tip(world)) == (State.opened, None, before)


@pytest.mark.parametrize("state", [State.merged, State.batched])
def test_what_is_merged_and_still_open_after_a_crash_is_closed_by_the_next_sweep(
    world: World, state: State
) -> None:
    with world.house.database.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.state, row.merged = state, tip(world)
        session.add(row)
    forge = world.house.forge(world.repository)
    assert [pull.number for pull in forge.open_pulls()] == [1]
    assert merge.merge_approved(world.house, world.repository) == 0
    assert forge.open_pulls() == []
    papers = world.git.references[PULLS].target
    merge.merge_approved(world.house, world.repository)
    assert world.git.references[PULLS].target == papers
