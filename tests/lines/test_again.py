"""What is held back is tried again on each release: told when it would pass, and readmitted by nobody but a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.db.tables import Batch, Contribution, Release, Run, Wanted
from service.lines import again, batch, ledger
from service.lines.bench import read_lines
from service.lines.exam import guard_items
from tests.lines.batch_world import World, row

FELL = "knowledge/one"
POLICY = "[batch]\nat_least = 1\n\n[search]\ntry_again = true\n"


def release(world: World, version: str) -> None:
    """A release that froze the guard and the leaf that fell."""
    folder = world.house.home / "releases" / "t" / version
    (folder / "eval").mkdir(parents=True)
    (folder / "data").mkdir()
    items = [i for i in read_lines(world.house.home / "runs/t/b1/items.jsonl") if i["leaf"] == FELL]
    frozen = [*guard_items(None), *items]
    (folder / "eval" / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in frozen))
    rows = [row(FELL, f"What is one number {n}?", f"It is one {n}.", n, 1) for n in range(5)]
    (folder / "data" / "rows.jsonl").write_text("".join(json.dumps(line) + "\n" for line in rows))
    runs = [{"seed": seed, "directory": str(folder / str(seed)), "shipped": seed == 1} for seed in (1, 2)]
    for run in runs:
        Path(str(run["directory"])).mkdir()
        (Path(str(run["directory"])) / "result.json").write_text('{"adapter": "adapter", "weights": null}')
    with world.house.database.write() as session:
        session.add(
            Release(
                repository="t", version=version, sequence=int(version[1:]), batch=1, state="announced",
                directory=str(folder), manifest={"runs": runs, "seed": 1, "start": "base"}, created=1.0,
            )
        )  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Contribution 1 is in `v1`; contribution 2 was held back from batch 2."""
    made = World(tmp_path, POLICY)
    for number, leaf in ((1, FELL), (2, "knowledge/two")):
        made.merged(number, leaf)
        assert batch.form(made.house, made.repository) is not None
        made.generated(number)
        with made.house.database.write() as session:
            one = session.get_one(Batch, ("t", number))
            one.state = "released" if number == 1 else "failed"
            session.add(one)
            member = session.get_one(Contribution, ("t", number))
            member.state = "released" if number == 1 else "held-back"
            if number == 2:
                member.held = {"batch": 2, "leaf": FELL, "change": -0.6, "low": -0.8, "high": -0.4}
            session.add(member)
        for run in made.runs("queued"):
            made.end(run, "cancelled")
        if number == 1:
            release(made, "v1")
    return made


def tick(world: World) -> list[Run]:
    again.by_timetable(world.house, world.repository)
    return world.runs("queued")


def end(world: World, lost: float = 0.0) -> None:
    """The trial's runs end: the new leaf is learned, and so many of the questions on the other are lost."""
    for run in world.runs("queued"):
        folder = Path(
            json.loads((Path(run.directory) / "job.json").read_text()).get("measure", {}).get("items", "")
        )
        items = read_lines(folder if folder.is_file() else Path(run.directory).parent / "items.jsonl")
        scores = {}
        for place, item in enumerate(items):
            trained = run.kind == "train"
            wrong = item["leaf"] == "knowledge/two" if not trained else item["leaf"] == FELL and lost > 0
            scores[item["id"]] = [0.0, 0.1 + place / 1e4] if wrong else [1.0, 0.9 + place / 1e5]
        world.end(run, adapter="adapter", weights=None, scores=scores)
    again.by_timetable(world.house, world.repository)


def member(world: World) -> Contribution:
    with world.house.database.read() as session:
        return session.get_one(Contribution, ("t", 2))


def test_the_newest_release_is_trained_on_with_it_and_measured_beside(world: World) -> None:
    runs = tick(world)
    assert sorted((run.purpose, run.kind) for run in runs) == [
        ("again", "train"), ("again", "train"), ("again-release", "measure"), ("again-release", "measure"),
    ]  # fmt: skip
    job = json.loads((Path(next(r for r in runs if r.kind == "train").directory) / "job.json").read_text())
    assert job["start"]["adapter"].endswith("v1/1/adapter")
    assert job["mix"]["leaves"] == ["knowledge/two"]
    assert job["mix"]["replay"] == [FELL]
    assert tick(world) == runs


def test_it_is_told_when_it_would_pass_and_stays_held_back(world: World) -> None:
    tick(world)
    end(world)
    told = member(world)
    assert told.state == "held-back"
    assert told.held is not None
    assert told.held["again"]["decision"] == "passed"
    assert told.held["again"]["change"] == pytest.approx(0.0)
    with world.house.database.read() as session:
        said = session.get_one(Wanted, ("t", 2)).report["comments"]["held"]
        uses = [use.purpose for use in ledger.uses(session, "t")]
    assert "Tried again on v1" in said
    assert "would pass by now" in said
    assert uses[-1] == "again"
    assert tick(world) == []


def test_what_still_harms_is_told_so_and_tried_on_the_next_release(world: World) -> None:
    tick(world)
    end(world, lost=1.0)
    told = member(world)
    assert told.held is not None
    assert told.held["again"]["decision"] == "failed"
    release(world, "v2")
    assert len(tick(world)) == 4


def test_a_trial_that_broke_says_nothing_and_is_not_asked_for_twice(world: World) -> None:
    for run in tick(world):
        world.end(run, "failed")
    assert tick(world) == []
    told = member(world)
    assert told.held is not None
    assert told.held["again"]["decision"] is None


def test_nothing_is_tried_while_a_batch_is_at_work(world: World) -> None:
    world.merged(3, "knowledge/three")
    assert batch.form(world.house, world.repository) is not None
    assert not [run for run in tick(world) if run.purpose.startswith("again")]


def test_nothing_is_tried_where_the_policy_does_not_ask_for_it(world: World) -> None:
    world.write(".upweight/policy.toml", POLICY.replace("true", "false"))
    world.commit("Try nothing")
    assert tick(world) == []
