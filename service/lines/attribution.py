"""What each contribution moved: the released mix trained once more without it, and the difference by leaf.

The change of a contribution's own leaf says what happened while it was in the mix; only a training without it says what
it did. That costs as many trainings as there are members and seeds, so it is done for batches up to a size that the
policy sets, in idle hours, and changes nothing about the release.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sqlmodel import Session

from eval_harness.compare import compare
from eval_harness.gate_leaves import holm
from service.db import batches, releases
from service.db import runs as queries
from service.db.tables import Batch, Release, Repository, Run
from service.house import House
from service.lines import jobs
from service.lines.batch import before
from service.lines.bench import read_lines
from service.lines.case import Wish
from service.lines.release import final_runs
from service.record.chain import append

PURPOSE = "without"
POSITION = 950_000_000  # behind batches and prechecks, before placebos
SURE = 0.10  # of a leaf that is shown, over all leaves of one contribution


def by_timetable(house: House, repository: Repository) -> None:
    """In an idle hour, for the newest release, where its batch is small enough."""
    at_most = house.policy(repository).attribution.at_most
    with house.database.read() as session:
        release = releases.latest(session, repository.id) if at_most else None
        if release is None or batches.at_work(session, repository.id):
            return
        batch = session.get(Batch, (repository.id, release.batch))
        asked = batch is None or any(
            r.purpose == PURPOSE for r in queries.of_batch(session, repository.id, batch.id)
        )
    if batch is not None and not asked and 2 <= len(_mix(batch)) <= at_most:
        ask(house, repository, release.version)


def ask(house: House, repository: Repository, version: str) -> list[int]:
    """Queue the released mix without each of its members, in the seeds that were trained; gives the runs' ids.

    Raises ValueError with the reason where that can't be.
    """
    with house.database.read() as session:
        release = releases.get(session, repository.id, version)
        batch = session.get(Batch, (repository.id, release.batch)) if release else None
        if release is None or batch is None:
            raise ValueError(f"There is no release {version[:40]} that was cut from a batch of this home.")
        last, runs = before(session, batch), queries.of_batch(session, repository.id, batch.id)
    mix, final = _mix(batch), final_runs(batch, runs)
    if len(mix) < 2 or not final:
        raise ValueError(f"{version} has one contribution: what it moved is what the release moved.")
    wishes = [
        Wish("train", PURPOSE, tuple(n for n in mix if n != left), run.seed) for left in mix for run in final
    ]
    made = [jobs.prepare(house, repository, batch, last, wish) for wish in wishes]
    with house.database.write() as session:
        for run in made:
            run.position = POSITION
        ids = [queries.ask(session, run).id or 0 for run in made]
        append(session, repository.id, "attribution.asked", {"release": version, "runs": ids})
    house.ring("work")
    return ids


def _mix(batch: Batch) -> tuple[int, ...]:
    return tuple(n for n in batch.members if n not in batch.held)


def told(session: Session, home: Path, release: Release) -> list[dict[str, Any]]:
    """For each member: `done`, and the leaves that it moved, with their change and 90 % interval.

    A leaf is named where the difference stands after all leaves that were looked at (Holm, two-sided, 10 %); an empty
    list says that nothing was shown. Empty before anything was asked for.
    """
    batch = session.get(Batch, (release.repository, release.batch))
    runs = queries.of_batch(session, release.repository, release.batch) if batch else []
    if batch is None or not any(run.purpose == PURPOSE for run in runs):
        return []
    items = {
        i["id"]: i for i in read_lines(jobs.folder_in(home, release.repository, batch.id) / "items.jsonl")
    }
    mix, full = _mix(batch), final_runs(batch, runs)
    found = []
    for number in mix:
        rest = [r for r in runs if r.purpose == PURPOSE and set(r.mix) == set(mix) - {number}]
        done = bool(rest) and all(run.state == "done" for run in rest)
        own = batch.spec["leaves"].get(str(number), [])
        found.append(
            {"number": number, "done": done, "moved": _moved(items, full, rest, own) if done else []}
        )
    return found


def _moved(
    items: Mapping[str, Mapping[str, Any]], full: list[Run], rest: list[Run], own: list[str]
) -> list[dict[str, Any]]:
    """The leaves that the mix with a contribution scores otherwise than the mix without it."""
    leaves = sorted({item["leaf"] for item in items.values()})
    touched = [leaf for leaf in leaves if leaf in own]
    scores = [
        {"role": role, "seed": run.seed, "shipped": False, "items": _scores(run)}
        for role, runs in (("candidate", full), ("release", rest))
        for run in runs
    ]
    spec = {"profile": "gain", "alpha": 0.05, "epsilon": 0.05, "touched": touched}
    spec["protected"] = [leaf for leaf in leaves if leaf not in touched]
    about = {k: {f: v.get(f) for f in ("leaf", "cluster", "parent", "split")} for k, v in items.items()}
    result = compare({"spec": spec, "items": about, "scores": scores})
    rows = [leaf for leaf in result["leaves"] if leaf["p_raw"]["y"] is not None]
    p = np.array([2 * min(leaf["p_raw"]["y"], 1 - leaf["p_raw"]["y"]) for leaf in rows])
    sure: list[bool] = (holm(p, np.ones(len(rows), dtype=bool)) <= SURE).tolist()
    return [
        {key: leaf[key] for key in ("leaf", "before", "after", "change", "low", "high")}
        for leaf, shown in zip(rows, sure, strict=True)
        if shown
    ]


def _scores(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(run.directory) / "result.json").read_text())["scores"]
    return found
