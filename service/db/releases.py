"""Releases: the questions that lines and pages ask of them."""

from __future__ import annotations

from sqlmodel import Session, col, select

from service.db.tables import Release

PUBLIC = ("published", "announced")


def get(session: Session, repository: str, version: str) -> Release | None:
    """One release."""
    return session.get(Release, (repository, version))


def listed(session: Session, repository: str) -> list[Release]:
    """All releases of a repository, newest first."""
    rows = select(Release).where(Release.repository == repository)
    return list(session.exec(rows.order_by(col(Release.sequence).desc())))


def latest(session: Session, repository: str) -> Release | None:
    """The newest release that is out; None before the first."""
    rows = select(Release).where(Release.repository == repository, col(Release.state).in_(PUBLIC))
    return session.exec(rows.order_by(col(Release.sequence).desc()).limit(1)).first()


def of_batch(session: Session, repository: str, batch: int) -> Release | None:
    """The release that was cut from a batch, whatever its state: cutting again must find it."""
    rows = select(Release).where(Release.repository == repository, Release.batch == batch)
    return session.exec(rows.order_by(col(Release.sequence).desc()).limit(1)).first()


def next_sequence(session: Session, repository: str) -> int:
    """The sequence of the next release; whoever else asks waits until this transaction ends."""
    newest = listed(session, repository)
    return newest[0].sequence + 1 if newest else 1
