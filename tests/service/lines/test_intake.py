"""What the door never heard of is found by the timetable, and judged once."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from sqlmodel import select

from service import tasks
from service.db import contributions
from service.db.tables import Delivery
from service.lines import catching, triage
from tests.lines.batch_world import World
from webhooks.plain.places import head_ref


def push(world: World, desk: Path, *specs: str, person: str) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("UPWEIGHT_")}
    command = ["git", "-C", str(desk), "push", "-q", str(world.bare), *specs]
    done = subprocess.run(command, env={**env, "UPWEIGHT_PLAIN_USER": person}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def contribute(world: World, folder: Path) -> str:
    """A real push to a forge whose door does not answer."""
    desk = folder / "desk"
    subprocess.run(["git", "clone", "-q", "-b", "main", str(world.bare), str(desk)], check=True)
    (desk / "note.txt").write_text("A note\n")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", "-C", str(desk), "add", "note.txt"], check=True)
    subprocess.run(["git", "-C", str(desk), *who, "commit", "-q", "-s", "-m", "Add a note"], check=True)
    push(world, desk, "HEAD:refs/for/main", person="ada")
    return subprocess.check_output(["git", "-C", str(desk), "rev-parse", "HEAD"], text=True).strip()


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A house that serves a forge whose hooks ring where nobody listens."""
    return World(tmp_path)


def judged(world: World) -> list[str]:
    return [kind for kind, _ in world.events() if kind.startswith("contribution.")]


def test_a_push_whose_ring_is_lost_is_taken_in_by_the_next_sweep_and_judged_once(
    world: World, tmp_path: Path
) -> None:
    head = contribute(world, tmp_path)
    forge = world.house.forge(world.repository)
    assert [d.event for d in forge.spooled()] == ["pushed"]
    tasks.tick(world.house)
    with world.house.database.read() as session:
        assert contributions.must(session, "t", 1).head == head
        assert [(d.event, d.state) for d in session.exec(select(Delivery))] == [("pushed", "done")]
    assert forge.spooled() == []
    tasks.tick(world.house)
    tasks.catch_up(world.house)
    assert judged(world) == ["contribution.pushed", "contribution.judged"]
    world.house.judge.close()


def test_a_branch_that_moved_unheard_does_not_wait_in_the_spool(world: World, tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    subprocess.run(["git", "clone", "-q", "-b", "main", str(world.bare), str(desk)], check=True)
    world.git.config["upweight.maintainers"] = "ada"
    push(world, desk, "HEAD:refs/heads/other", person="ada")
    forge = world.house.forge(world.repository)
    assert [d.event for d in forge.spooled()] == ["branch-moved"]
    tasks.tick(world.house)
    assert forge.spooled() == []
    with world.house.database.read() as session:
        assert [(d.event, d.state) for d in session.exec(select(Delivery))] == [("branch-moved", "done")]


def test_a_head_that_nobody_told_of_is_caught_up_once_and_then_refs_that_stand_still_are_not_compared(
    world: World, tmp_path: Path
) -> None:
    head = contribute(world, tmp_path)
    for file in (world.bare / "upweight" / "spool").iterdir():
        file.unlink()  # not even the spool knows
    assert catching.catch_up(world.house, world.repository) == 1
    assert judged(world) == ["contribution.pushed", "contribution.judged"]
    assert world.house.compared["t"]["1"] == head
    with world.house.database.write() as session:  # would be found, if anybody compared
        row = contributions.must(session, "t", 1)
        row.head = "0" * 40
        session.add(row)
    assert catching.catch_up(world.house, world.repository) == 0
    world.git.references.create(head_ref(2), world.git.references["refs/heads/main"].target)
    assert catching.catch_up(world.house, world.repository) == 1
    world.house.judge.close()


def test_a_new_revision_brings_its_title_and_a_late_delivery_does_not(world: World, tmp_path: Path) -> None:
    contribute(world, tmp_path)
    tasks.tick(world.house)
    late = world.house.forge(world.repository).pushed(world.house.forge(world.repository).open_pulls()[0])
    desk = tmp_path / "desk"
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    amend = ("commit", "-q", "--amend", "-s", "-m", "Add a note on bells")
    subprocess.run(["git", "-C", str(desk), *who, *amend], check=True)
    push(world, desk, "-o", "topic=add-a-note", "HEAD:refs/for/main", person="ada")
    tasks.tick(world.house)

    def title() -> str:
        with world.house.database.read() as session:
            return contributions.must(session, "t", 1).title

    assert title() == "Add a note on bells"
    triage.seen(world.house, world.repository, late)
    assert title() == "Add a note on bells"
    world.house.judge.close()
