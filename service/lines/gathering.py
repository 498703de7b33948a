"""Who goes into the next batch, and whether it is time for one."""

from __future__ import annotations

import time

from sqlmodel import Session

from service.db import batches, contributions
from service.db.tables import Batch, Contribution, Repository
from service.house import House
from service.lines import stack, wishes
from service.lines.states import OPEN, Stage, State
from service.policy import Policy


def due(policy: Policy, members: list[Contribution]) -> bool:
    """Whether these make a batch by now: they are enough, or one has waited long enough."""
    if len(members) >= policy.batch.at_least:
        return True
    every = policy.batch.every_seconds
    return bool(members and every and time.time() - min(m.updated for m in members) >= every)


def ripe(house: House, repository: Repository, policy: Policy, numbers: list[int] | None) -> bool:
    """Whether it is worth judging anew what a batch would merge: one is asked for, or due."""
    with house.database.read() as session:
        if numbers is not None:
            return True
        free = not batches.at_work(session, repository.id)
        waiting = stack.waiting(session, repository, True)
        most = policy.batch.at_most
        return free and bool(
            wishes.gather(session, repository.id, waiting, most, lambda them: due(policy, them))
        )


def batch_of(session: Session, repository: str, numbers: list[int]) -> Batch | None:
    """The batch of exactly these, while it is one: none that is over and that a member has left meanwhile."""
    for batch in batches.listed(session, repository):
        if sorted(batch.members) != sorted(numbers) or batch.state == Stage.abandoned:
            continue
        members = contributions.of_batch(session, repository, batch.id)
        standing = {member.number for member in members if member.state != State.held_back}
        if batch.state in (*OPEN, Stage.passed, Stage.released) or standing == set(numbers):
            return batch
    return None
