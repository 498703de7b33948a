"""Approved contributions go into the base branch, in the order of their numbers.

Each is judged once more just before: what was merged meanwhile may be the same text, or contradict it. Where the
policy merges after the measurement nothing happens here: a batch gathers what is approved (service/lines/landing.py).
"""

from __future__ import annotations

import time

import pygit2

from service.db.tables import Contribution, Repository
from service.git import merge as git_merge
from service.house import House
from service.lines import merge_on_forge, mergeable, say
from service.lines.states import Move, State, after
from service.policy import PolicyError
from service.record.chain import append
from webhooks.forge import Closing, Merging


def merge_approved(house: House, repository: Repository) -> int:
    """Merge what is approved; gives how many were. A second call finds nothing to do.

    A verdict may still wait for documents, and where no rule could look nobody knows what would be merged.
    """
    forge = house.forge(repository)
    merged = 0
    if not _waits_for_batches(house, repository):
        numbers = mergeable.approved(house, repository)
        if isinstance(forge, Merging):
            numbers = merge_on_forge.ready(house, repository, forge, numbers)
        for number in mergeable.judged_again(house, repository, numbers):
            if isinstance(forge, Merging):
                merged += merge_on_forge.merge(house, repository, forge, number)
            else:
                merged += _merge_one(house, repository, number)
    if isinstance(forge, Closing) and not isinstance(
        forge, Merging
    ):  # who merges on the forge has it closed there
        _close_merged(house, repository, forge)
    return merged


def _waits_for_batches(house: House, repository: Repository) -> bool:
    """Whether what is approved waits for its batch; where the policy can't be read, it waits for that."""
    try:
        return house.policy(repository).merge.when == "after"
    except PolicyError:
        return True


def _merge_one(house: House, repository: Repository, number: int) -> bool:
    """Git and the row move in one writer's turn: a push finds the contribution before its merge or after it."""
    with house.database.write() as session:
        row = session.get_one(Contribution, (repository.id, number))
        if not mergeable.may_be(session, row):
            return False
        result = _merge(house.git(repository), repository.base_branch, row)
        if isinstance(result, git_merge.Conflict):
            mergeable.conflicts(session, row, result)
        else:
            row.state, row.merged = after(row.state, Move.merge), result.commit
            append(session, row.repository, "contribution.merged", {"commit": result.commit}, row.number)
            say.judged(session, row)
        row.updated = time.time()
        session.add(row)
    house.ring("speak")
    return True


def _merge(git: pygit2.Repository, branch: str, row: Contribution) -> git_merge.Merged | git_merge.Conflict:
    message, who = mergeable.commit_of(git, row)
    return git_merge.merge(git, branch, row.head, message, who)


def _close_merged(house: House, repository: Repository, forge: Closing) -> None:
    """Close on the forge what is merged, so that its topic is free; again after a crash, as long as it matters."""
    with house.database.read() as session:
        rows = mergeable.those_in(session, repository, State.merged, State.batched)
    for row in (row for row in rows if row.merged):  # a batch may hold what waits to be merged
        forge.close(row.number, "merged")  # what is closed stays as it is
