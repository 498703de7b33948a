"""A release stands on what its batch was made from, whatever moves meanwhile and whoever overrides what."""

from __future__ import annotations

import json
from pathlib import Path

import pygit2
import pytest

from service import tasks
from service.db import batches
from service.db.tables import Batch
from service.lines import batch, release, standstill
from tests.lines.batch_world import World

POLICY = "[batch]\nat_least = 1\n"
GATE = {"look": 1, "decision": "passed", "reasons": [], "result": {"leaves": []}}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository that batches each contribution on its own."""
    return World(tmp_path, POLICY)


def formed(world: World, number: int) -> int:
    """A batch of one contribution, which is not in work yet."""
    world.merged(number, f"knowledge/n{number}")
    made = batch.form(world.house, world.repository)
    assert made is not None
    assert made.members == [number]
    return made.id


def settle(world: World, number: int, state: str, held: tuple[int, ...] = ()) -> None:
    with world.house.database.write() as session:
        row = session.get_one(Batch, ("t", number))
        row.state, row.gates, row.held = state, [{**GATE, "members": row.members}], list(held)
        session.add(row)


def built(world: World) -> None:
    """The release of the only batch is built: its trainings are done, both models were asked."""
    number = formed(world, 1)
    world.generated(number)
    for run in world.runs("queued"):
        world.end(run, adapter="adapter", weights=None)
    settle(world, number, "passed")
    assert release.plan(world.house, world.repository) is not None
    release.advance(world.house, world.repository)
    world.end(world.runs("queued")[0], root="c0ffee")
    release.advance(world.house, world.repository)
    for run in world.runs("queued"):
        questions = json.loads((Path(run.directory) / "job.json").read_text())["questions"]
        world.end(run, answers=["x"] * len(questions))
    release.advance(world.house, world.repository)
    assert world.git.references.get("refs/tags/model-v1") is None


def killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_release_is_tagged_on_what_its_batch_was_made_from_though_a_kill_and_a_merge_come_between(
    world: World,
) -> None:
    built(world)
    from_ = world.batch().spec["taxonomy"]
    assert world.git[from_].peel(pygit2.Commit).message == "Add n1\n"
    world.merged(2, "knowledge/later")  # merged while the batch was in training
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "_published", killed)
        with pytest.raises(KeyboardInterrupt):
            release.advance(world.house, world.repository)
    tag = world.git.references["refs/tags/model-v1"].target
    world.merged(3, "knowledge/latest")
    release.advance(world.house, world.repository)
    assert world.batch().state == "released"
    assert world.git.references["refs/tags/model-v1"].target == tag
    assert str(world.git[tag].peel(pygit2.Commit).id) == from_
    manifest = json.loads((world.house.home / "releases" / "t" / "v1" / "release.json").read_text())
    assert manifest["taxonomy"] == from_


def test_an_older_batch_is_not_let_pass_once_a_newer_release_is_there(world: World) -> None:
    older = formed(world, 1)
    settle(world, older, "failed")
    world.released("v1", [])
    with pytest.raises(ValueError, match="compared with the base model, and v1 is newer"):
        standstill.override(world.house, "t", older, "plain/ada", "It is fine.")
    assert world.batch(older).state == "failed"
    settle(world, older, "passed")
    with pytest.raises(ValueError, match="v1 is newer"):
        release.plan(world.house, world.repository)


def test_an_older_batch_is_not_let_pass_while_a_newer_one_may_become_a_release(world: World) -> None:
    older = formed(world, 1)
    settle(world, older, "failed")
    newer = formed(world, 2)
    with pytest.raises(ValueError, match=f"Batch {newer} is under way"):
        standstill.override(world.house, "t", older, "plain/ada", "It is fine.")
    settle(world, newer, "failed")
    standstill.override(world.house, "t", older, "plain/ada", "It is fine.")
    with pytest.raises(ValueError, match=f"Batch {older} is under way"):
        standstill.override(world.house, "t", newer, "plain/ada", "This one too.")


def test_a_batch_in_which_nobody_is_left_is_not_let_pass(world: World) -> None:
    number = formed(world, 1)
    settle(world, number, "failed", held=(1,))
    with pytest.raises(ValueError, match="Nobody is left"):
        standstill.override(world.house, "t", number, "plain/ada", "It is fine.")
    with world.house.database.read() as session:
        assert batches.at_work(session, "t") == []
    tasks.tick(world.house)
    assert world.batch(number).state == "failed"
