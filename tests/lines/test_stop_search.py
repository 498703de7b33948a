"""A person may end a culprit search, and take it up again by a word about a member."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.db.tables import Batch
from service.lines import batch
from service.lines.case import Case, Ends, Needs, Wish
from service.lines.obey import Answer, obey
from service.lines.standstill import SEARCH
from tests.lines.batch_world import World
from webhooks.event import Person

UNRESOLVED = {"leaf": "knowledge/bells", "verdict": "unresolved", "blamed": [], "steps": [], "posterior": {}}
ASKED = (Wish("train", "control", (), 7, "search"), Wish("train", "search", (1,), 8, "search"))


def plan(case: Case, *_: Any) -> Needs | Ends:
    """Two runs of a search are wanted until it is stopped."""
    if case.stopped:
        return Ends("inconclusive", (1, 2), (), (), UNRESOLVED)
    return Needs("searching", ASKED, search={**UNRESOLVED, "verdict": "go on"})


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Two contributions in a batch that is searched; a control and a subset are queued."""
    made = World(tmp_path, "[batch]\nat_least = 2\n")
    made.merged(1, "knowledge/one")
    made.merged(2, "knowledge/two")
    assert batch.form(made.house, made.repository) is not None
    made.generated()
    for run in made.runs("queued"):
        made.end(run, scores={})
    monkeypatch.setattr(batch, "step", plan)
    made.advance()
    assert made.batch().state == "searching"
    return made


def say(world: World, name: str, who: str | None = None, **asked: object) -> Answer:
    person = who or world.owner
    return obey(world.house, "t", name, {"batch": 1, **asked}, Person("plain", person, person))


def searching(world: World) -> list[str]:
    return [run.state for run in world.runs() if run.purpose in ("control", "search")]


def test_a_stopped_search_leaves_the_batch_to_a_person_and_holds_nobody_back(world: World) -> None:
    answer = say(world, "stop-search")
    assert (answer.ok, answer.sentence) == (True, "The search of batch 1 is stopped; 2 runs are cancelled.")
    assert searching(world) == ["cancelled", "cancelled"]
    world.advance()
    row = world.batch()
    assert (row.state, row.held) == ("inconclusive", [])
    assert [world.member(n).state for n in (1, 2)] == ["batched", "batched"]
    (told,) = [body for kind, body in world.events() if kind == "batch.search-stopped"]
    assert (told["batch"], told["by"]) == (1, f"plain/{world.owner}")


def test_a_run_of_a_search_that_is_cancelled_by_itself_still_stalls_the_batch(world: World) -> None:
    assert say(world, "cancel", run=world.runs("queued")[0].id).ok
    world.advance()
    assert world.batch().state == "stalled"


def test_a_training_that_broke_stalls_the_batch_whatever_was_said_of_its_search(world: World) -> None:
    assert say(world, "stop-search").ok
    candidate = next(run for run in world.runs() if run.purpose == "candidate")
    world.end(candidate, "failed")
    world.advance()
    assert world.batch().state == "stalled"


def test_a_word_about_a_member_takes_the_search_up_again_where_it_was(world: World) -> None:
    say(world, "stop-search")
    world.advance()
    assert say(world, "acquit", number=1).ok
    assert (world.batch().state, world.batch().said) == ("searching", {"1": "acquit"})
    world.advance()
    assert searching(world) == ["queued", "queued"]


def test_only_a_search_that_goes_on_can_be_stopped_and_only_by_a_maintainer(world: World) -> None:
    assert not say(world, "stop-search", who="stranger").ok
    assert searching(world) == ["queued", "queued"]
    with world.house.database.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.state = "training"
        session.add(row)
    answer = say(world, "stop-search")
    assert (answer.ok, answer.sentence) == (False, "Batch 1 is training: no culprit search goes on.")
    assert SEARCH not in world.batch().said
