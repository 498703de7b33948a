"""What is approved and may be merged, judged once more just before, and what is written where it does not fit."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pygit2
from sqlmodel import Session, col, select

from service import logs, reports
from service.db.tables import Contribution, Repository
from service.git.merge import Conflict
from service.house import House
from service.lines import holds, say, triage
from service.lines.states import Move, State, after
from service.placement.judge import NoJudge
from service.record.chain import append

log = logs.named("merge")


def approved(house: House, repository: Repository) -> list[int]:
    """The contributions that may be merged by their last verdict, by number."""
    with house.database.read() as session:
        return [row.number for row in those_in(session, repository, State.approved) if may_be(session, row)]


def judged_again(house: House, repository: Repository, numbers: list[int]) -> Iterator[int]:
    """Each of them, judged once more just before it is given; it ends where there is no judge now."""
    for number in numbers:
        try:
            triage.rejudge(house, repository, number)
        except NoJudge as why:
            log.warning(
                "not judged before its merge yet", repository=repository.id, number=number, why=str(why)
            )
            return
        yield number


def may_be(session: Session, row: Contribution) -> bool:
    """Whether its approval and its verdict let it be merged as it stands, and nobody holds it."""
    if row.state != State.approved or row.approved_head != row.head or row.draft:
        return False
    if reports.waits(row.verdict or {}) or triage.unreadable(row):
        return False
    return not holds.why_not(session, row, time.time())


def those_in(session: Session, repository: Repository, *states: State) -> list[Contribution]:
    """The contributions in these states, by number."""
    query = select(Contribution).where(
        Contribution.repository == repository.id, col(Contribution.state).in_(states)
    )
    return list(session.exec(query.order_by(col(Contribution.number))))


def conflicts(session: Session, row: Contribution, found: Conflict) -> None:
    """It does not fit the base branch; its author is told where."""
    row.state = after(row.state, Move.conflict)
    body = {"paths": list(found.paths), "why": found.why}
    append(session, row.repository, "contribution.conflicted", body, row.number)
    say.conflicted(session, row, found.paths, found.why)


def commit_of(git: pygit2.Repository, row: Contribution) -> tuple[str, pygit2.Signature]:
    """Message and signature of its merge, always the same for the same revision."""
    head = git[row.head].peel(pygit2.Commit)
    message = (
        f"Merge contribution {row.number}: {row.title}\n\nContribution: {row.number}\nHead: {row.head}\n"
        f"Author: {row.author_forge}/{row.author_id}\nApproved-by: {row.approved_by}\n"
    )
    return message, pygit2.Signature("Upweight", "upweight@localhost", head.commit_time, 0)
