"""What a batch's trainings start from, and what they are compared with: the release, or the base and the release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.db.tables import Run
from service.lines import batch
from service.lines.rows import still
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
