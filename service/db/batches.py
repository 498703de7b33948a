"""Batches: the questions that lines and pages ask of them."""

from __future__ import annotations

from sqlalchemy import func
from sqlmodel import Session, col, select

from service.db.tables import Batch

SETTLED = ("released", "failed", "abandoned")


def get(session: Session, repository: str, number: int) -> Batch | None:
    """One batch."""
    return session.get(Batch, (repository, number))


def listed(session: Session, repository: str) -> list[Batch]:
    """All batches of a repository, newest first."""
    rows = select(Batch).where(Batch.repository == repository)
    return list(session.exec(rows.order_by(col(Batch.id).desc())))


def at_work(session: Session, repository: str) -> list[Batch]:
    """Batches that something must still happen to, oldest first."""
    rows = select(Batch).where(Batch.repository == repository, col(Batch.state).not_in(SETTLED))
    return list(session.exec(rows.order_by(col(Batch.id))))


def next_id(session: Session, repository: str) -> int:
    """The number of the next batch; whoever else asks waits until this transaction ends."""
    last = session.exec(select(func.max(Batch.id)).where(Batch.repository == repository)).one()
    return (last or 0) + 1
