"""Held back is no verdict for ever: what harmed one model may not harm the next, so it is tried again on each release.

In idle hours the newest release is trained on with what was held back, in as many seeds as any candidate, and gated
against itself. Whatever comes out, nobody is readmitted: the contribution is told, and a maintainer decides.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from service.db import batches, releases
from service.db import runs as queries
from service.db.tables import Batch, Contribution, Release, Repository, Run
from service.house import House
from service.lines import jobs, ledger, say
from service.lines.bench import Bench, read_lines, write_lines, write_whole
from service.lines.case import Wish
from service.lines.states import State
from service.policy import Policy
from service.record.chain import append

POSITION = 960_000_000  # behind batches, prechecks and attribution, before placebos
TRAIN, MEASURE = "again", "again-release"


def by_timetable(house: House, repository: Repository) -> None:
    """Ask for the next trial, or write down what the last one showed."""
    policy = house.policy(repository)
    if not policy.search.try_again:
        return
    with house.database.read() as session:
        last = releases.latest(session, repository.id)
        held = _held(session, repository.id)
        idle = not batches.at_work(session, repository.id)
    if last is None:
        return
    for member in held:
        trial = (member.held or {}).get("again") or {}
        if trial.get("release") == last.version and "decision" not in trial:
            _settle(house, member, trial)
            return  # one at a time
    untried = (m for m in held if ((m.held or {}).get("again") or {}).get("release") != last.version)
    if idle and (following := next(untried, None)) is not None:
        _ask(house, repository, policy, last, following)


def _held(session: Session, repository: str) -> list[Contribution]:
    """Those that are held back and whose batch is known, the first to come first."""
    query = select(Contribution).where(
        Contribution.repository == repository, Contribution.state == State.held_back
    )
    rows = session.exec(query.order_by(col(Contribution.number)))
    return [row for row in rows if row.held and session.get(Batch, (repository, row.held.get("batch") or 0))]


def _ask(house: House, repository: Repository, policy: Policy, last: Release, member: Contribution) -> None:
    """Queue the trial's trainings, and the release's own measuring on the same questions."""
    number = member.number
    assert member.held
    with house.database.read() as session:
        batch = session.get_one(Batch, (repository.id, member.held["batch"]))
        taken = {run.seed for run in queries.of_batch(session, repository.id, batch.id)}
    source = jobs.folder(house, repository.id, batch.id)
    root = source / f"{TRAIN}-{number}-{last.version}"
    seeds = [seed for seed in reversed(batch.spec["spare"]) if seed not in taken][: policy.measure.seeds]
    trial = _declared(repository, policy, last, batch, member, seeds, root)
    rows = jobs.mix_rows(source, (number,))
    write_lines(root / "rows-held" / "rows.jsonl", rows)
    write_whole(root / "rows-held" / "result.json", b"{}")
    wishes = [Wish("train", TRAIN, (number,), seed) for seed in seeds]
    wishes += [Wish("measure", MEASURE, (), run["seed"]) for run in last.manifest["runs"]]
    made = [jobs.prepare(house, repository, trial, last, wish, root) for wish in wishes] if rows else []
    with house.database.write() as session:
        row = session.get_one(Contribution, (repository.id, number))
        ids = []
        for run in made:
            run.position = POSITION
            session.add(run)
            session.flush()
            ids.append(run.id)
        told = {"release": last.version, "runs": ids, "folder": str(root)}
        row.held = {**(row.held or {}), "again": told if ids else {"release": last.version, "decision": None}}
        session.add(row)
        asked = {"release": last.version, "runs": ids, "seeds": seeds}
        append(session, repository.id, "contribution.trying-again", asked, number)
    house.ring("work")


def _declared(
    repository: Repository, policy: Policy, last: Release, batch: Batch, member: Contribution,
    seeds: list[int], root: Path,
) -> Batch:  # fmt: skip
    """A batch of one that is no batch: it is never kept, and starts from the newest release."""
    leaves = batch.spec["leaves"][str(member.number)]
    frozen = ledger.frozen(last)
    protected = sorted({item["leaf"] for item in frozen})
    asked = read_lines(root.parent / "items.jsonl")
    own = [item for item in asked if item["leaf"] in leaves and item["leaf"] not in protected]
    items = write_lines(root / "items.jsonl", frozen + own)
    spec: dict[str, Any] = {
        **batch.spec,
        "profile": "gain",
        "epsilon": jobs.epsilon(policy, last, protected),
        "protected": protected,
        "leaves": {str(member.number): leaves},
        "items": items,
        "seeds": seeds,
        "shipped": [last.manifest["seed"]],
        "looks": 1,
        "history": [],
        "withdrawn": {},
        "recipe": policy.train.recipe or repository.recipe,
    }
    write_whole(root / "spec.json", json.dumps(spec, sort_keys=True).encode())
    now = time.time()
    return Batch(
        repository=repository.id, id=batch.id, state="training", members=[member.number], start=last.version,
        spec=spec, created=now, updated=now,
    )  # fmt: skip


def _settle(house: House, member: Contribution, trial: dict[str, Any]) -> None:
    """Gate a trial whose runs have ended, and tell what came of it; one of them broke: that it could not be tried."""
    with house.database.read() as session:
        runs = list(session.exec(select(Run).where(col(Run.id).in_(trial["runs"]))))
    if any(run.state in ("queued", "running") for run in runs):
        return
    done = len(runs) == len(trial["runs"]) and all(run.state == "done" for run in runs)
    found = _gated(member, Path(trial["folder"]), runs) if done else {"decision": None}
    with house.database.write() as session:
        row = session.get_one(Contribution, (member.repository, member.number))
        if row.state != State.held_back or not row.held:
            return
        row.held = {**row.held, "again": {**trial, **found}}
        row.updated = time.time()
        session.add(row)
        told = {"batch": row.held["batch"], "release": trial["release"], "runs": trial["runs"], **found}
        append(session, row.repository, "contribution.tried-again", told, row.number)
        say.held_back(session, session.get_one(Batch, (row.repository, row.held["batch"])), row)


def _gated(member: Contribution, root: Path, runs: list[Run]) -> dict[str, Any]:
    """The gate's decision, and what became of the leaf that fell when it was held back."""
    spec = json.loads((root / "spec.json").read_text())
    results = {
        Wish("train", TRAIN, (member.number,), run.seed)
        if run.purpose == TRAIN
        else Wish("measure", "release", (), run.seed): Path(run.directory)
        for run in runs
    }
    bench = Bench(spec, read_lines(root / "items.jsonl"), results)
    candidates = tuple(Wish("train", TRAIN, (member.number,), seed) for seed in spec["seeds"])
    gate = bench.gate((member.number,), candidates)
    told = {"decision": gate["decision"], "items": spec["items"]}
    for leaf in gate["leaves"]:
        if member.held and leaf["leaf"] == member.held.get("leaf"):
            told |= {key: leaf[key] for key in ("change", "low", "high")}
    return told
