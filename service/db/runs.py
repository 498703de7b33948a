"""Runs: ask for one, look one up, cancel one. Who works on them is in leases."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, func, update
from sqlmodel import Session, col, select

from service.db.tables import Run


def get(session: Session, run_id: int) -> Run | None:
    """One run."""
    return session.get(Run, run_id)


def by_key(session: Session, repository: str, key: str) -> Run | None:
    """The run whose result depends on exactly this, where it was ever asked for."""
    return session.exec(select(Run).where(Run.repository == repository, Run.key == key)).first()


def ask(session: Session, run: Run) -> Run:
    """Queue `run` behind the others; where its key is known already, give that row: nothing is done twice."""
    known = by_key(session, run.repository, run.key)
    if known is not None:
        return known
    if not run.position:
        last = session.exec(select(func.max(Run.position)).where(Run.repository == run.repository)).one()
        run.position = (last or 0) + 1
    session.add(run)
    session.flush()
    return run


def of_batch(session: Session, repository: str, batch: int) -> list[Run]:
    """The runs of a batch, in the order of the queue."""
    rows = select(Run).where(Run.repository == repository, Run.batch == batch)
    return list(session.exec(rows.order_by(col(Run.position), col(Run.id))))


def listed(session: Session, repository: str, states: tuple[str, ...] = (), at_most: int = 200) -> list[Run]:
    """Runs of a repository, newest first."""
    rows = select(Run).where(Run.repository == repository)
    if states:
        rows = rows.where(col(Run.state).in_(states))
    return list(session.exec(rows.order_by(col(Run.id).desc()).limit(at_most)))


def cancel(session: Session, run_id: int, now: float, why: str = "Cancelled.") -> bool:
    """Cancel what is queued or running; its worker learns it at the next heartbeat. False: it had ended."""
    change = (
        update(Run)
        .where(col(Run.id) == run_id, col(Run.state).in_(("queued", "running")))
        .values(state="cancelled", fence=Run.fence + 1, lease=0.0, worker=None, ended=now, error=why)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", session.execute(change)).rowcount == 1
