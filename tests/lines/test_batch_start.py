"""What a batch's trainings start from, and what they are compared with: the release, or the base and the release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.db.tables import Batch, Release, Run
from service.lines import batch, release
from service.lines.jobs import prepare
from service.lines.plan import Wish
from service.lines.rows import still
from service.lines.states import NoSuchMove, along
from tests.lines.batch_world import World, row

OLD = [row("knowledge/old", f"What is old {n}?", f"Old {n}.", n, 1) for n in range(3)]
BASE = '[batch]\nat_least = 1\n[train]\nstart_from = "base"\n'


def job(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(run.directory) / "job.json").read_text())
    return found


def begun(world: World) -> dict[str, list[dict[str, Any]]]:
    """Form a batch, let its rows be made, and give the jobs that are queued then, by their purpose."""
    assert batch.form(world.house, world.repository) is not None
    world.generated()
    jobs: dict[str, list[dict[str, Any]]] = {}
    for run in world.runs("queued"):
        jobs.setdefault(run.purpose, []).append(job(run))
    return jobs


def lines(files: list[str]) -> list[list[dict[str, Any]]]:
    return [[json.loads(line) for line in Path(file).read_text().splitlines()] for file in files]


def test_from_the_base_the_whole_mix_is_trained_anew_and_the_release_is_what_it_is_compared_with(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, BASE)
    shipped = world.released("v1", OLD)
    world.merged(2, "knowledge/new")
    jobs = begun(world)
    assert world.batch().start is None
    assert [j["weights"]["adapter"] for j in jobs["release"]] == [str(shipped / "adapter")]
    for candidate in jobs["candidate"]:
        assert candidate["start"] == {"adapter": None, "weights": None}
        assert candidate["mix"]["leaves"] == ["knowledge/new", "knowledge/old"]
        assert candidate["mix"]["replay"] == []
        new, replayed = lines(candidate["rows"])
        assert [r["leaf"] for r in new] == ["knowledge/old"] * 3 + ["knowledge/new"] * 5
        assert replayed == []


def test_from_the_release_its_rows_are_replayed(tmp_path: Path) -> None:
    world = World(tmp_path, "[batch]\nat_least = 1\n")
    shipped = world.released("v1", OLD)
    world.merged(2, "knowledge/new")
    jobs = begun(world)
    assert world.batch().start == "v1"
    for candidate in jobs["candidate"]:
        assert candidate["start"]["adapter"] == str(shipped / "adapter")
        assert (candidate["mix"]["leaves"], candidate["mix"]["replay"]) == (
            ["knowledge/new"],
            ["knowledge/old"],
        )


def test_the_first_batch_starts_from_the_base_and_is_compared_with_it(tmp_path: Path) -> None:
    world = World(tmp_path, BASE)
    world.merged(1, "knowledge/new")
    jobs = begun(world)
    assert [j["weights"] for j in jobs["release"]] == [{"adapter": None, "model": None}]
    assert {tuple(j["mix"]["leaves"]) for j in jobs["candidate"]} == {("knowledge/new",)}


def test_a_leaf_that_is_extended_keeps_its_older_seeds_when_the_mix_is_trained_anew(tmp_path: Path) -> None:
    world = World(tmp_path, BASE)
    world.released("v1", [*OLD, row("knowledge/new", "Who was here before?", "An older seed.", 1, 1)])
    world.merged(2, "knowledge/new")
    (mixed, _) = lines(begun(world)["candidate"][0]["rows"])
    assert "An older seed." in [r["answer"] for r in mixed]


def test_a_leaf_that_is_extended_keeps_its_older_seeds_when_the_training_goes_on(tmp_path: Path) -> None:
    world = World(tmp_path, "[batch]\nat_least = 2\n")
    older = [
        row("knowledge/new", "Who was here before?", "An older seed.", 1, 1),
        row("knowledge/new", "What is new number 0?", "It was mended.", 0, 1),
    ]
    world.released("v1", [*OLD, *older])
    world.merged(2, "knowledge/new")
    world.merged(3, "knowledge/third")
    jobs = begun(world)
    formed = world.batch()
    assert formed.start == "v1"
    for candidate in jobs["candidate"]:
        new, replayed = lines(candidate["rows"])
        answers = [r["answer"] for r in new]
        assert "An older seed." in answers
        assert "It was mended." not in answers
        assert replayed == OLD
        assert (candidate["mix"]["leaves"], candidate["mix"]["replay"]) == (
            ["knowledge/new", "knowledge/third"],
            ["knowledge/old"],
        )
    with world.house.database.read() as session:
        last = batch.before(session, formed)
    for mix in ((), (3,)):  # the same older rows in every mix: two mixes differ by their members' rows alone
        wish = Wish("train", "search", mix, 9, "search")
        made = prepare(world.house, world.repository, formed, last, wish)
        new, replayed = lines(job(made)["rows"])
        assert [r["answer"] for r in new if r["provenance"]["pull"] == 1] == [r["answer"] for r in older]
        assert {r["provenance"]["pull"] for r in new} == {1, *mix}
        assert replayed == OLD


def test_every_training_of_a_batch_loses_the_same_rows_whatever_it_is_measured_on(tmp_path: Path) -> None:
    world = World(tmp_path, "[batch]\nat_least = 1\n")
    world.merged(1, "knowledge/new")
    candidate, *_ = begun(world)["candidate"]
    wish = Wish("train", "search", (1,), 9, "search")
    searching = job(prepare(world.house, world.repository, world.batch(), None, wish))
    assert searching["measure"]["items"] != candidate["measure"]["items"]
    assert searching["measure"]["exam"] == candidate["measure"]["exam"] == candidate["measure"]["items"]


def test_from_the_base_a_release_still_follows_on_the_one_that_it_is_compared_with(tmp_path: Path) -> None:
    world = World(tmp_path, BASE)
    world.released("v1", [*OLD, row("knowledge/new", "Who was here before?", "An older seed.", 1, 1)])
    with world.house.database.write() as session:
        former = session.get_one(Release, ("t", "v1"))
        anchor = {"version": "v1", "runs": former.manifest["runs"]}
        former.manifest = {**former.manifest, "anchor": anchor, "epsilon": 0.07}
        session.add(former)
    world.merged(2, "knowledge/new")
    begun(world)
    for run in world.runs("queued"):
        world.end(run, adapter="adapter", weights=None)
    gate = {"members": [2], "look": 1, "decision": "passed", "reasons": [], "result": {"leaves": []}}
    with world.house.database.write() as session:
        formed = session.get_one(Batch, ("t", 1))
        formed.state, formed.gates = "passed", [gate]
        session.add(formed)
    assert (formed.start, formed.spec["epsilon"]["release"]) == (None, 0.07)
    assert release.plan(world.house, world.repository) is not None
    release.advance(world.house, world.repository)
    begin = {run.purpose: run for run in world.runs("queued")}  # the old model needs no merge to be asked
    assert set(begin) == {"build", "ask-before"}
    world.end(begin["build"], root="c0ffee")
    release.advance(world.house, world.repository)
    asked = {run.purpose: run for run in world.runs("queued")}
    before = world.house.home / "releases" / "t" / "v1" / "model"
    assert job(asked["ask-before"])["model"] == str(before)
    for run in asked.values():
        world.end(run, answers=["x"] * len(job(run)["questions"]))
    release.advance(world.house, world.repository)
    release.advance(world.house, world.repository)
    folder = world.house.home / "releases" / "t" / "v2"
    manifest = json.loads((folder / "release.json").read_text())
    told = [manifest[key] for key in ("predecessor", "start", "epsilon")]
    assert told == ["v1", "base", 0.07]
    assert manifest["anchor"]["version"] == "v1"
    assert str(tmp_path) not in json.dumps(manifest["runs"]) + json.dumps(manifest["anchor"])
    with world.house.database.read() as session:
        assert session.get_one(Release, ("t", "v2")).manifest["anchor"] == anchor
    assert "Made anew from the base model, after v1, by 1 contribution;" in (folder / "README.md").read_text()
    (rows,) = lines([str(folder / "data" / "rows.jsonl")])
    assert [r["answer"] for r in rows[:4]] == ["Old 0.", "Old 1.", "Old 2.", "An older seed."]
    assert len(rows) == 9


@pytest.mark.parametrize(
    ("stage", "goal"),
    [
        ("generating", "training"),
        ("generating", "confirming"),
        ("searching", "failed"),
        ("training", "passed"),
    ],
)
def test_a_batch_goes_along_the_table_of_states_and_through_what_is_done(stage: str, goal: str) -> None:
    assert along(stage, goal) == goal


@pytest.mark.parametrize(
    ("stage", "goal"), [("confirming", "training"), ("training", "generating"), ("released", "training")]
)
def test_a_batch_goes_nowhere_that_the_table_does_not_lead(stage: str, goal: str) -> None:
    with pytest.raises(NoSuchMove):
        along(stage, goal)


def test_a_mended_seed_teaches_one_answer() -> None:
    former = [
        row("knowledge/a", "What?", "Wrong.", 0, 1),
        {**row("knowledge/a", "Tell me: what?", "Wrong.", 0, 1), "by": "template"},
        row("knowledge/a", "Who?", "Ada.", 1, 1),
        row("knowledge/b", "What?", "Another leaf.", 0, 1),
    ]
    kept = still(former, [row("knowledge/a", "what?", "Right.", 0, 2)])
    assert [r["answer"] for r in kept] == ["Ada.", "Another leaf."]


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        (["base"], "v1"),
        (["base", "v1"], "v2"),
        (["base", "v1", "v2"], None),
        (["base", "v1", "v2", "base"], "v4"),
    ],
)
def test_after_so_many_releases_in_a_row_the_mix_is_trained_anew(
    tmp_path: Path, starts: list[str], expected: str | None
) -> None:
    world = World(tmp_path, "[batch]\nat_least = 1\n[train]\nrebase_every = 2\n")
    for number, start in enumerate(starts, 1):
        world.released(f"v{number}", OLD, start)
    world.merged(9, "knowledge/new")
    made = batch.form(world.house, world.repository)
    assert made is not None
    assert made.start == expected
    assert made.spec["against"] == f"v{len(starts)}"
