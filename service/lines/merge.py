"""Approved contributions go into the base branch, in the order of their numbers.

Each is judged once more just before: what was merged meanwhile may be the same text, or contradict it.
"""

from __future__ import annotations

import time

import pygit2
from sqlmodel import Session, col, select

from service import logs, reports
from service.db.tables import Contribution, Repository
from service.git import merge as git_merge
from service.house import House
from service.lines import holds, say, triage
from service.lines.states import Move, State, after
from service.placement.judge import NoJudge
from service.record.chain import append
from webhooks.forge import Closing

log = logs.named("merge")


def merge_approved(house: House, repository: Repository) -> int:
    """Merge what is approved; gives how many were. A second call finds nothing to do.

    A verdict may still wait for documents, and where no rule could look nobody knows what would be merged.
    """
    with house.database.read() as session:
        numbers = [
            row.number for row in _those_in(session, repository, State.approved) if _may_be(session, row)
        ]
    merged = 0
    for number in numbers:
        try:
            triage.rejudge(house, repository, number)
        except NoJudge as why:
            log.warning(
                "not judged before its merge yet", repository=repository.id, number=number, why=str(why)
            )
            break
        merged += _merge_one(house, repository, number)
    _close_merged(house, repository)
    return merged


def _may_be(session: Session, row: Contribution) -> bool:
    if row.state != State.approved or row.approved_head != row.head or row.draft:
        return False
    if reports.waits(row.verdict or {}) or triage.unreadable(row):
        return False
    return not holds.why_not(session, row, time.time())


def _those_in(session: Session, repository: Repository, *states: State) -> list[Contribution]:
    query = select(Contribution).where(
        Contribution.repository == repository.id, col(Contribution.state).in_(states)
    )
    return list(session.exec(query.order_by(col(Contribution.number))))


def _merge_one(house: House, repository: Repository, number: int) -> bool:
    """Git and the row move in one writer's turn: a push finds the contribution before its merge or after it."""
    with house.database.write() as session:
        row = session.get_one(Contribution, (repository.id, number))
        if not _may_be(session, row):
            return False
        result = _merge(house.git(repository), repository.base_branch, row)
        if isinstance(result, git_merge.Conflict):
            row.state = after(row.state, Move.conflict)
            body = {"paths": list(result.paths), "why": result.why}
            append(session, row.repository, "contribution.conflicted", body, row.number)
            say.conflicted(session, row, result.paths, result.why)
        else:
            row.state, row.merged = after(row.state, Move.merge), result.commit
            append(session, row.repository, "contribution.merged", {"commit": result.commit}, row.number)
            say.judged(session, row)
        row.updated = time.time()
        session.add(row)
    house.ring("speak")
    return True


def _merge(git: pygit2.Repository, branch: str, row: Contribution) -> git_merge.Merged | git_merge.Conflict:
    head = git[row.head].peel(pygit2.Commit)
    who = pygit2.Signature("Upweight", "upweight@localhost", head.commit_time, 0)
    message = (
        f"Merge contribution {row.number}: {row.title}\n\nContribution: {row.number}\nHead: {row.head}\n"
        f"Author: {row.author_forge}/{row.author_id}\nApproved-by: {row.approved_by}\n"
    )
    return git_merge.merge(git, branch, row.head, message, who)


def _close_merged(house: House, repository: Repository) -> None:
    """Close on the forge what is merged, so that its topic is free; again after a crash, as long as it matters."""
    with house.database.read() as session:
        rows = _those_in(session, repository, State.merged, State.batched)
    forge = house.forge(repository)
    if isinstance(forge, Closing):
        for row in rows:
            forge.close(row.number, "merged")  # what is closed stays as it is
