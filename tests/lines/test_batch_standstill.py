"""A batch that stands still has ways on: retry what broke, or give it up; then the next batch forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.db import leases
from service.db.tables import Batch, Wanted
from service.lines import batch, release
from service.lines.obey import Answer, known, obey
from service.lines.states import OPEN, TURNS, NoSuchMove, Stage, Turn, batch_diagram, turned
from tests.lines.batch_world import World
from webhooks.event import Person
from webhooks.forge import Right


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two contributions in a batch that is in training."""
    made = World(tmp_path, "[batch]\nat_least = 2\n")
    made.merged(1, "knowledge/one")
    made.merged(2, "knowledge/two")
    assert batch.form(made.house, made.repository) is not None
    made.generated()
    assert made.batch().state == "training"
    return made


def say(world: World, name: str, who: str | None = None, **asked: object) -> Answer:
    person = who or world.owner
    return obey(world.house, "t", name, {"batch": 1, **asked}, Person("plain", person, person))


def stalled(world: World) -> None:
    """One training is done, one fails, one is cancelled; the batch stalls."""
    done, failed, cancelled = world.runs("queued")
    world.end(done, scores={})
    world.end(failed, "failed")
    world.end(cancelled, "cancelled")
    world.advance()
    assert world.batch().state == "stalled"


def settle(world: World, state: str) -> None:
    with world.house.database.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.state = state
        session.add(row)


def test_a_retry_queues_again_what_broke_and_nothing_that_is_done(world: World) -> None:
    stalled(world)
    before = {run.id: (run.state, run.key, run.fence) for run in world.runs()}
    answer = say(world, "retry")
    assert (answer.ok, answer.sentence) == (True, "Batch 1 goes on: 2 runs are queued again.")
    for run in world.runs():
        state, key, fence = before[run.id]
        assert run.key == key
        assert (run.state, run.fence) == (("done", fence) if state == "done" else ("queued", fence + 1))
    world.advance()
    assert world.batch().state == "training"
    assert len(world.runs()) == len(before), "the plan asked for a run that is there"
    assert world.events()[-2][0] == "batch.retried"


def test_a_retried_run_is_done_by_todays_settings_and_its_job_is_written_once(world: World) -> None:
    """Whoever mends a setting that broke a run, and tries again, gets what they mended."""
    stalled(world)
    world.house.settings = world.house.settings.model_copy(update={"cache": Path("/mended")})
    assert say(world, "retry").ok
    world.advance()
    files = [Path(run.directory) / "job.json" for run in world.runs("queued")]
    assert {json.loads(file.read_text())["cache"] for file in files} == {"/mended"}
    world.advance()
    for file in files:
        file.unlink()
    world.advance()
    assert not any(file.exists() for file in files), "nothing ended since"
    world.house.waiting.clear()  # another process looks
    world.advance()
    assert all(file.exists() for file in files)


def test_an_old_workers_word_on_a_retried_run_counts_for_nothing(world: World) -> None:
    with world.house.database.write() as session:
        run = leases.claim(session, "old", 1.0, 30.0, 1)
        assert run is not None
        session.expunge(run)
    world.end(run, "failed")
    world.advance()
    assert say(world, "retry").ok
    with world.house.database.write() as session:
        assert not leases.finish(session, run.id or 0, run.fence, "done")


@pytest.mark.parametrize("state", ["inconclusive", "failed", "training", "released", "passed", "abandoned"])
def test_what_the_gate_decided_is_not_measured_again_until_it_passes(world: World, state: str) -> None:
    settle(world, state)
    answer = say(world, "retry")
    assert not answer.ok
    assert "needs it to be stalled" in answer.sentence


def test_a_release_that_could_not_be_built_is_tried_again(world: World) -> None:
    broken = world.runs("queued")[0]
    world.end(broken, "failed")
    settle(world, "passed")
    assert say(world, "retry").ok
    assert world.batch().state == "passed"
    assert broken.id in [run.id for run in world.runs("queued")]


@pytest.mark.parametrize("state", ["stalled", "inconclusive", "failed", "passed"])
def test_a_batch_that_is_given_up_gives_its_members_back_and_the_next_one_forms(
    world: World, state: str
) -> None:
    settle(world, state)
    assert say(world, "give-up", reason="The disk was full.").ok
    assert world.batch().state == "abandoned"
    assert [(m.state, m.batch) for m in map(world.member, (1, 2))] == [("merged", None)] * 2
    assert not world.runs("queued"), "what is left of it is cancelled"
    told = [body for kind, body in world.events() if kind == "batch.given-up"]
    assert told == [
        {"batch": 1, "by": f"plain/{world.owner}", "reason": "The disk was full.", "back": [1, 2], "held": []}
    ]
    made = batch.form(world.house, world.repository)
    assert made is not None
    assert (made.id, made.members) == (2, [1, 2])


def test_a_batch_that_passed_is_given_up_no_more_once_its_release_is_planned(world: World) -> None:
    settle(world, "passed")
    planned = release.plan(world.house, world.repository)
    assert planned is not None
    answer = say(world, "give-up", reason="On second thoughts.")
    assert not answer.ok
    assert planned.version in answer.sentence
    assert (world.batch().state, world.member(1).state) == ("passed", "batched")


def test_the_same_members_by_a_maintainers_word_make_a_new_batch_after_the_old_one_is_given_up(
    world: World,
) -> None:
    settle(world, "inconclusive")
    assert say(world, "give-up", reason="Too few items.").ok
    made = batch.form(world.house, world.repository, [1, 2])
    assert made is not None
    assert made.id == 2


def test_a_maintainer_holds_back_whom_they_name(world: World) -> None:
    settle(world, "inconclusive")
    assert say(world, "give-up", reason="Number 2 needs a look.", hold=[2]).ok
    assert [world.member(n).state for n in (1, 2)] == ["merged", "held-back"]
    assert world.batch().held == [2]
    assert ("contribution.held-back", {"batch": 1, "reason": "Number 2 needs a look."}) in world.events()
    assert say(world, "readmit", number=2).ok
    made = batch.form(world.house, world.repository)
    assert made is not None
    assert made.members == [1, 2]


def test_a_reason_may_begin_with_hold(world: World) -> None:
    settle(world, "inconclusive")
    words = ("1", "Hold", "on,", "the", "exam", "was", "wrong.")
    owner = Person("plain", world.owner, world.owner)
    assert obey(world.house, "t", "give-up", {"number": 1, "arguments": words}, owner).ok
    assert [world.member(n).state for n in (1, 2)] == ["merged", "merged"]
    (told,) = (body for kind, body in world.events() if kind == "batch.given-up")
    assert told["reason"] == "Hold on, the exam was wrong."


def test_a_comment_names_whom_it_holds_back_before_it_says_why(world: World) -> None:
    settle(world, "inconclusive")
    owner = Person("plain", world.owner, world.owner)
    for words, ok in (
        (("1", "hold", "#2"), False),
        (("1", "Hold", "#2", "Number", "2", "needs", "a", "look."), True),
    ):
        answer = obey(world.house, "t", "give-up", {"number": 1, "arguments": words}, owner)
        assert answer.ok is ok, answer.sentence
    assert [world.member(n).state for n in (1, 2)] == ["merged", "held-back"]
    (told,) = (body for kind, body in world.events() if kind == "batch.given-up")
    assert told["reason"] == "Number 2 needs a look."
    with world.house.database.read() as session:
        wanted = session.get_one(Wanted, ("t", 2)).report
    assert "Number 2 needs a look" in wanted["comments"]["held"]
    assert "left out of the model for now" in wanted["comments"]["triage"]
    assert "held-back" in wanted["labels"]
    assert say(world, "readmit", number=2).ok
    with world.house.database.read() as session:
        wanted = session.get_one(Wanted, ("t", 2)).report
    assert "the next batch takes it in" in wanted["comments"]["triage"]
    assert "merged" in wanted["labels"]
    assert "held-back" not in wanted["labels"]


def test_who_is_not_in_the_batch_can_not_be_held_back_with_it(world: World) -> None:
    settle(world, "failed")
    assert not say(world, "give-up", reason="No.", hold=[7]).ok
    assert (world.batch().state, world.member(1).state) == ("failed", "batched")


def test_giving_up_needs_a_reason_and_a_batch_that_stands_still(world: World) -> None:
    assert not say(world, "give-up", reason="Impatience.").ok
    settle(world, "failed")
    assert not say(world, "give-up", reason=" ").ok
    assert not say(world, "give-up", reason="No such batch.", batch=9).ok
    assert not say(world, "give-up", reason="No number.", batch="x").ok
    assert world.batch().state == "failed"


@pytest.mark.parametrize("name", ["retry", "give-up"])
def test_only_maintainers_find_the_ways_on(world: World, name: str) -> None:
    stalled(world)
    answer = say(world, name, who="stranger", reason="Mine.")
    assert (answer.ok, "needs the right to maintain" in answer.sentence) == (False, True)
    assert Right.maintain == known()[name].RIGHT
    assert known()[name].__doc__


def test_a_comment_names_the_batch_by_its_first_word(world: World) -> None:
    stalled(world)
    person = Person("plain", world.owner, world.owner)
    answer = obey(world.house, "t", "give-up", {"number": 1, "arguments": ("1", "full", "disk")}, person)
    assert answer.ok
    assert ("batch.given-up", "full disk") in [(k, b.get("reason")) for k, b in world.events()]


def test_an_override_lets_pass_what_the_gate_did_not(world: World) -> None:
    settle(world, "inconclusive")
    assert say(world, "override", reason="Looked at by hand.").ok
    assert world.batch().state == "passed"
    assert not say(world, "override", reason="Again.").ok


def test_every_stage_of_a_batch_can_be_reached_and_every_turn_is_used() -> None:
    assert {*TURNS.values()} == set(Stage)
    assert {turn for _, turn in TURNS} == set(Turn)
    for stage in Stage:
        assert stage.value in batch_diagram()


def test_no_stage_is_a_dead_end_but_released_and_abandoned() -> None:
    assert {start for start, _ in TURNS} == set(Stage) - {Stage.released, Stage.abandoned}
    for stage in OPEN:
        assert turned(stage, Turn.stall) == Stage.stalled
    with pytest.raises(NoSuchMove, match="failed or inconclusive"):
        turned("training", Turn.override)
