"""Approved contributions go into the base branch, in the order of their numbers."""

from __future__ import annotations

import time

import pygit2
from sqlmodel import col, select

from service.db.tables import Contribution, Repository
from service.git import merge as git_merge
from service.house import House
from service.lines import say
from service.lines.states import Move, State, after
from service.record.chain import append


def merge_approved(house: House, repository: Repository) -> int:
    """Merge what is approved; gives how many were. A second call finds nothing to do."""
    query = select(Contribution).where(
        Contribution.repository == repository.id, Contribution.state == State.approved
    )
    with house.database.read() as session:
        rows = list(session.exec(query.order_by(col(Contribution.number))))
    return sum(_merge_one(house, repository, row) for row in rows if row.approved_head == row.head)


def _merge_one(house: House, repository: Repository, row: Contribution) -> bool:
    git = house.git(repository)
    head = git[row.head].peel(pygit2.Commit)
    who = pygit2.Signature("Upweight", "upweight@localhost", head.commit_time, 0)
    message = (
        f"Merge contribution {row.number}: {row.title}\n\nContribution: {row.number}\nHead: {row.head}\n"
        f"Author: {row.author_forge}/{row.author_id}\nApproved-by: {row.approved_by}\n"
    )
    result = git_merge.merge(git, repository.base_branch, row.head, message, who)
    with house.database.write() as session:
        now = session.get_one(Contribution, (row.repository, row.number))
        if now.state != State.approved or now.head != row.head:
            return False
        if isinstance(result, git_merge.Conflict):
            now.state = after(now.state, Move.conflict)
            body = {"paths": list(result.paths), "why": result.why}
            append(session, row.repository, "contribution.conflicted", body, row.number)
            say.conflicted(session, now, result.paths, result.why)
        else:
            now.state, now.merged = after(now.state, Move.merge), result.commit
            append(session, row.repository, "contribution.merged", {"commit": result.commit}, row.number)
            say.judged(session, now)
        now.updated = time.time()
        session.add(now)
    if not isinstance(result, git_merge.Conflict):
        house.forge(repository).close(row.number, "merged")
    house.ring("speak")
    return True
