"""Placebos: two trainings more of a recipe that is known, so that the noise of training is measured and not assumed.

They are asked for when an anchor is frozen, and whenever fewer pairs are known than the policy wants; in idle hours
only, and behind whatever else is queued.
"""

from __future__ import annotations

from sqlmodel import Session, select

from service.db import batches, releases
from service.db import runs as queries
from service.db.tables import Batch, Release, Repository, Run
from service.house import House
from service.lines import jobs, noise
from service.lines.batch import before
from service.lines.case import Wish
from service.lines.release import final_runs
from service.record.chain import append

LAST = 1_000_000_000  # in the queue: whatever else is asked for comes first


def by_timetable(house: House, repository: Repository) -> None:
    """Ask for a pair where nothing else is to be done and too little is known."""
    with house.database.read() as session:
        if batches.at_work(session, repository.id) or _asked(session, repository.id):
            return
        if releases.latest(session, repository.id) is None:
            return
        known = noise.known(session, repository.id)
    if known < house.policy(repository).noise.pairs:
        ask(house, repository)


def _asked(session: Session, repository: str) -> bool:
    """Whether a placebo is in the queue, or could not be trained: then it is a person's turn."""
    query = select(Run).where(Run.repository == repository, Run.purpose == "placebo", Run.state != "done")
    return session.exec(query).first() is not None


def ask(house: House, repository: Repository) -> list[int]:
    """Queue a pair of the anchor's recipe (same start, mix and rows, fresh seeds). Gives the runs' ids.

    Raises ValueError with the reason where that can't be.
    """
    with house.database.read() as session:
        anchor = _anchor(session, repository)
        batch = session.get_one(Batch, (repository.id, anchor.batch))
        runs = queries.of_batch(session, repository.id, batch.id)
        last = before(session, batch)
    mix = tuple(final[0].mix) if (final := final_runs(batch, runs)) else ()
    taken = {run.seed for run in runs}
    seeds = [seed for seed in reversed(batch.spec["spare"]) if seed not in taken][:2]
    if not mix or len(seeds) < 2:
        raise ValueError(f"Nothing of {anchor.version} is left to make a pair with: no training, or no seed.")
    made = [
        jobs.prepare(house, repository, batch, last, Wish("train", "placebo", mix, seed)) for seed in seeds
    ]
    with house.database.write() as session:
        for run in made:
            run.position = LAST
            session.add(run)
        session.flush()
        ids = [run.id or 0 for run in made]
        append(
            session, repository.id, "noise.asked", {"release": anchor.version, "runs": ids, "seeds": seeds}
        )
    house.ring("work")
    return ids


def _anchor(session: Session, repository: Repository) -> Release:
    """The release that all later ones are held against; the newest, where none was frozen."""
    last = releases.latest(session, repository.id)
    if last is None:
        raise ValueError("There is no release yet, so there is no recipe to train once more.")
    version = (last.manifest.get("anchor") or {}).get("version", last.version)
    anchor = releases.get(session, repository.id, version) or last
    if session.get(Batch, (repository.id, anchor.batch)) is None:
        raise ValueError(
            f"{anchor.version} was cut from no batch of this home; it can't be trained again here."
        )
    return anchor
