"""From a wish to a job directory, and back.

A run is named by everything that its result depends on (rows, start, recipe, seed, items, model), so that an
identical one is never trained twice and a job can be run again by hand from its directory.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from eval_harness.contamination import Exam
from eval_harness.items import Item
from eval_harness.suites.questions import all_of
from service.db.tables import Batch, Release, Repository, Run
from service.house import House
from service.lines.bench import digest, read_lines, write_lines, write_whole
from service.lines.case import Wish
from service.lines.rows import still, withdrawn
from service.policy import Policy

ORDER = {
    "rows": 0,
    "base": 1,
    "release": 1,
    "anchor": 1,
    "candidate": 2,
    "control": 3,
    "search": 4,
    "confirm": 5,
    "again": 6,
    "again-release": 6,
    "placebo": 6,
    "without": 6,
}
GATED = ("release", "candidate", "confirm")  # the runs that the gate holds against each other
PLACES = ("cache", "threads", "judge")  # where and by whom a job is done: it stays the same job


def folder(house: House, repository: str, batch: int) -> Path:
    """Where a batch keeps its items, leaves and runs."""
    return folder_in(house.home, repository, batch)


def folder_in(home: Path, repository: str, batch: int) -> Path:
    """The same, for who has no house but knows where the home is."""
    return home / "runs" / repository / f"b{batch}"


def wish(run: Run) -> Wish:
    """The wish that a run answers."""
    split = "search" if run.purpose in ("control", "search") else "all"
    return Wish(run.kind, run.purpose, tuple(run.mix), run.seed, split)


def release_wishes(last: Release | None) -> tuple[Wish, ...]:
    """How N is measured beside the candidate: the base once, a release in each of its training seeds."""
    if last is None:
        return (Wish("measure", "release"),)
    wishes = [Wish("measure", "release", (), run["seed"]) for run in last.manifest["runs"]]
    anchor = last.manifest.get("anchor")
    if anchor and anchor["version"] != last.version:
        wishes += [Wish("measure", "anchor", (), run["seed"]) for run in anchor["runs"]]
    return tuple(wishes)


def measured_again(last: Release | None) -> list[str]:
    """The directories of the runs whose weights are measured beside the candidate: of N, and of the anchor."""
    if last is None:
        return []
    anchor = last.manifest.get("anchor") or {"runs": []}
    return [run["directory"] for run in (*last.manifest["runs"], *anchor["runs"])]


def shares(spec: dict[str, Any], folder: Path) -> dict[int, float]:
    """Each member's part of the batch's seeds; who brings none still counts a little."""
    seeds = {int(number): 1 for number in spec["leaves"]}
    for leaf in read_lines(folder / "leaves.jsonl"):
        seeds[leaf["pull"]] += len(leaf["seeds"])
    return {number: count / sum(seeds.values()) for number, count in seeds.items()}


def seconds(runs: Iterable[Run]) -> float | None:
    """What a training of the candidate took, on average over those that have ended; None before any has."""
    took = [
        run.ended - run.started
        for run in runs
        if run.purpose == "candidate" and run.state == "done" and run.started and run.ended
    ]
    return sum(took) / len(took) if took else None


def epsilon(policy: Policy, last: Release | None, protected: list[str]) -> dict[str, float]:
    """The margins of non-inferiority: planned with the anchor and frozen beside it, the widest until there is one."""
    gate = policy.gate
    widest = gate.epsilon_most_coarse if len(protected) < gate.coarse_under else gate.epsilon_most
    fixed = last.manifest.get("epsilon") if last else None
    return {"release": fixed or widest, "anchor": gate.epsilon_anchor}


def prepare(
    house: House,
    repository: Repository,
    batch: Batch,
    last: Release | None,
    wished: Wish,
    root: Path | None = None,
) -> Run:
    """Write the job directory of a wish (again, where it is there: the same bytes) and give its row.

    `root` is where rows and items lie, and the directory is made; the batch's folder where none is named.
    """
    root = root or folder(house, repository.id, batch.id)
    job = {
        "schema": 1,
        "kind": wished.kind,
        "model": repository.model,
        "recipe": batch.spec["recipe"],
        "cache": str(house.settings.cache),
        "threads": 1,
    }
    make = {"generate": _generate, "measure": _measure, "train": _train}[wished.kind]
    job |= make(house, root, batch, last, wished)
    if wished.kind != "generate" and (asked := judge(house, root)):
        job["judge"] = asked
    key = digest({**{k: v for k, v in job.items() if k not in PLACES}, "batch": batch.id})
    directory = root / f"{wished.purpose}-{key[:12]}"
    write_whole(directory / "job.json", json.dumps(job, indent=1, sort_keys=True).encode())
    return Run(
        repository=repository.id,
        batch=batch.id,
        key=key,
        kind=wished.kind,
        purpose=wished.purpose,
        mix=list(wished.mix),
        seed=wished.seed,
        position=batch.id * 10 + ORDER.get(wished.purpose, 9),
        directory=str(directory),
        created=time.time(),
    )


def _generate(house: House, root: Path, batch: Batch, last: Release | None, wished: Wish) -> dict[str, Any]:
    leaves = read_lines(root / "leaves.jsonl")
    return {"leaves": leaves, "seed": batch.spec["seeds"][0], "teacher": teacher(house)}


def _measure(house: House, root: Path, batch: Batch, last: Release | None, wished: Wish) -> dict[str, Any]:
    weights: dict[str, Any] = {"adapter": None, "model": None}
    if last is not None:
        runs = last.manifest["anchor"]["runs"] if wished.purpose == "anchor" else last.manifest["runs"]
        run = next(r for r in runs if r["seed"] == wished.seed)
        weights = trained(Path(run["directory"]))
    return {"weights": weights, "items": str(root / "items.jsonl"), **_suites(batch, wished)}


def _train(house: House, root: Path, batch: Batch, last: Release | None, wished: Wish) -> dict[str, Any]:
    rows = mix_rows(root, wished.mix)
    former = still(read_lines(Path(last.directory) / "data" / "rows.jsonl"), rows) if last else []
    gone = withdrawn(batch.spec, wished.mix)
    former = [row for row in former if row["leaf"] not in gone]
    # A training tells new from old by leaf. So the former rows of a leaf that any member extends are new, in every mix
    # of the batch alike; and where the whole mix is trained anew, all are.
    extended = {leaf for leaves in batch.spec["leaves"].values() for leaf in leaves}
    renewed = [row for row in former if batch.start is None or row["leaf"] in extended]
    suites = [item for items in all_of(batch.spec.get("suites", ())).values() for item in items]
    exam = Exam([*map(Item.from_json, read_lines(root / "items.jsonl")), *suites])
    mixed = {row["leaf"] for row in (*renewed, *rows)}
    rows, held_out = exam.apart([*renewed, *rows])
    replay, more = exam.apart(row for row in former if row["leaf"] not in mixed)
    mixed = {row["leaf"] for row in rows}
    name = "-".join(map(str, wished.mix)) or "empty"
    files = [root / "mixes" / f"{name}.jsonl", root / "mixes" / f"{name}.replay.jsonl"]
    hashes = [write_lines(file, lines) for file, lines in zip(files, (rows, replay), strict=True)]
    start = trained(shipped(last)) if last and batch.start else {"adapter": None, "model": None}
    items = "items.jsonl" if wished.split == "all" else "search.jsonl"
    return {
        "start": {"adapter": start["adapter"], "weights": start["model"]},
        "rows": [str(file) for file in files],
        "mix": {
            "leaves": sorted(mixed),
            "replay": sorted({row["leaf"] for row in replay}),
            "hash": digest(hashes),
        },
        "seed": wished.seed,
        "held_out": held_out + more,
        # no row shares the words of any item, also where only a part is measured: so every mix loses the same rows
        "measure": {"items": str(root / items), "exam": str(root / "items.jsonl"), **_suites(batch, wished)},
        "save_merged": False,
    }


def _suites(batch: Batch, wished: Wish) -> dict[str, list[str]]:
    """The suites that a run is measured on: those that the batch declared, where the gate will ask for them."""
    names = batch.spec.get("suites") if wished.purpose in GATED else None
    return {"suites": names} if names else {}


def mix_rows(root: Path, mix: tuple[int, ...]) -> list[dict[str, Any]]:
    """The rows of the contributions in `mix`, from the batch's `generate` run."""
    if not mix:
        return []
    generated = sorted(root.glob("rows-*/result.json"))
    rows = read_lines(generated[0].parent / "rows.jsonl")
    return [row for row in rows if row["provenance"]["pull"] in mix]


def trained(directory: Path) -> dict[str, Any]:
    """Where a finished training's weights are, as jobs name them: an adapter, or a whole model."""
    result = json.loads((directory / "result.json").read_text())
    adapter, weights = result.get("adapter"), result.get("weights")
    return {
        "adapter": str(directory / adapter) if adapter else None,
        "model": str(directory / weights) if weights and not adapter else None,
    }


def shipped(release: Release) -> Path:
    """The job directory of the run whose weights were shipped."""
    run = next(r for r in release.manifest["runs"] if r["shipped"])
    return Path(run["directory"])


def teacher(house: House) -> dict[str, Any] | None:
    """The operator's teacher, as a generate job names it; its key stays in the environment of the worker."""
    found = house.settings.teacher
    return {"url": found.url, "model": found.model} if found else None


def judge(house: House, root: Path) -> dict[str, Any] | None:
    """The operator's judge as a job names it, where an item of the batch needs one."""
    found = house.settings.judge
    if not found or not any(Item.from_json(one).needs_judge for one in read_lines(root / "items.jsonl")):
        return None
    return {
        "url": found.url,
        "model": found.model,
        "key_file": str(found.key_file) if found.key_file else None,
    }
