"""Who works on which run: a lease that must be renewed, and a fencing token that tells old owners off.

The row is the truth and the queue only rings: whoever claims changes the row on a condition, so two
workers never get the same run; whoever lost a lease finds its fence stale, and changes nothing.
"""

from __future__ import annotations

import time
from typing import Any, cast

from sqlalchemy import CursorResult, Update, func, update
from sqlmodel import Session, col, select

from service.db.tables import Run

AT_MOST = 5  # attempts, after which a run counts as failed
WORN_OUT = f"It was started {AT_MOST} times, and each time its worker fell silent."


def claim(session: Session, worker: str, now: float, lease_seconds: float, slots: int) -> Run | None:
    """Take the queued run that stands first, where this worker has fewer than `slots` in hand; else None."""
    own = select(func.count()).select_from(Run).where(Run.state == "running", Run.worker == worker)
    if session.exec(own).one() >= slots:
        return None
    queued = select(Run).where(Run.state == "queued").order_by(col(Run.position), col(Run.id)).limit(1)
    run = session.exec(queued).first()
    if run is None:
        return None
    taken = (
        _of(run.id, run.fence, "queued")
        .values(state="running", worker=worker, fence=run.fence + 1, lease=now + lease_seconds)
        .values(started=func.coalesce(Run.started, now), ended=None, error=None)
    )
    if not _changed(session, taken):
        return None
    session.refresh(run)
    return run


def heartbeat(
    session: Session, run_id: int, fence: int, until: float, progress: dict[str, Any] | None = None
) -> bool:
    """Hold the run until `until`, and tell how far it is; False: it is no longer yours, stop working."""
    beat = _of(run_id, fence).values(lease=until)
    return _changed(session, beat if progress is None else beat.values(progress=progress))


def finish(
    session: Session, run_id: int, fence: int, state: str, error: str | None = None, now: float | None = None
) -> bool:
    """End the run as done, failed or cancelled; a stale fence changes nothing and gives False."""
    ended = time.time() if now is None else now
    done = _of(run_id, fence).values(state=state, error=error, ended=ended, lease=0.0, worker=None)
    return _changed(session, done)


def give_back(session: Session, run_id: int, fence: int) -> bool:
    """Put the run back in the queue without counting an attempt: its worker stops in good order."""
    return _changed(
        session, _of(run_id, fence).values(state="queued", fence=fence + 1, lease=0.0, worker=None)
    )


def sweep(session: Session, now: float) -> list[int]:
    """Queue again what has an expired lease, and give the ids; after five attempts a run has failed."""
    expired = select(Run).where(Run.state == "running", col(Run.lease) < now).order_by(col(Run.id))
    queued = []
    for run in session.exec(expired).all():
        lost = _of(run.id, run.fence).where(col(Run.lease) < now).values(**_again(run, WORN_OUT, now))
        if _changed(session, lost) and run.attempts + 1 < AT_MOST:
            queued.append(cast(int, run.id))
        session.expire(run)
    return queued


def died(session: Session, run_id: int, fence: int, why: str, now: float) -> bool:
    """Queue a run again whose process was killed: it goes on from its checkpoint. After five times it has failed."""
    run = session.get_one(Run, run_id)
    return _changed(session, _of(run_id, fence).values(**_again(run, why, now)))


def _again(run: Run, why: str, now: float) -> dict[str, Any]:
    """One attempt more, and the next in the queue, or an end where there were enough."""
    tried = {"fence": run.fence + 1, "attempts": run.attempts + 1, "lease": 0.0, "worker": None}
    worn = run.attempts + 1 >= AT_MOST
    return {**tried, "state": "failed", "error": why, "ended": now} if worn else {**tried, "state": "queued"}


def _of(run_id: int | None, fence: int, state: str = "running") -> Update:
    return update(Run).where(col(Run.id) == run_id, col(Run.fence) == fence, col(Run.state) == state)


def _changed(session: Session, change: Update) -> bool:
    result = session.execute(change.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount == 1
